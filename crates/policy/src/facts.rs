//! What is known of a request when it is decided where it goes: plain values, no bytes of a protocol.

use std::fmt;
use std::time::Duration;

use crate::capacity::Class;

/// Bytes of a request that are about a token.
const BYTES_PER_TOKEN: u64 = 4;

/// What a request's body shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits {
    /// The provider shall search the web.
    pub web_search: bool,
    /// Thinking was asked for.
    pub thinking: bool,
    /// It shows images.
    pub images: bool,
}

/// Something stored at one provider that a request refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// The field that refers to it.
    pub field: &'static str,
    /// Hash of its id; `None` when it is not known.
    pub id: Option<u64>,
}

/// What a conversation began with, for one that its client does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Hash of the caller, the model, the instructions and the first turn.
    pub hash: u64,
    /// It has been answered since.
    pub goes_on: bool,
}

/// The facts of one request.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Protocol the caller speaks, as the shell numbers them.
    pub protocol: u8,
    /// Model asked for.
    pub model: Option<&'a str>,
    /// User named by the request.
    pub user: Option<&'a str>,
    /// Client id: `claude`, `codex`, …
    pub client: Option<&'a str>,
    /// Request path without the run tag.
    pub path: Option<&'a str>,
    /// Directory of the run.
    pub project: Option<&'a str>,
    /// What the run or the request was marked with.
    pub tag: Option<&'a str>,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// Only the request's tokens are asked for.
    pub counts_tokens: bool,
    /// It offers tools.
    pub tools: bool,
    /// What the body shows. Looks into it, so it is asked only where a rule depends on it.
    pub traits: &'a dyn Fn() -> Traits,
    /// Hour of the day, local time; asked only where a rule depends on it.
    pub hour: &'a dyn Fn() -> u8,
    /// Reads a request header by its lower-case name.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// Profile the run asked for.
    pub pinned_profile: Option<&'a str>,
    /// Provider the run asked for.
    pub pinned_provider: Option<&'a str>,
    /// Model the run asked for.
    pub pinned_model: Option<&'a str>,
    /// How many times the client has tried this request before (`x-stainless-retry-count`).
    pub retry_count: u32,
    /// The caller carries a login of its own (not a local key), which a provider with `keys = ["client"]` may get.
    pub caller_has_login: bool,
    /// Body size, bytes.
    pub body_bytes: u64,
    /// Hash of what is the same when the client sends it again: a repeated request does not start where it just failed.
    pub affinity: Option<u64>,
    /// Hash of the conversation, as its client names it: it stays where its prompt cache is.
    pub session: Option<u64>,
    /// What stands for that name where there is none. Looks into the body, so it is asked only where there is a choice.
    pub origin: &'a dyn Fn() -> Option<Origin>,
    /// It is the first turn of a conversation that is named by its origin: others may begin like it, and nothing of it is
    /// in a cache.
    pub begins: bool,
    /// What it refers to that one provider keeps: another one cannot answer it.
    pub stored: Option<Stored>,
    /// Its prompt is to stay in the provider's cache for an hour.
    pub long_cache: bool,
    /// What the request would cost at a provider (its name, the model it is sent), in millionths of a US dollar, with or
    /// without its prompt in the cache there. `None` when no price is known.
    pub price: &'a dyn Fn(&str, &str, bool) -> Option<u64>,
    /// When the caller stops waiting, in the engine's time.
    pub deadline: Option<Duration>,
    /// How urgent it is.
    pub class: Class,
}

impl<'a> Facts<'a> {
    /// A request of which nothing is known but its protocol.
    pub fn new(protocol: u8) -> Self {
        Self {
            protocol,
            model: None,
            user: None,
            client: None,
            path: None,
            project: None,
            tag: None,
            stream: false,
            counts_tokens: false,
            tools: false,
            traits: &Traits::default,
            hour: &|| 0,
            header: &|_| None,
            pinned_profile: None,
            pinned_provider: None,
            pinned_model: None,
            retry_count: 0,
            caller_has_login: false,
            body_bytes: 0,
            affinity: None,
            session: None,
            origin: &|| None,
            begins: false,
            stored: None,
            long_cache: false,
            price: &|_, _, _| None,
            deadline: None,
            class: Class::Interactive,
        }
    }

    /// The model that decides: the run's own choice, else the one asked for.
    pub(crate) fn wanted_model(&self) -> Option<&'a str> {
        self.pinned_model.or(self.model)
    }

    /// Whether this names a conversation that is nowhere yet.
    pub(crate) fn is_new(&self, key: u64) -> bool {
        self.begins && self.session == Some(key)
    }

    /// Its size in tokens, as far as its bytes tell.
    pub(crate) const fn input_tokens(&self) -> u64 {
        self.body_bytes / BYTES_PER_TOKEN
    }
}

impl fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither header values nor user ids: facts end up in logs when something is wrong.
        f.debug_struct("Facts")
            .field("protocol", &self.protocol)
            .field("model", &self.model)
            .field("client", &self.client)
            .field("path", &self.path)
            .field("pinned_profile", &self.pinned_profile)
            .field("pinned_provider", &self.pinned_provider)
            .field("retry_count", &self.retry_count)
            .field("caller_has_login", &self.caller_has_login)
            .finish_non_exhaustive()
    }
}
