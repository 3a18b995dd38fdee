//! Thought signatures in the one opaque text that an event or a carrier has.
//!
//! A signature belongs to the part it came with; which that was is marked, as the part may be of another kind than the
//! reasoning that carries the signature. Being base64, a signature has no colon.

/// What a signature stood at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Readable reasoning.
    Thought,
    /// A text, or nothing at all.
    Text,
    /// The call that comes next.
    Call,
}

const MARKS: [(Place, &str); 3] = [(Place::Thought, "thought:"), (Place::Text, "text:"), (Place::Call, "call:")];

/// A signature as an event carries it.
pub(super) fn marked(place: Place, signature: &str) -> String {
    let mark = MARKS.iter().find(|(known, _)| *known == place).map_or("", |(_, mark)| mark);
    format!("{mark}{signature}")
}

/// What an event or carrier holds; `None`: no signature of this protocol.
pub(super) fn split(data: &str) -> Option<(Place, &str)> {
    MARKS.iter().find_map(|(place, mark)| Some((*place, data.strip_prefix(mark)?))).filter(|(_, text)| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_comes_back_with_its_place() {
        for (place, _) in MARKS {
            assert_eq!(split(&marked(place, "c2ln")), Some((place, "c2ln")));
        }
        assert_eq!(split("c2ln"), None);
        assert_eq!(split("call:"), None);
    }
}
