//! What one plugin call costs in the trace, from its start to its end: the aim is 300 ns for a call that is folded.

use divan::{Bencher, black_box};
use etl_trace::{Call, CallBudget, Kind, Parent, Trace, TraceOptions};

fn main() {
    divan::main();
}

/// A trace that has somewhere to write to, so that it keeps calls; nothing is written unless it is finished.
fn options(budget: CallBudget) -> TraceOptions {
    TraceOptions { record: Some("never-written.json".into()), budget, ..TraceOptions::default() }
}

fn calls(bencher: Bencher, options: TraceOptions) {
    let Ok(trace) = Trace::start(options) else { return };
    let stage = trace.span("stage", Kind::Server);
    let mut calls = stage.calls();
    bencher.bench_local(|| {
        let start = calls.start();
        let call =
            Call { batch: Some(1), rows_in: 8192, rows_out: 8192, bytes_in: 65536, ..Call::new("process") };
        calls.end(black_box(start), black_box(call));
    });
}

#[divan::bench]
fn the_clock_alone() -> std::time::Duration {
    let start = std::time::Instant::now();
    black_box(start).elapsed()
}

#[divan::bench(sample_count = 100, sample_size = 1000)]
fn folded_under_the_default_budget(bencher: Bencher) {
    calls(bencher, options(CallBudget::default()));
}

#[divan::bench(sample_count = 100, sample_size = 1000)]
fn folded_under_no_budget(bencher: Bencher) {
    calls(bencher, options(CallBudget::None));
}

#[divan::bench(sample_count = 100, sample_size = 1000)]
fn unsampled(bencher: Bencher) {
    let parent = Parent::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0").ok();
    calls(bencher, TraceOptions { parent, ..options(CallBudget::default()) });
}

/// The most that a call can cost: every one becomes a span in the record.
#[divan::bench(sample_count = 100, sample_size = 100)]
fn kept(bencher: Bencher) {
    calls(bencher, options(CallBudget::All));
}
