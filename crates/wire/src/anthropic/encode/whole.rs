//! Blocks as one message.

use super::failure::Failure;
use super::shape::{Beginning, Blocks, Delta, Ending};
use super::tokens;
use crate::json::{Kind, Reader, Writer};

/// The message so far.
#[derive(Debug, Default)]
pub(super) struct Whole {
    id: String,
    model: String,
    open: Option<Open>,
    blocks: Vec<Finished>,
    body: Vec<u8>,
}

/// The block that is open. `inside` is the inside of a JSON string.
#[derive(Debug)]
enum Open {
    Text { inside: Writer, citations: Writer },
    Thinking { inside: Writer, signature: String },
    Redacted { data: String },
    ToolUse { id: String, name: String, input: String },
    Whole(String),
}

#[derive(Debug)]
struct Finished {
    json: Vec<u8>,
    /// A call whose input is no JSON object: if the answer was cut by a limit, it was cut here.
    doubtful: bool,
}

impl Whole {
    /// The body; empty when nothing ended it.
    pub(super) fn into_body(self) -> Vec<u8> {
        self.body
    }
}

impl Open {
    fn finished(self) -> Finished {
        let mut doubtful = false;
        let mut out = Writer::default();
        match self {
            Self::Text { inside, citations } => out.object(|out| {
                out.key("type").string("text");
                out.key("text").string_of(|out| out.frame(&inside.into_bytes()));
                if !citations.is_empty() {
                    out.key("citations").array(|out| out.frame(&citations.into_bytes()));
                }
            }),
            Self::Thinking { inside, signature } => out.object(|out| {
                out.key("type").string("thinking");
                out.key("thinking").string_of(|out| out.frame(&inside.into_bytes()));
                out.key("signature").string(&signature);
            }),
            Self::Redacted { data } => out.object(|out| {
                out.key("type").string("redacted_thinking");
                out.key("data").string(&data);
            }),
            Self::ToolUse { id, name, input } => out.object(|out| {
                out.key("type").string("tool_use");
                out.key("id").string(&id);
                out.key("name").string(&name);
                out.key("input");
                doubtful = !write_input(out, &input);
            }),
            Self::Whole(block) => out.raw(&block),
        }
        Finished { json: out.into_bytes(), doubtful }
    }
}

/// Writes a call's input as the object that it must be; says whether it was one.
fn write_input(out: &mut Writer, input: &str) -> bool {
    let mut reader = Reader::new(input);
    let is_object = reader.kind() == Ok(Kind::Object);
    match reader.raw().and_then(|raw| reader.end().map(|()| raw)) {
        Ok(object) if is_object => {
            out.raw(object);
            true
        }
        _ => {
            out.object(|out| out.key("_raw_arguments").string(input));
            false
        }
    }
}

impl Blocks for Whole {
    fn start(&mut self, id: &str, model: &str, _: u64) {
        id.clone_into(&mut self.id);
        model.clone_into(&mut self.model);
    }

    fn ping(&mut self) {}

    fn begin(&mut self, _: u32, block: &Beginning<'_>) {
        self.open = Some(match block {
            Beginning::Text => Open::Text { inside: Writer::default(), citations: Writer::default() },
            Beginning::Thinking => Open::Thinking { inside: Writer::default(), signature: String::new() },
            Beginning::Redacted { data } => Open::Redacted { data: (*data).to_owned() },
            Beginning::ToolUse { id, name } => {
                Open::ToolUse { id: (*id).to_owned(), name: (*name).to_owned(), input: String::new() }
            }
            Beginning::Whole(block) => Open::Whole((*block).to_owned()),
        });
    }

    fn delta(&mut self, _: u32, delta: &Delta<'_>) {
        match (&mut self.open, delta) {
            (Some(Open::Text { inside, .. }), Delta::Text(text)) => inside.piece(text),
            (Some(Open::Text { citations, .. }), Delta::Citation(citation)) => citations.raw(citation),
            (Some(Open::Thinking { inside, .. }), Delta::Thinking { gap, text }) => {
                if *gap {
                    inside.escaped("\n\n");
                }
                inside.piece(text);
            }
            (Some(Open::Thinking { signature, .. }), Delta::Signature(said)) => (*said).clone_into(signature),
            (Some(Open::ToolUse { input, .. }), Delta::Input(json)) => input.push_str(&json.decoded()),
            _ => {}
        }
    }

    fn stop(&mut self, _: u32) {
        self.blocks.extend(self.open.take().map(Open::finished));
    }

    fn end(&mut self, ending: &Ending<'_>) {
        let limited = matches!(ending.reason, "max_tokens" | "model_context_window_exceeded" | "refusal");
        if limited && self.blocks.last().is_some_and(|last| last.doubtful) {
            self.blocks.pop();
        }
        let length: usize = self.blocks.iter().map(|block| block.json.len() + 1).sum();
        let mut out = Writer::with_capacity(length + (1 << 10));
        out.object(|out| {
            out.key("id").string(&self.id);
            out.key("type").string("message");
            out.key("role").string("assistant");
            out.key("model").string(&self.model);
            out.key("content").array(|out| {
                for (at, block) in self.blocks.iter().enumerate() {
                    if at > 0 {
                        out.frame(b",");
                    }
                    out.frame(&block.json);
                }
            });
            out.key("stop_reason").string(ending.reason);
            match ending.stop_text {
                Some(text) => out.key("stop_sequence").string(text),
                None => out.key("stop_sequence").null(),
            }
            tokens::write_final(out.key("usage"), ending.usage, ending.guess, true);
        });
        self.body = out.into_bytes();
    }

    fn fail(&mut self, failure: &Failure<'_>) {
        let mut out = Writer::default();
        failure.write(&mut out);
        self.body = out.into_bytes();
    }
}
