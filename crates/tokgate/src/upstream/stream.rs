//! The bytes of one connection: plain or TLS (also TLS inside a TLS proxy), counted as they pass.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::client::TlsStream;

use super::frames::{FrameWatch, Seen};
use super::pool::Pool;
use crate::{clock, gather};

/// A connection's transport.
#[derive(Debug)]
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<Self>>),
}

/// What went over a connection, for those who only hold its sending half.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    received: AtomicU64,
    last_read_ms: AtomicU64,
    stream_limit: AtomicUsize,
    leaving: AtomicBool,
    not_http2: AtomicBool,
}

impl Traffic {
    /// Bytes received so far.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Acquire)
    }

    /// Time since the peer was last heard. Only kept for HTTP/2.
    pub(super) fn silent(&self, now: Instant) -> Duration {
        let last = Duration::from_millis(self.last_read_ms.load(Ordering::Relaxed));
        clock::since_start(now).saturating_sub(last)
    }

    /// Streams the peer allows at once; unknown until its first SETTINGS.
    pub(super) fn stream_limit(&self) -> Option<usize> {
        match self.stream_limit.load(Ordering::Acquire) {
            0 => None,
            limit => Some(limit),
        }
    }

    /// The peer has sent GOAWAY.
    pub(super) fn leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    /// What the peer of an HTTP/2 connection said first is no HTTP/2.
    pub(super) fn is_not_http2(&self) -> bool {
        self.not_http2.load(Ordering::Acquire)
    }
}

/// A transport that keeps its [`Traffic`] up to date.
#[derive(Debug)]
pub(super) struct Watched {
    wire: Wire,
    traffic: Arc<Traffic>,
    http2: Option<Http2Watch>,
}

#[derive(Debug)]
struct Http2Watch {
    frames: FrameWatch,
    pool: Weak<Pool>,
}

impl Watched {
    pub(super) fn http1(wire: Wire) -> (Self, Arc<Traffic>) {
        let traffic = Arc::new(Traffic::default());
        (Self { wire, traffic: Arc::clone(&traffic), http2: None }, traffic)
    }

    /// The pool is told when the stream limit becomes known.
    pub(super) fn http2(wire: Wire, pool: &Arc<Pool>) -> (Self, Arc<Traffic>) {
        let (mut watched, traffic) = Self::http1(wire);
        watched.heard();
        watched.http2 = Some(Http2Watch { frames: FrameWatch::default(), pool: Arc::downgrade(pool) });
        (watched, traffic)
    }

    fn heard(&self) {
        let ms = u64::try_from(clock::since_start(clock::now()).as_millis()).unwrap_or(u64::MAX);
        self.traffic.last_read_ms.store(ms, Ordering::Relaxed);
    }

    fn saw(&mut self, bytes: &[u8]) {
        self.traffic.received.fetch_add(bytes.len() as u64, Ordering::AcqRel);
        if self.http2.is_some() {
            self.heard();
        }
        let Some(watch) = &mut self.http2 else { return };
        let traffic = &self.traffic;
        let mut limit_changed = false;
        watch.frames.observe(bytes, |seen| match seen {
            Seen::Settings(limit) => {
                let known = traffic.stream_limit().is_some();
                if let Some(limit) = limit {
                    let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
                    traffic.stream_limit.store(limit, Ordering::Release);
                } else if !known {
                    traffic.stream_limit.store(usize::MAX, Ordering::Release);
                }
                limit_changed |= limit.is_some() || !known;
            }
            Seen::GoAway => traffic.leaving.store(true, Ordering::Release),
            Seen::NotHttp2 => traffic.not_http2.store(true, Ordering::Release),
        });
        if limit_changed && let Some(pool) = watch.pool.upgrade() {
            pool.dispatch();
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.wire).poll_read(cx, buf))?;
        self.saw(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        gather::poll_write(Pin::new(&mut self.wire), cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
