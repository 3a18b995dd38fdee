//! Stop texts, where the provider does not take them: the answer is cut here.

use std::borrow::Cow;

use crate::conversation::{Event, Opened, Sink};
use crate::json::Text;

/// Most open text parts that are watched. A provider opens one, or a few.
const WATCHED_MAX: usize = 64;

/// Watches text parts for stop texts; holds back what might be the beginning of one.
#[derive(Debug, Default)]
pub struct StopWatch {
    texts: Vec<String>,
    /// Text parts that are open.
    watched: Vec<u32>,
    /// The end of a text that may be the beginning of a stop text, and its part.
    held: Option<(u32, String)>,
    found: bool,
}

impl StopWatch {
    /// Watches for these.
    pub fn new(texts: Vec<String>) -> Self {
        let texts = texts.into_iter().filter(|text| !text.is_empty()).collect();
        Self { texts, ..Self::default() }
    }

    /// Takes an event; gives `to` what may go out now. `Some(text)`: that stop text was found, nothing more goes out.
    pub fn push(&mut self, event: Event<'_>, to: &mut impl Sink) -> Option<String> {
        if self.texts.is_empty() {
            to.event(event);
            return None;
        }
        if self.found {
            return None;
        }
        match event {
            Event::Text { part, text } if self.watched.contains(&part) => return self.text(part, text, to),
            // Tokens and signs of life stand beside the text, not behind it.
            Event::Start { .. } | Event::Usage(_) | Event::Logprobs { .. } | Event::Ping => {}
            Event::Open { part, what: Opened::Text } => {
                self.flush(to);
                if self.watched.len() < WATCHED_MAX {
                    self.watched.push(part);
                }
            }
            Event::Close { part } => {
                self.flush(to);
                self.watched.retain(|watched| *watched != part);
            }
            _ => self.flush(to),
        }
        to.event(event);
        None
    }

    /// The answer is over: gives out what was held back.
    pub fn finish(&mut self, to: &mut impl Sink) {
        self.flush(to);
    }

    fn text(&mut self, part: u32, text: Text<'_>, to: &mut impl Sink) -> Option<String> {
        let before = self.take(part, to);
        let decoded = text.decoded();
        let whole = match before {
            Some(before) => Cow::Owned(before + &decoded),
            None => decoded,
        };
        if let Some((at, stop)) = first_stop(&self.texts, &whole) {
            self.found = true;
            give(part, whole.get(..at).unwrap_or_default(), to);
            to.event(Event::Close { part });
            return Some(stop.to_owned());
        }
        let (sure, held) = whole.split_at(whole.len() - held_length(&self.texts, &whole));
        give(part, sure, to);
        if !held.is_empty() {
            self.held = Some((part, held.to_owned()));
        }
        None
    }

    /// What is held back of `part`; of another one it goes out.
    fn take(&mut self, part: u32, to: &mut impl Sink) -> Option<String> {
        if self.held.as_ref().is_some_and(|(held, _)| *held != part) {
            self.flush(to);
        }
        self.held.take().map(|(_, text)| text)
    }

    fn flush(&mut self, to: &mut impl Sink) {
        if let Some((part, text)) = self.held.take() {
            give(part, &text, to);
        }
    }
}

fn give(part: u32, text: &str, to: &mut impl Sink) {
    if !text.is_empty() {
        to.event(Event::Text { part, text: Text::plain(text) });
    }
}

/// Where the stop text begins that is complete first, and which it is: the same however the text is cut into pieces. Of
/// two that end together the longer one.
fn first_stop<'t>(texts: &'t [String], text: &str) -> Option<(usize, &'t str)> {
    let found = texts.iter().filter_map(|stop| text.find(stop.as_str()).map(|at| (at, stop.as_str())));
    found.min_by_key(|(at, stop)| (at + stop.len(), *at))
}

/// Length of the longest end of `text` that a stop text begins with: at most one byte less than the longest one. It
/// begins where a character begins, as stop texts do.
fn held_length(texts: &[String], text: &str) -> usize {
    let longest = |stop: &String| {
        let most = text.len().min(stop.len() - 1);
        (1..=most).rev().find(|length| text.as_bytes().ends_with(&stop.as_bytes()[..*length]))
    };
    texts.iter().filter_map(longest).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
