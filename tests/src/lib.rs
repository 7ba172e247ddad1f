//! What needs more than one crate: the properties that fuzzing tries to break. `fuzz/` looks for inputs that do, and the
//! tests replay those that once did.

pub mod fuzz;
