//! A request in a file, as HTTP/1.1 writes it: request line, headers, empty line, body.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use tokgate_wire::path::{self, Call};
use tokgate_wire::protocol::Protocol;

/// A request that was captured.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) protocol: Protocol,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Captured {
    /// Reads one; `None` when it is no request for a model.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n"))?;
        let mut lines = head.lines();
        let target = lines.next()?.split(' ').nth(1)?;
        let path = target.split('?').next()?;
        let Call::Create(protocol) = path::parse(path).call else { return None };
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_str(value.trim()).ok()?);
        }
        Some(Self { protocol, headers, body: body.trim().to_owned() })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_request_is_read_with_either_line_end_and_nothing_else_is() {
        for end in ["\n", "\r\n"] {
            let text = ["POST /v1/messages?beta=true HTTP/1.1", "User-Agent: x: y", "", "{\"a\":1}", ""].join(end);
            let captured = Captured::read(text.as_bytes()).unwrap();
            assert_eq!((captured.protocol, captured.header("user-agent")), (Protocol::Anthropic, Some("x: y")));
            assert_eq!(captured.body, "{\"a\":1}");
        }
        for text in ["", "GET /v1/models HTTP/1.1\n\n", "POST /v1/messages HTTP/1.1\nno header\n\n{}", "\u{0}"] {
            assert!(Captured::read(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Captured::read(b"\xff\n\n").is_none());
    }
}
