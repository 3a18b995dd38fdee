//! One request on its way: the candidates that are left, the limits that are not used up, and what has happened so
//! far. It keeps the configuration it started under; the engine keeps what outlives it.

use std::sync::Arc;
use std::time::Duration;

use crate::capacity::{Claim, Denial, Ticket};
use crate::classify::{Certainty, Failover, Fault, KeyEffect, Row, Verdict};
use crate::explain::{self, Trail};
use crate::lacks::REFUSALS_MAX;
use crate::params::{Params, ProviderParams};
use crate::profile::{By, Choice};
use crate::refusal::{GiveUp, Why};
use crate::route::Condition;
use crate::select::Strategy;
use crate::stay::Home;

/// Attempts of one request that reached an upstream. More would multiply an outage.
pub const ATTEMPTS_MAX: u32 = 4;

/// Of these, at one provider. Only when no other provider is left, further keys of it are tried: a rejected or
/// limited key says nothing against the next one.
pub const ATTEMPTS_PER_PROVIDER_MAX: u32 = 2;

/// Attempts that may have been billed without an answer: the first, and one more.
pub(crate) const AMBIGUOUS_MAX: u32 = 2;

/// Attempts of which nothing reached an upstream. They cost nothing but time.
pub(crate) const NOT_SENT_MAX: u32 = 8;

/// No attempt starts with less time than this before the caller stops waiting.
pub(crate) const TIME_LEFT_MIN: Duration = Duration::from_secs(5);

/// Pauses inside one request.
pub(crate) const WAITS_MAX: u32 = 4;

/// Passed-over candidates that are remembered for the explanation.
const SKIPS_MAX: usize = 32;

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Send the request there.
    Try(Target),
    /// Ask again then.
    Wait {
        /// In the engine's time.
        until: Duration,
    },
    /// Tell the client.
    GiveUp(GiveUp),
}

/// Where an attempt goes. Indexes are those of [`Flight::params`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The provider.
    pub provider: usize,
    /// Its key; `None` when it needs none.
    pub key: Option<usize>,
    /// The model to send; `None` leaves it as asked.
    pub model: Option<Arc<str>>,
    /// Number of this attempt, from 1.
    pub attempt: u32,
    /// A connection that was not used before must be taken.
    pub fresh: bool,
    /// What the provider has been found not to take, in the shell's words; `None`: nothing.
    pub lacks: Option<Arc<[Arc<str>]>>,
    /// The provider could not verify opaque reasoning in this request: it gets none.
    pub without_reasoning: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The answer was complete.
    Success,
    /// It failed.
    Failed(Verdict),
    /// The client went away, or the gateway stops.
    Cancelled,
}

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
    /// Attempts that count towards the limit.
    pub(crate) counted: u32,
    pub(crate) not_sent: u32,
    pub(crate) ambiguous: u32,
    pub(crate) waits: u32,
    /// The model that was sent when something was refused.
    pub(crate) asked: Option<Arc<str>>,
    /// The same provider again, before anyone else: without what it refused.
    pub(crate) at_once: Option<(usize, RetryPlan)>,
    /// End of the present pause.
    pub(crate) waiting: Option<Duration>,
    /// A key that was set aside has been tested: once is enough for one request.
    pub(crate) tested: bool,
    /// A candidate that could be asked was not, because the profile's budget is used up.
    pub(crate) held_back: bool,
    /// The profile's budget was spent on the next attempt.
    pub(crate) paid: bool,
    /// A candidate has been tried although it rests: once is enough.
    pub(crate) gambled: bool,
    pub(crate) attempts_max: u32,
    pub(crate) body_bytes: u64,
    pub(crate) affinity: Option<u64>,
    /// The profiles it may use, the one it began at first; empty when it has but one.
    pub(crate) tiers: Vec<usize>,
    /// It has been counted for the profile it began at.
    pub(crate) tiers_judged: bool,
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

/// One provider this request may go to.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) provider: usize,
    /// The profile it belongs to; none when a provider was named.
    pub(crate) profile: usize,
    /// The model to send; `None` leaves it as asked.
    pub(crate) model: Option<Arc<str>>,
    /// Hash of the name that is sent.
    pub(crate) model_hash: u64,
    /// The place of the key that is the caller's own login, when this request goes with that.
    pub(crate) own_login: Option<usize>,
    /// Not asked again, except by `retry`.
    pub(crate) closed: bool,
    /// Attempts here, whatever came of them.
    pub(crate) tries: u32,
    /// Those that say something about the provider.
    pub(crate) counted: u32,
    /// The breaker has counted this request's failure: one request is one piece of evidence.
    pub(crate) judged: bool,
    pub(crate) retried: bool,
    pub(crate) retry: Option<RetryPlan>,
    /// What it refused of this request; learned when the request succeeds without.
    pub(crate) refused: Vec<Arc<str>>,
    /// Of these, how many were new with the last refusal.
    pub(crate) refused_now: usize,
    /// It could not verify the opaque reasoning in this request.
    pub(crate) without_reasoning: bool,
    /// That came out with the last refusal.
    pub(crate) reasoning_now: bool,
    /// How often it did.
    pub(crate) refusals: u32,
    /// Where the strategy put it; what that means is the strategy's.
    pub(crate) rank: f64,
    /// It did much worse than the others lately and gets less.
    pub(crate) outlier: bool,
    /// What the strategy looked at, for people: percent, requests, milliseconds, millionths of a dollar.
    pub(crate) figure: Option<u64>,
}

/// Another try at the same provider, for when nobody else is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPlan {
    pub(crate) key: Option<usize>,
    pub(crate) not_before: Duration,
    pub(crate) fresh: bool,
}

/// One attempt that was decided.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) place: usize,
    pub(crate) key: Option<usize>,
    /// The attempt tests a key that was set aside.
    pub(crate) test: bool,
    /// It was made although the provider is left alone or rests: nobody else was there.
    pub(crate) last_resort: bool,
    pub(crate) outcome: Option<Outcome>,
    /// Until when its key was told to wait: kept here too, as a newer configuration may no longer know the key.
    pub(crate) told_until: Duration,
}

/// The attempt that is under way.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) place: usize,
    /// What the provider's breaker wants to see again with the result.
    pub(crate) epoch: u64,
    pub(crate) started: Duration,
    pub(crate) target: Target,
    pub(crate) test: bool,
    /// Its first event is there.
    pub(crate) began: bool,
    /// It came from another provider.
    pub(crate) moved: bool,
    /// The profile's budget was spent on it.
    pub(crate) paid: bool,
}

/// A candidate that was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Skip {
    pub(crate) provider: usize,
    pub(crate) key: Option<usize>,
    pub(crate) why: SkipWhy,
    /// How long it lasts.
    pub(crate) left: Option<Duration>,
}

/// Why a candidate was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SkipWhy {
    Disabled,
    OtherProtocol,
    NeedsLogin,
    KeyDisabled,
    OwnLoginFirst,
    Cooling,
    /// Told like `Cooling`; what the client hears is another thing.
    Overloaded,
    NoSuchModel,
    Exhausted,
    Quarantined,
    SmallerLimit,
    FailedLately,
    Open,
    Price,
    RetryBudget,
    FailoverBudget,
    PanicRate,
    Full,
}

impl SkipWhy {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::OtherProtocol => "other-protocol",
            Self::NeedsLogin => "needs-login",
            Self::KeyDisabled => "key-disabled",
            Self::OwnLoginFirst => "own-login-first",
            Self::Cooling | Self::Overloaded => "cooling",
            Self::NoSuchModel => "no-such-model",
            Self::Exhausted => "exhausted",
            Self::Quarantined => "quarantined",
            Self::SmallerLimit => "smaller-limit",
            Self::FailedLately => "failed-lately",
            Self::Open => "open",
            Self::Price => "price",
            Self::RetryBudget => "retry-budget",
            Self::FailoverBudget => "failover-budget",
            Self::PanicRate => "panic-rate",
            Self::Full => "full",
        }
    }
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

    /// Whether the limits allow another attempt now.
    pub(crate) fn may_go_on(&self, now: Duration) -> bool {
        let in_time = self.deadline.is_none_or(|deadline| now + TIME_LEFT_MIN <= deadline);
        // The first attempt is always made: a caller in a hurry still gets its chance.
        (in_time || self.attempts.is_empty())
            && self.counted < self.attempts_max
            && self.not_sent < NOT_SENT_MAX
            && self.ambiguous < AMBIGUOUS_MAX
    }

    /// Waits until then. Asking again meanwhile is the same wait.
    pub(crate) fn wait(&mut self, until: Duration) -> Decision {
        if self.waiting != Some(until) {
            self.waiting = Some(until);
            self.waits += 1;
        }
        Decision::Wait { until }
    }

    /// Whether waiting until then leaves time for an attempt.
    pub(crate) fn may_wait(&self, until: Duration) -> bool {
        (self.waits < WAITS_MAX || self.waiting == Some(until))
            && self.deadline.is_none_or(|deadline| until + TIME_LEFT_MIN <= deadline)
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

    /// Until when this request was told to wait with this key.
    pub(crate) fn told_until(&self, place: usize, key: Option<usize>) -> Option<Duration> {
        let here = self.attempts.iter().filter(|attempt| attempt.place == place && attempt.key == key);
        here.map(|attempt| attempt.told_until).max()
    }

    /// Tried, and with more to be said about it than that it has to wait.
    pub(crate) fn is_spent(&self, place: usize, key: Option<usize>) -> bool {
        let told_to_wait = |outcome: Option<Outcome>| {
            matches!(outcome, Some(Outcome::Failed(Verdict { key: KeyEffect::Cool | KeyEffect::CoolModel, .. })))
        };
        let here = self.attempts.iter().filter(|attempt| attempt.place == place && attempt.key == key);
        here.into_iter().any(|attempt| !told_to_wait(attempt.outcome))
    }

    pub(crate) fn skip(&mut self, skip: Skip) {
        let same = |other: &Skip| (other.provider, other.key, other.why) == (skip.provider, skip.key, skip.why);
        if self.skips.len() < SKIPS_MAX && !self.skips.iter().any(same) {
            self.skips.push(skip);
            self.skipped_at.push(self.attempts.len());
        }
    }

    /// Notes what the attempt under way was refused for; false when that is nothing new.
    pub(crate) fn note_refused(&mut self, model: &str, lacks: &[Arc<str>]) -> bool {
        self.asked = Some(model.into());
        let Some(at) = self.pending.as_ref().map(|pending| pending.place) else { return false };
        let Some(place) = self.places.get_mut(at) else { return false };
        let known = place.refused.len();
        for lack in lacks {
            if !place.refused.contains(lack) {
                place.refused.push(Arc::clone(lack));
            }
        }
        place.refused_now = place.refused.len() - known;
        place.refused_now > 0
    }

    /// Notes that the attempt under way was refused for its opaque reasoning; false when it had none any more.
    pub(crate) fn note_reasoning_refused(&mut self) -> bool {
        let Some(at) = self.pending.as_ref().map(|pending| pending.place) else { return false };
        let Some(place) = self.places.get_mut(at) else { return false };
        place.reasoning_now = !std::mem::replace(&mut place.without_reasoning, true);
        place.reasoning_now
    }

    /// Plans the same provider again without what it refused. Such an attempt and the refused one count as one: the
    /// provider has looked at the request and done nothing. False: nothing new was refused, or too much of this request.
    pub(crate) fn relieve(&mut self, pending: &Pending, now: Duration) -> bool {
        let Some(place) = self.places.get_mut(pending.place) else { return false };
        let refused = std::mem::take(&mut place.refused_now) > 0;
        let reasoning = std::mem::take(&mut place.reasoning_now);
        if !(refused || reasoning) || place.refusals >= REFUSALS_MAX {
            return false;
        }
        place.refusals += 1;
        place.tries = place.tries.saturating_sub(1);
        self.at_once = Some((pending.place, RetryPlan { key: pending.target.key, not_before: now, fresh: false }));
        true
    }

    /// A candidate is not asked by this request, because its profile may spend no more. Then nobody is tried as a last
    /// resort either.
    pub(crate) fn hold_back(&mut self, place: usize) {
        self.held_back = true;
        if let Some(place) = self.places.get_mut(place) {
            place.closed = true;
        }
    }

    /// Counts a failure towards the limits and closes what it rules out.
    pub(crate) fn note_failure(&mut self, at: usize, verdict: &Verdict) {
        match verdict.certainty {
            Certainty::NotSent => self.not_sent += 1,
            Certainty::MaybeAccepted | Certainty::Answered | Certainty::Committed => self.counted += 1,
        }
        self.ambiguous += u32::from(verdict.ambiguous);
        if let Some(place) = self.places.get_mut(at)
            && !verdict.key.is_about_key()
        {
            place.counted += u32::from(verdict.certainty != Certainty::NotSent);
            place.closed = true;
        }
        match verdict.failover {
            Failover::Next => {}
            Failover::Never => self.end = Some(ending(verdict)),
            Failover::LargerBody | Failover::LargerContext => {
                if !self.keep_larger(at, verdict.failover) {
                    self.end = Some(End::RequestFault);
                }
            }
        }
    }

    /// Closes every place that does not declare more room than the one that refused. Whether one is left.
    fn keep_larger(&mut self, at: usize, what: Failover) -> bool {
        let limit = |provider: &ProviderParams| match what {
            Failover::LargerContext => provider.context_max,
            Failover::LargerBody | Failover::Next | Failover::Never => provider.body_max,
        };
        let refused = self.provider(at).and_then(limit);
        let wanted = if what == Failover::LargerBody { self.body_bytes } else { 0 };
        let mut left = false;
        for index in 0..self.places.len() {
            let declared = self.provider(index).and_then(limit);
            // Unknown room is not larger room: a window must be declared on both sides to be compared.
            let known = what == Failover::LargerBody || refused.is_some();
            let larger = known && declared.is_some_and(|room| room >= wanted && refused.is_none_or(|old| room > old));
            let Some(place) = self.places.get_mut(index) else { continue };
            place.retry = None;
            if larger {
                left |= !place.closed;
            } else if !place.closed {
                place.closed = true;
                let provider = place.provider;
                self.skip(Skip { provider, key: None, why: SkipWhy::SmallerLimit, left: None });
            }
        }
        left
    }

    /// The final word, by precedence over all that happened.
    pub(crate) fn give_up(&self, usable_again_in: Option<Duration>) -> GiveUp {
        let why = match self.end {
            Some(End::Success | End::Cancelled) => Why::Ended,
            Some(End::Committed) => Why::Committed,
            Some(End::RequestFault) => Why::RequestFault,
            None if matches!(self.claim.denied, Some(Denial::Limit { .. })) => Why::Limited,
            None if self.claim.denied.is_some() => Why::Full,
            None if self.is_own_login() && self.last_is_about_key() => Why::OwnLogin,
            None => self.most_telling(),
        };
        let shown = self.shown(why);
        GiveUp { why, attempt: shown.map(|(number, _)| number), row: shown.map(|(_, row)| row), usable_again_in }
    }

    fn last_is_about_key(&self) -> bool {
        let last = self.attempts.last().and_then(|attempt| attempt.outcome);
        matches!(last, Some(Outcome::Failed(verdict)) if verdict.key.is_about_key())
    }

    fn most_telling(&self) -> Why {
        // What was refused of a request is not what became of it, unless it is all there is to say.
        let told = |why| self.failures().any(|(_, row)| !row.refuses_a_part() && voice(row) == why);
        let has = |why| told(why) || self.skipped_for(why);
        if has(Why::RequestFault) {
            Why::RequestFault
        } else if has(Why::Overloaded) {
            // "At its limit" is only said when it holds for all.
            Why::Overloaded
        } else if has(Why::Unavailable) {
            Why::Unavailable
        } else if has(Why::Cooling) {
            Why::Cooling
        } else if has(Why::Exhausted) {
            Why::Exhausted
        } else if has(Why::KeysRejected) {
            Why::KeysRejected
        } else if has(Why::ModelNotFound) {
            Why::ModelNotFound
        } else if self.failures().any(|(_, row)| row.refuses_a_part()) {
            Why::RequestFault
        } else {
            Why::Unavailable
        }
    }

    fn skipped_for(&self, why: Why) -> bool {
        self.skips.iter().any(|skip| match skip.why {
            SkipWhy::Cooling => why == Why::Cooling,
            SkipWhy::Overloaded => why == Why::Overloaded,
            SkipWhy::NoSuchModel => why == Why::ModelNotFound,
            SkipWhy::Open => why == Why::Unavailable,
            SkipWhy::Exhausted => why == Why::Exhausted,
            SkipWhy::Quarantined => why == Why::KeysRejected,
            SkipWhy::Disabled
            | SkipWhy::OtherProtocol
            | SkipWhy::NeedsLogin
            | SkipWhy::KeyDisabled
            | SkipWhy::OwnLoginFirst
            | SkipWhy::SmallerLimit
            | SkipWhy::Price
            | SkipWhy::Full
            | SkipWhy::FailedLately
            | SkipWhy::RetryBudget
            | SkipWhy::FailoverBudget
            | SkipWhy::PanicRate => false,
        })
    }

    /// The last attempt that failed for this reason.
    fn shown(&self, why: Why) -> Option<(u32, Row)> {
        let last =
            |wanted: Option<Why>| self.failures().filter(|(_, row)| wanted.is_none_or(|why| voice(*row) == why)).last();
        match why {
            Why::Ended | Why::Full | Why::Limited => None,
            Why::OwnLogin | Why::Committed => last(None),
            Why::RequestFault
            | Why::Cooling
            | Why::Overloaded
            | Why::Unavailable
            | Why::Exhausted
            | Why::KeysRejected
            | Why::ModelNotFound => last(Some(why)),
        }
    }

    /// Number and row of every failed attempt.
    fn failures(&self) -> impl Iterator<Item = (u32, Row)> {
        (1..).zip(&self.attempts).filter_map(|(number, attempt)| match attempt.outcome {
            Some(Outcome::Failed(verdict)) => Some((number, verdict.row)),
            Some(Outcome::Success | Outcome::Cancelled) | None => None,
        })
    }
}

/// What a verdict that allows nobody else means for the request.
fn ending(verdict: &Verdict) -> End {
    if verdict.row == Row::ClientGone {
        End::Cancelled
    } else if verdict.certainty == Certainty::Committed {
        End::Committed
    } else {
        End::RequestFault
    }
}

/// What a failure would tell the client.
fn voice(row: Row) -> Why {
    match row {
        Row::RateLimited | Row::RateLimitedBriefly | Row::RateLimitedLong | Row::PaymentPaused => Why::Cooling,
        Row::Overloaded | Row::OverloadedAs400 => Why::Overloaded,
        Row::QuotaExhausted | Row::PaymentRequired => Why::Exhausted,
        Row::KeyRejected | Row::KeyUnreadable | Row::PermissionDenied => Why::KeysRejected,
        Row::ModelNotFound | Row::DeploymentNotFound => Why::ModelNotFound,
        row => match row.consequence().fault {
            Fault::Client => Why::RequestFault,
            Fault::Upstream | Fault::Network | Fault::Us => Why::Unavailable,
        },
    }
}
