//! translate: the request as a provider of another protocol gets it.
//!
//! The provider speaks what it speaks; which of its protocols carries most of the client's is decided here, by a table.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use tokgate_wire::conversation::{Losses, Refused, Turn};
use tokgate_wire::count;
use tokgate_wire::json::Flaw;
use tokgate_wire::path::{Unary, UpstreamCall};
use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::provenance::Provenance;
use tokgate_wire::surface::bedrock;
use tokgate_wire::translate::compaction::Compaction;
use tokgate_wire::translate::{Plan, convert};

use super::context::{Context, Operation};
use super::names::{Heads, Known};
use super::read::RequestBody;
use crate::clock;
use crate::config::model::Surface;
use crate::gateway::snapshot::Provider;
use crate::i18n::defects;

/// The version of Anthropic's API that translated requests are written in.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Where providers put their own number of an answer.
const UPSTREAM_IDS: [&str; 3] = ["request-id", "x-request-id", "x-amzn-requestid"];

/// Most features looked at in one `anthropic-beta`; Claude Code sends about ten.
const BETAS_MAX: usize = 64;

/// A translated request, and what its answer needs.
#[derive(Debug)]
pub struct Translated {
    /// The body for the provider.
    pub body: Bytes,
    /// For the answer.
    pub plan: Plan,
    /// What could not be carried.
    pub losses: Losses,
}

/// Protocols in the order in which they carry what a client of the first one says: reasoning with its signatures and the
/// order of parts before everything else. Chat, which can say neither, comes last for all but its own clients.
const NEAREST: [[UpstreamProtocol; 5]; 3] = {
    use UpstreamProtocol::{Anthropic, BedrockConverse, Gemini, OpenaiChat, OpenaiResponses};
    [
        [Anthropic, BedrockConverse, OpenaiResponses, Gemini, OpenaiChat],
        [OpenaiChat, OpenaiResponses, Anthropic, Gemini, BedrockConverse],
        [OpenaiResponses, Anthropic, Gemini, BedrockConverse, OpenaiChat],
    ]
};

/// The protocol in which `provider` is asked for `operation` by `model`; `None` when it cannot be.
pub fn spoken(provider: &Provider, operation: Operation, model: &str) -> Option<UpstreamProtocol> {
    let asked = UpstreamProtocol::from(operation.protocol());
    let speaks = |protocol: UpstreamProtocol| provider.speaks(protocol, model);
    let counts = matches!(operation, Operation::Unary(_, op) if op.counts());
    match operation {
        // Bedrock counts by one call, whatever the model speaks.
        _ if counts && matches!(provider.surface, Surface::Bedrock { .. }) => Some(UpstreamProtocol::BedrockConverse),
        _ if speaks(asked) => Some(asked),
        Operation::Create(_) | Operation::Unary(_, Unary::Compact) => {
            let order = NEAREST.iter().find(|order| order[0] == asked)?;
            order.iter().copied().find(|protocol| speaks(*protocol))
        }
        Operation::Unary(..) => {
            provider.protocols().into_iter().find(|protocol| speaks(*protocol) && count::is_known_to(*protocol))
        }
    }
}

/// The call by which `operation` is asked for in `spoken`.
pub fn call(operation: Operation, spoken: UpstreamProtocol, model: &str, streams: bool) -> UpstreamCall<'_> {
    match operation {
        Operation::Create(_) => UpstreamCall::Create { protocol: spoken, model, streams },
        Operation::Unary(_, op) if op.counts() => UpstreamCall::Count { protocol: spoken, model },
        // Asked for as a summary.
        Operation::Unary(..) if spoken.client() != Some(operation.protocol()) => {
            UpstreamCall::Create { protocol: spoken, model, streams: false }
        }
        Operation::Unary(_, op) => UpstreamCall::Unary(op),
    }
}

/// Headers of a translated request: of the client's only what means the same in every protocol.
pub fn request_headers(spoken: UpstreamProtocol, streams: bool, known: Heads<'_>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let accept = if streams { "text/event-stream" } else { "application/json" };
    headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
    if let Some(agent) = known.value(Known::UserAgent) {
        headers.insert(header::USER_AGENT, agent.clone());
    }
    if spoken == UpstreamProtocol::Anthropic {
        headers.insert(Known::AnthropicVersion.name(), HeaderValue::from_static(ANTHROPIC_VERSION));
    }
    headers
}

/// Headers of a translated answer: what kind it is, when to come back, and the provider's own number of it.
pub fn response_headers(from: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(6);
    for name in [header::CONTENT_TYPE, header::CACHE_CONTROL, header::RETRY_AFTER, header::DATE] {
        if let Some(value) = from.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    if let Some(id) = UPSTREAM_IDS.iter().find_map(|name| from.get(*name)) {
        headers.insert("x-upstream-request-id", id.clone());
    }
    headers
}

/// The body as the provider's surface wants it, where that is not as the protocol has it: `body` with what Bedrock's
/// `InvokeModel` wants elsewhere.
pub fn on_surface(
    context: &Context,
    provider: &Provider,
    spoken: UpstreamProtocol,
    body: &[u8],
    losses: &mut Losses,
) -> Result<Option<Bytes>, Refused> {
    let (Surface::Bedrock { anthropic_version, betas }, UpstreamProtocol::Anthropic) = (&provider.surface, spoken)
    else {
        return Ok(None);
    };
    let header = context.headers.known().named("anthropic-beta").unwrap_or_default();
    let asked: Vec<&str> = header.split(',').map(str::trim).filter(|beta| !beta.is_empty()).take(BETAS_MAX).collect();
    let configured: Vec<&str> = betas.iter().flatten().map(String::as_str).collect();
    let allowed = if betas.is_some() { &configured } else { bedrock::BETAS };
    let with = bedrock::Invoke { version: anthropic_version, asked: &asked, allowed };
    bedrock::invoke(body, with, losses).map(|body| Some(body.into()))
}

/// Translates the body of `context`'s request into `spoken`, asking `provider` for `model`.
pub fn request(
    context: &Context,
    body: &RequestBody,
    provider: &Provider,
    spoken: UpstreamProtocol,
    model: Option<&str>,
    provenance: Provenance<'_>,
) -> Result<Translated, Refused> {
    let text = text(body)?;
    let asked = body.model.as_ref().map_or("", |(model, _)| model);
    let model = model.unwrap_or(asked);
    let dialect = provider.dialect(spoken, model);
    let recall = |turns: &mut [Turn<'_>]| {
        context.settle.gateway().recall().lock().restore(context.caller.tag(), provenance.scope, turns);
    };
    let compacts = matches!(context.operation, Operation::Unary(_, Unary::Compact));
    let compaction = compacts.then_some(Compaction::Call);
    let translated = convert::recalling(
        context.operation.protocol(),
        spoken,
        text,
        &dialect,
        provenance,
        model,
        asked,
        clock::unix_ms() / 1_000,
        context.id.0,
        compaction,
        recall,
    )?;
    let plan = Plan { words: defects::words(context.snapshot.lang), ..translated.plan };
    Ok(Translated { body: translated.body.into(), plan, losses: translated.losses })
}

/// Whether the body of `context`'s request can be read.
pub fn check(context: &Context, body: &RequestBody) -> Result<(), Refused> {
    convert::check(context.operation.protocol(), text(body)?)
}

fn text(body: &RequestBody) -> Result<&str, Refused> {
    simdutf8::basic::from_utf8(&body.bytes).map_err(|_| Refused::malformed("", Flaw::NoValue))
}

/// The question how many tokens the request has, in `spoken`.
pub fn question(
    context: &Context,
    body: &RequestBody,
    provider: &Provider,
    spoken: UpstreamProtocol,
    model: Option<&str>,
) -> Result<Bytes, Refused> {
    let text = text(body)?;
    let asked = body.model.as_ref().map_or("", |(model, _)| model);
    let model = model.unwrap_or(asked);
    let dialect = provider.dialect(spoken, model);
    convert::count(context.operation.protocol(), spoken, text, &dialect, model).map(Bytes::from)
}
