//! What a well-behaved provider says: content, usage figures and the pace of delivery, the same for all
//! protocols. How it looks on the wire is in the file of each protocol.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::coding::Coding;

/// Text of an answer nobody scripted.
pub const DEFAULT_TEXT: &str = "Hello from the simulator: this answer has just enough words to be cut in the middle.";

/// One part of an answer, in the order in which it is streamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Visible text.
    Text(String),
    /// Reasoning with its opaque signature (Anthropic `signature`, Responses `encrypted_content`).
    Thinking {
        /// The readable reasoning; may be empty.
        text: String,
        /// Opaque bytes that the client must send back unchanged.
        signature: String,
    },
    /// A tool call. Several in a row are parallel calls.
    Tool {
        /// Name of a tool that the client declared.
        name: String,
        /// The arguments object.
        arguments: Value,
        /// The call id; made up when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
}

/// Token figures. `input` leaves cached tokens out; each protocol adds them where its own rule says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Usage {
    /// Input tokens that were neither read from nor written to a cache.
    pub input: u64,
    /// Input tokens read from the cache.
    pub cache_read: u64,
    /// Input tokens written to the cache.
    pub cache_write: u64,
    /// Output tokens, reasoning included.
    pub output: u64,
    /// Reasoning tokens.
    pub reasoning: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self { input: 120, cache_read: 0, cache_write: 0, output: 24, reasoning: 0 }
    }
}

impl Usage {
    /// Every input token, cached ones included.
    pub fn input_total(&self) -> u64 {
        self.input.saturating_add(self.cache_read).saturating_add(self.cache_write)
    }
}

/// A good answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answer {
    /// The content, in order.
    pub pieces: Vec<Piece>,
    /// Token figures.
    pub usage: Usage,
    /// Deltas per piece; 0 means one per word.
    pub chunks: usize,
    /// Wait before the response head, in milliseconds.
    pub first_byte_ms: u64,
    /// Wait before every generated event, in milliseconds.
    pub gap_ms: u64,
    /// A ping (Anthropic event, else SSE comment) after every so many events; 0 means none.
    pub ping_every: usize,
    /// Padding bytes before the answer: an SSE comment, or white space before a JSON body.
    pub padding: usize,
    /// Size of the pieces the body is written in; 0 means one write per event.
    pub write_bytes: usize,
    /// The stop reason in the protocol's own words; derived from the pieces when absent.
    pub stop: Option<String>,
    /// Further response headers.
    pub headers: Vec<(String, String)>,
    /// A content-encoding for the body, flushed after every write.
    pub coding: Option<Coding>,
}

impl Default for Answer {
    fn default() -> Self {
        Self::text(DEFAULT_TEXT)
    }
}

impl Answer {
    /// An answer of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(vec![Piece::Text(text.into())])
    }

    /// An answer of these pieces, delivered at once, with default figures.
    pub fn of(pieces: Vec<Piece>) -> Self {
        Self {
            pieces,
            usage: Usage::default(),
            chunks: 0,
            first_byte_ms: 0,
            gap_ms: 0,
            ping_every: 0,
            padding: 0,
            write_bytes: 0,
            stop: None,
            headers: Vec::new(),
            coding: None,
        }
    }

    /// Adds a tool call.
    #[must_use]
    pub fn tool(mut self, name: impl Into<String>, arguments: Value) -> Self {
        self.pieces.push(Piece::Tool { name: name.into(), arguments, id: None });
        self
    }

    /// Puts reasoning in front.
    #[must_use]
    pub fn thinking(mut self, text: impl Into<String>, signature: impl Into<String>) -> Self {
        self.pieces.insert(0, Piece::Thinking { text: text.into(), signature: signature.into() });
        self
    }

    /// Replaces the token figures.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Whether any piece is a tool call.
    pub(crate) fn calls_tools(&self) -> bool {
        self.pieces.iter().any(|p| matches!(p, Piece::Tool { .. }))
    }

    /// The concatenated visible text.
    pub(crate) fn visible(&self) -> String {
        self.pieces.iter().filter_map(|p| if let Piece::Text(t) = p { Some(t.as_str()) } else { None }).collect()
    }
}

/// Text cut into `chunks` nearly equal parts at character borders, or into words when `chunks` is 0.
/// The parts put together are the text; an empty text has no parts.
pub(crate) fn deltas(text: &str, chunks: usize) -> Vec<&str> {
    if text.is_empty() {
        return Vec::new();
    }
    if chunks == 0 {
        return text.split_inclusive(' ').collect();
    }
    let (mut parts, mut rest) = (Vec::with_capacity(chunks), text);
    for left in (1..=chunks).rev() {
        let mut cut = rest.len().div_ceil(left);
        while !rest.is_char_boundary(cut) {
            cut += 1;
        }
        let (head, tail) = rest.split_at(cut);
        if !head.is_empty() {
            parts.push(head);
        }
        rest = tail;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_put_together_are_the_text() {
        for text in ["", "a", "some words here", "héllo 世界 👩‍👩‍👧", "  lead and trail  "] {
            for chunks in [0, 1, 2, 3, 7, 100] {
                assert_eq!(deltas(text, chunks).concat(), text);
            }
        }
        assert_eq!(deltas("abcdef", 3), ["ab", "cd", "ef"]);
    }
}
