//! HTTP/2, frame by frame: RST_STREAM, GOAWAY and lost connections are part of the play.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::h2::server::{Connection, SendResponse};
use ::h2::{Reason, RecvStream, SendStream};
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::Ended;
use super::accept::Conn;
use super::respond::respond;
use super::stage::{ConnectionGuard, Request, RequestGuard, Stage};
use crate::reply::{Act, H2, Reply};

/// Receive windows: large enough that a long prompt does not wait for window updates.
const WINDOW: u32 = 4 << 20;
/// Header list we accept; above what any client sends.
const HEADER_LIST_MAX: u32 = 1 << 20;
/// Orders of streams to their connection that may wait.
const ORDERS: usize = 16;

/// What a stream asks of its whole connection.
#[derive(Debug)]
enum Order {
    /// Write what is queued, then say so: a reset would throw it away.
    Flush(oneshot::Sender<()>),
    /// Close without a word.
    Drop,
    /// GOAWAY with this last stream, then close.
    Goaway(u32),
    /// GOAWAY in good order.
    GoawayLater,
}

/// Serves one connection to its end.
pub(crate) async fn serve<C: Conn>(io: C, stage: Arc<Stage>, guard: ConnectionGuard) {
    let io = Shared(Arc::new(Mutex::new(io)));
    let mut builder = ::h2::server::Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW).max_header_list_size(HEADER_LIST_MAX);
    if let Some(max) = stage.h2_max_streams {
        builder.max_concurrent_streams(max);
    }
    let Ok(mut connection) = builder.handshake::<_, Bytes>(io.clone()).await else { return };
    let (orders, mut ordered) = mpsc::channel(ORDERS);
    let mut streams = JoinSet::new();
    let mut on_connection = 0;
    loop {
        while streams.try_join_next().is_some() {}
        tokio::select! {
            accepted = connection.accept() => {
                let Some(Ok((request, response))) = accepted else { return };
                let place = Place { connection_id: guard.id, on_connection };
                streams.spawn(stream(request, response, stage.clone(), place, orders.clone()));
                on_connection += 1;
            }
            Some(order) = ordered.recv() => if obey(order, &mut connection, &io).await { return },
        }
    }
}

/// Does what a stream asked for; `true` when the connection is over.
async fn obey<C: Conn>(order: Order, connection: &mut Connection<Shared<C>, Bytes>, io: &Shared<C>) -> bool {
    match order {
        Order::GoawayLater => {
            connection.graceful_shutdown();
            return false;
        }
        Order::Flush(done) => {
            flush(connection).await;
            // the stream may be gone already
            let _ = done.send(());
            return false;
        }
        Order::Drop => flush(connection).await,
        Order::Goaway(last) => {
            flush(connection).await;
            let mut io = io.clone();
            let _ = io.write_all(&goaway(last)).await;
            let _ = io.shutdown().await;
            // unread bytes would turn the close into a reset and could destroy the GOAWAY on its way
            let mut buffer = [0; 4096];
            while matches!(io.read(&mut buffer).await, Ok(n) if n > 0) {}
        }
    }
    true
}

/// One round of the connection: writes what its streams have queued.
async fn flush<C: Conn>(connection: &mut Connection<Shared<C>, Bytes>) {
    poll_fn(|cx| {
        // not `poll_accept`, which could take a new stream off the queue
        let _ = connection.poll_closed(cx);
        Poll::Ready(())
    })
    .await;
}

/// A GOAWAY frame with NO_ERROR; the library would always name the newest stream as handled.
fn goaway(last_stream: u32) -> [u8; 17] {
    let mut frame = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    frame[9..13].copy_from_slice(&last_stream.to_be_bytes());
    frame
}

#[derive(Clone, Copy)]
struct Place {
    connection_id: u64,
    on_connection: u64,
}

async fn stream(
    request: http::Request<RecvStream>,
    mut response: SendResponse<Bytes>,
    stage: Arc<Stage>,
    place: Place,
    orders: mpsc::Sender<Order>,
) {
    let Some(request) = read(request, place).await else { return };
    let head_only = request.method == "HEAD";
    let (reply, mut log) = respond(&stage, request);
    let id = response.stream_id().as_u32();
    match reply.h2 {
        Some(H2::Refuse) => {
            ended(log.as_mut(), Ended::Cut);
            return response.send_reset(Reason::REFUSED_STREAM);
        }
        Some(H2::Goaway) => {
            ended(log.as_mut(), Ended::Cut);
            let _ = orders.send(Order::Goaway(id.saturating_sub(2))).await;
            // the stream stays open until the connection goes
            return std::future::pending().await;
        }
        Some(H2::GoawayLater) => {
            let _ = orders.send(Order::GoawayLater).await;
        }
        None => {}
    }
    send(reply, &mut response, head_only, log.as_mut(), &orders).await;
}

async fn read(request: http::Request<RecvStream>, place: Place) -> Option<Request> {
    let (parts, mut body) = request.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.ok()?;
        body.flow_control().release_capacity(chunk.len()).ok()?;
        bytes.extend_from_slice(&chunk);
    }
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    // HTTP/2 says the host in a field of its own; signatures are over `host`.
    let host = parts.uri.authority().filter(|_| !parts.headers.contains_key(http::header::HOST));
    let host = host.map(|authority| ("host".to_owned(), authority.to_string()));
    Some(Request {
        method: parts.method.to_string(),
        path_and_query: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: host.into_iter().chain(parts.headers.iter().map(header)).collect(),
        body: bytes.freeze(),
        connection_id: place.connection_id,
        http_version: "HTTP/2.0",
        on_connection: place.on_connection,
    })
}

fn stalls(log: Option<&mut RequestGuard>) {
    if let Some(log) = log {
        log.stalls();
    }
}

fn ended(log: Option<&mut RequestGuard>, how: Ended) {
    if let Some(log) = log {
        log.ended(how);
    }
}

async fn send(
    reply: Reply,
    response: &mut SendResponse<Bytes>,
    head_only: bool,
    mut log: Option<&mut RequestGuard>,
    orders: &mpsc::Sender<Order>,
) {
    let head = head(&reply);
    for act in reply.before {
        let go_on = match act {
            Act::Wait(time) => tokio::select! {
                () = tokio::time::sleep(time) => true,
                _ = poll_fn(|cx| response.poll_reset(cx)) => false,
            },
            Act::Stall => {
                stalls(log.as_deref_mut());
                let _ = poll_fn(|cx| response.poll_reset(cx)).await;
                false
            }
            Act::Reset => {
                ended(log.as_deref_mut(), Ended::Cut);
                return response.send_reset(Reason::INTERNAL_ERROR);
            }
            Act::Eof => return drop_connection(log.as_deref_mut(), orders).await,
            Act::Data(_) | Act::Raw(_) => true,
        };
        if !go_on {
            return;
        }
    }
    let mut acts = reply.acts.peekable();
    let bare = head_only || acts.peek().is_none();
    if bare {
        ended(log.as_deref_mut(), Ended::Done);
    }
    let Ok(mut body) = response.send_response(head, bare) else { return };
    if bare {
        return;
    }
    while let Some(act) = acts.next() {
        let last = acts.peek().is_none();
        if !send_act(act, last, &mut body, log.as_deref_mut(), orders).await {
            return;
        }
    }
}

/// `false` when the stream is over.
async fn send_act(
    act: Act,
    last: bool,
    body: &mut SendStream<Bytes>,
    log: Option<&mut RequestGuard>,
    orders: &mpsc::Sender<Order>,
) -> bool {
    match act {
        Act::Data(data) => return send_data(data, last, body, log).await,
        Act::Raw(_) => {}
        Act::Wait(time) => tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = poll_fn(|cx| body.poll_reset(cx)) => return false,
        },
        Act::Stall => {
            stalls(log);
            let _ = poll_fn(|cx| body.poll_reset(cx)).await;
            return false;
        }
        Act::Reset => {
            let (done, flushed) = oneshot::channel();
            if orders.send(Order::Flush(done)).await.is_ok() {
                let _ = flushed.await;
            }
            ended(log, Ended::Cut);
            body.send_reset(Reason::INTERNAL_ERROR);
            return false;
        }
        Act::Eof => {
            drop_connection(log, orders).await;
            return false;
        }
    }
    if last {
        ended(log, Ended::Done);
        return body.send_data(Bytes::new(), true).is_ok();
    }
    true
}

/// Sends within the client's window, so that a slow reader holds us back.
async fn send_data(mut data: Bytes, last: bool, body: &mut SendStream<Bytes>, log: Option<&mut RequestGuard>) -> bool {
    while !data.is_empty() {
        body.reserve_capacity(data.len());
        let granted = poll_fn(|cx| body.poll_capacity(cx)).await;
        let Some(Ok(size)) = granted else { return false };
        let piece = data.split_to(size.min(data.len()));
        let end = last && data.is_empty();
        if end {
            ended(log, Ended::Done);
            return body.send_data(piece, true).is_ok();
        }
        if body.send_data(piece, false).is_err() {
            return false;
        }
    }
    true
}

async fn drop_connection(log: Option<&mut RequestGuard>, orders: &mpsc::Sender<Order>) {
    ended(log, Ended::Cut);
    let _ = orders.send(Order::Drop).await;
    std::future::pending::<()>().await;
}

fn head(reply: &Reply) -> http::Response<()> {
    let mut response = http::Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(reply.status).unwrap_or_default();
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse::<http::HeaderValue>()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// One byte stream for the library and for the frames it does not know how to write.
struct Shared<C>(Arc<Mutex<C>>);

impl<C> Clone for Shared<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Conn> AsyncRead for Shared<C> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_read(cx, buf)
    }
}

impl<C: Conn> AsyncWrite for Shared<C> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0.lock()).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_shutdown(cx)
    }
}
