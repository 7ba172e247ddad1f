//! What a guest reports during a call: attributes, counters, steps and log lines, all bounded.

use std::time::Duration;

use etl_data::Scalar;
use wasmtime::component::Resource;

use crate::bindings::etl::plugin::telemetry as wit;
use crate::bindings::etl::plugin::types;
use crate::state::State;

/// The trace that a call belongs to, as the guest may see it.
pub trait CallContext: Send {
    /// W3C `traceparent`.
    fn traceparent(&self) -> String;
    /// W3C `tracestate`.
    fn tracestate(&self) -> String;
    /// The same context as an `X-Amzn-Trace-Id` header.
    fn xray_header(&self) -> String;
    /// Whether the trace is recorded.
    fn sampled(&self) -> bool;
}

/// A call outside any trace.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoContext;

impl CallContext for NoContext {
    fn traceparent(&self) -> String {
        String::new()
    }
    fn tracestate(&self) -> String {
        String::new()
    }
    fn xray_header(&self) -> String {
        String::new()
    }
    fn sampled(&self) -> bool {
        false
    }
}

/// How serious a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Finest detail.
    Trace,
    /// For debugging.
    Debug,
    /// For information.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

/// A log line of a guest.
#[derive(Clone, Debug)]
pub struct Log {
    /// How serious it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// Further values.
    pub details: Vec<(String, String)>,
}

/// A span that a guest opened within a call.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// The step that it lies in: an index into [`Telemetry::steps`].
    pub parent: Option<usize>,
    /// Since the start of the call.
    pub start: Duration,
    /// Since the start of the call; `None` while open.
    pub end: Option<Duration>,
    /// Attributes.
    pub attributes: Vec<(String, Scalar)>,
}

/// All that a guest reported in one call.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// Attributes of the call's span.
    pub attributes: Vec<(String, Scalar)>,
    /// Counters of the stage.
    pub counters: Vec<(String, u64)>,
    /// Spans within the call.
    pub steps: Vec<Step>,
    /// Log lines.
    pub logs: Vec<Log>,
    /// What went over the bounds and is not here.
    pub dropped: u64,
}

/// Attributes of one span, and counters of one call: beyond that no back end shows them.
const MAX_ATTRIBUTES: usize = 64;
/// Longest text kept of a guest's but for the message of an error, in bytes.
pub(crate) const MAX_TEXT: usize = 4096;

/// Sets an attribute where there is room for it; says whether there was.
fn set_in(
    attributes: &mut Vec<(String, Scalar)>,
    left: &mut usize,
    key: String,
    value: types::Scalar,
) -> bool {
    let key = clip(key);
    let value = match Scalar::from(value) {
        Scalar::Text(text) => Scalar::Text(clip(text)),
        Scalar::Bytes(bytes) => Scalar::Text(format!("{} bytes", bytes.len())),
        other => other,
    };
    let bytes = key.len() + if let Scalar::Text(text) = &value { text.len() } else { 8 };
    match attributes.iter().position(|(name, _)| *name == key) {
        Some(old) if afford(left, bytes) => attributes[old].1 = value,
        None if attributes.len() < MAX_ATTRIBUTES && afford(left, bytes) => attributes.push((key, value)),
        _ => return false,
    }
    true
}

/// Takes `bytes` from what is left, if there is as much.
fn afford(left: &mut usize, bytes: usize) -> bool {
    let rest = left.checked_sub(bytes);
    *left = rest.unwrap_or(*left);
    rest.is_some()
}

/// Cuts a guest's text at [`MAX_TEXT`] bytes, and takes out what would steer a terminal.
pub(crate) fn clip(text: String) -> String {
    clip_at(text, MAX_TEXT)
}

/// As [`clip`], at so many bytes.
pub(crate) fn clip_at(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
        // What was cut off is not to be kept.
        text.shrink_to_fit();
    }
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(steers) { text.replace(steers, "\u{fffd}") } else { text }
}

/// A step's handle: which of the call's steps it is.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
#[derive(Debug)]
pub struct OpenStep {
    call: u64,
    index: Option<usize>,
}

impl State {
    fn step_of(&mut self, handle: &Resource<OpenStep>) -> wasmtime::Result<Option<&mut Step>> {
        let step = self.table.get(handle)?;
        // A handle kept from an earlier call no longer names anything that is recorded.
        let index = step.index.filter(|_| step.call == self.calls);
        Ok(index.and_then(|index| self.telemetry.steps.get_mut(index)))
    }
}

impl State {
    /// Makes log lines of what the guest wrote to standard output and error.
    pub(crate) fn take_output(&mut self) {
        let (lines, dropped) = self.output.take();
        self.telemetry.dropped += dropped;
        for (level, line) in lines {
            let line = line.trim_end();
            // A language's runtime writes there why it gives up.
            if level == Level::Warn && self.said.is_none() {
                self.said = Some(clip_at(line.to_owned(), self.limits.error_bytes));
            }
            self.keep_log(Log { level, message: clip(line.to_owned()), details: Vec::new() });
        }
    }

    fn keep_log(&mut self, log: Log) {
        let details = log.details.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        let bytes = details + log.message.len();
        if self.telemetry.logs.len() < self.limits.logs && afford(&mut self.report_left, bytes) {
            self.telemetry.logs.push(log);
        } else {
            self.telemetry.dropped += 1;
        }
    }
}

impl wit::HostSpan for State {
    fn start(&mut self, name: String) -> wasmtime::Result<Resource<OpenStep>> {
        let start = self.call_start.elapsed();
        let name = clip(name);
        let index = if !self.context.sampled() {
            None
        } else if self.telemetry.steps.len() < self.limits.spans && afford(&mut self.report_left, name.len())
        {
            let parent = self.telemetry.steps.iter().rposition(|step| step.end.is_none());
            self.telemetry.steps.push(Step { name, parent, start, end: None, attributes: Vec::new() });
            Some(self.telemetry.steps.len() - 1)
        } else {
            self.telemetry.dropped += 1;
            None
        };
        self.push(OpenStep { call: self.calls, index })
    }

    fn set(&mut self, span: Resource<OpenStep>, key: String, value: types::Scalar) -> wasmtime::Result<()> {
        let mut left = self.report_left;
        let kept = match self.step_of(&span)? {
            Some(step) => set_in(&mut step.attributes, &mut left, key, value),
            None => true,
        };
        self.report_left = left;
        self.telemetry.dropped += u64::from(!kept);
        Ok(())
    }

    fn drop(&mut self, span: Resource<OpenStep>) -> wasmtime::Result<()> {
        let end = self.call_start.elapsed();
        if let Some(step) = self.step_of(&span)? {
            step.end = Some(end);
        }
        self.table.delete(span)?;
        Ok(())
    }
}

impl wit::Host for State {
    fn context(&mut self) -> wasmtime::Result<wit::TraceContext> {
        Ok(wit::TraceContext {
            traceparent: self.context.traceparent(),
            tracestate: self.context.tracestate(),
            xray_header: self.context.xray_header(),
            sampled: self.context.sampled(),
        })
    }

    fn set(&mut self, key: String, value: types::Scalar) -> wasmtime::Result<()> {
        let kept = set_in(&mut self.telemetry.attributes, &mut self.report_left, key, value);
        self.telemetry.dropped += u64::from(!kept);
        Ok(())
    }

    fn count(&mut self, name: String, delta: u64) -> wasmtime::Result<()> {
        let name = clip(name);
        let telemetry = &mut self.telemetry;
        if let Some((_, total)) = telemetry.counters.iter_mut().find(|(known, _)| *known == name) {
            *total = total.saturating_add(delta);
        } else if telemetry.counters.len() < MAX_ATTRIBUTES && afford(&mut self.report_left, name.len()) {
            telemetry.counters.push((name, delta));
        } else {
            telemetry.dropped += 1;
        }
        Ok(())
    }

    fn log(
        &mut self,
        level: wit::Level,
        message: String,
        details: types::Properties,
    ) -> wasmtime::Result<()> {
        let level = match level {
            wit::Level::Trace => Level::Trace,
            wit::Level::Debug => Level::Debug,
            wit::Level::Info => Level::Info,
            wit::Level::Warn => Level::Warn,
            wit::Level::Error => Level::Error,
        };
        let message = if level == Level::Error {
            let message = clip_at(message, self.limits.error_bytes);
            // Kept whatever the bounds say: should the guest trap now, this is the reason.
            self.said = Some(message.clone());
            message
        } else {
            clip(message)
        };
        let details =
            details.into_iter().take(MAX_ATTRIBUTES).map(|(key, value)| (clip(key), clip(value))).collect();
        self.keep_log(Log { level, message, details });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_a_character() {
        let text = clip("ß".repeat(4_000));
        assert_eq!((text.len(), text.chars().last()), (MAX_TEXT + '…'.len_utf8(), Some('…')));
        let odd = clip(format!("a{}", "ß".repeat(4_000)));
        assert_eq!(odd.len(), MAX_TEXT - 1 + '…'.len_utf8());
    }

    #[test]
    fn text_does_not_steer_the_terminal() {
        assert_eq!(clip("a\u{1b}[2Jb\r\n\tc".to_owned()), "a\u{fffd}[2Jb\u{fffd}\n\tc");
    }
}
