//! Rows that leave a stage by another port than the first.

use std::fmt::Write;
use std::fs::{self, File};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{Place, plugin, said};

/// More than a stage may ask to be called again for nothing.
const GROUPS: usize = 1_200;

#[test]
fn a_stage_may_take_many_calls_to_empty_a_port() {
    let place = Place::new();
    let mut csv = "key,n\n".to_owned();
    for group in 0..GROUPS {
        writeln!(csv, "{group},1").unwrap();
    }
    fs::write(place.path("in.csv"), csv).unwrap();
    let pipeline = format!(
        r#"name = "ports"
[plugins]
process = {{ path = "{}" }}
[jobs.group]
source.csv = {{ url = "in.csv" }}
sink.parquet = {{ url = "rows" }}
[[jobs.group.stages]]
name = "Group"
run = "process/group"
with = {{ by = ["key"], as = ["count"] }}
ports.groups.parquet = {{ url = "groups" }}
"#,
        plugin("process").display()
    );
    // The groups go out in batches of this size, one a call.
    let output = place.run(&pipeline, &["--batch-rows", "1"]);
    assert!(output.status.success(), "{}", said(&output, &place));
    let file = File::open(place.path("groups/part-00000.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), i64::try_from(GROUPS).unwrap());
}
