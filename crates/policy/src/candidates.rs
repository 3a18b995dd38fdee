//! The providers a request may go to, in order, with the model each of them gets; or why there are none.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::facts::Facts;
use crate::flight::{Place, Skip, SkipWhy};
use crate::model_map;
use crate::params::{Params, ProfileParams, ProviderParams};
use crate::profile::Choice;
use crate::refusal::Refusal;

/// Who may answer a request, and who was passed over, while that is found out.
#[derive(Debug)]
pub(crate) struct Candidates<'r, 'f> {
    pub(crate) params: &'r Params,
    pub(crate) facts: &'r Facts<'f>,
    /// Those it may go to, in order.
    pub(crate) places: Vec<Place>,
    /// Those it does not go to, and why.
    pub(crate) skips: Vec<Skip>,
}

impl<'r, 'f> Candidates<'r, 'f> {
    /// Nobody yet.
    pub(crate) const fn new(params: &'r Params, facts: &'r Facts<'f>) -> Self {
        Self { params, facts, places: Vec::new(), skips: Vec::new() }
    }

    /// Adds those of a choice, with the caller's own login or with the gateway's keys alone.
    pub(crate) fn add(&mut self, choice: &Choice, with_login: bool) {
        let (params, facts) = (self.params, self.facts);
        let providers = choice.providers(params);
        if let Some((_, why)) = barred(params, choice, facts) {
            return providers.iter().for_each(|index| self.pass_over(*index, why));
        }
        let asked = Asked::of(params, choice, facts);
        if with_login && let Some((index, provider)) = login_goes_to(params, providers, facts) {
            // The login belongs to one account: no other provider and no other key is ever a candidate.
            let mut place = place(choice, facts, &asked, index, provider);
            place.own_login = provider.client_key();
            self.places.push(place);
            let others = speakers(params, providers, facts).filter(|(other, _)| *other != index);
            return others.for_each(|(other, _)| self.pass_over(other, SkipWhy::OwnLoginFirst));
        }
        let from = self.places.len();
        self.places.reserve(providers.len());
        for index in providers {
            let Some(provider) = params.providers.get(*index) else { continue };
            match unusable(provider, facts.protocol) {
                Some(why) => self.pass_over(*index, why),
                None => self.places.push(place(choice, facts, &asked, *index, provider)),
            }
        }
        let profile = choice.profile().and_then(|index| params.profiles.get(index));
        if let Some(added) = self.places.get_mut(from..).filter(|_| profile.is_some_and(|profile| !profile.ordered)) {
            let speaks = |index: usize| params.providers.get(index).is_some_and(|it| it.speaks(facts.protocol));
            added.sort_by_key(|place| !speaks(place.provider));
        }
    }

    /// All members of a choice, whether or not they may answer.
    pub(crate) fn members<'a>(&'a self, choice: &'a Choice) -> impl Iterator<Item = Place> + use<'a, 'r, 'f> {
        let asked = Asked::of(self.params, choice, self.facts);
        let providers = choice.providers(self.params).iter();
        let pairs = providers.filter_map(|index| Some((*index, self.params.providers.get(*index)?)));
        pairs.map(move |(index, provider)| place(choice, self.facts, &asked, index, provider))
    }

    /// Adds others behind them.
    pub(crate) fn append(&mut self, mut others: Self) {
        self.places.append(&mut others.places);
        self.skips.append(&mut others.skips);
    }

    /// Notes that a provider is passed over.
    pub(crate) fn pass_over(&mut self, provider: usize, why: SkipWhy) {
        self.skips.push(Skip { provider, key: None, why, left: None });
    }

    /// Takes out those for which there is a reason, and notes it.
    pub(crate) fn leave_out(&mut self, why: impl Fn(&Place) -> Option<SkipWhy>) {
        let skips = &mut self.skips;
        self.places.retain(|place| match why(place) {
            None => true,
            Some(why) => {
                skips.push(Skip { provider: place.provider, key: None, why, left: None });
                false
            }
        });
    }

    /// The provider of a place.
    pub(crate) fn provider(&self, place: &Place) -> Option<&'r ProviderParams> {
        self.params.providers.get(place.provider)
    }
}

/// The providers that speak the caller's protocol.
fn speakers<'r>(
    params: &'r Params,
    providers: &'r [usize],
    facts: &Facts<'_>,
) -> impl Iterator<Item = (usize, &'r ProviderParams)> {
    let protocol = facts.protocol;
    let pairs = providers.iter().filter_map(|index| Some((*index, params.providers.get(*index)?)));
    pairs.filter(move |(_, provider)| provider.enabled && provider.speaks(protocol))
}

/// The provider that the caller's own login is for.
fn login_goes_to<'r>(
    params: &'r Params,
    providers: &'r [usize],
    facts: &Facts<'_>,
) -> Option<(usize, &'r ProviderParams)> {
    speakers(params, providers, facts).find(|(_, provider)| provider.client_key().is_some())
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
