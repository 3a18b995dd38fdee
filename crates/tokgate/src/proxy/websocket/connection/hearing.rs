//! What the client says: requests that run, wait for their lane, or are refused.

use std::sync::Arc;

use bytes::Bytes;
use tokgate_wire::openai_responses::websocket::{self as wire, ClientEvent, Create};
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::refusal::{self, Refusal};
use super::{Ending, Session, Waiting};
use crate::clock;
use crate::i18n::{Text, proxy as text};
use crate::proxy::admit;
use crate::proxy::context::Transport;
use crate::proxy::front::Order;
use crate::proxy::read::BufferedBytes;
use crate::proxy::websocket::exchange::Exchange;
use crate::proxy::websocket::lanes::{Entry, Lane, WAITING_MAX};
use crate::store::record::RequestId;

/// Clients know this code, and send the whole conversation.
const PREVIOUS_UNKNOWN: &str = "previous_response_not_found";

impl Session {
    /// A message has come.
    pub(super) fn hear(&mut self, message: Message) -> Option<Ending> {
        match message {
            Message::Text(text) => self.hear_text(&text),
            Message::Binary(_) => return Some(Ending::Close(CloseCode::Unsupported)),
            // Pongs are sent, and the closing is answered, by the library as it reads on.
            Message::Ping(payload) | Message::Pong(payload) => self.meter.control_frame(payload.len()),
            Message::Close(_) | Message::Frame(_) => {}
        }
        None
    }

    /// What came is no message.
    pub(super) fn unreadable(&mut self, error: &Error) -> Ending {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                let mib = self.snapshot().config.server.max_body >> 20;
                let words = Text::new(&text::BODY_TOO_LARGE).with("mib", mib);
                self.refuse(&Refusal::of(413, "TG314", words), None);
                Ending::Close(CloseCode::Size)
            }
            Error::Io(error) if error.kind() == std::io::ErrorKind::OutOfMemory => Ending::Close(CloseCode::Again),
            Error::Protocol(_) => Ending::Close(CloseCode::Protocol),
            Error::Utf8(_) => Ending::Close(CloseCode::Invalid),
            _ => Ending::Gone,
        }
    }

    fn hear_text(&mut self, text: &Utf8Bytes) {
        let event = ClientEvent::read(text);
        match &event {
            Ok(ClientEvent::Create(create)) => self.enter(create, text),
            Ok(ClientEvent::Steer(steer)) => {
                self.put_down(&Refusal::of(400, "steering_not_supported", &text::STEERING));
                self.say(wire::steer_failed(steer, text::STEERING.raw(self.lang())));
            }
            Ok(ClientEvent::Processed) => {}
            Ok(ClientEvent::Unknown(kind)) => {
                let words = Text::new(&text::FRAME_UNKNOWN).with("type", refusal::shown(&kind.decoded()));
                self.refuse(&Refusal::of(400, "TG318", words).at("type"), None);
            }
            Err(unreadable) => self.refuse_unreadable(unreadable, None),
        }
        self.meter.message_is_whole();
    }

    /// A request has come: it runs, waits for its lane, or is refused.
    fn enter(&mut self, create: &Create<'_>, text: &Utf8Bytes) {
        let lane: Lane = create.stream_id.as_ref().map(|id| id.decoded().into());
        match self.lanes.enter(&lane) {
            Entry::Runs => {
                if !self.start(create, &lane) {
                    self.leave(&lane);
                }
            }
            Entry::Waits => match BufferedBytes::take(&self.connection.gateway, text.len() as u64) {
                Some(held) => self.lanes.wait(lane, Waiting { text: text.clone(), _held: held }),
                None => {
                    self.refuse(&Refusal::of(503, "TG310", &text::BUFFERS_FULL), lane.as_deref());
                }
            },
            Entry::Full => {
                let words = Text::new(&text::TOO_MANY_WAIT).with("max", WAITING_MAX);
                self.refuse(&Refusal::of(429, "TG319", words), lane.as_deref());
            }
        }
    }

    /// The request in `lane` is over: those that waited for it go on.
    pub(super) fn leave(&mut self, lane: &Lane) {
        let mut next = self.lanes.leave(lane);
        while let Some((lane, waiting)) = next {
            let runs = match ClientEvent::read(&waiting.text) {
                Ok(ClientEvent::Create(create)) => self.start(&create, &lane),
                _ => false,
            };
            next = if runs { None } else { self.lanes.leave(&lane) };
        }
    }

    /// Sends a request down the line; false when it is answered already.
    fn start(&mut self, create: &Create<'_>, lane: &Lane) -> bool {
        let snapshot = self.snapshot();
        if self.live.order() != Order::Run {
            let problem = admit::stopping();
            self.refuse(&Refusal::of(problem.status, problem.code, problem.text), lane.as_deref());
            return false;
        }
        if self.is_leaving() {
            self.refuse(&refusal::limit_reached(&snapshot), lane.as_deref());
            return false;
        }
        let previous = create.previous.as_ref().map(|id| id.decoded());
        let before = previous.as_deref().map(|id| self.history.get(id));
        if before == Some(None) {
            let id = refusal::shown(previous.as_deref().unwrap_or_default());
            let words = Text::new(&text::PREVIOUS_UNKNOWN).with("id", id);
            self.refuse(&Refusal::of(400, PREVIOUS_UNKNOWN, words).at("previous_response_id"), lane.as_deref());
            return false;
        }
        let asked = match create.asked(before.flatten()) {
            Ok(asked) => asked,
            Err(unreadable) => {
                self.refuse_unreadable(&unreadable, lane.as_deref());
                return false;
            }
        };
        if !create.generate {
            self.warm_up(create, asked.input, lane);
            return false;
        }
        let request = self.connection.origin.request(asked.body, create);
        let gateway = Arc::clone(&self.connection.gateway);
        let asking = Box::pin(crate::proxy::answer(gateway, self.connection.peer, Transport::WebSocket, request));
        self.running.push(Exchange::new(asking, lane.clone(), asked.input, create.store, snapshot.lang));
        true
    }

    /// A client gets ready before its user has said anything: what it sends is remembered, and nobody is asked.
    fn warm_up(&mut self, create: &Create<'_>, input: Bytes, lane: &Lane) {
        let now = clock::unix_ms();
        let id = format!("resp_{}", RequestId::next(now));
        let model = create.model.as_ref().map(|model| model.decoded()).unwrap_or_default();
        self.remember(&id, wire::Turn { input, output: Bytes::new() });
        for frame in wire::warmed_up(&id, &model, now / 1_000, lane.as_deref()) {
            self.say(frame);
        }
    }
}
