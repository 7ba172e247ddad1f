//! pipeline.toml as a checked Pipeline, with diagnostics that point at the line.
