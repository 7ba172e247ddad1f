//! The headers that callers send.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;
use insta::assert_snapshot;
use proptest::prelude::*;
use std::collections::HashMap;

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

/// What a header means, on one line.
fn read(header: &str) -> String {
    match Parent::parse(header) {
        Ok(Parent { trace_id, span_id, sampled, lineage, .. }) => format!(
            "trace {} span {} sampled {} lineage {}",
            hex(&trace_id),
            span_id.map_or("-".into(), |id| hex(&id)),
            sampled.map_or("?".into(), |sampled| u8::from(sampled).to_string()),
            lineage.as_deref().unwrap_or("-"),
        ),
        Err(error) => format!("error: {error}"),
    }
}

fn table(headers: &[&str]) -> String {
    let lines: Vec<_> = headers.iter().map(|header| format!("{header}\n  {}", read(header))).collect();
    lines.join("\n")
}

#[test]
fn xray_headers_that_senders_write() {
    assert_snapshot!(table(&[
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
        "Root=1-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=?",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=;Sampled=",
        "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
        " Root = 1-5759e988-bd862e3fe1be46a994272793 ; Parent=53995c3f42cd8ad8; Sampled=1 ; ",
        "root=1-5759E988-BD862E3FE1BE46A994272793;PARENT=53995C3F42CD8AD8;sampled=1",
        "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
        "Root=1-5759e988-bd862e3fe1be46a994272793;CalledFrom=app,web;Parent=53995c3f42cd8ad8;Sampled=1",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a87bd80c:0|68fd508a:5|c512fbe3:2;Sampled=1",
        "Sampled=1;Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793",
        "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Self=;Extra=a=b;=;Parent=53995c3f42cd8ad8",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=",
    ]), @r"
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 1 lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 0 lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1
      trace 5759e988bd862e3fe1be46a994272793 span - sampled 1 lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793
      trace 5759e988bd862e3fe1be46a994272793 span - sampled ? lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled ? lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=?
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled ? lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=;Sampled=
      trace 5759e988bd862e3fe1be46a994272793 span - sampled ? lineage -
    X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled ? lineage -
     Root = 1-5759e988-bd862e3fe1be46a994272793 ; Parent=53995c3f42cd8ad8; Sampled=1 ; 
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 1 lineage -
    root=1-5759E988-BD862E3FE1BE46A994272793;PARENT=53995C3F42CD8AD8;sampled=1
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 1 lineage -
    Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled ? lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;CalledFrom=app,web;Parent=53995c3f42cd8ad8;Sampled=1
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 1 lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 1 lineage 1:a87bd80c:0
    Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a87bd80c:0|68fd508a:5|c512fbe3:2;Sampled=1
      trace 5759e988bd862e3fe1be46a994272793 span - sampled 1 lineage a87bd80c:0|68fd508a:5|c512fbe3:2
    Sampled=1;Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 1 lineage -
    Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793
      trace 5759e988bd862e3fe1be46a994272793 span - sampled ? lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;Self=;Extra=a=b;=;Parent=53995c3f42cd8ad8
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled ? lineage -
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 1 lineage -
    ");
}

#[test]
fn xray_headers_that_are_wrong() {
    assert_snapshot!(table(&[
        "Root",
        "hello",
        "1-5759e988-bd862e3fe1be46a994272793",
        "Parent=53995c3f42cd8ad8;Sampled=1",
        "Root=9-5759e988-bd862e3fe1be46a994272793",
        "Root=1-6921-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a99427279",
        "Root=1-5759e988-bd862e3fe1be46a9942727933",
        "Root=1-00000000-000000000000000000000000",
        "Root=1-5759e98g-bd862e3fe1be46a994272793",
        "Root=1-5759e98é-bd862e3fe1be46a99427279",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=yes",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Root=1-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a b",
    ]), @r#"
    Root
      error: trace header "Root" is neither an X-Ray header (`Root=…`) nor a W3C traceparent (`00-…-…-01`)
    hello
      error: trace header "hello" is neither an X-Ray header (`Root=…`) nor a W3C traceparent (`00-…-…-01`)
    1-5759e988-bd862e3fe1be46a994272793
      error: trace header "1-5759e988-bd862e3fe1be46a994272793" is neither an X-Ray header (`Root=…`) nor a W3C traceparent (`00-…-…-01`)
    Parent=53995c3f42cd8ad8;Sampled=1
      error: X-Ray trace header: no Root, so no trace id, in "Parent=53995c3f42cd8ad8;Sampled=1"
    Root=9-5759e988-bd862e3fe1be46a994272793
      error: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "9-5759e988-bd862e3fe1be46a994272793"
    Root=1-6921-bd862e3fe1be46a994272793
      error: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "1-6921-bd862e3fe1be46a994272793"
    Root=1-5759e988-bd862e3fe1be46a99427279
      error: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "1-5759e988-bd862e3fe1be46a99427279"
    Root=1-5759e988-bd862e3fe1be46a9942727933
      error: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "1-5759e988-bd862e3fe1be46a9942727933"
    Root=1-00000000-000000000000000000000000
      error: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "1-00000000-000000000000000000000000"
    Root=1-5759e98g-bd862e3fe1be46a994272793
      error: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "1-5759e98g-bd862e3fe1be46a994272793"
    Root=1-5759e98é-bd862e3fe1be46a99427279
      error: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "1-5759e98é-bd862e3fe1be46a99427279"
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad
      error: trace header: Parent: expected 16 hex digits, not all zero, found "53995c3f42cd8ad"
    Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000
      error: trace header: Parent: expected 16 hex digits, not all zero, found "0000000000000000"
    Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=yes
      error: trace header: Sampled: expected 0, 1 or ?, found "yes"
    Root=1-5759e988-bd862e3fe1be46a994272793;Sampled
      error: X-Ray trace header: expected `key=value` between semicolons, found "Sampled"
    Root=1-5759e988-bd862e3fe1be46a994272793;Root=1-5759e988-bd862e3fe1be46a994272793
      error: X-Ray trace header: Root stands in it more than once
    Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a b
      error: trace header: Lineage: expected printable ASCII without a semicolon, at most 512 characters, found "a b"
    "#);
}

#[test]
fn nothing_is_no_header() {
    for nothing in ["", " \t "] {
        assert_eq!(Parent::parse(nothing), Err(HeaderError::Empty));
    }
}

#[test]
fn w3c_headers() {
    assert_snapshot!(table(&[
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-will-be",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    ]), @r#"
    00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
      trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331 sampled 1 lineage -
    00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00
      trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331 sampled 0 lineage -
    00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03
      trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331 sampled 1 lineage -
    traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
      trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331 sampled 1 lineage -
    00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01
      trace 5759e988bd862e3fe1be46a994272793 span 53995c3f42cd8ad8 sampled 1 lineage -
    cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-will-be
      trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331 sampled 1 lineage -
    00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more
      error: trace header: traceparent: expected version, trace id, parent id and flags between hyphens, and nothing more in version 00, found "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"
    ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
      error: trace header: traceparent version: expected two lower-case hex digits other than ff, found "ff"
    00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01
      error: trace header: traceparent trace id: expected 32 lower-case hex digits, not all zero, found "0AF7651916CD43DD8448EB211C80319C"
    00-00000000000000000000000000000000-b7ad6b7169203331-01
      error: trace header: traceparent trace id: expected 32 lower-case hex digits, not all zero, found "00000000000000000000000000000000"
    00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01
      error: trace header: traceparent parent id: expected 16 lower-case hex digits, not all zero, found "0000000000000000"
    00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1
      error: trace header: traceparent flags: expected two lower-case hex digits, found "1"
    00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331
      error: trace header "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331" is neither an X-Ray header (`Root=…`) nor a W3C traceparent (`00-…-…-01`)
    "#);
}

#[test]
fn the_first_that_names_a_trace_counts() {
    let environment = HashMap::from([
        ("_X_AMZN_TRACE_ID", "Root=1-44444444-444444444444444444444444"),
        ("TRACEPARENT", "00-55555555555555555555555555555555-5555555555555555-01"),
        ("TRACESTATE", "vendor=a,other=b"),
    ]);
    let given = Given {
        flag: Some("Root=1-11111111-111111111111111111111111"),
        input: Some("00-22222222222222222222222222222222-2222222222222222-01"),
        invocation: Some("Root=1-33333333-333333333333333333333333;Parent=3333333333333333;Sampled=0"),
    };
    let find = |given: Given<'_>, without: &[&str]| {
        let env = |name: &str| {
            environment.get(name).filter(|_| !without.contains(&name)).map(|value| (*value).to_owned())
        };
        let (parent, warnings) = Parent::find(given, &env).unwrap();
        let told = parent.map(|parent| (parent.trace_id[0], parent.sampled, parent.tracestate));
        (told, warnings)
    };
    let found = |given, without: &[&str]| {
        let (told, warnings) = find(given, without);
        assert!(warnings.is_empty(), "{warnings:?}");
        told
    };
    assert_eq!(found(given, &[]), Some((0x11, None, String::new())));
    let given = Given { flag: None, ..given };
    assert_eq!(found(given, &[]), Some((0x22, Some(true), String::new())));
    let given = Given { input: Some(" "), ..given };
    assert_eq!(found(given, &[]), Some((0x33, Some(false), String::new())));
    let nothing = Given::default();
    assert_eq!(found(nothing, &[]), Some((0x44, None, String::new())));
    let state = "vendor=a,other=b".to_owned();
    assert_eq!(found(nothing, &["_X_AMZN_TRACE_ID"]), Some((0x55, Some(true), state)));
    assert_eq!(found(nothing, &["_X_AMZN_TRACE_ID", "TRACEPARENT"]), None);
    // What others wrote is passed over where it cannot be read, and told.
    let wrong = Given { input: Some("none"), invocation: Some("Root=none"), ..nothing };
    let (told, warnings) = find(wrong, &[]);
    assert_eq!(told.map(|(trace, ..)| trace), Some(0x44));
    assert_snapshot!(warnings.join("\n"), @r#"
    the trace header in the input is ignored: trace header "none" is neither an X-Ray header (`Root=…`) nor a W3C traceparent (`00-…-…-01`)
    the invocation's trace header is ignored: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "none"
    "#);
}

#[test]
fn a_wrong_flag_is_an_error_and_a_wrong_variable_is_told() {
    let env = |name: &str| match name {
        "_X_AMZN_TRACE_ID" => Some("Root=none".to_owned()),
        "TRACEPARENT" => Some("00-33333333333333333333333333333333-3333333333333333-01".to_owned()),
        "TRACESTATE" => Some("no pair".to_owned()),
        _ => None,
    };
    assert!(Parent::find(Given { flag: Some("Root=none"), ..Given::default() }, &env).is_err());
    let (parent, warnings) = Parent::find(Given::default(), &env).unwrap();
    let parent = parent.unwrap();
    assert_eq!((parent.trace_id, parent.tracestate.as_str()), ([0x33; 16], ""));
    assert_snapshot!(warnings.join("\n"), @r#"
    environment variable _X_AMZN_TRACE_ID is ignored: trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "none"
    environment variable TRACESTATE is ignored: expected at most 32 `key=value` members in 512 characters
    "#);
}

fn context(parent: &Parent, span_id: [u8; 8]) -> TraceContext {
    let inherited = Inherited {
        trace_id: parent.trace_id,
        sampled: parent.sampled.unwrap_or(true),
        tracestate: parent.tracestate.clone(),
        lineage: parent.lineage.clone(),
    };
    TraceContext { inherited: Arc::new(inherited), span_id }
}

#[test]
fn a_context_is_handed_on_in_both_forms() {
    let header = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=?;Lineage=a87bd80c:0|68fd508a:5");
    let context = context(&Parent::parse(&header).unwrap(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_snapshot!(context.traceparent(), @"00-5759e988bd862e3fe1be46a994272793-0102030405060708-01");
    assert_snapshot!(context.xray_header(), @"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0102030405060708;Sampled=1;Lineage=a87bd80c:0|68fd508a:5");
}

proptest! {
    #[test]
    fn what_we_hand_on_we_can_read(trace in 1_u128.., span in 1_u64.., sampled: bool, lineage in "[0-9a-f:|]{0,40}") {
        let parent = Parent {
            trace_id: trace.to_be_bytes(),
            span_id: Some(span.to_be_bytes()),
            sampled: Some(sampled),
            tracestate: String::new(),
            lineage: (!lineage.is_empty()).then_some(lineage),
        };
        let context = context(&parent, span.to_be_bytes());
        prop_assert_eq!(Parent::parse(&context.xray_header()).unwrap(), parent.clone());
        let without_lineage = Parent { lineage: None, ..parent };
        prop_assert_eq!(Parent::parse(&context.traceparent()).unwrap(), without_lineage);
    }

    #[test]
    fn no_header_makes_the_parser_panic(header in "\\PC*|Root=[-0-9a-f1;=é]*|00-[-0-9a-fé]*") {
        let _ = Parent::parse(&header);
    }
}
