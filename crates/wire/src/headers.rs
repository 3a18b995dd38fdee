//! Which headers travel through, by name. Names are lower case, as every HTTP library here hands them over.
//!
//! Headers named by `connection` are hop-by-hop too; the caller, who sees the values, removes those.

/// Whether a request header goes on to the upstream. What ends here: credentials (the provider's own is set instead), what
/// describes the client's connection to us, and what only a browser says.
pub fn forwards_request(name: &str) -> bool {
    let ends_here = matches!(
        name,
        "accept-encoding"
            | "api-key"
            | "authorization"
            | "content-length"
            | "cookie"
            | "expect"
            | "host"
            | "origin"
            | "referer"
            | "x-amz-content-sha256"
            | "x-amz-date"
            | "x-amz-security-token"
            | "x-api-key"
            | "x-goog-api-key"
    );
    !ends_here && travels(name) && !name.starts_with("sec-")
}

/// Whether a response header goes back to the client. What ends here: framing is ours, and nothing an upstream says may
/// set cookies, open our origin to other sites or move the client to another host or scheme.
pub fn forwards_response(name: &str) -> bool {
    let ends_here = matches!(
        name,
        "alt-svc"
            | "content-length"
            | "content-security-policy"
            | "set-cookie"
            | "set-cookie2"
            | "strict-transport-security"
    );
    !ends_here && travels(name) && !name.starts_with("access-control-")
}

/// Whether a header may leave its hop (RFC 9110 §7.6.1, and names older programs still send) and is not one of ours.
fn travels(name: &str) -> bool {
    !name.starts_with(':') && !is_of_one_hop(name) && !name.starts_with("x-tokgate-")
}

fn is_of_one_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
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
        for name in [
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
        ] {
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
