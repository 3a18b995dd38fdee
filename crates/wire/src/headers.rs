//! Which headers travel through, by name. Names are lower case, as every HTTP library here hands them over.
//!
//! Headers named by `connection` are hop-by-hop too; the caller, who sees the values, removes those.

/// Headers of one hop. RFC 9110 §7.6.1, and names older programs still send.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Request headers that end here: credentials (the provider's own is set instead), what describes the client's
/// connection to us, and what only a browser says.
const REQUEST_ENDS_HERE: &[&str] = &[
    "accept-encoding",
    "api-key",
    "authorization",
    "content-length",
    "cookie",
    "expect",
    "host",
    "origin",
    "referer",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-api-key",
    "x-goog-api-key",
];

/// Response headers that end here: framing is ours, and nothing an upstream says may set cookies, open our origin to
/// other sites or move the client to another host or scheme.
const RESPONSE_ENDS_HERE: &[&str] =
    &["alt-svc", "content-length", "content-security-policy", "set-cookie", "set-cookie2", "strict-transport-security"];

/// Families of request headers that end here.
const REQUEST_FAMILIES: &[&str] = &["sec-", "x-tokgate-"];
/// Families of response headers that end here.
const RESPONSE_FAMILIES: &[&str] = &["access-control-", "x-tokgate-"];

/// Whether a request header goes on to the upstream.
pub fn forwards_request(name: &str) -> bool {
    travels(name, REQUEST_ENDS_HERE, REQUEST_FAMILIES)
}

/// Whether a response header goes back to the client.
pub fn forwards_response(name: &str) -> bool {
    travels(name, RESPONSE_ENDS_HERE, RESPONSE_FAMILIES)
}

fn travels(name: &str, ends_here: &[&str], families: &[&str]) -> bool {
    !(name.starts_with(':')
        || HOP_BY_HOP.contains(&name)
        || ends_here.contains(&name)
        || families.iter().any(|family| name.starts_with(family)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credential_of_the_caller_reaches_an_upstream() {
        for name in [
            "authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "x-amz-security-token",
            "cookie",
            "proxy-authorization",
        ] {
            assert!(!forwards_request(name), "{name}");
        }
    }

    #[test]
    fn what_the_clients_say_about_themselves_goes_on() {
        for name in [
            "user-agent",
            "accept",
            "content-type",
            "anthropic-beta",
            "anthropic-version",
            "x-claude-code-session-id",
            "x-stainless-timeout",
            "x-codex-turn-state",
            "session-id",
            "thread-id",
            "originator",
            "x-app",
            "openai-beta",
            "something-new",
        ] {
            assert!(forwards_request(name), "{name}");
        }
    }

    #[test]
    fn headers_of_one_hop_stay_on_their_hop_in_both_directions() {
        for name in HOP_BY_HOP {
            assert!(!forwards_request(name), "{name}");
            assert!(!forwards_response(name), "{name}");
        }
    }

    #[test]
    fn our_own_headers_and_browser_headers_do_not_leave_the_house() {
        for name in ["x-tokgate-run", "sec-fetch-site", "sec-websocket-key", "origin", "referer", "host", "expect"] {
            assert!(!forwards_request(name), "{name}");
        }
    }

    #[test]
    fn limits_and_ids_of_the_upstream_reach_the_client() {
        for name in [
            "request-id",
            "x-request-id",
            "retry-after",
            "retry-after-ms",
            "x-should-retry",
            "anthropic-ratelimit-requests-reset",
            "anthropic-organization-id",
            "x-codex-turn-state",
            "openai-processing-ms",
            "x-models-etag",
            "content-type",
            "server",
        ] {
            assert!(forwards_response(name), "{name}");
        }
    }

    #[test]
    fn an_upstream_cannot_speak_to_a_browser_through_us_or_forge_our_headers() {
        for name in [
            "set-cookie",
            "access-control-allow-origin",
            "content-security-policy",
            "alt-svc",
            "strict-transport-security",
            "content-length",
            "x-tokgate-request-id",
        ] {
            assert!(!forwards_response(name), "{name}");
        }
    }
}
