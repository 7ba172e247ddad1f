//! Chunks of rows into files, encoded beside the threads that make them.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use arrow_array::RecordBatch;

use super::{SinkError, file::FileWriter};

/// How many chunks wait for the encoder before the caller does.
const QUEUE: usize = 2;

/// What is to be done with the file of a part, of which there is one at a time.
enum Message {
    Open(usize, Box<dyn FileWriter>),
    Chunk(usize, RecordBatch),
    Close(usize),
    Finish,
}

/// A thread that writes files. Dropping it unfinished ends the thread.
#[derive(Debug)]
pub(super) struct Encoder {
    path: PathBuf,
    queue: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<Result<u64, SinkError>>>,
}

impl Encoder {
    /// Writes to files in this folder.
    pub(super) fn start(folder: &Path) -> Result<Self, SinkError> {
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("encoder".to_owned())
            .spawn(move || write_all(&receiver))
            .map_err(|error| SinkError::io(folder, error))?;
        Ok(Self { path: folder.to_owned(), queue: Some(sender), thread: Some(thread) })
    }

    pub(super) fn open(&mut self, part: usize, file: Box<dyn FileWriter>) -> Result<(), SinkError> {
        self.send(Message::Open(part, file))
    }

    /// Hands over a chunk; waits while the queue is full.
    pub(super) fn encode(&mut self, part: usize, chunk: RecordBatch) -> Result<(), SinkError> {
        self.send(Message::Chunk(part, chunk))
    }

    pub(super) fn close(&mut self, part: usize) -> Result<(), SinkError> {
        self.send(Message::Close(part))
    }

    /// Ends when all files are closed; returns their size.
    pub(super) fn finish(mut self) -> Result<u64, SinkError> {
        self.send(Message::Finish)?;
        self.join()
    }

    fn send(&mut self, message: Message) -> Result<(), SinkError> {
        match self.queue.as_ref().map(|queue| queue.send(message)) {
            Some(Ok(())) => Ok(()),
            // The thread has ended early: it knows why.
            _ => self.join().map(|_| ()),
        }
    }

    fn join(&mut self) -> Result<u64, SinkError> {
        self.queue = None;
        let panicked = || SinkError::Panicked { path: self.path.clone() };
        self.thread.take().ok_or_else(panicked)?.join().map_err(|_| panicked())?
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(queue: &Receiver<Message>) -> Result<u64, SinkError> {
    let mut files: HashMap<usize, Box<dyn FileWriter>> = HashMap::new();
    let mut bytes = 0;
    while let Ok(message) = queue.recv() {
        match message {
            Message::Open(part, file) => {
                files.insert(part, file);
            }
            Message::Chunk(part, chunk) => {
                if let Some(file) = files.get_mut(&part) {
                    file.write(&chunk)?;
                }
            }
            Message::Close(part) => {
                if let Some(file) = files.remove(&part) {
                    bytes += file.finish()?;
                }
            }
            Message::Finish => break,
        }
    }
    Ok(bytes)
}
