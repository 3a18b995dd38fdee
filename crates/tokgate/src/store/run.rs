//! One start of a client through us, as it is remembered across restarts of the gateway.

/// A run. Its tag stands in the path of every request of that run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Random tag; for providers that take the caller's own login it is a credential, so it is shown shortened.
    pub tag: Box<str>,
    /// Client id.
    pub client: Box<str>,
    /// Directory.
    pub project: Option<Box<str>>,
    /// What it was marked with.
    pub label: Option<Box<str>>,
    /// Profile asked for.
    pub profile: Option<Box<str>>,
    /// Provider asked for.
    pub provider: Option<Box<str>>,
    /// Model asked for.
    pub model: Option<Box<str>>,
    /// When it was started, milliseconds since the Unix epoch.
    pub created_ms: u64,
}
