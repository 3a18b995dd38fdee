//! decode: a body in a content-encoding, made plain piece by piece: what a client sends, and what an upstream answers
//! although `identity` was asked for. What can be decoded is given out at once, so that an event waits for no other.
//!
//! Not for the transport: chunks and trailers are hyper's. Nothing here compresses.

mod body;
mod gzip;
mod machine;

use std::fmt;

use bytes::{Buf, Bytes};
use http::{HeaderMap, header};

use crate::i18n::{Text, faults};
pub use body::{Decoded, plain};
use machine::Machine;

/// The encodings understood, as they are named in `accept-encoding`.
pub const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// Decoded bytes allowed for each encoded one. JSON and event streams reach 10 to 30; a bomb reaches 1 000.
const RATIO_MAX: u64 = 100;

/// Decoded bytes for which the ratio is not looked at: a small body of one repeated word is no bomb.
const RATIO_FLOOR: u64 = 1 << 20;

/// Decoded bytes given out at once: what a socket takes in one or two writes.
const PIECE: usize = 64 << 10;

/// Characters of an unknown encoding that are shown; the header itself may be far longer.
const SHOWN_MAX: usize = 64;

/// A content-encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950, and the bare RFC 1951 that some servers mean by it.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// A `content-encoding` that nobody here can undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Not one of [`ACCEPTED`].
    Unknown(String),
    /// Several on top of each other.
    Stacked(String),
}

impl Coding {
    /// What the headers say; `None` when the body is plain.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Unreadable> {
        if headers.get(header::CONTENT_ENCODING).is_none() {
            return Ok(None);
        }
        let values = headers.get_all(header::CONTENT_ENCODING).iter();
        let names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let names: Vec<&[u8]> =
            names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity")).collect();
        match names[..] {
            [] => Ok(None),
            [name] => Self::named(name).map(Some).ok_or_else(|| Unreadable::Unknown(shown(name))),
            [..] => Err(Unreadable::Stacked(shown(&names.join(&b", "[..])))),
        }
    }

    fn named(name: &[u8]) -> Option<Self> {
        Some(match &*name.to_ascii_lowercase() {
            b"gzip" | b"x-gzip" => Self::Gzip,
            b"deflate" => Self::Deflate,
            b"br" => Self::Brotli,
            b"zstd" => Self::Zstd,
            _ => return None,
        })
    }

    /// Its name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Decoded bytes that a decoder keeps to refer back to, at most.
    pub fn window(self) -> u64 {
        match self {
            // RFC 1951: the longest distance there is.
            Self::Gzip | Self::Deflate => 32 << 10,
            // RFC 7932: 24 bits; the large windows beyond it are refused.
            Self::Brotli => 16 << 20,
            Self::Zstd => 1 << machine::ZSTD_WINDOW_LOG,
        }
    }
}

/// A header's bytes for a message: printable, and not too many.
fn shown(name: &[u8]) -> String {
    let visible = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '?' };
    name.iter().take(SHOWN_MAX).map(visible).collect()
}

impl Unreadable {
    /// In words.
    pub fn text(&self) -> Text {
        match self {
            Self::Unknown(name) => Text::new(&faults::CODING_UNKNOWN).with("coding", name),
            Self::Stacked(names) => Text::new(&faults::CODINGS_STACKED).with("coding", names),
        }
    }
}

/// Why decoding cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The bytes are not what the encoding allows.
    Invalid,
    /// They end before the encoding's own end.
    Short,
    /// They grow beyond what text grows.
    Bomb,
    /// They may refer back further than is kept: see [`Coding::window`].
    Window,
}

impl Failure {
    /// The cause in a few words.
    pub fn text(self, coding: Coding) -> Text {
        let message = match self {
            Self::Invalid => &faults::DATA_DAMAGED,
            Self::Short => &faults::DATA_SHORT,
            Self::Bomb => &faults::DATA_BOMB,
            Self::Window => &faults::DATA_WINDOW,
        };
        Text::new(message).with("coding", coding.name())
    }
}

/// One body being decoded: fed with pieces as they come, asked for what they give.
pub struct Decoder {
    coding: Coding,
    machine: Machine,
    /// What was fed and not yet taken in.
    input: Bytes,
    /// Room for one piece, used again and again.
    room: Vec<u8>,
    /// Encoded bytes taken in, decoded bytes given out.
    taken: u64,
    given: u64,
    /// How it failed: there is no way on from there.
    failed: Option<Failure>,
}

impl Decoder {
    /// At the beginning of a body.
    pub fn new(coding: Coding) -> Self {
        Self {
            coding,
            machine: Machine::new(coding),
            input: Bytes::new(),
            room: Vec::with_capacity(PIECE),
            taken: 0,
            given: 0,
            failed: None,
        }
    }

    /// The encoding.
    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// Takes further encoded bytes. Ask [`Self::give`] until it has nothing left before feeding more.
    pub fn feed(&mut self, input: Bytes) {
        debug_assert!(self.input.is_empty(), "what was fed before has not been asked for");
        self.input = input;
    }

    /// The next decoded bytes; `None` when everything that was fed has been decoded.
    pub fn give(&mut self) -> Result<Option<Bytes>, Failure> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        let piece = self.piece();
        self.failed = piece.as_ref().err().copied();
        piece
    }

    fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            self.room.clear();
            let taken = self.machine.step(&self.input, &mut self.room)?;
            self.input.advance(taken.min(self.input.len()));
            self.taken += taken as u64;
            self.given += self.room.len() as u64;
            if self.given > RATIO_FLOOR.max(self.taken.saturating_mul(RATIO_MAX)) {
                return Err(Failure::Bomb);
            }
            if !self.room.is_empty() {
                return Ok(Some(Bytes::copy_from_slice(&self.room)));
            }
            match (taken, self.input.is_empty()) {
                (_, true) => return Ok(None),
                // It neither takes nor gives: nothing may stand behind the encoding's end.
                (0, false) => return Err(Failure::Invalid),
                (_, false) => {}
            }
        }
    }

    /// Nothing more comes: whether the encoding has come to its own end.
    pub fn finish(&self) -> Result<(), Failure> {
        match self.failed {
            Some(failure) => Err(failure),
            None if self.input.is_empty() && self.machine.is_whole() => Ok(()),
            None => Err(Failure::Short),
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { coding, taken, given, failed, .. } = self;
        write!(f, "Decoder({coding:?}, {taken} -> {given}, {failed:?})")
    }
}

#[cfg(test)]
mod tests;
