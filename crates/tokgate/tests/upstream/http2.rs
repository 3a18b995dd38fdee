//! HTTP/2: many streams over several connections, goodbyes, resets, cancelling.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokgate::upstream::{BodyErrorKind, Certainty, Framing, Origin, SendErrorKind, Upstream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Barrier, mpsc};

use crate::support::*;
use crate::tls::{Authority, secure, to_api_example};

pub(crate) fn ok() -> Response<Full<Bytes>> {
    Response::new(Full::from("ok"))
}

/// Serves HTTP/2 on one connection.
pub(crate) async fn serve<S, F, W, B>(stream: S, streams: u32, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Request<Incoming>) -> W,
    W: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let service = service_fn(|request| {
        let answering = answer(request);
        async move { Ok::<_, Infallible>(answering.await) }
    });
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let _ = builder.max_concurrent_streams(streams).serve_connection(TokioIo::new(stream), service).await;
}

async fn all_at_once(upstream: &Upstream, origin: &Arc<Origin>, count: usize) {
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..count {
        let (upstream, origin) = (upstream.clone(), Arc::clone(origin));
        running.spawn(async move { text(send(&upstream, &origin).await.unwrap()).await });
    }
    guarded(running.join_all()).await;
}

/// A server that answers only when `count` requests are there at once, so nobody can have waited for anybody.
async fn meeting(count: usize, streams: u32) -> (SocketAddr, Arc<AtomicUsize>) {
    let barrier = Arc::new(Barrier::new(count));
    server(move |stream, _| {
        let barrier = Arc::clone(&barrier);
        serve(stream, streams, move |_| {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                ok()
            }
        })
    })
    .await
}

#[tokio::test]
async fn four_hundred_streams_are_open_at_once_although_a_connection_carries_a_hundred() {
    let (address, connections) = meeting(400, 100).await;
    all_at_once(&upstream(), &plain_with(address, &prior_knowledge()), 400).await;
    let opened = connections.load(Ordering::SeqCst);
    assert!((4..=7).contains(&opened), "{opened} connections");
}

#[tokio::test]
async fn a_peer_with_a_small_limit_is_believed_from_its_first_word() {
    let (address, connections) = meeting(60, 10).await;
    all_at_once(&upstream(), &plain_with(address, &prior_knowledge()), 60).await;
    let opened = connections.load(Ordering::SeqCst);
    assert!((6..=16).contains(&opened), "{opened} connections");
}

#[tokio::test]
async fn a_first_burst_over_tls_finds_out_the_protocol_with_a_few_handshakes() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("api.example", &[b"h2"], false);
    let barrier = Arc::new(Barrier::new(400));
    let (address, connections) = server(move |stream, _| {
        let (acceptor, barrier) = (acceptor.clone(), Arc::clone(&barrier));
        async move {
            let stream = acceptor.accept(stream).await.unwrap();
            let answer = move |_| {
                let barrier = Arc::clone(&barrier);
                async move {
                    barrier.wait().await;
                    ok()
                }
            };
            serve(stream, 100, answer).await;
        }
    })
    .await;
    let (upstream, origin) = (to_api_example(), secure(address.port(), &transport(), &authority.trust()));
    all_at_once(&upstream, &origin, 400).await;
    let opened = connections.load(Ordering::SeqCst);
    assert!((4..=8).contains(&opened), "{opened} connections");
}

#[tokio::test]
async fn a_few_streams_share_one_connection_and_a_later_one_takes_it_too() {
    let (address, connections) = meeting(30, 100).await;
    let (upstream, origin) = (upstream(), plain_with(address, &prior_knowledge()));
    all_at_once(&upstream, &origin, 30).await;
    assert_eq!(upstream.stats().http2_streams, 0);
    let mut waiting = Box::pin(upstream.send(&origin, || post("{}"), LONG));
    std::future::poll_fn(|cx| {
        assert!(Pin::new(&mut waiting).poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    assert_eq!((upstream.stats().http2_streams, upstream.stats().http2_connections), (1, 1));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_connection_is_opened_before_the_first_is_full() {
    let (address, connections) = meeting(usize::MAX >> 4, 10).await;
    let (upstream, origin) = (upstream(), plain_with(address, &prior_knowledge()));
    let mut open = tokio::task::JoinSet::new();
    for count in 1..=8 {
        let (sender, origin) = (upstream.clone(), Arc::clone(&origin));
        open.spawn(async move { sender.send(&origin, || post("{}"), LONG).await.map(|_| ()) });
        until(|| upstream.stats().http2_streams == count).await;
    }
    until(|| upstream.stats().http2_connections == 2).await;
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_idle_connection_is_closed_when_its_time_is_over() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, _) = server(move |stream, _| {
        let tell = tell.clone();
        async move {
            serve(stream, 100, |_| async { ok() }).await;
            let _ = tell.send(());
        }
    })
    .await;
    let (upstream, origin) = (upstream(), plain_with(address, &prior_knowledge()));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    assert_eq!(upstream.stats().http2_connections, 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    told.recv().await.unwrap();
    assert_eq!(upstream.stats().http2_connections, 0);
}

// What follows speaks frames by hand, to misbehave in ways a library does not.

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_HEADERS: u8 = 4;
/// `:status: 200` in HPACK's static table.
const STATUS_200: &[u8] = &[0x88];

async fn write_frame(stream: &mut TcpStream, kind: u8, flags: u8, id: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&id.to_be_bytes());
    bytes.extend_from_slice(payload);
    stream.write_all(&bytes).await.unwrap();
}

/// Greets, and reads up to the next request; its stream id.
async fn next_request(stream: &mut TcpStream, first: bool) -> Option<u32> {
    if first {
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await.ok()?;
        write_frame(stream, SETTINGS, 0, 0, &[]).await;
    }
    loop {
        let mut header = [0; 9];
        stream.read_exact(&mut header).await.ok()?;
        let length = usize::from(header[1]) << 8 | usize::from(header[2]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.ok()?;
        if header[3] == HEADERS {
            return Some(u32::from_be_bytes([header[5], header[6], header[7], header[8]]));
        }
    }
}

/// The first connection does what `misbehave` does to its first request; later ones answer.
async fn misbehaving_once<F, W>(misbehave: F) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Fn(TcpStream, u32) -> W + Clone + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    server(move |mut stream, number| {
        let misbehave = misbehave.clone();
        async move {
            if number == 0 {
                let id = next_request(&mut stream, true).await.unwrap();
                misbehave(stream, id).await;
            } else {
                serve(stream, 100, |_| async { ok() }).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_request_the_peer_says_it_did_not_process_goes_over_another_connection() {
    let goodbye = async |mut stream: TcpStream, _: u32| {
        write_frame(&mut stream, GOAWAY, 0, 0, &[0; 8]).await;
        until_closed(&mut stream).await;
    };
    let refusal = async |mut stream: TcpStream, id: u32| {
        write_frame(&mut stream, RST_STREAM, 0, id, &[0, 0, 0, 7]).await;
        until_closed(&mut stream).await;
    };
    let (first, _) = misbehaving_once(goodbye).await;
    let (second, _) = misbehaving_once(refusal).await;
    for address in [first, second] {
        let upstream = upstream();
        let exchange = send(&upstream, &plain_with(address, &prior_knowledge())).await.unwrap();
        assert!(exchange.facts.resent && exchange.facts.http2);
        assert_eq!(text(exchange).await, "ok");
        assert_eq!(upstream.stats().opened, 2);
    }
}

#[tokio::test]
async fn a_peer_that_refuses_every_stream_was_never_given_the_request() {
    let (address, connections) = server(|mut stream, _| async move {
        let mut first = true;
        while let Some(id) = next_request(&mut stream, first).await {
            first = false;
            write_frame(&mut stream, RST_STREAM, 0, id, &[0, 0, 0, 7]).await;
        }
    })
    .await;
    let error = send(&upstream(), &plain_with(address, &prior_knowledge())).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::PoolWait, Certainty::NotSent));
    assert_eq!(connections.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_stream_reset_on_purpose_may_have_been_accepted() {
    let (address, connections) = misbehaving_once(async |mut stream: TcpStream, id: u32| {
        write_frame(&mut stream, RST_STREAM, 0, id, &[0, 0, 0, 2]).await;
        until_closed(&mut stream).await;
    })
    .await;
    let error = send(&upstream(), &plain_with(address, &prior_knowledge())).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::ResetFresh, Certainty::MaybeAccepted));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_that_dies_under_its_second_request_is_replaced_once() {
    let (address, connections) = misbehaving_once(async |mut stream: TcpStream, id: u32| {
        write_frame(&mut stream, HEADERS, END_HEADERS | 1, id, STATUS_200).await;
        next_request(&mut stream, false).await.unwrap();
    })
    .await;
    let (upstream, origin) = (upstream(), plain_with(address, &prior_knowledge()));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "");
    let second = send(&upstream, &origin).await.unwrap();
    assert!(second.facts.resent);
    assert_eq!(text(second).await, "ok");
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

/// Sends a head and some data, then resets the stream with this reason.
async fn reset_with(reason: u8) -> Result<String, BodyErrorKind> {
    let (address, _) = misbehaving_once(move |mut stream: TcpStream, id: u32| async move {
        write_frame(&mut stream, HEADERS, END_HEADERS, id, STATUS_200).await;
        write_frame(&mut stream, DATA, 0, id, b"half").await;
        write_frame(&mut stream, RST_STREAM, 0, id, &[0, 0, 0, reason]).await;
        until_closed(&mut stream).await;
    })
    .await;
    let exchange = send(&upstream(), &plain_with(address, &prior_knowledge())).await.unwrap();
    assert_eq!(exchange.body.framing(), Framing::Http2);
    let read = guarded(exchange.body.collect()).await;
    read.map(|b| String::from_utf8(b.to_bytes().to_vec()).unwrap()).map_err(|e| e.kind)
}

#[tokio::test]
async fn a_stream_that_is_reset_never_ends_cleanly_not_even_without_an_error_code() {
    assert_eq!(reset_with(2).await, Err(BodyErrorKind::Reset));
    assert_eq!(reset_with(0).await, Err(BodyErrorKind::Eof));
}

#[tokio::test]
async fn a_connection_that_stays_silent_gets_no_new_streams() {
    let (address, connections) = misbehaving_once(async |mut stream: TcpStream, id: u32| {
        write_frame(&mut stream, HEADERS, END_HEADERS, id, STATUS_200).await;
        until_closed(&mut stream).await;
    })
    .await;
    let (upstream, origin) = (upstream(), plain_with(address, &prior_knowledge()));
    let stuck = send(&upstream, &origin).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(23)).await;
    tokio::time::resume();
    let exchange = send(&upstream, &origin).await.unwrap();
    assert!(!exchange.facts.reused);
    assert_eq!(text(exchange).await, "ok");
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    drop(stuck);
}

/// A body without end that reports its being dropped.
struct Endless(mpsc::UnboundedSender<()>);

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[tokio::test]
async fn dropping_a_body_resets_its_stream_and_keeps_the_connection() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, connections) = server(move |stream, _| {
        let tell = tell.clone();
        serve(stream, 100, move |_| {
            let tell = tell.clone();
            async move { Response::new(Endless(tell)) }
        })
    })
    .await;
    let (upstream, origin) = (upstream(), plain_with(address, &prior_knowledge()));
    drop(send(&upstream, &origin).await.unwrap());
    guarded(told.recv()).await.unwrap();
    assert_eq!((upstream.stats().http2_streams, upstream.stats().http2_connections), (0, 1));
    assert!(send(&upstream, &origin).await.unwrap().facts.reused);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn dropping_the_send_future_resets_its_stream_and_keeps_the_connection() {
    let (arrived, mut arrival) = mpsc::unbounded_channel();
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, connections) = server(move |stream, _| {
        let (arrived, tell) = (arrived.clone(), tell.clone());
        serve(stream, 100, move |_| {
            let (arrived, gone) = (arrived.clone(), Endless(tell.clone()));
            async move {
                arrived.send(()).unwrap();
                std::future::pending::<()>().await;
                Response::new(gone)
            }
        })
    })
    .await;
    let (upstream, origin) = (upstream(), plain_with(address, &prior_knowledge()));
    for _ in 0..2 {
        tokio::select! {
            _ = upstream.send(&origin, || post("{}"), LONG) => panic!("there is no answer"),
            _ = arrival.recv() => {}
        }
        guarded(told.recv()).await.unwrap();
        assert_eq!(upstream.stats().http2_streams, 0);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_send_future_dropped_at_any_point_leaks_nothing() {
    let (http1, _) = server(|stream, _| answer_all(stream, OK)).await;
    let (http2, _) = server(|stream, _| serve(stream, 100, |_| async { ok() })).await;
    for origin in [plain_with(http1, &transport()), plain_with(http2, &prior_knowledge())] {
        for polls in 1..12 {
            let upstream = upstream();
            for _ in 0..3 {
                let mut sending = Box::pin(upstream.send(&origin, || post("{}"), LONG));
                for _ in 0..polls {
                    let done = std::future::poll_fn(|cx| Poll::Ready(sending.as_mut().poll(cx).is_ready())).await;
                    if done {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
            until(|| {
                let stats = upstream.stats();
                (stats.dialing, stats.waiting, stats.http2_streams) == (0, 0, 0)
            })
            .await;
            assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
        }
    }
}

#[tokio::test]
async fn a_peer_that_does_not_speak_http2_is_a_protocol_error() {
    const REFUSAL: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    let (address, _) = server(|stream, _| answer_all(stream, REFUSAL)).await;
    let error = send(&upstream(), &plain_with(address, &prior_knowledge())).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::ProtocolError, "{error:?}");
}
