//! What is sent beside spans: metrics, and the log lines of plugins.

use super::Recorder;
use crate::call::LogLine;
use crate::calls::CallTotals;
use crate::context::TraceContext;
use crate::logs;
use crate::metrics::Metrics;
use crate::side::{Loss, Side};
use crate::value::Value;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The way there, and what waits for the end.
pub(super) struct Beside {
    metrics: Option<Metrics>,
    takes_logs: bool,
    side: Mutex<Option<Side>>,
}

impl Recorder {
    pub(crate) fn with_side(self, side: Option<Side>) -> Self {
        let beside = side.map(|side| Beside {
            metrics: side.takes_metrics().then(Metrics::default),
            takes_logs: side.takes_logs(),
            side: Mutex::new(Some(side)),
        });
        Self { beside, ..self }
    }

    /// Takes the numbers of a span that ends.
    pub(crate) fn measure(&self, attributes: &[(Cow<'static, str>, Value)], totals: Option<&CallTotals>) {
        if let Some(metrics) = self.beside.as_ref().and_then(|beside| beside.metrics.as_ref()) {
            metrics.note(attributes, totals);
        }
    }

    /// Takes the lines of a call of the stage, whether the call is kept or not.
    pub(crate) fn take_logs(&self, stage: &TraceContext, name: &str, lines: &[LogLine]) {
        let Some(beside) = self.beside.as_ref().filter(|beside| beside.takes_logs && !lines.is_empty())
        else {
            return;
        };
        if let Some(side) = &*beside.side.lock().unwrap_or_else(PoisonError::into_inner) {
            for line in lines {
                side.offer(logs::record(stage, name, line, self.clock.time(line.at)));
            }
        }
    }

    /// Sends what is left, for at most `timeout`, and says what did not get there.
    pub(crate) fn finish_side(&self, since: Instant, spans_dropped: u64, timeout: Duration) -> Vec<Loss> {
        let Some(beside) = &self.beside else { return Vec::new() };
        let Some(side) = beside.side.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Vec::new();
        };
        let times = [since, Instant::now()].map(|time| self.clock.time(time));
        let request =
            beside.metrics.as_ref().map(|metrics| metrics.request(&self.resource, times, spans_dropped));
        side.finish(request, timeout)
    }
}
