//! Blocks as server-sent events.

use super::failure::Failure;
use super::shape::{Beginning, Blocks, Delta, Ending};
use super::tokens;
use crate::json::Writer;

/// Events, as they are written.
#[derive(Debug, Default)]
pub(super) struct Stream {
    out: Writer,
}

impl Stream {
    /// What was written since the last call.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out).into_bytes()
    }

    fn event(&mut self, name: &str, members: impl FnOnce(&mut Writer)) {
        let out = &mut self.out;
        out.frame(b"event: ");
        out.frame(name.as_bytes());
        out.frame(b"\ndata: ");
        out.object(|out| {
            out.key("type").string(name);
            members(out);
        });
        out.frame(b"\n\n");
    }

    /// Nearly all events are these.
    fn delta_of(&mut self, index: u32, head: &str, pieces: impl FnOnce(&mut Writer)) {
        let out = &mut self.out;
        out.frame(b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
        out.count(u64::from(index));
        out.frame(b",\"delta\":{\"type\":");
        out.frame(head.as_bytes());
        out.frame(b":\"");
        pieces(out);
        out.frame(b"\"}}\n\n");
    }
}

impl Blocks for Stream {
    fn start(&mut self, id: &str, model: &str, input: u64) {
        self.event("message_start", |out| {
            out.key("message").object(|out| {
                out.key("id").string(id);
                out.key("type").string("message");
                out.key("role").string("assistant");
                out.key("model").string(model);
                out.key("content").raw("[]");
                out.key("stop_reason").null();
                out.key("stop_sequence").null();
                tokens::write_start(out.key("usage"), input);
            });
        });
        self.ping();
    }

    fn ping(&mut self) {
        self.event("ping", |_| {});
    }

    fn begin(&mut self, index: u32, block: &Beginning<'_>) {
        self.event("content_block_start", |out| {
            out.key("index").count(u64::from(index));
            out.key("content_block");
            match block {
                Beginning::Text => out.raw(r#"{"type":"text","text":""}"#),
                Beginning::Thinking => out.raw(r#"{"type":"thinking","thinking":"","signature":""}"#),
                Beginning::Redacted { data } => out.object(|out| {
                    out.key("type").string("redacted_thinking");
                    out.key("data").string(data);
                }),
                Beginning::ToolUse { id, name } => out.object(|out| {
                    out.key("type").string("tool_use");
                    out.key("id").string(id);
                    out.key("name").string(name);
                    out.key("input").raw("{}");
                }),
                Beginning::Whole(block) => out.raw(block),
            }
        });
    }

    fn delta(&mut self, index: u32, delta: &Delta<'_>) {
        match delta {
            Delta::Text(text) => self.delta_of(index, r#""text_delta","text""#, |out| out.piece(text)),
            Delta::Thinking { gap, text } => self.delta_of(index, r#""thinking_delta","thinking""#, |out| {
                if *gap {
                    out.escaped("\n\n");
                }
                out.piece(text);
            }),
            Delta::Signature(signature) => {
                self.delta_of(index, r#""signature_delta","signature""#, |out| out.escaped(signature));
            }
            Delta::Input(json) => self.delta_of(index, r#""input_json_delta","partial_json""#, |out| out.piece(json)),
            Delta::Citation(citation) => self.event("content_block_delta", |out| {
                out.key("index").count(u64::from(index));
                out.key("delta").object(|out| {
                    out.key("type").string("citations_delta");
                    out.key("citation").raw(citation);
                });
            }),
        }
    }

    fn stop(&mut self, index: u32) {
        self.event("content_block_stop", |out| out.key("index").count(u64::from(index)));
    }

    fn end(&mut self, ending: &Ending<'_>) {
        self.event("message_delta", |out| {
            out.key("delta").object(|out| {
                out.key("stop_reason").string(ending.reason);
                match ending.stop_text {
                    Some(text) => out.key("stop_sequence").string(text),
                    None => out.key("stop_sequence").null(),
                }
            });
            tokens::write_final(out.key("usage"), ending.usage, ending.guess, false);
        });
        self.event("message_stop", |_| {});
    }

    fn fail(&mut self, failure: &Failure<'_>) {
        self.out.frame(b"event: error\ndata: ");
        failure.write(&mut self.out);
        self.out.frame(b"\n\n");
    }
}
