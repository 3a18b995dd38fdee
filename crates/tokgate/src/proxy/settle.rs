//! settle: the end of every request. One outcome, one record, however it ends.
//!
//! `Settle` travels with the request. Whoever knows the end calls [`Settle::finish`]; when it is dropped without that,
//! the client has gone away, and that is the outcome.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokgate_policy::engine as policy;
use tokgate_policy::repeats::Counted;
use tokgate_wire::count;
use tokgate_wire::protocol::Protocol;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::resolve;
use crate::clock;
use crate::gateway::Gateway;
use crate::gateway::places::Place;
use crate::gateway::snapshot::Snapshot;
use crate::gateway::underway::Begun;
use crate::gateway::waiters::{Bell, Who};
use crate::proxy::verdicts::Skipped;
use crate::store::record::{Outcome, Record};

/// The record in the making and the policy's view of the request.
pub struct Settle {
    gateway: Arc<Gateway>,
    started: Instant,
    open: Option<Box<Open>>,
}

/// The policy's own account, when it says more than the record: a plain single success needs no explanation.
fn trail(flight: &policy::Flight) -> Box<str> {
    if flight.is_plain() {
        return Box::default();
    }
    serde_json::to_string(&flight.trail()).unwrap_or_default().into()
}

/// A request whose tokens are estimated once its answer has counted them.
#[derive(Debug)]
pub struct Measured {
    /// The client's protocol.
    pub protocol: Protocol,
    /// As the client sent it.
    pub body: Bytes,
}

/// What exists until the end.
struct Open {
    record: Record,
    flight: Option<policy::Flight>,
    /// Whom the running attempt asks: the place of a provider in the configuration that the request has, which may be
    /// another by the time it ends.
    asks: Option<(Arc<Snapshot>, usize)>,
    /// When the attempt began that has neither failed nor ended: the last one of the record.
    trying: Option<Instant>,
    /// The request, when the answer shall teach how far estimates are off.
    measured: Option<Measured>,
    /// It is among those under way.
    noted: bool,
    /// Who wants the record besides the recorder.
    report: Option<oneshot::Sender<Record>>,
    /// What it counts as among repetitions.
    counted: Option<Counted>,
    /// Rings when it is this request's turn, while it waits in line.
    bell: Option<Bell>,
    _place: Option<Place>,
}

impl Settle {
    /// Begins with what `identify` knows.
    pub fn new(gateway: Arc<Gateway>, started: Instant, record: Record, place: Option<Place>) -> Self {
        Self {
            gateway,
            started,
            open: Some(Box::new(Open {
                record,
                flight: None,
                asks: None,
                trying: None,
                measured: None,
                noted: false,
                report: None,
                counted: None,
                bell: None,
                _place: place,
            })),
        }
    }

    /// The gateway this request runs in.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// When the request began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Changes the record.
    pub fn record(&mut self, change: impl FnOnce(&mut Record)) {
        if let Some(open) = &mut self.open {
            change(&mut open.record);
        }
    }

    /// Tells `report` too how it ended.
    pub fn report_to(&mut self, report: oneshot::Sender<Record>) {
        if let Some(open) = &mut self.open {
            open.report = Some(report);
        }
    }

    /// It counts as this among repetitions, unless it comes to nothing.
    pub fn counts_as(&mut self, counted: Counted) {
        if let Some(open) = &mut self.open {
            open.counted = Some(counted);
        }
    }

    /// Reads the record; `empty` after the end.
    pub fn with_record<T>(&self, empty: T, read: impl FnOnce(&Record) -> T) -> T {
        self.open.as_ref().map_or(empty, |open| read(&open.record))
    }

    /// Candidates the policy passed over: provider, why, how much longer in seconds.
    pub fn skipped(&self) -> Vec<Skipped> {
        let flight = self.open.as_ref().and_then(|open| open.flight.as_ref());
        let skipped = flight.map(|flight| flight.trail().skipped).unwrap_or_default();
        let seconds = |left: u64| left.div_ceil(1_000);
        skipped.into_iter().map(|it| (it.provider, it.why, it.left_ms.map(seconds), it.key)).collect()
    }

    /// Moves what is open elsewhere: from here on this one does nothing.
    pub fn take(&mut self) -> Self {
        Self { gateway: Arc::clone(&self.gateway), started: self.started, open: self.open.take() }
    }

    /// Hands over the policy's view.
    pub fn fly(&mut self, flight: policy::Flight) {
        if let Some(open) = &mut self.open {
            open.flight = Some(flight);
        }
    }

    /// The policy's next decision now; `None` before [`Settle::fly`].
    pub fn decide(&mut self, now: Instant) -> Option<policy::Decision> {
        let open = self.open.as_mut()?;
        let flight = open.flight.as_mut()?;
        let mut engine = self.gateway.engine();
        let decision = engine.decide(clock::since_start(now), flight);
        let known = open.bell.as_ref().map(Bell::ticket);
        if known != flight.ticket() {
            let record = &open.record;
            open.bell = flight.ticket().map(|ticket| {
                let who = Who { id: record.id, model: record.model.clone(), tries: record.attempts.len() };
                self.gateway.waiters().listen(ticket, who)
            });
        }
        self.gateway.waiters().wake(&engine.woken());
        Some(decision)
    }

    /// What rings when it is this request's turn, while it waits in line.
    pub fn bell(&self) -> Option<Arc<Notify>> {
        self.open.as_ref()?.bell.as_ref().map(Bell::notify)
    }

    /// What it refers to, when it may go nowhere but to the provider that keeps it.
    pub fn kept(&self) -> Option<policy::Stored> {
        self.open.as_ref()?.flight.as_ref()?.kept()
    }

    /// Why it got no place.
    pub fn denial(&self) -> Option<policy::Denial> {
        self.open.as_ref()?.flight.as_ref()?.denial().cloned()
    }

    /// An attempt, the record's last line, of a request that asks for `model`, began then at the provider at this place of
    /// the configuration. It lasts until [`Settle::tried`] or the request's end.
    pub fn tries(&mut self, since: Instant, model: Option<&Arc<str>>, snapshot: &Arc<Snapshot>, provider: usize) {
        if let Some(open) = &mut self.open {
            open.trying = Some(since);
            open.asks = Some((Arc::clone(snapshot), provider));
            if let Some(attempt) = open.record.attempts.last_mut() {
                let began = since.saturating_duration_since(self.started);
                attempt.began_ms = u32::try_from(began.as_millis()).unwrap_or(u32::MAX);
            }
            if !std::mem::replace(&mut open.noted, true) {
                let Record { id, client, operation, protocol, stream, provider, .. } = &open.record;
                let (client, operation, provider) = (client.clone(), operation.clone(), provider.clone());
                let (model, protocol, stream) = (model.cloned(), *protocol, *stream);
                let begun = Begun { client, operation, protocol, model, stream, provider };
                self.gateway.underway().begin(*id, self.started, begun);
            }
        }
    }

    /// The answer's count of input tokens will be compared with what this request would be estimated at.
    pub fn measure(&mut self, measured: Measured) {
        if let Some(open) = &mut self.open {
            open.measured = Some(measured);
        }
    }

    /// The running attempt is over, and the request goes on.
    pub fn tried(&mut self) {
        if let Some(open) = &mut self.open {
            open.trying = None;
        }
    }

    /// Tells the policy what the running attempt, which asked for `model`, was refused for; false when it is nothing new.
    pub fn refused(&mut self, model: &str, lacks: &[Arc<str>]) -> bool {
        let flight = self.open.as_mut().and_then(|open| open.flight.as_mut());
        !lacks.is_empty() && flight.is_some_and(|flight| self.gateway.engine().refused(flight, model, lacks))
    }

    /// Tells the policy that the running attempt was refused for opaque reasoning; false when it had none any more.
    pub fn reasoning_refused(&mut self) -> bool {
        let flight = self.open.as_mut().and_then(|open| open.flight.as_mut());
        flight.is_some_and(|flight| self.gateway.engine().reasoning_refused(flight))
    }

    /// Tells the policy that the key of the running attempt, which was refused, has another value by now; false when this
    /// request had brought one before.
    pub fn key_renewed(&mut self) -> bool {
        let flight = self.open.as_mut().and_then(|open| open.flight.as_mut());
        flight.is_some_and(|flight| self.gateway.engine().key_renewed(flight))
    }

    /// Tells the policy which model the running attempt asked for, whose request was refused for its size.
    pub fn too_large(&mut self, model: &str) {
        if let Some(flight) = self.open.as_mut().and_then(|open| open.flight.as_mut()) {
            self.gateway.engine().too_large(flight, model);
        }
    }

    /// Tells the policy how much room there is where, when the running attempt was refused because its prompt is too long:
    /// the tokens and the window that the refusal names, what is known of a provider's model, and the model asked for.
    pub fn too_long(&mut self, told: Option<(u64, u64)>, known: &dyn Fn(&str, &str) -> Option<u64>, asked: &str) {
        if let Some(flight) = self.open.as_mut().and_then(|open| open.flight.as_mut()) {
            self.gateway.engine().too_long(flight, told, known, asked);
        }
    }

    /// Tells the policy how an attempt went.
    pub fn observe(&mut self, outcome: &policy::Outcome) {
        self.observe_at(clock::now(), outcome);
    }

    /// [`Settle::observe`] at this moment.
    pub fn observe_at(&mut self, now: Instant, outcome: &policy::Outcome) {
        if let Some(flight) = self.open.as_mut().and_then(|open| open.flight.as_mut()) {
            if matches!(outcome, policy::Outcome::Failed(_)) {
                self.gateway.look_whether_it_slept();
            }
            let mut engine = self.gateway.engine();
            engine.observe(clock::since_start(now), flight, outcome);
            self.gateway.waiters().wake(&engine.woken());
        }
    }

    /// The provider of the answer that has just succeeded keeps something under this id.
    pub fn stored(&mut self, now: Instant, id: &str) {
        let flight = self.open.as_ref().and_then(|open| open.flight.as_ref());
        if let Some(flight) = flight.filter(|flight| flight.has_others()) {
            self.gateway.engine().stored(clock::since_start(now), flight, resolve::stored(id.as_bytes()));
        }
    }

    /// The first byte of an answer leaves now.
    pub fn mark_head(&mut self) {
        self.mark_head_at(clock::now());
    }

    /// [`Settle::mark_head`] at this moment.
    pub fn mark_head_at(&mut self, now: Instant) {
        let since = micros32(now.saturating_duration_since(self.started));
        self.record(|record| record.head_us = since);
    }

    /// The first generated event leaves now.
    pub fn mark_first(&mut self) {
        let now = clock::now();
        let since = micros32(now.saturating_duration_since(self.started));
        self.record(|record| {
            record.first_us.get_or_insert(since);
        });
        let flight = self.open.as_mut().and_then(|open| open.flight.as_mut());
        if let Some(flight) = flight.filter(|flight| flight.has_choice()) {
            self.gateway.engine().began(clock::since_start(now), flight);
        }
    }

    /// The end: hands the record over. Later calls do nothing.
    pub fn finish(&mut self, outcome: Outcome) {
        if self.open.is_some() {
            self.finish_at(clock::now(), outcome);
        }
    }

    /// [`Settle::finish`] at this moment.
    pub fn finish_at(&mut self, now: Instant, outcome: Outcome) {
        let Some(mut open) = self.open.take() else { return };
        if let Some(mut flight) = open.flight.take() {
            let cancelled = outcome == Outcome::Cancelled || flight.is_pending();
            if cancelled || !flight.is_landed() {
                let now = clock::since_start(now);
                let mut engine = self.gateway.engine();
                if cancelled {
                    engine.observe(now, &mut flight, &policy::Outcome::Cancelled);
                }
                let usage = &open.record.usage;
                engine.land(now, &mut flight, usage.input_total().map(|input| input + usage.output_total.unwrap_or(0)));
                self.gateway.waiters().wake(&engine.woken());
            }
            open.record.trail = trail(&flight);
        }
        open.record.outcome = outcome;
        if matches!(outcome, Outcome::Failed | Outcome::Truncated) {
            self.gateway.count_failed();
        }
        if let Some(counted) = open.counted.take().filter(|_| came_to_nothing(outcome, &open.record)) {
            self.gateway.repetition().give_back(counted);
        }
        if let Some((since, attempt)) = open.trying.zip(open.record.attempts.last_mut()) {
            let lasted = now.saturating_duration_since(since);
            attempt.total_ms = u32::try_from(lasted.as_millis()).unwrap_or(u32::MAX);
        }
        open.learn(&self.gateway);
        open.price();
        let total = now.saturating_duration_since(self.started);
        open.record.total_us = u64::try_from(total.as_micros()).unwrap_or(u64::MAX);
        if let Some(report) = open.report.take() {
            // Whoever wanted it may have gone.
            let _ = report.send(open.record.clone());
        }
        let (noted, id) = (open.noted, open.record.id);
        self.gateway.recorder().push(open.record);
        if noted {
            self.gateway.underway().end(id);
        }
    }
}

impl Open {
    /// Compares what would have been estimated with the tokens that were counted. An estimate reads the whole request:
    /// not beside streams.
    fn learn(&mut self, gateway: &Arc<Gateway>) {
        let record = &self.record;
        let Some(measured) = self.measured.take() else { return };
        if let Some(counted) = record.usage.input_total()
            && let Some(provider) = record.provider.clone()
            && let Some(model) = record.model_sent.clone()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let gateway = Arc::clone(gateway);
            runtime.spawn_blocking(move || {
                let body = std::str::from_utf8(&measured.body).unwrap_or_default();
                let estimate = count::estimate(measured.protocol, body);
                gateway.counting().calibration().learn(&provider, &model, estimate, counted);
            });
        }
    }

    /// Works out what the answer cost: once, when its tokens are all there.
    fn price(&mut self) {
        let record = &mut self.record;
        if let Some((snapshot, provider)) = &self.asks
            && let Some(provider) = snapshot.providers.get(*provider)
            && let Some(model) = record.model_sent.as_deref()
        {
            record.cost = provider.cost(model, &record.usage, record.id.unix_ms() / 1_000);
        }
    }
}

impl Drop for Settle {
    fn drop(&mut self) {
        self.finish(Outcome::Cancelled);
    }
}

impl fmt::Debug for Settle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settle").field("open", &self.open.is_some()).finish_non_exhaustive()
    }
}

/// Whether its caller has good reason to ask once more: it failed, or he left before anything had been said.
fn came_to_nothing(outcome: Outcome, record: &Record) -> bool {
    match outcome {
        Outcome::Completed => false,
        Outcome::Cancelled => record.first_us.is_none(),
        Outcome::Failed | Outcome::Truncated | Outcome::Refused => true,
    }
}

fn micros32(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
