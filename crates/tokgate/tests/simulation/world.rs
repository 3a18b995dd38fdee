//! A virtual hour: clients, providers, weather and mishaps around the real engine, on one clock that nobody waits for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use tokgate::clock;
use tokgate::proxy::attempt::Tie;
use tokgate::store::record::Outcome as RecordOutcome;
use tokgate_policy::classify::{Certainty, Fault};
use tokgate_policy::engine::{Facts, Flight, HoldParams, Outcome, Params, ProviderParams, Stored};
use tokgate_simulator::Rng;
use tokio::time::Instant;

use crate::allowance::Asking;
use crate::corpus::Corpus;
use crate::disk::Disk;
use crate::exposure::{Exposure, Peak};
use crate::invariant::{self, Violation};
use crate::ledger::{Ledger, stands};
use crate::mind::{Bug, Mind};
use crate::request::{Request, Stage, Tried};
use crate::roster::Seen;
use crate::swarm::{Chance, PROTOCOLS, Swarm, configuration};
use crate::trace::Trace;
use crate::upstream::{KeyFaults, Outage, Upstream};

/// Length of a run.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// From here on nothing fails any more, so that it can be seen whether everything comes back.
const QUIET_FROM: Duration = Duration::from_secs(2880);

/// What is asked in the last part is counted from here.
const COUNTED_FROM: Duration = Duration::from_secs(3480);

/// Events of an hour; more are a circle. Two requests a second have about thirty each.
const EVENTS_MAX: u64 = 2_000_000;

/// Start of the world, in the engine's time.
pub(crate) const EPOCH: Duration = Duration::from_secs(1_000);

/// Start of the world on the wall: a day in November 2026.
const WALL: i64 = 1_795_000_000;

/// Models that are asked for.
const MODELS: [&str; 2] = ["opus", "haiku"];

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A request of a conversation; repeated so many times.
    Arrive {
        session: usize,
        repeated: u32,
    },
    /// The next client asks.
    Traffic,
    /// A request has something to do.
    Wake {
        slot: usize,
        generation: u64,
    },
    /// Its client goes away.
    Leave {
        slot: usize,
        id: u64,
    },
    /// A provider's weather turns.
    Turn {
        provider: usize,
    },
    Reload,
    Jump,
    Sleep,
    Drain,
    Stop,
    Outage {
        begins: bool,
    },
    /// Everything is down in this way, or works again.
    Down(Option<Outage>),
    Switch,
    Tick,
    /// The writer of records has its round.
    Write,
    Quiet,
}

/// Figures of a run.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counters {
    pub(crate) requests: u64,
    pub(crate) refused: u64,
    pub(crate) shed: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) truncated: u64,
    pub(crate) cancelled: u64,
    pub(crate) attempts: u64,
}

/// When things happened, for those who count.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) arrived: Vec<Duration>,
    pub(crate) attempted: Vec<Duration>,
    /// When the attempts began that succeeded.
    pub(crate) succeeded: Vec<Duration>,
    /// When a provider may be tested again, as it stood when everything began to work again.
    pub(crate) due_at_end: Option<Duration>,
}

/// A world.
pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) now: Duration,
    base: Instant,
    /// What the clock on the wall is off by.
    wall: i64,
    pub(crate) corpus: Arc<Corpus>,
    pub(crate) swarm: Swarm,
    pub(crate) mind: Mind,
    pub(crate) params: Arc<Params>,
    pub(crate) upstreams: BTreeMap<u64, Upstream>,
    pub(crate) key_faults: KeyFaults,
    heap: BinaryHeap<Reverse<(Duration, u64, Event)>>,
    order: u64,
    requests: Vec<Option<Box<Request>>>,
    free: Vec<usize>,
    /// Of each conversation: when and where its last answer ended, when that was the only one under way.
    pub(crate) conversations: Vec<Option<(Duration, u64)>>,
    /// Requests of each that are under way.
    talking: Vec<u32>,
    draining: bool,
    pub(crate) quiet: bool,
    pub(crate) ledger: Ledger,
    pub(crate) counters: Counters,
    exposure: Exposure,
    pub(crate) disk: Option<Disk>,
    /// The dearest minute.
    pub(crate) peak: Peak,
    pub(crate) trace: Trace,
    /// Rows of the failure table that were met, by mode.
    pub(crate) met: BTreeMap<(&'static str, usize), u64>,
    pub(crate) violation: Option<Violation>,
    pub(crate) journal: Option<Journal>,
    /// The profile that requests began at last.
    profile: String,
    /// End of traffic.
    pub(crate) ends: Duration,
}

impl World {
    /// The world of a seed. So many lines of its trace can be read.
    pub(crate) fn new(seed: u64, corpus: &Arc<Corpus>, bug: Option<Bug>, lines: usize) -> Self {
        let mut rng = Rng::new(seed);
        let swarm = Swarm::draw(&mut rng, corpus);
        let mut world = Self::of(swarm, rng, corpus, bug, lines);
        world.disk = Disk::of(seed);
        world.begin();
        world
    }

    /// A world with this in it, in which nothing happens by itself yet.
    pub(crate) fn of(swarm: Swarm, mut rng: Rng, corpus: &Arc<Corpus>, bug: Option<Bug>, lines: usize) -> Self {
        let params = configuration(&mut rng, &swarm, true);
        let upstreams = swarm.providers.iter().map(|it| (it.identity, Upstream::new(&swarm))).collect();
        let mut world = Self {
            journal: None,
            profile: String::new(),
            ends: EPOCH + HOUR,
            now: EPOCH,
            base: clock::now(),
            wall: 0,
            corpus: Arc::clone(corpus),
            mind: Mind::new(Arc::clone(&params), rng.next(), bug),
            params,
            upstreams,
            key_faults: KeyFaults::new(corpus.faults.iter().map(|entry| entry.name.as_str())),
            heap: BinaryHeap::new(),
            order: 0,
            requests: Vec::new(),
            free: Vec::new(),
            conversations: vec![None; swarm.sessions],
            talking: vec![0; swarm.sessions],
            draining: false,
            quiet: false,
            ledger: Ledger::default(),
            counters: Counters::default(),
            exposure: Exposure::default(),
            disk: None,
            peak: Peak::default(),
            trace: Trace::new(lines),
            met: BTreeMap::new(),
            violation: None,
            swarm,
            rng,
        };
        world.keep();
        world
    }

    fn begin(&mut self) {
        self.after(Duration::ZERO, Event::Traffic);
        self.at(EPOCH + QUIET_FROM, Event::Quiet);
        self.after(Duration::from_secs(10), Event::Tick);
        if self.disk.is_some() {
            self.after(Duration::ZERO, Event::Write);
        }
        for provider in 0..self.swarm.providers.len() {
            let first = self.rng.seconds(1.0, self.swarm.good.1);
            self.after(first, Event::Turn { provider });
        }
        let mishaps = [
            (self.swarm.reloads, Event::Reload),
            (self.swarm.jumps, Event::Jump),
            (self.swarm.sleeps, Event::Sleep),
            (self.swarm.drains, Event::Drain),
            (self.swarm.outages, Event::Outage { begins: true }),
            (self.swarm.switches, Event::Switch),
        ];
        for (every, event) in mishaps {
            self.again(every, event);
        }
    }

    /// Lives through the hour. The invariant that broke, if one did.
    pub(crate) fn run(&mut self) -> Option<Violation> {
        while let Some(Reverse((at, order, event))) = self.heap.pop() {
            self.now = at;
            if order > EVENTS_MAX {
                self.violation = Some(Violation { law: "R4", text: format!("no end after {order} events: {event:?}") });
                return self.violation.clone();
            }
            let happened = self.happen(event);
            self.call();
            if let Err(violation) = happened {
                self.violation = Some(violation);
                return self.violation.clone();
            }
        }
        self.violation = self.last_words().err();
        self.violation.clone()
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Traffic => self.traffic(),
            Event::Arrive { session, repeated } => return self.arrive(session, repeated),
            Event::Wake { slot, generation } => return self.wake(slot, generation),
            Event::Leave { slot, id } => return self.leave(slot, id),
            Event::Turn { provider } => self.turn(provider),
            Event::Reload => self.reload(),
            Event::Jump => {
                let off = self.rng.between(-7_200.0, 7_200.0);
                self.wall += off as i64;
                self.note([1, self.wall.unsigned_abs(), 0, 0], format_args!("the wall clock jumps by {off:.0} s"));
                self.again(self.swarm.jumps, Event::Jump);
            }
            Event::Sleep => return self.sleep(),
            Event::Drain => self.drain(),
            Event::Stop => return self.stop(),
            Event::Outage { begins } => self.outage(begins),
            Event::Down(outage) => self.all_down(outage),
            Event::Switch => self.switch(),
            Event::Tick => {
                self.mind.tick(self.now);
                if self.now < self.ends {
                    self.after(Duration::from_secs(10), Event::Tick);
                }
            }
            Event::Write => {
                let (now, since) = (self.instant(self.now), self.now - EPOCH);
                if let Some(pause) = self.disk.as_mut().map(|disk| disk.round(now, since))
                    && self.now < self.ends
                {
                    self.after(pause, Event::Write);
                }
            }
            Event::Quiet => {
                self.quiet = true;
                self.note([2, 0, 0, 0], format_args!("from here on nothing fails"));
                self.upstreams.values_mut().for_each(|it| it.clear(self.now, &self.swarm));
                self.ledger.trouble_at = self.now;
            }
        }
        Ok(())
    }

    /// Those in line whose turn it is ask again.
    fn call(&mut self) {
        for ticket in self.mind.woken() {
            let mut all = self.requests.iter_mut().enumerate().filter_map(|(slot, it)| Some((slot, it.as_mut()?)));
            if let Some((slot, request)) = all.find(|(_, it)| it.flight.ticket() == Some(ticket)) {
                request.called = true;
                let generation = request.generation;
                self.at(self.now, Event::Wake { slot, generation });
            }
        }
    }

    /// After the hour: nothing is left open, and everything has come back.
    fn last_words(&mut self) -> Result<(), Violation> {
        let counters = self.counters;
        let out = counters.completed + counters.failed + counters.truncated + counters.cancelled;
        let out = out + counters.refused + counters.shed;
        let open = self.requests.iter().flatten().count();
        if counters.requests != out || open > 0 {
            return Err(Violation { law: "I13", text: format!("{open} are open: {counters:?}") });
        }
        self.peak = self.exposure.check()?;
        let now = self.instant(self.now);
        if let Some(disk) = &mut self.disk {
            disk.check(now)?;
        }
        invariant::r6_pauses_are_random(self.ledger.pauses)?;
        if self.journal.is_some() {
            // The quiet after it is too short for everybody to have been tested.
            return Ok(());
        }
        let snapshot = self.mind.snapshot(self.now);
        for provider in self.params.providers.iter().filter(|provider| provider.enabled) {
            let unseen = Seen::default();
            let seen = self.ledger.roster.get(provider.identity).map_or(&unseen, |member| &member.seen);
            if let Some(stands) = stands(&snapshot, &provider.name) {
                invariant::i15_breakers_close(self.now, stands, seen)?;
            }
        }
        Ok(())
    }

    fn traffic(&mut self) {
        if self.now >= self.ends {
            return;
        }
        let session = self.rng.below(self.swarm.sessions);
        self.after(Duration::ZERO, Event::Arrive { session, repeated: 0 });
        let pause = -self.rng.between(1e-9, 1.0).ln() / self.swarm.rate;
        self.after(Duration::from_secs_f64(pause), Event::Traffic);
    }

    fn arrive(&mut self, session: usize, repeated: u32) -> Result<(), Violation> {
        self.counters.requests += 1;
        if let Some(journal) = &mut self.journal {
            journal.arrived.push(self.now);
        }
        if self.draining {
            self.counters.shed += 1;
            return Ok(());
        }
        let id = self.counters.requests;
        let protocol = session % usize::from(PROTOCOLS);
        let stream = self.rng.chance(self.swarm.streams);
        let login = self.rng.chance(self.swarm.logins);
        let tied = self.rng.chance(self.swarm.tied);
        let deadline = self.rng.chance(self.swarm.deadlines).then(|| self.now + self.rng.seconds(4.0, 300.0));
        let model = MODELS[self.rng.below(MODELS.len())];
        let body_bytes = [500, 1_500, 2_500][self.rng.below(3)];
        let facts = Facts {
            model: Some(model),
            retry_count: repeated,
            caller_has_login: login,
            body_bytes,
            affinity: Some(session as u64),
            session: Some(session as u64),
            stored: (tied && !self.mind.has(Bug::TieForgotten)).then_some(Stored { field: "container", id: None }),
            price: &|name, _, cached| Some(self.swarm.price(name) / if cached { 10 } else { 1 }),
            deadline,
            ..Facts::new(u8::try_from(protocol).unwrap())
        };
        let Ok(flight) = self.mind.start(self.now, &facts) else {
            self.counters.refused += 1;
            self.note([3, id, 0, 0], format_args!("#{id} is refused"));
            return Ok(());
        };
        self.began_at(&flight)?;
        self.talking[session] += 1;
        self.note([4, id, session as u64, u64::from(repeated)], format_args!("#{id} of {session} arrives"));
        let allowed = self.allowed(protocol, login, &flight);
        let sound = self.sound(protocol, body_bytes, &allowed);
        let request = Box::new(Request {
            id,
            session,
            protocol,
            stream,
            started: self.now,
            tied,
            keeper: self.ledger.keepers.get(&session).copied(),
            login,
            deadline,
            body_bytes,
            patience: (self.now + HoldParams::default().max)
                .min(deadline.map_or(Duration::MAX, |at| at.saturating_sub(Duration::from_secs(5)))),
            repeated,
            flight,
            tie: Tie::new(tied && !self.mind.has(Bug::TieForgotten)),
            stage: Stage::Asking,
            generation: 0,
            head_sent: false,
            committed: false,
            terminal: false,
            cut: false,
            tried: Vec::new(),
            late_pauses: 0,
            paused_until: None,
            called: false,
            allowed,
            sound,
            ends: 0,
        });
        let slot = self.free.pop().unwrap_or_else(|| {
            self.requests.push(None);
            self.requests.len() - 1
        });
        if self.rng.chance(self.swarm.cancels) {
            let patience = self.rng.seconds(0.01, 60.0);
            self.after(patience, Event::Leave { slot, id });
        }
        self.go_on(slot, request)
    }

    /// A request begins at a profile: at the one that somebody switched to.
    fn began_at(&mut self, flight: &Flight) -> Result<(), Violation> {
        let profile = flight.profile().map(|name| &**name);
        if profile.is_some_and(|profile| profile != self.profile) {
            // Conversations move with it.
            self.ledger.trouble_at = self.now;
            self.profile = profile.unwrap_or_default().to_owned();
        }
        invariant::t1_a_switch_by_hand_holds(self.by_hand(), profile)
    }

    /// The profile that somebody switched to: while it is gone it is left, and it holds again when it is back.
    fn by_hand(&self) -> Option<&str> {
        let here = |name: &str| self.params.profiles.iter().any(|it| *it.name == *name);
        self.ledger.switched.as_deref().filter(|name| here(name))
    }

    /// Places of the providers that a request may be sent to.
    fn allowed(&self, protocol: usize, login: bool, flight: &Flight) -> Vec<usize> {
        let asking = Asking {
            profile: flight.profile().map(|name| &**name),
            by_hand: self.by_hand(),
            protocol: u8::try_from(protocol).unwrap(),
            login,
            price: &|name| self.swarm.price(name),
        };
        asking.allowance(&self.params)
    }

    /// Of these providers, at which nothing can go wrong now, and which stand well.
    fn sound(&self, protocol: usize, bytes: u64, allowed: &[usize]) -> Vec<u64> {
        let members: Vec<u64> = allowed.iter().map(|place| self.params.providers[*place].identity).collect();
        let calm = |identity| self.upstreams.get(identity).is_some_and(|it| it.calm_since.is_some());
        let protocol = u8::try_from(protocol).unwrap();
        let all = self.params.providers.iter().filter(|it| it.enabled && it.serves(protocol) && calm(&it.identity));
        let all = all.filter(|it| members.contains(&it.identity) && invariant::has_room(it, bytes));
        let candidates: Vec<_> = all.collect();
        if candidates.is_empty() {
            return Vec::new();
        }
        let snapshot = self.mind.snapshot(self.now);
        let well = |name: &str| stands(&snapshot, name).is_some_and(invariant::stands_well);
        candidates.into_iter().filter(|it| well(&it.name)).map(|it| it.identity).collect()
    }

    fn wake(&mut self, slot: usize, generation: u64) -> Result<(), Violation> {
        let Some(request) =
            self.requests.get_mut(slot).and_then(|request| request.take_if(|it| it.generation == generation))
        else {
            return Ok(());
        };
        self.go_on(slot, request)
    }

    /// Goes on until the request has to wait for something.
    fn go_on(&mut self, slot: usize, mut request: Box<Request>) -> Result<(), Violation> {
        match self.proceed(&mut request)? {
            Some(at) => {
                request.generation += 1;
                let generation = request.generation;
                self.requests[slot] = Some(request);
                self.at(at.max(self.now), Event::Wake { slot, generation });
            }
            None => self.free.push(slot),
        }
        Ok(())
    }

    fn leave(&mut self, slot: usize, id: u64) -> Result<(), Violation> {
        let Some(mut request) = self.requests.get_mut(slot).and_then(|request| request.take_if(|it| it.id == id))
        else {
            return Ok(());
        };
        self.free.push(slot);
        self.dropped(&mut request)
    }

    /// The request is over.
    pub(crate) fn finish(&mut self, request: &mut Request, outcome: RecordOutcome) -> Result<(), Violation> {
        request.ends += 1;
        self.exposure.ended(request.started, self.now);
        let millis = u64::try_from(self.now.as_millis()).unwrap();
        if let Some(disk) = &mut self.disk {
            disk.push(millis, outcome);
        }
        self.mind.land(self.now, &mut request.flight);
        self.talking[request.session] -= 1;
        let quiet = request.started > self.ledger.trouble_at;
        let alone = self.talking[request.session] == 0 && quiet && !request.login && !request.tied;
        // One that is too large for somebody may go elsewhere, and the next one comes back.
        let fits = |it: &ProviderParams| invariant::has_room(it, request.body_bytes);
        let alone = alone && request.flight.params().providers.iter().all(fits);
        self.conversations[request.session] = match &request.tried[..] {
            [only] if alone && outcome == RecordOutcome::Completed => Some((self.now, only.identity)),
            _ => None,
        };
        let id = request.id;
        self.note([5, id, outcome as u64, 0], format_args!("#{id} ends: {outcome:?}"));
        let counters = &mut self.counters;
        let counter = match outcome {
            RecordOutcome::Completed => &mut counters.completed,
            RecordOutcome::Failed | RecordOutcome::Refused => &mut counters.failed,
            RecordOutcome::Truncated => &mut counters.truncated,
            RecordOutcome::Cancelled => &mut counters.cancelled,
        };
        *counter += 1;
        invariant::i3_what_was_cut_is_not_clean(request, outcome)?;
        if outcome == RecordOutcome::Failed {
            let still = |identity: &u64| {
                let calm = self.upstreams.get(identity).and_then(|it| it.calm_since);
                // A connection that dies in its sleep fails a healthy provider too.
                let asked = request.tried.iter().any(|tried| tried.identity == *identity);
                calm.is_some_and(|since| since <= request.started) && !asked
            };
            let names = |identity: &u64| &*self.swarm.providers[usize::try_from(*identity).unwrap() - 1].name;
            let sound: Vec<&str> = request.sound.iter().filter(|it| still(it)).map(names).collect();
            let most = request.flight.params().providers.iter().map(|it| it.attempts_max).min().unwrap_or(1);
            invariant::i12_somebody_healthy_answers(self.now, request, most.clamp(1, 4), &sound)?;
            if request.repeated < 2 && self.rng.chance(self.swarm.repeats) {
                let pause = self.rng.seconds(0.5, 8.0);
                self.after(pause, Event::Arrive { session: request.session, repeated: request.repeated + 1 });
            }
        }
        Ok(())
    }

    fn turn(&mut self, provider: usize) {
        if self.quiet {
            return;
        }
        let params = &self.swarm.providers[provider];
        let keys: Vec<u64> = params.keys.iter().filter(|key| !key.client).map(|key| key.id).collect();
        let Some(upstream) = self.upstreams.get_mut(&params.identity) else { return };
        let stays = upstream.turn(&mut self.rng, self.now, &self.swarm, &keys);
        let words = format!("{upstream:?}");
        self.note([6, provider as u64, 0, 0], format_args!("p{provider}: {words}"));
        self.after(stays, Event::Turn { provider });
    }

    fn reload(&mut self) {
        if self.quiet {
            return;
        }
        let params = configuration(&mut self.rng, &self.swarm, false);
        self.configure(params);
        let params = &self.params;
        let names: Vec<_> = params.providers.iter().map(|it| Arc::clone(&it.name)).collect();
        let profiles: Vec<_> = params.profiles.iter().map(|it| Arc::clone(&it.name)).collect();
        self.note([7, names.len() as u64, 0, 0], format_args!("reload: {names:?} in {profiles:?}"));
        self.again(self.swarm.reloads, Event::Reload);
    }

    /// A new configuration.
    pub(crate) fn configure(&mut self, params: Arc<Params>) {
        self.params = params;
        self.mind.reload(self.now, Arc::clone(&self.params));
        self.keep();
    }

    fn keep(&mut self) {
        let keys = |provider: &ProviderParams| provider.keys.iter().map(|key| key.id).collect();
        self.ledger.configured(self.now, self.params.providers.iter().map(|it| (it.identity, keys(it))));
    }

    /// The lid was closed: the wall clock is hours ahead, every connection is dead, the engine's clock stood still.
    fn sleep(&mut self) -> Result<(), Violation> {
        self.wall += self.rng.between(60.0, 40_000.0) as i64;
        self.ledger.trouble_at = self.now;
        self.note([8, 0, 0, 0], format_args!("asleep, and awake again"));
        self.mind.resumed(self.now);
        self.ledger.woke_at = Some(self.now);
        invariant::b4_waking_opens_everything(&self.mind.snapshot(self.now))?;
        for slot in 0..self.requests.len() {
            let Some(mut request) = self.requests[slot].take() else { continue };
            request.cut = true;
            self.go_on(slot, request)?;
        }
        self.again(self.swarm.sleeps, Event::Sleep);
        Ok(())
    }

    fn drain(&mut self) {
        if self.quiet {
            return;
        }
        self.draining = true;
        self.note([9, 0, 0, 0], format_args!("draining"));
        let grace = self.rng.seconds(1.0, 60.0);
        self.after(grace, Event::Stop);
    }

    /// The gateway is stopped and started again: it has forgotten everything.
    fn stop(&mut self) -> Result<(), Violation> {
        for slot in 0..self.requests.len() {
            if let Some(mut request) = self.requests[slot].take() {
                self.free.push(slot);
                self.stopped(&mut request)?;
            }
        }
        let now = self.instant(self.now);
        if let Some(disk) = &mut self.disk {
            disk.restart(now);
        }
        self.mind = Mind::new(Arc::clone(&self.params), self.rng.next(), self.mind.bug());
        self.ledger = Ledger::default();
        self.keep();
        self.draining = false;
        self.note([10, 0, 0, 0], format_args!("started again"));
        self.again(self.swarm.drains, Event::Drain);
        Ok(())
    }

    /// Somebody switches to a profile, or back.
    fn switch(&mut self) {
        if self.quiet {
            return;
        }
        let chosen = self.params.profiles[self.rng.below(self.params.profiles.len())].name.to_string();
        let chosen = Some(chosen).filter(|_| self.rng.chance(0.7));
        self.mind.switch(self.now, chosen.as_deref());
        self.note([12, 0, 0, 0], format_args!("switched by hand to {chosen:?}"));
        self.ledger.switched = chosen;
        self.ledger.trouble_at = self.now;
        self.again(self.swarm.switches, Event::Switch);
    }

    /// Everything is down, or works again.
    pub(crate) fn all_down(&mut self, outage: Option<Outage>) {
        for upstream in self.upstreams.values_mut() {
            upstream.outage = outage;
            upstream.calm_since = None;
        }
        let left = self.mind.snapshot(self.now).providers.into_iter().filter_map(|it| it.breaker_left_ms).min();
        if let Some(journal) = self.journal.as_mut().filter(|_| outage.is_none()) {
            journal.due_at_end = left.map(|left| self.now + Duration::from_millis(left));
        }
        self.note([11, u64::from(outage.is_some()), 0, 0], format_args!("outage: {outage:?}"));
    }

    fn outage(&mut self, begins: bool) {
        if self.quiet {
            return;
        }
        let outage = begins.then(|| Outage::ALL[self.rng.below(Outage::ALL.len())]);
        self.all_down(outage);
        if begins {
            let lasts = self.rng.seconds(20.0, 600.0);
            self.after(lasts, Event::Outage { begins: false });
        } else {
            self.again(self.swarm.outages, Event::Outage { begins: true });
        }
    }

    /// In the shell's time.
    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.base + at
    }

    /// In the engine's time.
    pub(crate) fn since(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.base)
    }

    /// Seconds on the wall.
    pub(crate) fn unix(&self) -> i64 {
        WALL + self.wall + i64::try_from(self.now.as_secs()).unwrap()
    }

    /// Counts an attempt of the last part.
    pub(crate) fn asked(&mut self, identity: u64) {
        if self.now >= EPOCH + COUNTED_FROM
            && let Some(member) = self.ledger.roster.get_mut(identity)
        {
            member.seen.asked += 1;
        }
    }

    pub(crate) fn note(&mut self, numbers: [u64; 4], words: std::fmt::Arguments<'_>) {
        self.trace.note(self.now, numbers, words);
    }

    /// Tells the policy how the attempt under way ended, and looks at what came of it.
    pub(crate) fn observe(&mut self, request: &mut Request, outcome: &Outcome) -> Result<(), Violation> {
        let now = self.now;
        let own_login = request.flight.is_own_login();
        let Some((last, earlier)) = request.tried.split_last_mut().filter(|(last, _)| last.outcome.is_none()) else {
            self.mind.observe(now, &mut request.flight, outcome);
            return Ok(());
        };
        last.outcome = Some(*outcome);
        last.ended = now;
        self.exposure.tried(last);
        if let Some(upstream) = self.upstreams.get_mut(&last.identity).filter(|_| *outcome != Outcome::Success) {
            upstream.failed(last.began, now);
        }
        if *outcome == Outcome::Success && request.flight.has_others() {
            self.ledger.keepers.insert(request.session, last.identity);
        }
        let name = &self.swarm.providers[usize::try_from(last.identity).unwrap() - 1].name;
        let before = self.mind.snapshot(now);
        self.mind.observe(now, &mut request.flight, outcome);
        let after = self.mind.snapshot(now);
        let (before, after) = (stands(&before, name), stands(&after, name));
        let turned_at = self.ledger.roster.get(last.identity).and_then(|member| member.seen.turned_at);
        invariant::i16_old_results_change_nothing(last, turned_at, before, after)?;
        let turned = before.zip(after).is_some_and(|(before, after)| before.breaker != after.breaker);
        if let Some(member) = self.ledger.roster.get_mut(last.identity).filter(|_| turned) {
            member.seen.turned_at = Some(now);
        }
        let waking = self.ledger.is_waking(now, last.began);
        if waking && !matches!(outcome, Outcome::Success) {
            invariant::b4_waking_counts_nothing(before, after)?;
        }
        let judged = earlier.iter().any(|tried| tried.provider == last.provider);
        self.ledger.ended(now, last, after, own_login, judged);
        let hard = self.ledger.roster.get(last.identity).map_or(0, |member| member.seen.hard_in_a_row);
        if let Some(at) = is_wasted(last, earlier).filter(|_| request.flight.has_choice())
            && let Some(profile) = request.flight.profile()
        {
            let group = self.ledger.group(now, profile);
            group.wasted.push_back(at);
            invariant::i9_an_outage_is_not_multiplied(group, at)?;
        }
        let without = self.mind.has(Bug::BreakersOff) || self.mind.has(Bug::Amplifies);
        if without { Ok(()) } else { invariant::b1_hard_failures_open(hard, after) }
    }

    pub(crate) fn at(&mut self, at: Duration, event: Event) {
        self.order += 1;
        self.heap.push(Reverse((at, self.order, event)));
    }

    fn after(&mut self, pause: Duration, event: Event) {
        self.at(self.now + pause, event);
    }

    /// Once more, when such things happen here and the quiet part has not begun.
    fn again(&mut self, every: Option<f64>, event: Event) {
        let Some(every) = every else { return };
        let pause = Duration::from_secs_f64(every * self.rng.between(0.5, 1.5));
        if self.now + pause < EPOCH + QUIET_FROM {
            self.after(pause, event);
        }
    }
}

/// When an attempt began that followed another one and was, like that one, a burden without use.
fn is_wasted(last: &Tried, earlier: &[Tried]) -> Option<Duration> {
    let burden = |tried: &Tried| match tried.outcome {
        Some(Outcome::Failed(verdict)) => {
            verdict.certainty != Certainty::NotSent && !verdict.key.is_about_key() && !verdict.row.refuses_a_part()
        }
        Some(Outcome::Success | Outcome::Cancelled) | None => false,
    };
    // Who finds fault with the request has answered it.
    let answered = matches!(last.outcome, Some(Outcome::Failed(verdict)) if verdict.fault == Fault::Client);
    let before = earlier.last()?;
    (burden(before) && burden(last) && !answered).then_some(last.began)
}
