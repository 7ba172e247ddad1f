//! Analytical operations: arithmetic, ranks, counts, text and groups.
