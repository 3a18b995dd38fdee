//! Names, addresses and TCP connections.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokgate::config::model::Transport;
use tokgate::upstream::{
    Certainty, Origin, PoolLimits, ProxyVariables, ResolveError, Scheme, SendErrorKind, TrustStore, Upstream,
};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use crate::support::*;

fn with(names: &Arc<Names>) -> Upstream {
    Upstream::with_resolver(PoolLimits::default(), Arc::clone(names) as Arc<dyn tokgate::upstream::Resolve>)
}

fn at(host: &str, port: u16) -> Arc<Origin> {
    named(Scheme::Http, host, port, &transport(), &TrustStore::with_roots(Vec::new()))
}

#[tokio::test]
async fn a_closed_port_is_refused_and_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = send(&upstream(), &plain(address)).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::Refused, Certainty::NotSent));
}

#[tokio::test]
async fn localhost_needs_no_lookup() {
    let (address, _) = server(|stream, _| answer_all(stream, OK)).await;
    let names = Arc::new(Names::default());
    let exchange = send(&with(&names), &at("localhost", address.port())).await.unwrap();
    assert_eq!(text(exchange).await, "ok");
    assert_eq!(names.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn lookup_failures_are_told_apart() {
    let names = Arc::new(Names::default());
    names.set("broken.example", Err(ResolveError::Failed("server failure".to_owned())));
    names.set("empty.example", Ok(Vec::new()));
    let upstream = with(&names);
    for (host, kind) in [
        ("nowhere.example", SendErrorKind::DnsNotFound),
        ("empty.example", SendErrorKind::DnsNotFound),
        ("broken.example", SendErrorKind::DnsFailed),
    ] {
        let error = send(&upstream, &at(host, 80)).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (kind, Certainty::NotSent), "{host}");
        assert!(error.to_string().contains(host));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_takes_too_long_is_given_up() {
    let names = Arc::new(Names { gate: Some(Arc::new(Semaphore::new(0))), ..Names::default() });
    let error = send(&with(&names), &at("slow.example", 80)).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::DnsTimeout);
    assert_eq!(error.facts.dns, transport().dns_timeout);
}

#[tokio::test]
async fn an_answer_is_used_again_while_fresh_and_stands_in_for_a_failed_lookup() {
    let (address, connections) = server(|stream, _| answer_all(stream, OK)).await;
    let names = Names::one("api.example", &["127.0.0.1"]);
    let (upstream, origin) = (with(&names), at("api.example", address.port()));
    let once_more = async || {
        drop(send(&upstream, &origin).await.unwrap());
        upstream.close_all();
    };
    once_more().await;
    once_more().await;
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    names.set("api.example", Err(ResolveError::Failed("server failure".to_owned())));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    once_more().await;
    assert_eq!(names.asked.load(Ordering::SeqCst), 2);
    assert_eq!(connections.load(Ordering::SeqCst), 3);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3600)).await;
    tokio::time::resume();
    assert_eq!(send(&upstream, &origin).await.unwrap_err().kind, SendErrorKind::DnsFailed);
}

#[tokio::test]
async fn a_change_of_network_asks_for_names_again() {
    let (address, _) = server(|stream, _| answer_all(stream, OK)).await;
    let names = Names::one("api.example", &["127.0.0.1"]);
    let (upstream, origin) = (with(&names), at("api.example", address.port()));
    drop(send(&upstream, &origin).await.unwrap());
    upstream.retire_idle();
    drop(send(&upstream, &origin).await.unwrap());
    assert_eq!(names.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn many_first_requests_ask_once() {
    let (address, _) = server(|stream, _| answer_all(stream, OK)).await;
    let names = Names::one("api.example", &["127.0.0.1"]);
    let (upstream, origin) = (with(&names), at("api.example", address.port()));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (upstream, origin) = (upstream.clone(), Arc::clone(&origin));
        running.spawn(async move { text(send(&upstream, &origin).await.unwrap()).await });
    }
    guarded(running.join_all()).await;
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_dead_first_address_gives_way_to_the_next() {
    let (address, _) = server(|stream, _| answer_all(stream, OK)).await;
    // nobody listens on the first; packets to the second (a documentation network) go nowhere
    for dead in ["127.0.0.2", "192.0.2.1"] {
        let names = Names::one("api.example", &[dead, "127.0.0.1"]);
        let exchange = send(&with(&names), &at("api.example", address.port())).await.unwrap();
        assert_eq!(text(exchange).await, "ok");
    }
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_given_up_in_time() {
    // a listener whose queue is full lets further connections hang
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = tokio::task::JoinSet::new();
    for _ in 0..8 {
        queue.spawn(TcpStream::connect(address));
    }
    let _first = guarded(queue.join_next()).await.unwrap().unwrap().unwrap();
    let transport = Transport { connect_timeout: Duration::from_millis(50), ..transport() };
    let error = send(&upstream(), &plain_with(address, &transport)).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::ConnectTimeout, Certainty::NotSent));
    assert!(error.facts.connect >= transport.connect_timeout);
}

#[tokio::test]
async fn credentials_of_cloud_machines_are_never_asked_for_by_address_or_by_name() {
    let names = Names::one("rebound.example", &["169.254.169.254"]);
    names.set("six.example", Ok(vec!["fd00:ec2::254".parse::<IpAddr>().unwrap(), "fe80::1".parse().unwrap()]));
    let upstream = with(&names);
    for host in ["169.254.169.254", "[::ffff:169.254.169.254]", "100.100.100.200", "rebound.example", "six.example"] {
        let error = send(&upstream, &at(host, 80)).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (SendErrorKind::Unreachable, Certainty::NotSent), "{host}");
        assert!(error.to_string().contains("metadata"), "{error:?}");
    }
}

#[tokio::test]
async fn our_own_listener_is_no_upstream() {
    let (address, connections) = server(|stream, _| answer_all(stream, OK)).await;
    let upstream = upstream();
    upstream.set_own_addresses(vec![address]);
    let error = send(&upstream, &plain(address)).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::OwnAddress, Certainty::NotSent));
    assert!(error.to_string().contains("own address"), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[test]
fn what_cannot_be_a_host_is_no_origin() {
    for host in ["", "a b", "user@host", "host/path", "[::1"] {
        let built = Origin::with_proxy_variables(
            Scheme::Http,
            host,
            80,
            &transport(),
            &TrustStore::with_roots(Vec::new()),
            &ProxyVariables::default(),
        );
        assert!(built.is_err(), "{host}: {built:?}");
    }
}
