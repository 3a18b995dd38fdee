//! Who a request may be sent to, as the configuration has it and as somebody switched: not by the engine's word.

use tokgate_policy::engine::{Params, ProviderParams, Tier};

use crate::invariant;

/// What is known of a request from outside.
pub(crate) struct Asking<'a> {
    /// The profile it begins at.
    pub(crate) profile: Option<&'a str>,
    /// The profile that somebody switched to.
    pub(crate) by_hand: Option<&'a str>,
    pub(crate) protocol: u8,
    /// The caller has a login of his own.
    pub(crate) login: bool,
    /// What a provider takes for it.
    pub(crate) price: &'a dyn Fn(&str) -> u64,
}

impl Asking<'_> {
    /// Places of the providers that may be asked: those of the profile it begins at and of the tiers, none that costs too
    /// much more than what it stands in for.
    pub(crate) fn allowance(&self, params: &Params) -> Vec<usize> {
        let default = params.profiles.get(params.default_profile).map(|profile| &*profile.name);
        // What somebody switched to is the measure; what was switched to otherwise stands in for the default profile.
        let wanted = invariant::members(params, self.by_hand.or(default));
        let price = |place: &usize| (self.price)(&params.providers[*place].name);
        let provider = |place: &usize| &params.providers[*place];
        let login = || wanted.iter().find(|place| self.login && self.takes_login(provider(place))).map(price);
        let own = wanted.iter().filter(|place| self.is_asked(provider(place))).map(price).min();
        // That nobody there may answer is no leave to pay more.
        let cheapest = own.or_else(login).or_else(|| wanted.iter().map(price).min());
        let most = cheapest.map_or(u64::MAX, |price| price * u64::from(params.failover.confirm_above));
        let mut allowed = self.reached(params);
        allowed.retain(|place| wanted.contains(place) || price(place) * 100 <= most);
        allowed
    }

    fn reached(&self, params: &Params) -> Vec<usize> {
        let failover = params.failover;
        let mut reached = invariant::members(params, self.profile);
        let in_tiers = params.profiles.iter().enumerate().filter(|(at, profile)| {
            let below = *at == params.default_profile || profile.tier != Tier::Primary;
            below && (failover.fallback || profile.tier != Tier::Fallback)
        });
        if failover.auto {
            reached.extend(in_tiers.flat_map(|(_, profile)| profile.providers.iter().copied()));
        }
        reached
    }

    /// Whether it is a provider that gets the caller's own login.
    fn takes_login(&self, provider: &ProviderParams) -> bool {
        provider.enabled && provider.speaks(self.protocol) && provider.keys.iter().any(|key| key.client && key.enabled)
    }

    /// Whether a provider takes it with what the gateway has.
    fn is_asked(&self, provider: &ProviderParams) -> bool {
        invariant::has_own_key(provider) && provider.serves(self.protocol)
    }
}
