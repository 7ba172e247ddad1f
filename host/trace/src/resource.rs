//! What stands once for all spans of a run.

use crate::attributes;
use crate::recorder::{key_values, owned};
use crate::trace::TraceOptions;
use crate::value::Value;
use opentelemetry_sdk::Resource;

/// What stands once for all spans. Later entries win: the environment knows the deployment best.
pub(crate) fn resource(options: &TraceOptions) -> Resource {
    let service = if options.pipeline.is_empty() { "etl" } else { options.pipeline.as_str() };
    let texts = [
        ("service.name", service),
        ("service.version", options.version.as_str()),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", env!("CARGO_PKG_NAME")),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
        (attributes::PIPELINE, options.pipeline.as_str()),
        (attributes::RUN_ID, options.run_id.as_str()),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let texts = texts.map(|(key, text)| (key.into(), Value::from(text)));
    let given = options.resource.iter().chain(&options.telemetry.resource).cloned();
    let service = options.telemetry.service_name.clone().map(|name| ("service.name".to_owned(), name.into()));
    let all = texts.chain(owned(given.chain(service).collect())).collect();
    Resource::builder_empty().with_attributes(key_values(all)).build()
}
