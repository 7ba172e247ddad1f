//! Metrics: the numbers of a run's stages, for those who add up runs.
//!
//! They are exact and few, since a stage sums up its calls anyway, and are sent once, when the run is over.

use crate::attributes;
use crate::calls::{BOUNDS, CallTotals};
use crate::recorder::{key_values, nanoseconds};
use crate::value::Value;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use opentelemetry_proto::transform::common::tonic::{Attributes, ResourceAttributesWithSchema};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Attributes of a stage that are numbers of it, with their units. The metric has the attribute's name.
const SUMS: [(&str, &str); 9] = [
    (attributes::ROWS_IN, "{row}"),
    (attributes::ROWS_OUT, "{row}"),
    (attributes::ROWS_REJECTED, "{row}"),
    (attributes::BYTES_IN, "By"),
    (attributes::BYTES_OUT, "By"),
    (attributes::CALLS, "{call}"),
    (attributes::CALL_ERRORS, "{call}"),
    (attributes::RETRIES, "{call}"),
    (attributes::SPOOL_BYTES, "By"),
];
const MEMORY: (&str, &str) = (attributes::GUEST_MEMORY, "By");
/// How long calls took.
const DURATION: (&str, &str) = ("etl.call.duration", "s");
/// Spans that did not get to the collector.
const SPANS_DROPPED: (&str, &str) = ("etl.spans.dropped", "{span}");
/// By what the numbers of stages are told apart.
const KEYS: [&str; 4] = [attributes::JOB, attributes::STAGE, attributes::PLUGIN, attributes::OPERATION];
/// Stages that have metrics: more than any pipeline has.
const MOST: usize = 4096;

type Named = [(Cow<'static, str>, Value)];

/// The numbers of all stages that ended.
#[derive(Default)]
pub(crate) struct Metrics {
    stages: Mutex<Vec<Stage>>,
}

struct Stage {
    keys: Vec<KeyValue>,
    numbers: Vec<(&'static str, i64)>,
    durations: Option<(CallTotals, f64)>,
}

impl Metrics {
    /// Takes the numbers of a job or a stage that ends. What is neither has none.
    pub(crate) fn note(&self, attributes: &Named, totals: Option<&CallTotals>) {
        let find = |key: &str| attributes.iter().find(|(known, _)| known == key).map(|(_, value)| value);
        let is_stage = find(attributes::STAGE).is_some();
        let wanted = SUMS.iter().chain([&MEMORY]).map(|(key, _)| *key);
        // A job's rows and bytes are those of its stages: together they would be counted twice.
        let wanted = wanted.filter(|key| is_stage || *key == attributes::SPOOL_BYTES);
        let number = |key| match find(key) {
            Some(Value::Int(number)) => Some((key, *number)),
            _ => None,
        };
        let numbers: Vec<_> = wanted.filter_map(number).collect();
        if numbers.is_empty() {
            return;
        }
        let keys = KEYS.iter().filter_map(|key| Some(((*key).into(), find(key)?.clone()))).collect();
        let keys = Attributes::from(key_values(keys)).0;
        let durations = totals.map(|totals| (totals.clone(), totals.call_time.as_secs_f64()));
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if stages.len() < MOST {
            stages.push(Stage { keys, numbers, durations });
        }
    }

    /// All of them as one request.
    pub(crate) fn request(
        &self,
        resource: &Resource,
        [from, to]: [SystemTime; 2],
        dropped: u64,
    ) -> ExportMetricsServiceRequest {
        let times = [from, to].map(nanoseconds);
        let stages = std::mem::take(&mut *self.stages.lock().unwrap_or_else(PoisonError::into_inner));
        let mut metrics = Vec::new();
        for (key, unit) in SUMS {
            let points = points(&stages, key, times);
            // A number that no stage has is no metric.
            metrics.extend((!points.is_empty()).then(|| metric(key, unit, sum(points))));
        }
        metrics.push(metric(
            MEMORY.0,
            MEMORY.1,
            metric::Data::Gauge(Gauge { data_points: points(&stages, MEMORY.0, times) }),
        ));
        metrics.push(metric(DURATION.0, DURATION.1, histogram(&stages, times)));
        let dropped = i64::try_from(dropped).unwrap_or(i64::MAX);
        let dropped = sum(vec![point(Vec::new(), dropped, times)]);
        metrics.push(metric(SPANS_DROPPED.0, SPANS_DROPPED.1, dropped));
        let scope = InstrumentationScope {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        };
        let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }];
        let resource = Some(proto_resource(resource));
        let resource_metrics =
            vec![ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() }];
        ExportMetricsServiceRequest { resource_metrics }
    }
}

/// The resource as OTLP has it.
pub(crate) fn proto_resource(resource: &Resource) -> ProtoResource {
    let attributes = ResourceAttributesWithSchema::from(resource).attributes.0;
    ProtoResource { attributes, ..ProtoResource::default() }
}

fn metric(name: &str, unit: &str, data: metric::Data) -> Metric {
    Metric { name: name.to_owned(), unit: unit.to_owned(), data: Some(data), ..Metric::default() }
}

fn sum(data_points: Vec<NumberDataPoint>) -> metric::Data {
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    metric::Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic: true })
}

fn points(stages: &[Stage], key: &str, times: [u64; 2]) -> Vec<NumberDataPoint> {
    let number =
        |stage: &Stage| stage.numbers.iter().find(|(known, _)| *known == key).map(|(_, number)| *number);
    let point = |stage: &Stage| Some(point(stage.keys.clone(), number(stage)?, times));
    stages.iter().filter_map(point).collect()
}

fn point(attributes: Vec<KeyValue>, number: i64, [from, to]: [u64; 2]) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        start_time_unix_nano: from,
        time_unix_nano: to,
        value: Some(number_data_point::Value::AsInt(number)),
        ..NumberDataPoint::default()
    }
}

fn histogram(stages: &[Stage], [from, to]: [u64; 2]) -> metric::Data {
    let point = |stage: &Stage| {
        let (totals, sum) = stage.durations.as_ref()?;
        Some(HistogramDataPoint {
            attributes: stage.keys.clone(),
            start_time_unix_nano: from,
            time_unix_nano: to,
            count: totals.calls,
            sum: Some(*sum),
            bucket_counts: totals.durations.to_vec(),
            explicit_bounds: BOUNDS.iter().map(std::time::Duration::as_secs_f64).collect(),
            max: Some(totals.slowest.as_secs_f64()),
            ..HistogramDataPoint::default()
        })
    };
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    metric::Data::Histogram(Histogram {
        data_points: stages.iter().filter_map(point).collect(),
        aggregation_temporality,
    })
}
