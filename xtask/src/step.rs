//! Steps with a name and a time.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// A silent step: one line, which ends with what `work` says and its time.
pub(crate) fn line(name: &str, work: impl FnOnce() -> Result<String>) -> Result<()> {
    let started = Instant::now();
    print!("{name:<10} ");
    // Where there is no terminal, the name comes with the rest of the line.
    let _ = std::io::stdout().flush();
    let result = work();
    let time = seconds(started.elapsed());
    match &result {
        Ok(said) => println!("{time:>9}  {said}"),
        Err(_) => println!("{time:>9}  FAILED"),
    }
    result.map(drop).with_context(|| format!("the step `{name}` failed"))
}

/// A step that prints: a heading before, the time after.
pub(crate) fn open<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    println!("==> {name}");
    let value = work().with_context(|| format!("the step `{name}` failed"))?;
    println!("    {}\n", seconds(started.elapsed()));
    Ok(value)
}

/// "1.2 s" or "2 m 05 s".
pub(crate) fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        long => format!("{} m {:02} s", long / 60, long % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 m 05 s");
    }
}
