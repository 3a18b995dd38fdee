//! One request of a connection, from the line's answer to its last frame.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::response::Parts;
use http::{Response, header};
use http_body::Body;
use tokgate_wire::openai_responses::websocket::{self as wire, Failure, Said, Turn};
use tokgate_wire::sse::{self, Framer};

use super::lanes::Lane;
use crate::i18n::{Lang, proxy as text};
use crate::proxy::body::AnswerBody;

/// The line's answer to come.
pub(super) type Asking = Pin<Box<dyn Future<Output = Response<AnswerBody>> + Send>>;

/// What an exchange brings.
#[derive(Debug)]
pub(super) enum Brought {
    /// A frame.
    Frame(Vec<u8>),
    /// The last frame, and what to remember, by the answer's id. The exchange may have to be polled on, so that its end
    /// is put down; no frame comes any more.
    Last(Vec<u8>, Option<(Box<str>, Turn)>),
    /// The exchange is over.
    Over,
}

/// A request under way.
pub(super) struct Exchange {
    answer: wire::Answer,
    /// All that was asked.
    input: Bytes,
    lang: Lang,
    state: State,
}

enum State {
    Asking(Asking),
    /// An answer that is no stream is an error.
    Error {
        head: Box<Parts>,
        body: AnswerBody,
        bytes: BytesMut,
    },
    Streaming {
        body: AnswerBody,
        framer: Framer,
        frames: VecDeque<Said>,
    },
    Over,
}

impl Exchange {
    /// A request whose answer is being waited for. `stored` says that the provider keeps the answer.
    pub(super) fn new(asking: Asking, lane: Lane, input: Bytes, stored: bool, lang: Lang) -> Self {
        Self { answer: wire::Answer::new(lane, stored), input, lang, state: State::Asking(asking) }
    }

    /// Its lane's name.
    pub(super) fn lane(&self) -> Option<&str> {
        self.answer.lane()
    }

    /// The next thing.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Brought> {
        loop {
            match &mut self.state {
                State::Asking(asking) => {
                    let (head, body) = ready!(asking.as_mut().poll(cx)).into_parts();
                    self.state = if is_stream(&head) {
                        let frames = metadata(&head, self.answer.lane()).map(Said::Frame).into_iter().collect();
                        State::Streaming { body, framer: Framer::new(), frames }
                    } else {
                        State::Error { head: Box::new(head), body, bytes: BytesMut::new() }
                    };
                }
                State::Error { head, body, bytes } => match ready!(Pin::new(body).poll_frame(cx)) {
                    Some(Ok(frame)) => bytes.extend(frame.into_data().ok()),
                    Some(Err(_)) | None => {
                        let frame = error(head, bytes, self.answer.lane());
                        self.state = State::Over;
                        return Poll::Ready(Brought::Last(frame, None));
                    }
                },
                State::Streaming { body, framer, frames } => {
                    if let Some(said) = frames.pop_front() {
                        match said {
                            Said::Frame(frame) => return Poll::Ready(Brought::Frame(frame)),
                            Said::Last(frame) => {
                                let turn = self.answer.turn(std::mem::take(&mut self.input));
                                return Poll::Ready(Brought::Last(frame, turn));
                            }
                            Said::Nothing => continue,
                        }
                    }
                    let Some(Ok(frame)) = ready!(Pin::new(body).poll_frame(cx)) else { return Poll::Ready(self.end()) };
                    let Ok(data) = frame.into_data() else { continue };
                    let comment = data.starts_with(b":");
                    // The relay gives whole events only; what is kept here is a comment without its blank line.
                    let Ok(whole) = framer.push(data) else { return Poll::Ready(self.end()) };
                    if comment && whole.is_empty() && !self.answer.has_ended() {
                        frames.push_back(Said::Frame(wire::keepalive(self.answer.lane())));
                    }
                    frames.extend(sse::events(&whole).map(|event| self.answer.event(&event)));
                }
                State::Over => return Poll::Ready(Brought::Over),
            }
        }
    }

    /// The stream is over; a client that has no last frame gets one.
    fn end(&mut self) -> Brought {
        let ended = self.answer.has_ended();
        self.state = State::Over;
        if ended {
            return Brought::Over;
        }
        let failure = Failure {
            status: 502,
            kind: "server_error",
            code: Some("server_error"),
            message: text::STREAM_ENDED.raw(self.lang),
            param: None,
        };
        Brought::Last(wire::error(&failure, std::iter::empty(), self.answer.lane()), None)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("answer", &self.answer).finish_non_exhaustive()
    }
}

fn is_stream(head: &Parts) -> bool {
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    head.status.is_success() && kind.trim_start().starts_with("text/event-stream")
}

/// What the answer's headers tell the client.
fn metadata(head: &Parts, lane: Option<&str>) -> Option<Vec<u8>> {
    let headers = head.headers.iter();
    wire::metadata(headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))), lane)
}

/// The error that this answer is; one that claims to be a success is none that was asked for.
fn error(head: &Parts, body: &[u8], lane: Option<&str>) -> Vec<u8> {
    let status = if head.status.is_success() { 502 } else { head.status.as_u16() };
    let of_the_body = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONNECTION];
    let headers = head.headers.iter().filter(|(name, _)| !of_the_body.contains(name));
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    wire::error_of_answer(status, body, headers, lane)
}
