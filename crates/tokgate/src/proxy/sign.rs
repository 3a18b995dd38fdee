//! sign: the headers by which AWS knows who sends a request. Made for each attempt over what that attempt sends.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use tokgate_wire::auth::sigv4;

use crate::config::AwsKeys;
use crate::config::model::AwsScope;

/// Names of the signature's headers besides `authorization`.
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The type of every body that is signed; the type is signed too.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// Host, with its port unless that is the scheme's own.
    pub authority: &'a str,
    /// Path and query.
    pub address: &'a Uri,
    /// All of it.
    pub body: &'a [u8],
}

/// The headers that sign `sent` with `keys` for `scope` at `time`, seconds since 1970; they replace any of their names.
/// `None`: a key holds what no header can.
pub fn headers(sent: Sent<'_>, keys: &AwsKeys, scope: &AwsScope, time: u64) -> Option<HeaderMap> {
    let token = keys.session_token.as_ref().map(crate::secret::Secret::expose);
    let signed = sigv4::sign(
        &sigv4::Request {
            method: Method::POST.as_str(),
            path: sent.address.path(),
            query: sent.address.query().unwrap_or_default(),
            headers: &[("content-type", "application/json"), ("host", sent.authority)],
            body: sent.body,
        },
        &sigv4::Credentials {
            access_key: keys.access_key_id.expose(),
            secret_key: keys.secret_access_key.expose(),
            session_token: token,
        },
        &sigv4::Scope { region: &scope.region, service: &scope.service, time },
    );
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::AUTHORIZATION, sensitive(&signed.authorization)?);
    headers.insert(DATE, HeaderValue::from_str(&signed.date).ok()?);
    if let Some(token) = token {
        headers.insert(TOKEN, sensitive(token)?);
    }
    Some(headers)
}

/// A value that is not printed and not indexed.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
