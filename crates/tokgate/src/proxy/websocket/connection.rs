//! An open connection: frames in, requests down the line, frames out. It runs in the connection's own task and has no
//! other: what it drops is cancelled, and a client that does not read holds its providers up.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokgate_wire::openai_responses::websocket::{self as wire, ClientEvent, Create, Failure, History, Unreadable};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::Origin;
use super::exchange::{Brought, Exchange};
use super::lanes::{Entry, Lane, Lanes, WAITING_MAX};
use super::meter::{Meter, Metered};
use crate::clock;
use crate::gateway::snapshot::Snapshot;
use crate::gateway::{Gateway, OpenWebSocket};
use crate::i18n::{Lang, Message as Words, proxy as text};
use crate::proxy::context::Transport;
use crate::proxy::front::{Live, Order, Peer};
use crate::proxy::read::BufferedBytes;
use crate::proxy::{admit, respond};
use crate::store::record::RequestId;

/// How long a connection may be used. OpenAI ends them then; clients know the code that says so and connect anew.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A ping goes out this often: proxies between cut what is silent for 60 s.
const PING_EVERY: Duration = Duration::from_secs(30);

/// So many pings in a row without a byte from the client mean that it is gone.
const SILENT_PINGS_MAX: u8 = 3;

/// Time for our last words and the client's.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// Frames ready to be sent beyond which nothing more is read or made.
const OUTBOX_MAX: usize = 32;

/// Bytes read from the socket at once. One buffer per open connection; large frames grow their own.
const READ_BUFFER: usize = 16 << 10;

/// A frame may be longer than a body by the members that only it has.
const FRAME_MORE: usize = 64 << 10;

type Socket = WebSocketStream<Metered<TokioIo<Upgraded>>>;

/// A connection to be served.
#[derive(Debug)]
pub(super) struct Connection {
    gateway: Arc<Gateway>,
    peer: Peer,
    origin: Origin,
}

/// A connection being served.
struct Session {
    connection: Connection,
    live: Arc<Live>,
    meter: Arc<Meter>,
    lanes: Lanes<Waiting>,
    running: Vec<Exchange>,
    history: History,
    /// Counts `history`.
    remembered: BufferedBytes,
    outbox: VecDeque<Message>,
    /// Something is written that may not be out.
    unflushed: bool,
    expires: Instant,
    timer: Pin<Box<Sleep>>,
    next_ping: Instant,
    silent_pings: u8,
    listening: bool,
    _open: OpenWebSocket,
}

/// A request that waits for its lane.
#[derive(Debug)]
struct Waiting {
    text: Utf8Bytes,
    _held: BufferedBytes,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The client has gone, or nobody is to hear of it.
    Gone,
    /// With this reason.
    Close(CloseCode),
}

impl Connection {
    pub(super) fn new(gateway: Arc<Gateway>, peer: Peer, origin: Origin) -> Self {
        Self { gateway, peer, origin }
    }

    /// Serves it to its end.
    pub(super) async fn serve(self, upgrade: OnUpgrade, live: Arc<Live>) {
        let Ok(upgraded) = upgrade.await else { return };
        let counter = || BufferedBytes::take(&self.gateway, 0);
        let (Some(partial), Some(remembered)) = (counter(), counter()) else { return };
        let largest = usize::try_from(self.gateway.snapshot().config.server.max_body).unwrap_or(usize::MAX);
        let largest = largest.saturating_add(FRAME_MORE);
        let meter = Meter::new(partial, largest.saturating_mul(2) as u64);
        let largest = Some(largest);
        let config = WebSocketConfig::default();
        let config = config.read_buffer_size(READ_BUFFER).max_message_size(largest).max_frame_size(largest);
        let io = Metered::new(TokioIo::new(upgraded), Arc::clone(&meter));
        let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let now = clock::now();
        let mut session = Session {
            _open: Gateway::open_websocket(&self.gateway),
            connection: self,
            live,
            meter,
            lanes: Lanes::default(),
            running: Vec::new(),
            history: History::default(),
            remembered,
            outbox: VecDeque::new(),
            unflushed: false,
            expires: now + LIFETIME,
            timer: Box::pin(tokio::time::sleep_until(now + PING_EVERY)),
            next_ping: now + PING_EVERY,
            silent_pings: 0,
            listening: false,
        };
        let ending = poll_fn(|cx| session.poll(cx, &mut socket)).await;
        // Whatever still runs is cancelled first.
        session.running.clear();
        if let Ending::Close(code) = ending {
            let last_words = std::mem::take(&mut session.outbox);
            let _ = tokio::time::timeout(CLOSE_TIME, say_goodbye(&mut socket, last_words, code)).await;
        }
    }
}

/// Sends what is left and the reason, and waits for the client to have read it.
async fn say_goodbye(socket: &mut Socket, last_words: VecDeque<Message>, code: CloseCode) {
    for message in last_words {
        if socket.feed(message).await.is_err() {
            return;
        }
    }
    let frame = CloseFrame { code, reason: Utf8Bytes::default() };
    if socket.send(Message::Close(Some(frame))).await.is_ok() {
        while let Some(Ok(_)) = socket.next().await {}
    }
    let _ = socket.get_mut().shutdown().await;
}

impl Session {
    /// Goes on as far as it can.
    fn poll(&mut self, cx: &mut Context<'_>, socket: &mut Socket) -> Poll<Ending> {
        if !self.listening {
            self.listening = true;
            self.live.listen(cx.waker());
        }
        loop {
            if self.live.order() == Order::Abort || self.write(cx, socket).is_err() {
                return Poll::Ready(Ending::Gone);
            }
            if self.outbox.len() >= OUTBOX_MAX {
                return self.poll_timer(cx);
            }
            match Pin::new(&mut *socket).poll_next(cx) {
                Poll::Ready(Some(Ok(message))) => match self.hear(message) {
                    Some(ending) => return Poll::Ready(ending),
                    None => continue,
                },
                Poll::Ready(Some(Err(error))) => return Poll::Ready(self.unreadable(&error)),
                Poll::Ready(None) => return Poll::Ready(Ending::Gone),
                Poll::Pending => {}
            }
            if self.outbox.is_empty() && self.poll_running(cx) {
                continue;
            }
            if self.outbox.is_empty() && self.lanes.is_empty() && self.running.is_empty() && self.is_leaving() {
                if self.live.order() == Order::Run {
                    self.tell(&self.limit_reached(), None);
                }
                return Poll::Ready(Ending::Close(CloseCode::Away));
            }
            return self.poll_timer(cx);
        }
    }

    /// Writes what is ready.
    fn write(&mut self, cx: &mut Context<'_>, socket: &mut Socket) -> Result<(), Error> {
        while let Some(message) = self.outbox.pop_front() {
            match Pin::new(&mut *socket).poll_ready(cx)? {
                Poll::Ready(()) => {
                    Pin::new(&mut *socket).start_send(message)?;
                    self.unflushed = true;
                }
                Poll::Pending => {
                    self.outbox.push_front(message);
                    return Ok(());
                }
            }
        }
        if self.unflushed && Pin::new(socket).poll_flush(cx)?.is_ready() {
            self.unflushed = false;
        }
        Ok(())
    }

    /// Takes what the requests under way bring; false when they have nothing.
    fn poll_running(&mut self, cx: &mut Context<'_>) -> bool {
        let mut brought_any = false;
        let mut at = 0;
        while let Some(exchange) = self.running.get_mut(at) {
            let Poll::Ready(brought) = exchange.poll_next(cx) else {
                at += 1;
                continue;
            };
            brought_any = true;
            match brought {
                Brought::Frame(frame) => {
                    self.say(frame);
                    at += 1;
                }
                Brought::Last(frame, turn) => {
                    let lane = exchange.lane().map(Into::into);
                    if let Some((id, turn)) = turn {
                        self.remember(&id, turn);
                    }
                    self.say(frame);
                    self.leave(&lane);
                    at += 1;
                }
                Brought::Over => drop(self.running.remove(at)),
            }
        }
        brought_any
    }

    /// Pings, and the end of the connection's life.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        if self.timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        let now = clock::now();
        if now >= self.next_ping {
            self.silent_pings = if self.meter.heard() { 0 } else { self.silent_pings + 1 };
            if self.silent_pings > SILENT_PINGS_MAX {
                return Poll::Ready(Ending::Gone);
            }
            self.next_ping = now + PING_EVERY;
            // A client that reads nothing gets no second one.
            if self.outbox.is_empty() {
                self.outbox.push_back(Message::Ping(Bytes::new()));
            }
        }
        let next = if now < self.expires { self.next_ping.min(self.expires) } else { self.next_ping };
        self.timer.as_mut().reset(next);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Whether no new request is taken.
    fn is_leaving(&self) -> bool {
        self.live.order() != Order::Run || clock::now() >= self.expires || !self.snapshot().config.server.websocket
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.connection.gateway.snapshot())
    }

    fn lang(&self) -> Lang {
        self.connection.gateway.snapshot().lang
    }

    /// A message has come.
    fn hear(&mut self, message: Message) -> Option<Ending> {
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
    fn unreadable(&mut self, error: &Error) -> Ending {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                let mib = self.snapshot().config.server.max_body >> 20;
                let words = text::BODY_TOO_LARGE.text(self.lang(), &[("mib", &mib)]);
                self.tell(&failure(413, "TG314", &words, None), None);
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
                let frame = wire::steer_failed(steer, text::STEERING.raw(self.lang()));
                self.say(frame);
            }
            Ok(ClientEvent::Processed) => {}
            Ok(ClientEvent::Unknown(kind)) => {
                let words = text::FRAME_UNKNOWN.text(self.lang(), &[("type", &shown(&kind.decoded()))]);
                self.tell(&failure(400, "TG318", &words, Some("type")), None);
            }
            Err(unreadable) => self.refuse(unreadable, None),
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
                    let words = text::BUFFERS_FULL.raw(self.lang());
                    self.tell(&failure(503, "TG310", words, None), lane.as_deref());
                }
            },
            Entry::Full => {
                let words = text::TOO_MANY_WAIT.text(self.lang(), &[("max", &WAITING_MAX)]);
                self.tell(&failure(429, "TG319", &words, None), lane.as_deref());
            }
        }
    }

    /// The request in `lane` is over: those that waited for it go on.
    fn leave(&mut self, lane: &Lane) {
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
            let problem = admit::stopping(snapshot.lang);
            self.tell(&failure(problem.status, problem.code, &problem.text, None), lane.as_deref());
            return false;
        }
        if self.is_leaving() {
            self.tell(&self.limit_reached(), lane.as_deref());
            return false;
        }
        let previous = create.previous.as_ref().map(|id| id.decoded());
        let before = previous.as_deref().map(|id| self.history.get(id));
        if before == Some(None) {
            let id = shown(previous.as_deref().unwrap_or_default());
            let words = text::PREVIOUS_UNKNOWN.text(snapshot.lang, &[("id", &id)]);
            self.tell(&previous_unknown(&words), lane.as_deref());
            return false;
        }
        let asked = match create.asked(before.flatten()) {
            Ok(asked) => asked,
            Err(unreadable) => {
                self.refuse(&unreadable, lane.as_deref());
                return false;
            }
        };
        if !create.generate {
            self.warm_up(create, asked.input, lane);
            return false;
        }
        let request = self.connection.origin.request(asked.body);
        let gateway = Arc::clone(&self.connection.gateway);
        let asking = Box::pin(super::super::answer(gateway, self.connection.peer, Transport::WebSocket, request));
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

    /// Keeps an answer to go on from, as far as there is room among all that is buffered.
    fn remember(&mut self, id: &str, turn: wire::Turn) {
        self.history.put(id, turn);
        while !self.remembered.resize(self.history.bytes() as u64) && !self.history.is_empty() {
            self.history.forget_oldest();
        }
    }

    fn refuse(&mut self, unreadable: &Unreadable, lane: Option<&str>) {
        let words = text::FRAME_UNREADABLE.text(self.lang(), &[("why", unreadable)]);
        self.tell(&failure(400, "TG318", &words, unreadable.member()), lane);
    }

    fn limit_reached(&self) -> Failure<'static> {
        let snapshot = self.snapshot();
        let words: &Words =
            if snapshot.config.server.websocket { &text::CONNECTION_LIMIT } else { &text::WEBSOCKET_SWITCHED_OFF };
        Failure {
            status: 400,
            kind: "invalid_request_error",
            code: Some("websocket_connection_limit_reached"),
            message: words.raw(snapshot.lang),
            param: None,
        }
    }

    fn tell(&mut self, failure: &Failure<'_>, lane: Option<&str>) {
        let again = (failure.status == 503 || failure.status == 429).then_some(("retry-after", respond::RETRY_SOON));
        self.say(wire::error(failure, again.into_iter(), lane));
    }

    fn say(&mut self, frame: Vec<u8>) {
        // Frames are made of text; one that is none would not reach the client as one.
        if let Ok(text) = Utf8Bytes::try_from(frame) {
            self.outbox.push_back(Message::Text(text));
        }
    }
}

/// An error of ours about a frame.
const fn failure<'a>(status: u16, code: &'static str, message: &'a str, param: Option<&'a str>) -> Failure<'a> {
    let kind = if status >= 500 { "server_error" } else { "invalid_request_error" };
    Failure { status, kind, code: Some(code), message, param }
}

/// Clients know this code, and send the whole conversation.
const fn previous_unknown(message: &str) -> Failure<'_> {
    Failure {
        status: 400,
        kind: "invalid_request_error",
        code: Some("previous_response_not_found"),
        message,
        param: Some("previous_response_id"),
    }
}

/// A name from outside, short enough for a sentence.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}
