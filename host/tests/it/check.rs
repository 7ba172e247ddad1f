//! `host check`.

use crate::support::{PIPELINE, Place, assert_shown};

#[test]
fn a_valid_pipeline() {
    assert_shown!(Place::new().host(&["check", "pipeline.toml"]), @r"
    exit 0
    ----- stdout
    pipeline.toml is valid: 2 jobs, 4 stages, 1 plugin
    ");
}

#[test]
fn one_job_of_it() {
    assert_shown!(Place::new().host(&["check", "pipeline.toml", "--job", "clean"]), @r"
    exit 0
    ----- stdout
    pipeline.toml is valid: 1 job, 4 stages, 1 plugin
    ");
}

#[test]
fn quietly() {
    assert_shown!(Place::new().host(&["check", "pipeline.toml", "--quiet"]), @"exit 0");
}

#[test]
fn as_a_document() {
    assert_shown!(Place::new().host(&["check", "pipeline.toml", "--json"]), @r#"
    exit 0
    ----- stdout
    {
      "status": "valid",
      "pipeline": "demo",
      "file": "pipeline.toml",
      "jobs": 2,
      "stages": 4,
      "plugins": 1,
      "diagnostics": []
    }
    "#);
}

#[test]
fn a_file_that_is_not_there() {
    assert_shown!(Place::new().host(&["check", "pipelin.toml"]), @r"
    exit 1
    ----- stderr
    error: cannot read the pipeline `pipelin.toml`: No such file or directory (os error 2)
    --> pipelin.toml
    ");
}

#[test]
fn a_variable_that_is_not_declared() {
    assert_shown!(Place::new().host(&["check", "pipeline.toml", "--var", "inptu=x"]), @r"
    exit 1
    ----- stderr
    error: `--var inptu`: the pipeline declares no such variable
    --> pipeline.toml
     = help: did you mean `input`?
    ");
}

#[test]
fn a_job_that_is_not_there() {
    assert_shown!(Place::new().host(&["check", "pipeline.toml", "--job", "claen"]), @r"
    exit 1
    ----- stderr
    error: unknown job `claen`
    --> pipeline.toml
     = help: did you mean `clean`?
    ");
}

#[test]
fn an_input_that_is_not_there() {
    assert_shown!(Place::new().host(&["check", "pipeline.toml", "--var", "input=no.csv"]), @r#"
    exit 1
    ----- stderr
    error: job `clean`: no input: "no.csv" is not there
      --> pipeline.toml:10:22
       |
    10 | source.csv = { url = "${input}", nulls = [""] }
       |                      ^^^^^^^^^^
       |
       = help: data paths are relative to the working directory
    "#);
}

#[test]
fn all_problems_of_the_file_are_told_at_once() {
    let place = Place::with(&PIPELINE.replace("clean/drop", "claen/drop"));
    assert_shown!(place.host(&["check", "pipeline.toml"]), @r#"
    exit 1
    ----- stderr
    error: unknown plugin `claen`
      --> pipeline.toml:19:7
       |
    19 | run = "claen/drop-columns"
       |       ^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `clean`?

    error: unknown plugin `claen`
      --> pipeline.toml:24:7
       |
    24 | run = "claen/drop-duplicates"
       |       ^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `clean`?
    "#);
}

#[test]
fn a_column_that_a_stage_does_not_find() {
    let place = Place::edited(r#"columns = ["host_id"]"#, r#"columns = ["hots_id"]"#);
    assert_shown!(place.host(&["check", "pipeline.toml"]), @r#"
    exit 1
    ----- stderr
    error: stage `Drop Columns`: columns.0: there is no column `hots_id`; did you mean `host_id`?
      --> pipeline.toml:20:21
       |
    20 | with = { columns = ["hots_id"] }
       |                     ^^^^^^^^^
    "#);
}

#[test]
fn an_operation_that_is_not_there() {
    let place = Place::edited("clean/drop-columns", "clean/drop-colums");
    assert_shown!(place.host(&["check", "pipeline.toml"]), @r#"
    exit 1
    ----- stderr
    error: plugin `clean` has no operation `drop-colums`
      --> pipeline.toml:19:7
       |
    19 | run = "clean/drop-colums"
       |       ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `clean/drop-columns`?
    "#);
}

#[test]
fn problems_as_a_document() {
    let place = Place::edited("clean/drop-columns", "clean/drop-colums");
    assert_shown!(place.host(&["check", "pipeline.toml", "--json"]), @r#"
    exit 1
    ----- stdout
    {
      "status": "invalid",
      "diagnostics": [
        {
          "file": "pipeline.toml",
          "line": 19,
          "column": 7,
          "message": "plugin `clean` has no operation `drop-colums`",
          "label": null,
          "help": [
            "did you mean `clean/drop-columns`?"
          ]
        }
      ]
    }
    ----- stderr
    error: plugin `clean` has no operation `drop-colums`
      --> pipeline.toml:19:7
       |
    19 | run = "clean/drop-colums"
       |       ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `clean/drop-columns`?
    "#);
}

#[test]
fn nothing_is_written() {
    let place = Place::new();
    place.output(&["check", "pipeline.toml"]);
    assert_eq!(place.names("."), ["listings.csv", "pipeline.toml", "plugins"]);
}
