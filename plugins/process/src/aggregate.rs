//! What is known of a group.

use etl_sdk::prelude::*;
use etl_sdk::summary::{Decoder, Encoder};
use etl_sdk::{F64, I64};

/// What to say of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Aggregate {
    /// How many values there are; without a column, how many rows.
    Count,
    /// Their sum: an integer for integers, else a float.
    Sum,
    /// Their mean.
    Mean,
    /// The least of them.
    Min,
    /// The greatest of them.
    Max,
    /// The standard deviation of the sample; null for less than two values.
    Stddev,
    /// How many different values there are.
    Distinct,
}

impl Aggregate {
    /// Its name, in a configuration and in a column's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::Stddev => "stddev",
            Self::Distinct => "distinct",
        }
    }

    /// Whether it makes sense only of numbers.
    pub(crate) fn of_numbers(self) -> bool {
        matches!(self, Self::Sum | Self::Mean | Self::Stddev)
    }

    /// Whether it needs the values as keys.
    fn of_keys(self) -> bool {
        matches!(self, Self::Min | Self::Max | Self::Distinct)
    }

    /// Arrow format of its column; `format` is that of the values.
    pub(crate) fn format(self, format: &str) -> String {
        match self {
            Self::Count | Self::Distinct => "l",
            Self::Sum if Kind::of(format) == Kind::Integers => "l",
            Self::Sum | Self::Mean | Self::Stddev => "g",
            Self::Min | Self::Max => format,
        }
        .to_owned()
    }
}

/// What was gathered of a group: no more than the aggregates need.
#[derive(Default)]
pub(crate) struct Gathered {
    /// Values, or rows if there is no column.
    pub(crate) count: u64,
    /// Sum of the values, if they are integers.
    integers: i128,
    sum: ExactSum,
    squares: SquareSum,
    /// Keys of the least and the greatest value; empty if there is none.
    least: Vec<u8>,
    greatest: Vec<u8>,
    distinct: KeySet,
}

/// The values of a batch, read as the aggregates need them.
pub(crate) struct Values<'a> {
    aggregates: &'a [Aggregate],
    validity: Option<Mask>,
    numbers: Numbers,
    keys: Option<Keys>,
}

enum Numbers {
    None,
    Integers(I64),
    Floats(F64),
}

impl<'a> Values<'a> {
    /// Reads column `of`.
    pub(crate) fn read(batch: &Batch, of: usize, aggregates: &'a [Aggregate]) -> Result<Self> {
        let column = batch.column(of)?;
        let numbers = match column.kind()? {
            _ if !aggregates.iter().any(|aggregate| aggregate.of_numbers()) => Numbers::None,
            Kind::Integers => Numbers::Integers(column.as_i64()?),
            _ => Numbers::Floats(column.as_f64()?),
        };
        let keys = aggregates.iter().any(|aggregate| aggregate.of_keys());
        let keys = if keys { Some(Keys::of(batch, &[of])?) } else { None };
        Ok(Self { aggregates, validity: column.validity(), numbers, keys })
    }

    /// Adds the value of a row to those of its group.
    pub(crate) fn add(&self, row: usize, group: &mut Gathered) {
        if self.validity.as_ref().is_some_and(|validity| !validity.get(row)) {
            return;
        }
        group.count += 1;
        let squared = self.aggregates.contains(&Aggregate::Stddev);
        match &self.numbers {
            Numbers::None => {}
            Numbers::Integers(values) => {
                let value = values.values()[row];
                group.integers += i128::from(value);
                if squared {
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "for the standard deviation, which is a float"
                    )]
                    group.add(value as f64, squared);
                }
            }
            Numbers::Floats(values) => group.add(values.values()[row], squared),
        }
        if let Some(key) = self.keys.as_ref().map(|keys| keys.get(row)) {
            group.add_key(key, self.aggregates);
        }
    }
}

impl Gathered {
    fn add(&mut self, value: f64, squared: bool) {
        self.sum.add(value);
        if squared {
            self.squares.add(value);
        }
    }

    fn add_key(&mut self, key: &[u8], aggregates: &[Aggregate]) {
        if self.least.is_empty() || key < self.least.as_slice() {
            replace(&mut self.least, key);
        }
        if key > self.greatest.as_slice() {
            replace(&mut self.greatest, key);
        }
        if aggregates.contains(&Aggregate::Distinct) {
            self.distinct.insert(key);
        }
    }
}

impl Summary for Gathered {
    fn encode(&self, out: &mut Encoder) {
        self.count.encode(out);
        self.integers.encode(out);
        self.sum.encode(out);
        self.squares.encode(out);
        out.bytes(&self.least);
        out.bytes(&self.greatest);
        self.distinct.encode(out);
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        Ok(Self {
            count: Summary::decode(bytes)?,
            integers: Summary::decode(bytes)?,
            sum: Summary::decode(bytes)?,
            squares: Summary::decode(bytes)?,
            least: bytes.bytes()?.to_vec(),
            greatest: bytes.bytes()?.to_vec(),
            distinct: Summary::decode(bytes)?,
        })
    }

    fn merge(&mut self, other: Self) {
        self.count.merge(other.count);
        self.integers.merge(other.integers);
        self.sum.merge(other.sum);
        self.squares.merge(other.squares);
        if self.least.is_empty() || !other.least.is_empty() && other.least < self.least {
            self.least = other.least;
        }
        if other.greatest > self.greatest {
            self.greatest = other.greatest;
        }
        self.distinct.merge(other.distinct);
    }
}

fn replace(key: &mut Vec<u8>, by: &[u8]) {
    key.clear();
    key.extend_from_slice(by);
}

/// The column of an aggregate over these groups. `layout` is that of the values' keys.
pub(crate) fn column(
    aggregate: Aggregate,
    groups: &[&Gathered],
    integers: bool,
    layout: Option<&KeyLayout>,
) -> Result<Column> {
    let mut floats = F64Builder::with_capacity(groups.len());
    let mut whole = I64Builder::with_capacity(groups.len());
    match aggregate {
        Aggregate::Count => whole.extend(groups.iter().map(|group| i64::try_from(group.count).ok())),
        Aggregate::Distinct => {
            whole.extend(groups.iter().map(|group| i64::try_from(group.distinct.len()).ok()));
        }
        Aggregate::Sum if integers => {
            for group in groups {
                let sum = i64::try_from(group.integers).map_err(|_| {
                    let error =
                        Error::data(format!("the sum {} does not fit a 64-bit integer", group.integers));
                    error.hint("make a column of floats first, with `process/arithmetic` and `1.0 *`")
                })?;
                whole.push((group.count > 0).then_some(sum));
            }
        }
        Aggregate::Sum => {
            floats.extend(groups.iter().map(|group| (group.count > 0).then(|| group.sum.value())));
        }
        Aggregate::Mean => floats.extend(groups.iter().map(|group| mean(group, integers))),
        Aggregate::Stddev => {
            let deviation = |group: &&Gathered| group.squares.sample_deviation(&group.sum, group.count);
            floats.extend(groups.iter().map(deviation));
        }
        Aggregate::Min | Aggregate::Max => {
            let keys = groups.iter().map(|group| match aggregate {
                Aggregate::Min => group.least.as_slice(),
                _ => group.greatest.as_slice(),
            });
            let columns = layout.map(|layout| layout.columns(&keys.collect::<Vec<_>>())).transpose()?;
            let first = columns.and_then(|columns| columns.into_iter().next());
            return first.ok_or_else(|| Error::internal("the values have no layout"));
        }
    }
    match aggregate {
        Aggregate::Count | Aggregate::Distinct => whole.finish(),
        Aggregate::Sum if integers => whole.finish(),
        _ => floats.finish(),
    }
}

/// The exact sum, rounded, by the count.
#[expect(clippy::cast_precision_loss, reason = "a mean is a float")]
fn mean(group: &Gathered, integers: bool) -> Option<f64> {
    let sum = if integers { group.integers as f64 } else { group.sum.value() };
    (group.count > 0).then(|| sum / group.count as f64)
}
