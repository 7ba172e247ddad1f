//! What stands once for all spans of a run.

use crate::attributes as names;
use crate::recorder::{key_values, owned};
use crate::trace::TraceOptions;
use crate::value::Value;
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What stands once for all spans.
pub(crate) fn resource(options: &TraceOptions) -> Resource {
    Resource::builder_empty().with_attributes(key_values(attributes(options))).build()
}

impl TraceOptions {
    /// What stands once for all spans, as texts: what the trace is known by before it begins.
    pub fn resource_texts(&self) -> BTreeMap<String, String> {
        attributes(self).into_iter().map(|(key, value)| (key.into_owned(), value.to_string())).collect()
    }
}

/// Later entries win: the environment knows the deployment best.
fn attributes(options: &TraceOptions) -> Vec<(Cow<'static, str>, Value)> {
    let service = if options.pipeline.is_empty() { "etl" } else { options.pipeline.as_str() };
    let texts = [
        ("service.name", service),
        ("service.version", options.version.as_str()),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", env!("CARGO_PKG_NAME")),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
        (names::PIPELINE, options.pipeline.as_str()),
        (names::RUN_ID, options.run_id.as_str()),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let texts = texts.map(|(key, text)| (key.into(), Value::from(text)));
    let given = options.resource.iter().chain(&options.telemetry.resource).cloned();
    let service = options.telemetry.service_name.clone().map(|name| ("service.name".to_owned(), name.into()));
    texts.chain(owned(given.chain(service).collect())).collect()
}
