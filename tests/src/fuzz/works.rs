//! What holds of every column that was let in.

use arrow_array::Array;
use etl_data::{Batch, Column, Footprint};

const FORMATS: [&str; 14] =
    ["u", "z", "c", "l", "g", "tdD", "tdm", "tss:", "tsu:UTC", "tsn:", "ttm", "ttn", "d:38,10", "tDn"];

/// Every operation of the contract comes back.
pub(super) fn works(column: &Column) {
    let rows = column.len();
    column.array().to_data().validate_full().unwrap();
    assert!(column.null_count() <= rows);
    column.data_type_fields().unwrap();
    if let Ok(read) = column.read() {
        assert_eq!(read.nodes[0].length, rows);
        let copy = etl_data::ColumnData {
            nodes: read.nodes,
            buffers: read.buffers.iter().map(|buffer| buffer.to_vec()).collect(),
        };
        let again = Column::from_data(&column.data_type_fields().unwrap(), copy).unwrap();
        assert_eq!(again.array(), column.array(), "a column that was read is the same when it comes back");
    }
    let _ = (column.read_text(), column.read_f64(), column.read_s64(), column.validity());
    if rows <= 1_000 {
        for format in FORMATS {
            drop(column.cast(format));
        }
    }
    let mut footprint = Footprint::default();
    footprint.add(column);
    selections(column, rows);
}

fn selections(column: &Column, rows: u32) {
    let batch = Batch::from_columns(&["a".to_owned()], &[column]).unwrap();
    let half = rows / 2;
    let tail = batch.slice(half, rows - half).unwrap();
    assert_eq!(tail.rows(), rows - half);
    if rows > 10_000 {
        return;
    }
    let indices: Vec<u32> = (0..rows).rev().collect();
    let turned = batch.take(&indices).unwrap();
    assert_eq!(turned.take(&indices).unwrap().record_batch(), batch.record_batch());
    let mask: Vec<u8> = vec![0b0101_0101; rows.div_ceil(8) as usize];
    assert_eq!(batch.filter(&mask).unwrap().rows(), rows.div_ceil(2));
    if rows > 0 {
        let both = Batch::gather(&[&tail, &batch], &[0, 1], &[0, rows - 1]).unwrap();
        assert_eq!(both.rows(), 2);
    }
    let (taken, filtered) = (batch.bytes_of_take(&indices), batch.bytes_of_rows());
    assert!(taken > 0 && filtered > 0);
    let column = tail.get(0).unwrap();
    column.data_type_fields().unwrap();
    let _ = (column.read(), column.validity());
}
