//! Outbound proxies: CONNECT, absolute form, SOCKS5, and when none is used.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokgate::config::model::{Http2, HttpProxy, Transport};
use tokgate::secret::Secret;
use tokgate::upstream::{
    Certainty, Origin, OriginError, PoolLimits, ProxyVariables, Scheme, SendErrorKind, TrustStore, Upstream,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::*;
use crate::tls::{Authority, to_api_example};

fn through(url: &str) -> Transport {
    Transport { http_proxy: HttpProxy::Url(Secret::new(url)), ..transport() }
}

/// An upstream whose resolver knows nothing: names must go to the proxy.
fn without_names() -> Upstream {
    Upstream::with_resolver(PoolLimits::default(), Arc::new(Names::default()))
}

/// A CONNECT proxy that takes every target to `target` and reports the heads it gets.
async fn connect_proxy(target: SocketAddr, answer: &'static str) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (tell, told) = mpsc::unbounded_channel();
    let (address, _) = server(move |mut stream, _| {
        let tell = tell.clone();
        async move {
            tell.send(read_request(&mut stream).await.unwrap()).unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            if answer.contains(" 200 ") {
                let mut onward = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut onward).await;
            }
        }
    })
    .await;
    (address, told)
}

/// A TLS server for `api.example`.
async fn secure_target(authority: &Authority) -> SocketAddr {
    let acceptor = authority.acceptor("api.example", &[b"http/1.1"], false);
    let (address, _) = server(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            while read_request(&mut stream).await.is_some() {
                stream.write_all(OK).await.unwrap();
            }
        }
    })
    .await;
    address
}

#[tokio::test]
async fn a_tls_target_is_reached_through_a_tunnel_with_the_proxys_password() {
    let authority = Authority::new();
    let target = secure_target(&authority).await;
    let (proxy, mut heads) = connect_proxy(target, "HTTP/1.1 200 Connection established\r\n\r\n").await;
    let upstream = without_names();
    let transport = through(&format!("http://user:p%40ss@{proxy}"));
    let origin = named(Scheme::Https, "api.example", 443, &transport, &authority.trust());
    assert_eq!(origin.proxy().unwrap(), format!("http://{proxy}"));
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    let head = heads.recv().await.unwrap();
    assert!(head.starts_with("CONNECT api.example:443 HTTP/1.1\r\nhost: api.example:443\r\n"), "{head}");
    assert!(head.contains("proxy-authorization: Basic dXNlcjpwQHNz\r\n"), "{head}");
    assert!(send(&upstream, &origin).await.unwrap().facts.reused);
}

#[tokio::test]
async fn a_proxy_that_refuses_or_is_not_there_is_named_and_nothing_was_sent() {
    let nowhere: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let (forbidding, _heads) = connect_proxy(nowhere, "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    let (asking, _heads) = connect_proxy(nowhere, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let (babbling, _) = server(|stream, _| answer_all(stream, b"hello there\r\n\r\n")).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for proxy in [forbidding, asking, babbling, closed] {
        let transport = through(&format!("http://user:hunter2@{proxy}"));
        let origin = named(Scheme::Https, "api.example", 443, &transport, &TrustStore::with_roots(Vec::new()));
        let error = send(&without_names(), &origin).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (SendErrorKind::ProxyRefused, Certainty::NotSent));
        assert!(error.to_string().contains(&proxy.to_string()) && !error.to_string().contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn a_plain_target_behind_an_http_proxy_is_asked_for_in_absolute_form() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (proxy, _) = server(move |mut stream, _| {
        let tell = tell.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await {
                tell.send(request).unwrap();
                stream.write_all(OK).await.unwrap();
            }
        }
    })
    .await;
    let transport = through(&format!("http://user:pass@{proxy}"));
    let origin = named(Scheme::Http, "llm.lan", 8000, &transport, &TrustStore::with_roots(Vec::new()));
    assert_eq!(text(send(&without_names(), &origin).await.unwrap()).await, "ok");
    let request = told.recv().await.unwrap();
    assert!(request.starts_with("POST http://llm.lan:8000/v1/messages?beta=true HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("host: llm.lan:8000\r\n"), "{request}");
    assert!(request.contains("proxy-authorization: Basic dXNlcjpwYXNz\r\n"), "{request}");
}

/// What a SOCKS5 client asked for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    user: Option<String>,
    kind: u8,
    host: Vec<u8>,
    port: u16,
}

/// A SOCKS5 proxy that takes every target to `target`.
async fn socks5_proxy(target: SocketAddr, password: bool, reply: u8) -> (SocketAddr, mpsc::UnboundedReceiver<Asked>) {
    let (tell, told) = mpsc::unbounded_channel();
    let (address, _) = server(move |mut stream, _| {
        let tell = tell.clone();
        async move {
            let mut greeting = vec![0; 2];
            stream.read_exact(&mut greeting).await.unwrap();
            let mut methods = vec![0; usize::from(greeting[1])];
            stream.read_exact(&mut methods).await.unwrap();
            let mut user = None;
            if password {
                assert!(methods.contains(&2));
                stream.write_all(&[5, 2]).await.unwrap();
                assert_eq!(stream.read_u8().await.unwrap(), 1);
                let mut parts = Vec::new();
                for _ in 0..2 {
                    let mut text = vec![0; usize::from(stream.read_u8().await.unwrap())];
                    stream.read_exact(&mut text).await.unwrap();
                    parts.push(String::from_utf8(text).unwrap());
                }
                user = Some(parts.join(":"));
                stream.write_all(&[1, 0]).await.unwrap();
            } else {
                stream.write_all(&[5, 0]).await.unwrap();
            }
            let mut request = [0; 4];
            stream.read_exact(&mut request).await.unwrap();
            let length = match request[3] {
                1 => 4,
                4 => 16,
                _ => usize::from(stream.read_u8().await.unwrap()),
            };
            let mut host = vec![0; length];
            stream.read_exact(&mut host).await.unwrap();
            let port = stream.read_u16().await.unwrap();
            tell.send(Asked { user, kind: request[3], host, port }).unwrap();
            stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            if reply == 0 {
                let mut onward = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut onward).await;
            }
        }
    })
    .await;
    (address, told)
}

#[tokio::test]
async fn socks5h_leaves_the_name_to_the_proxy_and_sends_the_password() {
    let (target, _) = server(|stream, _| answer_all(stream, OK)).await;
    let (proxy, mut asked) = socks5_proxy(target, true, 0).await;
    let transport = through(&format!("socks5h://user:pass@{proxy}"));
    let origin = named(Scheme::Http, "llm.lan", 8000, &transport, &TrustStore::with_roots(Vec::new()));
    let upstream = without_names();
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
    let wanted = Asked { user: Some("user:pass".to_owned()), kind: 3, host: b"llm.lan".to_vec(), port: 8000 };
    assert_eq!(asked.recv().await.unwrap(), wanted);
    assert!(send(&upstream, &origin).await.unwrap().facts.reused);
}

#[tokio::test]
async fn socks5_gives_the_proxy_an_address_and_refuses_forbidden_ones() {
    let (target, _) = server(|stream, _| answer_all(stream, OK)).await;
    let (proxy, mut asked) = socks5_proxy(target, false, 0).await;
    let names = Names::one("llm.lan", &["10.1.2.3"]);
    names.set("evil.lan", Ok(vec!["169.254.169.254".parse().unwrap()]));
    let upstream = Upstream::with_resolver(PoolLimits::default(), names);
    let transport = through(&format!("socks5://{proxy}"));
    let to = |host: &str| named(Scheme::Http, host, 8000, &transport, &TrustStore::with_roots(Vec::new()));
    assert_eq!(text(send(&upstream, &to("llm.lan")).await.unwrap()).await, "ok");
    let wanted = Asked { user: None, kind: 1, host: vec![10, 1, 2, 3], port: 8000 };
    assert_eq!(asked.recv().await.unwrap(), wanted);
    assert_eq!(send(&upstream, &to("evil.lan")).await.unwrap_err().kind, SendErrorKind::Unreachable);
    let error = send(&upstream, &to("169.254.169.254")).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unreachable);
}

#[tokio::test]
async fn a_socks5_refusal_says_why() {
    let (proxy, _asked) = socks5_proxy("127.0.0.1:9".parse().unwrap(), false, 2).await;
    let transport = through(&format!("socks5h://{proxy}"));
    let origin = named(Scheme::Http, "llm.lan", 8000, &transport, &TrustStore::with_roots(Vec::new()));
    let error = send(&without_names(), &origin).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::ProxyRefused);
    assert!(error.to_string().contains("rules"), "{error:?}");
}

#[tokio::test]
async fn an_https_proxy_is_spoken_to_over_tls_and_carries_tls_inside() {
    let authority = Authority::new();
    let target = secure_target(&authority).await;
    let acceptor = authority.acceptor("proxy.example", &[], false);
    let (proxy, _) = server(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            assert!(read_request(&mut stream).await.unwrap().starts_with("CONNECT api.example:443 "));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut onward = TcpStream::connect(target).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut onward).await;
        }
    })
    .await;
    let names = Names::one("proxy.example", &["127.0.0.1"]);
    let upstream = Upstream::with_resolver(PoolLimits::default(), names);
    let transport = through(&format!("https://proxy.example:{}", proxy.port()));
    let origin = named(Scheme::Https, "api.example", 443, &transport, &authority.trust());
    assert_eq!(text(send(&upstream, &origin).await.unwrap()).await, "ok");
}

#[tokio::test]
async fn http2_without_tls_goes_through_a_tunnel() {
    let (target, _) = server(|stream, _| crate::http2::serve(stream, 100, |_| async { crate::http2::ok() })).await;
    let (proxy, mut heads) = connect_proxy(target, "HTTP/1.1 200 OK\r\n\r\n").await;
    let transport = Transport { http2: Http2::PriorKnowledge, ..through(&format!("http://{proxy}")) };
    let origin = named(Scheme::Http, "llm.lan", 8000, &transport, &TrustStore::with_roots(Vec::new()));
    let exchange = send(&without_names(), &origin).await.unwrap();
    assert!(exchange.facts.http2);
    assert_eq!(text(exchange).await, "ok");
    assert!(heads.recv().await.unwrap().starts_with("CONNECT llm.lan:8000 "));
}

fn from_env(scheme: Scheme, host: &str, variables: &ProxyVariables) -> Option<String> {
    let transport = Transport { http_proxy: HttpProxy::Env, ..transport() };
    let trust = TrustStore::with_roots(Vec::new());
    Origin::with_proxy_variables(scheme, host, 8443, &transport, &trust, variables).unwrap().proxy()
}

#[test]
fn the_environment_chooses_by_scheme_and_no_proxy_and_loopback_stay_direct() {
    let variables = ProxyVariables {
        http: "http://plain.proxy:3128".to_owned(),
        https: "socks5h://user:secret@secure.proxy".to_owned(),
        all: String::new(),
        no: "internal.example, 10.0.0.0/8".to_owned(),
    };
    let chosen = |scheme, host: &str| from_env(scheme, host, &variables);
    assert_eq!(chosen(Scheme::Http, "api.example").unwrap(), "http://plain.proxy:3128");
    assert_eq!(chosen(Scheme::Https, "api.example").unwrap(), "socks5h://secure.proxy:1080");
    for host in ["internal.example", "a.internal.example", "10.1.2.3", "localhost", "127.0.0.1", "127.8.8.8", "[::1]"] {
        assert_eq!(chosen(Scheme::Https, host), None, "{host}");
    }
    let all = ProxyVariables { all: "http://any.proxy".to_owned(), ..ProxyVariables::default() };
    assert_eq!(from_env(Scheme::Https, "api.example", &all).unwrap(), "http://any.proxy:80");
    assert_eq!(from_env(Scheme::Https, "api.example", &ProxyVariables::default()), None);
}

#[test]
fn a_configured_proxy_that_cannot_be_used_is_found_with_the_configuration() {
    for url in ["ftp://proxy", "not a url", "socks4://proxy:1080"] {
        let built = Origin::with_proxy_variables(
            Scheme::Https,
            "api.example",
            443,
            &through(url),
            &TrustStore::with_roots(Vec::new()),
            &ProxyVariables::default(),
        );
        assert!(matches!(built, Err(OriginError::Proxy(_))), "{url}: {built:?}");
    }
}

#[tokio::test]
async fn loopback_targets_never_go_through_a_configured_proxy() {
    let (target, _) = server(|stream, _| answer_all(stream, OK)).await;
    let origin = plain_with(target, &through("http://127.0.0.1:9"));
    assert_eq!(origin.proxy(), None);
    assert_eq!(text(send(&upstream(), &origin).await.unwrap()).await, "ok");
}

#[tokio::test]
async fn our_own_listener_is_no_proxy() {
    let (own, connections) = server(|stream, _| answer_all(stream, OK)).await;
    let upstream = to_api_example();
    upstream.set_own_addresses(vec![own]);
    let transport = through(&format!("http://{own}"));
    let origin = named(Scheme::Http, "api.example", 80, &transport, &TrustStore::with_roots(Vec::new()));
    let error = send(&upstream, &origin).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::ProxyRefused);
    assert!(error.to_string().contains("own address"), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}
