//! What one rule has given, and may still give.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::rule::rate;

/// Between two reports, unless X-Ray asks for another time.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);
const LONGEST_INTERVAL: Duration = Duration::from_hours(1);

/// How a rule came to a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// From the quota that X-Ray lent.
    Quota,
    /// From the rule's reservoir, without a quota.
    Borrowed,
    /// By the rate.
    Rate,
    /// Not at all.
    Refused,
}

/// What X-Ray is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) requests: u32,
    pub(super) sampled: u32,
    /// Of those that were sampled.
    pub(super) borrowed: u32,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.sampled = self.sampled.saturating_add(other.sampled);
        self.borrowed = self.borrowed.saturating_add(other.borrowed);
    }
}

/// What X-Ray allows a rule for a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Target {
    pub(super) rule: String,
    pub(super) rate: f64,
    /// Traces a second, until a time.
    pub(super) quota: Option<(u32, SystemTime)>,
    /// Until the next report.
    pub(super) interval: Option<Duration>,
}

/// Of one rule.
#[derive(Clone, Debug)]
pub(super) struct Account {
    rate: f64,
    has_reservoir: bool,
    quota: Option<(u32, SystemTime)>,
    /// The second since 1970 that was given in, and how many.
    second: (u64, u32),
    counts: Counts,
    next_report: SystemTime,
}

impl Account {
    pub(super) fn new(rate: f64, has_reservoir: bool) -> Self {
        Self {
            rate,
            has_reservoir,
            quota: None,
            second: (0, 0),
            counts: Counts::default(),
            next_report: UNIX_EPOCH,
        }
    }

    /// The reservoir first: what is lent, or else one a second; beyond it the rate.
    pub(super) fn decide(&mut self, now: SystemTime, random: &mut fastrand::Rng) -> Given {
        let lent = self.quota.filter(|(_, until)| now < *until);
        let (most, of_reservoir) = match lent {
            Some((quota, _)) => (quota, Given::Quota),
            None => (u32::from(self.has_reservoir), Given::Borrowed),
        };
        let given = if self.take(now, most) {
            of_reservoir
        } else if random.f64() < self.rate {
            Given::Rate
        } else {
            Given::Refused
        };
        self.counts.add(Counts {
            requests: 1,
            sampled: u32::from(given != Given::Refused),
            borrowed: u32::from(given == Given::Borrowed),
        });
        given
    }

    fn take(&mut self, now: SystemTime, most: u32) -> bool {
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if self.second.0 != second {
            self.second = (second, 0);
        }
        let is_left = self.second.1 < most;
        self.second.1 += u32::from(is_left);
        is_left
    }

    pub(super) fn take_target(&mut self, target: &Target, now: SystemTime) {
        self.rate = rate(target.rate);
        self.quota = target.quota;
        let interval = target.interval.filter(|interval| !interval.is_zero());
        self.next_report = now + interval.unwrap_or(INTERVAL).min(LONGEST_INTERVAL);
    }

    /// When X-Ray is to be told, if there is anything.
    pub(super) fn due(&self) -> Option<SystemTime> {
        (self.counts.requests > 0).then_some(self.next_report)
    }

    /// What X-Ray is to be told now; it is not told again.
    pub(super) fn report(&mut self, now: SystemTime) -> Option<Counts> {
        self.due().filter(|due| *due <= now)?;
        self.next_report = now + INTERVAL;
        Some(std::mem::take(&mut self.counts))
    }

    /// Takes back what X-Ray could not be told.
    pub(super) fn take_back(&mut self, counts: Counts) {
        self.counts.add(counts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A time in milliseconds.
    fn at(milliseconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000) + Duration::from_millis(milliseconds)
    }

    fn target(rate: f64, quota: Option<(u32, u64)>) -> Target {
        let quota = quota.map(|(quota, until)| (quota, at(until)));
        Target { rule: "r".into(), rate, quota, interval: None }
    }

    /// What an account says at these times, with a target that comes at one.
    fn told(mut account: Account, target: Option<(u64, Target)>, times: &[u64]) -> String {
        let mut random = fastrand::Rng::with_seed(7);
        let mut target = target;
        let told = times.iter().map(|time| {
            if let Some((_, target)) = target.take_if(|(comes, _)| *comes <= *time) {
                account.take_target(&target, at(*time));
            }
            match account.decide(at(*time), &mut random) {
                Given::Quota => 'q',
                Given::Borrowed => 'b',
                Given::Rate => 'r',
                Given::Refused => '-',
            }
        });
        let told = told.collect::<String>();
        let Counts { requests, sampled, borrowed } = account.counts;
        format!("{told} {requests}/{sampled}/{borrowed}")
    }

    #[test]
    fn reservoir_quota_and_rate() {
        let times = [0, 1, 1000, 1999, 5000, 5001, 5002, 5003, 9000, 9001];
        let (none, some) = (Account::new(0.0, false), Account::new(0.0, true));
        let at_five = |rate, quota| Some((5000, target(rate, quota)));
        let all = [
            ("nothing", told(none.clone(), None, &times)),
            ("all by rate", told(Account::new(1.0, false), None, &times)),
            ("one a second", told(some.clone(), None, &times)),
            ("one a second, beyond by rate", told(Account::new(1.0, true), None, &times)),
            ("a quota of three for a second", told(some.clone(), at_five(0.0, Some((3, 6000))), &times)),
            ("the same without a reservoir", told(none.clone(), at_five(0.0, Some((3, 6000))), &times)),
            ("a quota of none", told(some.clone(), at_five(0.0, Some((0, 60_000))), &times)),
            ("a quota that is over", told(some.clone(), at_five(0.0, Some((3, 4000))), &times)),
            ("another rate", told(some.clone(), at_five(1.0, None), &times)),
            ("no rate at all", told(some, at_five(f64::NAN, None), &times)),
        ];
        let all = all.map(|(name, told)| format!("{told}  {name}"));
        insta::assert_snapshot!(all.join("\n"), @"
        ---------- 10/0/0  nothing
        rrrrrrrrrr 10/10/0  all by rate
        b-b-b---b- 10/4/4  one a second
        brbrbrrrbr 10/10/4  one a second, beyond by rate
        b-b-qqq-b- 10/6/3  a quota of three for a second
        ----qqq--- 10/3/0  the same without a reservoir
        b-b------- 10/2/2  a quota of none
        b-b-b---b- 10/4/4  a quota that is over
        b-b-brrrbr 10/8/4  another rate
        b-b-b---b- 10/4/4  no rate at all
        ");
    }

    #[test]
    fn a_clock_that_goes_back_does_no_harm() {
        assert_eq!(told(Account::new(0.0, true), None, &[5000, 1000, 5000, 0]), "bbbb 4/4/4");
        let mut account = Account::new(0.0, true);
        assert_eq!(account.decide(UNIX_EPOCH - INTERVAL, &mut fastrand::Rng::with_seed(1)), Given::Borrowed);
    }

    #[test]
    fn what_was_counted_is_told_once_and_not_too_often() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut account = Account::new(1.0, true);
        assert_eq!((account.due(), account.report(at(0))), (None, None));
        account.decide(at(0), &mut random);
        account.decide(at(1), &mut random);
        let counts = Counts { requests: 2, sampled: 2, borrowed: 1 };
        assert_eq!(account.report(at(2)), Some(counts));
        assert_eq!(account.report(at(20_000)), None);
        account.decide(at(3), &mut random);
        assert_eq!((account.due(), account.report(at(10_001))), (Some(at(10_002)), None));
        let more = account.report(at(10_002)).unwrap();
        account.take_back(more);
        assert_eq!(account.due(), Some(at(20_002)));
        // X-Ray's own time, within reason.
        for (interval, due) in
            [(None, 10_000), (Some(0), 10_000), (Some(30), 30_000), (Some(u64::MAX), 3_600_000)]
        {
            let interval = interval.map(Duration::from_secs);
            account.take_target(&Target { interval, ..Target::default() }, at(0));
            assert_eq!(account.due(), Some(at(due)));
        }
    }

    proptest! {
        /// However traces come: no second has more than its quota or its one, and the counts are those of what was said.
        #[test]
        fn a_second_gives_no_more_than_it_has(
            has_reservoir in any::<bool>(),
            quota in prop::option::of((0..5_u32, 0..5000_u64)),
            steps in prop::collection::vec(0..700_u64, 0..60),
        ) {
            let mut account = Account::new(0.0, has_reservoir);
            account.take_target(&target(0.0, quota), at(0));
            let mut random = fastrand::Rng::with_seed(7);
            let (mut time, mut told, mut seconds) = (0, Counts::default(), std::collections::BTreeMap::new());
            for step in steps {
                time += step;
                let given = account.decide(at(time), &mut random);
                let lent = quota.filter(|(_, until)| time < *until);
                let most = lent.map_or(u32::from(has_reservoir), |(quota, _)| quota.max(u32::from(has_reservoir)));
                let in_second = seconds.entry(time / 1000).or_insert(0);
                *in_second += u32::from(given != Given::Refused);
                prop_assert!(*in_second <= most.max(quota.map_or(0, |(quota, _)| quota)));
                prop_assert_eq!(given == Given::Quota, given != Given::Refused && lent.is_some());
                told.add(Counts {
                    requests: 1,
                    sampled: u32::from(given != Given::Refused),
                    borrowed: u32::from(given == Given::Borrowed),
                });
            }
            prop_assert_eq!(account.counts, told);
        }
    }
}
