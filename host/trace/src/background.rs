//! Sending without holding a run up: a thread of its own, and batches from a bounded queue.

use crate::error::TraceError;
use std::sync::mpsc as blocking;
use std::thread;
use std::time::Duration;
use tokio::runtime;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Items that wait to be sent; of spans about 8 MB.
pub(crate) const QUEUE: usize = 8192;
/// Items in one request. X-Ray takes at most 5 MB and 10,000 spans in one.
const BATCH: usize = 512;
/// How long an item waits for company.
const LINGER: Duration = Duration::from_secs(1);
/// What a thread gets beyond its time to say how far it came.
pub(crate) const FAREWELL: Duration = Duration::from_millis(250);

/// Starts a thread of this name that makes its clients and works with them; gives where it tells its outcome.
///
/// The clients live on a runtime of their own: the run's may be busy, or not there at all.
pub(crate) fn start<Clients, Outcome: Send + 'static>(
    name: &str,
    make: impl FnOnce() -> Result<Clients, TraceError> + Send + 'static,
    work: impl AsyncFnOnce(Clients) -> Outcome + Send + 'static,
) -> Result<blocking::Receiver<Outcome>, TraceError> {
    let (report, outcome) = blocking::sync_channel(1);
    let (ready, started) = blocking::sync_channel(1);
    let run = move || {
        let begun = runtime::Builder::new_current_thread().enable_all().build().map_err(TraceError::Thread);
        let begun = begun.and_then(|runtime| {
            let entered = runtime.enter();
            let clients = make()?;
            drop(entered);
            Ok((runtime, clients))
        });
        let (runtime, clients) = match begun {
            Ok(begun) => begun,
            Err(error) => return drop(ready.send(Err(error))),
        };
        drop(ready.send(Ok(())));
        drop(report.send(runtime.block_on(work(clients))));
        // A name look-up may still hang in there.
        runtime.shutdown_background();
    };
    thread::Builder::new().name(name.to_owned()).spawn(run).map_err(TraceError::Thread)?;
    match started.recv() {
        Ok(started) => started?,
        Err(_) => return Err(TraceError::Thread(std::io::Error::other("it ended at once"))),
    }
    Ok(outcome)
}

/// Up to [`BATCH`] items that came within [`LINGER`] of the first. Empty once the queue is closed and empty.
pub(crate) async fn next_batch<T>(queue: &mut mpsc::Receiver<T>) -> Vec<T> {
    let mut batch = Vec::new();
    queue.recv_many(&mut batch, BATCH).await;
    let deadline = Instant::now() + LINGER;
    while !batch.is_empty() && batch.len() < BATCH {
        let room = BATCH - batch.len();
        match timeout_at(deadline, queue.recv_many(&mut batch, room)).await {
            Ok(0) | Err(_) => break,
            Ok(_) => (),
        }
    }
    batch
}
