//! Running operations natively, in unit tests.
//!
//! ```
//! # use etl_sdk::prelude::*;
//! # /// Keeps the first rows of each batch's text.
//! # #[derive(Deserialize, JsonSchema)]
//! # struct Scale { column: String, by: f64 }
//! # impl Operation for Scale {
//! #     const NAME: &'static str = "scale";
//! #     fn bind(self, input: &Input) -> Result<Plan> {
//! #         let column = input.column("column", &self.column)?.numbers()?.index();
//! #         Ok(Plan::any(input.schema().clone(), move |batch: Batch| {
//! #             let scaled = batch.column(column)?.as_f64()?.map(|value| value * self.by)?;
//! #             batch.with(&self.column, &scaled)
//! #         }))
//! #     }
//! # }
//! let out = etl_sdk::testing::run::<Scale>(r#"{ "column": "x", "by": 2 }"#, "
//!     x: float | y: text
//!     1.5      | a
//!     null     | b
//! ")?;
//! assert_eq!(out.to_string(), "x: float | y: text\n3        | a\nnull     | b");
//! # Ok::<(), etl_sdk::Error>(())
//! ```

mod run;
mod table;

pub use run::{Outcome, bind, error, run, run_once};
pub use table::{show, table};
