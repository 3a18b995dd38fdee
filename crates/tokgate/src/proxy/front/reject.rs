//! Why the front refuses a connection, and the complete answer it writes then. Not the errors of the proxy: those are
//! written in the caller's protocol further in; here nothing is known of the caller but that its HTTP is not sound.

use std::fmt::Write as _;

use crate::i18n::{Lang, rejects};

macro_rules! rejects {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $code:literal, $reason:literal;)*) => {
        /// A reason to refuse.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reject {
            $($(#[$doc])* #[doc = $reason] $name,)*
        }

        impl Reject {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// HTTP status of the answer.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// Stable id, as in `error.code` of the answer.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// What is wrong, for the log.
            pub fn reason(self) -> &'static str {
                match self { $(Self::$name => $reason),* }
            }
        }
    };
}

rejects! {
    TlsOnPlain = 400, "tls_on_plain_port", "TLS client on plain port: use http:// in the base URL, or configure server.tls";
    SshBanner = 400, "not_http", "this is an HTTP port and the client speaks SSH";
    EmptyLines = 400, "empty_lines", "more than one empty line before the request";
    BareLf = 400, "bare_lf", "a line of the head ends in LF without CR";
    BareCr = 400, "bare_cr", "a CR without LF stands in the head";
    Control = 400, "control_character", "a control character stands in the head";
    BadMethod = 400, "bad_method", "the method is not a word of capital letters";
    BadRequestLine = 400, "bad_request_line", "the request line is not METHOD SP TARGET SP VERSION";
    NoVersion = 400, "no_version", "the request line has no version (HTTP/0.9 is not spoken here)";
    BadVersion = 400, "bad_version", "the version is not HTTP/1.1 or HTTP/1.0";
    UnsupportedVersion = 505, "unsupported_version", "only HTTP/1.1 and HTTP/1.0 are spoken here";
    MethodRefused = 405, "method_refused", "CONNECT and TRACE are not served";
    MethodUnknown = 501, "method_unknown", "the method is not known here";
    TargetTooLong = 414, "target_too_long", "the request target is longer than 16 KiB";
    BadTarget = 400, "bad_target", "the request target holds a character that does not belong in a URL";
    BadTargetForm = 400, "bad_target_form", "the request target is neither a path nor an absolute URL of this server";
    Fragment = 400, "fragment", "the request target holds a fragment";
    ObsFold = 400, "folded_header", "a header is folded over several lines";
    NoColon = 400, "no_colon", "a header line has no colon";
    EmptyName = 400, "empty_header_name", "a header has no name";
    SpaceBeforeColon = 400, "space_before_colon", "whitespace stands before the colon of a header";
    BadName = 400, "bad_header_name", "a header name holds a character that does not belong there";
    HeadTooLarge = 431, "head_too_large", "the request head is larger than 64 KiB";
    TooManyHeaders = 431, "too_many_headers", "the request has more than 100 headers";
    NoHost = 400, "no_host", "the request has no Host header";
    ManyHosts = 400, "many_hosts", "the request has more than one Host header";
    BadHost = 400, "bad_host", "the Host header is not a host with an optional port";
    HostMismatch = 400, "host_mismatch", "the URL in the request line and the Host header name different servers";
    ManyLengths = 400, "many_content_lengths", "the request has more than one Content-Length";
    BadLength = 400, "bad_content_length", "the Content-Length is not one plain number";
    LengthAndEncoding = 400, "length_and_encoding", "the request has both Content-Length and Transfer-Encoding";
    BadEncoding = 400, "bad_transfer_encoding", "the only Transfer-Encoding accepted is one single \"chunked\"";
    EncodingIn10 = 400, "encoding_in_http_1_0", "HTTP/1.0 has no Transfer-Encoding";
    Expectation = 417, "expectation", "the only expectation met is 100-continue";
    BadChunkSize = 400, "bad_chunk_size", "a chunk does not begin with its size in hexadecimal";
    BadChunkEnd = 400, "bad_chunk_end", "a chunk does not end where its size says";
    ChunkExtension = 400, "bad_chunk_extension", "the chunk extensions are malformed or longer than 4 KiB";
    BadTrailer = 400, "bad_trailer", "a trailer is malformed";
    TrailerRefused = 400, "trailer_refused", "a trailer names a field that may not come after the body";
    TrailersTooLarge = 431, "trailers_too_large", "there are more than 32 trailers or 8 KiB of them";
    Incomplete = 400, "incomplete_head", "the connection ended within the request head";
    HeadTimeout = 408, "head_timeout", "the request head was not complete within 10 seconds";
    BodyTimeout = 408, "body_timeout", "the request body came slower than 1 KiB in 10 seconds";
    NoPlace = 503, "too_many_connections", "too many connections are open";
}

impl Reject {
    /// The whole answer: head, JSON body, and the announcement that the connection ends.
    pub fn answer(self, lang: Lang) -> Vec<u8> {
        let kind = match self.status() {
            408 => "timeout_error",
            503 => "overloaded_error",
            _ => "invalid_request_error",
        };
        let body = format!(
            r#"{{"type":"error","error":{{"type":"{kind}","code":"{}","message":{}}}}}"#,
            self.code(),
            serde_json::Value::from(rejects::reason(self.code(), lang)),
        );
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status(), self.phrase());
        head.push_str(match self.status() {
            405 => "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n",
            503 => "retry-after: 1\r\n",
            _ => "",
        });
        // Writing to a String cannot fail.
        let _ = write!(
            head,
            "content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        head.into_bytes()
    }

    fn phrase(self) -> &'static str {
        match self.status() {
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            414 => "URI Too Long",
            417 => "Expectation Failed",
            431 => "Request Header Fields Too Large",
            501 => "Not Implemented",
            503 => "Service Unavailable",
            505 => "HTTP Version Not Supported",
            _ => "Bad Request",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_answer_is_complete_http_with_readable_json() {
        let mut codes = HashSet::new();
        for reject in Reject::ALL {
            assert!(codes.insert(reject.code()), "{} is used twice", reject.code());
            let answer = String::from_utf8(reject.answer(Lang::En)).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with(&format!("HTTP/1.1 {} ", reject.status())));
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
            assert!(head.ends_with("connection: close"));
            let json: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(json["error"]["code"], reject.code());
            assert_eq!(json["error"]["message"], reject.reason());
        }
    }

    #[test]
    fn a_refusal_is_said_in_the_gateways_language_with_the_same_code() {
        let answer = String::from_utf8(Reject::NoHost.answer(Lang::Zh)).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        let json: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&json["error"]["code"], &json["error"]["message"]), (&"no_host".into(), &"请求没有 Host".into()));
    }
}
