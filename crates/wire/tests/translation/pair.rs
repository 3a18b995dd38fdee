//! A client of one protocol with a provider of another: what goes out, what comes back.

use serde_json::Value;
use tokgate_wire::conversation::{End, Losses, Refused};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::stream::TransportEnd;
use tokgate_wire::translate::convert::{self, Translated};
use tokgate_wire::translate::{AnswerStream, Dialect, Outgoing, Plan, answer, dialect, pairing};
use tokgate_wire::{anthropic, openai_chat, openai_responses};

use crate::fold::{self, Said};

pub(crate) use Protocol::{Anthropic as A, OpenaiChat as C, OpenaiResponses as R};

/// The scope requests are written for, unless a test says another.
pub(crate) const SCOPE: u64 = 1;

/// Every pair that is translated.
pub(crate) fn pairs() -> impl Iterator<Item = (Protocol, Protocol)> {
    let all = || Protocol::ALL.into_iter();
    all()
        .flat_map(move |client| all().map(move |upstream| (client, upstream)))
        .filter(|(client, upstream)| client != upstream)
}

/// A request as the provider gets it.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) plan: Plan,
    pub(crate) losses: Losses,
}

impl Sent {
    /// The fields that are reported, `field fate`.
    pub(crate) fn lost(&self) -> Vec<String> {
        self.losses.all().iter().map(|loss| format!("{} {}", loss.field, loss.fate.id())).collect()
    }
}

/// Translates a request for the provider `to` describes.
pub(crate) fn try_ask_as(
    from: Protocol,
    to: impl Into<UpstreamProtocol>,
    body: &str,
    to_dialect: &Dialect,
    scope: u64,
) -> Result<Sent, Refused> {
    let to = to.into();
    let sent = if to == from {
        halves(from, body, to_dialect, scope)?
    } else {
        convert::request(from, to, body, to_dialect, scope, "routed", "asked", 1_800_000_000, 7)?
    };
    let text = String::from_utf8(sent.body).unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
    Ok(Sent { body, text, plan: sent.plan, losses: sent.losses })
}

/// The two halves of one protocol, put together as those of two are: shows what a writer makes of what its own reader
/// read. To its own protocol a request goes as it stands, see `own`.
fn halves(protocol: Protocol, body: &str, dialect: &Dialect, scope: u64) -> Result<Translated, Refused> {
    let mut out = Outgoing { client: Some(protocol), ..Outgoing::new(dialect, scope, "routed") };
    convert::check(protocol, body)?;
    let mut request = match protocol {
        Protocol::Anthropic => anthropic::read::request(body, &mut out.losses)?,
        Protocol::OpenaiChat => openai_chat::read::request(body, &mut out.losses)?,
        Protocol::OpenaiResponses => openai_responses::read::request(body, &mut out.losses)?,
    };
    request.turns = pairing::pair_as(Some(protocol), request.turns, &mut out.losses);
    let body = match protocol {
        Protocol::Anthropic => anthropic::write::request(&request, &mut out)?,
        Protocol::OpenaiChat => openai_chat::write::request(&request, &mut out)?,
        Protocol::OpenaiResponses => openai_responses::write::request(&request, &mut out)?,
    };
    Ok(Translated { body, plan: Plan::new(protocol, protocol), losses: out.losses })
}

/// The same for a provider that follows its protocol's documentation.
pub(crate) fn try_ask(from: Protocol, to: impl Into<UpstreamProtocol>, body: &Value) -> Result<Sent, Refused> {
    let to = to.into();
    try_ask_as(from, to, &body.to_string(), &dialect::of(to), SCOPE)
}

/// The same of a request that is known to be possible.
pub(crate) fn ask(from: Protocol, to: impl Into<UpstreamProtocol>, body: &Value) -> Sent {
    let to = to.into();
    try_ask(from, to, body).unwrap_or_else(|refused| panic!("{from:?} to {to:?}: {refused:?}"))
}

/// An answer as the client gets it.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) end: End,
    pub(crate) bytes: Vec<u8>,
    pub(crate) events: Vec<Value>,
    pub(crate) said: Said,
}

/// The plan of a request of which nothing else is known.
pub(crate) fn plan(client: Protocol, upstream: impl Into<UpstreamProtocol>) -> Plan {
    Plan {
        model: "asked".to_owned(),
        want_usage: true,
        searches: true,
        scope: SCOPE,
        seed: 7,
        ..Plan::new(client, upstream)
    }
}

/// Frames events as `protocol` streams them. A text stands as it is (`[DONE]`, or no JSON at all).
pub(crate) fn frames(protocol: impl Into<UpstreamProtocol>, events: &[Value]) -> String {
    let protocol = protocol.into();
    let frame = |event: &Value| {
        let data = event.as_str().map_or_else(|| event.to_string(), str::to_owned);
        // Of Converse the name stands around the data.
        if let (UpstreamProtocol::BedrockConverse, Some((kind, inside))) =
            (protocol, event.as_object().filter(|event| event.len() == 1).and_then(|event| event.iter().next()))
        {
            return format!("event: {kind}\ndata: {inside}\n\n");
        }
        match event["type"].as_str() {
            Some(kind) if protocol != C && protocol != UpstreamProtocol::Gemini => {
                format!("event: {kind}\ndata: {data}\n\n")
            }
            _ => format!("data: {data}\n\n"),
        }
    };
    events.iter().map(frame).collect()
}

/// What the client gets of a stream of events, to the request of `plan`. Checked against every law of its protocol.
pub(crate) fn hear_as(plan: &Plan, events: &[Value], end: TransportEnd) -> Heard {
    let mut stream = AnswerStream::new(plan);
    let mut bytes = Vec::new();
    for event in events {
        stream.push(frames(plan.upstream, std::slice::from_ref(event)).as_bytes());
        bytes.extend(stream.take());
    }
    let end = stream.finish(end);
    bytes.extend(stream.take());
    let events = fold::events(&bytes);
    let said = fold::stream(plan.client, &events);
    assert_eq!(
        said.complete,
        matches!(end, End::Complete(_)),
        "{:?} to {:?}: {end:?}: {events:?}",
        plan.upstream,
        plan.client
    );
    Heard { end, bytes, events, said }
}

/// The same to a plain request, of a stream that the provider closed properly.
pub(crate) fn hear(client: Protocol, upstream: impl Into<UpstreamProtocol>, events: &[Value]) -> Heard {
    hear_as(&plan(client, upstream), events, TransportEnd::Proven)
}

/// The same, with the claim that it is complete.
pub(crate) fn hear_whole_stream(client: Protocol, upstream: impl Into<UpstreamProtocol>, events: &[Value]) -> Said {
    let upstream = upstream.into();
    let heard = hear(client, upstream, events);
    assert!(heard.said.complete, "{upstream:?} to {client:?}: {heard:?}");
    heard.said
}

/// What the client gets of an answer that is not streamed.
pub(crate) fn hear_whole(client: Protocol, upstream: impl Into<UpstreamProtocol>, body: &Value) -> (Value, End) {
    let (body, end) = answer::whole(&plan(client, upstream), &body.to_string());
    (serde_json::from_slice(&body).unwrap_or(Value::Null), end)
}
