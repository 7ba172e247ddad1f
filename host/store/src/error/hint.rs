//! What would mend it.

use super::Error;
use crate::location::schemes;

impl Error {
    /// What would mend it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Location { .. } => {
                "a location is a path, file:///folder/file, or s3://bucket/prefix".to_owned()
            }
            Self::NotBuilt { feature: Some(feature), .. } => {
                format!("build the host with the feature `{feature}`, to read from there")
            }
            Self::NotBuilt { feature: None, .. } => format!("this build knows {}", schemes()),
            Self::ReadOnly { .. } => "write to s3://bucket/prefix, or to a path of this machine".to_owned(),
            Self::Settings { hint, .. } => (*hint).to_owned(),
            Self::NoCredentials { .. } => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the \
                 task, instance or function a role"
                    .to_owned()
            }
            Self::WrongKey { code, .. } => wrong_key(code).to_owned(),
            Self::Denied { operation, location } if location.starts_with("s3://") => {
                format!("the policy must allow {}", permission(operation))
            }
            Self::NoBucket { location, .. } if location.starts_with("s3://") => {
                "look at the bucket's name, and at AWS_ENDPOINT_URL where that is set".to_owned()
            }
            Self::Unreachable { location, .. } if location.starts_with("s3://") => {
                "look at AWS_ENDPOINT_URL, at the region's name, and at the network".to_owned()
            }
            Self::Region { region: Some(region), .. } => format!("set AWS_REGION={region}"),
            Self::Region { region: None, .. } => "set AWS_REGION to the bucket's region".to_owned(),
            Self::Tls { .. } => {
                "SSL_CERT_FILE names a file of certificates to trust; an endpoint without TLS begins with http://"
                    .to_owned()
            }
            Self::Foreign { .. } => "write to a folder of its own, or remove what is in this one".to_owned(),
            Self::Busy { .. } => "wait for its end; a run that has died is found to be dead within a minute".to_owned(),
            Self::Digest { .. } => "the file has changed, or the pin is that of another file".to_owned(),
            Self::Manifest { .. } => "write to a folder of its own, or remove what no job wrote".to_owned(),
            Self::Changed { .. } => "run again when nobody writes it".to_owned(),
            _ => return None,
        })
    }
}

fn wrong_key(code: &str) -> &'static str {
    match code {
        "InvalidAccessKeyId" => {
            "the service does not know AWS_ACCESS_KEY_ID: is it of this account and endpoint?"
        }
        "SignatureDoesNotMatch" => "AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID",
        "ExpiredToken" | "TokenRefreshRequired" => "the session is over: get new credentials",
        _ => "temporary keys need AWS_SESSION_TOKEN too",
    }
}

fn permission(operation: &str) -> &'static str {
    match operation {
        "list" => "s3:ListBucket for the bucket",
        "get" | "head" => {
            "s3:GetObject for the object; without s3:ListBucket, a missing object looks the same"
        }
        "delete" => "s3:DeleteObject for the object",
        "abort" => "s3:AbortMultipartUpload for the object",
        _ => "s3:PutObject for the object",
    }
}
