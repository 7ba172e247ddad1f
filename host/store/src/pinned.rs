//! A file that must be the one that is pinned, from wherever it is.

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use object_store::{
    ClientOptions,
    client::{HttpClient, HttpConnector, HttpError, HttpRequest, HttpRequestBody},
};
use sha2::{Digest, Sha256};

use crate::{
    aws::is_this_machine,
    error::Error,
    http::{Condition, Connector, watched},
    location::Location,
    retry::Attempts,
    stores::Stores,
};

impl Stores {
    /// A file from `s3://…` or `https://…` (without TLS from this machine only) of at most `limit` bytes, whose digest
    /// must be `sha256`: 64 hexadecimal digits, which may follow `sha256:`.
    pub async fn fetch_pinned(&self, url: &str, sha256: &str, limit: u64) -> Result<Bytes, Error> {
        let wrong = |why: &str| Error::Location { location: url.to_owned(), why: why.to_owned() };
        let content = match url.split_once("://") {
            Some(("https", rest)) if !rest.is_empty() => self.fetch(url, limit).await?,
            Some(("http", rest)) if is_this_machine(rest) => self.fetch(url, limit).await?,
            Some(("http", _)) => return Err(wrong("a plugin comes by https://, or from this machine")),
            _ => match Location::parse(url)? {
                Location::Object(location) if !location.key.is_empty() => {
                    self.bucket(&location)?.get(&location.key, limit).await?.1
                }
                Location::Object(_) => return Err(wrong("it names no object")),
                Location::Local(_) => return Err(wrong("it is a path")),
            },
        };
        let expected = sha256.trim_start_matches("sha256:").to_ascii_lowercase();
        let found = format!("{:x}", Sha256::digest(&content));
        if found != expected {
            return Err(Error::Digest { location: url.to_owned(), expected, found });
        }
        Ok(content)
    }

    /// By HTTP, without credentials.
    async fn fetch(&self, url: &str, limit: u64) -> Result<Bytes, Error> {
        let mut attempts = Attempts::new(&self.retry, &self.listener, "get", url.to_owned());
        let options = ClientOptions::new().with_timeout(self.retry.attempt);
        // So that no redirection leads from TLS to none.
        let options = options.with_allow_http(url.starts_with("http://"));
        let url = url.to_owned();
        self.io
            .spawn(async move {
                loop {
                    let got = watched(Condition::Always, async {
                        let client = Connector::default().connect(&options)?;
                        get(&client, &url, limit).await
                    });
                    match got.await {
                        Ok(content) if content.len() as u64 > limit => {
                            return Err(Error::TooLarge { location: url, limit });
                        }
                        Ok(content) => {
                            attempts.succeeded(content.len() as u64);
                            return Ok(content);
                        }
                        Err(fault) => attempts.failed(fault, 0).await?,
                    }
                }
            })
            .await
    }
}

/// The reply's body, or the beginning of one that is more than `limit`.
async fn get(client: &HttpClient, url: &str, limit: u64) -> object_store::Result<Bytes> {
    let other = |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic {
        store: "HTTP",
        source,
    };
    let failed = |error: HttpError| other(error.into());
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.uri_mut() = url.parse().map_err(|error| other(Box::new(error)))?;
    let response = client.execute(request).await.map_err(failed)?;
    if !response.status().is_success() {
        // The fault is noted.
        return Err(other(response.status().to_string().into()));
    }
    let mut chunks = response.into_body().bytes_stream();
    let mut content = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        content.extend_from_slice(&chunk.map_err(failed)?);
        if content.len() as u64 > limit {
            break;
        }
    }
    Ok(content.freeze())
}
