//! The exact text of each diagnostic: the meaning of the file.

use insta::assert_snapshot;

use crate::support::{GOOD, parse, problems};

#[test]
fn a_plugin_by_url_must_be_pinned() {
    assert_snapshot!(problems(&[(r#"path = "plugins"#, r#"url = "https://example.org"#)]), @r#"
    error: plugin `clean` comes from a url and has no `digest`
     --> pipeline.toml:7:17
      |
    7 | clean = { url = "https://example.org/clean.wasm" }
      |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ what is there may change
      |
      = help: add `digest = "sha256:…"`: `host plugin inspect` prints that of a file that you have looked at
    "#);
}

#[test]
fn a_plugin_by_a_url_as_path() {
    assert_snapshot!(problems(&[(r#"path = "plugins"#, r#"path = "s3://acme"#)]), @r#"
    error: the path of plugin `clean` is a url
     --> pipeline.toml:7:18
      |
    7 | clean = { path = "s3://acme/clean.wasm" }
      |                  ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `url = "s3://acme/clean.wasm"`, and the `digest` that it must have
    "#);
}

#[test]
fn a_plugin_by_a_path_as_url() {
    assert_snapshot!(problems(&[(r#"path = "plugins"#, r#"url = "plugins"#)]), @r#"
    error: `plugins/clean.wasm` is no url that a plugin is fetched from
     --> pipeline.toml:7:17
      |
    7 | clean = { url = "plugins/clean.wasm" }
      |                 ^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `https://…` or `s3://…`; a file is named by `path`
    "#);
}

#[test]
fn a_plugin_by_both_and_by_neither() {
    assert_snapshot!(problems(&[(r#"path = "plugins"#, r#"url = "s3://acme/clean.wasm", path = "plugins"#)]), @r#"
    error: plugin `clean` has a `path` and a `url`
     --> pipeline.toml:7:17
      |
    7 | clean = { url = "s3://acme/clean.wasm", path = "plugins/clean.wasm" }
      |                 ^^^^^^^^^^^^^^^^^^^^^^         -------------------- the path
      |
      = help: leave one of the two out
    "#);
    assert_snapshot!(problems(&[(r#"path = "plugins/clean.wasm""#, "")]), @r#"
    error: plugin `clean` has neither `path` nor `url`
     --> pipeline.toml:7:1
      |
    7 | clean = {  }
      | ^^^^^
      |
      = help: write `path = "plugins/clean.wasm"`
    "#);
}

#[test]
fn a_bad_digest() {
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, r#"clean.wasm", digest = "sha256:12ab" }"#)]), @r#"
    error: bad digest `sha256:12ab`
     --> pipeline.toml:7:49
      |
    7 | clean = { path = "plugins/clean.wasm", digest = "sha256:12ab" }
      |                                                 ^^^^^^^^^^^^^ 4 digits, not 64
      |
      = help: write `sha256:` and the 64 hexadecimal digits that `host plugin inspect` prints
    "#);
}

#[test]
fn a_digest_of_another_kind() {
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, r#"clean.wasm", digest = "md5:12ab" }"#)]), @r#"
    error: bad digest `md5:12ab`
     --> pipeline.toml:7:49
      |
    7 | clean = { path = "plugins/clean.wasm", digest = "md5:12ab" }
      |                                                 ^^^^^^^^^^ it begins with `sha256:`
      |
      = help: write `sha256:` and the 64 hexadecimal digits that `host plugin inspect` prints
    "#);
}

#[test]
fn bad_limits() {
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, r#"clean.wasm", limits = { memory = "256", call-timeout = "30 sec" } }"#)]), @r#"
    error: bad size `256`
     --> pipeline.toml:7:60
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { memory = "256", call-timeout = "30 sec" } }
      |                                                            ^^^^^ the unit is missing
      |
      = help: write it like "64KiB", "256MiB" or "2GiB"

    error: bad time `30 sec`
     --> pipeline.toml:7:82
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { memory = "256", call-timeout = "30 sec" } }
      |                                                                                  ^^^^^^^^ unknown unit `sec`
      |
      = help: write it like "500ms", "30s" or "5m"
    "#);
}

#[test]
fn too_much_memory() {
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, r#"clean.wasm", limits = { memory = "8GiB" } }"#)]), @r#"
    error: bad size `8GiB`
     --> pipeline.toml:7:60
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { memory = "8GiB" } }
      |                                                            ^^^^^^ a plugin's memory ends at 4GiB
      |
      = help: write it like "64KiB", "256MiB" or "2GiB"
    "#);
}

#[test]
fn bad_limits_of_a_stage() {
    assert_snapshot!(problems(&[("with = {", r#"limits = { memory = "lots" }
with = {"#)]), @r#"
    error: bad size `lots`
      --> pipeline.toml:16:21
       |
    16 | limits = { memory = "lots" }
       |                     ^^^^^^ a whole number comes first
       |
       = help: write it like "64KiB", "256MiB" or "2GiB"
    "#);
}

#[test]
fn bad_counts() {
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, r#"clean.wasm", limits = { handles = 0, logs = 1_000_000, spans = -1, emitted-rows = "7" } }"#)]), @r#"
    error: bad count `0`
     --> pipeline.toml:7:61
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { handles = 0, logs = 1_000_000, spans = -1, emitted-rows = "7" } }
      |                                                             ^ more than nothing is needed
      |
      = help: write a number from 1 to 10000000

    error: bad count `1000000`
     --> pipeline.toml:7:71
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { handles = 0, logs = 1_000_000, spans = -1, emitted-rows = "7" } }
      |                                                                       ^^^^^^^^^ too much
      |
      = help: write a number from 0 to 100000

    error: expected a whole number, found integer `-1`
     --> pipeline.toml:7:90
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { handles = 0, logs = 1_000_000, spans = -1, emitted-rows = "7" } }
      |                                                                                          ^^

    error: expected a whole number, found string "7"
     --> pipeline.toml:7:109
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { handles = 0, logs = 1_000_000, spans = -1, emitted-rows = "7" } }
      |                                                                                                             ^^^
    "#);
}

#[test]
fn limits_of_loading_are_the_plugins() {
    assert_snapshot!(problems(&[("with = {", r#"limits = { component-size = "1MiB", compile-time = "1s" }
with = {"#)]), @r#"
error: `component-size` is no limit of a stage
  --> pipeline.toml:16:29
   |
16 | limits = { component-size = "1MiB", compile-time = "1s" }
   |                             ^^^^^^ a plugin is loaded once for all stages
   |
   = help: move it to `plugins.clean.limits`

error: `compile-time` is no limit of a stage
  --> pipeline.toml:16:52
   |
16 | limits = { component-size = "1MiB", compile-time = "1s" }
   |                                                    ^^^^ a plugin is loaded once for all stages
   |
   = help: move it to `plugins.clean.limits`
"#);
}

#[test]
fn a_size_beyond_its_bound() {
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, r#"clean.wasm", limits = { error-bytes = "2MiB", telemetry-bytes = "1GiB" } }"#)]), @r#"
    error: bad size `2MiB`
     --> pipeline.toml:7:65
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { error-bytes = "2MiB", telemetry-bytes = "1GiB" } }
      |                                                                 ^^^^^^ 1MiB at most
      |
      = help: write it like "64KiB", "256MiB" or "2GiB"

    error: bad size `1GiB`
     --> pipeline.toml:7:91
      |
    7 | clean = { path = "plugins/clean.wasm", limits = { error-bytes = "2MiB", telemetry-bytes = "1GiB" } }
      |                                                                                           ^^^^^^ 64MiB at most
      |
      = help: write it like "64KiB", "256MiB" or "2GiB"
    "#);
}

#[test]
fn bad_grants() {
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, r#"clean.wasm", grants = { clocks = "yes", sockets = true, wasi = "allow" } }"#)]), @r#"
    error: expected true or false, found string "yes"
     --> pipeline.toml:7:60
      |
    7 | clean = { path = "plugins/clean.wasm", grants = { clocks = "yes", sockets = true, wasi = "allow" } }
      |                                                            ^^^^^

    error: unknown key `sockets`
     --> pipeline.toml:7:67
      |
    7 | clean = { path = "plugins/clean.wasm", grants = { clocks = "yes", sockets = true, wasi = "allow" } }
      |                                                                   ^^^^^^^
      |
      = help: known here: `clocks`, `random`, `env`, `files`, `stdio`, `wasi`
    "#);
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, r#"clean.wasm", grants = { env = { "A=B" = "c" } } }"#)]), @r#"
    error: `A=B` is no name of a variable
     --> pipeline.toml:7:67
      |
    7 | clean = { path = "plugins/clean.wasm", grants = { env = { "A=B" = "c" } } }
      |                                                                   ^^^
      |
      = help: write `NAME = "value"`, or `NAME = "${env:NAME}"` for the host's own
    "#);
    let folders = r#"clean.wasm", grants = { files = [
    { path = "s3://bucket", at = "/a" },
    { path = "b", at = "b" },
    { path = "c", at = "/c/../d" },
    { path = "e", at = "/a", write = true },
] } }"#;
    assert_snapshot!(problems(&[(r#"clean.wasm" }"#, folders)]), @r#"
    error: `s3://bucket` is no folder that plugin `clean` can be given
     --> pipeline.toml:8:14
      |
    8 |     { path = "s3://bucket", at = "/a" },
      |              ^^^^^^^^^^^^^
      |
      = help: write a path, relative to pipeline.toml

    error: plugin `clean` cannot see a folder at `b`
     --> pipeline.toml:9:24
      |
    9 |     { path = "b", at = "b" },
      |                        ^^^ it begins with `/`
      |
      = help: write it like "/data"

    error: plugin `clean` cannot see a folder at `/c/../d`
      --> pipeline.toml:10:24
       |
    10 |     { path = "c", at = "/c/../d" },
       |                        ^^^^^^^^^ it has an empty part, `.` or `..`
       |
       = help: write it like "/data"

    error: two folders at `/a`
      --> pipeline.toml:11:24
       |
     8 |     { path = "s3://bucket", at = "/a" },
       |                                  ---- the first
    ...
    11 |     { path = "e", at = "/a", write = true },
       |                        ^^^^
       |
       = help: give each its own place
    "#);
}

#[test]
fn bad_data_types() {
    assert_snapshot!(problems(&[(r#"url = "${input}" }"#, r#"url = "${input}", schema = { a = "string", b = "flot64", c = "timestamp[days]", d = "decimal(50, 2)", e = "geometry" } }"#)]), @r#"
    error: bad data type `string` for column `a`
      --> pipeline.toml:10:49
       |
    10 | source.csv = { url = "${input}", schema = { a = "string", b = "flot64", c = "timestamp[days]", d = "decimal(50, 2)", e = "geometry" } }
       |                                                 ^^^^^^^^ no such data type
       |
       = help: did you mean `utf8`?

    error: bad data type `flot64` for column `b`
      --> pipeline.toml:10:63
       |
    10 | source.csv = { url = "${input}", schema = { a = "string", b = "flot64", c = "timestamp[days]", d = "decimal(50, 2)", e = "geometry" } }
       |                                                               ^^^^^^^^ no such data type
       |
       = help: did you mean `float64`?

    error: bad data type `timestamp[days]` for column `c`
      --> pipeline.toml:10:77
       |
    10 | source.csv = { url = "${input}", schema = { a = "string", b = "flot64", c = "timestamp[days]", d = "decimal(50, 2)", e = "geometry" } }
       |                                                                             ^^^^^^^^^^^^^^^^^ a unit, and a time zone where there is one
       |
       = help: write it like `timestamp[us]` or `timestamp[us, UTC]`; the units are `s`, `ms`, `us`, `ns`

    error: bad data type `decimal(50, 2)` for column `d`
      --> pipeline.toml:10:100
       |
    10 | source.csv = { url = "${input}", schema = { a = "string", b = "flot64", c = "timestamp[days]", d = "decimal(50, 2)", e = "geometry" } }
       |                                                                                                    ^^^^^^^^^^^^^^^^ digits in all (1 to 38), and how many of them after the point
       |
       = help: write it like `decimal(38, 10)`

    error: bad data type `geometry` for column `e`
      --> pipeline.toml:10:122
       |
    10 | source.csv = { url = "${input}", schema = { a = "string", b = "flot64", c = "timestamp[days]", d = "decimal(50, 2)", e = "geometry" } }
       |                                                                                                                          ^^^^^^^^^^ no such data type
       |
       = help: known: `null`, `bool`, `int8`, `int16`, `int32`, `int64`, `uint8`, `uint16`, `uint32`, `uint64`, `float32`, `float64`, `utf8`, `date32`, `date64`, `time32[ms]`, `time64[us]`, `timestamp[us]`, `timestamp[us, UTC]`, `decimal(38, 10)`
    "#);
}

#[test]
fn bad_characters_in_csv() {
    assert_snapshot!(problems(&[(r#"url = "${input}" }"#, r#"url = "${input}", delimiter = "||", quote = "„", comment = "\n", terminator = "\r\n" }"#)]), @r#"
    error: bad delimiter `||`
      --> pipeline.toml:10:46
       |
    10 | source.csv = { url = "${input}", delimiter = "||", quote = "„", comment = "\n", terminator = "\r\n" }
       |                                              ^^^^ 2 characters
       |
       = help: write one ASCII character, such as ";" or "\t"

    error: bad quote `„`
      --> pipeline.toml:10:60
       |
    10 | source.csv = { url = "${input}", delimiter = "||", quote = "„", comment = "\n", terminator = "\r\n" }
       |                                                            ^^^ not ASCII
       |
       = help: write one ASCII character, such as ";" or "\t"

    error: bad comment `\n`
      --> pipeline.toml:10:75
       |
    10 | source.csv = { url = "${input}", delimiter = "||", quote = "„", comment = "\n", terminator = "\r\n" }
       |                                                                           ^^^^ a line end
       |
       = help: write one ASCII character, such as ";" or "\t"

    error: bad terminator `\r\n`
      --> pipeline.toml:10:94
       |
    10 | source.csv = { url = "${input}", delimiter = "||", quote = "„", comment = "\n", terminator = "\r\n" }
       |                                                                                              ^^^^^^ 2 characters
       |
       = help: write one ASCII character, such as ";" or "\u001e"
    "#);
}

#[test]
fn comments_where_rows_do_not_end_with_their_lines() {
    assert_snapshot!(problems(&[(r#"url = "${input}" }"#, r##"url = "${input}", terminator = ";", comment = "#" }"##)]), @r##"
    error: a comment, which ends with its line, where `terminator` says that rows do not
      --> pipeline.toml:10:62
       |
    10 | source.csv = { url = "${input}", terminator = ";", comment = "#" }
       |                                                              ^^^
       |
       = help: leave one of the two out
    "##);
}

#[test]
fn the_same_delimiter_and_quote() {
    assert_snapshot!(problems(&[(r#"url = "${input}" }"#, r#"url = "${input}", delimiter = "'", quote = "'" }"#)]), @r#"
    error: the delimiter and the quote are the same character
      --> pipeline.toml:10:59
       |
    10 | source.csv = { url = "${input}", delimiter = "'", quote = "'" }
       |                                                           ^^^
    "#);
}

#[test]
fn no_rows_to_infer_from() {
    assert_snapshot!(problems(&[(r#"url = "${input}" }"#, r#"url = "${input}", infer-rows = 0 }"#)]), @r#"
    error: types cannot be inferred from no rows
      --> pipeline.toml:10:47
       |
    10 | source.csv = { url = "${input}", infer-rows = 0 }
       |                                               ^
       |
       = help: write 1 or more
    "#);
}

#[test]
fn an_unknown_encoding() {
    let with = |encoding: &str| {
        problems(&[(r#"url = "${input}" }"#, &format!("url = \"${{input}}\", encoding = \"{encoding}\" }}"))])
    };
    assert_snapshot!(["utf8", "ISO-8859-1", "ebcdic"].map(with).join("\n"), @r#"
    error: unknown encoding `utf8`
      --> pipeline.toml:10:45
       |
    10 | source.csv = { url = "${input}", encoding = "utf8" }
       |                                             ^^^^^^
       |
       = help: did you mean `utf-8`?
    error: unknown encoding `ISO-8859-1`
      --> pipeline.toml:10:45
       |
    10 | source.csv = { url = "${input}", encoding = "ISO-8859-1" }
       |                                             ^^^^^^^^^^^^
       |
       = help: did you mean `latin-1`?
    error: unknown encoding `ebcdic`
      --> pipeline.toml:10:45
       |
    10 | source.csv = { url = "${input}", encoding = "ebcdic" }
       |                                             ^^^^^^^^
       |
       = help: known: `utf-8`, `utf-16`, `utf-16le`, `utf-16be`, `latin-1`, `windows-1250`, `windows-1251`, `windows-1252`, `windows-1253`, `windows-1254`, `windows-1255`, `windows-1256`, `windows-1257`, `windows-1258`, `windows-874`, `iso-8859-2`, `iso-8859-3`, `iso-8859-4`, `iso-8859-5`, `iso-8859-6`, `iso-8859-7`, `iso-8859-8`, `iso-8859-10`, `iso-8859-13`, `iso-8859-14`, `iso-8859-15`, `iso-8859-16`, `koi8-r`, `koi8-u`, `ibm866`, `macintosh`, `x-mac-cyrillic`, `shift_jis`, `euc-jp`, `iso-2022-jp`, `euc-kr`, `big5`, `gbk`, `gb18030`
    "#);
}

#[test]
fn a_quote_without_quoting() {
    assert_snapshot!(problems(&[(r#"url = "${input}" }"#, r#"url = "${input}", quoting = false, quote = "'" }"#)]), @r#"
    error: a quote, where `quoting = false` says that there are none
      --> pipeline.toml:10:59
       |
    10 | source.csv = { url = "${input}", quoting = false, quote = "'" }
       |                                                           ^^^
       |
       = help: leave one of the two out
    "#);
}

#[test]
fn bad_sinks() {
    let told =
        r#"sink.csv = { delimiter = "'", quote = "'", rows-per-file = 0, partition-by = ["a", "b", "a"], "#;
    assert_snapshot!(problems(&[("sink.parquet = {", told)]), @r#"
    error: the delimiter and the quote are the same character
      --> pipeline.toml:11:39
       |
    11 | sink.csv = { delimiter = "'", quote = "'", rows-per-file = 0, partition-by = ["a", "b", "a"],  url = "out/clean" }
       |                                       ^^^

    error: files without rows
      --> pipeline.toml:11:60
       |
    11 | sink.csv = { delimiter = "'", quote = "'", rows-per-file = 0, partition-by = ["a", "b", "a"],  url = "out/clean" }
       |                                                            ^
       |
       = help: write 1 or more

    error: folders are named by `a` twice
      --> pipeline.toml:11:89
       |
    11 | sink.csv = { delimiter = "'", quote = "'", rows-per-file = 0, partition-by = ["a", "b", "a"],  url = "out/clean" }
       |                                                                               ---       ^^^
       |                                                                               |
       |                                                                               the first
    "#);
    assert_snapshot!(problems(&[("sink.parquet = {", r#"sink.ipc = { compression = "gzip", partition_by = ["a"], "#)]), @r#"
    error: unknown choice `gzip`
      --> pipeline.toml:11:28
       |
    11 | sink.ipc = { compression = "gzip", partition_by = ["a"],  url = "out/clean" }
       |                            ^^^^^^
       |
       = help: known here: `zstd`, `lz4`, `none`
    "#);
}

#[test]
fn bad_partitions() {
    let with = |told: &str| {
        problems(&[(r#"url = "${input}" }"#, &format!("url = \"${{input}}\", partitions = {told} }}"))])
    };
    assert_snapshot!(["\"atuo\"", "{ year = \"int\" }", "3"].map(with).join("\n"), @r#"
    error: unknown choice `atuo`
      --> pipeline.toml:10:47
       |
    10 | source.csv = { url = "${input}", partitions = "atuo" }
       |                                               ^^^^^^
       |
       = help: write "auto", or the columns and their types, as in { year = "int32" }
    error: bad data type `int` for column `year`
      --> pipeline.toml:10:56
       |
    10 | source.csv = { url = "${input}", partitions = { year = "int" } }
       |                                                        ^^^^^ no such data type
       |
       = help: did you mean `int64`?
    error: expected "auto" or a table such as { year = "int32" }, found integer `3`
      --> pipeline.toml:10:47
       |
    10 | source.csv = { url = "${input}", partitions = 3 }
       |                                               ^
    "#);
}

#[test]
fn what_becomes_of_bad_rows() {
    assert_snapshot!(problems(&[(r#"url = "${input}" }"#, r#"url = "${input}", on-bad-rows = "rejct" }"#)]), @r#"
    error: unknown choice `rejct`
      --> pipeline.toml:10:48
       |
    10 | source.csv = { url = "${input}", on-bad-rows = "rejct" }
       |                                                ^^^^^^^
       |
       = help: did you mean `reject`?
    "#);
}

#[test]
fn objects_overlap_as_paths_do() {
    let both = |input: &str, output: &str| {
        problems(&[(r#""${input}" }"#, &format!("{input:?} }}")), (r#""out/clean""#, &format!("{output:?}"))])
    };
    assert_snapshot!(both("s3://data/in/*", "s3://data/in/clean"), @r#"
    error: the output `s3://data/in/clean` is also an input
      --> pipeline.toml:11:24
       |
    10 | source.csv = { url = "s3://data/in/*" }
       |                      ---------------- the input
    11 | sink.parquet = { url = "s3://data/in/clean" }
       |                        ^^^^^^^^^^^^^^^^^^^^
       |
       = help: to read what another job writes, use `source.job`
    "#);
    assert_snapshot!(both("s3://data/out/*.csv", "s3://data/out/"), @r#"
    error: the input `s3://data/out/*.csv` is inside the output `s3://data/out/`
      --> pipeline.toml:11:24
       |
    10 | source.csv = { url = "s3://data/out/*.csv" }
       |                      --------------------- the input
    11 | sink.parquet = { url = "s3://data/out/" }
       |                        ^^^^^^^^^^^^^^^^
       |
       = help: write to a folder of its own
    "#);
}

#[test]
fn buckets_are_apart_from_one_another_and_from_paths() {
    for (input, output) in
        [("s3://one/in", "s3://other/in"), ("s3://data/**", "out"), ("/**", "s3://data/out")]
    {
        let file = GOOD.replace("${input}", input).replace("out/clean", output);
        assert!(parse(&file).is_ok(), "{input} and {output}");
    }
}

#[test]
fn a_file_url_of_another_machine() {
    assert_snapshot!(problems(&[(r#""${input}" }"#, r#""file://server/in.csv" }"#)]), @r#"
    error: `file://server/in.csv` is not a local path
      --> pipeline.toml:10:22
       |
    10 | source.csv = { url = "file://server/in.csv" }
       |                      ^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write it like `file:///data/in.csv`, or as a plain path
    "#);
}

#[test]
fn an_empty_path() {
    assert_snapshot!(problems(&[(r#""out/clean""#, r#""""#)]), @r#"
    error: an empty path
      --> pipeline.toml:11:24
       |
    11 | sink.parquet = { url = "" }
       |                        ^^
       |
       = help: write a file, a folder or a glob
    "#);
}

#[test]
fn empty_names() {
    assert_snapshot!(problems(&[(r#"name = "demo""#, r#"name = """#), (r#"name = "Drop""#, r#"name = " ""#), ("clean = { path", r#""" = { path = "x.wasm" }
clean = { path"#)]), @r#"
    error: the pipeline needs a name
     --> pipeline.toml:1:8
      |
    1 | name = ""
      |        ^^ nothing in it

    error: a plugin needs a name
     --> pipeline.toml:7:1
      |
    7 | "" = { path = "x.wasm" }
      | ^^ nothing in it

    error: a stage needs a name
      --> pipeline.toml:15:8
       |
    15 | name = " "
       |        ^^^ nothing in it
    "#);
}

#[test]
fn a_plugin_name_with_a_slash() {
    assert_snapshot!(problems(&[("clean = { path", r#""a/b" = { path = "x.wasm" }
clean = { path"#)]), @r#"
    error: the plugin name `a/b` has a slash in it
     --> pipeline.toml:7:1
      |
    7 | "a/b" = { path = "x.wasm" }
      | ^^^^^
      |
      = help: `run` is `plugin/operation`: the slash ends the plugin's name
    "#);
}

#[test]
fn two_stages_of_one_name() {
    assert_snapshot!(problems(&[(r#"with = { columns = ["a", "b"] }"#, r#"
[[jobs.clean.stages]]
name = "Drop"
run = "clean/round""#)]), @r#"
    error: two stages are called `Drop`
      --> pipeline.toml:18:8
       |
    14 | name = "Drop"
       |        ------ the first
    ...
    18 | name = "Drop"
       |        ^^^^^^
       |
       = help: a stage's name is its span's name in the trace: give each its own
    "#);
}

#[test]
fn an_unknown_job() {
    assert_snapshot!(problems(&[(r#"with = { columns = ["a", "b"] }"#, r#"
[jobs.next]
source.job = "claen"
sink.parquet.url = "out/next""#)]), @r#"
    error: unknown job `claen`
      --> pipeline.toml:18:14
       |
    18 | source.job = "claen"
       |              ^^^^^^^
       |
       = help: did you mean `clean`?
    "#);
}

#[test]
fn a_job_that_reads_itself() {
    assert_snapshot!(problems(&[(r#"source.csv = { url = "${input}" }"#, r#"source.job = "clean""#)]), @r#"
    error: jobs wait for each other: `clean` reads `clean`
      --> pipeline.toml:10:14
       |
    10 | source.job = "clean"
       |              ^^^^^^^
    "#);
}

#[test]
fn jobs_in_a_cycle() {
    assert_snapshot!(problems(&[(r#"source.csv = { url = "${input}" }"#, r#"source.job = "c""#), (r#"with = { columns = ["a", "b"] }"#, r#"
[jobs.b]
source.job = "clean"
sink.parquet.url = "out/b"

[jobs.c]
source.job = "b"
sink.parquet.url = "out/c"

[jobs.d]
source.job = "c"
sink.parquet.url = "out/d""#)]), @r#"
    error: jobs wait for each other: `clean` reads `c` reads `b` reads `clean`
      --> pipeline.toml:10:14
       |
    10 | source.job = "c"
       |              ^^^
    "#);
}

#[test]
fn no_jobs() {
    assert_snapshot!(problems(&[("[jobs.clean]", "[jobs]\n[x.clean]"), ("[[jobs.clean.stages]]", "[[x.clean.stages]]")]), @r"
    error: a pipeline needs a job
     --> pipeline.toml:9:1
      |
    9 | [jobs]
      | ^^^^^^
      |
      = help: add `[jobs.NAME]`

    error: unknown key `x`
      --> pipeline.toml:10:2
       |
    10 | [x.clean]
       |  ^
       |
       = help: known here: `name`, `memory`, `max-spill`, `vars`, `plugins`, `jobs`
    ");
}

#[test]
fn two_outputs_in_one_place() {
    assert_snapshot!(problems(&[("with = {", r#"ports.rest.parquet.url = "./out/x/../clean/"
with = {"#)]), @r#"
    error: two outputs go to `out/clean`
      --> pipeline.toml:11:24
       |
    11 | sink.parquet = { url = "out/clean" }
       |                        ^^^^^^^^^^^
    ...
    16 | ports.rest.parquet.url = "./out/x/../clean/"
       |                          ------------------- the other output
       |
       = help: give each output a folder of its own
    "#);
}

#[test]
fn an_output_inside_an_output() {
    assert_snapshot!(problems(&[("with = {", r#"ports.rest.parquet.url = "out/clean/rest"
with = {"#)]), @r#"
    error: the output `out/clean/rest` is inside the output `out/clean`
      --> pipeline.toml:11:24
       |
    11 | sink.parquet = { url = "out/clean" }
       |                        ^^^^^^^^^^^
    ...
    16 | ports.rest.parquet.url = "out/clean/rest"
       |                          ---------------- the other output
       |
       = help: give each output a folder of its own
    "#);
}

#[test]
fn an_output_that_is_an_input() {
    assert_snapshot!(problems(&[(r#""${input}""#, r#""out/clean/""#)]), @r#"
    error: the output `out/clean` is also an input
      --> pipeline.toml:11:24
       |
    10 | source.csv = { url = "out/clean/" }
       |                      ------------ the input
    11 | sink.parquet = { url = "out/clean" }
       |                        ^^^^^^^^^^^
       |
       = help: to read what another job writes, use `source.job`
    "#);
}

#[test]
fn an_output_inside_an_input() {
    assert_snapshot!(problems(&[(r#""${input}""#, r#""out""#)]), @r#"
    error: the output `out/clean` is inside the input `out`
      --> pipeline.toml:11:24
       |
    10 | source.csv = { url = "out" }
       |                      ----- the input
    11 | sink.parquet = { url = "out/clean" }
       |                        ^^^^^^^^^^^
       |
       = help: write to a folder of its own
    "#);
}

#[test]
fn an_output_that_a_glob_reads() {
    assert_snapshot!(problems(&[(r#""${input}""#, r#""out/c*""#)]), @r#"
    error: the output `out/clean` is also an input
      --> pipeline.toml:11:24
       |
    10 | source.csv = { url = "out/c*" }
       |                      -------- the input
    11 | sink.parquet = { url = "out/clean" }
       |                        ^^^^^^^^^^^
       |
       = help: to read what another job writes, use `source.job`
    "#);
}

#[test]
fn an_input_inside_an_output() {
    assert_snapshot!(problems(&[(r#""${input}""#, r#""out/clean/*.csv""#)]), @r#"
    error: the input `out/clean/*.csv` is inside the output `out/clean`
      --> pipeline.toml:11:24
       |
    10 | source.csv = { url = "out/clean/*.csv" }
       |                      ----------------- the input
    11 | sink.parquet = { url = "out/clean" }
       |                        ^^^^^^^^^^^
       |
       = help: write to a folder of its own
    "#);
}

#[test]
fn a_configuration_that_json_cannot_hold() {
    assert_snapshot!(problems(&[(r#"columns = ["a", "b"]"#, "big = 0xffff_ffff_ffff_ffff_ff, limit = nan")]), @r#"
    error: a whole number that a signed 64-bit integer cannot hold
      --> pipeline.toml:16:16
       |
    16 | with = { big = 0xffff_ffff_ffff_ffff_ff, limit = nan }
       |                ^^^^^^^^^^^^^^^^^^^^^^^^

    error: `nan` is no number that JSON knows
      --> pipeline.toml:16:50
       |
    16 | with = { big = 0xffff_ffff_ffff_ffff_ff, limit = nan }
       |                                                  ^^^ a plugin gets its configuration as JSON
    "#);
}

#[test]
fn a_port_without_a_kind() {
    assert_snapshot!(problems(&[("with = {", r#"ports.rest = "out/rest"
with = {"#)]), @r#"
    error: `ports.rest` is a string, not a table
      --> pipeline.toml:16:14
       |
    16 | ports.rest = "out/rest"
       |              ^^^^^^^^^^
       |
       = help: write `ports.rest.parquet = { … }`
    "#);
}

#[test]
fn how_many_rows_may_be_rejected_where_none_is() {
    let contract = "contract = { columns.a.min = 0, max-rejects = 3 }\n[[jobs.clean.stages]]";
    let given = [
        (r#"url = "${input}" }"#, r#"url = "${input}", max-rejects = "1%" }"#),
        ("[[jobs.clean.stages]]", contract),
    ];
    assert_snapshot!(problems(&given), @r#"
    error: `max-rejects` where no row is rejected
      --> pipeline.toml:10:48
       |
    10 | source.csv = { url = "${input}", max-rejects = "1%" }
       |                                                ^^^^
       |
       = help: `on-bad-rows = "reject"` beside it rejects rows that do not fit

    error: `max-rejects` where no row is rejected
      --> pipeline.toml:13:47
       |
    13 | contract = { columns.a.min = 0, max-rejects = 3 }
       |                                               ^
       |
       = help: `on-bad-rows = "reject"` beside it rejects rows that do not fit
    "#);
    assert_snapshot!(problems(&[("name = \"Drop\"", "name = \"Drop\"\nmax-rejects = 1")]), @r#"
    error: `max-rejects` where no row is rejected
      --> pipeline.toml:15:15
       |
    15 | max-rejects = 1
       |               ^
       |
       = help: `on-bad-rows = "reject"` beside it rejects rows that do not fit
    "#);
}
