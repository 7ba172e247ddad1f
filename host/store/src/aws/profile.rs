//! `~/.aws/config` and `~/.aws/credentials`, of which keys, region and endpoint are taken.
//!
//! The files' form is AWS's own: settings that are indented belong to the setting above, and comments begin a line.

use std::collections::HashMap;

/// The settings of one profile, of both files; those of `credentials` win.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    settings: HashMap<String, String>,
}

/// Settings that stand for ways to credentials that we do not go.
const OTHER_WAYS: [&str; 5] =
    ["sso_session", "sso_start_url", "credential_process", "source_profile", "login_session"];

impl Profile {
    /// The profile of this name, if either file has it.
    pub(super) fn find(name: &str, config: &str, credentials: &str) -> Option<Self> {
        let in_config = |section: &str| {
            let section = section.strip_prefix("profile ").map_or(section, str::trim);
            section == name
        };
        let mut settings = section(config, in_config);
        let more = section(credentials, |section| section == name);
        if settings.is_none() && more.is_none() {
            return None;
        }
        let mut all = settings.take().unwrap_or_default();
        all.extend(more.unwrap_or_default());
        Some(Self { settings: all })
    }

    pub(super) fn get(&self, setting: &str) -> Option<&str> {
        self.settings.get(setting).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A setting that asks for what we do not do.
    pub(super) fn other_way(&self) -> Option<&'static str> {
        OTHER_WAYS.into_iter().find(|setting| self.get(setting).is_some())
    }
}

/// The settings below the headers that are wanted, or nothing if there is no such header.
fn section(text: &str, wanted: impl Fn(&str) -> bool) -> Option<HashMap<String, String>> {
    let mut found = None;
    let mut inside = false;
    for line in text.lines() {
        let is_nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            inside = wanted(name.trim());
            if inside {
                found.get_or_insert_with(HashMap::new);
            }
        } else if let (true, false, Some((name, value))) = (inside, is_nested, line.split_once('=')) {
            // A comment may follow a value, after a space.
            let value = value.split(" #").next().unwrap_or_default().split(" ;").next().unwrap_or_default();
            let settings = found.get_or_insert_with(HashMap::new);
            settings.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
# the company's
[default]
region = eu-west-1
s3 =
    addressing_style = path
    region = nowhere

[profile data team]
region=eu-central-1 # where the data is
endpoint_url = http://127.0.0.1:8333
aws_access_key_id = OLD

[profile sso]
sso_session = company
";
    const CREDENTIALS: &str = "
[data team]
aws_access_key_id = AKIA
aws_secret_access_key = a/b+c=d#e
[default]
";

    #[test]
    fn both_files_make_a_profile() {
        let profile = Profile::find("data team", CONFIG, CREDENTIALS).unwrap();
        let settings = ["region", "endpoint_url", "aws_access_key_id", "aws_secret_access_key", "output"];
        assert_eq!(
            settings.map(|setting| profile.get(setting)),
            [Some("eu-central-1"), Some("http://127.0.0.1:8333"), Some("AKIA"), Some("a/b+c=d#e"), None]
        );
        assert_eq!(Profile::find("default", CONFIG, CREDENTIALS).unwrap().get("region"), Some("eu-west-1"));
        assert_eq!(Profile::find("none", CONFIG, CREDENTIALS), None);
        assert_eq!(Profile::find("sso", CONFIG, "").unwrap().other_way(), Some("sso_session"));
    }
}
