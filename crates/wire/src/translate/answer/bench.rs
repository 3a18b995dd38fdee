//! A bench for decoders: an answer as the events it becomes, each in one line.
//!
//! `0 text`, `0 +words`, `0 {arguments}`, `0 .` are a part's beginning, words, arguments and end; a call is `0 Function id
//! name`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use bytes::Bytes;

use super::Decoder;
use crate::conversation::{End, Event, Opened};
use crate::sse::{self, Framer};
use crate::stream::TransportEnd;
use crate::translate::Plan;

fn line(event: Event<'_>) -> String {
    match event {
        Event::Start { id, model } => format!("start {:?} {:?}", id.unwrap_or_default(), model.unwrap_or_default()),
        Event::Open { part, what } => match what {
            Opened::Text => format!("{part} text"),
            Opened::Refusal => format!("{part} refusal"),
            Opened::Reasoning { .. } => format!("{part} reasoning"),
            Opened::ToolCall { id, name, kind, .. } => format!("{part} {kind:?} {} {}", id.decoded(), name.decoded()),
            Opened::Hosted { kind, .. } => format!("{part} hosted {kind}"),
        },
        Event::Text { part, text } => format!("{part} +{}", text.decoded()),
        Event::Piece { part } => format!("{part} piece"),
        Event::Arguments { part, text } => format!("{part} {}", text.decoded()),
        Event::Opaque { part, data } => format!("{part} opaque {}", data.decoded()),
        Event::Citation { part, source } => {
            format!("{part} cites {} {}", source.url.decoded(), source.title.unwrap_or_default().decoded())
        }
        Event::Logprobs { part, list } => format!("{part} probable {list}"),
        Event::Close { part } => format!("{part} ."),
        Event::Usage(usage) => {
            format!("usage {:?}/{:?} {:?}", usage.input_uncached, usage.cache_read, usage.output_total)
        }
        Event::Ping => "ping".to_owned(),
    }
}

/// Decodes a stream that arrives in `chunks`.
pub(crate) fn chunked<'c>(
    plan: &Plan,
    chunks: impl Iterator<Item = &'c [u8]>,
    transport: TransportEnd,
) -> (Vec<String>, End) {
    let (mut decoder, mut framer, mut lines) = (Decoder::new(plan), Framer::new(), Vec::new());
    let mut ends = Vec::new();
    for chunk in chunks {
        let whole = framer.push(Bytes::copy_from_slice(chunk)).unwrap();
        for event in sse::events(&whole) {
            ends.extend(decoder.push(&event, &mut |event: Event<'_>| lines.push(line(event))));
        }
    }
    assert!(ends.len() <= 1, "an answer ends once");
    let end = ends.pop().unwrap_or_else(|| decoder.finish(transport, &mut |event: Event<'_>| lines.push(line(event))));
    (lines, end)
}

/// Decodes a stream that arrives at once and is closed properly.
pub(crate) fn streamed(plan: &Plan, text: &str) -> (Vec<String>, End) {
    chunked(plan, std::iter::once(text.as_bytes()), TransportEnd::Proven)
}

/// Decodes an answer that is not streamed.
pub(crate) fn whole(plan: &Plan, body: &str) -> (Vec<String>, End) {
    let mut lines = Vec::new();
    let end = Decoder::new(plan).whole(body, &mut |event: Event<'_>| lines.push(line(event)));
    (lines, end)
}
