//! One small request to a provider, and the head of its answer.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Uri};
use tokgate_wire::protocol::UpstreamProtocol;

use crate::gateway::Gateway;
use crate::gateway::credential::KeyHeaders;
use crate::gateway::snapshot::{Base, Provider};
use crate::proxy::classify::Fault;
use crate::proxy::names::HOP;
use crate::proxy::send::{self, Reply};
use crate::upstream::ReplayBody;

/// Anthropic's API wants to be told a version.
const ANTHROPIC_VERSION: (&str, HeaderValue) = ("anthropic-version", HeaderValue::from_static("2023-06-01"));

/// What is asked.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    /// JSON; empty: none.
    pub(super) body: Bytes,
    /// What shows who asks; `None`: nobody is shown anything.
    pub(super) credential: Option<HeaderMap>,
}

impl<'a> Call<'a> {
    pub(super) fn plain(method: Method, path: &'a str, credential: Option<HeaderMap>) -> Self {
        Self { method, path, body: Bytes::new(), credential }
    }
}

/// The headers of a key.
pub(super) fn shown(key: &KeyHeaders) -> HeaderMap {
    key.iter().flatten().cloned().collect()
}

/// Sends it, and waits so long for the head of the answer.
pub(super) async fn send(
    gateway: &Gateway,
    provider: &Provider,
    base: &Base,
    call: &Call<'_>,
    within: std::time::Duration,
) -> Result<Reply, Fault> {
    let address = Uri::try_from(call.path).map_err(|_| Fault::Address)?;
    let make = || {
        let mut request = Request::new(ReplayBody::whole(call.body.clone()));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = address.clone();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("tokgate/", env!("CARGO_PKG_VERSION"))));
        if base.protocol == UpstreamProtocol::Anthropic {
            headers.insert(ANTHROPIC_VERSION.0, ANTHROPIC_VERSION.1);
        }
        if !call.body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            // What asks a model must not go round in a circle.
            headers.insert(HOP, gateway.instance().clone());
        }
        for (name, value) in call.credential.iter().flatten() {
            headers.insert(name.clone(), value.clone());
        }
        // A header of the user's may be a credential: it goes where keys go.
        for (name, value) in provider.headers.iter().filter(|_| call.credential.is_some()) {
            headers.insert(name.clone(), value.clone());
        }
        request
    };
    send::send(gateway.upstream(), provider, Some(base), make, within.into()).await.map_err(Fault::Send)
}
