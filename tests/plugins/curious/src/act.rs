//! What the plugin asks WASI for.

use crate::bindings::wasi::cli::{environment, exit, stderr, stdin, stdout};
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};
use crate::bindings::wasi::io::poll;
use crate::bindings::wasi::io::streams::OutputStream;
use crate::bindings::wasi::random::random;
use crate::bindings::wasi::sockets::instance_network;

pub(crate) const OPERATIONS: &[&str] = &[
    "nothing",
    "time",
    "nap",
    "sleep",
    "poll",
    "random",
    "random-flood",
    "environment",
    "folders",
    "read",
    "write",
    "escape",
    "unlink",
    "print",
    "print-flood",
    "stream-flood",
    "input",
    "exit",
    "network",
];

const FOR_EVER: u64 = 1 << 62;

/// What came of it; nothing where there is nothing to tell.
pub(crate) fn perform(operation: &str, path: &str) -> Option<String> {
    match operation {
        "time" => Some(format!("after 2020: {}", wall_clock::now().seconds > 1_577_836_800)),
        "nap" => {
            monotonic_clock::subscribe_duration(1_000_000).block();
            Some("awake".to_owned())
        }
        "sleep" => {
            monotonic_clock::subscribe_duration(FOR_EVER).block();
            None
        }
        "poll" => {
            let pollables = [
                monotonic_clock::subscribe_duration(FOR_EVER),
                monotonic_clock::subscribe_duration(u64::MAX),
            ];
            Some(format!("{:?}", poll::poll(&[&pollables[0], &pollables[1]])))
        }
        "random" => Some(format!("{} bytes", random::get_random_bytes(16).len())),
        "random-flood" => Some(format!("{} bytes", random::get_random_bytes(1 << 40).len())),
        "environment" => {
            Some(format!("{:?} {:?}", environment::get_environment(), environment::get_arguments()))
        }
        "folders" => {
            let folders = preopens::get_directories();
            Some(format!("{:?}", folders.iter().map(|(_, at)| at).collect::<Vec<_>>()))
        }
        "read" => Some(tell(read(path))),
        "write" => Some(tell(write(path))),
        "escape" => Some(tell(escape(path))),
        "unlink" => Some(tell(first().and_then(|folder| folder.unlink_file_at(path)))),
        "print" => {
            say(&stdout::get_stdout(), "to standard output\n\nand on");
            say(&stderr::get_stderr(), "to standard error\n");
            None
        }
        "print-flood" => {
            let stdout = stdout::get_stdout();
            (0..10_000).for_each(|_| say(&stdout, &"x".repeat(4_000)));
            None
        }
        "stream-flood" => {
            let streams: Vec<_> = (0..1_000_000).map(|_| stdout::get_stdout()).collect();
            Some(format!("{} streams", streams.len()))
        }
        "input" => Some(match stdin::get_stdin().blocking_read(1) {
            Ok(bytes) => format!("{bytes:?}"),
            Err(_) => "no input".to_owned(),
        }),
        "exit" => {
            exit::exit(Err(()));
            None
        }
        "network" => {
            instance_network::instance_network();
            None
        }
        _ => None,
    }
}

fn tell<T: std::fmt::Debug>(result: Result<T, ErrorCode>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(code) => code.name().to_owned(),
    }
}

fn first() -> Result<Descriptor, ErrorCode> {
    preopens::get_directories().into_iter().next().map(|(folder, _)| folder).ok_or(ErrorCode::NoEntry)
}

fn read(path: &str) -> Result<String, ErrorCode> {
    let file =
        first()?.open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ)?;
    let (bytes, _) = file.read(1_000, 0)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write(path: &str) -> Result<u64, ErrorCode> {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let file = first()?.open_at(PathFlags::empty(), path, OpenFlags::CREATE, flags)?;
    file.write(b"written", 0)
}

/// Through a link of its own making.
fn escape(path: &str) -> Result<String, ErrorCode> {
    first()?.symlink_at(path, "link")?;
    read("link")
}

fn say(stream: &OutputStream, text: &str) {
    // What is said when that fails has no place to go.
    let _ = stream.blocking_write_and_flush(text.as_bytes());
}
