//! What each operation of the example job costs for one batch of 8,192 listings.
//!
//! The rows are as they come to the stage in the job, but for what stages before it drop.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that can't run ends by panicking")]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use arrow_array::RecordBatch;
use arrow_csv::ReaderBuilder;
use arrow_csv::reader::Format;
use divan::Bencher;
use etl_data::{Batch, canonical_schema};
use etl_plugin::{BindRequest, Flow, Generation, Limits, LoadOptions, NoContext, Runtime, RuntimeOptions};

const ROWS: u64 = 8_192;

static RUNTIME: LazyLock<Arc<Runtime>> =
    LazyLock::new(|| Arc::new(Runtime::new(&RuntimeOptions::default()).unwrap()));

fn main() {
    divan::main();
}

/// Operations with their configuration; those of `process` get what `clean` makes of prices.
const STAGES: &[&str] = &[
    "clean/standardize-names {}",
    r#"clean/drop-columns {"columns":["host id","license"]}"#,
    r#"clean/drop-duplicates {"columns":["host name","lat","long","price"]}"#,
    r#"clean/fill-nulls {"columns":{"house_rules":{"constant":"Blank"},"NAME":{"constant":"Blank"}}}"#,
    r#"clean/filter-range {"column":"minimum nights","above":0,"below":365}"#,
    r#"clean/round {"columns":["reviews per month"]}"#,
    r#"clean/parse-currency {"column":"price","strip":"$,"}"#,
    r#"clean/fix-skewness {"column":"reviews per month","transform":"sqrt"}"#,
    r#"clean/correct-dates {"column":"last review","format":"%m/%d/%Y","not-before-year-of":"Construction year"}"#,
    r#"clean/replace-values {"column":"neighbourhood group","values":{"brookln":"Brooklyn"}}"#,
    "clean/drop-nulls {}",
    r#"clean/filter-length {"column":"room type","longer-than":4}"#,
    r#"clean/number-rows {"column":"id"}"#,
    r#"clean/cast-integers {"columns":["minimum nights","number of reviews"]}"#,
    r#"process/arithmetic {"column":"spend","expression":"(`number of reviews` + 1) * `minimum nights`"}"#,
    r#"process/rank {"column":"rank","of":"minimum nights","by":["neighbourhood"],"method":"dense"}"#,
    r#"process/count-rows {"column":"total"}"#,
    r#"process/format-text {"columns":{"text":"{id}/{minimum nights}"}}"#,
    r#"process/group {"by":["neighbourhood"],"of":"minimum nights","as":["count","mean","min","max","sum"]}"#,
];

fn listings() -> RecordBatch {
    let mut text = Vec::new();
    airbnb_generator::write(airbnb_generator::Format::Csv, ROWS, 1, &mut text).unwrap();
    let format = Format::default().with_header(true);
    let (schema, _) = format.infer_schema(&text[..], None).unwrap();
    let reader = ReaderBuilder::new(canonical_schema(&schema)).with_format(format).with_batch_size(1 << 14);
    reader.build(&text[..]).unwrap().next().unwrap().unwrap()
}

/// Binds an instance, and passes all rows through it, in both passes where there are two.
#[divan::bench(args = STAGES)]
fn stage(bencher: Bencher<'_, '_>, stage: &str) {
    let (run, config) = stage.split_once(' ').unwrap();
    let (plugin, operation) = run.split_once('/').unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins").join(plugin);
    let generation = Generation::load(&RUNTIME, &path.with_extension("wasm"), &LoadOptions::default());
    let generation = generation.expect("run `cargo xtask plugins`");
    let rows = listings();
    let request = BindRequest {
        operation: operation.to_owned(),
        config_json: config.to_owned(),
        inputs: vec![rows.schema()],
        options: vec![("run-timestamp".to_owned(), "2022-12-31T00:00:00Z".to_owned())],
        ..BindRequest::default()
    };
    bencher
        .with_inputs(|| {
            let mut instance = generation.instantiate(operation, &Limits::default()).unwrap();
            let binding = instance.bind(&request, Box::new(NoContext)).result.unwrap();
            (instance, binding.two_pass)
        })
        .bench_local_values(|(mut instance, two_pass)| {
            let batch = Batch::new(rows.clone()).with_first_row(Some(0));
            if two_pass {
                instance.observe(0, batch.clone(), Box::new(NoContext)).result.unwrap();
                let partial = instance.partial(Box::new(NoContext)).result.unwrap();
                instance.settle(&[partial], 0, Box::new(NoContext)).result.unwrap();
            }
            let called = instance.process(0, batch, Box::new(NoContext));
            called.result.unwrap();
            while instance.finish(0, Box::new(NoContext)).result.unwrap() == Flow::More {}
            (called.emitted, instance)
        });
}
