//! Buffers that are not what their type says: an error, or an array that holds together.

use arrow_array::Array;
use arrow_schema::{DataType, Field};
use etl_data::{Column, ColumnData, FlatField, MAX_EMPTY_ROWS, Node, flatten, read_array};
use proptest::prelude::*;

use crate::arrays::{Random, array_of, guest_type};
use crate::round_trip::handed_over;

fn fields_of(data_type: &DataType) -> Vec<FlatField> {
    flatten(&Field::new("", data_type.clone(), true)).unwrap()
}

/// Whatever was let in must be an array that every operation can work on.
fn works(column: &Column) {
    column.array().to_data().validate_full().unwrap();
    let read = column.read().unwrap();
    assert_eq!(read.nodes[0].length, column.len());
    column.null_count();
    column.data_type_fields().unwrap();
    let _ = (column.read_text(), column.read_f64(), column.read_s64());
    for format in
        ["u", "z", "c", "l", "g", "tdD", "tdm", "tss:", "tsu:UTC", "tsn:", "ttm", "ttn", "d:38,10", "tDn"]
    {
        let _ = column.cast(format);
    }
}

#[test]
fn a_cast_makes_no_time_beyond_the_day() {
    let numbers = Column::from_s64(vec![1, i64::MIN, 86_400], &[0b101]).unwrap();
    assert_eq!(numbers.cast("ttu").unwrap().null_count(), 1, "what stands under a null is nothing");
    let wide = Column::from_s64(vec![1, -1], &[]).unwrap();
    let narrow = wide.cast("i").unwrap();
    for (numbers, format) in [(&narrow, "tts"), (&narrow, "ttm"), (&wide, "ttu"), (&wide, "ttn")] {
        let error = numbers.cast(format).unwrap_err().to_string();
        assert_eq!(error, "Invalid argument error: the time -1 lies beyond the day", "{format}");
    }
}

/// One way to spoil good data.
#[derive(Clone, Debug)]
enum Spoil {
    Byte(usize, usize, u8),
    Cut(usize, usize),
    Grow(usize, usize),
    Length(usize, u32),
    NullCount(usize, u32),
    SwapBuffers(usize, usize),
    DropBuffer(usize),
    AddBuffer(usize),
    DropNode(usize),
    AddNode(usize),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let place = 0..64_usize;
    let count = prop_oneof![0..50_u32, Just(u32::MAX), Just(u32::MAX / 8), any::<u32>()];
    prop_oneof![
        6 => (place.clone(), 0..400_usize, any::<u8>()).prop_map(|(b, i, v)| Spoil::Byte(b, i, v)),
        2 => (place.clone(), 1..20_usize).prop_map(|(b, n)| Spoil::Cut(b, n)),
        2 => (place.clone(), 1..200_usize).prop_map(|(b, n)| Spoil::Grow(b, n)),
        3 => (place.clone(), count.clone()).prop_map(|(n, v)| Spoil::Length(n, v)),
        2 => (place.clone(), count).prop_map(|(n, v)| Spoil::NullCount(n, v)),
        1 => (place.clone(), place.clone()).prop_map(|(a, b)| Spoil::SwapBuffers(a, b)),
        1 => place.clone().prop_map(Spoil::DropBuffer),
        1 => place.clone().prop_map(Spoil::AddBuffer),
        1 => place.clone().prop_map(Spoil::DropNode),
        1 => place.prop_map(Spoil::AddNode),
    ]
}

fn apply(spoil: &Spoil, data: &mut ColumnData<Vec<u8>>) {
    let (nodes, buffers) = (data.nodes.len().max(1), data.buffers.len().max(1));
    let bad = Node { length: 3, null_count: 0 };
    match *spoil {
        Spoil::Byte(b, i, value) => {
            if let Some(buffer) = data.buffers.get_mut(b % buffers).filter(|buffer| !buffer.is_empty()) {
                let len = buffer.len();
                buffer[i % len] = value;
            }
        }
        Spoil::Cut(b, n) => {
            if let Some(buffer) = data.buffers.get_mut(b % buffers) {
                buffer.truncate(buffer.len().saturating_sub(n));
            }
        }
        Spoil::Grow(b, n) => {
            if let Some(buffer) = data.buffers.get_mut(b % buffers) {
                buffer.resize(buffer.len() + n, 0x55);
            }
        }
        Spoil::Length(n, value) => {
            if let Some(node) = data.nodes.get_mut(n % nodes) {
                node.length = value;
            }
        }
        Spoil::NullCount(n, value) => {
            if let Some(node) = data.nodes.get_mut(n % nodes) {
                node.null_count = value;
            }
        }
        Spoil::SwapBuffers(a, b) => {
            if !data.buffers.is_empty() {
                data.buffers.swap(a % buffers, b % buffers);
            }
        }
        Spoil::DropBuffer(b) => drop((!data.buffers.is_empty()).then(|| data.buffers.remove(b % buffers))),
        Spoil::AddBuffer(b) => data.buffers.insert(b % buffers, vec![1; 9]),
        Spoil::DropNode(n) => drop((!data.nodes.is_empty()).then(|| data.nodes.remove(n % nodes))),
        Spoil::AddNode(n) => data.nodes.insert(n % nodes, bad),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn spoilt_data_is_refused_or_sound(
        array in array_of(guest_type()),
        spoils in prop::collection::vec(spoil(), 1..4),
    ) {
        let mut data = handed_over(&read_array(&array).unwrap());
        for spoil in &spoils {
            apply(spoil, &mut data);
        }
        if let Ok(column) = Column::from_data(&fields_of(array.data_type()), data) {
            works(&column);
        }
    }

    #[test]
    fn any_buffers_are_refused_or_sound(
        data_type in guest_type(),
        length in prop_oneof![0..9_u32, Just(u32::MAX)],
        nulls in 0..3_u32,
        seed in any::<u64>(),
    ) {
        let mut random = Random::new(seed);
        let fields = fields_of(&data_type);
        let nodes = vec![Node { length, null_count: nulls }; fields.len()];
        let buffers = fields.iter().map(|f| 1 + usize::from(!f.format.starts_with("+s"))).sum::<usize>();
        let buffers = (0..buffers).map(|_| {
            let len = random.below(40);
            // Small numbers are offsets that nearly fit.
            (0..len).map(|_| random.below(3).try_into().unwrap()).collect()
        });
        let data = ColumnData { nodes, buffers: buffers.collect() };
        if let Ok(column) = Column::from_data(&fields, data) {
            works(&column);
        }
    }

    #[test]
    fn another_type_is_refused_or_sound(
        array in array_of(guest_type()),
        other in guest_type(),
    ) {
        let data = handed_over(&read_array(&array).unwrap());
        if let Ok(column) = Column::from_data(&fields_of(&other), data) {
            works(&column);
        }
    }
}

fn node(length: u32, null_count: u32) -> Node {
    Node { length, null_count }
}

fn le<const N: usize>(values: [i32; N]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn refusal(data_type: &DataType, nodes: &[Node], buffers: Vec<Vec<u8>>) -> String {
    let data = ColumnData { nodes: nodes.to_vec(), buffers };
    Column::from_data(&fields_of(data_type), data).unwrap_err().to_string()
}

#[test]
fn a_refusal_says_what_is_wrong() {
    let (text, int) = (DataType::Utf8, DataType::Int64);
    let three = || (1..4_i64).flat_map(i64::to_le_bytes).collect::<Vec<u8>>();
    let offsets = |offsets| refusal(&text, &[node(3, 0)], vec![vec![], offsets, b"abcdef".to_vec()]);
    let integers = |nodes: &[Node], buffers| refusal(&int, nodes, buffers);
    let list = DataType::new_list(DataType::Int64, true);
    let said = [
        offsets(le([0, 4, 2, 6])),
        offsets(le([0, 2, 4, 600])),
        offsets(le([0, -2, 4, 6])),
        offsets(le([1, 2, 4, 6])),
        offsets(le([0, 2])),
        refusal(&text, &[node(1, 0)], vec![vec![], le([0, 2]), vec![0xC3, 0x28]]),
        refusal(&text, &[node(2, 0)], vec![vec![], le([0, 1, 2]), "ß".into()]),
        integers(&[node(3, 0)], vec![vec![], three()[..20].to_vec()]),
        integers(&[node(3, 0)], vec![vec![], three().repeat(9)]),
        integers(&[node(3, 1)], vec![vec![], three()]),
        integers(&[node(3, 1)], vec![vec![0b001], three()]),
        integers(&[node(3, 4)], vec![vec![0], three()]),
        integers(&[node(9, 1)], vec![vec![0xFE], vec![0; 72]]),
        integers(&[node(u32::MAX, 0)], vec![vec![], vec![]]),
        integers(&[node(3, 0)], vec![]),
        integers(&[node(3, 0)], vec![vec![], three(), vec![7]]),
        integers(&[], vec![vec![], three()]),
        integers(&[node(3, 0), node(3, 0)], vec![vec![], three()]),
        refusal(&list, &[node(3, 0)], vec![vec![], le([0, 1, 2, 3])]),
        refusal(&list, &[node(3, 0), node(3, 0)], vec![vec![], le([0, 2, 4, 6]), vec![], three()]),
        refusal(&DataType::Decimal32(3, 1), &[node(2, 0)], vec![vec![], le([999, 1000])]),
        refusal(&DataType::Null, &[node(u32::MAX, u32::MAX)], vec![vec![]]),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    the buffers of a column of type Utf8 are malformed: Offset invariant failure: non-monotonic offset at slot 1: 4 > 2
    the buffers of a column of type Utf8 are malformed: the values buffer has 6 bytes, expected 600
    the buffers of a column of type Utf8 are malformed: Offset invariant failure: Could not convert offset -2 to usize at position 1
    the buffers of a column of type Utf8 are malformed: the offsets start at 1, expected 0
    the buffers of a column of type Utf8 are malformed: the offsets buffer has 8 bytes, expected 16
    the buffers of a column of type Utf8 are malformed: Invalid UTF8 sequence at string index 0 (0..2): invalid utf-8 sequence of 1 bytes from index 0
    the buffers of a column of type Utf8 are malformed: incomplete utf-8 byte sequence from index 0
    the buffers of a column of type Int64 are malformed: the values buffer has 20 bytes, expected 24
    the buffers of a column of type Int64 are malformed: the values buffer has 216 bytes, expected 24
    the buffers of a column of type Int64 are malformed: 1 nulls said, but the validity buffer is empty
    the buffers of a column of type Int64 are malformed: 1 nulls said, 2 found
    the buffers of a column of type Int64 are malformed: 4 nulls said, 3 found
    the buffers of a column of type Int64 are malformed: the validity buffer has 1 bytes, expected 2
    the buffers of a column of type Int64 are malformed: the values buffer has 0 bytes, expected 34359738360
    the buffers of a column of type Int64 are malformed: the validity buffer is missing
    the buffers of a column of type Int64 are malformed: 0 nodes and 1 buffers too many
    the buffers of a column of type Int64 are malformed: a node is missing
    the buffers of a column of type Int64 are malformed: 1 nodes and 0 buffers too many
    the buffers of a column of type Int64 are malformed: a node is missing
    the buffers of a column of type List(Int64) are malformed: Last offset 6 of List(Int64) is larger than values length 3
    the buffers of a column of type Decimal32(3, 1) are malformed: 100.0 is too large to store in a Decimal32 of precision 3. Max is 99.9
    the buffers of a column of type Null are malformed: 4294967295 rows without a value are too many, at most 16777216 can be
    ");
}

/// A column that holds no bytes costs nothing to make, and much to work on.
#[test]
fn rows_without_bytes_are_bounded() {
    let rows = MAX_EMPTY_ROWS;
    let nulls = ColumnData { nodes: vec![node(rows, rows)], buffers: vec![vec![]] };
    assert_eq!(Column::from_data(&fields_of(&DataType::Null), nulls).unwrap().len(), rows);
    let empty = DataType::Struct(arrow_schema::Fields::empty());
    assert!(refusal(&empty, &[node(rows + 1, 0)], vec![vec![]]).contains("16777217 rows without a value"));
}
