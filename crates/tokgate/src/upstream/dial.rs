//! A new connection: TCP, the proxy's consent, TLS, and the HTTP handshake, each with its own time limit.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls_pki_types::ServerName;

use super::connect::{self, Connected, Limits};
use super::error::{SendError, SendErrorKind};
use super::lease::{Http1Connection, Http2Connection, Opened};
use super::origin::Origin;
use super::outbound_proxy::{OutboundProxy, ProxyKind};
use super::pool::Pool;
use super::stream::{Watched, Wire};
use super::tls::{self, TlsSetup};
use crate::clock;
use crate::config::model::Http2;
use crate::i18n::{Text, faults};

/// Largest response head: far above what providers send, far below what hurts.
const HEAD_MAX: usize = 64 * 1024;
/// What a stream may send unread: an answer of usual length never waits for a window update.
const STREAM_WINDOW: u32 = 1 << 20;
/// Room for 64 stalled readers, so that they do not stop the others on their connection.
const CONNECTION_WINDOW: u32 = 64 << 20;
/// Silence on a connection with open streams before it is asked for a sign of life, and the time to give one.
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The tasks of connections that are closed are gone by then, and their descriptors free.
const CLOSING: Duration = Duration::from_millis(20);

/// What the steps of a connection took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DialTimes {
    pub(super) dns: Duration,
    pub(super) connect: Duration,
    pub(super) tls: Duration,
}

/// Opens a connection to the origin. When no descriptor is left for it, idle connections to all origins are closed, and it
/// is tried once more.
pub(super) async fn dial(pool: &Arc<Pool>, origin: &Origin) -> Result<Opened, SendError> {
    match dial_once(pool, origin).await {
        Err(error) if error.kind == SendErrorKind::PoolWait && pool.shared.close_idle() > 0 => {
            tokio::time::sleep(CLOSING).await;
            dial_once(pool, origin).await
        }
        dialed => dialed,
    }
}

async fn dial_once(pool: &Arc<Pool>, origin: &Origin) -> Result<Opened, SendError> {
    let mut times = DialTimes::default();
    dial_timed(pool, origin, &mut times).await.map_err(|mut error| {
        error.facts.dns = error.facts.dns.max(times.dns);
        error.facts.connect = error.facts.connect.max(times.connect);
        error.facts.tls = times.tls;
        error
    })
}

async fn dial_timed(pool: &Arc<Pool>, origin: &Origin, times: &mut DialTimes) -> Result<Opened, SendError> {
    let own = Arc::clone(&pool.shared.own.lock());
    let wire = match &origin.key.proxy {
        None => direct(pool, origin, &own, times).await?,
        Some(proxy) => through(pool, origin, proxy, &own, times).await?,
    };
    let Some((setup, name)) = &origin.tls else {
        return speak(pool, wire, origin.key.http2 == Http2::PriorKnowledge, *times, origin).await;
    };
    let started = clock::now();
    let secured = secure(wire, setup, name, &origin.key.host, origin.times.tls).await;
    times.tls = clock::now() - started;
    let wire = secured?;
    let agreed = match &wire {
        Wire::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        Wire::Plain(_) => false,
    };
    speak(pool, wire, agreed || origin.key.http2 == Http2::PriorKnowledge, *times, origin).await
}

async fn direct(pool: &Pool, origin: &Origin, own: &[SocketAddr], times: &mut DialTimes) -> Result<Wire, SendError> {
    let limits = Limits { dns: origin.times.dns, connect: origin.times.connect };
    let connected = connect::open(&pool.shared.dns, own, &origin.key.host, origin.key.port, limits).await?;
    Ok(record(connected, times))
}

async fn through(
    pool: &Pool,
    origin: &Origin,
    proxy: &OutboundProxy,
    own: &[SocketAddr],
    times: &mut DialTimes,
) -> Result<Wire, SendError> {
    let (host, port) = (origin.key.host.as_str(), origin.key.port);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let literal = bare.parse::<IpAddr>().ok();
    if literal.is_some_and(connect::is_forbidden) {
        return Err(SendError::new(SendErrorKind::Unreachable, Text::new(&faults::FORBIDDEN).with("host", host)));
    }
    // with socks5:// names are ours to look up; socks5h:// and http:// leave them to the proxy
    let ip = match proxy.kind {
        ProxyKind::Socks5 => Some(resolved(pool, origin, own, times).await?),
        ProxyKind::Socks5Remote => literal,
        ProxyKind::Http | ProxyKind::Https => None,
    };
    let limits = Limits { dns: origin.times.dns, connect: origin.times.connect };
    let connected = connect::open(&pool.shared.dns, own, &proxy.host, proxy.port, limits).await;
    let mut wire = record(connected.map_err(|error| not_reached(proxy, error))?, times);
    if let Some((setup, name)) = &origin.proxy_tls {
        let secured = secure(wire, setup, name, &proxy.host, origin.times.tls).await;
        wire = secured.map_err(|error| not_reached(proxy, error))?;
    }
    if origin.key.forwards() {
        return Ok(wire);
    }
    let started = clock::now();
    let opening = proxy.open_way(&mut wire, bare_or_bracketed(proxy, host, bare), port, ip);
    let opened = tokio::time::timeout(origin.times.connect, opening).await;
    times.connect += clock::now() - started;
    match opened {
        Ok(Ok(())) => Ok(wire),
        Ok(Err(error)) => Err(error),
        Err(_) => {
            let message = Text::new(&faults::PROXY_SLOW)
                .with("proxy", format_args!("{proxy:?}"))
                .with("host", host)
                .with("port", port);
            Err(SendError::new(SendErrorKind::ProxyRefused, message))
        }
    }
}

/// CONNECT writes an IPv6 address in brackets, SOCKS does not.
fn bare_or_bracketed<'a>(proxy: &OutboundProxy, host: &'a str, bare: &'a str) -> &'a str {
    match proxy.kind {
        ProxyKind::Http | ProxyKind::Https => host,
        ProxyKind::Socks5 | ProxyKind::Socks5Remote => bare,
    }
}

async fn resolved(
    pool: &Pool,
    origin: &Origin,
    own: &[SocketAddr],
    times: &mut DialTimes,
) -> Result<IpAddr, SendError> {
    let started = clock::now();
    let found = connect::addresses_of(&pool.shared.dns, &origin.key.host, origin.times.dns).await;
    times.dns = clock::now() - started;
    let targets = connect::permitted(&origin.key.host, origin.key.port, &found?, own)?;
    targets.first().map(SocketAddr::ip).ok_or_else(|| {
        let message = Text::new(&faults::HOST_WITHOUT_ADDRESS).with("host", &origin.key.host);
        SendError::new(SendErrorKind::DnsNotFound, message)
    })
}

fn not_reached(proxy: &OutboundProxy, error: SendError) -> SendError {
    if error.kind == SendErrorKind::PoolWait {
        return error;
    }
    let message =
        Text::new(&faults::PROXY_UNUSABLE).with("proxy", format_args!("{proxy:?}")).with_words("cause", error.message);
    SendError { facts: error.facts, ..SendError::new(SendErrorKind::ProxyRefused, message) }
}

fn record(connected: Connected, times: &mut DialTimes) -> Wire {
    times.dns += connected.dns;
    times.connect += connected.connect;
    Wire::Plain(connected.stream)
}

async fn secure(
    wire: Wire,
    setup: &TlsSetup,
    name: &ServerName<'static>,
    host: &str,
    within: Duration,
) -> Result<Wire, SendError> {
    let connector = setup.connector().await?;
    match tokio::time::timeout(within, connector.connect(name.clone(), wire)).await {
        Ok(Ok(stream)) => Ok(Wire::Tls(Box::new(stream))),
        Ok(Err(error)) => Err(tls::handshake_error(host, &error)),
        Err(_) => {
            let message = Text::new(&faults::TLS_SLOW).with("host", host).with("ms", within.as_millis());
            Err(SendError::new(SendErrorKind::TlsTimeout, message))
        }
    }
}

async fn speak(
    pool: &Arc<Pool>,
    wire: Wire,
    http2: bool,
    times: DialTimes,
    origin: &Origin,
) -> Result<Opened, SendError> {
    if http2 { speak_http2(pool, wire, times, origin).await } else { speak_http1(wire, times).await }
}

async fn speak_http1(wire: Wire, times: DialTimes) -> Result<Opened, SendError> {
    let (io, traffic) = Watched::http1(wire);
    let handshake =
        http1::Builder::new().max_buf_size(HEAD_MAX).max_header_size(HEAD_MAX).handshake(TokioIo::new(io)).await;
    let (sender, driver) = handshake.map_err(|e| SendError::new(SendErrorKind::Refused, Text::verbatim(e)))?;
    let task = tokio::spawn(async move {
        // whoever waits for an answer gets the error too
        let _ = driver.await;
    });
    Ok(Opened::Http1(Http1Connection::new(sender, task.abort_handle(), traffic, times)))
}

async fn speak_http2(pool: &Arc<Pool>, wire: Wire, times: DialTimes, origin: &Origin) -> Result<Opened, SendError> {
    let (io, traffic) = Watched::http2(wire, pool);
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(u32::try_from(HEAD_MAX).unwrap_or(u32::MAX))
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    let handshake = tokio::time::timeout(origin.times.tls, builder.handshake(TokioIo::new(io))).await;
    let (sender, driver) = match handshake {
        Ok(Ok(made)) => made,
        // nothing of a request has gone out yet
        Ok(Err(error)) => return Err(SendError::new(SendErrorKind::Refused, Text::verbatim(error))),
        Err(_) => {
            let message = Text::new(&faults::GREETING_SLOW).with("host", &origin.key.host);
            return Err(SendError::new(SendErrorKind::TlsTimeout, message));
        }
    };
    tokio::spawn(async move {
        let _ = driver.await;
    });
    Ok(Opened::Http2(Arc::new(Http2Connection::new(sender, traffic, times))))
}
