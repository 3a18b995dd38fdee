//! Amazon Bedrock: Anthropic's protocol by `InvokeModel`, its own `Converse` for the models of others.
//!
//! Source: Amazon Bedrock API reference (`InvokeModel`, `InvokeModelWithResponseStream`, `Converse`, `ConverseStream`),
//! and the user guide's "Anthropic Claude Messages API". A body of `InvokeModel` is the client's own: the model goes into
//! the path, `stream` into the operation, `anthropic-beta` from the header into the body; fields that Bedrock refuses
//! are left out. Nothing else of it is touched.

use std::borrow::Cow;
use std::ops::Range;

use crate::conversation::{Losses, Refused};
use crate::json::{Flaw, Writer};
use crate::path::{UpstreamCall, segment, upstream_path};
use crate::peek::{Field, scan};
use crate::protocol::UpstreamProtocol;

/// The version of Anthropic's protocol that every Claude model on Bedrock documents.
pub const ANTHROPIC_VERSION: &str = "bedrock-2023-05-31";

/// Features behind `anthropic-beta` that Bedrock knows; any other is answered with 400 there.
pub const BETAS: &[&str] = &[
    "computer-use-2024-10-22",
    "computer-use-2025-01-24",
    "computer-use-2025-11-24",
    "token-efficient-tools-2025-02-19",
    "output-128k-2025-02-19",
    "interleaved-thinking-2025-05-14",
    "dev-full-thinking-2025-05-14",
    "fine-grained-tool-streaming-2025-05-14",
    "context-management-2025-06-27",
    "context-1m-2025-08-07",
    "tool-search-tool-2025-10-19",
    "tool-examples-2025-10-29",
    "effort-2025-11-24",
];

/// Fields of a Messages body that Bedrock takes; it refuses a body with any other.
const FIELDS: &[&str] = &[
    "anthropic_beta",
    "anthropic_version",
    "cache_control",
    "context_management",
    "max_tokens",
    "messages",
    "metadata",
    "output_config",
    "output_format",
    "stop_sequences",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
];

/// Fields that go elsewhere and are not lost.
const MOVED: [&str; 2] = ["model", "stream"];

/// Longest name of a field or feature that a loss repeats; a longer one is no name.
const NAME_MAX: usize = 64;

/// Whether an id names a Claude model: `anthropic.claude-…`, an inference profile `us.anthropic.…`, an ARN with either.
/// The ARN of an application's own profile says nothing of its model.
pub fn is_claude(model: &str) -> bool {
    model.contains("anthropic.") || model.contains("claude")
}

/// The path of `call`: Anthropic's protocol is `InvokeModel`, the whole id of the model one segment.
pub fn path(base: &str, call: &UpstreamCall<'_>) -> String {
    match call {
        UpstreamCall::Create { protocol: UpstreamProtocol::Anthropic, model, streams } => {
            let operation = if *streams { "invoke-with-response-stream" } else { "invoke" };
            format!("{base}/model/{}/{operation}", segment(model))
        }
        UpstreamCall::Count { model, .. } => format!("{base}/model/{}/count-tokens", segment(model)),
        call => upstream_path(base, call),
    }
}

/// The region in the name of one of Amazon's hosts: `bedrock-runtime.eu-west-1.amazonaws.com`, also of a VPC endpoint or a
/// host of `api.aws`.
pub fn region_of(host: &str) -> Option<&str> {
    host.split('.').find(|label| {
        let parts: Vec<&str> = label.split('-').collect();
        let words = parts.split_last().is_some_and(|(last, rest)| {
            last.len() == 1
                && last.bytes().all(|byte| byte.is_ascii_digit())
                && matches!(rest.len(), 2 | 3)
                && rest.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_lowercase()))
        });
        words && label.len() <= 25
    })
}

/// What a Messages body needs besides.
#[derive(Debug, Clone, Copy)]
pub struct Invoke<'a> {
    /// `anthropic_version`.
    pub version: &'a str,
    /// Features asked for in `anthropic-beta`.
    pub asked: &'a [&'a str],
    /// Those of them that may be sent.
    pub allowed: &'a [&'a str],
}

/// The body for `InvokeModel`: the client's bytes with these edits. `body` has passed [`crate::peek::peek`].
pub fn invoke(body: &[u8], with: Invoke<'_>, losses: &mut Losses) -> Result<Vec<u8>, Refused> {
    let mut fields: Vec<(Cow<'_, str>, Range<usize>)> = Vec::new();
    scan(body, |Field { key, value }| {
        let name = body.get(key.clone()).map_or(Cow::Borrowed(""), name);
        fields.push((name, key.start.saturating_sub(1)..value.end));
        Ok(())
    })
    .map_err(|_| Refused::malformed("", Flaw::NoMemberEnd))?;
    let has = |wanted: &str| fields.iter().any(|(name, _)| name == wanted);
    let mut inserted = Writer::default();
    if !has("anthropic_version") {
        inserted.key("anthropic_version").string(with.version);
    }
    let betas = betas(&with, losses);
    if !betas.is_empty() && !has("anthropic_beta") {
        inserted.key("anthropic_beta").array(|list| betas.iter().for_each(|beta| list.string(beta)));
    }
    Ok(splice(body, &fields, &inserted.into_bytes(), losses))
}

/// `body` with `inserted` in front, less the fields that do not travel.
fn splice(body: &[u8], fields: &[(Cow<'_, str>, Range<usize>)], inserted: &[u8], losses: &mut Losses) -> Vec<u8> {
    let piece = |range: Range<usize>| body.get(range).unwrap_or_default();
    let mut out = Vec::with_capacity(body.len() + inserted.len() + 1);
    let (start, end) = match (fields.first(), fields.last()) {
        (Some((_, first)), Some((_, last))) => (first.start, last.end),
        // An empty object: behind its bracket.
        _ => body.iter().position(|byte| *byte == b'{').map_or((0, 0), |at| (at + 1, at + 1)),
    };
    out.extend_from_slice(piece(0..start));
    out.extend_from_slice(inserted);
    let mut written = !inserted.is_empty();
    let mut before = start..start;
    let mut kept = false;
    for (name, range) in fields {
        if FIELDS.contains(&&**name) {
            if kept {
                out.extend_from_slice(piece(before.end..range.start));
            } else if written {
                out.push(b',');
            }
            out.extend_from_slice(piece(range.clone()));
            (kept, written) = (true, true);
        } else if !MOVED.contains(&&**name) {
            losses.dropped(shown(name).unwrap_or("a field").to_owned());
        }
        before = range.clone();
    }
    out.extend_from_slice(piece(end..body.len()));
    out
}

/// The features that may be sent, each once; the others are lost.
fn betas<'a>(with: &Invoke<'a>, losses: &mut Losses) -> Vec<&'a str> {
    let mut sent: Vec<&str> = Vec::new();
    for beta in with.asked {
        if !with.allowed.contains(beta) {
            losses.dropped(shown(beta).map_or("anthropic-beta".to_owned(), |beta| format!("anthropic-beta {beta}")));
        } else if !sent.contains(beta) {
            sent.push(beta);
        }
    }
    sent
}

/// A name that may be repeated in a header of ours.
fn shown(name: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (!name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(plain)).then_some(name)
}

/// A key of the top level, escapes resolved; one that is no text is no field we know.
fn name(key: &[u8]) -> Cow<'_, str> {
    if !key.contains(&b'\\') {
        return Cow::Borrowed(std::str::from_utf8(key).unwrap_or_default());
    }
    let quoted = [b"\"", key, b"\""].concat();
    serde_json::from_slice(&quoted).map_or(Cow::Borrowed(""), Cow::Owned)
}

#[cfg(test)]
mod tests;
