//! Models at rest, over a restart.

use std::time::Duration;

use super::{Cause, Cooldowns, EXPONENT_MAX, Rest, Subject};
use crate::memory::{Calendar, RestMemory};

impl Cooldowns {
    /// The rests that are not over.
    pub(crate) fn export(&self, calendar: &Calendar) -> Vec<RestMemory> {
        let current = self.rests.iter().filter(|(_, rest)| rest.until > calendar.now);
        let rest = |(subject, rest): (&Subject, &Rest)| RestMemory {
            provider: subject.provider,
            key: subject.key,
            model: subject.model,
            missing: rest.cause != Cause::Busy,
            since: calendar.date(rest.since),
            until: calendar.date(rest.until),
            asked_until: (rest.asked_until > calendar.now).then(|| calendar.date(rest.asked_until)),
            exponent: rest.exponent,
        };
        let mut rests: Vec<RestMemory> = current.map(rest).collect();
        // The order of a map says nothing; the same rests are written the same way.
        rests.sort_by_key(|rest| (rest.provider, rest.key, rest.model));
        rests
    }

    /// Takes over what was kept of providers that are still there.
    pub(crate) fn restore(&mut self, calendar: &Calendar, kept: &[RestMemory], is_known: impl Fn(u64) -> bool) {
        for rest in kept.iter().filter(|rest| is_known(rest.provider)) {
            let subject = Subject { provider: rest.provider, key: rest.key, model: rest.model };
            let cause = match (rest.missing, rest.key) {
                (false, _) => Cause::Busy,
                (true, None) => Cause::Missing,
                (true, Some(_)) => Cause::Denied,
            };
            let (since, until) = (calendar.moment(rest.since), calendar.moment(rest.until));
            let asked_until = rest.asked_until.map_or(Duration::ZERO, |until| calendar.moment(until));
            let exponent = rest.exponent.min(EXPONENT_MAX);
            self.rests.insert(subject, Rest { since, until, asked_until, exponent, cause });
        }
    }
}
