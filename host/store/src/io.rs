//! A thread of our own for the network.
//!
//! The threads that run plugins may be at one batch for seconds. Connections that lived on them would time out
//! meanwhile, and a thread that waits for bytes could keep the very task from running that fetches them. So whatever
//! talks to a store runs here, and everybody else only waits.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// The thread; it ends with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct Io(Arc<Owned>);

#[derive(Debug)]
struct Owned(Option<Runtime>);

impl Drop for Owned {
    fn drop(&mut self) {
        // Not by dropping it: that waits, which a task of another runtime must not do.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Io {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("store").enable_all().build()?;
        Ok(Self(Arc::new(Owned(Some(runtime)))))
    }

    /// Begins at once. The work is dropped with what this gives.
    pub(crate) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Job<T> {
        match &self.0.0 {
            Some(runtime) => Job(runtime.spawn(work)),
            None => unreachable!("the runtime is there until it is dropped"),
        }
    }

    /// Begins at once, and nobody waits for it.
    pub(crate) fn leave(&self, work: impl Future<Output = ()> + Send + 'static) {
        // What is left must outlive those that left it: the thread ends with this last clone.
        let keep = self.clone();
        if let Some(runtime) = &self.0.0 {
            runtime.spawn(async move {
                work.await;
                drop(keep);
            });
        }
    }
}

/// Work on the thread. Dropping it stops the work.
#[derive(Debug)]
pub(crate) struct Job<T>(JoinHandle<T>);

impl<T> Future for Job<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match Pin::new(&mut self.0).poll(context) {
            Poll::Ready(Ok(done)) => Poll::Ready(done),
            Poll::Ready(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // Only when the runtime is gone, and then nobody is to be woken.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Blocks this thread until the future is ready. It may be a thread of any runtime: the work goes on elsewhere.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
        thread::park();
    }
}
