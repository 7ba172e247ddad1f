//! Dates as text, by a pattern.

use etl_sdk::{Error, Result};

/// A pattern of `strptime`: what stands between the directives must be there as it is.
pub(crate) struct DateFormat(Vec<Part>);

enum Part {
    Literal(char),
    Year,
    ShortYear,
    Month,
    MonthName,
    Day,
    Hour,
    Minute,
    Second,
}

/// An instant of the proleptic Gregorian calendar, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Its year.
    pub(crate) year: i64,
    /// Seconds since 1970-01-01.
    pub(crate) seconds: i64,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl DateFormat {
    /// Reads a pattern that stands at this path of the configuration.
    pub(crate) fn new(path: &str, pattern: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                parts.push(Part::Literal(c));
                continue;
            }
            let directive = rest.next().map(String::from).unwrap_or_default();
            parts.push(match directive.as_str() {
                "Y" => Part::Year,
                "y" => Part::ShortYear,
                "m" => Part::Month,
                "b" | "B" => Part::MonthName,
                "d" => Part::Day,
                "H" => Part::Hour,
                "M" => Part::Minute,
                "S" => Part::Second,
                "%" => Part::Literal('%'),
                _ => {
                    let error = Error::config(path, format!("`%{directive}` is not a directive"));
                    return Err(error.hint("directives are %Y %y %m %b %B %d %H %M %S %%"));
                }
            });
        }
        let has = |such: fn(&Part) -> bool| parts.iter().any(such);
        let complete = has(|part| matches!(part, Part::Year | Part::ShortYear))
            && has(|part| matches!(part, Part::Month | Part::MonthName))
            && has(|part| matches!(part, Part::Day));
        if complete {
            Ok(Self(parts))
        } else {
            Err(Error::config(path, "a year, a month and a day are needed"))
        }
    }

    /// The instant that a text names; `None` if it does not follow the pattern, or there is no such day.
    pub(crate) fn parse(&self, text: &str) -> Option<Instant> {
        let mut rest = text;
        let (mut year, mut month, mut day, mut seconds) = (1970, 1, 1, 0);
        for part in &self.0 {
            match part {
                Part::Literal(c) => rest = rest.strip_prefix(*c)?,
                Part::Year => year = number(&mut rest, 4, 4, 1..=9999)?,
                Part::ShortYear => year = number(&mut rest, 2, 2, 0..=99).map(century)?,
                Part::Month => month = number(&mut rest, 1, 2, 1..=12)?,
                Part::MonthName => month = month_name(&mut rest)?,
                Part::Day => day = number(&mut rest, 1, 2, 1..=31)?,
                Part::Hour => seconds += 3600 * number(&mut rest, 1, 2, 0..=23)?,
                Part::Minute => seconds += 60 * number(&mut rest, 1, 2, 0..=59)?,
                Part::Second => seconds += number(&mut rest, 1, 2, 0..=59)?,
            }
        }
        if !rest.is_empty() || day > days_in_month(year, month) {
            return None;
        }
        Some(Instant { year, seconds: days_since_1970(year, month, day) * 86_400 + seconds })
    }
}

/// Digits at the start of the text, as many as are there within the limits.
fn number(rest: &mut &str, least: usize, most: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    let (digits, tail) = rest.split_at(digits);
    *rest = tail;
    digits.parse().ok().filter(|value| range.contains(value))
}

/// The English name of a month, whole or its first three letters.
fn month_name(rest: &mut &str) -> Option<i64> {
    let starts = |name: &str| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let (month, length) = (1..).zip(MONTHS).find_map(|(month, name)| {
        [name, &name[..3]].into_iter().find(|name| starts(name)).map(|name| (month, name.len()))
    })?;
    *rest = &rest[length..];
    Some(month)
}

/// As POSIX has it: 69 to 99 are of the 20th century.
fn century(year: i64) -> i64 {
    if year < 69 { 2000 + year } else { 1900 + year }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, by counting from a year that begins in March, so that a leap day is its last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::DateFormat;

    fn seconds(pattern: &str, text: &str) -> Option<i64> {
        DateFormat::new("format", pattern).unwrap().parse(text).map(|instant| instant.seconds)
    }

    #[test]
    fn follows_the_pattern_to_the_letter() {
        assert_eq!(seconds("%m/%d/%Y", "1/1/1970"), Some(0));
        assert_eq!(seconds("%m/%d/%Y", "10/19/2021"), Some(1_634_601_600));
        assert_eq!(seconds("%Y-%m-%d %H:%M:%S", "2000-02-29 23:59:59"), Some(951_868_799));
        assert_eq!(seconds("%d %b %y", "1 Jan 69"), Some(-31_536_000));
        assert_eq!(seconds("%d %B %Y", "31 december 1969"), Some(-86_400));
        for wrong in
            ["2/29/2021", "13/1/2021", "0/1/2021", "1/1/21", "1/1/2021 ", " 1/1/2021", "1-1-2021", ""]
        {
            assert_eq!(seconds("%m/%d/%Y", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn errors() {
        let error = |pattern| DateFormat::new("format", pattern).err().unwrap().to_string();
        insta::assert_snapshot!(error("%m/%d"), @"format: a year, a month and a day are needed");
        insta::assert_snapshot!(error("%m/%d/%Q"), @r"
            format: `%Q` is not a directive
            hint: directives are %Y %y %m %b %B %d %H %M %S %%
            ");
    }
}
