//! How the objects of a folder are named.

/// The register. Tools that list take what begins with `_` for hidden.
pub(super) const MANIFEST: &str = "_manifest.json";

/// `part-00000.parquet`, or `part-00000-RUN.parquet`; in a folder of folders that are named by values,
/// `year=2024/part-00000-RUN.parquet`.
pub(super) fn part(folder: &str, index: u32, run: Option<&str>, extension: &str) -> String {
    let name = match run {
        None => format!("part-{index:05}.{extension}"),
        Some(run) => {
            let run = run.replace(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)), "-");
            format!("part-{index:05}-{run}.{extension}")
        }
    };
    join(folder, &name)
}

/// Whether a folder's name is that of a value: `year=2024`.
pub(super) fn is_value(folder: &str) -> bool {
    folder.split_once('=').is_some_and(|(column, _)| !column.is_empty() && !column.starts_with('.'))
}

/// Whether a name is one that [`part`] gives.
pub(super) fn is_part(name: &str) -> bool {
    match name.rsplit_once('/') {
        Some((folders, name)) => folders.split('/').all(is_value) && is_plain_part(name),
        None => is_plain_part(name),
    }
}

fn is_plain_part(name: &str) -> bool {
    let Some((stem, extension)) = name.split_once('.') else { return false };
    let Some(rest) = stem.strip_prefix("part-") else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (_, run) = rest.split_at(digits);
    let run_is_right = run.is_empty()
        || run.len() > 1
            && run.starts_with('-')
            && run.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    digits >= 5
        && run_is_right
        && !extension.is_empty()
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

/// Whether a name is the same in all generations.
pub(super) fn is_stable(name: &str) -> bool {
    !name.contains('/') && name.split('.').next().is_some_and(|stem| stem.matches('-').count() == 1)
}

/// The key of an object in a folder; a bucket is a folder too.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The name of an object in a folder, with what is between.
pub(super) fn name<'a>(key: &'a str, folder: &str) -> &'a str {
    key.strip_prefix(folder).unwrap_or(key).trim_start_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_from_everything_else() {
        let run = Some("2026-01-02T03:04 x/é");
        let names = [
            part("", 0, None, "parquet"),
            part("", 123_456, run, "csv.gz"),
            part("year=2026/a-b=%2F.x", 1, run, "csv"),
        ];
        assert_eq!(
            names,
            [
                "part-00000.parquet",
                "part-123456-2026-01-02T03-04-x--.csv.gz",
                "year=2026/a-b=%2F.x/part-00001-2026-01-02T03-04-x--.csv"
            ]
        );
        assert!(names.iter().all(|name| is_part(name)));
        assert!(is_stable(&names[0]) && !is_stable(&names[1]) && !is_stable(&names[2]));
        let others = [
            "part-0.parquet",
            "part-00000",
            "part-00000-.csv",
            "part-00000x.csv",
            "a/part-00000.csv",
            "part-00000.c v",
        ];
        assert!(others.iter().all(|name| !is_part(name)));
    }
}
