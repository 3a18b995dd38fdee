//! Credentials of a provider: where they come from, and how they are shown.

use std::path::PathBuf;

use tokgate_policy::engine::{Allowance, WEIGHT};

use crate::secret::Secret;

/// One credential of a provider.
#[derive(Debug, Clone)]
pub struct ProviderKey {
    /// Where the value comes from.
    pub from: SecretRef,
    /// Default true.
    pub enabled: bool,
    /// Its share where keys take turns, 0 to 1000. Default 100.
    pub weight: u32,
    /// What it bears. TOML: `concurrent`, `rpm`, `tpm`.
    pub limits: Allowance,
}

impl ProviderKey {
    /// An enabled key with a usual share and without limits.
    pub fn new(from: SecretRef) -> Self {
        Self { from, enabled: true, weight: WEIGHT, limits: Allowance::default() }
    }
}

/// Where a secret comes from; resolved at use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretRef {
    /// `env:NAME`
    Env(String),
    /// `file:PATH` (mode 0600 wanted)
    File(PathBuf),
    /// `command:PROGRAM ARGS`, run without a shell, 5 s limit
    Command(Vec<String>),
    /// the value itself
    Literal(Secret),
    /// `client`: the caller's own login is forwarded to this provider alone
    Client,
    /// `aws:…`: a pair of AWS keys that requests are signed with
    Aws(AwsSource),
}

/// Where AWS keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AwsSource {
    /// `aws:env`: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`
    Env,
    /// `aws:profile:NAME`: the shared files `~/.aws/credentials` and `~/.aws/config`
    Profile(String),
    /// `aws:command:PROGRAM ARGS`: a program that prints them as `credential_process` programs do
    Command(Vec<String>),
    /// `{ access_key = "…", secret_key = "…", session_token = "…" }`
    Parts(Box<AwsParts>),
}

/// AWS keys from references of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsParts {
    /// The access key's id.
    pub access_key: SecretRef,
    /// The access key itself.
    pub secret_key: SecretRef,
    /// Of keys that are lent for a time.
    pub session_token: Option<SecretRef>,
}

/// `provider.X.auth`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AuthStyle {
    /// By protocol: `x-api-key` for Anthropic, `authorization: Bearer` for OpenAI.
    #[default]
    Auto,
    /// `authorization: Bearer KEY`
    Bearer,
    /// `x-api-key: KEY`
    XApiKey,
    /// Both of them.
    Both,
    /// `api-key: KEY`, and `x-api-key: KEY` beside it where Anthropic's protocol is spoken.
    ApiKey,
    /// This header, the bare key as its value.
    Header(String),
    /// No credential is sent.
    None,
}
