//! Small servers and the usual way of sending a request to them.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use parking_lot::Mutex;
use tokgate::config::model::{Http2, HttpProxy, KeepAlive, Transport};
use tokgate::upstream::{
    Exchange, Origin, PoolLimits, ProxyVariables, ReplayBody, Resolve, ResolveError, ResolveFuture, Scheme, SendError,
    TrustStore, Upstream,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Far beyond what any test needs; only a hung test meets it.
const GUARD: Duration = Duration::from_secs(60);
/// Longer than any test runs.
pub(crate) const LONG: Duration = Duration::from_secs(600);

pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

pub(crate) async fn guarded<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, work).await.expect("the test hangs")
}

/// Runs a server: `serve` gets each connection and its number.
pub(crate) async fn server<F, W>(serve: F) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Fn(TcpStream, usize) -> W + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream, counter.fetch_add(1, Ordering::SeqCst)));
        }
    });
    (address, count)
}

/// Reads one request with its body; `None` when the connection ended first.
pub(crate) async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes.clone()).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).map_or(0, |l| l.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    bytes.extend_from_slice(&body);
    Some(String::from_utf8(bytes).unwrap())
}

/// Answers every request on a connection with the same bytes.
pub(crate) async fn answer_all(mut stream: TcpStream, answer: &'static [u8]) {
    while read_request(&mut stream).await.is_some() {
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// A server that answers the first request of each connection when so many are waiting, and then keeps it open.
pub(crate) async fn answer_together(many: usize) -> (SocketAddr, Arc<AtomicUsize>) {
    let barrier = Arc::new(Barrier::new(many));
    server(move |mut stream, _| {
        let barrier = Arc::clone(&barrier);
        async move {
            read_request(&mut stream).await.unwrap();
            barrier.wait().await;
            stream.write_all(OK).await.unwrap();
            until_closed(&mut stream).await;
        }
    })
    .await
}

/// Sends so many requests at once, and waits until each is answered.
pub(crate) async fn send_together(upstream: &Upstream, origin: &Arc<Origin>, many: usize) {
    let mut running = JoinSet::new();
    for _ in 0..many {
        let (upstream, origin) = (upstream.clone(), Arc::clone(origin));
        running.spawn(async move { text(send(&upstream, &origin).await.unwrap()).await });
    }
    assert_eq!(guarded(running.join_all()).await, vec!["ok"; many]);
}

/// Waits until the other side has closed.
pub(crate) async fn until_closed<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut rest = [0; 1024];
    while matches!(stream.read(&mut rest).await, Ok(n) if n > 0) {}
}

pub(crate) fn transport() -> Transport {
    Transport {
        dns_timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(20),
        tls_timeout: Duration::from_secs(20),
        first_byte_timeout: LONG,
        idle_timeout: LONG,
        request_timeout: LONG,
        retries: 0,
        keep_alive: KeepAlive { per_host: 100, total: 200, idle: Duration::from_secs(30) },
        http_proxy: HttpProxy::None,
        ca_file: None,
        http2: Http2::Auto,
    }
}

pub(crate) fn prior_knowledge() -> Transport {
    Transport { http2: Http2::PriorKnowledge, ..transport() }
}

pub(crate) fn plain(address: SocketAddr) -> Arc<Origin> {
    plain_with(address, &transport())
}

pub(crate) fn plain_with(address: SocketAddr, transport: &Transport) -> Arc<Origin> {
    named(Scheme::Http, &address.ip().to_string(), address.port(), transport, &TrustStore::with_roots(Vec::new()))
}

pub(crate) fn named(scheme: Scheme, host: &str, port: u16, transport: &Transport, trust: &TrustStore) -> Arc<Origin> {
    Origin::with_proxy_variables(scheme, host, port, transport, trust, &ProxyVariables::default()).unwrap()
}

pub(crate) fn upstream() -> Upstream {
    Upstream::new(PoolLimits::default())
}

pub(crate) fn post(body: &'static str) -> Request<ReplayBody> {
    Request::post("/v1/messages?beta=true").body(ReplayBody::whole(Bytes::from_static(body.as_bytes()))).unwrap()
}

/// Sends and waits for the head.
pub(crate) async fn send(upstream: &Upstream, origin: &Arc<Origin>) -> Result<Exchange, SendError> {
    guarded(upstream.send(origin, || post("{}"), LONG)).await
}

/// Sends, reads the whole answer, and gives its text.
pub(crate) async fn text(exchange: Exchange) -> String {
    let body = guarded(exchange.body.collect()).await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Lets other tasks run until the condition holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    guarded(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// A resolver with fixed answers that counts the questions.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) answers: Mutex<HashMap<String, Result<Vec<IpAddr>, ResolveError>>>,
    pub(crate) asked: AtomicUsize,
    /// Questions are answered only while this is open.
    pub(crate) gate: Option<Arc<tokio::sync::Semaphore>>,
}

impl Names {
    pub(crate) fn one(host: &str, addresses: &[&str]) -> Arc<Self> {
        let names = Self::default();
        names.set(host, Ok(addresses.iter().map(|a| a.parse().unwrap()).collect()));
        Arc::new(names)
    }

    pub(crate) fn set(&self, host: &str, answer: Result<Vec<IpAddr>, ResolveError>) {
        self.answers.lock().insert(host.to_owned(), answer);
    }
}

impl Resolve for Names {
    fn resolve(&self, host: &str) -> ResolveFuture {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.lock().get(host).cloned();
        let answer = answer.unwrap_or_else(|| Err(ResolveError::NotFound("no such name".to_owned())));
        let gate = self.gate.clone();
        Box::pin(async move {
            if let Some(gate) = gate {
                let _permit = gate.acquire().await;
            }
            answer
        })
    }
}

/// Polls a future once and drops it.
pub(crate) async fn poll_once_and_drop<T>(work: impl Future<Output = T>) {
    let mut work = Box::pin(work);
    std::future::poll_fn(|cx| {
        assert!(Pin::new(&mut work).poll(cx).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
}
