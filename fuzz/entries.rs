//! The doors that bytes from outside come in by. Each may refuse; none may panic; what comes out stays in proportion.

use bytes::Bytes;
use tokgate_wire::eventstream::{Operation, SseAdapter};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::sse::Framer;
use tokgate_wire::stream::{Tap, TransportEnd};
use tokgate_wire::translate::{AnswerStream, Plan, answer, convert, dialect};
use tokgate_wire::{error, peek, reply};

/// Most bytes that one byte of input may become: a call of one letter becomes a tool, its result and what frames them.
const GROWTH_MAX: usize = 600;

/// What an empty input may become: the frame of an answer, or of an error.
const FRAME_MAX: usize = 64 << 10;

/// One door.
pub(crate) type Entry = fn(&[u8]);

/// All of them by name.
pub(crate) const ENTRIES: [(&str, Entry); 6] = [
    ("sse", sse),
    ("event_stream", event_stream),
    ("request", request),
    ("answer", answer_stream),
    ("whole", whole),
    ("peek", peeked),
];

fn bounded(input: &[u8], output: usize) {
    assert!(output <= input.len() * GROWTH_MAX + FRAME_MAX, "{} bytes became {output}", input.len());
}

/// Server-sent events, in two chunks; and the tap of what passes.
pub(crate) fn sse(data: &[u8]) {
    let (one, two) = data.split_at(data.len() / 2);
    let mut framer = Framer::new();
    let mut released = 0;
    for chunk in [one, two] {
        if let Ok(whole) = framer.push(Bytes::copy_from_slice(chunk)) {
            released += whole.len();
            tokgate_wire::sse::events(&whole).for_each(drop);
        }
    }
    assert_eq!(released + framer.partial().len(), data.len());
    for protocol in UpstreamProtocol::ALL {
        let mut tap = Tap::new(protocol);
        for chunk in [one, two] {
            if tap.push(Bytes::copy_from_slice(chunk)).is_err() {
                break;
            }
        }
        tap.finish(TransportEnd::Cut);
    }
}

/// Frames of AWS's event stream, in two chunks.
pub(crate) fn event_stream(data: &[u8]) {
    let (one, two) = data.split_at(data.len() / 3);
    for operation in [Operation::InvokeModel, Operation::Converse] {
        let (mut adapter, mut out) = (SseAdapter::new(operation), Vec::new());
        let pushed = adapter.push(one, &mut out).and_then(|()| adapter.push(two, &mut out));
        let _ = pushed.and_then(|()| adapter.finish());
        bounded(data, out.len());
    }
}

/// Requests of every client to every provider.
pub(crate) fn request(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for from in Protocol::ALL {
        for to in UpstreamProtocol::ALL {
            if let Ok(sent) = convert::request(from, to, text, &dialect::of(to), 1, "routed", "asked", 1, 7) {
                assert!(serde_json::from_slice::<&serde_json::value::RawValue>(&sent.body).is_ok(), "no JSON goes out");
                bounded(data, sent.body.len());
            }
        }
    }
}

/// Streams of every provider to every client.
pub(crate) fn answer_stream(data: &[u8]) {
    for client in Protocol::ALL {
        for upstream in UpstreamProtocol::ALL {
            let mut stream = AnswerStream::new(&Plan::new(client, upstream));
            stream.push(data);
            stream.finish(TransportEnd::Cut);
            bounded(data, stream.take().len());
        }
    }
}

/// Answers that are not streamed, errors among them.
pub(crate) fn whole(data: &[u8]) {
    let _ = error::read(data);
    for upstream in UpstreamProtocol::ALL {
        let _ = reply::read(upstream, data);
        let Ok(text) = std::str::from_utf8(data) else { continue };
        for client in Protocol::ALL {
            bounded(data, answer::whole(&Plan::new(client, upstream), text).0.len());
        }
    }
}

/// The quick look at a request.
pub(crate) fn peeked(data: &[u8]) {
    if let Ok(seen) = peek::peek(data) {
        let _ = format!("{seen:?}");
    }
}
