//! Column names as identifiers.

use etl_sdk::prelude::*;

/// Trims column names, makes them lower case and joins their words by `_`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandardizeNames {}

impl Operation for StandardizeNames {
    const NAME: &'static str = "standardize-names";

    fn bind(self, input: &Input) -> Result<Plan> {
        let mut names: Vec<String> = Vec::with_capacity(input.len());
        for field in input.fields() {
            let name = field.name.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase();
            if let Some(other) = names.iter().position(|known| *known == name) {
                let (first, second) = (&input.fields()[other].name, &field.name);
                return Err(Error::config(
                    "",
                    format!("columns `{first}` and `{second}` would both be named `{name}`"),
                ));
            }
            names.push(name);
        }
        let renamed =
            (0..input.len()).filter(|index| input.fields()[*index].name != names[*index]).collect::<Vec<_>>();
        let output = input.schema().clone().renamed(&names);
        let unchanged = renamed.is_empty();
        let stage = move |batch: Batch| if unchanged { Ok(batch) } else { batch.rename(&names) };
        Ok(Plan::any(output, stage).renames_only())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::StandardizeNames;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    #[test]
    fn joins_words_in_lower_case() {
        let out = run::<StandardizeNames>("{}", "\"  Host  Name \": text | id: int\n a | 1").unwrap();
        assert_snapshot!(out, @r"
            host_name: text | id: int
            a               | 1
            ");
    }

    #[test]
    fn errors() {
        assert_snapshot!(error::<StandardizeNames>("{}", "A b: int | \"a  B\": int"), @"columns `A b` and `a  B` would both be named `a_b`");
        assert_snapshot!(error::<StandardizeNames>(r#"{ "case": "upper" }"#, "a: int"), @"case: unknown key `case`, there are none");
    }
}
