//! Runs an operation as the host does, in every way that must make no difference.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use etl_data::ROW_COLUMN;

use super::table::{print, table};
use crate::backend::{RawBatch, narrow, recorder};
use crate::plan::Run;
use crate::{
    Batch, Distribution, Entry, Error, Flow, Input, Keys, Operation, Output, Plan, Result, Schema, Value,
};

/// The options that the harness gives to `bind`.
const OPTIONS: &[(&str, &str)] = &[("run-timestamp", "2022-12-31T00:00:00Z")];

/// What an operation put out, and what it told the trace. It displays as the table of the first
/// output.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    ports: Vec<String>,
    /// Counters.
    pub counts: BTreeMap<String, u64>,
    /// Attributes, of calls and of steps.
    pub attributes: BTreeMap<String, Value>,
    /// Names of the steps, each once, sorted.
    pub spans: Vec<String>,
    /// How many rows were diverted, and why.
    pub rejected: Vec<(usize, String)>,
}

impl Outcome {
    /// The table that an output port got; empty if there is no such port.
    pub fn port(&self, index: usize) -> &str {
        self.ports.get(index).map_or("", String::as_str)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.port(0))
    }
}

/// Binds an operation to a table, see [`table`], and runs it on the rows: whole, one by one, and in
/// batches of two and three over several instances, as its shape allows.
///
/// # Panics
///
/// If the ways differ in what comes out, or the output is not what `bind` said.
pub fn run<O: Operation>(config: &str, input: &str) -> Result<Outcome> {
    let rows = table(input)?;
    let whole = attempt::<O>(config, &rows, rows.rows().max(1), 1)?;
    for (batch_rows, instances) in [(1, 1), (2, 2), (3, 3), (1, 4)] {
        match attempt::<O>(config, &rows, batch_rows, instances) {
            Ok(other) => {
                assert_eq!(whole.ports, other.ports, "{batch_rows} rows a batch, {instances} instances");
            }
            Err(error) => panic!("fails with {batch_rows} rows a batch and {instances} instances: {error}"),
        }
    }
    Ok(whole)
}

/// As [`run`], but once, on the rows as a whole: for many rows.
pub fn run_once<O: Operation>(config: &str, input: &str) -> Result<Outcome> {
    let rows = table(input)?;
    attempt::<O>(config, &rows, rows.rows().max(1), 1)
}

/// Binds an operation to a table.
pub fn bind<O: Operation>(config: &str, input: &str) -> Result<Plan> {
    bind_to::<O>(config, &table(input)?)
}

/// The text of the error that binding, or else running, gives.
///
/// # Panics
///
/// If there is none.
pub fn error<O: Operation>(config: &str, input: &str) -> String {
    let result = table(input).and_then(|rows| attempt::<O>(config, &rows, rows.rows().max(1), 1));
    match result {
        Ok(outcome) => panic!("no error, but:\n{outcome}"),
        Err(error) => error.to_string(),
    }
}

fn bind_to<O: Operation>(config: &str, rows: &Batch) -> Result<Plan> {
    let options = OPTIONS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Entry::of::<O>().bind(config, &Input::new(rows.schema()?, options))
}

fn attempt<O: Operation>(config: &str, rows: &Batch, batch_rows: usize, instances: usize) -> Result<Outcome> {
    recorder::with(|record| *record = recorder::Record::default());
    let mut plans = (0..instances).map(|_| bind_to::<O>(config, rows)).collect::<Result<Vec<_>>>()?;
    let (outputs, distribution) = (plans[0].outputs.clone(), plans[0].distribution.clone());
    let two_pass = plans[0].two_pass;
    let batches = split(rows, &distribution, batch_rows, instances)?;
    if two_pass {
        let mut partials = vec![Vec::new(); instances];
        for (index, plan) in plans.iter_mut().enumerate() {
            // Other instances than those that process them.
            let mine = batches.iter().filter(|batch| (batch.instance + 1) % instances == index);
            mine.into_iter().try_for_each(|batch| plan.runner.observe(&batch.open(false)?))?;
            partials[index] = plan.runner.partial();
        }
        for (index, plan) in plans.iter_mut().enumerate() {
            plan.runner.settle(&partials, index)?;
        }
    }
    let ordered = two_pass || distribution == Distribution::Single;
    let mut emitted = Vec::new();
    let mut rejected = Vec::new();
    let mut late = Vec::new();
    for (index, plan) in plans.iter_mut().enumerate() {
        let mut output = Output::new();
        for batch in batches.iter().filter(|batch| batch.instance == index) {
            plan.runner.process(batch.open(ordered)?, &mut output)?;
        }
        emitted.append(&mut output.emitted);
        finish(plan.runner.as_mut(), &mut output)?;
        late.append(&mut output.emitted);
        rejected.append(&mut output.rejected);
    }
    emitted.append(&mut late);
    let ports = outputs.iter().enumerate().map(|(port, schema)| {
        let batches =
            emitted.iter().filter(|(to, _)| *to == port).map(|(_, batch)| batch).collect::<Vec<_>>();
        printed(schema, &batches)
    });
    let ports = ports.collect::<Result<Vec<_>>>()?;
    Ok(recorder::with(|record| {
        let mut record = std::mem::take(record);
        record.spans.sort();
        record.spans.dedup();
        Outcome { ports, counts: record.counts, attributes: record.attributes, spans: record.spans, rejected }
    }))
}

fn finish(runner: &mut dyn Run, output: &mut Output) -> Result<()> {
    while runner.finish(output)? == Flow::More {}
    Ok(())
}

/// Some rows for one instance.
struct Part {
    rows: Batch,
    schema: Rc<Schema>,
    first_row: u64,
    instance: usize,
}

impl Part {
    /// The handle that a call gets. The host knows the first row where the order is fixed.
    fn open(&self, ordered: bool) -> Result<Batch> {
        let whole = self.rows.slice(0, self.rows.rows())?.raw.0;
        let first_row = ordered.then_some(self.first_row);
        Ok(Batch::new(RawBatch(whole.with_first_row(first_row)), Some(Rc::clone(&self.schema))))
    }
}

/// Spreads rows over instances as the shape allows, each with its position in the input.
fn split(
    rows: &Batch,
    distribution: &Distribution,
    batch_rows: usize,
    instances: usize,
) -> Result<Vec<Part>> {
    let schema = Rc::new(rows.schema()?);
    let count = rows.rows();
    let positions = crate::Column::from_i64((0_i64..).take(count).collect(), None)?.cast("L")?;
    let numbered = rows.with(ROW_COLUMN, &positions)?;
    let positioned = etl_data::Batch::from_positioned(numbered.raw.0.record_batch());
    let numbered = Batch::new(RawBatch(positioned.map_err(|error| Error::data(error.to_string()))?), None);
    let mut groups: Vec<(usize, Vec<u32>)> = Vec::new();
    if let Distribution::Keyed(columns) = distribution {
        let columns = columns.iter().map(|column| *column as usize).collect::<Vec<_>>();
        let keys = Keys::of(rows, &columns)?;
        for instance in 0..instances {
            let sum = |key: &[u8]| key.iter().map(|byte| usize::from(*byte)).sum::<usize>();
            let mine = (0..count).filter(|row| sum(keys.get(*row)) % instances == instance);
            let mine = mine.map(narrow).collect::<Vec<_>>();
            groups.extend(mine.chunks(batch_rows).map(|chunk| (instance, chunk.to_vec())));
        }
    } else {
        let all = (0..count).map(narrow).collect::<Vec<_>>();
        let spread = if *distribution == Distribution::Single { 1 } else { instances };
        groups.extend(all.chunks(batch_rows).enumerate().map(|(at, chunk)| (at % spread, chunk.to_vec())));
    }
    groups
        .into_iter()
        .map(|(instance, rows)| {
            let first_row = rows.first().copied().map_or(0, u64::from);
            Ok(Part { rows: numbered.take(&rows)?, schema: Rc::clone(&schema), first_row, instance })
        })
        .collect()
}

/// The rows of a port as text, in the order of their positions where they have them.
fn printed(schema: &Schema, batches: &[&Batch]) -> Result<String> {
    for batch in batches {
        let types = |schema: &Schema| {
            schema.fields().iter().map(|field| (field.name.clone(), field.format.clone())).collect::<Vec<_>>()
        };
        assert_eq!(
            types(&batch.schema()?),
            types(schema),
            "the output has the columns that `bind` announced"
        );
    }
    let Some(_) = batches.first() else {
        return print(schema, &[]);
    };
    let mut rows = Vec::new();
    for (source, batch) in batches.iter().enumerate() {
        let positions = batch.raw.0.positions();
        rows.extend((0..batch.rows()).map(|row| {
            let position = positions.map_or(u64::MAX, |positions| positions.value(row));
            (position, narrow(source), narrow(row))
        }));
    }
    rows.sort_by_key(|(position, _, _)| *position);
    let sources = rows.iter().map(|(_, source, _)| *source).collect::<Vec<_>>();
    let rows = rows.iter().map(|(_, _, row)| *row).collect::<Vec<_>>();
    print(schema, &[Batch::gather(batches, &sources, &rows)?])
}
