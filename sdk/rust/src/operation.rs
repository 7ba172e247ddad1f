//! Operations, and the plugin that offers them.

use schemars::{JsonSchema, Schema as JsonSchemaDocument, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::near::did_you_mean;
use crate::{Error, Input, Plan, Result};

/// One operation. The type is its configuration, the `with` table of a stage; the first paragraph of
/// its documentation is the summary that users see.
pub trait Operation: DeserializeOwned + JsonSchema + 'static {
    /// Its name within the plugin: "drop-columns".
    const NAME: &'static str;

    /// Names of the output ports. The first is the pipeline's own.
    const OUTPUTS: &'static [&'static str] = &["output"];

    /// Checks the configuration against the input, and says what comes out and how to run it.
    fn bind(self, input: &Input) -> Result<Plan>;
}

/// What a component offers; [`plugin!`](crate::plugin) writes it.
pub trait Plugin {
    /// Its name.
    const NAME: &'static str;
    /// Its version.
    const VERSION: &'static str;
    /// One line on what it is for.
    const SUMMARY: &'static str;

    /// All operations.
    fn operations() -> Vec<Entry>;

    /// The operation of this name; else an error with the near miss.
    fn operation(name: &str) -> Result<Entry> {
        let operations = Self::operations();
        if let Some(found) = operations.iter().find(|entry| entry.name == name) {
            return Ok(found.clone());
        }
        let near = did_you_mean(name, operations.iter().map(|entry| entry.name));
        let plugin = Self::NAME;
        Err(Error::config("", format!("plugin `{plugin}` has no operation `{name}`{near}")))
    }
}

/// An operation in a plugin's list.
#[derive(Clone)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Names of its output ports.
    pub outputs: &'static [&'static str],
    schema: fn() -> JsonSchemaDocument,
    bind: fn(&str, &Input) -> Result<Plan>,
}

impl Entry {
    /// The entry of an operation.
    pub fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            outputs: O::OUTPUTS,
            schema: || SchemaGenerator::default().into_root_schema_for::<O>(),
            bind: |config, input| parse::<O>(config)?.bind(input),
        }
    }

    /// JSON Schema of the configuration.
    pub fn config_schema(&self) -> String {
        (self.schema)().as_value().to_string()
    }

    /// What it does, in a line.
    pub fn summary(&self) -> String {
        let schema = (self.schema)();
        let text = schema.get("description").and_then(serde_json::Value::as_str).unwrap_or_default();
        text.split("\n\n").next().unwrap_or_default().replace('\n', " ")
    }

    /// Reads the configuration, JSON, and binds the operation.
    pub fn bind(&self, config: &str, input: &Input) -> Result<Plan> {
        (self.bind)(config, input)
    }
}

/// What serde calls things, and what a reader of a pipeline file does.
const WORDS: &[(&str, &str)] = &[
    ("unknown field", "unknown key"),
    ("missing field", "missing key"),
    ("there are no fields", "there are none"),
    ("unknown variant", "unknown value"),
    ("expected a sequence", "expected a list"),
    ("expected a map", "expected a table"),
    ("expected a boolean", "expected true or false"),
    ("expected f64", "expected a number"),
    ("expected i64", "expected a whole number"),
    ("expected usize", "expected a whole number from 0"),
    ("expected u8", "expected a whole number from 0 to 255"),
];

/// Reads a configuration. An error names the path, and what may have been meant.
fn parse<O: DeserializeOwned>(config: &str) -> Result<O> {
    let config = if config.is_empty() { "{}" } else { config };
    // By way of a value, the code of each operation is smaller than by way of a parser.
    let value: serde_json::Value =
        serde_json::from_str(config).map_err(|error| Error::config("", error.to_string()))?;
    serde_path_to_error::deserialize(value).map_err(|error| refused(error.path(), &error.inner().to_string()))
}

fn refused(path: &serde_path_to_error::Path, message: &str) -> Error {
    let path = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    });
    let message =
        WORDS.iter().fold(message.to_owned(), |message, (serde, ours)| message.replace(serde, ours));
    // "unknown key `x`, expected one of `a`, `b`"
    let mut quoted = message.split('`').skip(1).step_by(2);
    let near = match (message.starts_with("unknown "), quoted.next()) {
        (true, Some(word)) => did_you_mean(word, quoted),
        _ => String::new(),
    };
    Error::config(path.collect::<Vec<_>>().join("."), format!("{message}{near}"))
}

/// Makes a component of a list of operations.
///
/// ```ignore
/// etl_sdk::plugin! { name: "acme", summary: "Our own operations", operations: [Scale] }
/// ```
#[macro_export]
macro_rules! plugin {
    (name: $name:expr, summary: $summary:expr, operations: [$($operation:ty),+ $(,)?] $(,)?) => {
        /// The operations of this plugin.
        pub struct Plugin;

        impl $crate::Plugin for Plugin {
            const NAME: &'static str = $name;
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            const SUMMARY: &'static str = $summary;

            fn operations() -> Vec<$crate::Entry> {
                vec![$($crate::Entry::of::<$operation>()),+]
            }
        }

        $crate::export_component!(Plugin);
    };
}

/// Exports the component's functions.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
#[macro_export]
macro_rules! export_component {
    ($plugin:ident) => {
        $crate::bindings::export!($plugin with_types_in $crate::bindings);
    };
}

/// Off Wasm there is nothing to export.
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
#[macro_export]
macro_rules! export_component {
    ($plugin:ident) => {};
}
