//! Folders and globs.

use etl_store::wait;

use crate::support::{Place, told};

#[test]
fn folders_and_globs_as_in_a_file_system() {
    let place = Place::new();
    let names = [
        "in/a.csv",
        "in/b.CSV",
        "in/c.json",
        "in/.hidden.csv",
        "in/_SUCCESS",
        "in/_tmp/d.csv",
        "in/2026/e.csv",
        "in/2026/.csv",
        "input.csv",
        "in2/f.csv",
    ];
    for name in names {
        place.put(name, "x");
    }
    // How a console marks a folder.
    place.put("in/2026", "");
    let find = |key: &str| match wait(place.bucket.find(&place.key(key), &["csv", "tsv"])) {
        Ok(objects) => {
            let prefix = place.key("");
            objects.iter().map(|object| object.key.trim_start_matches(&prefix)).collect::<Vec<_>>().join(" ")
        }
        Err(error) => told(&error).replace(&place.key(""), "PLACE/"),
    };
    let keys = [
        "in",
        "in/c.json",
        "in/*",
        "in/*.csv",
        "in/[ab].*",
        "in/?.csv",
        "*/*.csv",
        "**/*.csv",
        "in*",
        "in2/g*",
        "in/2027",
        "input",
        "in/_tmp",
        "in/[",
    ];
    let found = keys.map(|key| format!("{key:10} {}", find(key))).join("\n");
    insta::assert_snapshot!(found, @r#"
    in         in/2026/e.csv in/a.csv in/b.CSV
    in/c.json  in/c.json
    in/*       in/2026/e.csv in/_SUCCESS in/_tmp/d.csv in/a.csv in/b.CSV in/c.json
    in/*.csv   in/a.csv
    in/[ab].*  in/a.csv in/b.CSV
    in/?.csv   in/a.csv
    */*.csv    in/a.csv in2/f.csv
    **/*.csv   in/2026/e.csv in/_tmp/d.csv in/a.csv in2/f.csv input.csv
    in*        in/2026/e.csv in/a.csv in/b.CSV in2/f.csv input.csv
    in2/g*     no input: "s3://data/PLACE/in2/g*" matches no object
    in/2027    no input: "s3://data/PLACE/in/2027" is not there
    input      no input: "s3://data/PLACE/input" is not there
    in/_tmp    in/_tmp/d.csv
    in/[       no input: "s3://data/PLACE/in/[" is no glob: Pattern syntax error near position 11: invalid range pattern
    "#);
    wait(place.bucket.delete(vec![place.key("in2/f.csv")])).unwrap();
    place.put("in2/f.json", "x");
    insta::assert_snapshot!(find("in2"), @r#"no input: "s3://data/PLACE/in2" is a folder without *.csv, *.tsv"#);
}
