//! What the model says outside of calls: reasoning, text, refusals. One of them at a time.

use crate::conversation::{Citation, Event, Opened, Sink, Supports};
use crate::json::{Fault, Reader, Text};

use super::Parts;
use super::chunk::{object, some_text};
use super::details::Details;
use super::think::Piece;

/// The part that is open, and what must be kept of it.
#[derive(Debug, Default)]
pub(super) struct Speech {
    open: Open,
    refused: bool,
    /// The last text, for sources that are named after it.
    cited: Option<u32>,
    /// Characters of all texts, and of those before the last one: sources count in all of them together.
    said: u64,
    before: u64,
    /// How probable the tokens of the next text are.
    logprobs: Option<String>,
}

#[derive(Debug, Default)]
enum Open {
    #[default]
    Nothing,
    Text(u32),
    Refusal(u32),
    Reasoning(u32, Details),
}

impl Speech {
    /// A piece of a text that may begin with reasoning.
    pub(super) fn piece(&mut self, piece: Piece<'_>, parts: &mut Parts, to: &mut impl Sink) {
        match piece {
            Piece::Thought(text) => self.reason(text, parts, to),
            Piece::Said(text) => self.say(text, parts, to),
        }
    }

    pub(super) fn say(&mut self, text: Text<'_>, parts: &mut Parts, to: &mut impl Sink) {
        if text.is_empty() {
            return;
        }
        let part = match self.open {
            Open::Text(part) => part,
            _ => {
                let part = self.start(Opened::Text, parts, to);
                self.open = Open::Text(part);
                self.cited = Some(part);
                self.before = self.said;
                part
            }
        };
        self.said = self.said.saturating_add(text.chars() as u64);
        if let Some(list) = self.logprobs.take() {
            to.event(Event::Logprobs { part, list: &list });
        }
        to.event(Event::Text { part, text });
    }

    /// How probable the tokens of the text that comes are.
    pub(super) fn probable(&mut self, list: Option<&str>) {
        if let Some(list) = list {
            self.logprobs = Some(list.to_owned());
        }
    }

    pub(super) fn refuse(&mut self, text: Text<'_>, parts: &mut Parts, to: &mut impl Sink) {
        let part = match self.open {
            Open::Refusal(part) => part,
            _ => {
                let part = self.start(Opened::Refusal, parts, to);
                self.open = Open::Refusal(part);
                part
            }
        };
        self.refused = true;
        to.event(Event::Text { part, text });
    }

    pub(super) fn reason(&mut self, text: Text<'_>, parts: &mut Parts, to: &mut impl Sink) {
        if text.is_empty() {
            return;
        }
        let part = match self.open {
            Open::Reasoning(part, _) => part,
            _ => {
                let part = self.start(Opened::Reasoning { id: None }, parts, to);
                self.open = Open::Reasoning(part, Details::default());
                part
            }
        };
        to.event(Event::Text { part, text });
    }

    /// Takes `reasoning_details`; their texts count only where no other field gives them.
    pub(super) fn details(&mut self, list: &str, given: bool, parts: &mut Parts, to: &mut impl Sink) {
        let (part, mut details) = match std::mem::take(&mut self.open) {
            Open::Reasoning(part, details) => (part, details),
            other => {
                self.open = other;
                (self.start(Opened::Reasoning { id: None }, parts, to), Details::default())
            }
        };
        details.take(list, |text| {
            if !given {
                to.event(Event::Text { part, text });
            }
        });
        self.open = Open::Reasoning(part, details);
    }

    fn start(&mut self, what: Opened<'_>, parts: &mut Parts, to: &mut impl Sink) -> u32 {
        self.pause(to);
        let part = parts.next();
        to.event(Event::Open { part, what });
        part
    }

    /// Sources of the last text.
    pub(super) fn cite(&mut self, annotations: &str, to: &mut impl Sink) {
        let Some(part) = self.cited else { return };
        // A closed text takes no more; that it was right is all that is lost.
        if !matches!(self.open, Open::Text(open) if open == part) {
            return;
        }
        // It was found to be JSON when it was skipped, so nothing can fail here.
        drop(Reader::new(annotations).array(|reader| citation(part, self.before, reader, to)));
    }

    /// What the provider found on the web: a part of its own.
    pub(super) fn searched(&mut self, item: &str, parts: &mut Parts, to: &mut impl Sink) {
        let part = self.start(Opened::Hosted { kind: "web_search_call", value: item }, parts, to);
        to.event(Event::Close { part });
    }

    /// Something else comes: what is open is complete.
    pub(super) fn pause(&mut self, to: &mut impl Sink) {
        match std::mem::take(&mut self.open) {
            Open::Nothing => {}
            Open::Text(part) | Open::Refusal(part) => to.event(Event::Close { part }),
            Open::Reasoning(part, details) => {
                if let Some(list) = details.opaque() {
                    to.event(Event::Opaque { part, data: list.into() });
                }
                to.event(Event::Close { part });
            }
        }
    }

    pub(super) fn refused(&self) -> bool {
        self.refused
    }
}

/// A source; OpenRouter sends its words too, as `content`.
fn citation(part: u32, before: u64, reader: &mut Reader<'_>, to: &mut impl Sink) -> Result<(), Fault> {
    let (mut url, mut title, mut quote) = (None, None, None);
    let (mut start, mut end) = (None, None);
    object(reader, |name, reader| match name {
        "url_citation" => object(reader, |name, reader| {
            match name {
                "url" => url = some_text(reader)?,
                "title" => title = some_text(reader)?,
                "content" => quote = some_text(reader)?,
                "start_index" => start = reader.count()?,
                "end_index" => end = reader.count()?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        }),
        _ => reader.raw().map(drop),
    })?;
    if let Some(url) = url {
        let supports = Supports::between(start, end).within(before);
        to.event(Event::Citation { part, source: Citation { url, title, quote, supports } });
    }
    Ok(())
}
