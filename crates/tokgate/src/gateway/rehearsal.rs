//! What would become of a request: the policy's own decision, in words that go over the admin socket.

use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::engine::{Engine, Facts, Params, Traits, number};
use tokgate_wire::path::{self, Call};
use tokgate_wire::protocol::Protocol;

use super::policy_params::{self, served};
use crate::cli::error::{CliError, Text, exit};
use crate::clock;
use crate::config::model::Config;
use crate::i18n::{Both, cli as text};
use crate::process::admin::{RouteCandidate, RouteTest, RouteTested};
use crate::proxy::resolve;

/// What a request would cost somewhere, as the policy asks for it: provider, model, with a warm cache.
pub type Price<'a> = &'a dyn Fn(&str, &str, bool) -> Option<u64>;

/// Asks a policy what would become of a request.
pub fn rehearse(
    engine: &Engine,
    now: Duration,
    config: &Config,
    asked: &RouteTest,
    price: Price<'_>,
) -> Result<RouteTested, CliError> {
    let (protocol, creates) = call(asked)?;
    let header = |name: &str| asked.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let traits = || Traits { web_search: asked.web_search, thinking: asked.thinking, images: asked.images };
    let hour = || asked.hour.unwrap_or_else(clock::local_hour);
    let facts = Facts {
        model: asked.model.as_deref(),
        user: asked.user.as_deref(),
        client: asked.client.as_deref(),
        path: Some(&asked.path),
        project: asked.project.as_deref(),
        tag: asked.tag.as_deref(),
        stream: asked.stream,
        counts_tokens: !creates,
        tools: asked.tools,
        traits: &traits,
        hour: &hour,
        header: &header,
        pinned_profile: asked.profile.as_deref(),
        pinned_provider: asked.provider.as_deref(),
        body_bytes: asked.bytes,
        price,
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
    })
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
