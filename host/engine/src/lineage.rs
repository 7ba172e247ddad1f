//! Where columns come from: what follows from the promises of bound stages.

use etl_plugin::{Binding, Distribution};

/// What a bound stage promises of its first output.
#[derive(Clone, Debug)]
pub(crate) struct Lineage {
    /// Per column of the output, the column of the input that it is, unchanged; `None` for one that is
    /// made of what the stage reads. Nothing at all where the stage promises nothing.
    pub(crate) origins: Option<Vec<Option<usize>>>,
    /// One row comes out for each that goes in, in its place.
    pub(crate) one_to_one: bool,
    /// The columns of the input that the stage reads.
    pub(crate) reads: Vec<usize>,
}

impl Lineage {
    pub(crate) fn of(binding: &Binding) -> Self {
        let mut reads = binding.reads.first().cloned().unwrap_or_default();
        // The host reads the columns by which it spreads or sorts rows.
        if let Distribution::Keyed(keys) = &binding.distribution {
            reads.extend(keys);
        }
        reads.extend(binding.order.iter().map(|key| key.column));
        reads.sort_unstable();
        reads.dedup();
        // What goes to another port may be any column, unless that port promises, too.
        let promises = binding.origins.iter().all(Option::is_some);
        let origins = binding.origins.first().cloned().flatten().filter(|_| promises);
        let ports = binding.origins.iter().skip(1).flatten().flatten().flatten();
        reads.extend(ports.copied().filter(|column| !reads.contains(column)).collect::<Vec<_>>());
        Self { origins, one_to_one: binding.one_to_one, reads }
    }
}

/// Per point of a job (before its first stage, after it, and so on), which columns matter: those that a
/// later stage reads or that reach the sink, and those that are `checked` there. `columns` is the number of columns at
/// each point.
pub(crate) fn needed(stages: &[&Lineage], columns: &[usize], checked: &[Vec<usize>]) -> Vec<Vec<bool>> {
    let mut points = vec![vec![true; columns[stages.len()]]];
    for (index, stage) in stages.iter().enumerate().rev() {
        let after = &points[points.len() - 1];
        let mut before = vec![stage.origins.is_none(); columns[index]];
        for column in &stage.reads {
            before[*column] = true;
        }
        for origin in stage
            .origins
            .iter()
            .flatten()
            .zip(after)
            .filter_map(|(origin, needed)| origin.filter(|_| *needed))
        {
            before[origin] = true;
        }
        for column in checked.get(index).into_iter().flatten() {
            before[*column] = true;
        }
        points.push(before);
    }
    points.reverse();
    points
}

/// Which two-pass stages can observe the rows that go into stage `start`, the first of them: for each its
/// index and, per column that it reads, where that column stands before `start`.
///
/// Such a stage sees in its second pass one row for each of these, with the same values in the columns that
/// it reads, because all stages in between promise that.
pub(crate) fn observers(stages: &[(&Lineage, bool)], start: usize) -> Vec<(usize, Vec<(usize, usize)>)> {
    let mut found = Vec::new();
    // Per column of the current stage's input, where it stands before `start`; nothing yet: there it is.
    let mut base: Option<Vec<Option<usize>>> = None;
    for (index, (stage, two_pass)) in stages.iter().enumerate().skip(start) {
        let place = |column: usize| base.as_ref().map_or(Some(column), |base| base[column]);
        if *two_pass {
            let reads = stage.reads.iter().map(|column| Some((*column, place(*column)?)));
            match reads.collect::<Option<Vec<_>>>() {
                Some(reads) => found.push((index, reads)),
                None => break,
            }
        }
        let Some(origins) = stage.origins.as_ref().filter(|_| stage.one_to_one) else { break };
        base = Some(origins.iter().map(|origin| origin.and_then(place)).collect());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(reads: &[usize], origins: &[Option<usize>]) -> Lineage {
        Lineage { origins: Some(origins.to_vec()), one_to_one: true, reads: reads.to_vec() }
    }

    #[test]
    fn what_is_dropped_unread_does_not_matter() {
        // a, b, c, d: the first reads b and makes e of it; the second drops c and d, but reads d.
        let make = stage(&[1], &[Some(0), Some(1), Some(2), Some(3), None]);
        let drop = stage(&[3], &[Some(0), Some(4)]);
        let points = needed(&[&make, &drop], &[4, 5, 2], &[]);
        assert_eq!(points[0], [true, true, false, true]);
        assert_eq!(points[1], [true, false, false, true, true]);
        assert_eq!(points[2], [true, true]);
        let points = needed(&[&make, &drop], &[4, 5, 2], &[vec![2], vec![], vec![]]);
        assert_eq!(points[0], [true, true, true, true]);
    }

    #[test]
    fn without_a_promise_all_matters() {
        let silent = Lineage { origins: None, one_to_one: false, reads: vec![] };
        assert_eq!(needed(&[&silent], &[2, 1], &[])[0], [true, true]);
    }

    #[test]
    fn two_pass_stages_that_do_not_read_each_other_observe_together() {
        // The first makes column 2, the second reads column 1 and the third column 2.
        let rank = stage(&[0], &[Some(0), Some(1), None]);
        let other = stage(&[1], &[Some(0), Some(1), Some(2), None]);
        let reader = stage(&[2], &[Some(0), Some(1), Some(2), Some(3)]);
        let stages = [(&rank, true), (&other, true), (&reader, true)];
        assert_eq!(observers(&stages, 0), [(0, vec![(0, 0)]), (1, vec![(1, 1)])]);
        assert_eq!(observers(&stages, 2), [(2, vec![(2, 2)])]);
    }

    #[test]
    fn a_column_is_followed_through_stages_that_move_it() {
        let swap = stage(&[], &[Some(1), Some(0)]);
        let median = stage(&[0], &[None, Some(1)]);
        let stages = [(&median, true), (&swap, false), (&median, true)];
        // After the swap column 0 is what was column 1, which the first stage left alone.
        assert_eq!(observers(&stages, 0), [(0, vec![(0, 0)]), (2, vec![(0, 1)])]);
    }
}
