//! `${name}`, `${env:NAME}`, and what is hidden.

use insta::assert_snapshot;

use crate::support::{parse, parse_with};

/// A pipeline whose stage has `with = { text = … }`, after `[vars]` as given.
fn pipeline(vars: &str, text: &str) -> String {
    format!(
        "name = \"demo\"\n[vars]\n{vars}\n[plugins]\np = {{ path = \"p.wasm\" }}\n\
         [jobs.a]\nsource.csv.url = \"in.csv\"\nsink.parquet.url = \"out\"\n\
         [[jobs.a.stages]]\nname = \"one\"\nrun = \"p/op\"\nwith = {{ text = {text} }}\n"
    )
}

fn filled(vars: &str, text: &str) -> String {
    let given = [("given", "from the flag")];
    let env = [("HOME", "/home/x"), ("QUOTE", "a\"b\\c\n[jobs]")];
    let given = if vars.contains("given") { &given[..] } else { &[] };
    let pipeline =
        parse_with(&pipeline(vars, text), given, &env).unwrap_or_else(|problems| panic!("{problems}"));
    pipeline.jobs[0].stages[0].with.json()["text"].as_str().unwrap().to_owned()
}

fn refused(vars: &str, text: &str) -> String {
    parse(&pipeline(vars, text)).unwrap_err().to_string()
}

#[test]
fn a_variable_has_its_default_or_what_the_flag_gives() {
    assert_eq!(filled("x = 'in'", "'${x}/a ${x}'"), "in/a in");
    assert_eq!(filled("given = 'default'", "'${given}'"), "from the flag");
}

#[test]
fn a_default_may_use_the_environment_and_the_variables_above_it() {
    assert_eq!(filled("root = '${env:HOME}'\nout = '${root}/out'", "'${out}'"), "/home/x/out");
}

#[test]
fn an_overridden_default_is_not_looked_at() {
    assert_eq!(filled("given = '${env:UNSET}'", "'${given}'"), "from the flag");
}

#[test]
fn what_is_put_in_is_never_read_again() {
    assert_eq!(filled("", "'${env:QUOTE}'"), "a\"b\\c\n[jobs]");
    assert_eq!(filled("x = '$${env:HOME}'", "'${x}'"), "${env:HOME}");
}

#[test]
fn a_doubled_dollar_escapes_and_a_lone_one_is_itself() {
    assert_eq!(filled("x = 'v'", "'$${x} $x $ $$ ${x}$'"), "${x} $x $ $$ v$");
}

#[test]
fn strings_are_filled_at_any_depth_and_keys_never() {
    let text = "'' , deep = [{ k = ['${x}'] }], '${x}' = 1";
    let pipeline = parse(&pipeline("x = 'v'", text)).unwrap();
    assert_snapshot!(pipeline.jobs[0].stages[0].with.json(), @r#"{"text":"","deep":[{"k":["v"]}],"${x}":1}"#);
}

#[test]
fn an_unknown_variable() {
    assert_snapshot!(refused("input = 'x'", "'a ${input} ${inptu} b'"), @r#"
    error: unknown variable `inptu`
      --> pipeline.toml:12:29
       |
    12 | with = { text = 'a ${input} ${inptu} b' }
       |                             ^^^^^^^^
       |
       = help: did you mean `input`?
    "#);
}

#[test]
fn an_unknown_variable_twice_and_once_escaped() {
    assert_snapshot!(refused("", "'$${y} ${y} ${y}'"), @r#"
    error: unknown variable `y`
      --> pipeline.toml:12:24
       |
    12 | with = { text = '$${y} ${y} ${y}' }
       |                        ^^^^
       |
       = help: declare it under `[vars]`, write `${env:y}` for the environment, or `$${` for `${` itself

    error: unknown variable `y`
      --> pipeline.toml:12:29
       |
    12 | with = { text = '$${y} ${y} ${y}' }
       |                             ^^^^
       |
       = help: declare it under `[vars]`, write `${env:y}` for the environment, or `$${` for `${` itself
    "#);
}

#[test]
fn an_unknown_variable_behind_an_escape_of_toml() {
    assert_snapshot!(refused("", r#""\u0024{y}""#), @r#"
    error: unknown variable `y`
      --> pipeline.toml:12:17
       |
    12 | with = { text = "\u0024{y}" }
       |                 ^^^^^^^^^^^
       |
       = help: declare it under `[vars]`, write `${env:y}` for the environment, or `$${` for `${` itself
    "#);
}

#[test]
fn an_environment_variable_that_is_not_set() {
    assert_snapshot!(refused("", "'${env:TOKEN}'"), @r#"
    error: the environment variable `TOKEN` is not set
      --> pipeline.toml:12:18
       |
    12 | with = { text = '${env:TOKEN}' }
       |                  ^^^^^^^^^^^^
    "#);
}

#[test]
fn a_variable_that_is_declared_further_down() {
    assert_snapshot!(refused("a = '${b}'\nb = 'x'", "'${a}'"), @r#"
    error: the variable `b` is not known here yet
     --> pipeline.toml:3:6
      |
    3 | a = '${b}'
      |      ^^^^
      |
      = help: a variable may use those above it
    "#);
}

#[test]
fn a_variable_that_is_not_closed() {
    assert_snapshot!(refused("", "'a ${env:X'"), @r#"
    error: `${` without `}`
      --> pipeline.toml:12:20
       |
    12 | with = { text = 'a ${env:X' }
       |                    ^^^^^^^
       |
       = help: `$${` stands for `${` itself
    "#);
}

#[test]
fn a_variable_that_is_no_text() {
    assert_snapshot!(refused("a = 3", "'${a}'"), @r#"
    error: expected a string, found integer `3`
     --> pipeline.toml:3:5
      |
    3 | a = 3
      |     ^
    "#);
}

#[test]
fn a_flag_for_a_variable_that_is_not_declared() {
    let problems =
        |vars, flag| parse_with(&pipeline(vars, "''"), &[(flag, "x")], &[]).unwrap_err().to_string();
    assert_snapshot!(problems("input = 'x'", "inptu"), @r#"
    error: `--var inptu`: the pipeline declares no such variable
    --> pipeline.toml
     = help: did you mean `input`?
    "#);
    assert_snapshot!(problems("", "input"), @r#"
    error: `--var input`: the pipeline declares no such variable
    --> pipeline.toml
     = help: declare it: `[vars]` and below it `input = "a default"`
    "#);
}

#[test]
fn an_unknown_variable_causes_no_other_problem() {
    let text = pipeline("", "''").replace("\"in.csv\"", "\"${x}\"").replace("p/op", "${y}/op");
    assert_snapshot!(parse(&text).unwrap_err(), @r#"
    error: unknown variable `x`
     --> pipeline.toml:7:19
      |
    7 | source.csv.url = "${x}"
      |                   ^^^^
      |
      = help: declare it under `[vars]`, write `${env:x}` for the environment, or `$${` for `${` itself

    error: unknown variable `y`
      --> pipeline.toml:11:8
       |
    11 | run = "${y}/op"
       |        ^^^^
       |
       = help: declare it under `[vars]`, write `${env:y}` for the environment, or `$${` for `${` itself
    "#);
}

#[test]
fn a_diagnostic_hides_what_the_environment_gave() {
    let text = pipeline("region = '${env:TOKEN}'", "''")
        .replace("\"in.csv\"", "\"file://${env:TOKEN}/in.csv\"")
        .replace("p/op", "${region}/op")
        .replace("[jobs.a]", "[jobs.a]\nsource.csv.schema = { c = \"${env:TOKEN}\" }");
    let problems = parse_with(&text, &[], &[("TOKEN", "hun\"ter2")]).unwrap_err();
    assert!(!problems.to_string().contains("hun"), "{problems}");
    assert!(!format!("{problems:?}").contains("hun"));
    assert_snapshot!(problems, @r#"
    error: bad data type `${env:TOKEN}` for column `c`
     --> pipeline.toml:7:27
      |
    7 | source.csv.schema = { c = "${env:TOKEN}" }
      |                           ^^^^^^^^^^^^^^ no such data type
      |
      = help: known: `null`, `bool`, `int8`, `int16`, `int32`, `int64`, `uint8`, `uint16`, `uint32`, `uint64`, `float32`, `float64`, `utf8`, `date32`, `date64`, `time32[ms]`, `time64[us]`, `timestamp[us]`, `timestamp[us, UTC]`, `decimal(38, 10)`

    error: `file://${env:TOKEN}/in.csv` is not a local path
     --> pipeline.toml:8:18
      |
    8 | source.csv.url = "file://${env:TOKEN}/in.csv"
      |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it like `file:///data/in.csv`, or as a plain path

    error: unknown plugin `${env:TOKEN}`
      --> pipeline.toml:12:7
       |
    12 | run = "${region}/op"
       |       ^^^^^^^^^^^^^^
       |
       = help: plugins: `p`
    "#);
}

#[test]
fn debug_hides_what_the_environment_gave() {
    let text = pipeline("", "'a ${env:TOKEN}'").replace("\"in.csv\"", "\"${env:TOKEN}.csv\"");
    let pipeline = parse_with(&text, &[], &[("TOKEN", "hun\"ter\n2\u{7f}")]).unwrap();
    let stage = &pipeline.jobs[0].stages[0];
    assert_eq!(stage.with.json()["text"], "a hun\"ter\n2\u{7f}");
    for shown in [format!("{pipeline:?}"), format!("{pipeline:#?}"), format!("{:?}", stage.with)] {
        assert!(!shown.contains("hun"), "{shown}");
        assert!(shown.contains("${env:TOKEN}"), "{shown}");
    }
    assert_eq!(pipeline.redact("x hun\"ter\n2\u{7f}"), "x ${env:TOKEN}");
    assert_eq!(pipeline.diagnostic(&stage.at, "no hun\"ter\n2\u{7f} here").message(), "no ${env:TOKEN} here");
}
