//! A sampler whose rules are X-Ray's: fetched and reported on by a thread of its own, when there is a reason to.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use etl_store::Environment;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::sampler::{Decision, Sampler, Statistics};
use super::service::Service;
use super::subject::Subject;
use crate::error::Error;

/// How long X-Ray may take, whoever waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Keys that were lent are good for a quarter of an hour at least.
const KEYS: Duration = Duration::from_mins(5);

/// How X-Ray is asked.
#[derive(Clone, Debug)]
pub struct CentralOptions {
    /// Where, if not where the environment says. Over plain HTTP it is a proxy that signs what it hands on, and gets
    /// nothing signed.
    pub endpoint: Option<String>,
    /// Between two looks at the rules.
    pub polling: Duration,
}

/// A sampler with X-Ray's rules. It is silent while nothing is decided, so that a process may be frozen in between.
#[derive(Debug)]
pub struct Central {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sampler: Sampler,
    board: Mutex<Board>,
    changed: Condvar,
}

/// What the thread and those who wait for it tell each other.
#[derive(Debug, Default)]
struct Board {
    /// The thread is to look whether there is anything to do.
    poked: bool,
    /// Nobody will want anything any more.
    closed: bool,
    doing: Doing,
    /// Why there are no rules, or only old ones.
    no_rules: Option<Arc<Error>>,
    /// Why X-Ray does not know what was decided.
    no_report: Option<Arc<Error>>,
}

/// What the thread does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Doing {
    /// It looks what there is to do, or fetches rules.
    #[default]
    Looking,
    /// It tells X-Ray.
    Reporting,
    /// It has done what there was to do.
    Nothing,
}

impl Central {
    /// Begins to fetch the rules.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn start(environment: Environment, options: CentralOptions) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let board = Mutex::new(Board { poked: true, ..Board::default() });
        let sampler = Sampler::new(options.polling);
        let shared = Arc::new(Shared { sampler, board, changed: Condvar::new() });
        let mut network = Network { environment, endpoint: options.endpoint, connected: None };
        let works = Arc::clone(&shared);
        thread::Builder::new().name("sampling".to_owned()).spawn(move || {
            works.work(&runtime, &mut network);
            // A name look-up may still hang in there.
            runtime.shutdown_background();
        })?;
        Ok(Self { shared })
    }

    /// Decides on a trace that begins now, whose caller did not. Without rules it waits for them until then, unless they
    /// could not be had just before. The second value is why there are none.
    pub fn decide(&self, subject: &Subject, until: Instant) -> (Decision, Option<Arc<Error>>) {
        let Shared { sampler, .. } = &*self.shared;
        if !sampler.has_rules() {
            if sampler.wants_rules() {
                self.shared.poke();
            }
            self.shared.wait(until, |_| sampler.has_rules());
        }
        let had_rules = sampler.has_rules();
        let decision = sampler.decide(subject);
        self.shared.poke();
        let late = || Arc::new(Error::Late { operation: "GetSamplingRules" });
        let is_blind = !had_rules && decision.rule.is_none();
        let why = is_blind.then(|| self.shared.board().no_rules.clone().unwrap_or_else(late));
        (decision, why)
    }

    /// Waits until X-Ray knows what was decided, at most until then; why it does not.
    pub fn settle(&self, until: Instant) -> Option<Arc<Error>> {
        let Shared { sampler, .. } = &*self.shared;
        let is_told = |board: &Board| board.doing != Doing::Reporting && sampler.next_report().is_none();
        let in_time = self.shared.wait(until, is_told);
        let late = || Arc::new(Error::Late { operation: "GetSamplingTargets" });
        self.shared.board().no_report.clone().or_else(|| (!in_time).then(late))
    }
}

impl Drop for Central {
    fn drop(&mut self) {
        self.shared.board().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Board> {
        // A panic elsewhere leaves it whole: each of its fields stands for itself.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poke(&self) {
        let mut board = self.board();
        board.poked = true;
        if board.doing == Doing::Nothing {
            board.doing = Doing::Looking;
        }
        self.changed.notify_all();
    }

    /// Waits until the thread has nothing to do, or there is no need to wait; whether that is so.
    fn wait(&self, until: Instant, enough: impl Fn(&Board) -> bool) -> bool {
        let mut board = self.board();
        while board.doing != Doing::Nothing && !enough(&board) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            board = self.changed.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn work(&self, runtime: &Runtime, network: &mut Network) {
        while self.has_work() {
            runtime.block_on(async {
                self.fetch(network).await;
                self.report(network).await;
                // The answer may be that they have changed.
                self.fetch(network).await;
            });
        }
    }

    /// Waits for something to do; false where there will be nothing any more.
    fn has_work(&self) -> bool {
        let mut board = self.board();
        loop {
            if board.closed || board.poked {
                board.poked = false;
                return !board.closed;
            }
            let next = self.sampler.next_report();
            let left = next.map(|next| next.duration_since(self.sampler.now()).unwrap_or_default());
            if left.is_some_and(|left| left.is_zero()) {
                return true;
            }
            board.doing = Doing::Nothing;
            self.changed.notify_all();
            board = match left {
                Some(left) => {
                    self.changed.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(board).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    async fn fetch(&self, network: &mut Network) {
        if !self.sampler.wants_rules() {
            return;
        }
        let rules = network.ask("GetSamplingRules", async |service| service.rules().await).await;
        let why = match rules {
            Ok(rules) => {
                self.sampler.take_rules(rules);
                None
            }
            Err(error) => {
                self.sampler.miss_rules();
                Some(Arc::new(error))
            }
        };
        let mut board = self.board();
        board.no_rules = why;
        // Whoever waits for rules need not wait for the report.
        self.changed.notify_all();
    }

    async fn report(&self, network: &mut Network) {
        self.board().doing = Doing::Reporting;
        let statistics = self.sampler.report();
        if !statistics.is_empty() {
            let why = self.tell(network, &statistics).await.err().map(Arc::new);
            self.board().no_report = why;
        }
        self.board().doing = Doing::Looking;
        self.changed.notify_all();
    }

    async fn tell(&self, network: &mut Network, statistics: &[Statistics]) -> Result<(), Error> {
        let (id, now) = (self.sampler.client_id(), self.sampler.now());
        let ask = async |service: &Service| service.targets(id, now, statistics).await;
        let answer = network.ask("GetSamplingTargets", ask).await;
        let answer = answer.inspect_err(|_| self.sampler.take_back(statistics))?;
        self.sampler.take_targets(&answer.targets, answer.modified);
        Ok(())
    }
}

/// The way to X-Ray.
struct Network {
    environment: Environment,
    endpoint: Option<String>,
    connected: Option<(Service, Instant)>,
}

impl Network {
    /// Asks, in time. Nobody may be there any more at the other end of a connection that was kept: then a new one is made.
    async fn ask<T>(
        &mut self,
        operation: &'static str,
        ask: impl AsyncFn(&Service) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let kept = self.connected.take().filter(|(_, since)| since.elapsed() < KEYS);
        let asked = async {
            if let Some((service, since)) = kept {
                let answer = ask(&service).await;
                if !matches!(answer, Err(Error::Unreachable { .. })) {
                    self.connected = Some((service, since));
                    return answer;
                }
            }
            let service = Service::connect(&self.environment, self.endpoint.as_deref()).await?;
            let answer = ask(&service).await?;
            self.connected = Some((service, Instant::now()));
            Ok(answer)
        };
        timeout(PATIENCE, asked).await.unwrap_or(Err(Error::Late { operation }))
    }
}
