//! What is to be decided about.

use std::collections::BTreeMap;

/// The beginning of a trace, as rules see it. Texts are empty where there is nothing to say: only `*` takes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// `ServiceName`.
    pub service_name: String,
    /// `ServiceType`: what the service runs on, as `AWS::ECS::Container`.
    pub service_type: String,
    /// `ResourceARN`: the very thing that it runs on.
    pub resource_arn: String,
    /// `Host` of an HTTP request.
    pub host: String,
    /// `HTTPMethod`.
    pub http_method: String,
    /// `URLPath`.
    pub url_path: String,
    /// What `Attributes` are looked up in.
    pub attributes: BTreeMap<String, String>,
}

impl Subject {
    /// What OpenTelemetry's attributes say of a service that is not called over HTTP. The types are those that AWS's own
    /// samplers make of `cloud.platform`.
    pub fn of(attributes: BTreeMap<String, String>) -> Self {
        let get = |key: &str| attributes.get(key).cloned().unwrap_or_default();
        let platform = get("cloud.platform");
        let service_type = match platform.as_str() {
            "aws_ec2" => "AWS::EC2::Instance",
            "aws_ecs" => "AWS::ECS::Container",
            "aws_eks" => "AWS::EKS::Container",
            "aws_elastic_beanstalk" => "AWS::ElasticBeanstalk::Environment",
            "aws_lambda" => "AWS::Lambda::Function",
            _ => "",
        };
        let resource_arn = match get("aws.ecs.container.arn") {
            arn if arn.is_empty() && platform == "aws_lambda" => get("cloud.resource_id"),
            arn => arn,
        };
        Self {
            service_name: get("service.name"),
            service_type: service_type.to_owned(),
            resource_arn,
            attributes,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_runs_on_comes_from_the_attributes() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            let subject = Subject::of(pairs.collect());
            [subject.service_name, subject.service_type, subject.resource_arn].join("|")
        };
        assert_eq!(of(&[]), "||");
        assert_eq!(of(&[("service.name", "airbnb"), ("cloud.platform", "gcp")]), "airbnb||");
        let container = [("cloud.platform", "aws_ecs"), ("aws.ecs.container.arn", "arn:c")];
        assert_eq!(of(&container), "|AWS::ECS::Container|arn:c");
        let function = [("cloud.platform", "aws_lambda"), ("cloud.resource_id", "arn:f")];
        assert_eq!(of(&function), "|AWS::Lambda::Function|arn:f");
        assert_eq!(of(&[("cloud.platform", "aws_eks"), ("cloud.resource_id", "x")]), "|AWS::EKS::Container|");
    }
}
