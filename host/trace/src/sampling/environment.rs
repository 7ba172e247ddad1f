//! What `OTEL_TRACES_SAMPLER` asks for.

use super::{Choice, Sampling};
use std::time::Duration;

const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
const SAMPLERS: &str =
    "xray, always_on, always_off or traceidratio, the last three also with parentbased_ before them";
const RATIO: &str = "a number from 0 to 1";
const REMOTE: &str = "endpoint=http://HOST:PORT,polling_interval=SECONDS or one of them";

/// How often the rules are looked at, unless that is asked for otherwise.
const POLLING: Duration = Duration::from_mins(5);

/// Who is to decide.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Nobody need be asked.
    Here(Sampling),
    /// X-Ray's rules, where a caller did not decide.
    XRay(Remote),
}

/// Where rules are, and how often they are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// A URL; nothing where the environment of AWS's says it.
    pub endpoint: Option<String>,
    /// Between two looks.
    pub polling: Duration,
}

impl Default for Remote {
    fn default() -> Self {
        Self { endpoint: None, polling: POLLING }
    }
}

impl Asked {
    /// Reads `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, as
    /// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/> has them. Of `xray` the argument is
    /// `endpoint=URL,polling_interval=SECONDS`, as AWS's distributions of OpenTelemetry take it.
    ///
    /// What means nothing is passed over, as the specification wants it; the second value is what is to be told of that.
    pub fn from_environment(env: &dyn Fn(&str) -> Option<String>) -> (Self, Vec<String>) {
        let get = |variable| env(variable).map(|value| value.trim().to_owned());
        let get = |variable| get(variable).filter(|value| !value.is_empty());
        let mut warnings = Vec::new();
        let Some(name) = get(SAMPLER) else { return (Self::Here(Sampling::default()), warnings) };
        let mut ignored = |variable, expected, found: &str| {
            warnings.push(format!(
                "environment variable {variable} is ignored: expected {expected}, found {found:?}"
            ));
        };
        if name == "xray" {
            let argument = get(ARGUMENT).unwrap_or_default();
            let (remote, wrong) = remote(&argument);
            if !wrong.is_empty() {
                ignored(ARGUMENT, REMOTE, &wrong.join(","));
            }
            return (Self::XRay(remote), warnings);
        }
        let (heeds_parent, own) =
            name.strip_prefix("parentbased_").map_or((false, name.as_str()), |own| (true, own));
        let choice = match own {
            "always_on" => Choice::Always,
            "always_off" => Choice::Never,
            "traceidratio" => {
                let argument = get(ARGUMENT);
                let ratio = argument.as_deref().map(ratio);
                if let (Some(None), Some(argument)) = (ratio, &argument) {
                    ignored(ARGUMENT, RATIO, argument);
                }
                Choice::Ratio(ratio.flatten().unwrap_or(1.0))
            }
            _ => {
                ignored(SAMPLER, SAMPLERS, &name);
                return (Self::Here(Sampling::default()), warnings);
            }
        };
        (Self::Here(Sampling { heeds_parent, choice }), warnings)
    }
}

fn ratio(text: &str) -> Option<f64> {
    text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio))
}

/// What can be read of the argument, and the parts that cannot.
fn remote(argument: &str) -> (Remote, Vec<&str>) {
    let (mut remote, mut wrong) = (Remote::default(), Vec::new());
    for part in argument.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            Some(("endpoint", url)) if is_url(url) => {
                remote.endpoint = Some(url.trim_end_matches('/').to_owned());
            }
            Some(("polling_interval", seconds)) if let Some(polling) = polling(seconds) => {
                remote.polling = polling;
            }

            _ => wrong.push(part),
        }
    }
    (remote, wrong)
}

fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_host = |host: &str| !host.is_empty() && !host.starts_with('/');
    host.is_some_and(is_host) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn polling(seconds: &str) -> Option<Duration> {
    seconds.parse().ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sampler: &str, argument: &str) -> String {
        let env = |name: &str| match name {
            SAMPLER => Some(sampler.to_owned()),
            ARGUMENT => Some(argument.to_owned()),
            _ => None,
        };
        let (asked, warnings) = Asked::from_environment(&env);
        let asked = match asked {
            Asked::Here(Sampling { heeds_parent, choice }) => format!("{choice:?} heeds={heeds_parent}"),
            Asked::XRay(Remote { endpoint, polling }) => {
                format!("xray {} {polling:?}", endpoint.as_deref().unwrap_or("-"))
            }
        };
        let head = format!("{sampler} {argument}: {asked}");
        std::iter::once(head).chain(warnings).collect::<Vec<_>>().join("\n  ")
    }

    #[test]
    fn the_variables() {
        let cases = [
            ("", "7"),
            (" always_on ", ""),
            ("always_off", "0.5"),
            ("traceidratio", "0.25"),
            ("traceidratio", ""),
            ("parentbased_always_on", ""),
            ("parentbased_always_off", ""),
            ("parentbased_traceidratio", "1e-3"),
            ("parentbased_traceidratio", "1.5"),
            ("traceidratio", "NaN"),
            ("xray", ""),
            ("xray", "endpoint=http://127.0.0.1:2000/,polling_interval=60"),
            ("xray", " polling_interval = 5 , endpoint = https://xray.example "),
            ("xray", "endpoint=localhost:2000,polling_interval=0,x"),
            ("xray", "polling_interval=99999999999999999999999,endpoint=http:///x"),
            ("parentbased_xray", ""),
            ("jaeger_remote", "endpoint=http://x"),
        ];
        insta::assert_snapshot!(cases.map(|(sampler, argument)| shown(sampler, argument)).join("\n"), @r#"
         7: Always heeds=true
         always_on  : Always heeds=false
        always_off 0.5: Never heeds=false
        traceidratio 0.25: Ratio(0.25) heeds=false
        traceidratio : Ratio(1.0) heeds=false
        parentbased_always_on : Always heeds=true
        parentbased_always_off : Never heeds=true
        parentbased_traceidratio 1e-3: Ratio(0.001) heeds=true
        parentbased_traceidratio 1.5: Ratio(1.0) heeds=true
          environment variable OTEL_TRACES_SAMPLER_ARG is ignored: expected a number from 0 to 1, found "1.5"
        traceidratio NaN: Ratio(1.0) heeds=false
          environment variable OTEL_TRACES_SAMPLER_ARG is ignored: expected a number from 0 to 1, found "NaN"
        xray : xray - 300s
        xray endpoint=http://127.0.0.1:2000/,polling_interval=60: xray http://127.0.0.1:2000 60s
        xray  polling_interval = 5 , endpoint = https://xray.example : xray https://xray.example 5s
        xray endpoint=localhost:2000,polling_interval=0,x: xray - 300s
          environment variable OTEL_TRACES_SAMPLER_ARG is ignored: expected endpoint=http://HOST:PORT,polling_interval=SECONDS or one of them, found "endpoint=localhost:2000,polling_interval=0,x"
        xray polling_interval=99999999999999999999999,endpoint=http:///x: xray - 300s
          environment variable OTEL_TRACES_SAMPLER_ARG is ignored: expected endpoint=http://HOST:PORT,polling_interval=SECONDS or one of them, found "polling_interval=99999999999999999999999,endpoint=http:///x"
        parentbased_xray : Always heeds=true
          environment variable OTEL_TRACES_SAMPLER is ignored: expected xray, always_on, always_off or traceidratio, the last three also with parentbased_ before them, found "parentbased_xray"
        jaeger_remote endpoint=http://x: Always heeds=true
          environment variable OTEL_TRACES_SAMPLER is ignored: expected xray, always_on, always_off or traceidratio, the last three also with parentbased_ before them, found "jaeger_remote"
        "#);
    }
}
