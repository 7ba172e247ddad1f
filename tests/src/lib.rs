//! What needs more than one crate: end to end, hostile plugins, faults.
