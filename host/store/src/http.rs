//! Between `object_store` and the network: sees what each request came to, and sets conditions that
//! `object_store` has no way to ask for.
//!
//! `object_store` keeps the service's code and the reason of a broken connection inside private types.
//! Here they are noted beside the call, in a task-local: a call is one task's, and no text is parsed back.

use std::{cell::RefCell, sync::Arc};

use async_trait::async_trait;
use object_store::{
    ClientOptions, HeaderValue,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
        ReqwestConnector,
    },
};

use crate::fault::{Fault, FaultKind};

/// What must hold for a write to take place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing: what is there is replaced.
    #[default]
    Always,
    /// There is no such object.
    Absent,
    /// The object has this etag.
    Unchanged(String),
}

/// A reply of an error that is longer is no error's reply.
const MOST_ERROR_BYTES: usize = 64 << 10;

struct Call {
    condition: Condition,
    fault: RefCell<Option<Fault>>,
}

tokio::task_local! {
    static CALL: Call;
}

/// Runs a call of `object_store`; where it fails, says why.
pub(crate) async fn watched<T>(
    condition: Condition,
    call: impl Future<Output = object_store::Result<T>>,
) -> Result<T, Fault> {
    let scope = Call { condition, fault: RefCell::new(None) };
    CALL.scope(scope, async {
        call.await.map_err(|error| {
            let noted = CALL.with(|call| call.fault.borrow_mut().take());
            noted.unwrap_or_else(|| Fault::of(&error, String::new()))
        })
    })
    .await
}

/// Makes clients that note what their requests come to.
#[derive(Debug, Default)]
pub(crate) struct Connector {
    /// The store's host, where all others are asked for credentials.
    pub(crate) host: Option<Arc<str>>,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Witness { inner, store: self.host.clone() }))
    }
}

#[derive(Debug)]
struct Witness {
    inner: HttpClient,
    store: Option<Arc<str>>,
}

#[async_trait]
impl HttpService for Witness {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let about_credentials = self.store.as_ref().is_some_and(|store| **store != *host);
        let completes = completes(&request);
        if completes {
            set_condition(&mut request)?;
        }
        match self.inner.execute(request).await {
            Ok(response) if response.status().as_u16() < 300 && !completes => Ok(response),
            Ok(response) => {
                let (parts, body) = response.into_parts();
                let body = body.bytes().await.unwrap_or_default();
                let text = String::from_utf8_lossy(&body[..body.len().min(MOST_ERROR_BYTES)]);
                let header = |name: &str| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
                let region = || header("x-amz-bucket-region");
                note_reply(parts.status.as_u16(), &text, region(), host, about_credentials);
                Ok(HttpResponse::from_parts(parts, body.into()))
            }
            Err(error) => {
                note(Fault { about_credentials, ..Fault::of(&error, host) });
                Err(error)
            }
        }
    }
}

fn note_reply(status: u16, text: &str, region: Option<String>, host: String, about_credentials: bool) {
    // An upload's completion may fail after its reply has begun, with a status that says that all is well.
    let status = match status {
        ..300 if text.contains("<Error>") => 500,
        ..300 => return,
        status => status,
    };
    let code = element(text, "Code").map(str::to_owned);
    let message = element(text, "Message").unwrap_or_default().to_owned();
    let region = region.or_else(|| element(text, "Region").map(str::to_owned));
    note(Fault { kind: FaultKind::Status { status, code }, message, host, region, about_credentials });
}

fn note(fault: Fault) {
    // A request outside of a call is nobody's: there is nothing to tell.
    let _ = CALL.try_with(|call| *call.fault.borrow_mut() = Some(fault));
}

/// Whether a request completes an upload.
fn completes(request: &HttpRequest) -> bool {
    request.method().as_str() == "POST"
        && request.uri().query().is_some_and(|query| query.starts_with("uploadId="))
}

/// Adds the condition, which `object_store` leaves out when it completes an upload. The header is not signed; nor is
/// the one that `object_store` itself sets when it copies.
fn set_condition(request: &mut HttpRequest) -> Result<(), HttpError> {
    let wanted = CALL.try_with(|call| call.condition.clone()).unwrap_or_default();
    let (name, value) = match &wanted {
        Condition::Always => return Ok(()),
        Condition::Absent => ("if-none-match", "*"),
        Condition::Unchanged(etag) => ("if-match", etag.as_str()),
    };
    let value =
        HeaderValue::from_str(value).map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
    request.headers_mut().insert(name, value);
    Ok(())
}

/// The text of the first element of this name. Replies of errors are flat, and what is read is shown, not acted on,
/// but for a code that is known.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text)
}
