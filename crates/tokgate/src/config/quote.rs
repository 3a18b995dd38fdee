//! Text and dotted keys as TOML writes them.

use std::fmt::Write as _;

/// Text in quotes, on one line.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            other if other.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(other));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A dotted path one level deeper; a name that is not plain (model names, mostly) is quoted.
pub(crate) fn joined(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let key = if plain { key.to_owned() } else { quoted(key) };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_other_characters_are_quoted() {
        assert_eq!(joined("models", "kimi-k3"), "models.kimi-k3");
        assert_eq!(joined("models", "*"), "models.\"*\"");
        assert_eq!(joined("", "a.b"), "\"a.b\"");
        assert_eq!(quoted("a\"\\\n\u{301}"), "\"a\\\"\\\\\\u000A\u{301}\"");
    }
}
