//! The configuration as the policy wants it: plain values, indexes, hashes. Nothing is decided here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tokgate_policy::engine::{
    BreakerParams, HoldParams, KeyChoice, KeyParams, LimitParams, Params, ProfileParams, ProviderParams,
};
use tokgate_policy::engine::{Match, RouteParams, To};
use tokgate_policy::glob::{Glob, Style};
use tokgate_policy::model_map::{ModelMap, Slots};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::vendor;

use crate::config::model::{self, CallerLimit, Config, Provider, ProviderKind, Route, RouteMatch, RouteTo, SecretRef};
use crate::i18n::{Message, Text, faults};

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
        limits: config.limits.iter().map(limit).collect::<Result<_, _>>()?,
        budgets: config.budgets,
        routes: config.routes.iter().map(route).collect::<Result<_, _>>()?,
    })
}

/// A pattern of a provider's models cannot be used.
pub(super) fn pattern_too_long(name: &str) -> Text {
    Text::new(&faults::OF_PROVIDER).with("name", name).with_words("why", &faults::PATTERN_TOO_LONG)
}

fn field_too_long(of: &'static Message, name: &str, field: &str) -> Text {
    let why = Text::new(&faults::FIELD_TOO_LONG).with("field", field);
    Text::new(of).with("name", name).with_words("why", why)
}

fn provider(provider: &Provider, breaker: BreakerParams) -> Result<ProviderParams, Text> {
    let identity = identity(provider);
    let too_long = |_| pattern_too_long(&provider.name);
    let known = provider.preset.as_deref().and_then(vendor::find).map_or(&[][..], |vendor| vendor.models);
    let share = |name: &Option<String>| name.as_deref().map(Arc::from);
    let (speaks, translates) = protocols(provider);
    Ok(ProviderParams {
        enabled: provider.enabled,
        keys: keys(identity, &provider.keys),
        key_choice: match provider.key_choice {
            model::KeyChoice::RoundRobin => KeyChoice::RoundRobin,
            model::KeyChoice::FillFirst => KeyChoice::FillFirst,
            model::KeyChoice::LeastUsed => KeyChoice::LeastUsed,
            model::KeyChoice::Sticky => KeyChoice::Sticky,
        },
        models: ModelMap::new(provider.models.iter().map(|(asked, sent)| (asked, sent))).map_err(too_long)?,
        slots: Slots {
            default: share(&provider.slots.default),
            small: share(&provider.slots.small),
            haiku: share(&provider.slots.haiku),
            sonnet: share(&provider.slots.sonnet),
            opus: share(&provider.slots.opus),
        },
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

fn route(route: &Route) -> Result<RouteParams, Text> {
    Ok(RouteParams {
        name: route.name.as_str().into(),
        when: condition(&route.when).map_err(|field| field_too_long(&faults::OF_ROUTE, &route.name, field))?,
        to: match route.to {
            RouteTo::Provider(provider) => To::Provider(provider),
            RouteTo::Profile(profile) => To::Profile(profile),
        },
        model: route.model.as_deref().map(Arc::from),
        strict: route.strict,
        priority: route.priority,
    })
}

/// What is taken of a limit is kept over a reload while its name and conditions stay the same.
fn limit(limit: &CallerLimit) -> Result<LimitParams, Text> {
    let mut hasher = DefaultHasher::new();
    ("limit", &limit.name).hash(&mut hasher);
    format!("{:?}", limit.when).hash(&mut hasher);
    Ok(LimitParams {
        name: limit.name.as_str().into(),
        id: hasher.finish(),
        when: condition(&limit.when).map_err(|field| field_too_long(&faults::OF_LIMIT, &limit.name, field))?,
        allowed: limit.allowed,
        over: limit.over,
    })
}

fn condition(when: &RouteMatch) -> Result<Match, &'static str> {
    let glob = |pattern: &Option<String>, style: Style, field: &'static str| {
        pattern.as_deref().map(|pattern| Glob::new(pattern, style).map_err(|_| field)).transpose()
    };
    Ok(Match {
        model: glob(&when.model, Style::Name, "model")?,
        user: glob(&when.user, Style::Text, "user")?,
        path: glob(&when.path, Style::Path, "path")?,
        client: glob(&when.client, Style::Name, "client")?,
        project: glob(&when.project, Style::Path, "project")?,
        headers: when
            .headers
            .iter()
            .map(|(name, pattern)| Ok((name.clone(), Glob::new(pattern, Style::Text).map_err(|_| "header")?)))
            .collect::<Result<_, &'static str>>()?,
        tag: glob(&when.tag, Style::Name, "tag")?,
        kind: when.kind,
        input_tokens: when.input_tokens.clone(),
        has_images: when.has_images,
        has_tools: when.has_tools,
        stream: when.stream,
        hours: when.hours,
        any: when.any.iter().map(condition).collect::<Result<_, _>>()?,
        not: when.not.as_deref().map(condition).transpose()?.map(Box::new),
    })
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
