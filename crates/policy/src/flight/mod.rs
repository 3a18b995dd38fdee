//! One request on its way: the candidates that are left, the limits that are not used up, and what has happened so
//! far. It keeps the configuration it started under; the engine keeps what outlives it.

mod attempt;
mod decision;
mod failure;
mod last_word;
mod patience;
mod place;
mod skip;
mod tries;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::attempt::{Attempt, Pending};
pub use self::decision::{Decision, Outcome, Target};
pub use self::patience::Patience;
pub(crate) use self::place::{Place, RetryPlan};
pub(crate) use self::skip::{Skip, SkipWhy};
pub use self::tries::{ATTEMPTS_MAX, ATTEMPTS_PER_PROVIDER_MAX, TOLD_TO_WAIT_MAX};
pub(crate) use self::tries::{NOT_SENT_MAX, Tries};
use crate::capacity::{Claim, Denial, Ticket};
use crate::classify::{Certainty, KeyEffect};
use crate::explain::{self, Trail};
use crate::facts::Stored;
use crate::params::{Admits, Params, ProviderParams};
use crate::profile::{By, Choice};
use crate::route::Condition;
use crate::select::Strategy;
use crate::stay::Home;

/// No attempt starts with less time than this before the caller stops waiting.
pub(crate) const TIME_LEFT_MIN: Duration = Duration::from_secs(5);

/// Pauses inside one request.
pub(crate) const WAITS_MAX: u32 = 4;

/// One request on its way.
#[derive(Debug)]
pub struct Flight {
    pub(crate) params: Arc<Params>,
    pub(crate) choice: Choice,
    /// What did not hold of the rules before the one that matched, or of all.
    pub(crate) missed: Vec<Condition>,
    pub(crate) places: Vec<Place>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) skips: Vec<Skip>,
    /// Attempts there had been at each of the last of these.
    pub(crate) skipped_at: Vec<usize>,
    pub(crate) pending: Option<Pending>,
    pub(crate) end: Option<End>,
    pub(crate) tries: Tries,
    pub(crate) waits: u32,
    /// How long it has waited in them.
    pub(crate) waited: Duration,
    /// The limit for callers that it waits for now, by its id.
    pub(crate) waits_for: Option<u64>,
    /// The last limit for callers that it waited for, and how long for all of them.
    pub(crate) waited_for: Option<(u64, Duration)>,
    /// Nothing more is tried.
    pub(crate) given_up: bool,
    /// Then: too little time was left for another attempt.
    pub(crate) time_up: bool,
    /// Since when it waits, or has waited so far.
    pub(crate) waits_since: Option<Duration>,
    /// The model that was sent when something was refused.
    pub(crate) asked: Option<Arc<str>>,
    /// The same provider again, before anyone else: without what it refused.
    pub(crate) at_once: Option<(usize, RetryPlan)>,
    /// End of the present pause.
    pub(crate) waiting: Option<Duration>,
    /// A key that was set aside has been tested: once is enough for one request.
    pub(crate) tested: bool,
    /// Candidates that could be asked and were not, because the profile's budget is used up.
    pub(crate) held_back: Vec<usize>,
    /// The profile's budget was spent on the next attempt.
    pub(crate) paid: bool,
    /// A failure was met that stays with its provider, as configured.
    pub(crate) kept: bool,
    /// A candidate has been tried although it rests: once is enough.
    pub(crate) gambled: bool,
    pub(crate) body_bytes: u64,
    /// Its tokens, as somebody counted for whom they were too many.
    pub(crate) tokens: Option<u64>,
    /// Candidates were left out for its size: who is left may not be who would have been asked otherwise.
    pub(crate) narrowed: bool,
    pub(crate) affinity: Option<u64>,
    /// Its conversation.
    pub(crate) session: Option<u64>,
    /// What it refers to that one provider keeps.
    pub(crate) stored: Option<Stored>,
    /// Its prompt is to stay in the provider's cache for an hour.
    pub(crate) long_cache: bool,
    /// The profiles it may use, the one it began at first; empty when it has but one.
    pub(crate) tiers: Vec<usize>,
    /// It has been counted for the profile it began at.
    pub(crate) tiers_judged: bool,
    /// That profile would have been left, had it not been switched too often in the last hour.
    pub(crate) stopped: bool,
    /// How the candidates came into their order, unless it is that of the list.
    pub(crate) strategy: Option<Strategy>,
    /// What remembers where this conversation is.
    pub(crate) stay_key: Option<u64>,
    /// Where this conversation was, with a warm cache.
    pub(crate) home: Option<Home>,
    pub(crate) deadline: Option<Duration>,
    /// What it asks of the gateway's capacity, and holds.
    pub(crate) claim: Claim,
}

/// Why nothing more is tried, when that is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Cancelled,
    Committed,
    RequestFault,
}

impl Flight {
    /// The configuration this request started under; indexes in a [`Target`] belong to it.
    pub fn params(&self) -> &Arc<Params> {
        &self.params
    }

    /// Name of the rule that matched.
    pub fn route(&self) -> Option<&Arc<str>> {
        self.params.routes.get(self.choice.route?).map(|route| &route.name)
    }

    /// Name of the profile, unless a single provider was chosen.
    pub fn profile(&self) -> Option<&Arc<str>> {
        self.params.profiles.get(self.choice.profile()?).map(|profile| &profile.name)
    }

    /// Its place among requests that wait: higher goes first, 0 is usual.
    pub fn priority(&self) -> i16 {
        self.choice.route.and_then(|route| self.params.routes.get(route)).map_or(0, |route| route.priority)
    }

    /// Attempts so far.
    pub fn attempts(&self) -> u32 {
        u32::try_from(self.attempts.len()).unwrap_or(u32::MAX)
    }

    /// Whether the request goes with the caller's own login, and so only to that account.
    pub fn is_own_login(&self) -> bool {
        self.places.iter().any(|place| place.own_login.is_some())
    }

    /// One candidate chosen by default and tried once, nothing passed over: there is nothing to explain.
    pub fn is_plain(&self) -> bool {
        self.choice.by == By::Default
            && self.attempts.len() == 1
            && self.missed.is_empty()
            && self.skips.is_empty()
            && self.strategy.is_none()
            && self.home.is_none()
            && !self.stopped
            && self.attempts.iter().all(|attempt| attempt.impatient_after.is_none())
            && self.waited.is_zero()
            && self.end == Some(End::Success)
    }

    /// What it refers to, when it may go nowhere but to the provider that keeps it.
    pub fn kept(&self) -> Option<Stored> {
        self.stored.filter(|_| self.skips.iter().any(|skip| skip.why == SkipWhy::KeptElsewhere))
    }

    /// There are other providers, though perhaps not for it.
    pub fn has_others(&self) -> bool {
        self.params.providers.len() > 1
    }

    /// There was a choice: how soon an answer begins is worth telling the engine.
    pub fn has_choice(&self) -> bool {
        self.places.len() > 1
    }

    /// An attempt is under way.
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Its place in the line, while it waits there: [`crate::engine::Engine::woken`] may name it.
    pub fn ticket(&self) -> Option<Ticket> {
        self.claim.ticket
    }

    /// Nothing is left to be told to [`crate::engine::Engine::land`].
    pub fn is_landed(&self) -> bool {
        self.claim.ticket.is_none() && self.claim.unsettled.is_none() && self.claim.limits.is_empty()
    }

    /// Why it got no place.
    pub fn denial(&self) -> Option<&Denial> {
        self.claim.denied.as_ref()
    }

    /// Why it went where it went, in a form to keep.
    pub fn trail(&self) -> Trail {
        explain::trail(self)
    }

    pub(crate) fn provider(&self, place: usize) -> Option<&ProviderParams> {
        self.params.providers.get(self.places.get(place)?.provider)
    }

    /// What the profile of a place lets in.
    pub(crate) fn admits(&self, place: &Place) -> Admits {
        self.params.profiles.get(place.profile).map(|profile| profile.admits).unwrap_or_default()
    }

    /// Whether the limits allow another attempt now.
    pub(crate) fn may_go_on(&self, now: Duration) -> bool {
        // The first attempt is always made: a caller in a hurry still gets its chance.
        (self.is_in_time(now) || self.attempts.is_empty()) && self.tries.are_left()
    }

    /// Whether there is time for another attempt.
    pub(crate) fn is_in_time(&self, now: Duration) -> bool {
        self.deadline.is_none_or(|deadline| now + TIME_LEFT_MIN <= deadline)
    }

    /// Waits until then. Asking again meanwhile is the same wait.
    pub(crate) fn wait(&mut self, until: Duration) -> Decision {
        if self.waiting != Some(until) {
            self.waiting = Some(until);
            self.waits += 1;
        }
        Decision::Wait { until }
    }

    /// Counts how long it has waited since it was told to.
    pub(crate) fn note_waited(&mut self, now: Duration) {
        let limit = self.waits_for.take();
        if let Some(since) = self.waits_since.take() {
            let waited = now.saturating_sub(since);
            self.waited += waited;
            if let Some(limit) = limit {
                let before = self.waited_for.map_or(Duration::ZERO, |(_, before)| before);
                self.waited_for = Some((limit, before + waited));
            }
        }
    }

    /// Whether waiting until then leaves time for an attempt.
    pub(crate) fn may_wait(&self, until: Duration) -> bool {
        (self.waits < WAITS_MAX || self.waiting == Some(until)) && self.is_in_time(until)
    }

    /// Whether the last attempt was a burden to a provider and of no use: another one is traffic on top.
    pub(crate) fn has_burdened(&self) -> bool {
        match self.attempts.last().and_then(|attempt| attempt.outcome) {
            // A key that is refused is set aside by itself; a part that is refused is left out at once.
            Some(Outcome::Failed(verdict)) => {
                verdict.certainty != Certainty::NotSent && !verdict.key.is_about_key() && !verdict.row.refuses_a_part()
            }
            Some(Outcome::Success | Outcome::Cancelled) | None => false,
        }
    }

    /// Whether the limits of this provider allow another attempt.
    pub(crate) fn place_may_go_on(&self, place: &Place) -> bool {
        let allowed = self.params.providers.get(place.provider).map_or(1, |provider| provider.attempts_max.max(1));
        place.counted < allowed.min(ATTEMPTS_PER_PROVIDER_MAX)
    }

    pub(crate) fn has_tried(&self, place: usize, key: Option<usize>) -> bool {
        self.attempts.iter().any(|attempt| attempt.place == place && attempt.key == key)
    }

    /// Until when this request was told to wait with this key, or with all of the provider's.
    pub(crate) fn told_until(&self, place: usize, key: Option<usize>) -> Option<Duration> {
        let here = self.attempts.iter().filter(|attempt| {
            attempt.place == place && (attempt.key == key || attempt.effect().is_some_and(KeyEffect::is_about_provider))
        });
        here.map(|attempt| attempt.told_until).max()
    }

    /// Tried, and with more to be said about it than that it has to wait.
    pub(crate) fn is_spent(&self, place: usize, key: Option<usize>) -> bool {
        let mut here = self.attempts.iter().filter(|attempt| attempt.place == place && attempt.key == key);
        here.any(|attempt| !attempt.effect().is_some_and(KeyEffect::is_rest))
    }
}
