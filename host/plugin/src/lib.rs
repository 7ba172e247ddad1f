//! Wasm components as ETL stages: generations, instances, limits, and the batch and column resources.
