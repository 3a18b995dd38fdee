//! Reasoning that begins the text of an answer, between `<think>` and `</think>`, told apart from what follows.
//!
//! Nothing is held back but what may still become a tag, and the whitespace before it: pieces come out as they come in,
//! and are the same however the text was cut.

use std::borrow::Cow;

use crate::json::{Text, Writer};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";
/// Most whitespace before the tag; with more, the answer is taken to have begun without one.
const BLANK_MAX: usize = 64;

/// Where in its text the answer is.
#[derive(Debug, Default)]
pub(super) enum ThinkTags {
    /// There was nothing but whitespace (as inside a JSON string), then so many characters of the first tag.
    Before { blank: String, matched: usize },
    /// In between; so many characters of the last tag have come. The whitespace belongs to the text behind it.
    Inside { blank: String, matched: usize },
    /// All else is text.
    #[default]
    Past,
}

/// What a piece of text is.
#[derive(Debug, Clone)]
pub(super) enum Piece<'t> {
    /// Reasoning.
    Thought(Text<'t>),
    /// Text.
    Said(Text<'t>),
}

impl ThinkTags {
    /// Of an answer that may begin with a tag.
    pub(super) const fn expected() -> Self {
        Self::Before { blank: String::new(), matched: 0 }
    }

    /// Takes more text and gives its pieces to `each`.
    pub(super) fn take<'t>(&mut self, text: Text<'t>, mut each: impl FnMut(Piece<'t>)) {
        if matches!(self, Self::Past) {
            return each(Piece::Said(text));
        }
        let raw = json(text);
        // What lies before `from` has been given away or is held back.
        let (mut from, mut at) = (0, 0);
        while let Some((letter, length)) = unit(raw.get(at..).unwrap_or_default()) {
            let next = at + length;
            match self {
                Self::Before { matched, .. } if letter == OPEN.as_bytes().get(*matched).copied() => {
                    *matched += 1;
                    (from, at) = (next, next);
                    self.open();
                }
                Self::Before { blank, matched: 0 } if is_blank(letter) && blank.len() + length <= BLANK_MAX => {
                    blank.push_str(raw.get(at..next).unwrap_or_default());
                    (from, at) = (next, next);
                }
                Self::Before { .. } => {
                    self.seal(&mut each);
                    break;
                }
                Self::Inside { matched, .. } if letter == CLOSE.as_bytes().get(*matched).copied() => {
                    if *matched == 0 {
                        each(Piece::Thought(slice(&raw, from, at)));
                    }
                    *matched += 1;
                    (from, at) = (next, next);
                    self.close(&mut each);
                }
                // It was none; this character may begin one.
                Self::Inside { matched: matched @ 1.., .. } => {
                    each(Piece::Thought(Text::Json(CLOSE.get(..*matched).unwrap_or_default())));
                    *matched = 0;
                }
                Self::Inside { .. } => at = next,
                Self::Past => break,
            }
        }
        let rest = slice(&raw, from, raw.len());
        match self {
            Self::Before { .. } => {}
            Self::Inside { .. } => each(Piece::Thought(rest)),
            Self::Past => each(Piece::Said(rest)),
        }
    }

    /// Something else than text comes, or nothing more: what is held back is no tag.
    pub(super) fn seal<'t>(&mut self, mut each: impl FnMut(Piece<'t>)) {
        match std::mem::take(self) {
            Self::Before { blank, matched } => {
                each(Piece::Said(Text::Json(&blank).into_owned()));
                each(Piece::Said(Text::Json(OPEN.get(..matched).unwrap_or_default())));
            }
            Self::Inside { matched, .. } => {
                each(Piece::Thought(Text::Json(CLOSE.get(..matched).unwrap_or_default())));
            }
            Self::Past => {}
        }
    }

    /// Goes on inside when the first tag is whole.
    fn open(&mut self) {
        if let Self::Before { blank, matched } = self
            && *matched == OPEN.len()
        {
            *self = Self::Inside { blank: std::mem::take(blank), matched: 0 };
        }
    }

    /// Goes on behind when the last tag is whole.
    fn close<'t>(&mut self, each: &mut impl FnMut(Piece<'t>)) {
        if let Self::Inside { blank, matched } = self
            && *matched == CLOSE.len()
        {
            each(Piece::Said(Text::Json(blank).into_owned()));
            *self = Self::Past;
        }
    }
}

/// A text as the inside of a JSON string.
fn json(text: Text<'_>) -> Cow<'_, str> {
    match text {
        Text::Json(raw) => Cow::Borrowed(raw),
        Text::Plain(plain) => {
            let mut escaped = Writer::with_capacity(plain.len());
            escaped.escaped(&plain);
            // Made of a text.
            Cow::Owned(String::from_utf8(escaped.into_bytes()).unwrap_or_default())
        }
    }
}

fn slice<'t>(raw: &Cow<'t, str>, from: usize, to: usize) -> Text<'t> {
    match raw {
        Cow::Borrowed(raw) => Text::Json(raw.get(from..to).unwrap_or_default()),
        Cow::Owned(raw) => Text::Json(raw.get(from..to).unwrap_or_default()).into_owned(),
    }
}

/// The first character or escape: its letter when that is ASCII, and its length.
fn unit(raw: &str) -> Option<(Option<u8>, usize)> {
    let first = raw.chars().next()?;
    if first != '\\' {
        return Some((u8::try_from(first).ok().filter(u8::is_ascii), first.len_utf8()));
    }
    Some(match raw.as_bytes().get(1) {
        Some(b'n') => (Some(b'\n'), 2),
        Some(b't') => (Some(b'\t'), 2),
        Some(b'r') => (Some(b'\r'), 2),
        Some(b'u') => {
            let unit = raw.get(2..6).and_then(|hex| u8::from_str_radix(hex, 16).ok());
            (unit.filter(u8::is_ascii), raw.len().min(6))
        }
        // `\/` is as good as `/`.
        Some(other) => (Some(*other).filter(|byte| *byte == b'/'), 2),
        None => (None, 1),
    })
}

const fn is_blank(letter: Option<u8>) -> bool {
    matches!(letter, Some(b' ' | b'\n' | b'\r' | b'\t'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is thought, what is said, of a text that comes in these pieces.
    fn apart(pieces: &[&str]) -> (String, String) {
        let (mut thought, mut said) = (String::new(), String::new());
        let mut each = |piece: Piece<'_>| match piece {
            Piece::Thought(text) => thought.push_str(&text.decoded()),
            Piece::Said(text) => said.push_str(&text.decoded()),
        };
        let mut tags = ThinkTags::expected();
        for piece in pieces {
            tags.take(Text::plain(piece), &mut each);
        }
        tags.seal(&mut each);
        (thought, said)
    }

    #[test]
    fn reasoning_is_what_stands_between_the_tags_at_the_beginning() {
        for (text, thought, said) in [
            ("<think>why</think>so", "why", "so"),
            ("\n <think>\nwhy\n</think>\n\nso", "\nwhy\n", "\n \n\nso"),
            ("<think></think>so", "", "so"),
            ("<think>no end", "no end", ""),
            ("<think>a</thi", "a</thi", ""),
            ("<think>a<</think>b", "a<", "b"),
            ("<think>a</th</think></think>", "a</th", "</think>"),
            ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
            ("so <think>why</think>", "", "so <think>why</think>"),
            ("<thinking>a", "", "<thinking>a"),
            ("<thi", "", "<thi"),
            (" \n", "", " \n"),
            ("", "", ""),
            ("</think>a", "", "</think>a"),
            ("<<think>a", "", "<<think>a"),
            ("<think>模\\\"型</think>答", "模\\\"型", "答"),
        ] {
            assert_eq!(apart(&[text]), (thought.to_owned(), said.to_owned()), "{text}");
        }
        let blank = " ".repeat(BLANK_MAX + 1) + "<think>a</think>";
        assert_eq!(apart(&[&blank]), (String::new(), blank.clone()));
    }

    #[test]
    fn tags_are_known_however_they_are_escaped() {
        let mut pieces = Vec::new();
        let mut tags = ThinkTags::expected();
        tags.take(Text::Json(r"\n\u003cthink\u003ea\u4e00<\/think\u003eb"), |piece| {
            pieces.push(match piece {
                Piece::Thought(text) => ("thought", text.decoded().into_owned()),
                Piece::Said(text) => ("said", text.decoded().into_owned()),
            });
        });
        pieces.retain(|(_, text)| !text.is_empty());
        let wanted = [("thought", "a一"), ("said", "\n"), ("said", "b")];
        assert_eq!(pieces, wanted.map(|(what, text)| (what, text.to_owned())));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_and_nothing_but_tags_is_lost(
            text in "[ \n]{0,3}(<think>|<thin|)([a<>/模]|</thi|nk>|</think>){0,12}",
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| ends[cut.index(ends.len())]).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            let whole = apart(&[&text]);
            prop_assert_eq!(&apart(&pieces), &whole);
            let (thought, said) = whole;
            let blank = text.len() - text.trim_start().len();
            let body = &text[blank..];
            let closed = body.strip_prefix(OPEN).and_then(|rest| rest.split_once(CLOSE));
            let wanted = match (body.strip_prefix(OPEN), closed) {
                (_, Some((inside, behind))) => (inside.to_owned(), format!("{}{behind}", &text[..blank])),
                (Some(inside), None) => (inside.to_owned(), String::new()),
                (None, None) => (String::new(), text.clone()),
            };
            prop_assert_eq!((thought, said), wanted);
        }
    }
}
