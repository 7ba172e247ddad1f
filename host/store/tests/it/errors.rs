//! What a user is told when something is not set up as it should be.

use etl_store::testing::{BUCKET, Weed};
use etl_store::{Environment, wait};

use crate::support::{open, serve, told};

/// The error of looking for an object with these variables.
fn error(variables: [(&str, &str); 5], location: &str) -> String {
    let environment = Environment::of(variables);
    match open(environment, location) {
        Ok((_stores, bucket)) => told(&wait(bucket.head("folder/object")).unwrap_err()),
        Err(error) => told(&error),
    }
}

fn with_keys(endpoint: &str, key: &str, secret: &str, location: &str) -> String {
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", "eu-central-1"),
        ("HOME", "/nonexistent"),
    ];
    error(variables, location)
}

#[test]
fn wrong_keys_and_wrong_names() {
    let weed = Weed::shared();
    let endpoint = format!("http://{}", weed.address());
    let location = format!("s3://{BUCKET}/folder/object");
    insta::assert_snapshot!(with_keys(&endpoint, "nobody", "weedsecret", &location), @r"
    can't look at s3://data/folder/object: the credentials are wrong (InvalidAccessKeyId)
    hint: the service does not know AWS_ACCESS_KEY_ID: is it of this account and endpoint?
    ");
    insta::assert_snapshot!(with_keys(&endpoint, "weed", "wrong", &location), @r"
    can't look at s3://data/folder/object: the credentials are wrong (SignatureDoesNotMatch)
    hint: AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID
    ");
    insta::assert_snapshot!(with_keys(&endpoint, "weed", "weedsecret", &location), @"s3://data/folder/object is not there");
    insta::assert_snapshot!(with_keys(&endpoint, "weed", "weedsecret", "s3://nowhere/x"), @r"
    can't look at s3://nowhere/folder/object: there is no such bucket
    hint: look at the bucket's name, and at AWS_ENDPOINT_URL where that is set
    ");
}

#[test]
fn endpoints_that_are_not_there() {
    let location = "s3://data/x";
    // Nobody may listen on port 1 but the administrator.
    insta::assert_snapshot!(with_keys("http://127.0.0.1:1", "k", "s", location), @r"
    can't look at s3://data/folder/object: can't reach 127.0.0.1:1: connection refused
    hint: look at AWS_ENDPOINT_URL, at the region's name, and at the network
    ");
    insta::assert_snapshot!(with_keys("https://no-such-host.invalid", "k", "s", location), @r"
    can't look at s3://data/folder/object: can't reach no-such-host.invalid: no such host
    hint: look at AWS_ENDPOINT_URL, at the region's name, and at the network
    ");
    insta::assert_snapshot!(with_keys("http://store.example.com", "k", "s", location), @r"
    can't set up access to s3://data: the endpoint http://store.example.com is another machine, and has no TLS
    hint: use https://, or set AWS_ALLOW_HTTP=true where the network may be trusted
    ");
    insta::assert_snapshot!(with_keys("store.example.com", "k", "s", location), @r#"
    can't set up access to s3://data: the endpoint "store.example.com" is no URL
    hint: an endpoint begins with https:// or http://
    "#);
    let weed = Weed::shared();
    let tls = with_keys(&format!("https://{}", weed.address()), "k", "s", location);
    insta::assert_snapshot!(tls.replace(&weed.address(), "HOST"), @r"
    can't look at s3://data/folder/object: no secure connection to HOST: received corrupt message of type InvalidContentType
    hint: SSL_CERT_FILE names a file of certificates to trust; an endpoint without TLS begins with http://
    ");
}

#[test]
fn credentials_that_are_not_there() {
    let none = |variables: [(&str, &str); 5]| error(variables, "s3://data/x");
    let off = ("AWS_EC2_METADATA_DISABLED", "true");
    let home = ("HOME", "/nonexistent");
    insta::assert_snapshot!(none([off, home, ("A", ""), ("B", ""), ("C", "")]), @r"
    no credentials for s3://data: no keys, profile, web identity or role of a container, and AWS_EC2_METADATA_DISABLED is set
    hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the task, instance or function a role
    ");
    insta::assert_snapshot!(none([off, home, ("AWS_ACCESS_KEY_ID", "k"), ("B", ""), ("C", "")]), @r"
    no credentials for s3://data: AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not
    hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the task, instance or function a role
    ");
    insta::assert_snapshot!(none([off, home, ("AWS_PROFILE", "data"), ("B", ""), ("C", "")]), @r#"
    can't set up access to s3://data: AWS_PROFILE is "data", and neither ~/.aws/config nor ~/.aws/credentials has it
    hint: in ~/.aws/config the header is [profile NAME], in ~/.aws/credentials it is [NAME]
    "#);
    // A machine without a role, or no machine of Amazon's.
    let nobody = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
    insta::assert_snapshot!(none([nobody, home, ("A", ""), ("B", ""), ("C", "")]), @r"
    no credentials for s3://data/folder/object: asked 127.0.0.1:1: connection refused
    hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the task, instance or function a role
    ");
}

#[test]
fn the_role_of_a_machine_and_of_a_container() {
    let weed = Weed::shared();
    let (endpoint, location) = (format!("http://{}", weed.address()), format!("s3://{BUCKET}/x"));
    let store = [("AWS_ENDPOINT_URL_S3", endpoint.as_str()), ("HOME", "/nonexistent")];
    let ask = |more: [(&str, &str); 2], server: &str| {
        let [store, home] = store;
        error([store, home, more[0], more[1], ("A", "")], &location).replace(server, "SERVER")
    };
    // A machine without a role.
    let machine =
        serve(2, |line| if line.starts_with("PUT") { ("200 OK", "token") } else { ("404 Not Found", "") });
    let host = machine.trim_start_matches("http://");
    let named = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", machine.as_str());
    insta::assert_snapshot!(ask([named, ("B", "")], host), @r"
    no credentials for s3://data/folder/object: asked SERVER: 404 Not Found
    hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the task, instance or function a role
    ");

    // A pod, with a role that the store does not know.
    let pod = serve(1, |_| {
        let keys =
            r#"{"AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"2199-01-01T00:00:00Z"}"#;
        ("200 OK", keys)
    });
    let token = tempfile::NamedTempFile::new().unwrap();
    let named = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.path().to_str().unwrap());
    let host = pod.trim_start_matches("http://");
    insta::assert_snapshot!(ask([("AWS_CONTAINER_CREDENTIALS_FULL_URI", &pod), named], host), @r"
    can't look at s3://data/folder/object: the credentials are wrong (InvalidAccessKeyId)
    hint: the service does not know AWS_ACCESS_KEY_ID: is it of this account and endpoint?
    ");

    // One whose agent is not allowed to give any.
    let pod = serve(1, |_| ("403 Forbidden", "<Error><Message>not for you</Message></Error>"));
    let host = pod.trim_start_matches("http://");
    insta::assert_snapshot!(ask([("AWS_CONTAINER_CREDENTIALS_FULL_URI", &pod), named], host), @r"
    no credentials for s3://data/folder/object: asked SERVER: 403 Forbidden: not for you
    hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the task, instance or function a role
    ");
}
