//! What the model says, thinks and calls, one part at a time; and where its signatures go.

use super::chunk::Call;
use super::grounding::{Grounded, Metadata};
use crate::conversation::{CallKind, Event, Opened, Sink};
use crate::json::Text;
use crate::translate::{Plan, functions, logprobs};

use super::super::signature::{Place, marked};

/// The part that is open, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Speech {
    open: Open,
    parts: u32,
    called: bool,
    /// How probable the tokens of the next text are.
    logprobs: Option<String>,
    /// The text so far, where the web may be searched.
    grounded: Option<Grounded>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Text(u32),
    Reasoning(u32),
}

impl Speech {
    /// Of an answer for which the web may be searched, or not.
    pub(super) fn new(searches: bool) -> Self {
        Self { grounded: searches.then(Grounded::default), ..Self::default() }
    }

    /// A text.
    pub(super) fn say(&mut self, text: Text<'_>, to: &mut impl Sink) {
        if !text.is_empty() {
            let part = match self.open {
                Open::Text(part) => part,
                _ => {
                    let part = self.start(Opened::Text, to);
                    self.open = Open::Text(part);
                    part
                }
            };
            if let Some(list) = self.logprobs.take() {
                to.event(Event::Logprobs { part, list: &list });
            }
            if let Some(grounded) = &mut self.grounded {
                grounded.say(part, &text);
            }
            to.event(Event::Text { part, text });
        }
    }

    /// How probable the tokens of the text that comes are.
    pub(super) fn probable(&mut self, result: Option<&str>) {
        if let Some(list) = result.and_then(logprobs::of_gemini) {
            self.logprobs = Some(list);
        }
    }

    /// The signature of a text comes behind it, as reasoning without words.
    pub(super) fn sign_text(&mut self, signature: &Text<'_>, to: &mut impl Sink) {
        self.sign(Place::Text, signature, to);
    }

    /// What of the text rests on the web: its sources, and then the search itself.
    pub(super) fn ground(&mut self, metadata: &str, seed: u64, to: &mut impl Sink) {
        let metadata = Metadata::read(metadata);
        // Chunks before the last may have an empty one.
        let Some(mut grounded) = self.grounded.take_if(|_| !metadata.is_empty()) else { return };
        if let Open::Text(part) = self.open {
            grounded.cite(part, &metadata, to);
        }
        if let Some(item) = metadata.search(seed) {
            let part = self.start(Opened::Hosted { kind: "web_search_call", value: &item }, to);
            to.event(Event::Close { part });
        }
    }

    /// Readable reasoning. One signature ends a part: the next belongs to another.
    pub(super) fn think(&mut self, text: Text<'_>, signature: Option<Text<'_>>, to: &mut impl Sink) {
        if !text.is_empty() {
            let part = self.reasoning(to);
            to.event(Event::Text { part, text });
        }
        if let Some(signature) = signature {
            self.sign(Place::Thought, &signature, to);
        }
    }

    /// A whole call. Its signature goes into the reasoning that led to it, or into one without words.
    pub(super) fn call(&mut self, call: Call<'_>, signature: Option<Text<'_>>, plan: &Plan, to: &mut impl Sink) {
        if let Some(signature) = signature {
            self.sign(Place::Call, &signature, to);
        }
        self.called = true;
        let sent = call.name.decoded();
        let kind = plan.form(&sent);
        // What was put in front of the name stays there: only the client's protocol may know it as a namespace.
        let name = Text::from(plan.names.tool_back(&sent));
        let part = self.start(Opened::ToolCall { id: call.id, name, namespace: None, kind }, to);
        let args = call.args.unwrap_or("{}");
        let text = if kind == CallKind::Freeform { functions::input(args) } else { Text::plain(args) };
        if !text.is_empty() {
            to.event(Event::Arguments { part, text });
        }
        to.event(Event::Close { part });
    }

    /// Something else comes, or the answer is over.
    pub(super) fn close(&mut self, to: &mut impl Sink) {
        match std::mem::take(&mut self.open) {
            Open::Nothing => {}
            Open::Text(part) | Open::Reasoning(part) => to.event(Event::Close { part }),
        }
    }

    pub(super) const fn called(&self) -> bool {
        self.called
    }

    fn sign(&mut self, place: Place, signature: &Text<'_>, to: &mut impl Sink) {
        // What the model thought before it said something is not what it signs there.
        if place == Place::Text {
            self.close(to);
        }
        let part = self.reasoning(to);
        to.event(Event::Opaque { part, data: marked(place, &signature.decoded()).into() });
        self.close(to);
    }

    fn reasoning(&mut self, to: &mut impl Sink) -> u32 {
        if let Open::Reasoning(part) = self.open {
            return part;
        }
        let part = self.start(Opened::Reasoning { id: None }, to);
        self.open = Open::Reasoning(part);
        part
    }

    fn start(&mut self, what: Opened<'_>, to: &mut impl Sink) -> u32 {
        self.close(to);
        let part = self.parts;
        self.parts = self.parts.saturating_add(1);
        to.event(Event::Open { part, what });
        part
    }
}
