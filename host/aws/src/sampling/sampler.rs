//! Decides on traces, by the rules that it has.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::account::{Account, Counts, Given, INTERVAL, Target};
use super::rule::Rule;
use super::subject::Subject;

/// Rules that are older decide nothing any more.
const GOOD_FOR: Duration = Duration::from_hours(1);
/// Without rules: one trace a second, and of those beyond this share.
const FALLBACK_RATE: f64 = 0.05;

/// Decides on traces. All threads of a process share one, for as long as it lives.
pub struct Sampler {
    now: Box<Now>,
    client_id: String,
    /// Between two looks at the rules, which must come before they are too old.
    polling: Duration,
    state: Mutex<State>,
}

type Now = dyn Fn() -> SystemTime + Send + Sync;

struct State {
    /// In the order in which they are asked.
    rules: Vec<(Rule, Account)>,
    fetched: Option<SystemTime>,
    next_fetch: SystemTime,
    /// The change of rules for which they were fetched before their time.
    followed: Option<SystemTime>,
    fallback: Account,
    random: fastrand::Rng,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the trace is to be recorded.
    pub sampled: bool,
    /// The name of the rule that said so; none where there are no rules, or none matches.
    pub rule: Option<String>,
    /// Which part of the rule.
    pub by: By,
}

/// What part of a rule decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The quota that X-Ray lent this process from the reservoir.
    Quota,
    /// The reservoir, from which a process without a quota borrows one trace a second.
    Reservoir,
    /// The rate of what is beyond the reservoir.
    Rate,
}

/// What is to be told of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statistics {
    pub(super) rule: String,
    pub(super) counts: Counts,
}

impl Sampler {
    /// One without rules, by the clock of this machine.
    pub fn new(polling: Duration) -> Self {
        Self::with(polling, SystemTime::now, fastrand::Rng::new())
    }

    /// One without rules, by this clock, and with chance from there.
    pub fn with(
        polling: Duration,
        now: impl Fn() -> SystemTime + Send + Sync + 'static,
        mut random: fastrand::Rng,
    ) -> Self {
        let client_id = format!("{:016x}{:08x}", random.u64(..), random.u32(..));
        let state = State {
            rules: Vec::new(),
            fetched: None,
            next_fetch: UNIX_EPOCH,
            followed: None,
            fallback: Account::new(FALLBACK_RATE, true),
            random,
        };
        let polling = polling.min(GOOD_FOR);
        Self { now: Box::new(now), client_id, polling, state: Mutex::new(state) }
    }

    /// Decides on a trace that begins now, whose caller did not. Takes no time: where there are no rules, or none that
    /// matches, a fallback decides.
    pub fn decide(&self, subject: &Subject) -> Decision {
        let now = self.now();
        let mut state = self.state();
        let is_fresh = state.is_fresh(now);
        let State { rules, fallback, random, .. } = &mut *state;
        let rule = rules.iter_mut().filter(|_| is_fresh).find(|(rule, _)| rule.matches(subject));
        let (rule, given) = match rule {
            Some((rule, account)) => (Some(rule.name.clone()), account.decide(now, random)),
            None => (None, fallback.decide(now, random)),
        };
        let by = match given {
            Given::Quota => By::Quota,
            Given::Borrowed => By::Reservoir,
            Given::Rate | Given::Refused => By::Rate,
        };
        Decision { sampled: given != Given::Refused, rule, by }
    }

    /// Whether there are rules to decide by.
    pub fn has_rules(&self) -> bool {
        self.state().is_fresh(self.now())
    }

    pub(super) fn now(&self) -> SystemTime {
        (self.now)()
    }

    /// What X-Ray knows this sampler by: 24 hexadecimal digits.
    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether it is time to fetch the rules.
    pub(super) fn wants_rules(&self) -> bool {
        self.state().next_fetch <= self.now()
    }

    /// Takes all rules that there are now. A rule that is as it was keeps what it has.
    pub(super) fn take_rules(&self, mut rules: Vec<Rule>) {
        rules.sort_by(|one, other| (one.priority, &one.name).cmp(&(other.priority, &other.name)));
        let now = self.now();
        let mut state = self.state();
        let mut known = std::mem::take(&mut state.rules);
        let account = |rule: Rule| {
            let same = known.iter().position(|(old, _)| *old == rule);
            let account = same.map(|same| known.swap_remove(same).1);
            let account = account.unwrap_or_else(|| Account::new(rule.rate, rule.reservoir > 0));
            (rule, account)
        };
        state.rules = rules.into_iter().map(account).collect();
        state.fetched = Some(now);
        state.next_fetch = now + self.polling;
    }

    /// The rules could not be fetched: not at once again.
    pub(super) fn miss_rules(&self) {
        self.state().next_fetch = self.now() + INTERVAL.min(self.polling);
    }

    /// When X-Ray is next to be told something, if there is anything.
    pub(super) fn next_report(&self) -> Option<SystemTime> {
        self.state().rules.iter().filter_map(|(_, account)| account.due()).min()
    }

    /// What X-Ray is to be told now.
    pub(super) fn report(&self) -> Vec<Statistics> {
        let now = self.now();
        let mut state = self.state();
        let report = |(rule, account): &mut (Rule, Account)| {
            Some(Statistics { rule: rule.name.clone(), counts: account.report(now)? })
        };
        state.rules.iter_mut().filter_map(report).collect()
    }

    /// Takes back what X-Ray could not be told.
    pub(super) fn take_back(&self, statistics: &[Statistics]) {
        let mut state = self.state();
        for Statistics { rule, counts } in statistics {
            if let Some((_, account)) = state.rules.iter_mut().find(|(known, _)| known.name == *rule) {
                account.take_back(*counts);
            }
        }
    }

    /// Takes what X-Ray allows each rule. Rules that changed after they were fetched are wanted again.
    pub(super) fn take_targets(&self, targets: &[Target], modified: Option<SystemTime>) {
        let now = self.now();
        let mut state = self.state();
        for target in targets {
            if let Some((_, account)) = state.rules.iter_mut().find(|(known, _)| known.name == target.rule) {
                account.take_target(target, now);
            }
        }
        // Once for each change: by a clock that is slow they would be fetched with every report.
        let is_news = modified > state.fetched && modified != state.followed;
        if is_news {
            state.followed = modified;
            state.next_fetch = now;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves it whole: rules are taken in one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_fresh(&self, now: SystemTime) -> bool {
        // A clock that went back makes nothing old.
        self.fetched.is_some_and(|fetched| now.duration_since(fetched).unwrap_or_default() < GOOD_FOR)
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampler").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
