//! The breaker of one provider: after enough failures it is left alone for a while, then tried again by one request at a
//! time. Not for keys, which have states of their own, and not for single models at rest.

mod memory;
mod params;
mod ramp;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use self::params::BreakerParams;
use crate::bounded::Bounded;
use crate::classify::Weight;
use crate::jitter::Jitter;
use crate::window::Window;

/// Percent of its usual share that a provider gets when it comes back; all of it after [`BreakerParams::slow_start`].
const SHARE_FIRST: u32 = 10;

/// This long without opening makes the next opening one step shorter.
const FORGIVEN_AFTER: Duration = Duration::from_secs(300);

/// A test request of which nothing was heard for so long does not keep others away.
const TEST_MAX: Duration = Duration::from_secs(600);

/// Asking again whether a test has ended.
const TEST_POLL: Duration = Duration::from_secs(1);

/// Models whose failures are counted apart: one broken model must not look like a broken provider, and made-up names
/// must not fill the memory.
const MODELS_MAX: usize = 16;

/// Changes of phase that one configuration could see at most: one a second for a century.
const EPOCH_BITS: u32 = 32;

/// Whether a request may go to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Yes.
    Pass,
    /// Not before then.
    Shut {
        /// In the engine's time.
        until: Duration,
    },
}

/// Whether a provider is to be left alone.
#[derive(Debug, Clone)]
pub(crate) struct Breaker {
    params: BreakerParams,
    phase: Phase,
    /// Counts the changes of phase. Results of attempts that began in an earlier one are old news.
    epoch: u64,
    hard_in_a_row: u32,
    /// Success and failure of the last minute, by model.
    windows: Bounded<u64, Window>,
    /// How long the next opening is, as a power of two; since when it was not opened.
    steps: u32,
    steps_since: Duration,
    /// Requests begun since it came back.
    begun: u32,
    /// Until when the provider itself asked to be left alone.
    asked_until: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// In use.
    Closed,
    /// Left alone.
    Open { until: Duration },
    /// Tried by one request at a time; since when one is under way.
    HalfOpen { test: Option<Duration>, passed: u32 },
    /// In use again, on probation.
    SlowStart { until: Duration },
}

/// How a breaker stands, for people and programs that look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// `closed`, `open`, `half-open` or `slow-start`.
    pub(crate) name: &'static str,
    /// When that ends by itself.
    pub(crate) until: Option<Duration>,
}

impl Breaker {
    /// Closed, knowing nothing. `generation` is that of the configuration that brings it: attempts at a provider that was
    /// there once before are of another epoch.
    pub(crate) fn new(generation: u64, params: BreakerParams) -> Self {
        Self {
            params,
            phase: Phase::Closed,
            epoch: generation << EPOCH_BITS,
            hard_in_a_row: 0,
            windows: Bounded::new(MODELS_MAX),
            steps: 0,
            steps_since: Duration::ZERO,
            begun: 0,
            asked_until: Duration::ZERO,
        }
    }

    /// Until when the provider itself asked to be left alone, if that is to come.
    pub(crate) fn asked(&self, now: Duration) -> Option<Duration> {
        (self.asked_until > now).then_some(self.asked_until)
    }

    /// Another configuration; how it stands stays.
    pub(crate) fn adopt(&mut self, params: BreakerParams) {
        self.params = params;
    }

    /// What it goes by.
    pub(crate) const fn params(&self) -> BreakerParams {
        self.params
    }

    /// Whether a request may go there now.
    pub(crate) fn gate(&self, now: Duration) -> Gate {
        match self.phase {
            Phase::Open { until } if until > now => Gate::Shut { until },
            Phase::HalfOpen { test: Some(since), .. } if since + TEST_MAX > now => {
                Gate::Shut { until: now + TEST_POLL }
            }
            Phase::SlowStart { until } => {
                let elapsed = (now + self.params.slow_start).saturating_sub(until);
                ramp::wait(elapsed, self.begun).map_or(Gate::Pass, |wait| Gate::Shut { until: now + wait })
            }
            Phase::Closed | Phase::Open { .. } | Phase::HalfOpen { .. } => Gate::Pass,
        }
    }

    /// An attempt begins. Returns what its result is to be handed back with.
    pub(crate) fn begin(&mut self, now: Duration) -> u64 {
        match self.phase {
            Phase::Open { until } if until <= now => self.enter(Phase::HalfOpen { test: Some(now), passed: 0 }),
            Phase::HalfOpen { passed, .. } => self.phase = Phase::HalfOpen { test: Some(now), passed },
            Phase::SlowStart { until } if until <= now => self.enter(Phase::Closed),
            Phase::SlowStart { .. } => self.begun = self.begun.saturating_add(1),
            Phase::Open { .. } | Phase::Closed => {}
        }
        self.epoch
    }

    /// An attempt succeeded.
    pub(crate) fn succeeded(&mut self, now: Duration, epoch: u64, model: u64) {
        if epoch != self.epoch {
            return;
        }
        self.hard_in_a_row = 0;
        self.asked_until = Duration::ZERO;
        match self.phase {
            Phase::Closed | Phase::SlowStart { .. } => {
                self.count(now, model, true);
            }
            // It was tried all the same, because nobody else was left.
            Phase::Open { .. } if self.params.tests > 1 => self.enter(Phase::HalfOpen { test: None, passed: 1 }),
            Phase::Open { .. } => self.enter(Phase::SlowStart { until: now + self.params.slow_start }),
            Phase::HalfOpen { passed, .. } if passed + 1 >= self.params.tests => {
                self.steps_since = now;
                self.enter(Phase::SlowStart { until: now + self.params.slow_start });
            }
            Phase::HalfOpen { passed, .. } => self.phase = Phase::HalfOpen { test: None, passed: passed + 1 },
        }
    }

    /// An attempt failed, by a failure of this weight; `asked` is when the provider wants to be asked again.
    pub(crate) fn failed(
        &mut self,
        now: Duration,
        epoch: u64,
        model: u64,
        weight: Weight,
        asked: Option<Duration>,
        jitter: &mut Jitter,
    ) {
        if epoch != self.epoch {
            return;
        }
        if weight == Weight::None {
            self.released(epoch);
            return;
        }
        if let Some(asked) = asked {
            self.asked_until = self.asked_until.max(now + asked);
            match self.phase {
                // It was tried all the same, because nobody else was left.
                Phase::Open { until } if until > now => self.phase = Phase::Open { until: self.asked_until.max(until) },
                // What began before says nothing about it any more: it is left alone anew.
                Phase::Open { .. } if self.asked_until > now => self.enter(Phase::Open { until: self.asked_until }),
                Phase::Open { .. } | Phase::Closed | Phase::HalfOpen { .. } | Phase::SlowStart { .. } => {}
            }
        }
        let hard = matches!(weight, Weight::Hard | Weight::All);
        self.hard_in_a_row += u32::from(hard);
        let trips = match self.phase {
            Phase::Closed => self.count(now, model, false) || self.hard_in_a_row >= self.params.failures,
            Phase::SlowStart { .. } => hard || self.count(now, model, false),
            Phase::HalfOpen { .. } => true,
            Phase::Open { .. } => false,
        };
        let at_once = weight == Weight::All && !matches!(self.phase, Phase::Open { .. });
        if trips || at_once {
            self.open(now, at_once, jitter);
        }
    }

    /// An attempt ended without saying anything about the provider.
    pub(crate) fn released(&mut self, epoch: u64) {
        if let Phase::HalfOpen { passed, .. } = self.phase
            && epoch == self.epoch
        {
            self.phase = Phase::HalfOpen { test: None, passed };
        }
    }

    /// The provider was reached by a probe: it may be tried before its time. Only requests prove that it works.
    pub(crate) fn reached(&mut self, now: Duration) {
        if matches!(self.phase, Phase::Open { until } if until > now) && now >= self.asked_until {
            self.enter(Phase::HalfOpen { test: None, passed: 0 });
        }
    }

    /// The machine has slept, or is in another network: what kept it away may be over, and one request finds out.
    pub(crate) fn resumed(&mut self) {
        if matches!(self.phase, Phase::Open { .. }) {
            self.enter(Phase::HalfOpen { test: None, passed: 0 });
        }
    }

    /// Percent of its usual share of requests: one that comes back begins with little.
    pub(crate) fn share(&self, now: Duration) -> u32 {
        match self.phase {
            Phase::Closed => 100,
            Phase::Open { .. } | Phase::HalfOpen { .. } => SHARE_FIRST,
            Phase::SlowStart { until } => {
                let whole = self.params.slow_start.as_millis().max(1);
                let left = until.saturating_sub(now).as_millis().min(whole);
                let missing = u128::from(100 - SHARE_FIRST) * left / whole;
                100 - u32::try_from(missing).unwrap_or(0)
            }
        }
    }

    /// How it stands.
    pub(crate) fn standing(&self, now: Duration) -> Standing {
        match self.phase {
            Phase::Open { until } if until > now => Standing { name: "open", until: Some(until) },
            Phase::Open { .. } | Phase::HalfOpen { .. } => Standing { name: "half-open", until: None },
            Phase::SlowStart { until } if until > now => Standing { name: "slow-start", until: Some(until) },
            Phase::SlowStart { .. } | Phase::Closed => Standing { name: "closed", until: None },
        }
    }

    /// Leaves it alone, `longest`: for as long as ever, which says nothing about how long the next time is.
    fn open(&mut self, now: Duration, longest: bool, jitter: &mut Jitter) {
        let forgiven = now.saturating_sub(self.steps_since).as_secs() / FORGIVEN_AFTER.as_secs();
        let steps = self.steps.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX));
        let length = self.params.opening(if longest { self.params.steps_max() } else { steps });
        let length = jitter.between(length.mul_f64(0.8), length.mul_f64(1.2)).max(self.asked_until.saturating_sub(now));
        self.steps = (steps + 1).min(self.params.steps_max());
        self.steps_since = now + length;
        self.hard_in_a_row = 0;
        self.windows = Bounded::new(MODELS_MAX);
        self.enter(Phase::Open { until: now + length });
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.epoch += 1;
        self.begun = 0;
    }

    /// Counts a result of a model; whether too many of it were failures.
    fn count(&mut self, now: Duration, model: u64, good: bool) -> bool {
        let (samples, percent) = (self.params.samples, self.params.success_percent);
        self.windows.change(model, |window| {
            window.count(now, good);
            !good && window.is_bad(now, samples, percent)
        })
    }
}
