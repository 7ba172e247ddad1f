//! How far a run has come, on a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use etl_engine::{Progress, ProgressSnapshot};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::signals::Stop;
use crate::cli::format;
use crate::cli::text::plain;

/// How often it is looked at: often enough to look alive.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long a step must have run before its rate means anything.
const SETTLED: Duration = Duration::from_millis(500);

/// Shows progress until it is dropped.
#[derive(Debug)]
pub(super) struct Meter {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Meter {
    /// Begins to show progress; nothing where that cannot be.
    pub(super) fn start(progress: &Progress, stop: &Stop) -> Option<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let (ended, progress, stop) = (Arc::clone(&over), progress.clone(), stop.clone());
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let show = move || {
            let mut shown = Step::new();
            while !ended.load(Ordering::Relaxed) {
                shown.show(&bar, progress.snapshot(), stop.requested());
                thread::park_timeout(INTERVAL);
            }
            bar.finish_and_clear();
        };
        let thread = thread::Builder::new().name("progress".to_owned()).spawn(show).ok()?;
        Some(Self { over, thread: Some(thread) })
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // Whatever it panicked with has been told.
            let _ = thread.join();
        }
    }
}

/// The step that is shown, for its rate.
struct Step {
    now: ProgressSnapshot,
    since: Instant,
    sized: Option<bool>,
}

impl Step {
    fn new() -> Self {
        Self { now: ProgressSnapshot::default(), since: Instant::now(), sized: None }
    }

    fn show(&mut self, bar: &ProgressBar, now: ProgressSnapshot, stopping: bool) {
        // Rows are counted anew when the next step reads.
        let same = (&now.job, &now.step) == (&self.now.job, &self.now.step) && now.rows >= self.now.rows;
        if !same {
            self.since = Instant::now();
        }
        self.now = now;
        // Before anything that draws: a new bar must not stand beside an old text.
        bar.set_message(if stopping { "stopping; Ctrl-C ends it at once".to_owned() } else { self.text() });
        let sized = self.now.bytes_total > 0;
        if self.sized.replace(sized) != Some(sized) {
            bar.set_style(style(sized));
        }
        if sized {
            // The total is about right: what is read may come to more.
            bar.set_length(self.now.bytes_total.max(self.now.bytes));
            bar.set_position(self.now.bytes);
        }
        bar.tick();
    }

    fn text(&self) -> String {
        let ProgressSnapshot { job, step, rows, bytes, .. } = &self.now;
        if job.is_empty() {
            return "preparing".to_owned();
        }
        let step = plain(&format!("{job}: {step}"));
        if *rows == 0 && *bytes == 0 {
            return step;
        }
        let time = self.since.elapsed();
        let rate = if time < SETTLED { String::new() } else { format!("  {}", format::rate(*bytes, time)) };
        // What is too long for the terminal is cut at its end: the name can be guessed from its beginning.
        format!("{} rows  {}{rate}  {step}", format::count(*rows), format::bytes(*bytes))
    }
}

fn style(sized: bool) -> ProgressStyle {
    let template =
        if sized { "{spinner} {bar:16} {percent:>3}%  {wide_msg}" } else { "{spinner} {wide_msg}" };
    // Only a template that cannot be read is refused, and the tests read both.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::{ProgressBar, ProgressSnapshot, SETTLED, Step};
    use indicatif::ProgressStyle;

    #[test]
    fn a_step_is_told_with_what_it_has_read() {
        let bar = ProgressBar::hidden();
        let mut step = Step::new();
        let read = |step: &str, rows, bytes| ProgressSnapshot {
            job: "clean".into(),
            step: step.into(),
            rows,
            bytes,
            bytes_total: 1_000_000,
        };
        step.show(&bar, ProgressSnapshot::default(), false);
        assert_eq!(bar.message(), "preparing");
        step.show(&bar, read("write", 1200, 250_000), false);
        assert_eq!(bar.message(), "1,200 rows  250.0 kB  clean: write");
        assert_eq!((bar.position(), bar.length()), (250_000, Some(1_000_000)));
        let since = step.since;
        step.show(&bar, read("write", 1300, 2_000_000), false);
        assert_eq!((bar.length(), step.since), (Some(2_000_000), since));
        step.since -= SETTLED * 2;
        step.show(&bar, read("write", 1400, 2_000_000), false);
        assert!(bar.message().ends_with(" MB/s  clean: write"), "{}", bar.message());
        step.show(&bar, read("write", 1300, 2_000_000), true);
        assert_eq!(bar.message(), "stopping; Ctrl-C ends it at once");
    }

    #[test]
    fn the_templates_can_be_read() {
        for template in ["{spinner} {bar:16} {percent:>3}%  {wide_msg}", "{spinner} {wide_msg}"] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}
