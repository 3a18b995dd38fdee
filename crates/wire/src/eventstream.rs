//! `application/vnd.amazon.eventstream`, in which Amazon Bedrock streams: frames of headers and a payload under two
//! checksums; and the way from there to server-sent events, which everything else reads.
//!
//! A frame is `total length u32 | headers length u32 | prelude CRC u32 | headers | payload | message CRC u32`, big
//! endian. The checksums are CRC-32 (IEEE): of the first eight bytes, and of all before the last four. Sources: the
//! Smithy specification, "Amazon Event Stream"; botocore `eventstream.py` for the limits.

use std::fmt;

use crate::defect::Defect;

mod decoder;
mod exception;
mod message;
mod sse;

pub use decoder::Decoder;
pub use exception::Exception;
pub use message::{Message, Value, encode};
pub use sse::{Operation, SseAdapter};

/// Longest headers of a frame; botocore reads no longer ones.
pub const MAX_HEADERS: usize = 128 << 10;
/// Longest payload of a frame; botocore reads no longer ones.
pub const MAX_PAYLOAD: usize = 24 << 20;

/// Two lengths and their checksum.
const PRELUDE: usize = 12;
/// A checksum.
const CRC: usize = 4;

/// Why the stream cannot be read on. Nothing behind a fault is read: there is no mark to find the next frame by. The
/// upstream's or the way's fault; another attempt may do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The lengths of a frame contradict each other or the limits.
    Lengths,
    /// The checksum over the lengths is wrong.
    PreludeChecksum,
    /// The checksum over the frame is wrong.
    MessageChecksum,
    /// The headers are not what the format says.
    Headers,
    /// The payload is not what Bedrock sends in this event.
    Payload,
    /// The stream ended inside a frame.
    Cut,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Defect::from(*self).fmt(f)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests;
