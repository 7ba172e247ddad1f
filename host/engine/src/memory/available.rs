//! How much memory this process may take, as the system says.

use std::fs;

/// Of what there is, what a run takes unless told.
const SHARE: (u64, u64) = (3, 5);

/// Where nothing is known.
const UNKNOWN: u64 = 1 << 30;

/// Three fifths of the machine's memory, or of the container's where that is less: plugins' code, what is read
/// and written, and other processes need some, too.
pub(crate) fn available() -> u64 {
    let read = |path: &str| fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").and_then(|text| total(&text));
    // Version 2 of control groups, and version 1; a group without a limit says "max", or a number beyond all.
    let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|path| read(path)?.trim().parse().ok());
    let all = [machine, group].into_iter().flatten().min().unwrap_or(UNKNOWN);
    all / SHARE.1 * SHARE.0
}

/// `MemTotal:       24576000 kB`
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::{available, total};

    #[test]
    fn the_machine_says_how_much_there_is() {
        assert_eq!(total("MemTotal:       24576000 kB\nMemFree: 1 kB\n"), Some(24_576_000 << 10));
        assert_eq!(total("nothing"), None);
        assert!(available() > 0);
    }
}
