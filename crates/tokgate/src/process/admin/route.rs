//! What would become of a request: the question and its answer.

use serde::{Deserialize, Serialize};

use crate::i18n::Both;

/// The body of `POST /route/test`: a request that is not made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteTest {
    /// Its path: `/v1/messages`.
    pub path: String,
    /// Model asked for.
    pub model: Option<String>,
    /// Client.
    pub client: Option<String>,
    /// Directory of the run.
    pub project: Option<String>,
    /// What it is marked with.
    pub tag: Option<String>,
    /// User it names.
    pub user: Option<String>,
    /// Profile it asks for.
    pub profile: Option<String>,
    /// Provider it asks for.
    pub provider: Option<String>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// A stream is asked for.
    pub stream: bool,
    /// Hour of the day; now, when none is said.
    pub hour: Option<u8>,
    /// Size of its body, bytes.
    pub bytes: u64,
    /// It offers tools.
    pub tools: bool,
    /// It wants the web searched.
    pub web_search: bool,
    /// It wants thinking.
    pub thinking: bool,
    /// It shows images.
    pub images: bool,
    /// Its conversation, as its client names it.
    pub session: Option<String>,
    /// What it refers to that one provider keeps: the field, and the id where that is known.
    pub stored: Option<(String, Option<String>)>,
    /// How long its caller waits, milliseconds; as its headers say, when none is said.
    pub deadline_ms: Option<u64>,
    /// It comes with its caller's own login.
    pub login: bool,
    /// Model that its run asks for.
    pub run_model: Option<String>,
}

/// What is not known of a request that is tested, and so not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// Its conversation: it counts as the first turn of one.
    Conversation,
    /// Its body: it counts as empty.
    Body,
    /// What it would cost where.
    Prices,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteTested {
    /// Rules tried, what was chosen, who was passed over: the trail of the deciding code.
    pub trail: serde_json::Value,
    /// Who would be asked, one after the other.
    pub candidates: Vec<RouteCandidate>,
    /// The pause before the first of them can be asked, milliseconds.
    pub wait_ms: Option<u64>,
    /// Why nobody would be asked.
    pub refusal: Option<Both>,
    /// Its place among requests that wait.
    pub priority: i16,
    /// Decided by what the running gateway knows; else by the configuration alone.
    pub running: bool,
    /// What was not looked at.
    pub ignored: Vec<Unknown>,
}

/// One who would be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteCandidate {
    /// The provider.
    pub provider: String,
    /// Its key: its number in the provider's list, from 1.
    pub key: Option<usize>,
    /// The model it would be sent, when that is not the one asked for.
    pub model: Option<String>,
}
