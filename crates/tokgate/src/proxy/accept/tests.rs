#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::convert::Infallible;
use std::path::Path;

use bytes::Bytes;
use http_body_util::Full as Whole;
use hyper::service::service_fn;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_pki_types::pem::PemObject;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;

use super::*;
use crate::config::model::TlsFiles;

const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LONG: Duration = Duration::from_secs(60);

fn loopback() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

/// Serves "done" once `gate` lets it.
async fn serving(caps: Caps, gate: &Arc<Semaphore>, tls: Option<Arc<Tls>>) -> (Serving, SocketAddr) {
    let serving = Serving::new(caps);
    let listener = Listener::bind(loopback(), tls).await.unwrap();
    let addr = listen(&serving, listener, gate);
    (serving, addr)
}

fn listen(serving: &Serving, listener: Listener, gate: &Arc<Semaphore>) -> SocketAddr {
    let gate = gate.clone();
    let make = move |peer: Peer| {
        let gate = gate.clone();
        service_fn(move |request: Request<Incoming>| {
            let gate = gate.clone();
            async move {
                assert_ne!(request.uri().path(), "/panic");
                gate.acquire().await.unwrap().forget();
                let text = format!("{} {} {} done", peer.addr, peer.local, peer.tls);
                Ok::<_, Infallible>(Response::new(Whole::<Bytes>::from(text)))
            }
        })
    };
    serving.listen(listener, make).unwrap()
}

async fn one<R: AsyncRead + Unpin>(client: &mut R) -> String {
    let mut text = String::new();
    while !text.ends_with("done") {
        let mut byte = [0];
        assert_eq!(client.read(&mut byte).await.unwrap(), 1, "closed after {text:?}");
        text.push(char::from(byte[0]));
    }
    text
}

async fn rest<R: AsyncRead + Unpin>(client: &mut R) -> String {
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = client.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

async fn until(mut fits: impl FnMut() -> bool) {
    while !fits() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_service_is_told_both_ends() {
    let (_serving, addr) = serving(Caps::default(), &Arc::new(Semaphore::new(1)), None).await;
    let mut client = TcpStream::connect(addr).await.unwrap();
    client.write_all(HEAD).await.unwrap();
    let answer = one(&mut client).await;
    assert!(answer.ends_with(&format!("{} {addr} false done", client.local_addr().unwrap())), "{answer}");
}

#[tokio::test]
async fn above_the_cap_a_connection_is_told_503_and_a_freed_place_is_taken_again() {
    let gate = Arc::new(Semaphore::new(9));
    let (serving, addr) = serving(Caps { connections: 2, ..Caps::default() }, &gate, None).await;
    let mut first = TcpStream::connect(addr).await.unwrap();
    first.write_all(HEAD).await.unwrap();
    one(&mut first).await;
    let second = TcpStream::connect(addr).await.unwrap();
    let refused = rest(&mut TcpStream::connect(addr).await.unwrap()).await;
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("too_many_connections"), "{refused}");
    assert_eq!(serving.active().turned_away, 1);
    drop(second);
    until(|| serving.active().connections == 1).await;
    let mut third = TcpStream::connect(addr).await.unwrap();
    third.write_all(HEAD).await.unwrap();
    one(&mut third).await;
    assert_eq!(serving.active().accepted, 3);
}

#[test]
fn one_address_beyond_loopback_has_a_cap_of_its_own_and_loopback_has_none() {
    let open = Arc::new(Open::new(Caps { connections: 100, per_address: 2, ..Caps::default() }));
    let peer =
        |ip: &str| Peer { addr: (ip.parse::<std::net::IpAddr>().unwrap(), 1).into(), local: loopback(), tls: false };
    let mut seats: Vec<_> = (0..2).map(|_| open.admit(peer("192.0.2.1"), 9).unwrap()).collect();
    assert_eq!(open.admit(peer("192.0.2.1"), 9).unwrap_err(), Full::Address);
    assert_eq!(open.admit(peer("::ffff:192.0.2.1"), 9).unwrap_err(), Full::Address);
    seats.push(open.admit(peer("192.0.2.2"), 9).unwrap());
    seats.extend((0..5).map(|_| open.admit(peer("127.0.0.1"), 9).unwrap()));
    seats.extend((0..5).map(|_| open.admit(peer("::1"), 9).unwrap()));
    seats.remove(0);
    seats.push(open.admit(peer("192.0.2.1"), 9).unwrap());
    assert_eq!(open.active().connections, 13);
    drop(seats);
    assert_eq!(open.active().connections, 0);
}

#[tokio::test]
async fn a_drain_closes_idle_connections_and_lets_running_answers_finish() {
    let gate = Arc::new(Semaphore::new(1));
    let (serving, addr) = serving(Caps::default(), &gate, None).await;
    let mut silent = TcpStream::connect(addr).await.unwrap();
    let mut idle = TcpStream::connect(addr).await.unwrap();
    idle.write_all(HEAD).await.unwrap();
    one(&mut idle).await;
    let mut busy = TcpStream::connect(addr).await.unwrap();
    busy.write_all(HEAD).await.unwrap();
    until(|| serving.active().requests == 1 && serving.active().connections == 3).await;
    let draining = tokio::spawn({
        let serving = serving.clone();
        async move { serving.drain(LONG).await }
    });
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut silent).await, "");
    assert!(TcpStream::connect(addr).await.is_err(), "still accepts");
    gate.add_permits(1);
    let last = rest(&mut busy).await;
    assert!(
        last.starts_with("HTTP/1.1 200 ") && last.contains("connection: close") && last.ends_with("done"),
        "{last}"
    );
    assert_eq!(draining.await.unwrap(), Drained { cut: 0 });
    assert_eq!(serving.active().connections, 0);
}

#[tokio::test]
async fn at_the_deadline_and_at_an_abort_running_answers_are_cut() {
    for abort in [false, true] {
        let (serving, addr) = serving(Caps::default(), &Arc::new(Semaphore::new(0)), None).await;
        let mut busy = TcpStream::connect(addr).await.unwrap();
        busy.write_all(HEAD).await.unwrap();
        until(|| serving.active().requests == 1).await;
        let deadline = if abort { LONG } else { Duration::from_millis(1) };
        let draining = tokio::spawn({
            let serving = serving.clone();
            async move { serving.drain(deadline).await }
        });
        if abort {
            serving.abort();
        }
        assert_eq!(rest(&mut busy).await, "");
        assert_eq!(draining.await.unwrap(), Drained { cut: usize::from(!abort) });
        assert_eq!(serving.active().connections, 0);
        assert_eq!(serving.active().requests, 0);
    }
}

#[tokio::test]
async fn descriptors_are_kept_for_the_way_to_providers() {
    // Input, output and errors are open everywhere.
    let caps = Caps { descriptors: 3, ..Caps::default() };
    let (serving, addr) = serving(caps, &Arc::new(Semaphore::new(1)), None).await;
    let asked = Arc::new(Semaphore::new(0));
    let serving = serving.sparing({
        let asked = Arc::clone(&asked);
        move || asked.add_permits(1)
    });
    let mut turned_away = TcpStream::connect(addr).await.unwrap();
    assert!(rest(&mut turned_away).await.starts_with("HTTP/1.1 503 "));
    assert_eq!(asked.available_permits(), 1, "who can give some back is asked to");
    assert_eq!((serving.active().turned_away, serving.active().connections), (1, 0));
    serving.set_caps(Caps::default());
    let mut client = TcpStream::connect(addr).await.unwrap();
    client.write_all(HEAD).await.unwrap();
    assert!(one(&mut client).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_released_address_accepts_no_more_while_its_connections_and_others_go_on() {
    let gate = Arc::new(Semaphore::new(9));
    let (serving, old) = serving(Caps::default(), &gate, None).await;
    let mut before = TcpStream::connect(old).await.unwrap();
    before.write_all(HEAD).await.unwrap();
    one(&mut before).await;
    let new = listen(&serving, Listener::bind(loopback(), None).await.unwrap(), &gate);
    assert!(serving.release(old));
    assert!(!serving.release(old));
    while TcpStream::connect(old).await.is_ok() {
        tokio::task::yield_now().await;
    }
    before.write_all(HEAD).await.unwrap();
    one(&mut before).await;
    let mut after = TcpStream::connect(new).await.unwrap();
    after.write_all(HEAD).await.unwrap();
    one(&mut after).await;
}

#[tokio::test]
async fn a_panic_in_the_service_ends_its_connection_and_frees_its_place() {
    let (serving, addr) = serving(Caps { connections: 1, ..Caps::default() }, &Arc::new(Semaphore::new(1)), None).await;
    let mut bad = TcpStream::connect(addr).await.unwrap();
    bad.write_all(b"GET /panic HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert_eq!(rest(&mut bad).await, "");
    until(|| serving.active().connections == 0).await;
    let mut good = TcpStream::connect(addr).await.unwrap();
    good.write_all(HEAD).await.unwrap();
    one(&mut good).await;
}

#[tokio::test]
async fn nothing_is_listened_to_after_a_stop() {
    let gate = Arc::new(Semaphore::new(1));
    let (serving, _) = serving(Caps::default(), &gate, None).await;
    assert_eq!(serving.drain(LONG).await, Drained { cut: 0 });
    let late = listen(&serving, Listener::bind(loopback(), None).await.unwrap(), &gate);
    while TcpStream::connect(late).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

fn certificate(dir: &Path, name: &str) -> TlsFiles {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles { cert: dir.join(format!("{name}.pem")), key: dir.join(format!("{name}.key")) };
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    files
}

async fn connect_tls(
    addr: SocketAddr,
    trusted: &TlsFiles,
    alpn: &[&str],
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&trusted.cert).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(ServerName::try_from("localhost").unwrap(), TcpStream::connect(addr).await?).await
}

#[tokio::test]
async fn tls_serves_http_1_1_only_and_takes_a_new_certificate_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (certificate(dir.path(), "a"), certificate(dir.path(), "b"));
    let tls = Arc::new(Tls::load(&a).unwrap());
    let (_serving, addr) = serving(Caps::default(), &Arc::new(Semaphore::new(9)), Some(tls.clone())).await;
    for alpn in [&["http/1.1"][..], &["h2", "http/1.1"], &[]] {
        let mut client = connect_tls(addr, &a, alpn).await.unwrap();
        client.write_all(HEAD).await.unwrap();
        assert!(one(&mut client).await.contains(" true done"));
    }
    assert!(connect_tls(addr, &a, &["h2"]).await.is_err(), "h2 alone is not spoken");
    assert!(connect_tls(addr, &b, &[]).await.is_err());
    let mut old = connect_tls(addr, &a, &[]).await.unwrap();
    tls.reload(&b).unwrap();
    assert!(connect_tls(addr, &a, &[]).await.is_err());
    for client in [&mut old, &mut connect_tls(addr, &b, &[]).await.unwrap()] {
        client.write_all(HEAD).await.unwrap();
        one(client).await;
    }
}

#[tokio::test]
async fn over_tls_a_bad_request_is_refused_and_the_end_is_proper() {
    let dir = tempfile::tempdir().unwrap();
    let files = certificate(dir.path(), "a");
    let tls = Arc::new(Tls::load(&files).unwrap());
    let (_serving, addr) = serving(Caps::default(), &Arc::new(Semaphore::new(9)), Some(tls)).await;
    let mut client = connect_tls(addr, &files, &[]).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    // Fails when the connection ends without close_notify.
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("no_host"), "{answer}");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_handshake_and_plain_http_on_the_tls_port_is_no_request() {
    let dir = tempfile::tempdir().unwrap();
    let tls = Arc::new(Tls::load(&certificate(dir.path(), "a")).unwrap());
    let (serving, addr) = serving(Caps::default(), &Arc::new(Semaphore::new(9)), Some(tls)).await;
    let mut plain = TcpStream::connect(addr).await.unwrap();
    plain.write_all(HEAD).await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));
    let mut hanging = TcpStream::connect(addr).await.unwrap();
    until(|| serving.active().connections == 1).await;
    assert_eq!(serving.drain(LONG).await, Drained { cut: 0 });
    assert_eq!(rest(&mut hanging).await, "");
}
