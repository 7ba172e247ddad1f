//! One listing, as a function of the seed and its position.

use std::borrow::Cow;

use fastrand::Rng;

use crate::places::PLACES;
use crate::text;

/// The names of the columns, in the order of the values of a [`Listing`].
pub const COLUMNS: [&str; 26] = [
    "id",
    "NAME",
    "host id",
    "host_identity_verified",
    "host name",
    "neighbourhood group",
    "neighbourhood",
    "lat",
    "long",
    "country",
    "country code",
    "instant_bookable",
    "cancellation_policy",
    "room type",
    "Construction year",
    "price",
    "service fee",
    "minimum nights",
    "number of reviews",
    "last review",
    "reviews per month",
    "review rate number",
    "calculated host listings count",
    "availability 365",
    "house_rules",
    "license",
];

pub(crate) type Listing = [Value; COLUMNS.len()];

#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    /// `units` / 10^`places`.
    Decimal {
        units: i64,
        places: u8,
    },
    Text(Cow<'static, str>),
}

/// The listing at position `index`: one in 190 repeats an earlier one, as in the real file.
pub(crate) fn at(seed: u64, index: u64) -> Listing {
    let mut rng = generator(!seed, index);
    let repeats = index > 0 && chance(&mut rng, 5_270);
    let original = if repeats { rng.u64(..index) } else { index };
    original_at(seed, original)
}

fn original_at(seed: u64, index: u64) -> Listing {
    let rng = &mut generator(seed, index);
    let place = &PLACES[skewed(rng, PLACES.len())];
    let room =
        pick(rng, &[(574, "Entire home/apt"), (400, "Private room"), (25, "Shared room"), (1, "Loft")]);
    let name = text::name(rng, place.name);
    let price = rng.i64(50..=1_200);
    let built = rng.i64(2003..=2022);
    let reviews = Reviews::draw(rng, built);

    let id = integer(1_001_254 + 552 * i64::try_from(index).unwrap_or_default());
    let host_id = integer(rng.i64(123_600_518..=98_763_129_024));
    let verified = text(if rng.bool() { "verified" } else { "unconfirmed" });
    let host_name = text(text::host_name(rng));
    let group = text(match rng.u32(..2_000) {
        0 => "brookln",
        1 => "manhatan",
        _ => place.group,
    });
    let (latitude, longitude) = (place.latitude + scatter(rng), place.longitude + scatter(rng));
    let bookable = text(if rng.bool() { "TRUE" } else { "FALSE" });
    let policy = text(pick(rng, &[(1, "flexible"), (1, "moderate"), (1, "strict")]));
    let nights = integer(minimum_nights(rng));
    let rating = integer(rng.i64(1..=5));
    let listings = integer(small_count(rng, 332, 5));
    let availability = integer(if chance(rng, 100) { rng.i64(-10..0) } else { rng.i64(0..=426) });

    // Chances of a null per million rows, after the real file.
    [
        id,
        or_null(rng, 2_600, text(name)),
        host_id,
        or_null(rng, 2_800, verified),
        or_null(rng, 4_000, host_name),
        or_null(rng, 280, group),
        or_null(rng, 160, text(place.name)),
        or_null(rng, 80, Value::Decimal { units: latitude, places: 5 }),
        or_null(rng, 80, Value::Decimal { units: longitude, places: 5 }),
        or_null(rng, 5_200, text("United States")),
        or_null(rng, 1_300, text("US")),
        or_null(rng, 1_000, bookable),
        or_null(rng, 740, policy),
        text(room),
        or_null(rng, 2_100, integer(built)),
        or_null(rng, 2_400, dollars(price)),
        or_null(rng, 2_700, dollars((price + 2) / 5)),
        or_null(rng, 4_000, nights),
        or_null(rng, 1_800, integer(reviews.count)),
        reviews.last,
        reviews.per_month,
        or_null(rng, 3_200, rating),
        or_null(rng, 3_100, listings),
        or_null(rng, 4_400, availability),
        text::house_rules(rng).map_or(Value::Null, text),
        Value::Null,
    ]
}

/// What hangs together: a listing without a review has neither a last one nor a rate.
struct Reviews {
    count: i64,
    last: Value,
    per_month: Value,
}

impl Reviews {
    fn draw(rng: &mut Rng, built: i64) -> Self {
        if chance(rng, 155_000) {
            return Reviews { count: 0, last: Value::Null, per_month: Value::Null };
        }
        let count = small_count(rng, 1_024, 5);
        let year = match rng.u32(..10_000) {
            0..2 => 2058,
            2..4 => 2025,
            4..150 => rng.i64(2003..=built),
            150..7_000 => rng.i64(2018..=2019),
            _ => rng.i64(2012..=2022),
        };
        let (month, day) = (rng.u32(1..=12), rng.u32(1..=28));
        let per_month = (count * rng.i64(20..=600) / 100).clamp(1, 1_600);
        Reviews {
            count,
            last: text(format!("{month}/{day}/{year}")),
            per_month: Value::Decimal { units: per_month, places: 2 },
        }
    }
}

fn minimum_nights(rng: &mut Rng) -> i64 {
    match rng.u32(..10_000) {
        0..5 => -rng.i64(1..=1_223),
        5..8 => 0,
        8..25 => 365,
        25..40 => rng.i64(366..=5_645),
        40..1_000 => 30,
        1_000..1_300 => rng.i64(31..365),
        _ => small_count(rng, 14, 2),
    }
}

/// 1 to `limit`; the more folds, the smaller: the mean is about `limit` / 2^`folds`.
fn small_count(rng: &mut Rng, limit: i64, folds: u32) -> i64 {
    1 + (0..folds).fold(limit, |below, _| rng.i64(0..below.max(1)))
}

/// A position below `length`, the first ones most often.
fn skewed(rng: &mut Rng, length: usize) -> usize {
    let (one, other) = (rng.usize(..length), rng.usize(..length));
    one.min(other)
}

/// About a kilometre around nought, in units of 1e-5 degrees.
fn scatter(rng: &mut Rng) -> i64 {
    rng.i64(-600..=600) + rng.i64(-600..=600)
}

fn pick(rng: &mut Rng, weighted: &[(u32, &'static str)]) -> &'static str {
    let total: u32 = weighted.iter().map(|(weight, _)| weight).sum();
    let mut rest = rng.u32(..total);
    for (weight, word) in weighted {
        if rest < *weight {
            return word;
        }
        rest -= weight;
    }
    ""
}

/// `$966 `, and `$1,060 ` from a thousand on.
fn dollars(amount: i64) -> Value {
    text(match amount {
        1_000.. => format!("${},{:03} ", amount / 1_000, amount % 1_000),
        _ => format!("${amount} "),
    })
}

fn or_null(rng: &mut Rng, per_million: u32, value: Value) -> Value {
    if chance(rng, per_million) { Value::Null } else { value }
}

pub(crate) fn chance(rng: &mut Rng, per_million: u32) -> bool {
    rng.u32(..1_000_000) < per_million
}

fn integer(value: i64) -> Value {
    Value::Integer(value)
}

fn text(value: impl Into<Cow<'static, str>>) -> Value {
    Value::Text(value.into())
}

/// A generator of its own for each listing, so that any of them can be made without those before it.
/// The mixing is `SplitMix64`'s: positions next to each other must not give related streams.
fn generator(seed: u64, index: u64) -> Rng {
    let mut state = seed.rotate_left(32) ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    Rng::with_seed(state ^ (state >> 31))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use std::mem::discriminant;

    use super::*;

    #[test]
    fn one_listing_in_190_repeats_an_earlier_one() {
        let repeated = (1..10_000).filter(|&index| at(7, index) != original_at(7, index)).count();
        assert!((30..80).contains(&repeated), "{repeated}");
    }

    #[test]
    fn a_column_has_one_type() {
        let mut types = [None; COLUMNS.len()];
        for index in 0..20_000 {
            for (value, known) in at(7, index).iter().zip(&mut types) {
                if *value != Value::Null {
                    let found = discriminant(value);
                    assert_eq!(*known.get_or_insert(found), found, "row {index}: {value:?}");
                }
            }
        }
        let never_set: Vec<_> = COLUMNS.iter().zip(types).filter(|(_, known)| known.is_none()).collect();
        assert_eq!(never_set, [(&"license", None)]);
    }

    #[test]
    fn the_quirks_are_there() {
        let mut text = Vec::new();
        crate::write(crate::Format::Csv, 30_000, 7, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        for quirk in
            [",\"$1,060 \",", ",brookln,", ",manhatan,", "/2058,", ",-", ":\n", "\"\"", "é", ",Loft,", ",,,,"]
        {
            assert!(text.contains(quirk), "{quirk:?}");
        }
        let mean_bytes = text.len() / 30_000;
        assert!((380..=430).contains(&mean_bytes), "{mean_bytes} bytes a row");
    }

    #[test]
    fn prices_have_a_separator_from_a_thousand_on() {
        assert_eq!(dollars(999), text("$999 "));
        assert_eq!(dollars(1_000), text("$1,000 "));
        assert_eq!(dollars(1_060), text("$1,060 "));
    }
}
