//! Stores that are not S3, each behind a feature. Their settings are those that `object_store` reads.

use object_store::Error;

use crate::{location::ObjectUrl, retry::Retry, stores::Connected};

#[cfg_attr(
    not(any(feature = "gcs", feature = "azure", feature = "http")),
    expect(unused_variables, reason = "without features there is no other store")
)]
pub(crate) fn connect(location: &ObjectUrl, url: &str, retry: &Retry) -> Result<Connected, Error> {
    #[cfg(any(feature = "gcs", feature = "azure", feature = "http"))]
    let off = object_store::RetryConfig { max_retries: 0, ..object_store::RetryConfig::default() };
    // A setting among those of the environment, such as `GOOGLE_ALLOW_HTTP`, which options of our own would undo.
    #[cfg(any(feature = "gcs", feature = "azure"))]
    let (timeout, attempt) =
        (object_store::ClientConfigKey::Timeout, format!("{}ms", retry.attempt.as_millis()));
    match location.scheme {
        #[cfg(feature = "gcs")]
        crate::Scheme::Gs => {
            let builder = object_store::gcp::GoogleCloudStorageBuilder::from_env();
            let timeout = object_store::gcp::GoogleConfigKey::Client(timeout);
            let builder = builder.with_bucket_name(&location.bucket).with_config(timeout, attempt);
            let store =
                builder.with_retry(off).with_http_connector(crate::http::Connector::default()).build()?;
            Ok(crate::stores::both(store))
        }
        #[cfg(feature = "azure")]
        crate::Scheme::Az => {
            let builder = object_store::azure::MicrosoftAzureBuilder::from_env();
            let timeout = object_store::azure::AzureConfigKey::Client(timeout);
            let builder = builder.with_container_name(&location.bucket).with_config(timeout, attempt);
            let store =
                builder.with_retry(off).with_http_connector(crate::http::Connector::default()).build()?;
            Ok(crate::stores::both(store))
        }
        #[cfg(feature = "http")]
        crate::Scheme::Http | crate::Scheme::Https => {
            let builder = object_store::http::HttpBuilder::new().with_url(url).with_retry(off);
            // Whoever writes http:// means it: such requests carry no credentials.
            let options =
                object_store::ClientOptions::new().with_timeout(retry.attempt).with_allow_http(true);
            let builder = builder.with_client_options(options);
            let store = builder.with_http_connector(crate::http::Connector::default()).build()?;
            Ok((std::sync::Arc::new(store), None))
        }
        // `Location::parse` gives none of the others.
        _ => Err(Error::NotSupported { source: url.to_owned().into() }),
    }
}
