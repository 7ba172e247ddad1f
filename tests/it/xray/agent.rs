//! The collector as it is shipped, on free ports of this machine.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::built;
use super::signature::{ACCESS_KEY, REGION, SECRET_KEY};
use crate::support::root;

/// How long the agent may take to be ready, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);
/// A free port may be somebody else's before the agent has it.
const ATTEMPTS: usize = 3;

/// A running agent; it ends with this.
pub(super) struct Agent {
    process: Child,
    folder: TempDir,
    ports: [u16; 3],
}

impl Agent {
    /// Starts an agent that sends to the X-Ray of this URL, and waits until it is well.
    pub(super) fn start(xray: &str) -> Self {
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            let mut agent = Self::spawn(xray);
            if agent.becomes_well() {
                return agent;
            }
            said = agent.said();
        }
        panic!("the agent does not become well:\n{said}");
    }

    fn spawn(xray: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let ports = free_ports();
        let [grpc, http, health] = ports.map(|port| port.to_string());
        let mut config = std::ffi::OsString::from("--config=");
        config.push(root().join("collector/otel-agent-config.yaml"));
        let log = File::create(folder.path().join("log")).unwrap();
        let process = built("otel-agent")
            .arg(config)
            .current_dir(folder.path())
            .env_clear()
            .env("OTEL_AGENT_GRPC_PORT", grpc)
            .env("OTEL_AGENT_HTTP_PORT", http)
            .env("OTEL_AGENT_HEALTH_PORT", health)
            .env("OTEL_AGENT_LOCAL_MODE", "true")
            .env("OTEL_AGENT_LOG_LEVEL", "debug")
            .env("AWS_ENDPOINT_URL_XRAY", xray)
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            // Else the client looks for a machine of Amazon's around it.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { process, folder, ports }
    }

    fn becomes_well(&mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && self.process.try_wait().unwrap().is_none() {
            let mut ask = built("healthcheck");
            let ask = ask.env("OTEL_AGENT_HEALTH_PORT", self.ports[2].to_string()).stderr(Stdio::null());
            if ask.status().unwrap().success() {
                return true;
            }
            sleep(PAUSE);
        }
        false
    }

    pub(super) fn grpc(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    pub(super) fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[1])
    }

    /// Ends the agent as ECS does, so that it sends what it still has.
    pub(super) fn stop(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "{status}\n{}", self.said());
                // X-Ray's refusals of single documents are nowhere else.
                let log = self.said();
                assert!(!log.contains("Error translating span"), "{log}");
                return;
            }
            sleep(PAUSE);
        }
        panic!("the agent does not end:\n{}", self.said());
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It has ended already unless a test has failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Three ports that nobody listens on, all held at once so that they differ.
fn free_ports() -> [u16; 3] {
    let held = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}
