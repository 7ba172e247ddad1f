//! Write ETL stages as small Rust types.
