//! Candidates that were passed over, and why.

use std::time::Duration;

use super::Flight;
use crate::classify::Kept;

/// Passed-over candidates that are remembered for the explanation.
const SKIPS_MAX: usize = 32;

/// A candidate that was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Skip {
    pub(crate) provider: usize,
    pub(crate) key: Option<usize>,
    pub(crate) why: SkipWhy,
    /// How long it lasts.
    pub(crate) left: Option<Duration>,
}

/// Why a candidate was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SkipWhy {
    Disabled,
    OtherProtocol,
    NeedsLogin,
    KeyDisabled,
    OwnLoginFirst,
    Cooling,
    /// Told like `Cooling`; what the client hears is another thing.
    Overloaded,
    NoSuchModel,
    Exhausted,
    Quarantined,
    SmallerLimit,
    /// Its context window is smaller than the request, or than the one that was too small.
    SmallerContext,
    FailedLately,
    Open,
    Price,
    /// Its profile was left, and no request leaves the present one.
    Left,
    RetryBudget,
    FailoverBudget,
    PanicRate,
    Full,
    /// The failure before stays with its provider, as configured.
    Kept(Kept),
    /// Its profile takes no request with tools.
    Tools,
    /// What the request refers to is kept by another provider.
    KeptElsewhere,
    /// It would begin to answer when the client has stopped waiting.
    NoTime,
}

impl SkipWhy {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::OtherProtocol => "other-protocol",
            Self::NeedsLogin => "needs-login",
            Self::KeyDisabled => "key-disabled",
            Self::OwnLoginFirst => "own-login-first",
            Self::Cooling | Self::Overloaded => "cooling",
            Self::NoSuchModel => "no-such-model",
            Self::Exhausted => "exhausted",
            Self::Quarantined => "quarantined",
            Self::SmallerLimit => "smaller-limit",
            Self::SmallerContext => "smaller-context",
            Self::FailedLately => "failed-lately",
            Self::Open => "open",
            Self::Price => "price",
            Self::Left => "left",
            Self::RetryBudget => "retry-budget",
            Self::FailoverBudget => "failover-budget",
            Self::PanicRate => "panic-rate",
            Self::Full => "full",
            Self::Kept(Kept { family, by_on }) => family.kept_id(by_on),
            Self::Tools => "tools",
            Self::KeptElsewhere => "kept-elsewhere",
            Self::NoTime => "no-time",
        }
    }
}

impl Flight {
    /// Notes a candidate that is passed over.
    pub(crate) fn skip(&mut self, skip: Skip) {
        let same = |other: &Skip| (other.provider, other.key, other.why) == (skip.provider, skip.key, skip.why);
        if self.skips.len() < SKIPS_MAX && !self.skips.iter().any(same) {
            self.skips.push(skip);
            self.skipped_at.push(self.attempts.len());
        }
    }
}
