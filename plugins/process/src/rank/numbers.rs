//! Ranks of numbers: 64 bits a value, where other types take a key of bytes.

use etl_sdk::Values;
use etl_sdk::prelude::*;
use etl_sdk::summary::Ordered;

use super::{Method, Ranked, Ranks};
use crate::places::of_group;

/// Integers, and floats.
pub(super) enum Numbers {
    Integers(Shared<i64>),
    Floats(Shared<f64>),
}

impl Numbers {
    /// The ranks of a column of numbers; what was given, where it is none, or where each row has a rank of its own.
    pub(super) fn of(
        input: &Schema,
        ranked: Ranked,
        name: String,
        method: Method,
    ) -> std::result::Result<Self, (Ranked, String)> {
        let field = &input.fields()[ranked.of];
        match field.kind() {
            _ if method == Method::RowNumber => Err((ranked, name)),
            // The greatest of these do not fit a signed integer.
            Kind::Integers if field.format == "L" => Err((ranked, name)),
            Kind::Integers => Ok(Self::Integers(Shared::new(ranked, name, method, Column::as_i64))),
            Kind::Floats => Ok(Self::Floats(Shared::new(ranked, name, method, Column::as_f64))),
            _ => Err((ranked, name)),
        }
    }

    pub(super) fn plan(self, output: Schema) -> Plan {
        match self {
            Self::Integers(stage) => Plan::two_pass(output, stage),
            Self::Floats(stage) => Plan::two_pass(output, stage),
        }
    }
}

/// Equal values share a rank: how often each value occurs in each group is all that must be known.
pub(super) struct Shared<T> {
    of: usize,
    by: Vec<usize>,
    descending: bool,
    name: String,
    method: Method,
    read: fn(&Column) -> Result<Values<T>>,
    groups: KeySet,
    /// Per group its different values in ascending order, and where they begin among the ranks.
    values: Vec<(Vec<u64>, usize)>,
    ranks: Ranks,
}

impl<T: Ordered> Shared<T> {
    fn new(ranked: Ranked, name: String, method: Method, read: fn(&Column) -> Result<Values<T>>) -> Self {
        let Ranked { mut columns, of, by, descending, .. } = ranked;
        columns.truncate(by);
        let (groups, values) = (KeySet::default(), Vec::new());
        Self { of, by: columns, descending, name, method, read, groups, values, ranks: Ranks::None }
    }

    /// The key of each row's group; nothing where all rows are one group.
    fn groups(&self, batch: &Batch) -> Result<Option<Keys>> {
        if self.by.is_empty() { Ok(None) } else { Keys::of(batch, &self.by).map(Some) }
    }
}

impl<T: Ordered + etl_sdk::Pod> TwoPass for Shared<T> {
    type Summary = Grouped<Multiset<T>>;

    fn observe(&mut self, batch: &Batch, counts: &mut Self::Summary) -> Result<()> {
        let values = (self.read)(&batch.column(self.of)?)?;
        match self.groups(batch)? {
            None => {
                let all = counts.entry(&[]);
                values.iter().flatten().for_each(|value| all.insert(value));
            }
            Some(groups) => {
                for (row, value) in values.iter().enumerate() {
                    if let Some(value) = value {
                        counts.entry(groups.get(row)).insert(value);
                    }
                }
            }
        }
        Ok(())
    }

    fn settle(&mut self, counts: Self::Summary, _: usize) -> Result<()> {
        let mut places = Vec::new();
        for group in 0..counts.len() {
            let Some((key, values)) = counts.at(group) else { break };
            self.groups.insert(key);
            let sorted = values.sorted();
            self.values.push((sorted.iter().map(|(value, _)| value.to_bits()).collect(), places.len()));
            places.extend(of_group(sorted.iter().map(|(_, count)| *count), self.descending));
        }
        self.ranks = Ranks::of(self.method, &places);
        Ok(())
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        let values = (self.read)(&batch.column(self.of)?)?;
        let groups = self.groups(&batch)?;
        let all = self.groups.find(&[]);
        let found = values.iter().enumerate().map(|(row, value)| {
            let group = match &groups {
                Some(groups) => self.groups.find(groups.get(row))?,
                None => all?,
            };
            let (values, start) = self.values.get(group)?;
            Some(start + values.binary_search(&value?.to_bits()).ok()?)
        });
        let column = self.ranks.column(batch.rows(), found)?;
        output.emit(batch.with(&self.name, &column)?)
    }
}
