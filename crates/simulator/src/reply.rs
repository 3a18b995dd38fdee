//! A response as a list of acts, the same for HTTP/1.1, HTTP/2 and the in-process body: what to send, when to
//! wait, where to break. It says nothing about sockets.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde_json::Value;

use crate::answer::Answer;
use crate::asked::Asked;
use crate::coding::{self, Coding};
use crate::protocol::{Protocol, Service, Surface};
use crate::rng::Rng;
use crate::wire::{self, Class, Frame};

/// One thing to do while sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Body bytes.
    Data(Bytes),
    /// Bytes outside of any framing; only HTTP/1.1 can send them, elsewhere they are left out.
    Raw(Bytes),
    Wait(Duration),
    /// Nothing more, ever, until the other side gives up.
    Stall,
    /// A TCP reset, or RST_STREAM.
    Reset,
    /// The connection closes without the end of the body.
    Eof,
}

pub(crate) type Acts = Box<dyn Iterator<Item = Act> + Send + Sync>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Length unknown: chunked in HTTP/1.1.
    Open,
    /// `content-length`, true or not.
    Length(usize),
}

/// What happens to the connection after a complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Keep,
    /// Announced with `connection: close`.
    Close,
    /// Not announced.
    CloseQuietly,
}

/// Misbehaviour that only HTTP/2 has words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum H2 {
    Refuse,
    Goaway,
    GoawayLater,
}

pub(crate) struct Reply {
    /// Acts before the head; a `Reset` or `Eof` among them means that no head follows.
    pub(crate) before: Vec<Act>,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) framing: Framing,
    pub(crate) acts: Acts,
    pub(crate) after: After,
    pub(crate) h2: Option<H2>,
}

impl Reply {
    /// A body known in full.
    pub(crate) fn whole(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self {
            before: Vec::new(),
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            framing: Framing::Length(body.len()),
            acts: Box::new((!body.is_empty()).then_some(Act::Data(body)).into_iter()),
            after: After::Keep,
            h2: None,
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::whole(status, "application/json", body.to_string())
    }

    /// An event stream.
    pub(crate) fn events(surface: Surface, acts: Acts) -> Self {
        let reply = Self {
            before: Vec::new(),
            status: 200,
            headers: vec![
                ("content-type".to_owned(), wire::content_type(surface, true).to_owned()),
                ("cache-control".to_owned(), "no-cache".to_owned()),
            ],
            framing: Framing::Open,
            acts,
            after: After::Keep,
            h2: None,
        };
        match (surface.service, surface.protocol) {
            (Service::Bedrock, Protocol::Anthropic) => reply.header("x-amzn-bedrock-content-type", "application/json"),
            _ => reply,
        }
    }

    pub(crate) fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn with_headers(mut self, headers: &[(String, String)]) -> Self {
        self.headers.extend(headers.iter().cloned());
        self
    }

    /// The same body in a content-encoding; its length is then not known before.
    pub(crate) fn coded(mut self, coding: Coding) -> Self {
        self.framing = Framing::Open;
        self.acts = coding::coded(self.acts, coding);
        self.header("content-encoding", coding.name())
    }

    /// The header by which the real provider names a request.
    pub(crate) fn request_id(self, surface: impl Into<Surface>, number: u64) -> Self {
        let surface = surface.into();
        let name = match (surface.service, surface.protocol) {
            (Service::Bedrock, _) => "x-amzn-requestid",
            (Service::Azure, _) => "apim-request-id",
            (_, Protocol::Anthropic) => "request-id",
            // Google names none.
            (_, Protocol::Gemini) => return self,
            _ => "x-request-id",
        };
        self.header(name, format!("req_sim{number:08}"))
    }
}

/// A good answer to `asked`.
pub(crate) fn good(answer: &Answer, asked: &Asked, number: u64) -> Reply {
    let reply = if asked.stream { stream(answer, asked, number) } else { unary(answer, asked, number) };
    let mut reply = reply.with_headers(&answer.headers).request_id(asked.surface(), number);
    if answer.first_byte_ms > 0 {
        reply.before.push(Act::Wait(Duration::from_millis(answer.first_byte_ms)));
    }
    match answer.coding {
        Some(coding) => reply.coded(coding),
        None => reply,
    }
}

fn stream(answer: &Answer, asked: &Asked, number: u64) -> Reply {
    let acts = paced(answer, asked.surface(), &wire::frames(answer, asked, number));
    let acts: Acts = Box::new(acts.into_iter());
    let acts = if answer.write_bytes > 0 { resized(acts, answer.write_bytes) } else { acts };
    Reply::events(asked.surface(), acts)
}

fn unary(answer: &Answer, asked: &Asked, number: u64) -> Reply {
    let mut body = " ".repeat(answer.padding);
    body.push_str(&wire::body(answer, asked, number).to_string());
    let mut reply = Reply::whole(200, "application/json", body);
    if answer.write_bytes > 0 {
        reply.acts = resized(reply.acts, answer.write_bytes);
    }
    if asked.service == Service::Bedrock && asked.protocol == Protocol::Anthropic {
        return reply
            .header("x-amzn-bedrock-input-token-count", answer.usage.input.to_string())
            .header("x-amzn-bedrock-output-token-count", answer.usage.output.to_string())
            .header("x-amzn-bedrock-invocation-latency", "7");
    }
    reply
}

/// The events as acts with their waits, pings and padding.
pub(crate) fn paced(answer: &Answer, surface: Surface, frames: &[Frame]) -> Vec<Act> {
    let gap = Duration::from_millis(answer.gap_ms);
    let mut acts = Vec::with_capacity(frames.len() + 1);
    // AWS's frames have no place for what nobody reads.
    if answer.padding > 0 && !surface.is_binary() {
        acts.push(Act::Data(format!(": {}\n\n", "p".repeat(answer.padding)).into()));
    }
    for (n, frame) in (1..).zip(frames) {
        if frame.class == Class::Generated && !gap.is_zero() {
            acts.push(Act::Wait(gap));
        }
        acts.push(Act::Data(frame.bytes()));
        if answer.ping_every > 0 && n % answer.ping_every == 0 && n < frames.len() {
            acts.extend(wire::ping(surface).map(Act::Data));
        }
    }
    acts
}

/// The same acts with the data between two other acts cut into pieces of `size` bytes.
pub(crate) fn resized(acts: Acts, size: usize) -> Acts {
    Box::new(Resize { acts, held: BytesMut::new(), next: None, sizes: Sizes::Fixed(size.max(1)) })
}

/// The same with random sizes.
pub(crate) fn split(acts: Acts, seed: u64) -> Acts {
    let mut rng = Rng::new(seed);
    let want = rng.piece();
    Box::new(Resize { acts, held: BytesMut::new(), next: None, sizes: Sizes::Random(rng, want) })
}

enum Sizes {
    Fixed(usize),
    /// The generator and the size of the next piece.
    Random(Rng, usize),
}

struct Resize {
    acts: Acts,
    held: BytesMut,
    /// An act that has to wait until the held bytes are out.
    next: Option<Act>,
    sizes: Sizes,
}

impl Resize {
    fn want(&self) -> usize {
        match self.sizes {
            Sizes::Fixed(size) | Sizes::Random(_, size) => size,
        }
    }

    fn take(&mut self, size: usize) -> Act {
        let piece = self.held.split_to(size).freeze();
        if let Sizes::Random(rng, want) = &mut self.sizes {
            *want = rng.piece();
        }
        Act::Data(piece)
    }
}

impl Iterator for Resize {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        loop {
            if self.held.len() >= self.want() {
                return Some(self.take(self.want()));
            }
            if let Some(act) = self.next.take() {
                if self.held.is_empty() {
                    return Some(act);
                }
                self.next = Some(act);
                return Some(self.take(self.held.len()));
            }
            match self.acts.next() {
                Some(Act::Data(bytes)) => self.held.extend_from_slice(&bytes),
                Some(act) => self.next = Some(act),
                None if self.held.is_empty() => return None,
                None => return Some(self.take(self.held.len())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &'static str) -> Act {
        Act::Data(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn resizing_keeps_the_bytes_and_the_place_of_other_acts() {
        let acts = [data("abcde"), data("fg"), Act::Stall, data("h")];
        let resized: Vec<Act> = resized(Box::new(acts.into_iter()), 3).collect();
        assert_eq!(resized, [data("abc"), data("def"), data("g"), Act::Stall, data("h")]);
    }

    #[test]
    fn random_pieces_put_together_are_the_bytes() {
        let whole = Bytes::from(vec![7_u8; 100_000]);
        let pieces: Vec<Act> = split(Box::new([Act::Data(whole.clone())].into_iter()), 3).collect();
        assert!(pieces.len() > 3);
        let joined: Vec<u8> = pieces
            .iter()
            .flat_map(|act| match act {
                Act::Data(bytes) => bytes.to_vec(),
                _ => Vec::new(),
            })
            .collect();
        assert_eq!(joined, whole);
    }
}
