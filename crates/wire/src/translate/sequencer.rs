//! One part at a time: for encoders whose protocol allows no interleaving.
//!
//! Parts are numbered anew, without gaps, in the order they go out. Text and reasoning give way at once to what begins
//! behind them; when more of them comes later, it is another part of the same sort. A call keeps its place until its
//! arguments are a complete JSON value (freeform: until it is closed); what comes in between waits.

mod complete;
mod held;

use std::collections::VecDeque;

use complete::Complete;
use held::Held;

use crate::conversation::{CallKind, Event, Opened, Sink};

/// Most bytes that wait. An answer of the longest kind (128 000 tokens) has half a megabyte.
const HELD_MAX: usize = 8 << 20;

/// Most parts that wait or gave way. An answer has some dozens.
const PARTS_MAX: usize = 4096;

/// Holds back what belongs to another part than the open one, and gives it out when that one is complete.
///
/// Beyond its bounds it gives out nothing more but tokens, and says so: [`Sequencer::overflowed`].
#[derive(Debug, Default)]
pub struct Sequencer {
    open: Option<Open>,
    waiting: VecDeque<Held>,
    /// Parts that gave way and are not closed by the decoder yet.
    lapsed: Vec<(u32, Lapsed)>,
    /// Number of the next part that goes out.
    next: u32,
    held: usize,
    overflowed: bool,
}

/// The part that is open towards the encoder.
#[derive(Debug)]
struct Open {
    part: u32,
    /// Its number towards the encoder.
    out: u32,
    sort: Sort,
}

#[derive(Debug)]
enum Sort {
    Text,
    Refusal,
    Reasoning,
    Call(Complete),
    /// Input that only its end completes.
    Freeform,
    /// It begins whole.
    Hosted,
}

/// What a part was that was closed towards the encoder, while the decoder still has it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lapsed {
    Text,
    Refusal,
    Reasoning,
    /// Nothing more of it can come.
    Complete,
}

impl Sort {
    const fn of(what: &Opened<'_>) -> Self {
        match what {
            Opened::Text => Self::Text,
            Opened::Refusal => Self::Refusal,
            Opened::Reasoning { .. } => Self::Reasoning,
            Opened::ToolCall { kind: CallKind::Freeform, .. } => Self::Freeform,
            Opened::ToolCall { .. } => Self::Call(Complete::new()),
            Opened::Hosted { .. } => Self::Hosted,
        }
    }

    /// What is left of it when it gives way; `None`: it does not.
    const fn give_way(&self) -> Option<Lapsed> {
        match self {
            Self::Text => Some(Lapsed::Text),
            Self::Refusal => Some(Lapsed::Refusal),
            Self::Reasoning => Some(Lapsed::Reasoning),
            Self::Hosted => Some(Lapsed::Complete),
            Self::Call(arguments) if arguments.is_complete() => Some(Lapsed::Complete),
            Self::Call(_) | Self::Freeform => None,
        }
    }
}

impl Sequencer {
    /// Takes an event; gives `to` what may go out now.
    pub fn push(&mut self, event: Event<'_>, to: &mut impl Sink) {
        let Some(part) = part_of(&event) else { return to.event(event) };
        if self.overflowed {
            return;
        }
        if self.open.as_ref().is_some_and(|open| open.part == part) {
            self.push_open(event, to);
        } else if let Some(held) = self.waiting.iter_mut().find(|held| held.part() == part) {
            self.held += held.push(&event);
        } else if let Event::Open { what, .. } = event {
            self.begin(part, what, to);
        } else {
            self.push_lapsed(part, event, to);
        }
        self.overflowed = self.held > HELD_MAX || self.waiting.len() + self.lapsed.len() > PARTS_MAX;
    }

    /// Gives out what is left, in order; closes what is open.
    pub fn finish(&mut self, to: &mut impl Sink) {
        self.close(to);
        for held in std::mem::take(&mut self.waiting) {
            self.give(&held, to);
            self.close(to);
        }
        self.lapsed.clear();
        self.held = 0;
    }

    /// Whether more had to wait than is kept: the answer is not whole, so it must not end as if it were.
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// An event of the part that is open.
    fn push_open(&mut self, event: Event<'_>, to: &mut impl Sink) {
        let Some(open) = &mut self.open else { return };
        match (&event, &mut open.sort) {
            (Event::Open { .. }, _) => return,
            (Event::Close { .. }, _) => {
                self.close(to);
                return self.advance(to);
            }
            (Event::Arguments { text, .. }, Sort::Call(arguments)) => arguments.push(text),
            _ => {}
        }
        to.event(numbered(event, open.out));
        if !self.waiting.is_empty() {
            self.advance(to);
        }
    }

    /// A part begins.
    fn begin(&mut self, part: u32, what: Opened<'_>, to: &mut impl Sink) {
        self.lapsed.retain(|(lapsed, _)| *lapsed != part);
        if self.make_way(to) {
            self.start(part, what, to);
        } else {
            let held = Held::new(part, &what);
            self.held += held.size();
            self.waiting.push_back(held);
        }
    }

    /// Something of a part that gave way, or of none.
    fn push_lapsed(&mut self, part: u32, event: Event<'_>, to: &mut impl Sink) {
        let Some(at) = self.lapsed.iter().position(|(lapsed, _)| *lapsed == part) else { return };
        let what = match (&event, self.lapsed.get(at)) {
            (Event::Close { .. }, _) => {
                self.lapsed.swap_remove(at);
                return;
            }
            (Event::Text { .. }, Some((_, Lapsed::Text))) => Opened::Text,
            (Event::Text { .. }, Some((_, Lapsed::Refusal))) => Opened::Refusal,
            (Event::Text { .. } | Event::Opaque { .. }, Some((_, Lapsed::Reasoning))) => Opened::Reasoning { id: None },
            // A break between pieces of reasoning is there anyway; arguments behind complete ones are blanks.
            _ => return,
        };
        self.begin(part, what, to);
        self.push(event, to);
    }

    /// Closes what is open, if it gives way; whether nothing stands in the way now.
    fn make_way(&mut self, to: &mut impl Sink) -> bool {
        let Some(open) = &self.open else { return self.waiting.is_empty() };
        let Some(lapsed) = open.sort.give_way() else { return false };
        self.lapsed.push((open.part, lapsed));
        self.close(to);
        true
    }

    /// Gives out what waits, as far as nothing stands in its way.
    fn advance(&mut self, to: &mut impl Sink) {
        while !self.waiting.is_empty() && (self.open.is_none() || self.make_way(to)) {
            if let Some(held) = self.waiting.pop_front() {
                self.give(&held, to);
            }
        }
    }

    /// Gives out all of a part that waited; it stays open if it is.
    fn give(&mut self, held: &Held, to: &mut impl Sink) {
        self.held = self.held.saturating_sub(held.size());
        let part = held.part();
        held.give(|event| match event {
            Event::Open { what, .. } => self.start(part, what, to),
            other => self.push_given(other, to),
        });
    }

    /// An event of the part that was just given out.
    fn push_given(&mut self, event: Event<'_>, to: &mut impl Sink) {
        let Some(open) = &mut self.open else { return };
        match (&event, &mut open.sort) {
            (Event::Close { .. }, _) => return self.close(to),
            (Event::Arguments { text, .. }, Sort::Call(arguments)) => arguments.push(text),
            _ => {}
        }
        to.event(numbered(event, open.out));
    }

    fn start(&mut self, part: u32, what: Opened<'_>, to: &mut impl Sink) {
        let out = self.next;
        self.next = out.wrapping_add(1);
        self.open = Some(Open { part, out, sort: Sort::of(&what) });
        to.event(Event::Open { part: out, what });
    }

    fn close(&mut self, to: &mut impl Sink) {
        if let Some(open) = self.open.take() {
            to.event(Event::Close { part: open.out });
        }
    }
}

/// The part an event is of.
const fn part_of(event: &Event<'_>) -> Option<u32> {
    match event {
        Event::Open { part, .. }
        | Event::Text { part, .. }
        | Event::Piece { part }
        | Event::Arguments { part, .. }
        | Event::Opaque { part, .. }
        | Event::Logprobs { part, .. }
        | Event::Citation { part, .. }
        | Event::Close { part } => Some(*part),
        Event::Start { .. } | Event::Usage(_) | Event::Ping => None,
    }
}

/// The same of another part.
fn numbered(event: Event<'_>, part: u32) -> Event<'_> {
    match event {
        Event::Open { what, .. } => Event::Open { part, what },
        Event::Text { text, .. } => Event::Text { part, text },
        Event::Piece { .. } => Event::Piece { part },
        Event::Arguments { text, .. } => Event::Arguments { part, text },
        Event::Opaque { data, .. } => Event::Opaque { part, data },
        Event::Logprobs { list, .. } => Event::Logprobs { part, list },
        Event::Citation { source, .. } => Event::Citation { part, source },
        Event::Close { .. } => Event::Close { part },
        whole => whole,
    }
}

#[cfg(test)]
mod tests;
