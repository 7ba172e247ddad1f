//! The host is killed at any moment: whoever reads meanwhile sees the whole of an output, and the next run gives what
//! it should and clears up what the dead one has left.
//!
//! `ETL_TEST_KILLS` says how often, for a soak; `ETL_TEST_SEED` repeats one.

#![expect(clippy::print_stdout, reason = "a soak tells what it did, and how to repeat it")]

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use etl_store::{Bucket, Error, wait};

use crate::s3::Shop;
use crate::support::{Place, files, said};

const ROWS: u64 = 60_000;

fn number(variable: &str, unless_told: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(unless_told)
}

/// Numbers that look random.
struct Chance(u64);

impl Chance {
    fn new(salt: u64) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let seed = number("ETL_TEST_SEED", now.subsec_nanos().into());
        println!("ETL_TEST_SEED={seed}");
        Self(seed.wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn up_to(&mut self, longest: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        longest.mul_f64(f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 31))
    }
}

/// The same rows in two orders, so that it shows which run wrote.
const INPUTS: [&str; 2] = ["a.csv", "b.csv"];

/// Their texts.
fn inputs() -> [String; 2] {
    let row = |number: u64| format!("{number},{},a text of row {number}\n", number * 7919 % 1000);
    let rows = (0..ROWS).map(row).collect::<Vec<_>>();
    let turned = rows.iter().rev().cloned().collect::<String>();
    [rows.concat(), turned].map(|rows| format!("id,price,text\n{rows}"))
}

fn pipeline(output: &str, options: &str) -> String {
    format!(
        "name = 'kill'\n[vars]\ninput = ''\n[jobs.copy]\nsource.csv = {{ url = '${{input}}' }}\n\
         sink.csv = {{ url = '{output}'{options} }}\n"
    )
}

/// What a poll saw: the text of an output, or that it was replaced while it was read.
type Seen = Option<Vec<u8>>;

/// Polls until it is told to stop; all that it sees must be one of two outputs. Gives how often it saw something.
fn poll(
    whole: [Vec<u8>; 2],
    over: Arc<AtomicBool>,
    read: impl Fn() -> Seen + Send + 'static,
) -> thread::JoinHandle<usize> {
    thread::spawn(move || {
        let seen = AtomicUsize::new(0);
        while !over.load(Relaxed) {
            if let Some(text) = read() {
                assert!(whole.contains(&text), "a part of an output was seen: {} bytes", text.len());
                seen.fetch_add(1, Relaxed);
            }
            thread::sleep(Duration::from_millis(3));
        }
        seen.into_inner()
    })
}

/// Runs to the end.
fn run(mut command: Command, place: &Place) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output, place));
}

/// Kills the host as often as is asked for, each time after another while, and has a run to the end behind it.
fn kill_and_run(
    place: &Place,
    host: impl Fn(&str) -> Command,
    output: impl Fn() -> Seen,
    read: impl Fn() -> Seen + Send + 'static,
    after: impl Fn(),
) {
    let mut longest = Duration::ZERO;
    let whole = INPUTS.map(|input| {
        let began = Instant::now();
        run(host(input), place);
        longest = began.elapsed();
        output().unwrap()
    });
    assert!(whole[0] != whole[1]);
    let over = Arc::new(AtomicBool::new(false));
    let reader = poll(whole.clone(), Arc::clone(&over), read);
    let mut chance = Chance::new(longest.as_millis().try_into().unwrap());
    let (mut died, kills) = (0, number("ETL_TEST_KILLS", 10));
    for turn in 0..usize::try_from(kills).unwrap() {
        let mut doomed = host(INPUTS[turn % 2]);
        let mut doomed = doomed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(chance.up_to(longest));
        doomed.kill().unwrap();
        died += usize::from(!doomed.wait().unwrap().success());
        assert!(whole.contains(&output().unwrap()));
        // Not always the input of the one that was killed.
        let next = turn / 2 % 2;
        run(host(INPUTS[next]), place);
        assert!(output().unwrap() == whole[next]);
        after();
    }
    over.store(true, Relaxed);
    let seen = reader.join().unwrap();
    println!("{died} of {kills} runs died, {seen} polls saw an output");
    assert!(died > 0 && seen > 0);
}

#[test]
fn on_this_machine() {
    let place = Place::new();
    for (name, text) in INPUTS.iter().zip(inputs()) {
        fs::write(place.path(name), text).unwrap();
    }
    fs::write(place.path("pipeline.toml"), pipeline("outputs/out", "")).unwrap();
    let host = |input: &str| {
        let input = format!("input={input}");
        place.host(&["run", "pipeline.toml", "--no-record", "--var", &input])
    };
    let path = place.path("outputs/out/part-00000.csv");
    let output = || fs::read(&path).ok();
    let polled = path.clone();
    // It is never not there.
    let read = move || Some(fs::read(&polled).unwrap());
    let folder = place.path("outputs");
    let after = || {
        let names = files(&folder).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names, ["out/_schema.arrows", "out/part-00000.csv"]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    };
    kill_and_run(&place, host, output, read, after);
}

/// What our readers see of a folder; nothing where it was replaced meanwhile.
fn current(bucket: &Bucket, key: &str) -> Seen {
    let objects = match wait(bucket.find(key, &["csv"])) {
        Ok(objects) => objects,
        Err(Error::Changed { .. }) => return None,
        Err(error) => panic!("{error}"),
    };
    let mut text = Vec::new();
    for object in objects {
        match wait(bucket.read_range(&object, 0..object.bytes)) {
            Ok(content) => text.extend_from_slice(&content),
            Err(Error::Changed { .. } | Error::NotFound { .. }) => return None,
            Err(error) => panic!("{error}"),
        }
    }
    Some(text)
}

fn in_a_store(options: &str, files: usize) {
    let shop = Shop::new();
    for (name, text) in INPUTS.iter().zip(inputs()) {
        shop.put(name, text);
    }
    shop.write_pipeline(&pipeline("S3/out", options));
    let host = |input: &str| {
        let input = format!("input={}", shop.url(input));
        let mut command = shop.host_at_once(&["run", "pipeline.toml", "--no-record", "--var", &input]);
        command.env("ETL_HOST_LEASE", "1s");
        command
    };
    let (bucket, key) = (shop.bucket.clone(), shop.key("out"));
    // What a dead run has asked for may still be under way.
    let output = || (0..100).find_map(|_| current(&bucket, &key));
    let (polled, at) = (bucket.clone(), key.clone());
    let after = || {
        let names = wait(bucket.list(&key)).unwrap();
        assert_eq!(names.len(), files + 1, "{names:?}");
    };
    kill_and_run(&shop.place, host, output, move || current(&polled, &at), after);
}

#[test]
fn in_a_store_with_one_file() {
    in_a_store("", 1);
}

#[test]
fn in_a_store_with_many_files() {
    in_a_store(", header = false, rows-per-file = 25000", 3);
}
