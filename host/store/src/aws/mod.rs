//! Access to S3, as the environment says.
//!
//! In the order of AWS's own tools: keys in variables, a web identity, a profile, the container's role, the machine's.

mod access;
mod environment;
mod profile;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::{ClientOptions, HeaderValue, RetryConfig};

pub use access::{Access, Keys};
pub use environment::Environment;

use crate::{error::Error, http::Connector, retry::Retry};
use profile::Profile;

/// What leads to a bucket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    credentials: Credentials,
    region: String,
    /// Where it is not Amazon's.
    endpoint: Option<String>,
    requester_pays: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Credentials {
    Keys {
        id: String,
        secret: String,
        token: Option<String>,
    },
    WebIdentity {
        token_file: String,
        role: String,
        session: Option<String>,
    },
    /// A path at the address that containers have, or a URL and a file with a token.
    Container(String),
    Pod {
        url: String,
        token_file: String,
    },
    Machine {
        endpoint: Option<String>,
    },
    /// For buckets that anybody may read.
    Anonymous,
}

impl Settings {
    pub(crate) fn find(environment: &Environment, location: &str) -> Result<Self, Error> {
        let profile = find_profile(environment, location)?;
        let of_profile = |setting| profile.as_ref().and_then(|profile: &Profile| profile.get(setting));
        let configured = !environment.is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let endpoint = environment
            .first(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
            .or_else(|| of_profile("endpoint_url").map(str::to_owned))
            .filter(|_| configured);
        if let Some(endpoint) = &endpoint {
            check_endpoint(endpoint, environment, location)?;
        }
        let region = environment
            .first(["AWS_REGION", "AWS_DEFAULT_REGION"])
            .or_else(|| of_profile("region").map(str::to_owned))
            .unwrap_or_else(|| "us-east-1".to_owned());
        let credentials = find_credentials(environment, profile.as_ref(), location)?;
        let requester_pays = environment.is_true("AWS_REQUEST_PAYER");
        Ok(Self { credentials, region, endpoint, requester_pays })
    }

    pub(crate) fn open(self, bucket: &str, retry: &Retry) -> object_store::Result<AmazonS3> {
        let mut options = ClientOptions::new()
            .with_timeout(retry.attempt)
            .with_user_agent(HeaderValue::from_static(concat!("etl-host/", env!("CARGO_PKG_VERSION"))));
        // The bucket in the host's name: what Amazon wants. A name with dots fits no certificate.
        let virtual_hosted = self.endpoint.is_none() && !bucket.contains('.');
        let host = match &self.endpoint {
            Some(endpoint) => authority(endpoint).to_owned(),
            None if virtual_hosted => format!("{bucket}.s3.{}.amazonaws.com", self.region),
            None => format!("s3.{}.amazonaws.com", self.region),
        };
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_region(&self.region);
        if let Some(endpoint) = &self.endpoint {
            options = options.with_allow_http(endpoint.starts_with("http://"));
            builder = builder.with_endpoint(endpoint);
        }
        builder = builder
            .with_virtual_hosted_style_request(virtual_hosted)
            .with_request_payer(self.requester_pays)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
            .with_http_connector(Connector { host: Some(host.into()) })
            .with_client_options(options);
        self.credentials.set(builder).build()
    }
}

impl Credentials {
    fn set(self, builder: AmazonS3Builder) -> AmazonS3Builder {
        use AmazonS3ConfigKey as Key;
        match self {
            Self::Keys { id, secret, token } => {
                let builder = builder.with_access_key_id(id).with_secret_access_key(secret);
                token.into_iter().fold(builder, AmazonS3Builder::with_token)
            }
            Self::WebIdentity { token_file, role, session } => {
                let builder = builder.with_config(Key::WebIdentityTokenFile, token_file);
                let builder = builder.with_config(Key::RoleArn, role);
                session
                    .into_iter()
                    .fold(builder, |builder, name| builder.with_config(Key::RoleSessionName, name))
            }
            Self::Container(path) => builder.with_config(Key::ContainerCredentialsRelativeUri, path),
            Self::Pod { url, token_file } => builder
                .with_config(Key::ContainerCredentialsFullUri, url)
                .with_config(Key::ContainerAuthorizationTokenFile, token_file),
            Self::Machine { endpoint } => {
                endpoint.into_iter().fold(builder, AmazonS3Builder::with_metadata_endpoint)
            }
            Self::Anonymous => builder.with_skip_signature(true),
        }
    }
}

/// The profile that is asked for, or the default one if there is one.
fn find_profile(environment: &Environment, location: &str) -> Result<Option<Profile>, Error> {
    let asked = environment.get("AWS_PROFILE");
    let name = asked.as_deref().unwrap_or("default");
    let config = environment.file("AWS_CONFIG_FILE", "config");
    let credentials = environment.file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    let profile = Profile::find(name, &config, &credentials);
    if profile.is_none() && asked.is_some() {
        return Err(Error::Settings {
            location: location.to_owned(),
            why: format!("AWS_PROFILE is {name:?}, and neither ~/.aws/config nor ~/.aws/credentials has it"),
            hint: "in ~/.aws/config the header is [profile NAME], in ~/.aws/credentials it is [NAME]",
        });
    }
    Ok(profile)
}

fn find_credentials(
    environment: &Environment,
    profile: Option<&Profile>,
    location: &str,
) -> Result<Credentials, Error> {
    let variable = |name| environment.get(name);
    if environment.is_true("AWS_SKIP_SIGNATURE") {
        return Ok(Credentials::Anonymous);
    }
    match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => {
            return Ok(Credentials::Keys { id, secret, token: variable("AWS_SESSION_TOKEN") });
        }
        (None, None) => {}
        (id, _) => {
            let (there, missing) = match id {
                Some(_) => ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
                None => ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
            };
            return Err(Error::NoCredentials {
                location: location.to_owned(),
                why: format!("{there} is set, {missing} is not"),
            });
        }
    }
    if let (Some(token_file), Some(role)) =
        (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN"))
    {
        return Ok(Credentials::WebIdentity { token_file, role, session: variable("AWS_ROLE_SESSION_NAME") });
    }
    if let Some(profile) = profile {
        let setting = |name| profile.get(name).map(str::to_owned);
        if let (Some(id), Some(secret)) = (setting("aws_access_key_id"), setting("aws_secret_access_key")) {
            return Ok(Credentials::Keys { id, secret, token: setting("aws_session_token") });
        }
        if let (Some(token_file), Some(role)) = (setting("web_identity_token_file"), setting("role_arn")) {
            return Ok(Credentials::WebIdentity { token_file, role, session: setting("role_session_name") });
        }
        if let Some(way) = profile.other_way() {
            return Err(Error::Settings {
                location: location.to_owned(),
                why: format!(
                    "the profile uses {way}, and only keys and web identities are read from profiles"
                ),
                hint: "`aws configure export-credentials --format env` prints variables to set",
            });
        }
    }
    if let Some(path) = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        return Ok(Credentials::Container(path));
    }
    if let (Some(url), Some(token_file)) =
        (variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"), variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
    {
        return Ok(Credentials::Pod { url, token_file });
    }
    if environment.is_true("AWS_EC2_METADATA_DISABLED") {
        return Err(Error::NoCredentials {
            location: location.to_owned(),
            why:
                "no keys, profile, web identity or role of a container, and AWS_EC2_METADATA_DISABLED is set"
                    .to_owned(),
        });
    }
    Ok(Credentials::Machine { endpoint: variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") })
}

/// Whether what begins with a host is of this machine.
pub(crate) fn is_this_machine(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(is_loopback)
}

/// Host and port.
fn authority(endpoint: &str) -> &str {
    let (_, rest) = endpoint.split_once("://").unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}

/// Without TLS only on this machine, or where somebody says so: requests show what they carry.
fn check_endpoint(endpoint: &str, environment: &Environment, location: &str) -> Result<(), Error> {
    let wrong = |why: String, hint| Error::Settings { location: location.to_owned(), why, hint };
    let Some((scheme, _)) = endpoint.split_once("://") else {
        return Err(wrong(
            format!("the endpoint {endpoint:?} is no URL"),
            "an endpoint begins with https:// or http://",
        ));
    };
    match scheme {
        "https" => Ok(()),
        "http" if is_this_machine(authority(endpoint)) || environment.is_true("AWS_ALLOW_HTTP") => Ok(()),
        "http" => Err(wrong(
            format!("the endpoint {endpoint} is another machine, and has no TLS"),
            "use https://, or set AWS_ALLOW_HTTP=true where the network may be trusted",
        )),
        _ => Err(wrong(
            format!("the endpoint {endpoint:?} is of a scheme that S3 does not have"),
            "an endpoint begins with https:// or http://",
        )),
    }
}

#[cfg(test)]
mod tests;
