//! A sampler that outlives its traces: quotas, new rules, and a service that is down.

use std::thread::sleep;
use std::time::{Duration, Instant};

use etl_aws::sampling::{By, Central, CentralOptions, Decision, Subject};
use etl_store::Environment;

use super::rules::{rule, rules};
use super::service::XRay;

fn central(xray: &XRay, polling: Duration) -> Central {
    xray.be_a_proxy();
    Central::start(Environment::of([]), CentralOptions { endpoint: Some(xray.url()), polling }).unwrap()
}

/// In time, whatever else the machine does.
fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

#[test]
fn a_process_that_lasts_gets_a_quota_and_new_rules() {
    let xray = XRay::start();
    xray.hand_out("200 OK", rules(&[rule("all", 1, 0.0, 5, "*")]));
    let central = central(&xray, Duration::from_secs(1));
    let decide = || central.decide(&Subject::default(), soon());
    let (first, error) = decide();
    assert_eq!((first.by, first.sampled, error.is_none()), (By::Reservoir, true, true));
    assert!(central.settle(soon()).is_none());
    assert_eq!(xray.statistics().len(), 1);
    // The stub lends one a second.
    let until = |enough: &dyn Fn(Decision) -> bool| {
        while !enough(decide().0) {
            sleep(Duration::from_millis(20));
        }
    };
    until(&|decision| decision.by == By::Quota);
    xray.hand_out("200 OK", rules(&[rule("other", 1, 0.0, 0, "*")]));
    until(&|decision| decision.rule.as_deref() == Some("other"));
    let shared = std::thread::scope(|scope| {
        [(); 4].map(|()| scope.spawn(|| decide().0.sampled)).map(|thread| thread.join().unwrap())
    });
    assert_eq!(shared, [false; 4]);
    xray.documents();
}

#[test]
fn a_service_that_is_down_is_not_asked_for_every_trace() {
    let xray = XRay::start();
    xray.hand_out("503 Service Unavailable", "{}".to_owned());
    let central = central(&xray, Duration::from_mins(5));
    for _ in 0..20 {
        let (decision, error) = central.decide(&Subject::default(), soon());
        assert_eq!((decision.rule, error.is_some()), (None, true));
    }
    // Twice if these take more than ten seconds.
    assert!(xray.asked_for_rules() <= 2, "{}", xray.asked_for_rules());
    assert!(central.settle(soon()).is_none());
}
