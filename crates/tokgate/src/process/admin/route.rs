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
