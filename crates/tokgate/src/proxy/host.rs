//! Who may be addressed, and from which web pages: the `Host` and `Origin` checks. Pure functions; they run before a
//! key is looked at and before a byte of the body is read, on every route and on every kind of bind, since a web page
//! reaches loopback as easily as anything else (DNS rebinding).

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Header names an allowed page may ask for in one preflight; more are cut off.
const ASKED_HEADERS_MAX: usize = 64;
/// How long a browser may remember a preflight, in seconds.
const PREFLIGHT_MAX_AGE: &str = "600";
/// Methods an allowed page may use.
const PAGE_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// Response headers an allowed page may read.
const PAGE_READABLE: &str =
    "request-id, x-request-id, retry-after, x-should-retry, x-tokgate-request-id, x-tokgate-attempts";

/// Names under which this gateway may be addressed, besides loopback and the address of the connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostRules {
    /// Lower case; a port only where the configuration names one.
    names: Vec<(String, Option<u16>)>,
}

/// A `Host` that is not ours: answered 421.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRefused {
    /// The name to add to `server.hosts`, if it is a trusted one; without what cannot stand in a host name.
    pub host: String,
}

impl HostRules {
    /// From `server.hosts`: `name`, `name:port`, `192.0.2.1`, `[2001:db8::1]`.
    pub fn new<T: AsRef<str>>(hosts: &[T]) -> Self {
        let names = hosts.iter().filter_map(|host| split_port(host.as_ref())).map(|(name, port)| (lower(name), port));
        Self { names: names.collect() }
    }

    /// Checks the `Host` header and, for an absolute URL in the request line, its authority. `local` is our address on
    /// this connection. Loopback names and that address need the port of the connection (or none where that is the
    /// scheme's own); a configured name is accepted with any port unless it names one, since a proxy or a published
    /// container port in front of us shows its own.
    pub fn check(
        &self,
        host: Option<&str>,
        authority: Option<&str>,
        local: SocketAddr,
        tls: bool,
    ) -> Result<(), HostRefused> {
        let host = host.unwrap_or("");
        if authority.is_some_and(|authority| !authority.eq_ignore_ascii_case(host)) {
            return Err(refused(host));
        }
        let Some((name, port)) = split_port(host) else { return Err(refused(host)) };
        let own_port = port.unwrap_or(if tls { 443 } else { 80 }) == local.port();
        if own_port && is_own(name, local.ip()) {
            return Ok(());
        }
        let configured = |(known, known_port): &(String, Option<u16>)| {
            known.eq_ignore_ascii_case(name) && (known_port.is_none() || *known_port == port)
        };
        if self.names.iter().any(configured) { Ok(()) } else { Err(refused(host)) }
    }
}

fn is_own(name: &str, local: IpAddr) -> bool {
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let Some(address) = literal(name) else { return false };
    address == IpAddr::V4(Ipv4Addr::LOCALHOST)
        || address == IpAddr::V6(Ipv6Addr::LOCALHOST)
        || address == local.to_canonical()
}

/// An address written as such. Only the plain spelling of IPv4: no octal, hexadecimal or single-number forms.
fn literal(name: &str) -> Option<IpAddr> {
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(v6) => v6.parse().ok().map(IpAddr::V6),
        None => name.parse().ok().map(IpAddr::V4),
    }
}

/// Name (with brackets, if any) and port. `None` for what is no host.
fn split_port(host: &str) -> Option<(&str, Option<u16>)> {
    let end = match host.starts_with('[') {
        true => host.find(']')? + 1,
        false => host.find(':').unwrap_or(host.len()),
    };
    let (name, rest) = host.split_at(end);
    let port = match rest.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits.parse().ok()?),
        None if rest.is_empty() => None,
        _ => return None,
    };
    (!name.is_empty()).then_some((name, port))
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn refused(host: &str) -> HostRefused {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    HostRefused { host: host.chars().filter(fits).take(100).collect() }
}

/// Which web page, if any, a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginVerdict<'a> {
    /// None: a program, or a person who typed the address.
    Absent,
    /// Our own page.
    Own,
    /// A page that `server.allow_origins` names: it may read the answer.
    Allowed(&'a str),
    /// Another page: 403 before the body is read.
    Refused,
}

/// Judges `Origin` and `Sec-Fetch-Site`. `own` is the checked `Host` header where pages of ours are served, with
/// whether the connection is encrypted. An `Origin` must be listed byte for byte; `null` (files, sandboxed frames)
/// never is, and there is no `*`. Without an `Origin` a browser still says by `Sec-Fetch-Site` that another page is behind the request.
pub fn check_origin<'a, T: AsRef<str>>(
    origin: Option<&'a str>,
    sec_fetch_site: Option<&str>,
    allow_origins: &[T],
    own: Option<(&str, bool)>,
) -> OriginVerdict<'a> {
    let Some(origin) = origin else {
        return match sec_fetch_site {
            None | Some("none") => OriginVerdict::Absent,
            Some("same-origin") => OriginVerdict::Own,
            Some(_) => OriginVerdict::Refused,
        };
    };
    if matches!(origin, "null" | "*") {
        return OriginVerdict::Refused;
    }
    if allow_origins.iter().any(|allowed| allowed.as_ref() == origin) {
        return OriginVerdict::Allowed(origin);
    }
    let scheme = |tls| if tls { "https://" } else { "http://" };
    let is_own = own.is_some_and(|(host, tls)| {
        origin.strip_prefix(scheme(tls)).is_some_and(|rest| !rest.is_empty() && rest.eq_ignore_ascii_case(host))
    });
    match sec_fetch_site {
        None | Some("same-origin") if is_own => OriginVerdict::Own,
        _ => OriginVerdict::Refused,
    }
}

/// Headers that let an allowed page read an answer.
pub fn page_headers(origin: &str) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(3);
    if let Ok(origin) = HeaderValue::from_str(origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(PAGE_READABLE));
    }
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    headers
}

/// Headers of the 204 that answers an allowed page's preflight (`OPTIONS` with `Access-Control-Request-Method`).
/// `asked` is the request's `Access-Control-Request-Headers`: the page is trusted, so it gets the names it asks for,
/// as far as they are names. `private` says that the browser asked for leave to reach a private network.
pub fn preflight_headers(origin: &str, asked: Option<&str>, private: bool) -> HeaderMap {
    let mut headers = page_headers(origin);
    headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(PAGE_METHODS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_MAX_AGE));
    let names: Vec<HeaderName> =
        asked.unwrap_or("").split(',').filter_map(|name| name.trim().parse().ok()).take(ASKED_HEADERS_MAX).collect();
    let names = names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ");
    if let Ok(names) = HeaderValue::from_str(&names)
        && !names.is_empty()
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
    if private {
        let allow = HeaderName::from_static("access-control-allow-private-network");
        headers.insert(allow, HeaderValue::from_static("true"));
    }
    headers
}
