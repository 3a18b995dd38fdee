//! One request over one connection, and over another when the first turns out not to have taken it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::header::{self, HeaderMap};
use http::uri::{PathAndQuery, Scheme as UriScheme};
use http::{Method, Request, Response, Uri, Version};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::body::{Framing, ReplayBody, UpstreamBody};
use super::error::{Certainty, ExchangeFacts, SendError, SendErrorKind};
use super::fault::{self, Broken};
use super::lease::{Http1Lease, Http2Lease, Lease};
use super::origin::{Origin, Scheme};
use super::pool::{Grant, Pool};
use super::{Exchange, Within};
use crate::clock;
use crate::i18n::{Text, faults};
use crate::patience::Patience;

/// Connections one `send` may go through; each further one needs proof that the last did not take the request, or is
/// the one repetition after a dead pooled connection.
const CONNECTIONS: usize = 4;
/// How long a connection just given back may take to finish its last exchange. It is a matter of microseconds unless
/// the origin answered before it had read the whole request; then a new connection is the better choice.
const SETTLE: Duration = Duration::from_millis(20);
/// Fields of a response head.
const FIELDS_MAX: usize = 100;
/// Makes the request: once for every connection it goes out on, which is nearly always one. Cheaper than keeping a copy
/// of every request for the rare second time.
pub(super) trait Make: Fn() -> Request<ReplayBody> + Send + Sync {}
impl<F: Fn() -> Request<ReplayBody> + Send + Sync> Make for F {}

/// Why one connection gave no answer. After the first three the request may go out once more.
enum Failed {
    /// The request never went out.
    Unsent,
    /// Nor ever will: the origin does not speak HTTP/2.
    NotHttp2,
    /// The origin says it has not processed it.
    NotProcessed(Text),
    /// A pooled connection died without a word.
    DeadReused(Text),
    /// Anything else.
    Final(SendErrorKind, Text),
}

pub(super) async fn send(
    pool: Arc<Pool>,
    origin: Arc<Origin>,
    make: impl Make,
    within: Within,
) -> Result<Exchange, SendError> {
    let mut history = History::new(clock::now());
    for _ in 0..CONNECTIONS {
        let mut grant = match pool.acquire(&origin, history.now, history.after, within.connection).await {
            Ok(grant) => grant,
            Err(error) => return Err(history.no_connection(error)),
        };
        history.granted(&grant, &pool);
        match once(&origin, &mut grant, &make, history.now, within.head).await {
            Ok((response, method)) => {
                let http2 = matches!(grant.lease, Lease::Http2(_));
                let (head, incoming) = response.into_parts();
                if head.headers.len() > FIELDS_MAX {
                    return Err(history.error(
                        SendErrorKind::HeadTooLarge,
                        Text::new(&faults::TOO_MANY_FIELDS).with("max", FIELDS_MAX),
                    ));
                }
                let framing = Framing::of(&method, &head, http2);
                let body = UpstreamBody::new(incoming, grant.lease, framing);
                return Ok(Exchange { head, body, facts: history.facts });
            }
            Err(Failed::Unsent) => {}
            Err(Failed::NotHttp2) => return Err(history.not_http2()),
            Err(Failed::NotProcessed(cause)) => history.again(&pool, cause),
            Err(Failed::DeadReused(cause)) if !history.maybe_accepted => {
                history.maybe_accepted = true;
                history.again(&pool, cause);
            }
            Err(Failed::DeadReused(cause)) => return Err(history.error(SendErrorKind::ResetReused, cause)),
            Err(Failed::Final(kind, cause)) => return Err(history.error(kind, cause)),
        }
        // what was in the pool up to now may be as dead as this one was
        history.now = clock::now();
        history.after = Some(history.now);
    }
    let cause = history.cause.take().unwrap_or_else(|| (&faults::POOL_UNSENT).into());
    Err(history.error(SendErrorKind::PoolWait, cause))
}

type Answer = (Response<Incoming>, Method);

/// Fields that belong to one connection or to framing, which is ours.
fn is_ours(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "connection"
            | "content-length"
            | "transfer-encoding"
            | "upgrade"
            | "te"
            | "keep-alive"
            | "proxy-connection"
    )
}

/// Mostly there are none, so the names are looked through instead of each being looked up.
fn remove_ours(headers: &mut HeaderMap) {
    while let Some(name) = headers.keys().find(|name| is_ours(name.as_str())).cloned() {
        headers.remove(name);
    }
}

/// What has happened to one request so far.
struct History {
    started: Instant,
    /// When a connection was last asked for or had.
    now: Instant,
    facts: ExchangeFacts,
    after: Option<Instant>,
    maybe_accepted: bool,
    cause: Option<Text>,
}

impl History {
    fn new(started: Instant) -> Self {
        Self { started, now: started, facts: ExchangeFacts::default(), after: None, maybe_accepted: false, cause: None }
    }

    fn granted(&mut self, grant: &Grant, pool: &Pool) {
        let times = grant.times.unwrap_or_default();
        self.facts.dns += times.dns;
        self.facts.connect += times.connect;
        self.facts.tls += times.tls;
        self.facts.reused = grant.reused;
        self.facts.http2 = matches!(grant.lease, Lease::Http2(_));
        if grant.waited {
            self.now = clock::now();
        }
        self.facts.waited = self.now - self.started;
        if grant.reused {
            pool.shared.reused.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn again(&mut self, pool: &Pool, cause: Text) {
        self.facts.resent = true;
        self.cause = Some(cause);
        pool.shared.resent.fetch_add(1, Ordering::Relaxed);
    }

    fn error(&self, kind: SendErrorKind, message: Text) -> SendError {
        // after a connection that died with the request on it no later failure proves that nobody has it
        let kind = if self.maybe_accepted && kind.certainty() == Certainty::NotSent {
            SendErrorKind::ResetReused
        } else {
            kind
        };
        SendError { facts: self.facts, ..SendError::new(kind, message) }
    }

    /// No request can go out over any connection to this origin.
    fn not_http2(&self) -> SendError {
        let error = self.error(SendErrorKind::ProtocolError, (&faults::NOT_HTTP2).into());
        let certainty = if self.maybe_accepted { error.certainty } else { Certainty::NotSent };
        SendError { certainty, ..error }
    }

    /// No connection to be had. After a dead one the request may have been accepted there, whatever failed since.
    fn no_connection(&self, error: SendError) -> SendError {
        let mut facts = self.facts;
        facts.dns += error.facts.dns;
        facts.connect += error.facts.connect;
        facts.tls += error.facts.tls;
        facts.waited = clock::now() - self.started;
        let mut error = match &self.cause {
            Some(cause) if self.maybe_accepted => {
                let message = Text::new(&faults::THEN_NO_CONNECTION)
                    .with_words("cause", cause.clone())
                    .with_words("then", error.message);
                SendError::new(SendErrorKind::ResetReused, message)
            }
            _ => error,
        };
        error.facts = facts;
        error
    }
}

async fn once(
    origin: &Origin,
    grant: &mut Grant,
    make: &impl Make,
    now: Instant,
    head_within: Duration,
) -> Result<Answer, Failed> {
    let reused = grant.reused;
    match &mut grant.lease {
        Lease::Http1(lease) => once_http1(origin, lease, reused, make, now, head_within).await,
        // Boxed: room for it would be copied about with every request over HTTP/1.1 too.
        Lease::Http2(lease) => Box::pin(once_http2(origin, lease, reused, make, now, head_within)).await,
    }
}

async fn once_http1(
    origin: &Origin,
    lease: &mut Http1Lease,
    reused: bool,
    make: &impl Make,
    now: Instant,
    head_within: Duration,
) -> Result<Answer, Failed> {
    let Some(connection) = lease.begin() else { return Err(Failed::Unsent) };
    if !connection.sender.is_ready() {
        // A new one has no last exchange: it waits for its turn on a busy machine, and so would the next one.
        let within = if connection.used { SETTLE } else { head_within };
        let settled = tokio::time::timeout(within, connection.sender.ready()).await;
        if !matches!(settled, Ok(Ok(()))) {
            return Err(Failed::Unsent);
        }
    }
    let mut request = make();
    let method = request.method().clone();
    address_http1(origin, &mut request);
    let before = connection.traffic.received();
    let sending = connection.sender.try_send_request(request);
    let sent = Patience::default().until(now + head_within, sending).await;
    let Some(sent) = sent else { return Err(head_timeout(head_within)) };
    match sent {
        Ok(response) => {
            lease.keep = keep_alive_hint(response.headers());
            Ok((response, method))
        }
        Err(mut error) => {
            if error.take_message().is_some() {
                return Err(Failed::Unsent);
            }
            let answered = connection.traffic.received() != before;
            let error = error.into_error();
            // only a pooled connection can be dead without anybody's fault
            Err(failed(fault::head(&error, answered), reused, &error))
        }
    }
}

async fn once_http2(
    origin: &Origin,
    lease: &Http2Lease,
    reused: bool,
    make: &impl Make,
    now: Instant,
    head_within: Duration,
) -> Result<Answer, Failed> {
    let mut request = make();
    let method = request.method().clone();
    address_http2(origin, &mut request);
    let mut sender = lease.connection.sender.clone();
    let sending = sender.try_send_request(request);
    let sent = Patience::default().until(now + head_within, sending).await;
    let Some(sent) = sent else { return Err(head_timeout(head_within)) };
    match sent {
        Ok(response) => Ok((response, method)),
        Err(mut error) => {
            if error.take_message().is_some() {
                // What came back was read before the request could go out, and ended the connection.
                let foreign = lease.connection.traffic.is_not_http2();
                return Err(if foreign { Failed::NotHttp2 } else { Failed::Unsent });
            }
            let error = error.into_error();
            match fault::head(&error, false) {
                broken @ Broken::NotProcessed => Err(Failed::NotProcessed(fault::words(broken, &error))),
                broken => Err(failed(broken, reused, &error)),
            }
        }
    }
}

/// `again`: the request may go out once more.
fn failed(broken: Broken, again: bool, error: &hyper::Error) -> Failed {
    let cause = fault::words(broken, error);
    match (broken, again) {
        (Broken::Silent, true) => Failed::DeadReused(cause),
        (Broken::NotProcessed, true) => Failed::NotProcessed(cause),
        (Broken::Silent | Broken::NotProcessed, false) => Failed::Final(SendErrorKind::ResetFresh, cause),
        (Broken::Known(kind), _) => Failed::Final(kind, cause),
    }
}

fn head_timeout(within: Duration) -> Failed {
    Failed::Final(SendErrorKind::HeadTimeout, Text::new(&faults::HEAD_SLOW).with("ms", within.as_millis()))
}

/// Origin form and a host field; absolute form towards a proxy that forwards.
fn address_http1(origin: &Origin, request: &mut Request<ReplayBody>) {
    let path = path_of(request);
    remove_ours(request.headers_mut());
    *request.uri_mut() = if origin.key.forwards() { absolute(origin, path) } else { Uri::from(path) };
    *request.version_mut() = Version::HTTP_11;
    request.headers_mut().insert(header::HOST, origin.host_header.clone());
    if let Some(value) = &origin.proxy_authorization {
        request.headers_mut().insert(header::PROXY_AUTHORIZATION, value.clone());
    }
}

/// Absolute form, from which HTTP/2 takes `:scheme` and `:authority`.
fn address_http2(origin: &Origin, request: &mut Request<ReplayBody>) {
    let path = path_of(request);
    *request.uri_mut() = absolute(origin, path);
    *request.version_mut() = Version::HTTP_2;
    remove_ours(request.headers_mut());
}

fn path_of(request: &Request<ReplayBody>) -> PathAndQuery {
    request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"))
}

fn absolute(origin: &Origin, path: PathAndQuery) -> Uri {
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(match origin.key.scheme {
        Scheme::Http => UriScheme::HTTP,
        Scheme::Https => UriScheme::HTTPS,
    });
    parts.authority = Some(origin.authority.clone());
    parts.path_and_query = Some(path);
    // all three parts are there, so this cannot fail
    Uri::from_parts(parts).unwrap_or_default()
}

/// `keep-alive: timeout=5` as Node's servers send it, less a second so that we let go first.
fn keep_alive_hint(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("keep-alive")?.to_str().ok()?;
    let seconds = value.split(',').find_map(|part| {
        let (name, seconds) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("timeout").then(|| seconds.trim().parse::<u64>().ok())?
    })?;
    Some(Duration::from_secs(seconds.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use hyper::client::conn::http1;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::config::model::{Http2, HttpProxy, KeepAlive, Transport};
    use crate::upstream::dial::DialTimes;
    use crate::upstream::lease::Http1Connection;
    use crate::upstream::{PoolLimits, TrustStore, Upstream};

    /// No time of it is met here.
    const LONG: Duration = Duration::from_secs(600);
    const TRANSPORT: Transport = Transport {
        dns_timeout: LONG,
        connect_timeout: LONG,
        tls_timeout: LONG,
        first_byte_timeout: LONG,
        idle_timeout: LONG,
        request_timeout: LONG,
        retries: 0,
        keep_alive: KeepAlive { per_host: 1, total: 1, idle: LONG },
        http_proxy: HttpProxy::None,
        ca_file: None,
        http2: Http2::Off,
    };

    /// The status of an exchange over a connection whose task has its first turn only after so long; nothing when the
    /// request did not go out.
    async fn over_a_connection_whose_turn_comes_late(used: bool, late: Duration) -> Option<u16> {
        let trust = TrustStore::with_roots(Vec::new());
        let origin = Origin::new(Scheme::Http, "127.0.0.1", 9, &TRANSPORT, &trust).unwrap();
        let (near, mut far) = tokio::io::duplex(4096);
        let (sender, driver) = http1::handshake(TokioIo::new(near)).await.unwrap();
        let task = tokio::spawn(async move {
            tokio::time::sleep(late).await;
            driver.await
        });
        tokio::spawn(async move {
            let _ = far.read(&mut [0; 4096]).await;
            far.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await
        });
        let mut connection = Http1Connection::new(sender, task.abort_handle(), Arc::default(), DialTimes::default());
        connection.used = used;
        let pool = Upstream::new(PoolLimits::default()).pool(&origin);
        let mut lease = Http1Lease::new(connection, &pool);
        let make = || Request::new(ReplayBody::whole(bytes::Bytes::new()));
        match once_http1(&origin, &mut lease, used, &make, clock::now(), LONG).await {
            Ok((response, _)) => Some(response.status().as_u16()),
            Err(Failed::Unsent) => None,
            Err(_) => panic!("the request broke"),
        }
    }

    /// With no more patience for a new one than for one just given back, four of them in a row ended a request with
    /// `pool-wait` although the origin was well.
    #[tokio::test(start_paused = true)]
    async fn a_new_connection_is_waited_for_on_a_busy_machine_and_one_just_given_back_is_replaced() {
        let late = SETTLE * 50;
        assert_eq!(over_a_connection_whose_turn_comes_late(false, late).await, Some(204));
        assert_eq!(over_a_connection_whose_turn_comes_late(true, late).await, None);
    }

    #[test]
    fn the_keep_alive_hint_is_shortened_by_a_second_and_garbage_is_no_hint() {
        let hint = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("keep-alive", http::HeaderValue::from_static(text));
            keep_alive_hint(&headers)
        };
        assert_eq!(hint("timeout=5, max=100"), Some(Duration::from_secs(4)));
        assert_eq!(hint("max=100, Timeout = 72"), Some(Duration::from_secs(71)));
        assert_eq!(hint("timeout=0"), Some(Duration::ZERO));
        assert_eq!(hint("timeout=soon"), None);
        assert_eq!(hint("max=5"), None);
    }
}
