//! Names of data types: checked, and brought into one form.

use crate::{DataTypeName, suggest};

const PLAIN: [&str; 15] = [
    "null", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32",
    "float64", "utf8", "date32", "date64",
];

/// Shapes of the names, for a message that lists them.
const KNOWN: [&str; 19] = [
    "null",
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "utf8",
    "date32",
    "date64",
    "time32",
    "time64",
    "timestamp",
    "decimal",
];

/// Names that people use elsewhere.
const ELSEWHERE: [(&str, &str); 14] = [
    ("boolean", "bool"),
    ("byte", "int8"),
    ("int", "int64"),
    ("integer", "int64"),
    ("bigint", "int64"),
    ("long", "int64"),
    ("float", "float64"),
    ("double", "float64"),
    ("string", "utf8"),
    ("str", "utf8"),
    ("text", "utf8"),
    ("varchar", "utf8"),
    ("date", "date32"),
    ("datetime", "timestamp[us]"),
];

/// Why a name is refused.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) label: String,
    pub(crate) help: String,
}

/// The type that `text` names.
pub(crate) fn parse(text: &str) -> Result<DataTypeName, Refusal> {
    let text = text.trim();
    if PLAIN.contains(&text) {
        return Ok(DataTypeName(text.to_owned()));
    }
    let base = text.split(['[', '(']).next().unwrap_or(text);
    let canonical = match base.trim() {
        "time32" => unit_in(text, base, &["s", "ms"]),
        "time64" => unit_in(text, base, &["us", "ns"]),
        "timestamp" => timestamp(text),
        "decimal" => decimal(text),
        _ => Err(unknown(text)),
    };
    canonical.map(DataTypeName)
}

fn unknown(text: &str) -> Refusal {
    let lower = text.to_lowercase();
    let near = ELSEWHERE.iter().find(|(name, _)| *name == lower).map(|(_, ours)| *ours);
    let help = match near.or_else(|| suggest::nearest(text, KNOWN)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "known: {}, `time32[ms]`, `time64[us]`, `timestamp[us]`, `timestamp[us, UTC]`, `decimal(38, 10)`",
            suggest::list(PLAIN)
        ),
    };
    Refusal { label: "no such data type".into(), help }
}

/// The comma-separated arguments of `name[...]`.
fn arguments<'a>(text: &'a str, name: &str, [open, close]: [char; 2]) -> Option<Vec<&'a str>> {
    let inner = text.strip_prefix(name)?.trim_start().strip_prefix(open)?.strip_suffix(close)?;
    Some(inner.split(',').map(str::trim).collect())
}

fn unit_in(text: &str, base: &str, units: &[&str]) -> Result<String, Refusal> {
    let name = base.trim();
    match arguments(text, name, ['[', ']']).as_deref() {
        Some([unit]) if units.contains(unit) => Ok(format!("{name}[{unit}]")),
        _ => Err(Refusal {
            label: format!("the unit is one of {}", suggest::list(units.iter().copied())),
            help: format!("write it like `{name}[{}]`", units[0]),
        }),
    }
}

fn timestamp(text: &str) -> Result<String, Refusal> {
    let units = ["s", "ms", "us", "ns"];
    let is_zone = |zone: &str| {
        !zone.is_empty()
            && zone.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-' | ':'))
    };
    match arguments(text, "timestamp", ['[', ']']).as_deref() {
        Some([unit]) if units.contains(unit) => Ok(format!("timestamp[{unit}]")),
        Some([unit, zone]) if units.contains(unit) && is_zone(zone) => {
            Ok(format!("timestamp[{unit}, {zone}]"))
        }
        _ => Err(Refusal {
            label: "a unit, and a time zone where there is one".into(),
            help:
                "write it like `timestamp[us]` or `timestamp[us, UTC]`; the units are `s`, `ms`, `us`, `ns`"
                    .into(),
        }),
    }
}

fn decimal(text: &str) -> Result<String, Refusal> {
    let numbers = arguments(text, "decimal", ['(', ')']).and_then(|arguments| match arguments[..] {
        [precision, scale] => Some((precision.parse::<u8>().ok()?, scale.parse::<u8>().ok()?)),
        _ => None,
    });
    match numbers {
        Some((precision @ 1..=38, scale)) if scale <= precision => {
            Ok(format!("decimal({precision}, {scale})"))
        }
        _ => Err(Refusal {
            label: "digits in all (1 to 38), and how many of them after the point".into(),
            help: "write it like `decimal(38, 10)`".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn canonical(text: &str) -> Option<String> {
        parse(text).ok().map(|name| name.to_string())
    }

    #[test]
    fn names_are_brought_into_one_form() {
        assert_eq!(canonical("int64").as_deref(), Some("int64"));
        assert_eq!(canonical("timestamp[us,UTC]").as_deref(), Some("timestamp[us, UTC]"));
        assert_eq!(
            canonical("timestamp[ns, America/New_York]").as_deref(),
            Some("timestamp[ns, America/New_York]")
        );
        assert_eq!(canonical("decimal( 38,10 )").as_deref(), Some("decimal(38, 10)"));
        assert_eq!(canonical("time32[ms]").as_deref(), Some("time32[ms]"));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "",
            "int",
            "Int64x",
            "timestamp",
            "timestamp[d]",
            "timestamp[us, ]",
            "decimal(39, 1)",
            "decimal(3, 4)",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_from_elsewhere_leads_to_ours() {
        let help = |text| parse(text).err().map(|refusal| refusal.help);
        assert_eq!(help("String").as_deref(), Some("did you mean `utf8`?"));
        assert_eq!(help("flaot64").as_deref(), Some("did you mean `float64`?"));
        assert_eq!(help("datetime").as_deref(), Some("did you mean `timestamp[us]`?"));
    }
}
