//! prepare: the request as one target gets it. Body bytes are the client's own, with at most a spliced model name;
//! headers are the client's own less what belongs to this hop, with the target's credential in place of the caller's.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use tokgate_wire::headers::forwards_request;
use tokgate_wire::path::{UpstreamCall, upstream_path};
use tokgate_wire::protocol::UpstreamProtocol;

use super::context::{Context, Operation};
use super::names::{CREDENTIALS, HOP, Heads, Known};
use super::read::RequestBody;
use super::translate;
use crate::gateway::credential::{KeyHeaders, Unreadable};
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

/// A body that is not the client's own.
#[derive(Debug)]
pub enum Changed {
    /// In the provider's protocol.
    Translated(Bytes),
    /// The client's, without what somebody else issued.
    Cut(Bytes),
}

/// Everything a request to one target is made of.
#[derive(Debug)]
pub struct Prepared<'a> {
    context: &'a Context,
    body: &'a RequestBody,
    provider: &'a Provider,
    model: Option<&'a str>,
    credential: Credential,
    address: Uri,
    /// What goes in the place of the client's own body.
    changed: Option<&'a Changed>,
    spoken: UpstreamProtocol,
}

/// What stands in for the caller's credential.
#[derive(Debug)]
enum Credential {
    /// His own login, as he sent it.
    Callers,
    /// A key of the target.
    Own(KeyHeaders),
    /// Nothing.
    None,
}

/// Makes ready what goes to `provider`'s key `key`, asking for `model` instead of the caller's when given. A provider
/// that speaks another protocol gets it in its own, and nobody what another one issued: `changed`.
#[allow(clippy::too_many_arguments, reason = "each is one fact of the target")]
pub async fn prepare<'a>(
    context: &'a Context,
    body: &'a RequestBody,
    provider: &'a Provider,
    base: Option<&Base>,
    key: Option<usize>,
    model: Option<&'a str>,
    spoken: UpstreamProtocol,
    changed: Option<&'a Changed>,
) -> Result<Prepared<'a>, Unprepared> {
    let credential = match key.and_then(|key| provider.keys.get(key)) {
        Some(key) if key.is_client() => Credential::Callers,
        Some(key) => {
            let redactor = context.settle.gateway().redactor();
            let made = key.headers(spoken, redactor).await;
            Credential::Own(made.map_err(Unprepared::Key)?)
        }
        None => Credential::None,
    };
    let asked = body.model.as_ref().map_or("", |(model, _)| model);
    let address = address(context, base, spoken, model.unwrap_or(asked), body.stream)?;
    Ok(Prepared { context, body, provider, model, credential, address, changed, spoken })
}

impl Prepared<'_> {
    /// The request; the same each time.
    pub fn request(&self) -> Request<ReplayBody> {
        let body = match self.changed {
            Some(Changed::Translated(body) | Changed::Cut(body)) => ReplayBody::whole(body.clone()),
            None => replay(self.body, self.model),
        };
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address.clone();
        let known = self.context.headers.known();
        let headers = request.headers_mut();
        match self.changed {
            Some(Changed::Translated(_)) => *headers = translate::request_headers(self.spoken, self.body.stream, known),
            Some(Changed::Cut(_)) | None => copy_headers(self.context.headers.map(), known, headers),
        }
        match &self.credential {
            Credential::Callers => {
                for name in CREDENTIALS {
                    for value in known.values(name) {
                        headers.append(name.name().clone(), value.clone());
                    }
                }
            }
            Credential::Own(made) => {
                for (name, value) in made.iter().flatten() {
                    headers.insert(name.clone(), value.clone());
                }
            }
            Credential::None => {}
        }
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for hop in known.values(Known::Hop) {
            headers.append(HOP, hop.clone());
        }
        headers.append(HOP, self.context.settle.gateway().instance().clone());
        for (name, value) in &self.provider.headers {
            headers.insert(name.clone(), value.clone());
        }
        request
    }
}

fn copy_headers(from: &HeaderMap, known: Heads<'_>, to: &mut HeaderMap) {
    // Copying the whole map and taking a few names out is cheaper than hashing every name anew.
    *to = from.clone();
    // Headers named in `connection` belong to the client's hop alone.
    let named = known.text(Known::Connection).unwrap_or_default();
    let is_named = |name: &HeaderName| named.split(',').any(|item| item.trim().eq_ignore_ascii_case(name.as_str()));
    for name in from.keys() {
        if !forwards_request(name.as_str()) || (!named.is_empty() && is_named(name)) {
            to.remove(name);
        }
    }
}

fn address(
    context: &Context,
    base: Option<&Base>,
    spoken: UpstreamProtocol,
    model: &str,
    streams: bool,
) -> Result<Uri, Unprepared> {
    let call = match context.operation {
        Operation::Create(_) => UpstreamCall::Create { protocol: spoken, model, streams },
        Operation::Unary(_, op) => UpstreamCall::Unary(op),
    };
    let mut path = upstream_path(base.map_or("", |base| &base.path), &call);
    // A query means something in the client's protocol alone.
    if spoken == context.operation.protocol() {
        path.push_str(&context.query);
    }
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
