//! Client adapters: how the requests of one client program are recognised, and what is rewritten in them.
//!
//! What is rewritten is configuration, down to the last word; only the ways in which known programs give themselves away
//! are facts ([`preset`]). A body is changed at the places that are named, and stays as it is everywhere else.

pub mod preset;
mod system;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::conversation::Losses;
use crate::downgrade::{self, Lack, Lacks};
use crate::json::Outline;
use crate::protocol::Protocol;
use crate::splice::Edits;
use crate::translate::ids;

/// How long a session id stays the same.
pub const SESSION_PERIOD: Duration = Duration::from_secs(12 * 3600);

/// How one program's requests are recognised; one of these is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detect {
    /// Texts of which one is in the `User-Agent`, in any case.
    pub user_agents: Vec<String>,
    /// Headers, lower case, with their value in any case.
    pub headers: Vec<(String, String)>,
    /// Fields of which one stands at the top of the body.
    pub fields: Vec<String>,
}

/// What is rewritten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// Instructions put before the client's own.
    pub system: Option<String>,
    /// What is taken out of the body.
    pub strip: Lacks,
    /// What stays in the body although the provider is thought not to take it.
    pub keep: Vec<Lack>,
    /// Headers set on the way to the provider.
    pub set_headers: Vec<(String, String)>,
    /// Headers taken away, lower case.
    pub remove_headers: Vec<String>,
    /// Where a session id goes that the client does not send.
    pub session: Option<Session>,
    /// How long that id stays the same.
    pub session_every: Option<Duration>,
}

/// Where a session id goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// A header, lower case.
    Header(String),
    /// A field of the body, or one inside a field: `prompt_cache_key`, `metadata.user_id`.
    Field(String, Option<String>),
}

/// One client program's requests, and what becomes of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adapter {
    /// Its name in the configuration.
    pub name: String,
    /// How they are recognised.
    pub detect: Detect,
    /// What is rewritten.
    pub rewrite: Rewrite,
}

/// A body as it goes on.
#[derive(Debug, PartialEq, Eq)]
pub struct Adapted {
    /// The body; `None`: nothing in it changed.
    pub body: Option<Vec<u8>>,
    /// What was taken out.
    pub losses: Losses,
}

impl Detect {
    /// Whether a request is one of these. `header` reads a header by its lower-case name.
    pub fn matches<'h>(&self, header: impl Fn(&str) -> Option<&'h str>, body: &str) -> bool {
        let agent = header("user-agent").unwrap_or_default().to_ascii_lowercase();
        let named = |text: &String| !text.is_empty() && agent.contains(&text.to_ascii_lowercase());
        let has = |(name, value): &(String, String)| header(name).is_some_and(|sent| sent.eq_ignore_ascii_case(value));
        self.user_agents.iter().any(named) || self.headers.iter().any(has) || self.has_field(body)
    }

    fn has_field(&self, body: &str) -> bool {
        // Most adapters name none; then the body is not looked at.
        !self.fields.is_empty()
            && Outline::of(body).is_some_and(|outline| self.fields.iter().any(|name| outline.member(name).is_some()))
    }
}

impl Session {
    /// Reads `header:NAME` or `body:FIELD`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        match text.split_once(':')? {
            ("header", name) => is_name(name).then(|| Self::Header(name.to_ascii_lowercase())),
            ("body", path) => match path.split_once('.') {
                Some((field, member)) if is_name(field) && is_name(member) => {
                    Some(Self::Field(field.to_owned(), Some(member.to_owned())))
                }
                None if is_name(path) => Some(Self::Field(path.to_owned(), None)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl std::fmt::Display for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Field(field, None) => write!(f, "body:{field}"),
            Self::Field(field, Some(member)) => write!(f, "body:{field}.{member}"),
        }
    }
}

impl Adapter {
    /// The session id at a moment (seconds since the Unix epoch): the same within a period, another in the next.
    /// `seed` keeps two gateways apart.
    pub fn session_id(&self, seed: u64, unix_s: u64) -> String {
        let period = self.rewrite.session_every.unwrap_or(SESSION_PERIOD).as_secs().max(1);
        let window = unix_s / period;
        ids::derived("", ids::hash(format!("{}/{seed:016x}/{window}", self.name).as_bytes()), 0)
    }

    /// Rewrites a body, which the structural scan accepted; `session`: the id for now.
    pub fn body(&self, protocol: Protocol, body: &str, session: &str) -> Adapted {
        let stripped = match self.rewrite.strip.is_empty() {
            true => None,
            false => downgrade::request(protocol.into(), body, &self.rewrite.strip, None),
        };
        let (without, losses) = match stripped {
            Some(made) => (String::from_utf8(made.body).ok(), made.losses),
            None => (None, Losses::default()),
        };
        let text = without.as_deref().unwrap_or(body);
        let mut edits = Edits::default();
        if let Some(outline) = Outline::of(text) {
            let mut added = Vec::new();
            if let Some(system) = &self.rewrite.system {
                added.extend(system::put(protocol, &outline, system, &mut edits));
            }
            if let Some(Session::Field(field, member)) = &self.rewrite.session {
                added.extend(put_session(&outline, field, member.as_deref(), session, &mut edits));
            }
            if !added.is_empty() {
                let comma = if outline.members.is_empty() { "" } else { "," };
                edits.replace(outline.begin()..outline.begin(), format!("{}{comma}", added.join(",")));
            }
        }
        let changed = (!edits.is_empty()).then(|| edits.apply(text));
        Adapted { body: changed.or_else(|| without.map(String::into_bytes)), losses }
    }
}

/// Puts a session id where the client sent none; a field that is not there yet is returned, to be put in.
fn put_session(
    outline: &Outline<'_>,
    field: &str,
    member: Option<&str>,
    session: &str,
    edits: &mut Edits,
) -> Option<String> {
    let id = serde_json::to_string(session).unwrap_or_default();
    let value = outline.value(field);
    let Some(member) = member else {
        return match value {
            None => Some(format!("\"{field}\":{id}")),
            Some("null") => {
                edits.replace(outline.member(field)?.value.clone(), id);
                None
            }
            Some(_) => None,
        };
    };
    match value {
        None => Some(format!("\"{field}\":{{\"{member}\":{id}}}")),
        Some("null") => {
            edits.replace(outline.member(field)?.value.clone(), format!("{{\"{member}\":{id}}}"));
            None
        }
        Some(object) if object.starts_with('{') && outline.nested(field, member).is_none() => {
            let at = outline.member(field)?.value.start + 1;
            let rest = object.get(1..object.len() - 1).unwrap_or_default();
            let comma = if rest.trim().is_empty() { "" } else { "," };
            edits.replace(at..at, format!("\"{member}\":{id}{comma}"));
            None
        }
        Some(_) => None,
    }
}
