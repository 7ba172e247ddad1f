//! The pipelines that the project shows.

use std::{collections::BTreeMap, path::Path};

use etl_pipeline::{Pipeline, PluginLocation, Source, Stage};

fn load(name: &str) -> Pipeline {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/airbnb").join(name);
    let vars = BTreeMap::from(
        [("input", "listings"), ("output", "made")].map(|(k, v)| (k.to_owned(), v.to_owned())),
    );
    Pipeline::load(&path, &vars, &|_| None).unwrap_or_else(|problems| panic!("{problems}"))
}

/// `name: run with`, and the ports.
fn outline(stage: &Stage) -> String {
    let ports = stage
        .ports
        .iter()
        .map(|(port, sink)| format!(" [{port} → {}]", sink.url()))
        .collect::<Vec<_>>()
        .concat();
    format!("{}: {} {}{ports}", stage.name, stage.run, stage.with.json())
}

#[test]
fn the_airbnb_example_is_the_reference_job() {
    let pipeline = load("pipeline.toml");
    let jobs = pipeline.jobs.iter().map(|job| {
        let stages =
            job.stages.iter().map(|stage| format!("\n  {}", outline(stage))).collect::<Vec<_>>().concat();
        format!("{} → {}{stages}", job.name, job.sink.url())
    });
    insta::assert_snapshot!(jobs.collect::<Vec<_>>().join("\n"), @r#"
    clean → made/clean/
      Standardize Column Names: clean/standardize-names {}
      Drop Columns: clean/drop-columns {"columns":["host_id","country_code","license","availability_365"]}
      Remove Duplicates: clean/drop-duplicates {"columns":["host_name","lat","long","price"],"keep":"first"}
      Fill Nulls: clean/fill-nulls {"columns":{"house_rules":{"constant":"Blank"},"host_name":{"constant":"Blank"},"name":{"constant":"Blank"},"country":{"constant":"United States"},"host_identity_verified":{"constant":"Unconfirmed"},"instant_bookable":{"constant":"TRUE"},"cancellation_policy":{"constant":"moderate"}}}
      Filter Minimum Nights: clean/filter-range {"column":"minimum_nights","above":0,"below":365}
      Round Reviews: clean/round {"columns":["number_of_reviews"],"digits":0}
      Convert Currency: price: clean/parse-currency {"column":"price","strip":"$,"}
      Convert Currency: service_fee: clean/parse-currency {"column":"service_fee","strip":"$,"}
      Fix Skewness: reviews_per_month: clean/fix-skewness {"column":"reviews_per_month","transform":"sqrt"}
      Fix Skewness: number_of_reviews: clean/fix-skewness {"column":"number_of_reviews","transform":"sqrt"}
      Fix Skewness: calculated_host_listings_count: clean/fix-skewness {"column":"calculated_host_listings_count","transform":"sqrt"}
      Correct Review Dates: clean/correct-dates {"column":"last_review","format":"%m/%d/%Y","not-before-year-of":"construction_year"}
      Correct Neighbourhood: clean/replace-values {"column":"neighbourhood_group","values":{"brookln":"Brooklyn"}}
      Drop Nulls: clean/drop-nulls {}
      Filter Room Type: clean/filter-length {"column":"room_type","longer-than":4}
      Number Rows: clean/number-rows {"column":"id","start":1}
      Fix Types: clean/cast-integers {"columns":["price","service_fee","minimum_nights","number_of_reviews","reviews_per_month","calculated_host_listings_count"]}
    process → made/processed/
      Calculate Minimum Total Spend: process/arithmetic {"column":"minimum_total_spend","expression":"(price + service_fee) * minimum_nights"}
      Calculate Cost Per Night: process/arithmetic {"column":"cost_per_night","expression":"price + service_fee"}
      Rank by Cost Per Night in Neighborhood: process/rank {"column":"exp_rank_per_neighbourhood","of":"cost_per_night","by":["neighbourhood"],"method":"dense","descending":true}
      Rank by Cost Per Night Overall: process/rank {"column":"exp_rank_overall","of":"cost_per_night","method":"dense","descending":true}
      Rank by Number of Reviews: process/rank {"column":"rank_overall_reviews","of":"number_of_reviews","method":"dense","descending":true}
      Calculate Total Properties: process/count-rows {"column":"total"}
      Create Property Rank Columns: process/format-text {"drop":["total"],"columns":{"prop_rank_exp":"{exp_rank_overall}/{total}","prop_rank_review":"{rank_overall_reviews}/{total}"}}
      Group by Neighbourhood: process/group {"by":["neighbourhood_group","neighbourhood"],"of":"cost_per_night","as":["count","mean","min","max","sum"]} [groups → made/neighbourhoods/]
    "#);
}

#[test]
fn the_example_reads_csv_in_which_an_empty_field_is_null() {
    let pipeline = load("pipeline.toml");
    let Source::Csv(csv) = &pipeline.jobs[0].source else { panic!("not CSV") };
    assert_eq!(csv.url.value, "listings");
    assert_eq!(csv.nulls, [""]);
    let types = csv.schema.iter().map(|(column, name)| (column.as_str(), name.as_str()));
    assert_eq!(types.collect::<Vec<_>>(), [("instant_bookable", "utf8"), ("license", "utf8")]);
}

#[test]
fn the_plugins_of_the_example_are_where_xtask_puts_them() {
    for plugin in load("pipeline.toml").plugins.values() {
        let PluginLocation::Path(path) = &plugin.from.value else { panic!("{:?}", plugin.from) };
        assert!(path.ends_with(format!("examples/airbnb/../../target/plugins/{}.wasm", plugin.name)));
    }
}

#[test]
fn the_ndjson_example_differs_in_its_source_only() {
    let (csv, ndjson) = (load("pipeline.toml"), load("pipeline-ndjson.toml"));
    assert!(matches!(ndjson.jobs[0].source, Source::Ndjson(_)));
    for (a, b) in csv.jobs.iter().zip(&ndjson.jobs) {
        let outlines = |stages: &[Stage]| stages.iter().map(outline).collect::<Vec<_>>();
        assert_eq!(outlines(&a.stages), outlines(&b.stages));
        assert_eq!((&a.name, &a.sink.url().value), (&b.name, &b.sink.url().value));
    }
    assert_eq!(csv.jobs.len(), ndjson.jobs.len());
}
