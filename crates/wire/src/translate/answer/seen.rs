//! What was learnt of an answer on its way.

use std::borrow::Cow;

use crate::conversation::{End, Event, Finish, Opened};
use crate::protocol::UpstreamProtocol;
use crate::translate::Plan;
use crate::translate::recall::{Collector, Thoughts};
use crate::usage::Usage;

/// Longest name of a model that is kept.
const MODEL_MAX: usize = 256;

/// What the record needs of an answer.
#[derive(Debug)]
pub struct Seen {
    upstream: UpstreamProtocol,
    usage: Usage,
    model: Option<String>,
    stop: Option<Cow<'static, str>>,
    generated: bool,
    thoughts: Option<Collector>,
}

impl Seen {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            upstream: plan.upstream,
            usage: Usage::default(),
            model: None,
            stop: None,
            generated: false,
            thoughts: Collector::new(plan),
        }
    }

    /// Tokens so far.
    pub const fn usage(&self) -> &Usage {
        &self.usage
    }

    /// The model that answers, as the upstream names it.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Why the answer stopped, in the upstream's word.
    pub fn stop(&self) -> Option<&str> {
        self.stop.as_deref()
    }

    /// Whether anything was generated.
    pub const fn generated(&self) -> bool {
        self.generated
    }

    /// What is to be kept for the client, once the answer is complete.
    pub fn take_thoughts(&mut self) -> Option<Thoughts> {
        self.thoughts.as_mut()?.take()
    }

    /// Learns from an event; whether it is a part of the answer: heads and beginnings of texts say nothing yet.
    pub(super) fn learn(&mut self, event: &Event<'_>) -> bool {
        if let Some(thoughts) = &mut self.thoughts {
            thoughts.learn(event);
        }
        let generated = match event {
            Event::Start { model, .. } => {
                let model = model.as_ref().filter(|model| !model.is_empty() && model.len() <= MODEL_MAX);
                self.model = self.model.take().or_else(|| model.map(|model| model.decoded().into_owned()));
                false
            }
            Event::Usage(usage) => {
                self.usage.merge(usage);
                false
            }
            Event::Open { what: Opened::ToolCall { .. } | Opened::Hosted { .. }, .. } => true,
            Event::Text { text, .. } | Event::Arguments { text, .. } => !text.is_empty(),
            Event::Opaque { .. } | Event::Citation { .. } => true,
            Event::Open { .. } | Event::Piece { .. } | Event::Logprobs { .. } | Event::Close { .. } | Event::Ping => {
                false
            }
        };
        self.generated |= generated;
        generated
    }

    /// The answer has ended. One that is complete may be empty by right, which its tokens or its reason show.
    pub(super) fn ended(&mut self, end: &End) {
        let End::Complete(finish) = end else { return };
        self.generated |= *finish != Finish::Done || self.usage.output_total.is_some_and(|tokens| tokens > 0);
        self.stop = Some(word(self.upstream, finish));
    }
}

/// The word of `protocol` for it.
fn word(protocol: UpstreamProtocol, finish: &Finish) -> Cow<'static, str> {
    let words = match finish {
        Finish::Done => ["end_turn", "stop", "completed", "STOP", "end_turn"],
        Finish::StopText(_) => ["stop_sequence", "stop", "completed", "STOP", "stop_sequence"],
        Finish::ToolUse => ["tool_use", "tool_calls", "completed", "STOP", "tool_use"],
        Finish::MaxOutput => ["max_tokens", "length", "max_output_tokens", "MAX_TOKENS", "max_tokens"],
        Finish::ContextFull => {
            let word = "model_context_window_exceeded";
            [word, "length", "max_output_tokens", "MAX_TOKENS", word]
        }
        Finish::Refusal => ["refusal", "content_filter", "content_filter", "SAFETY", "content_filtered"],
        Finish::Pause => ["pause_turn", "stop", "completed", "STOP", "end_turn"],
        Finish::Compaction => ["compaction", "stop", "completed", "STOP", "end_turn"],
        Finish::Other(word) => return Cow::Owned(word.clone()),
    };
    let [anthropic, chat, responses, gemini, converse] = words;
    Cow::Borrowed(match protocol {
        UpstreamProtocol::Anthropic => anthropic,
        UpstreamProtocol::OpenaiChat => chat,
        UpstreamProtocol::OpenaiResponses => responses,
        UpstreamProtocol::Gemini => gemini,
        UpstreamProtocol::BedrockConverse => converse,
    })
}
