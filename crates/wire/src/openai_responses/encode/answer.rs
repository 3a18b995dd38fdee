//! The machine that makes items of events.

use super::call::{Call, prefix};
use super::item::{Content, Item, Message, Reasoning, Standing, string};
use super::object::{Head, Status};
use super::parts::{cite, close_piece, close_text, reasoning_text, text_place};
use super::quoted::Quoted;
use super::search::{Searches, untitled};
use super::stream::Stream;
use super::tools::{Known, Tools};
use crate::conversation::{CallKind, Citation, End, Event, OpaqueKind, Opened};
use crate::json::{Text, Writer};
use crate::translate::{Plan, carrier, ids, logprobs};
use crate::usage::Usage;

/// An answer in the making.
#[derive(Debug)]
pub(super) struct Answer {
    head: Head,
    out: Stream,
    tools: Tools,
    seed: u64,
    scope: u64,
    opaque: OpaqueKind,
    stage: Stage,
    items: Vec<Item>,
    /// Parts that are open.
    parts: Vec<Place>,
    usage: Usage,
    searches: Searches,
    /// A refusal was said in words.
    refused: bool,
}

/// How far the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Begun,
    Ended,
}

/// Where an open part is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    part: u32,
    pub(super) item: usize,
    /// Of a message: which of its texts.
    pub(super) content: usize,
}

impl Answer {
    pub(super) fn new(plan: &Plan, streamed: bool) -> Self {
        Self {
            head: Head::new(plan),
            out: Stream::new(streamed),
            tools: Tools::new(plan),
            seed: plan.seed,
            scope: plan.scope,
            opaque: OpaqueKind::of(plan.upstream),
            stage: Stage::Before,
            items: Vec::new(),
            parts: Vec::new(),
            usage: Usage::default(),
            searches: Searches::default(),
            refused: false,
        }
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        self.out.take()
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        if self.stage == Stage::Ended {
            return;
        }
        match event {
            Event::Start { .. } => self.begin(),
            Event::Open { part, what } => self.open(part, what),
            Event::Text { part, text } => self.text(part, &text),
            Event::Piece { part } => self.next_piece(part),
            Event::Arguments { part, text } => self.arguments(part, &text),
            Event::Opaque { part, data } => self.opaque(part, &data),
            Event::Logprobs { part, list } => self.logprobs(part, list),
            Event::Citation { part, source } => self.citation(part, source),
            Event::Close { part } => self.close(part),
            Event::Usage(usage) => self.usage.merge(&usage),
            Event::Ping => {
                let begun = self.stage == Stage::Begun;
                self.out.keep_alive(begun.then_some(self.head.id.as_str()));
            }
        }
    }

    fn begin(&mut self) {
        if self.stage == Stage::Before {
            self.stage = Stage::Begun;
            self.response("response.created", &Status::InProgress);
            self.response("response.in_progress", &Status::InProgress);
        }
    }

    fn response(&mut self, kind: &str, status: &Status) {
        let Self { head, out, items, usage, .. } = self;
        out.event(kind, |writer| head.write(status, items, usage, writer.key("response")));
    }

    fn open(&mut self, part: u32, what: Opened<'_>) {
        self.begin();
        if self.place(part).is_some() {
            return;
        }
        if !matches!(what, Opened::Hosted { kind: "web_search_tool_result", .. }) {
            self.end_search();
        }
        match what {
            Opened::Text => self.open_text(part, false),
            Opened::Refusal => self.open_text(part, true),
            Opened::Reasoning { id } => {
                let reasoning = Reasoning {
                    id: self.id("rs_"),
                    pieces: Vec::new(),
                    piece_open: false,
                    encrypted: None,
                    upstream_id: id.map(|id| id.decoded().into_owned()),
                };
                self.add(part, Item::Reasoning(reasoning));
            }
            Opened::ToolCall { id, name, namespace, kind } => self.open_call(part, &id, &name, namespace, kind),
            Opened::Hosted { kind, value } => self.hosted(kind, value),
        }
    }

    /// The id of the item that begins now.
    fn id(&self, prefix: &str) -> String {
        ids::derived(prefix, self.seed, self.items.len() as u32 + 1)
    }

    /// Adds an item that is no message.
    fn add(&mut self, part: u32, item: Item) {
        self.follow_message();
        let index = self.items.len();
        self.parts.push(Place { part, item: index, content: 0 });
        self.items.push(item);
        self.announce(index);
    }

    /// Says that an item has begun.
    fn announce(&mut self, index: usize) {
        let Self { items, out, .. } = self;
        let Some(item) = items.get(index) else { return };
        out.event("response.output_item.added", |writer| {
            writer.key("output_index").count(index as u64);
            let writer = writer.key("item");
            match item {
                Item::Message(message) => message.write(Standing::InProgress, None, writer),
                Item::Reasoning(reasoning) => reasoning.write(Standing::InProgress, writer),
                Item::Call(call) => call.write(Standing::InProgress, writer),
                Item::Done(item) => writer.raw(item),
            }
        });
    }

    /// Something that is no text begins: the message before it takes no more texts.
    fn follow_message(&mut self) {
        let Some(last) = self.items.len().checked_sub(1) else { return };
        if let Some(Item::Message(message)) = self.items.get_mut(last) {
            message.followed = true;
            if message.is_closed() {
                self.finish_item(last, Standing::Completed);
            }
        }
    }

    fn open_text(&mut self, part: u32, refusal: bool) {
        self.refused |= refusal;
        if !matches!(self.items.last(), Some(Item::Message(message)) if !message.followed) {
            let message = Message { id: self.id("msg_"), contents: Vec::new(), followed: false };
            self.items.push(Item::Message(message));
            self.announce(self.items.len() - 1);
        }
        let index = self.items.len() - 1;
        let Self { items, out, parts, .. } = self;
        let Some(Item::Message(message)) = items.get_mut(index) else { return };
        let place = Place { part, item: index, content: message.contents.len() };
        let content = Content::new(refusal);
        out.event("response.content_part.added", |writer| {
            text_place(&message.id, place, writer);
            content.write(writer.key("part"));
        });
        message.contents.push(content);
        parts.push(place);
    }

    fn open_call(&mut self, part: u32, id: &Text<'_>, name: &Text<'_>, namespace: Option<Text<'_>>, kind: CallKind) {
        let known = self.tools.known(&name.decoded());
        let wrapped = kind == CallKind::Function;
        let form = if wrapped { known.form } else { kind };
        let namespace = namespace.map(|namespace| namespace.decoded().into_owned()).or(known.namespace);
        let call_id = if id.is_empty() { Text::from(self.id("call_")) } else { id.clone() };
        let call = Call {
            id: self.id(prefix(form)),
            call_id: Quoted::from(&call_id),
            tool: Known { name: known.name, namespace, form },
            wrapped,
            arguments: Quoted::default(),
        };
        self.add(part, Item::Call(call));
    }

    /// A search that the provider made is shown as one; nothing else of the kind has a form here.
    fn hosted(&mut self, kind: &str, value: &str) {
        let item = match kind {
            "web_search_call" if self.opaque == OpaqueKind::OpenaiEncrypted => value.to_owned(),
            "web_search_call" => untitled(value),
            "server_tool_use" => {
                let id = self.id("ws_");
                return self.searches.begin(&id, value);
            }
            "web_search_tool_result" => match self.searches.found(value) {
                Some(item) => item,
                None => return,
            },
            _ => return,
        };
        self.add_whole(item);
    }

    /// A search whose results did not come.
    fn end_search(&mut self) {
        if let Some(item) = self.searches.end() {
            self.add_whole(item);
        }
    }

    /// Adds an item that is complete.
    fn add_whole(&mut self, item: String) {
        self.follow_message();
        let index = self.items.len();
        self.items.push(Item::Done(item));
        self.announce(index);
        self.announce_done(index);
    }

    fn place(&self, part: u32) -> Option<Place> {
        self.parts.iter().rev().find(|place| place.part == part).copied()
    }

    fn text(&mut self, part: u32, text: &Text<'_>) {
        let Some(place) = self.place(part).filter(|_| !text.is_empty()) else { return };
        let Self { items, out, .. } = self;
        match items.get_mut(place.item) {
            Some(Item::Message(message)) => {
                let Some(content) = message.contents.get_mut(place.content) else { return };
                content.text.push(text);
                let kind = if content.refusal { "response.refusal.delta" } else { "response.output_text.delta" };
                let logprobs = std::mem::take(&mut content.next_logprobs).into_bytes();
                out.event(kind, |writer| {
                    text_place(&message.id, place, writer);
                    writer.key("delta").text(text);
                    if !content.refusal {
                        writer.key("logprobs").array(|writer| writer.frame(&logprobs));
                    }
                });
            }
            Some(Item::Reasoning(reasoning)) => reasoning_text(reasoning, text, place.item as u64, out),
            _ => {}
        }
    }

    fn next_piece(&mut self, part: u32) {
        let Some(place) = self.place(part) else { return };
        let Self { items, out, .. } = self;
        if let Some(Item::Reasoning(reasoning)) = items.get_mut(place.item) {
            close_piece(reasoning, place.item as u64, out);
        }
    }

    fn arguments(&mut self, part: u32, text: &Text<'_>) {
        let Some(place) = self.place(part) else { return };
        let Self { items, out, .. } = self;
        if let Some(Item::Call(call)) = items.get_mut(place.item) {
            call.push(text, place.item as u64, out);
        }
    }

    fn opaque(&mut self, part: u32, data: &Text<'_>) {
        let Some(place) = self.place(part).filter(|_| !data.is_empty()) else { return };
        let (kind, scope) = (self.opaque, self.scope);
        if let Some(Item::Reasoning(reasoning)) = self.items.get_mut(place.item) {
            let id = reasoning.upstream_id.as_deref();
            reasoning.encrypted = Some(carrier::wrap(kind, scope, id, &data.decoded()));
        }
    }

    /// They stand in the event of the text that comes next, and in the whole text.
    fn logprobs(&mut self, part: u32, list: &str) {
        let Some(place) = self.place(part) else { return };
        if let Some(Item::Message(message)) = self.items.get_mut(place.item)
            && let Some(content) = message.contents.get_mut(place.content)
        {
            logprobs::write_items(list, false, &mut content.next_logprobs);
            logprobs::write_items(list, false, &mut content.said_logprobs);
            logprobs::write_items(list, true, &mut content.logprobs);
        }
    }

    fn citation(&mut self, part: u32, source: Citation<'_>) {
        let Some(place) = self.place(part) else { return };
        let Self { items, out, .. } = self;
        let Some(Item::Message(message)) = items.get_mut(place.item) else { return };
        let Some(content) = message.contents.get_mut(place.content) else { return };
        cite(&message.id, content, place, source, out);
    }

    fn close(&mut self, part: u32) {
        let Some(at) = self.parts.iter().rposition(|place| place.part == part) else { return };
        let place = self.parts.remove(at);
        let Self { items, out, .. } = self;
        match items.get_mut(place.item) {
            Some(Item::Message(message)) => {
                close_text(message, place, out);
                if message.followed && message.is_closed() {
                    self.finish_item(place.item, Standing::Completed);
                }
            }
            Some(Item::Reasoning(_)) => self.finish_item(place.item, Standing::Completed),
            // A call whose arguments do not read was cut by the longest answer; what it is the end tells.
            Some(Item::Call(call)) if call.is_whole() => self.finish_item(place.item, Standing::Completed),
            _ => {}
        }
    }

    /// Writes the item out for the last time.
    fn finish_item(&mut self, index: usize, standing: Standing) {
        let Self { items, out, stage, scope, .. } = self;
        let Some(item) = items.get_mut(index) else { return };
        let mut writer = Writer::default();
        match item {
            Item::Message(message) => {
                let phase = match standing {
                    _ if message.followed => Some("commentary"),
                    Standing::Completed if *stage == Stage::Ended => Some("final_answer"),
                    _ => None,
                };
                message.write(standing, phase, &mut writer);
            }
            Item::Reasoning(reasoning) => {
                close_piece(reasoning, index as u64, out);
                // Whose reasoning it is must be told when it comes back, and clients keep no item without this field.
                let id = reasoning.upstream_id.as_deref();
                reasoning.encrypted.get_or_insert_with(|| carrier::wrap(OpaqueKind::Plain, *scope, id, ""));
                reasoning.write(standing, &mut writer);
            }
            Item::Call(call) => {
                call.close(standing, index as u64, out);
                call.write(standing, &mut writer);
            }
            Item::Done(_) => return,
        }
        *item = Item::Done(string(writer));
        self.announce_done(index);
    }

    fn announce_done(&mut self, index: usize) {
        let Self { items, out, .. } = self;
        if let Some(item) = items.get(index).and_then(Item::done) {
            out.event("response.output_item.done", |writer| {
                writer.key("output_index").count(index as u64);
                writer.key("item").raw(item);
            });
        }
    }

    pub(super) fn finish(&mut self, end: &End) {
        if let Some(status) = self.end(end) {
            self.response(status.event(), &status);
        }
    }

    pub(super) fn finish_whole(&mut self, end: &End) -> Vec<u8> {
        let status = self.end(end).unwrap_or_else(Status::cut);
        let mut writer = Writer::default();
        self.head.write(&status, &self.items, &self.usage, &mut writer);
        writer.into_bytes()
    }

    /// Closes what is open; how the response ends. Nothing when it has ended before.
    fn end(&mut self, end: &End) -> Option<Status> {
        if self.stage == Stage::Ended {
            return None;
        }
        self.begin();
        self.end_search();
        self.stage = Stage::Ended;
        let status = match end {
            End::Complete(finish) => Status::of(finish, self.refused),
            End::Failed(error) => Status::failed(error),
            End::Cut => Status::cut(),
        };
        // Of a failed answer the client keeps the items that are complete, and asks again for the rest.
        if !matches!(status, Status::Failed { .. }) {
            self.finish_items(status == Status::Completed);
        }
        Some(status)
    }

    fn finish_items(&mut self, complete: bool) {
        for index in 0..self.items.len() {
            self.close_texts(index);
            // What was cut is what had not ended, and the message or call that was the last thing said.
            let standing = if complete { Standing::Completed } else { Standing::Incomplete };
            self.finish_item(index, standing);
        }
        self.parts.clear();
    }

    fn close_texts(&mut self, index: usize) {
        let Self { items, out, parts, .. } = self;
        if let Some(Item::Message(message)) = items.get_mut(index) {
            parts.iter().filter(|place| place.item == index).for_each(|place| close_text(message, *place, out));
        }
    }
}
