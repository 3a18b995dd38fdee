//! prepare: the request as one target gets it. Body bytes are the client's own, with at most a spliced model name;
//! headers are the client's own less what belongs to this hop, with the target's credential in place of the caller's.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use tokgate_wire::headers::forwards_request;
use tokgate_wire::path::{Call, upstream_path};

use super::context::{Context, Operation};
use super::names::{CREDENTIALS, HOP};
use super::read::RequestBody;
use crate::gateway::credential::Unreadable;
use crate::gateway::snapshot::{Base, Provider};
use crate::upstream::ReplayBody;

/// Why a request could not be prepared for a target.
#[derive(Debug)]
pub enum Unprepared {
    /// Its key could not be read.
    Key(Unreadable),
    /// The path does not make a valid address.
    Address,
}

/// Builds the request for `provider`'s key `key`, asking for `model` instead of the caller's when given.
pub async fn prepare(
    context: &Context,
    body: &RequestBody,
    provider: &Provider,
    base: Option<&Base>,
    key: Option<usize>,
    model: Option<&str>,
) -> Result<Request<ReplayBody>, Unprepared> {
    let mut request = Request::new(replay(body, model));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = address(context, base)?;
    let headers = request.headers_mut();
    copy_headers(&context.headers, headers);
    match key.and_then(|key| provider.keys.get(key)) {
        Some(key) if key.is_client() => {
            for name in CREDENTIALS {
                for value in context.headers.get_all(&name) {
                    headers.append(name.clone(), value.clone());
                }
            }
        }
        Some(key) => {
            let redactor = context.settle.gateway().redactor();
            let made = key.headers(context.operation.protocol(), redactor).await.map_err(Unprepared::Key)?;
            for (name, value) in made.into_iter().flatten() {
                headers.insert(name, value);
            }
        }
        None => {}
    }
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for hop in context.headers.get_all(&HOP) {
        headers.append(HOP, hop.clone());
    }
    headers.append(HOP, context.settle.gateway().instance().clone());
    for (name, value) in &provider.headers {
        headers.insert(name.clone(), value.clone());
    }
    Ok(request)
}

fn copy_headers(from: &HeaderMap, to: &mut HeaderMap) {
    // Copying the whole map and taking a few names out is cheaper than hashing every name anew.
    *to = from.clone();
    // Headers named in `connection` belong to the client's hop alone.
    let named = from.get(header::CONNECTION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_named = |name: &HeaderName| named.split(',').any(|item| item.trim().eq_ignore_ascii_case(name.as_str()));
    for name in from.keys() {
        if !forwards_request(name.as_str()) || (!named.is_empty() && is_named(name)) {
            to.remove(name);
        }
    }
}

fn address(context: &Context, base: Option<&Base>) -> Result<Uri, Unprepared> {
    let call = match context.operation {
        Operation::Create(protocol) => Call::Create(protocol),
        Operation::Unary(protocol, op) => Call::Unary { protocol, op },
    };
    let mut path = upstream_path(base.map_or("", |base| &base.path), &call);
    path.push_str(&context.query);
    Uri::try_from(path).map_err(|_| Unprepared::Address)
}

/// The client's bytes, the model's name replaced in place.
fn replay(body: &RequestBody, model: Option<&str>) -> ReplayBody {
    match (model, &body.model) {
        (Some(model), Some((asked, span))) if model != &**asked => {
            let name = serde_json::to_string(model).unwrap_or_default();
            ReplayBody::spliced(body.bytes.slice(..span.start), Bytes::from(name), body.bytes.slice(span.end..))
        }
        _ => ReplayBody::whole(body.bytes.clone()),
    }
}
