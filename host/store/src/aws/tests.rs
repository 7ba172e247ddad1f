//! From an environment to what leads to a bucket.

use std::fs;

use super::*;

fn found<const N: usize>(variables: [(&str, &str); N]) -> String {
    match Settings::find(&Environment::of(variables), "s3://data") {
        Ok(settings) => format!("{settings:?}"),
        Err(error) => format!("{error}\nhint: {}", error.hint().unwrap_or_default()),
    }
}

#[test]
fn the_first_that_is_there_counts() {
    let keys = [("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "t")];
    insta::assert_snapshot!(found(keys), @r#"Settings { credentials: Keys { id: "k", secret: "s", token: Some("t") }, region: "us-east-1", endpoint: None, requester_pays: false }"#);
    let identity =
        [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn"), ("AWS_DEFAULT_REGION", "r")];
    insta::assert_snapshot!(found(identity), @r#"Settings { credentials: WebIdentity { token_file: "/token", role: "arn", session: None }, region: "r", endpoint: None, requester_pays: false }"#);
    let container = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"), ("AWS_REGION", "r")];
    insta::assert_snapshot!(found(container), @r#"Settings { credentials: Container("/v2/x"), region: "r", endpoint: None, requester_pays: false }"#);
    insta::assert_snapshot!(found([]), @r#"Settings { credentials: Machine { endpoint: None }, region: "us-east-1", endpoint: None, requester_pays: false }"#);
    insta::assert_snapshot!(found([("AWS_SKIP_SIGNATURE", "true"), ("AWS_REQUEST_PAYER", "true")]), @r#"Settings { credentials: Anonymous, region: "us-east-1", endpoint: None, requester_pays: true }"#);
}

#[test]
fn a_profile_has_keys_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text = "[default]\nregion = r1\n[profile keys]\nregion = r2\nendpoint_url = http://127.0.0.1:9\n\
        [profile sso]\nsso_session = company\n[profile chained]\nrole_arn = arn\nsource_profile = keys\n";
    fs::write(&config, text).unwrap();
    let credentials = folder.path().join("credentials");
    fs::write(&credentials, "[keys]\naws_access_key_id = k\naws_secret_access_key = s\n").unwrap();
    let of = |profile| {
        found([
            ("AWS_CONFIG_FILE", config.to_str().unwrap()),
            ("AWS_SHARED_CREDENTIALS_FILE", credentials.to_str().unwrap()),
            ("AWS_PROFILE", profile),
        ])
    };
    insta::assert_snapshot!(of("keys"), @r#"Settings { credentials: Keys { id: "k", secret: "s", token: None }, region: "r2", endpoint: Some("http://127.0.0.1:9"), requester_pays: false }"#);
    insta::assert_snapshot!(of("default"), @r#"Settings { credentials: Machine { endpoint: None }, region: "r1", endpoint: None, requester_pays: false }"#);
    insta::assert_snapshot!(of("sso"), @r"
    can't set up access to s3://data: the profile uses sso_session, and only keys and web identities are read from profiles
    hint: `aws configure export-credentials --format env` prints variables to set
    ");
    insta::assert_snapshot!(of("chained"), @r"
    can't set up access to s3://data: the profile uses source_profile, and only keys and web identities are read from profiles
    hint: `aws configure export-credentials --format env` prints variables to set
    ");
}
