//! What of a call's time was the guest's own, and what the host's on its behalf: reading columns, kernels, moving bytes
//! in and out, with asking the guest for the memory that they go to.
//!
//! Two looks at the clock and the hook take some 75 ns of a host call, where the smallest takes 350 to 400. So host calls
//! are measured one by one up to [`EXACT`] in a call of the guest, which is more than one that works on whole columns
//! makes; of those after, one in [`SHARE`] is, and counts for as many.

use std::time::{Duration, Instant};

use wasmtime::CallHook;

/// Host calls within a call that are all measured.
const EXACT: u64 = 256;
/// Of those beyond, which one is: a power of two.
const SHARE: u32 = 16;

/// The host's part of the current call.
#[derive(Debug)]
pub(crate) struct Boundary {
    /// When the host took over, where that is measured.
    since: Option<Instant>,
    spent: Duration,
    /// Host calls so far.
    calls: u64,
    /// Host calls that lie in each other: in one the guest may be asked for memory, and its runtime asks the host for more.
    depth: u32,
    /// How many host calls the one at hand counts for; 0: it is not measured.
    weight: u32,
}

impl Boundary {
    /// A call that begins now, on the host's side.
    pub(crate) fn begin(now: Instant) -> Self {
        Self { since: Some(now), spent: Duration::ZERO, calls: 0, depth: 0, weight: 1 }
    }

    /// What the host has spent, should the call have ended now.
    pub(crate) fn end(&mut self, now: Instant) -> Duration {
        self.enter_guest(|| now);
        self.spent
    }

    /// Notes that the guest calls the host or the other way round, or that one of them comes back.
    pub(crate) fn cross(&mut self, hook: CallHook) {
        self.cross_at(hook, Instant::now);
    }

    fn cross_at(&mut self, hook: CallHook, now: impl FnOnce() -> Instant) {
        match hook {
            CallHook::CallingHost => {
                self.depth += 1;
                if self.depth == 1 {
                    self.weight = weight(self.calls);
                    self.calls += 1;
                    self.leave_guest(now);
                }
            }
            CallHook::ReturningFromHost => {
                if self.depth == 1 {
                    self.enter_guest(now);
                    self.weight = 1;
                }
                self.depth = self.depth.saturating_sub(1);
            }
            CallHook::CallingWasm if self.depth == 0 => self.enter_guest(now),
            CallHook::ReturningFromWasm if self.depth == 0 => self.leave_guest(now),
            CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
        }
    }

    fn leave_guest(&mut self, now: impl FnOnce() -> Instant) {
        if self.weight > 0 {
            self.since = Some(now());
        }
    }

    fn enter_guest(&mut self, now: impl FnOnce() -> Instant) {
        if let Some(since) = self.since.take() {
            self.spent += now().saturating_duration_since(since) * self.weight;
        }
    }
}

/// How many host calls this one counts for. Those that count are spread evenly, whatever the guest's rhythm is.
fn weight(call: u64) -> u32 {
    /// 2⁶⁴ by the golden ratio.
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    if call < EXACT {
        1
    } else if call.wrapping_mul(STEP) < u64::MAX / u64::from(SHARE) {
        SHARE
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallHook::{CallingHost, CallingWasm, ReturningFromHost, ReturningFromWasm};

    /// The host's part, in milliseconds, of a call in which these things happen, each so many milliseconds after the one
    /// before it.
    fn spent(crossings: &[(u64, CallHook)], end: u64) -> u128 {
        let mut now = Instant::now();
        let mut boundary = Boundary::begin(now);
        for (after, hook) in crossings {
            now += Duration::from_millis(*after);
            boundary.cross_at(*hook, || now);
        }
        boundary.end(now + Duration::from_millis(end)).as_millis()
    }

    #[test]
    fn what_is_not_the_guests_is_the_hosts() {
        assert_eq!(spent(&[(1, CallingWasm), (10, ReturningFromWasm)], 2), 3);
        let calls_the_host =
            [(1, CallingWasm), (10, CallingHost), (4, ReturningFromHost), (10, ReturningFromWasm)];
        assert_eq!(spent(&calls_the_host, 2), 7);
        // A call that is refused before it gets there.
        assert_eq!(spent(&[], 5), 5);
        // The guest traps: nobody comes back.
        assert_eq!(spent(&[(1, CallingWasm), (10, CallingHost)], 5), 6);
    }

    #[test]
    fn memory_for_what_a_guest_is_handed_is_a_part_of_handing_it_over() {
        let lowers = [
            (0, CallingWasm),
            (10, CallingHost),
            (1, CallingWasm),
            (20, CallingHost),
            (2, ReturningFromHost),
            (20, ReturningFromWasm),
            (3, ReturningFromHost),
            (10, ReturningFromWasm),
        ];
        assert_eq!(spent(&lowers, 0), 46);
    }

    #[test]
    fn of_very_many_host_calls_some_count_for_the_others() {
        let (calls, each) = (100_000, 2);
        let one = [(0, CallingHost), (each, ReturningFromHost)];
        let spent = spent(&one.repeat(calls), 0);
        let exact = calls as u128 * u128::from(each);
        assert!(spent.abs_diff(exact) * 1000 < exact, "{spent} of {exact}");
        // Every other one takes long: a rhythm that taking each sixteenth would miss.
        let two = [(0, CallingHost), (10, ReturningFromHost), (0, CallingHost), (0, ReturningFromHost)];
        let spent = self::spent(&two.repeat(calls / 2), 0);
        let exact = calls as u128 * 5;
        assert!(spent.abs_diff(exact) * 100 < exact, "{spent} of {exact}");
    }
}
