//! One request head, line by line: what it must look like, and how its body is framed. Strict where RFC 9112 leaves a
//! choice, since every leniency is a difference to some other parser. No buffer of its own: an unfinished head is
//! offered again from its first byte, and only the unseen part is looked at.

use std::ops::Range;

use memchr::{memchr, memrchr};

use super::reject::Reject;

/// Largest head. Real clients send under 4 KiB; 64 KiB leaves room for long tokens and baggage.
pub const HEAD_MAX: usize = 64 << 10;
/// Most headers, the same as hyper's own limit.
pub const FIELDS_MAX: u16 = 100;
/// Longest request target. API paths are short; 16 KiB is twice what other servers take.
pub const TARGET_MAX: usize = 16 << 10;
/// Target, the longest method, the version and two spaces.
const REQUEST_LINE_MAX: usize = TARGET_MAX + 32;
/// Digits of the largest length that cannot overflow.
const LENGTH_DIGITS_MAX: usize = 18;
/// Longest Host: a DNS name of 253 and a port.
const HOST_MAX: usize = 260;

/// Characters of a header name (RFC 9110 `token`).
const TOKEN: u8 = 1;
/// Characters of a path: RFC 3986, and `[` `]` `|` which WHATWG URLs leave as they are.
const PATH: u8 = 2;
/// Characters of a query: those of a path, and `{` `}` `^` `` ` `` `\` which WHATWG URLs leave there.
const QUERY: u8 = 4;
/// Characters of a host name. No `%` and no sub-delimiters: no real name has them.
const HOST: u8 = 8;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let b = i as u8;
        let alnum = b.is_ascii_alphanumeric();
        if alnum || is_one_of(b, b"!#$%&'*+-.^_`|~") {
            table[i] |= TOKEN;
        }
        if alnum || is_one_of(b, b"-._~!$&'()*+,;=:@/%[]|") {
            table[i] |= PATH | QUERY;
        }
        if is_one_of(b, b"?{}^`\\") {
            table[i] |= QUERY;
        }
        if alnum || is_one_of(b, b"-._~") {
            table[i] |= HOST;
        }
        i += 1;
    }
    table
}

const fn is_one_of(b: u8, set: &[u8]) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == b {
            return true;
        }
        i += 1;
    }
    false
}

fn all_of(class: u8, bytes: &[u8]) -> bool {
    bytes.iter().all(|b| CLASS[usize::from(*b)] & class != 0)
}

/// Whether this is an RFC 9110 token.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all_of(TOKEN, bytes)
}

/// How the body that follows a head is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// This many bytes, possibly none.
    Length(u64),
    /// Chunks.
    Chunked,
}

/// Where the reading of one head stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Scan {
    /// Bytes already searched for an LF.
    seen: usize,
    /// Where the current line begins.
    line: usize,
    /// One empty line was skipped (RFC 9112 §2.2: robust against a CRLF after the previous body).
    skipped: bool,
    /// The request line is complete.
    in_fields: bool,
    /// The method's last letter was seen (while the request line is incomplete).
    past_method: bool,
    fields: u16,
    http10: bool,
    authority: Option<Range<usize>>,
    host: Option<Range<usize>>,
    length: Option<u64>,
    chunked: bool,
}

impl Scan {
    /// Whether a request has begun: more arrived than the one empty line that may precede it.
    pub(super) fn begun(&self) -> bool {
        self.in_fields || self.seen > self.line
    }

    /// Reads on. `bytes` begins where the head begins. `Some` is the head's length and what follows it.
    pub(super) fn advance(&mut self, bytes: &[u8], tls: bool) -> Result<Option<(usize, Framing)>, Reject> {
        loop {
            if self.in_fields {
                self.plain_fields(&bytes[..bytes.len().min(HEAD_MAX)])?;
            }
            let limit = if self.in_fields { HEAD_MAX } else { self.line + REQUEST_LINE_MAX };
            let end = bytes.len().min(limit);
            let from = self.seen.min(end);
            let Some(found) = memchr(b'\n', &bytes[from..end]) else {
                if self.in_fields {
                    self.seen = end;
                } else {
                    self.check_start(&bytes[..end], tls)?;
                }
                return match bytes.len() >= limit {
                    true if self.in_fields => Err(Reject::HeadTooLarge),
                    true => Err(Reject::TargetTooLong),
                    false => Ok(None),
                };
            };
            let lf = from + found;
            let start = self.line;
            if !self.in_fields {
                self.check_start(&bytes[..lf], tls)?;
            }
            let line = bytes[start..lf].strip_suffix(b"\r").ok_or(Reject::BareLf)?;
            self.seen = lf + 1;
            self.line = lf + 1;
            if self.in_fields {
                if line.is_empty() {
                    return self.finish(bytes).map(|framing| Some((lf + 1, framing)));
                }
                self.field(line, start)?;
            } else if !line.is_empty() {
                self.request_line(line, start, tls)?;
            } else if self.skipped {
                return Err(Reject::EmptyLines);
            } else {
                self.skipped = true;
            }
        }
    }

    /// What can be said of a request line before its end has come, so that a TLS hello or a binary protocol is
    /// answered at once. `bytes` ends before the LF, or where the input ends.
    fn check_start(&mut self, bytes: &[u8], tls: bool) -> Result<(), Reject> {
        for at in self.seen..bytes.len() {
            let b = bytes[at];
            if b == b'\r' {
                if at + 1 < bytes.len() {
                    return Err(Reject::BareCr);
                }
            } else if self.past_method {
                match b {
                    0x20..=0x7e => {}
                    0x80.. => return Err(Reject::BadTarget),
                    _ => return Err(Reject::Control),
                }
            } else if b == b' ' && at > self.line {
                self.past_method = true;
            } else if !b.is_ascii_uppercase() {
                return Err(match b {
                    0x16 if at == 0 && !tls => Reject::TlsOnPlain,
                    b'-' if &bytes[self.line..at] == b"SSH" => Reject::SshBanner,
                    _ => Reject::BadMethod,
                });
            }
        }
        // A CR at the very end is looked at again once its successor is known.
        self.seen = bytes.len() - usize::from(bytes.last() == Some(&b'\r'));
        Ok(())
    }

    fn request_line(&mut self, line: &[u8], start: usize, tls: bool) -> Result<(), Reject> {
        let first = memchr(b' ', line).ok_or(Reject::BadRequestLine)?;
        let last = memrchr(b' ', line).ok_or(Reject::BadRequestLine)?;
        if first == last {
            return Err(Reject::NoVersion);
        }
        let target = &line[first + 1..last];
        self.http10 = http10(&line[last + 1..])?;
        check_method(&line[..first])?;
        if target.len() > TARGET_MAX {
            return Err(Reject::TargetTooLong);
        }
        let authority = check_target(target, tls)?;
        self.authority = authority.map(|range| offset(range, start + first + 1));
        self.in_fields = true;
        Ok(())
    }

    /// Reads the header lines that are complete and plain, which is nearly all there are; stops at any other.
    fn plain_fields(&mut self, bytes: &[u8]) -> Result<(), Reject> {
        while let Some((name, value)) = plain_field(&bytes[self.line..]) {
            let next = self.line + value.end + 2;
            self.known_field(&bytes[self.line..next], name, value, self.line)?;
            self.line = next;
            self.seen = next;
        }
        Ok(())
    }

    fn field(&mut self, line: &[u8], start: usize) -> Result<(), Reject> {
        let (name, value) = split_field(line)?;
        self.known_field(line, name.len(), value, start)
    }

    fn known_field(&mut self, line: &[u8], name: usize, value: Range<usize>, start: usize) -> Result<(), Reject> {
        self.fields += 1;
        if self.fields > FIELDS_MAX {
            return Err(Reject::TooManyHeaders);
        }
        let name = &line[..name];
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                if self.host.is_some() {
                    return Err(Reject::ManyHosts);
                }
                check_host(&line[value.clone()])?;
                self.host = Some(offset(value, start));
            }
            6 if name.eq_ignore_ascii_case(b"expect") && !line[value.clone()].eq_ignore_ascii_case(b"100-continue") => {
                return Err(Reject::Expectation);
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                if self.length.is_some() {
                    return Err(Reject::ManyLengths);
                }
                self.length = Some(length(&line[value])?);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.chunked || !line[value].eq_ignore_ascii_case(b"chunked") {
                    return Err(Reject::BadEncoding);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&self, bytes: &[u8]) -> Result<Framing, Reject> {
        let host = self.host.clone().ok_or(Reject::NoHost)?;
        if let Some(authority) = self.authority.clone()
            && !bytes[authority].eq_ignore_ascii_case(&bytes[host])
        {
            return Err(Reject::HostMismatch);
        }
        match (self.chunked, self.length) {
            (true, Some(_)) => Err(Reject::LengthAndEncoding),
            (true, None) if self.http10 => Err(Reject::EncodingIn10),
            (true, None) => Ok(Framing::Chunked),
            (false, length) => Ok(Framing::Length(length.unwrap_or(0))),
        }
    }
}

fn offset(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

fn http10(version: &[u8]) -> Result<bool, Reject> {
    match version {
        b"HTTP/1.1" => Ok(false),
        b"HTTP/1.0" => Ok(true),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Err(Reject::UnsupportedVersion)
        }
        _ => Err(Reject::BadVersion),
    }
}

fn check_method(method: &[u8]) -> Result<(), Reject> {
    match method {
        b"GET" | b"HEAD" | b"POST" | b"PUT" | b"PATCH" | b"DELETE" | b"OPTIONS" => Ok(()),
        b"CONNECT" | b"TRACE" => Err(Reject::MethodRefused),
        _ => Err(Reject::MethodUnknown),
    }
}

/// Checks the target; for an absolute URL, says where its authority stands.
fn check_target(target: &[u8], tls: bool) -> Result<Option<Range<usize>>, Reject> {
    match target.first() {
        None => Err(Reject::BadRequestLine),
        Some(b'/') => check_path(target).map(|()| None),
        // Also `OPTIONS *`: nothing here depends on it, and no client of ours sends it.
        Some(b'*') => Err(Reject::BadTargetForm),
        Some(_) => {
            let scheme: &[u8] = if tls { b"https://" } else { b"http://" };
            let fits = target.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
            if !fits {
                return Err(if memchr(b' ', target).is_some() {
                    Reject::BadRequestLine
                } else {
                    Reject::BadTargetForm
                });
            }
            let rest = &target[scheme.len()..];
            let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
            check_host(&rest[..end])?;
            check_path(&rest[end..])?;
            Ok(Some(scheme.len()..scheme.len() + end))
        }
    }
}

fn check_path(target: &[u8]) -> Result<(), Reject> {
    let query = memchr(b'?', target).unwrap_or(target.len());
    if !all_of(PATH, &target[..query]) || !all_of(QUERY, &target[query..]) {
        return Err(match target.iter().find(|b| matches!(b, b' ' | b'#')) {
            Some(b'#') => Reject::Fragment,
            Some(_) => Reject::BadRequestLine,
            None => Reject::BadTarget,
        });
    }
    let mut rest = target;
    while let Some(at) = memchr(b'%', rest) {
        match rest[at + 1..] {
            [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => rest = &rest[at + 3..],
            _ => return Err(Reject::BadTarget),
        }
    }
    Ok(())
}

/// Name and trimmed value of a header or trailer line (without its CRLF). Bytes of 0x80 and above are allowed in the
/// value: RFC 9110 calls them opaque, and clients do send UTF-8 there.
pub(super) fn split_field(line: &[u8]) -> Result<(&[u8], Range<usize>), Reject> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Reject::ObsFold);
    }
    let Some(colon) = memchr(b':', line) else {
        return Err(control_in(line).unwrap_or(Reject::NoColon));
    };
    let name = &line[..colon];
    if !all_of(TOKEN, name) {
        return Err(control_in(name).unwrap_or(match name.last() {
            Some(b' ' | b'\t') => Reject::SpaceBeforeColon,
            _ => Reject::BadName,
        }));
    }
    if name.is_empty() {
        return Err(Reject::EmptyName);
    }
    let value = trimmed(line, colon + 1);
    match control_in(&line[value.clone()]) {
        Some(reject) => Err(reject),
        None => Ok((name, value)),
    }
}

/// The length of the name and the place of the value of a line that is complete with its CRLF, has one space after the
/// colon, no other space around the value and no tab in it. `None` says nothing about the line: read it the long way.
fn plain_field(bytes: &[u8]) -> Option<(usize, Range<usize>)> {
    let name = bytes.iter().position(|b| CLASS[usize::from(*b)] & TOKEN == 0)?;
    let [b':', b' ', value @ ..] = &bytes[name..] else { return None };
    let start = name + 2;
    let end = start + first_control(value)?;
    let plain = name > 0 && end > start && bytes[end..].starts_with(b"\r\n");
    (plain && bytes[start] != b' ' && bytes[end - 1] != b' ').then_some((name, start..end))
}

/// Where the first control character stands (HTAB and DEL included), eight bytes at a time.
fn first_control(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*eight);
        let delete = word ^ (ONES * 0x7f);
        // The top bit of each byte below 0x20, and of each 0x7f. Exact up to the first hit, which is all that is used.
        let below = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (below | (delete.wrapping_sub(ONES) & !delete)) & (ONES * 0x80);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let is_control = |b: &u8| *b < 0x20 || *b == 0x7f;
    bytes[at..].iter().position(is_control).map(|found| at + found)
}

fn trimmed(line: &[u8], from: usize) -> Range<usize> {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t');
    let Some(lead) = line[from..].iter().position(|b| !is_space(b)) else { return line.len()..line.len() };
    let end = line.iter().rposition(|b| !is_space(b)).map_or(line.len(), |last| last + 1);
    from + lead..end
}

/// The first control character but HTAB. Without branches first, so that the compiler can look at many bytes at once.
fn control_in(bytes: &[u8]) -> Option<Reject> {
    let is_control = |b: u8| ((b < 0x20) & (b != b'\t')) | (b == 0x7f);
    if !bytes.iter().fold(false, |any, b| any | is_control(*b)) {
        return None;
    }
    match bytes.iter().find(|b| is_control(**b)) {
        Some(b'\r') => Some(Reject::BareCr),
        _ => Some(Reject::Control),
    }
}

fn length(value: &[u8]) -> Result<u64, Reject> {
    if value.is_empty() || value.len() > LENGTH_DIGITS_MAX || !value.iter().all(u8::is_ascii_digit) {
        return Err(Reject::BadLength);
    }
    Ok(value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

/// `host` or `host:port`: no user, no path, no list. Which hosts are ours is decided further in.
fn check_host(value: &[u8]) -> Result<(), Reject> {
    if value.is_empty() || value.len() > HOST_MAX {
        return Err(Reject::BadHost);
    }
    let port = if value[0] == b'[' {
        let close = memchr(b']', value).ok_or(Reject::BadHost)?;
        let address = std::str::from_utf8(&value[1..close]).map_err(|_| Reject::BadHost)?;
        address.parse::<std::net::Ipv6Addr>().map_err(|_| Reject::BadHost)?;
        &value[close + 1..]
    } else {
        let end = memchr(b':', value).unwrap_or(value.len());
        if end == 0 || !all_of(HOST, &value[..end]) {
            return Err(Reject::BadHost);
        }
        &value[end..]
    };
    match port {
        [] => Ok(()),
        [b':', digits @ ..] if (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) => {
            let number = digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            if (1..=65_535).contains(&number) { Ok(()) } else { Err(Reject::BadHost) }
        }
        _ => Err(Reject::BadHost),
    }
}
