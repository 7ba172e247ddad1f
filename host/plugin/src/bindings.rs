//! What `bindgen!` makes of `wit/`: the types, the host traits and the typed exports.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "two-pass-plugin",
    imports: { default: trappable },
    with: {
        "etl:plugin/data.column": etl_data::Column,
        "etl:plugin/data.batch": etl_data::Batch,
        "etl:plugin/telemetry.span": crate::telemetry::OpenStep,
    },
});
