//! The protocol's blocks out of neutral events: which begin, what they hold, how the answer stopped. Where they are
//! written is the business of [`Blocks`].

use std::borrow::Cow;

use super::super::{estimate, opaque};
use super::failure::Failure;
use super::hosted;
use super::tokens::Guess;
use crate::conversation::{CallKind, Citation, Event, Finish, OpaqueKind, Opened, Sink};
use crate::json::{Text, Writer};
use crate::protocol::UpstreamProtocol;
use crate::translate::names::Names;
use crate::translate::{Plan, carrier, ids};
use crate::usage::Usage;

/// What a block is when it begins.
pub(super) enum Beginning<'b> {
    Text,
    Thinking,
    Redacted {
        data: &'b str,
    },
    ToolUse {
        id: &'b str,
        name: &'b str,
    },
    /// Complete, JSON as it stands.
    Whole(&'b str),
}

/// More of a block.
pub(super) enum Delta<'b> {
    Text(&'b Text<'b>),
    /// `gap`: an empty line before it.
    Thinking {
        gap: bool,
        text: &'b Text<'b>,
    },
    Signature(&'b str),
    /// A piece of a call's input, which is JSON.
    Input(&'b Text<'b>),
    /// JSON as it stands.
    Citation(&'b str),
}

/// How a message ended.
pub(super) struct Ending<'b> {
    pub(super) reason: &'static str,
    pub(super) stop_text: Option<&'b str>,
    pub(super) usage: &'b Usage,
    pub(super) guess: Guess,
}

/// Where blocks are written: one at a time, in order.
pub(super) trait Blocks {
    fn start(&mut self, id: &str, model: &str, input: u64);
    fn ping(&mut self);
    fn begin(&mut self, index: u32, block: &Beginning<'_>);
    fn delta(&mut self, index: u32, delta: &Delta<'_>);
    fn stop(&mut self, index: u32);
    fn end(&mut self, ending: &Ending<'_>);
    fn fail(&mut self, failure: &Failure<'_>);
}

/// The message in the making.
#[derive(Debug)]
pub(super) struct Shape<B> {
    pub(super) to: B,
    facts: Facts,
    state: State,
    /// Index of the next block.
    index: u32,
    usage: Usage,
    /// Bytes said, for an upstream that does not count.
    said: u64,
    /// Ids of complete and begun calls.
    calls: Vec<String>,
    refused: bool,
}

/// What the plan says.
#[derive(Debug)]
struct Facts {
    upstream: UpstreamProtocol,
    model: String,
    names: Names,
    scope: u64,
    seed: u64,
    input_estimate: u64,
}

#[derive(Debug)]
enum State {
    /// Nothing written yet.
    Waiting,
    /// No block is open.
    Between,
    /// This part is open; its block may not have begun.
    In { part: u32, block: Block },
    /// The last event is written.
    Ended,
}

#[derive(Debug)]
enum Block {
    /// Begins with its first characters: empty texts are refused when they come back.
    Text {
        begun: bool,
        refusal: bool,
    },
    /// `gap`: a new piece begins with its first characters.
    Reasoning {
        id: Option<String>,
        begun: bool,
        gap: bool,
        opaque: Option<String>,
    },
    Call {
        input: bool,
        freeform: bool,
    },
    /// Written already, or nothing the protocol has.
    Done,
}

impl<B: Blocks> Shape<B> {
    pub(super) fn new(plan: &Plan, to: B) -> Self {
        let facts = Facts {
            upstream: plan.upstream,
            model: plan.model.clone(),
            names: plan.names.clone(),
            scope: plan.scope,
            seed: plan.seed,
            input_estimate: plan.input_estimate,
        };
        let (usage, calls) = (Usage::default(), Vec::new());
        Self { to, facts, state: State::Waiting, index: 0, usage, said: 0, calls, refused: false }
    }

    /// The answer is complete.
    pub(super) fn complete(&mut self, finish: &Finish) {
        if matches!(self.state, State::Ended) {
            return;
        }
        self.start(None, None);
        self.close();
        let (reason, stop_text) = self.reason(finish);
        let guess = Guess { input: self.facts.input_estimate, output: estimate::of_bytes(self.said) };
        self.to.end(&Ending { reason, stop_text, usage: &self.usage, guess });
        self.state = State::Ended;
    }

    /// The answer is not complete, and must not look like it.
    pub(super) fn fail(&mut self, failure: &Failure<'_>) {
        if !matches!(self.state, State::Ended) {
            self.to.fail(failure);
            self.state = State::Ended;
        }
    }

    /// A call that was made is what the client must act on, even if the upstream forgot to say so; limits and refusals
    /// say that it may not be whole. Without a call there is nothing to wait for.
    fn reason<'f>(&self, finish: &'f Finish) -> (&'static str, Option<&'f str>) {
        let called = !self.calls.is_empty();
        let reason = match finish {
            Finish::Done | Finish::Other(_) | Finish::ToolUse if called => "tool_use",
            Finish::Done | Finish::Other(_) | Finish::ToolUse if self.refused => "refusal",
            Finish::Done | Finish::Other(_) | Finish::ToolUse => "end_turn",
            Finish::StopText(text) => return ("stop_sequence", text.as_deref()),
            Finish::MaxOutput => "max_tokens",
            Finish::ContextFull => "model_context_window_exceeded",
            Finish::Refusal => "refusal",
            Finish::Pause => "pause_turn",
            Finish::Compaction => "compaction",
        };
        (reason, None)
    }

    /// Begins the message, once. The client sees the model it asked for.
    fn start(&mut self, id: Option<&Text<'_>>, model: Option<&Text<'_>>) {
        if !matches!(self.state, State::Waiting) {
            return;
        }
        let id = id.map(Text::decoded).filter(|id| !id.is_empty());
        let id = match id {
            Some(id) if id.starts_with("msg_") => id.into_owned(),
            Some(id) => ids::derived("msg_", ids::hash(id.as_bytes()), 0),
            None => ids::derived("msg_", self.facts.seed, 0),
        };
        let model = match (self.facts.model.as_str(), model) {
            ("", Some(model)) => model.decoded(),
            (asked, _) => Cow::Borrowed(asked),
        };
        self.to.start(&id, &model, self.facts.input_estimate);
        self.state = State::Between;
    }

    fn open(&mut self, part: u32, what: Opened<'_>) {
        self.start(None, None);
        self.close();
        let block = match what {
            Opened::Text => Block::Text { begun: false, refusal: false },
            Opened::Refusal => Block::Text { begun: false, refusal: true },
            Opened::Reasoning { id } => {
                let id = id.map(|id| id.decoded().into_owned());
                Block::Reasoning { id, begun: false, gap: false, opaque: None }
            }
            Opened::ToolCall { id, name, kind, .. } => self.call(&id, &name, kind),
            Opened::Hosted { kind, value } => {
                self.hosted(kind, value);
                Block::Done
            }
        };
        self.state = State::In { part, block };
    }

    fn call(&mut self, id: &Text<'_>, name: &Text<'_>, kind: CallKind) -> Block {
        let id = self.call_id(&id.decoded());
        let name = name.decoded();
        self.to.begin(self.index, &Beginning::ToolUse { id: &id, name: self.facts.names.tool_back(&name) });
        self.calls.push(id);
        let freeform = kind == CallKind::Freeform;
        if freeform {
            self.to.delta(self.index, &Delta::Input(&Text::plain("{\"input\":\"")));
        }
        Block::Call { input: freeform, freeform }
    }

    /// An id that the protocol takes and no other call of this answer has.
    fn call_id(&self, id: &str) -> String {
        let plain = |char: char| if char.is_ascii_alphanumeric() || matches!(char, '_' | '-') { char } else { '_' };
        let ordinal = self.calls.len() as u32;
        let id = match id {
            "" => ids::derived("toolu_", self.facts.seed, ordinal),
            id => id.chars().map(plain).collect(),
        };
        if self.calls.contains(&id) { format!("{id}_{ordinal}") } else { id }
    }

    /// What the provider did by itself: Anthropic's own as it stands, a search in Anthropic's words.
    fn hosted(&mut self, kind: &str, value: &str) {
        let blocks = match self.facts.upstream {
            UpstreamProtocol::Anthropic => vec![value.to_owned()],
            _ if kind == "web_search_call" => hosted::web_search(value, self.facts.seed, self.index),
            _ => Vec::new(),
        };
        for block in blocks {
            self.to.begin(self.index, &Beginning::Whole(&block));
            self.to.stop(self.index);
            self.index += 1;
        }
    }

    fn text(&mut self, wanted: u32, text: &Text<'_>) {
        let State::In { part, block } = &mut self.state else { return };
        if *part != wanted || text.is_empty() {
            return;
        }
        self.said = self.said.saturating_add(text.len() as u64);
        match block {
            Block::Text { begun, refusal } => {
                if !std::mem::replace(begun, true) {
                    self.refused |= *refusal;
                    self.to.begin(self.index, &Beginning::Text);
                }
                self.to.delta(self.index, &Delta::Text(text));
            }
            Block::Reasoning { begun, gap, .. } => {
                if !std::mem::replace(begun, true) {
                    self.to.begin(self.index, &Beginning::Thinking);
                }
                let gap = std::mem::take(gap);
                self.to.delta(self.index, &Delta::Thinking { gap, text });
            }
            Block::Call { .. } | Block::Done => {}
        }
    }

    fn arguments(&mut self, wanted: u32, text: &Text<'_>) {
        let State::In { part, block: Block::Call { input, freeform } } = &mut self.state else { return };
        if *part != wanted || text.is_empty() {
            return;
        }
        self.said = self.said.saturating_add(text.len() as u64);
        *input = true;
        if *freeform {
            // Text inside a JSON string inside the input.
            let mut inside = Writer::default();
            inside.piece(text);
            let inside = String::from_utf8(inside.into_bytes()).unwrap_or_default();
            self.to.delta(self.index, &Delta::Input(&Text::from(inside)));
        } else {
            self.to.delta(self.index, &Delta::Input(text));
        }
    }

    fn citation(&mut self, wanted: u32, source: &Citation<'_>) {
        match &self.state {
            State::In { part, block: Block::Text { begun: true, .. } } if *part == wanted => {
                let citation = hosted::citation(source);
                self.to.delta(self.index, &Delta::Citation(&citation));
            }
            _ => {}
        }
    }

    /// Closes what is open.
    fn close(&mut self) {
        let State::In { .. } = self.state else { return };
        let State::In { block, .. } = std::mem::replace(&mut self.state, State::Between) else { return };
        match block {
            Block::Text { begun: true, .. } => {}
            Block::Call { input, freeform } => {
                let rest = match (input, freeform) {
                    (_, true) => "\"}",
                    (false, false) => "{}",
                    (true, false) => "",
                };
                if !rest.is_empty() {
                    self.to.delta(self.index, &Delta::Input(&Text::plain(rest)));
                }
            }
            Block::Reasoning { id, begun, opaque, .. } => {
                if !self.close_reasoning(id.as_deref(), begun, opaque.as_deref()) {
                    return;
                }
            }
            Block::Text { .. } | Block::Done => return,
        }
        self.to.stop(self.index);
        self.index += 1;
    }

    /// Puts the opaque half where it will come back from; says whether there is a block at all.
    fn close_reasoning(&mut self, id: Option<&str>, begun: bool, data: Option<&str>) -> bool {
        let held = data.map(|data| self.facts.held(id, data));
        match (begun, held) {
            (true, Some((OpaqueKind::AnthropicSignature, held))) => self.sign(&held),
            (true, Some((_, held))) => {
                // Readable reasoning has its opaque half as a signature, whatever it is.
                self.sign(&held);
            }
            (true, None) => self.sign(&self.facts.unsigned(id)),
            (false, Some((OpaqueKind::AnthropicSignature, held))) => {
                self.to.begin(self.index, &Beginning::Thinking);
                self.sign(&held);
            }
            (false, Some((_, held))) => self.to.begin(self.index, &Beginning::Redacted { data: &held }),
            (false, None) => return false,
        }
        true
    }

    fn sign(&mut self, signature: &str) {
        self.to.delta(self.index, &Delta::Signature(signature));
    }
}

impl Facts {
    /// What stands for a signature where there is none: strict clients want the field, and a conversation that changes
    /// provider must show whose reasoning this was.
    fn unsigned(&self, id: Option<&str>) -> String {
        carrier::wrap(OpaqueKind::Plain, self.scope, id, "")
    }

    /// Opaque data as the client keeps it: of Anthropic itself as it is, of others in a carrier.
    fn held<'d>(&self, id: Option<&str>, data: &'d str) -> (OpaqueKind, Cow<'d, str>) {
        if self.upstream == UpstreamProtocol::Anthropic {
            let (kind, data) = opaque::split(data);
            return (kind, Cow::Borrowed(data));
        }
        let kind = OpaqueKind::of(self.upstream);
        (kind, Cow::Owned(carrier::wrap(kind, self.scope, id, data)))
    }
}

impl<B: Blocks> Sink for Shape<B> {
    fn event(&mut self, event: Event<'_>) {
        if matches!(self.state, State::Ended) {
            return;
        }
        match event {
            Event::Start { id, model } => self.start(id.as_ref(), model.as_ref()),
            Event::Open { part, what } => self.open(part, what),
            Event::Text { part, text } => self.text(part, &text),
            Event::Arguments { part, text } => self.arguments(part, &text),
            Event::Citation { part, source } => self.citation(part, &source),
            Event::Piece { part: wanted } => {
                if let State::In { part, block: Block::Reasoning { begun, gap, .. } } = &mut self.state
                    && *part == wanted
                {
                    *gap = *begun;
                }
            }
            Event::Opaque { part: wanted, data } => {
                if let State::In { part, block: Block::Reasoning { opaque, .. } } = &mut self.state
                    && *part == wanted
                {
                    *opaque = Some(data.decoded().into_owned()).filter(|data| !data.is_empty());
                }
            }
            Event::Close { part: wanted } => {
                if matches!(&self.state, State::In { part, .. } if *part == wanted) {
                    self.close();
                }
            }
            Event::Usage(usage) => self.usage.merge(&usage),
            // A request that asks for them is refused.
            Event::Logprobs { .. } => {}
            Event::Ping => {
                if !matches!(self.state, State::Waiting) {
                    self.to.ping();
                }
            }
        }
    }
}
