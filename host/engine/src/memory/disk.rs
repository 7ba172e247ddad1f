//! Disk for what does not fit into memory.
//!
//! Its files have no names: the system takes them back when they are closed, also after a kill.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bytes::Bytes;
use datafusion_common::DataFusionError;
use datafusion_execution::{SpillFile, SpillWriter, TempFileFactory};
use futures::{Stream, stream};

/// Bytes of one read.
const READ: usize = 256 << 10;

/// A folder in whose file system rows wait, and how much of it they may take.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    limit: u64,
    usage: Arc<Usage>,
}

/// What is in use.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    now: AtomicU64,
    written: AtomicU64,
}

impl Usage {
    /// All bytes that were ever written.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }
}

thread_local! {
    static ON_DISK: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Time that this thread has spent on the disk so far: who puts rows aside sees by it what that took.
pub(crate) fn time_on_disk() -> Duration {
    ON_DISK.get()
}

fn timed<T>(work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    ON_DISK.set(ON_DISK.get() + begun.elapsed());
    done
}

/// Why rows can't wait on disk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    #[error(
        "more than {} MiB of disk are needed for rows that do not fit into memory (`max-spill`)",
        limit >> 20
    )]
    Full { limit: u64 },
    #[error("can't keep rows that do not fit into memory in {}: {source}", folder.display())]
    Io { folder: PathBuf, source: io::Error },
}

impl DiskError {
    /// What would mend it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Full { .. } => "raise `max-spill`, or `memory`",
            Self::Io { .. } => "give another folder with `--spill-dir`",
        }
    }
}

impl Disk {
    /// Files in `folder`, which is made when the first is needed.
    pub(crate) fn new(folder: &Path, limit: u64) -> Self {
        Self { folder: folder.to_owned(), limit, usage: Arc::default() }
    }

    pub(crate) fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }

    /// A new file.
    pub(crate) fn file(&self) -> Result<DiskFile, DiskError> {
        let opened = std::fs::create_dir_all(&self.folder).and_then(|()| tempfile::tempfile_in(&self.folder));
        let file = opened.map_err(|source| DiskError::Io { folder: self.folder.clone(), source })?;
        let size = Size { bytes: AtomicU64::new(0), usage: Arc::clone(&self.usage) };
        Ok(DiskFile {
            file: Arc::new(file),
            folder: self.folder.clone(),
            limit: self.limit,
            size: Arc::new(size),
            offset: 0,
        })
    }
}

impl TempFileFactory for Disk {
    fn create_temp_file(&self, _: &str) -> datafusion_common::Result<Arc<dyn SpillFile>> {
        Ok(Arc::new(self.file().map_err(|error| DataFusionError::External(Box::new(error)))?))
    }
}

/// A file without a name: written at its end, read from its beginning. Clones are of the same file.
#[derive(Clone, Debug)]
pub(crate) struct DiskFile {
    file: Arc<File>,
    folder: PathBuf,
    limit: u64,
    size: Arc<Size>,
    /// Where reading has come.
    offset: u64,
}

/// The size of a file, which counts until the last clone is gone.
#[derive(Debug)]
struct Size {
    bytes: AtomicU64,
    usage: Arc<Usage>,
}

impl Drop for Size {
    fn drop(&mut self) {
        self.usage.now.fetch_sub(self.bytes.load(Relaxed), Relaxed);
    }
}

impl DiskFile {
    fn io(&self, source: io::Error) -> io::Error {
        io::Error::other(DiskError::Io { folder: self.folder.clone(), source })
    }

    /// Reads what stands at an offset.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        timed(|| self.file.read_exact_at(buffer, offset)).map_err(|error| self.io(error))
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (usage, length) = (&self.size.usage, bytes.len() as u64);
        if usage.now.fetch_add(length, Relaxed) + length > self.limit {
            usage.now.fetch_sub(length, Relaxed);
            return Err(io::Error::other(DiskError::Full { limit: self.limit }));
        }
        let offset = self.size.bytes.fetch_add(length, Relaxed);
        usage.written.fetch_add(length, Relaxed);
        timed(|| self.file.write_all_at(bytes, offset)).map_err(|error| self.io(error))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for DiskFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = timed(|| self.file.read_at(buffer, self.offset)).map_err(|error| self.io(error))?;
        self.offset += read as u64;
        Ok(read)
    }
}

impl SpillFile for DiskFile {
    fn size(&self) -> Option<u64> {
        Some(self.size.bytes.load(Relaxed))
    }

    fn read_stream(&self) -> datafusion_common::Result<Pin<Box<dyn Stream<Item = Chunk> + Send>>> {
        let file = Self { offset: 0, ..self.clone() };
        // It blocks: what is read was written a moment ago.
        let chunks = stream::try_unfold(file, |mut file| async move {
            let mut chunk = Vec::with_capacity(READ);
            Read::by_ref(&mut file)
                .take(READ as u64)
                .read_to_end(&mut chunk)
                .map_err(DataFusionError::IoError)?;
            Ok((!chunk.is_empty()).then_some((Bytes::from(chunk), file)))
        });
        Ok(Box::pin(chunks))
    }

    fn open_writer(&self) -> datafusion_common::Result<Box<dyn SpillWriter>> {
        Ok(Box::new(self.clone()))
    }
}

impl SpillWriter for DiskFile {
    fn finish(&mut self) -> datafusion_common::Result<()> {
        Ok(())
    }
}

type Chunk = datafusion_common::Result<Bytes>;

/// The disk's own reason in an error that has gone through other hands.
pub(crate) fn disk_error(error: &DataFusionError) -> Option<&DiskError> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<DiskError>() {
            return Some(found);
        }
        // An I/O error is its own wrapper's text, not its source.
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
            && let Some(found) = inner.downcast_ref::<DiskError>()
        {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use futures::TryStreamExt;

    #[test]
    fn what_is_written_is_read_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(&folder.path().join("spill"), 1 << 20);
        let file = disk.create_temp_file("rows").unwrap();
        let mut writer = file.open_writer().unwrap();
        let written = (0..=250).cycle().take(READ + 1000).collect::<Vec<u8>>();
        writer.write_all(&written[..10]).unwrap();
        writer.write_all(&written[10..]).unwrap();
        drop(writer);
        let read = futures::executor::block_on(file.read_stream().unwrap().try_collect::<Vec<_>>()).unwrap();
        assert_eq!(read.concat(), written);
        assert_eq!(std::fs::read_dir(folder.path().join("spill")).unwrap().count(), 0);
        assert_eq!(disk.usage.now.load(Relaxed), written.len() as u64);
        drop(file);
        assert_eq!((disk.usage.now.load(Relaxed), disk.usage.written()), (0, written.len() as u64));
    }

    #[test]
    fn it_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path(), 1 << 20);
        let file = disk.create_temp_file("rows").unwrap();
        let mut writer = file.open_writer().unwrap();
        writer.write_all(&vec![0; 1 << 20]).unwrap();
        let error = DataFusionError::IoError(writer.write_all(&[0]).unwrap_err());
        let told = disk_error(&error).unwrap();
        insta::assert_snapshot!(told, @"more than 1 MiB of disk are needed for rows that do not fit into memory (`max-spill`)");
    }
}
