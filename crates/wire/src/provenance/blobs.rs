//! Finding blobs in bytes without reading them: requests, whole answers, and events of a stream alike.
//!
//! A name in quotes cannot stand inside a JSON string, where its quotes would be escaped. So wherever its bytes are it
//! is a name or a value of its own, and a search finds all of them at memory speed.

use std::borrow::Cow;

use memchr::{memchr2, memmem};

use super::digest;
use crate::json::Text;
use crate::protocol::Protocol;
use crate::translate::carrier;

/// A field that holds blobs: of which protocol, its name, and what must be there besides for the name to mean a blob.
type Field = (Protocol, &'static [u8], Option<&'static [u8]>);

/// Where blobs are kept.
const FIELDS: [Field; 5] = [
    (Protocol::Anthropic, b"\"signature\"", None),
    // `data` is mostly that of an image.
    (Protocol::Anthropic, b"\"data\"", Some(b"\"redacted_thinking\"")),
    (Protocol::OpenaiResponses, b"\"encrypted_content\"", None),
    (Protocol::OpenaiChat, b"\"signature\"", Some(b"\"reasoning_details\"")),
    (Protocol::OpenaiChat, b"\"data\"", Some(b"\"reasoning_details\"")),
];

/// Longest blob that is looked at; those of providers have kilobytes. What is longer is an image.
const BLOB_MAX: usize = 256 << 10;

/// Whether a carrier of ours may be among `bytes`.
pub fn may_hold_carrier(bytes: &[u8]) -> bool {
    memmem::find(bytes, carrier::MARK.as_bytes()).is_some()
}

/// Digests of the genuine blobs in `bytes`, in no order. There may be others among them: whatever else has the same name.
pub fn digests(protocol: Protocol, bytes: &[u8]) -> Vec<u64> {
    let mut found = Vec::new();
    each(protocol, bytes, |blob| {
        if !blob.starts_with(carrier::MARK) {
            found.push(digest::of(blob));
        }
    });
    found
}

/// Hands every blob in `bytes`, escapes resolved, to `found`.
pub(super) fn each(protocol: Protocol, bytes: &[u8], mut found: impl FnMut(&str)) {
    // The text of a list alone (`reasoning_details`) does not hold its own name.
    let is_list = bytes.first() == Some(&b'[');
    for (_, name, beside) in FIELDS.iter().filter(|(of, ..)| *of == protocol) {
        let given = is_list || beside.is_none_or(|beside| memmem::find(bytes, beside).is_some());
        if !given {
            continue;
        }
        for at in memmem::find_iter(bytes, name) {
            if let Some(blob) = value(bytes.get(at + name.len()..).unwrap_or_default()) {
                found(&blob);
            }
        }
    }
}

/// The string behind a name, if one follows.
fn value(behind: &[u8]) -> Option<Cow<'_, str>> {
    let behind = behind.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let window = behind.get(..behind.len().min(BLOB_MAX))?;
    let mut end = 0;
    loop {
        end += memchr2(b'"', b'\\', window.get(end..)?)?;
        match window.get(end) {
            Some(b'\\') => end += 2,
            _ => break,
        }
    }
    let inside = std::str::from_utf8(window.get(..end)?).ok()?;
    Some(Text::Json(inside).decoded()).filter(|blob| !blob.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(protocol: Protocol, text: &str) -> Vec<String> {
        let mut blobs = Vec::new();
        each(protocol, text.as_bytes(), |blob| blobs.push(blob.to_owned()));
        blobs
    }

    #[test]
    fn blobs_are_found_in_requests_and_events_and_never_inside_texts() {
        let request = r#"{"messages":[{"content":[{"type":"thinking","signature" : "Eq\/Q+="},
            {"type":"text","text":"\"signature\":\"no\""},{"signature":""},{"signature":null}]}]}"#;
        assert_eq!(found(Protocol::Anthropic, request), ["Eq/Q+="]);
        let event = r#"{"type":"response.output_item.done","item":{"encrypted_content":"gAAA"}}"#;
        assert_eq!(found(Protocol::OpenaiResponses, event), ["gAAA"]);
        let chat = r#"{"delta":{"reasoning_details":[{"data":"D"},{"signature":"S"}]}}"#;
        assert_eq!(found(Protocol::OpenaiChat, chat), ["S", "D"]);
        assert_eq!(found(Protocol::OpenaiChat, r#"{"input_audio":{"data":"UklGR"}}"#), [""; 0]);
    }

    #[test]
    fn data_of_an_image_is_no_blob() {
        let image = r#"{"source":{"type":"base64","data":"iVBOR"}}"#;
        assert_eq!(found(Protocol::Anthropic, image), [""; 0]);
        assert_eq!(found(Protocol::Anthropic, r#"{"type":"redacted_thinking","data":"Eo0"}"#), ["Eo0"]);
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_passed_over() {
        for cut in [r#""signature""#, r#""signature":"#, r#""signature":"abc"#, r#""signature":"ab\"#] {
            assert_eq!(found(Protocol::Anthropic, cut), [""; 0], "{cut}");
        }
        let long = format!(r#"{{"signature":"{}"}}"#, "a".repeat(BLOB_MAX));
        assert_eq!(found(Protocol::Anthropic, &long), [""; 0]);
    }
}
