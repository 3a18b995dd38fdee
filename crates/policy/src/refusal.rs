//! Why a request is not tried at all, and what is known when all tries have failed. The shell words the answers.

use std::sync::Arc;
use std::time::Duration;

use crate::classify::Row;

/// Nothing can be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The run's provider does not exist (any more).
    UnknownProvider(Arc<str>),
    /// The run's profile does not exist (any more).
    UnknownProfile(Arc<str>),
    /// No provider is configured.
    NoProviders,
    /// Every provider that could be used is switched off, or all its keys are.
    AllDisabled {
        /// Their names.
        providers: Vec<Arc<str>>,
    },
    /// None of the providers speaks the caller's protocol.
    WrongProtocol {
        /// What each of them speaks.
        providers: Vec<(Arc<str>, Vec<u8>)>,
    },
    /// The profile takes no request with tools.
    ToolsNotAllowed {
        /// Its name.
        profile: Arc<str>,
    },
    /// The providers forward the caller's own login, and the caller has none.
    LoginNeeded {
        /// Their names.
        providers: Vec<Arc<str>>,
    },
    /// Every provider that could be asked takes only smaller requests.
    TooLarge {
        /// How much each takes.
        limits: Vec<SizeLimit>,
    },
    /// The provider that keeps what the request refers to is not among those that it may go to.
    KeptElsewhere {
        /// The field that refers to it.
        field: &'static str,
        /// The provider.
        provider: Arc<str>,
    },
}

/// How large a request a provider takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeLimit {
    /// Its name.
    pub provider: Arc<str>,
    /// Bytes: at most so many where that is declared, else fewer.
    pub bytes: u64,
    /// The configuration says so; else the provider did, when it refused one.
    pub declared: bool,
}

/// Nothing more is tried: what the client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiveUp {
    /// The reason that counts, by precedence.
    pub why: Why,
    /// Number of the attempt that shows it best (from 1). `None` when the reason is not an attempt's.
    pub attempt: Option<u32>,
    /// What happened in that attempt.
    pub row: Option<Row>,
    /// How long until anything may be usable again, as far as known.
    pub usable_again_in: Option<Duration>,
    /// All that could be asked have named a moment themselves: asking before is of no use.
    pub named: bool,
}

/// Why nothing more is tried, in the order in which one reason beats the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The request is at fault: the upstream's answer goes to the client word for word.
    RequestFault,
    /// The caller's own login was judged by its provider: that answer belongs to the caller, word for word.
    OwnLogin,
    /// Output has been sent, so nothing may be repeated.
    Committed,
    /// All that can be used is at its rate limit.
    Cooling,
    /// Overloaded.
    Overloaded,
    /// Unreachable, failing or not answering.
    Unavailable,
    /// No balance with any key.
    Exhausted,
    /// The gateway's keys were rejected. Never shown as the upstream's 401: the client would log its user out.
    KeysRejected,
    /// No provider has the model.
    ModelNotFound,
    /// Everything that can be used is full, and so is the line, or it has waited as long as it may.
    Full,
    /// A limit for callers.
    Limited,
    /// The request is over: it succeeded, or the client went away.
    Ended,
}
