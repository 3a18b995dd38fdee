//! The upgrade: RFC 6455 §4.2, without leniency. Who asks has been checked before, as for any request.
//!
//! No subprotocol and no extension is taken. `permessage-deflate` would let a small frame grow without measure, and
//! between programs on one machine it saves nothing.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode, Version};

use crate::proxy::body::AnswerBody;
use crate::proxy::context::Caller;

/// What the key is hashed with (RFC 6455 §1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Bytes of a key.
const KEY_BYTES: usize = 16;

/// The version of the protocol.
pub const VERSION: &str = "13";

/// Marks the response of an upgrade that was taken, and says whose: what was checked here is the only way to one.
#[derive(Debug, Clone)]
pub struct Accepted(pub Arc<Caller>);

/// An upgrade that may be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    accept: HeaderValue,
}

/// What is wrong with an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Of the version of HTTP, or of the headers, this one.
    Header(&'static str),
    /// Another version of the protocol than [`VERSION`].
    Version,
}

/// Judges the head of an upgrade.
pub fn check(head: &Parts) -> Result<Handshake, Fault> {
    if head.version != Version::HTTP_11 {
        return Err(Fault::Header("HTTP/1.1"));
    }
    let names = |name: &HeaderName, token: &str| {
        let lines = head.headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|item| item.trim().eq_ignore_ascii_case(token))
    };
    if !names(&header::CONNECTION, "upgrade") {
        return Err(Fault::Header("connection"));
    }
    if !only(&head.headers, &header::UPGRADE).is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(Fault::Header("upgrade"));
    }
    // A body would stand where the first frame is to be.
    let length = head.headers.get(header::CONTENT_LENGTH);
    if head.headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0") {
        return Err(Fault::Header("content-length"));
    }
    if only(&head.headers, &header::SEC_WEBSOCKET_VERSION) != Some(VERSION) {
        return Err(Fault::Version);
    }
    let key = only(&head.headers, &header::SEC_WEBSOCKET_KEY);
    let key = key.filter(|key| BASE64_STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == KEY_BYTES));
    let accept = key.and_then(accept).ok_or(Fault::Header("sec-websocket-key"))?;
    Ok(Handshake { accept })
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

fn accept(key: &str) -> Option<HeaderValue> {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key.as_bytes(), GUID].concat());
    HeaderValue::from_str(&BASE64_STANDARD.encode(hash)).ok()
}

impl Handshake {
    /// The 101 for `caller`.
    pub fn response(self, caller: Caller) -> Response<AnswerBody> {
        let mut response = Response::new(AnswerBody::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        response.extensions_mut().insert(Accepted(Arc::new(caller)));
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use http::Request;
    use tokgate_wire::client::Client;

    use super::*;
    use crate::proxy::context::Transport;
    use crate::proxy::identify::Shown;

    fn head(change: impl FnOnce(&mut HeaderMap)) -> Parts {
        let mut request = Request::get("/v1/responses")
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")
            .body(())
            .unwrap();
        change(request.headers_mut());
        request.into_parts().0
    }

    #[test]
    fn the_key_of_the_rfc_gets_the_answer_of_the_rfc_and_no_extension() {
        let (client, shown) = (Client::Other, Shown::LocalKey);
        let caller = Caller { transport: Transport::WebSocket, client, run: None, named: None, shown };
        let response = check(&head(|_| ())).unwrap().response(caller);
        assert_eq!(response.status(), 101);
        assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(response.headers().len(), 3);
    }

    #[test]
    fn a_handshake_that_is_not_exactly_one_is_refused() {
        let set = |name: &'static str, value: &'static str| {
            move |headers: &mut HeaderMap| {
                headers.insert(name, HeaderValue::from_static(value));
            }
        };
        let add = |name: &'static str, value: &'static str| {
            move |headers: &mut HeaderMap| {
                headers.append(name, HeaderValue::from_static(value));
            }
        };
        for (head, fault) in [
            (head(set("connection", "keep-alive")), Fault::Header("connection")),
            (head(set("upgrade", "h2c")), Fault::Header("upgrade")),
            (head(set("upgrade", "websocket, h2c")), Fault::Header("upgrade")),
            (head(add("upgrade", "websocket")), Fault::Header("upgrade")),
            (head(set("sec-websocket-version", "8")), Fault::Version),
            (head(add("sec-websocket-version", "13")), Fault::Version),
            (head(set("sec-websocket-key", "")), Fault::Header("sec-websocket-key")),
            (head(set("sec-websocket-key", "short")), Fault::Header("sec-websocket-key")),
            (head(set("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZSE=")), Fault::Header("sec-websocket-key")),
            (head(add("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")), Fault::Header("sec-websocket-key")),
            (head(set("content-length", "5")), Fault::Header("content-length")),
            (head(set("transfer-encoding", "chunked")), Fault::Header("content-length")),
        ] {
            assert_eq!(check(&head), Err(fault), "{:?}", head.headers);
        }
        let mut old = head(|_| ());
        old.version = Version::HTTP_10;
        assert_eq!(check(&old), Err(Fault::Header("HTTP/1.1")));
        assert!(check(&head(set("content-length", "0"))).is_ok());
    }
}
