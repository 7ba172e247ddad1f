//! A collector that speaks OTLP over HTTP.

use super::{Request, check, run, telemetry};
use etl_trace::Protocol;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// A collector on one connection after the other, which answers every request with `status`.
pub(super) fn collector(status: &'static str) -> (String, Receiver<Request>) {
    collector_after(status, Duration::ZERO)
}

/// As [`collector`], with an answer that takes its time.
pub(super) fn collector_after(status: &'static str, delay: Duration) -> (String, Receiver<Request>) {
    listen(status, delay, |(path, headers, body)| {
        Some(Request { path, headers, body: ExportTraceServiceRequest::decode(&*body).ok()? })
    })
}

/// Path, headers and body.
pub(super) type Raw = (String, Vec<(String, String)>, Vec<u8>);

/// A collector of anything.
pub(super) fn raw_collector(status: &'static str, delay: Duration) -> (String, Receiver<Raw>) {
    listen(status, delay, Some)
}

fn listen<T: Send + 'static>(
    status: &'static str,
    delay: Duration,
    decode: fn(Raw) -> Option<T>,
) -> (String, Receiver<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (requests, received) = channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, requests) = (connection.unwrap(), requests.clone());
            thread::spawn(move || {
                connection.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                while let Some(request) = read(&mut BufReader::new(&connection)).and_then(decode) {
                    thread::sleep(delay);
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                    // Who is not interested any more still wants the sender to be answered.
                    let _ = requests.send(request);
                    if connection.write_all(answer.as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (format!("http://{address}"), received)
}

fn read(connection: &mut BufReader<&TcpStream>) -> Option<Raw> {
    let mut line = String::new();
    connection.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        connection.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    connection.read_exact(&mut body).ok()?;
    Some((path, headers, body))
}

#[test]
fn spans_arrive_over_http() {
    let (endpoint, requests) = collector("200 OK");
    let summary = run(telemetry(format!("{endpoint}/v1/traces"), Protocol::HttpProtobuf));
    assert_eq!((summary.exported, summary.export_dropped, summary.export_error), (4, 0, None));
    let requests: Vec<_> = requests.try_iter().collect();
    assert!(requests.iter().all(|request| request.path == "/v1/traces"));
    check(&requests);
}

#[test]
fn a_refusal_is_counted_and_told() {
    let (endpoint, _requests) = collector("403 Forbidden");
    let summary = run(telemetry(endpoint, Protocol::HttpProtobuf));
    assert_eq!((summary.exported, summary.export_dropped), (0, 4));
    assert!(summary.export_error.as_ref().unwrap().contains("403"), "{summary:?}");
}
