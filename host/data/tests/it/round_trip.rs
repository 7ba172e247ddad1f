//! Array to buffers and back.

use arrow_array::{Array, ArrayRef};
use arrow_buffer::Buffer;
use arrow_schema::Field;
use etl_data::{ColumnData, array_from_data, canonical, flatten, plain, read_array};
use proptest::prelude::*;

use crate::arrays::{Random, any_array, array_of, base_types, host_types};

/// What a guest would hand over, had it read these buffers.
pub(crate) fn handed_over(data: &ColumnData<Buffer>) -> ColumnData<Vec<u8>> {
    ColumnData {
        nodes: data.nodes.clone(),
        buffers: data.buffers.iter().map(|buffer| buffer.to_vec()).collect(),
    }
}

fn there_and_back(array: &ArrayRef) -> ArrayRef {
    let fields = flatten(&Field::new("", array.data_type().clone(), true)).unwrap();
    array_from_data(&fields, handed_over(&read_array(array).unwrap())).unwrap()
}

/// The same values as the host holds them.
fn held(array: &ArrayRef) -> ArrayRef {
    let base = arrow_cast::cast(array, &plain(array.data_type())).unwrap();
    arrow_cast::cast(&base, &canonical(array.data_type())).unwrap()
}

proptest! {
    #[test]
    fn an_array_comes_back_as_it_went(array in any_array()) {
        let back = there_and_back(&array);
        prop_assert_eq!(back.data_type(), &canonical(array.data_type()));
        prop_assert_eq!(&back, &held(&array));
        prop_assert_eq!(back.logical_null_count(), array.logical_null_count());
        back.to_data().validate_full().unwrap();
    }

    #[test]
    fn what_a_guest_reads_fits_its_nodes(array in any_array()) {
        let data = read_array(&array).unwrap();
        prop_assert_eq!(data.nodes[0].length as usize, array.len());
        prop_assert_eq!(data.nodes[0].null_count as usize, array.logical_null_count());
        let bytes = array.len().div_ceil(8);
        let validity = if data.nodes[0].null_count == 0 || array.data_type().is_null() { 0 } else { bytes };
        prop_assert_eq!(data.buffers[0].len(), validity);
    }

    #[test]
    fn a_slice_reads_as_if_it_were_whole(array in any_array()) {
        let whole = there_and_back(&array);
        let one = read_array(&array).unwrap();
        let other = read_array(&whole).unwrap();
        prop_assert_eq!(one.nodes, other.nodes);
        if array.logical_null_count() == 0 {
            prop_assert_eq!(one.buffers.iter().map(Buffer::len).sum::<usize>(),
                other.buffers.iter().map(Buffer::len).sum::<usize>());
        }
    }

    #[test]
    fn one_type_at_a_time(array in array_of(prop::sample::select(host_types()).boxed())) {
        prop_assert_eq!(&there_and_back(&array), &held(&array));
    }
}

/// Proptest picks types at random; this leaves none out.
#[test]
fn every_type_comes_back() {
    let mut random = Random::new(7);
    for data_type in [base_types(), host_types()].concat() {
        for (len, from, to) in [(0, 0, 0), (1, 0, 1), (20, 3, 17), (20, 8, 20), (300, 0, 300)] {
            let array = random.array(&data_type, len, true).slice(from, to - from);
            assert_eq!(&there_and_back(&array), &held(&array), "{data_type}");
        }
    }
}

/// Padding is how Arrow's own buffers end.
#[test]
fn padded_buffers_are_taken() {
    let array = Random::new(1).array(&arrow_schema::DataType::Utf8, 5, true);
    let mut data = handed_over(&read_array(&array).unwrap());
    for buffer in data.buffers.iter_mut().filter(|buffer| !buffer.is_empty()) {
        buffer.resize(buffer.len().next_multiple_of(64), 0);
    }
    let fields = flatten(&Field::new("", array.data_type().clone(), true)).unwrap();
    assert_eq!(&array_from_data(&fields, data).unwrap(), &held(&array));
}
