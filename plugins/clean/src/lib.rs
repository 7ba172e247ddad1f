//! Cleaning operations: names, nulls, duplicates, types, dates, skewness.
