#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const POST_100: &[u8] = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n";
const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

fn peer() -> Peer {
    Peer { addr: ([127, 0, 0, 1], 1).into(), local: ([127, 0, 0, 1], 2).into(), tls: false }
}

type Connection = JoinHandle<Result<(), Box<dyn Error + Send + Sync>>>;

/// A connection to a service, through the front, as the accept loop makes one: hyper comes when there is something for
/// it. `buffer` is what each side may have unread.
fn connect<S, F>(buffer: usize, answer: S) -> (DuplexStream, Connection, Arc<Live>)
where
    S: Fn(Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let (client, server) = tokio::io::duplex(buffer);
    let live = Arc::new(Live::new(peer()));
    let service = service_fn(move |request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let watched = Watched::new(service, live.clone());
    let mut front = FrontFilter::new(server, live.clone());
    let connection = async move {
        poll_fn(|cx| front.poll_first(cx)).await?;
        Ok(http1::Builder::new().serve_connection(TokioIo::new(front), watched).await?)
    };
    (client, tokio::spawn(connection), live)
}

/// Reads the body, then answers "done", or 400 when the body was cut.
async fn done(request: Request<Incoming>) -> Response<Full<Bytes>> {
    match request.into_body().collect().await {
        Ok(_) => Response::new(Full::from("done")),
        Err(_) => Response::builder().status(400).body(Full::from("cut")).unwrap(),
    }
}

async fn rest(client: &mut DuplexStream) -> String {
    let mut text = String::new();
    client.read_to_string(&mut text).await.unwrap();
    text
}

/// Reads one response that ends in `end`.
async fn one(client: &mut DuplexStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut byte = [0];
        assert_eq!(client.read(&mut byte).await.unwrap(), 1, "closed after {text:?}");
        text.push(char::from(byte[0]));
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_not_complete_in_ten_seconds_is_answered_408() {
    let (mut client, _connection, _) = connect(4096, done);
    let start = clock::now();
    tokio::time::sleep(Duration::from_secs(6)).await;
    client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_secs(9)).await;
    client.write_all(b"Host: localhost\r\n").await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("head_timeout"), "{answer}");
    assert_eq!((clock::now() - start).as_secs(), 16);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_closed_without_a_word() {
    let (mut client, connection, _) = connect(4096, done);
    let start = clock::now();
    assert_eq!(rest(&mut client).await, "");
    assert_eq!((clock::now() - start).as_secs(), 10);
    connection.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_came_before_there_was_hyper_is_served_whole_and_in_turn() {
    let (mut client, connection, _) = connect(4096, |request| async move {
        let text = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(Full::from(format!("{}!", String::from_utf8_lossy(&text))))
    });
    client.write_all(&POST_100[..20]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    client.write_all(&[&POST_100[20..], &[b'a'; 100], POST_100, &[b'b'; 60]].concat()).await.unwrap();
    assert!(one(&mut client, "!").await.ends_with(&format!("\r\n\r\n{}!", "a".repeat(100))));
    client.write_all(&[b'b'; 40]).await.unwrap();
    assert!(one(&mut client, "!").await.ends_with(&format!("\r\n\r\n{}!", "b".repeat(100))));
    drop(client);
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_without_a_whole_head_keeps_no_buffer_but_its_bytes() {
    let (mut client, server) = tokio::io::duplex(4096);
    let mut front = FrontFilter::new(server, Arc::new(Live::new(peer())));
    client.write_all(&HEAD[..20]).await.unwrap();
    let pending = poll_fn(|cx| Poll::Ready(front.poll_first(cx).is_pending())).await;
    assert!(pending && front.held == HEAD[..20] && front.held.capacity() < 64, "{:?}", front.held);
}

#[tokio::test(start_paused = true)]
async fn idle_time_counts_from_the_last_answer() {
    let (mut client, connection, _) = connect(4096, done);
    for _ in 0..5 {
        client.write_all(HEAD).await.unwrap();
        one(&mut client, "done").await;
        tokio::time::sleep(Duration::from_secs(70)).await;
    }
    client.write_all(HEAD).await.unwrap();
    one(&mut client, "done").await;
    let start = clock::now();
    assert_eq!(rest(&mut client).await, "");
    assert_eq!((clock::now() - start).as_secs(), 75);
    connection.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_empty_line_after_a_body_starts_no_head_timer() {
    let (mut client, _connection, _) = connect(4096, done);
    client.write_all(HEAD).await.unwrap();
    client.write_all(b"\r\n").await.unwrap();
    one(&mut client, "done").await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    client.write_all(HEAD).await.unwrap();
    one(&mut client, "done").await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_answered_408() {
    let (mut client, _connection, _) = connect(4096, done);
    client.write_all(POST_100).await.unwrap();
    let start = clock::now();
    client.write_all(b"abc").await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("body_timeout"), "{answer}");
    assert_eq!((clock::now() - start).as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_that_keeps_its_pace_is_served() {
    let (mut client, _connection, _) = connect(4096, done);
    client.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20480\r\n\r\n").await.unwrap();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(9)).await;
        client.write_all(&[b'x'; 1024]).await.unwrap();
    }
    assert!(one(&mut client, "done").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test(start_paused = true)]
async fn a_body_below_the_pace_is_refused() {
    let (client, connection, _) = connect(4096, done);
    let (mut reader, mut writer) = tokio::io::split(client);
    let drip = tokio::spawn(async move {
        writer.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20480\r\n\r\n").await.unwrap();
        while writer.write_all(&[b'x'; 100]).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    });
    let start = clock::now();
    let mut answer = String::new();
    reader.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!((clock::now() - start).as_secs() <= 20);
    connection.await.unwrap().unwrap_err();
    drip.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_let_go_after_two_minutes() {
    let (mut client, connection, live) = connect(1024, |_| async { Response::new(Full::from(vec![b'x'; 100_000])) });
    let start = clock::now();
    client.write_all(HEAD).await.unwrap();
    connection.await.unwrap().unwrap_err();
    assert_eq!((clock::now() - start).as_secs(), 120);
    assert_eq!(live.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_take_an_hour() {
    let (mut client, _connection, live) = connect(4096, |request| async {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        done(request).await
    });
    client.write_all(HEAD).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1800)).await;
    assert_eq!(live.in_flight(), 1);
    one(&mut client, "done").await;
    client.write_all(HEAD).await.unwrap();
    one(&mut client, "done").await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_ends_its_request_even_with_another_one_begun() {
    for ahead in [&b""[..], b"GET / HT", HEAD] {
        let (mut client, connection, live) = connect(4096, |_| std::future::pending());
        client.write_all(HEAD).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.write_all(ahead).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(live.in_flight(), 1);
        drop(client);
        connection.await.unwrap().unwrap_err();
        assert_eq!(live.in_flight(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_request_behind_a_running_one_is_answered_after_it() {
    let go = Arc::new(Notify::new());
    let wait = go.clone();
    let (mut client, _connection, _) = connect(4096, move |request| {
        let wait = wait.clone();
        async move {
            wait.notified().await;
            done(request).await
        }
    });
    client.write_all(&[HEAD, b"bad\r\n\r\n"].concat()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    go.notify_one();
    let answers = rest(&mut client).await;
    let (first, second) = answers.split_once("done").unwrap();
    assert!(first.starts_with("HTTP/1.1 200 ") && second.starts_with("HTTP/1.1 400 "), "{answers}");
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_ahead_is_served_in_turn_however_much_it_is() {
    let (client, _connection, live) = connect(4096, |request| async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        done(request).await
    });
    let (mut reader, mut writer) = tokio::io::split(client);
    let send = tokio::spawn(async move {
        let long = format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n{}", "x".repeat(50_000));
        for _ in 0..4 {
            writer.write_all(long.as_bytes()).await.unwrap();
            writer.write_all(HEAD).await.unwrap();
        }
        writer
    });
    let mut answers = String::new();
    while answers.matches("done").count() < 8 {
        let mut some = [0; 512];
        let n = reader.read(&mut some).await.unwrap();
        answers.push_str(std::str::from_utf8(&some[..n]).unwrap());
    }
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 8, "{answers}");
    assert_eq!(live.finished(), 8);
    drop(send.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_violation_in_a_body_is_answered_while_nothing_else_was() {
    let (mut client, connection, live) = connect(4096, done);
    client.write_all(CHUNKED).await.unwrap();
    client.write_all(b"5\r\nhello\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    client.write_all(b"+5\r\nhello\r\n0\r\n\r\n").await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("bad_chunk_size"), "{answer}");
    drop(client);
    connection.await.unwrap().unwrap_err();
    assert_eq!(live.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn after_100_continue_a_violation_is_still_answered() {
    let (mut client, _connection, _) = connect(4096, done);
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    one(&mut client, "HTTP/1.1 100 Continue\r\n\r\n").await;
    client.write_all(b"zz\r\n").await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("bad_chunk_size"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_violation_after_the_answer_began_brings_no_second_one() {
    // Answers at once and keeps the body, so that hyper goes on reading it.
    let kept = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let keep = kept.clone();
    let (mut client, connection, _) = connect(4096, move |mut request| {
        let keep = keep.clone();
        async move {
            let first = request.body_mut().frame().await;
            assert!(first.is_some());
            keep.lock().push(request.into_body());
            Response::new(Full::from("early"))
        }
    });
    client.write_all(CHUNKED).await.unwrap();
    client.write_all(b"5\r\nhello\r\n").await.unwrap();
    one(&mut client, "early").await;
    client.write_all(b"+5\r\n").await.unwrap();
    assert_eq!(rest(&mut client).await, "");
    let _ = connection.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_early_answer_survives_the_body_that_is_still_coming() {
    let (client, connection, _) =
        connect(4096, |_| async { Response::builder().status(413).body(Full::from("too large")).unwrap() });
    let (mut reader, mut writer) = tokio::io::split(client);
    let send = tokio::spawn(async move {
        writer.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500000\r\n\r\n").await.unwrap();
        writer.write_all(&vec![b'x'; 500_000]).await
    });
    let mut answer = String::new();
    reader.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("too large"), "{answer}");
    send.await.unwrap().unwrap();
    drop(reader);
    connection.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refused_client_that_goes_on_sending_or_holds_the_line_is_let_go_after_a_second() {
    let (mut client, connection, _) = connect(4096, done);
    client.write_all(b"bad\r\n").await.unwrap();
    let start = clock::now();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!((clock::now() - start).as_millis(), 0);
    connection.await.unwrap().unwrap();
    assert_eq!((clock::now() - start).as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tls_hello_on_the_plain_port_is_told_so_at_once() {
    let (mut client, _connection, _) = connect(4096, done);
    client.write_all(&[0x16, 3, 1, 0, 0xf5, 1]).await.unwrap();
    let start = clock::now();
    let answer = rest(&mut client).await;
    assert!(answer.contains("TLS client on plain port"), "{answer}");
    assert_eq!((clock::now() - start).as_millis(), 0);
}

#[tokio::test(start_paused = true)]
async fn over_tls_absolute_urls_must_be_https() {
    for (tls, url, fits) in [(true, "https", true), (true, "http", false), (false, "https", false)] {
        let head = format!("GET {url}://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(Machine::new(tls).feed(head.as_bytes()).reject.is_none(), fits, "{tls} {url}");
    }
    assert_eq!(Machine::new(true).feed(&[0x16]).reject, Some(Reject::BadMethod));
}

/// Goes on as an echo where the path says so; answers 101 without that elsewhere.
async fn upgraded(mut request: Request<Incoming>) -> Response<Full<Bytes>> {
    let upgrade = hyper::upgrade::on(&mut request);
    let mut response = Response::builder().status(101).header("connection", "upgrade").header("upgrade", "echo");
    if request.uri().path() == "/echo" {
        let echo = move |_| -> Running {
            Box::pin(async move {
                let (mut read, mut write) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
                let _ = tokio::io::copy(&mut read, &mut write).await;
            })
        };
        response.extensions_mut().unwrap().insert(Switch::new(echo));
    }
    response.body(Full::default()).unwrap()
}

/// As the accept loop does it.
fn connect_upgradable() -> DuplexStream {
    let (client, server) = tokio::io::duplex(256 << 10);
    tokio::spawn(async move {
        let live = Arc::new(Live::new(peer()));
        let service = service_fn(|request| async { Ok::<_, Infallible>(upgraded(request).await) });
        let front = TokioIo::new(FrontFilter::new(server, live.clone()));
        let watched = Watched::new(service, live.clone());
        let _ = http1::Builder::new().serve_connection(front, watched).with_upgrades().await;
        if let Some(session) = live.session() {
            session(live).await;
        }
    });
    client
}

const UPGRADE: &str = "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn behind_a_switch_bytes_pass_unread_and_without_the_limits_of_http() {
    // Bytes that no HTTP parser takes, sent with the upgrade or behind its answer.
    for ahead in [true, false] {
        let mut client = connect_upgradable();
        let noise = "\0\u{7f}GET / HTTP/9\n\n";
        let (first, then) = if ahead { (format!("{UPGRADE}{noise}"), "") } else { (UPGRADE.to_owned(), noise) };
        client.write_all(first.as_bytes()).await.unwrap();
        assert!(one(&mut client, "\r\n\r\n").await.starts_with("HTTP/1.1 101 "));
        client.write_all(then.as_bytes()).await.unwrap();
        assert_eq!(one(&mut client, noise).await, noise);
        tokio::time::sleep(IDLE_TIME * 3).await;
        client.write_all(b"still").await.unwrap();
        assert_eq!(one(&mut client, "still").await, "still");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_alone_switches_nothing() {
    let mut client = connect_upgradable();
    client.write_all(UPGRADE.replace("/echo", "/other").as_bytes()).await.unwrap();
    client.write_all(b"\0noise").await.unwrap();
    let all = rest(&mut client).await;
    assert!(!all.contains("noise"), "{all}");
}
