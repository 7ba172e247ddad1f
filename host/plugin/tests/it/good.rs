//! A plugin as it should be.

use std::time::Duration;

use arrow_array::Array;
use etl_data::{Batch, Scalar};
use etl_plugin::{BindRequest, Distribution, Flow, Generation, Limits};

use crate::support::{RUNTIME, context, load, path, pinned, rows};

#[test]
fn a_plugin_says_what_it_is() {
    let clean = load(&RUNTIME, "clean");
    let manifest = clean.manifest();
    assert_eq!(manifest.name, "clean");
    assert!(manifest.operation("drop-columns").is_some_and(|operation| operation.outputs.len() == 1));
    assert!(manifest.operation("no-such-operation").is_none());
    assert!(clean.imports().iter().all(|import| import.starts_with("etl:plugin/")), "{:?}", clean.imports());
    assert_eq!(clean.bytes(), std::fs::metadata(path("clean")).unwrap().len());
    assert!(clean.digest().starts_with("sha256:") && clean.digest().len() == 7 + 64);
    assert!(Generation::load(&RUNTIME, &path("clean"), &pinned(&clean.digest().to_uppercase())).is_ok());
}

#[test]
fn a_stage_binds_processes_and_ends() {
    let clean = load(&RUNTIME, "clean");
    let mut instance = clean.instantiate("drop-columns", &Limits::default()).unwrap();
    let request = BindRequest {
        operation: "drop-columns".to_owned(),
        config_json: r#"{"columns": ["price"]}"#.to_owned(),
        config_leaves: vec![("columns.0".to_owned(), Scalar::Text("price".to_owned()))],
        inputs: vec![rows().schema()],
        ..BindRequest::default()
    };
    let binding = instance.bind(&request, context()).result.unwrap();
    assert_eq!(binding.distribution, Distribution::Any);
    let names: Vec<_> = binding.outputs[0].fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["id", "name"]);

    let positions = arrow_array::UInt64Array::from(vec![7, 8, 9]);
    let batch = Batch::new(rows()).with_positions(Some(positions.clone())).unwrap();
    let called = instance.process(0, batch, context());
    assert_eq!(called.result.unwrap(), Flow::More);
    assert_eq!((called.emitted.len(), called.emitted[0].port), (1, 0));
    let out = &called.emitted[0].batch;
    assert_eq!(out.record_batch(), &rows().project(&[0, 2]).unwrap());
    assert_eq!(out.positions(), Some(&positions), "a row keeps its place");
    assert!(std::sync::Arc::ptr_eq(out.record_batch().column(1), out.record_batch().column(1)));
    assert!(called.usage.memory_peak > 0 && called.usage.bytes_read == 0, "{:?}", called.usage);
    assert!(called.usage.boundary > Duration::ZERO && called.usage.boundary < called.usage.elapsed);
    assert_eq!(out.record_batch().column(0).len(), 3);
    assert_eq!(instance.finish(0, context()).result.unwrap(), Flow::Done);
}
