//! websocket: Responses over one connection that stays open. The upgrade goes through the front and [`identify`] like
//! any request, and so does each request that a frame stands for: it is made one of HTTP, with the headers of the
//! upgrade, and sent down the line; its answer's events go back as frames. Nothing of the line is repeated here.
//!
//! [`handshake`] judges the upgrade, [`connection`] runs what follows, [`exchange`] is one request of it, [`lanes`] says
//! which of them run, [`meter`] counts what is read.
//!
//! [`identify`]: super::identify

mod connection;
mod exchange;
pub mod handshake;
mod lanes;
mod meter;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokgate_wire::openai_responses::websocket::Create;

use super::body::AnswerBody;
use super::context::Transport;
use super::front::{Peer, Switch};
use crate::gateway::Gateway;
use connection::Connection;
use handshake::Accepted;

/// Headers of the upgrade that say nothing of the requests that follow.
const ENDS_HERE: [HeaderName; 9] = [
    header::CONNECTION,
    header::UPGRADE,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    // Of the first request; each frame has its own inside: see `Create::headers`.
    HeaderName::from_static("x-codex-turn-metadata"),
];

/// `OpenAI-Beta`, a list; what begins like this names the WebSocket transport, which no provider is asked for.
const BETA: HeaderName = HeaderName::from_static("openai-beta");
const BETA_TRANSPORT: &str = "responses_websockets";

/// Answers a request that hyper would let become another protocol.
pub async fn handle(
    gateway: Arc<Gateway>,
    peer: Peer,
    request: Request<Incoming>,
    upgrade: OnUpgrade,
) -> Response<AnswerBody> {
    let origin = Origin::of(&request);
    let mut response = super::answer(Arc::clone(&gateway), peer, Transport::Http, request).await;
    if let Some(Accepted(caller)) = response.extensions_mut().remove::<Accepted>() {
        let connection = Connection::new(gateway, peer, origin, caller);
        let switch = Switch::new(move |live| Box::pin(connection.serve(upgrade, live)));
        response.extensions_mut().insert(switch);
    }
    response
}

/// Where the requests of a connection come from and go to, as its upgrade said.
#[derive(Debug)]
struct Origin {
    uri: Uri,
    headers: HeaderMap,
}

impl Origin {
    fn of<B>(upgrade: &Request<B>) -> Self {
        let mut headers = upgrade.headers().clone();
        for name in ENDS_HERE {
            headers.remove(name);
        }
        let beta = headers.get(&BETA).and_then(|value| value.to_str().ok()).map(|list| {
            let kept = list.split(',').map(str::trim).filter(|item| !item.starts_with(BETA_TRANSPORT));
            kept.collect::<Vec<_>>().join(", ")
        });
        headers.remove(&BETA);
        if let Some(beta) = beta.filter(|beta| !beta.is_empty()).and_then(|beta| HeaderValue::from_str(&beta).ok()) {
            headers.insert(BETA, beta);
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        Self { uri: upgrade.uri().clone(), headers }
    }

    /// A request with this body, and what its frame says that HTTP has in headers.
    fn request(&self, body: Bytes, create: &Create<'_>) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        for (name, value) in create.headers() {
            if let Ok(value) = HeaderValue::from_str(&value) {
                request.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        request
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use tokgate_wire::openai_responses::websocket::ClientEvent;

    use super::*;

    #[test]
    fn a_request_has_the_headers_of_the_upgrade_but_for_those_of_the_handshake() {
        let upgrade = Request::get("/r/tag/v1/responses?a=1")
            .header("host", "localhost:7711")
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-extensions", "permessage-deflate")
            .header("openai-beta", "responses_websockets=2026-02-06, other=1")
            .header("authorization", "Bearer x")
            .header("session-id", "s")
            .header("x-codex-turn-metadata", "{}")
            .body(())
            .unwrap();
        let frame = r#"{"type": "response.create", "client_metadata": {"x-codex-turn-metadata": "{\"turn\": 2}"}}"#;
        let Ok(ClientEvent::Create(create)) = ClientEvent::read(frame) else { panic!("{frame}") };
        let request = Origin::of(&upgrade).request("{}".into(), &create);
        assert_eq!((request.method(), &*request.uri().to_string()), (&Method::POST, "/r/tag/v1/responses?a=1"));
        let mut names: Vec<&str> = request.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let before = ["accept", "authorization", "content-type", "host", "openai-beta", "session-id"];
        assert_eq!(names, [&before[..], &["x-codex-turn-metadata"]].concat());
        assert_eq!(request.headers()["x-codex-turn-metadata"], "{\"turn\": 2}");
        assert_eq!(request.headers()["openai-beta"], "other=1");
    }
}
