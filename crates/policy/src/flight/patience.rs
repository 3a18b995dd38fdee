//! How much less than usual is waited for a provider that is asked although it is left alone: one that is dead shall be
//! told of soon, where there is nobody else to ask.

use std::time::Duration;

/// Until a connection stands. A packet that is lost is sent again after a second (RFC 6298), and the round trips of TCP
/// and TLS take less than another from anywhere.
const CONNECTION: Duration = Duration::from_secs(2);

/// Until the first event of a stream. The longest prompts are read in less; what a proxy in between says when it has
/// waited in vain comes after a minute or more.
const FIRST_BYTE: Duration = Duration::from_secs(30);

/// Upper bounds of what is waited, over the configured ones. The time of an answer that is not streamed has none: all of it
/// may be generated, and billed, by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until a connection stands.
    pub connection: Duration,
    /// Until the first event of a stream.
    pub first_byte: Duration,
    /// Failures in a row that it comes from.
    pub failures: u32,
}

impl Patience {
    /// With a provider that has failed so often in a row and is left alone for it.
    pub(crate) const fn after(failures: u32) -> Self {
        Self { connection: CONNECTION, first_byte: FIRST_BYTE, failures }
    }
}
