//! Bytes that keep a silent stream alive without saying anything.

use std::borrow::Cow;

use crate::protocol::Protocol;

/// An SSE comment line. No blank line after it: the OpenAI SDK takes a blank line after an earlier `id:` for an event
/// without data, and fails on it.
const COMMENT: &[u8] = b": keepalive\n";
/// Anthropic's own event for this purpose.
const PING: &[u8] = b"event: ping\ndata: {\"type\":\"ping\"}\n\n";

/// What to send while the upstream is silent. Only between whole events.
///
/// Anthropic has `ping` (it resets Claude Code's idle timer). Chat has nothing, so an SSE comment. Codex resets its
/// timer only on real events, so Responses gets a `keepalive` event: undocumented, but OpenAI itself sends it on long
/// runs in exactly this form, and the SDKs pass over it. It repeats the last sequence number, so that a client that
/// resumes with `starting_after` loses nothing and the next number of the upstream still fits. Before the client has
/// seen a `response.created` (`response_id` is `None`) it gets a comment: the OpenAI SDKs' stream helpers insist on
/// `response.created` as the first event. A repeated `response.in_progress` would need the whole response object.
pub fn bytes(protocol: Protocol, sequence: Option<u64>, response_id: Option<&str>) -> Cow<'static, [u8]> {
    match (protocol, response_id) {
        (Protocol::Anthropic, _) => Cow::Borrowed(PING),
        (Protocol::OpenaiChat, _) | (Protocol::OpenaiResponses, None) => Cow::Borrowed(COMMENT),
        (Protocol::OpenaiResponses, Some(_)) => {
            let last = sequence.unwrap_or(0).saturating_sub(1);
            let data = format!("{{\"type\":\"keepalive\",\"sequence_number\":{last}}}");
            Cow::Owned(format!("event: keepalive\ndata: {data}\n\n").into_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::sse;

    #[test]
    fn anthropic_clients_get_a_ping() {
        let bytes = bytes(Protocol::Anthropic, None, None);
        let event = sse::events(&bytes).next().unwrap();
        assert_eq!((event.name, &*event.data), (Some("ping"), &br#"{"type":"ping"}"#[..]));
    }

    #[test]
    fn chat_clients_get_a_comment_that_carries_no_event() {
        let bytes = bytes(Protocol::OpenaiChat, Some(3), Some("x"));
        assert!(sse::events(&bytes).all(|event| event.data.is_empty()));
    }

    #[test]
    fn codex_gets_a_real_event_with_the_last_number() {
        let bytes = bytes(Protocol::OpenaiResponses, Some(8), Some("resp_1"));
        let event = sse::events(&bytes).next().unwrap();
        let data: serde_json::Value = serde_json::from_slice(&event.data).unwrap();
        assert_eq!(event.name, Some("keepalive"));
        assert_eq!(data, serde_json::json!({"type": "keepalive", "sequence_number": 7}));
    }

    #[test]
    fn nothing_comes_before_response_created() {
        let bytes = bytes(Protocol::OpenaiResponses, None, None);
        assert!(sse::events(&bytes).all(|event| event.data.is_empty()));
    }

    #[test]
    fn no_keepalive_changes_the_event_after_it() {
        let next = b"event: x\ndata: {}\n\n";
        for protocol in Protocol::ALL {
            let mut bytes = bytes(protocol, Some(2), Some("r")).into_owned();
            bytes.extend_from_slice(next);
            let last = sse::events(&bytes).last().unwrap();
            assert_eq!((last.name, &*last.data), (Some("x"), &b"{}"[..]), "{protocol:?}");
        }
    }

    #[test]
    fn a_comment_is_no_event_of_its_own_for_a_client_that_dispatches_on_blank_lines() {
        assert!(!COMMENT.ends_with(b"\n\n"));
    }
}
