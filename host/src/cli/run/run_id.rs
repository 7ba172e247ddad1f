//! The identity of a run.

use std::hash::{BuildHasher, RandomState};

use chrono::{DateTime, Utc};

/// `20221231T000000Z-1a2b3c`: sorted by name, runs are sorted by time; of one second they differ by chance.
pub(super) fn new(now: DateTime<Utc>) -> String {
    // What hash maps are seeded with is random enough, and there.
    let chance = RandomState::new().hash_one(std::process::id()) & 0xff_ffff;
    format!("{}-{chance:06x}", now.format("%Y%m%dT%H%M%SZ"))
}

#[cfg(test)]
mod tests {
    use super::new;
    use chrono::DateTime;

    #[test]
    fn ids_begin_with_the_time_and_differ() {
        let then = DateTime::UNIX_EPOCH;
        let (one, other) = (new(then), new(then));
        assert!(one.starts_with("19700101T000000Z-"), "{one}");
        assert_eq!(one.len(), "19700101T000000Z-1a2b3c".len());
        assert_ne!(one, other);
    }
}
