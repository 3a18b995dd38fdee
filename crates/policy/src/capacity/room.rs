//! The waiting room: one line of requests for which there is no place, or whose providers rest. The urgent go first, but
//! nobody is passed over for ever; who waits is called when a place is free, and nobody who comes later takes it before.

mod pace;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use self::pace::Paces;
use super::abreast::Abreast;
use super::claim::{Class, Ticket};
use crate::explain::{millis, text};

/// Requests that may wait in one profile. More would wait for longer than they are allowed to.
const WAITING_MAX: usize = 64;

/// Bytes of bodies that may wait in one profile: what waits is held in memory.
const BYTES_MAX: u64 = 64 << 20;

/// So many are called from an urgent class before one of a less urgent class that waits for the same.
const URGENT_IN_A_ROW: u32 = 8;

/// Between those whose rest ends at the same moment: a provider that is back gets at most five in a tenth of a second.
pub(crate) const STAGGER: Duration = Duration::from_millis(20);

/// What somebody waits for: the identity of a provider, or the id of a rule for callers.
type Point = u64;

/// The line is as long as it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shut {
    /// So many wait.
    pub(crate) waiting: usize,
    /// When there may be a place, by the pace of those before.
    pub(crate) drains_in: Option<Duration>,
}

/// Who wants to wait.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) class: Class,
    pub(crate) priority: i64,
    /// The profile, or the provider that was named.
    pub(crate) group: Arc<str>,
    pub(crate) bytes: u64,
}

#[derive(Debug, Clone)]
struct Waiter {
    ticket: Ticket,
    class: Class,
    priority: i64,
    group: Arc<str>,
    bytes: u64,
    since: Duration,
    /// Places it waits for.
    places: Vec<Point>,
    /// The provider whose rest it waits for.
    rest: Option<Point>,
    /// Those that could answer it instead, once they do again.
    others: Vec<Point>,
    /// It was told to ask again, and has not yet.
    called: bool,
}

/// Everybody who waits.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    /// In the order in which they are served.
    line: Vec<Waiter>,
    next: u64,
    /// In all.
    max: usize,
    /// Called in a row while a less urgent one waited for the same.
    in_a_row: u32,
    paces: Paces,
    /// Who came back from a rest.
    abreast: Abreast,
    /// Tickets to be woken by the shell.
    woken: Vec<Ticket>,
}

/// The line of one profile.
#[derive(Debug, Clone, Serialize)]
pub struct LineSnapshot {
    /// The profile, or the provider that was named.
    #[serde(serialize_with = "text")]
    pub profile: Arc<str>,
    /// Waiting, by class: interactive, background, async.
    pub waiting: [usize; 3],
    /// At most so many may.
    pub max: usize,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// How long the first of them has waited, in milliseconds.
    pub longest_ms: u64,
    /// How long until one more would have a place, in milliseconds, by the pace of those before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drains_in_ms: Option<u64>,
}

/// Everybody who waits.
#[derive(Debug, Clone, Serialize)]
pub struct RoomSnapshot {
    /// In all.
    pub waiting: usize,
    /// At most so many may.
    pub max: usize,
    /// By profile.
    pub lines: Vec<LineSnapshot>,
}

impl Room {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            line: Vec::new(),
            next: 1,
            max,
            in_a_row: 0,
            paces: Paces::default(),
            abreast: Abreast::default(),
            woken: Vec::new(),
        }
    }

    /// Another bound; who waits stays.
    pub(crate) fn resize(&mut self, max: usize) {
        self.max = max;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Lets somebody wait, unless too many do.
    pub(crate) fn enter(&mut self, now: Duration, arrival: Arrival) -> Result<Ticket, Shut> {
        let (waiting, bytes) = self.of(&arrival.group);
        let full = waiting >= WAITING_MAX || (waiting > 0 && bytes.saturating_add(arrival.bytes) > BYTES_MAX);
        if full || self.line.len() >= self.max {
            let waiting = if full { waiting } else { self.line.len() };
            return Err(Shut { waiting, drains_in: self.paces.drains_in(&arrival.group, waiting) });
        }
        let ticket = Ticket(self.next);
        self.next += 1;
        let Arrival { class, priority, group, bytes } = arrival;
        let waiter = Waiter {
            ticket,
            class,
            priority,
            group,
            bytes,
            since: now,
            places: Vec::new(),
            rest: None,
            others: Vec::new(),
            called: false,
        };
        let rank = waiter.rank();
        let at = self.line.partition_point(|other| other.rank() <= rank);
        self.line.insert(at, waiter);
        Ok(ticket)
    }

    /// What a waiter waits for from now on. It has asked again, so a call is answered by this.
    /// Whether it had been called.
    pub(crate) fn wait_for(
        &mut self,
        ticket: Ticket,
        places: &[Point],
        rest: Option<Point>,
        others: impl Iterator<Item = Point>,
    ) -> bool {
        let Some(waiter) = self.line.iter_mut().find(|waiter| waiter.ticket == ticket) else { return false };
        waiter.places.clear();
        waiter.places.extend_from_slice(places);
        waiter.rest = rest;
        waiter.others.clear();
        waiter.others.extend(others.filter(|_| rest.is_some()));
        std::mem::take(&mut waiter.called)
    }

    /// Somebody in line pauses for another reason. What it waited for is for those behind it; a call is answered by this.
    pub(crate) fn step_aside(&mut self, ticket: Ticket) -> Vec<Point> {
        let Some(waiter) = self.line.iter_mut().find(|waiter| waiter.ticket == ticket) else { return Vec::new() };
        waiter.called = false;
        std::mem::take(&mut waiter.places)
    }

    /// Somebody was called and could not use the place: the next one behind it may. Never one before, so that this ends.
    pub(crate) fn pass_on(&mut self, ticket: Ticket, point: Point) {
        let from = self.line.iter().position(|waiter| waiter.ticket == ticket).map_or(0, |at| at + 1);
        let next = self.line.iter().skip(from).position(|waiter| !waiter.called && waiter.places.contains(&point));
        if let Some(at) = next {
            self.wake(from + at);
        }
    }

    /// Somebody has a place (`served`) or has gone away. What it waited for, so that others can be called.
    pub(crate) fn leave(&mut self, now: Duration, ticket: Ticket, served: bool) -> Vec<Point> {
        let Some(at) = self.line.iter().position(|waiter| waiter.ticket == ticket) else { return Vec::new() };
        let waiter = self.line.remove(at);
        self.woken.retain(|woken| *woken != ticket);
        if served {
            self.paces.left(now, &waiter.group);
        }
        waiter.places
    }

    /// Somebody who is to be served before waits for a place there. `ticket` has none yet when it has just come. Who was
    /// called has the right to ask.
    pub(crate) fn is_behind(&self, ticket: Option<Ticket>, class: Class, priority: i64, point: Point) -> bool {
        if self.line.is_empty() || self.was_called(ticket) {
            return false;
        }
        // A newcomer stands behind its equals.
        let rank = (class, priority.saturating_neg());
        let before = self.line.iter().take_while(|waiter| match ticket {
            Some(ticket) => waiter.ticket != ticket,
            None => waiter.rank() <= rank,
        });
        before.into_iter().any(|waiter| waiter.places.contains(&point))
    }

    /// Calls the first in line there, until as many are called as there are places.
    pub(crate) fn call(&mut self, point: Point, places: u32) {
        if self.line.is_empty() {
            return;
        }
        let called = self.line.iter().filter(|waiter| waiter.called && waiter.places.contains(&point)).count();
        for _ in called..usize::try_from(places).unwrap_or(usize::MAX) {
            let Some(at) = self.next_for(point) else { return };
            self.wake(at);
        }
    }

    /// A provider that rested answers again: calls the first who waits for that, or for another that rests while this one
    /// could answer it as well.
    pub(crate) fn call_rested(&mut self, point: Point) {
        let waits = |waiter: &Waiter| waiter.rest == Some(point) || waiter.others.contains(&point);
        if let Some(at) = self.line.iter().position(|waiter| !waiter.called && waits(waiter)) {
            self.wake(at);
        }
    }

    /// Everybody asks again: a new configuration may have changed everything.
    pub(crate) fn call_all(&mut self) {
        for at in 0..self.line.len() {
            self.wake(at);
        }
    }

    /// How much later than the first a waiter asks again, of those who wait for the same rest.
    pub(crate) fn stagger(&self, ticket: Ticket, rest: Point) -> Duration {
        let ahead = self.line.iter().take_while(|waiter| waiter.ticket != ticket);
        let ahead = ahead.filter(|waiter| waiter.rest == Some(rest)).count();
        STAGGER * u32::try_from(ahead).unwrap_or(u32::MAX)
    }

    /// When somebody who waited for the end of a rest may begin at a provider, others having just done so; nothing: now, or
    /// it did not wait for that. Who was called has a place that was just left, or follows a success.
    pub(crate) fn abreast(&self, now: Duration, ticket: Option<Ticket>, provider: Point) -> Option<Duration> {
        self.rested(ticket?).then(|| self.abreast.wait(now, provider))?
    }

    /// Somebody begins at a provider.
    pub(crate) fn begins(&mut self, now: Duration, ticket: Option<Ticket>, provider: Point) {
        if ticket.is_some_and(|ticket| self.rested(ticket)) {
            self.abreast.begin(now, provider);
        }
    }

    fn rested(&self, ticket: Ticket) -> bool {
        self.line.iter().any(|waiter| waiter.ticket == ticket && waiter.rest.is_some() && !waiter.called)
    }

    /// Who was called since this was last asked.
    pub(crate) fn woken(&mut self) -> Vec<Ticket> {
        std::mem::take(&mut self.woken)
    }

    pub(crate) fn snapshot(&self, now: Duration) -> RoomSnapshot {
        let mut lines: Vec<LineSnapshot> = Vec::new();
        for waiter in &self.line {
            let at = match lines.iter().position(|line| line.profile == waiter.group) {
                Some(at) => at,
                None => {
                    lines.push(LineSnapshot {
                        profile: Arc::clone(&waiter.group),
                        waiting: [0; 3],
                        max: WAITING_MAX,
                        bytes: 0,
                        longest_ms: 0,
                        drains_in_ms: None,
                    });
                    lines.len() - 1
                }
            };
            let Some(line) = lines.get_mut(at) else { continue };
            if let Some(count) = line.waiting.get_mut(waiter.class as usize) {
                *count += 1;
            }
            line.bytes += waiter.bytes;
            line.longest_ms = line.longest_ms.max(millis(now.saturating_sub(waiter.since)));
        }
        for line in &mut lines {
            let waiting = line.waiting.iter().sum();
            line.drains_in_ms = self.paces.drains_in(&line.profile, waiting).map(millis);
        }
        RoomSnapshot { waiting: self.line.len(), max: self.max, lines }
    }

    /// It was told to ask again, and has not yet.
    pub(crate) fn was_called(&self, ticket: Option<Ticket>) -> bool {
        ticket.is_some_and(|ticket| self.line.iter().any(|waiter| waiter.ticket == ticket && waiter.called))
    }

    /// Waiting in a profile: how many, how many bytes.
    fn of(&self, group: &str) -> (usize, u64) {
        let theirs = self.line.iter().filter(|waiter| *waiter.group == *group);
        theirs.fold((0, 0), |(count, bytes), waiter| (count + 1, bytes + waiter.bytes))
    }

    /// Whose turn it is at a point: the first in line, or the first of a less urgent class when that was passed over often.
    fn next_for(&mut self, point: Point) -> Option<usize> {
        let waits = |waiter: &Waiter| !waiter.called && waiter.places.contains(&point);
        let first = self.line.iter().position(waits)?;
        let class = self.line.get(first)?.class;
        let Some(lesser) = self.line.iter().position(|waiter| waiter.class > class && waits(waiter)) else {
            return Some(first);
        };
        if self.in_a_row >= URGENT_IN_A_ROW {
            self.in_a_row = 0;
            return Some(lesser);
        }
        self.in_a_row += 1;
        Some(first)
    }

    fn wake(&mut self, at: usize) {
        if let Some(waiter) = self.line.get_mut(at) {
            waiter.called = true;
            self.woken.push(waiter.ticket);
        }
    }
}

impl Waiter {
    /// Lower is served first; equals in the order in which they came.
    fn rank(&self) -> (Class, i64) {
        (self.class, self.priority.saturating_neg())
    }
}
