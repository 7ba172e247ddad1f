//! Whether a trace is sampled.

mod environment;

pub use environment::{Asked, Remote};

use crate::context::Parent;

/// How it is decided whether a trace is sampled.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// A caller's decision counts; ours is for traces that begin here, and for callers that left it to us.
    pub heeds_parent: bool,
    /// Our decision.
    pub choice: Choice,
}

/// Our decision on a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// Yes.
    Always,
    /// No.
    Never,
    /// A share of all traces, from 0 to 1, the same for whoever else decides on the same trace so.
    Ratio(f64),
    /// What was decided by somebody who knows more.
    Decided {
        /// Whether it is sampled.
        sampled: bool,
        /// The name of the rule that it was decided by.
        rule: Option<String>,
    },
}

impl Default for Sampling {
    /// `parentbased_always_on`.
    fn default() -> Self {
        Self { heeds_parent: true, choice: Choice::Always }
    }
}

impl Sampling {
    /// Whether a trace under this parent is sampled.
    pub fn samples(&self, parent: &Parent) -> bool {
        self.decide(parent.sampled, &parent.trace_id)
    }

    pub(crate) fn decide(&self, of_parent: Option<bool>, trace_id: &[u8; 16]) -> bool {
        self.heeded(of_parent).unwrap_or_else(|| match &self.choice {
            Choice::Always => true,
            Choice::Never => false,
            Choice::Ratio(ratio) => is_within(*ratio, trace_id),
            Choice::Decided { sampled, .. } => *sampled,
        })
    }

    /// The rule that decided, if one did.
    pub(crate) fn rule(&self, of_parent: Option<bool>) -> Option<&str> {
        match (&self.choice, self.heeded(of_parent)) {
            (Choice::Decided { rule, .. }, None) => rule.as_deref(),
            _ => None,
        }
    }

    fn heeded(&self, of_parent: Option<bool>) -> Option<bool> {
        of_parent.filter(|_| self.heeds_parent)
    }
}

/// As OpenTelemetry's other libraries decide: by the last 63 bits of the id, which X-Ray's ids have at random too.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a ratio below 1 stays below 2^63, to the precision that it has"
)]
fn is_within(ratio: f64, trace_id: &[u8; 16]) -> bool {
    let (_, last) = trace_id.split_last_chunk().unwrap_or((&[], &[0; 8]));
    ratio >= 1.0 || u64::from_be_bytes(*last) >> 1 < (ratio.max(0.0) * (1_u64 << 63) as f64) as u64
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::{Kind, Trace, TraceOptions};
    use std::time::Duration;

    fn decided(sampled: bool) -> Choice {
        Choice::Decided { sampled, rule: Some("r".into()) }
    }

    #[test]
    fn the_callers_decision_counts_where_it_is_heeded() {
        let shown = |heeds_parent, choice| {
            let sampling = Sampling { heeds_parent, choice };
            let of = [None, Some(true), Some(false)].map(|of_parent| {
                let is = if sampling.decide(of_parent, &[7; 16]) { "yes" } else { "no" };
                format!("{is} {}", sampling.rule(of_parent).unwrap_or("-"))
            });
            of.join(", ")
        };
        assert_eq!(shown(true, Choice::Always), "yes -, yes -, no -");
        assert_eq!(shown(true, Choice::Never), "no -, yes -, no -");
        assert_eq!(shown(false, Choice::Always), "yes -, yes -, yes -");
        assert_eq!(shown(false, Choice::Never), "no -, no -, no -");
        assert_eq!(shown(true, Choice::Ratio(0.0)), "no -, yes -, no -");
        assert_eq!(shown(true, decided(false)), "no r, yes -, no -");
        assert_eq!(shown(false, decided(true)), "yes r, yes r, yes r");
    }

    #[test]
    fn a_ratio_is_of_the_ids() {
        let mut random = fastrand::Rng::with_seed(7);
        let ids: Vec<_> = (0..10_000).map(|_| random.u128(..).to_be_bytes()).collect();
        let within = |ratio| ids.iter().filter(|id| is_within(ratio, id)).collect::<Vec<_>>();
        assert_eq!([-1.0, 0.0, f64::NAN].map(|ratio| within(ratio).len()), [0; 3]);
        assert_eq!([1.0, 7.0].map(|ratio| within(ratio).len()), [10_000; 2]);
        let (some, more) = (within(0.25), within(0.5));
        assert!((2_300..2_700).contains(&some.len()) && (4_700..5_300).contains(&more.len()));
        // Who samples more, samples what others sample as well.
        assert!(some.iter().all(|id| more.contains(id)));
        let known = |last: u64| u128::from(last).to_be_bytes();
        assert!(is_within(0.5, &known(u64::MAX / 2)) && !is_within(0.5, &known(u64::MAX / 2 + 1)));
    }

    /// What a job's outermost span and the summary say of the rule.
    fn traced(header: &str) -> (bool, Option<String>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("trace.otlp.json");
        let trace = Trace::start(TraceOptions {
            parent: (!header.is_empty()).then(|| Parent::parse(header).unwrap()),
            sampling: Sampling { heeds_parent: true, choice: decided(false) },
            record: Some(record.clone()),
            ..TraceOptions::default()
        });
        let trace = trace.unwrap();
        let job = trace.span("clean", Kind::Server);
        job.child("stage").end();
        job.end();
        let summary = trace.finish(Duration::from_secs(1));
        let record = std::fs::read_to_string(record).unwrap();
        let rule = record.split_once("aws.xray.sampling_rule").map(|(_, rest)| {
            assert!(!rest.contains("sampling_rule"), "it is on the outermost span alone: {record}");
            rest.split('"').nth(6).unwrap().to_owned()
        });
        (summary.sampled, summary.sampling_rule, rule)
    }

    #[test]
    fn the_rule_is_on_the_outermost_span() {
        const ROOT: &str = "Root=1-63af7b80-bd862e3fe1be46a994272793";
        let by_rule = (false, Some("r".to_owned()), Some("r".to_owned()));
        assert_eq!([traced(""), traced(ROOT)], [by_rule.clone(), by_rule.clone()]);
        assert_eq!(traced(&format!("{ROOT};Sampled=?")), by_rule);
        assert_eq!(traced(&format!("{ROOT};Sampled=1")), (true, None, None));
    }

    #[test]
    fn what_the_trace_is_known_by_is_what_stands_on_it() {
        let telemetry = crate::Telemetry {
            resource: vec![("service.name".into(), "a".into()), ("team".into(), 7.into())],
            ..crate::Telemetry::default()
        };
        let options = TraceOptions { pipeline: "airbnb".into(), telemetry, ..TraceOptions::default() };
        let texts = options.resource_texts();
        assert_eq!(["service.name", "etl.pipeline", "team"].map(|key| &*texts[key]), ["a", "airbnb", "7"]);
    }
}
