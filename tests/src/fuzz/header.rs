//! Trace headers.

use etl_trace::{Given, Parent};

/// What is read of a header is a trace; what is not is told in a few words.
pub fn header(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Parent::parse(text) {
        Ok(parent) => {
            assert_ne!(parent.trace_id, [0; 16]);
            assert_ne!(parent.span_id, Some([0; 8]));
        }
        Err(error) => {
            let said = error.to_string();
            assert!(said.len() < 2_000 && !said.contains('\u{1b}'), "{said:?}");
        }
    }
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    for name in ["_X_AMZN_TRACE_ID", "TRACEPARENT"] {
        let env = |variable: &str| match variable {
            "TRACESTATE" => Some(rest.to_owned()),
            _ => (variable == name).then(|| first.to_owned()),
        };
        let (parent, warnings) = Parent::find(Given::default(), &env).unwrap();
        assert!(parent.is_some() || first.trim().is_empty() || !warnings.is_empty());
    }
}
