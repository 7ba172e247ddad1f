//! What can't work is told at its place in the pipeline, with what would mend it.

use insta::assert_snapshot;

use super::Shop;

const PIPELINE: &str =
    "name = 'copy'\n[jobs.copy]\nsource.csv = { url = 'S3/in.csv' }\nsink.csv = { url = 'S3/out/' }\n";

/// What the user sees of a run of a pipeline.
fn seen(pipeline: &str, variables: &[(&str, &str)]) -> String {
    let shop = Shop::new();
    shop.put("in.csv", "id,n\n1,2\n2,x\n");
    let output = shop.run_with(pipeline, &[], variables);
    assert_eq!(output.status.code(), Some(1));
    shop.said(&output)
}

#[test]
fn who_asks_is_wrong() {
    assert_snapshot!(seen(PIPELINE, &[("AWS_SECRET_ACCESS_KEY", "wrong")]), @r"
    error: job `copy`: can't look at S3/in.csv: the credentials are wrong (SignatureDoesNotMatch)
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/in.csv' }
      |
      |
      = help: AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID
    ");
    assert_snapshot!(seen(PIPELINE, &[("AWS_ACCESS_KEY_ID", "unknown")]), @r"
    error: job `copy`: can't look at S3/in.csv: the credentials are wrong (InvalidAccessKeyId)
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/in.csv' }
      |
      |
      = help: the service does not know AWS_ACCESS_KEY_ID: is it of this account and endpoint?
    ");
    let none =
        [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_EC2_METADATA_DISABLED", "true")];
    assert_snapshot!(seen(PIPELINE, &none), @r"
    error: job `copy`: no credentials for s3://data: no keys, profile, web identity or role of a container, and AWS_EC2_METADATA_DISABLED is set
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/in.csv' }
      |
      |
      = help: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the task, instance or function a role
    ");
}

#[test]
fn where_is_wrong() {
    assert_snapshot!(seen(&PIPELINE.replace("S3/in.csv", "s3://no-such-bucket/in.csv"), &[]), @r"
    error: job `copy`: can't look at s3://no-such-bucket/in.csv: there is no such bucket
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 's3://no-such-bucket/in.csv' }
      |
      |
      = help: look at the bucket's name, and at AWS_ENDPOINT_URL where that is set
    ");
    assert_snapshot!(seen(&PIPELINE.replace("S3/out/", "s3://no-such-bucket/out/"), &[]), @r"
    error: can't look at s3://no-such-bucket/out: there is no such bucket
     --> pipeline.toml:4:20
      |
    4 | sink.csv = { url = 's3://no-such-bucket/out/' }
      |
      |
      = help: look at the bucket's name, and at AWS_ENDPOINT_URL where that is set
    ");
    assert_snapshot!(seen(&PIPELINE.replace("in.csv", "other.csv"), &[]), @r#"
    error: job `copy`: no input: "S3/other.csv" is not there
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/other.csv' }
      |
    "#);
    assert_snapshot!(seen(&PIPELINE.replace("in.csv", "*.json"), &[]), @r#"
    error: job `copy`: no input: "S3/*.json" matches no object
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/*.json' }
      |
    "#);
    assert_snapshot!(seen(PIPELINE, &[("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")]), @r"
    error: job `copy`: can't look at S3/in.csv: can't reach 127.0.0.1:1: connection refused
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/in.csv' }
      |
      |
      = help: look at AWS_ENDPOINT_URL, at the region's name, and at the network
    ");
}

#[test]
fn a_scheme_that_is_not_known() {
    let pipeline = PIPELINE.replace("S3/in.csv", "ftp://host/in.csv").replace("S3/out/", "gs://bucket/out");
    assert_snapshot!(seen(&pipeline, &[]), @r"
    error: job `copy`: can't use ftp://host/in.csv: this build has no support for ftp://
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'ftp://host/in.csv' }
      |
      |
      = help: this build knows file://, s3://
    ");
}

#[test]
fn a_bad_row_is_named_by_its_object() {
    let pipeline = PIPELINE.replace("in.csv'", "in.csv', infer-rows = 1");
    assert_snapshot!(seen(&pipeline, &[]), @r#"
    error: S3/in.csv:3:2: column "n" expects int64, found "x"
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/in.csv', infer-rows = 1 }
      |
      |
      = help: set `schema."n" = "utf8"` in pipeline.toml, or mend the row
    "#);
}

#[test]
fn what_no_job_wrote_is_not_replaced() {
    let shop = Shop::new();
    shop.put("in.csv", "id\n1\n");
    shop.put("out/precious.txt", "precious");
    let output = shop.run(PIPELINE, &[]);
    assert_snapshot!(shop.said(&output), @r#"
    error: won't replace S3/out: it holds "precious.txt", which no job wrote
     --> pipeline.toml:4:20
      |
    4 | sink.csv = { url = 'S3/out/' }
      |
      |
      = help: write to a folder of its own, or remove what is in this one
    "#);
}

#[test]
fn settings_that_mean_nothing() {
    assert_snapshot!(seen(PIPELINE, &[("ETL_HOST_LEASE", "soon")]), @r"
    error: can't use ETL_HOST_LEASE=soon
      = help: write a time like `30s`
    ");
    assert_snapshot!(seen(PIPELINE, &[("AWS_MAX_ATTEMPTS", "0")]), @r"
    error: can't use AWS_MAX_ATTEMPTS=0
      = help: write a whole number from 1
    ");
}
