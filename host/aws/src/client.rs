//! AWS's client, as the environment says.

use std::time::Duration;

use aws_sdk_xray::config::retry::RetryConfig;
use aws_sdk_xray::config::timeout::TimeoutConfig;
use aws_sdk_xray::config::{self, BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_xray::{Client, Config};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use etl_store::{Access, Environment};

use crate::error::Error;

/// How long one question may take: an answer is there within a second, or something is wrong.
const ATTEMPT: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(3);

/// A client with keys that are good now. A search is over long before they end.
pub(crate) async fn connect(environment: &Environment) -> Result<Client, Error> {
    connect_at(environment, None).await
}

/// As [`connect`], at this endpoint. One over plain HTTP is a proxy beside us that signs what it hands on, with keys of its
/// own: it is asked without any, as AWS's own samplers do.
pub(crate) async fn connect_at(environment: &Environment, endpoint: Option<&str>) -> Result<Client, Error> {
    if let Some(endpoint) = endpoint.filter(|endpoint| is_plain(endpoint)) {
        let config = config(Some(endpoint), Region::from_static("us-east-1")).allow_no_auth();
        return Ok(Client::from_conf(config.build()));
    }
    let access = Access::find(environment, "X-Ray", "AWS_ENDPOINT_URL_XRAY")?;
    let endpoint = endpoint.or(access.endpoint()).map(str::to_owned);
    // Of a stub or a VPC's endpoint the region is only in the signature.
    let region =
        access.region().map(str::to_owned).or_else(|| endpoint.as_ref().map(|_| "us-east-1".to_owned()));
    let region = region.ok_or(Error::NoRegion)?;
    let keys = access.keys().await?;
    let credentials = Credentials::new(keys.id, keys.secret, keys.token, None, "etl-store");
    let config = config(endpoint.as_deref(), Region::new(region)).credentials_provider(credentials);
    Ok(Client::from_conf(config.build()))
}

fn config(endpoint: Option<&str>, region: Region) -> config::Builder {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(ATTEMPT).build();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http(endpoint))
        .region(region)
        // Asking again is what those who ask do, and they know how much time there is.
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    endpoint.into_iter().fold(config, config::Builder::endpoint_url)
}

/// Reading the machine's certificates takes time, and without TLS there is no need.
fn http(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(is_plain) {
        return Builder::new().build_http();
    }
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

fn is_plain(endpoint: &str) -> bool {
    endpoint.split_once("://").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http"))
}
