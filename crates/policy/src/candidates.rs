//! The providers a request may go to, in order, with the model each of them gets; or why there are none.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::facts::Facts;
use crate::flight::{Place, Skip, SkipWhy};
use crate::model_map;
use crate::params::{Params, ProfileParams, ProviderParams};
use crate::profile::Choice;
use crate::refusal::Refusal;

/// The places a request may go to, in order.
pub(crate) fn candidates(params: &Params, choice: &Choice, facts: &Facts<'_>, skips: &mut Vec<Skip>) -> Vec<Place> {
    let providers = choice.providers(params);
    if let Some((_, why)) = barred(params, choice, facts) {
        skips.extend(providers.iter().map(|index| skip(*index, why)));
        return Vec::new();
    }
    let speakers = || {
        let pairs = providers.iter().filter_map(|index| Some((*index, params.providers.get(*index)?)));
        pairs.filter(|(_, provider)| provider.enabled && provider.speaks(facts.protocol))
    };
    let asked = Asked::of(params, choice, facts);
    if facts.caller_has_login
        && let Some((index, provider)) = speakers().find(|(_, provider)| provider.client_key().is_some())
    {
        // The login belongs to one account: no other provider and no other key is ever a candidate.
        let mut place = place(choice, facts, &asked, index, provider);
        place.own_login = provider.client_key();
        let others = speakers().filter(|(other, _)| *other != index);
        skips.extend(others.map(|(other, _)| skip(other, SkipWhy::OwnLoginFirst)));
        return vec![place];
    }
    let mut places = Vec::with_capacity(providers.len());
    for index in providers {
        let Some(provider) = params.providers.get(*index) else { continue };
        match unusable(provider, facts.protocol) {
            Some(why) => skips.push(skip(*index, why)),
            None => places.push(place(choice, facts, &asked, *index, provider)),
        }
    }
    let ordered = choice.profile().and_then(|index| params.profiles.get(index)).is_none_or(|profile| profile.ordered);
    if !ordered {
        let speaks = |place: &Place| params.providers.get(place.provider).is_some_and(|it| it.speaks(facts.protocol));
        places.sort_by_key(|place| !speaks(place));
    }
    places
}

fn skip(provider: usize, why: SkipWhy) -> Skip {
    Skip { provider, key: None, why, left: None }
}

/// The profile that lets no such request in, and why.
fn barred<'a>(params: &'a Params, choice: &Choice, facts: &Facts<'_>) -> Option<(&'a ProfileParams, SkipWhy)> {
    let profile = choice.profile().and_then(|index| params.profiles.get(index))?;
    (!profile.admits.tools && facts.tools).then_some((profile, SkipWhy::Tools))
}

/// Why a provider cannot take a request with the gateway's own keys, if so.
fn unusable(provider: &ProviderParams, protocol: u8) -> Option<SkipWhy> {
    let mut keys = provider.keys.iter();
    if !provider.enabled {
        Some(SkipWhy::Disabled)
    } else if !provider.serves(protocol) {
        Some(SkipWhy::OtherProtocol)
    } else if provider.keys.is_empty() || keys.any(|key| key.enabled && !key.client) {
        None
    } else if provider.client_key().is_some() {
        Some(SkipWhy::NeedsLogin)
    } else {
        Some(SkipWhy::KeyDisabled)
    }
}

/// The model a request asks for, before a provider's own names.
struct Asked<'a> {
    /// By its rule, unless the run names one: a run's own model beats the rule's.
    renamed: Option<&'a Arc<str>>,
    name: Option<&'a str>,
    /// Of the name. Made once: most providers are sent the same.
    hash: u64,
}

impl<'a> Asked<'a> {
    fn of<'f: 'a>(params: &'a Params, choice: &Choice, facts: &Facts<'f>) -> Self {
        let rule = choice.route.and_then(|route| params.routes.get(route));
        let renamed = rule.and_then(|rule| rule.model.as_ref()).filter(|_| facts.pinned_model.is_none());
        let name = renamed.map(|name| &**name).or(facts.wanted_model());
        Self { renamed, name, hash: name.map_or(0, hash) }
    }
}

fn place(choice: &Choice, facts: &Facts<'_>, asked: &Asked<'_>, index: usize, provider: &ProviderParams) -> Place {
    let mapped = asked
        .name
        .and_then(|asked| model_map::rewrite(&provider.models, &provider.slots, &provider.known_models, asked));
    let model_hash = mapped.as_deref().map_or(asked.hash, hash);
    let sent = mapped.or_else(|| asked.renamed.cloned()).or_else(|| facts.pinned_model.map(Arc::from));
    Place {
        provider: index,
        profile: choice.profile().unwrap_or(usize::MAX),
        model_hash,
        model: sent.filter(|sent| facts.model != Some(&**sent)),
        own_login: None,
        closed: false,
        tries: 0,
        counted: 0,
        context: None,
        judged: false,
        retried: false,
        retry: None,
        refused: Vec::new(),
        refused_now: 0,
        without_reasoning: false,
        reasoning_now: false,
        renewed: Vec::new(),
        renewed_now: false,
        refusals: 0,
        rank: 0.0,
        outlier: false,
        figure: None,
    }
}

pub(crate) fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Why no candidate is left.
pub(crate) fn refusal(params: &Params, choice: &Choice, facts: &Facts<'_>) -> Refusal {
    let chosen: Vec<_> = choice.providers(params).iter().filter_map(|index| params.providers.get(*index)).collect();
    let names = |wanted: SkipWhy| {
        let which = chosen.iter().filter(|provider| unusable(provider, facts.protocol) == Some(wanted));
        which.map(|provider| Arc::clone(&provider.name)).collect::<Vec<_>>()
    };
    let needing_login = names(SkipWhy::NeedsLogin);
    if chosen.is_empty() {
        Refusal::NoProviders
    } else if let Some((profile, _)) = barred(params, choice, facts) {
        Refusal::ToolsNotAllowed { profile: Arc::clone(&profile.name) }
    } else if !needing_login.is_empty() {
        Refusal::LoginNeeded { providers: needing_login }
    } else if chosen.iter().any(|provider| provider.enabled && !provider.serves(facts.protocol)) {
        let speak = chosen.iter().filter(|provider| provider.enabled);
        let pairs = speak.map(|provider| (Arc::clone(&provider.name), provider.protocols.clone()));
        Refusal::WrongProtocol { providers: pairs.collect() }
    } else {
        Refusal::AllDisabled { providers: chosen.iter().map(|provider| Arc::clone(&provider.name)).collect() }
    }
}
