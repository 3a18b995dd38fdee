//! What a client got, held against what the providers say to a caller who asks them directly: a passed answer byte for
//! byte, an error of the gateway in the client's own protocol, field by field.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokgate_simulator::{Answer, Behaviour, Protocol, Script};
use tokio::time::timeout;

use super::{A_TEXT, Asked, Cell};
use crate::call::{Call, Cut, Reply};
use crate::cuts::unnumbered;
use crate::house::provider;
use crate::stream::{self, Kind};

/// How long a direct caller waits for a provider that stands still.
const PATIENCE: Duration = Duration::from_secs(2);
/// The gateway's code for a stream that broke off, and for an error that is the request's.
const BROKE: &str = "TG320";
const REFUSED: &str = "TG321";
/// Headers that belong to one connection, or to the gateway alone.
const OWN: [&str; 5] = ["date", "content-length", "transfer-encoding", "x-tokgate-provider", "x-tokgate-request-id"];
/// Headers of another site that must not reach a client.
const FOREIGN: [&str; 8] = [
    "set-cookie",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "alt-svc",
    "strict-transport-security",
    "connection",
    "content-encoding",
    "x-tokgate-hop",
];

/// The smallest request whose answer tells its tokens.
pub(super) fn ask(protocol: Protocol, stream: bool) -> Call {
    if protocol != Protocol::OpenaiChat || !stream {
        return Call::ask(protocol, stream);
    }
    let body = json!({
        "model": "m-1",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    Call::post(protocol.path(), body.to_string())
}

/// What a provider with this behaviour says to a direct caller's first or second request; nothing when no head comes.
pub(super) async fn direct(behaviour: Behaviour, protocol: Protocol, stream: bool, turn: usize) -> Option<Reply> {
    let provider = provider().await;
    provider.script(Script::always(behaviour));
    let mut said = None;
    for _ in 0..turn {
        said = hear(&ask(protocol, stream), provider.addr).await;
    }
    said
}

async fn hear(call: &Call, address: SocketAddr) -> Option<Reply> {
    let mut coming = timeout(PATIENCE, call.try_open(address)).await.ok()??;
    let (status, headers, mut body) = (coming.status, coming.headers.clone(), Vec::new());
    let cut = loop {
        match timeout(PATIENCE, coming.chunk()).await {
            Ok(Some(Ok(piece))) => body.extend(piece),
            Ok(None) => break false,
            Ok(Some(Err(Cut))) | Err(_) => break true,
        }
    };
    Some(Reply { status, headers, body, cut })
}

/// Both providers' good answers.
pub(super) struct Healthy {
    pub(super) a: Reply,
    pub(super) b: Reply,
}

impl Healthy {
    pub(super) async fn hear(protocol: Protocol, stream: bool, b: SocketAddr) -> Self {
        let a = direct(Answer::text(A_TEXT).into(), protocol, stream, 1).await.unwrap();
        Self { a, b: hear(&ask(protocol, stream), b).await.unwrap() }
    }
}

/// The words of a provider's error, wherever its protocol has them.
pub(super) fn error_of(said: &Reply) -> Option<String> {
    let documents = std::iter::once(said.text()).chain(stream::events(&said.body));
    let message = |text: String| {
        let json: Value = serde_json::from_str(&text).ok()?;
        let error =
            [&json["error"], &json["response"]["error"], &json].into_iter().find(|it| it["message"].is_string())?;
        error["message"].as_str().map(str::to_owned)
    };
    documents.into_iter().find_map(message)
}

/// What the client got, in the words of the list.
pub(super) fn outcome(cell: &Cell, reply: &Reply, said: Option<&Reply>) -> String {
    if reply.cut {
        return "cut".to_owned();
    }
    if reply.status != 200 {
        let word = match reply.header("x-tokgate-provider") {
            None => "refused",
            Some(_) if said.is_some_and(|said| said.body == reply.body) => "verbatim",
            Some(_) => "altered",
        };
        return format!("{word}-{}", reply.status);
    }
    let (whole, ends) = (unnumbered(&reply.body), stream::ends(cell.protocol, &reply.body));
    if whole == unnumbered(&cell.healthy.b.body) {
        return "from-b".to_owned();
    }
    let good = said.filter(|said| said.header("content-encoding").is_none()).unwrap_or(&cell.healthy.a);
    let of_a = whole == unnumbered(&good.body);
    match &ends[..] {
        [] if of_a && !cell.stream => "clean",
        [Kind::End] if of_a => "clean",
        [Kind::Error] => "error-event",
        [] if of_a => "clean-without-end",
        [Kind::End, Kind::End] if of_a => "clean-twice",
        _ => return format!("{ends:?}"),
    }
    .to_owned()
}

/// What is wrong with the form of an answer whose outcome is the wanted one.
pub(super) fn check(cell: &Cell, asked: &Asked<'_>, reply: &Reply, said: Option<&Reply>) -> Result<(), String> {
    framed(reply)?;
    if let Some(name) = FOREIGN.iter().find(|name| reply.header(name).is_some()) {
        return Err(format!("the header {name} of the upstream's site"));
    }
    let a = || said.ok_or("A says nothing to a direct caller");
    match asked.outcome {
        "from-b" => passed(cell, reply, &cell.healthy.b, "b"),
        "error-event" => {
            passed(cell, reply, a()?, &cell.name())?;
            broken(cell, reply, a()?, &cell.healthy.a)
        }
        own if own.starts_with("refused") => refused(cell, asked, reply, a()?),
        whole if whole.starts_with("clean") || whole.starts_with("verbatim") => passed(cell, reply, a()?, &cell.name()),
        outcome => Err(format!("nobody has said what {outcome} looks like")),
    }
}

/// One framing, and a true one.
fn framed(reply: &Reply) -> Result<(), String> {
    let length = reply.body.len().to_string();
    match (reply.header("content-length"), reply.header("transfer-encoding")) {
        (Some(said), None) if said == length => Ok(()),
        (None, Some("chunked")) => Ok(()),
        framing => Err(format!("framed as {framing:?} with {length} bytes")),
    }
}

/// Status and headers are those of the provider that answered, and name it.
fn passed(cell: &Cell, reply: &Reply, of: &Reply, name: &str) -> Result<(), String> {
    let of_both = |text: &str| String::from_utf8(unnumbered(text.as_bytes())).unwrap();
    let id = own_id(cell.protocol);
    // A provider that numbers nothing gets the gateway's number.
    let numbered = |name: &str, value: &str| name == id && of.header(id).is_none() && value == reply.id();
    let said = |name: &str, value: &str| of.headers.iter().any(|(it, is)| it == name && of_both(is) == of_both(value));
    let strange = reply
        .headers
        .iter()
        .find(|(name, value)| !OWN.contains(&name.as_str()) && !said(name, value) && !numbered(name, value));
    let kept = ["content-type", id];
    let lost = kept.iter().find(|name| of.header(name).is_some() && reply.header(name).is_none());
    match (reply.status == of.status, strange, lost) {
        (false, _, _) => Err(format!("status {} for {}", reply.status, of.status)),
        (_, Some(header), _) => Err(format!("{header:?} is not what {name} says")),
        (_, _, Some(header)) => Err(format!("the header {header} of {name} is lost")),
        _ if reply.header("x-tokgate-provider") != Some(name) => Err(format!("{name} is not named")),
        _ => Ok(()),
    }
}

fn own_id(protocol: Protocol) -> &'static str {
    if protocol == Protocol::Anthropic { "request-id" } else { "x-request-id" }
}

/// Whole events of A's, then the error and nothing more: A's own where it told one, else ours.
fn broken(cell: &Cell, reply: &Reply, said: &Reply, good: &Reply) -> Result<(), String> {
    let events = |of: &Reply| stream::events(&unnumbered(&of.body));
    let (told, from_a): (Vec<_>, Vec<_>) = events(said).into_iter().partition(|event| is_error(event));
    let (events, good) = (events(reply), events(good));
    let from_a = if said.header("content-encoding").is_some() { &good } else { &from_a };
    let same = events.iter().zip(from_a).take_while(|(got, said)| got == said).count();
    let (own, last) = (&events[same..], events.last().ok_or("no event")?);
    if same == 0 || events[0] != good[0] || !reply.body.ends_with(b"\n\n") {
        return Err(format!("{same} events of A's answer"));
    }
    // A reset throws away what was on its way, and of what is compressed not all can be read.
    let some =
        cell.entry.why(cell.protocol, cell.stream).is_some_and(|why| why.contains("reset") || why.contains("gzip"));
    if same < from_a.len() && !some {
        return Err(format!("{same} events of {} that came", from_a.len()));
    }
    if stream::kind(cell.protocol, last) != Kind::Error {
        return Err(format!("something after the error: {last}"));
    }
    let retold = told.first().is_some_and(|told| stream::kind(cell.protocol, told) != Kind::Error);
    match (own, &told[..]) {
        ([event], [told]) if !retold => (event == told).then_some(()).ok_or(format!("{event} is not {told}")),
        ([event, _], [told]) if retold && event != told => Err(format!("{event} is not {told}")),
        ([_, _], [_]) if !retold => Err(format!("told twice: {own:?}")),
        ([_], []) | ([_, _], [_]) => same_json(last, &our_event(cell, reply, said, &events[..events.len() - 1])?),
        _ => Err(format!("{own:?} for an error {told:?}")),
    }
}

fn is_error(event: &str) -> bool {
    let json: Value = serde_json::from_str(event).unwrap_or_default();
    json["type"] == "error" || json["type"] == "response.failed" || json["error"].is_object()
}

/// The event that ends a stream which broke off.
fn our_event(cell: &Cell, reply: &Reply, said: &Reply, before: &[String]) -> Result<Value, String> {
    let own = cell.entry.why(cell.protocol, cell.stream).map(str::to_owned).or_else(|| error_of(said));
    let (why, name) = (own.ok_or("the list names no cause")?, cell.name());
    let text = reply.text();
    let (start, end) = (format!("the answer from {name} broke off ("), "). What arrived is incomplete; ask again.");
    let why_told = text.split_once(&start).and_then(|(_, rest)| rest.split_once(end)).map(|(why, _)| why);
    let why = why_told.filter(|told| told.contains(&why)).ok_or(format!("the error does not say: {why}"))?;
    let message = format!("tokgate: {start}{why}{end}");
    Ok(match cell.protocol {
        Protocol::Anthropic => {
            let error = json!({"type": "overloaded_error", "message": message});
            json!({"type": "error", "error": error, "request_id": reply.id()})
        }
        Protocol::OpenaiChat => {
            json!({"error": {"message": message, "type": "server_error", "param": null, "code": "server_error"}})
        }
        _ => failed(&message, before),
    })
}

/// `response.failed` with the id of the response that was begun, and the next number.
fn failed(message: &str, before: &[String]) -> Value {
    let before: Vec<Value> = before.iter().map(|event| serde_json::from_str(event).unwrap_or_default()).collect();
    let last = before.iter().filter_map(|event| event["sequence_number"].as_u64()).next_back();
    json!({
        "type": "response.failed",
        "sequence_number": last.map_or(0, |last| last + 1),
        "response": {
            "id": before[0]["response"]["id"],
            "object": "response",
            "created_at": 0,
            "status": "failed",
            "error": {"code": "server_error", "message": message},
            "incomplete_details": null,
            "model": "m-1",
            "output": [],
            "parallel_tool_calls": true,
            "tool_choice": "auto",
            "tools": [],
            "usage": null,
        },
    })
}

/// An error of A in a form that no client reads, told as one of the gateway's own.
fn refused(cell: &Cell, asked: &Asked<'_>, reply: &Reply, said: &Reply) -> Result<(), String> {
    let (id, name) = (reply.id(), cell.name());
    let long = asked.wanted.rows().any(|row| row == "context-too-long");
    let message = error_of(said).ok_or("A tells no error")?;
    let kind = "invalid_request_error";
    let body = match cell.protocol {
        // Anthropic's clients know a full context by its words, OpenAI's by its code.
        Protocol::Anthropic if long => {
            json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": id})
        }
        Protocol::Anthropic => {
            let error = json!({"type": kind, "message": message, "details": {"error_code": REFUSED}});
            json!({"type": "error", "error": error, "request_id": id})
        }
        _ => {
            let code = if long { "context_length_exceeded" } else { REFUSED };
            json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
        }
    };
    let tried = format!("1; {name}={}", said.status);
    let length = reply.body.len().to_string();
    let headers = [
        ("content-length", length.as_str()),
        ("content-type", "application/json"),
        (own_id(cell.protocol), id),
        ("x-should-retry", "false"),
        ("x-tokgate-attempts", &tried),
        ("x-tokgate-request-id", id),
    ];
    let mut got: Vec<(&str, &str)> =
        reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    got.retain(|(name, _)| *name != "date");
    got.sort_unstable();
    let mut wanted = headers.to_vec();
    wanted.sort_unstable();
    if got != wanted {
        return Err(format!("headers {got:?}, not {wanted:?}"));
    }
    same_json(&reply.text(), &body)
}

fn same_json(got: &str, wanted: &Value) -> Result<(), String> {
    let read: Value = serde_json::from_str(got).map_err(|error| format!("{error}: {got}"))?;
    (read == *wanted).then_some(()).ok_or_else(|| format!("got {got}, not {wanted}"))
}

/// The code in the record of an answer with this outcome.
pub(super) fn code(outcome: &str, reply: &Reply) -> Option<&'static str> {
    match outcome {
        "error-event" => {
            let last = stream::events(&reply.body).pop().unwrap_or_default();
            let before = stream::events(&reply.body).iter().filter(|event| is_error(event)).count();
            (last.contains("tokgate: the answer from") && before == 1).then_some(BROKE)
        }
        _ if outcome.starts_with("refused") => Some(REFUSED),
        _ => None,
    }
}
