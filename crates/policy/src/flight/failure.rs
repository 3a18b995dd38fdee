//! What a failure leaves of a request: the candidates it rules out, and what the same provider is asked without.

use std::sync::Arc;
use std::time::Duration;

use super::{Attempt, End, Flight, Outcome, Pending, Place, RetryPlan, Skip, SkipWhy};
use crate::classify::{Certainty, Failover, Kept, KeyEffect, Row, Verdict};
use crate::lacks::REFUSALS_MAX;

impl Flight {
    /// Notes what the attempt under way was refused for; false when that is nothing new.
    pub(crate) fn note_refused(&mut self, model: &str, lacks: &[Arc<str>]) -> bool {
        self.asked = Some(model.into());
        let Some(at) = self.pending.as_ref().map(|pending| pending.place) else { return false };
        let Some(place) = self.places.get_mut(at) else { return false };
        let known = place.refused.len();
        for lack in lacks {
            if !place.refused.contains(lack) {
                place.refused.push(Arc::clone(lack));
            }
        }
        place.refused_now = place.refused.len() - known;
        place.refused_now > 0
    }

    /// Notes that the attempt under way was refused for its opaque reasoning; false when it had none any more.
    pub(crate) fn note_reasoning_refused(&mut self) -> bool {
        let Some(at) = self.pending.as_ref().map(|pending| pending.place) else { return false };
        let Some(place) = self.places.get_mut(at) else { return false };
        place.reasoning_now = !std::mem::replace(&mut place.without_reasoning, true);
        place.reasoning_now
    }

    /// Notes that the key of the attempt under way has another value by now; false when this request has brought one
    /// before.
    pub(crate) fn note_key_renewed(&mut self) -> bool {
        let Some((at, key)) = self.pending.as_ref().map(|pending| (pending.place, pending.target.key)) else {
            return false;
        };
        let Some((place, key)) = self.places.get_mut(at).zip(key) else { return false };
        place.renewed_now = !place.renewed.contains(&key);
        if place.renewed_now {
            place.renewed.push(key);
        }
        place.renewed_now
    }

    /// Plans the same provider again without what it refused, or with its key's new value. Such an attempt and the refused one count as one: the
    /// provider has looked at the request and done nothing. False: nothing new was refused or renewed, or too much was.
    pub(crate) fn relieve(&mut self, pending: &Pending, now: Duration) -> bool {
        let Some(place) = self.places.get_mut(pending.place) else { return false };
        let refused = std::mem::take(&mut place.refused_now) > 0;
        let reasoning = std::mem::take(&mut place.reasoning_now);
        let renewed = std::mem::take(&mut place.renewed_now);
        if !(refused || reasoning || renewed) || place.refusals >= REFUSALS_MAX {
            return false;
        }
        place.refusals += u32::from(!renewed);
        place.tries = place.tries.saturating_sub(1);
        self.at_once = Some((pending.place, RetryPlan { key: pending.target.key, not_before: now, fresh: false }));
        true
    }

    /// A candidate is not asked by this request, because its profile may spend no more. Then nobody is tried as a last
    /// resort either.
    pub(crate) fn hold_back(&mut self, place: usize) {
        self.held_back.push(place);
        if let Some(place) = self.places.get_mut(place) {
            place.closed = true;
        }
    }

    /// Whether a candidate was not asked for the budget's sake.
    pub(crate) fn is_held_back(&self) -> bool {
        !self.held_back.is_empty()
    }

    /// Those that were not asked for the budget's sake may be asked when it has filled.
    pub(crate) fn let_go(&mut self) {
        for place in std::mem::take(&mut self.held_back) {
            if let Some(place) = self.places.get_mut(place) {
                place.closed = false;
            }
        }
    }

    /// Whether somebody asked it to come back later.
    pub(crate) fn was_asked_to_wait(&self) -> bool {
        let asks = |outcome: &Outcome| matches!(outcome, Outcome::Failed(verdict) if verdict.row.asks_to_wait());
        self.attempts.iter().filter_map(|attempt| attempt.outcome.as_ref()).any(asks)
    }

    /// Counts a failure towards the limits and closes what it rules out.
    pub(crate) fn note_failure(&mut self, at: usize, verdict: &Verdict) {
        let again = verdict.row.asks_to_wait() && self.has_asked_to_wait_before();
        self.tries.failed(verdict, again);
        if let Some(place) = self.places.get_mut(at)
            && !verdict.key.is_about_key()
            && !verdict.key.is_rest()
        {
            place.counted += u32::from(verdict.certainty != Certainty::NotSent);
            place.closed = true;
        }
        if let Some(kept) = self.params.failover.elsewhere.keeps(verdict.row) {
            self.keep_here(at, kept);
        }
        match verdict.failover {
            Failover::Next => {}
            Failover::Never => self.end = Some(ending(verdict)),
            Failover::LargerBody | Failover::LargerContext => {
                if !self.keep_larger(at, verdict.failover) {
                    self.end = Some(End::RequestFault);
                }
            }
        }
    }

    /// Closes every other place: by configuration such a failure stays with its provider.
    fn keep_here(&mut self, at: usize, kept: Kept) {
        self.kept = true;
        for index in (0..self.places.len()).filter(|index| *index != at) {
            let Some(place) = self.places.get_mut(index) else { continue };
            place.retry = None;
            if !std::mem::replace(&mut place.closed, true) {
                let provider = place.provider;
                self.skip(Skip { provider, key: None, why: SkipWhy::Kept(kept), left: None });
            }
        }
    }

    /// Whether the candidate that was asked last had asked this request to wait before that.
    fn has_asked_to_wait_before(&self) -> bool {
        let Some((last, earlier)) = self.attempts.split_last() else { return false };
        let asked =
            |outcome: Option<Outcome>| matches!(outcome, Some(Outcome::Failed(verdict)) if verdict.row.asks_to_wait());
        let whole = |attempt: &Attempt| attempt.effect().is_some_and(KeyEffect::is_about_provider);
        let same = |it: &Attempt| it.place == last.place && (it.key == last.key || whole(it) && whole(last));
        earlier.iter().any(|it| same(it) && asked(it.outcome))
    }

    /// Closes every place that does not declare more room than the one that refused. Whether one is left.
    fn keep_larger(&mut self, at: usize, what: Failover) -> bool {
        let context = what == Failover::LargerContext;
        let room = |place: &Place| {
            let provider = self.params.providers.get(place.provider);
            provider.and_then(|it| if context { place.context.or(it.context_max) } else { it.body_max })
        };
        let wanted = if context { self.tokens.unwrap_or_default() } else { self.body_bytes };
        let refused = self.places.get(at).and_then(room);
        // Unknown room is not larger room: a window must be known on both sides to be compared.
        let known = !context || refused.is_some();
        let is_larger = |room: u64| room >= wanted && refused.is_none_or(|old| room > old);
        let compared = |place: &Place| room(place).filter(|_| known).map(is_larger);
        let larger: Vec<Option<bool>> = self.places.iter().map(compared).collect();
        let smaller = if context { SkipWhy::SmallerContext } else { SkipWhy::SmallerLimit };
        let mut left = false;
        for (index, larger) in larger.into_iter().enumerate() {
            let Some(place) = self.places.get_mut(index) else { continue };
            place.retry = None;
            if larger == Some(true) {
                left |= !place.closed;
            } else if !std::mem::replace(&mut place.closed, true) {
                let provider = place.provider;
                let why = if larger.is_some() { smaller } else { SkipWhy::RoomUnknown };
                self.skip(Skip { provider, key: None, why, left: None });
            }
        }
        left
    }
}

/// What a verdict that allows nobody else means for the request.
fn ending(verdict: &Verdict) -> End {
    if verdict.row == Row::ClientGone {
        End::Cancelled
    } else if verdict.certainty == Certainty::Committed {
        End::Committed
    } else {
        End::RequestFault
    }
}
