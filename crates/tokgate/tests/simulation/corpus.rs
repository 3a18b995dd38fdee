//! What providers can answer: every fault of the simulator as bytes, read once by the code that reads them in the
//! gateway. What must come of each is taken from the list that is also walked over sockets (`gateway/failover.toml`).

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokgate::i18n::Text;
use tokgate::proxy::attempt::Promise;
use tokgate::proxy::classify::Fault;
use tokgate::proxy::commit::WholeFault;
use tokgate_policy::classify::{Phase, Verdict};
use tokgate_simulator::{Answer, Behaviour, Close, Layer, Protocol, Rehearsal};
use tokgate_wire::protocol::Protocol as WireProtocol;
use tokgate_wire::reply;
use tokgate_wire::stream::{Pushed, StreamEnd, StreamFault, Tap, TransportEnd};
use toml_edit::{DocumentMut, Table};

/// Three protocols, each with and without a stream.
pub(crate) const MODES: usize = 6;

/// Words of an answer: enough for a dozen events.
const WORDS: &str = "Alpha says a sentence of a dozen words so that it can break in the middle.";

/// Size of the drops of a dripping answer.
const DROP: usize = 64;

/// Faults of layers below this simulation: the parser of heads, decoders, frames, TLS and pools. They are walked over
/// sockets; here the failures they end in are played by their kind.
const BELOW: [&str; 15] = [
    "reset-reused",
    "cut-head",
    "garbage-head",
    "huge-header",
    "gzip",
    "gzip-bomb",
    "coded-cut",
    "coded-damaged",
    "frame-checksum",
    "frame-prelude",
    "h2-refused-stream",
    "h2-goaway",
    "h2-goaway-later",
    "endless-line",
    "huge-event",
];

/// The answers.
#[derive(Debug)]
pub(crate) struct Corpus {
    /// A good answer by mode.
    pub(crate) good: Vec<Take>,
    /// Faults with their answers by mode.
    pub(crate) faults: Vec<Entry>,
}

/// One fault.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// By mode; absent where the list says that it cannot be had.
    pub(crate) takes: Vec<Option<Take>>,
}

/// One answer, read.
#[derive(Debug)]
pub(crate) struct Take {
    /// Time until the head.
    pub(crate) first: Duration,
    pub(crate) heard: Heard,
    pub(crate) truth: Truth,
}

/// What must come of an answer, in the words of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Truth {
    /// The client may get this as a complete answer.
    pub(crate) complete: bool,
    /// The request itself is refused: nobody else may be asked.
    pub(crate) refuses_request: bool,
    /// The row in the record.
    pub(crate) row: String,
}

/// What is heard of an answer.
#[derive(Debug)]
pub(crate) enum Heard {
    /// The connection breaks before a head.
    Broken,
    /// Nothing.
    Silence,
    /// An answer that says no.
    Refusal { status: StatusCode, headers: HeaderMap, body: Bytes },
    /// A whole answer, or what came instead of it; `None` when it does not end.
    Whole(Option<Result<(), Verdict>>),
    /// A stream.
    Stream(Stream),
}

/// A stream as the tap reads it.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) chunks: Vec<Result<Pushed, StreamFault>>,
    /// How it ends when all chunks have come; `None`: it falls silent.
    pub(crate) end: Option<Ending>,
    /// How it would stand if the connection broke after so many chunks.
    pub(crate) cuts: Vec<StreamEnd>,
}

/// An end of the transport.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) how: StreamEnd,
    /// It broke.
    pub(crate) broken: bool,
}

/// The place of a protocol with or without a stream among the modes.
pub(crate) fn mode(protocol: usize, stream: bool) -> usize {
    protocol * 2 + usize::from(stream)
}

impl Corpus {
    /// Reads everything.
    pub(crate) fn read() -> Self {
        let list: DocumentMut = include_str!("../gateway/failover.toml").parse().unwrap();
        let good = Truth { complete: true, refuses_request: false, row: "ok".to_owned() };
        let answer = Behaviour::Good(Answer::text(WORDS));
        let modes = || (0..MODES).map(|mode| (Protocol::ALL[mode / 2], mode % 2 == 1));
        let rehearse = |behaviour: &Behaviour, protocol, stream| behaviour.rehearse(protocol, stream).unwrap();
        Self {
            good: modes().map(|(p, stream)| take(&rehearse(&answer, p, stream), p, stream, good.clone())).collect(),
            faults: list.iter().filter_map(|(name, item)| entry(name, item.as_table()?)).collect(),
        }
    }
}

fn entry(name: &str, table: &Table) -> Option<Entry> {
    let text = |key: &str| table.get(key).and_then(|item| item.as_str());
    let kind = text("fault").unwrap_or(name);
    let fault = tokgate_simulator::Fault::from_name(kind)?;
    // The same fault over another transport is the same answer.
    let told_already = text("fault").is_some() && text("over").is_some();
    if fault.layer() == Layer::Connection || BELOW.contains(&kind) || told_already {
        return None;
    }
    let settings = text("settings").unwrap_or_default();
    let Behaviour::Fault(mut plan) = Behaviour::parse(&format!("{kind}; {settings}")).unwrap() else { return None };
    plan.answer = Answer::text(WORDS);
    // A drop of one byte would only make the same events many.
    plan.bytes = Some(DROP);
    let behaviour = Behaviour::Fault(plan);
    let takes = (0..MODES).map(|mode| {
        let (protocol, stream) = (Protocol::ALL[mode / 2], mode % 2 == 1);
        let kind = if stream { "stream" } else { "json" };
        let cell = text(&format!("{}-{kind}", protocol.id())).or_else(|| text(kind)).or_else(|| text("all"))?;
        let rehearsal = behaviour.rehearse(protocol, stream)?;
        (!cell.starts_with("n/a")).then(|| take(&rehearsal, protocol, stream, truth(cell)))
    });
    Some(Entry { name: name.to_owned(), takes: takes.collect() })
}

fn truth(cell: &str) -> Truth {
    let words: Vec<&str> = cell.split(' ').collect();
    let [_, b, outcome, row] = words[..] else { panic!("not a cell: {cell}") };
    Truth {
        complete: outcome.starts_with("clean"),
        refuses_request: b == "B0" && outcome.starts_with("verbatim"),
        row: row.to_owned(),
    }
}

fn take(rehearsal: &Rehearsal, protocol: Protocol, stream: bool, truth: Truth) -> Take {
    Take { first: rehearsal.first, heard: hear(rehearsal, protocol, stream), truth }
}

fn hear(rehearsal: &Rehearsal, protocol: Protocol, stream: bool) -> Heard {
    let protocol = WireProtocol::from_id(protocol.id()).unwrap();
    let Some((status, fields)) = &rehearsal.head else {
        return if rehearsal.end == Close::Silent { Heard::Silence } else { Heard::Broken };
    };
    let status = StatusCode::from_u16(*status).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
    }
    let mut whole = BytesMut::new();
    rehearsal.pieces.iter().for_each(|(_, bytes)| whole.extend_from_slice(bytes));
    let body = whole.freeze();
    match (Promise::of(status, &headers, stream), rehearsal.end) {
        (Promise::Refusal, _) => Heard::Refusal { status, headers, body },
        (Promise::Stream, end) => Heard::Stream(read_stream(rehearsal, protocol, end)),
        (_, Close::Silent) => Heard::Whole(None),
        (Promise::Whole, Close::Broken) => {
            Heard::Whole(Some(Err(Fault::Whole(WholeFault::Broken(Text::verbatim("cut"))).verdict(Phase::Held))))
        }
        (Promise::Whole, Close::Proper) => {
            let read = Fault::whole(reply::read(protocol, &body), &headers, &body);
            Heard::Whole(Some(read.map(|_| ()).map_err(|fault| fault.verdict(Phase::Held))))
        }
        (Promise::Unasked, Close::Proper | Close::Broken) => {
            let body = if rehearsal.end == Close::Broken { &[][..] } else { &body[..] };
            Heard::Whole(Some(Err(Fault::unasked(&headers, body, Text::verbatim("")).verdict(Phase::Held))))
        }
    }
}

fn read_stream(rehearsal: &Rehearsal, protocol: WireProtocol, end: Close) -> Stream {
    let pushed = |count: usize| {
        let mut tap = Tap::new(protocol);
        let mut chunks = Vec::new();
        for (_, bytes) in rehearsal.pieces.iter().take(count) {
            let read = tap.push(bytes.clone());
            let failed = read.is_err();
            chunks.push(read);
            if failed {
                break;
            }
        }
        (tap, chunks)
    };
    let cut = |count| pushed(count).0.finish(TransportEnd::Cut);
    let (mut tap, chunks) = pushed(usize::MAX);
    let end = match end {
        Close::Silent => None,
        Close::Proper => Some(Ending { how: tap.finish(TransportEnd::Proven), broken: false }),
        Close::Broken => Some(Ending { how: tap.finish(TransportEnd::Cut), broken: true }),
    };
    Stream { cuts: (0..=chunks.len()).map(cut).collect(), chunks, end }
}
