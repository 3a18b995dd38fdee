//! The two sorts of opaque reasoning in the one opaque text that an event or a carrier has. Both are base64, which has no
//! colon.

/// What an opaque text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// `reasoningText.signature`
    Signature,
    /// `redactedContent`
    Redacted,
}

const MARKS: [(Sort, &str); 2] = [(Sort::Signature, "signature:"), (Sort::Redacted, "redacted:")];

/// Opaque data as an event carries it.
pub(super) fn marked(sort: Sort, data: &str) -> String {
    let mark = MARKS.iter().find(|(known, _)| *known == sort).map_or("", |(_, mark)| mark);
    format!("{mark}{data}")
}

/// What an event or carrier holds; `None`: nothing of this protocol.
pub(super) fn split(data: &str) -> Option<(Sort, &str)> {
    MARKS.iter().find_map(|(sort, mark)| Some((*sort, data.strip_prefix(mark)?))).filter(|(_, data)| !data.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opaque_data_comes_back_as_what_it_was() {
        for (sort, _) in MARKS {
            assert_eq!(split(&marked(sort, "c2ln")), Some((sort, "c2ln")));
        }
        assert_eq!(split("c2ln"), None);
        assert_eq!(split("redacted:"), None);
    }
}
