//! How many rows may be rejected: of a job altogether, and at each place where rows are.

use std::sync::Arc;

use etl_pipeline::{Contract, Job, Located, MaxRejects};

use super::{By, Reason};
use crate::contract::Whose;

/// The most rows that may be rejected.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// By what of which stage, or of the source; `None`: by any.
    place: Option<(Option<Arc<str>>, By)>,
    pub(super) most: Located<MaxRejects>,
}

/// All that a job has, those of single places first.
pub(super) fn bounds(job: &Job) -> Vec<Bound> {
    let of = |contract: &Option<Contract>| contract.as_ref().and_then(|contract| contract.max_rejects);
    let mut places = vec![
        (Some((None, By::Source)), job.source.max_rejects()),
        (Some((None, By::Contract)), of(&job.contract)),
    ];
    for stage in &job.stages {
        let name = Some(Arc::from(stage.name.as_str()));
        places.push((Some((name.clone(), By::Plugin)), stage.tolerance.max_rejects));
        places.push((Some((name, By::Contract)), of(&stage.contract)));
    }
    places.push((None, job.rejects.as_ref().and_then(|rejects| rejects.most)));
    places.into_iter().filter_map(|(place, most)| Some(Bound { place, most: most? })).collect()
}

impl Bound {
    /// Whether rows that were rejected for this reason count.
    pub(super) fn counts(&self, (stage, by, _): &Reason) -> bool {
        self.place.as_ref().is_none_or(|place| (&place.0, place.1) == (stage, *by))
    }

    /// The stage whose rows these are, and what of it may reject them; `None`: all rows that a source has.
    pub(super) fn whose(&self) -> Option<(Option<&str>, By)> {
        self.place.as_ref().map(|(stage, by)| (stage.as_deref(), *by))
    }

    /// `3 rows rejected, and `max-rejects` is 2`, with whose they are.
    pub(super) fn broken(&self, rows: u64) -> String {
        let noun = if rows == 1 { "row" } else { "rows" };
        let most = self.most.value;
        match &self.place {
            Some((stage, by)) => {
                let by = rejecter(stage.as_ref(), *by);
                format!("{rows} {noun} rejected by {by}, whose `max-rejects` is {most}")
            }
            None => format!("{rows} {noun} rejected, and `max-rejects` is {most}"),
        }
    }
}

/// Who rejects.
pub(super) fn rejecter(stage: Option<&Arc<str>>, by: By) -> String {
    let whose = stage.cloned().map_or(Whose::Source, Whose::Stage);
    if by == By::Contract { format!("the contract of {whose}") } else { whose.to_string() }
}
