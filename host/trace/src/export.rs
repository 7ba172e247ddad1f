//! The way of spans to a collector.

use crate::background::{self, FAREWELL, QUEUE, next_batch};
use crate::error::TraceError;
use crate::telemetry::{Destination, Protocol};
use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use std::collections::HashMap;
use std::sync::mpsc as blocking;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Sends spans in the background. Offering one never waits.
pub(crate) struct Exporter {
    queue: mpsc::Sender<SpanData>,
    offered: u64,
    deadline: oneshot::Sender<Instant>,
    outcome: blocking::Receiver<Outcome>,
    endpoint: String,
}

/// What became of the spans that were offered.
pub(crate) struct ExportReport {
    pub(crate) endpoint: String,
    pub(crate) exported: u64,
    pub(crate) dropped: u64,
    pub(crate) error: Option<String>,
}

#[derive(Default)]
struct Outcome {
    exported: u64,
    error: Option<String>,
}

impl Exporter {
    pub(crate) fn start(destination: Destination, resource: &Resource) -> Result<Self, TraceError> {
        let endpoint = destination.endpoint.clone();
        let resource = resource.clone();
        let (queue, spans) = mpsc::channel(QUEUE);
        let (deadline, time_is_up) = oneshot::channel();
        let make = move || client(&destination, &resource);
        let work = async move |client| send_all(&client, spans, time_is_up).await;
        let outcome = background::start("trace-export", make, work)?;
        Ok(Self { queue, offered: 0, deadline, outcome, endpoint })
    }

    /// Queues a span if more than `reserved` places are free.
    pub(crate) fn offer(&mut self, reserved: usize, span: SpanData) {
        self.offered += 1;
        if self.queue.capacity() > reserved {
            // A full queue costs the span, not the run's time: what was offered and not exported was dropped.
            let _ = self.queue.try_send(span);
        }
    }

    /// Sends what is left, for at most `timeout`.
    pub(crate) fn finish(self, timeout: Duration) -> ExportReport {
        let Self { queue, offered, deadline, outcome, endpoint } = self;
        let _ = deadline.send(Instant::now() + timeout);
        drop(queue);
        let Outcome { exported, error } = outcome.recv_timeout(timeout + FAREWELL).unwrap_or_default();
        let dropped = offered - exported;
        let error = error.or_else(|| (dropped > 0).then(|| "the collector is too slow".to_owned()));
        ExportReport { endpoint, exported, dropped, error }
    }
}

fn client(destination: &Destination, resource: &Resource) -> Result<SpanExporter, TraceError> {
    let refused = |reason: String| TraceError::Exporter { endpoint: destination.endpoint.clone(), reason };
    let headers: HashMap<String, String> = destination.headers.iter().cloned().collect();
    let built = match destination.protocol {
        Protocol::HttpProtobuf => SpanExporter::builder()
            .with_http()
            .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
            .with_endpoint(&destination.endpoint)
            .with_timeout(destination.timeout)
            .with_headers(headers)
            .build(),
        Protocol::Grpc => SpanExporter::builder()
            .with_tonic()
            .with_endpoint(&destination.endpoint)
            .with_timeout(destination.timeout)
            .with_metadata(MetadataMap::from_headers(
                (&headers).try_into().map_err(|_| refused("a header cannot be sent".to_owned()))?,
            ))
            .build(),
    };
    let mut client = built.map_err(|error| refused(error.to_string()))?;
    client.set_resource(resource);
    Ok(client)
}

async fn send_all(
    client: &SpanExporter,
    mut spans: mpsc::Receiver<SpanData>,
    deadline: oneshot::Receiver<Instant>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let sending = async {
        loop {
            let batch = next_batch(&mut spans).await;
            if batch.is_empty() {
                break;
            }
            let size = batch.len() as u64;
            match client.export(batch).await {
                Ok(()) => outcome.exported += size,
                Err(error) => _ = outcome.error.get_or_insert_with(|| error.to_string()),
            }
        }
    };
    let time_is_up = async {
        // Without a deadline the trace was dropped unfinished: nobody waits for what is left.
        if let Ok(deadline) = deadline.await {
            tokio::time::sleep_until(deadline).await;
        }
    };
    tokio::select! {
        () = sending => (),
        () = time_is_up => (),
    }
    outcome
}
