//! The items that have been seen, and which of them an event means.
//!
//! Events name their item by id and by place; servers get either wrong, change ids from event to event, or use a place
//! twice.

use super::emit::{Body, Call, Message, Parts, Reasoning};
use super::frame::{Frame, Item};
use crate::conversation::Sink;
use crate::json::{Fault, Reader, Text};

/// All items so far.
#[derive(Debug, Default)]
pub(super) struct Items {
    known: Vec<Known>,
    parts: Parts,
}

/// An item that has been seen.
#[derive(Debug)]
struct Known {
    id: String,
    call_id: String,
    place: Option<u64>,
    class: Class,
    body: Body,
}

/// What may be taken for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Message,
    Reasoning,
    Call,
    Hosted,
}

impl Class {
    fn of(kind: &str) -> Self {
        match kind {
            "message" => Self::Message,
            "reasoning" => Self::Reasoning,
            "function_call" | "custom_tool_call" => Self::Call,
            _ => Self::Hosted,
        }
    }
}

/// What the answer consists of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    /// Complete calls.
    pub(super) calls: bool,
    /// One of them ended in the middle of its arguments.
    pub(super) cut: bool,
    /// A refusal in words.
    pub(super) refusal: bool,
}

impl Items {
    pub(super) const fn said(&self) -> Said {
        self.parts.said
    }

    /// Text or a refusal: a delta, or all of it when no delta came.
    pub(super) fn text(&mut self, frame: &Frame<'_>, to: &mut impl Sink) {
        let refusal = frame.kind.starts_with("response.refusal");
        let Self { known, parts } = self;
        let at = find(known, frame, Class::Message).or_else(|| begin(known, frame, Class::Message));
        if let Some(Body::Message(message)) = at.and_then(|at| known.get_mut(at)).map(|known| &mut known.body) {
            let index = frame.index.unwrap_or(0);
            match (&frame.delta, &frame.whole) {
                (Some(delta), _) => message.delta(index, refusal, delta, frame.logprobs, parts, to),
                (None, Some(whole)) => message.whole(index, refusal, whole, frame.logprobs, parts, to),
                (None, None) => {}
            }
        }
    }

    /// A source of a text.
    pub(super) fn annotation(&mut self, frame: &Frame<'_>, to: &mut impl Sink) {
        let Some(annotation) = &frame.annotation else { return };
        let at = find(&self.known, frame, Class::Message);
        if let Some(Body::Message(message)) = at.and_then(|at| self.known.get_mut(at)).map(|known| &mut known.body) {
            message.cite(frame.index.unwrap_or(0), annotation, to);
        }
    }

    /// Readable reasoning, summarised or open.
    pub(super) fn reasoning(&mut self, frame: &Frame<'_>, to: &mut impl Sink) {
        let summary = frame.kind.starts_with("response.reasoning_summary");
        let Self { known, parts } = self;
        let at = find(known, frame, Class::Reasoning).or_else(|| begin(known, frame, Class::Reasoning));
        let Some(Known { id, body: Body::Reasoning(reasoning), .. }) = at.and_then(|at| known.get_mut(at)) else {
            return;
        };
        let index = frame.index.unwrap_or(0);
        match (&frame.delta, &frame.whole) {
            (Some(delta), _) => reasoning.delta(summary, index, delta, id, parts, to),
            (None, Some(whole)) => reasoning.whole(summary, index, whole, id, parts, to),
            (None, None) => {}
        }
    }

    /// Arguments of a call. Those of a call that nobody has announced come again with the call itself.
    pub(super) fn arguments(&mut self, frame: &Frame<'_>, to: &mut impl Sink) {
        let Some(at) = find(&self.known, frame, Class::Call) else { return };
        if let Some(Body::Call(call)) = self.known.get_mut(at).map(|known| &mut known.body) {
            match (&frame.delta, &frame.whole) {
                (Some(delta), _) => call.delta(delta, to),
                (None, Some(whole)) => call.whole(whole, to),
                (None, None) => {}
            }
        }
    }

    /// An item begins.
    pub(super) fn added(&mut self, frame: &Frame<'_>, to: &mut impl Sink) {
        let Some(item) = &frame.item else { return };
        let again =
            item.id.as_ref().is_some_and(|id| !id.is_empty() && self.known.iter().any(|known| *id == *known.id));
        if !again {
            self.begin(item, frame.output_index, to);
        }
    }

    fn begin(&mut self, item: &Item<'_>, place: Option<u64>, to: &mut impl Sink) -> usize {
        let class = Class::of(item.kind);
        let body = match class {
            Class::Message => Body::Message(Message::default()),
            Class::Reasoning => Body::Reasoning(Reasoning::default()),
            Class::Call => match Call::open(item, &mut self.parts, to) {
                Some(call) => Body::Call(call),
                None => Body::Unnamed,
            },
            Class::Hosted => Body::Hosted,
        };
        self.known.push(Known {
            id: owned(item.id.as_ref()),
            call_id: owned(item.call_id.as_ref()),
            place,
            class,
            body,
        });
        self.known.len() - 1
    }

    /// An item is complete.
    pub(super) fn done(&mut self, frame: &Frame<'_>, to: &mut impl Sink) {
        let Some(item) = &frame.item else { return };
        let at = self.find_item(item, frame.output_index).unwrap_or_else(|| self.begin(item, frame.output_index, to));
        self.complete(at, item, to);
    }

    /// The whole output, at the end: what was never streamed is given out now.
    pub(super) fn output(&mut self, output: &str, to: &mut impl Sink) {
        let mut seen: Vec<Class> = Vec::new();
        // What was streamed is what counts; an output that does not read adds nothing.
        let _ = Reader::new(output).array::<Fault>(|reader| {
            let Some(item) = Item::read(reader)? else { return Ok(()) };
            let class = Class::of(item.kind);
            let ordinal = seen.iter().filter(|seen| **seen == class).count();
            seen.push(class);
            let at = by_name(&self.known, &item).or_else(|| nth(&self.known, class, ordinal));
            let at = at.unwrap_or_else(|| self.begin(&item, None, to));
            self.complete(at, &item, to);
            Ok(())
        });
    }

    /// Takes what is new in a complete item.
    fn complete(&mut self, at: usize, item: &Item<'_>, to: &mut impl Sink) {
        let Self { known, parts } = self;
        let Some(Known { body, id, .. }) = known.get_mut(at) else { return };
        if matches!(body, Body::Unnamed) {
            match Call::open(item, parts, to) {
                Some(call) => *body = Body::Call(call),
                None => return,
            }
        }
        body.fill(item, id, parts, to);
        if !item.incomplete {
            body.close(parts, to);
        }
    }

    /// Whether a call is open whose arguments have begun and are not whole.
    pub(super) fn has_cut_call(&self) -> bool {
        self.known.iter().any(|known| matches!(&known.body, Body::Call(call) if call.is_cut()))
    }

    /// The answer is complete, so everything in it is.
    pub(super) fn close(&mut self, to: &mut impl Sink) {
        let Self { known, parts } = self;
        known.iter_mut().for_each(|known| known.body.close(parts, to));
    }

    /// The item that is now complete.
    fn find_item(&self, item: &Item<'_>, place: Option<u64>) -> Option<usize> {
        let class = Class::of(item.kind);
        let open = |known: &Known| known.class == class && known.body.is_open();
        let fits = |known: &Known| {
            open(known) && (known.call_id.is_empty() || item.call_id.as_ref().is_none_or(|id| id.is_empty()))
        };
        by_name(&self.known, item)
            .or_else(|| self.known.iter().rposition(|known| place.is_some() && known.place == place && open(known)))
            .or_else(|| self.known.iter().rposition(|known| place.is_none() && fits(known)))
    }
}

/// The item with the same id, or the call with the same.
fn by_name(known: &[Known], item: &Item<'_>) -> Option<usize> {
    let same = |one: &Option<Text<'_>>, two: &str| !two.is_empty() && one.as_ref().is_some_and(|one| *one == *two);
    known.iter().rposition(|known| same(&item.call_id, &known.call_id) || same(&item.id, &known.id))
}

/// The nth of its class: outputs at the end leave items out, or name them anew, but keep their order.
fn nth(known: &[Known], class: Class, ordinal: usize) -> Option<usize> {
    let mut same = known.iter().enumerate().filter(|(_, known)| known.class == class);
    same.nth(ordinal).map(|(at, _)| at)
}

/// The open item that an event means: by its id, else by its place, else the last one.
fn find(known: &[Known], frame: &Frame<'_>, class: Class) -> Option<usize> {
    let open = |known: &Known| known.class == class && known.body.is_open();
    if let Some(id) = frame.item_id.as_ref().filter(|id| !id.is_empty())
        && let Some(at) = known.iter().rposition(|known| !known.id.is_empty() && *id == *known.id)
    {
        return Some(at);
    }
    let place = frame.output_index;
    known
        .iter()
        .rposition(|known| place.is_some() && known.place == place && open(known))
        .or_else(|| known.iter().rposition(|known| place.is_some() && known.place == place && known.class == class))
        .or_else(|| known.iter().rposition(open))
}

/// An item that was never announced.
fn begin(known: &mut Vec<Known>, frame: &Frame<'_>, class: Class) -> Option<usize> {
    let body = match class {
        Class::Message => Body::Message(Message::default()),
        Class::Reasoning => Body::Reasoning(Reasoning::default()),
        Class::Call | Class::Hosted => return None,
    };
    let id = owned(frame.item_id.as_ref());
    known.push(Known { id, call_id: String::new(), place: frame.output_index, class, body });
    Some(known.len() - 1)
}

fn owned(text: Option<&Text<'_>>) -> String {
    text.map(|text| text.decoded().into_owned()).unwrap_or_default()
}
