//! What a checked pipeline says.

use std::{collections::BTreeMap, path::Path};

use etl_pipeline::{
    Compression, CsvSink, Decompression, Grants, IpcCompression, Limits, LoadLimits, Partitions, Pipeline,
    PluginLocation, Ragged, SinkFormat, Source, TextCompression,
};
use insta::assert_snapshot;

use crate::support::{GOOD, parse, parse_with};

#[test]
fn csv_has_its_defaults() {
    let pipeline = parse(GOOD).unwrap();
    let Source::Csv(csv) = &pipeline.jobs[0].source else { panic!("not CSV") };
    assert!(csv.header);
    assert_eq!((csv.delimiter, csv.quote, csv.escape, csv.comment), (b',', Some(b'"'), None, None));
    assert_eq!((csv.nulls.as_slice(), csv.infer_rows, csv.schema.len()), (&[String::new()][..], 10_000, 0));
    assert_eq!((csv.ragged, csv.encoding.as_str(), csv.compression), (Ragged::Fail, "utf-8", None));
    let sink = &pipeline.jobs[0].sink;
    assert_eq!(sink.format, SinkFormat::Parquet(Compression::Snappy));
    assert_eq!((sink.rows_per_file, sink.partition_by.len()), (None, 0));
    assert_eq!(pipeline.plugins["clean"].limits, Limits::default());
    assert_eq!(pipeline.jobs[0].stages[0].limits, None);
}

#[test]
fn csv_as_it_is_told() {
    let told = r##""${input}", header = false, delimiter = "\t", quote = "'", escape = "\\", comment = "#",
        nulls = ["", "NA"], ragged = "pad", encoding = "UTF-16LE", compression = "zstd", infer-rows = 5, schema = { b = "timestamp[us,UTC]", a = "decimal(10,2)" } }"##;
    // TOML 1.1 takes an inline table over several lines.
    let pipeline = parse(&GOOD.replace("\"${input}\" }", told)).unwrap();
    let Source::Csv(csv) = &pipeline.jobs[0].source else { panic!("not CSV") };
    assert!(!csv.header);
    assert_eq!(
        (csv.delimiter, csv.quote, csv.escape, csv.comment),
        (b'\t', Some(b'\''), Some(b'\\'), Some(b'#'))
    );
    assert_eq!((csv.nulls.len(), csv.infer_rows, csv.terminator), (2, 5, None));
    assert_eq!((csv.ragged, csv.encoding.as_str()), (Ragged::Pad, "utf-16le"));
    assert_eq!(csv.compression, Some(Decompression::Zstd));
    let schema: Vec<_> = csv.schema.iter().map(|(column, name)| format!("{column}: {name}")).collect();
    assert_eq!(schema, ["b: timestamp[us, UTC]", "a: decimal(10, 2)"]);
    let told = r#"source.csv = { url = "${input}", terminator = "\u001e" }"#;
    let pipeline = parse(&GOOD.replace("source.csv = { url = \"${input}\" }", told)).unwrap();
    let Source::Csv(csv) = &pipeline.jobs[0].source else { panic!("not CSV") };
    assert_eq!(csv.terminator, Some(0x1e));
}

#[test]
fn columns_that_folders_are_named_by() {
    let partitions = |told: &str| {
        let told = format!("source.parquet = {{ url = \"in\"{told} }}");
        let source =
            parse(&GOOD.replace("source.csv = { url = \"${input}\" }", &told)).unwrap().jobs.remove(0).source;
        let Source::Parquet(source) = source else { panic!("not Parquet") };
        source.partitions
    };
    assert_eq!(partitions(""), None);
    assert_eq!(partitions(", partitions = \"auto\""), Some(Partitions::Auto));
    let Some(Partitions::Given(given)) = partitions(", partitions = { year = \"int32\" }") else {
        panic!("not given")
    };
    assert_eq!(given["year"].as_str(), "int32");
}

#[test]
fn sinks_of_every_kind() {
    let format = |told: &str| {
        let sink = parse(&GOOD.replace("sink.parquet = {", told)).unwrap().jobs.remove(0).sink;
        assert_eq!(sink.url.as_str(), "out/clean");
        (sink.kind(), sink.format)
    };
    let csv = CsvSink {
        header: true,
        delimiter: b',',
        quote: b'"',
        null: String::new(),
        compression: TextCompression::None,
    };
    assert_eq!(format("sink.csv = {"), ("csv", SinkFormat::Csv(csv)));
    let told =
        r#"sink.csv = { header = false, delimiter = "\t", quote = "'", null = "NA", compression = "gzip", "#;
    let csv = CsvSink {
        header: false,
        delimiter: b'\t',
        quote: b'\'',
        null: "NA".to_owned(),
        compression: TextCompression::Gzip,
    };
    assert_eq!(format(told), ("csv", SinkFormat::Csv(csv)));
    let told = r#"sink.ndjson = { compression = "zstd", "#;
    assert_eq!(format(told), ("ndjson", SinkFormat::Ndjson(TextCompression::Zstd)));
    assert_eq!(
        format(r#"sink.ipc = { compression = "lz4", "#),
        ("ipc", SinkFormat::Ipc(IpcCompression::Lz4))
    );
}

#[test]
fn outputs_in_folders_and_in_files_of_a_size() {
    let told = r#"sink.parquet = { rows-per-file = 1000, partition-by = ["year", "month"], "#;
    let sink = parse(&GOOD.replace("sink.parquet = {", told)).unwrap().jobs.remove(0).sink;
    assert_eq!(sink.rows_per_file, Some(1000));
    assert_eq!(sink.partition_by.iter().map(|column| column.as_str()).collect::<Vec<_>>(), ["year", "month"]);
}

#[test]
fn jobs_run_after_those_that_they_read_and_otherwise_as_written() {
    let job =
        |name: &str, source: &str| format!("[jobs.{name}]\n{source}\nsink.parquet.url = \"out/{name}\"\n");
    let text = [
        "name = \"x\"\n".into(),
        job("last", "source.job = \"mid\""),
        job("b", "source.csv.url = \"b\""),
        job("mid", "source.job = \"first\""),
        job("a", "source.parquet.url = \"a\""),
        job("first", "source.ndjson.url = \"c\""),
    ]
    .concat();
    let pipeline = parse(&text).unwrap();
    let names: Vec<_> = pipeline.jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(names, ["b", "a", "first", "mid", "last"]);
    assert!(pipeline.jobs.iter().all(|job| job.stages.is_empty()));
}

#[test]
fn a_job_is_found_by_its_name() {
    let pipeline = parse(GOOD).unwrap();
    assert_eq!(pipeline.job("clean").unwrap().name, "clean");
    assert_snapshot!(pipeline.job("claen").unwrap_err(), @r"
    error: unknown job `claen`
    --> pipeline.toml
     = help: did you mean `clean`?
    ");
}

#[test]
fn limits_of_a_stage_add_to_those_of_its_plugin() {
    let text = GOOD
        .replace("clean.wasm\" }", "clean.wasm\", limits = { memory = \"64MiB\", call-timeout = \"5m\" } }")
        .replace("with =", "limits = { call-timeout = \"500ms\" }\nwith =");
    let pipeline = parse(&text).unwrap();
    let limits = Limits { memory_bytes: 64 << 20, call_timeout_ms: 500, ..Limits::default() };
    assert_eq!(pipeline.jobs[0].stages[0].limits, Some(limits));
    assert_eq!(pipeline.plugins["clean"].limits.call_timeout_ms, 300_000);
}

#[test]
fn every_limit_can_be_told() {
    let told = r#"clean.wasm", limits = { memory = "1MiB", call-timeout = "2s", handles = 3, host-call-bytes = "4KiB",
        retained-memory = "5GiB", emitted-batches = 6, emitted-rows = 7, emitted-rows-floor = 0, logs = 9, spans = 0,
        telemetry-bytes = "11B", error-bytes = "12B", component-size = "13MiB", compile-time = "14s" } }"#;
    let pipeline = parse(&GOOD.replace("clean.wasm\" }", told)).unwrap();
    let limits = Limits {
        memory_bytes: 1 << 20,
        call_timeout_ms: 2_000,
        handles: 3,
        host_call_bytes: 4 << 10,
        retained_memory_bytes: 5 << 30,
        emitted_batches: 6,
        emitted_rows: 7,
        emitted_rows_floor: 0,
        logs: 9,
        spans: 0,
        telemetry_bytes: 11,
        error_bytes: 12,
    };
    assert_eq!(pipeline.plugins["clean"].limits, limits);
    let load = LoadLimits { component_bytes: 13 << 20, compile_time_ms: 14_000 };
    assert_eq!(pipeline.plugins["clean"].load, load);
}

#[test]
fn grants_are_nothing_unless_told() {
    let pipeline = parse(GOOD).unwrap();
    assert_eq!(pipeline.plugins["clean"].grants, Grants::default());
    let told = r#"clean.wasm", grants = { clocks = true, random = true, env = { TOKEN = "${env:SECRET}", A = "b" },
        files = [{ path = "data", at = "/data" }, { path = "out", at = "/", write = true }], stdio = true, wasi = "trap" } }"#;
    let text = GOOD.replace("clean.wasm\" }", told);
    let pipeline = parse_with(&text, &[], &[("SECRET", "hunter2")]).unwrap();
    let grants = &pipeline.plugins["clean"].grants;
    assert_eq!(grants.env.as_ref().unwrap()["TOKEN"], "hunter2");
    assert_snapshot!(format!("{grants:?}"), @r#"Grants { clocks: true, random: true, env: Some(["TOKEN", "A"]), files: Some([Folder { path: "./data", at: "/data", write: false }, Folder { path: "./out", at: "/", write: true }]), stdio: true, wasi: Trap }"#);
}

#[test]
fn plugins_lie_beside_the_file_and_data_in_the_working_directory() {
    let load = |path: &str| {
        Pipeline::parse(
            Path::new(path),
            GOOD.replace("in.csv", "file:///a%20b/in.csv"),
            &BTreeMap::new(),
            &|_| None,
        )
    };
    let pipeline = load("some/where/pipeline.toml").unwrap();
    let expected = PluginLocation::Path("some/where/plugins/clean.wasm".into());
    assert_eq!(pipeline.plugins["clean"].from.value, expected);
    assert_eq!(pipeline.directory(), Path::new("some/where"));
    assert_eq!(pipeline.jobs[0].sink.url().value, "out/clean");
    let Source::Csv(csv) = &pipeline.jobs[0].source else { panic!("not CSV") };
    assert_eq!(csv.url.value, "/a b/in.csv");
    assert_eq!(load("pipeline.toml").unwrap().directory(), Path::new("."));
}

#[test]
fn a_digest_is_kept_in_lower_case() {
    let digest = format!("sha256:{}", "AB12".repeat(16));
    let pipeline =
        parse(&GOOD.replace("clean.wasm\" }", &format!("clean.wasm\", digest = \"{digest}\" }}"))).unwrap();
    let kept = pipeline.plugins["clean"].digest.as_ref().map(|digest| digest.value.clone());
    assert_eq!(kept, Some(digest.to_lowercase()));
}

#[test]
fn a_configuration_keeps_its_order_and_knows_its_places() {
    let with = r#"with = { z = [1, 0x10, 2.5], "a.b" = { c = true }, a = 1979-05-27 }"#;
    let text = GOOD.replace("with = { columns = [\"a\", \"b\"] }", with);
    let pipeline = parse(&text).unwrap();
    let config = &pipeline.jobs[0].stages[0].with;
    assert_eq!(config.json().to_string(), r#"{"z":[1,16,2.5],"a.b":{"c":true},"a":"1979-05-27"}"#);
    let at = |path: &str| &text[config.at(path).start..config.at(path).end];
    assert_eq!(at("z.1"), "0x10");
    assert_eq!(at("z.7"), "[1, 0x10, 2.5]");
    assert_eq!(at("a.b.c"), "true");
    assert_eq!(at("a"), "1979-05-27");
    assert_eq!(at("nowhere"), with.strip_prefix("with = ").unwrap());
    assert_eq!(&text[config.key_at("z").start..config.key_at("z").end], "z");
}

#[test]
fn a_stage_without_a_configuration_has_an_empty_one_at_its_run() {
    let text = GOOD.replace("with = { columns = [\"a\", \"b\"] }", "");
    let pipeline = parse(&text).unwrap();
    let config = &pipeline.jobs[0].stages[0].with;
    assert_eq!(config.json().to_string(), "{}");
    assert_eq!(&text[config.at("columns").start..config.at("columns").end], "\"clean/drop-columns\"");
}

#[test]
fn others_add_diagnostics_at_the_places_of_a_pipeline() {
    let pipeline = parse(GOOD).unwrap();
    let at = pipeline.jobs[0].stages[0].with.at("columns.1");
    assert_eq!(pipeline.location(&at), "pipeline.toml:17:26");
    let problem =
        pipeline.diagnostic(&at, "no column `b`").label("not in the input").help("did you mean `bb`?");
    assert_snapshot!(problem, @r#"
    error: no column `b`
      --> pipeline.toml:17:26
       |
    17 | with = { columns = ["a", "b"] }
       |                          ^^^ not in the input
       |
       = help: did you mean `bb`?
    "#);
}

#[test]
fn a_file_that_cannot_be_read() {
    let load = |path: &Path| Pipeline::load(path, &BTreeMap::new(), &|_| None).unwrap_err().to_string();
    assert_snapshot!(load(Path::new("no/such/pipeline.toml")), @r#"
    error: cannot read the pipeline `no/such/pipeline.toml`: No such file or directory (os error 2)
    --> no/such/pipeline.toml
    "#);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipeline.toml");
    std::fs::write(&path, b"name = \"\xff\"").unwrap();
    assert!(load(&path).contains("UTF-8"));
}

#[test]
fn an_empty_file() {
    assert_snapshot!(parse("").unwrap_err(), @r#"
    error: missing key `name`
     --> pipeline.toml:1:1
      |
    1 |
      | ^

    error: missing key `jobs`
     --> pipeline.toml:1:1
      |
    1 |
      | ^
    "#);
}
