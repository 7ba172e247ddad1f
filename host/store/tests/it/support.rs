//! A store for each test, in a prefix of its own.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::{Arc, atomic::AtomicUsize, atomic::Ordering::Relaxed},
    thread,
    time::Duration,
};

use bytes::Bytes;
use etl_store::testing::{BUCKET, Inject, Proxy, Recorder, Weed};
use etl_store::{Bucket, Condition, Environment, Error, Location, ObjectUrl, Retry, Stores, wait};

/// A bucket by way of a proxy, and what its attempts were.
pub(crate) struct Place {
    pub(crate) bucket: Bucket,
    pub(crate) proxy: Proxy,
    pub(crate) heard: Arc<Recorder>,
    prefix: String,
    pub(crate) stores: Stores,
    // Ends last.
    _weed: Arc<Weed>,
}

impl Place {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self::at(format!("test-{}", NEXT.fetch_add(1, Relaxed)), impatient())
    }

    /// The same place by another way.
    pub(crate) fn beside(&self, retry: Retry) -> Self {
        Self::at(self.prefix.clone(), retry)
    }

    fn at(prefix: String, retry: Retry) -> Self {
        let weed = Weed::shared();
        let proxy = Proxy::start(&weed.address());
        let heard = Arc::new(Recorder::default());
        let listener = Arc::<Recorder>::clone(&heard);
        let stores = Stores::new(Weed::environment_at(&proxy.address()), retry, listener).unwrap();
        let bucket = stores.bucket(&url(&format!("s3://{BUCKET}"))).unwrap();
        Self { bucket, proxy, heard, prefix, stores, _weed: weed }
    }

    /// The bucket with another limit of an attempt's time.
    pub(crate) fn with_attempts_of(&self, attempt: Duration) -> Bucket {
        let environment = Weed::environment_at(&self.proxy.address());
        let listener = Arc::<Recorder>::clone(&self.heard);
        let stores = Stores::new(environment, Retry { attempt, ..impatient() }, listener).unwrap();
        stores.bucket(&url(&format!("s3://{BUCKET}"))).unwrap()
    }

    /// A key of this test's own.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    pub(crate) fn put(&self, name: &str, content: impl Into<Bytes>) {
        wait(self.bucket.put(&self.key(name), content.into(), Condition::Always)).unwrap();
        self.heard.take();
    }

    pub(crate) fn get(&self, name: &str) -> Bytes {
        wait(self.bucket.get(&self.key(name), 1 << 30)).unwrap().1
    }

    pub(crate) fn inject(&self, request: &str, times: usize, inject: Inject) {
        self.proxy.inject(request, times, inject);
    }

    /// Names below this test's prefix, as any tool lists them.
    pub(crate) fn listed(&self) -> String {
        let objects = wait(self.bucket.list(&self.prefix)).unwrap();
        objects.iter().map(|object| &object.key[self.prefix.len() + 1..]).collect::<Vec<_>>().join(" ")
    }
}

/// Retries that do not keep a test waiting.
pub(crate) fn impatient() -> Retry {
    Retry {
        attempts: 4,
        first_pause: Duration::from_millis(2),
        attempt: Duration::from_secs(10),
        ..Retry::default()
    }
}

pub(crate) fn url(text: &str) -> ObjectUrl {
    match Location::parse(text).unwrap() {
        Location::Object(url) => url,
        Location::Local(path) => panic!("{} is a path", path.display()),
    }
}

/// A bucket as an environment leads to it, without anybody who listens.
pub(crate) fn open(environment: Environment, location: &str) -> Result<(Stores, Bucket), Error> {
    let stores = Stores::new(environment, impatient(), Arc::new(etl_store::Deaf))?;
    let bucket = stores.bucket(&url(location))?;
    Ok((stores, bucket))
}

/// An error as a user sees it, without what differs from run to run.
pub(crate) fn told(error: &Error) -> String {
    let mut text = error.to_string();
    if let Some((before, _)) = text.split_once(" in ").filter(|(before, _)| before.contains(" attempt")) {
        text = format!("{before} in TIME");
    }
    match error.hint() {
        Some(hint) => format!("{text}\nhint: {hint}"),
        None => text,
    }
}

/// Bytes that tell where they are from.
pub(crate) fn pattern(length: usize) -> Bytes {
    (0..length).map(|index| u8::try_from((index ^ (index >> 8) ^ (index >> 16)) & 0xff).unwrap()).collect()
}

/// A server for so many requests, which gives a status and a body for each request line.
pub(crate) fn serve(
    requests: usize,
    reply: impl Fn(&str) -> (&'static str, &'static str) + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().take(requests) {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map(Result::unwrap);
            let head = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>();
            let (status, body) = reply(&head[0]);
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    format!("http://{address}")
}
