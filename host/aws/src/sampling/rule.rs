//! What a rule is about.

use super::pattern::Pattern;
use super::subject::Subject;

/// A rule of version 1. A trace is decided on by the first rule that matches it, in the order of priorities, then names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) priority: i32,
    /// Of what is beyond the reservoir, from 0 to 1.
    pub(super) rate: f64,
    /// Traces a second that all services together may record before the rate counts.
    pub(super) reservoir: u32,
    pub(super) service_name: Pattern,
    pub(super) service_type: Pattern,
    pub(super) resource_arn: Pattern,
    pub(super) host: Pattern,
    pub(super) http_method: Pattern,
    pub(super) url_path: Pattern,
    /// All of them must be there.
    pub(super) attributes: Vec<(String, Pattern)>,
}

impl Rule {
    pub(super) fn matches(&self, subject: &Subject) -> bool {
        let fields = [
            (&self.service_name, &subject.service_name),
            (&self.service_type, &subject.service_type),
            (&self.resource_arn, &subject.resource_arn),
            (&self.host, &subject.host),
            (&self.http_method, &subject.http_method),
            (&self.url_path, &subject.url_path),
        ];
        let has = |(key, pattern): &(String, Pattern)| {
            subject.attributes.get(key).is_some_and(|value| pattern.matches(value))
        };
        fields.iter().all(|(pattern, text)| pattern.matches(text)) && self.attributes.iter().all(has)
    }
}

/// A share of all traces, from 0 to 1, of whatever was sent for one.
pub(super) fn rate(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.clamp(0.0, 1.0) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A rule for everything.
    pub(in super::super) fn rule(name: &str, rate: f64, reservoir: u32) -> Rule {
        let any = || Pattern::new("*");
        Rule {
            name: name.to_owned(),
            priority: 100,
            rate,
            reservoir,
            service_name: any(),
            service_type: any(),
            resource_arn: any(),
            host: any(),
            http_method: any(),
            url_path: any(),
            attributes: Vec::new(),
        }
    }

    #[test]
    fn every_field_must_match() {
        let mut subject = Subject {
            service_name: "airbnb".into(),
            service_type: "AWS::ECS::Container".into(),
            resource_arn: "arn:aws:ecs:eu-central-1:1:container/x".into(),
            ..Subject::default()
        };
        subject.attributes.insert("etl.job".into(), "Clean".into());
        let with = |change: &dyn Fn(&mut Rule)| {
            let mut rule = rule("r", 1.0, 0);
            change(&mut rule);
            rule.matches(&subject)
        };
        let attribute = |key: &str, value: &str| vec![(key.to_owned(), Pattern::new(value))];
        assert!(with(&|_| ()));
        assert!(with(&|rule| rule.service_name = Pattern::new("AIR*")));
        assert!(!with(&|rule| rule.service_name = Pattern::new("clean")));
        assert!(with(&|rule| rule.service_type = Pattern::new("AWS::ECS::*")));
        assert!(!with(&|rule| rule.service_type = Pattern::new("AWS::Lambda::Function")));
        assert!(with(&|rule| rule.resource_arn = Pattern::new("*:container/?")));
        assert!(!with(&|rule| rule.resource_arn = Pattern::new("arn:aws:lambda:*")));
        // A run has no host, method or path: a rule that names one is for others.
        assert!(!with(&|rule| rule.host = Pattern::new("example.com")));
        assert!(!with(&|rule| rule.http_method = Pattern::new("GET")));
        assert!(!with(&|rule| rule.url_path = Pattern::new("/*")));
        assert!(with(&|rule| rule.attributes = attribute("etl.job", "clean")));
        assert!(!with(&|rule| rule.attributes = attribute("etl.job", "process")));
        assert!(!with(&|rule| rule.attributes = attribute("etl.pipeline", "*")));
    }

    #[test]
    fn a_rate_is_a_share_of_the_whole() {
        let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5, 0.25, 1e300];
        assert_eq!(format!("{:?}", numbers.map(rate)), "[0.0, 1.0, 0.0, 0.0, 0.25, 1.0]");
    }
}
