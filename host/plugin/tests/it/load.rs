//! Files that are no plugins.

use std::fs;
use std::path::Path;
use std::time::Duration;

use etl_plugin::{Generation, LoadError, LoadLimits, LoadOptions};

use crate::support::{RUNTIME, load, path, pinned, redacted, refused, refused_wat, refused_with};

/// A component that exports a stage by name, around this core module.
fn stage_around(module: &str) -> String {
    format!(
        r#"(component
            {module}
            (core module $stage (func (export "f")))
            (core instance $s (instantiate $stage))
            (func $f (canon lift (core func $s "f")))
            (instance $stage (export "describe" (func $f)) (export "bind" (func $f))
                (export "process" (func $f)) (export "finish" (func $f)))
            (export "etl:plugin/stage@0.1.0" (instance $stage)))"#
    )
}

#[test]
fn a_file_that_is_not_there() {
    let error = Generation::load(&RUNTIME, Path::new("no/such.wasm"), &LoadOptions::default()).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"cannot read no/such.wasm: No such file or directory (os error 2)");
}

#[test]
fn a_file_that_is_another_than_was_pinned() {
    let pin = format!("sha256:{}", "0".repeat(64));
    let error = Generation::load(&RUNTIME, &path("hostile"), &pinned(&pin)).unwrap_err();
    let found = load(&RUNTIME, "hostile").digest().to_owned();
    insta::assert_snapshot!(redacted(&error.to_string()).replace(&found, "[digest]"), @"[target]/plugins/hostile.wasm has the digest [digest], the pipeline pins sha256:0000000000000000000000000000000000000000000000000000000000000000");
    assert!(matches!(error, LoadError::Digest { .. }));
}

#[test]
fn a_file_that_is_no_component() {
    insta::assert_snapshot!(refused(b""), @"[plugin] cannot be loaded as a WebAssembly component: it is something else altogether");
    insta::assert_snapshot!(refused(b"#!/bin/sh\n"), @"[plugin] cannot be loaded as a WebAssembly component: it is something else altogether");
    insta::assert_snapshot!(refused_wat("(module)"), @"[plugin] cannot be loaded as a WebAssembly component: it is a core module");
    let whole = fs::read(path("hostile")).unwrap();
    // How large its sections are is for the compiler to say.
    let half = refused(&whole[..whole.len() / 2]);
    let (message, _) = half.split_once(": section range").unwrap();
    insta::assert_snapshot!(message, @"[plugin] cannot be loaded as a WebAssembly component: failed to parse WebAssembly module: wasm component contains an invalid module section");
}

/// Of a file that is too large no more is read than tells it.
#[test]
fn a_component_of_200_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.wasm");
    fs::copy(self::path("hostile"), &path).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(200_000_000).unwrap();
    let error = Generation::load(&RUNTIME, &path, &LoadOptions::default()).unwrap_err().to_string();
    let error = error.replace(&*path.to_string_lossy(), "[plugin]");
    insta::assert_snapshot!(error, @"[plugin] is larger than a component may be: limit 64 MiB");
    // As large as it may be is not too large.
    let limits = LoadLimits { component_bytes: 10, ..LoadLimits::default() };
    let options = LoadOptions { limits, ..LoadOptions::default() };
    insta::assert_snapshot!(refused_with(b"10 bytes!!", &options), @"[plugin] cannot be loaded as a WebAssembly component: it is something else altogether");
}

#[test]
fn a_component_that_takes_long_to_compile() {
    let functions = "(func (result i32) (local i32) (local.get 0))".repeat(20_000);
    let module = wat::parse_str(format!("(component (core module {functions}))")).unwrap();
    let limits = LoadLimits { compile_time: Duration::from_millis(1), ..LoadLimits::default() };
    let options = LoadOptions { limits, ..LoadOptions::default() };
    insta::assert_snapshot!(refused_with(&module, &options), @"[plugin] takes longer to compile than it may: limit 1 ms");
}

#[test]
fn a_component_that_wants_what_is_not_granted() {
    let wasi = r#"(component
        (import "wasi:filesystem/types@0.2.0" (instance (export "f" (func))))
        (import "wasi:cli/environment@0.2.0" (instance (export "f" (func))))
        (import "etl:plugin/host@0.1.0" (instance)))"#;
    insta::assert_snapshot!(refused_wat(wasi), @"[plugin] imports wasi:filesystem/types@0.2.0, wasi:cli/environment@0.2.0, which are not granted");
    insta::assert_snapshot!(refused_wat(r#"(component (import "run" (func)))"#), @"[plugin] imports `run`, and a plugin can be given nothing but etl:plugin/* of version 0.1 and WASI of version 0.2");
    insta::assert_snapshot!(refused_wat(r#"(component (import "etl:plugin/host@0.2.0" (instance)))"#), @"[plugin] imports etl:plugin/host@0.2.0, and a plugin can be given nothing but etl:plugin/* of version 0.1 and WASI of version 0.2");
}

#[test]
fn a_component_that_is_no_plugin() {
    insta::assert_snapshot!(refused_wat("(component)"), @"[plugin] is not a plugin: it does not export etl:plugin/stage@0.1.0 (no such export)");
    insta::assert_snapshot!(
        refused_wat(r#"(component (instance $i) (export "etl:plugin/stage@0.1.0" (instance $i)))"#), @"[plugin] is not a plugin: it does not export etl:plugin/stage@0.1.0 (instance export `etl:plugin/stage@0.1.0` does not have export `describe`)"
    );
    insta::assert_snapshot!(refused_wat(&stage_around("")), @"plugin failed in `instantiate`: its exports are not of the contract's types: failed to convert function to given type: type mismatch with results: expected 1-tuple, found 0-tuple");
}

#[test]
fn a_component_of_another_version_of_the_contract() {
    let unknown = r#"(import "etl:plugin/files@0.1.0" (instance (export "open" (func))))"#;
    insta::assert_snapshot!(refused_wat(&stage_around(unknown)), @"[plugin] is built for another version of etl:plugin: component imports instance `etl:plugin/files@0.1.0`, but a matching implementation was not found in the linker: instance export `open` has the wrong type: function implementation is missing");
}

#[test]
fn a_module_that_does_not_end_to_start() {
    let endless = r"(core module $m (func $f (loop (br 0))) (start $f)) (core instance (instantiate $m))";
    insta::assert_snapshot!(refused_wat(&stage_around(endless)), @"plugin reached its time limit in `instantiate`: limit 500 ms, stopped after [time]");
}

#[test]
fn a_plugin_that_never_says_what_it_is() {
    let error = refused(&fs::read(path("silent")).unwrap());
    insta::assert_snapshot!(error, @"plugin reached its time limit in `describe`: limit 500 ms, stopped after [time]");
}

#[test]
fn memories_count_together() {
    let memories = (0..3).map(|index| {
        format!("(core module $m{index} (memory 2000)) (core instance (instantiate $m{index}))")
    });
    insta::assert_snapshot!(refused_wat(&stage_around(&memories.collect::<String>())), @"plugin reached its memory limit in `instantiate`: limit 256 MiB, requested 375 MiB");
    let many = "(core module $m (memory 1)) ".to_owned() + &"(core instance (instantiate $m))".repeat(20);
    insta::assert_snapshot!(refused_wat(&stage_around(&many)), @"[plugin] cannot be loaded as a WebAssembly component: The component transitively contains 20 Wasm linear memories, which exceeds the configured maximum of 8 in the pooling allocator");
}

#[test]
fn tables_and_instances_are_bounded() {
    let table = "(core module $m (table 2000000 funcref)) (core instance (instantiate $m))";
    insta::assert_snapshot!(refused_wat(&stage_around(table)), @"[plugin] cannot be loaded as a WebAssembly component: module table does not fit in pooling allocator requirements: table index 0 has a minimum element size of 2000000 which exceeds the limit of 100000");
    let many = "(core module $m) ".to_owned() + &"(core instance (instantiate $m))".repeat(200);
    insta::assert_snapshot!(refused_wat(&stage_around(&many)), @"[plugin] cannot be loaded as a WebAssembly component: The component transitively contains 201 core module instances, which exceeds the configured maximum of 64 in the pooling allocator");
}
