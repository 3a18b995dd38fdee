//! Long valid answers made from a seed, to compare bytes that went through with bytes that were sent.
//! The texts hold what breaks careless relays: escapes, line ends, lines that look like events, wide characters.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::{Answer, Piece, Usage};
use crate::asked::Asked;
use crate::protocol::{Protocol, Surface};
use crate::reply::{self, Act, Reply};
use crate::rng::Rng;
use crate::wire::{self, Heading};

/// Fragments the texts are made of.
const FRAGMENTS: &[&str] = &[
    "plain words and more of them ",
    "\n\nevent: error\ndata: {\"type\":\"error\"}\n\n",
    "data: [DONE]",
    "quote \" backslash \\ slash / tab \t bell \u{7} nul \u{0} ",
    "\r\n",
    "\r",
    "\u{2028}\u{2029}\u{85}\u{feff}",
    "你好，世界。",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "é̂ ß Ω я ",
    "{\"stream\":true,\"model\":\"x\"}",
    "\\u0000\\n",
    ": comment\nid: 7\nretry: 1\n",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];
/// Longest piece before fragments are counted, in fragments.
const FRAGMENTS_MAX: usize = 40;
/// The model named in random answers, so that the bytes do not depend on the request.
const MODEL: &str = "sim-random";
/// Keeps the chunk sizes independent of the texts.
const SPLIT_SALT: u64 = 0x5eed_5eed;

/// A random answer: at least `bytes` long, the same for the same seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomStream {
    /// Seed of texts and chunk sizes.
    pub seed: u64,
    /// Least number of body bytes.
    pub bytes: usize,
    /// Size of the pieces the body is written in; 0 means random sizes from the seed.
    pub write_bytes: usize,
}

impl Default for RandomStream {
    fn default() -> Self {
        Self { seed: 1, bytes: 64 * 1024, write_bytes: 0 }
    }
}

/// The events of a random stream, one item each.
pub fn random_events(
    protocol: Protocol,
    seed: u64,
    bytes: usize,
) -> impl Iterator<Item = Bytes> + Send + Sync + 'static {
    Events::new(protocol.into(), seed, bytes)
}

/// Exactly the body that [`RandomStream`] sends to a request with `stream: true`.
pub fn expected_bytes(protocol: Protocol, seed: u64, bytes: usize) -> Vec<u8> {
    random_events(protocol, seed, bytes).flatten().collect()
}

/// Exactly the body that [`RandomStream`] sends to a request without `stream`.
pub fn expected_json(protocol: Protocol, seed: u64, bytes: usize) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut answer = Answer::of(Vec::new());
    let mut size = 0;
    while size < bytes {
        let piece = piece(&mut rng);
        size += serde_json::to_string(&piece).map_or(1, |text| text.len().max(1));
        answer.pieces.push(piece);
    }
    let asked = Asked { model: MODEL.to_owned(), ..Asked::read(protocol, b"") };
    wire::body(&answer, &asked, seed).to_string().into_bytes()
}

pub(crate) fn reply(random: &RandomStream, asked: &Asked, number: u64) -> Reply {
    let reply = if asked.stream {
        let events = Events::new(asked.surface(), random.seed, random.bytes);
        Reply::events(asked.surface(), Box::new(events.map(Act::Data)))
    } else {
        Reply::whole(200, "application/json", expected_json(asked.protocol, random.seed, random.bytes))
    };
    let mut reply = reply.request_id(asked.surface(), number);
    reply.acts = match random.write_bytes {
        0 => reply::split(reply.acts, random.seed ^ SPLIT_SALT),
        size => reply::resized(reply.acts, size),
    };
    reply
}

struct Events {
    rng: Rng,
    writer: wire::Writer,
    left: usize,
    ready: std::vec::IntoIter<wire::Frame>,
    closed: bool,
}

impl Events {
    fn new(surface: Surface, seed: u64, bytes: usize) -> Self {
        let heading = Heading {
            number: seed,
            model: MODEL.to_owned(),
            usage: Usage::default(),
            include_usage: true,
            calls_tools: true,
            stop: None,
        };
        let mut writer = wire::Writer::new(surface, heading).forgetful();
        let mut ready = Vec::new();
        writer.open(&mut ready);
        Self { rng: Rng::new(seed), writer, left: bytes, ready: ready.into_iter(), closed: false }
    }

    fn refill(&mut self) {
        let mut ready = Vec::new();
        if self.left > 0 {
            let piece = piece(&mut self.rng);
            let chunks = 1 + self.rng.below(20);
            self.writer.piece(&piece, chunks, &mut ready);
        } else {
            self.writer.close(&mut ready);
            self.closed = true;
        }
        self.ready = ready.into_iter();
    }
}

impl Iterator for Events {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.ready.next() {
                let bytes = frame.bytes();
                self.left = self.left.saturating_sub(bytes.len());
                return Some(bytes);
            }
            if self.closed {
                return None;
            }
            self.refill();
        }
    }
}

fn piece(rng: &mut Rng) -> Piece {
    match rng.below(6) {
        0 => Piece::Thinking { text: text(rng), signature: format!("sig{:016x}", rng.next()) },
        1 => {
            let arguments = [("command".to_owned(), Value::String(text(rng)))].into_iter().collect::<Map<_, _>>();
            Piece::Tool { name: "bash".to_owned(), arguments: arguments.into(), id: None }
        }
        _ => Piece::Text(text(rng)),
    }
}

fn text(rng: &mut Rng) -> String {
    let count = 1 + rng.below(FRAGMENTS_MAX);
    (0..count).map(|_| FRAGMENTS[rng.below(FRAGMENTS.len())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        for protocol in Protocol::UPSTREAM {
            let one = expected_bytes(*protocol, 5, 20_000);
            assert!(one.len() >= 20_000);
            assert_eq!(one, expected_bytes(*protocol, 5, 20_000));
            assert_ne!(one, expected_bytes(*protocol, 6, 20_000));
            assert_eq!(expected_json(*protocol, 5, 9000), expected_json(*protocol, 5, 9000));
        }
    }

    #[test]
    fn random_bodies_are_valid_json() {
        for protocol in Protocol::UPSTREAM {
            let body = expected_json(*protocol, 11, 5000);
            assert!(body.len() >= 5000);
            assert!(serde_json::from_slice::<Value>(&body).is_ok());
        }
    }
}
