//! The configuration as the policy wants it: plain values, indexes, hashes. Nothing is decided here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tokgate_policy::engine::{BreakerParams, HoldParams, KeyParams, Params, ProfileParams, ProviderParams};
use tokgate_policy::model_map::ModelMap;
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::vendor;

use crate::config::model::{self, Config, Provider, ProviderKind, SecretRef};
use crate::i18n::{Text, faults};

/// What the policy decides on. Fails for a pattern beyond the policy's bound; the text names it.
pub fn params(config: &Config) -> Result<Params, Text> {
    Ok(Params {
        providers: config
            .providers
            .iter()
            .map(|provider| self::provider(provider, config.breaker))
            .collect::<Result<_, _>>()?,
        profiles: config
            .profiles
            .iter()
            .map(|profile| ProfileParams {
                name: Arc::clone(&profile.name),
                providers: profile.providers.clone(),
                ordered: profile.ordered,
                tier: profile.tier,
                strategy: profile.strategy,
                sticky: profile.sticky,
                admits: profile.admits,
            })
            .collect(),
        default_profile: config.default_profile,
        failover: config.failover,
        hold: HoldParams { max: config.hold.max, waiting: config.server.max_waiting },
        limits: config.limits.clone(),
        budgets: config.budgets,
        routes: config.routes.clone(),
    })
}

/// A pattern of a provider's models cannot be used.
pub(super) fn pattern_too_long(name: &str) -> Text {
    Text::new(&faults::OF_PROVIDER).with("name", name).with_words("why", &faults::PATTERN_TOO_LONG)
}

fn provider(provider: &Provider, breaker: BreakerParams) -> Result<ProviderParams, Text> {
    let identity = identity(provider);
    let too_long = |_| pattern_too_long(&provider.name);
    let known = provider.preset.as_deref().and_then(vendor::find).map_or(&[][..], |vendor| vendor.models);
    let (speaks, translates) = protocols(provider);
    Ok(ProviderParams {
        enabled: provider.enabled,
        keys: keys(identity, &provider.keys),
        key_choice: provider.key_choice,
        models: ModelMap::new(provider.models.iter().map(|(asked, sent)| (asked, sent))).map_err(too_long)?,
        slots: provider.slots.clone(),
        weight: provider.weight,
        body_max: provider.max_body,
        context_max: provider.max_context,
        allowed: provider.limits,
        breaker: BreakerParams { failures: provider.max_failures.unwrap_or(breaker.failures), ..breaker },
        attempts_max: provider.transport.retries + 1,
        known_models: known.iter().map(|name| (*name).to_owned()).collect(),
        translates,
        ..ProviderParams::new(&provider.name, identity, speaks)
    })
}

/// What a provider is asked in its own words, and what it is asked in translation, in the policy's numbers
/// ([`served`]). The small questions beside answers are asked of everyone: who cannot answer one leaves it to us.
fn protocols(provider: &Provider) -> (Vec<u8>, Vec<u8>) {
    let both = |protocol| [served(protocol, true), served(protocol, false)];
    let own = provider.protocols().into_iter().filter_map(UpstreamProtocol::client).flat_map(both);
    let others = provider.translates().into_iter().flat_map(both);
    (own.collect(), others.collect())
}

/// The policy's number for calls of a protocol: answers of a model, or the small questions beside them.
pub fn served(protocol: Protocol, creates: bool) -> u8 {
    protocol as u8 + if creates { 0 } else { UNARY }
}

/// Numbers of small questions begin here.
const UNARY: u8 = 8;

/// State of a provider is kept over a reload while its name and addresses stay the same.
fn identity(provider: &Provider) -> u64 {
    let mut hasher = DefaultHasher::new();
    provider.name.hash(&mut hasher);
    provider.surface.hash(&mut hasher);
    if let ProviderKind::Http { bases } = &provider.kind {
        for (protocol, url) in bases {
            (*protocol, url.as_str()).hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// A key's state is kept while its reference stays the same, wherever it stands in the list; a replaced literal is a new
/// key. Of several with the same reference each is its own, counted in their order.
fn keys(identity: u64, keys: &[model::ProviderKey]) -> Vec<KeyParams> {
    let each = keys.iter().enumerate().map(|(place, key)| {
        let alike = keys.iter().take(place).filter(|before| before.from == key.from).count();
        let mut hasher = DefaultHasher::new();
        (identity, alike).hash(&mut hasher);
        key.from.hash(&mut hasher);
        KeyParams {
            enabled: key.enabled,
            client: key.from == SecretRef::Client,
            weight: key.weight,
            allowed: key.limits,
            ..KeyParams::new(hasher.finish())
        }
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key whose reference was at another place was another key, and those behind one that was taken out were all new.
    #[test]
    fn a_key_is_who_it_was_wherever_it_stands() {
        let ids = |names: &[&str]| -> Vec<u64> {
            let key = |name: &&str| model::ProviderKey::new(SecretRef::Env((*name).to_owned()));
            keys(7, &names.iter().map(key).collect::<Vec<_>>()).into_iter().map(|key| key.id).collect()
        };
        let [a, b, c] = ids(&["A", "B", "C"])[..] else { panic!("three keys") };
        assert_eq!(ids(&["B", "C"]), [b, c]);
        assert_eq!(ids(&["C", "A"]), [c, a]);
        let twice = ids(&["A", "A"]);
        assert!(twice[0] == a && twice[1] != a, "two of the same are two");
    }
}
