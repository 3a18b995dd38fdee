//! adapt: a request of a client program for which the configuration names an adapter, rewritten as it says. Every other
//! request goes on untouched, and without an adapter in the configuration nothing is looked at.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Response, header};
use tokgate_wire::adapter::{Adapter, Session};
use tokgate_wire::translate::ids;

use super::body::AnswerBody;
use super::context::{Context, Operation};
use super::read::RequestBody;
use crate::clock;

/// Which adapter rewrote the request.
const ADAPTER: HeaderName = HeaderName::from_static("x-tokgate-adapter");

/// Rewrites the request when an adapter recognises it; the first one does.
pub fn adapt(context: &mut Context, body: &mut RequestBody) {
    if context.snapshot.config.adapters.is_empty() {
        return;
    }
    let Operation::Create(protocol) = context.operation else { return };
    let Ok(text) = std::str::from_utf8(&body.bytes) else { return };
    let known = context.headers.known();
    let matches = |adapter: &&std::sync::Arc<Adapter>| adapter.detect.matches(|name| known.named(name), text);
    let Some(adapter) = context.snapshot.config.adapters.iter().find(matches).cloned() else { return };
    let seed = ids::hash(context.settle.gateway().instance().as_bytes());
    let session = adapter.session_id(seed, clock::unix_ms() / 1_000);
    let adapted = adapter.body(protocol, text, &session);
    if let Some(changed) = adapted.body {
        body.replace(changed.into());
    }
    context.adapted = adapted.losses;
    context.headers.change(|headers| rewrite(headers, &adapter, &session));
    tracing::debug!(request_id = %context.id, adapter = adapter.name, "adapted");
    context.adapter = Some(adapter);
}

/// The headers as an adapter wants them.
pub fn rewrite(headers: &mut HeaderMap, adapter: &Adapter, session: &str) {
    for name in &adapter.rewrite.remove_headers {
        headers.remove(name.as_str());
    }
    if let Some(Session::Header(name)) = &adapter.rewrite.session
        && !headers.contains_key(name.as_str())
        && let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(session))
    {
        headers.insert(name, value);
    }
    for (name, value) in &adapter.rewrite.set_headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    // Of another body than the client's.
    headers.remove(header::CONTENT_LENGTH);
}

/// An answer that names the adapter of its request.
pub fn named(mut response: Response<AnswerBody>, adapter: Option<&Adapter>) -> Response<AnswerBody> {
    if let Some(name) = adapter.and_then(|adapter| HeaderValue::from_str(&adapter.name).ok()) {
        response.headers_mut().insert(ADAPTER, name);
    }
    response
}
