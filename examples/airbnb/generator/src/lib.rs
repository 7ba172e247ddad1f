//! Airbnb-shaped listings of any size, as CSV or NDJSON.
//!
//! The table has the 26 columns of the Airbnb Open Data set and its quirks: repeated rows, prices such as
//! `"$1,060 "`, misspelt boroughs, negative nights, reviews in 2058, quotes and line ends inside values, and
//! nulls about as often as there. All of the text is made up.
//!
//! The same number of rows and the same seed give the same bytes, and a shorter table is the beginning of a
//! longer one.
//!
//! ```
//! let mut csv = Vec::new();
//! airbnb_generator::write(airbnb_generator::Format::Csv, 100, 1, &mut csv)?;
//! assert!(csv.starts_with(b"id,NAME,host id,"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod format;
mod listing;
mod places;
mod text;

use std::io;

/// The header: the names of the columns, in their order.
pub use listing::COLUMNS;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated with a header, rows ending in CR LF, quoted where the value needs it; null is empty.
    Csv,
    /// One JSON object per line with every column as a key; null is `null`.
    Ndjson,
}

/// Writes `rows` listings to `out`.
///
/// Memory use does not depend on `rows`. Fails only where `out` does.
pub fn write(format: Format, rows: u64, seed: u64, mut out: impl io::Write) -> io::Result<()> {
    const FLUSH_BYTES: usize = 256 * 1024;
    let mut buffer = Vec::with_capacity(FLUSH_BYTES + 8 * 1024);
    if format == Format::Csv {
        format::csv_header(&mut buffer);
    }
    for index in 0..rows {
        let listing = listing::at(seed, index);
        match format {
            Format::Csv => format::csv_row(&listing, &mut buffer),
            Format::Ndjson => format::ndjson_row(&listing, &mut buffer),
        }
        if buffer.len() >= FLUSH_BYTES {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)?;
    out.flush()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Format, write};

    fn table(format: Format, rows: u64, seed: u64) -> String {
        let mut bytes = Vec::new();
        write(format, rows, seed, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn rows_and_seed_fix_the_bytes() {
        insta::assert_snapshot!(table(Format::Csv, 4, 1), @r#"
        id,NAME,host id,host_identity_verified,host name,neighbourhood group,neighbourhood,lat,long,country,country code,instant_bookable,cancellation_policy,room type,Construction year,price,service fee,minimum nights,number of reviews,last review,reviews per month,review rate number,calculated host listings count,availability 365,house_rules,license
        1001254,Warm brownstone floor in Cobble Hill,3594747891,verified,Carmen,Brooklyn,Cobble Hill,40.68956,-73.99474,United States,US,FALSE,moderate,Entire home/apt,2007,$340 ,$68 ,1,2,6/18/2022,0.1,5,1,8,Extra guests are $25 each per night. A crib & a high chair can be had. Lost keys cost $75. We don’t mind children – we have three. We don’t mind children – we have three.,
        1001806,Windsor Terrace: luxury hideaway,6236155094,unconfirmed,Lars,Brooklyn,Windsor Terrace,40.65311,-73.96686,United States,US,TRUE,flexible,Private room,2011,$326 ,$65 ,6,5,5/13/2019,0.13,5,16,10,"Out of respect for others, don't smoke unless we have agreed on it. We kindly ask you not to bring pets in the shared kitchen. Our lease forbids us to go on the roof in the living room. Nobody may wear shoes under any circumstances. Out of respect for others, don't cook strongly smelling food on the fire escape. Quiet hours are from 10pm to 7am. There is a cat. She is friendly, mostly. Our lease forbids us to hang laundry out under any circumstances.",
        1002358,Cosy basement suite in West Village,6546130212,verified,Kai,Manhattan,West Village,40.72922,-73.99851,United States,US,FALSE,moderate,Private room,2014,$938 ,$188 ,8,3,7/13/2019,0.13,1,1,32,,
        1002910,Financial District: bright penthouse,60617781994,verified,Inés & Fran,Manhattan,Financial District,40.70436,-74.00239,United States,US,TRUE,flexible,Private room,2006,"$1,091 ",$218 ,6,1,9/25/2018,0.03,5,4,379,Our lease forbids us to print photographs on weekdays. Enjoy the city! Guests may not leave candles unattended without asking first. Treat the place as if it were your own. Do not lock the bathroom from both sides when it rains. It is not allowed to move the furniture under any circumstances. We live upstairs and are glad to help.,
        "#);
        insta::assert_snapshot!(table(Format::Ndjson, 2, 1), @r#"
        {"id":1001254,"NAME":"Warm brownstone floor in Cobble Hill","host id":3594747891,"host_identity_verified":"verified","host name":"Carmen","neighbourhood group":"Brooklyn","neighbourhood":"Cobble Hill","lat":40.68956,"long":-73.99474,"country":"United States","country code":"US","instant_bookable":"FALSE","cancellation_policy":"moderate","room type":"Entire home/apt","Construction year":2007,"price":"$340 ","service fee":"$68 ","minimum nights":1,"number of reviews":2,"last review":"6/18/2022","reviews per month":0.1,"review rate number":5,"calculated host listings count":1,"availability 365":8,"house_rules":"Extra guests are $25 each per night. A crib & a high chair can be had. Lost keys cost $75. We don’t mind children – we have three. We don’t mind children – we have three.","license":null}
        {"id":1001806,"NAME":"Windsor Terrace: luxury hideaway","host id":6236155094,"host_identity_verified":"unconfirmed","host name":"Lars","neighbourhood group":"Brooklyn","neighbourhood":"Windsor Terrace","lat":40.65311,"long":-73.96686,"country":"United States","country code":"US","instant_bookable":"TRUE","cancellation_policy":"flexible","room type":"Private room","Construction year":2011,"price":"$326 ","service fee":"$65 ","minimum nights":6,"number of reviews":5,"last review":"5/13/2019","reviews per month":0.13,"review rate number":5,"calculated host listings count":16,"availability 365":10,"house_rules":"Out of respect for others, don't smoke unless we have agreed on it. We kindly ask you not to bring pets in the shared kitchen. Our lease forbids us to go on the roof in the living room. Nobody may wear shoes under any circumstances. Out of respect for others, don't cook strongly smelling food on the fire escape. Quiet hours are from 10pm to 7am. There is a cat. She is friendly, mostly. Our lease forbids us to hang laundry out under any circumstances.","license":null}
        "#);
    }

    #[test]
    fn another_seed_is_another_table() {
        assert_ne!(table(Format::Csv, 10, 1), table(Format::Csv, 10, 2));
    }

    #[test]
    fn a_shorter_table_is_the_beginning_of_a_longer_one() {
        for format in [Format::Csv, Format::Ndjson] {
            assert!(table(format, 3_000, 1).starts_with(&table(format, 1_000, 1)));
        }
    }
}
