//! An open connection: frames in, requests down the line, frames out. It runs in the connection's own task and has no
//! other: what it drops is cancelled, and a client that does not read holds its providers up.
//!
//! [`hearing`] is what the client says, [`refusal`] what is not done.

mod hearing;
mod refusal;

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
use tokgate_wire::openai_responses::websocket::{self as wire, History};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::Origin;
use super::exchange::{Brought, Exchange};
use super::lanes::Lanes;
use super::meter::{Meter, Metered};
use crate::clock;
use crate::gateway::snapshot::Snapshot;
use crate::gateway::{Gateway, OpenWebSocket};
use crate::i18n::Lang;
use crate::proxy::context::Caller;
use crate::proxy::front::{Live, Order, Peer};
use crate::proxy::read::BufferedBytes;

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
    /// Who opened it.
    caller: Arc<Caller>,
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
    pub(super) fn new(gateway: Arc<Gateway>, peer: Peer, origin: Origin, caller: Arc<Caller>) -> Self {
        Self { gateway, peer, origin, caller }
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
                    self.tell(&refusal::limit_reached(&self.snapshot()), None, None);
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

    /// Keeps an answer to go on from, as far as there is room among all that is buffered.
    fn remember(&mut self, id: &str, turn: wire::Turn) {
        self.history.put(id, turn);
        while !self.remembered.resize(self.history.bytes() as u64) && !self.history.is_empty() {
            self.history.forget_oldest();
        }
    }

    fn say(&mut self, frame: Vec<u8>) {
        // Frames are made of text; one that is none would not reach the client as one.
        if let Ok(text) = Utf8Bytes::try_from(frame) {
            self.outbox.push_back(Message::Text(text));
        }
    }
}
