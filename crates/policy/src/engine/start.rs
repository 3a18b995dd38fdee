//! Chooses the candidates of a request, and their order.

use std::sync::Arc;
use std::time::Duration;

use super::order::Arranged;
use super::{Engine, FAILED_LATELY, reach};
use crate::candidates::{Candidates, refusal};
use crate::facts::Facts;
use crate::flight::{Flight, Place, SkipWhy, Tries};
use crate::params::Params;
use crate::profile::{self, By, Choice};
use crate::refusal::Refusal;

impl Engine {
    /// Chooses the candidates of a request.
    pub fn start(&mut self, now: Duration, facts: &Facts<'_>) -> Result<Flight, Refusal> {
        let params = Arc::clone(&self.params);
        let mut missed = Vec::new();
        let mut choice = profile::choose(&params, facts, &mut missed)?;
        let mut profiles = self.profiles_in_use(now, &mut choice, facts);
        let facts = &named(facts, &params, &choice, profiles.len());
        let (mut candidates, measure) = self.begin(&params, facts, &mut choice, &mut profiles);
        reach::note_left(&choice, &profiles, &mut candidates);
        let Arranged { strategy, stay_key } = self.arrange(now, facts, &choice, &mut candidates.places);
        let mut tiers = self.add_profiles(now, measure, profiles, &mut candidates);
        self.go_where_it_is_kept(now, &mut candidates)?;
        let before = candidates.places.len();
        self.leave_room(now, &mut candidates)?;
        let narrowed = candidates.places.len() < before;
        let home = stay_key
            .filter(|key| !facts.is_new(*key))
            .and_then(|key| self.bring_home(now, &choice, key, &mut candidates));
        let first = candidates.places.first();
        if choice.by == By::Route || first.is_some_and(|first| choice.profile() != Some(first.profile)) {
            // Nothing is found out about the profile, where a rule chose it or the conversation is elsewhere.
            tiers = Vec::new();
        }
        if candidates.places.is_empty() {
            return Err(refusal(&params, &choice, facts));
        }
        if facts.retry_count > 0 {
            self.start_elsewhere(now, &mut candidates);
        }
        let Candidates { places, skips, .. } = candidates;
        let home = home.filter(|home| places.first().is_some_and(|first| first.provider == home.provider));
        let claim = self.claim(now, facts, &choice);
        let allowed = places.iter().filter_map(|place| params.providers.get(place.provider));
        let tries = Tries::new(allowed.map(|provider| provider.attempts_max).max().unwrap_or(1));
        Ok(Flight {
            params,
            choice,
            missed,
            places,
            attempts: Vec::new(),
            skips,
            skipped_at: Vec::new(),
            pending: None,
            end: None,
            tries,
            waits: 0,
            waited: Duration::ZERO,
            waits_for: None,
            waited_for: None,
            waits_since: None,
            given_up: false,
            time_up: false,
            asked: None,
            at_once: None,
            waiting: None,
            tested: false,
            held_back: Vec::new(),
            kept: false,
            paid: false,
            gambled: false,
            body_bytes: facts.body_bytes,
            tokens: None,
            narrowed,
            affinity: facts.affinity,
            session: facts.session,
            stored: facts.stored,
            long_cache: facts.long_cache,
            tiers,
            tiers_judged: false,
            stopped: false,
            strategy,
            stay_key,
            home,
            deadline: facts.deadline,
            claim,
        })
    }

    /// A client that repeats a request has seen it fail: the provider that failed it goes last.
    fn start_elsewhere(&self, now: Duration, candidates: &mut Candidates<'_, '_>) {
        let affinity = candidates.facts.affinity;
        let Some((identity, at)) = affinity.and_then(|affinity| self.failed_lately.peek(&affinity)) else {
            return;
        };
        let is_it = |place: &Place| candidates.provider(place).is_some_and(|it| it.identity == *identity);
        if *at + FAILED_LATELY > now
            && candidates.places.len() > 1
            && let Some(index) = candidates.places.iter().position(is_it)
        {
            let place = candidates.places.remove(index);
            candidates.pass_over(place.provider, SkipWhy::FailedLately);
            candidates.places.push(place);
        }
    }
}

/// The facts with a name for the conversation, where its client gives none and it may go to several providers or with
/// several keys: what it began with.
fn named<'a>(facts: &Facts<'a>, params: &Params, choice: &Choice, profiles: usize) -> Facts<'a> {
    let providers = choice.providers(params);
    let keys = || providers.first().and_then(|at| params.providers.get(*at)).map_or(0, |it| it.keys.len());
    if facts.session.is_some() || providers.len() < 2 && profiles < 2 && keys() < 2 {
        return *facts;
    }
    let Some(origin) = (facts.origin)() else { return *facts };
    // The same request sent again has the same length; the next turn has another.
    let affinity = facts.affinity.or(Some(origin.hash.wrapping_add(facts.body_bytes)));
    Facts { session: Some(origin.hash), begins: !origin.goes_on, affinity, ..*facts }
}
