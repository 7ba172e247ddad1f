//! A proxy on the way to a store that makes faults, as a network and a service make them.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Connections of one proxy, at most.
const MOST_CONNECTIONS: usize = 100_000;
const MOST_HEAD_BYTES: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
pub enum Inject {
    /// The service refuses, with a status and a code.
    Status(u16, &'static str),
    /// It takes its time, and then does what it should.
    Delay(Duration),
    /// The reply's body ends after so many bytes.
    Truncate(usize),
    /// The connection is reset before anything is done.
    Reset,
    /// The service does what it should, and its reply is lost.
    Lost,
}

/// A proxy of this machine; it ends with this.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<String>>,
    /// Requests that still get through.
    left: AtomicUsize,
    closing: AtomicBool,
}

#[derive(Debug)]
struct Rule {
    /// What the request line holds.
    request: String,
    /// How many requests it lets pass first.
    skip: usize,
    /// How often it still applies.
    times: usize,
    inject: Inject,
}

impl Proxy {
    /// A proxy to `upstream`, a host and port.
    pub fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            rules: Mutex::default(),
            seen: Mutex::default(),
            left: AtomicUsize::new(usize::MAX),
            closing: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        let listen = move || {
            for stream in listener.incoming().take(MOST_CONNECTIONS) {
                if serving.closing.load(Relaxed) {
                    return;
                }
                let serving = Arc::clone(&serving);
                // A connection that breaks is what this is for.
                thread::spawn(move || stream.and_then(|stream| serving.serve(&stream)));
            }
        };
        Self { address, shared, listening: Some(thread::spawn(listen)) }
    }

    /// Host and port.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The next `times` requests whose line (`PUT /data/key?query`) holds `request` fare so.
    pub fn inject(&self, request: &str, times: usize, inject: Inject) {
        self.inject_after(0, request, times, inject);
    }

    /// The same, after `skip` requests of that kind that fare well.
    pub fn inject_after(&self, skip: usize, request: &str, times: usize, inject: Inject) {
        let rule = Rule { request: request.to_owned(), skip, times, inject };
        self.shared.rules.lock().unwrap().push(rule);
    }

    /// After so many more requests, none gets through: to the store, the client has died.
    pub fn cut_after(&self, requests: usize) {
        self.shared.left.store(requests, Relaxed);
    }

    /// The lines of all requests until now.
    pub fn seen(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closing.store(true, Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        let _ = self.listening.take().map(JoinHandle::join);
    }
}

impl Shared {
    /// Serves one request: connections are not used again, so that each may break.
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        let line = peek_line(client)?;
        let take = |left: usize| left.checked_sub(1);
        if self.left.fetch_update(Relaxed, Relaxed, take).is_err() {
            return Ok(());
        }
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
        let inject = self.injected(&line);
        match inject {
            // Closed while there is something to read: the system answers with a reset.
            Some(Inject::Reset) => return Ok(()),
            Some(Inject::Delay(pause)) => thread::sleep(pause),
            _ => {}
        }
        let mut reader = BufReader::new(client);
        let (head, body) = request(&mut reader)?;
        if let Some(Inject::Status(status, code)) = inject {
            return refuse(client, &line, status, code);
        }
        let mut server = TcpStream::connect(&self.upstream)?;
        server.set_read_timeout(Some(PATIENCE))?;
        server.write_all(&head)?;
        server.write_all(&body)?;
        let mut reply = Vec::new();
        match inject {
            Some(Inject::Lost) => {
                server.read_to_end(&mut reply)?;
                client.shutdown(Shutdown::Both)
            }
            Some(Inject::Truncate(bytes)) => {
                server.read_to_end(&mut reply)?;
                let head = reply.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |end| end + 4);
                let mut client = client;
                client.write_all(&reply[..reply.len().min(head + bytes)])?;
                client.shutdown(Shutdown::Both)
            }
            _ => {
                let mut client = client;
                io::copy(&mut server, &mut client)?;
                client.shutdown(Shutdown::Write)
            }
        }
    }

    fn injected(&self, line: &str) -> Option<Inject> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let rule = rules.iter_mut().find(|rule| rule.times > 0 && line.contains(&rule.request))?;
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        rule.times -= 1;
        Some(rule.inject)
    }
}

/// The request line, which stays to be read.
fn peek_line(client: &TcpStream) -> io::Result<String> {
    let mut buffer = [0; 4096];
    loop {
        let there = client.peek(&mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..there]);
        if let Some((line, _)) = text.split_once(" HTTP/1.1\r\n") {
            return Ok(line.to_owned());
        }
        if there == 0 || there == buffer.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// A request as it goes on: on a connection that ends with the reply.
fn request(reader: &mut BufReader<&TcpStream>) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut head, mut length) = (Vec::new(), 0);
    let mut lines = reader.by_ref().take(MOST_HEAD_BYTES);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? <= "\r\n".len() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if !name.eq_ignore_ascii_case("connection") {
            head.extend_from_slice(line.as_bytes());
        }
    }
    head.extend_from_slice(b"connection: close\r\n\r\n");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}

fn refuse(mut client: &TcpStream, line: &str, status: u16, code: &str) -> io::Result<()> {
    let mut body = String::new();
    if !line.starts_with("HEAD") {
        body = format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>As injected.</Message></Error>"
        );
    }
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status} Injected\r\ncontent-type: application/xml\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    client.shutdown(Shutdown::Write)
}
