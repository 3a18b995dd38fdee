//! Header names that are looked at in every request. One pass over a head notes which of them it has; the others, most
//! of them, are then never looked up.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Names this hop, so that a loop through ourselves is seen.
pub const HOP: HeaderName = HeaderName::from_static("x-tokgate-hop");

/// Credential headers a caller may use; forwarded only where his own login is wanted.
pub const CREDENTIALS: [Known; 4] = [Known::Authorization, Known::XApiKey, Known::ApiKey, Known::XGoogApiKey];

macro_rules! known {
    ($($variant:ident = $text:literal => $name:expr, $doc:literal;)+) => {
        /// A request header we look at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Known {
            $(#[doc = $doc] $variant,)+
        }

        /// In the order of [`Known`].
        static NAMES: [HeaderName; Known::ALL.len()] = [$($name),+];

        impl Known {
            const ALL: &[Self] = &[$(Self::$variant),+];

            /// By its text, lower case.
            pub fn of(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

known! {
    Host = "host" => header::HOST, "The address the client believes in.";
    Origin = "origin" => header::ORIGIN, "The page that asks.";
    SecFetchSite = "sec-fetch-site" => HeaderName::from_static("sec-fetch-site"), "Where a browser says that another page is behind a request.";
    UserAgent = "user-agent" => header::USER_AGENT, "The program.";
    Originator = "originator" => HeaderName::from_static("originator"), "Codex names itself here.";
    Hop = "x-tokgate-hop" => HOP, "Gateways passed.";
    Authorization = "authorization" => header::AUTHORIZATION, "A credential.";
    XApiKey = "x-api-key" => HeaderName::from_static("x-api-key"), "A credential.";
    ApiKey = "api-key" => HeaderName::from_static("api-key"), "A credential.";
    XGoogApiKey = "x-goog-api-key" => HeaderName::from_static("x-goog-api-key"), "A credential.";
    ContentType = "content-type" => header::CONTENT_TYPE, "What the body is.";
    ContentEncoding = "content-encoding" => header::CONTENT_ENCODING, "How the body is compressed.";
    Accept = "accept" => header::ACCEPT, "What the answer may be.";
    AnthropicVersion = "anthropic-version" => HeaderName::from_static("anthropic-version"), "Anthropic's API version.";
    Connection = "connection" => header::CONNECTION, "Fields of this hop.";
    Upgrade = "upgrade" => header::UPGRADE, "Another protocol wanted.";
    User = "x-tokgate-user" => HeaderName::from_static("x-tokgate-user"), "The caller's user, where the body names none.";
    Profile = "x-tokgate-profile" => HeaderName::from_static("x-tokgate-profile"), "The caller chooses a profile.";
    Provider = "x-tokgate-provider" => HeaderName::from_static("x-tokgate-provider"), "The caller chooses a provider.";
    Prefer = "prefer" => HeaderName::from_static("prefer"), "What the caller would like.";
    IdempotencyKey = "idempotency-key" => HeaderName::from_static("idempotency-key"), "The caller's name for one request, however often it comes.";
    Tag = "x-tokgate-tag" => HeaderName::from_static("x-tokgate-tag"), "What the caller marks a request with.";
    RetryCount = "x-stainless-retry-count" => HeaderName::from_static("x-stainless-retry-count"), "How often the SDK has tried this request before.";
    Timeout = "x-stainless-timeout" => HeaderName::from_static("x-stainless-timeout"), "How long the SDK waits, seconds.";
    ReadTimeout = "x-stainless-read-timeout" => HeaderName::from_static("x-stainless-read-timeout"), "How long the SDK waits for more of an answer, seconds.";
    ClaudeSession = "x-claude-code-session-id" => HeaderName::from_static("x-claude-code-session-id"), "May name the conversation.";
    ClaudeAgent = "x-claude-code-agent-id" => HeaderName::from_static("x-claude-code-agent-id"), "Names one of a conversation's agents.";
    Session = "session-id" => HeaderName::from_static("session-id"), "May name the conversation.";
    SessionUnderscore = "session_id" => HeaderName::from_static("session_id"), "May name the conversation.";
    Thread = "thread-id" => HeaderName::from_static("thread-id"), "May name the conversation.";
    ThreadUnderscore = "thread_id" => HeaderName::from_static("thread_id"), "May name the conversation.";
    XSession = "x-session-id" => HeaderName::from_static("x-session-id"), "May name the conversation.";
    SessionAffinity = "x-session-affinity" => HeaderName::from_static("x-session-affinity"), "May name the conversation.";
}

// One bit each.
const _: () = assert!(Known::ALL.len() <= 64);

/// Which known headers a head has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen(u64);

impl Seen {
    /// Looks through a head.
    pub fn of(headers: &HeaderMap) -> Self {
        let bits = headers.keys().filter_map(|name| Known::of(name.as_str())).map(|known| 1 << known as u32);
        Self(bits.fold(0, |seen, bit: u64| seen | bit))
    }

    /// Whether it is there.
    pub const fn has(self, known: Known) -> bool {
        self.0 & 1 << known as u32 != 0
    }
}

/// A request's headers, and which of the known ones are among them.
#[derive(Debug)]
pub struct Headers {
    map: HeaderMap,
    seen: Seen,
}

impl Headers {
    /// These.
    pub fn new(map: HeaderMap, seen: Seen) -> Self {
        Self { map, seen }
    }

    /// All of them.
    pub const fn map(&self) -> &HeaderMap {
        &self.map
    }

    /// The known ones.
    pub const fn known(&self) -> Heads<'_> {
        Heads { map: &self.map, seen: self.seen }
    }

    /// Changes them as `change` likes.
    pub fn change(&mut self, change: impl FnOnce(&mut HeaderMap)) {
        change(&mut self.map);
        self.seen = Seen::of(&self.map);
    }

    /// Takes one out.
    pub fn remove(&mut self, known: Known) {
        self.map.remove(known.name());
        self.seen.0 &= !(1 << known as u32);
    }
}

/// A view of a head's known headers.
#[derive(Debug, Clone, Copy)]
pub struct Heads<'a> {
    map: &'a HeaderMap,
    seen: Seen,
}

impl<'a> Heads<'a> {
    /// Looks through a head.
    pub fn of(map: &'a HeaderMap) -> Self {
        Self { map, seen: Seen::of(map) }
    }

    /// What has been seen, for [`Headers`].
    pub const fn seen(self) -> Seen {
        self.seen
    }

    /// Whether it is there, be it text or not.
    pub const fn has(self, known: Known) -> bool {
        self.seen.has(known)
    }

    /// Its first value.
    pub fn value(self, known: Known) -> Option<&'a HeaderValue> {
        if self.has(known) { self.map.get(known.name()) } else { None }
    }

    /// All its values.
    pub fn values(self, known: Known) -> impl Iterator<Item = &'a HeaderValue> {
        self.has(known).then(|| self.map.get_all(known.name())).into_iter().flatten()
    }

    /// Its first value as text.
    pub fn text(self, known: Known) -> Option<&'a str> {
        self.value(known)?.to_str().ok()
    }

    /// By name, lower case: a known one at no cost when it is absent.
    pub fn named(self, name: &str) -> Option<&'a str> {
        match Known::of(name) {
            Some(known) => self.text(known),
            None => self.map.get(name).and_then(|value| value.to_str().ok()),
        }
    }
}

impl Known {
    /// As the header map knows it.
    pub fn name(self) -> &'static HeaderName {
        &NAMES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn each_known_header_is_found_by_the_name_it_is_looked_up_with() {
        for known in Known::ALL {
            assert_eq!(Known::of(known.name().as_str()), Some(*known));
        }
        assert_eq!(Known::ALL.len(), NAMES.len());
    }

    #[test]
    fn what_is_there_is_seen_and_nothing_else() {
        let mut map = HeaderMap::new();
        map.append("x-tokgate-hop", HeaderValue::from_static("a"));
        map.append("x-tokgate-hop", HeaderValue::from_static("b"));
        map.insert("x-other", HeaderValue::from_static("c"));
        let mut headers = Headers::new(map.clone(), Seen::of(&map));
        let known = headers.known();
        assert_eq!(known.values(Known::Hop).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((known.text(Known::Host), known.has(Known::Origin)), (None, false));
        assert_eq!((known.named("x-other"), known.named("x-tokgate-hop")), (Some("c"), Some("a")));
        headers.remove(Known::Hop);
        assert!(!headers.known().has(Known::Hop) && headers.map().len() == 1);
    }

    #[test]
    fn a_value_that_is_no_text_is_there_all_the_same() {
        let mut map = HeaderMap::new();
        map.insert("origin", HeaderValue::from_bytes(b"http://\xff").unwrap());
        let known = Heads::of(&map);
        assert!(known.has(Known::Origin) && known.text(Known::Origin).is_none());
    }
}
