//! What other services of AWS's are reached with: found as it is for S3, so that a machine is set up once.

use object_store::{ClientOptions, RetryConfig, aws::AmazonS3Builder};

use super::{Credentials, Environment, check_endpoint, find_credentials, find_profile};
use crate::{error::Error, http::Connector};

/// Region, endpoint and credentials for a service.
#[derive(Debug)]
pub struct Access {
    service: &'static str,
    region: Option<String>,
    endpoint: Option<String>,
    credentials: Credentials,
}

/// What a request is signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The access key.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The token of keys that were lent.
    pub token: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not its secrets.
        f.debug_struct("Keys").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Access {
    /// For the service of this name, whose endpoint is in `variable` where it is not Amazon's.
    ///
    /// # Errors
    /// A profile, an endpoint or credentials that cannot be used.
    pub fn find(
        environment: &Environment,
        service: &'static str,
        variable: &'static str,
    ) -> Result<Self, Error> {
        let profile = find_profile(environment, service)?;
        let of_profile =
            |setting| profile.as_ref().and_then(|profile| profile.get(setting)).map(str::to_owned);
        let configured = !environment.is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let endpoint = environment.first([variable, "AWS_ENDPOINT_URL"]);
        let endpoint = endpoint.or_else(|| of_profile("endpoint_url")).filter(|_| configured);
        if let Some(endpoint) = &endpoint {
            check_endpoint(endpoint, environment, service)?;
        }
        let region = environment.first(["AWS_REGION", "AWS_DEFAULT_REGION"]);
        let region = region.or_else(|| of_profile("region"));
        let credentials = find_credentials(environment, profile.as_ref(), service)?;
        Ok(Self { service, region, endpoint, credentials })
    }

    /// The region, where anything says it.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Where the service is, where that is not Amazon's.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Keys that are good now. Asks the container, the machine or the token service where the environment has none.
    ///
    /// # Errors
    /// Nobody there gives any.
    pub async fn keys(self) -> Result<Keys, Error> {
        let failed = |error: object_store::Error| Error::NoCredentials {
            location: self.service.to_owned(),
            why: error.to_string(),
        };
        // The ways to credentials are object_store's, which has them for a bucket only: this one is never asked for.
        let builder = AmazonS3Builder::new()
            .with_bucket_name("none")
            .with_region(self.region.as_deref().unwrap_or("us-east-1"))
            .with_http_connector(Connector::default())
            .with_client_options(ClientOptions::new())
            .with_retry(RetryConfig { max_retries: 1, ..RetryConfig::default() });
        let keys = match self.credentials {
            Credentials::Keys { id, secret, token } => return Ok(Keys { id, secret, token }),
            Credentials::Anonymous => {
                return Err(Error::NoCredentials {
                    location: self.service.to_owned(),
                    why: "AWS_SKIP_SIGNATURE is set".to_owned(),
                });
            }
            other => other.set(builder).build().map_err(failed)?.credentials().get_credential().await,
        };
        let keys = keys.map_err(failed)?;
        let (id, secret) = (keys.key_id.clone(), keys.secret_key.clone());
        Ok(Keys { id, secret, token: keys.token.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<const N: usize>(variables: [(&str, &str); N]) -> Result<Access, Error> {
        Access::find(&Environment::of(variables), "X-Ray", "AWS_ENDPOINT_URL_XRAY")
    }

    #[tokio::test(flavor = "current_thread")]
    async fn keys_and_places_come_from_the_environment() {
        let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];
        let access = find([keys[0], keys[1], ("AWS_REGION", "eu-central-1")]).unwrap();
        assert_eq!((access.region(), access.endpoint()), (Some("eu-central-1"), None));
        let found = access.keys().await.unwrap();
        assert_eq!(found, Keys { id: "id".into(), secret: "secret".into(), token: None });
        assert!(!format!("{found:?}").contains("secret"));
        let other =
            [("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_ENDPOINT_URL_XRAY", "http://127.0.0.1:2")];
        let access = find([keys[0], keys[1], other[0], other[1]]).unwrap();
        assert_eq!((access.region(), access.endpoint()), (None, Some("http://127.0.0.1:2")));
    }

    #[test]
    fn what_is_wrong_is_told_with_the_service() {
        let error = find([("AWS_EC2_METADATA_DISABLED", "true")]).unwrap_err();
        assert!(error.to_string().starts_with("no credentials for X-Ray: "), "{error}");
        let error = find([("AWS_ENDPOINT_URL_XRAY", "http://xray.example")]).unwrap_err();
        assert!(error.to_string().starts_with("can't set up access to X-Ray: "), "{error}");
    }
}
