//! When there is colour.

use crate::support::Place;

const ESCAPE: u8 = 0x1b;

fn coloured(arguments: &[&str], variable: Option<(&str, &str)>) -> bool {
    let mut command = Place::new().command(arguments);
    let place = Place::new();
    let output = command.current_dir(place.path(".")).envs(variable).output().unwrap();
    output.stdout.contains(&ESCAPE) || output.stderr.contains(&ESCAPE)
}

#[test]
fn there_is_none_in_a_file_unless_it_is_asked_for() {
    assert!(!coloured(&["check", "pipeline.toml"], None));
    assert!(coloured(&["check", "pipeline.toml", "--color", "always"], None));
    assert!(coloured(&["check", "pipeline.toml"], Some(("CLICOLOR_FORCE", "1"))));
    assert!(coloured(&["check", "none.toml", "--color", "always"], None));
}

#[test]
fn there_is_none_where_it_is_not_wanted() {
    let forced = [("CLICOLOR_FORCE", "1")];
    assert!(!coloured(&["check", "pipeline.toml", "--color", "never"], Some(forced[0])));
    assert!(!coloured(&["check", "none.toml"], Some(("NO_COLOR", "1"))));
}
