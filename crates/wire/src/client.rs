//! Which program is calling and which of its conversations. Detection only names; nothing is allowed or refused by it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::peek::Peek;

/// A program that calls us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    /// Claude Code.
    Claude,
    /// Codex, command line or interface.
    Codex,
    /// opencode.
    Opencode,
    /// Gemini CLI.
    Gemini,
    /// A program on an Anthropic SDK.
    AnthropicSdk,
    /// A program on an OpenAI SDK.
    OpenaiSdk,
    /// Anything else.
    Other,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Claude, Self::Codex, Self::Opencode, Self::Gemini, Self::AnthropicSdk, Self::OpenaiSdk, Self::Other];

    /// The name used in records, paths (`/c/<id>`) and output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Opencode => "opencode",
            Self::Gemini => "gemini",
            Self::AnthropicSdk => "anthropic-sdk",
            Self::OpenaiSdk => "openai-sdk",
            Self::Other => "other",
        }
    }

    /// Reads [`Client::id`] back.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.id() == id)
    }
}

/// Marks in a user agent, lower case; the programs come before the SDKs they are built on.
const MARKS: &[(&str, Client)] = &[
    ("claude-cli/", Client::Claude),
    ("claude-code/", Client::Claude),
    ("codex_", Client::Codex),
    ("codex-", Client::Codex),
    ("codex/", Client::Codex),
    ("opencode/", Client::Opencode),
    ("geminicli", Client::Gemini),
    ("gemini-cli", Client::Gemini),
    ("anthropic/", Client::AnthropicSdk),
    ("openai/", Client::OpenaiSdk),
];

/// Longest part of a user agent that is looked at: the program's name stands in front.
const USER_AGENT_MAX: usize = 256;

/// Names the program from its `user-agent` and, for Codex, `originator`.
pub fn detect(user_agent: Option<&str>, originator: Option<&str>) -> Client {
    if originator.is_some_and(|name| starts_with_ignoring_case(name, "codex")) {
        return Client::Codex;
    }
    let agent = user_agent.unwrap_or_default();
    let end = (0..=agent.len().min(USER_AGENT_MAX)).rev().find(|end| agent.is_char_boundary(*end)).unwrap_or(0);
    best_mark(&agent[..end]).map_or(Client::Other, |(_, client)| *client)
}

/// The first of [`MARKS`] that stands at the beginning of a word.
fn best_mark(agent: &str) -> Option<&'static (&'static str, Client)> {
    let mut best = MARKS.len();
    for (at, _) in agent.char_indices().filter(|(at, _)| begins_word(&agent[..*at])) {
        let found = MARKS[..best].iter().position(|(mark, _)| starts_with_ignoring_case(&agent[at..], mark));
        best = found.unwrap_or(best);
        if best == 0 {
            break;
        }
    }
    MARKS.get(best)
}

/// Whether what follows `before` is a word of its own; `AsyncAnthropic` counts as one.
fn begins_word(before: &str) -> bool {
    let tail = before.len().checked_sub(5).and_then(|at| before.get(at..));
    !before.ends_with(|c: char| c.is_ascii_alphanumeric())
        || tail.is_some_and(|tail| tail.eq_ignore_ascii_case("async"))
}

/// Longest session id that is believed; longer ones are no ids.
const SESSION_MAX: usize = 256;

/// Headers that name the conversation, before anything in the body.
const FIRST_HEADERS: &[&str] = &["x-claude-code-session-id"];
/// Headers that name the conversation, after Claude Code's `metadata.user_id`.
const LATER_HEADERS: &[&str] =
    &["session-id", "session_id", "thread-id", "thread_id", "x-session-id", "x-session-affinity"];

/// The client's own conversation id, from the best of its places.
pub fn session<'a>(header: impl Fn(&str) -> Option<&'a str>, peek: &'a Peek<'_>) -> Option<Cow<'a, str>> {
    let named = |names: &[&str]| names.iter().find_map(|name| header(name).filter(|id| is_session(id)));
    if let Some(id) = named(FIRST_HEADERS) {
        return Some(Cow::Borrowed(id));
    }
    if let Some(id) = peek.user.as_deref().and_then(session_in_user) {
        return Some(id);
    }
    if let Some(id) = named(LATER_HEADERS) {
        return Some(Cow::Borrowed(id));
    }
    peek.prompt_cache_key.as_deref().filter(|id| is_session(id)).map(Cow::Borrowed)
}

/// Claude Code writes a JSON string `{device_id, account_uuid, session_id}`; before, `user_…_account_…_session_<uuid>`.
pub(crate) fn session_in_user(user: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct User<'a> {
        #[serde(borrow)]
        session_id: Cow<'a, str>,
    }
    let id = if user.starts_with('{') {
        serde_json::from_str::<User<'_>>(user).ok()?.session_id
    } else {
        Cow::Borrowed(user.rsplit_once("_session_")?.1)
    };
    is_session(&id).then_some(id)
}

/// Whether a text can be an id at all.
fn is_session(id: &str) -> bool {
    !id.is_empty() && id.len() <= SESSION_MAX && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `starts_with` for ASCII names.
fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests;
