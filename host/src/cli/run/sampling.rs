//! Whether the run's trace is sampled: as the environment asks, by X-Ray's rules if it asks for them.

use std::time::{Duration, Instant};

use etl_aws::Error;
use etl_aws::sampling::{By, Central, CentralOptions, Decision, Subject};
use etl_store::Environment;
use etl_trace::{Asked, Choice, Parent, Remote, Sampling, Telemetry, TraceOptions};

use crate::cli::environment;
use crate::cli::printer::Printer;
use crate::cli::text::plain;

/// How long a run may be held up for rules, counted from its beginning.
const WAIT: Duration = Duration::from_secs(2);

/// Who decides.
#[derive(Debug)]
pub(super) enum Sampler {
    /// Nobody need be asked.
    Here(Sampling),
    /// X-Ray's rules, which are on their way.
    XRay { central: Central, endpoint: Option<String>, until: Instant },
}

impl Sampler {
    /// As the environment asks. X-Ray's rules are fetched only where they decide on anything: where the caller has not
    /// decided, and the trace is sent somewhere.
    pub(super) fn find(parent: Option<&Parent>, telemetry: &Telemetry, printer: Printer) -> Self {
        let (asked, warnings) = Asked::from_environment(&environment::variable);
        for warning in warnings {
            printer.warn(warning);
        }
        let remote = match asked {
            Asked::Here(sampling) => return Self::Here(sampling),
            Asked::XRay(remote) => remote,
        };
        if parent.is_some_and(|parent| parent.sampled.is_some()) || telemetry.destination.is_none() {
            return Self::Here(Sampling::default());
        }
        let Remote { endpoint, polling } = remote;
        let options = CentralOptions { endpoint: endpoint.clone(), polling };
        match Central::start(Environment::of_process(), options) {
            Ok(central) => Self::XRay { central, endpoint, until: Instant::now() + WAIT },
            Err(error) => {
                printer.warn(format!("X-Ray's sampling rules are not asked for: {error}"));
                Self::Here(Sampling::default())
            }
        }
    }

    /// The decision on the trace of this run.
    pub(super) fn decide(&self, options: &TraceOptions, job: Option<&str>, printer: Printer) -> Sampling {
        let (central, endpoint, until) = match self {
            Self::Here(sampling) => return sampling.clone(),
            Self::XRay { central, endpoint, until } => (central, endpoint.as_deref(), *until),
        };
        let mut attributes = options.resource_texts();
        attributes.extend(job.map(|job| (etl_trace::attributes::JOB.to_owned(), job.to_owned())));
        let (decision, error) = central.decide(&Subject::of(attributes), until);
        if let Some(error) = error {
            let why = reason(&error, endpoint);
            printer.warn(format!("the trace is sampled without X-Ray's rules: {why}"));
        }
        printer.detail(told(&decision));
        let choice = Choice::Decided { sampled: decision.sampled, rule: decision.rule };
        Sampling { heeds_parent: true, choice }
    }

    /// Sees to it that X-Ray knows what was decided, at most until then.
    pub(super) fn settle(&self, until: Instant, printer: Printer) {
        let Self::XRay { central, endpoint, .. } = self else { return };
        if let Some(error) = central.settle(until) {
            let why = reason(&error, endpoint.as_deref());
            printer.warn(format!("X-Ray does not know that its sampling rules were used: {why}"));
        }
    }
}

fn reason(error: &Error, endpoint: Option<&str>) -> String {
    let hint = match (error, endpoint) {
        (Error::Unreachable { .. } | Error::Late { .. }, Some(endpoint)) => {
            Some(format!("OTEL_TRACES_SAMPLER_ARG says that it is at {endpoint}"))
        }
        _ => error.hint(),
    };
    hint.map_or_else(|| error.to_string(), |hint| format!("{error}; {hint}"))
}

fn told(decision: &Decision) -> String {
    let Decision { sampled, rule, by } = decision;
    let not = if *sampled { "" } else { "not " };
    let Some(rule) = rule else {
        return format!("trace {not}sampled by the fallback, since no rule of X-Ray's decided");
    };
    let by = match by {
        By::Quota => "quota",
        By::Reservoir => "reservoir",
        By::Rate => "rate",
    };
    format!("trace {not}sampled by the {by} of X-Ray's rule `{}`", plain(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told() {
        let decision = |sampled, rule: Option<&str>, by| {
            told(&Decision { sampled, rule: rule.map(ToOwned::to_owned), by })
        };
        let unreachable = || Error::Unreachable { operation: "GetSamplingRules", why: "no route".into() };
        let denied = Error::Refused {
            operation: "GetSamplingTargets",
            code: "AccessDeniedException".into(),
            message: "no".into(),
        };
        let late = Error::Late { operation: "GetSamplingRules" };
        let proxy = Some("http://127.0.0.1:2000");
        let all = [
            decision(true, Some("nightly"), By::Quota),
            decision(true, Some("nightly"), By::Reservoir),
            decision(false, Some("nightly"), By::Rate),
            decision(true, None, By::Reservoir),
            reason(&unreachable(), None),
            reason(&unreachable(), proxy),
            reason(&denied, proxy),
            reason(&late, None),
            reason(&late, proxy),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        trace sampled by the quota of X-Ray's rule `nightly`
        trace sampled by the reservoir of X-Ray's rule `nightly`
        trace not sampled by the rate of X-Ray's rule `nightly`
        trace sampled by the fallback, since no rule of X-Ray's decided
        can't reach X-Ray for GetSamplingRules: no route; look at AWS_ENDPOINT_URL_XRAY, at the region's name, and at the network
        can't reach X-Ray for GetSamplingRules: no route; OTEL_TRACES_SAMPLER_ARG says that it is at http://127.0.0.1:2000
        X-Ray refuses GetSamplingTargets: AccessDeniedException: no; the role must be allowed xray:GetSamplingTargets
        X-Ray did not answer GetSamplingRules in time; look at AWS_ENDPOINT_URL_XRAY, at the region's name, and at the network
        X-Ray did not answer GetSamplingRules in time; OTEL_TRACES_SAMPLER_ARG says that it is at http://127.0.0.1:2000
        ");
    }
}
