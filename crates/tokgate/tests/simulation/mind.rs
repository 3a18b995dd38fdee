//! The engine under test, and bugs that can be planted around it to see whether the invariants find them. None of them
//! stands in the product.

use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::classify::{Certainty, Failover, KeyEffect, Row, Weight};
use tokgate_policy::engine::{
    Budgets, Decision, Engine, Facts, FailoverParams, Flight, Outcome, Params, Patience, Refusal, Snapshot, Target,
    Terms, Ticket,
};

/// A mistake that somebody could make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// A provider whose breaker is open is asked like any other.
    BreakerIgnored,
    /// Hard failures are not counted.
    BreakerNeverOpens,
    /// A stream that breaks is judged as if nothing had been sent.
    CommitForgotten,
    /// A stream that was cut is taken for whole.
    CutIsClean,
    /// A rejected key is not set aside.
    RejectedKeyKept,
    /// A key that is set aside is used all the same.
    ShutKeyUsed,
    /// The same key is tried again before the moment that its provider named.
    WaitCutShort,
    /// A request that was refused for itself goes to the next provider.
    RequestFaultMoves,
    /// Each request of a conversation goes to another provider.
    ConversationWanders,
    /// A request that is tied to what its provider keeps goes elsewhere.
    TieForgotten,
    /// That the machine woke up is not told.
    WakeForgotten,
    /// What a provider takes for a request is not looked at.
    PriceForgotten,
    /// A request stays in the profile it began at.
    TiersForgotten,
    /// When everything is left alone, every request tries somebody.
    PanicUnbounded,
    /// What somebody switched to is forgotten.
    SwitchForgotten,
    /// Those who waited for one moment all come at that moment.
    HerdUnpaced,
    /// Whoever failed is asked again, however often that happens.
    RetriesUnbounded,
    /// Whoever failed is asked again at once.
    PausesDropped,
    /// A pause is a minute longer than meant.
    PausesStretched,
    /// In place of giving up it is waited for another second.
    WaitsForever,
    /// Whoever was missing from the configuration for a while is somebody new.
    MissingForgotten,
    /// A key that was missing for a while, and its provider not, is a new one.
    MissingKeyForgotten,
    /// Failures that say little say nothing.
    SoftFailuresForgotten,
    /// No breaker opens. By itself no bug: the budgets alone must hold an outage.
    BreakersOff,
    /// No breaker opens, and further attempts cost nothing.
    Amplifies,
}

impl Bug {
    /// All of them, each with the invariant that must find it.
    pub(crate) const ALL: [(Self, &'static str); 21] = [
        (Self::BreakerIgnored, "B2"),
        (Self::BreakerNeverOpens, "B1"),
        (Self::CommitForgotten, "I1"),
        (Self::CutIsClean, "I3"),
        (Self::RejectedKeyKept, "I7"),
        (Self::ShutKeyUsed, "I7"),
        (Self::WaitCutShort, "I8"),
        (Self::RequestFaultMoves, "I5"),
        (Self::ConversationWanders, "I11"),
        (Self::TieForgotten, "I10"),
        (Self::WakeForgotten, "B4"),
        (Self::PanicUnbounded, "B3"),
        (Self::SwitchForgotten, "T1"),
        (Self::PriceForgotten, "T2"),
        (Self::TiersForgotten, "I12"),
        (Self::RetriesUnbounded, "R5"),
        (Self::PausesDropped, "R6"),
        (Self::PausesStretched, "R3"),
        (Self::WaitsForever, "R3"),
        (Self::MissingForgotten, "I7"),
        (Self::MissingKeyForgotten, "I7"),
    ];

    /// Those that show only where very many ask at once.
    pub(crate) const IN_A_CROWD: [(Self, &'static str); 2] = [(Self::HerdUnpaced, "H1"), (Self::Amplifies, "I9")];
}

/// The engine.
#[derive(Debug)]
pub(crate) struct Mind {
    engine: Engine,
    /// The configuration, before a bug has spoilt it.
    params: Arc<Params>,
    bug: Option<Bug>,
    decisions: usize,
    /// The last failure named a moment to come back at.
    asked: bool,
}

/// A configuration with what a bug has made of it.
fn spoilt(params: Arc<Params>, bug: Option<Bug>) -> Arc<Params> {
    let budgets = match bug {
        Some(Bug::Amplifies) => Budgets { retry: Terms::UNLIMITED, failover: Terms::UNLIMITED },
        Some(Bug::RetriesUnbounded) => Budgets { retry: Terms::UNLIMITED, ..params.budgets },
        Some(Bug::TiersForgotten) => {
            let failover = FailoverParams { auto: false, ..params.failover };
            return Arc::new(Params { failover, ..Params::clone(&params) });
        }
        _ => return params,
    };
    Arc::new(Params { budgets, ..Params::clone(&params) })
}

impl Mind {
    pub(crate) fn new(params: Arc<Params>, seed: u64, bug: Option<Bug>) -> Self {
        let engine = Engine::new(spoilt(Arc::clone(&params), bug), seed);
        Self { engine, params, bug, decisions: 0, asked: false }
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    pub(crate) fn bug(&self) -> Option<Bug> {
        self.bug
    }

    pub(crate) fn start(&mut self, now: Duration, facts: &Facts<'_>) -> Result<Flight, Refusal> {
        match self.bug {
            Some(Bug::PriceForgotten) => self.engine.start(now, &Facts { price: &|_, _, _| None, ..*facts }),
            _ => self.engine.start(now, facts),
        }
    }

    pub(crate) fn began(&mut self, now: Duration, flight: &mut Flight) {
        self.engine.began(now, flight);
    }

    pub(crate) fn reload(&mut self, now: Duration, params: Arc<Params>) {
        self.engine.reload(now, spoilt(Arc::clone(&params), self.bug));
        let before = std::mem::replace(&mut self.params, params);
        for back in &self.params.providers {
            let known = before.providers.iter().find(|known| known.identity == back.identity);
            match (self.bug, known) {
                (Some(Bug::MissingForgotten), None) => _ = self.engine.reset(&back.name, None),
                (Some(Bug::MissingKeyForgotten), Some(known)) => {
                    let is_known = |id: u64| known.keys.iter().any(|key| key.id == id);
                    let places = (0..back.keys.len()).filter(|place| !is_known(back.keys[*place].id));
                    places.for_each(|place| _ = self.engine.reset(&back.name, Some(place)));
                }
                _ => {}
            }
        }
    }

    pub(crate) fn resumed(&mut self, now: Duration) {
        if !self.has(Bug::WakeForgotten) {
            self.engine.resumed(now);
        }
    }

    /// Somebody switches to a profile, or back.
    pub(crate) fn switch(&mut self, now: Duration, profile: Option<&str>) {
        match profile.filter(|_| !self.has(Bug::SwitchForgotten)) {
            Some(profile) => self.engine.switch(now, profile, None, None).expect("a profile of the configuration"),
            None => _ = self.engine.switch_back(now, None),
        }
    }

    pub(crate) fn snapshot(&self, now: Duration) -> Snapshot {
        self.engine.snapshot(now)
    }

    /// Lets what is over be forgotten, as the shell does now and then.
    pub(crate) fn tick(&mut self, now: Duration) {
        if self.engine.poll_timeout(now).is_some_and(|at| at <= now) {
            self.engine.handle_timeout(now);
        }
    }

    pub(crate) fn key_renewed(&self, flight: &mut Flight) -> bool {
        self.engine.key_renewed(flight)
    }

    pub(crate) fn reasoning_refused(&self, flight: &mut Flight) -> bool {
        self.engine.reasoning_refused(flight)
    }

    pub(crate) fn decide(&mut self, now: Duration, flight: &mut Flight) -> Decision {
        let decision = self.engine.decide(now, flight);
        self.decisions += 1;
        match (self.bug, decision) {
            (Some(Bug::BreakerIgnored), Decision::Try(target)) => {
                Decision::Try(self.elsewhere(now, flight, target, |provider| provider.breaker == "open"))
            }
            (Some(Bug::ConversationWanders), Decision::Try(target)) if self.decisions.is_multiple_of(2) => {
                Decision::Try(self.elsewhere(now, flight, target, |provider| provider.breaker == "closed"))
            }
            (Some(Bug::ShutKeyUsed), Decision::Try(target)) => Decision::Try(self.shut_key(now, flight, target)),
            (Some(Bug::WaitCutShort), Decision::Wait { until }) => {
                // The engine would only say it again: what it waited for is decided at the end of the wait.
                let early = self.engine.decide(until, flight);
                if matches!(early, Decision::Try(_)) { early } else { Decision::Wait { until } }
            }
            (Some(Bug::PanicUnbounded), Decision::GiveUp(given)) => {
                let held_back = flight.trail().skipped.iter().any(|skipped| skipped.why == "panic-rate");
                let target = if held_back { self.somebody_open(now, flight) } else { None };
                target.map_or(Decision::GiveUp(given), Decision::Try)
            }
            (Some(Bug::PausesDropped), Decision::Wait { until }) if !self.asked && flight.ticket().is_none() => {
                let early = self.engine.decide(until, flight);
                if matches!(early, Decision::Try(_)) { early } else { Decision::Wait { until } }
            }
            (Some(Bug::PausesStretched), Decision::Wait { until }) => {
                Decision::Wait { until: until + Duration::from_secs(60) }
            }
            (Some(Bug::WaitsForever), Decision::GiveUp(_)) => Decision::Wait { until: now + Duration::from_secs(1) },
            // To the second, and all of them: as if there were no line.
            (Some(Bug::HerdUnpaced), Decision::Wait { until }) if flight.ticket().is_some() => {
                match self.go_together(now, flight, until) {
                    Decision::Wait { until } => Decision::Wait { until: Duration::from_secs(until.as_secs() + 1) },
                    decision => decision,
                }
            }
            (_, decision) => decision,
        }
    }

    /// Who waits in line and is to ask again now.
    pub(crate) fn woken(&mut self) -> Vec<Ticket> {
        self.engine.woken()
    }

    /// The request is over.
    pub(crate) fn land(&mut self, now: Duration, flight: &mut Flight) {
        self.engine.land(now, flight, None);
    }

    /// Once somebody is back, what is to come within a second is decided now.
    fn go_together(&mut self, now: Duration, flight: &mut Flight, first: Duration) -> Decision {
        let mut until = first;
        let back = self.engine.snapshot(now).providers.iter().any(|it| matches!(it.breaker, "slow-start" | "closed"));
        while back && until < now + Duration::from_millis(1_500) {
            match self.engine.decide(until, flight) {
                Decision::Wait { until: later } if later > until => until = later,
                decision => return decision,
            }
        }
        Decision::Wait { until }
    }

    /// A provider that is left alone.
    fn somebody_open(&self, now: Duration, flight: &Flight) -> Option<Target> {
        let snapshot = self.engine.snapshot(now);
        let open = |name: &str| snapshot.providers.iter().any(|it| *it.name == *name && it.breaker == "open");
        let mut all = flight.params().providers.iter().enumerate();
        let (provider, params) = all.find(|(_, it)| it.enabled && open(&it.name) && it.keys.is_empty())?;
        let attempt = flight.attempts() + 1;
        (!params.protocols.is_empty()).then_some(Target {
            provider,
            key: None,
            model: None,
            attempt,
            fresh: false,
            lacks: None,
            max_output_tokens: None,
            without_reasoning: false,
            patience: patience(&snapshot, &params.name),
        })
    }

    pub(crate) fn observe(&mut self, now: Duration, flight: &mut Flight, outcome: &Outcome) {
        let mut outcome = *outcome;
        self.asked = matches!(outcome, Outcome::Failed(verdict) if verdict.retry_after.is_some());
        if let Outcome::Failed(verdict) = &mut outcome {
            match self.bug {
                Some(Bug::BreakerNeverOpens | Bug::BreakersOff | Bug::Amplifies) => verdict.breaker = Weight::None,
                Some(Bug::SoftFailuresForgotten) if verdict.breaker == Weight::Soft => verdict.breaker = Weight::None,
                Some(Bug::CommitForgotten) if verdict.certainty == Certainty::Committed => {
                    verdict.certainty = Certainty::Answered;
                    verdict.failover = Failover::Next;
                }
                Some(Bug::RejectedKeyKept) if verdict.row == Row::KeyRejected => verdict.key = KeyEffect::None,
                Some(Bug::RequestFaultMoves) if verdict.row == Row::InvalidRequest => {
                    verdict.failover = Failover::Next;
                }
                _ => {}
            }
        }
        self.engine.observe(now, flight, &outcome);
    }

    /// The same attempt at another provider that stands like this.
    fn elsewhere(
        &self,
        now: Duration,
        flight: &Flight,
        target: Target,
        stands: impl Fn(&tokgate_policy::engine::ProviderSnapshot) -> bool,
    ) -> Target {
        let snapshot = self.engine.snapshot(now);
        let params = flight.params();
        let other = params.providers.iter().position(|provider| {
            provider.enabled
                && provider.name != params.providers[target.provider].name
                && !flight.is_own_login()
                && snapshot.providers.iter().any(|it| it.name == provider.name && stands(it))
        });
        let Some(provider) = other else { return target };
        let key = params.providers[provider].keys.iter().position(|key| key.enabled && !key.client);
        let patience = patience(&snapshot, &params.providers[provider].name);
        Target { provider, key, patience, ..target }
    }

    /// The same attempt with a key of the provider that is set aside.
    fn shut_key(&self, now: Duration, flight: &Flight, target: Target) -> Target {
        let name = &flight.params().providers[target.provider].name;
        let snapshot = self.engine.snapshot(now);
        let keys = snapshot.providers.iter().find(|it| it.name == *name).map(|it| &it.keys[..]).unwrap_or_default();
        let shut = keys.iter().position(|key| key.state == "quarantined" && !key.client && key.enabled);
        match shut.filter(|_| !flight.is_own_login()) {
            Some(key) if target.key.is_some_and(|_| key < flight.params().providers[target.provider].keys.len()) => {
                Target { key: Some(key), ..target }
            }
            _ => target,
        }
    }
}

/// How much less is waited for a provider, as it stands.
fn patience(snapshot: &Snapshot, name: &str) -> Option<Patience> {
    let stands = snapshot.providers.iter().find(|it| *it.name == *name && it.breaker == "open")?;
    let failures = stands.health.failures_in_a_row;
    (failures > 0).then_some(Patience { connection: Duration::MAX, first_byte: Duration::MAX, failures })
}
