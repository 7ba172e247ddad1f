//! WASI: nothing without a grant, no more than the grant, and never beyond a call's time.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use etl_data::{Batch, Scalar};
use etl_plugin::{
    BindRequest, Called, Flow, Folder, Generation, Grants, Level, Limits, LoadError, LoadOptions,
};

use crate::support::{
    RUNTIME, context, load_with, path, patient, refused_wat, request, rows, runtime, tight,
};

static CURIOUS: LazyLock<Arc<Generation>> = LazyLock::new(|| granted(Grants::default()));

/// The plugin with these grants, and traps in the place of others.
fn granted(grants: Grants) -> Arc<Generation> {
    load_with(&RUNTIME, "curious", Grants { traps: true, ..grants })
}

fn process(generation: &Arc<Generation>, operation: &str, file: &str, limits: &Limits) -> Called<Flow> {
    let mut instance = generation.instantiate(operation, limits).unwrap();
    let leaves = vec![("path".to_owned(), Scalar::Text(file.to_owned()))];
    let request = BindRequest { config_leaves: leaves, ..request(operation, "{}", &rows()) };
    instance.bind(&request, context()).result.unwrap();
    instance.process(0, Batch::new(rows()), context())
}

/// What the plugin found, or how it ended.
fn found(generation: &Arc<Generation>, operation: &str, file: &str) -> String {
    process(generation, operation, file, &Limits::default()).result.unwrap_err().to_string()
}

fn import(interface: &str, item: &str) -> String {
    refused_wat(&format!(r#"(component (import "{interface}" (instance {item})))"#))
}

#[test]
fn every_interface_is_refused_without_its_grant() {
    let interfaces = [
        "wasi:clocks/wall-clock@0.2.0",
        "wasi:clocks/monotonic-clock@0.2.6",
        "wasi:random/random@0.2.0",
        "wasi:random/insecure@0.2.0",
        "wasi:random/insecure-seed@0.2.0",
        "wasi:cli/environment@0.2.0",
        "wasi:cli/exit@0.2.0",
        "wasi:cli/stdin@0.2.0",
        "wasi:cli/stdout@0.2.0",
        "wasi:cli/stderr@0.2.0",
        "wasi:cli/terminal-stdout@0.2.0",
        "wasi:io/poll@0.2.0",
        "wasi:io/streams@0.2.0",
        "wasi:filesystem/types@0.2.0",
        "wasi:filesystem/preopens@0.2.0",
        "wasi:sockets/tcp@0.2.0",
        "wasi:sockets/ip-name-lookup@0.2.0",
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:clocks/wall-clock@0.3.0",
        "wasi:keyvalue/store@0.2.0",
    ];
    let lines = interfaces.map(|interface| import(interface, r#"(export "f" (func))"#));
    insta::assert_snapshot!(lines.join("\n"), @"
    [plugin] imports wasi:clocks/wall-clock@0.2.0, which is not granted
    [plugin] imports wasi:clocks/monotonic-clock@0.2.6, which is not granted
    [plugin] imports wasi:random/random@0.2.0, which is not granted
    [plugin] imports wasi:random/insecure@0.2.0, which is not granted
    [plugin] imports wasi:random/insecure-seed@0.2.0, which is not granted
    [plugin] imports wasi:cli/environment@0.2.0, which is not granted
    [plugin] imports wasi:cli/exit@0.2.0, which is not granted
    [plugin] imports wasi:cli/stdin@0.2.0, which is not granted
    [plugin] imports wasi:cli/stdout@0.2.0, which is not granted
    [plugin] imports wasi:cli/stderr@0.2.0, which is not granted
    [plugin] imports wasi:cli/terminal-stdout@0.2.0, which is not granted
    [plugin] imports wasi:io/poll@0.2.0, which is not granted
    [plugin] imports wasi:io/streams@0.2.0, which is not granted
    [plugin] imports wasi:filesystem/types@0.2.0, which is not granted
    [plugin] imports wasi:filesystem/preopens@0.2.0, which is not granted
    [plugin] imports wasi:sockets/tcp@0.2.0, which is not granted
    [plugin] imports wasi:sockets/ip-name-lookup@0.2.0, which is not granted
    [plugin] imports wasi:http/outgoing-handler@0.2.0, which is not granted
    [plugin] imports wasi:clocks/wall-clock@0.3.0, and a plugin can be given nothing but etl:plugin/* of version 0.1 and WASI of version 0.2
    [plugin] imports wasi:keyvalue/store@0.2.0, and a plugin can be given nothing but etl:plugin/* of version 0.1 and WASI of version 0.2
    ");
}

/// Files need the record of a time, and no clock for it.
#[test]
fn an_interface_of_types_alone_needs_no_grant() {
    let types = r#"(export "datetime" (type (eq $t)))"#;
    let text = refused_wat(&format!(
        r#"(component (type $t (record (field "seconds" u64))) (import "wasi:clocks/wall-clock@0.2.0" (instance {})))"#,
        types.replace("$t", "$u").replace("(export", "(alias outer 1 $t (type $u)) (export")
    ));
    insta::assert_snapshot!(text, @"[plugin] is not a plugin: it does not export etl:plugin/stage@0.1.0 (no such export)");
}

#[test]
fn what_a_plugin_wants_is_known_without_granting_it() {
    let wanted: Vec<_> = CURIOUS.wanted().iter().map(|grant| grant.toml()).collect();
    insta::assert_snapshot!(wanted.join(", "), @"clocks = true, random = true, env = {}, files = [], stdio = true");
    let error = Generation::load(&RUNTIME, &path("curious"), &LoadOptions::default()).unwrap_err();
    let LoadError::NotGranted { imports, grants, network, .. } = error else { panic!("{error}") };
    assert_eq!((imports.len(), grants.len(), network), (15, 5, true), "{imports:?}");
}

#[test]
fn what_is_not_granted_traps() {
    let operations = ["time", "nap", "random", "environment", "folders", "print", "input", "exit", "network"];
    let lines = operations.map(|operation| found(&CURIOUS, operation, ""));
    insta::assert_snapshot!(lines.join("\n"), @"
    curious/time called wasi:clocks/wall-clock@0.2.0#now in `process`, which is not granted
    curious/nap called wasi:clocks/monotonic-clock@0.2.0#subscribe-duration in `process`, which is not granted
    curious/random called wasi:random/random@0.2.0#get-random-bytes in `process`, which is not granted
    curious/environment called wasi:cli/environment@0.2.0#get-environment in `process`, which is not granted
    curious/folders called wasi:filesystem/preopens@0.2.0#get-directories in `process`, which is not granted
    curious/print called wasi:cli/stdout@0.2.0#get-stdout in `process`, which is not granted
    curious/input called wasi:cli/stdin@0.2.0#get-stdin in `process`, which is not granted
    curious/exit trapped in `process`: it exited with the status 1
    curious/network called wasi:sockets/instance-network@0.2.0#instance-network in `process`, which is not granted: no plugin gets the network
    ");
    assert!(process(&CURIOUS, "nothing", "", &patient()).result.is_ok());
}

#[test]
fn clocks_and_randomness() {
    let curious = granted(Grants { clocks: true, random: true, ..Grants::default() });
    let lines = ["time", "nap", "random", "random-flood", "environment"];
    let lines = lines.map(|operation| found(&curious, operation, ""));
    insta::assert_snapshot!(lines.join("\n"), @"
    after 2020: true
    awake
    16 bytes
    curious/random-flood failed in `process`: requested len 1099511627776 exceeds limit 134217728
    curious/environment called wasi:cli/environment@0.2.0#get-environment in `process`, which is not granted
    ");
}

/// Wasm is not running while the host waits, so its clock does not end the call.
#[test]
fn a_guest_that_waits_is_interrupted() {
    let curious = granted(Grants { clocks: true, ..Grants::default() });
    for operation in ["sleep", "poll"] {
        let start = Instant::now();
        let error = process(&curious, operation, "", &tight()).result.unwrap_err().to_string();
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        let (error, _) = error.split_once(", stopped").unwrap();
        assert_eq!(error, format!("curious/{operation} reached its time limit in `process`: limit 100 ms"));
    }
}

#[test]
fn a_guest_that_waits_is_stopped_with_the_run() {
    let runtime = runtime();
    let curious = load_with(&runtime, "curious", Grants { clocks: true, traps: true, ..Grants::default() });
    let sleeping = std::thread::spawn(move || process(&curious, "sleep", "", &Limits::default()));
    std::thread::sleep(Duration::from_millis(300));
    runtime.cancel();
    let error = sleeping.join().unwrap().result.unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"curious/sleep was stopped in `process`");
}

/// The engine's threads are those of an asynchronous runtime, which must not be waited on.
#[test]
fn a_guest_may_wait_on_a_thread_of_an_asynchronous_engine() {
    let curious = granted(Grants { clocks: true, ..Grants::default() });
    let engine = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let found = engine.block_on(async { tokio::spawn(async move { found(&curious, "nap", "") }).await });
    assert_eq!(found.unwrap(), "awake");
}

#[test]
fn no_variable_but_the_granted() {
    let env = vec![("NAME".to_owned(), "value".to_owned())];
    let curious = granted(Grants { env: Some(env), ..Grants::default() });
    insta::assert_snapshot!(found(&curious, "environment", ""), @r#"[("NAME", "value")] []"#);
    let empty = granted(Grants { env: Some(Vec::new()), ..Grants::default() });
    insta::assert_snapshot!(found(&empty, "environment", ""), @"[] []");
}

fn folder(path: &Path, write: bool) -> Grants {
    let folder = Folder { path: path.to_owned(), at: "/data".to_owned(), write };
    Grants { files: Some(vec![folder]), ..Grants::default() }
}

#[test]
fn files_of_a_folder_and_no_others() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    fs::create_dir_all(data.join("below")).unwrap();
    fs::write(place.path().join("secret"), "secret").unwrap();
    fs::write(data.join("file"), "content").unwrap();
    std::os::unix::fs::symlink("../secret", data.join("out")).unwrap();
    std::os::unix::fs::symlink(place.path(), data.join("away")).unwrap();
    std::os::unix::fs::symlink("file", data.join("in")).unwrap();
    let absolute = place.path().join("secret").display().to_string();
    for write in [false, true] {
        let curious = granted(folder(&data, write));
        assert_eq!(found(&curious, "folders", ""), r#"["/data"]"#);
        assert_eq!(found(&curious, "read", "file"), r#""content""#);
        assert_eq!(found(&curious, "read", "below/../in"), r#""content""#);
        let ways = ["../secret", "below/../../secret", "out", "away/secret", &absolute, "/etc/passwd"];
        for way in ways {
            assert_eq!(found(&curious, "read", way), "not-permitted", "{way}");
        }
        for target in ["../secret", &absolute, "below/../../secret"] {
            let escaped = found(&curious, "escape", target);
            assert_eq!(escaped, "not-permitted", "{target}");
            let _ = fs::remove_file(data.join("link"));
        }
    }
}

#[test]
fn a_folder_is_read_only_unless_told() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "content").unwrap();
    let reader = granted(folder(place.path(), false));
    for operation in ["write", "unlink"] {
        for file in ["file", "new"] {
            assert_eq!(found(&reader, operation, file), "not-permitted", "{operation} {file}");
        }
    }
    assert_eq!(fs::read_to_string(place.path().join("file")).unwrap(), "content");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    let writer = granted(folder(place.path(), true));
    assert_eq!(found(&writer, "write", "new"), "7");
    assert_eq!(fs::read_to_string(place.path().join("new")).unwrap(), "written");
}

#[test]
fn a_folder_that_is_not_there() {
    let options = LoadOptions {
        grants: Grants { traps: true, ..folder(Path::new("no/such/folder"), false) },
        ..LoadOptions::default()
    };
    let error = Generation::load(&RUNTIME, &path("curious"), &options).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"curious failed in `instantiate`: cannot open no/such/folder: No such file or directory (os error 2)");
}

#[test]
fn what_is_printed_becomes_log_lines() {
    let curious = granted(Grants { stdio: true, ..Grants::default() });
    let called = process(&curious, "print", "", &patient());
    called.result.unwrap();
    let logs = called.telemetry.logs.iter().map(|log| (log.level, log.message.as_str()));
    let expected =
        [(Level::Info, "to standard output"), (Level::Info, "and on"), (Level::Warn, "to standard error")];
    assert_eq!(logs.collect::<Vec<_>>(), expected);
    assert_eq!(found(&curious, "input", ""), "no input");
    let called = process(&curious, "print-flood", "", &Limits::default());
    called.result.unwrap();
    let kept = called.telemetry.logs.iter().map(|log| log.message.len()).sum::<usize>();
    assert!(kept <= 1 << 20 && called.telemetry.dropped > 0, "{kept}");
}

#[test]
fn streams_are_handles() {
    let curious = granted(Grants { stdio: true, ..Grants::default() });
    let limits = Limits { handles: 1_000, ..Limits::default() };
    let error = process(&curious, "stream-flood", "", &limits).result.unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"curious/stream-flood reached its handles limit in `process`: limit 1000, requested 1001");
}
