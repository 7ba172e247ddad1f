//! Analytical operations: arithmetic, ranks, counts, text and groups.

mod aggregate;
mod arithmetic;
mod count_rows;
mod expression;
mod format_text;
mod group;
mod places;
mod rank;
mod template;

etl_sdk::plugin! {
    name: "process",
    summary: "Analytical operations: arithmetic, ranks, counts, text and groups",
    operations: [
        arithmetic::Arithmetic,
        count_rows::CountRows,
        format_text::FormatText,
        group::Group,
        rank::Rank,
    ],
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use etl_sdk::Plugin as _;
    use insta::assert_snapshot;

    use super::Plugin;

    #[test]
    fn every_operation_is_described() {
        let lines =
            Plugin::operations().into_iter().map(|entry| format!("{}: {}", entry.name, entry.summary()));
        assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
            arithmetic: Calculates a column from others with `+ - * /` and parentheses, row by row.
            count-rows: Counts the rows, in all or by group; the count is put on the span, and into a column if one is named.
            format-text: Makes columns of text from others by templates such as `{rank}/{total}`, and drops what is only needed there.
            group: Passes its rows on unchanged, and emits what is known of their groups on the port `groups`.
            rank: Ranks the rows by a column, in all or within groups.
            ");
    }

    #[test]
    fn a_second_output_has_a_name() {
        assert_eq!(Plugin::operation("group").unwrap().outputs, ["output", "groups"]);
    }

    #[test]
    fn an_operation_that_is_not_there() {
        assert_snapshot!(Plugin::operation("ranks").err().unwrap(), @"plugin `process` has no operation `ranks`; did you mean `rank`?");
    }
}
