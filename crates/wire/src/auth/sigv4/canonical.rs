//! The one spelling of a request that both sides sign.

use sha2::{Digest as _, Sha256};

use super::{Request, hex};

/// Headers in their one spelling.
pub(super) struct Headers {
    /// `content-type;host;x-amz-date`
    pub(super) names: String,
    /// `name:value` lines.
    lines: String,
}

impl Headers {
    /// Names in small letters and sorted; values of one name joined in their order.
    pub(super) fn new(headers: &[(&str, &str)]) -> Self {
        let mut sorted: Vec<_> = headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), *value)).collect();
        sorted.sort_by(|(one, _), (two, _)| one.cmp(two));
        let (mut names, mut lines) = (String::new(), String::new());
        for same in sorted.chunk_by(|(one, _), (two, _)| one == two) {
            let name = same.first().map_or("", |(name, _)| name);
            let values: Vec<_> = same.iter().map(|(_, value)| collapse(value)).collect();
            names.push_str(if names.is_empty() { "" } else { ";" });
            names.push_str(name);
            lines.push_str(&format!("{name}:{}\n", values.join(",")));
        }
        Self { names, lines }
    }
}

/// The canonical request.
pub(super) fn request(request: &Request<'_>, headers: &Headers) -> String {
    let Request { method, path, query, body, .. } = request;
    let (path, query, hash) = (canonical_path(path), canonical_query(query), hex(&Sha256::digest(body)));
    format!("{method}\n{path}\n{query}\n{}\n{}\n{hash}", headers.lines, headers.names)
}

/// Without spaces around, and one space where there are several.
fn collapse(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each segment as it is sent, encoded once more; dot segments and doubled slashes taken out (S3 alone does neither).
fn canonical_path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(encoded(segment.as_bytes())),
        }
    }
    let is_folder = path.ends_with('/') && !segments.is_empty();
    format!("/{}{}", segments.join("/"), if is_folder { "/" } else { "" })
}

/// Names and values encoded in the one way, sorted by name, then value.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(&decoded(name)), encoded(&decoded(value)))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Everything percent-encoded but the unreserved characters of RFC 3986.
fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(*byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Percent-encoding taken off; what is none stands as it is.
fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.first_chunk::<2>().filter(|code| *first == b'%' && code.iter().all(u8::is_ascii_hexdigit));
        let byte = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out
}
