//! Header names that are looked up for every request, made once: looking up a text parses it each time.

use http::HeaderMap;
use http::header::{self, HeaderName};

/// Names this hop, so that a loop through ourselves is seen.
pub const HOP: HeaderName = HeaderName::from_static("x-tokgate-hop");
/// Where a browser says that another page is behind a request.
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Codex names itself here.
pub const ORIGINATOR: HeaderName = HeaderName::from_static("originator");
/// Anthropic's API version.
pub const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
/// The caller's user, where the body names none.
pub const USER: HeaderName = HeaderName::from_static("x-tokgate-user");
/// The caller chooses a profile.
pub const PROFILE: HeaderName = HeaderName::from_static("x-tokgate-profile");
/// The caller chooses a provider.
pub const PROVIDER: HeaderName = HeaderName::from_static("x-tokgate-provider");
/// How often the SDK has tried this request before.
pub const RETRY_COUNT: HeaderName = HeaderName::from_static("x-stainless-retry-count");
/// How long the SDK waits, seconds.
pub const TIMEOUT: HeaderName = HeaderName::from_static("x-stainless-timeout");

/// Credential headers a caller may use; forwarded only where his own login is wanted.
pub const CREDENTIALS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-goog-api-key"),
];

/// Headers that may name the conversation.
const SESSION: [HeaderName; 7] = [
    HeaderName::from_static("x-claude-code-session-id"),
    HeaderName::from_static("session-id"),
    HeaderName::from_static("session_id"),
    HeaderName::from_static("thread-id"),
    HeaderName::from_static("thread_id"),
    HeaderName::from_static("x-session-id"),
    HeaderName::from_static("x-session-affinity"),
];

/// One header as text.
pub fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A header that may name the conversation, by its text.
pub fn session<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    match SESSION.iter().find(|known| known.as_str() == name) {
        Some(known) => text(headers, known),
        None => headers.get(name).and_then(|value| value.to_str().ok()),
    }
}
