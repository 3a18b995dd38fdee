//! `[client.NAME]` and `[ui]`: who is started, and how it is told.

use std::collections::BTreeMap;

use crate::i18n::Lang;

/// `[client.NAME]`: how a client is started by `tokgate run`.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Profile of its runs.
    pub profile: Option<String>,
    /// Arguments put before the user's own.
    pub args: Vec<String>,
    /// Variables set for it.
    pub env: BTreeMap<String, String>,
    /// Program to start instead of the client's usual name.
    pub command: Option<String>,
    /// Model for small background work.
    pub small_model: Option<String>,
    /// Claude Code's slots: `opus`, `sonnet`, `haiku` → name sent.
    pub models: BTreeMap<String, String>,
    /// Switch the client's own telemetry and update traffic off. Default true.
    pub quiet_traffic: Option<bool>,
}

/// `[ui]`
#[derive(Debug, Clone, Default)]
pub struct Ui {
    /// `language = "auto" | "zh" | "en"`; `None` is auto.
    pub language: Option<Lang>,
    /// Client that a bare `tokgate run` starts.
    pub default_client: Option<String>,
}
