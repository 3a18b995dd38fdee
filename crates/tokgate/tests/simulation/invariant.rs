//! The invariants, one function each: what must hold whatever happens. `I` are those of the specification (§4), `B` are
//! rules of the breaker (§2.4), `R` of attempts and waits (§2.3).

use std::time::Duration;

use tokgate::proxy::commit::PREAMBLE_MAX;
use tokgate::store::record::Outcome as RecordOutcome;
use tokgate_policy::classify::{Certainty, Failover, Row, Verdict};
use tokgate_policy::engine::{
    ATTEMPTS_MAX, ATTEMPTS_PER_PROVIDER_MAX, GaugeSnapshot, HoldParams, Outcome, Params, ProviderParams,
    ProviderSnapshot, Snapshot, TOLD_TO_WAIT_MAX, Target,
};

use crate::ledger::{Ledger, SeenGroup, stands};
use crate::request::{Request, Tried};
use crate::roster::{Seen, SeenKey};

/// No attempt starts with less time than this before the client stops waiting.
const TIME_LEFT_MIN: Duration = Duration::from_secs(5);

/// An invariant that does not hold: its name, and what was seen.
#[derive(Debug, Clone)]
pub(crate) struct Violation {
    pub(crate) law: &'static str,
    pub(crate) text: String,
}

type Held = Result<(), Violation>;

fn hold(law: &'static str, holds: bool, text: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(Violation { law, text: text() }) }
}

/// A target that was just decided, with everything an observer knows.
#[derive(Debug)]
pub(crate) struct Decided<'a> {
    pub(crate) now: Duration,
    pub(crate) request: &'a Request,
    pub(crate) target: &'a Target,
    /// How everything stood before.
    pub(crate) before: &'a Snapshot,
    /// The configuration by now.
    pub(crate) current: &'a Params,
    pub(crate) ledger: &'a Ledger,
}

impl Decided<'_> {
    /// All that must hold of a new attempt.
    pub(crate) fn check(&self) -> Held {
        self.i1_no_attempt_after_content()?;
        self.i4_attempts_stay_within_their_limits()?;
        self.i5_a_request_fault_stays_where_it_was_found()?;
        self.i6_a_key_stays_at_home()?;
        self.i7_a_shut_key_is_not_used()?;
        self.i8_a_provider_that_asked_to_wait_is_left_alone()?;
        self.i10_what_is_tied_stays()?;
        self.t2_nobody_is_asked_beyond_the_allowance()?;
        self.b2_an_open_breaker_is_left_alone()?;
        self.b6_who_is_left_alone_and_asked_all_the_same_is_waited_for_less()?;
        self.r1_nobody_is_asked_twice_while_another_is_left()?;
        self.r2_a_login_reaches_one_account()
    }

    fn i1_no_attempt_after_content(&self) -> Held {
        hold("I1", !self.request.committed, || format!("an attempt at {} after content", self.target.provider))
    }

    fn i4_attempts_stay_within_their_limits(&self) -> Held {
        let tried = &self.request.tried;
        let counted = counted(tried, ATTEMPTS_MAX);
        hold("I4", counted < ATTEMPTS_MAX as usize, || format!("{counted} attempts reached an upstream already"))?;
        let free = tried.iter().filter(|tried| !reached_or_relieved(tried)).count();
        hold("I4", free < 8, || format!("{free} attempts that reached nobody"))?;
        let ambiguous = tried.iter().filter(|tried| verdict(tried).is_some_and(|verdict| verdict.ambiguous)).count();
        hold("I4", ambiguous < 2, || format!("{ambiguous} attempts may have been billed already"))?;
        let here = tried.iter().filter(|tried| tried.provider == self.target.provider && reached(tried));
        // Who asked to wait is asked again after it, within the attempts of the whole request.
        let says_something = |verdict: &Verdict| !verdict.key.is_about_key() && !verdict.key.is_rest();
        let here = here.filter(|tried| verdict(tried).is_none_or(says_something)).count();
        hold("I4", here < ATTEMPTS_PER_PROVIDER_MAX as usize, || format!("{here} attempts at one provider already"))
    }

    fn i5_a_request_fault_stays_where_it_was_found(&self) -> Held {
        let found = self.request.tried.iter().find(|tried| {
            tried.refuses_request && verdict(tried).is_some_and(|verdict| verdict.failover == Failover::Never)
                || verdict(tried).is_some_and(|it| matches!(it.row, Row::InvalidRequest | Row::ContentFiltered))
        });
        hold("I5", found.is_none(), || format!("after {:?}", found.map(|tried| (tried.provider, tried.outcome))))
    }

    fn i6_a_key_stays_at_home(&self) -> Held {
        let provider = &self.params().providers[self.target.provider];
        let fits = match self.target.key {
            None => provider.keys.is_empty(),
            Some(key) => provider.keys.get(key).is_some_and(|key| key.client == self.request.flight.is_own_login()),
        };
        hold("I6", fits && provider.enabled, || format!("key {:?} is not one of {}", self.target.key, provider.name))
    }

    fn i7_a_shut_key_is_not_used(&self) -> Held {
        let Some(id) = self.key_id().filter(|_| !self.request.flight.is_own_login()) else { return Ok(()) };
        let until = self.seen_key(id).map_or(Duration::ZERO, SeenKey::shut_until);
        hold("I7", until <= self.now, || format!("key {id} is shut until {until:?}"))?;
        let key = self.target.key.and_then(|key| self.stands()?.keys.get(key));
        let same = self.same_configuration();
        let shut = key.is_some_and(|key| {
            matches!(key.state, "quarantined" | "exhausted") && key.left_ms.is_some_and(|left| left > 0)
        });
        hold("I7", !(same && shut), || format!("key {id}: {key:?}"))
    }

    fn i8_a_provider_that_asked_to_wait_is_left_alone(&self) -> Held {
        let earlier = self
            .request
            .tried
            .iter()
            .rev()
            .find(|tried| tried.provider == self.target.provider && tried.key == self.target.key);
        let due = earlier.and_then(|tried| Some(tried.ended + tried.asked?)).unwrap_or_default();
        let relieved = earlier.and_then(verdict).is_some_and(|verdict| verdict.retry.is_at_once());
        hold("I8", relieved || due <= self.now, || format!("asked again before {due:?}"))?;
        let Some(id) = self.key_id().filter(|_| !self.request.flight.is_own_login()) else { return Ok(()) };
        let until = self.seen_key(id).map_or(Duration::ZERO, |key| key.cool_until);
        hold("I8", until <= self.now || !self.has_alternative(), || {
            format!("key {id} rests until {until:?}, and another provider is ready")
        })
    }

    fn i10_what_is_tied_stays(&self) -> Held {
        let first = self.request.tried.first().map(|tried| tried.provider);
        let stays = !self.request.tied || first.is_none_or(|first| first == self.target.provider);
        hold("I10", stays, || format!("moved from {first:?} to {}", self.target.provider))?;
        let keeper = self.keeper();
        let identity = self.params().providers[self.target.provider].identity;
        hold("I10", keeper.is_none_or(|keeper| keeper == identity), || {
            format!("went to {identity}, and {keeper:?} keeps what it refers to")
        })
    }

    /// The only one that the request may go to.
    fn keeper(&self) -> Option<u64> {
        self.request.keeper.filter(|keeper| self.request.tied && self.is_candidate(*keeper))
    }

    /// Whether the profile that the request began at has this provider for it, at a price that is taken.
    fn is_candidate(&self, identity: u64) -> bool {
        let params = self.params();
        let protocol = u8::try_from(self.request.protocol).unwrap();
        let members = members(params, self.request.flight.profile().map(|name| &**name));
        let allowed = members.into_iter().filter(|place| self.request.allowed.contains(place));
        let mut candidates = allowed.map(|place| &params.providers[place]);
        let is_it = |it: &ProviderParams| it.identity == identity && has_own_key(it) && it.serves(protocol);
        !self.request.flight.is_own_login() && candidates.any(is_it)
    }

    /// T2: nobody beyond the profiles that a request may use, and nobody who costs too much to be taken unasked.
    fn t2_nobody_is_asked_beyond_the_allowance(&self) -> Held {
        let allowed = self.request.flight.is_own_login() || self.request.allowed.contains(&self.target.provider);
        hold("T2", allowed, || {
            let (asks, begun) = (self.target.provider, self.request.flight.profile());
            format!("begun at {begun:?}, asks {asks}, allowed: {:?}", self.request.allowed)
        })
    }

    /// §2.4, unless nobody else can be asked.
    fn b2_an_open_breaker_is_left_alone(&self) -> Held {
        let open = self.stands().is_some_and(|stands| stands.breaker == "open");
        hold("B2", !open || self.request.flight.is_own_login() || !self.has_alternative(), || {
            let all = self.params().providers.iter().map(|it| (&it.name, stands(self.before, &it.name)));
            let trail = self.request.flight.trail();
            let all = all.collect::<Vec<_>>();
            format!("{} is open, and another provider is ready: {all:?}, {trail:?}", self.target.provider)
        })
    }

    /// §2.4: the only candidate is never refused, but told of soon when it is dead; and nobody else is hurried.
    fn b6_who_is_left_alone_and_asked_all_the_same_is_waited_for_less(&self) -> Held {
        let asked = &self.params().providers[self.target.provider];
        let is_it = |it: &ProviderParams| (it.identity, &it.name) == (asked.identity, &asked.name);
        let Some(stands) = self.stands().filter(|_| self.current.providers.iter().any(is_it)) else { return Ok(()) };
        let fails = stands.breaker == "open" && stands.health.failures_in_a_row > 0;
        hold("B6", self.target.patience.is_some() == fails, || {
            format!("{} is {}, asked with {:?}", stands.name, stands.breaker, self.target.patience)
        })
    }

    /// A retry on the same provider with the same key happens only when no other candidate is left.
    fn r1_nobody_is_asked_twice_while_another_is_left(&self) -> Held {
        let last = self.request.tried.last();
        let again = last.is_some_and(|last| {
            last.provider == self.target.provider
                && last.key == self.target.key
                && verdict(last).is_some_and(|verdict| !verdict.retry.is_at_once())
        });
        hold("R1", !again || !self.has_alternative(), || {
            format!("{} again: {:?}", self.target.provider, self.request.flight.trail())
        })
    }

    /// §2.1, same account.
    fn r2_a_login_reaches_one_account(&self) -> Held {
        let own = self.request.flight.is_own_login();
        let moved =
            self.request.tried.iter().any(|it| (it.provider, it.key) != (self.target.provider, self.target.key));
        hold("R2", !own || !moved, || "a caller's login was moved".to_owned())
    }

    fn params(&self) -> &Params {
        self.request.flight.params()
    }

    fn key_id(&self) -> Option<u64> {
        Some(self.params().providers[self.target.provider].keys.get(self.target.key?)?.id)
    }

    fn seen_key(&self, id: u64) -> Option<&SeenKey> {
        self.ledger.roster.key(self.request.identity(self.target), id)
    }

    fn stands(&self) -> Option<&ProviderSnapshot> {
        stands(self.before, &self.params().providers[self.target.provider].name)
    }

    /// Places of keys in the snapshot are those of the request's configuration.
    fn same_configuration(&self) -> bool {
        let keys = |provider: &ProviderParams| provider.keys.iter().map(|key| key.id).collect::<Vec<_>>();
        let (own, now) = (&self.params().providers, &self.current.providers);
        let mut pairs = own.iter().zip(now);
        own.len() == now.len() && pairs.all(|(own, now)| own.name == now.name && keys(own) == keys(now))
    }

    /// Another provider of the profile this request began at may be asked, was not asked yet and stands well.
    fn has_alternative(&self) -> bool {
        // One of a lower tier may be the only one as well.
        if self.request.tied && self.request.keeper.is_some() {
            return false;
        }
        let members = members(self.params(), self.request.flight.profile().map(|name| &**name));
        let asked = |place: usize| self.request.tried.iter().any(|tried| tried.provider == place);
        let larger = self
            .request
            .tried
            .iter()
            .filter_map(verdict)
            .any(|verdict| matches!(verdict.failover, Failover::LargerBody | Failover::LargerContext));
        let protocol = u8::try_from(self.request.protocol).unwrap();
        // Whose answer would come behind the client's deadline is nobody to turn to, nor is who is known to fail while
        // what may be spent on further attempts is spent.
        let failed = !self.request.tried.is_empty();
        let skipped = if failed { self.request.flight.trail().skipped } else { Vec::new() };
        let is_out = |why: &str| matches!(why, "no-time" | "failover-budget");
        let is_held_back = |name: &str| skipped.iter().any(|it| is_out(it.why) && *it.provider == *name);
        let ready = |(place, provider): (usize, &ProviderParams)| {
            place != self.target.provider
                && members.contains(&place)
                && self.request.allowed.contains(&place)
                && !asked(place)
                && has_room(provider, self.request.body_bytes)
                && provider.serves(protocol)
                && !is_held_back(&provider.name)
                && stands(self.before, &provider.name).is_some_and(|now| stands_well(now) && has_key_for(provider, now))
        };
        let mut all = self.params().providers.iter().enumerate();
        !larger && self.same_configuration() && !self.request.flight.is_own_login() && all.any(ready)
    }
}

/// The providers of a profile.
pub(crate) fn members(params: &Params, profile: Option<&str>) -> Vec<usize> {
    let named = params.profiles.iter().find(|it| profile == Some(&*it.name));
    named.map(|it| it.providers.clone()).unwrap_or_default()
}

/// A configuration lets the gateway ask it with something of its own. What a later one switches on is not for the
/// requests under way.
pub(crate) fn has_own_key(provider: &ProviderParams) -> bool {
    let mut own = provider.keys.iter().filter(|key| key.enabled && !key.client);
    provider.enabled && (provider.keys.is_empty() || own.next().is_some())
}

/// One of the keys that a request's configuration has for a provider may be used now.
fn has_key_for(provider: &ProviderParams, now: &ProviderSnapshot) -> bool {
    let mut pairs = provider.keys.iter().zip(&now.keys).filter(|(own, _)| own.enabled && !own.client);
    has_own_key(provider) && (provider.keys.is_empty() || pairs.any(|(_, now)| now.state == "ok"))
}

/// It declares room for so many bytes, or nothing.
pub(crate) fn has_room(provider: &ProviderParams, bytes: u64) -> bool {
    provider.body_max.is_none_or(|most| bytes <= most)
}

/// Nothing is known against a provider: it may be asked.
pub(crate) fn stands_well(provider: &ProviderSnapshot) -> bool {
    let mut own = provider.keys.iter().filter(|key| key.enabled && !key.client);
    provider.enabled
        && provider.breaker == "closed"
        && provider.resting_models == 0
        && provider.resting_left_ms.is_none()
        && (provider.keys.is_empty() || own.any(|key| key.state == "ok" || key.left_ms.is_none()))
}

/// Not as much is under way at a provider, or with each of its keys, as it bears.
pub(crate) fn bears_more(provider: &ProviderSnapshot) -> bool {
    let room = |gauge: &GaugeSnapshot| gauge.concurrent.is_none_or(|most| gauge.in_flight < most);
    let mut own = provider.keys.iter().filter(|key| key.enabled && !key.client);
    room(&provider.gauge) && (provider.keys.is_empty() || own.any(|key| key.state == "ok" && room(&key.gauge)))
}

fn verdict(tried: &Tried) -> Option<&Verdict> {
    match &tried.outcome {
        Some(Outcome::Failed(verdict)) => Some(verdict),
        Some(Outcome::Success | Outcome::Cancelled) | None => None,
    }
}

/// It counts: a request that was refused for a part, and sent again without, counts once.
fn reached(tried: &Tried) -> bool {
    verdict(tried).is_none_or(|verdict| verdict.certainty != Certainty::NotSent && !verdict.retry.is_at_once())
}

fn reached_or_relieved(tried: &Tried) -> bool {
    reached(tried) || verdict(tried).is_some_and(|verdict| verdict.retry.is_at_once())
}

/// Attempts that count: not those that reached nobody, were sent again without a part, or asked the request to wait for
/// the first time, of up to so many candidates. Who may make one attempt has nothing but that.
fn counted(tried: &[Tried], attempts_max: u32) -> usize {
    let waits = |tried: &Tried| verdict(tried).is_some_and(|verdict| verdict.row.asks_to_wait());
    let whole = |tried: &Tried| verdict(tried).is_some_and(|verdict| verdict.key.is_about_provider());
    let first = |(at, it): &(usize, &Tried)| {
        let same = |other: &Tried| other.key == it.key || whole(other) && whole(it);
        let before = |other: &Tried| other.provider == it.provider && same(other) && waits(other);
        waits(it) && !tried[..*at].iter().any(before)
    };
    let told = tried.iter().enumerate().filter(first).count();
    tried.iter().filter(|tried| reached(tried)).count()
        - told.min(if attempts_max > 1 { TOLD_TO_WAIT_MAX as usize } else { 0 })
}

/// R3: a pause is to come, and short, or within what a request may wait in all; and there are few of the others.
pub(crate) fn r3_pauses_are_short(now: Duration, until: Duration, request: &mut Request) -> Held {
    let held = request.started + HoldParams::default().max;
    // A tenth on top of what was asked for.
    let longest = (now + Duration::from_millis(5_500)).max(held);
    request.late_pauses += u32::from(until > held);
    let few = request.late_pauses <= 4;
    hold("R3", until > now && until <= longest && few, || format!("{request:?} pauses until {until:?}"))
}

/// I2 and I1 once more: a request that has ended is not tried again.
pub(crate) fn i2_the_end_is_the_end(request: &Request, target: Option<&Target>) -> Held {
    let law = if request.committed { "I1" } else { "I2" };
    hold(law, target.is_none(), || format!("after its end the policy would try {target:?}"))?;
    hold("I2", request.ends == 1, || format!("{} ends", request.ends))
}

/// I3: only what the list calls a complete answer may end as one.
pub(crate) fn i3_what_was_cut_is_not_clean(request: &Request, outcome: RecordOutcome) -> Held {
    let complete = request.tried.last().is_some_and(|tried| tried.complete && (!request.cut || request.terminal));
    hold("I3", outcome != RecordOutcome::Completed || complete, || {
        format!("complete: {:?}", request.tried.last().map(|tried| tried.play))
    })
}

/// I12: with somebody healthy the request succeeds, within the limits.
pub(crate) fn i12_somebody_healthy_answers(
    now: Duration,
    request: &Request,
    attempts_max: u32,
    still_sound: &[&str],
) -> Held {
    let final_word = request.tried.iter().filter_map(verdict).any(|it| it.failover != Failover::Next);
    let ambiguous = request.tried.iter().filter(|tried| verdict(tried).is_some_and(|it| it.ambiguous)).count();
    let unsent = request.tried.iter().filter(|tried| !reached_or_relieved(tried)).count();
    // What was refused for a part and not sent again without counts.
    let refused = request.tried.last().and_then(verdict).is_some_and(|verdict| verdict.retry.is_at_once());
    let counted = counted(&request.tried, attempts_max) + usize::from(refused);
    let spent = counted >= attempts_max as usize || ambiguous >= 2 || unsent >= 8;
    // What may be spent in an outage is spent: whoever failed a moment ago may be healthy by now. And who would answer
    // behind the client's deadline is not asked.
    let trail = request.flight.trail();
    let held_back: Vec<_> =
        trail.skipped.iter().filter(|it| matches!(it.why, "failover-budget" | "panic-rate" | "no-time")).collect();
    let late = request.deadline.is_some_and(|at| now + TIME_LEFT_MIN > at);
    let tied = request.tied && (request.keeper.is_some() || !request.tried.is_empty());
    let bound = tied || late || request.flight.is_own_login();
    let sound = still_sound.iter().find(|name| !held_back.iter().any(|it| *it.provider == ***name));
    hold("I12", spent || final_word || bound || sound.is_none(), || {
        format!("gave up although provider {sound:?} was healthy: {trail:?}")
    })
}

/// I14: what is held back of a stream has a bound; one chunk may stand on top of it.
pub(crate) fn i14_little_is_held_back(held: usize) -> Held {
    hold("I14", held <= PREAMBLE_MAX, || format!("{held} bytes are held back"))
}

/// I16: the result of an attempt that began before the breaker turned changes nothing about it.
pub(crate) fn i16_old_results_change_nothing(
    tried: &Tried,
    turned_at: Option<Duration>,
    before: Option<&ProviderSnapshot>,
    after: Option<&ProviderSnapshot>,
) -> Held {
    let old = turned_at.is_some_and(|at| tried.began < at);
    let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
    let same = (before.breaker, before.breaker_left_ms) == (after.breaker, after.breaker_left_ms);
    hold("I16", !old || same, || format!("{before:?} became {after:?} by an attempt of {:?}", tried.began))
}

/// B1: three hard failures in a row open the breaker.
pub(crate) fn b1_hard_failures_open(hard_in_a_row: u32, after: Option<&ProviderSnapshot>) -> Held {
    let closed = after.is_some_and(|stands| stands.breaker == "closed");
    hold("B1", !(closed && hard_in_a_row >= 3), || format!("{hard_in_a_row} hard failures, and it is closed"))
}

/// I11: while nothing fails, a conversation stays where it is.
pub(crate) fn i11_a_conversation_stays(
    request: &Request,
    last: Option<(Duration, u64)>,
    quiet_since: Duration,
    identity: u64,
) -> Held {
    let moved = last.is_some_and(|(at, there)| at > quiet_since && there != identity);
    hold("I11", !moved, || {
        let trail = request.flight.trail();
        format!("moved from {last:?} to {identity}, quiet since {quiet_since:?}: {trail:?}")
    })
}

/// B3: when everything is left alone, one request a second of a profile tries somebody.
pub(crate) fn b3_one_a_second_finds_out(now: Duration, last: Option<Duration>) -> Held {
    let soon = last.is_some_and(|at| at + Duration::from_secs(1) > now);
    hold("B3", !soon, || format!("tried although it is left alone, {:?} after another", last.map(|at| now - at)))
}

/// B4: after sleep nothing is left alone.
pub(crate) fn b4_waking_opens_everything(snapshot: &Snapshot) -> Held {
    let open = snapshot.providers.iter().find(|it| it.breaker == "open");
    hold("B4", open.is_none(), || format!("{open:?} after waking up"))
}

/// B4: what fails while waking up opens nothing.
pub(crate) fn b4_waking_counts_nothing(before: Option<&ProviderSnapshot>, after: Option<&ProviderSnapshot>) -> Held {
    let opened = before.zip(after).is_some_and(|(before, after)| before.breaker != "open" && after.breaker == "open");
    hold("B4", !opened, || format!("{before:?} became {after:?} while waking up"))
}

/// H1: those who waited in line come to a provider one after the other.
pub(crate) fn h1_no_herd(together: usize) -> Held {
    hold("H1", together <= 5, || format!("{together} that waited came to one provider within a tenth of a second"))
}

/// R5: a provider is asked again for two in ten requests of two minutes, what was saved up, and ten that are always
/// allowed. Two minutes, as the budget of the first second of a minute comes from the minute before.
pub(crate) fn r5_retries_stay_within_their_budget(attempts: usize, again: usize) -> Held {
    let allowed = (attempts / 5).max(10) + (attempts / 30).max(10) + 1;
    hold("R5", again <= allowed, || format!("asked again {again} times in a minute, {attempts} attempts in two"))
}

/// R6: pauses that nobody asked for are random: from nothing on, but seldom nothing.
pub(crate) fn r6_pauses_are_random((all, none): (u32, u32)) -> Held {
    hold("R6", all < 20 || none * 2 <= all, || format!("{none} of {all} pauses were none"))
}

/// O1: of three that share the requests, one that does much worse gets much less than a third.
pub(crate) fn o1_an_outlier_gets_less(its: u32, all: u32) -> Held {
    hold("O1", its * 5 <= all, || format!("{its} of {all} attempts went there"))
}

/// I9, to the letter: attempts that may have been billed, in any minute, against the requests under way in it. Ten in a
/// minute are always allowed, as a single user's failures must be answered too.
pub(crate) fn i9_little_is_billed_twice(at: Duration, exposed: usize, requests: usize) -> Held {
    hold("I9", exposed * 10 <= requests * 13 + 100, || {
        format!("{exposed} attempts for {requests} requests may have been billed in the minute up to {at:?}")
    })
}

/// T1: where somebody switched to, requests begin.
pub(crate) fn t1_a_switch_by_hand_holds(switched: Option<&str>, profile: Option<&str>) -> Held {
    hold("T1", switched.is_none() || switched == profile, || format!("switched to {switched:?}, began at {profile:?}"))
}

/// I9, in an outage (nothing has succeeded for two minutes): further attempts of a minute stay below three in ten
/// requests, what was saved up, and ten that are always allowed. Requests of two minutes are counted, as the budget of
/// the first second of a minute comes from the minute before.
pub(crate) fn i9_an_outage_is_not_multiplied(group: &SeenGroup, at: Duration) -> Held {
    let minute = Duration::from_secs(60);
    let outage = group.worked.is_none_or(|worked| worked + minute * 2 < at);
    let requests = group.asked(at, minute * 2);
    let wasted = SeenGroup::within(&group.wasted, at, minute);
    // As many as come in about ten seconds may find out whether somebody not known to fail works: in two minutes, twice.
    let allowed = (requests * 3 / 10).max(10) + (requests * 7 / 60).max(10) + (requests / 5).max(8);
    hold("I9", !outage || wasted <= allowed, || {
        format!("{wasted} further attempts in a minute, {requests} requests in two")
    })
}

/// I17: what came is in the file, or was counted as lost.
pub(crate) fn i17_rows_are_requests_less_drops(rows: u64, requests: u64, dropped: u64) -> Held {
    hold("I17", rows + dropped == requests, || format!("{rows} rows of {requests} requests, {dropped} counted as lost"))
}

/// I15: after faults stop, whoever is asked is used again.
pub(crate) fn i15_breakers_close(now: Duration, stands: &ProviderSnapshot, seen: &Seen) -> Held {
    // A provider may ask for up to an hour.
    let told = seen.longest_asked > Duration::from_secs(240);
    // An attempt of the bad time may wait for its answer in vain far into the quiet.
    let lately = seen.failed_at.is_some_and(|at| at + OPEN_MOST > now);
    let (name, asked) = (&stands.name, seen.asked);
    let well = match stands.breaker {
        "closed" | "slow-start" => true,
        "open" => lately,
        // Nobody asks whoever stands behind the others: it is tried when it is needed.
        _ => asked < 3,
    };
    hold("I15", well || told, || format!("{name} is {} after ten quiet minutes, asked {asked} times", stands.breaker))
}

/// A breaker is open so long at most, when nobody asked for more: 300 s, and a fifth more at random.
const OPEN_MOST: Duration = Duration::from_secs(360);
