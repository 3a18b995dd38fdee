//! downgrade: the request without what this provider does not take; and, from its refusal, what that is.
//!
//! A provider that lacks nothing, which is most of them, costs nothing here.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use tokgate_wire::conversation::Losses;
use tokgate_wire::downgrade::{self, Lack, Lacks};
use tokgate_wire::protocol::UpstreamProtocol;

use super::context::Context;
use super::read::BufferedBytes;
use crate::gateway::Gateway;

/// The header in which Anthropic's clients ask for what is not released.
pub const BETA: HeaderName = HeaderName::from_static("anthropic-beta");

/// What goes to a provider in the place of what the client sent.
#[derive(Debug, Default)]
pub struct Changed {
    /// The body, its model's name included.
    pub body: Option<Bytes>,
    /// The body is in another protocol than the client's, and his headers mean nothing there.
    pub translated: bool,
    /// The header [`BETA`].
    pub betas: Betas,
    /// Gives the bytes of the body back when dropped.
    pub held: Option<BufferedBytes>,
}

impl Changed {
    /// A body in another protocol.
    pub fn translated(body: Bytes, held: BufferedBytes) -> Self {
        Self { body: Some(body), translated: true, betas: Betas::Unchanged, held: Some(held) }
    }

    /// Counts the body that was made among those held in memory; false when there is no room for it.
    pub fn count(&mut self, gateway: &Arc<Gateway>) -> bool {
        let Some(bytes) = self.body.as_ref().map(|body| body.len() as u64) else { return true };
        match &mut self.held {
            Some(held) => held.resize(bytes),
            held => {
                *held = BufferedBytes::take(gateway, bytes);
                held.is_some()
            }
        }
    }
}

/// What becomes of the header [`BETA`].
#[derive(Debug, Default)]
pub enum Betas {
    /// It goes on as it came.
    #[default]
    Unchanged,
    /// Only these values of it; none: it goes.
    Only(Option<HeaderValue>),
}

impl Betas {
    /// Changes the headers of a request.
    pub fn put_into(&self, headers: &mut HeaderMap) {
        match self {
            Self::Unchanged => {}
            Self::Only(None) => drop(headers.remove(BETA)),
            Self::Only(Some(left)) => drop(headers.insert(BETA, left.clone())),
        }
    }
}

/// What stays in a request whoever does not take it: its adapter's word.
pub fn kept(context: &Context) -> &[Lack] {
    context.adapter.as_ref().map_or(&[], |adapter| &adapter.rewrite.keep)
}

/// What a provider lacks: what is known of it, and what its refusals have taught, less what is `kept`.
pub fn lacks<'p>(known: &'p Lacks, learned: Option<&[Arc<str>]>, kept: &[Lack]) -> Cow<'p, Lacks> {
    if learned.is_none() && kept.is_empty() {
        return Cow::Borrowed(known);
    }
    let mut all = known.except(kept);
    for lack in learned.into_iter().flatten().filter_map(|text| Lack::parse(text).ok()) {
        if !kept.contains(&lack) {
            all.add(lack);
        }
    }
    Cow::Owned(all)
}

/// Takes what `lacks` names out of a request in `protocol`: out of the body that `changed` has, else of the client's.
pub fn request(
    context: &Context,
    body: &Bytes,
    protocol: UpstreamProtocol,
    lacks: &Lacks,
    model: Option<&str>,
    changed: &mut Changed,
) -> Losses {
    let mut losses = Losses::default();
    if lacks.is_empty() {
        return losses;
    }
    if protocol == UpstreamProtocol::Anthropic && !changed.translated {
        changed.betas = betas(context.headers.map(), lacks, &mut losses);
    }
    // A body that was changed before has its model's name already.
    let model = if changed.body.is_some() { None } else { model };
    let text = std::str::from_utf8(changed.body.as_ref().unwrap_or(body)).unwrap_or_default();
    if let Some(made) = downgrade::request(protocol, text, lacks, model) {
        changed.body = Some(made.body.into());
        losses.extend(&made.losses);
    }
    losses
}

fn betas(headers: &HeaderMap, lacks: &Lacks, losses: &mut Losses) -> Betas {
    let all = values(headers);
    let left: Vec<&str> = all.iter().copied().filter(|name| !lacks.beta(name)).collect();
    if left.len() == all.len() {
        return Betas::Unchanged;
    }
    for gone in all.iter().filter(|name| lacks.beta(name)) {
        losses.dropped(format!("{BETA}={gone}"));
    }
    Betas::Only((!left.is_empty()).then(|| HeaderValue::from_str(&left.join(",")).ok()).flatten())
}

/// The betas of a head.
fn values(headers: &HeaderMap) -> Vec<&str> {
    let lines = headers.get_all(BETA).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// What the answer `error` refuses of what was sent, in the words in which it is remembered.
pub fn refused(
    context: &Context,
    protocol: UpstreamProtocol,
    error: &[u8],
    sent: &[u8],
    changed: &Changed,
) -> Vec<Arc<str>> {
    let mut headers = HeaderMap::new();
    let betas = match &changed.betas {
        Betas::Only(left) => {
            headers.extend(left.iter().map(|left| (BETA, left.clone())));
            values(&headers)
        }
        Betas::Unchanged if changed.translated => Vec::new(),
        Betas::Unchanged => values(context.headers.map()),
    };
    let lacks = downgrade::refused(protocol, error, std::str::from_utf8(sent).unwrap_or_default(), &betas);
    lacks.iter().filter(|lack| !kept(context).contains(lack)).map(|lack| lack.to_string().into()).collect()
}
