//! AWS's client, as the environment says.

use std::time::Duration;

use aws_sdk_xray::config::retry::RetryConfig;
use aws_sdk_xray::config::timeout::TimeoutConfig;
use aws_sdk_xray::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
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
    let access = Access::find(environment, "X-Ray", "AWS_ENDPOINT_URL_XRAY")?;
    let endpoint = access.endpoint().map(str::to_owned);
    // Of a stub or a VPC's endpoint the region is only in the signature.
    let region =
        access.region().map(str::to_owned).or_else(|| endpoint.as_ref().map(|_| "us-east-1".to_owned()));
    let region = region.ok_or(Error::NoRegion)?;
    let http = http(endpoint.as_deref());
    let keys = access.keys().await?;
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(ATTEMPT).build();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .region(Region::new(region))
        .credentials_provider(Credentials::new(keys.id, keys.secret, keys.token, None, "etl-store"))
        // Asking again is what the search does, and it knows how much time there is.
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    let config = endpoint.into_iter().fold(config, aws_sdk_xray::config::Builder::endpoint_url);
    Ok(Client::from_conf(config.build()))
}

/// Reading the machine's certificates takes time, and without TLS there is no need.
fn http(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        return Builder::new().build_http();
    }
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
