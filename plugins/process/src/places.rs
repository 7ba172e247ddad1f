//! Where values stand among the others of their group.

/// Where a value stands in its group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Rows with values that come before.
    pub(crate) before: u64,
    /// Different values that come before.
    pub(crate) values_before: u64,
    /// Rows with this value.
    pub(crate) count: u64,
    /// Rows of the group.
    pub(crate) rows: u64,
}

/// The place of each value. `values` are keys in ascending order, each with the number of its rows; a key
/// begins with that of its group, which ends where `group_end` says.
pub(crate) fn places(
    values: &[(&[u8], u64)],
    group_end: impl Fn(&[u8]) -> usize,
    descending: bool,
) -> Vec<Place> {
    let group = |key: &[u8]| group_end(key);
    let groups = values.chunk_by(|(a, _), (b, _)| a[..group(a)] == b[..group(b)]);
    groups.flat_map(|group| of_group(group.iter().map(|(_, count)| *count), descending)).collect()
}

/// The place of each value of one group. `counts` are the numbers of their rows, in ascending order of the values.
pub(crate) fn of_group(
    counts: impl DoubleEndedIterator<Item = u64> + ExactSizeIterator + Clone,
    descending: bool,
) -> Vec<Place> {
    let rows = counts.clone().sum();
    let mut before = 0;
    let mut place = |(values_before, count): (usize, u64)| {
        let place = Place { before, values_before: values_before as u64, count, rows };
        before += count;
        place
    };
    if descending {
        let mut places = counts.rev().enumerate().map(&mut place).collect::<Vec<_>>();
        places.reverse();
        places
    } else {
        counts.enumerate().map(&mut place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_group_in_either_order() {
        let values = [("a1", 2), ("a2", 1), ("a3", 1), ("b1", 5)].map(|(key, count)| (key.as_bytes(), count));
        let shown = |descending| {
            let places = places(&values, |_| 1, descending);
            places.iter().map(|p| [p.before, p.values_before, p.count, p.rows]).collect::<Vec<_>>()
        };
        assert_eq!(shown(false), [[0, 0, 2, 4], [2, 1, 1, 4], [3, 2, 1, 4], [0, 0, 5, 5]]);
        assert_eq!(shown(true), [[2, 2, 2, 4], [1, 1, 1, 4], [0, 0, 1, 4], [0, 0, 5, 5]]);
    }
}
