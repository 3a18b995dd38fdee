//! Which requests of a connection run: one in each lane at a time, in the order they came; so many lanes at once.

use std::collections::VecDeque;

/// Lanes in which a request runs at once. A client that wants more opens another connection.
pub(super) const LANES_MAX: usize = 8;

/// Requests that wait for their turn. Clients send the next one when the last is answered; a few may be sent ahead.
pub(super) const WAITING_MAX: usize = 32;

/// A lane's name; the one without a name is `None`.
pub(super) type Lane = Option<Box<str>>;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// It runs.
    Runs,
    /// It must wait: see [`Lanes::wait`].
    Waits,
    /// Too many wait.
    Full,
}

/// The lanes of one connection.
#[derive(Debug)]
pub(super) struct Lanes<W> {
    running: Vec<Lane>,
    waiting: VecDeque<(Lane, W)>,
}

impl<W> Default for Lanes<W> {
    fn default() -> Self {
        Self { running: Vec::new(), waiting: VecDeque::new() }
    }
}

impl<W> Lanes<W> {
    /// A request wants to run in `lane`.
    pub(super) fn enter(&mut self, lane: &Lane) -> Entry {
        let behind = self.waiting.iter().any(|(waiting, _)| waiting == lane);
        if !behind && self.is_free(lane) {
            self.running.push(lane.clone());
            Entry::Runs
        } else if self.waiting.len() < WAITING_MAX {
            Entry::Waits
        } else {
            Entry::Full
        }
    }

    /// Puts a request behind those that wait.
    pub(super) fn wait(&mut self, lane: Lane, work: W) {
        self.waiting.push_back((lane, work));
    }

    /// The request in `lane` is over. Gives the next one that runs, in whichever lane.
    pub(super) fn leave(&mut self, lane: &Lane) -> Option<(Lane, W)> {
        self.running.retain(|running| running != lane);
        let next = (0..self.waiting.len()).find(|at| self.waiting.get(*at).is_some_and(|it| self.is_free(&it.0)))?;
        let next = self.waiting.remove(next)?;
        self.running.push(next.0.clone());
        Some(next)
    }

    /// Whether nothing runs or waits.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }

    fn is_free(&self, lane: &Lane) -> bool {
        self.running.len() < LANES_MAX && !self.running.contains(lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(name: usize) -> Lane {
        Some(format!("lane-{name}").into())
    }

    #[test]
    fn a_lane_runs_one_request_at_a_time_in_order() {
        let mut lanes = Lanes::default();
        assert_eq!(lanes.enter(&None), Entry::Runs);
        for work in ["second", "third"] {
            assert_eq!(lanes.enter(&None), Entry::Waits);
            lanes.wait(None, work);
        }
        assert_eq!(lanes.enter(&lane(1)), Entry::Runs);
        assert_eq!(lanes.leave(&None), Some((None, "second")));
        assert_eq!(lanes.leave(&lane(1)), None);
        assert_eq!(lanes.leave(&None), Some((None, "third")));
        assert_eq!(lanes.leave(&None), None);
        assert!(lanes.is_empty());
    }

    #[test]
    fn more_lanes_than_the_bound_wait_and_more_waiting_are_refused() {
        let mut lanes = Lanes::default();
        for name in 0..LANES_MAX {
            assert_eq!(lanes.enter(&lane(name)), Entry::Runs);
        }
        for work in 0..WAITING_MAX {
            assert_eq!(lanes.enter(&lane(LANES_MAX + work)), Entry::Waits);
            lanes.wait(lane(LANES_MAX + work), work);
        }
        assert_eq!(lanes.enter(&lane(999)), Entry::Full);
        assert_eq!(lanes.leave(&lane(3)), Some((lane(LANES_MAX), 0)));
    }

    #[test]
    fn a_lane_that_is_busy_does_not_hold_up_another() {
        let mut lanes = Lanes::default();
        for name in 0..LANES_MAX {
            lanes.enter(&lane(name));
        }
        lanes.wait(lane(0), "behind 0");
        lanes.wait(lane(50), "new");
        assert_eq!(lanes.leave(&lane(1)), Some((lane(50), "new")));
    }
}
