//! What the boundary costs: each piece of work through a plugin, and beside it natively.
//!
//! ```sh
//! cargo xtask plugins --tests && cargo bench -p etl-plugin --bench boundary
//! ```
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that can't run ends by panicking")]
#![expect(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "some thousand rows")]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use arrow_array::types::Int64Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, PrimitiveArray, RecordBatch, StringViewArray,
};
use arrow_schema::{DataType, Field, Schema};
use divan::Bencher;
use divan::counter::ItemsCount;
use etl_data::{Batch, Column, ColumnData, FlatField, Scalar};
use etl_plugin::{
    BindRequest, Generation, Instance, Limits, LoadOptions, NoContext, Runtime, RuntimeOptions,
};

/// As in the host itself: buffers of this size come and go with every call.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROWS: usize = 8_192;

static RUNTIME: LazyLock<Arc<Runtime>> =
    LazyLock::new(|| Arc::new(Runtime::new(&RuntimeOptions::default()).unwrap()));

fn main() {
    divan::main();
}

fn generation(name: &str) -> Arc<Generation> {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins");
    let path = plugins.join(name).with_extension("wasm");
    Generation::load(&RUNTIME, &path, &LoadOptions::default()).expect("run `cargo xtask plugins --tests`")
}

/// Ten columns: two of floats, one of integers, seven of text.
fn rows(rows: usize) -> RecordBatch {
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("a".to_owned(), Arc::new(Float64Array::from_iter_values((0..rows).map(|row| row as f64)))),
        ("b".to_owned(), Arc::new(Float64Array::from_iter_values((0..rows).map(|row| row as f64 / 3.0)))),
        ("i".to_owned(), Arc::new(Int64Array::from_iter_values((0..rows).map(|row| row as i64)))),
    ];
    let text = StringViewArray::from_iter_values((0..rows).map(|row| format!("a text of some length {row}")));
    let text: ArrayRef = Arc::new(text);
    columns.extend((0..7).map(|index| (format!("t{index}"), Arc::clone(&text))));
    let fields = columns.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(schema), arrays).unwrap()
}

/// An instance that is bound to `rows`. `leaves` is the configuration again, value by value.
fn bound(
    plugin: &str,
    operation: &str,
    json: &str,
    leaves: &[(&str, Scalar)],
    rows: &RecordBatch,
) -> Instance {
    let limits = Limits { emitted_rows: u64::MAX, ..Limits::default() };
    let mut instance = generation(plugin).instantiate(operation, &limits).unwrap();
    let request = BindRequest {
        operation: operation.to_owned(),
        config_json: json.to_owned(),
        config_leaves: leaves.iter().map(|(path, leaf)| ((*path).to_owned(), leaf.clone())).collect(),
        inputs: vec![rows.schema()],
        ..BindRequest::default()
    };
    instance.bind(&request, Box::new(NoContext)).result.unwrap();
    instance
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

/// Calls `process` with all rows, and looks at what comes out.
fn process(bencher: Bencher, mut instance: Instance, rows: &RecordBatch) {
    bencher.bench_local(|| {
        let called = instance.process(0, Batch::new(rows.clone()), Box::new(NoContext));
        called.result.unwrap();
        called.emitted
    });
}

mod call {
    use super::{Bencher, ItemsCount, Limits, NoContext, bound, generation, process, rows};

    /// Into the guest and out again: no batch, nothing done.
    #[divan::bench]
    fn nothing(bencher: Bencher) {
        let mut instance = bound("hostile", "pass", "{}", &[], &rows(1));
        bencher.bench_local(|| instance.finish(0, Box::new(NoContext)).result.unwrap());
    }

    /// A batch in, the same batch out.
    #[divan::bench]
    fn pass(bencher: Bencher) {
        let rows = rows(super::ROWS);
        process(bencher, bound("hostile", "pass", "{}", &[], &rows), &rows);
    }

    /// Host calls that do next to nothing, three for each of `count`: what telling the guest's time from the host's costs
    /// is seen here, for the first 256 of a call and for those beyond.
    #[divan::bench(args = [64, 8_192])]
    fn host_calls(bencher: Bencher, count: usize) {
        let rows = rows(1);
        let json = format!(r#"{{"kind": "emitted", "count": {count}}}"#);
        let instance = bound("hostile", "flood", &json, &[], &rows);
        process(bencher.counter(ItemsCount::new(3 * count)), instance, &rows);
    }

    /// A new instance, which is what a partition of a stage costs before its first row.
    #[divan::bench]
    fn instantiate(bencher: Bencher) {
        let hostile = generation("hostile");
        bencher.bench_local(|| hostile.instantiate("pass", &Limits::default()).unwrap());
    }
}

/// The host's part of reading a column: what is not in the guest's layout is packed.
#[divan::bench(args = ["float", "integer", "text", "float with nulls"])]
fn read(bencher: Bencher, kind: &str) {
    let rows = rows(ROWS);
    let array = match kind {
        "float" => Arc::clone(rows.column(0)),
        "integer" => Arc::clone(rows.column(2)),
        "text" => Arc::clone(rows.column(3)),
        _ => Arc::new((0..ROWS).map(|row| (row % 7 > 0).then_some(row as f64)).collect::<Float64Array>()),
    };
    let column = Column::new(array);
    bencher.bench_local(|| column.read().unwrap());
}

/// The host's part of writing a column: all of it is checked.
#[divan::bench(args = ["g", "l", "u"])]
fn write(bencher: Bencher, format: &str) {
    let rows = rows(ROWS);
    let column = Column::new(Arc::clone(rows.column(match format {
        "g" => 0,
        "l" => 2,
        _ => 3,
    })));
    let data = column.read().unwrap();
    let field = FlatField {
        name: String::new(),
        format: format.to_owned(),
        nullable: true,
        children: 0,
        metadata: Vec::new(),
    };
    let nodes = data.nodes.clone();
    bencher
        .with_inputs(|| data.buffers.iter().map(|buffer| buffer.to_vec()).collect::<Vec<_>>())
        .bench_local_values(|buffers| {
            let data = ColumnData { nodes: nodes.clone(), buffers };
            Column::from_data(std::slice::from_ref(&field), data).unwrap()
        });
}

mod add_two_of_ten {
    use std::sync::Arc;

    use super::{
        Array, Batch, Bencher, DataType, Field, PrimitiveArray, RecordBatch, Schema, bound, process, rows,
        text,
    };

    fn with(rows: &RecordBatch, column: PrimitiveArray<arrow_array::types::Float64Type>) -> RecordBatch {
        let mut fields = rows.schema().fields().to_vec();
        fields.push(Arc::new(Field::new("c", DataType::Float64, true)));
        let mut arrays = rows.columns().to_vec();
        arrays.push(Arc::new(column));
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
    }

    #[divan::bench(args = [1, super::ROWS, 65_536])]
    fn plugin(bencher: Bencher, count: usize) {
        let rows = rows(count);
        let json = r#"{"column": "c", "expression": "a + b"}"#;
        let leaves = [("column", text("c")), ("expression", text("a + b"))];
        process(bencher, bound("process", "arithmetic", json, &leaves, &rows), &rows);
    }

    #[divan::bench(args = [1, super::ROWS, 65_536])]
    fn native(bencher: Bencher, count: usize) {
        let rows = rows(count);
        bencher.bench_local(|| {
            let sum = arrow_arith::numeric::add(rows.column(0), rows.column(1)).unwrap();
            let sum = PrimitiveArray::from(sum.to_data());
            Batch::new(with(&rows, sum))
        });
    }
}

mod filter {
    use super::{
        Batch, Bencher, BooleanArray, Int64Type, PrimitiveArray, Scalar, bound, process, rows, text,
    };

    #[divan::bench]
    fn plugin(bencher: Bencher) {
        let rows = rows(super::ROWS);
        let json = r#"{"column": "i", "at-least": 1000, "below": 7000}"#;
        let leaves =
            [("column", text("i")), ("at-least", Scalar::Integer(1000)), ("below", Scalar::Integer(7000))];
        process(bencher, bound("clean", "filter-range", json, &leaves, &rows), &rows);
    }

    #[divan::bench]
    fn native(bencher: Bencher) {
        let rows = rows(super::ROWS);
        bencher.bench_local(|| {
            let column = PrimitiveArray::<Int64Type>::from(super::Array::to_data(rows.column(2)));
            let keep = BooleanArray::from_unary(&column, |value| (1000..7000).contains(&value));
            Batch::new(arrow_select::filter::filter_record_batch(&rows, &keep).unwrap())
        });
    }
}
