//! The two questions that X-Ray is asked.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_xray::Client;
use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types::{SamplingRule, SamplingStatisticsDocument, SamplingTargetDocument};
use etl_store::Environment;

use super::account::Target;
use super::pattern::Pattern;
use super::rule::{Rule, rate};
use super::sampler::Statistics;
use crate::client::connect_at;
use crate::error::{Error, Trouble};

/// Pages of rules: an account has 25 rules unless it was given more.
const MOST_PAGES: usize = 50;
/// What one question may tell of.
const MOST_STATISTICS: usize = 25;
/// The version of rules that this is written for.
const VERSION: i32 = 1;

/// X-Ray, or a proxy before it.
#[derive(Debug)]
pub(super) struct Service(Client);

/// The answer to a report.
#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) targets: Vec<Target>,
    /// When a rule was last changed.
    pub(super) modified: Option<SystemTime>,
}

impl Service {
    pub(super) async fn connect(environment: &Environment, endpoint: Option<&str>) -> Result<Self, Error> {
        Ok(Self(connect_at(environment, endpoint).await?))
    }

    /// All rules that can be used.
    pub(super) async fn rules(&self) -> Result<Vec<Rule>, Error> {
        let (mut rules, mut page) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let answer = self.0.get_sampling_rules().set_next_token(page).send().await;
            let answer = answer.map_err(|error| Trouble::of("GetSamplingRules", &error).error)?;
            let records = answer.sampling_rule_records.unwrap_or_default();
            rules.extend(records.into_iter().filter_map(|record| read(record.sampling_rule?)));
            page = answer.next_token.filter(|page| !page.is_empty());
            if page.is_none() {
                break;
            }
        }
        Ok(rules)
    }

    /// Tells X-Ray what was decided, and what it allows from now on.
    pub(super) async fn targets(
        &self,
        client_id: &str,
        now: SystemTime,
        statistics: &[Statistics],
    ) -> Result<Targets, Error> {
        let mut all = Targets::default();
        for some in statistics.chunks(MOST_STATISTICS) {
            let documents = some.iter().map(|one| document(client_id, now, one)).collect::<Option<_>>();
            let question = self.0.get_sampling_targets().set_sampling_statistics_documents(documents);
            let answer = question.send().await;
            let answer = answer.map_err(|error| Trouble::of("GetSamplingTargets", &error).error)?;
            all.targets
                .extend(answer.sampling_target_documents.unwrap_or_default().into_iter().filter_map(target));
            all.modified = all.modified.max(answer.last_rule_modification.as_ref().and_then(time));
        }
        Ok(all)
    }
}

/// A rule without a name cannot be reported on, and what other versions mean is not known.
fn read(rule: SamplingRule) -> Option<Rule> {
    if rule.version != VERSION {
        return None;
    }
    let attributes = rule.attributes.unwrap_or_default().into_iter();
    Some(Rule {
        name: rule.rule_name.filter(|name| !name.is_empty())?,
        priority: rule.priority,
        rate: rate(rule.fixed_rate),
        reservoir: u32::try_from(rule.reservoir_size).unwrap_or(0),
        service_name: Pattern::new(&rule.service_name),
        service_type: Pattern::new(&rule.service_type),
        resource_arn: Pattern::new(&rule.resource_arn),
        host: Pattern::new(&rule.host),
        http_method: Pattern::new(&rule.http_method),
        url_path: Pattern::new(&rule.url_path),
        attributes: sorted(attributes.map(|(key, value)| (key, Pattern::new(&value))).collect()),
    })
}

/// They come in any order; whether a rule is as it was must not depend on that.
fn sorted(mut attributes: Vec<(String, Pattern)>) -> Vec<(String, Pattern)> {
    attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
    attributes
}

fn document(client_id: &str, now: SystemTime, statistics: &Statistics) -> Option<SamplingStatisticsDocument> {
    let count = |count| i32::try_from(count).unwrap_or(i32::MAX);
    let document = SamplingStatisticsDocument::builder()
        .rule_name(&statistics.rule)
        .client_id(client_id)
        .timestamp(DateTime::from(now))
        .request_count(count(statistics.counts.requests))
        .sampled_count(count(statistics.counts.sampled))
        .borrow_count(count(statistics.counts.borrowed));
    // Whatever it needs is there.
    document.build().ok()
}

fn target(document: SamplingTargetDocument) -> Option<Target> {
    // A quota without an end would be one for ever.
    let quota = document.reservoir_quota.and_then(|quota| {
        Some((u32::try_from(quota).ok()?, document.reservoir_quota_ttl.as_ref().and_then(time)?))
    });
    let interval = document.interval.and_then(|seconds| u64::try_from(seconds).ok());
    Some(Target {
        rule: document.rule_name?,
        rate: rate(document.fixed_rate),
        quota,
        interval: interval.map(Duration::from_secs),
    })
}

fn time(time: &DateTime) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(time.secs()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_service_would_send_is_left_out() {
        let all = || {
            let rule = SamplingRule::builder().rule_name("all").version(1).priority(1).fixed_rate(0.5);
            let rule = rule.reservoir_size(3).service_name("*").service_type("*").resource_arn("*");
            rule.host("*").http_method("*").url_path("*")
        };
        let read_all = |rule: aws_sdk_xray::types::builders::SamplingRuleBuilder| read(rule.build().unwrap());
        let rule = read_all(all()).unwrap();
        assert_eq!((rule.rate, rule.reservoir), (0.5, 3));
        assert_eq!(read_all(all().version(2)), None);
        assert_eq!(read_all(all().set_rule_name(None)), None);
        assert_eq!(read_all(all().rule_name("")), None);
        let odd = read_all(all().fixed_rate(f64::NAN).reservoir_size(-1)).unwrap();
        assert_eq!((odd.rate, odd.reservoir), (0.0, 0));
    }

    #[test]
    fn a_quota_has_an_end_that_can_be() {
        let quota = |quota, ttl: Option<i64>| {
            let document = SamplingTargetDocument::builder().rule_name("r").fixed_rate(1.0);
            let ttl = ttl.map(DateTime::from_secs);
            let document = document.reservoir_quota(quota).set_reservoir_quota_ttl(ttl);
            target(document.interval(i32::MIN).build()).unwrap().quota
        };
        assert_eq!(quota(2, Some(60)), Some((2, UNIX_EPOCH + Duration::from_mins(1))));
        assert_eq!([quota(2, None), quota(-1, Some(60)), quota(2, Some(-1))], [None; 3]);
        // As far off as the clock goes, but no further.
        assert!(quota(2, Some(i64::MAX)).is_none_or(|(_, until)| until > SystemTime::now()));
    }
}
