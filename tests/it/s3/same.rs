//! What comes from a store and goes to it is the same as what is on this machine.

use std::fs;

use airbnb_generator::Format;

use super::Shop;
use crate::support::{files, said};

#[test]
fn the_example_from_s3_to_s3_gives_the_bytes_that_it_gives_here() {
    let shop = Shop::new();
    let input = shop.place.listings("in.csv", Format::Csv, 3_000);
    shop.place.example("pipeline.toml", &input, "out", &[]);
    shop.put("in.csv", fs::read(&input).unwrap());
    let example = crate::support::root().join("examples/airbnb/pipeline.toml");
    let (from, to) = (format!("input={}", shop.url("in.csv")), format!("output={}", shop.url("out")));
    let run = ["run", example.to_str().unwrap(), "--var", &from, "--var", &to];
    let fixed = ["--run-timestamp", "2022-12-31T00:00:00Z"];
    let check = |arguments: &[&str]| {
        let output = shop.host(&[&run[..], &fixed, arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{}", said(&output, &shop.place));
        for name in ["clean", "processed", "neighbourhoods"] {
            let here = files(&shop.place.path(&format!("out/{name}")));
            assert!(shop.output(&format!("out/{name}")).as_ref() == Some(&here), "{name}");
        }
    };
    check(&[]);
    // What was written is replaced, and a job reads what an earlier run of another has written.
    check(&["--threads", "1"]);
    check(&["--job", "process"]);
}

const INPUT: &str =
    "id,name,on,price\n1,one,2022-01-31,1.5\n2,,2022-02-01,\n3,\"thr\"\"ee\",2022-02-01,-0.25\n4,four,,8\n";

/// A job that writes `sink` to a place, and one that reads it.
fn pipeline(sink: &str, to: &str) -> String {
    let sink = sink.replace("URL", &format!("{to}mid"));
    format!(
        "name = 'formats'\n[jobs.first]\nsource.csv = {{ url = '{to}in.csv' }}\nsink.{sink}\n\
         [jobs.second]\nsource.job = 'first'\nsink.ndjson = {{ url = '{to}out' }}\n"
    )
}

#[test]
fn every_format_is_written_and_read_as_it_is_here() {
    let shop = Shop::new();
    fs::write(shop.place.path("in.csv"), INPUT).unwrap();
    shop.put("in.csv", INPUT);
    for (index, sink) in [
        "parquet = { url = 'URL' }",
        "csv = { url = 'URL', compression = 'gzip' }",
        "csv = { url = 'URL', rows-per-file = 2 }",
        "ndjson = { url = 'URL', compression = 'zstd' }",
        "ipc = { url = 'URL', compression = 'lz4' }",
        "parquet = { url = 'URL', partition-by = ['on'] }",
        "csv = { url = 'URL', partition-by = ['on'], rows-per-file = 1 }",
        "ipc = { url = 'URL', partition-by = ['on', 'id'] }",
    ]
    .into_iter()
    .enumerate()
    {
        let folder = format!("f{index}");
        fs::create_dir(shop.place.path(&folder)).unwrap();
        fs::copy(shop.place.path("in.csv"), shop.place.path(&format!("{folder}/in.csv"))).unwrap();
        shop.put(&format!("{folder}/in.csv"), INPUT);
        let (here, there) = (pipeline(sink, &format!("{folder}/")), pipeline(sink, &format!("S3/{folder}/")));
        let output = shop.place.run(&here, &[]);
        assert!(output.status.success(), "{sink}: {}", said(&output, &shop.place));
        for arguments in [&[][..], &["--job", "second"]] {
            let output = shop.run(&there, arguments);
            assert!(output.status.success(), "{sink}: {}", said(&output, &shop.place));
            for name in ["mid", "out"] {
                let name = format!("{folder}/{name}");
                let mut here = files(&shop.place.path(&name));
                // It is in the register there.
                here.retain(|(name, _)| name != "_schema.arrows");
                assert_eq!(shop.output(&name), Some(here), "{sink}");
            }
        }
    }
}

#[test]
fn sources_of_all_kinds_are_read_as_they_are_here() {
    let shop = Shop::new();
    let rows = 30_000;
    shop.place.listings("in.csv", Format::Csv, rows);
    // Larger than what is fetched first.
    let make = "name = 'make'\n[jobs.make]\nsource.csv = { url = 'in.csv' }\n";
    for (name, sink) in [
        ("parquet", "parquet = { url = 'made/parquet', rows-per-file = 20000 }"),
        ("csv", "csv = { url = 'made/csv', compression = 'zstd' }"),
        ("ndjson", "ndjson = { url = 'made/ndjson', compression = 'gzip' }"),
        ("ipc", "ipc = { url = 'made/ipc' }"),
    ] {
        let output = shop.place.run(&format!("{make}sink.{sink}\n"), &[]);
        assert!(output.status.success(), "{}", said(&output, &shop.place));
        for (file, content) in files(&shop.place.path(&format!("made/{name}"))) {
            if file.starts_with("part-") {
                shop.put(&format!("made/{name}/{file}"), content);
            }
        }
        let read = |from: &str| {
            format!(
                "name = 'read'\n[jobs.read]\nsource.{name} = {{ url = '{from}made/{name}' }}\nsink.csv = {{ url = 'out/{name}' }}\n"
            )
        };
        let output = shop.place.run(&read(""), &[]);
        assert!(output.status.success(), "{name}: {}", said(&output, &shop.place));
        let here = files(&shop.place.path(&format!("out/{name}")));
        let output = shop.run(&read("S3/"), &[]);
        assert!(output.status.success(), "{name}: {}", said(&output, &shop.place));
        assert!(files(&shop.place.path(&format!("out/{name}"))) == here, "{name}");
    }
}

#[test]
fn row_groups_that_are_fetched_count_against_the_memory() {
    let shop = Shop::new();
    shop.place.listings("in.csv", Format::Csv, 20_000);
    let make = "name = 'make'\n[jobs.make]\nsource.csv = { url = 'in.csv' }\n\
                sink.parquet = { url = 'made', rows-per-file = 5000 }\n";
    let output = shop.place.run(make, &[]);
    assert!(output.status.success(), "{}", said(&output, &shop.place));
    let mut sizes = Vec::new();
    for (file, content) in files(&shop.place.path("made")) {
        sizes.push(content.len() as u64);
        shop.put(&format!("made/{file}"), content);
    }
    let read = "name = 'read'\n[jobs.read]\nsource.parquet = { url = 'S3/made/*.parquet' }\n\
                sink.ndjson = { url = 'out' }\n";
    let peak = |memory: &str| {
        let output = shop.run(read, &["--memory", memory, "--threads", "2"]);
        assert!(output.status.success(), "{}", said(&output, &shop.place));
        let report = fs::read(shop.place.path(".host/runs/latest/run.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        (report["jobs"][0]["memory_peak"].as_u64().unwrap(), files(&shop.place.path("out")))
    };
    let ((little, one), (much, other)) = (peak("64KiB"), peak("1GiB"));
    assert!(one == other);
    // A group at a time, which is most of a file, or the next one as well. A worker may still be at the last one.
    let group = sizes.iter().max().unwrap();
    assert!(little > group / 2 && little <= group * 2, "{little} of {sizes:?}");
    assert!(much > group * 3 / 2, "{much} of {sizes:?}");
}
