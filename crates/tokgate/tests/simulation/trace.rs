//! What happened, as one number to compare and as the last lines before something went wrong.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// A trace.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: VecDeque<String>,
    /// Lines that are kept.
    kept: usize,
}

impl Trace {
    /// Empty; so many of the last lines are kept to be read.
    pub(crate) fn new(kept: usize) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, lines: VecDeque::new(), kept }
    }

    /// Something happened.
    pub(crate) fn note(&mut self, now: Duration, numbers: [u64; 4], words: fmt::Arguments<'_>) {
        let millis = u64::try_from(now.as_micros()).unwrap();
        for number in [millis].into_iter().chain(numbers) {
            self.hash = (self.hash ^ number).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        }
        if self.kept == 0 {
            return;
        }
        if self.lines.len() == self.kept {
            self.lines.pop_front();
        }
        self.lines.push_back(format!("{:10.3}  {words}", now.as_secs_f64()));
    }

    /// The same for the same history.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// The last lines.
    pub(crate) fn lines(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}
