//! What a request's body shows beyond its routing facts: images, thinking, a search. A second look, taken only where a rule
//! depends on it.

use serde_json::{Map, Value};

use super::{members, object};

/// What a body shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits {
    /// The provider shall search the web.
    pub web_search: bool,
    /// Thinking is asked for.
    pub thinking: bool,
    /// Images are shown.
    pub images: bool,
}

/// Looks for traits in a body that [`peek`](super::peek) has accepted; in any other it finds none.
pub fn traits(body: &[u8]) -> Traits {
    let mut traits = Traits::default();
    for (key, value) in members(body).unwrap_or_default() {
        let value = body.get(value).unwrap_or_default();
        match body.get(key).unwrap_or_default() {
            b"tools" => traits.web_search |= has_type(value, |name| name.starts_with(b"web_search")),
            b"web_search_options" => traits.web_search |= value != b"null",
            b"thinking" => traits.thinking |= object(value).is_some_and(|it| is_on(&it, "type", &["disabled"])),
            b"reasoning" => traits.thinking |= object(value).is_some_and(|it| is_on(&it, "effort", &["none"])),
            b"reasoning_effort" => traits.thinking |= !matches!(value, b"null" | b"\"none\""),
            b"enable_thinking" => traits.thinking |= value == b"true",
            b"messages" | b"input" => traits.images |= has_type(value, is_image),
            _ => {}
        }
    }
    traits
}

/// Names of parts that are images: Anthropic's, Chat's, Responses'.
fn is_image(name: &[u8]) -> bool {
    matches!(name, b"image" | b"image_url" | b"input_image")
}

/// A list with something in it.
pub(super) fn has_items(value: &[u8]) -> bool {
    let inner = value.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    inner.is_some_and(|inner| !inner.starts_with(b"]"))
}

fn is_on(members: &Map<String, Value>, key: &str, off: &[&str]) -> bool {
    members.get(key).and_then(Value::as_str).is_some_and(|value| !off.contains(&value))
}

/// Whether anything in here has a `"type"` of this kind. A quote inside a text is escaped, so that the key as it is
/// searched for stands nowhere but between values.
fn has_type(value: &[u8], wanted: impl Fn(&[u8]) -> bool) -> bool {
    const KEY: &[u8] = b"\"type\"";
    memchr::memmem::find_iter(value, KEY).any(|at| {
        let escaped = at.checked_sub(1).and_then(|before| value.get(before)) == Some(&b'\\');
        let rest = value.get(at + KEY.len()..).unwrap_or_default().trim_ascii_start();
        let name = rest.strip_prefix(b":").map(<[u8]>::trim_ascii_start).and_then(|rest| rest.strip_prefix(b"\""));
        let end = name.and_then(|name| memchr::memchr(b'"', name));
        !escaped && name.zip(end).and_then(|(name, end)| name.get(..end)).is_some_and(&wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_one_of_the_tools() {
        let tools = |text: &str| traits(format!(r#"{{"model":"m","tools":{text}}}"#).as_bytes());
        assert_eq!(tools("[]"), Traits::default());
        assert_eq!(tools("null"), Traits::default());
        assert_eq!(tools(r#"[{"name":"web_search"}]"#), Traits::default());
        let search = Traits { web_search: true, ..Traits::default() };
        assert_eq!(tools(r#"[{ "type" : "web_search_20250305" }]"#), search);
    }

    #[test]
    fn images_are_found_in_every_protocol_and_not_in_texts_about_them() {
        let images = |body: &str| traits(body.as_bytes()).images;
        let source = r#""source":{"type":"base64","data":"AA=="}"#;
        assert!(images(&format!(r#"{{"messages":[{{"content":[{{"type":"image",{source}}}]}}]}}"#)));
        assert!(images(r#"{"messages":[{"content":[{"type": "image_url","image_url":{"url":"data:"}}]}]}"#));
        assert!(images(r#"{"input":[{"content":[{"type":"input_image","image_url":"data:"}]}]}"#));
        assert!(!images(r#"{"messages":[{"content":"write {\"type\":\"image\"} and \"type\": \"image"}]}"#));
        assert!(!images(r#"{"messages":[{"content":[{"type":"text","text":"image"}]}]}"#));
        assert!(!images(r#"{"tools":[{"type":"image"}],"messages":[]}"#), "an offer to draw shows nothing");
    }

    #[test]
    fn thinking_is_asked_for_in_every_protocols_words() {
        let thinks = |field: &str| traits(format!(r#"{{"model":"m",{field}}}"#).as_bytes()).thinking;
        for on in [
            r#""thinking":{"type":"enabled","budget_tokens":1024}"#,
            r#""thinking":{"type":"adaptive"}"#,
            r#""reasoning":{"effort":"high","summary":"auto"}"#,
            r#""reasoning_effort":"low""#,
            r#""enable_thinking":true"#,
        ] {
            assert!(thinks(on), "{on}");
        }
        for off in [
            r#""thinking":{"type":"disabled"}"#,
            r#""reasoning":{"effort":"none"}"#,
            r#""reasoning":{"summary":"auto"}"#,
            r#""reasoning_effort":"none""#,
            r#""enable_thinking":false"#,
        ] {
            assert!(!thinks(off), "{off}");
        }
    }

    #[test]
    fn what_is_no_request_shows_nothing() {
        for body in [&b""[..], b"[]", b"{\"tools\":", b"{\"tools\":[{\"type\":\"", &[0xff, 0xfe]] {
            assert_eq!(traits(body), Traits::default());
        }
    }
}
