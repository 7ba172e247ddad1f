//! The contract's bindings, generated from `wit/`.
#![expect(clippy::pedantic, reason = "generated code")]

wit_bindgen::generate!({
    world: "two-pass-plugin",
    path: "../../wit",
    pub_export_macro: true,
    default_bindings_module: "etl_sdk::bindings",
});
