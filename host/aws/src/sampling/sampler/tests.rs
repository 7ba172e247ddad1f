//! Which rule decides, for how long, and what X-Ray is told of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::super::pattern::Pattern;
use super::super::rule::tests::rule;
use super::*;

/// A clock that is put forward by hand, in seconds.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn at(&self, seconds: u64) {
        self.0.store(seconds, Relaxed);
    }

    fn sampler(&self) -> Sampler {
        let hand = self.clone();
        let now = move || time(hand.0.load(Relaxed));
        Sampler::with(Duration::from_mins(5), now, fastrand::Rng::with_seed(7))
    }
}

fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn named(name: &str) -> Subject {
    Subject { service_name: name.to_owned(), ..Subject::default() }
}

fn for_service(name: &str, priority: i32, service: &str) -> Rule {
    Rule { priority, service_name: Pattern::new(service), ..rule(name, 1.0, 0) }
}

fn told(decision: &Decision) -> String {
    let Decision { sampled, rule, by } = decision;
    format!("{} {} {by:?}", rule.as_deref().unwrap_or("none"), if *sampled { "yes" } else { "no" })
}

fn statistics(rule: &str, requests: u32, sampled: u32, borrowed: u32) -> Statistics {
    Statistics { rule: rule.to_owned(), counts: Counts { requests, sampled, borrowed } }
}

#[test]
fn the_first_rule_that_matches_decides() {
    let sampler = Hand::default().sampler();
    sampler.take_rules(vec![
        Rule { priority: 10_000, ..rule("Default", 0.0, 0) },
        for_service("late", 20, "air*"),
        for_service("b", 10, "airbnb"),
        for_service("a", 10, "*bnb"),
        for_service("first", -1, "other"),
    ]);
    let decided = ["airbnb", "airlines", "OTHER", "", "nobody"].map(|name| sampler.decide(&named(name)));
    assert_eq!(
        decided.iter().map(told).collect::<Vec<_>>(),
        ["a yes Rate", "late yes Rate", "first yes Rate", "Default no Rate", "Default no Rate"]
    );
}

#[test]
fn without_rules_one_a_second_and_a_twentieth_beyond() {
    let hand = Hand::default();
    let sampler = hand.sampler();
    assert_eq!(told(&sampler.decide(&named("a"))), "none yes Reservoir");
    let beyond = (0..10_000).filter(|_| sampler.decide(&named("a")).sampled).count();
    assert!((400..600).contains(&beyond), "{beyond}");
    hand.at(1);
    assert_eq!(told(&sampler.decide(&named("a"))), "none yes Reservoir");
    // X-Ray has no rule to be told of.
    assert_eq!((sampler.report(), sampler.next_report()), (vec![], None));
    // There are rules, and this trace is none of theirs.
    sampler.take_rules(vec![for_service("a", 1, "a")]);
    hand.at(2);
    assert_eq!(told(&sampler.decide(&named("b"))), "none yes Reservoir");
    assert_eq!(told(&sampler.decide(&named("a"))), "a yes Rate");
}

#[test]
fn rules_are_looked_at_again_and_do_not_last_for_ever() {
    let hand = Hand::default();
    let sampler = hand.sampler();
    assert!(sampler.wants_rules() && !sampler.has_rules());
    sampler.miss_rules();
    assert!(!sampler.wants_rules());
    hand.at(10);
    assert!(sampler.wants_rules());
    sampler.take_rules(vec![rule("all", 1.0, 0)]);
    assert!(!sampler.wants_rules() && sampler.has_rules());
    hand.at(310);
    assert!(sampler.wants_rules() && sampler.has_rules());
    hand.at(10 + 3599);
    assert_eq!(told(&sampler.decide(&named("a"))), "all yes Rate");
    hand.at(10 + 3600);
    assert_eq!(told(&sampler.decide(&named("a"))), "none yes Reservoir");
    assert!(!sampler.has_rules());
}

#[test]
fn a_quota_is_for_its_rule_and_stays_with_it() {
    let hand = Hand::default();
    let sampler = hand.sampler();
    let rules = || vec![rule("all", 0.0, 5)];
    sampler.take_rules(rules());
    let decide = || told(&sampler.decide(&named("a")));
    assert_eq!([decide(), decide()], ["all yes Reservoir", "all no Rate"]);
    assert_eq!(sampler.report(), [statistics("all", 2, 1, 1)]);
    let target =
        |quota, until| Target { rule: "all".into(), quota: Some((quota, time(until))), ..Target::default() };
    let other = Target { rule: "gone".into(), ..target(9, 60) };
    sampler.take_targets(&[other, target(2, 60)], None);
    hand.at(1);
    assert_eq!([decide(), decide(), decide()], ["all yes Quota", "all yes Quota", "all no Rate"]);
    sampler.take_rules(rules());
    hand.at(2);
    assert_eq!(decide(), "all yes Quota");
    // Another rule of the same name starts anew.
    sampler.take_rules(vec![rule("all", 0.0, 6)]);
    hand.at(3);
    assert_eq!([decide(), decide()], ["all yes Reservoir", "all no Rate"]);
    assert_eq!(sampler.report(), [statistics("all", 2, 1, 1)]);
}

#[test]
fn what_was_not_told_is_told_later() {
    let hand = Hand::default();
    let sampler = hand.sampler();
    sampler.take_rules(vec![rule("a", 1.0, 0)]);
    sampler.decide(&named("x"));
    assert_eq!(sampler.next_report(), Some(UNIX_EPOCH));
    let report = sampler.report();
    assert_eq!(report, [statistics("a", 1, 1, 0)]);
    sampler.take_back(&report);
    sampler.take_back(&[statistics("gone", 1, 1, 0)]);
    sampler.decide(&named("x"));
    assert_eq!((sampler.report(), sampler.next_report()), (vec![], Some(time(10))));
    hand.at(10);
    assert_eq!(sampler.report(), [statistics("a", 2, 2, 0)]);
}

#[test]
fn rules_that_changed_are_wanted_once() {
    let hand = Hand::default();
    let sampler = hand.sampler();
    hand.at(100);
    sampler.take_rules(Vec::new());
    sampler.take_targets(&[], None);
    sampler.take_targets(&[], Some(time(99)));
    assert!(!sampler.wants_rules());
    sampler.take_targets(&[], Some(time(101)));
    assert!(sampler.wants_rules());
    // The service's clock is ahead of ours.
    sampler.take_rules(Vec::new());
    sampler.take_targets(&[], Some(time(101)));
    assert!(!sampler.wants_rules());
    sampler.take_targets(&[], Some(time(102)));
    assert!(sampler.wants_rules());
}

#[test]
fn a_sampler_has_a_name_of_its_own_and_is_shared() {
    fn shared<T: Send + Sync>(_: &T) {}
    let (one, other) = (Sampler::new(INTERVAL), Sampler::new(INTERVAL));
    shared(&one);
    assert!(one.client_id().len() == 24 && one.client_id().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(one.client_id(), other.client_id());
}

#[test]
fn threads_share_one_count() {
    let sampler = Hand::default().sampler();
    sampler.take_rules(vec![rule("all", 0.0, 1)]);
    let decide = || (0..100).filter(|_| sampler.decide(&named("a")).sampled).count();
    let taken = std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(decide));
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    assert_eq!(taken, 1);
    assert_eq!(sampler.report(), [statistics("all", 400, 1, 1)]);
}
