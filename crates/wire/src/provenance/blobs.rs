//! Finding blobs in bytes without reading them: requests, whole answers, and events of a stream alike.
//!
//! A name in quotes cannot stand inside a JSON string, where its quotes would be escaped. So wherever its bytes are it
//! is a name or a value of its own, and a search finds all of them at memory speed.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memchr2;
use memchr::memmem::Finder;

use super::digest;
use crate::json::Text;
use crate::protocol::Protocol;
use crate::translate::carrier;

/// A field that holds blobs.
struct Field {
    /// Its name in quotes.
    name: Finder<'static>,
    /// What must be there besides for the name to mean a blob.
    beside: Option<Finder<'static>>,
}

impl Field {
    fn new(name: &'static str) -> Self {
        Self { name: Finder::new(name), beside: None }
    }

    fn beside(name: &'static str, beside: &'static str) -> Self {
        Self { beside: Some(Finder::new(beside)), ..Self::new(name) }
    }
}

/// Where each protocol keeps blobs. Made once: every event of a stream is searched, and is shorter than it takes to
/// prepare a search.
struct Fields {
    anthropic: [Field; 2],
    responses: [Field; 1],
    chat: [Field; 2],
}

static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields {
    // `data` is mostly that of an image.
    anthropic: [Field::new("\"signature\""), Field::beside("\"data\"", "\"redacted_thinking\"")],
    responses: [Field::new("\"encrypted_content\"")],
    chat: ["\"signature\"", "\"data\""].map(|name| Field::beside(name, "\"reasoning_details\"")),
});

impl Fields {
    fn of(&self, protocol: Protocol) -> &[Field] {
        match protocol {
            Protocol::Anthropic => &self.anthropic,
            Protocol::OpenaiResponses => &self.responses,
            Protocol::OpenaiChat => &self.chat,
        }
    }
}

/// Finds the mark of our carriers.
static MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(carrier::MARK));

/// Longest blob that is looked at; those of providers have kilobytes. What is longer is an image.
const BLOB_MAX: usize = 256 << 10;

/// Whether a carrier of ours may be among `bytes`.
pub fn may_hold_carrier(bytes: &[u8]) -> bool {
    MARK.find(bytes).is_some()
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
    for Field { name, beside } in FIELDS.of(protocol) {
        let given = is_list || beside.as_ref().is_none_or(|beside| beside.find(bytes).is_some());
        if !given {
            continue;
        }
        for at in name.find_iter(bytes) {
            if let Some(blob) = value(bytes.get(at + name.needle().len()..).unwrap_or_default()) {
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
