//! What would become of a request: the policy's own decision, in words that go over the admin socket.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokgate_policy::engine::{Engine, Facts, Params, Stored, Traits, number};
use tokgate_wire::path::{self, Call};
use tokgate_wire::peek;
use tokgate_wire::protocol::Protocol;

use super::policy_params::{self, served};
use crate::cli::error::{CliError, Text, exit};
use crate::clock;
use crate::config::model::Config;
use crate::i18n::{Both, cli as text};
use crate::process::admin::{RouteCandidate, RouteTest, RouteTested, Unknown};
use crate::proxy::names::{Heads, Known};
use crate::proxy::{patience, resolve};

/// What a request would cost somewhere, as the policy asks for it: provider, model, with a warm cache.
pub type Price<'a> = &'a dyn Fn(&str, &str, bool) -> Option<u64>;

/// Asks a policy what would become of a request. `price`: nothing, where no prices are at hand.
pub fn rehearse(
    engine: &Engine,
    now: Duration,
    config: &Config,
    asked: &RouteTest,
    price: Option<Price<'_>>,
) -> Result<RouteTested, CliError> {
    let (protocol, creates) = call(asked)?;
    let headers = headers(asked);
    let known = Heads::of(&headers);
    let header = |name: &str| known.named(name);
    let traits = || Traits { web_search: asked.web_search, thinking: asked.thinking, images: asked.images };
    let hour = || asked.hour.unwrap_or_else(clock::local_hour);
    let facts = Facts {
        model: asked.model.as_deref(),
        user: known.text(Known::User).or(asked.user.as_deref()),
        client: asked.client.as_deref(),
        path: Some(&asked.path),
        project: asked.project.as_deref(),
        tag: known.text(Known::Tag).or(asked.tag.as_deref()),
        stream: asked.stream,
        counts_tokens: !creates,
        tools: asked.tools,
        traits: &traits,
        hour: &hour,
        header: &header,
        pinned_profile: known.text(Known::Profile).or(asked.profile.as_deref()),
        pinned_provider: known.text(Known::Provider).or(asked.provider.as_deref()),
        pinned_model: asked.run_model.as_deref(),
        retry_count: known.text(Known::RetryCount).and_then(|count| count.parse().ok()).unwrap_or(0),
        caller_has_login: asked.login,
        body_bytes: asked.bytes,
        affinity: asked.session.as_deref().map(|session| resolve::repeats(session, &asked.path)),
        session: asked.session.as_deref().map(|session| resolve::conversation(session, known.text(Known::ClaudeAgent))),
        stored: asked.stored.as_ref().and_then(stored),
        price: price.unwrap_or(&|_, _, _| None),
        deadline: deadline(config, asked, known).and_then(|patience| now.checked_add(patience)),
        ..Facts::new(served(protocol, creates))
    };
    let found = engine.rehearse(now, &facts);
    let name = |provider: usize| engine.params().providers.get(provider).map(|it| it.name.to_string());
    let candidate = |target: &tokgate_policy::engine::Target| {
        let model = target.model.as_deref().map(str::to_owned);
        Some(RouteCandidate { provider: name(target.provider)?, key: target.key.map(number), model })
    };
    let refusal = found.refusal.map(|refusal| Both::of(|lang| resolve::words(&refusal, config, protocol).say(lang)));
    Ok(RouteTested {
        trail: serde_json::to_value(&found.trail).unwrap_or_default(),
        candidates: found.targets.iter().filter_map(candidate).collect(),
        wait_ms: found.wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        refusal,
        priority: found.priority,
        running: false,
        ignored: ignored(asked, price.is_some()),
    })
}

/// Its headers; those that no request can have are left out.
fn headers(asked: &RouteTest) -> HeaderMap {
    let pairs = asked.headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    });
    pairs.collect()
}

/// How long the caller waits: as is said, else as its headers say, and no longer than a whole answer may take.
fn deadline(config: &Config, asked: &RouteTest, known: Heads<'_>) -> Option<Duration> {
    let longest = config.providers.iter().map(|provider| provider.transport.request_timeout).max();
    let said = asked.deadline_ms.map(Duration::from_millis).or_else(|| patience::said(known));
    said.into_iter().chain(longest).min()
}

/// What it refers to; nothing for a field that refers to nothing.
fn stored((field, id): &(String, Option<String>)) -> Option<Stored> {
    let id = id.as_deref().map(|id| resolve::stored(id.as_bytes()));
    Some(Stored { field: peek::stored_field(field)?, id })
}

/// What nothing was said about.
fn ignored(asked: &RouteTest, has_prices: bool) -> Vec<Unknown> {
    let shows = asked.bytes > 0 || asked.tools || asked.images || asked.thinking || asked.web_search;
    let unknown =
        [(asked.session.is_none(), Unknown::Conversation), (!shows, Unknown::Body), (!has_prices, Unknown::Prices)];
    unknown.into_iter().filter_map(|(is_unknown, it)| is_unknown.then_some(it)).collect()
}

/// A policy that knows nothing but the configuration.
pub fn fresh(config: &Config) -> Result<Engine, CliError> {
    let params: Params = policy_params::params(config).map_err(|error| CliError::new("TG212", exit::CONFIG, error))?;
    Ok(Engine::new(Arc::new(params), 0))
}

fn call(asked: &RouteTest) -> Result<(Protocol, bool), CliError> {
    match path::parse(&asked.path).call {
        Call::Create(protocol) => Ok((protocol, true)),
        Call::Unary { protocol, .. } => Ok((protocol, false)),
        _ => Err(CliError::new("TG352", exit::USAGE, Text::new(&text::ROUTE_NO_CALL).with("path", &asked.path))
            .at("--path")
            .fix(&text::ROUTE_NO_CALL_FIX)),
    }
}
