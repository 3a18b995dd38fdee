//! The last word about a request that nobody answered: which of all that happened is told.

use std::time::Duration;

use super::{End, Flight, Outcome, SkipWhy};
use crate::capacity::Denial;
use crate::classify::{Fault, Row};
use crate::refusal::{GiveUp, Why};

impl Flight {
    /// The final word, by precedence over all that happened.
    pub(crate) fn give_up(&self, usable_again_in: Option<Duration>) -> GiveUp {
        let why = match self.end {
            Some(End::Success | End::Cancelled) => Why::Ended,
            Some(End::Committed) => Why::Committed,
            Some(End::RequestFault) => Why::RequestFault,
            None if matches!(self.claim.denied, Some(Denial::Limit { .. })) => Why::Limited,
            None if self.claim.denied.is_some() => Why::Full,
            None if self.is_own_login() && self.last_is_about_key() => Why::OwnLogin,
            None => self.most_telling(),
        };
        let shown = self.shown(why);
        let (attempt, row) = (shown.map(|(number, _)| number), shown.map(|(_, row)| row));
        GiveUp { why, attempt, row, usable_again_in, named: false }
    }

    fn last_is_about_key(&self) -> bool {
        let last = self.attempts.last().and_then(|attempt| attempt.outcome);
        matches!(last, Some(Outcome::Failed(verdict)) if verdict.key.is_about_key())
    }

    fn most_telling(&self) -> Why {
        // What was refused of a request is not what became of it, unless it is all there is to say.
        let told = |why| self.failures().any(|(_, row)| !row.refuses_a_part() && voice(row) == why);
        let has = |why| told(why) || self.skipped_for(why);
        if has(Why::RequestFault) {
            Why::RequestFault
        } else if has(Why::Overloaded) {
            // "At its limit" is only said when it holds for all.
            Why::Overloaded
        } else if has(Why::Unavailable) {
            Why::Unavailable
        } else if has(Why::Cooling) {
            Why::Cooling
        } else if has(Why::Exhausted) {
            Why::Exhausted
        } else if has(Why::KeysRejected) {
            Why::KeysRejected
        } else if has(Why::ModelNotFound) {
            Why::ModelNotFound
        } else if self.failures().any(|(_, row)| row.refuses_a_part()) {
            Why::RequestFault
        } else {
            Why::Unavailable
        }
    }

    fn skipped_for(&self, why: Why) -> bool {
        self.skips.iter().any(|skip| match skip.why {
            SkipWhy::Cooling => why == Why::Cooling,
            SkipWhy::Overloaded => why == Why::Overloaded,
            SkipWhy::NoSuchModel => why == Why::ModelNotFound,
            SkipWhy::Open => why == Why::Unavailable,
            SkipWhy::Exhausted => why == Why::Exhausted,
            SkipWhy::Quarantined | SkipWhy::NotPermitted => why == Why::KeysRejected,
            SkipWhy::Disabled
            | SkipWhy::OtherProtocol
            | SkipWhy::NeedsLogin
            | SkipWhy::KeyDisabled
            | SkipWhy::OwnLoginFirst
            | SkipWhy::SmallerLimit
            | SkipWhy::SmallerContext
            | SkipWhy::RoomUnknown
            | SkipWhy::Price
            | SkipWhy::Left
            | SkipWhy::Paused
            | SkipWhy::NotByItself
            | SkipWhy::Full
            | SkipWhy::FailedLately
            | SkipWhy::RetryBudget
            | SkipWhy::FailoverBudget
            | SkipWhy::PanicRate
            | SkipWhy::Kept(_)
            | SkipWhy::Tools
            | SkipWhy::KeptElsewhere
            | SkipWhy::LastTry
            | SkipWhy::NoTime
            | SkipWhy::RestTooLong
            | SkipWhy::TriesUsed
            | SkipWhy::RequestFault
            | SkipWhy::AnswerBegun
            | SkipWhy::TimeUp
            | SkipWhy::NoPlace
            | SkipWhy::NotReached => false,
        })
    }

    /// The last attempt that failed for this reason.
    fn shown(&self, why: Why) -> Option<(u32, Row)> {
        let last =
            |wanted: Option<Why>| self.failures().filter(|(_, row)| wanted.is_none_or(|why| voice(*row) == why)).last();
        match why {
            Why::Ended | Why::Full | Why::Limited => None,
            Why::OwnLogin | Why::Committed => last(None),
            Why::RequestFault
            | Why::Cooling
            | Why::Overloaded
            | Why::Unavailable
            | Why::Exhausted
            | Why::KeysRejected
            | Why::ModelNotFound => last(Some(why)),
        }
    }

    /// Number and row of every failed attempt.
    fn failures(&self) -> impl Iterator<Item = (u32, Row)> {
        (1..).zip(&self.attempts).filter_map(|(number, attempt)| match attempt.outcome {
            Some(Outcome::Failed(verdict)) => Some((number, verdict.row)),
            Some(Outcome::Success | Outcome::Cancelled) | None => None,
        })
    }
}

/// What a failure would tell the client.
fn voice(row: Row) -> Why {
    match row {
        Row::RateLimited | Row::RateLimitedBriefly | Row::RateLimitedLong | Row::PaymentPaused => Why::Cooling,
        Row::Overloaded | Row::OverloadedAs400 => Why::Overloaded,
        Row::QuotaExhausted | Row::PaymentRequired => Why::Exhausted,
        Row::KeyRejected | Row::KeyOutdated | Row::KeyUnreadable | Row::PermissionDenied => Why::KeysRejected,
        Row::ModelNotFound | Row::DeploymentNotFound => Why::ModelNotFound,
        row => match row.consequence().fault {
            Fault::Client => Why::RequestFault,
            Fault::Upstream | Fault::Network | Fault::Us => Why::Unavailable,
        },
    }
}
