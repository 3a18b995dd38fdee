//! provenance: opaque reasoning goes to its issuer alone. A request that passes unchanged is searched for what somebody
//! else issued, and loses it; answers that pass teach who issued what. Of translated answers the reasoning is kept for
//! clients that do not send it back.

use std::sync::Arc;

use bytes::Bytes;
use tokgate_wire::conversation::Losses;
use tokgate_wire::protocol::Protocol;
use tokgate_wire::provenance::{Foreign, Provenance, blobs, change};
use tokgate_wire::translate::recall::Thoughts;

use super::read::RequestBody;
use crate::clock;
use crate::gateway::Gateway;

/// Of the genuine blobs in a request those that a target of `scope` did not issue. Costs nothing as long as everything
/// that passed by was issued by that target.
pub fn foreign(gateway: &Gateway, protocol: Protocol, body: &[u8], scope: u64) -> Vec<u64> {
    if !gateway.issuers().lock().knows_others(scope) {
        return Vec::new();
    }
    let blobs = blobs::digests(protocol, body);
    gateway.issuers().lock().foreign(scope, blobs)
}

/// A target could not verify one of the blobs that it was sent; whether it was sent any.
pub fn doubt(gateway: &Gateway, protocol: Protocol, sent: &[u8]) -> bool {
    let blobs = blobs::digests(protocol, sent);
    gateway.issuers().lock().doubt(clock::since_start(clock::now()), &blobs);
    !blobs.is_empty()
}

/// The body for a target that speaks the client's `protocol`, its model's name included, and what it does not get;
/// `None`: it may see all of it.
pub fn request(
    protocol: Protocol,
    body: &RequestBody,
    target: &Provenance<'_>,
    model: Option<&str>,
) -> Option<(Bytes, Losses)> {
    let clean = target.foreign == Foreign::Known(&[]) && !blobs::may_hold_carrier(&body.bytes);
    if clean {
        return None;
    }
    let text = simdutf8::basic::from_utf8(&body.bytes).ok()?;
    // What is no JSON goes on as it is, and the provider says so.
    let mut changed = change(protocol, text, target).ok()?;
    if changed.edits.is_empty() {
        return None;
    }
    if let (Some(model), Some((_, span))) = (model, &body.model) {
        changed.edits.replace(span.clone(), serde_json::to_string(model).unwrap_or_default());
    }
    Some((changed.edits.apply(text).into(), changed.losses))
}

/// Keeps what of an answer must not be forgotten.
pub struct Witness {
    gateway: Arc<Gateway>,
    what: What,
}

enum What {
    /// It passes: who issued the blobs in it.
    Issued { protocol: Protocol, scope: u64 },
    /// It is translated: the reasoning of this caller's tool calls, for when they come back without.
    Thought { caller: Box<str> },
}

impl Witness {
    /// Of an answer in `protocol` by a target of `scope`, which passes unchanged.
    pub fn of_issued(gateway: Arc<Gateway>, protocol: Protocol, scope: u64) -> Self {
        Self { gateway, what: What::Issued { protocol, scope } }
    }

    /// Of a translated answer to `caller`.
    pub fn of_thoughts(gateway: Arc<Gateway>, caller: &str) -> Self {
        Self { gateway, what: What::Thought { caller: caller.into() } }
    }

    /// Remembers who issued the blobs in these bytes: whole events, or a whole body.
    pub fn see(&self, bytes: &[u8]) {
        let What::Issued { protocol, scope } = &self.what else { return };
        let blobs = blobs::digests(*protocol, bytes);
        if !blobs.is_empty() {
            self.gateway.issuers().lock().learn(clock::since_start(clock::now()), *scope, &blobs);
        }
    }

    /// Keeps the reasoning of a complete answer.
    pub fn keep(&self, thoughts: Option<Thoughts>) {
        if let (What::Thought { caller }, Some(thoughts)) = (&self.what, thoughts) {
            self.gateway.recall().lock().keep(clock::since_start(clock::now()), caller, thoughts);
        }
    }
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Witness")
    }
}
