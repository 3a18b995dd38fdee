//! Why a request went where it went. Made from what the deciding code left behind, so it cannot tell another story.

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::candidates::Candidates;
use crate::capacity::Denial;
use crate::engine::tiers;
use crate::facts::Facts;
use crate::flight::{Flight, Outcome, Place, Skip, SkipWhy};
use crate::params::Params;
use crate::profile::{self, By, Choice};
use crate::refusal::{Refusal, SizeLimit};
use crate::route::{Condition, To};
use crate::select::Strategy;

/// The trail of one request.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Trail {
    /// What chose the providers: `pinned-provider`, `pinned-profile`, `route` or `default`.
    pub by: &'static str,
    /// The rule that matched.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub route: Option<Arc<str>>,
    /// Rules that were tried in vain before it, in order, with what did not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleTried>,
    /// Rules beyond those told.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_rules: u32,
    /// The rule that matched is not to be left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// The profile.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub profile: Option<Arc<str>>,
    /// The provider, when a rule or a pin named one alone.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub provider: Option<Arc<str>>,
    /// The request went with the caller's own login.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own_login: bool,
    /// The strategy that ordered the candidates, unless it was the order of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<&'static str>,
    /// The first of them in that order, and what the strategy looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Ranked>,
    /// Where the conversation was, with a warm cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<Stayed>,
    /// Candidates that were passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// Candidates that were neither passed over nor needed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untried: Vec<Untried>,
    /// Profiles of lower tiers that a strict rule keeps the request from.
    #[serde(serialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub barred: Vec<Arc<str>>,
    /// The limit for callers that refused it.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub limit: Option<Arc<str>>,
    /// Its profile failed often enough to be left, but it was switched too often in the last hour.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// Pauses for something to be usable again.
    #[serde(skip_serializing_if = "is_zero")]
    pub waits: u32,
    /// How long they were in all, milliseconds.
    #[serde(skip_serializing_if = "is_none")]
    pub waited_ms: u64,
    /// The limit for callers that it waited for.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub waited_for: Option<Arc<str>>,
    /// How long of that it waited for limits for callers, milliseconds.
    #[serde(skip_serializing_if = "is_none")]
    pub waited_for_ms: u64,
    /// As many waited as may.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub line_full: bool,
    /// Attempts in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Tried>,
}

/// A rule that did not match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleTried {
    /// Its name.
    #[serde(serialize_with = "text")]
    pub rule: Arc<str>,
    /// The first condition that did not hold, as its key in the configuration.
    pub missed: &'static str,
    /// What it asks for, as it is written; empty where that is more than a value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub wanted: String,
}

/// Rules that are told; the others are counted.
const RULES_SHOWN: usize = 20;

/// Longest pattern of a rule that is told, bytes.
const WANTED_MAX: usize = 80;

/// A candidate in its strategy's order.
#[derive(Debug, Clone, Serialize)]
pub struct Ranked {
    /// The provider.
    #[serde(serialize_with = "text")]
    pub provider: Arc<str>,
    /// Its share in percent, requests under way, milliseconds to the first event, or millionths of a US dollar: what its
    /// strategy compares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figure: Option<u64>,
    /// It did much worse than the others lately and gets less.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outlier: bool,
}

/// Where a conversation was.
#[derive(Debug, Clone, Serialize)]
pub struct Stayed {
    /// The provider.
    #[serde(serialize_with = "text")]
    pub provider: Arc<str>,
    /// Since its last use, milliseconds.
    pub idle_ms: u64,
    /// What going elsewhere costs: milliseconds until the prompt is read again.
    pub loss_ms: u64,
    /// What going elsewhere costs: millionths of a US dollar, where prices are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_micros: Option<u64>,
    /// It was waited for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waited: bool,
}

/// A candidate that was not needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untried {
    /// The provider.
    #[serde(serialize_with = "text")]
    pub provider: Arc<str>,
    /// The model it would have been sent, when that is not the one asked for.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub model: Option<Arc<str>>,
}

/// Candidates not needed, and profiles not allowed, that are told.
const UNTRIED_SHOWN: usize = 8;

/// Candidates that take only smaller requests that are told.
const TOO_SMALL_SHOWN: usize = 32;

/// Candidates of an order that are told.
const ORDER_SHOWN: usize = 8;

/// A candidate that was passed over.
#[derive(Debug, Clone, Serialize)]
pub struct Skipped {
    /// The provider.
    #[serde(serialize_with = "text")]
    pub provider: Arc<str>,
    /// Its key, when only that one was meant: its number, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<usize>,
    /// Why.
    pub why: &'static str,
    /// How much longer, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<u64>,
    /// It was asked after all: after a pause, or because nobody else was left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tried: bool,
    /// The profile that has it, where that would have to be chosen.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub profile: Option<Arc<str>>,
}

/// An attempt.
#[derive(Debug, Clone, Serialize)]
pub struct Tried {
    /// The provider.
    #[serde(serialize_with = "text")]
    pub provider: Arc<str>,
    /// Its key: its number, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<usize>,
    /// The model sent, when it is not the one asked for.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub model: Option<Arc<str>>,
    /// `ok`, `cancelled`, `pending` or the row of the failure table.
    pub result: &'static str,
    /// How long the provider said to wait, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The profile it belongs to, when that is not the one that was chosen.
    #[serde(serialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub profile: Option<Arc<str>>,
    /// The attempt tested a key that had been set aside.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// It was made although the provider is left alone or rests: nobody else was there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub last_resort: bool,
    /// Less was waited for it than usual, as it had failed so often in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impatient_after: Option<u32>,
}

pub(crate) fn trail(flight: &Flight) -> Trail {
    let first = flight.choice.profile();
    let attempts = flight.attempts.iter().filter_map(|attempt| {
        let place = flight.places.get(attempt.place)?;
        let elsewhere = flight.params.profiles.get(place.profile).filter(|_| Some(place.profile) != first);
        Some(Tried {
            provider: name(&flight.params, place.provider)?,
            key: attempt.key.map(number),
            model: place.model.clone(),
            result: result(attempt.outcome),
            retry_after_ms: retry_after(attempt.outcome).map(millis),
            profile: elsewhere.map(|profile| Arc::clone(&profile.name)),
            test: attempt.test,
            last_resort: attempt.last_resort,
            impatient_after: attempt.impatient_after,
        })
    });
    Trail {
        own_login: flight.is_own_login(),
        strategy: flight.strategy.map(Strategy::id),
        order: order(flight),
        home: home(flight),
        skipped: skipped_of(flight),
        untried: not_needed(flight),
        limit: match flight.denial() {
            Some(Denial::Limit { name, .. }) => Some(Arc::clone(name)),
            Some(Denial::LineFull { .. } | Denial::NoPlace) | None => None,
        },
        stopped: flight.stopped,
        waits: flight.waits,
        waited_ms: millis(flight.waited),
        waited_for: waited_for(flight),
        waited_for_ms: flight.waited_for.map_or(0, |(_, waited)| millis(waited)),
        line_full: matches!(flight.denial(), Some(Denial::LineFull { .. })),
        attempts: attempts.collect(),
        ..chosen(&flight.params, &flight.choice, &flight.missed)
    }
}

/// The limit for callers that it waited for.
fn waited_for(flight: &Flight) -> Option<Arc<str>> {
    let (id, _) = flight.waited_for?;
    let limit = flight.params.limits.iter().find(|limit| limit.id == id)?;
    Some(Arc::clone(&limit.name))
}

/// The trail of a request that was refused before anyone could be asked. `switched_to`: where requests go instead of the
/// default profile.
pub(crate) fn refused(params: &Params, facts: &Facts<'_>, refusal: &Refusal, switched_to: Option<usize>) -> Trail {
    let mut missed = Vec::new();
    match profile::choose(params, facts, &mut missed) {
        Ok(mut choice) => {
            choice.switch(params, switched_to);
            let mut candidates = Candidates::new(params, facts);
            candidates.add(&choice, facts.caller_has_login);
            let mut skipped = skipped(params, &candidates.skips);
            skipped.extend(too_small(refusal));
            Trail { skipped, ..chosen(params, &choice, &missed) }
        }
        // It named what there is not; where it would have gone is not known.
        Err(refusal) => Trail { by: pin(&refusal).id(), ..Trail::default() },
    }
}

/// The candidates that take only smaller requests, when nobody else was left.
fn too_small(refusal: &Refusal) -> impl Iterator<Item = Skipped> + '_ {
    let limits = match refusal {
        Refusal::TooLarge { limits } => &limits[..],
        _ => &[],
    };
    let why = SkipWhy::SmallerLimit.id();
    let skipped = move |limit: &SizeLimit| {
        let provider = Arc::clone(&limit.provider);
        Skipped { provider, key: None, why, left_ms: None, tried: false, profile: None }
    };
    limits.iter().take(TOO_SMALL_SHOWN).map(skipped)
}

fn pin(refusal: &Refusal) -> By {
    match refusal {
        Refusal::UnknownProfile(_) => By::PinnedProfile,
        Refusal::UnknownProvider(_)
        | Refusal::NoProviders
        | Refusal::AllDisabled { .. }
        | Refusal::WrongProtocol { .. }
        | Refusal::ToolsNotAllowed { .. }
        | Refusal::LoginNeeded { .. }
        | Refusal::TooLarge { .. }
        | Refusal::KeptElsewhere { .. } => By::PinnedProvider,
    }
}

/// What chose, and the rules tried before.
fn chosen(params: &Params, choice: &Choice, missed: &[Condition]) -> Trail {
    let rule = choice.route.and_then(|at| params.routes.get(at));
    let strict = rule.filter(|rule| rule.strict).and(choice.profile());
    let below = strict.map(|profile| tiers::chain(params, profile)).unwrap_or_default();
    let below = below.into_iter().skip(1).filter_map(|profile| params.profiles.get(profile));
    Trail {
        by: choice.by.id(),
        route: rule.map(|rule| Arc::clone(&rule.name)),
        rules: rules(params, missed).take(RULES_SHOWN).collect(),
        more_rules: u32::try_from(missed.len().saturating_sub(RULES_SHOWN)).unwrap_or(u32::MAX),
        strict: strict.is_some(),
        profile: choice.profile().and_then(|at| params.profiles.get(at)).map(|profile| Arc::clone(&profile.name)),
        provider: match choice.to {
            To::Provider(at) => name(params, at),
            To::Profile(_) => None,
        },
        barred: below.take(UNTRIED_SHOWN).map(|profile| Arc::clone(&profile.name)).collect(),
        ..Trail::default()
    }
}

/// The number that people and programs know a key by: they count from 1.
pub fn number(place: usize) -> usize {
    place.saturating_add(1)
}

fn name(params: &Params, provider: usize) -> Option<Arc<str>> {
    params.providers.get(provider).map(|provider| Arc::clone(&provider.name))
}

fn skipped(params: &Params, skips: &[Skip]) -> Vec<Skipped> {
    let told = skips.iter().filter_map(|skip| {
        let provider = name(params, skip.provider)?;
        let (key, left_ms) = (skip.key.map(number), skip.left.map(millis));
        let profile = (skip.why == SkipWhy::Price).then(|| lower_profile(params, skip.provider)).flatten();
        Some(Skipped { provider, key, why: skip.why.id(), left_ms, tried: false, profile })
    });
    told.collect()
}

/// The profile that somebody has to choose for this provider: the default one does not reach it.
fn lower_profile(params: &Params, provider: usize) -> Option<Arc<str>> {
    let others = params.profiles.iter().enumerate().filter(|(index, _)| *index != params.default_profile);
    others.map(|(_, profile)| profile).find(|it| it.providers.contains(&provider)).map(|it| Arc::clone(&it.name))
}

fn skipped_of(flight: &Flight) -> Vec<Skipped> {
    let mut told = skipped(&flight.params, &flight.skips);
    let first = flight.skips.len().saturating_sub(flight.skipped_at.len());
    let noted = flight.skips.iter().zip(&mut told).skip(first).zip(&flight.skipped_at);
    for ((skip, told), before) in noted {
        told.tried = flight.attempts.iter().skip(*before).any(|attempt| {
            let same = flight.places.get(attempt.place).is_some_and(|place| place.provider == skip.provider);
            same && (skip.key.is_none() || skip.key == attempt.key)
        });
    }
    let missed = flight.turn_missed().into_iter().flat_map(|why| untried(flight).map(move |place| (place, why)));
    told.extend(missed.take(UNTRIED_SHOWN).filter_map(|(place, why)| {
        let provider = name(&flight.params, place.provider)?;
        Some(Skipped { provider, key: None, why: why.id(), left_ms: None, tried: false, profile: None })
    }));
    told
}

/// Those whose turn did not come because somebody before them answered.
fn not_needed(flight: &Flight) -> Vec<Untried> {
    if flight.turn_missed().is_some() {
        return Vec::new();
    }
    let told = untried(flight).filter_map(|place| {
        Some(Untried { provider: name(&flight.params, place.provider)?, model: place.model.clone() })
    });
    told.take(UNTRIED_SHOWN).collect()
}

/// The candidates that were neither asked nor passed over.
fn untried(flight: &Flight) -> impl Iterator<Item = &Place> {
    let asked = move |at: usize| flight.attempts.iter().any(|attempt| attempt.place == at);
    let skipped = move |place: &Place| flight.skips.iter().any(|skip| skip.provider == place.provider);
    let left = flight.places.iter().enumerate().filter(move |(at, place)| !asked(*at) && !skipped(place));
    left.map(|(_, place)| place)
}

/// The rules that were tried in vain.
fn rules<'a>(params: &'a Params, missed: &'a [Condition]) -> impl Iterator<Item = RuleTried> + 'a {
    params.routes.iter().zip(missed).map(|(rule, missed)| {
        let mut wanted = rule.when.wanted(*missed);
        wanted.truncate(wanted.floor_char_boundary(WANTED_MAX));
        RuleTried { rule: Arc::clone(&rule.name), missed: missed.id(), wanted }
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_none(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The candidates a strategy has ordered. Those that could not be asked stand among the skipped.
fn order(flight: &Flight) -> Vec<Ranked> {
    let ranked = flight.places.iter().filter(|place| flight.strategy.is_some() && place.rank > f64::NEG_INFINITY);
    let ranked = ranked.filter_map(|place| {
        let provider = Arc::clone(&flight.params.providers.get(place.provider)?.name);
        Some(Ranked { provider, figure: place.figure, outlier: place.outlier })
    });
    ranked.take(ORDER_SHOWN).collect()
}

fn home(flight: &Flight) -> Option<Stayed> {
    let home = flight.home?;
    Some(Stayed {
        provider: Arc::clone(&flight.params.providers.get(home.provider)?.name),
        idle_ms: millis(home.idle),
        loss_ms: millis(home.loss.time),
        loss_micros: home.loss.micros,
        waited: flight.waits > 0,
    })
}

fn result(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Success) => "ok",
        Some(Outcome::Failed(verdict)) => verdict.row.id(),
        Some(Outcome::Cancelled) => "cancelled",
        None => "pending",
    }
}

fn retry_after(outcome: Option<Outcome>) -> Option<Duration> {
    match outcome {
        Some(Outcome::Failed(verdict)) => verdict.retry_after,
        Some(Outcome::Success | Outcome::Cancelled) | None => None,
    }
}

/// Milliseconds of a duration; ours are far below the limit.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// serde knows `Arc` only with a feature that also copies shared values silently; names are written as text.
pub(crate) fn text<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(text)
}

fn texts<S: Serializer>(texts: &[Arc<str>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(texts.iter().map(|text| &**text))
}

pub(crate) fn maybe_text<S: Serializer>(text: &Option<Arc<str>>, to: S) -> Result<S::Ok, S::Error> {
    match text {
        Some(text) => to.serialize_str(text),
        None => to.serialize_none(),
    }
}
