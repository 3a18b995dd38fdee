//! Requests for providers that speak the client's protocol, but an older or narrower form of it.
//!
//! What a provider lacks is data ([`Lack`]): facts of its [`Dialect`](crate::translate::Dialect), words of the
//! configuration, or what its own refusals taught. A request is changed at these places and nowhere else: every other
//! byte goes on as the client wrote it. What was changed is reported, as a translation's losses are.

mod cap;
mod fields;
mod lack;
mod refusal;
mod roles;
mod thinking;

#[cfg(test)]
mod tests;

pub use cap::{cap, output_max};
pub use lack::{BadLack, FieldPath, LACKS_MAX, Lack, Lacks};
pub use refusal::refused;

use crate::conversation::Losses;
use crate::json::Outline;
use crate::protocol::UpstreamProtocol;
use crate::splice::Edits;

/// A request as a provider with lacks takes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Downgraded {
    /// The body.
    pub body: Vec<u8>,
    /// What became of what the provider lacks.
    pub losses: Losses,
}

/// Changes `body`, which the structural scan accepted, to what a provider with `lacks` takes, and its model to `model`
/// when given. `None`: nothing of it is in the body, and it goes on as it is.
pub fn request(protocol: UpstreamProtocol, body: &str, lacks: &Lacks, model: Option<&str>) -> Option<Downgraded> {
    let mut losses = Losses::default();
    // Roles first: they move content, in which fields may have to go as well.
    let folded = roles::fold(protocol, &Outline::of(body)?, lacks, &mut losses);
    let body = folded.as_deref().unwrap_or(body);
    let outline = Outline::of(body)?;
    let mut edits = Edits::default();
    let thinking = match protocol {
        UpstreamProtocol::Anthropic if lacks.has(&Lack::AdaptiveThinking) => {
            thinking::bound(&outline, &mut edits, &mut losses)
        }
        _ => None,
    };
    let limit = match protocol {
        UpstreamProtocol::OpenaiChat => fields::rename_limit(&outline, lacks, &mut edits, &mut losses),
        _ => None,
    };
    let gone: Vec<&str> = thinking.into_iter().chain(limit).collect();
    fields::cut(&outline, lacks, &gone, &mut edits, &mut losses);
    if edits.is_empty() && folded.is_none() {
        return None;
    }
    if let (Some(model), Some(asked)) = (model, outline.member("model")) {
        edits.replace(asked.value.clone(), serde_json::to_string(model).unwrap_or_default());
    }
    Some(Downgraded { body: edits.apply(body), losses })
}
