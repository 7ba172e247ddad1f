//! Airbnb-shaped listings of any size, deterministic, with the quirks of the real file.
