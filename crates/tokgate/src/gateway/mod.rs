//! The running gateway: everything requests share. Each field says how it is shared; nothing else is.

pub mod adapters;
pub mod capacity;
pub mod counting;
pub mod credential;
pub mod ebb;
pub mod expected_cost;
pub mod issuer;
pub mod jobs;
pub mod memory;
pub mod places;
pub mod policy_params;
pub mod practice;
pub mod probe;
pub mod rehearsal;
pub mod repetition;
pub mod rescued;
pub mod runs;
pub mod serve;
pub mod snapshot;
pub mod status;
pub mod strangers;
pub mod underway;
pub mod waiters;
pub mod wake;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use bytes::Bytes;
use http::HeaderValue;
use parking_lot::{Mutex, MutexGuard};
use tokgate_policy::engine::Engine;
use tokgate_wire::provenance::Issuers;
use tokgate_wire::translate::recall::Recall;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use crate::proxy::read;
use crate::store::writer::Recorder;
use crate::telemetry::redact::Redactor;
use crate::upstream::Upstream;
use counting::Counting;
use ebb::Ebb;
use jobs::Desk;
use memory::Keeper;
use places::{Place, Places};
use probe::{Purse, Unasked};
use repetition::Repetition;
use rescued::Rescues;
use runs::Runs;
use snapshot::Snapshot;
use strangers::Strangers;
use underway::Underway;
use waiters::Waiters;
use wake::Watch;

/// Everything requests share.
pub struct Gateway {
    snapshot: ArcSwap<Snapshot>,
    engine: Mutex<Engine>,
    upstream: Upstream,
    recorder: Recorder,
    runs: Runs,
    strangers: Strangers,
    issuers: Mutex<Issuers>,
    recall: Mutex<Recall>,
    counting: Counting,
    memory: Keeper,
    unasked: Unasked,
    purse: Purse,
    jobs: Desk,
    underway: Underway,
    rescues: Rescues,
    repetition: Repetition,
    redactor: Arc<Redactor>,
    /// Names this process in [`crate::proxy::prepare::HOP`].
    instance: HeaderValue,
    places: Arc<Places>,
    waiters: Arc<Waiters>,
    served: AtomicU64,
    failed: AtomicU64,
    buffered: AtomicU64,
    ebb: Ebb,
    watch: Mutex<Watch>,
    shed: AtomicU64,
    websockets: AtomicUsize,
    draining: AtomicBool,
    ending: Arc<Notify>,
    ended: AtomicBool,
}

impl Gateway {
    /// A gateway that serves `snapshot`.
    pub fn new(
        snapshot: Arc<Snapshot>,
        upstream: Upstream,
        recorder: Recorder,
        redactor: Arc<Redactor>,
        seed: u64,
    ) -> Self {
        let engine = Engine::new(Arc::clone(&snapshot.policy), seed);
        let instance = HeaderValue::from_str(&format!("{seed:016x}")).unwrap_or(HeaderValue::from_static("tokgate"));
        Self {
            snapshot: ArcSwap::new(snapshot),
            engine: Mutex::new(engine),
            upstream,
            recorder,
            runs: Runs::default(),
            strangers: Strangers::default(),
            issuers: Mutex::default(),
            recall: Mutex::default(),
            counting: Counting::default(),
            memory: Keeper::default(),
            unasked: Unasked::default(),
            purse: Purse::default(),
            jobs: Desk::default(),
            underway: Underway::default(),
            rescues: Rescues::default(),
            repetition: Repetition::default(),
            redactor,
            instance,
            places: Arc::default(),
            waiters: Arc::default(),
            served: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            buffered: AtomicU64::new(0),
            ebb: Ebb::default(),
            watch: Mutex::new(Watch::start()),
            shed: AtomicU64::new(0),
            websockets: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            ending: Arc::default(),
            ended: AtomicBool::new(false),
        }
    }

    /// The running configuration.
    pub fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// Puts a new configuration in force. Requests under way keep theirs.
    pub fn swap(&self, snapshot: Arc<Snapshot>) {
        let now = crate::clock::since_start(crate::clock::now());
        // Both change under the engine's lock: a decision and the snapshot it indexes always belong together.
        let mut engine = self.engine.lock();
        engine.reload(now, Arc::clone(&snapshot.policy));
        self.waiters.wake(&engine.woken());
        self.places.resize(snapshot.config.server.max_concurrent);
        self.snapshot.store(snapshot);
        drop(engine);
        if let Some(jobs) = self.jobs.opened() {
            jobs.look_again();
        }
    }

    /// Whether the machine slept.
    fn watch(&self) -> &Mutex<Watch> {
        &self.watch
    }

    /// The policy, behind its short lock. Never held over an `await`.
    pub fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock()
    }

    /// Upstream connections.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Where records go.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The runs.
    pub fn runs(&self) -> &Runs {
        &self.runs
    }

    /// Words from outside without secrets, at most `max` bytes long.
    pub fn redact(&self, text: &str, max: usize) -> String {
        let clean = self.redactor.clean(text);
        let mut end = clean.len().min(max);
        while !clean.is_char_boundary(end) {
            end -= 1;
        }
        clean[..end].to_owned()
    }

    /// An upstream's own words for the client: as they are, unless they repeat one of our secrets.
    pub fn without_secrets(&self, bytes: Bytes) -> Bytes {
        self.redactor.without_known(&bytes).map_or(bytes, Bytes::from)
    }

    /// The redactor, which learns the keys in use.
    pub fn redactor(&self) -> &Arc<Redactor> {
        &self.redactor
    }

    /// Wrong keys by address.
    pub fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    /// Who issued which opaque reasoning, behind a lock that is never held over an `await`.
    pub fn issuers(&self) -> &Mutex<Issuers> {
        &self.issuers
    }

    /// Reasoning kept for clients that do not send it back, behind a lock that is never held over an `await`.
    pub fn recall(&self) -> &Mutex<Recall> {
        &self.recall
    }

    /// What is known of counting tokens.
    pub fn counting(&self) -> &Counting {
        &self.counting
    }

    /// What of the engine's knowledge was written last.
    pub fn memory(&self) -> &Keeper {
        &self.memory
    }

    /// Where requests are handed in whose clients do not wait.
    pub fn jobs(&self) -> &Desk {
        &self.jobs
    }

    /// Answers kept for clients that left.
    pub fn rescues(&self) -> &Rescues {
        &self.rescues
    }

    /// What agents asked lately.
    pub fn repetition(&self) -> &Repetition {
        &self.repetition
    }

    /// Requests that providers work on.
    pub fn underway(&self) -> &Underway {
        &self.underway
    }

    /// Whether a request that somebody waits for finds no room now, or soon would not.
    pub fn somebody_waits(&self) -> bool {
        self.in_flight() >= self.snapshot().config.server.max_concurrent || read::is_pressed(self)
    }

    /// Whom probes ask nothing.
    pub fn unasked(&self) -> &Unasked {
        &self.unasked
    }

    /// What probes have spent.
    pub fn purse(&self) -> &Purse {
        &self.purse
    }

    /// The name of this process among hops.
    pub fn instance(&self) -> &HeaderValue {
        &self.instance
    }

    /// Lets one more request in, unless `limit` are in already or we are stopping.
    pub fn admit(&self, limit: usize) -> Result<Place, Full> {
        if self.draining.load(Ordering::Relaxed) {
            return Err(Full::Draining);
        }
        let place = self.places.take(limit).ok_or(Full::Busy)?;
        self.served.fetch_add(1, Ordering::Relaxed);
        Ok(place)
    }

    /// Lets one more request in when its turn has come; `max` may wait, each for so `long`. Dropping this leaves the line.
    pub async fn admit_in_turn(&self, limit: usize, max: usize, long: Duration) -> Result<Place, Full> {
        let turn = self.places.queue(limit, max).ok_or(Full::Line)?;
        let place = tokio::select! {
            place = tokio::time::timeout(long, turn) => place,
            () = self.ending() => return Err(Full::Draining),
        };
        let place = place.ok().and_then(Result::ok).ok_or(Full::Busy)?;
        if self.draining.load(Ordering::Relaxed) {
            return Err(Full::Draining);
        }
        self.served.fetch_add(1, Ordering::Relaxed);
        Ok(place)
    }

    /// Requests that wait to be let in.
    pub fn waiting_outside(&self) -> usize {
        self.places.waiting()
    }

    /// Who waits for the policy's word, to be told under the engine's lock.
    pub fn waiters(&self) -> &Arc<Waiters> {
        &self.waiters
    }

    /// Lets a small question in, which takes no place among the requests, unless we are stopping.
    pub fn admit_question(&self) -> Result<(), Full> {
        if self.draining.load(Ordering::Relaxed) {
            return Err(Full::Draining);
        }
        self.served.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Requests under way.
    pub fn in_flight(&self) -> usize {
        self.places.taken()
    }

    /// A WebSocket is open as long as what this gives exists.
    pub fn open_websocket(self: &Arc<Self>) -> OpenWebSocket {
        self.websockets.fetch_add(1, Ordering::Relaxed);
        OpenWebSocket(Arc::clone(self))
    }

    /// WebSockets open now.
    pub fn websockets(&self) -> usize {
        self.websockets.load(Ordering::Relaxed)
    }

    /// Requests admitted since the start.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Counts a request that did not complete.
    pub fn count_failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether no new requests are taken.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// No new requests from here on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Ends running streams with their protocol's error event.
    pub fn end_streams(&self) {
        self.ended.store(true, Ordering::Release);
        self.ending.notify_waiters();
    }

    /// Whether [`Gateway::end_streams`] has been called.
    pub fn is_ending(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Done when running streams must end.
    pub fn ending(&self) -> OwnedNotified {
        Arc::clone(&self.ending).notified_owned()
    }

    /// Counts buffered body bytes; false (and not counted) when they would pass `limit`.
    pub fn buffer(&self, bytes: u64, limit: u64) -> bool {
        let before = self.buffered.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > limit {
            self.buffered.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// Gives buffered bytes back.
    pub fn unbuffer(&self, bytes: u64) {
        self.buffered.fetch_sub(bytes, Ordering::Relaxed);
        self.ebb.freed(bytes);
    }

    /// Gives memory of large bodies back.
    pub fn ebb(&self) -> &Ebb {
        &self.ebb
    }

    /// A request was refused for want of memory.
    pub fn count_shed(&self) {
        self.shed.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests refused for want of memory.
    pub fn shed(&self) -> u64 {
        self.shed.load(Ordering::Relaxed)
    }

    /// Body bytes held now.
    pub fn buffered(&self) -> u64 {
        self.buffered.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

/// Why no request is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// As many as allowed are in.
    Busy,
    /// And as many as allowed wait.
    Line,
    /// The gateway is stopping.
    Draining,
}

/// A WebSocket that is open; it counts until this is dropped.
#[derive(Debug)]
pub struct OpenWebSocket(Arc<Gateway>);

impl Drop for OpenWebSocket {
    fn drop(&mut self) {
        self.0.websockets.fetch_sub(1, Ordering::Relaxed);
    }
}
