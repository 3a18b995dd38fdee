//! Anthropic's two sorts of opaque reasoning in the one opaque text that an event or a carrier has.
//!
//! A signature stands as it is; the data of a redacted block is marked, so that it comes back as one. Neither holds a
//! colon, being base64.

use crate::conversation::OpaqueKind;

/// Marks redacted data.
const REDACTED: &str = "redacted_thinking:";

/// Redacted data as an event carries it.
pub(super) fn redacted(data: &str) -> String {
    format!("{REDACTED}{data}")
}

/// What an event or carrier of this protocol holds.
pub(super) fn split(data: &str) -> (OpaqueKind, &str) {
    match data.strip_prefix(REDACTED) {
        Some(data) => (OpaqueKind::AnthropicRedacted, data),
        None => (OpaqueKind::AnthropicSignature, data),
    }
}
