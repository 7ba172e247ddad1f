//! How object stores are asked: the environment says it, as it says where they are.

use std::time::Duration;

use etl_engine::StoreOptions;

use super::environment;
use super::error::{Error, Result};

const ATTEMPTS: &str = "AWS_MAX_ATTEMPTS";
const TIMEOUT: &str = "ETL_HOST_REQUEST_TIMEOUT";
const LEASE: &str = "ETL_HOST_LEASE";

/// What the environment says.
pub(crate) fn options() -> Result<StoreOptions> {
    let attempts = told(ATTEMPTS)
        .map(|text| {
            let attempts = text.parse().ok().filter(|attempts| *attempts > 0);
            attempts.ok_or_else(|| wrong(ATTEMPTS, &text, "write a whole number from 1"))
        })
        .transpose()?;
    Ok(StoreOptions { attempts, timeout: time(TIMEOUT)?, lease: time(LEASE)? })
}

fn time(name: &str) -> Result<Option<Duration>> {
    let time = |text: String| {
        let time = etl_pipeline::milliseconds(&text);
        time.map(Duration::from_millis).map_err(|_| wrong(name, &text, "write a time like `30s`"))
    };
    told(name).map(time).transpose()
}

/// A variable that says something.
fn told(name: &str) -> Option<String> {
    environment::variable(name).filter(|text| !text.is_empty())
}

fn wrong(name: &str, text: &str, help: &str) -> Error {
    Error::Other { message: format!("can't use {name}={text}"), help: Some(help.to_owned()) }
}
