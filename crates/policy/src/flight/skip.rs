//! Candidates that were passed over, and why.

use std::time::Duration;

use super::{End, Flight};
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
    /// Nobody has said that it takes more than the one that refused the request for its size.
    RoomUnknown,
    FailedLately,
    Open,
    Price,
    /// It is of a lower tier, and switching is paused.
    Paused,
    /// It is of a lower tier, and no request goes there by itself.
    NotByItself,
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
    /// It asked to wait, and the last try is kept until shortly before the wait ends, or until it answers others.
    LastTry,
    /// It would begin to answer when the client has stopped waiting.
    NoTime,
    /// Its rest lasts longer than the client waits.
    RestTooLong,
    /// This key may not use the model.
    NotPermitted,
    /// The attempts that the request may make were used up before.
    TriesUsed,
    /// What is wrong with the request would be wrong there too.
    RequestFault,
    /// The client had a part of another one's answer.
    AnswerBegun,
    /// Too little time was left for another attempt.
    TimeUp,
    /// The request got no place here.
    NoPlace,
    /// The request was given up before its turn.
    NotReached,
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
            Self::RoomUnknown => "room-unknown",
            Self::FailedLately => "failed-lately",
            Self::Open => "open",
            Self::Price => "price",
            Self::Left => "left",
            Self::Paused => "paused",
            Self::NotByItself => "not-by-itself",
            Self::RetryBudget => "retry-budget",
            Self::FailoverBudget => "failover-budget",
            Self::PanicRate => "panic-rate",
            Self::Full => "full",
            Self::Kept(Kept { family, by_on }) => family.kept_id(by_on),
            Self::Tools => "tools",
            Self::KeptElsewhere => "kept-elsewhere",
            Self::LastTry => "last-try",
            Self::NoTime => "no-time",
            Self::RestTooLong => "rest-too-long",
            Self::NotPermitted => "not-permitted",
            Self::TriesUsed => "tries-used",
            Self::RequestFault => "request-fault",
            Self::AnswerBegun => "answer-begun",
            Self::TimeUp => "time-up",
            Self::NoPlace => "no-place",
            Self::NotReached => "not-reached",
        }
    }
}

impl Flight {
    /// Why the turn of those who were neither asked nor passed over did not come; `None`: they were not needed, or may be
    /// yet.
    pub(crate) fn turn_missed(&self) -> Option<SkipWhy> {
        match self.end {
            _ if self.pending.is_some() => None,
            Some(End::Success) => None,
            Some(End::RequestFault) => Some(SkipWhy::RequestFault),
            Some(End::Committed) => Some(SkipWhy::AnswerBegun),
            None if !self.given_up => None,
            None if self.claim.denied.is_some() => Some(SkipWhy::NoPlace),
            None if !self.tries.are_left() => Some(SkipWhy::TriesUsed),
            None if self.time_up => Some(SkipWhy::TimeUp),
            Some(End::Cancelled) | None => Some(SkipWhy::NotReached),
        }
    }

    /// Whether a rest would be waited out, had the client more time.
    pub(crate) fn is_rest_too_long(&self, until: Duration) -> bool {
        !self.is_in_time(until) && until <= self.claim.since + self.params.hold.max
    }

    /// Notes that the rest of a place is not waited out, when the client's hurry is the reason.
    pub(crate) fn note_rest(&mut self, now: Duration, place: usize, until: Duration) {
        if let Some(provider) = self.places.get(place).map(|place| place.provider)
            && self.is_rest_too_long(until)
        {
            let left = Some(until.saturating_sub(now));
            self.skip(Skip { provider, key: None, why: SkipWhy::RestTooLong, left });
        }
    }

    /// Notes a candidate that is passed over.
    pub(crate) fn skip(&mut self, skip: Skip) {
        let same = |other: &Skip| (other.provider, other.key, other.why) == (skip.provider, skip.key, skip.why);
        if self.skips.len() < SKIPS_MAX && !self.skips.iter().any(same) {
            self.skips.push(skip);
            self.skipped_at.push(self.attempts.len());
        }
    }
}
