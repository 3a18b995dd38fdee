//! HTTP/1.1: reuse, the keep-alive race, cancelling, framing, limits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use tokgate::config::model::{KeepAlive, Transport};
use tokgate::upstream::{BodyErrorKind, Certainty, Framing, PoolLimits, ReplayBody, SendErrorKind, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::support::*;

#[tokio::test]
async fn a_request_goes_out_in_origin_form_with_our_framing_and_a_second_one_over_the_same_connection() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, connections) = server(move |mut stream, _| {
        let tell = tell.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await {
                tell.send(request).unwrap();
                stream.write_all(OK).await.unwrap();
            }
        }
    })
    .await;
    let (upstream, origin) = (upstream(), plain(address));
    let pieces = ["{\"model\":", "\"m-2\"", ",\"x\":1}"].map(|p| Bytes::from_static(p.as_bytes()));
    let [before, model, after] = pieces;
    let request = Request::post("https://elsewhere.example/v1/messages?beta=true")
        .header("host", "elsewhere.example")
        .header("connection", "x-secret")
        .header("content-length", "3")
        .header("transfer-encoding", "chunked")
        .header("x-kept", "yes")
        .body(ReplayBody::spliced(before, model, after))
        .unwrap();
    let first = guarded(upstream.send(&origin, || request.clone(), LONG)).await.unwrap();
    assert!(!first.facts.reused && !first.facts.http2);
    assert_eq!(first.body.framing(), Framing::ContentLength);
    assert_eq!(text(first).await, "ok");
    let seen = told.recv().await.unwrap();
    assert!(seen.starts_with("POST /v1/messages?beta=true HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains(&format!("host: {address}\r\n")), "{seen}");
    assert!(seen.contains("content-length: 21\r\n") && seen.contains("x-kept: yes\r\n"), "{seen}");
    assert!(!seen.contains("connection") && !seen.contains("transfer-encoding"), "{seen}");
    assert!(seen.ends_with("\r\n\r\n{\"model\":\"m-2\",\"x\":1}"), "{seen}");

    let second = send(&upstream, &origin).await.unwrap();
    assert!(second.facts.reused);
    assert_eq!(text(second).await, "ok");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let stats = upstream.stats();
    assert_eq!((stats.opened, stats.reused, stats.idle, stats.resent), (1, 1, 1, 0));
}

/// Answers once per connection in `polite`, then reads one more request and closes without a word.
async fn answer_then_close(mut stream: TcpStream, polite: bool, seen: mpsc::UnboundedSender<String>) {
    if polite {
        seen.send(read_request(&mut stream).await.unwrap()).unwrap();
        stream.write_all(OK).await.unwrap();
    }
    if let Some(request) = read_request(&mut stream).await {
        seen.send(request).unwrap();
    }
}

#[tokio::test]
async fn a_request_that_met_a_dying_pooled_connection_is_sent_again_on_a_fresh_one() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, connections) =
        server(move |stream, number| {
            let tell = tell.clone();
            async move {
                if number == 0 { answer_then_close(stream, true, tell).await } else { answer_all(stream, OK).await }
            }
        })
        .await;
    let (upstream, origin) = (upstream(), plain(address));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    let second = send(&upstream, &origin).await.unwrap();
    assert!(second.facts.resent && !second.facts.reused);
    assert_eq!(text(second).await, "ok");
    assert_eq!(told.recv().await.unwrap(), told.recv().await.unwrap());
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    assert_eq!(upstream.stats().resent, 1);
}

#[tokio::test]
async fn the_second_death_is_an_error_that_may_have_been_accepted() {
    let (tell, _told) = mpsc::unbounded_channel();
    let (address, connections) =
        server(move |stream, number| answer_then_close(stream, number == 0, tell.clone())).await;
    let (upstream, origin) = (upstream(), plain(address));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    let error = send(&upstream, &origin).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::ResetFresh, Certainty::MaybeAccepted));
    assert!(error.facts.resent);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_dead_pooled_connection_without_a_fresh_one_to_be_had_may_have_been_accepted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        read_request(&mut stream).await.unwrap();
        stream.write_all(OK).await.unwrap();
        read_request(&mut stream).await.unwrap();
    });
    let (upstream, origin) = (upstream(), plain(address));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    let error = send(&upstream, &origin).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::ResetReused, Certainty::MaybeAccepted));
}

#[tokio::test]
async fn a_fresh_connection_that_closes_without_a_word_is_not_tried_again() {
    let (tell, _told) = mpsc::unbounded_channel();
    let (address, connections) = server(move |stream, _| answer_then_close(stream, false, tell.clone())).await;
    let error = send(&upstream(), &plain(address)).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::ResetFresh, Certainty::MaybeAccepted));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_pooled_connection_that_breaks_inside_the_head_is_not_tried_again() {
    let (address, connections) = server(|mut stream, _| async move {
        read_request(&mut stream).await.unwrap();
        stream.write_all(OK).await.unwrap();
        read_request(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncont").await.unwrap();
    })
    .await;
    let (upstream, origin) = (upstream(), plain(address));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    let error = send(&upstream, &origin).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::ResetFresh, Certainty::MaybeAccepted));
    assert!(error.message.to_string().contains("in the middle of its head"), "{}", error.message);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_idle_connection_is_closed_when_its_time_is_over() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, connections) = server(move |mut stream, _| {
        let tell = tell.clone();
        async move {
            read_request(&mut stream).await.unwrap();
            stream.write_all(OK).await.unwrap();
            until_closed(&mut stream).await;
            let _ = tell.send(());
        }
    })
    .await;
    let (upstream, origin) = (upstream(), plain(address));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    assert_eq!(upstream.stats().idle, 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(29)).await;
    assert_eq!(upstream.stats().idle, 1);
    tokio::time::advance(Duration::from_secs(2)).await;
    told.recv().await.unwrap();
    assert_eq!(upstream.stats().idle, 0);
    tokio::time::resume();
    assert!(!send(&upstream, &origin).await.unwrap().facts.reused);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_connection_is_let_go_before_the_origin_does_by_its_own_word() {
    const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nkeep-alive: timeout=5\r\ncontent-length: 2\r\n\r\nok";
    let (address, _) = server(|stream, _| answer_all(stream, SHORT)).await;
    let (upstream, origin) = (upstream(), plain(address));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(4500)).await;
    tokio::time::resume();
    assert!(!send(&upstream, &origin).await.unwrap().facts.reused);
}

#[tokio::test]
async fn idle_connections_stay_within_both_bounds() {
    for (per_host, total, wanted) in [(3, 200, 3), (100, 2, 2), (0, 200, 0)] {
        let (address, _) = answer_together(5).await;
        let upstream = Upstream::new(PoolLimits { idle_total: total, ..PoolLimits::default() });
        let keep_alive = KeepAlive { per_host, ..transport().keep_alive };
        let origin = plain_with(address, &Transport { keep_alive, ..transport() });
        send_together(&upstream, &origin, 5).await;
        assert_eq!(upstream.stats().idle, wanted);
    }
}

#[tokio::test]
async fn many_requests_at_once_wait_for_nobody() {
    const MANY: usize = 300;
    let (address, connections) = answer_together(MANY).await;
    let (upstream, origin) = (upstream(), plain(address));
    send_together(&upstream, &origin, MANY).await;
    assert_eq!(connections.load(Ordering::SeqCst), MANY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_one_after_the_other_never_need_a_second_connection() {
    const CLIENTS: usize = 4;
    let (address, connections) = server(|stream, _| answer_all(stream, OK)).await;
    let (upstream, origin) = (upstream(), plain(address));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let (upstream, origin) = (upstream.clone(), Arc::clone(&origin));
        running.spawn(async move {
            for _ in 0..500 {
                assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
            }
        });
    }
    guarded(running.join_all()).await;
    let opened = connections.load(Ordering::SeqCst);
    assert!(opened <= CLIENTS, "{opened} connections");
    assert_eq!(upstream.stats().resent, 0);
}

/// Sends a head and half a body, then reports when the other side has closed.
async fn half_an_answer(mut stream: TcpStream, half: &'static [u8], closed: mpsc::UnboundedSender<()>) {
    read_request(&mut stream).await.unwrap();
    stream.write_all(half).await.unwrap();
    until_closed(&mut stream).await;
    closed.send(()).unwrap();
}

#[tokio::test]
async fn dropping_a_body_before_its_end_closes_the_connection() {
    const HALF: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, _) = server(move |stream, _| half_an_answer(stream, HALF, tell.clone())).await;
    let (upstream, origin) = (upstream(), plain(address));
    let mut exchange = send(&upstream, &origin).await.unwrap();
    let frame = guarded(exchange.body.frame()).await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "half");
    drop(exchange);
    guarded(told.recv()).await.unwrap();
    assert_eq!(upstream.stats().idle, 0);
}

#[tokio::test]
async fn dropping_the_send_future_before_the_head_closes_the_connection() {
    let (arrived, mut arrival) = mpsc::unbounded_channel();
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, _) = server(move |mut stream, _| {
        let (arrived, tell) = (arrived.clone(), tell.clone());
        async move {
            read_request(&mut stream).await.unwrap();
            arrived.send(()).unwrap();
            until_closed(&mut stream).await;
            tell.send(()).unwrap();
        }
    })
    .await;
    let (upstream, origin) = (upstream(), plain(address));
    tokio::select! {
        _ = upstream.send(&origin, || post("{}"), LONG) => panic!("there is no answer"),
        _ = arrival.recv() => {}
    }
    guarded(told.recv()).await.unwrap();
    assert_eq!(upstream.stats().idle, 0);
}

#[tokio::test]
async fn dropping_the_send_future_while_it_waits_for_a_connection_leaves_the_connection_to_the_next() {
    let (address, connections) = server(|stream, _| answer_all(stream, OK)).await;
    let (upstream, origin) = (upstream(), plain(address));
    poll_once_and_drop(upstream.send(&origin, || post("{}"), LONG)).await;
    until(|| upstream.stats().idle == 1).await;
    assert_eq!((upstream.stats().dialing, upstream.stats().waiting), (0, 0));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn no_head_in_time_is_an_error_and_closes_the_connection() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (address, _) = server(move |stream, _| half_an_answer(stream, b"HTTP/1.1 2", tell.clone())).await;
    let sending = upstream().send(&plain(address), || post("{}"), Duration::from_millis(1)).await;
    let error = sending.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::HeadTimeout, Certainty::MaybeAccepted));
    guarded(told.recv()).await.unwrap();
}

#[tokio::test]
async fn a_head_beyond_the_bounds_is_refused() {
    let long = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\ncontent-length: 0\r\n\r\n", "x".repeat(70_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "x-many: 1\r\n".repeat(150));
    for head in [long, many] {
        let head: &'static [u8] = head.leak().as_bytes();
        let (address, _) = server(move |stream, _| answer_all(stream, head)).await;
        let error = send(&upstream(), &plain(address)).await.unwrap_err();
        assert_eq!(error.kind, SendErrorKind::HeadTooLarge);
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_error() {
    let (address, _) = server(|stream, _| answer_all(stream, b"SSH-2.0-OpenSSH_9.9\r\n\r\n")).await;
    let error = send(&upstream(), &plain(address)).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::ProtocolError);
}

#[tokio::test]
async fn informational_answers_are_skipped_and_redirects_are_answers() {
    const ANSWER: &[u8] = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n\
        HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
    let (address, connections) = server(|stream, _| answer_all(stream, ANSWER)).await;
    let (upstream, origin) = (upstream(), plain(address));
    let exchange = send(&upstream, &origin).await.unwrap();
    assert_eq!(exchange.head.status, 302);
    assert_eq!(text(exchange).await, "");
    assert!(send(&upstream, &origin).await.unwrap().facts.reused);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// Sends `answer` and closes; what the reader of the body gets.
async fn framed(answer: &'static [u8]) -> (Framing, Result<String, BodyErrorKind>, usize) {
    let (address, _) = server(move |mut stream, _| async move {
        read_request(&mut stream).await.unwrap();
        stream.write_all(answer).await.unwrap();
    })
    .await;
    let upstream = upstream();
    let exchange = send(&upstream, &plain(address)).await.unwrap();
    let framing = exchange.body.framing();
    let read = guarded(exchange.body.collect()).await;
    let read = read.map(|b| String::from_utf8(b.to_bytes().to_vec()).unwrap()).map_err(|e| e.kind);
    (framing, read, upstream.stats().idle)
}

#[tokio::test]
async fn the_end_of_a_body_is_proven_by_its_framing_or_known_not_to_be() {
    let whole = || Ok("whole".to_owned());
    let (framing, read, _) = framed(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole").await;
    assert_eq!((framing, read), (Framing::ContentLength, whole()));
    let (framing, read, _) =
        framed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n").await;
    assert_eq!((framing, read), (Framing::Chunked, whole()));
    let (framing, read, idle) = framed(b"HTTP/1.1 200 OK\r\n\r\nwhole").await;
    assert_eq!((framing, read, idle), (Framing::UntilClose, whole(), 0));
    assert!(!framing.proves_end());
    let (framing, read, _) = framed(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!((framing, read), (Framing::ContentLength, Ok(String::new())));
}

#[tokio::test]
async fn a_cut_body_is_never_a_clean_end() {
    let (_, read, _) = framed(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nwhole").await;
    assert_eq!(read, Err(BodyErrorKind::Eof));
    let (_, read, _) = framed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n").await;
    assert_eq!(read, Err(BodyErrorKind::Eof));
    let (_, read, idle) = framed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n").await;
    assert_eq!((read, idle), (Err(BodyErrorKind::Protocol), 0));
}

#[tokio::test]
async fn an_answer_before_the_whole_request_was_read_does_not_spoil_the_next_exchange() {
    let (address, connections) = server(|mut stream, number| async move {
        if number == 0 {
            let mut some = [0; 64];
            stream.read_exact(&mut some).await.unwrap();
            stream.write_all(OK).await.unwrap();
            std::future::pending::<()>().await;
        }
        answer_all(stream, OK).await;
    })
    .await;
    let (upstream, origin) = (upstream(), plain(address));
    let large = ReplayBody::whole(Bytes::from(vec![b'x'; 32 << 20]));
    let request = Request::post("/").body(large).unwrap();
    assert_eq!(text(guarded(upstream.send(&origin, || request.clone(), LONG)).await.unwrap()).await, "ok");
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn after_a_change_of_network_nothing_old_is_used_again() {
    const HALF: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha";
    let (go, mut gone) = mpsc::unbounded_channel::<()>();
    let (tell, mut told) = mpsc::unbounded_channel();
    let gone = Arc::new(tokio::sync::Mutex::new(std::mem::replace(&mut gone, mpsc::unbounded_channel().1)));
    let (address, connections) = server(move |mut stream, number| {
        let (tell, gone) = (tell.clone(), Arc::clone(&gone));
        async move {
            read_request(&mut stream).await.unwrap();
            if number == 1 {
                stream.write_all(HALF).await.unwrap();
                gone.lock().await.recv().await.unwrap();
                stream.write_all(b"lf").await.unwrap();
            } else {
                stream.write_all(OK).await.unwrap();
            }
            until_closed(&mut stream).await;
            let _ = tell.send(number);
        }
    })
    .await;
    let (upstream, origin) = (upstream(), plain(address));
    let idle = send(&upstream, &origin).await.unwrap();
    let busy = send(&upstream, &origin).await.unwrap();
    assert_eq!(text(idle).await, "ok");
    assert_eq!(upstream.stats().idle, 1);
    upstream.retire_idle();
    assert_eq!(guarded(told.recv()).await, Some(0));
    go.send(()).unwrap();
    assert_eq!(text(busy).await, "half");
    assert_eq!(guarded(told.recv()).await, Some(1));
    assert_eq!(upstream.stats().idle, 0);
    drop(send(&upstream, &origin).await.unwrap());
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn origins_with_the_same_address_share_connections_across_configurations() {
    let (address, connections) = server(|stream, _| answer_all(stream, OK)).await;
    let upstream = upstream();
    assert_eq!(text(send(&upstream, &plain(address)).await.unwrap()).await, "ok");
    assert!(send(&upstream, &plain(address)).await.unwrap().facts.reused);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
