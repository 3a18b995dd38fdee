//! Switching between profiles, over a restart. Profiles are kept by name.

use std::sync::Arc;
use std::time::Duration;

use super::{Away, Cause, HISTORY_MAX, Missed, SWITCHES_PER_HOUR_MAX, Switched, Tiers};
use crate::memory::{AwayMemory, Calendar, FailoverMemory, SwitchMemory};
use crate::params::Params;

impl Cause {
    const ALL: [Self; 5] = [Self::Failures, Self::Recovered, Self::Manual, Self::Expired, Self::Gone];

    fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.id() == id)
    }
}

impl Tiers {
    /// All that was switched, and where requests go.
    pub(crate) fn export(&self, calendar: &Calendar, params: &Params) -> FailoverMemory {
        let date = |at: Duration| calendar.date(at);
        let memory = |away: &Away, profile: &str, gone: Option<Duration>| AwayMemory {
            profile: profile.to_owned(),
            gone: gone.map(date),
            cause: away.cause.id().to_owned(),
            reason: away.reason.as_deref().map(str::to_owned),
            since: date(away.since),
            until: away.until.map(date),
            retry_at: (away.retry_at < Duration::MAX).then(|| date(away.retry_at)),
            recovered: away.recovered,
        };
        let here = self.away.as_ref().and_then(|away| {
            let profile = params.profiles.get(away.profile)?;
            Some(memory(away, &profile.name, None))
        });
        let missed = || self.missed.as_ref().map(|missed| memory(&missed.away, &missed.name, Some(missed.since)));
        let switch = |switched: &Switched| SwitchMemory {
            at: date(switched.at),
            from: switched.from.to_string(),
            to: switched.to.to_string(),
            cause: switched.cause.id().to_owned(),
            reason: switched.reason.as_deref().map(str::to_owned),
        };
        FailoverMemory {
            away: here.or_else(missed),
            paused_until: self.paused_until.filter(|until| *until > calendar.now).map(date),
            failures: self.failures,
            history: self.history.iter().map(switch).collect(),
            automatic: self.automatic.iter().map(|at| date(*at)).collect(),
        }
    }

    /// Takes over what was kept. A profile that is the default one by now is gone to only when somebody said so; likewise one
    /// that is missing, when it is back before long.
    pub(crate) fn restore(&mut self, calendar: &Calendar, params: &Params, kept: &FailoverMemory) {
        let moment = |date: u64| calendar.moment(date);
        let switched = |switch: &SwitchMemory| {
            Some(Switched {
                at: moment(switch.at),
                from: switch.from.as_str().into(),
                to: switch.to.as_str().into(),
                cause: Cause::of(&switch.cause)?,
                reason: switch.reason.as_deref().map(Arc::from),
            })
        };
        let newest = kept.history.len().saturating_sub(HISTORY_MAX);
        self.history = kept.history.iter().skip(newest).filter_map(switched).collect();
        let newest = kept.automatic.len().saturating_sub(SWITCHES_PER_HOUR_MAX as usize);
        self.automatic = kept.automatic.iter().skip(newest).map(|date| moment(*date)).collect();
        self.paused_until = kept.paused_until.map(moment);
        self.failures = kept.failures;
        let Some((kept, cause)) = kept.away.as_ref().and_then(|away| Some((away, Cause::of(&away.cause)?))) else {
            return;
        };
        let away = Away {
            profile: params.default_profile,
            cause,
            reason: kept.reason.as_deref().map(Arc::from),
            since: moment(kept.since),
            until: kept.until.map(moment),
            retry_at: kept.retry_at.map_or(Duration::MAX, moment),
            recovered: kept.recovered,
        };
        match params.profiles.iter().position(|profile| *profile.name == *kept.profile) {
            Some(profile) if profile == params.default_profile && cause != Cause::Manual => {}
            Some(profile) => self.away = Some(Away { profile, ..away }),
            None if cause == Cause::Manual => {
                let since = kept.gone.map_or(calendar.now, |date| moment(date).min(calendar.now));
                self.missed = Some(Missed { name: kept.profile.as_str().into(), away, since });
            }
            None => {}
        }
    }
}
