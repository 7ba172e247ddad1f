//! The step of a state machine that started us, and the segment that its request became.
//!
//! Step Functions sends a segment of the state machine. In it is a subsegment for each step, named as the step; in that,
//! one for the request that the step made, with the request's id. The service that was asked has a segment of its own
//! with the same id: that is what our segments belong under.

use crate::traces::{Piece, Pieces};

/// What is known of the step that started us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The trace's id as X-Ray writes it: `1-<8 hex>-<24 hex>`.
    pub trace_id: String,
    /// The state machine, where a trace has several with a step of that name.
    pub machine: Option<String>,
    /// The step's name.
    pub name: String,
    /// The id of the request that started us, where one step started several.
    pub request_id: Option<String>,
}

/// How sure a parent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It is the step: of the request nothing is known yet.
    Step,
    /// It is the request, as the step sees it.
    Call,
    /// It is the request, as the service that was asked sees it.
    Request,
}

impl Certainty {
    /// One word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Call => "call",
            Self::Request => "request",
        }
    }
}

impl Step {
    /// The best parent that these pieces have.
    pub(crate) fn find(&self, pieces: &Pieces) -> Option<([u8; 8], Certainty)> {
        // The request's id is nobody else's: where it is known the rest need not have come.
        if let Some(request) = &self.request_id
            && let Some(segment) = segment_of(pieces, request, None)
        {
            return Some((id(segment)?, Certainty::Request));
        }
        // A step that is tried again is there again; the last attempt is ours.
        let step = latest(pieces.all().filter(|piece| self.is_step(pieces, piece)))?;
        let calls = pieces.all().filter(|piece| {
            piece.is_subsegment
                && piece.request_id.is_some()
                && self.request_id.as_ref().is_none_or(|wanted| piece.request_id.as_ref() == Some(wanted))
                && within_segment(pieces, piece).any(|above| above.id == step.id)
        });
        // The step may itself be told of as the call.
        let call = latest(calls).or_else(|| Some(step).filter(|step| step.request_id.is_some()));
        let segment = call.and_then(|call| segment_of(pieces, call.request_id.as_deref()?, Some(&call.id)));
        let (found, certainty) = match (segment, call) {
            (Some(segment), _) => (segment, Certainty::Request),
            (None, Some(call)) => (call, Certainty::Call),
            (None, None) => (step, Certainty::Step),
        };
        Some((id(found)?, certainty))
    }

    fn is_step(&self, pieces: &Pieces, piece: &Piece) -> bool {
        piece.is_subsegment
            && piece.name == self.name
            && within_segment(pieces, piece).any(|above| {
                let named = self.machine.as_ref().is_none_or(|machine| above.name == *machine);
                named && is_state_machine(above)
            })
    }
}

fn is_state_machine(piece: &Piece) -> bool {
    let origin = piece.origin.as_deref().unwrap_or_default();
    !piece.is_subsegment && origin.eq_ignore_ascii_case("AWS::StepFunctions::StateMachine")
}

/// What a subsegment lies in, up to its segment and no further: a segment below a step is another service's.
fn within_segment<'a>(pieces: &'a Pieces, piece: &'a Piece) -> impl Iterator<Item = &'a Piece> {
    let mut ended = !piece.is_subsegment;
    pieces.above(piece).take_while(move |above| !std::mem::replace(&mut ended, !above.is_subsegment))
}

/// The segment of a request. A service may have several with one id: that right below the call goes first.
fn segment_of<'a>(pieces: &'a Pieces, request: &str, call: Option<&str>) -> Option<&'a Piece> {
    let of_request =
        pieces.all().filter(|piece| !piece.is_subsegment && piece.request_id.as_deref() == Some(request));
    of_request.min_by(|one, other| {
        let rank = |piece: &Piece| call.is_some() && piece.parent.as_deref() != call;
        let by_time = || one.start.total_cmp(&other.start).then_with(|| one.id.cmp(&other.id));
        rank(one).cmp(&rank(other)).then_with(by_time)
    })
}

fn latest<'a>(pieces: impl Iterator<Item = &'a Piece>) -> Option<&'a Piece> {
    pieces.max_by(|one, other| one.start.total_cmp(&other.start).then_with(|| one.id.cmp(&other.id)))
}

/// An id as bytes; nothing where it is none.
fn id(piece: &Piece) -> Option<[u8; 8]> {
    let id = u64::from_str_radix(&piece.id, 16).ok().filter(|id| *id != 0 && piece.id.len() == 16);
    id.map(u64::to_be_bytes)
}

#[cfg(test)]
mod tests;
