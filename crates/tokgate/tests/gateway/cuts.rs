//! A stream that breaks at any byte: the client never sees a clean end, never part of an event, and always why.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde_json::json;
use tokgate::store::record::Outcome;
use tokgate_simulator::{Answer, Fault, FaultPlan, Protocol, Script};
use tokio::task::JoinSet;

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};
use crate::stream::{self, Kind};

/// Offsets beyond the borders of events, per protocol.
const RANDOM_OFFSETS: usize = 150;
/// Requests that run at the same time.
const AT_ONCE: usize = 16;
const SEED: u64 = 20_261_121;

/// How the upstream breaks off.
const FAULTS: [Fault; 3] = [Fault::CutReset, Fault::CutClean, Fault::CutEof];

/// A stream as the upstream sends it, and where its events end.
struct Recording {
    protocol: Protocol,
    bytes: Vec<u8>,
    borders: Vec<usize>,
}

fn answer() -> Answer {
    Answer::text("Some words, 世界, and \"quotes\"\n\nevent: error\n\n in a text.")
        .thinking("First a thought.", "c2lnbmF0dXJl")
        .tool("bash", json!({"command": "ls -la"}))
}

impl Recording {
    async fn of(protocol: Protocol) -> Self {
        let upstream = provider().await;
        upstream.script(Script::always(answer()));
        let bytes = unnumbered(&Call::ask(protocol, true).send(upstream.addr).await.body);
        let borders: Vec<usize> = (2..=bytes.len()).filter(|end| bytes[..*end].ends_with(b"\n\n")).collect();
        assert!(borders.len() > 8 && borders.last() == Some(&bytes.len()), "{protocol:?}");
        Self { protocol, bytes, borders }
    }

    /// Every border of an event and its neighbours, and random places.
    fn offsets(&self) -> BTreeSet<usize> {
        let mut seed = SEED;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize
        };
        let near = self.borders.iter().flat_map(|border| [border - 1, *border, border + 1]);
        let anywhere = (0..RANDOM_OFFSETS).map(|_| random() % self.bytes.len()).collect::<Vec<_>>();
        near.chain(anywhere).filter(|at| *at <= self.bytes.len()).collect()
    }

    /// Whole events within the first `at` bytes.
    fn events_before(&self, at: usize) -> usize {
        self.borders.iter().filter(|border| **border <= at).count()
    }

    fn event(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.borders[before]);
        &self.bytes[start..self.borders[number]]
    }

    /// Whether the first `count` events have the stream's own end among them.
    fn has_end(&self, count: usize) -> bool {
        (0..count).any(|number| stream::ends(self.protocol, self.event(number)).contains(&Kind::End))
    }

    /// Chat: whether a choice is finished within the first `count` events.
    fn has_finish(&self, count: usize) -> bool {
        let finished = |event: &[u8]| {
            let text = String::from_utf8_lossy(event).into_owned();
            text.contains("\"finish_reason\":\"")
        };
        self.protocol == Protocol::OpenaiChat && (0..count).any(|number| finished(self.event(number)))
    }
}

/// The bytes without the number of the request, which the simulator puts into its ids.
pub(crate) fn unnumbered(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(10) {
        if &bytes[at..at + 3] == b"sim" && bytes[at + 3..at + 11].iter().all(u8::is_ascii_digit) {
            bytes[at + 3..at + 11].fill(b'0');
        }
    }
    bytes
}

struct Case {
    recording: Arc<Recording>,
    fault: Fault,
    at: usize,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recording, fault, at } = self;
        write!(f, "{} {fault} at {at} of {}", recording.protocol.id(), recording.bytes.len())
    }
}

impl Case {
    fn call(&self) -> Call {
        let plan = FaultPlan { after_bytes: Some(self.at), answer: answer(), ..self.fault.into() };
        let behaviour = serde_json::to_string(&json!({"fault": plan})).unwrap();
        // Heads are ASCII.
        let ascii: String = behaviour
            .chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) })
            .collect();
        // Nothing else is asked: the other two would answer in translation.
        Call::ask(self.recording.protocol, true)
            .header("x-tokgate-provider", &format!("a-{}", self.recording.protocol.id()))
            .header(tokgate_simulator::CHOICE_HEADER, &ascii)
    }

    /// What is wrong with the answer; how it ended when nothing is.
    fn judge(&self, reply: &Reply) -> Result<Ending, String> {
        let recording = &self.recording;
        if reply.cut {
            return Err("the answer to the client was cut".to_owned());
        }
        if reply.status != 200 {
            // Nothing generated had come: an error before the head, not a stream.
            let json: serde_json::Value = serde_json::from_slice(&reply.body).map_err(|e| e.to_string())?;
            return if reply.status >= 500 && !json["error"].is_null() {
                Ok(Ending::Refused)
            } else {
                Err(reply.text())
            };
        }
        let body = unnumbered(&reply.body);
        let most = recording.events_before(self.at);
        // A reset throws away what was on its way; the other two deliver all.
        let least = if self.fault == Fault::CutReset { 0 } else { most };
        let passed = (least..=most).rev().find(|count| body.starts_with(self.prefix(*count)));
        let Some(passed) = passed else { return Err(format!("no prefix of whole events: {}", reply.text())) };
        let rest = &body[self.prefix(passed).len()..];
        let proven = self.fault == Fault::CutClean && recording.has_finish(passed);
        match (rest.is_empty(), recording.has_end(passed) || proven) {
            (true, true) => Ok(Ending::Complete),
            (true, false) => Err("a clean end".to_owned()),
            (false, true) => Err(format!("something after the end: {}", String::from_utf8_lossy(rest))),
            (false, false) => match (stream::ends(recording.protocol, &body).as_slice(), stream::events(rest).len()) {
                ([Kind::Error], 1) => Ok(Ending::Error),
                (ends, events) => Err(format!("{ends:?}, {events} events: {}", String::from_utf8_lossy(rest))),
            },
        }
    }

    fn prefix(&self, events: usize) -> &[u8] {
        let end = events.checked_sub(1).map_or(0, |last| self.recording.borders[last]);
        &self.recording.bytes[..end]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Refused,
    Error,
    Complete,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_cut_at_any_byte_ends_with_the_protocols_error_and_never_cleanly() {
    let upstream = provider().await;
    let mut sections = String::new();
    for protocol in Protocol::ALL {
        sections += &section(&format!("a-{}", protocol.id()), *protocol, &upstream.url(), "keys = [\"sk-alpha-0001\"]");
    }
    let house = House::open(&sections).await;
    let mut cases = Vec::new();
    for protocol in Protocol::ALL {
        let recording = Arc::new(Recording::of(*protocol).await);
        for at in recording.offsets() {
            cases.extend(FAULTS.map(|fault| Case { recording: Arc::clone(&recording), fault, at }));
        }
    }
    let total = cases.len();
    let mut endings = Vec::with_capacity(total);
    let mut wrong = Vec::new();
    let address = house.address;
    let mut running = JoinSet::new();
    for case in cases {
        if running.len() >= AT_ONCE {
            endings.push(running.join_next().await.unwrap().unwrap());
        }
        running.spawn(async move {
            let reply = guarded(case.call().send(address)).await;
            case.judge(&reply).map_err(|why| format!("{case}: {why}"))
        });
    }
    endings.extend(running.join_all().await);
    wrong.extend(endings.iter().filter_map(|ending| ending.as_ref().err()));
    assert!(wrong.is_empty(), "{} of {total} wrong, the first: {:#?}", wrong.len(), &wrong[..wrong.len().min(3)]);
    let count = |wanted: Ending| endings.iter().filter(|ending| **ending == Ok(wanted)).count();
    let (errors, complete, refused) = (count(Ending::Error), count(Ending::Complete), count(Ending::Refused));
    println!(
        "cuts: {total} at {} protocols: {errors} error events, {refused} refused, {complete} complete",
        Protocol::ALL.len()
    );
    // Cut behind the last byte nothing is missing, unless a reset has thrown it away.
    let whole = Protocol::ALL.len() * (FAULTS.len() - 1);
    assert!(errors > total / 2 && complete >= whole, "{errors} {complete} {refused}");
    let records = house.records().await;
    let recorded = |wanted: Outcome| records.iter().filter(|record| record.outcome == wanted).count();
    assert_eq!((recorded(Outcome::Truncated), recorded(Outcome::Completed)), (errors, complete));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_content_has_one_end() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer::of(Vec::new())));
    for protocol in Protocol::ALL {
        let house = House::open(&section("a", *protocol, &upstream.url(), "keys = [\"sk-alpha-0001\"]")).await;
        let reply = guarded(Call::ask(*protocol, true).send(house.address)).await;
        assert_eq!((reply.status, reply.cut), (200, false), "{protocol:?}: {}", reply.text());
        assert_eq!(stream::ends(*protocol, &reply.body), [Kind::End], "{protocol:?}: {}", reply.text());
        assert_eq!(house.record(reply.id()).await.outcome, Outcome::Completed, "{protocol:?}");
    }
}
