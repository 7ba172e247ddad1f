//! The trace of a run: context, spans, budget, export and local record.
