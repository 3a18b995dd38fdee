//! A client's body in, a provider's body out.

use super::compaction::{self, Compaction};
use super::dialect::Dialect;
use super::plan::{Outgoing, Plan};
use super::{own, pairing, said};
use crate::conversation::{Fate, Losses, Refused, Request, Turn};
use crate::defect::Words;
use crate::json::{Fault, Flaw, lone};
use crate::protocol::{Protocol, UpstreamProtocol};
use crate::provenance::Provenance;
use crate::{anthropic, converse, count, gemini, openai_chat, openai_responses};

/// A translated request.
#[derive(Debug)]
pub struct Translated {
    /// The provider's body.
    pub body: Vec<u8>,
    /// What the answer needs.
    pub plan: Plan,
    /// What could not be carried.
    pub losses: Losses,
}

/// Translates a request. To the client's own protocol all that it says stays, also what has no place in the model.
///
/// `created` and `seed` are those of [`Plan`]; `model` is asked for, `client_model` is what the client calls it.
#[allow(clippy::too_many_arguments, reason = "each is one fact of the request, and nothing else has them together")]
pub fn request<'p>(
    from: Protocol,
    to: UpstreamProtocol,
    body: &str,
    dialect: &Dialect,
    provenance: impl Into<Provenance<'p>>,
    model: &str,
    client_model: &str,
    created: u64,
    seed: u64,
) -> Result<Translated, Refused> {
    recalling(from, to, body, dialect, provenance, model, client_model, created, seed, None, |_| {})
}

/// The same; `recall` puts back into the conversation what its client does not send, and `compaction` makes it a
/// question for a summary, as a trigger in the conversation itself does.
#[allow(clippy::too_many_arguments, reason = "each is one fact of the request, and nothing else has them together")]
pub fn recalling<'p>(
    from: Protocol,
    to: UpstreamProtocol,
    body: &str,
    dialect: &Dialect,
    provenance: impl Into<Provenance<'p>>,
    model: &str,
    client_model: &str,
    created: u64,
    seed: u64,
    compaction: Option<Compaction>,
    recall: impl FnOnce(&mut [Turn<'_>]),
) -> Result<Translated, Refused> {
    let provenance = provenance.into();
    let mut out = Outgoing { client: Some(from), ..Outgoing::new(dialect, provenance, model) };
    let (mut request, echo) = read(from, body, &mut out.losses)?;
    let mut turns = std::mem::take(&mut request.turns);
    recall(&mut turns);
    request.turns = turns;
    let own = to.client() == Some(from);
    if !own {
        pair(&mut request, from, compaction, &mut out.losses);
    }
    // Only Anthropic's streams begin with the input's tokens, which nobody has counted then.
    let input_estimate = if from == Protocol::Anthropic { anthropic::input_estimate(&request) } else { 0 };
    let body = if own { own::write(from, body, &request, &mut out) } else { write(to, &request, &mut out) };
    let body = body.map_err(|refused| refused.spelt(&request.spelt))?;
    request.spelt.iter().for_each(|(usual, own)| out.losses.rename(usual, own));
    let plan = Plan {
        client: from,
        upstream: to,
        model: client_model.to_owned(),
        names: out.names,
        forms: out.forms,
        stop: out.stop,
        searches: out.searches,
        scope: provenance.scope,
        want_usage: request.want_usage,
        compaction: request.compaction.filter(|_| !own),
        usage_includes_cache: dialect.usage_includes_cache,
        think_tags: dialect.think_tags,
        words: Words::default(),
        echo,
        input_estimate,
        created,
        seed,
    };
    Ok(Translated { body, plan, losses: out.losses })
}

/// Brings the conversation into an order that every protocol takes, and makes it a question for a summary if one is
/// asked for.
fn pair(request: &mut Request<'_>, from: Protocol, compaction: Option<Compaction>, losses: &mut Losses) {
    let turns = std::mem::take(&mut request.turns);
    request.turns = pairing::pair_as(Some(from), turns, losses);
    request.compaction = compaction.or(request.compaction);
    if let Some(asked) = request.compaction {
        compaction::ask(request);
        losses.note(asked.field(), Fate::Emulated);
    }
}

/// Makes of a client's question for tokens, or of a request, the question of a provider's protocol.
pub fn count(
    from: Protocol,
    to: UpstreamProtocol,
    body: &str,
    dialect: &Dialect,
    model: &str,
) -> Result<Vec<u8>, Refused> {
    let mut out = Outgoing { client: Some(from), ..Outgoing::new(dialect, Provenance::from(0), model) };
    let (mut request, _) = read(from, body, &mut out.losses)?;
    let turns = std::mem::take(&mut request.turns);
    request.turns = pairing::pair_as(Some(from), turns, &mut out.losses);
    match to {
        UpstreamProtocol::Gemini => return gemini::write::count(&request, &mut out),
        UpstreamProtocol::BedrockConverse => return converse::write::count(&request, &mut out),
        _ => {}
    }
    let written = write(to, &request, &mut out)?;
    let written = String::from_utf8(written).map_err(|_| Refused::malformed("", Flaw::NoValue))?;
    count::ask(to, &written).map_err(Refused::from)
}

/// Whether a body of `from` can be read: what every translation of it begins with. [`Refused::is_malformed`] tells
/// whether its own protocol has it wrong, or only the others cannot say it.
pub fn check(from: Protocol, body: &str) -> Result<(), Refused> {
    read(from, body, &mut Losses::default()).map(drop)
}

/// The request, and what every response object repeats of it.
fn read<'a>(from: Protocol, body: &'a str, losses: &mut Losses) -> Result<(Request<'a>, String), Refused> {
    let read = match from {
        Protocol::Anthropic => anthropic::read::request(body, losses).map(|request| (request, String::new())),
        Protocol::OpenaiChat => openai_chat::read::request(body, losses).map(|request| (request, String::new())),
        Protocol::OpenaiResponses => openai_responses::read::request_and_echo(body, losses),
    };
    let read = read.and_then(|read| match lone(body) {
        Some(offset) => Err(Fault { offset, what: Flaw::Surrogate }.into()),
        None => said::check(from, body, &read.0).map(|()| read),
    });
    read.map_err(|refused| refused.placed(body))
}

fn write(to: UpstreamProtocol, request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    match to {
        UpstreamProtocol::Anthropic => anthropic::write::request(request, out),
        UpstreamProtocol::OpenaiChat => openai_chat::write::request(request, out),
        UpstreamProtocol::OpenaiResponses => openai_responses::write::request(request, out),
        UpstreamProtocol::Gemini => gemini::write::request(request, out),
        UpstreamProtocol::BedrockConverse => converse::write::request(request, out),
    }
}

#[cfg(test)]
mod tests;
