//! A secret value that cannot be printed.
//!
//! `Secret` has no `Display`, no `Serialize`, and its `Debug` shows only that something is there.
//! The value leaves through [`Secret::expose`] alone, so a search for that word finds every use.

use std::fmt;

/// A credential: a provider key, the local key, a password inside a proxy URL.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<Box<str>>) -> Self {
        Self(value.into())
    }

    /// The value itself. Call it where the value goes on the wire or into a comparison, nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a person may see to tell one key from another: `…` and the last four characters, or `…` alone
    /// when the value is too short (under 12 characters) for four of them to be harmless.
    pub fn tail(&self) -> String {
        let chars = self.0.chars().count();
        if chars < 12 {
            return "…".to_owned();
        }
        let tail: String = self.0.chars().skip(chars - 4).collect();
        format!("…{tail}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_tail_never_show_the_value() {
        let key = Secret::new("sk-ant-canary-0123456789");
        assert_eq!(format!("{key:?}"), "Secret(…)");
        assert_eq!(key.tail(), "…6789");
        assert_eq!(Secret::new("short").tail(), "…");
    }
}
