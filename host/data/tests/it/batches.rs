//! Selections keep rows whole: all columns, and the positions, move together.

use arrow_array::{Array, RecordBatch, UInt32Array, UInt64Array};
use etl_data::{Batch, Column, Footprint, Scalar};
use proptest::prelude::*;

use crate::arrays::{Random, any_batch, batch, guest_type};

fn positioned(record: RecordBatch, from: u64) -> Batch {
    let rows = record.num_rows() as u64;
    let positions = UInt64Array::from_iter_values(from..from + rows);
    Batch::new(record).with_positions(Some(positions)).unwrap().with_first_row(Some(from))
}

/// Each row of `batch` is the row of `all` that its position names.
fn holds_rows_of(batch: &Batch, all: &RecordBatch) {
    let positions = batch.positions().unwrap();
    let rows = UInt32Array::from_iter_values(positions.values().iter().map(|p| u32::try_from(*p).unwrap()));
    let expected = arrow_select::take::take_arrays(all.columns(), &rows, None).unwrap();
    assert_eq!(batch.record_batch().columns(), expected);
}

proptest! {
    #[test]
    fn filter_and_take_and_slice(record in any_batch(), seed in any::<u64>()) {
        let mut random = Random::new(seed);
        let rows = record.num_rows();
        let batch = positioned(record.clone(), 0);

        let mask: Vec<u8> = (0..rows.div_ceil(8)).map(|_| random.next().to_le_bytes()[0]).collect();
        let filtered = batch.filter(&mask).unwrap();
        let kept = (0..rows).filter(|row| mask[row / 8] >> (row % 8) & 1 == 1);
        let positions = UInt64Array::from_iter_values(kept.map(|row| row as u64));
        prop_assert_eq!(filtered.positions(), Some(&positions));
        holds_rows_of(&filtered, &record);
        prop_assert!(batch.filter(&mask[1..]).is_err());

        let picked: Vec<u32> = (0..rows * 2).map(|_| u32::try_from(random.below(rows)).unwrap()).collect();
        let taken = batch.take(&picked).unwrap();
        prop_assert_eq!(taken.rows() as usize, picked.len());
        prop_assert_eq!(taken.first_row(), None);
        holds_rows_of(&taken, &record);
        prop_assert!(batch.take(&[u32::try_from(rows).unwrap()]).is_err());

        let from = u32::try_from(random.below(rows)).unwrap();
        let slice = batch.slice(from, batch.rows() - from).unwrap();
        prop_assert_eq!(slice.first_row(), Some(u64::from(from)));
        holds_rows_of(&slice, &record);
        prop_assert!(batch.slice(from, u32::MAX).is_err());
    }

    #[test]
    fn gather_is_take_of_the_whole(record in any_batch(), seed in any::<u64>()) {
        let mut random = Random::new(seed);
        let cut = random.below(record.num_rows());
        let parts = [record.slice(0, cut), record.slice(cut, record.num_rows() - cut)];
        let sources = [positioned(parts[0].clone(), 0), positioned(parts[1].clone(), cut as u64)];
        let picks: Vec<(u32, u32)> = (0..record.num_rows() * 2)
            .filter_map(|_| {
                let batch = random.below(2);
                let rows = parts[batch].num_rows();
                (rows > 0).then(|| (u32::try_from(batch).unwrap(), u32::try_from(random.below(rows)).unwrap()))
            })
            .collect();
        let (batches, rows): (Vec<u32>, Vec<u32>) = picks.into_iter().unzip();
        let gathered = Batch::gather(&[&sources[0], &sources[1]], &batches, &rows).unwrap();
        prop_assert_eq!(gathered.rows() as usize, rows.len());
        holds_rows_of(&gathered, &record);
        prop_assert!(Batch::gather(&[&sources[0]], &[1], &[0]).is_err());
        prop_assert!(Batch::gather(&[&sources[0]], &[0, 0], &[0]).is_err());
        prop_assert!(Batch::gather(&[], &[], &[]).is_err());
    }

    #[test]
    fn what_a_selection_costs_is_known_before(
        types in prop::collection::vec(guest_type(), 1..4),
        rows in 1..30_usize,
        seed in any::<u64>(),
    ) {
        let batch = Batch::new(batch(&types, seed, rows));
        let mut random = Random::new(seed);
        let picked: Vec<u32> = (0..200).map(|_| u32::try_from(random.below(rows)).unwrap()).collect();
        let sources = vec![0; picked.len()];
        let taken = batch.take(&picked).unwrap();
        let gathered = Batch::gather(&[&batch], &sources, &picked).unwrap();
        // Builders allocate ahead, up to twice what they need.
        let slack = |estimate: u64| estimate * 2 + 4_096 * u64::from(batch.columns());
        prop_assert!(bytes(&taken) <= slack(batch.bytes_of_take(&picked)));
        prop_assert!(bytes(&gathered) <= slack(Batch::bytes_of_gather(&[&batch], &sources, &picked)));
        prop_assert!(bytes(&batch) <= slack(batch.bytes_of_rows()));
    }

    #[test]
    fn positions_come_and_go_as_a_column(record in any_batch(), from in 0..1_000_u64) {
        let mut fields = record.schema().fields().to_vec();
        fields.push(std::sync::Arc::new(arrow_schema::Field::new(
            etl_data::ROW_COLUMN, arrow_schema::DataType::UInt64, false)));
        let schema = std::sync::Arc::new(arrow_schema::Schema::new(fields));
        let whole = positioned(record.clone(), from).into_positioned(&schema).unwrap();
        let back = Batch::from_positioned(&whole).unwrap();
        prop_assert_eq!(back.record_batch(), &record);
        prop_assert_eq!(back.positions().unwrap().value(0), from);
    }
}

fn bytes(batch: &Batch) -> u64 {
    let mut footprint = Footprint::default();
    footprint.add_batch(batch);
    footprint.bytes()
}

#[test]
fn a_buffer_counts_once() {
    let one = Column::from_s64(vec![0; 1_000], &[]).unwrap();
    let mut footprint = Footprint::default();
    footprint.add(&one);
    assert_eq!(footprint.bytes(), 8_128);
    let names: Vec<String> = (0..10).map(|i| format!("c{i}")).collect();
    footprint.add_batch(&Batch::from_columns(&names, &[&one; 10]).unwrap().slice(10, 20).unwrap());
    assert_eq!(footprint.bytes(), 8_128 + 10 * 128 + 20, "and the names");
}

/// One long row, asked for often.
#[test]
fn a_long_list_weighs_on_its_own_row() {
    let lists = [Some(vec![Some(1_i64); 10_000]), Some(vec![])];
    let lists = arrow_array::ListArray::from_iter_primitive::<arrow_array::types::Int64Type, _, _>(lists);
    let batch = Batch::from_columns(&["a".to_owned()], &[&Column::new(std::sync::Arc::new(lists))]).unwrap();
    assert!(batch.bytes_of_take(&[1; 100]) < 2_000);
    assert!(batch.bytes_of_take(&[0; 100]) > 100 * 80_000);
}

#[test]
fn columns_are_bounded() {
    let one = Batch::from_columns(&["a".to_owned()], &[&Column::from_s64(vec![1], &[]).unwrap()]).unwrap();
    assert_eq!(one.project(&vec![0; 1 << 16]).unwrap().columns(), 1 << 16);
    let error = one.project(&vec![0; (1 << 16) + 1]).unwrap_err().to_string();
    assert_eq!(error, "65537 columns are too many, at most 65536 can be");
    let names: Vec<String> = (0..40_000).map(|i| format!("c{}", i % 30_000)).collect();
    let column = one.get(0).unwrap();
    assert_eq!(one.with_columns(&names, &vec![&column; names.len()]).unwrap().columns(), 30_001);
}

#[test]
fn a_constant_is_bounded_and_typed() {
    let one = Column::constant(&Scalar::Integer(7), "d:5,2", 3).unwrap();
    assert_eq!(one.array().len(), 3);
    assert!(Column::constant(&Scalar::Integer(70_000), "s", 3).is_err());
    assert!(Column::constant(&Scalar::Text("x".to_owned()), "l", 3).is_err());
    let error = Column::constant(&Scalar::Null, "n", u32::MAX).unwrap_err().to_string();
    assert_eq!(error, "4294967295 rows are too many, at most 16777216 can be");
}

/// A few bytes of indices can ask for more text than an array can hold: that is an error, not a crash.
#[test]
fn text_that_would_overflow_is_refused() {
    let long = Column::from_text(&["x".repeat(1 << 20)], &[]).unwrap();
    let batch = Batch::from_columns(&["a".to_owned()], &[&long]).unwrap();
    let many = batch.take(&vec![0; 4_096]).unwrap().get(0).unwrap();
    assert!(many.read().is_err());
    assert!(many.read_text().is_err());
    assert!(many.cast("z").is_ok(), "bytes are views as well");
}
