//! Cleaning operations: names, nulls, duplicates, types, dates, skewness.

mod cast_integers;
mod correct_dates;
mod date_format;
mod drop_columns;
mod drop_duplicates;
mod drop_nulls;
mod fill_nulls;
mod filter_length;
mod filter_range;
mod fix_skewness;
mod number_rows;
mod parse_currency;
mod replace_values;
mod round;
mod standardize_names;

etl_sdk::plugin! {
    name: "clean",
    summary: "Cleaning operations: names, nulls, duplicates, types, dates, skewness",
    operations: [
        cast_integers::CastIntegers,
        correct_dates::CorrectDates,
        drop_columns::DropColumns,
        drop_duplicates::DropDuplicates,
        drop_nulls::DropNulls,
        fill_nulls::FillNulls,
        filter_length::FilterLength,
        filter_range::FilterRange,
        fix_skewness::FixSkewness,
        number_rows::NumberRows,
        parse_currency::ParseCurrency,
        replace_values::ReplaceValues,
        round::Round,
        standardize_names::StandardizeNames,
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
            cast-integers: Rounds numbers half to even, and makes them 64-bit integers.
            correct-dates: Makes instants of dates written as text. What is null, not a date, or outside the years that are possible becomes the median of the others, in whole seconds.
            drop-columns: Drops columns.
            drop-duplicates: Keeps one row of those that agree on some columns; null equals null.
            drop-nulls: Drops the rows that have a null.
            fill-nulls: Replaces nulls: by a constant, by the mean, median or mode of the column, or by the value before.
            filter-length: Keeps the rows whose text has more, or fewer, characters than given. A null has no length.
            filter-range: Keeps the rows whose value lies between bounds. A null does not.
            fix-skewness: Replaces nulls by the column's median, and then every value by its root or logarithm.
            number-rows: Numbers the rows in input order, in a new column or in place of an old one.
            parse-currency: Makes numbers of text such as `$1,060 `. A row whose text is empty or null is dropped.
            replace-values: Replaces certain values of a text column.
            round: Rounds numbers, half to even.
            standardize-names: Trims column names, makes them lower case and joins their words by `_`.
            ");
    }

    #[test]
    fn a_configuration_has_a_schema() {
        assert_snapshot!(Plugin::operation("drop-duplicates").unwrap().config_schema(), @r##"{"type":"object","additionalProperties":false,"properties":{"columns":{"type":"array","items":{"type":"string"},"description":"Columns on which duplicates agree."},"keep":{"$ref":"#/$defs/Keep","description":"Which of them stays, in input order."}},"required":["columns"],"description":"Keeps one row of those that agree on some columns; null equals null.","title":"DropDuplicates","$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{"Keep":{"type":"string","enum":["first","last"]}}}"##);
    }

    #[test]
    fn an_operation_that_is_not_there() {
        assert_snapshot!(Plugin::operation("drop-column").err().unwrap(), @"plugin `clean` has no operation `drop-column`; did you mean `drop-columns`?");
    }
}
