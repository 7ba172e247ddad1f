//! As much of HTTP/1.1 as clients of AWS and of OpenTelemetry speak.

use std::io::{self, BufRead, ErrorKind, Read, Write};

/// Lines of a request's head, and bytes of its body, at most.
const MOST_LINES: usize = 100;
const MOST_BYTES: u64 = 8 << 20;

/// A request.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The next request of a connection; nothing where there is none any more.
    pub(crate) fn read(stream: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first) = line(stream)?.filter(|line| !line.is_empty()) else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(path)) = (words.next(), words.next()) else { return Err(bad(&first)) };
        let mut headers = Vec::new();
        loop {
            let line = line(stream)?.unwrap_or_default();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| bad(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            if headers.len() > MOST_LINES {
                return Err(bad("too many headers"));
            }
        }
        let mut request =
            Self { method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() };
        let length: u64 =
            request.header("content-length").unwrap_or("0").parse().map_err(|_| bad("its length"))?;
        if length > MOST_BYTES {
            return Err(bad("its length"));
        }
        request.body.resize(usize::try_from(length).unwrap(), 0);
        stream.read_exact(&mut request.body)?;
        Ok(Some(request))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An answer, as a client reads it.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The only answer of a connection, which ends with it.
    pub(crate) fn read(stream: &mut impl BufRead) -> io::Result<Self> {
        let first = line(stream)?.unwrap_or_default();
        let status =
            first.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| bad(&first))?;
        while line(stream)?.is_some_and(|line| !line.is_empty()) {}
        let mut body = Vec::new();
        stream.take(MOST_BYTES).read_to_end(&mut body)?;
        Ok(Self { status, body })
    }
}

/// Answers with a JSON document.
pub(crate) fn answer(stream: &mut impl Write, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    stream.flush()
}

fn line(stream: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = stream.take(MOST_BYTES).read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

fn bad(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.to_owned())
}
