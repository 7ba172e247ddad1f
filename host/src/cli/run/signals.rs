//! Ctrl-C and SIGTERM.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use etl_engine::Engine;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::exit::Exit;
use crate::cli::printer::Printer;

/// Whether the run is to stop.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops the engine at the first signal, and the program at the second. `shown` is whether somebody else tells
    /// the user that the run is stopping.
    pub(super) fn watch(engine: &Arc<Engine>, shown: bool, printer: Printer) -> Self {
        let stop = Self::default();
        let (engine, stopping) = (Arc::clone(engine), stop.clone());
        let first = move || {
            stopping.0.store(true, Ordering::Relaxed);
            engine.cancel();
            if !shown {
                printer.note("stopping; once more ends the program at once");
            }
        };
        if let Err(error) = listen(first) {
            printer.warn(format!("Ctrl-C will not leave time to clean up: {error}"));
        }
        stop
    }

    /// The same for those who look by themselves.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Whether a signal has come.
    pub(super) fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

fn listen(first: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut signals = Signals::new(&runtime)?;
    let work = move || {
        runtime.block_on(signals.next());
        first();
        runtime.block_on(signals.next());
        std::process::exit(Exit::Interrupted.code().into());
    };
    // Nobody waits for this thread: it ends with the program.
    thread::Builder::new().name("signals".to_owned()).spawn(work).map(drop)
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new(runtime: &Runtime) -> io::Result<Self> {
        let _entered = runtime.enter();
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
