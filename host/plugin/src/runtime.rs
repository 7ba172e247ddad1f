//! The engine, the linker and the clock that all plugins of a process share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

use crate::bindings::TwoPassPlugin;
use crate::cache::Cache;
use crate::error::LoadError;
use crate::memory::{CORE_INSTANCES, MEMORIES, TABLES};
use crate::resources::shadow_reads;
use crate::state::State;

/// How often a running guest looks at the clock and at the stop signal.
const TICK: Duration = Duration::from_millis(10);

/// Settings of a [`Runtime`].
#[derive(Clone, Debug)]
pub struct RuntimeOptions {
    /// Folder of compiled plugins; `None`: compile at every start.
    pub cache: Option<PathBuf>,
    /// Instances that may live at a time.
    pub instances: u32,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self { cache: None, instances: 1000 }
    }
}

/// What compiles, links and interrupts. Cheap to share behind an `Arc`.
pub struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<State>,
    pub(crate) cache: Option<Cache>,
    pub(crate) cancelled: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
    stopped: Arc<AtomicBool>,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// Sets the engine up.
    pub fn new(options: &RuntimeOptions) -> Result<Self, LoadError> {
        let failed = |error: wasmtime::Error| LoadError::Engine(error.to_string());
        // The pool wants a lot of address space. Where that is rationed, memories are mapped one by one.
        let engine = Engine::new(&config(Some(options.instances)))
            .or_else(|_| Engine::new(&config(None)))
            .map_err(failed)?;
        let mut linker = Linker::new(&engine);
        TwoPassPlugin::add_to_linker::<_, State>(&mut linker, |state| state).map_err(failed)?;
        shadow_reads(&mut linker).map_err(failed)?;

        let stopped = Arc::new(AtomicBool::new(false));
        let ticker = {
            let (stopped, engine) = (Arc::clone(&stopped), engine.clone());
            std::thread::Builder::new().name("epoch".to_owned()).spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    std::thread::park_timeout(TICK);
                    engine.increment_epoch();
                }
            })
        };
        Ok(Self {
            engine,
            linker,
            cache: options.cache.as_deref().and_then(Cache::open),
            cancelled: Arc::new(AtomicBool::new(false)),
            ticker: Some(ticker.map_err(|error| LoadError::Engine(error.to_string()))?),
            stopped,
        })
    }

    /// The component of this digest (`sha256:` and 64 hexadecimal digits), where it was kept and is whole.
    pub fn kept(&self, digest: &str) -> Option<Vec<u8>> {
        self.cache.as_ref()?.kept(digest.strip_prefix("sha256:")?)
    }

    /// Keeps a component that was fetched, where there is a folder for it.
    pub fn keep(&self, digest: &str, wasm: &[u8]) {
        if let (Some(cache), Some(digest)) = (&self.cache, digest.strip_prefix("sha256:")) {
            cache.keep(digest, wasm);
        }
    }

    /// Interrupts all running calls, within a tick, and lets no new one begin.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            // A ticker that panicked has nothing left to stop.
            let _ = ticker.join();
        }
    }
}

fn config(pool: Option<u32>) -> Config {
    let mut config = Config::new();
    config
        // Off: it triples the cost of a call, and no plugin of this contract is async.
        .concurrency_support(false)
        .epoch_interruption(true)
        // The same result on every machine, whatever it does with relaxed instructions.
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    if let Some(instances) = pool {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(instances)
            // A component is several core instances: the module, and adapters that a toolchain puts around
            // it. Only memories and tables take address space; a memory has the 4 GiB that Wasm can name, and
            // is held under the instance's own limit when it grows.
            .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
            .total_memories(instances.saturating_mul(2))
            .total_tables(instances.saturating_mul(4))
            .max_core_instances_per_component(CORE_INSTANCES)
            .max_memories_per_component(MEMORIES)
            .max_tables_per_component(TABLES)
            .max_memories_per_module(MEMORIES)
            .max_tables_per_module(TABLES)
            .table_elements(100_000)
            // What the host keeps of an instance besides: a large module has many functions.
            .max_core_instance_size(4 << 20)
            .max_component_instance_size(16 << 20)
            .linear_memory_keep_resident(64 << 10)
            .max_unused_warm_slots(32);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}
