//! A collector that speaks OTLP over gRPC.

use super::{Request, check, run, telemetry};
use etl_trace::Protocol;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use std::net::TcpListener;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use tonic::metadata::KeyAndValueRef;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

struct Collector(Sender<Request>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        let headers = request.metadata().iter().filter_map(|entry| match entry {
            KeyAndValueRef::Ascii(key, value) => Some((key.to_string(), value.to_str().ok()?.to_owned())),
            KeyAndValueRef::Binary(..) => None,
        });
        let headers = headers.collect();
        let request = Request { path: String::new(), headers, body: request.into_inner() };
        self.0.send(request).map_err(|_| tonic::Status::unavailable("the test is over"))?;
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

#[test]
fn spans_arrive_over_grpc() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (requests, received) = channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let incoming = TcpIncoming::from(tokio::net::TcpListener::from_std(listener).unwrap());
            let service = TraceServiceServer::new(Collector(requests));
            Server::builder().add_service(service).serve_with_incoming(incoming).await.unwrap();
        });
    });
    let summary = run(telemetry(endpoint, Protocol::Grpc));
    assert_eq!((summary.exported, summary.export_dropped, summary.export_error), (4, 0, None));
    check(&received.try_iter().collect::<Vec<_>>());
}
