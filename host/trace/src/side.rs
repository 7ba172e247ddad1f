//! The way of metrics and logs to a collector, beside that of spans.

use crate::background::{self, FAREWELL, QUEUE, next_batch};
use crate::error::TraceError;
use crate::metrics::proto_resource;
use crate::otlp::Client;
use crate::telemetry::Destination;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use opentelemetry_sdk::Resource;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc as blocking;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// Sends log lines in the background, and metrics at the end.
pub(crate) struct Side {
    queue: Mutex<Option<mpsc::Sender<LogRecord>>>,
    offered: AtomicU64,
    last: oneshot::Sender<Last>,
    outcome: blocking::Receiver<Outcome>,
    destinations: [Option<String>; 2],
}

/// What is to be sent when all is over, and until when.
struct Last {
    metrics: Option<ExportMetricsServiceRequest>,
    until: Instant,
}

#[derive(Default)]
struct Outcome {
    lines: u64,
    metrics: bool,
    errors: [Option<String>; 2],
}

/// What did not get to a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What it was, as `12 log lines`.
    pub what: String,
    /// Where it was to go.
    pub endpoint: String,
    /// The first thing that went wrong.
    pub why: String,
}

impl Side {
    /// Starts it, where there is anywhere to send to.
    pub(crate) fn start(
        logs: Option<Destination>,
        metrics: Option<Destination>,
        resource: &Resource,
    ) -> Result<Option<Self>, TraceError> {
        if logs.is_none() && metrics.is_none() {
            return Ok(None);
        }
        let destinations =
            [&logs, &metrics].map(|destination| destination.as_ref().map(|there| there.endpoint.clone()));
        let has_logs = logs.is_some();
        let resource = proto_resource(resource);
        let (queue, lines) = mpsc::channel(QUEUE);
        let (last, ending) = oneshot::channel();
        let make = move || Ok((logs.map(Client::new).transpose()?, metrics.map(Client::new).transpose()?));
        let work = async move |(logs, metrics)| send_all(logs, metrics, &resource, lines, ending).await;
        let outcome = background::start("side-export", make, work)?;
        let queue = Mutex::new(has_logs.then_some(queue));
        Ok(Some(Self { queue, offered: AtomicU64::new(0), last, outcome, destinations }))
    }

    /// Whether anybody wants log lines.
    pub(crate) fn takes_logs(&self) -> bool {
        self.destinations[0].is_some()
    }

    /// Whether anybody wants metrics.
    pub(crate) fn takes_metrics(&self) -> bool {
        self.destinations[1].is_some()
    }

    /// Queues a line, if there is room.
    pub(crate) fn offer(&self, line: LogRecord) {
        if let Some(queue) = &*self.queue.lock().unwrap_or_else(PoisonError::into_inner) {
            self.offered.fetch_add(1, Relaxed);
            // A full queue costs the line: what was offered and not sent was lost.
            let _ = queue.try_send(line);
        }
    }

    /// Sends what is left, for at most `timeout`.
    pub(crate) fn finish(self, metrics: Option<ExportMetricsServiceRequest>, timeout: Duration) -> Vec<Loss> {
        let wanted = metrics.is_some();
        let _ = self.last.send(Last { metrics, until: Instant::now() + timeout });
        drop(self.queue);
        let outcome = self.outcome.recv_timeout(timeout + FAREWELL).unwrap_or_default();
        let [logs, to_metrics] = self.destinations;
        let [why_logs, why_metrics] =
            outcome.errors.map(|why| why.unwrap_or_else(|| "the collector is too slow".to_owned()));
        let lines = self.offered.into_inner() - outcome.lines;
        let mut losses = Vec::new();
        if let Some(endpoint) = logs.filter(|_| lines > 0) {
            let what = if lines == 1 { "1 log line".to_owned() } else { format!("{lines} log lines") };
            losses.push(Loss { what, endpoint, why: why_logs });
        }
        if let Some(endpoint) = to_metrics.filter(|_| wanted && !outcome.metrics) {
            losses.push(Loss { what: "the metrics".to_owned(), endpoint, why: why_metrics });
        }
        losses
    }
}

async fn send_all(
    logs: Option<Client>,
    metrics: Option<Client>,
    resource: &ProtoResource,
    mut lines: mpsc::Receiver<LogRecord>,
    ending: oneshot::Receiver<Last>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let last = {
        let mut ending = std::pin::pin!(ending);
        let mut sending = std::pin::pin!(send_logs(logs.as_ref(), resource, &mut lines, &mut outcome));
        let mut sent = false;
        let last = loop {
            tokio::select! {
                () = &mut sending, if !sent => sent = true,
                last = &mut ending => break last,
            }
        };
        if let (Ok(last), false) = (&last, sent) {
            let _ = timeout_at(last.until, sending).await;
        }
        last
    };
    // Without an end the trace was dropped unfinished: nobody waits for what is left.
    let Ok(Last { metrics: request, until }) = last else { return outcome };
    if let (Some(client), Some(request)) = (&metrics, request) {
        match timeout_at(until, client.send(METRICS, request)).await {
            Ok(Ok(())) => outcome.metrics = true,
            Ok(Err(error)) => outcome.errors[1] = Some(error),
            Err(_) => {}
        }
    }
    outcome
}

async fn send_logs(
    client: Option<&Client>,
    resource: &ProtoResource,
    lines: &mut mpsc::Receiver<LogRecord>,
    outcome: &mut Outcome,
) {
    let Some(client) = client else { return };
    loop {
        let log_records = next_batch(lines).await;
        if log_records.is_empty() {
            return;
        }
        let count = log_records.len() as u64;
        let scope = InstrumentationScope {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records, ..ScopeLogs::default() }];
        let resource = Some(resource.clone());
        let resource_logs = vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }];
        match client.send(LOGS, ExportLogsServiceRequest { resource_logs }).await {
            Ok(()) => outcome.lines += count,
            Err(error) => _ = outcome.errors[0].get_or_insert(error),
        }
    }
}
