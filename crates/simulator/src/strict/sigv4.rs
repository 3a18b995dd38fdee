//! Checking AWS Signature Version 4 from what arrived, the other way round from how a client makes it. Written apart
//! from the gateway's signer on purpose.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::server::{AwsCredentials, Request};

/// How far a request's clock may be off, in seconds.
const SKEW: u64 = 300;

/// Why a signature is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The header cannot be read.
    Incomplete,
    /// An access key nobody has.
    UnknownKey,
    /// The session token is missing, wrong or not signed.
    Token,
    /// Host or date are not signed.
    Unsigned,
    /// Signed too long ago, or for a time to come.
    Clock,
    /// Not the signature of this request.
    Signature,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Incomplete => "Authorization header requires Credential, SignedHeaders and Signature.",
            Self::UnknownKey | Self::Token => "The security token included in the request is invalid.",
            Self::Unsigned => "'Host' and 'X-Amz-Date' must be signed headers in the AWS Authorization.",
            Self::Clock => "Signature expired or not yet current.",
            Self::Signature => {
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method."
            }
        })
    }
}

/// What the `authorization` header says.
struct Claim<'a> {
    access_key: &'a str,
    /// Day, region, service and `aws4_request`.
    scope: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Claim<'a> {
    fn read(authorization: &'a str) -> Option<Self> {
        let members = authorization.strip_prefix("AWS4-HMAC-SHA256")?;
        let member =
            |name: &str| members.split(',').find_map(|member| member.trim().strip_prefix(name)?.strip_prefix('='));
        let (access_key, scope) = member("Credential")?.split_once('/')?;
        Some(Self { access_key, scope, signed_headers: member("SignedHeaders")?, signature: member("Signature")? })
    }

    fn signs(&self, name: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == name)
    }
}

/// Whether the account signed this request within the last minutes before `now` (seconds since 1970).
pub(super) fn check(credentials: &AwsCredentials, request: &Request, now: u64) -> Result<(), Fault> {
    let claim = request.header("authorization").and_then(Claim::read).ok_or(Fault::Incomplete)?;
    if claim.access_key != credentials.access_key {
        return Err(Fault::UnknownKey);
    }
    let token = request.header("x-amz-security-token");
    if token != credentials.session_token.as_deref() || (token.is_some() && !claim.signs("x-amz-security-token")) {
        return Err(Fault::Token);
    }
    let date = request.header("x-amz-date").ok_or(Fault::Incomplete)?;
    if !claim.signs("host") || !claim.signs("x-amz-date") {
        return Err(Fault::Unsigned);
    }
    if seconds(date).is_none_or(|at| at.abs_diff(now) > SKEW) || !claim.scope.starts_with(&date[..8]) {
        return Err(Fault::Clock);
    }
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{}\n{}", claim.scope, hex(&hash(&canonical(&claim, request))));
    let first = format!("AWS4{}", credentials.secret_key).into_bytes();
    let key = claim.scope.split('/').fold(first, |key, part| mac(&key, part));
    if hex(&mac(&key, &to_sign)) == claim.signature { Ok(()) } else { Err(Fault::Signature) }
}

/// The request as both sides must spell it.
fn canonical(claim: &Claim<'_>, request: &Request) -> String {
    let (path, query) = request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
    let path: Vec<String> = path.split('/').map(encoded).collect();
    let mut lines = String::new();
    for name in claim.signed_headers.split(';') {
        let values = request.headers.iter().filter(|(found, _)| found == name);
        let values: Vec<String> = values.map(|(_, value)| one_spaced(value)).collect();
        lines.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let (path, query, names) = (path.join("/"), sorted(query), claim.signed_headers);
    format!("{}\n{path}\n{query}\n{lines}\n{names}\n{}", request.method, hex(&hash_bytes(&request.body)))
}

/// As it arrived: clients send queries encoded already.
fn sorted(query: &str) -> String {
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
        .collect();
    pairs.sort();
    pairs.join("&")
}

fn one_spaced(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn encoded(segment: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    segment
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn hash(text: &str) -> Vec<u8> {
    hash_bytes(text.as_bytes())
}

fn hash_bytes(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// A key may have any length, so there is always a code.
fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let keyed = Hmac::<Sha256>::new_from_slice(key);
    keyed.map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec()).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds since 1970 of `20261121T000000Z`.
fn seconds(date: &str) -> Option<u64> {
    if date.len() != 16 || !date.ends_with('Z') || date.get(8..9) != Some("T") {
        return None;
    }
    let number = |at: usize, length: usize| date.get(at..at + length)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 2)?, number(6, 2)?);
    let leap = |year: u64| (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: u64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let months: u64 = lengths.iter().take(usize::try_from(month.checked_sub(1)?).ok()?).sum();
    let days = years + months + day.checked_sub(1)?;
    Some(days * 86_400 + number(9, 2)? * 3600 + number(11, 2)? * 60 + number(13, 2)?)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const BODY: &str =
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}"#;

    fn credentials() -> AwsCredentials {
        AwsCredentials {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: Some("SESSTOKEN".to_owned()),
            bearer: None,
        }
    }

    /// A request with the signature that botocore 1.44.5 makes at 2026-11-21T00:00:00Z.
    fn request() -> Request {
        let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/bedrock/aws4_request, \
            SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amzn-bedrock-accept, \
            Signature=f404099ab3be6b6376e472b0e48e5cb13db3c82b9eb08f21dd284a0b78841fb2";
        let headers = [
            ("host", "bedrock-runtime.us-east-1.amazonaws.com"),
            ("content-type", "application/json"),
            ("x-amzn-bedrock-accept", "application/json"),
            ("x-amz-date", "20261121T000000Z"),
            ("x-amz-security-token", "SESSTOKEN"),
            ("user-agent", "not signed"),
            ("authorization", authorization),
        ];
        Request {
            method: "POST".to_owned(),
            path_and_query: "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream"
                .to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Bytes::from_static(BODY.as_bytes()),
            connection_id: 1,
            http_version: "HTTP/1.1",
            on_connection: 0,
        }
    }

    /// 2026-11-21T00:00:00Z.
    const NOW: u64 = 1_795_219_200;

    #[test]
    fn a_signature_of_botocore_is_taken() {
        assert_eq!(seconds("20261121T000000Z"), Some(NOW));
        assert_eq!(check(&credentials(), &request(), NOW + 60), Ok(()));
    }

    #[test]
    fn anything_else_is_refused() {
        let with = |change: &dyn Fn(&mut Request)| {
            let mut request = request();
            change(&mut request);
            check(&credentials(), &request, NOW)
        };
        assert_eq!(with(&|r| r.body = Bytes::from_static(b"{}")), Err(Fault::Signature));
        assert_eq!(with(&|r| r.path_and_query = r.path_and_query.replace("%3A", ":")), Err(Fault::Signature));
        assert_eq!(with(&|r| r.headers[0].1 = "elsewhere".to_owned()), Err(Fault::Signature));
        assert_eq!(with(&|r| r.headers[4].1 = "OTHER".to_owned()), Err(Fault::Token));
        assert_eq!(with(&|r| r.headers[6].1 = "Bearer x".to_owned()), Err(Fault::Incomplete));
        assert_eq!(check(&credentials(), &request(), NOW + 301), Err(Fault::Clock));
        let other = AwsCredentials { access_key: "AKIAOTHER".to_owned(), ..credentials() };
        assert_eq!(check(&other, &request(), NOW), Err(Fault::UnknownKey));
    }
}
