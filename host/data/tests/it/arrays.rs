//! Random types, and random arrays of them.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array, make_array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, i256};
use arrow_data::{ArrayData, ArrayDataBuilder};
use arrow_schema::{DataType, Field, Fields, IntervalUnit, Schema, TimeUnit};
use proptest::prelude::*;

/// Every type without children that a guest can name.
pub(crate) fn base_types() -> Vec<DataType> {
    use DataType as T;
    let units = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];
    let mut types = vec![
        T::Null,
        T::Boolean,
        T::Int8,
        T::Int16,
        T::Int32,
        T::Int64,
        T::UInt8,
        T::UInt16,
        T::UInt32,
        T::UInt64,
        T::Float16,
        T::Float32,
        T::Float64,
        T::Decimal32(9, 2),
        T::Decimal64(18, -3),
        T::Decimal128(38, 10),
        T::Decimal256(76, 76),
        T::Utf8,
        T::Binary,
        T::FixedSizeBinary(7),
        T::Date32,
        T::Date64,
        T::Time32(TimeUnit::Second),
        T::Time32(TimeUnit::Millisecond),
        T::Time64(TimeUnit::Microsecond),
        T::Time64(TimeUnit::Nanosecond),
        T::Interval(IntervalUnit::YearMonth),
        T::Interval(IntervalUnit::DayTime),
        T::Interval(IntervalUnit::MonthDayNano),
    ];
    for unit in units {
        types.push(T::Duration(unit));
        types.push(T::Timestamp(unit, None));
        types.push(T::Timestamp(unit, Some("UTC".into())));
        types.push(T::Timestamp(unit, Some("+02:00".into())));
    }
    types
}

/// Layouts that only the host has: a guest sees the base layout instead.
pub(crate) fn host_types() -> Vec<DataType> {
    use DataType as T;
    vec![
        T::LargeUtf8,
        T::Utf8View,
        T::LargeBinary,
        T::BinaryView,
        T::Dictionary(Box::new(T::Int8), Box::new(T::Utf8)),
        T::Dictionary(Box::new(T::UInt32), Box::new(T::Int64)),
        T::Dictionary(Box::new(T::Int32), Box::new(T::LargeUtf8)),
    ]
}

/// Any type that the host may hold, nested up to three deep.
pub(crate) fn any_type() -> BoxedStrategy<DataType> {
    nested(prop::sample::select([base_types(), host_types()].concat()).boxed())
}

/// Any type that a guest can name, nested up to three deep.
pub(crate) fn guest_type() -> BoxedStrategy<DataType> {
    nested(prop::sample::select(base_types()).boxed())
}

fn nested(leaf: BoxedStrategy<DataType>) -> BoxedStrategy<DataType> {
    let branch = |inner: BoxedStrategy<DataType>| {
        // A column of nulls that may have none is no column.
        let field = |name: &str, data_type: DataType, nullable: bool| {
            let nullable = nullable || data_type.is_null();
            Arc::new(Field::new(name, data_type, nullable))
        };
        let item = (inner.clone(), any::<bool>()).prop_map(move |(t, nullable)| field("item", t, nullable));
        let structure =
            prop::collection::vec((inner.clone(), any::<bool>()), 0..4).prop_map(move |children| {
                let children = children.into_iter().enumerate();
                children.map(|(i, (t, nullable))| field(&format!("f{i}"), t, nullable)).collect::<Fields>()
            });
        prop_oneof![
            item.clone().prop_map(DataType::List),
            item.clone().prop_map(DataType::LargeList),
            (item, 1..4_i32).prop_map(|(item, size)| DataType::FixedSizeList(item, size)),
            structure.prop_map(DataType::Struct),
            inner.prop_map(|value| {
                let key = Field::new("keys", DataType::Utf8, false);
                let entries = Fields::from(vec![key, Field::new("values", value, true)]);
                DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
            }),
        ]
    };
    leaf.prop_recursive(3, 12, 3, move |inner| branch(inner.boxed())).boxed()
}

/// An array of any type: with and without nulls, whole and sliced, empty and not.
pub(crate) fn any_array() -> impl Strategy<Value = ArrayRef> {
    array_of(any_type())
}

/// An array of one of these types.
pub(crate) fn array_of(types: BoxedStrategy<DataType>) -> impl Strategy<Value = ArrayRef> {
    (types, any::<u64>(), 0..40_usize, 0..20_usize, 0..20_usize, 0..3_u8).prop_map(
        |(data_type, seed, len, before, after, nulls)| {
            let mut random = Random { state: seed, nulls };
            random.array(&data_type, before + len + after, true).slice(before, len)
        },
    )
}

/// A batch of up to four columns.
pub(crate) fn any_batch() -> impl Strategy<Value = RecordBatch> {
    let types = prop::collection::vec(any_type(), 1..4);
    (types, any::<u64>(), 1..30_usize).prop_map(|(types, seed, rows)| batch(&types, seed, rows))
}

/// A batch of these columns.
pub(crate) fn batch(types: &[DataType], seed: u64, rows: usize) -> RecordBatch {
    let mut random = Random { state: seed, nulls: 1 };
    let fields = types.iter().enumerate().map(|(i, t)| Field::new(format!("c{i}"), t.clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Fields>()));
    let arrays = types.iter().map(|data_type| random.array(data_type, rows, true)).collect();
    RecordBatch::try_new(schema, arrays).unwrap()
}

/// SplitMix64, because a strategy per value would be slow, and shrinks to nothing useful.
pub(crate) struct Random {
    state: u64,
    /// 0: no nulls; otherwise one value of four is null.
    nulls: u8,
}

impl Random {
    /// One value of four is null.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, nulls: 1 }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    fn nulls(&mut self, len: usize, nullable: bool) -> Option<NullBuffer> {
        let some = nullable && self.nulls > 0;
        some.then(|| NullBuffer::new(BooleanBuffer::collect_bool(len, |_| self.below(4) > 0)))
    }

    fn text(&mut self) -> String {
        let len = self.below(20);
        (0..len).map(|_| ['a', 'Z', '0', ' ', 'ß', '東', '🦀'][self.below(7)]).collect()
    }

    fn offsets(&mut self, len: usize) -> (OffsetBuffer<i32>, usize) {
        let offsets = OffsetBuffer::<i32>::from_lengths((0..len).map(|_| self.below(4)));
        let last = usize::try_from(offsets[len]).unwrap();
        (offsets, last)
    }

    pub(crate) fn array(&mut self, data_type: &DataType, len: usize, nullable: bool) -> ArrayRef {
        use DataType as T;
        match data_type {
            T::Utf8 | T::Binary => {
                let values: Vec<String> = (0..len).map(|_| self.text()).collect();
                let offsets = OffsetBuffer::<i32>::from_lengths(values.iter().map(String::len));
                let buffers = vec![offsets.into_inner().into_inner(), values.concat().into_bytes().into()];
                let nulls = self.nulls(len, nullable);
                build(data_type, len, nulls, buffers, Vec::new())
            }
            T::Utf8View | T::LargeUtf8 | T::BinaryView | T::LargeBinary => {
                let text = self.array(&T::Utf8, len, nullable);
                arrow_cast::cast(&text, data_type).unwrap()
            }
            T::Dictionary(keys, values) => {
                let distinct = self.array(values, 5, nullable);
                let rows = (0..len).map(|_| u32::try_from(self.below(5)).unwrap());
                let rows = UInt32Array::new(rows.collect(), self.nulls(len, nullable));
                let keys = arrow_cast::cast(&rows, keys).unwrap().to_data().into_builder();
                make_array(
                    keys.data_type(data_type.clone()).add_child_data(distinct.to_data()).build().unwrap(),
                )
            }
            T::List(item) => {
                let (offsets, last) = self.offsets(len);
                let child = self.array(item.data_type(), last, item.is_nullable()).to_data();
                let nulls = self.nulls(len, nullable);
                build(data_type, len, nulls, vec![offsets.into_inner().into_inner()], vec![child])
            }
            T::LargeList(item) => {
                let list = self.array(&T::List(Arc::clone(item)), len, nullable);
                arrow_cast::cast(&list, data_type).unwrap()
            }
            T::Map(entries, _) => {
                let (offsets, last) = self.offsets(len);
                let child = self.array(entries.data_type(), last, false).to_data();
                let nulls = self.nulls(len, nullable);
                build(data_type, len, nulls, vec![offsets.into_inner().into_inner()], vec![child])
            }
            T::FixedSizeList(item, size) => {
                let size = usize::try_from(*size).unwrap();
                let child = self.array(item.data_type(), len * size, item.is_nullable()).to_data();
                let nulls = self.nulls(len, nullable);
                build(data_type, len, nulls, Vec::new(), vec![child])
            }
            T::Struct(fields) => {
                let children =
                    fields.iter().map(|f| self.array(f.data_type(), len, f.is_nullable()).to_data());
                let children = children.collect();
                let nulls = self.nulls(len, nullable);
                build(data_type, len, nulls, Vec::new(), children)
            }
            T::Null => build(data_type, len, None, Vec::new(), Vec::new()),
            T::Boolean => {
                let values = BooleanBuffer::collect_bool(len, |_| self.below(2) == 0);
                Arc::new(BooleanArray::new(values, self.nulls(len, nullable)))
            }
            fixed => {
                let values = self.fixed(fixed, len);
                let nulls = self.nulls(len, nullable);
                build(data_type, len, nulls, vec![values], Vec::new())
            }
        }
    }

    fn fixed(&mut self, data_type: &DataType, len: usize) -> Buffer {
        use DataType as T;
        let small = |random: &mut Self| i64::try_from(random.below(2_000_000)).unwrap() - 1_000_000;
        let whole = i64::MAX / 86_400_000 - 1;
        let values: Vec<Vec<u8>> = (0..len)
            .map(|_| match data_type {
                T::FixedSizeBinary(width) => self.bytes(usize::try_from(*width).unwrap()),
                T::Time32(unit) => {
                    let day = if *unit == TimeUnit::Second { 86_400 } else { 86_400_000 };
                    u32::try_from(self.below(day)).unwrap().to_le_bytes().to_vec()
                }
                T::Time64(_) => self.below(86_400_000_000).to_le_bytes().to_vec(),
                T::Decimal32(_, _) => i32::try_from(small(self)).unwrap().to_le_bytes().to_vec(),
                T::Decimal64(_, _) => small(self).to_le_bytes().to_vec(),
                T::Decimal128(_, _) => i128::from(small(self)).to_le_bytes().to_vec(),
                T::Decimal256(_, _) => i256::from_i128(i128::from(small(self))).to_le_bytes().to_vec(),
                T::Date64 => ((small(self) % whole) * 86_400_000).to_le_bytes().to_vec(),
                other => self.bytes(other.primitive_width().unwrap()),
            })
            .collect();
        Buffer::from_vec(values.concat())
    }
}

fn build(
    data_type: &DataType,
    len: usize,
    nulls: Option<NullBuffer>,
    buffers: Vec<Buffer>,
    children: Vec<ArrayData>,
) -> ArrayRef {
    let builder = ArrayDataBuilder::new(data_type.clone()).len(len).nulls(nulls);
    make_array(builder.buffers(buffers).child_data(children).align_buffers(true).build().unwrap())
}
