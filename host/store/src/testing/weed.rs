//! SeaweedFS, which `cargo xtask seaweedfs` installs: an S3 with conditional writes and checked signatures.

use std::{
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    aws::Environment,
    io::wait,
    location::{ObjectUrl, Scheme},
    retry::{Deaf, Retry},
    stores::Stores,
};

/// The bucket that is there.
pub const BUCKET: &str = "data";

const KEY: &str = "weed";
const SECRET: &str = "weedsecret";
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);
/// A free port may be somebody else's before the server has it.
const ATTEMPTS: usize = 3;
/// The ports that it opens, each once for HTTP and once for gRPC.
const SERVERS: [&str; 5] = ["master.port", "volume.port", "filer.port", "s3.port", "admin.port"];

/// Starts it, and stops it when its input ends: so it ends with the test, even with one that is killed.
const KEEPER: &str = r#""$@" & server=$!; read -r _; kill -9 $server; wait $server"#;

/// A running server; it ends with this.
#[derive(Debug)]
pub struct Weed {
    keeper: Child,
    folder: TempDir,
    port: u16,
}

impl Weed {
    /// The server that all tests which run now share: each has its own prefix.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Weed>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let weed = Arc::new(Self::start());
            *shared = Arc::downgrade(&weed);
            weed
        })
    }

    /// Starts a server, and waits until its bucket is there.
    pub fn start() -> Self {
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            let mut weed = Self::spawn();
            if weed.becomes_well() {
                return weed;
            }
            said = weed.said();
        }
        panic!("SeaweedFS does not become well:\n{said}");
    }

    fn spawn() -> Self {
        let folder = TempDir::new().unwrap();
        let held = [(); 2 * SERVERS.len()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = held.map(|listener| listener.local_addr().unwrap().port());
        let options = SERVERS.iter().zip(ports.chunks(2)).flat_map(|(server, ports)| {
            [format!("-{server}={}", ports[0]), format!("-{server}.grpc={}", ports[1])]
        });
        let log = File::create(folder.path().join("log")).unwrap();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(installed())
            .arg("mini")
            .arg(format!("-dir={}", folder.path().display()))
            .arg(format!("-bucket={BUCKET}"))
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"])
            .args(["-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0"])
            .arg("-s3.autoCreateBucket=false")
            .args(options)
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)])
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let s3 = SERVERS.iter().position(|server| *server == "s3.port").unwrap_or_default();
        Self { keeper, folder, port: ports[2 * s3] }
    }

    fn becomes_well(&mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        let environment = Self::environment_at(&self.address());
        let stores =
            Stores::new(environment, Retry { attempts: 1, ..Retry::default() }, Arc::new(Deaf)).unwrap();
        let url = ObjectUrl { scheme: Scheme::S3, bucket: BUCKET.to_owned(), key: String::new() };
        let bucket = stores.bucket(&url).unwrap();
        while Instant::now() < until && self.keeper.try_wait().unwrap().is_none() {
            // It is made last.
            if wait(bucket.list("")).is_ok() {
                return true;
            }
            sleep(PAUSE);
        }
        false
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What a program needs in its environment.
    pub fn variables(&self) -> [(&'static str, String); 4] {
        Self::variables_at(&self.address())
    }

    /// The same by way of a proxy.
    pub fn variables_at(address: &str) -> [(&'static str, String); 4] {
        [
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL_S3", format!("http://{address}")),
        ]
    }

    /// The variables as what [`Stores`](crate::Stores) take.
    pub fn environment_at(address: &str) -> Environment {
        let variables = Self::variables_at(address);
        Environment::of(variables.each_ref().map(|(name, value)| (*name, value.as_str())))
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        // The end of its input is what the keeper waits for.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn installed() -> PathBuf {
    // At run time: clones may share what is compiled.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into());
    let root = Path::new(&package).ancestors().find(|folder| folder.join("Cargo.lock").exists());
    let path = root.unwrap_or(Path::new(".")).join("target/seaweedfs/bin/weed");
    assert!(
        path.exists(),
        "{} is not there: run `cargo xtask seaweedfs`, or `cargo xtask test`, which does so too",
        path.display()
    );
    path
}
