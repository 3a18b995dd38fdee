//! Rests that concern one model: a key at its rate limit, a provider that is overloaded or does not have the model.

mod memory;

use std::time::Duration;

use crate::bounded::Bounded;
use crate::jitter::Jitter;

/// Models remembered at once. A caller that makes up model names must not fill the memory.
const ENTRIES_MAX: usize = 1024;

/// A rest this long over is forgotten: the next one is short again.
const FORGET_AFTER: Duration = Duration::from_secs(300);

/// Doublings after which every cap is reached; keeps the shift in range.
const EXPONENT_MAX: u32 = 6;

/// What rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    /// Identity of the provider.
    pub(crate) provider: u64,
    /// Id of the key; `None` is the provider itself.
    pub(crate) key: Option<u64>,
    /// Hash of the model's name.
    pub(crate) model: u64,
}

/// Why it rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Too many requests for now.
    Busy,
    /// The model is not there.
    Missing,
    /// The key may not use the model.
    Denied,
}

#[derive(Debug, Clone, Copy)]
struct Rest {
    since: Duration,
    until: Duration,
    /// Until when the upstream itself asked to be left alone: no later answer shortens that.
    asked_until: Duration,
    exponent: u32,
    cause: Cause,
}

/// All current rests.
#[derive(Debug, Clone)]
pub(crate) struct Cooldowns {
    rests: Bounded<Subject, Rest>,
}

impl Cooldowns {
    pub(crate) fn new() -> Self {
        Self { rests: Bounded::new(ENTRIES_MAX) }
    }

    /// Until when the subject rests, if it does.
    pub(crate) fn rest(&self, now: Duration, subject: &Subject) -> Option<(Duration, Cause)> {
        self.rests.peek(subject).filter(|rest| rest.until > now).map(|rest| (rest.until, rest.cause))
    }

    /// Until when the upstream itself asked to be left alone, if that is to come.
    pub(crate) fn asked(&self, now: Duration, subject: &Subject) -> Option<Duration> {
        self.rests.peek(subject).map(|rest| rest.asked_until).filter(|until| *until > now)
    }

    /// Rests, longer each time: `first · 2ⁿ` up to `longest`, the last quarter of it random. Attempts that had started
    /// before the present rest was ordered say nothing new. Never shorter than `asked`, what the upstream asks for now, nor
    /// than what it has asked for before.
    pub(crate) fn back_off(
        &mut self,
        now: Duration,
        started: Duration,
        subject: Subject,
        (first, longest): (Duration, Duration),
        asked: Option<Duration>,
        jitter: &mut Jitter,
    ) {
        let known = self.rests.peek(&subject).copied();
        let before = known.map_or(Duration::ZERO, |rest| rest.asked_until);
        let asked_until = before.max(now + asked.unwrap_or_default());
        let exponent = match known {
            Some(rest) if started < rest.since => {
                let until = if asked.is_some() { rest.until.max(asked_until) } else { rest.until };
                return self.rests.insert(subject, Rest { until, asked_until, ..rest });
            }
            Some(rest) if now < rest.until + FORGET_AFTER => (rest.exponent + 1).min(EXPONENT_MAX),
            Some(_) | None => 0,
        };
        let until = (now + length(exponent, (first, longest), asked, jitter)).max(asked_until);
        self.rests.insert(subject, Rest { since: now, until, asked_until, exponent, cause: Cause::Busy });
    }

    /// Rests for a fixed time because the model is not there, or not for the key.
    pub(crate) fn missing(&mut self, now: Duration, subject: Subject, length: Duration) {
        let cause = if subject.key.is_some() { Cause::Denied } else { Cause::Missing };
        let asked_until = self.rests.peek(&subject).map_or(Duration::ZERO, |rest| rest.asked_until);
        let until = (now + length).max(asked_until);
        self.rests.insert(subject, Rest { since: now, until, asked_until, exponent: 0, cause });
    }

    /// It worked: the rest is over, and the next one is short again.
    pub(crate) fn clear(&mut self, started: Duration, subject: &Subject) {
        if self.rests.peek(subject).is_some_and(|rest| started >= rest.since) {
            self.rests.remove(subject);
        }
    }

    /// Forgets the rests of a provider, or those of one key of it alone.
    pub(crate) fn forget(&mut self, provider: u64, key: Option<u64>) {
        let meant = |subject: &Subject| subject.provider == provider && (key.is_none() || subject.key == key);
        let gone: Vec<Subject> = self.rests.iter().map(|(subject, _)| *subject).filter(meant).collect();
        gone.iter().for_each(|subject| self.rests.remove(subject));
    }

    /// Number of models that rest at a provider.
    pub(crate) fn count(&self, now: Duration, provider: u64) -> usize {
        self.rests.iter().filter(|(subject, rest)| subject.provider == provider && rest.until > now).count()
    }

    /// Number of models that rest with one key.
    pub(crate) fn count_of_key(&self, now: Duration, provider: u64, key: u64) -> usize {
        let meant = |subject: &Subject| subject.provider == provider && subject.key == Some(key);
        self.rests.iter().filter(|(subject, rest)| meant(subject) && rest.until > now).count()
    }

    /// The earliest end of a rest.
    pub(crate) fn next_end(&self, now: Duration) -> Option<Duration> {
        self.rests.iter().map(|(_, rest)| rest.until).filter(|until| *until > now).min()
    }

    /// Forgets what no longer matters.
    pub(crate) fn sweep(&mut self, now: Duration) {
        self.rests.retain(|rest| rest.until + FORGET_AFTER > now);
    }
}

/// How long the rest after so many others is: `first · 2ⁿ` up to `longest`, the last quarter of it random, and never
/// shorter than `asked`.
pub(crate) fn length(
    exponent: u32,
    (first, longest): (Duration, Duration),
    asked: Option<Duration>,
    jitter: &mut Jitter,
) -> Duration {
    let length = longest.min(first * (1 << exponent.min(EXPONENT_MAX)));
    jitter.between(length.mul_f64(0.75), length).max(asked.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject = Subject { provider: 1, key: Some(2), model: 3 };
    const RANGE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Backs off at `now` after an attempt started then, and returns the length.
    fn back_off(rests: &mut Cooldowns, now: Duration) -> Duration {
        rests.back_off(now, now, SUBJECT, RANGE, None, &mut Jitter::new(1));
        rests.rest(now, &SUBJECT).map_or(Duration::ZERO, |(until, _)| until - now)
    }

    #[test]
    fn each_rest_is_twice_as_long_until_the_cap() {
        let mut rests = Cooldowns::new();
        let mut now = secs(100);
        for wanted in [2, 4, 8, 16, 32, 60, 60, 60, 60] {
            let length = back_off(&mut rests, now);
            assert!(length <= secs(wanted) && length >= secs(wanted).mul_f64(0.75), "{length:?}, not about {wanted} s");
            now += length;
        }
    }

    #[test]
    fn requests_that_failed_together_count_once() {
        let mut rests = Cooldowns::new();
        let length = back_off(&mut rests, secs(100));
        for _ in 0..10 {
            rests.back_off(secs(101), secs(99), SUBJECT, RANGE, None, &mut Jitter::new(1));
        }
        assert_eq!(rests.rest(secs(100), &SUBJECT), Some((secs(100) + length, Cause::Busy)));
    }

    #[test]
    fn a_wait_that_was_asked_for_is_not_shortened_by_what_is_said_later_and_one_that_is_asked_for_late_counts() {
        let mut rests = Cooldowns::new();
        let mut failed = |now, started, asked: Option<u64>| {
            rests.back_off(now, started, SUBJECT, RANGE, asked.map(secs), &mut Jitter::new(1));
            rests.rest(now, &SUBJECT).map(|(until, _)| until)
        };
        assert_eq!(failed(secs(100), secs(100), Some(60)), Some(secs(160)));
        assert_eq!(failed(secs(101), secs(101), None), Some(secs(160)), "nothing is asked for any more");
        assert_eq!(failed(secs(102), secs(102), Some(5)), Some(secs(160)), "less is asked for");
        assert_eq!(failed(secs(103), secs(90), Some(90)), Some(secs(193)), "it began before the rest");
        assert_eq!(rests.asked(secs(103), &SUBJECT), Some(secs(193)));
        rests.missing(secs(104), SUBJECT, secs(10));
        assert_eq!(rests.rest(secs(104), &SUBJECT), Some((secs(193), Cause::Denied)));
    }

    #[test]
    fn a_success_or_a_long_peace_makes_the_next_rest_short() {
        let mut rests = Cooldowns::new();
        for _ in 0..5 {
            back_off(&mut rests, secs(100));
        }
        assert!(back_off(&mut rests, secs(1000)) <= secs(2));
        back_off(&mut rests, secs(1000));
        rests.clear(secs(1000), &SUBJECT);
        assert_eq!(rests.rest(secs(1000), &SUBJECT), None);
        assert!(back_off(&mut rests, secs(1000)) <= secs(2));
    }

    #[test]
    fn a_success_that_began_before_the_rest_does_not_end_it() {
        let mut rests = Cooldowns::new();
        back_off(&mut rests, secs(100));
        rests.clear(secs(99), &SUBJECT);
        assert!(rests.rest(secs(100), &SUBJECT).is_some());
    }

    #[test]
    fn made_up_model_names_do_not_fill_the_memory() {
        let mut rests = Cooldowns::new();
        for model in 0..5_000 {
            rests.missing(secs(1), Subject { model, ..SUBJECT }, secs(600));
        }
        assert!(rests.rests.len() <= ENTRIES_MAX);
        rests.sweep(secs(100_000));
        assert_eq!(rests.rests.len(), 0);
    }
}
