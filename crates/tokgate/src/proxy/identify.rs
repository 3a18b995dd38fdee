//! identify: who calls, from where, for what. Nothing of the body is read before this has said yes.
//!
//! Order matters: first the checks that keep web pages out (`Host`, `Origin`), then the path, then the key, so that a
//! stranger learns nothing but that he is one.

use std::sync::Arc;

use http::Method;
use http::header::{self, HeaderValue};
use http::request::Parts;
use tokgate_wire::client::{self, Client};
use tokgate_wire::error::Kind;
use tokgate_wire::path::{self, Call, Parsed, Tag};
use tokgate_wire::protocol::Protocol;

use super::context::{Caller, Transport};
use super::front::Peer;
use super::host::{self, OriginVerdict};
use super::names::{CREDENTIALS, Heads, Known as Name};
use super::respond::{Problem, Retry, Shape};
use super::websocket::handshake::{self, Fault, Handshake};
use crate::gateway::Gateway;
use crate::gateway::runs::Run;
use crate::gateway::snapshot::{Access, Snapshot};
use crate::i18n::{Text, proxy as text};

/// Longest name in `/c/NAME`: it goes into records.
const NAME_MAX: usize = 64;

/// Gateways a request may pass; more is a ring.
const HOPS_MAX: usize = 8;

/// What a request turned out to be.
#[derive(Debug)]
pub enum Wanted<'a> {
    /// Answered by us without a key: liveness.
    Public(Public),
    /// A browser asks whether it may call.
    Preflight,
    /// A known caller wants to go on over a WebSocket.
    WebSocket(Handshake, Known<'a>),
    /// Something for a known caller.
    Known(Known<'a>),
}

/// Open to everyone: tells nothing but that something listens here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Public {
    /// `HEAD /`, `HEAD /api/hello`
    Hello,
    /// `GET /health`
    Health,
}

/// How a caller showed who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// With the local key, or none was needed and none was shown.
    LocalKey,
    /// No key is needed here, and he brought one of his own: it may be a login.
    OpenWithLogin,
    /// With the tag of a run that forwards its own login, and that login. Good for such a provider alone.
    TagAndLogin,
}

/// A caller we know, and what he asks for.
#[derive(Debug)]
pub struct Known<'a> {
    /// What.
    pub call: Call<'a>,
    /// Path without the run tag.
    pub path: &'a str,
    /// His program.
    pub client: Client,
    /// The name in its permanent base path, `/c/NAME`.
    pub named: Option<&'a str>,
    /// The run it belongs to.
    pub run: Option<Arc<Run>>,
    /// How he showed who he is.
    pub shown: Shown,
}

impl Known<'_> {
    /// Who he is, for what his requests leave behind.
    pub fn caller(&self, transport: Transport) -> Caller {
        let (client, named, run) = (self.client, self.named.map(Into::into), self.run.clone());
        Caller { transport, client, named, run, shown: self.shown }
    }
}

/// Checks one request's head.
pub fn identify<'a>(
    gateway: &Gateway,
    snapshot: &Snapshot,
    peer: &Peer,
    head: &'a Parts,
    heads: Heads<'_>,
) -> Result<(Wanted<'a>, Shape), (Problem, Shape)> {
    let parsed = path::parse(head.uri.path());
    let client = client::detect(heads.text(Name::UserAgent), heads.text(Name::Originator));
    let shape =
        Shape { protocol: protocol_of(&parsed, heads), client, stream: wants_stream(heads), lang: snapshot.lang };
    wanted(gateway, snapshot, peer, head, heads, parsed, client)
        .map(|wanted| (wanted, shape))
        .map_err(|problem| (problem, shape))
}

fn wanted<'a>(
    gateway: &Gateway,
    snapshot: &Snapshot,
    peer: &Peer,
    head: &'a Parts,
    heads: Heads<'_>,
    parsed: Parsed<'a>,
    client: Client,
) -> Result<Wanted<'a>, Problem> {
    check_host(snapshot, peer, head, heads)?;
    let origin = check_origin(snapshot, heads)?;
    if head.method == Method::OPTIONS && matches!(origin, OriginVerdict::Allowed(_)) {
        return Ok(Wanted::Preflight);
    }
    check_loop(gateway, heads)?;
    if let Some(public) = public(&parsed, &head.method) {
        return Ok(Wanted::Public(public));
    }
    let (run, shown) = check_key(gateway, snapshot, peer, heads, &parsed)?;
    let named = match parsed.tag {
        Tag::Client(name) if name.len() <= NAME_MAX => Some(name),
        Tag::Client(_) | Tag::Run(_) | Tag::None => None,
    };
    if asks_for_websocket(&parsed, head, heads) {
        let handshake = check_upgrade(snapshot, head)?;
        return Ok(Wanted::WebSocket(
            handshake,
            Known { call: parsed.call, path: parsed.path, client, named, run, shown },
        ));
    }
    check_method(&parsed, head)?;
    if head.method == Method::POST {
        check_content_type(heads)?;
    }
    Ok(Wanted::Known(Known { call: parsed.call, path: parsed.path, client, named, run, shown }))
}

fn public(parsed: &Parsed<'_>, method: &Method) -> Option<Public> {
    match parsed.call {
        Call::Hello if method == Method::HEAD => Some(Public::Hello),
        Call::Health if method == Method::GET || method == Method::HEAD => Some(Public::Health),
        _ => None,
    }
}

fn check_host(snapshot: &Snapshot, peer: &Peer, head: &Parts, heads: Heads<'_>) -> Result<(), Problem> {
    let host = heads.text(Name::Host);
    let authority = head.uri.authority().map(http::uri::Authority::as_str);
    snapshot.hosts.check(host, authority, peer.local, peer.tls).map_err(|_| {
        // The refused name is not repeated: it may be a page's idea of markup.
        Problem::request("TG420", Kind::InvalidRequest, 421, &text::HOST_REFUSED)
    })
}

fn check_origin<'a>(snapshot: &Snapshot, heads: Heads<'a>) -> Result<OriginVerdict<'a>, Problem> {
    // A header that is not text is no allowed origin either.
    let origin = heads.value(Name::Origin).map(|origin| origin.to_str().unwrap_or("null"));
    let listed = &snapshot.config.server.allow_origins;
    let site = heads.value(Name::SecFetchSite).map(|site| site.to_str().unwrap_or("cross-site"));
    match host::check_origin(origin, site, listed, None) {
        OriginVerdict::Refused => Err(Problem::request("TG421", Kind::Permission, 403, &text::ORIGIN_REFUSED)),
        verdict => Ok(verdict),
    }
}

/// A request that has been through this very gateway would go round for ever, also by way of another one.
fn check_loop(gateway: &Gateway, heads: Heads<'_>) -> Result<(), Problem> {
    let hops = heads.values(Name::Hop).filter_map(|hops| hops.to_str().ok());
    let own = gateway.instance().to_str().unwrap_or_default();
    let mut hops = hops.flat_map(|hops| hops.split(',')).enumerate();
    if hops.any(|(passed, hop)| hop.trim() == own || passed >= HOPS_MAX) {
        let text = Text::new(&text::LOOP);
        return Err(Problem { retry: Retry::Never, ..Problem::request("TG305", Kind::Internal, 508, text) });
    }
    Ok(())
}

fn check_key(
    gateway: &Gateway,
    snapshot: &Snapshot,
    peer: &Peer,
    heads: Heads<'_>,
    parsed: &Parsed<'_>,
) -> Result<(Option<Arc<Run>>, Shown), Problem> {
    let run = match parsed.tag {
        Tag::Run(tag) => gateway.runs().find(tag),
        Tag::Client(_) | Tag::None => None,
    };
    let shown = shown_keys(heads);
    match &snapshot.access {
        Access::Open if shown.iter().any(Option::is_some) => Ok((run, Shown::OpenWithLogin)),
        Access::Open => Ok((run, Shown::LocalKey)),
        Access::Key(key) => {
            if gateway.strangers().must_wait(peer.addr.ip()) {
                return Err(Problem::request("TG403", Kind::RateLimited, 429, Text::new(&text::TOO_MANY_TRIES)));
            }
            if shown.iter().flatten().any(|shown| key.matches(shown)) {
                return Ok((run, Shown::LocalKey));
            }
            if let Some(run) = run.filter(|run| run.forwards_login && shown.iter().any(Option::is_some)) {
                return Ok((Some(run), Shown::TagAndLogin));
            }
            gateway.strangers().failed(peer.addr.ip());
            // Claude Code repeats a plain 401 for minutes, with the same wrong key.
            let words = Text::new(&text::KEY_WRONG);
            Err(Problem { retry: Retry::Never, ..Problem::request("TG402", Kind::Auth, 401, words) }
                .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tokgate\"")))
        }
    }
}

/// The key that a caller was let in with: the local one, or the first of his own where none is needed.
pub fn credential<'a>(snapshot: &Snapshot, heads: Heads<'a>) -> Option<&'a [u8]> {
    let mut shown = shown_keys(heads).into_iter().flatten();
    match &snapshot.access {
        Access::Open => shown.next(),
        Access::Key(key) => shown.find(|shown| key.matches(shown)),
    }
}

/// The bare keys in the four headers clients use.
fn shown_keys(heads: Heads<'_>) -> [Option<&[u8]>; 4] {
    CREDENTIALS.map(|name| {
        let value = heads.value(name)?.as_bytes();
        let bare =
            value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case(b"bearer ")).map_or(value, |_| &value[7..]);
        Some(bare.trim_ascii()).filter(|bare| !bare.is_empty())
    })
}

fn asks_for_websocket(parsed: &Parsed<'_>, head: &Parts, heads: Heads<'_>) -> bool {
    matches!(parsed.call, Call::Create(Protocol::OpenaiResponses))
        && head.method == Method::GET
        && heads.has(Name::Upgrade)
}

/// Codex asks for a WebSocket first; 426 sends it to POST at once, anything else costs it seven tries.
fn check_upgrade(snapshot: &Snapshot, head: &Parts) -> Result<Handshake, Problem> {
    if !snapshot.config.server.websocket {
        let text = Text::new(&text::UPGRADE_REFUSED);
        return Err(Problem::request("TG307", Kind::InvalidRequest, 426, text));
    }
    handshake::check(head).map_err(|fault| match fault {
        Fault::Version => {
            let text = Text::new(&text::HANDSHAKE_WRONG).with("what", "sec-websocket-version");
            Problem::request("TG317", Kind::InvalidRequest, 426, text)
                .with_header(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static(handshake::VERSION))
        }
        Fault::Header(what) => {
            let text = Text::new(&text::HANDSHAKE_WRONG).with("what", what);
            Problem::request("TG317", Kind::InvalidRequest, 400, text)
        }
    })
}

fn check_method(parsed: &Parsed<'_>, head: &Parts) -> Result<(), Problem> {
    if matches!(parsed.call, Call::Unknown) {
        let text = Text::new(&text::PATH_UNKNOWN);
        return Err(Problem::request("TG306", Kind::NotFound, 404, text));
    }
    let allowed = parsed.call.methods();
    if allowed.contains(&head.method.as_str()) {
        return Ok(());
    }
    let list = allowed.join(", ");
    let text = Text::new(&text::METHOD_WRONG).with_list("allowed", allowed);
    let allow = HeaderValue::from_str(&list).unwrap_or_else(|_| HeaderValue::from_static("POST"));
    Err(Problem::request("TG308", Kind::MethodNotAllowed, 405, text).with_header(header::ALLOW, allow))
}

/// A page can send `text/plain` across origins without asking; JSON it cannot.
fn check_content_type(heads: Heads<'_>) -> Result<(), Problem> {
    let kind = heads.text(Name::ContentType).unwrap_or_default();
    if kind == "application/json" {
        return Ok(());
    }
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let text = Text::new(&text::CONTENT_TYPE_WRONG);
    Err(Problem::request("TG309", Kind::UnsupportedMedia, 415, text))
}

/// The protocol errors are put in: the path's own, else what the headers point to.
fn protocol_of(parsed: &Parsed<'_>, heads: Heads<'_>) -> Protocol {
    match parsed.call {
        Call::Create(protocol) | Call::Unary { protocol, .. } => protocol,
        _ if heads.has(Name::AnthropicVersion) => Protocol::Anthropic,
        _ if heads.text(Name::UserAgent).is_some_and(|agent| agent.starts_with("claude-c")) => Protocol::Anthropic,
        _ => Protocol::OpenaiChat,
    }
}

fn wants_stream(heads: Heads<'_>) -> bool {
    heads.text(Name::Accept).is_some_and(|accept| accept.contains("text/event-stream"))
}
