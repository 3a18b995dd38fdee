//! An answer, as it comes in.
//!
//! Parts are numbered by the decoder in the order they begin; several may be open at once (Responses and Chat
//! interleave). An encoder whose protocol allows one at a time puts a sequencer before itself.

use crate::conversation::CallKind;
use crate::error::WireError;
use crate::json::Text;
use crate::usage::Usage;

/// A piece of an answer. Texts borrow from the upstream's event.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// The answer begins. Always first.
    Start {
        /// The upstream's id of it.
        id: Option<Text<'a>>,
        /// The model that answers, as the upstream names it.
        model: Option<Text<'a>>,
    },
    /// A part begins.
    Open {
        /// Its number.
        part: u32,
        /// What it is.
        what: Opened<'a>,
    },
    /// More text of a text or refusal, or more readable reasoning.
    Text {
        /// Of this part.
        part: u32,
        /// What.
        text: Text<'a>,
    },
    /// A new readable piece of the same reasoning begins (a further summary part).
    Piece {
        /// Of this part.
        part: u32,
    },
    /// More of a call's arguments: of a function the JSON text, of a freeform tool the input itself.
    Arguments {
        /// Of this part.
        part: u32,
        /// Characters.
        text: Text<'a>,
    },
    /// The unreadable half of a reasoning. At most once per part.
    Opaque {
        /// Of this part.
        part: u32,
        /// As its maker wrote it.
        data: Text<'a>,
    },
    /// How probable the tokens of a text's next piece are: a list in OpenAI's form, JSON as it stands.
    Logprobs {
        /// Of this part.
        part: u32,
        /// JSON.
        list: &'a str,
    },
    /// A source named in a text.
    Citation {
        /// Of this part.
        part: u32,
        /// The source.
        source: Citation<'a>,
    },
    /// A part is complete.
    Close {
        /// Its number.
        part: u32,
    },
    /// Tokens, cumulative.
    Usage(Usage),
    /// Still alive.
    Ping,
}

/// A source of a text.
#[derive(Debug, Clone)]
pub struct Citation<'a> {
    /// Address.
    pub url: Text<'a>,
    /// Title.
    pub title: Option<Text<'a>>,
    /// Words of the source itself.
    pub quote: Option<Text<'a>>,
    /// What of the text it supports.
    pub supports: Supports,
}

impl<'a> Citation<'a> {
    /// A source of which only the address is known.
    pub fn new(url: impl Into<Text<'a>>) -> Self {
        Self { url: url.into(), title: None, quote: None, supports: Supports::Unknown }
    }
}

/// What of its part's text a source supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supports {
    /// Nobody said.
    Unknown,
    /// All of it: Anthropic makes a text of its own of what is cited.
    Whole,
    /// From this character to before that one.
    Span(u64, u64),
}

impl Supports {
    /// What OpenAI's two numbers say. Those who do not know the place send zeros.
    pub(crate) const fn between(start: Option<u64>, end: Option<u64>) -> Self {
        match (start, end) {
            (Some(start), Some(end)) if start < end => Self::Span(start, end),
            _ => Self::Unknown,
        }
    }

    /// The same in a part that begins with character `start` of what the numbers count in; those before it say nothing.
    pub(crate) const fn within(self, start: u64) -> Self {
        match self {
            Self::Span(from, to) if from >= start => Self::Span(from - start, to - start),
            Self::Span(..) => Self::Unknown,
            other => other,
        }
    }
}

/// What a part is.
#[derive(Debug, Clone)]
pub enum Opened<'a> {
    /// Text.
    Text,
    /// A refusal in words.
    Refusal,
    /// Reasoning.
    Reasoning {
        /// Id of the item (Responses).
        id: Option<Text<'a>>,
    },
    /// A tool call.
    ToolCall {
        /// Id; empty when the upstream gave none.
        id: Text<'a>,
        /// Tool.
        name: Text<'a>,
        /// Namespace (Responses).
        namespace: Option<Text<'a>>,
        /// What sort of call.
        kind: CallKind,
    },
    /// Something the provider did by itself (a web search): its type and itself as it stands, complete.
    Hosted {
        /// Its type.
        kind: &'a str,
        /// JSON as it stands.
        value: &'a str,
    },
}

/// How an answer ended. Every decoder gives exactly one, last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It is complete.
    Complete(Finish),
    /// The upstream's own error.
    Failed(WireError),
    /// It broke off: nothing said that it was complete.
    Cut,
}

/// Why a complete answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// Nothing more to say.
    Done,
    /// One of the stop texts; which, if known.
    StopText(Option<String>),
    /// It waits for tools.
    ToolUse,
    /// The longest answer asked for.
    MaxOutput,
    /// The context is full.
    ContextFull,
    /// Refused or filtered.
    Refusal,
    /// A provider's own tool paused it; it goes on when it is sent back.
    Pause,
    /// The conversation was compacted.
    Compaction,
    /// A word nobody knows yet.
    Other(String),
}

/// Takes an answer's events.
pub trait Sink {
    /// The next one.
    fn event(&mut self, event: Event<'_>);
}

impl<F: FnMut(Event<'_>)> Sink for F {
    fn event(&mut self, event: Event<'_>) {
        self(event);
    }
}
