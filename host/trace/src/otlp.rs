//! One request of OTLP, over HTTP or gRPC. For metrics and logs, which we make ourselves: OpenTelemetry's exporters take
//! only what its own meters and loggers have made.

use crate::error::TraceError;
use crate::telemetry::{Destination, Protocol};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, Request};
use prost::Message;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataKey, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

/// A way to a collector.
pub(crate) struct Client {
    destination: Destination,
    way: Way,
}

enum Way {
    Http(Box<HyperClient>),
    Grpc(Channel),
}

impl Client {
    /// Needs a runtime around it. Nobody is asked yet.
    pub(crate) fn new(destination: Destination) -> Result<Self, TraceError> {
        let refused =
            |reason: String| TraceError::Exporter { endpoint: destination.endpoint.clone(), reason };
        let way = match destination.protocol {
            Protocol::HttpProtobuf => {
                Way::Http(Box::new(HyperClient::with_default_connector(destination.timeout, None)))
            }
            Protocol::Grpc => {
                let endpoint = Endpoint::from_shared(destination.endpoint.clone());
                let endpoint = endpoint.map_err(|error| refused(error.to_string()))?;
                Way::Grpc(endpoint.timeout(destination.timeout).connect_lazy())
            }
        };
        Ok(Self { destination, way })
    }

    /// Sends a message to the service whose method of gRPC this is, and waits until it is taken.
    pub(crate) async fn send<M: Message + Default + 'static>(
        &self,
        method: &'static str,
        message: M,
    ) -> Result<(), String> {
        match &self.way {
            Way::Http(client) => self.post(client, &message).await,
            Way::Grpc(channel) => self.call(channel.clone(), method, message).await,
        }
    }

    async fn post(&self, client: &HyperClient, message: &impl Message) -> Result<(), String> {
        let mut request = Request::post(self.destination.endpoint.as_str())
            .header("content-type", "application/x-protobuf");
        for (name, value) in &self.destination.headers {
            request = request.header(name.as_str(), value.as_str());
        }
        let request =
            request.body(Bytes::from(message.encode_to_vec())).map_err(|error| error.to_string())?;
        let response = client.send_bytes(request).await.map_err(|error| error.to_string())?;
        if response.status().is_success() { Ok(()) } else { Err(format!("status {}", response.status())) }
    }

    async fn call<M: Message + Default + 'static>(
        &self,
        channel: Channel,
        method: &'static str,
        message: M,
    ) -> Result<(), String> {
        let mut request = tonic::Request::new(message);
        for (name, value) in &self.destination.headers {
            let name = MetadataKey::<Ascii>::from_bytes(name.to_lowercase().as_bytes());
            let value = MetadataValue::try_from(value.as_str());
            if let (Ok(name), Ok(value)) = (name, value) {
                request.metadata_mut().insert(name, value);
            }
        }
        let mut service = tonic::client::Grpc::new(channel);
        service.ready().await.map_err(|error| error.to_string())?;
        // What the service answers is how much it left out; it then says so in its own log.
        let codec = ProstCodec::<M, ()>::default();
        let answer = service.unary(request, PathAndQuery::from_static(method), codec).await;
        answer.map(drop).map_err(|status| status.to_string())
    }
}
