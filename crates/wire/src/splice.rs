//! Changes at places of a text: what goes on but for a few values stays byte for byte what it was.
//!
//! A list is walked once and its elements noted with whether they stay; what goes takes one comma along.

use std::ops::Range;

/// Changes to one text, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts `with` in the place of what stands at `at`, in bytes.
    pub fn replace(&mut self, at: Range<usize>, with: impl Into<String>) {
        self.0.push((at, with.into()));
    }

    /// Takes out the elements of `list` that go.
    pub fn remove(&mut self, list: &Elements) {
        let elements = &list.0;
        let stays = |(_, goes): &&(Range<usize>, bool)| !goes;
        let last_kept = elements.iter().rposition(|element| stays(&element));
        for (number, (span, goes)) in elements.iter().enumerate() {
            if !goes {
                continue;
            }
            match (elements.get(number + 1), last_kept) {
                // With the comma behind it.
                (Some((next, _)), Some(kept)) if number < kept => self.replace(span.start..next.start, ""),
                // The first of those behind the last that stays: with the comma before it.
                (_, Some(kept)) if number == kept + 1 => {
                    let begin = elements.get(kept).map_or(span.start, |(kept, _)| kept.end);
                    self.replace(begin..list.end(), "");
                }
                (_, None) if number == 0 => self.replace(span.start..list.end(), ""),
                _ => {}
            }
        }
    }

    /// Takes over changes to the same text.
    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// What stands where, and what comes in its place, in the order of the text.
    pub fn all(&self) -> Vec<(Range<usize>, &str)> {
        let mut all: Vec<(Range<usize>, &str)> = self.0.iter().map(|(at, with)| (at.clone(), &**with)).collect();
        all.sort_by_key(|(at, _)| at.start);
        all
    }

    /// Whether nothing changes.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changed text. Of changes that overlap the one that begins first counts.
    pub fn apply(mut self, text: &str) -> Vec<u8> {
        self.0.sort_by_key(|(at, _)| at.start);
        let added: usize = self.0.iter().map(|(_, with)| with.len()).sum();
        let mut changed = Vec::with_capacity(text.len() + added);
        let mut done = 0;
        for (at, with) in self.0.iter().filter(|(at, _)| at.end <= text.len()) {
            if at.start < done {
                continue;
            }
            changed.extend_from_slice(text.as_bytes().get(done..at.start).unwrap_or_default());
            changed.extend_from_slice(with.as_bytes());
            done = at.end;
        }
        changed.extend_from_slice(text.as_bytes().get(done..).unwrap_or_default());
        changed
    }
}

/// The elements of an array, or the members of an object from the quote of their name on, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elements(Vec<(Range<usize>, bool)>);

impl Elements {
    /// The next one: where it stands, without comma and space around it, and whether it goes.
    pub fn push(&mut self, at: Range<usize>, goes: bool) {
        self.0.push((at, goes));
    }

    /// How many stay.
    pub fn kept(&self) -> usize {
        self.0.iter().filter(|(_, goes)| !goes).count()
    }

    /// How many go.
    pub fn gone(&self) -> usize {
        self.0.len() - self.kept()
    }

    fn end(&self) -> usize {
        self.0.last().map_or(0, |(span, _)| span.end)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn without(text: &str, goes: impl Fn(usize) -> bool) -> String {
        let mut list = Elements::default();
        let digits = text.char_indices().filter(|(_, c)| c.is_ascii_digit());
        for (number, (at, _)) in digits.enumerate() {
            list.push(at..at + 1, goes(number));
        }
        let mut edits = Edits::default();
        edits.remove(&list);
        String::from_utf8(edits.apply(text)).unwrap()
    }

    #[test]
    fn what_goes_takes_one_comma_along_and_what_stays_keeps_its_space() {
        let text = "[ 1 , 2,3 ]";
        assert_eq!(without(text, |at| at == 0), "[ 2,3 ]");
        assert_eq!(without(text, |at| at == 1), "[ 1 , 3 ]");
        assert_eq!(without(text, |at| at == 2), "[ 1 , 2 ]");
        assert_eq!(without(text, |at| at != 1), "[ 2 ]");
        assert_eq!(without(text, |at| at != 0), "[ 1 ]");
        assert_eq!(without(text, |_| true), "[  ]");
        assert_eq!(without(text, |_| false), text);
    }

    #[test]
    fn of_changes_that_overlap_the_first_counts_and_none_reaches_beyond_the_text() {
        let mut edits = Edits::default();
        edits.replace(2..4, "x");
        edits.replace(0..3, "y");
        edits.replace(5..9, "z");
        assert_eq!(edits.apply("abcdef"), b"ydef");
    }

    proptest! {
        #[test]
        fn whatever_goes_the_rest_is_a_list(goes in prop::collection::vec(any::<bool>(), 0..9)) {
            let items: Vec<String> = (0..goes.len()).map(|number| number.to_string()).collect();
            let text = format!("[{}]", items.join(" , "));
            let left: Vec<usize> = serde_json::from_str(&without(&text, |at| goes[at])).unwrap();
            let wanted: Vec<usize> = (0..goes.len()).filter(|at| !goes[*at]).collect();
            prop_assert_eq!(left, wanted);
        }
    }
}
