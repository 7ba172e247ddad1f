//! The pieces of a trace, as X-Ray hands them out: documents that are late, doubled, or not complete yet.

use std::collections::HashMap;

use serde_json::Value;

/// A segment or a subsegment, as far as we look at it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Piece {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) name: String,
    pub(crate) origin: Option<String>,
    /// The id of the request that it made, or that it is.
    pub(crate) request_id: Option<String>,
    pub(crate) start: f64,
    pub(crate) is_subsegment: bool,
    in_progress: bool,
}

/// All pieces of a trace that were seen.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    by_id: HashMap<String, Piece>,
}

/// Subsegments in subsegments: a JSON parser goes no deeper either.
const DEEPEST: usize = 64;

impl Pieces {
    /// Takes a document with all that is nested in it. What is no document is passed over: it is not ours.
    pub(crate) fn take(&mut self, document: &str) {
        if let Ok(document) = serde_json::from_str(document) {
            self.take_value(&document, None, 0);
        }
    }

    fn take_value(&mut self, document: &Value, within: Option<&str>, depth: usize) {
        let text = |key: &str| document[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let Some(id) = text("id").filter(|_| depth < DEEPEST) else { return };
        let piece = Piece {
            parent: within.map(str::to_owned).or_else(|| text("parent_id")),
            name: text("name").unwrap_or_default(),
            origin: text("origin"),
            request_id: document["aws"]["request_id"].as_str().map(str::to_owned),
            start: document["start_time"].as_f64().unwrap_or_default(),
            is_subsegment: within.is_some() || document["type"] == "subsegment",
            in_progress: document["in_progress"] == true,
            id: id.clone(),
        };
        self.merge(piece);
        for child in document["subsegments"].as_array().into_iter().flatten() {
            self.take_value(child, Some(&id), depth + 1);
        }
    }

    /// The complete document replaces the one that was sent while it was in progress, in whatever order they come.
    fn merge(&mut self, piece: Piece) {
        let Some(known) = self.by_id.get_mut(&piece.id) else {
            self.by_id.insert(piece.id.clone(), piece);
            return;
        };
        let (newer, older) = if piece.in_progress && !known.in_progress {
            (known.clone(), piece)
        } else {
            (piece, known.clone())
        };
        *known = Piece {
            parent: newer.parent.or(older.parent),
            origin: newer.origin.or(older.origin),
            request_id: newer.request_id.or(older.request_id),
            ..newer
        };
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Piece> {
        self.by_id.values()
    }

    /// What a piece lies in, from the inside out. Ends where a piece is missing, and in a circle.
    pub(crate) fn above<'a>(&'a self, piece: &'a Piece) -> impl Iterator<Item = &'a Piece> {
        let parent = |piece: &&'a Piece| self.by_id.get(piece.parent.as_deref()?);
        std::iter::successors(parent(&piece), parent).take(DEEPEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(documents: &[&str]) -> Vec<Piece> {
        let mut pieces = Pieces::default();
        for document in documents {
            pieces.take(document);
        }
        let mut all: Vec<_> = pieces.all().cloned().collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        all
    }

    #[test]
    fn a_complete_piece_wins_over_one_in_progress_whichever_comes_first() {
        let begun = r#"{"id":"a","name":"m","origin":"O","start_time":1,"in_progress":true,
            "subsegments":[{"id":"b","name":"clean","start_time":2,"in_progress":true}]}"#;
        let done = r#"{"id":"a","name":"m","start_time":1,"end_time":5,
            "subsegments":[{"id":"b","name":"clean","start_time":2,"aws":{"request_id":"r"}}]}"#;
        let one = pieces(&[begun, done, begun]);
        assert_eq!(one, pieces(&[done, begun]));
        assert_eq!(one.len(), 2);
        assert_eq!((one[0].origin.as_deref(), one[0].in_progress), (Some("O"), false));
        assert_eq!((one[1].parent.as_deref(), one[1].request_id.as_deref()), (Some("a"), Some("r")));
        assert!(one[1].is_subsegment);
    }

    #[test]
    fn what_is_no_document_is_passed_over() {
        assert_eq!(pieces(&["", "[]", "{}", r#"{"id":""}"#, r#"{"id":3}"#, "null"]), []);
    }

    #[test]
    fn a_circle_ends() {
        let mut pieces = Pieces::default();
        pieces.take(r#"{"id":"a","parent_id":"b"}"#);
        pieces.take(r#"{"id":"b","parent_id":"a"}"#);
        assert_eq!(pieces.above(&pieces.by_id["a"]).count(), DEEPEST);
    }
}
