//! Items as parts: what of each has been given out.

use super::frame::{Annotation, Content, Item};
use super::items::Said;
use crate::conversation::{CallKind, Citation, Event, Opened, Sink};
use crate::json::Text;
use crate::translate::arguments::Watch;

/// Numbers of parts, and what they were.
#[derive(Debug, Default)]
pub(super) struct Parts {
    next: u32,
    pub(super) said: Said,
}

impl Parts {
    fn open(&mut self, what: Opened<'_>, to: &mut impl Sink) -> u32 {
        let part = self.next;
        self.next += 1;
        to.event(Event::Open { part, what });
        part
    }
}

/// What an item has given out.
#[derive(Debug)]
pub(super) enum Body {
    Message(Message),
    Reasoning(Reasoning),
    Call(Call),
    /// A call that has not said of which tool.
    Unnamed,
    /// Not yet complete; given out at once.
    Hosted,
    /// Everything.
    Done,
}

impl Body {
    pub(super) const fn is_open(&self) -> bool {
        !matches!(self, Self::Done)
    }

    /// Gives out what of the complete item has not been given out yet.
    pub(super) fn fill(&mut self, item: &Item<'_>, id: &str, parts: &mut Parts, to: &mut impl Sink) {
        match self {
            Self::Message(message) => {
                for (index, content) in (0..).zip(&item.contents) {
                    message.whole(index, content.refusal, &content.text, content.logprobs, parts, to);
                    message.cite_all(index, content, to);
                }
            }
            Self::Reasoning(reasoning) => reasoning.fill(item, id, parts, to),
            Self::Call(call) => {
                if let Some(arguments) = &item.arguments {
                    call.whole(arguments, to);
                }
            }
            Self::Hosted if !item.incomplete => {
                let part = parts.open(Opened::Hosted { kind: item.kind, value: item.value }, to);
                to.event(Event::Close { part });
            }
            Self::Hosted | Self::Unnamed | Self::Done => {}
        }
    }

    /// Nothing more comes.
    pub(super) fn close(&mut self, parts: &mut Parts, to: &mut impl Sink) {
        match std::mem::replace(self, Self::Done) {
            Self::Message(message) => {
                message.texts.iter().for_each(|text| to.event(Event::Close { part: text.part }));
            }
            Self::Reasoning(reasoning) => {
                reasoning.part.into_iter().for_each(|part| to.event(Event::Close { part }));
            }
            Self::Call(call) => {
                parts.said.calls = true;
                parts.said.cut |= call.is_cut();
                to.event(Event::Close { part: call.part });
            }
            Self::Unnamed | Self::Hosted | Self::Done => {}
        }
    }
}

/// A message: each of its texts is a part.
#[derive(Debug, Default)]
pub(super) struct Message {
    texts: Vec<MessageText>,
}

#[derive(Debug)]
struct MessageText {
    index: u64,
    part: u32,
    cited: bool,
}

impl Message {
    fn find(&self, index: u64) -> Option<&MessageText> {
        self.texts.iter().find(|text| text.index == index)
    }

    /// A part is only begun when there is text in it: empty ones are refused when they come back.
    pub(super) fn delta(
        &mut self,
        index: u64,
        refusal: bool,
        delta: &Text<'_>,
        logprobs: Option<&str>,
        parts: &mut Parts,
        to: &mut impl Sink,
    ) {
        if delta.is_empty() {
            return;
        }
        let part = match self.find(index) {
            Some(text) => text.part,
            None => {
                parts.said.refusal |= refusal;
                let part = parts.open(if refusal { Opened::Refusal } else { Opened::Text }, to);
                self.texts.push(MessageText { index, part, cited: false });
                part
            }
        };
        if let Some(list) = logprobs {
            to.event(Event::Logprobs { part, list });
        }
        to.event(Event::Text { part, text: delta.clone() });
    }

    /// All of a text: new only when no delta came.
    pub(super) fn whole(
        &mut self,
        index: u64,
        refusal: bool,
        whole: &Text<'_>,
        logprobs: Option<&str>,
        parts: &mut Parts,
        to: &mut impl Sink,
    ) {
        if self.find(index).is_none() {
            self.delta(index, refusal, whole, logprobs, parts, to);
        }
    }

    pub(super) fn cite(&mut self, index: u64, annotation: &Annotation<'_>, to: &mut impl Sink) {
        if let Some(text) = self.texts.iter_mut().find(|text| text.index == index) {
            text.cited = true;
            let (url, title) = (annotation.url.clone(), annotation.title.clone());
            let source = Citation { url, title, quote: None, supports: annotation.supports };
            to.event(Event::Citation { part: text.part, source });
        }
    }

    fn cite_all(&mut self, index: u64, content: &Content<'_>, to: &mut impl Sink) {
        if self.find(index).is_some_and(|text| !text.cited) {
            content.annotations.iter().for_each(|annotation| self.cite(index, annotation, to));
        }
    }
}

/// Reasoning: its summary, or else its open text; never both, as they say the same.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    part: Option<u32>,
    /// The piece that was given out last: of the summary, and its number.
    piece: Option<(bool, u64)>,
    opaque: bool,
}

impl Reasoning {
    fn open(&mut self, id: &str, parts: &mut Parts, to: &mut impl Sink) -> u32 {
        *self.part.get_or_insert_with(|| {
            let id = (!id.is_empty()).then(|| Text::plain(id));
            parts.open(Opened::Reasoning { id }, to)
        })
    }

    pub(super) fn delta(
        &mut self,
        summary: bool,
        index: u64,
        delta: &Text<'_>,
        id: &str,
        parts: &mut Parts,
        to: &mut impl Sink,
    ) {
        let piece = Some((summary, index));
        if delta.is_empty() || self.piece.is_some_and(|(known, _)| known != summary) {
            return;
        }
        let part = self.open(id, parts, to);
        if self.piece.is_some() && self.piece != piece {
            to.event(Event::Piece { part });
        }
        self.piece = piece;
        to.event(Event::Text { part, text: delta.clone() });
    }

    /// All of a piece: new only when nothing of it came.
    pub(super) fn whole(
        &mut self,
        summary: bool,
        index: u64,
        whole: &Text<'_>,
        id: &str,
        parts: &mut Parts,
        to: &mut impl Sink,
    ) {
        if self.piece.is_none_or(|(known, last)| known == summary && last < index) {
            self.delta(summary, index, whole, id, parts, to);
        }
    }

    /// The opaque half is whole only in a complete item.
    fn fill(&mut self, item: &Item<'_>, id: &str, parts: &mut Parts, to: &mut impl Sink) {
        for (summary, texts) in [(true, &item.summary), (false, &item.contents)] {
            for (index, content) in (0..).zip(texts) {
                self.whole(summary, index, &content.text, id, parts, to);
            }
        }
        if let Some(data) = item.encrypted.as_ref().filter(|_| !self.opaque && !item.incomplete) {
            self.opaque = true;
            let part = self.open(id, parts, to);
            to.event(Event::Opaque { part, data: data.clone() });
        }
    }
}

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    part: u32,
    /// Some of its arguments were given out.
    begun: bool,
    /// Of a freeform call, whose end nothing proves: never cut.
    watch: Watch,
}

impl Call {
    /// Nothing when the item does not say which tool it calls.
    pub(super) fn open(item: &Item<'_>, parts: &mut Parts, to: &mut impl Sink) -> Option<Self> {
        let name = item.name.clone().filter(|name| !name.is_empty())?;
        let id = item.call_id.clone().filter(|id| !id.is_empty()).or(item.id.clone()).unwrap_or_default();
        let kind = if item.kind == "custom_tool_call" { CallKind::Freeform } else { CallKind::Function };
        let namespace = item.namespace.clone().filter(|namespace| !namespace.is_empty());
        let part = parts.open(Opened::ToolCall { id, name, namespace, kind }, to);
        let watch = if kind == CallKind::Freeform { Watch::Unclear } else { Watch::default() };
        Some(Self { part, begun: false, watch })
    }

    /// Its arguments have begun and their end is missing.
    pub(super) fn is_cut(&self) -> bool {
        self.watch.is_cut()
    }

    pub(super) fn delta(&mut self, delta: &Text<'_>, to: &mut impl Sink) {
        if !delta.is_empty() {
            self.begun = true;
            self.watch.take(delta);
            to.event(Event::Arguments { part: self.part, text: delta.clone() });
        }
    }

    /// All arguments: new only when no delta came.
    pub(super) fn whole(&mut self, whole: &Text<'_>, to: &mut impl Sink) {
        if !self.begun {
            self.delta(whole, to);
        }
    }
}
