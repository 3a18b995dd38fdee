//! resolve: from what is known of a request to the providers that may answer it. The policy decides; this file puts
//! the facts before it and says its refusals in words.

use std::cell::OnceCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tokgate_policy::engine::{Class, Facts, Origin, Refusal, SizeLimit, Traits};
use tokgate_wire::error::Kind;
use tokgate_wire::peek;
use tokgate_wire::protocol::Protocol;

use super::context::{Context, Operation, Transport};
use super::identify::Shown;
use super::names::Known;
use super::patience;
use super::read::RequestBody;
use super::respond::{Problem, Retry};
use crate::clock;
use crate::config::model::Config;
use crate::config::size;
use crate::gateway::expected_cost;
use crate::gateway::policy_params::served;
use crate::i18n::{Text, proxy as text, why};

/// Providers that are named with what switches them on; the others are seen in `tokgate status`.
const FIXES_MAX: usize = 6;

/// Asks the policy where this request may go. The flight is kept in `context.settle`.
pub fn resolve(context: &mut Context, body: &RequestBody) -> Result<(), Problem> {
    let protocol = context.operation.protocol();
    let affinity = affinity(context, body);
    let deadline = patience::deadline(context);
    let run = context.caller.run.clone();
    let mut newer = None;
    let started = {
        let known = context.headers.known();
        let header = |name: &str| known.named(name);
        let snapshot = &context.snapshot;
        let bytes = body.bytes.len() as u64;
        let price = |provider: &str, model: &str, cached| {
            expected_cost::micros(snapshot, provider, model, bytes, cached, clock::unix_ms() / 1_000)
        };
        let client = client(context);
        let origin = OnceCell::new();
        let origin = || *origin.get_or_init(|| self::origin(context, body, client));
        let traits = OnceCell::new();
        let traits = || *traits.get_or_init(|| shown(&body.bytes));
        let facts = Facts {
            model: body.model.as_ref().map(|(name, _)| &**name),
            user: known.text(Known::User).or(body.user.as_deref()),
            client: Some(client),
            path: Some(&context.path),
            project: run.as_ref().and_then(|run| run.project.as_deref()),
            tag: known.text(Known::Tag).or_else(|| run.as_ref().and_then(|run| run.label.as_deref())),
            stream: body.stream,
            tools: body.tools,
            counts_tokens: context.operation.counts().is_some(),
            traits: &traits,
            hour: &clock::local_hour,
            header: &header,
            pinned_profile: known.text(Known::Profile).or_else(|| run.as_ref().and_then(|run| run.profile.as_deref())),
            pinned_provider: known
                .text(Known::Provider)
                .or_else(|| run.as_ref().and_then(|run| run.provider.as_deref())),
            pinned_model: run.as_ref().and_then(|run| run.model.as_deref()),
            retry_count: known.text(Known::RetryCount).and_then(|count| count.parse().ok()).unwrap_or(0),
            caller_has_login: context.caller.shown != Shown::LocalKey,
            body_bytes: body.bytes.len() as u64,
            affinity,
            session: session(context, body),
            origin: &origin,
            stored: body.stored,
            long_cache: body.long_cache,
            price: &price,
            deadline,
            class: class(context),
            ..Facts::new(served(protocol, matches!(context.operation, Operation::Create(_))))
        };
        // Under one lock, so that the indexes of the flight are those of the snapshot.
        let gateway = context.settle.gateway();
        let mut engine = gateway.engine();
        let started = engine.start(clock::since_start(clock::now()), &facts);
        let started = started.map_err(|refusal| {
            let trail = engine.refused_trail(&facts, &refusal);
            (refusal, trail)
        });
        if !Arc::ptr_eq(&context.snapshot.policy, engine.params()) {
            newer = Some(Arc::clone(&gateway.snapshot()));
        }
        started
    };
    if let Some(newer) = newer {
        context.snapshot = newer;
    }
    match started {
        // The tag of a run is no key to the gateway's own keys.
        Ok(flight) if context.caller.shown == Shown::TagAndLogin && !flight.is_own_login() => {
            let words = Text::new(&text::KEY_WRONG);
            Err(Problem { retry: Retry::Never, ..Problem::request("TG402", Kind::Auth, 401, words) })
        }
        Ok(flight) => {
            let (profile, route) = (flight.profile().cloned(), flight.route().cloned());
            context.settle.record(|record| {
                record.profile = profile;
                record.route = route;
            });
            context.settle.fly(flight);
            Ok(())
        }
        Err((refusal, trail)) => {
            context.settle.record(|record| {
                record.profile.clone_from(&trail.profile);
                record.route.clone_from(&trail.route);
                record.trail = serde_json::to_string(&trail).unwrap_or_default().into();
            });
            Err(refused(context, &refusal))
        }
    }
}

/// What a body shows, in the policy's words.
fn shown(body: &[u8]) -> Traits {
    let peek::Traits { web_search, thinking, images } = peek::traits(body);
    Traits { web_search, thinking, images }
}

fn refused(context: &Context, refusal: &Refusal) -> Problem {
    let snapshot = &context.snapshot;
    let text = words(refusal, &snapshot.config, context.operation.protocol());
    match refusal {
        Refusal::UnknownProfile(_) => Problem::request("TG302", Kind::InvalidRequest, 400, text),
        Refusal::UnknownProvider(_) => Problem::request("TG303", Kind::InvalidRequest, 400, text),
        Refusal::ToolsNotAllowed { .. } => {
            Problem { retry: Retry::Never, ..Problem::request("TG331", Kind::InvalidRequest, 400, text) }
        }
        Refusal::WrongProtocol { .. } => Problem::request("TG304", Kind::InvalidRequest, 400, text),
        Refusal::LoginNeeded { .. } => {
            Problem { retry: Retry::Never, ..Problem::request("TG406", Kind::Permission, 403, text) }
        }
        Refusal::TooLarge { .. } => {
            Problem { retry: Retry::Never, ..Problem::request("TG332", Kind::TooLarge, 413, text) }
        }
        Refusal::KeptElsewhere { field, .. } => {
            let problem = Problem::request("TG325", Kind::Unavailable, 503, text);
            Problem { retry: Retry::Never, ..problem }.about(field)
        }
        Refusal::NoProviders | Refusal::AllDisabled { .. } => {
            Problem { retry: Retry::Never, ..Problem::request("TG301", Kind::Unavailable, 503, text) }
        }
    }
}

/// A refusal in words.
pub fn words(refusal: &Refusal, config: &Config, protocol: Protocol) -> Text {
    match refusal {
        Refusal::UnknownProfile(name) => {
            let known = config.profiles.iter().map(|profile| &*profile.name);
            Text::new(&text::PROFILE_UNKNOWN).with("name", name).with_list("known", known)
        }
        Refusal::UnknownProvider(name) => {
            let known = config.providers.iter().map(|provider| &*provider.name);
            Text::new(&text::PROVIDER_UNKNOWN).with("name", name).with_list("known", known)
        }
        Refusal::WrongProtocol { providers } => {
            let speaks = providers.iter().map(speaks).collect::<Vec<_>>().join("; ");
            Text::new(&text::PROTOCOL_UNSPOKEN).with("protocol", protocol.id()).with("speaks", speaks)
        }
        Refusal::ToolsNotAllowed { profile } => Text::new(&text::TOOLS_NOT_ALLOWED).with("name", profile),
        Refusal::LoginNeeded { providers } => Text::new(&text::LOGIN_NEEDED).with_list("provider", providers),
        Refusal::TooLarge { limits } => too_large(limits),
        Refusal::KeptElsewhere { field, provider } => {
            Text::new(&text::KEPT_ELSEWHERE).with("field", field).with("provider", provider)
        }
        Refusal::NoProviders => Text::new(&text::NO_PROVIDER),
        Refusal::AllDisabled { providers } => {
            let each = providers.iter().take(FIXES_MAX).map(|name| {
                let fix = Text::new(&why::FIX_ENABLE).with("provider", name);
                Text::new(&text::ATTEMPT).with("provider", name).with_words("result", fix)
            });
            Text::lines(std::iter::once(Text::new(&text::NO_PROVIDER)).chain(each).collect())
        }
    }
}

/// Who takes how much, and what helps.
fn too_large(limits: &[SizeLimit]) -> Text {
    let each = limits.iter().take(FIXES_MAX).map(|limit| {
        let (message, size) = match limit.declared {
            true => (&text::ROOM_DECLARED, size::format(limit.bytes)),
            false => (&text::ROOM_LEARNED, size::rounded(limit.bytes)),
        };
        Text::new(message).with("provider", &limit.provider).with("size", size)
    });
    Text::lines(std::iter::once(Text::new(&text::TOO_LARGE)).chain(each).collect())
}

/// The program that asks: as its run says, else as it names itself.
pub fn client(context: &Context) -> &str {
    let run = context.caller.run.as_ref().map(|run| &*run.client);
    run.or(context.caller.named.as_deref()).unwrap_or_else(|| context.caller.client.id())
}

/// How urgent a request is, by the way it came.
pub fn class(context: &Context) -> Class {
    if context.caller.transport == Transport::Job { Class::Async } else { Class::Interactive }
}

/// What repeats when the client sends a request again: its session. Where it names none, the policy takes its origin.
fn affinity(context: &Context, body: &RequestBody) -> Option<u64> {
    Some(repeats(body.session.as_deref()?, &context.path))
}

/// What stands for a request of a conversation that may be sent again.
pub fn repeats(session: &str, path: &str) -> u64 {
    hash(&(session, path))
}

/// Its conversation, as its client names it; one of Claude Code's agents has its own beside the session's.
fn session(context: &Context, body: &RequestBody) -> Option<u64> {
    Some(conversation(body.session.as_deref()?, context.headers.known().text(Known::ClaudeAgent)))
}

/// What stands for the name of a conversation, or for one of its agents'.
pub fn conversation(session: &str, agent: Option<&str>) -> u64 {
    match agent {
        Some(agent) => hash(&(session, agent)),
        None => hash(session),
    }
}

/// What stands for the name of its conversation: who asks which model, and what it began with.
fn origin(context: &Context, body: &RequestBody, client: &str) -> Option<Origin> {
    let origin = body.beginning.origin(&body.bytes)?;
    let model = body.model.as_ref().map(|(name, _)| &**name);
    let hash = hash(&(origin.hash, context.caller.tag(), client, model));
    Some(Origin { hash, goes_on: origin.goes_on })
}

/// What stands for the id of something that a provider keeps.
pub fn stored(id: &[u8]) -> u64 {
    hash(&("stored", id))
}

fn hash(of: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// `kimi (anthropic, openai-chat)`
fn speaks((name, numbers): &(Arc<str>, Vec<u8>)) -> String {
    let ids: Vec<&str> = Protocol::ALL
        .into_iter()
        .filter(|protocol| numbers.contains(&served(*protocol, false)))
        .map(Protocol::id)
        .collect();
    format!("{name} ({})", ids.join(", "))
}
