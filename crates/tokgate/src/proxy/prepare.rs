//! prepare: the request as one target gets it. Body bytes are the client's own, with at most a spliced model name,
//! unless [`Changed`] has others;
//! headers are the client's own less what belongs to this hop, with the target's credential in place of the caller's.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use tokgate_wire::headers::forwards_request;
use tokgate_wire::path::{UpstreamCall, upstream_path};
use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::surface::bedrock;

use super::context::Context;
use super::downgrade::Changed;
use super::names::{CREDENTIALS, HOP, Heads, Known};
use super::read::RequestBody;
use super::{sign, translate};
use crate::clock;
use crate::config::AwsKeys;
use crate::config::model::Surface;
use crate::gateway::credential::{self, KeyHeaders, Unreadable};
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

/// Everything a request to one target is made of.
#[derive(Debug)]
pub struct Prepared<'a> {
    context: &'a Context,
    body: &'a RequestBody,
    provider: &'a Provider,
    model: Option<&'a str>,
    credential: Credential,
    address: Uri,
    /// What goes in the place of the client's own.
    changed: &'a Changed,
    spoken: UpstreamProtocol,
}

/// What stands in for the caller's credential.
#[derive(Debug)]
enum Credential {
    /// His own login, as he sent it.
    Callers,
    /// A key of the target.
    Own(KeyHeaders),
    /// A signature over what is sent.
    Signed(HeaderMap),
    /// Nothing.
    None,
}

/// Makes ready what goes to `provider`'s key `key`, asking for `model` instead of the caller's when given. A provider
/// that speaks another protocol gets it in its own, one with another surface as that wants it, and nobody what another
/// one issued or what he does not take: `changed`.
#[allow(clippy::too_many_arguments, reason = "each is one fact of the target")]
pub async fn prepare<'a>(
    context: &'a Context,
    body: &'a RequestBody,
    provider: &'a Provider,
    base: Option<&Base>,
    key: Option<usize>,
    model: Option<&'a str>,
    spoken: UpstreamProtocol,
    changed: &'a Changed,
) -> Result<Prepared<'a>, Unprepared> {
    let asked = body.model.as_ref().map_or("", |(model, _)| model);
    let address = address(context, provider, base, spoken, model.unwrap_or(asked), body.stream)?;
    let credential = match key.and_then(|key| provider.keys.get(key)) {
        Some(key) if key.is_client() => Credential::Callers,
        Some(key) => {
            let redactor = context.settle.gateway().redactor();
            match key.credential(spoken, redactor).await.map_err(Unprepared::Key)? {
                credential::Credential::Headers(headers) => Credential::Own(headers),
                credential::Credential::Signature(keys) => {
                    let sent = changed.body.clone().unwrap_or_else(|| replay(body, model).into_bytes());
                    Credential::Signed(signed(&sent, &address, provider, base, &keys)?)
                }
            }
        }
        None => Credential::None,
    };
    Ok(Prepared { context, body, provider, model, credential, address, changed, spoken })
}

fn signed(
    body: &[u8],
    address: &Uri,
    provider: &Provider,
    base: Option<&Base>,
    keys: &AwsKeys,
) -> Result<HeaderMap, Unprepared> {
    let (Some(base), Some(scope)) = (base, &provider.scope) else { return Err(Unprepared::Address) };
    let sent = sign::Sent { authority: base.origin.authority(), address, body };
    sign::headers(sent, keys, scope, clock::unix_ms() / 1_000).ok_or(Unprepared::Address)
}

impl Prepared<'_> {
    /// The request; the same each time.
    pub fn request(&self) -> Request<ReplayBody> {
        let body = match &self.changed.body {
            Some(changed) => ReplayBody::whole(changed.clone()),
            None => replay(self.body, self.model),
        };
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address.clone();
        let known = self.context.headers.known();
        let headers = request.headers_mut();
        if matches!(self.provider.surface, Surface::Bedrock { .. }) {
            *headers = bedrock_headers(self.body.stream, known);
        } else if self.changed.translated {
            *headers = translate::request_headers(self.spoken, self.body.stream, known);
        } else {
            copy_headers(self.context.headers.map(), known, headers);
            self.changed.betas.put_into(headers);
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
            Credential::Signed(made) => {
                for (name, value) in made {
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

/// Headers for Bedrock, which takes everything else in the body and answers a stream in frames.
fn bedrock_headers(streams: bool, known: Heads<'_>) -> HeaderMap {
    let mut headers = translate::request_headers(UpstreamProtocol::BedrockConverse, streams, known);
    if streams {
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/vnd.amazon.eventstream"));
    }
    headers
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
    provider: &Provider,
    base: Option<&Base>,
    spoken: UpstreamProtocol,
    model: &str,
    streams: bool,
) -> Result<Uri, Unprepared> {
    // A query means something in the client's protocol alone, and nothing on a cloud's surface.
    let query = spoken == context.operation.protocol() && provider.surface == Surface::Plain;
    let query = if query { &*context.query } else { "" };
    let call = translate::call(context.operation, spoken, model, streams);
    if let (UpstreamCall::Create { .. }, Some(create), "") = (&call, base.and_then(|base| base.create.as_ref()), query)
    {
        return Ok(create.clone());
    }
    let base = base.map_or("", |base| &*base.path);
    let mut path = match &provider.surface {
        Surface::Plain => upstream_path(base, &call),
        Surface::Azure(version) => version.path(base, &call),
        Surface::Bedrock { .. } => bedrock::path(base, &call),
    };
    path.push_str(query);
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
