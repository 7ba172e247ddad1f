//! `host plugin inspect`.

use insta::assert_snapshot;

use crate::support::{Place, assert_shown};

#[test]
fn one_operation() {
    assert_shown!(Place::new().host(&["plugin", "inspect", "plugins/clean.wasm", "fill-nulls"]), @r#"
    exit 0
    ----- stdout
    clean 0.1.0
    Cleaning operations: names, nulls, duplicates, types, dates, skewness

      file      plugins/clean.wasm
      digest    sha256:[digest]
      size [size]
      imports   etl:plugin/types@0.1.0, etl:plugin/data@0.1.0, etl:plugin/host@0.1.0, etl:plugin/telemetry@0.1.0
      two-pass  yes
      language  rust

    fill-nulls  input → output
      Replaces nulls: by a constant, by the mean, median or mode of the column, or by the value before.
        columns  table of ({ constant = true or false, whole number, number or text }, "mean", "median",
                 "mode" or "forward"), required
            What to put in, by column.
              { constant = true or false, whole number, number or text }: This value; it must fit the
              column's type.
              "mean": The mean of the column, which becomes one of floats.
              "median": The median of the column, which becomes one of floats.
              "mode": The most frequent value of the column, the least of them if there are several.
              "forward": The last value before, in input order; what has none before stays null.
    "#);
}

#[test]
fn all_operations() {
    let output = Place::new().output(&["plugin", "inspect", "plugins/clean.wasm"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for operation in ["drop-columns", "drop-duplicates", "fill-nulls", "round"] {
        assert!(text.lines().any(|line| line.starts_with(operation)), "{text}");
    }
}

#[test]
fn as_a_document() {
    let plugin = Place::new().json(&["plugin", "inspect", "plugins/clean.wasm", "drop-columns", "--json"]);
    assert_eq!(plugin["name"], "clean");
    assert_eq!(plugin["operations"][0]["config_schema"]["properties"]["columns"]["type"], "array");
    assert!(plugin["digest"].as_str().unwrap().starts_with("sha256:"));
    let imports = plugin["imports"].as_array().unwrap();
    assert!(imports.iter().all(|import| import.as_str().unwrap().starts_with("etl:plugin/")), "{imports:?}");
}

#[test]
fn an_operation_that_is_not_there() {
    assert_shown!(Place::new().host(&["plugin", "inspect", "plugins/clean.wasm", "fil-nulls"]), @r"
    exit 1
    ----- stderr
    error: plugin `clean` has no operation `fil-nulls`
      = help: did you mean `fill-nulls`?
    ");
}

#[test]
fn what_is_no_plugin() {
    let place = Place::new();
    assert_shown!(place.host(&["plugin", "inspect", "no.wasm"]), @r"
    exit 1
    ----- stderr
    error: cannot read no.wasm: No such file or directory (os error 2)
    ");
    let invalid = place.json(&["plugin", "inspect", "listings.csv", "--json"]);
    let message = invalid["diagnostics"][0]["message"].as_str().unwrap();
    assert_snapshot!(message, @"listings.csv cannot be loaded as a WebAssembly component: it is something else altogether");
}
