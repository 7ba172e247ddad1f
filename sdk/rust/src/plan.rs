//! What `bind` answers: the output, and how the rows may be spread.

use crate::backend::{narrow, narrow_all};
use crate::summary::{Decoder, Encoder, Summary};
use crate::{Batch, Output, Result, Schema};

/// A running stage that sees its rows once.
///
/// Any `FnMut(Batch) -> Result<Batch>` is one.
pub trait Stage: 'static {
    /// Takes a batch: emits it changed, or keeps it.
    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()>;

    /// After the last batch: emits what was kept, about a batch per call, and says whether there is more.
    fn finish(&mut self, output: &mut Output) -> Result<Flow> {
        let _ = output;
        Ok(Flow::Done)
    }
}

impl<F: FnMut(Batch) -> Result<Batch> + 'static> Stage for F {
    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        output.emit(self(batch)?)
    }
}

/// Whether a finishing stage has more to emit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Call again.
    More,
    /// That was all.
    Done,
}

/// A running stage whose output depends on a summary of all rows. The host shows all rows to
/// `observe`, spread over as many instances as it likes, merges the summaries, gives the whole to
/// `settle` in each instance, and then passes the rows to `process`.
pub trait TwoPass: 'static {
    /// What is gathered of all rows.
    type Summary: Summary;

    /// Adds the rows of a batch to this instance's part of the summary.
    fn observe(&mut self, batch: &Batch, summary: &mut Self::Summary) -> Result<()>;

    /// Takes the summary of all rows. `instance` is this instance's number: what is to be emitted
    /// once is for instance 0.
    fn settle(&mut self, summary: Self::Summary, instance: usize) -> Result<()>;

    /// Takes a batch again, and emits it changed.
    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()>;

    /// After the last batch, as [`Stage::finish`].
    fn finish(&mut self, output: &mut Output) -> Result<Flow> {
        let _ = output;
        Ok(Flow::Done)
    }
}

/// Which rows must meet in one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Any.
    Any,
    /// All rows that agree on these columns, in their input order.
    Keyed(Vec<u32>),
    /// All rows, in their input order.
    Single,
}

/// A bound operation: its outputs, its promises to the host, and the stage that does the work.
pub struct Plan {
    pub(crate) outputs: Vec<Schema>,
    pub(crate) reads: Vec<u32>,
    /// Per output port.
    pub(crate) origins: Vec<Vec<Option<u32>>>,
    pub(crate) one_to_one: bool,
    pub(crate) distribution: Distribution,
    pub(crate) two_pass: bool,
    pub(crate) runner: Box<dyn Run>,
}

impl Plan {
    /// Every row by itself: the host may split, reorder and run batches in parallel.
    pub fn any(output: Schema, stage: impl Stage) -> Self {
        Self::new(output, Distribution::Any, Box::new(OnePass(stage)), false)
    }

    /// All rows that agree on these columns meet in one instance, in their input order.
    pub fn keyed(output: Schema, keys: &[usize], stage: impl Stage) -> Self {
        Self::new(output, Distribution::Keyed(narrow_all(keys)), Box::new(OnePass(stage)), false).reads(keys)
    }

    /// All rows go through one instance, in their input order.
    pub fn single(output: Schema, stage: impl Stage) -> Self {
        Self::new(output, Distribution::Single, Box::new(OnePass(stage)), false)
    }

    /// All rows are observed before the first is processed.
    pub fn two_pass<T: TwoPass>(output: Schema, stage: T) -> Self {
        let runner = Observed { stage, summary: T::Summary::default() };
        Self::new(output, Distribution::Any, Box::new(runner), true)
    }

    /// Says which columns are read; the rest stays where it is. Without it: none.
    #[must_use]
    pub fn reads(mut self, columns: &[usize]) -> Self {
        self.reads.extend(narrow_all(columns));
        self.reads.sort_unstable();
        self.reads.dedup();
        self
    }

    /// Promises that one row comes out for each row that goes in, in its place; that all columns of the
    /// input but these come out unchanged, if they come out; and that what else comes out is made of
    /// the columns that are read.
    #[must_use]
    pub fn changes_only(mut self, input: &Schema, columns: &[usize]) -> Self {
        self.one_to_one = true;
        self.selects_rows(input, columns)
    }

    /// As [`changes_only`](Self::changes_only), but for rows that may be left out.
    #[must_use]
    pub fn selects_rows(mut self, input: &Schema, columns: &[usize]) -> Self {
        let origin = |name: &str| input.position(name).filter(|index| !columns.contains(index)).map(narrow);
        self.origins[0] = self.outputs[0].fields().iter().map(|field| origin(&field.name)).collect();
        self
    }

    /// Promises that rows and columns come out as they went in, under other names.
    #[must_use]
    pub fn renames_only(mut self) -> Self {
        self.one_to_one = true;
        self.origins[0] = (0..self.outputs[0].len()).map(|index| Some(narrow(index))).collect();
        self
    }

    /// Adds an output port, whose rows are made of the columns that are read, in the order of [`Operation::OUTPUTS`](crate::Operation::OUTPUTS).
    #[must_use]
    pub fn port(mut self, schema: Schema) -> Self {
        // What goes to another port is made of what is read.
        self.origins.push(vec![None; schema.len()]);
        self.outputs.push(schema);
        self
    }

    /// The schema of the first output.
    pub fn output(&self) -> &Schema {
        &self.outputs[0]
    }

    fn new(output: Schema, distribution: Distribution, runner: Box<dyn Run>, two_pass: bool) -> Self {
        Self {
            outputs: vec![output],
            reads: Vec::new(),
            origins: vec![Vec::new()],
            one_to_one: false,
            distribution,
            two_pass,
            runner,
        }
    }
}

/// A stage of either kind, as the exports and the test harness drive it.
pub(crate) trait Run {
    fn observe(&mut self, batch: &Batch) -> Result<()>;
    fn partial(&mut self) -> Vec<u8>;
    fn settle(&mut self, partials: &[Vec<u8>], mine: usize) -> Result<()>;
    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()>;
    fn finish(&mut self, output: &mut Output) -> Result<Flow>;
}

struct OnePass<S>(S);

impl<S: Stage> Run for OnePass<S> {
    fn observe(&mut self, _: &Batch) -> Result<()> {
        Ok(())
    }

    fn partial(&mut self) -> Vec<u8> {
        Vec::new()
    }

    fn settle(&mut self, _: &[Vec<u8>], _: usize) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        self.0.process(batch, output)
    }

    fn finish(&mut self, output: &mut Output) -> Result<Flow> {
        self.0.finish(output)
    }
}

struct Observed<T: TwoPass> {
    stage: T,
    summary: T::Summary,
}

impl<T: TwoPass> Run for Observed<T> {
    fn observe(&mut self, batch: &Batch) -> Result<()> {
        self.stage.observe(batch, &mut self.summary)
    }

    fn partial(&mut self) -> Vec<u8> {
        let mut out = Encoder::default();
        std::mem::take(&mut self.summary).encode(&mut out);
        out.finish()
    }

    fn settle(&mut self, partials: &[Vec<u8>], mine: usize) -> Result<()> {
        let mut whole = T::Summary::default();
        for partial in partials {
            whole.merge(T::Summary::decode(&mut Decoder::new(partial))?);
        }
        self.stage.settle(whole, mine)
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        self.stage.process(batch, output)
    }

    fn finish(&mut self, output: &mut Output) -> Result<Flow> {
        self.stage.finish(output)
    }
}
