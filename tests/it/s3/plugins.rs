//! Plugins that are fetched.

use std::fs;

use insta::assert_snapshot;
use sha2::{Digest, Sha256};

use super::Shop;
use crate::support::plugin;

#[test]
fn a_plugin_is_fetched_once() {
    let shop = Shop::new();
    let wasm = fs::read(plugin("clean")).unwrap();
    let digest = format!("sha256:{:x}", Sha256::digest(&wasm));
    shop.put("clean.wasm", wasm);
    shop.put("in.csv", "a,b\n1,2\n");
    let pipeline = |digest: &str| {
        format!(
            r#"name = "fetched"
[plugins]
clean = {{ url = "S3/clean.wasm", digest = "{digest}" }}
[jobs.clean]
source.csv = {{ url = "S3/in.csv" }}
sink.csv = {{ url = "out/" }}
[[jobs.clean.stages]]
name = "Drop"
run = "clean/drop-columns"
with = {{ columns = ["b"] }}
"#
        )
    };
    let cache = shop.place.path("cache");
    let cached = [("ETL_HOST_CACHE", cache.to_str().unwrap())];
    let fetches = || shop.proxy.seen().iter().filter(|line| line.contains("clean.wasm")).count();
    for _ in 0..2 {
        let output = shop.run_with(&pipeline(&digest), &[], &cached);
        assert!(output.status.success(), "{}", shop.said(&output));
        assert_eq!(fetches(), 1);
    }
    // What is kept is looked at, too.
    fs::write(cache.join(format!("{}.wasm", digest.trim_start_matches("sha256:"))), "damaged").unwrap();
    let output = shop.run_with(&pipeline(&digest), &[], &cached);
    assert!(output.status.success(), "{}", shop.said(&output));
    assert_eq!(fetches(), 2);

    let other = format!("sha256:{}", "0".repeat(64));
    let output = shop.run_with(&pipeline(&other), &[], &cached);
    let said = shop
        .said(&output)
        .replace(digest.trim_start_matches("sha256:"), "DIGEST")
        .replace(&"0".repeat(64), "PIN");
    assert_snapshot!(said, @r#"
    error: plugin `clean`: S3/clean.wasm has the digest sha256:DIGEST, sha256:PIN is pinned
     --> pipeline.toml:3:56
      |
    3 | clean = { url = "S3/clean.wasm", digest = "sha256:PIN" }
      |
      |
      = help: the file has changed, or the pin is that of another file
    "#);
    let output = shop.run_with(&pipeline(&digest).replace("clean.wasm", "none.wasm"), &["--no-cache"], &[]);
    assert_snapshot!(shop.said(&output).replace(digest.trim_start_matches("sha256:"), "DIGEST"), @r#"
    error: plugin `clean`: S3/none.wasm is not there
     --> pipeline.toml:3:17
      |
    3 | clean = { url = "S3/none.wasm", digest = "sha256:DIGEST" }
      |
    "#);
}
