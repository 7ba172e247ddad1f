//! All that is known of a run.

use std::fs;
use std::path::Path as FilePath;

use serde_json::Value;

use super::path::Path;
use super::run::{Plan, Run, Stage};
use super::spans::{Role, Spans};
use crate::cli::environment;
use crate::cli::error::{Error, Result};
use crate::cli::runs::{PLAN, RUN, TRACE};

/// All that is known of a run.
#[derive(Debug)]
pub(super) struct Story {
    /// `run.json` as it is.
    pub(super) document: Value,
    pub(super) run: Run,
    pub(super) plan: Option<Plan>,
    pub(super) spans: Spans,
    pub(super) path: Path,
    /// Where the trace is on the console of AWS.
    pub(super) console: Option<String>,
}

impl Story {
    /// Reads the record in this folder. What a run did must be there; its spans and its plan need not.
    pub(super) fn read(folder: &FilePath) -> Result<Self> {
        let file = folder.join(RUN);
        let text = fs::read(&file).map_err(|error| Error::Other {
            message: format!("cannot read {}: {error}", file.display()),
            help: Some(
                "it is written at the end: a run that is still at it, or was killed, has none".to_owned(),
            ),
        })?;
        let document: Value = parse(&file, &text)?;
        let run: Run = parse(&file, &text)?;
        let optional = |name: &str| fs::read(folder.join(name)).ok().map(|text| (folder.join(name), text));
        let plan = optional(PLAN).map(|(file, text)| parse(&file, &text)).transpose()?;
        let spans =
            optional(TRACE).map(|(file, text)| Spans::parse(&text).map_err(|error| wrong(&file, &error)));
        let spans = spans.transpose()?.unwrap_or_default();
        let path = Path::of(&spans);
        let console = region(&spans).map(|region| console(&region, &run.trace.xray_trace_id));
        Ok(Self { document, run, plan, spans, path, console })
    }

    /// The place of a stage's span.
    pub(super) fn stage(&self, job: &str, stage: &str) -> Option<usize> {
        let mut children = self.spans.children(self.spans.job(job)?);
        children.find(|(_, span)| span.role == Role::Stage && span.name == stage).map(|(place, _)| place)
    }

    /// What the record says of the stage whose span this is.
    pub(super) fn recorded(&self, place: usize) -> Option<&Stage> {
        let span = self.spans.all.get(place).filter(|span| span.role == Role::Stage)?;
        self.run.stage(&self.spans.all[span.parent?].name, &span.name)
    }

    /// How long the whole of it took, as the axis of a picture: never nothing.
    pub(super) fn length(&self) -> f64 {
        self.spans.end().max(0.001)
    }
}

fn parse<T: serde::de::DeserializeOwned>(file: &FilePath, text: &[u8]) -> Result<T> {
    serde_json::from_slice(text).map_err(|error| wrong(file, &error))
}

fn wrong(file: &FilePath, error: &serde_json::Error) -> Error {
    Error::Other { message: format!("{} is no record of a run: {error}", file.display()), help: None }
}

/// Where the run was, if its trace says so; else where this machine's AWS is.
fn region(spans: &Spans) -> Option<String> {
    let recorded = spans.resource.iter().find(|(key, _)| key == "cloud.region");
    let recorded = recorded.and_then(|(_, value)| value.as_str()).map(ToOwned::to_owned);
    let known =
        recorded.or_else(|| ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(environment::variable));
    // It becomes a part of a link.
    known
        .filter(|region| !region.is_empty() && region.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'))
}

fn console(region: &str, trace: &str) -> String {
    let domain = match region {
        region if region.starts_with("cn-") => "console.amazonaws.cn",
        region if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!("https://{region}.{domain}/cloudwatch/home?region={region}#xray:traces/{trace}")
}

#[cfg(test)]
mod tests {
    use super::console;

    #[test]
    fn every_partition_has_a_console_of_its_own() {
        let host = |region| console(region, "1-a-b").split('/').nth(2).map(ToOwned::to_owned);
        assert_eq!(host("eu-central-1").as_deref(), Some("eu-central-1.console.aws.amazon.com"));
        assert_eq!(host("cn-north-1").as_deref(), Some("cn-north-1.console.amazonaws.cn"));
        assert_eq!(host("us-gov-west-1").as_deref(), Some("us-gov-west-1.console.amazonaws-us-gov.com"));
    }
}
