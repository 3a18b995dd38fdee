//! What a connection remembers: the whole conversation behind each of its last answers, so that a request that only
//! names one can be sent in full to any provider.

use std::collections::VecDeque;

use bytes::Bytes;

/// Answers remembered. A client goes on from its last one; lanes and forks each from one of their own.
pub const RESPONSES_MAX: usize = 16;

/// Bytes remembered: as much as one request may have by default. A conversation beyond it is not remembered, and its
/// client sends it in full each time.
pub const BYTES_MAX: usize = 64 << 20;

/// One answer and all that was said before it: JSON items with commas between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// All that went in.
    pub input: Bytes,
    /// What came out.
    pub output: Bytes,
}

impl Turn {
    /// Both parts as text. They were made of text.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &str> {
        [&self.input, &self.output].into_iter().map(|bytes| std::str::from_utf8(bytes).unwrap_or_default())
    }

    /// Bytes of it.
    pub fn len(&self) -> usize {
        self.input.len() + self.output.len()
    }

    /// Nothing was said.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The last answers of a connection.
#[derive(Debug, Default)]
pub struct History {
    /// The latest last.
    turns: VecDeque<(Box<str>, Turn)>,
    bytes: usize,
}

impl History {
    /// The answer of this id.
    pub fn get(&self, id: &str) -> Option<&Turn> {
        self.turns.iter().rev().find(|(known, _)| **known == *id).map(|(_, turn)| turn)
    }

    /// Remembers one; forgets the oldest where the bounds say so.
    pub fn put(&mut self, id: &str, turn: Turn) {
        self.turns.retain(|(known, _)| **known != *id);
        self.bytes = self.turns.iter().map(|(_, turn)| turn.len()).sum::<usize>() + turn.len();
        self.turns.push_back((id.into(), turn));
        while self.turns.len() > RESPONSES_MAX || self.bytes > BYTES_MAX {
            self.forget_oldest();
        }
    }

    /// Forgets the oldest.
    pub fn forget_oldest(&mut self) {
        let oldest = self.turns.pop_front();
        self.bytes -= oldest.map_or(0, |(_, turn)| turn.len());
    }

    /// Bytes remembered.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}
