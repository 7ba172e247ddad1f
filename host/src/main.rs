//! Runs ETL pipelines.

fn main() {}
