//! Who issued the opaque reasoning in a conversation, and what of it a target may see.
//!
//! Signatures, encrypted reasoning and their like mean something to their issuer alone; anybody else refuses the request
//! that holds them. A conversation that changes provider therefore loses what is foreign on its way out, and gets it
//! back when it returns, as the client keeps all of it. Two things tell who issued a blob: the carrier that a translated
//! answer has put around it, and for genuine ones the memory of [`Issuers`].
//!
//! This is for a client and a provider of the same protocol, whose bytes otherwise pass as they are: what goes is cut out
//! of them. Translated requests ask [`Provenance::open`] while they are written.

mod anthropic;
pub mod blobs;
mod chat;
pub mod digest;
pub mod issuers;
mod responses;
pub mod scope;

pub use issuers::Issuers;

use crate::conversation::Losses;
use crate::json::Fault;
use crate::protocol::Protocol;
use crate::splice::Edits;
use crate::translate::carrier::{self, Carried};

/// What one target may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance<'f> {
    /// Whose opaque data it understands: [`scope::of`].
    pub scope: u64,
    /// Of the genuine blobs of this request those that are not its own.
    pub foreign: Foreign<'f>,
}

/// Genuine blobs that are somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign<'f> {
    /// Those of these digests, sorted. Of which nobody knows who issued it is taken for the target's own: after a
    /// restart that is nearly always so.
    Known(&'f [u64]),
    /// All: the target has said that it cannot verify one.
    All,
}

impl From<u64> for Provenance<'_> {
    /// A target of this scope, and no genuine blob known to be foreign.
    fn from(scope: u64) -> Self {
        Self { scope, foreign: Foreign::Known(&[]) }
    }
}

impl Provenance<'_> {
    /// What a field that may hold a blob holds for this target.
    pub fn open(&self, text: &str) -> Carried {
        match carrier::open(text, self.scope) {
            Carried::Genuine if self.is_foreign(text) => Carried::Foreign,
            opened => opened,
        }
    }

    fn is_foreign(&self, genuine: &str) -> bool {
        match self.foreign {
            Foreign::All => true,
            Foreign::Known([]) => false,
            // A list (`reasoning_details`) is as foreign as what stands in it.
            Foreign::Known(known) if genuine.starts_with('[') => {
                let mut inside = blobs::digests(Protocol::OpenaiChat, genuine.as_bytes()).into_iter();
                inside.any(|blob| known.binary_search(&blob).is_ok())
            }
            Foreign::Known(known) => known.binary_search(&digest::of(genuine)).is_ok(),
        }
    }
}

/// What has to change in a body.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What is cut out or put back.
    pub edits: Edits,
    /// What the target does not get.
    pub losses: Losses,
}

/// What of `body`, a request in `protocol`, must change before a target of that protocol may see it. Fails for what is no
/// JSON, which has no blobs for anyone.
pub fn change(protocol: Protocol, body: &str, target: &Provenance<'_>) -> Result<Change, Fault> {
    let mut change = Change::default();
    match protocol {
        Protocol::Anthropic => anthropic::change(body, target, &mut change)?,
        Protocol::OpenaiChat => chat::change(body, target, &mut change)?,
        Protocol::OpenaiResponses => responses::change(body, target, &mut change)?,
    }
    Ok(change)
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
