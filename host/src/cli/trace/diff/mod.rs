//! Two runs beside each other.

mod side;

use std::collections::BTreeMap;

use anstyle::Style;
use serde::Serialize;

use self::side::{Side, differences, shown};
use super::run::{Job, Stage, State};
use super::story::Story;
use super::text::name;
use crate::cli::format::milliseconds;
use crate::cli::plan::Changes;
use crate::cli::table::Table;
use crate::cli::text::{BAD, CHANGED, FAINT, GOOD, STRONG, plain, styled, wrap_at};

/// Columns of the terminal, and of a stage's name in it.
const WIDTH: usize = 80;
const NAMES: usize = 32;

/// What differs between two runs.
#[derive(Debug, Serialize)]
pub(super) struct Diff {
    runs: [RunSide; 2],
    /// Plugins of which the runs had different versions.
    plugins: Vec<PluginDiff>,
    jobs: Vec<JobDiff>,
}

/// A plugin in both runs, by the first digits of its digests.
#[derive(Debug, Serialize)]
struct PluginDiff {
    name: String,
    versions: [String; 2],
}

#[derive(Debug, Serialize)]
struct RunSide {
    run_id: String,
    pipeline: String,
    status: &'static str,
    #[serde(skip)]
    state: State,
    duration_ms: f64,
}

/// A job in both runs; a run that has no such job, or in which it did not begin, has no side.
#[derive(Debug, Serialize)]
struct JobDiff {
    name: String,
    sides: [Option<Side>; 2],
    stages: Vec<StageDiff>,
}

/// A stage in both runs.
#[derive(Debug, Serialize)]
struct StageDiff {
    name: String,
    sides: [Option<Side>; 2],
    /// Another plugin, or another operation: both, as `plugin/operation`.
    run: Option<[String; 2]>,
    columns_new: Vec<String>,
    columns_other: Vec<String>,
    columns_gone: Vec<String>,
}

impl Diff {
    /// From one run to the other.
    pub(super) fn between(one: &Story, other: &Story) -> Self {
        let jobs = pairs(&one.run.jobs, &other.run.jobs, |job: &Job| &job.name);
        let jobs = jobs.into_iter().map(|sides| JobDiff::between(one, other, sides)).collect();
        Self { runs: [one, other].map(RunSide::of), plugins: plugins(one, other), jobs }
    }

    pub(super) fn text(&self) -> String {
        let mut table = Table::with_text_in(&[1, 2, 3]);
        for (letter, run) in ["A", "B"].iter().zip(&self.runs) {
            let style = if run.state == State::Succeeded { Style::new() } else { BAD };
            let time = milliseconds(run.duration_ms);
            table.row(style, [letter, run.run_id.as_str(), &run.pipeline, run.status, &time]);
        }
        let mut lines = vec![table.render()];
        for PluginDiff { name, versions: [one, other] } in &self.plugins {
            let name = styled(STRONG, &format!("plugin {}", plain(name)));
            lines.push(format!("\n{name}  {}\n", styled(CHANGED, &format!("{one} → {other}"))));
        }
        lines.extend(self.jobs.iter().map(JobDiff::text));
        lines.concat()
    }
}

impl RunSide {
    fn of(story: &Story) -> Self {
        let run = &story.run;
        Self {
            run_id: run.id.clone(),
            pipeline: run.pipeline.clone(),
            status: name(run.status),
            state: run.status,
            duration_ms: run.duration_ms,
        }
    }
}

impl JobDiff {
    fn between(one: &Story, other: &Story, sides: [Option<&Job>; 2]) -> Self {
        let stages = sides.map(|job| job.map_or(&[][..], |job| &job.stages[..]));
        let name = sides.iter().flatten().next().map(|job| job.name.clone()).unwrap_or_default();
        let stages = pairs(stages[0], stages[1], |stage: &Stage| &stage.name);
        let stages = stages.into_iter().map(|sides| StageDiff::between(one, other, &name, sides)).collect();
        let began = |job: Option<&Job>| job.filter(|job| job.status != State::Skipped).map(Side::of_job);
        Self { name, sides: sides.map(began), stages }
    }

    fn text(&self) -> String {
        let [rows, time] = shown(&self.sides);
        let head = [format!("job {}", self.name), "rows out".to_owned(), "time, of stages summed".to_owned()];
        let mut lines = vec![String::from("\n"), line(STRONG, " ", &head[0], &head[1], &head[2])];
        lines.push(line(Style::new(), sign(&self.sides), "all of it", &rows, &time));
        lines.extend(self.stages.iter().map(StageDiff::text));
        lines.concat()
    }
}

impl StageDiff {
    fn between(one: &Story, other: &Story, job: &str, sides: [Option<&Stage>; 2]) -> Self {
        let name = sides.iter().flatten().next().map(|stage| stage.name.clone()).unwrap_or_default();
        let after = |story: &Story| story.plan.as_ref().and_then(|plan| plan.after(job, &name));
        let changes = match (sides, after(one), after(other)) {
            ([Some(_), Some(_)], Some(before), Some(after)) => Changes::between(&before, &after),
            _ => Changes::default(),
        };
        let run = |stage: &Stage| format!("{}/{}", stage.plugin, stage.operation);
        let run = match sides {
            [Some(one), Some(other)] if run(one) != run(other) => Some([run(one), run(other)]),
            _ => None,
        };
        Self {
            name,
            sides: sides.map(|stage| stage.map(Side::of_stage)),
            run,
            columns_new: changes.new,
            columns_other: changes.other,
            columns_gone: changes.gone,
        }
    }

    fn text(&self) -> String {
        let [rows, time] = shown(&self.sides);
        let (sign, style) = match &self.sides {
            [None, _] => ("+", GOOD),
            [_, None] => ("-", BAD),
            [Some(one), Some(other)] if one.rows_out != other.rows_out => ("~", CHANGED),
            _ => (sign(&self.sides), Style::new()),
        };
        let mut lines = vec![line(style, sign, &self.name, &rows, &time)];
        if let Some([one, other]) = &self.run {
            lines.push(aside(FAINT, &format!("{one} → {other}")));
        }
        if let [Some(one), Some(other)] = &self.sides
            && let (Some(one), Some(other)) = (&one.stage, &other.stage)
        {
            lines.extend(differences(one, other).iter().map(|told| aside(FAINT, told)));
        }
        let changes = [
            (GOOD, "+", &self.columns_new),
            (CHANGED, "~", &self.columns_other),
            (BAD, "-", &self.columns_gone),
        ];
        for (style, sign, columns) in changes.into_iter().filter(|(_, _, columns)| !columns.is_empty()) {
            lines.push(aside(style, &format!("{sign} {}", columns.join(", "))));
        }
        lines.concat()
    }
}

/// Plugins of which the runs had different versions.
fn plugins(one: &Story, other: &Story) -> Vec<PluginDiff> {
    let [before, after] = [one, other].map(|story| {
        let stages = story.run.jobs.iter().flat_map(|job| &job.stages);
        stages.map(|stage| (stage.plugin.clone(), stage.version().to_owned())).collect::<BTreeMap<_, _>>()
    });
    let differs = |(name, new): (&String, &String)| {
        let old = before.get(name).filter(|old| *old != new)?;
        Some(PluginDiff { name: name.clone(), versions: [old.clone(), new.clone()] })
    };
    after.iter().filter_map(differs).collect()
}

/// What has the same name, in the order of the second list; what only the first has stands where it stood.
fn pairs<'a, T>(one: &'a [T], other: &'a [T], name: impl Fn(&'a T) -> &'a str) -> Vec<[Option<&'a T>; 2]> {
    let find = |list: &'a [T], wanted: &str| list.iter().find(|item| name(item) == wanted);
    let mut pairs = other.iter().map(|item| [find(one, name(item)), Some(item)]).collect::<Vec<_>>();
    for (index, item) in one.iter().enumerate().filter(|(_, item)| find(other, name(item)).is_none()) {
        let before = index.checked_sub(1).map(|before| name(&one[before]));
        let place = pairs.iter().position(|[old, _]| old.map(&name) == before && before.is_some());
        pairs.insert(place.map_or(0, |place| place + 1), [Some(item), None]);
    }
    pairs
}

fn sign(sides: &[Option<Side>; 2]) -> &'static str {
    match sides {
        [None, Some(_)] => "+",
        [Some(_), None] => "-",
        _ => " ",
    }
}

fn line(style: Style, sign: &str, name: &str, rows: &str, time: &str) -> String {
    let mut name = plain(name);
    if name.chars().count() > NAMES {
        name = name.chars().take(NAMES - 1).chain(['…']).collect();
    }
    styled(style, format!("{sign} {name:NAMES$}  {rows:>17}  {time}").trim_end()) + "\n"
}

fn aside(style: Style, text: &str) -> String {
    format!("      {}\n", styled(style, &wrap_at(WIDTH, plain(text).split(' '), 8).replace('\u{a0}', " ")))
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn what_is_gone_stands_where_it_stood() {
        let (one, other) = (["a", "x", "b", "y"], ["a", "n", "b"]);
        let pairs = pairs(&one, &other, |name| name);
        let shown =
            pairs.iter().map(|[one, other]| format!("{}{}", one.unwrap_or(&"+"), other.unwrap_or(&"-")));
        assert_eq!(shown.collect::<Vec<_>>(), ["aa", "x-", "+n", "bb", "y-"]);
    }
}
