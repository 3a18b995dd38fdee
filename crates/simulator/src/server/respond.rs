//! From a request to a reply: which operation, which behaviour, and the paths that only drive the simulator.

use std::sync::Arc;

use super::control;
use super::stage::{Request, RequestGuard, Stage};
use crate::asked::Asked;
use crate::fault;
use crate::practice::upgrade_refused;
use crate::protocol::{self, Call, Protocol, Surface};
use crate::random;
use crate::reply::{self, Act, Framing, Reply};
use crate::script::{Behaviour, Raw};
use crate::strict;
use crate::wire::{self, error::Error, lists};

/// The reply, and the guard of the log entry; requests to the control plane have none.
pub(crate) fn respond(stage: &Arc<Stage>, request: Request) -> (Reply, Option<RequestGuard>) {
    if stage.control && control::is_control(&request.path_and_query) {
        return (control::answer(stage, &request), None);
    }
    let number = stage.number();
    let call = protocol::call(&request.method, &request.path_and_query);
    let asked = match call {
        Call::Create(surface) if stage.protocols.contains(&surface.protocol) => {
            Some(Asked::at(surface, &request.path_and_query, &request.body))
        }
        _ => None,
    };
    if let Some(refusal) = strict::refusal(&stage.credentials, call, &request) {
        let reply = refusal.reply(surface_of(call, &request), number);
        return (reply, Some(stage.began(request, number, "refused")));
    }
    if let Some(refusal) = asked.as_ref().and_then(|asked| stage.disowned(&request, asked, number)) {
        return (Reply::json(400, &refusal), Some(stage.began(request, number, "disowned")));
    }
    if let Some(refusal) = asked.as_ref().and_then(|asked| stage.refuse(&request, asked, number)) {
        return (Reply::json(400, &refusal), Some(stage.began(request, number, "narrow")));
    }
    let (name, reply) = match stage.choose(&request, asked.as_ref()) {
        Err(message) => ("bad-choice", bad_choice(&message, number)),
        Ok(behaviour) => (behaviour.name(), act(&behaviour, call, asked, &request, number)),
    };
    let guard = stage.began(request, number, name);
    (reply, Some(guard))
}

fn act(behaviour: &Behaviour, call: Call, asked: Option<Asked>, request: &Request, number: u64) -> Reply {
    match (behaviour, asked) {
        (Behaviour::Raw(raw), _) => literal(raw),
        (Behaviour::Fault(plan), asked) => {
            let asked =
                asked.unwrap_or_else(|| Asked::at(surface_of(call, request), &request.path_and_query, &request.body));
            fault::reply(plan, &asked, number, request.on_connection)
        }
        (Behaviour::Good(answer), Some(asked)) => reply::good(answer, &asked, number),
        (Behaviour::AcceptanceTurn(turn), Some(asked)) => reply::good(&turn.answer(&asked), &asked, number),
        (Behaviour::Random(random), Some(asked)) => random::reply(random, &asked, number),
        (_, None) => beside(call, request, number),
    }
}

/// The good answers that are no conversation.
fn beside(call: Call, request: &Request, number: u64) -> Reply {
    let anthropic = request.header("anthropic-version").is_some();
    let estimate = || Asked::read(Protocol::Anthropic, &request.body).estimated_tokens();
    match call {
        Call::GeminiCount => Reply::json(200, &lists::gemini_count(estimate())),
        Call::BedrockCount => Reply::json(200, &lists::bedrock_count(estimate())),
        Call::GeminiModels => Reply::json(200, &lists::gemini_models()),
        Call::CountTokens => Reply::json(200, &lists::count_tokens(estimate())),
        Call::InputTokens => Reply::json(200, &lists::input_tokens(estimate())),
        Call::Compact => Reply::json(200, &lists::compaction(number, estimate())),
        Call::Models => Reply::json(200, &lists::models(anthropic)),
        Call::Model => {
            let path = request.path_and_query.split('?').next().unwrap_or_default();
            Reply::json(200, &lists::model(anthropic, path.rsplit('/').next().unwrap_or_default()))
        }
        Call::Hello => Reply::whole(200, "text/plain", ""),
        Call::WebSocket => upgrade_refused(),
        Call::Create(_) | Call::Unknown => {
            let error = Error { kind: "not_found_error", code: None, message: "no such path" };
            Reply::json(404, &wire::error::body(surface_of(call, request), error, number))
        }
    }
}

fn surface_of(call: Call, request: &Request) -> Surface {
    let protocol = match call {
        Call::Create(surface) => return surface,
        Call::InputTokens | Call::Compact | Call::WebSocket => Protocol::OpenaiResponses,
        Call::CountTokens => Protocol::Anthropic,
        Call::GeminiCount | Call::GeminiModels => Protocol::Gemini,
        Call::BedrockCount => Protocol::BedrockConverse,
        _ if request.header("anthropic-version").is_some() => Protocol::Anthropic,
        _ => Protocol::OpenaiChat,
    };
    protocol.into()
}

/// A mistake of the test, made visible as such.
fn bad_choice(message: &str, number: u64) -> Reply {
    let error = Error { kind: "invalid_request_error", code: Some("bad_simulator_choice"), message };
    Reply::json(400, &wire::error::body(Protocol::Anthropic, error, number))
}

fn literal(raw: &Raw) -> Reply {
    let mut reply = Reply::whole(raw.status, &raw.content_type, raw.body.clone()).with_headers(&raw.headers);
    if raw.write_bytes > 0 {
        reply.framing = Framing::Open;
        let gap = std::time::Duration::from_millis(raw.gap_ms);
        let pieces = reply::resized(reply.acts, raw.write_bytes);
        reply.acts =
            Box::new(pieces.flat_map(move |act| (!gap.is_zero()).then_some(Act::Wait(gap)).into_iter().chain([act])));
    }
    reply
}
