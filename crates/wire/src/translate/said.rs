//! Whether a request says anything. What nobody here knows is left out of a conversation and noted; where nothing else is
//! left to be answered, something would have to be made up, so the request is refused.

use crate::conversation::{Impossible, Part, Refused, Request, Role, Turn};
use crate::json::{Flaw, Reader};
use crate::protocol::Protocol;

/// Refuses a request of `from`, read from `body`, that says nothing, or ends with what cannot be said.
pub(crate) fn check(from: Protocol, body: &str, request: &Request<'_>) -> Result<(), Refused> {
    let is_instruction = |turn: &&Turn<'_>| matches!(turn.role, Role::System | Role::Developer);
    let last = request.turns.iter().rfind(|turn| !is_instruction(turn) && !turn.parts.is_empty());
    match last.map(|turn| turn.parts.as_slice()) {
        Some(parts) if parts.iter().any(says) => unknown_at_end(body, parts),
        Some(parts) => Err(unknown(body, parts).unwrap_or_else(|| Refused::malformed(list(from), Flaw::Empty))),
        // Instructions alone are a question to some clients, and no request in Anthropic's protocol.
        None if from != Protocol::Anthropic && request.turns.iter().any(|turn| turn.parts.iter().any(says)) => Ok(()),
        None if request.compaction.is_some() => Ok(()),
        None => Err(Refused::malformed(list(from), Flaw::Empty)),
    }
}

/// Refuses a turn whose last part is one that nobody here knows: it is what asks for the answer.
fn unknown_at_end(body: &str, parts: &[Part<'_>]) -> Result<(), Refused> {
    match parts.last() {
        Some(last) if !says(last) => unknown(body, std::slice::from_ref(last)).map_or(Ok(()), Err),
        _ => Ok(()),
    }
}

/// The first part that nobody here knows.
fn unknown(body: &str, parts: &[Part<'_>]) -> Option<Refused> {
    parts.iter().find_map(|part| match part {
        Part::Other { value, readable: None, .. } => {
            Some(Refused::at(Reader::new(body).place_of(value), Impossible::Type))
        }
        _ => None,
    })
}

/// Whether a part has something to be said in another protocol.
fn says(part: &Part<'_>) -> bool {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => !text.is_blank(),
        Part::Other { readable, .. } => readable.as_ref().is_some_and(|text| !text.is_blank()),
        _ => true,
    }
}

/// Where a conversation stands.
const fn list(from: Protocol) -> &'static str {
    match from {
        Protocol::Anthropic | Protocol::OpenaiChat => "messages",
        Protocol::OpenaiResponses => "input",
    }
}
