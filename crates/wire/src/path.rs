//! Which call a request path means, and where that call lives at an upstream. Not for query strings or whole URLs.
//!
//! Clients put anything in front of the version and sometimes double it (`/v1/v1/messages`), so routing looks at the
//! end of the path only. Nothing of the client's path is ever joined to an upstream's: the upstream path is built anew.

use crate::protocol::{Protocol, UpstreamProtocol};

/// Who the path says is calling: the first segments of a base URL that tokgate handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag<'a> {
    /// No tag.
    None,
    /// `/r/<run>/…`: one start of a client through `tokgate run`.
    Run(&'a str),
    /// `/c/<client>/…`: a permanent connection of a client.
    Client(&'a str),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call<'a> {
    /// Generate an answer: `…/messages`, `…/chat/completions`, `…/responses`.
    Create(Protocol),
    /// One JSON body in, one JSON body out, never a stream.
    Unary {
        /// The protocol the call belongs to.
        protocol: Protocol,
        /// Which of its calls.
        op: Unary,
    },
    /// `…/models`
    Models,
    /// `…/models/ID`; the id may contain slashes.
    Model(&'a str),
    /// The reachability probe of Claude Code: `HEAD /` and `HEAD …/api/hello`.
    Hello,
    /// `/health`
    Health,
    /// `/adapters`: which client adapters there are.
    Adapters,
    /// `/tokgate/v1/jobs/ID`: a request whose client did not wait.
    Job(&'a str),
    /// `/v1` alone, asked by people and by some chat applications.
    Root,
    /// Anything else, and every path that is not plainly written.
    Unknown,
}

/// The calls without a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `…/messages/count_tokens`
    CountTokens,
    /// `…/responses/input_tokens`
    InputTokens,
    /// `…/responses/compact`
    Compact,
}

impl Unary {
    /// Whether it asks for a number of tokens.
    pub const fn counts(self) -> bool {
        matches!(self, Self::CountTokens | Self::InputTokens)
    }
}

/// A request path, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// Who the path says is calling.
    pub tag: Tag<'a>,
    /// What is asked for.
    pub call: Call<'a>,
    /// The path without the tag, starting with `/`.
    pub path: &'a str,
}

/// Methods of calls that read.
const READ: &[&str] = &["GET", "HEAD"];
/// Methods of calls that carry a body.
const WRITE: &[&str] = &["POST"];
/// Methods of a job: look, and take it back.
const JOB: &[&str] = &["GET", "HEAD", "DELETE"];
/// Where jobs are.
pub const JOBS: &str = "/tokgate/v1/jobs/";

impl Call<'_> {
    /// The methods this call accepts, for 405 and `Allow`. A WebSocket upgrade (`GET …/responses`) is answered before
    /// methods are checked, so it is not listed.
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Create(_) | Self::Unary { .. } => WRITE,
            Self::Models | Self::Model(_) | Self::Hello | Self::Health | Self::Adapters | Self::Root => READ,
            Self::Job(_) => JOB,
            Self::Unknown => &[],
        }
    }
}

/// Reads a path without its query. Any prefix and a doubled version are tolerated; a path with dot segments, percent
/// encoding, backslashes, control or non-ASCII bytes is [`Call::Unknown`], because two programs may read it differently.
pub fn parse(path: &str) -> Parsed<'_> {
    if !is_plain(path) {
        return Parsed { tag: Tag::None, call: Call::Unknown, path };
    }
    let (tag, path) = split_tag(path);
    Parsed { tag, call: call(path), path }
}

/// A call at an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamCall<'a> {
    /// Generate an answer.
    Create {
        /// The protocol the upstream is spoken to in.
        protocol: UpstreamProtocol,
        /// The model asked for: some protocols have it in the path.
        model: &'a str,
        /// Whether the answer is streamed: some protocols have another path for that.
        streams: bool,
    },
    /// Count the tokens of a request. A protocol that has no such call gives the path of its answers.
    Count {
        /// The protocol the upstream is spoken to in.
        protocol: UpstreamProtocol,
        /// The model that counts.
        model: &'a str,
    },
    /// One JSON body in, one JSON body out, never a stream.
    Unary(Unary),
    /// The list of models.
    Models,
    /// One model.
    Model(&'a str),
}

/// The path of `call`, with its query if it has one, at an upstream whose base URL has the path `base_path`.
///
/// An Anthropic base has no version (one that was written with `/v1` is understood); OpenAI and Gemini bases end in
/// theirs (`/v1`, `/api/paas/v4`, `/v1beta`), so nothing is guessed there; Bedrock has none. The list of models has no
/// protocol of its own: `/v1` is put in when the base names no version at all.
pub fn upstream_path(base_path: &str, call: &UpstreamCall<'_>) -> String {
    let base = base_path.trim_end_matches('/');
    let tail = match call {
        UpstreamCall::Create { protocol, model, streams } => match protocol {
            UpstreamProtocol::Anthropic => "/v1/messages",
            UpstreamProtocol::OpenaiChat => "/chat/completions",
            UpstreamProtocol::OpenaiResponses => "/responses",
            UpstreamProtocol::Gemini if *streams => return gemini_path(base, model, "streamGenerateContent?alt=sse"),
            UpstreamProtocol::Gemini => return gemini_path(base, model, "generateContent"),
            UpstreamProtocol::BedrockConverse => return converse_path(base, model, *streams),
        },
        UpstreamCall::Count { protocol: UpstreamProtocol::Anthropic, .. } => "/v1/messages/count_tokens",
        UpstreamCall::Count { protocol: UpstreamProtocol::OpenaiResponses, .. } => "/responses/input_tokens",
        UpstreamCall::Count { protocol: UpstreamProtocol::Gemini, model } => {
            return gemini_path(base, model, "countTokens");
        }
        UpstreamCall::Count { protocol, model } => {
            return upstream_path(base, &UpstreamCall::Create { protocol: *protocol, model, streams: false });
        }
        UpstreamCall::Unary(Unary::CountTokens) => "/v1/messages/count_tokens",
        UpstreamCall::Unary(Unary::InputTokens) => "/responses/input_tokens",
        UpstreamCall::Unary(Unary::Compact) => "/responses/compact",
        UpstreamCall::Models | UpstreamCall::Model(_) if names_version(base) => "/models",
        UpstreamCall::Models | UpstreamCall::Model(_) => "/v1/models",
    };
    let base = if tail.starts_with("/v1/") { base.strip_suffix("/v1").unwrap_or(base) } else { base };
    match call {
        UpstreamCall::Model(id) => format!("{base}{tail}/{id}"),
        _ => format!("{base}{tail}"),
    }
}

/// Gemini's names of models begin with `models/`, which people write or leave out.
fn gemini_path(base: &str, model: &str, call: &str) -> String {
    format!("{base}/models/{}:{call}", segment(model.strip_prefix("models/").unwrap_or(model)))
}

/// Ids of Bedrock's models are names, profiles or whole ARNs with slashes.
fn converse_path(base: &str, model: &str, streams: bool) -> String {
    let call = if streams { "converse-stream" } else { "converse" };
    format!("{base}/model/{}/{call}", segment(model))
}

/// `text` as one segment of a path: everything but `A-Za-z0-9-._~` percent-encoded, as AWS's own SDK does it; what would
/// be a dot segment too.
pub fn segment(text: &str) -> String {
    let is_dots = matches!(text, "." | "..");
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'.' if is_dots => segment.push_str("%2E"),
            b'-' | b'.' | b'_' | b'~' => segment.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => segment.push(char::from(byte)),
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

/// Whether the path is written so plainly that every program reads the same segments.
fn is_plain(path: &str) -> bool {
    path.starts_with('/')
        && path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'%' | b'\\' | b'?' | b'#'))
        && !path.as_bytes().windows(2).any(|pair| pair == b"..")
        && !path.as_bytes().windows(3).any(|three| three == b"/./")
        && !path.ends_with("/.")
}

/// Takes `/r/<run>` or `/c/<client>` off the front.
fn split_tag(path: &str) -> (Tag<'_>, &str) {
    let (is_run, rest) = match (path.strip_prefix("/r/"), path.strip_prefix("/c/")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return (Tag::None, path),
    };
    let (name, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if name.is_empty() {
        return (Tag::None, path);
    }
    let tag = if is_run { Tag::Run(name) } else { Tag::Client(name) };
    (tag, if tail.is_empty() { "/" } else { tail })
}

/// The call, by the end of the path.
fn call(path: &str) -> Call<'_> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Call::Hello;
    }
    if path == "/health" {
        return Call::Health;
    }
    if path == "/adapters" {
        return Call::Adapters;
    }
    if let Some(id) = path.strip_prefix(JOBS) {
        return if id.is_empty() || id.contains('/') { Call::Unknown } else { Call::Job(id) };
    }
    for (suffix, call) in SUFFIXES {
        if path.ends_with(suffix) {
            return *call;
        }
    }
    match path.split_once("/models/") {
        Some((_, id)) if is_model_id(id) => Call::Model(id),
        Some(_) => Call::Unknown,
        None if path.ends_with("/v1") => Call::Root,
        None => Call::Unknown,
    }
}

/// Ends of paths. No suffix here is the end of another, so the order does not matter.
const SUFFIXES: &[(&str, Call<'static>)] = &[
    ("/messages", Call::Create(Protocol::Anthropic)),
    ("/messages/count_tokens", Call::Unary { protocol: Protocol::Anthropic, op: Unary::CountTokens }),
    ("/chat/completions", Call::Create(Protocol::OpenaiChat)),
    ("/responses", Call::Create(Protocol::OpenaiResponses)),
    ("/responses/input_tokens", Call::Unary { protocol: Protocol::OpenaiResponses, op: Unary::InputTokens }),
    ("/responses/compact", Call::Unary { protocol: Protocol::OpenaiResponses, op: Unary::Compact }),
    ("/models", Call::Models),
    ("/api/hello", Call::Hello),
];

/// A model id; Gemini's own calls (`MODEL:generateContent`) are another protocol.
fn is_model_id(id: &str) -> bool {
    const GEMINI: [&str; 4] = [":generateContent", ":streamGenerateContent", ":countTokens", ":embedContent"];
    !id.is_empty() && !GEMINI.iter().any(|call| id.ends_with(call))
}

/// Whether some segment is a version such as `v1`, `v4` or `v1beta`.
fn names_version(base: &str) -> bool {
    base.split('/').any(|segment| {
        let mut bytes = segment.bytes();
        bytes.next() == Some(b'v') && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests;
