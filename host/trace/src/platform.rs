//! What we run on, as the environment says: the collector makes a segment's origin of it.
//!
//! By hand, not by the detectors of `opentelemetry-aws`: those ask the machine's and the container's services for ids, each
//! with a client and a time limit of its own, and for the origin nothing of that is needed.

use crate::value::Value;

/// Attributes of the resource. Empty where it is no platform of AWS's, or one that says nothing.
pub fn platform(env: &dyn Fn(&str) -> Option<String>) -> Vec<(String, Value)> {
    let get = |name: &str| env(name).filter(|value| !value.is_empty());
    let is_set = |name: &str| get(name).is_some();
    let execution = get("AWS_EXECUTION_ENV").unwrap_or_default();
    let mut attributes = Vec::new();
    let mut set = |key: &str, value: Option<String>| {
        attributes.extend(value.map(|value| (key.to_owned(), Value::from(value))));
    };
    let text = |text: &str| Some(text.to_owned());
    if is_set("AWS_LAMBDA_FUNCTION_NAME") {
        set("cloud.platform", text("aws_lambda"));
        set("faas.name", get("AWS_LAMBDA_FUNCTION_NAME"));
        set("faas.version", get("AWS_LAMBDA_FUNCTION_VERSION"));
        set("faas.instance", get("AWS_LAMBDA_LOG_STREAM_NAME"));
    } else if is_set("ECS_CONTAINER_METADATA_URI_V4") || execution.starts_with("AWS_ECS_") {
        set("cloud.platform", text("aws_ecs"));
        set("aws.ecs.launchtype", execution.strip_prefix("AWS_ECS_").map(str::to_lowercase));
    } else if is_set("KUBERNETES_SERVICE_HOST")
        && (is_set("AWS_WEB_IDENTITY_TOKEN_FILE") || is_set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
    {
        // Kubernetes anywhere looks the same; a pod that AWS lends a role is on EKS.
        set("cloud.platform", text("aws_eks"));
    } else {
        return attributes;
    }
    set("cloud.provider", text("aws"));
    set("cloud.region", get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")));
    attributes
}

#[cfg(test)]
mod tests {
    use super::platform;
    use crate::Value;

    fn told(variables: &[(&str, &str)]) -> String {
        let env = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let told = |(key, value)| match value {
            Value::Text(text) => format!("{key}={text}"),
            other => format!("{key}={other:?}"),
        };
        let told: Vec<_> = platform(&env).into_iter().map(told).collect();
        if told.is_empty() { "nothing".to_owned() } else { told.join(" ") }
    }

    #[test]
    fn the_environment_says_what_we_run_on() {
        const METADATA: (&str, &str) = ("ECS_CONTAINER_METADATA_URI_V4", "http://169.254.170.2/v4/x");
        const REGION: (&str, &str) = ("AWS_REGION", "eu-central-1");
        let cases: [&[(&str, &str)]; 8] = [
            &[],
            &[REGION],
            &[REGION, METADATA],
            &[REGION, METADATA, ("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")],
            &[("AWS_EXECUTION_ENV", "AWS_ECS_EC2")],
            &[
                REGION,
                ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
                ("AWS_LAMBDA_FUNCTION_NAME", "clean"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ],
            &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")],
            &[("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")],
        ];
        insta::assert_snapshot!(cases.map(told).join("\n"), @r"
        nothing
        nothing
        cloud.platform=aws_ecs cloud.provider=aws cloud.region=eu-central-1
        cloud.platform=aws_ecs aws.ecs.launchtype=fargate cloud.provider=aws cloud.region=eu-central-1
        cloud.platform=aws_ecs aws.ecs.launchtype=ec2 cloud.provider=aws
        cloud.platform=aws_lambda faas.name=clean faas.version=$LATEST cloud.provider=aws cloud.region=eu-central-1
        nothing
        cloud.platform=aws_eks cloud.provider=aws
        ");
    }
}
