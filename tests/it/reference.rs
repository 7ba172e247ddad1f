//! The example job against what its steps must give, computed here row by row from the input.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::path::Path;

use airbnb_generator::Format;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::Place;

#[expect(clippy::cast_possible_wrap, reason = "some thousand rows")]
#[test]
fn the_example_gives_what_its_steps_say() {
    let place = Place::new();
    let input = place.listings("in.ndjson", Format::Ndjson, 3_000);
    place.example("pipeline-ndjson.toml", &input, "out", &[]);

    let expected = kept(&std::fs::read_to_string(&input).unwrap());
    let clean = read(&place.path("out/clean"));
    assert_eq!((clean.num_columns(), clean.num_rows()), (22, expected.len()));
    let (price, fee, nights) =
        (numbers(&clean, "price"), numbers(&clean, "service_fee"), numbers(&clean, "minimum_nights"));
    let neighbourhood = clean.column_by_name("neighbourhood").unwrap().as_string::<i32>();
    for (row, listing) in expected.iter().enumerate() {
        assert_eq!(neighbourhood.value(row), listing.neighbourhood);
        assert_eq!(
            (price[row], fee[row], nights[row]),
            (listing.price, listing.fee, listing.nights),
            "row {row}"
        );
    }
    assert_eq!(numbers(&clean, "id"), (1..=clean.num_rows() as i64).collect::<Vec<_>>());

    let processed = read(&place.path("out/processed"));
    assert_eq!((processed.num_columns(), processed.num_rows()), (29, expected.len()));
    let cost = expected.iter().map(|listing| listing.price + listing.fee).collect::<Vec<_>>();
    assert_eq!(numbers(&processed, "cost_per_night"), cost);
    let spend = expected.iter().zip(&cost).map(|(listing, cost)| cost * listing.nights).collect::<Vec<_>>();
    assert_eq!(numbers(&processed, "minimum_total_spend"), spend);
    assert_eq!(numbers(&processed, "exp_rank_overall"), ranks(&cost, |_| ""));
    let by = |row: usize| expected[row].neighbourhood.as_str();
    assert_eq!(numbers(&processed, "exp_rank_per_neighbourhood"), ranks(&cost, by));
    let reviews = numbers(&processed, "number_of_reviews");
    let review_ranks = ranks(&reviews, |_| "");
    assert_eq!(numbers(&processed, "rank_overall_reviews"), review_ranks);
    let text = processed.column_by_name("prop_rank_review").unwrap().as_string::<i32>();
    for (row, rank) in review_ranks.iter().enumerate() {
        assert_eq!(text.value(row), format!("{rank}/{}", expected.len()));
    }

    let groups = read(&place.path("out/neighbourhoods"));
    let mut counts = BTreeMap::new();
    for (listing, cost) in expected.iter().zip(&cost) {
        let (count, sum) =
            counts.entry((listing.group.clone(), listing.neighbourhood.clone())).or_insert((0, 0));
        (*count, *sum) = (*count + 1, *sum + cost);
    }
    assert_eq!(groups.num_rows(), counts.len());
    assert_eq!(
        numbers(&groups, "cost_per_night_count"),
        counts.values().map(|(count, _)| *count).collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(&groups, "cost_per_night_sum"),
        counts.values().map(|(_, sum)| *sum).collect::<Vec<_>>()
    );
}

struct Listing {
    group: String,
    neighbourhood: String,
    price: i64,
    fee: i64,
    nights: i64,
}

#[expect(clippy::cast_possible_truncation, reason = "prices and nights")]
/// The rows that `clean` keeps, by the steps of the job in their order.
fn kept(ndjson: &str) -> Vec<Listing> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for line in ndjson.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
        let number = |name: &str| row[name].as_f64();
        let key = ["host name", "lat", "long", "price"]
            .map(|name| row.get(name).cloned().unwrap_or_default().to_string());
        if !seen.insert(key) {
            continue;
        }
        let money = |name: &str| text(name)?.replace(['$', ','], "").trim().parse::<f64>().ok();
        let nights = number("minimum nights").filter(|nights| *nights > 0.0 && *nights < 365.0);
        let (Some(nights), Some(price), Some(fee)) = (nights, money("price"), money("service fee")) else {
            continue;
        };
        let others = ["id", "lat", "long", "Construction year", "review rate number"]
            .iter()
            .all(|name| number(name).is_some());
        let (Some(group), Some(neighbourhood), Some(room), true) =
            (text("neighbourhood group"), text("neighbourhood"), text("room type"), others)
        else {
            continue;
        };
        if room.chars().count() <= 4 {
            continue;
        }
        let group = if group == "brookln" { "Brooklyn".to_owned() } else { group };
        let whole = |value: f64| value.round_ties_even() as i64;
        kept.push(Listing {
            group,
            neighbourhood,
            price: whole(price),
            fee: whole(fee),
            nights: whole(nights),
        });
    }
    kept
}

#[expect(clippy::cast_possible_wrap, reason = "some thousand rows")]
/// Dense ranks, the greatest first, within groups.
fn ranks<'a>(values: &[i64], group: impl Fn(usize) -> &'a str) -> Vec<i64> {
    let mut distinct = BTreeMap::<&str, BTreeSet<i64>>::new();
    for (row, value) in values.iter().enumerate() {
        distinct.entry(group(row)).or_default().insert(*value);
    }
    let rank = |row: usize, value: i64| distinct[group(row)].range(value..).count() as i64;
    values.iter().enumerate().map(|(row, value)| rank(row, *value)).collect()
}

fn numbers(batch: &RecordBatch, column: &str) -> Vec<i64> {
    let column = batch.column_by_name(column).unwrap();
    assert_eq!(column.null_count(), 0);
    column.as_primitive::<Int64Type>().values().to_vec()
}

fn read(folder: &Path) -> RecordBatch {
    let file = File::open(folder.join("part-00000.parquet")).unwrap();
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_batch_size(1 << 20).build().unwrap();
    reader.map(Result::unwrap).next().unwrap()
}
