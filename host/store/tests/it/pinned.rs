//! Plugins by URL.

use etl_store::wait;

use crate::support::{Place, serve, told};

const CONTENT: &str = "(component)";
const DIGEST: &str = "fa69abd0e355ea21aeaf9cd3b36e1bf6a4944ee9df0be50d1c764b43eaa1dce6";

/// Serves one file; all others are not there.
fn serve_plugin(requests: usize) -> String {
    serve(requests, |line| match line {
        "GET /plugin.wasm HTTP/1.1" => ("200 OK", CONTENT),
        _ => ("404 Not Found", ""),
    })
}

#[test]
fn a_plugin_is_the_one_that_is_pinned() {
    let place = Place::new();
    place.put("plugin.wasm", CONTENT);
    let server = serve_plugin(4);
    let (s3, http) = (place.bucket.location(&place.key("plugin.wasm")), format!("{server}/plugin.wasm"));
    let fetch = |url: &str, digest: &str, limit| wait(place.stores.fetch_pinned(url, digest, limit));
    let said = |url: &str, digest: &str, limit| {
        let error = fetch(url, digest, limit).unwrap_err();
        told(&error).replace(&place.key(""), "PLACE/").replace(&server, "SERVER")
    };
    for url in [&s3, &http] {
        assert_eq!(fetch(url, &format!("sha256:{DIGEST}"), 100).unwrap(), CONTENT);
    }
    insta::assert_snapshot!(said(&s3, &DIGEST.replace('a', "b"), 100), @r"
    s3://data/PLACE/plugin.wasm has the digest sha256:fa69abd0e355ea21aeaf9cd3b36e1bf6a4944ee9df0be50d1c764b43eaa1dce6, sha256:fb69bbd0e355eb21bebf9cd3b36e1bf6b4944ee9df0be50d1c764b43ebb1dce6 is pinned
    hint: the file has changed, or the pin is that of another file
    ");
    insta::assert_snapshot!(said(&s3, DIGEST, 10), @"s3://data/PLACE/plugin.wasm is too large: at most 10 bytes are taken");
    insta::assert_snapshot!(said(&http, DIGEST, 10), @"SERVER/plugin.wasm is too large: at most 10 bytes are taken");
    insta::assert_snapshot!(said(&http, "sha256:0", 100), @r"
    SERVER/plugin.wasm has the digest sha256:fa69abd0e355ea21aeaf9cd3b36e1bf6a4944ee9df0be50d1c764b43eaa1dce6, sha256:0 is pinned
    hint: the file has changed, or the pin is that of another file
    ");
    insta::assert_snapshot!(said(&format!("{server}/other.wasm"), DIGEST, 100), @"SERVER/other.wasm is not there");
    insta::assert_snapshot!(said("http://example.com/plugin.wasm", DIGEST, 100), @r#"
    can't use "http://example.com/plugin.wasm": a plugin comes by https://, or from this machine
    hint: a location is a path, file:///folder/file, or s3://bucket/prefix
    "#);
    insta::assert_snapshot!(said("s3://data", DIGEST, 100), @r#"
    can't use "s3://data": it names no object
    hint: a location is a path, file:///folder/file, or s3://bucket/prefix
    "#);
    insta::assert_snapshot!(said("plugins/clean.wasm", DIGEST, 100), @r#"
    can't use "plugins/clean.wasm": it is a path
    hint: a location is a path, file:///folder/file, or s3://bucket/prefix
    "#);
}
