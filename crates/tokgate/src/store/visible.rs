//! Makes foreign text harmless on a terminal: model names come from clients, messages from upstreams.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts instead of showing: control characters, and those that reorder or hide text.
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with such characters written out as `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    written_out(text, |out, character| {
        let _ = write!(out, "{}", character.escape_unicode());
    })
}

/// The JSON text with such characters written as `\u202e`, which is the same JSON. Line breaks between values must
/// not be in it.
pub(crate) fn visible_json(json: &str) -> Cow<'_, str> {
    written_out(json, |out, character| {
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

fn written_out(text: &str, escape: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match acts(character) {
            true => escape(&mut out, character),
            false => out.push(character),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        assert_eq!(visible("kimi-k3 模型 é"), "kimi-k3 模型 é");
        assert_eq!(visible("a\x1b[31mb\n\u{9b}c"), "a\\u{1b}[31mb\\u{a}\\u{9b}c");
        assert_eq!(visible("x\u{202e}y\u{2066}z\u{200b}\u{feff}"), "x\\u{202e}y\\u{2066}z\\u{200b}\\u{feff}");
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = "a\u{202e}b\u{7f}\u{e0041}é";
        let json = serde_json::Value::from(text).to_string();
        let shown = visible_json(&json);
        assert!(!shown.contains(acts), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok(), Some(text.into()));
    }
}
