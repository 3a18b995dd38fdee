//! Dotted paths as they are typed: `provider.kimi.weight`, `provider.kimi.models."kimi-k2.5"`, `route.1.to`. Elements of lists count from 1, as in every
//! message.

use std::fmt;
use std::str::FromStr;

use crate::config::quote::joined;

/// Deepest path: no key of ours is half as deep.
const STEPS_MAX: usize = 16;

/// The way to one key; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath {
    steps: Vec<String>,
}

impl KeyPath {
    /// A path of these names; `None` when there is none or there are too many.
    pub fn of<S: Into<String>>(steps: impl IntoIterator<Item = S>) -> Option<Self> {
        let steps: Vec<String> = steps.into_iter().map(Into::into).collect();
        (!steps.is_empty() && steps.len() <= STEPS_MAX).then_some(Self { steps })
    }

    /// The names from the outside in.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// The last name, and those before it.
    pub(super) fn split(&self) -> (&str, &[String]) {
        self.steps.split_last().map_or(("", &[]), |(last, before)| (last, before))
    }
}

/// The element that a step of a path means.
pub(crate) fn element(step: &str) -> Option<usize> {
    step.parse::<usize>().ok()?.checked_sub(1)
}

impl FromStr for KeyPath {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let keys = toml_edit::Key::parse(text.trim()).map_err(|_| ())?;
        Self::of(keys.iter().map(toml_edit::Key::get)).ok_or(())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.steps.iter().fold(String::new(), |path, step| joined(&path, step)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_toml_writes_keys_and_written_back() {
        for text in ["server.listen", "provider.kimi.models.\"kimi-k2.5\"", "route.1.to"] {
            assert_eq!(text.parse::<KeyPath>().map(|path| path.to_string()).as_deref(), Ok(text));
        }
        for bad in ["", ".", "a..b", "a b", "a.", "\"open", &"a.".repeat(40)] {
            assert!(bad.parse::<KeyPath>().is_err(), "{bad}");
        }
    }
}
