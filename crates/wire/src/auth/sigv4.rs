//! AWS Signature Version 4, in headers. Source: AWS IAM User Guide, "Create a signed AWS API request".
//!
//! Nothing of a credential is kept or can be printed from here.

use std::fmt;

use sha2::{Digest as _, Sha256};

mod canonical;

/// The credentials of one account, for the length of a call.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// `AKIA…`
    pub access_key: &'a str,
    /// What signs.
    pub secret_key: &'a str,
    /// Comes with temporary credentials.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// In capitals.
    pub method: &'a str,
    /// As it is sent, percent-encoded once.
    pub path: &'a str,
    /// As it is sent, without `?`.
    pub query: &'a str,
    /// The headers to sign, `host` among them. `x-amz-date` and `x-amz-security-token` are put in here. Headers that
    /// something on the way may change (`connection`, `user-agent`, `x-amzn-trace-id`, `expect`, `transfer-encoding`)
    /// do not belong among them.
    pub headers: &'a [(&'a str, &'a str)],
    /// All of it.
    pub body: &'a [u8],
}

/// What the signature is good for.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// `us-east-1`
    pub region: &'a str,
    /// The signing name: `bedrock`, `bedrock-mantle`.
    pub service: &'a str,
    /// Seconds since 1970. AWS refuses what is more than five minutes away from its own.
    pub time: u64,
}

/// The headers to add to the request, besides `x-amz-security-token` with the session token of the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `authorization`
    pub authorization: String,
    /// `x-amz-date`
    pub date: String,
}

/// Signs a request.
pub fn sign(request: &Request<'_>, credentials: &Credentials<'_>, scope: &Scope<'_>) -> Signed {
    let date = timestamp(scope.time);
    let day = date.get(..8).unwrap_or_default();
    let mut headers = request.headers.to_vec();
    headers.push(("x-amz-date", &date));
    headers.extend(credentials.session_token.map(|token| ("x-amz-security-token", token)));
    let headers = canonical::Headers::new(&headers);
    let canonical = canonical::request(request, &headers);
    let range = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{range}\n{}", hex(&Sha256::digest(canonical)));
    let key = signing_key(credentials.secret_key, day, scope);
    let signature = hex(&hmac(&key, to_sign.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{range}, SignedHeaders={}, Signature={signature}",
        credentials.access_key, headers.names,
    );
    Signed { authorization, date }
}

/// The key of one day, region and service.
fn signing_key(secret: &str, day: &str, scope: &Scope<'_>) -> [u8; 32] {
    let key = hmac(format!("AWS4{secret}").as_bytes(), day.as_bytes());
    let key = hmac(&key, scope.region.as_bytes());
    let key = hmac(&key, scope.service.as_bytes());
    hmac(&key, b"aws4_request")
}

/// HMAC-SHA-256. Source: RFC 2104.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let hashed: [u8; 32];
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key).into();
        &hashed
    } else {
        key
    };
    let pad = |with: u8| {
        let mut block = [with; BLOCK];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// `20261121T000000Z`. The calendar is counted in eras of 400 years, whose years begin in March.
fn timestamp(time: u64) -> String {
    const DAY: u64 = 86_400;
    let (days, second) = (time / DAY + 719_468, time % DAY);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{:02}Z", second % 60)
}

#[cfg(test)]
mod tests;
