//! The line of one request, step by step: what the shell's loop does between the engine, the head, the preamble and the
//! flow of an answer, with those very parts, but by wake-ups in place of waiting.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use tokgate::i18n::Text;
use tokgate::proxy::classify::Fault;
use tokgate::proxy::commit::{Opened, OpeningFault, Preamble, WholeFault};
use tokgate::proxy::relay::{Close, Flow, Look};
use tokgate::store::record::Outcome as RecordOutcome;
use tokgate::upstream::{Certainty, ExchangeFacts, SendError, SendErrorKind};
use tokgate_policy::classify::{Phase, Row, StreamEvent, Verdict};
use tokgate_policy::engine::{Decision, Outcome, Patience, Sticky, Strategy, Target};
use tokgate_wire::stream::{Pushed, StreamEnd, StreamFault};

use crate::corpus::{Heard, Take, mode};
use crate::invariant::{self, Decided, Violation};
use crate::ledger::stands;
use crate::mind::Bug;
use crate::request::{Cursor, Request, Stage, Tried};
use crate::swarm::Chance;
use crate::upstream::Play;
use crate::world::World;

/// Deadlines of a provider, as the configuration has them by default.
const FIRST_BYTE: Duration = Duration::from_secs(90);
const IDLE: Duration = Duration::from_secs(120);
const TOTAL: Duration = Duration::from_secs(600);

/// A conversation that was silent for longer may go anywhere.
const CACHE_WARM: Duration = Duration::from_secs(300);

/// What follows a step.
enum Next {
    /// The next step, at once.
    Again,
    /// The next step, then.
    At(Duration),
    /// The end.
    Over(RecordOutcome),
}

/// The next thing a stream brings.
enum Chunk {
    Read(Result<Pushed, StreamFault>),
    Ended { how: StreamEnd, broken: bool },
}

impl World {
    /// Goes on as far as possible; `Some`: until then, `None`: it is over.
    pub(crate) fn proceed(&mut self, request: &mut Request) -> Result<Option<Duration>, Violation> {
        loop {
            let next = match std::mem::replace(&mut request.stage, Stage::Asking) {
                Stage::Asking | Stage::Waiting => self.ask(request)?,
                Stage::Sending => self.headed(request)?,
                Stage::Reading => self.read(request)?,
                Stage::Opening { preamble, next } => self.open(request, preamble, next)?,
                Stage::Flowing { flow, next, look, error } => {
                    request.stage = Stage::Flowing { flow, next, look, error };
                    self.flow(request)?
                }
            };
            match next {
                Next::Again => {}
                Next::At(at) => return Ok(Some(at)),
                Next::Over(outcome) => {
                    self.finish(request, outcome)?;
                    let target = match self.mind.decide(self.now, &mut request.flight) {
                        Decision::Try(target) => Some(target),
                        Decision::Wait { .. } | Decision::GiveUp(_) => None,
                    };
                    invariant::i2_the_end_is_the_end(request, target.as_ref())?;
                    return Ok(None);
                }
            }
        }
    }

    fn ask(&mut self, request: &mut Request) -> Result<Next, Violation> {
        let before = self.mind.snapshot(self.now);
        // Who was called has a place that was just left, or follows a success. Who may wait no longer goes at once. When
        // the machine wakes up, all places are left and all waits are over in the same moment.
        let called = std::mem::take(&mut request.called) || self.ledger.is_waking(self.now, self.now);
        let due = !called && self.now < request.patience;
        let in_line = due && request.flight.ticket().is_some();
        match self.mind.decide(self.now, &mut request.flight) {
            Decision::Try(target) if request.tie.forbids(&target) => {
                self.mind.observe(self.now, &mut request.flight, &Outcome::Cancelled);
                Ok(Next::Over(RecordOutcome::Failed))
            }
            Decision::Try(target) => {
                let (current, ledger) = (&*self.params, &self.ledger);
                Decided { now: self.now, request, target: &target, before: &before, current, ledger }.check()?;
                let member = self.ledger.roster.get_mut(request.identity(&target));
                if let Some(member) = member.filter(|_| in_line) {
                    invariant::h1_no_herd(member.seen.came_from_line(self.now))?;
                }
                self.check_again(request, &target)?;
                self.check_group(request, &target, &before)?;
                self.launch(request, &target, &before)
            }
            Decision::Wait { until } => {
                if request.paused_until.replace(until) != Some(until) {
                    invariant::r3_pauses_are_short(self.now, until, request)?;
                }
                request.stage = Stage::Waiting;
                Ok(Next::At(until))
            }
            Decision::GiveUp(_) => Ok(Next::Over(RecordOutcome::Failed)),
        }
    }

    /// What must hold of attempts that ask again right after a failure.
    fn check_again(&mut self, request: &Request, target: &Target) -> Result<(), Violation> {
        let now = self.now;
        let last = request.tried.last().filter(|last| last.is_repeated_by(target));
        if let Some(last) = last.filter(|last| last.asked.is_none()) {
            let none = now < last.ended + Duration::from_millis(1);
            self.ledger.pauses.0 += 1;
            self.ledger.pauses.1 += u32::from(none);
        }
        let Some(member) = self.ledger.roster.get_mut(request.identity(target)) else { return Ok(()) };
        let (attempts, again) = member.seen.begins(now, last.is_some());
        invariant::r5_retries_stay_within_their_budget(attempts, again)
    }

    /// What must hold of the attempts of a profile together.
    fn check_group(
        &mut self,
        request: &Request,
        target: &Target,
        before: &tokgate_policy::engine::Snapshot,
    ) -> Result<(), Violation> {
        let now = self.now;
        let (Some(profile), true) = (request.flight.profile(), request.flight.has_choice()) else { return Ok(()) };
        let name = &request.flight.params().providers[target.provider].name;
        let open = stands(before, name).is_some_and(|stands| stands.breaker == "open");
        let group = self.ledger.group(now, profile);
        if request.tried.is_empty() {
            group.requests.push_back(now);
        }
        if open {
            let last = group.panicked.replace(now);
            invariant::b3_one_a_second_finds_out(now, last)?;
        }
        Ok(())
    }

    fn launch(
        &mut self,
        request: &mut Request,
        target: &Target,
        before: &tokgate_policy::engine::Snapshot,
    ) -> Result<Next, Violation> {
        self.counters.attempts += 1;
        if let Some(journal) = &mut self.journal {
            journal.attempted.push(self.now);
        }
        request.tie.begin(target);
        let provider = &request.flight.params().providers[target.provider];
        let (identity, name) = (provider.identity, Arc::clone(&provider.name));
        let key_id = target.key.and_then(|key| provider.keys.get(key)).map(|key| key.id);
        let stood = stands(before, &name);
        if let Some((member, stood)) = self.ledger.roster.get_mut(identity).zip(stood) {
            member.seen.look(self.now, stood);
        }
        // What one provider keeps may be elsewhere than the conversation is.
        let goes_home = request.tied && request.keeper.is_some();
        if request.login {
            // It goes to one account, or is what others are measured by: then the conversation is where it went.
            self.conversations[request.session] = None;
        } else if request.tried.is_empty() && !goes_home {
            self.converse(request, identity, before)?;
        }
        self.asked(identity);
        let upstream = &self.upstreams[&identity];
        let play = upstream.play(&mut self.rng, &self.swarm, &self.key_faults, key_id, self.quiet);
        let take = self.take(request, play);
        let (complete, refuses_request) = match take {
            Some(take) => (take.truth.complete, take.truth.refuses_request),
            None => (false, false),
        };
        let id = request.id;
        self.note(
            [20, id, identity, key_id.unwrap_or_default()],
            format_args!("#{id} asks {name} with {key_id:?}: {play:?}"),
        );
        let breaker = stood.map_or("", |stood| stood.breaker);
        let tried = Tried {
            provider: target.provider,
            identity,
            key: target.key,
            key_id,
            began: self.now,
            breaker,
            patience: target.patience,
            play,
            outcome: None,
            ended: self.now,
            asked: None,
            refuses_request,
            complete,
        };
        request.tried.push(tried);
        (request.cut, request.terminal) = (false, false);
        request.stage = Stage::Sending;
        Ok(Next::At(self.now + self.until_head(request, play)))
    }

    /// An attempt is of use.
    fn worked(&mut self, request: &mut Request) {
        let began = request.trying().began;
        if let Some(journal) = &mut self.journal {
            journal.succeeded.push(began);
        }
        if let Some(profile) = request.flight.profile() {
            let now = self.now;
            self.ledger.group(now, profile).worked = Some(now);
        }
    }

    /// I11: where the conversation goes, while nothing fails.
    fn converse(
        &mut self,
        request: &Request,
        identity: u64,
        before: &tokgate_policy::engine::Snapshot,
    ) -> Result<(), Violation> {
        if !before.providers.iter().all(|it| !it.enabled || invariant::stands_well(it) && invariant::bears_more(it))
            || request.repeated > 0
        {
            self.ledger.trouble_at = self.now;
        }
        let params = request.flight.params();
        let stays = params.profiles.iter().all(|it| it.sticky == Sticky::Session || it.strategy == Strategy::Failover);
        let warm = |at: &Duration| *at < request.started && *at + CACHE_WARM > self.now;
        let fits = params.providers.iter().all(|it| invariant::has_room(it, request.body_bytes));
        let last = self.conversations[request.session];
        // One that is too large for somebody may go elsewhere, and then the conversation is there.
        if !fits && last.is_none_or(|(_, there)| there != identity) {
            self.ledger.trouble_at = self.now;
        }
        let last = last.filter(|(at, _)| stays && warm(at));
        let quiet_since = self.ledger.trouble_at;
        // What began before the last trouble goes where it was meant to go then.
        let held = invariant::i11_a_conversation_stays(request, last, quiet_since, identity);
        if request.started > quiet_since { held } else { Ok(()) }
    }

    /// The answer of a play, when it is one of the corpus; a fault that cannot be had in this mode is a good answer.
    fn take(&self, request: &Request, play: Play) -> Option<&Take> {
        let mode = mode(request.protocol, request.stream);
        match play {
            Play::Good => Some(&self.corpus.good[mode]),
            Play::Fault(fault) => self.corpus.faults[fault].takes[mode].as_ref().or(Some(&self.corpus.good[mode])),
            Play::KeyUnreadable | Play::NoHead(..) | Play::Silence => None,
        }
    }

    /// Time until it is known whether a head comes.
    fn until_head(&mut self, request: &Request, play: Play) -> Duration {
        let within = if request.stream { first_byte(request) } else { TOTAL };
        let latency = self.rng.seconds(0.02, 4.0);
        match (play, self.take(request, play).map(|take| (&take.heard, take.first))) {
            (Play::KeyUnreadable, _) => Duration::ZERO,
            (Play::NoHead(_, after), _) => patience(request).map_or(after, |it| it.connection.min(after)),
            (_, None | Some((Heard::Silence, _))) => within,
            (_, Some((_, first))) => within.min(first + latency),
        }
    }

    fn headed(&mut self, request: &mut Request) -> Result<Next, Violation> {
        let now = self.now;
        let within = if request.stream { first_byte(request) } else { TOTAL };
        let (play, began) = (request.trying().play, request.trying().began);
        let no_head = |kind| send_error(kind).verdict(Phase::BeforeHead);
        let failed = match play {
            Play::KeyUnreadable => Some(Fault::KeyUnreadable(Text::verbatim("")).verdict(Phase::BeforeHead)),
            Play::NoHead(kind, _) => Some(no_head(kind)),
            _ if request.cut => Some(no_head(SendErrorKind::ResetFresh)),
            Play::Silence => Some(no_head(SendErrorKind::HeadTimeout)),
            Play::Good | Play::Fault(_) => None,
        };
        if let Some(verdict) = failed {
            return self.failed(request, &verdict);
        }
        let extra = self.rng.seconds(0.01, 30.0);
        let heard = self.take(request, play).map(|take| &take.heard);
        match heard {
            None | Some(Heard::Silence) => self.failed(request, &no_head(SendErrorKind::HeadTimeout)),
            Some(Heard::Broken) => self.failed(request, &no_head(SendErrorKind::ResetFresh)),
            Some(_) if now >= began + within => self.failed(request, &no_head(SendErrorKind::HeadTimeout)),
            Some(Heard::Refusal { .. }) => {
                request.stage = Stage::Reading;
                Ok(Next::At(now + Duration::from_millis(20)))
            }
            Some(Heard::Whole(ended)) => {
                let takes = if ended.is_some() { extra } else { TOTAL };
                request.stage = Stage::Reading;
                Ok(Next::At((now + takes).min(began + TOTAL)))
            }
            Some(Heard::Stream(_)) => {
                let gap = self.rng.seconds(0.02, 3.0);
                let preamble = Preamble::new(self.instant(began), self.instant(now));
                let next = self.following(request, Cursor { index: 0, at: Some(now), gap });
                request.stage = Stage::Opening { preamble, next };
                Ok(Next::Again)
            }
        }
    }

    /// A body that is not a stream has come, or has not.
    fn read(&mut self, request: &mut Request) -> Result<Next, Violation> {
        let (play, began) = (request.trying().play, request.trying().began);
        let whole = |fault| Fault::Whole(fault).verdict(Phase::Held);
        let result = match self.take(request, play).map(|take| &take.heard) {
            Some(Heard::Refusal { .. }) => return self.refused(request, play),
            Some(Heard::Whole(_)) if request.cut => Err(whole(WholeFault::Broken(Text::verbatim("asleep")))),
            Some(Heard::Whole(None)) => Err(whole(WholeFault::Late)),
            Some(Heard::Whole(Some(_))) if self.now >= began + TOTAL => Err(whole(WholeFault::Late)),
            Some(Heard::Whole(Some(result))) => *result,
            Some(Heard::Broken | Heard::Silence | Heard::Stream(_)) | None => Err(whole(WholeFault::Late)),
        };
        match result {
            Ok(()) => {
                self.worked(request);
                self.observe(request, &Outcome::Success)?;
                Ok(Next::Over(RecordOutcome::Completed))
            }
            Err(verdict) => self.failed(request, &verdict),
        }
    }

    /// An answer that says no: what its headers, its body and the clock on the wall make of it.
    fn refused(&mut self, request: &mut Request, play: Play) -> Result<Next, Violation> {
        let hint = if self.swarm.hints { self.hint() } else { None };
        let late = self.rng.chance(0.02);
        let unix = u64::try_from(self.unix()).unwrap_or_default();
        let Some(Heard::Refusal { status, headers, body }) = self.take(request, play).map(|take| &take.heard) else {
            return Ok(Next::Over(RecordOutcome::Failed));
        };
        let (status, body) = (*status, if late { Err(WholeFault::Late) } else { Ok(Bytes::clone(body)) });
        let busy = matches!(status.as_u16(), 429 | 503 | 529);
        let fault = match hint.filter(|_| busy) {
            Some((name, value, asked)) => {
                let mut headers = headers.clone();
                for old in ["retry-after", "retry-after-ms"] {
                    headers.remove(old);
                }
                headers.insert(name, HeaderValue::from_str(&value).unwrap());
                request.trying().asked = asked;
                Fault::answer(status, &headers, &body, false, unix)
            }
            None => Fault::answer(status, headers, &body, false, unix),
        };
        let mut verdict = fault.verdict(Phase::Head);
        // Now and then a key that is refused has been replaced where it is kept.
        let own = !request.flight.is_own_login();
        if verdict.row == Row::KeyRejected && own && self.rng.chance(0.2) && self.mind.key_renewed(&mut request.flight)
        {
            verdict = Fault::KeyOutdated(Box::new(fault)).verdict(Phase::Head);
        }
        // Where the world named no moment, the answer's own may stand in its headers or its body.
        let tried = request.trying();
        tried.asked = tried.asked.or(verdict.retry_after);
        if verdict.row == Row::ReasoningRefused && self.rng.chance(0.5) {
            self.mind.reasoning_refused(&mut request.flight);
        }
        self.failed(request, &verdict)
    }

    /// A moment to come back at, in one of the notations; the wait it really means, when it means one.
    fn hint(&mut self) -> Option<(&'static str, String, Option<Duration>)> {
        let seconds = [1, 2, 4, 7, 30, 120, 900][self.rng.below(7)];
        let wait = Some(Duration::from_secs(seconds));
        Some(match self.rng.below(6) {
            0 | 1 => ("retry-after", seconds.to_string(), wait),
            2 => ("retry-after-ms", (seconds * 1000).to_string(), wait),
            3 => {
                let at = jiff::Timestamp::from_second(self.unix() + i64::try_from(seconds).unwrap()).unwrap();
                ("retry-after", at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(), wait)
            }
            4 => (
                "retry-after",
                ["soon", "-1", "", "NaN", "Thu, 01 Jan 1970 00:00:00 GMT"][self.rng.below(5)].to_owned(),
                None,
            ),
            _ => return None,
        })
    }

    /// The attempt failed for this; the policy is asked again.
    fn failed(&mut self, request: &mut Request, verdict: &Verdict) -> Result<Next, Violation> {
        let row = verdict.row.id();
        *self.met.entry((row, mode(request.protocol, request.stream))).or_default() += 1;
        let id = request.id;
        self.note([21, id, verdict.row as u64, 0], format_args!("#{id} {row}"));
        self.observe(request, &Outcome::Failed(*verdict))?;
        request.stage = Stage::Asking;
        Ok(Next::Again)
    }

    /// The chunk after this one.
    fn following(&mut self, request: &mut Request, cursor: Cursor) -> Cursor {
        let play = request.trying().play;
        let Some(Heard::Stream(stream)) = self.take(request, play).map(|take| &take.heard) else {
            return Cursor { at: None, ..cursor };
        };
        let silent = cursor.index >= stream.chunks.len() && stream.end.is_none();
        Cursor { at: (!silent).then(|| self.now + cursor.gap), ..cursor }
    }

    fn chunk(&mut self, request: &mut Request, cursor: Cursor) -> Chunk {
        let play = request.trying().play;
        let clean_cut = self.mind.has(Bug::CutIsClean);
        let Some(Heard::Stream(stream)) = self.take(request, play).map(|take| &take.heard) else {
            return Chunk::Ended { how: StreamEnd::Empty, broken: true };
        };
        let (how, broken) = match (request.cut, stream.chunks.get(cursor.index), stream.end) {
            (false, Some(read), _) => {
                let read = read.clone();
                request.terminal |= read.as_ref().is_ok_and(|pushed| pushed.terminal);
                return Chunk::Read(read);
            }
            (false, None, Some(end)) => (end.how, end.broken),
            (true, ..) | (false, None, None) => (stream.cuts[cursor.index.min(stream.cuts.len() - 1)], true),
        };
        let how = if clean_cut && how == StreamEnd::Truncated { StreamEnd::Complete } else { how };
        Chunk::Ended { how, broken }
    }

    /// A stream of which nothing was generated yet.
    fn open(&mut self, request: &mut Request, mut preamble: Preamble, next: Cursor) -> Result<Next, Violation> {
        let now = self.instant(self.now);
        let (until, otherwise) = preamble.patience(first_byte(request), IDLE, !request.head_sent);
        let until = self.since(until);
        let due = next.at.filter(|at| *at <= until);
        let opened = if request.cut || due.is_some_and(|at| at <= self.now) {
            match self.chunk(request, next) {
                Chunk::Read(read) => preamble.take(now, read),
                Chunk::Ended { broken: true, .. } => Some(Opened::Failed(OpeningFault::Broken(Text::verbatim("")))),
                Chunk::Ended { how, broken: false } => Some(Preamble::ended(how)),
            }
        } else if due.is_none() && until <= self.now {
            Some(otherwise)
        } else {
            request.stage = Stage::Opening { preamble, next };
            return Ok(Next::At(due.unwrap_or(until)));
        };
        invariant::i14_little_is_held_back(preamble.held())?;
        match opened {
            None => {
                let next = self.following(request, Cursor { index: next.index + 1, ..next });
                request.stage = Stage::Opening { preamble, next };
                Ok(Next::Again)
            }
            Some(Opened::HeadDue) => {
                request.head_sent = true;
                request.stage = Stage::Opening { preamble, next };
                Ok(Next::Again)
            }
            Some(Opened::Failed(fault)) => self.failed(request, &Fault::Opening(fault).verdict(Phase::Held)),
            Some(Opened::Generates { terminal, error, .. }) => {
                request.committed = true;
                self.worked(request);
                if request.flight.has_choice() {
                    self.mind.began(self.now, &mut request.flight);
                }
                let flow = Flow::new(now, IDLE, terminal, error.is_some());
                let look = self.since(flow.first_look());
                let next = self.following(request, Cursor { index: next.index + 1, ..next });
                let id = request.id;
                self.note([22, id, 0, 0], format_args!("#{id} generates"));
                request.stage = Stage::Flowing { flow, next, look, error: error.unwrap_or_default() };
                Ok(Next::Again)
            }
        }
    }

    /// A committed stream.
    fn flow(&mut self, request: &mut Request) -> Result<Next, Violation> {
        let Stage::Flowing { flow, next, look, error } = std::mem::replace(&mut request.stage, Stage::Asking) else {
            return Ok(Next::Again);
        };
        let (mut flow, mut next, mut look, mut error) = (flow, next, look, error);
        let now = self.instant(self.now);
        let close = if request.cut || next.at.is_some_and(|at| at <= self.now) {
            match self.chunk(request, next) {
                Chunk::Read(read) => {
                    next = self.following(request, Cursor { index: next.index + 1, ..next });
                    flow.heard(now);
                    match read {
                        Ok(pushed) => {
                            if let Some(at) = flow.pushed(now, pushed.fresh, pushed.error.is_some(), pushed.terminal) {
                                look = self.since(at);
                            }
                            error = pushed.error.unwrap_or(error);
                            if !pushed.whole.is_empty() {
                                flow.sent(now);
                            }
                            None
                        }
                        Err(StreamFault::EventTooLong) => Some(flow.broken(StreamEvent::EventTooLong)),
                        Err(StreamFault::Malformed(_)) => Some(flow.broken(StreamEvent::Malformed)),
                    }
                }
                Chunk::Ended { how, .. } => Some(flow.ended(how)),
            }
        } else if look <= self.now {
            match flow.look(now) {
                Look::Close(close) => Some(close),
                Look::Silent(_) => Some(flow.broken(StreamEvent::Idle)),
                Look::Wait { next, .. } => {
                    look = self.since(next);
                    None
                }
            }
        } else {
            let at = next.at.map_or(look, |at| at.min(look));
            request.stage = Stage::Flowing { flow, next, look, error };
            return Ok(Next::At(at));
        };
        match close {
            None => {
                request.stage = Stage::Flowing { flow, next, look, error };
                Ok(Next::Again)
            }
            Some(close) => self.close(request, close, &error),
        }
    }

    fn close(
        &mut self,
        request: &mut Request,
        close: Close,
        error: &tokgate_wire::error::WireError,
    ) -> Result<Next, Violation> {
        let (outcome, record) = close.outcomes(error);
        if let Outcome::Failed(verdict) = &outcome {
            *self.met.entry((verdict.row.id(), mode(request.protocol, request.stream))).or_default() += 1;
        }
        self.observe(request, &outcome)?;
        Ok(Next::Over(record))
    }

    /// The client went away.
    pub(crate) fn dropped(&mut self, request: &mut Request) -> Result<(), Violation> {
        if let Stage::Flowing { flow, error, .. } = &request.stage
            && let Some(close) = flow.dropped(false)
        {
            let error = error.clone();
            self.close(request, close, &error)?;
            let (_, record) = close.outcomes(&error);
            return self.finish(request, record);
        }
        self.observe(request, &Outcome::Cancelled)?;
        self.finish(request, RecordOutcome::Cancelled)
    }

    /// The gateway is stopped: the client of a stream gets its error event, the provider no blame.
    pub(crate) fn stopped(&mut self, request: &mut Request) -> Result<(), Violation> {
        let Stage::Flowing { flow, error, .. } = &request.stage else { return self.dropped(request) };
        let (close, error) = (flow.broken(StreamEvent::Cut), error.clone());
        if matches!(close, Close::Broken(_)) {
            self.observe(request, &Outcome::Cancelled)?;
        }
        self.close(request, close, &error)?;
        self.finish(request, close.outcomes(&error).1)
    }
}

/// How much less than usual is waited for the attempt under way.
fn patience(request: &Request) -> Option<Patience> {
    request.tried.last().and_then(|tried| tried.patience)
}

/// How long it is waited for the beginning of a stream.
fn first_byte(request: &Request) -> Duration {
    patience(request).map_or(FIRST_BYTE, |patience| patience.first_byte.min(FIRST_BYTE))
}

fn send_error(kind: SendErrorKind) -> Fault {
    Fault::Send(SendError {
        kind,
        certainty: Certainty::NotSent,
        facts: ExchangeFacts::default(),
        message: Text::verbatim(""),
    })
}
