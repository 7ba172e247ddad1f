//! Names of segments, as X-Ray takes them.

/// X-Ray takes no longer names.
const MOST: usize = 200;

/// `name` without what X-Ray refuses in a segment's name; nothing where nothing is left. The collector cleans the names
/// of spans, but hands on the name that a span gives its service as it is, and X-Ray then refuses the segment.
pub(crate) fn segment_name(name: &str) -> Option<String> {
    let taken = |c: &char| c.is_alphanumeric() || *c == ' ' || "_.:/%&#=+\\-@".contains(*c);
    let mut name: String = name.chars().filter(taken).collect();
    name.truncate(name.floor_char_boundary(MOST));
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::segment_name;

    #[test]
    fn what_x_ray_refuses_is_left_out() {
        assert_eq!(segment_name("clean (1): a/b").as_deref(), Some("clean 1: a/b"));
        assert_eq!(segment_name("Größe\n*").as_deref(), Some("Größe"));
        assert_eq!(segment_name(&"é".repeat(150)).map(|name| name.len()), Some(200));
        assert_eq!(["", "()", " * "].map(segment_name), [const { None }; 3]);
    }
}
