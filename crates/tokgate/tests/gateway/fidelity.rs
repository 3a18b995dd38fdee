//! Bytes in are bytes out: what the provider gets is what the client sent, what the client gets is what the provider
//! sent, whatever the sizes of writes and chunks. Compared by SHA-256 at both ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokgate_simulator::{Behaviour, Options, Protocol, RandomStream, Raw, Rule, Script, Simulator, When};
use tokgate_simulator::{expected_bytes, expected_json};
use tokio::task::JoinSet;

use crate::call::{Call, Cut};
use crate::house::{House, guarded, section};

/// Bytes that must have crossed the gateway in the end, both directions together.
const TOTAL_BYTES: u64 = 1 << 30;
/// Requests at the same time.
const AT_ONCE: usize = 4;
/// Recordings of random streams per protocol, each sent many times in other pieces.
const RECORDINGS: u64 = 3;
const RECORDING_BYTES: usize = 6 << 20;
/// Streams that the simulator makes while it sends.
const LIVE_BYTES: usize = 3 << 20;
/// Whole bodies.
const WHOLE_BYTES: usize = 1 << 20;
/// Request bodies between these.
const BODY_MIN: usize = 1 << 10;
const BODY_MAX: usize = 4 << 20;
/// Write sizes of recordings; 0 is at once.
const WRITES: [usize; 5] = [0, 16_384, 65_536, 7_919, 100_003];

/// A seeded generator; the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A size between 1 byte and 256 KiB, small ones as likely as large ones.
    fn piece(&mut self) -> usize {
        let top = 16 << self.below(15);
        1 + self.below(top)
    }
}

/// What texts of request bodies are made of, as it stands in JSON.
const FRAGMENTS: [&str; 13] = [
    "plain words and more of them ",
    "\\n\\nevent: error\\ndata: {\\\"type\\\":\\\"error\\\"}\\n\\n",
    "\\\"stream\\\":false,\\\"model\\\":\\\"other\\\"",
    "\\\\ \\/ \\b\\f\\r\\t",
    "\\u0000\\u001f\\u2028\\uD83D\\uDE00",
    "你好，世界。",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "é̂ ß Ω я ",
    "\u{2028}\u{85}\u{feff}",
    "{[}]:, \\\"",
    "fn main() {\\n    println!(\\\"{}\\\", 1);\\n}\\n",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "<script>alert(1)</script>",
];

/// Valid JSON in a spelling of its own: spaces, escapes, odd numbers, unknown fields, `stream` anywhere.
/// `odd`: with what the simulator's own JSON reader does not take, for answers that do not depend on the request.
fn request_body(random: &mut Random, protocol: Protocol, stream: bool, odd: bool) -> Vec<u8> {
    // Small sizes as likely as large ones.
    let size = BODY_MIN << random.below(1 + (BODY_MAX / BODY_MIN).ilog2() as usize);
    let mut text = String::with_capacity(size + 1_024);
    let spaces = ["", " ", "\n  ", "\t"];
    text.push('{');
    text.push_str(spaces[random.below(4)]);
    let early = random.below(2) == 0;
    if early {
        text.push_str(&format!("\"stream\" : {stream},"));
    }
    text.push_str("\"model\":\"m-1\",\"x_unknown\": {\"n\": [-0, 1.50, 123456789012345678901234567890, null]},");
    if odd {
        text.push_str("\"x_odd\": [1e999, \"\\ud800 alone\"],");
    }
    text.push_str(if protocol == Protocol::OpenaiResponses { "\"input\":[" } else { "\"messages\":[" });
    let mut first = true;
    while text.len() < size {
        if !std::mem::take(&mut first) {
            text.push(',');
        }
        text.push_str(spaces[random.below(4)]);
        text.push_str("{\"role\":\"user\",\"content\":\"");
        let goal = text.len() + 64 + random.below(64 << 10);
        while text.len() < goal {
            text.push_str(FRAGMENTS[random.below(FRAGMENTS.len())]);
        }
        text.push_str("\"}");
    }
    text.push(']');
    if !early {
        text.push_str(&format!(", \"stream\":{stream}"));
    }
    text.push_str(spaces[random.below(4)]);
    text.push('}');
    text.into_bytes()
}

/// What a request gets, by the value of `x-case`.
struct Case {
    protocol: Protocol,
    stream: bool,
    behaviour: Behaviour,
    hash: [u8; 32],
    bytes: usize,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for protocol in Protocol::ALL.iter().copied() {
        for seed in 0..RECORDINGS {
            let recording = expected_bytes(protocol, seed, RECORDING_BYTES);
            let (hash, bytes) = (Sha256::digest(&recording).into(), recording.len());
            let body = String::from_utf8(recording).unwrap();
            for write_bytes in WRITES {
                let content_type = "text/event-stream".to_owned();
                let raw = Raw { content_type, body: body.clone(), write_bytes, ..Raw::default() };
                cases.push(Case { protocol, stream: true, behaviour: Behaviour::Raw(raw), hash, bytes });
            }
        }
        for (stream, size) in [(true, LIVE_BYTES), (false, WHOLE_BYTES)] {
            let live = RandomStream { seed: 99, bytes: size, write_bytes: 0 };
            let expected = if stream { expected_bytes(protocol, 99, size) } else { expected_json(protocol, 99, size) };
            let hash = Sha256::digest(&expected).into();
            cases.push(Case { protocol, stream, behaviour: Behaviour::Random(live), hash, bytes: expected.len() });
        }
    }
    cases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gigabyte_of_random_requests_and_answers_passes_byte_for_byte() {
    let upstream = Arc::new(Simulator::start(Options { log_max: 4 * AT_ONCE, ..Options::default() }).await.unwrap());
    let cases = Arc::new(cases());
    let mut script = Script::default();
    for (number, case) in cases.iter().enumerate() {
        let when = When { header: Some(("x-case".to_owned(), number.to_string())), ..When::default() };
        script.rules.push(Rule { when, behaviour: case.behaviour.clone() });
    }
    upstream.script(script);
    let sections: String = Protocol::ALL
        .iter()
        .map(|protocol| {
            section(&format!("a-{}", protocol.id()), *protocol, &upstream.url(), "keys = [\"sk-alpha-0001\"]")
        })
        .collect();
    let house = House::open(&sections).await;
    let (sent, received) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut clients = JoinSet::new();
    for client in 0..AT_ONCE {
        let (upstream, cases, address) = (upstream.clone(), cases.clone(), house.address);
        let (sent, received) = (sent.clone(), received.clone());
        clients.spawn(async move {
            let mut random = Random(client as u64 + 1);
            let mut turn = client * 7;
            let mut requests = 0_u64;
            while sent.load(Ordering::Relaxed) + received.load(Ordering::Relaxed) < TOTAL_BYTES {
                let number = turn % cases.len();
                let mark = format!("{client}-{turn}");
                let up = exchange(&cases[number], number, &mark, &mut random, &upstream, address).await;
                sent.fetch_add(up, Ordering::Relaxed);
                received.fetch_add(cases[number].bytes as u64, Ordering::Relaxed);
                (turn, requests) = (turn + 1, requests + 1);
            }
            requests
        });
    }
    let requests: u64 = clients.join_all().await.into_iter().sum();
    let (sent, received) = (sent.load(Ordering::Relaxed), received.load(Ordering::Relaxed));
    println!("fidelity: {requests} requests, {sent} bytes up, {received} bytes down, all the same at both ends");
    assert!(sent + received >= TOTAL_BYTES && requests > cases.len() as u64);
    let records = house.records().await;
    assert_eq!(records.len() as u64, requests);
    let (up, down) = records.iter().fold((0, 0), |(up, down), r| (up + r.bytes_in, down + r.bytes_out));
    assert_eq!((up, down), (sent, received), "the records count the same bytes");
}

/// One request; gives back the bytes sent.
async fn exchange(
    case: &Case,
    number: usize,
    mark: &str,
    random: &mut Random,
    upstream: &tokgate_simulator::Running,
    address: std::net::SocketAddr,
) -> u64 {
    let odd = matches!(case.behaviour, Behaviour::Raw(_));
    let body = Bytes::from(request_body(random, case.protocol, case.stream, odd));
    let mut call =
        Call::post(case.protocol.path(), body.clone()).header("x-case", &number.to_string()).header("x-mark", mark);
    if random.below(2) == 0 {
        call.chunks = (0..1 + random.below(8)).map(|_| random.piece()).collect();
    }
    let mut coming = guarded(call.open(address)).await;
    if coming.status != 200 {
        panic!("{mark}: {}", guarded(coming.whole()).await.text());
    }
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    while let Some(piece) = guarded(coming.chunk()).await {
        let piece = piece.unwrap_or_else(|Cut| panic!("{mark}: cut after {bytes} bytes"));
        hash.update(&piece);
        bytes += piece.len();
    }
    let hash: [u8; 32] = hash.finalize().into();
    assert_eq!((bytes, hash), (case.bytes, case.hash), "answer {mark}");
    let seen =
        upstream.log().into_iter().find(|seen| seen.header("x-mark") == Some(mark)).expect("it reached the provider");
    assert_eq!(Sha256::digest(&seen.body), Sha256::digest(&body), "request {mark}");
    body.len() as u64
}
