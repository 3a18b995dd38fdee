//! Which model name is sent to a provider for the name that was asked for.

use std::sync::Arc;

use crate::glob::{Glob, Style, TooLong};

/// Asked for → sent. An exact name beats a pattern, a longer pattern a shorter one, so `*` is the rest.
#[derive(Debug, Clone, Default)]
pub struct ModelMap {
    exact: Vec<(Box<str>, Arc<str>)>,
    /// Longest first.
    globs: Vec<(Glob, Arc<str>)>,
}

impl ModelMap {
    /// Compiles the entries of a configuration.
    pub fn new<A: AsRef<str>, B: AsRef<str>>(entries: impl IntoIterator<Item = (A, B)>) -> Result<Self, TooLong> {
        let mut exact = Vec::new();
        let mut globs = Vec::new();
        for (asked, sent) in entries {
            let (asked, sent) = (asked.as_ref(), Arc::from(sent.as_ref()));
            let glob = Glob::new(asked, Style::Name)?;
            if glob.is_literal() {
                exact.push((asked.into(), sent));
            } else {
                globs.push((asked.chars().count(), glob, sent));
            }
        }
        globs.sort_by_key(|(length, ..)| std::cmp::Reverse(*length));
        Ok(Self { exact, globs: globs.into_iter().map(|(_, glob, sent)| (glob, sent)).collect() })
    }

    /// The entry for a name.
    pub fn find(&self, asked: &str) -> Option<&Arc<str>> {
        let exact = self.exact.iter().find(|(name, _)| name.eq_ignore_ascii_case(asked)).map(|(_, sent)| sent);
        exact.or_else(|| self.globs.iter().find(|(glob, _)| glob.matches(asked)).map(|(_, sent)| sent))
    }
}

/// What the usual model classes are called at a provider; used when the map has no entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slots {
    /// For every name.
    pub default: Option<Arc<str>>,
    /// For small fast models.
    pub small: Option<Arc<str>>,
    /// For names with `haiku`.
    pub haiku: Option<Arc<str>>,
    /// For names with `sonnet`.
    pub sonnet: Option<Arc<str>>,
    /// For names with `opus`.
    pub opus: Option<Arc<str>>,
}

impl Slots {
    /// The slot for a name.
    pub fn find(&self, asked: &str) -> Option<&Arc<str>> {
        let class = match class(asked) {
            Class::Haiku => self.haiku.as_ref().or(self.small.as_ref()),
            Class::Sonnet => self.sonnet.as_ref(),
            Class::Opus => self.opus.as_ref(),
            Class::Small => self.small.as_ref(),
            Class::Other => None,
        };
        class.or(self.default.as_ref())
    }

    fn is_empty(&self) -> bool {
        [&self.default, &self.small, &self.haiku, &self.sonnet, &self.opus].into_iter().all(Option::is_none)
    }
}

/// The name to send instead of the one asked for; `None` leaves it as it is.
pub fn rewrite(map: &ModelMap, slots: &Slots, known: &[String], asked: &str) -> Option<Arc<str>> {
    let sent = match map.find(asked) {
        Some(sent) => sent,
        // A name the provider has is what the caller means; slots are for names it does not have.
        None if slots.is_empty() || known.iter().any(|name| name == asked) => return None,
        None => slots.find(asked)?,
    };
    (sent.as_ref() != asked).then(|| Arc::clone(sent))
}

/// Whether a name is that of a small fast model.
pub(crate) fn is_small(name: &str) -> bool {
    matches!(class(name), Class::Haiku | Class::Small)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Haiku,
    Sonnet,
    Opus,
    Small,
    Other,
}

/// Words of a name decide, not letters: `gemini` and `minimax` are not `mini`. Of several the first of these.
fn class(name: &str) -> Class {
    let mut class = Class::Other;
    for word in name.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()) {
        let is = |one: &str| word.eq_ignore_ascii_case(one.as_bytes());
        let here = match word.len() {
            5 if is("haiku") => Class::Haiku,
            6 if is("sonnet") => Class::Sonnet,
            4 if is("opus") => Class::Opus,
            4 if is("mini") || is("nano") => Class::Small,
            5 if is("flash") => Class::Small,
            _ => continue,
        };
        class = class.min(here);
    }
    class
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;

    fn slots() -> Slots {
        Slots {
            default: Some("big".into()),
            small: Some("little".into()),
            haiku: None,
            sonnet: Some("middle".into()),
            opus: None,
        }
    }

    #[test]
    fn exact_names_beat_patterns_and_longer_patterns_beat_shorter_ones() {
        let map =
            ModelMap::new([("*", "rest"), ("claude-*", "some"), ("claude-opus-*", "opus"), ("claude-opus-5", "five")])
                .unwrap();
        let sent = |asked: &str| rewrite(&map, &Slots::default(), &[], asked).unwrap();
        assert_eq!(&*sent("claude-opus-5"), "five");
        assert_eq!(&*sent("CLAUDE-opus-5"), "five");
        assert_eq!(&*sent("claude-opus-4"), "opus");
        assert_eq!(&*sent("claude-haiku-4"), "some");
        assert_eq!(&*sent("openai/gpt-5"), "rest");
    }

    #[test]
    fn slots_are_found_by_the_words_of_a_name() {
        let slots = slots();
        for (asked, wanted) in [
            ("claude-sonnet-5", "middle"),
            ("claude-3-5-haiku-20241022", "little"),
            ("claude-opus-5", "big"),
            ("gpt-5.5-mini", "little"),
            ("gemini-3-pro", "big"),
            ("MiniMax-M3", "big"),
            ("gemini-3-flash", "little"),
            ("gpt-5-nano", "little"),
        ] {
            assert_eq!(rewrite(&ModelMap::default(), &slots, &[], asked).as_deref(), Some(wanted), "{asked}");
        }
    }

    #[test]
    fn the_map_comes_before_the_slots() {
        let map = ModelMap::new([("claude-sonnet-*", "mapped")]).unwrap();
        assert_eq!(rewrite(&map, &slots(), &[], "claude-sonnet-5").as_deref(), Some("mapped"));
        assert_eq!(rewrite(&map, &slots(), &[], "claude-opus-5").as_deref(), Some("big"));
    }

    #[test]
    fn a_name_stays_when_nothing_replaces_it_or_the_provider_has_it() {
        let none = ModelMap::default();
        assert_eq!(rewrite(&none, &Slots::default(), &[], "kimi-k3"), None);
        assert_eq!(rewrite(&none, &slots(), &["kimi-k3".into()], "kimi-k3"), None);
        assert_eq!(rewrite(&ModelMap::new([("*", "kimi-k3")]).unwrap(), &slots(), &[], "kimi-k3"), None);
    }
}
