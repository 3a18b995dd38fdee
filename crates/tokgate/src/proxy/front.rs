//! The strict HTTP/1 front: a filter between the socket and hyper. Hyper alone accepts requests that other parsers read
//! differently (two framings, two hosts, bare LF); here every doubt is answered and ends the connection before hyper
//! has seen it. Also the time limits of the reading and writing side. Not the place for limits or errors that depend on
//! what is asked: those are the proxy's.
//!
//! Hyper gets a head only as a whole, and the next one only when the response to the last is out. So at most one
//! request is with hyper, and our own answer can never fall into the middle of another. For that the service must be
//! wrapped in [`Watched`] with the same [`Live`].

mod chunked;
mod closing;
mod head;
mod live;
mod machine;
mod reject;
mod switch;
#[cfg(test)]
mod tests;
mod timer;
mod watched;

use std::io::{self, IoSlice};
use std::mem::{self, MaybeUninit};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::i18n::Lang;
use crate::{clock, gather};

pub use head::{FIELDS_MAX, HEAD_MAX, TARGET_MAX};
pub use live::{Live, Order, Peer};
pub use machine::{Machine, Phase, Verdict};
pub use reject::Reject;
pub use switch::{Running, Session, Switch};
pub use watched::{Watched, WatchedBody, WatchedFuture};

use closing::Closing;
use timer::LazyTimer;

/// A head must be complete this long after its first byte, the first one after the connection was made.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a connection may stand idle between two requests.
pub const IDLE_TIME: Duration = Duration::from_secs(75);
/// In every such span a body must bring [`BODY_PROGRESS`], while we wait for it.
pub const BODY_TIME: Duration = Duration::from_secs(10);
/// Bytes a body must bring in every [`BODY_TIME`].
pub const BODY_PROGRESS: u64 = 1 << 10;
/// How long a client may read nothing of what we write.
pub const WRITE_TIME: Duration = Duration::from_secs(120);
/// How long an ended connection is kept for our last words to arrive.
pub const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Once so much of the requests sent ahead of the running response is kept, no more is read.
const AHEAD_MAX: usize = HEAD_MAX;
/// Read at once while there is no hyper yet: as much as its first read.
const FIRST_READ: usize = 8 << 10;
/// What hyper writes on its own before a response.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A socket or TLS stream that gives only sound HTTP/1 requests to its reader.
#[derive(Debug)]
pub struct FrontFilter<Io> {
    io: Io,
    /// The language it refuses in.
    lang: Lang,
    live: Arc<Live>,
    machine: Machine,
    /// Bytes not given to hyper: an unfinished head, or what came ahead of time. Empty on the fast path.
    held: Vec<u8>,
    /// So many of them may be given now.
    pass: usize,
    /// Heads given to hyper.
    heads: u64,
    /// One of them is not answered completely.
    busy: bool,
    /// Some of its answer may be on the wire.
    wrote: bool,
    /// The client has closed its side.
    eof: bool,
    /// HTTP has ended on this connection: what comes is not read here.
    switched: bool,
    closing: Option<Closing>,
    /// Hyper must not believe that the connection ended well: a request was broken off.
    broken: bool,
    timer: LazyTimer,
    /// What we wait for from the client, and since when.
    waiting: Option<(Waiting, Instant)>,
    /// Body bytes since then.
    body_bytes: u64,
    /// Since when the client takes nothing.
    stalled: Option<Instant>,
    close_by: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// The first byte of the connection.
    First,
    /// The first byte of a further request.
    Next,
    /// The rest of a head.
    Head,
    /// More of a body.
    Body,
}

impl Waiting {
    fn limit(self) -> Duration {
        match self {
            Self::First | Self::Head => HEAD_TIME,
            Self::Next => IDLE_TIME,
            Self::Body => BODY_TIME,
        }
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> FrontFilter<Io> {
    /// Refuses in this language.
    #[must_use]
    pub fn speaking(self, lang: Lang) -> Self {
        Self { lang, ..self }
    }

    /// Wraps a connection.
    pub fn new(io: Io, live: Arc<Live>) -> Self {
        Self {
            io,
            lang: Lang::default(),
            machine: Machine::new(live.peer().tls),
            live,
            held: Vec::new(),
            pass: 0,
            heads: 0,
            busy: false,
            wrote: false,
            eof: false,
            switched: false,
            closing: None,
            broken: false,
            timer: LazyTimer::default(),
            waiting: None,
            body_bytes: 0,
            stalled: None,
            close_by: None,
        }
    }

    /// Ready when there is something for hyper: a head, an end, an error. Until then a connection needs no hyper, whose
    /// buffer is most of the memory of one that says nothing, or says it slowly.
    pub fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [MaybeUninit::uninit(); FIRST_READ];
        let mut buf = ReadBuf::uninit(&mut space);
        ready!(self.read(cx, &mut buf))?;
        let read = buf.filled();
        self.pass += read.len();
        self.held.splice(..0, read.iter().copied());
        Poll::Ready(Ok(()))
    }

    /// Reads into `buf` what hyper may see. `Ready` with nothing read is the end.
    fn read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut unread = !self.held.is_empty();
        loop {
            if self.closing.is_some() {
                return self.poll_closing(cx);
            }
            if self.has_switched() {
                return self.pass_through(cx, buf);
            }
            if self.pass > 0 {
                self.give(buf);
                return Poll::Ready(Ok(()));
            }
            if let Phase::Refused(reject) = self.machine.phase() {
                match self.refuse(reject) {
                    Ok(()) => continue,
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
            let ahead = self.busy && self.machine.phase() == Phase::Between;
            if ahead && self.held.len() >= AHEAD_MAX {
                // Nothing more is read until the response is out; `settle` wakes us then.
                return Poll::Pending;
            }
            if unread && !ahead {
                unread = false;
                self.look_at_held();
                continue;
            }
            let before = buf.filled().len();
            match Pin::new(&mut self.io).poll_read(cx, buf)? {
                Poll::Pending => match ready!(self.poll_patience(cx)) {
                    Ok(()) => {}
                    Err(error) => return Poll::Ready(Err(error)),
                },
                Poll::Ready(()) if buf.filled().len() == before => {
                    self.eof = true;
                    if self.machine.phase() != Phase::Head {
                        return Poll::Ready(Ok(()));
                    }
                    self.close_with(Reject::Incomplete);
                }
                Poll::Ready(()) if ahead || !self.held.is_empty() => {
                    self.held.extend_from_slice(&buf.filled()[before..]);
                    buf.set_filled(before);
                    unread = true;
                }
                Poll::Ready(()) => {
                    let fresh = &buf.filled()[before..];
                    let pass = self.judge(fresh);
                    if pass < fresh.len() && !matches!(self.machine.phase(), Phase::Refused(_)) {
                        self.held.extend_from_slice(&fresh[pass..]);
                    }
                    buf.set_filled(before + pass);
                    if pass > 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }

    /// Whether the response that ends HTTP is out. What came behind its request belongs to the protocol that follows.
    fn has_switched(&mut self) -> bool {
        if !self.switched && self.live.has_switched() && self.live.finished() >= self.heads {
            self.switched = true;
            self.busy = false;
            self.pass = self.held.len();
        }
        self.switched
    }

    /// Gives on what comes; limits are the session's.
    fn pass_through(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.pass > 0 {
            self.give(buf);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        self.eof |= buf.filled().len() == before;
        Poll::Ready(Ok(()))
    }

    /// How many of these bytes may pass. When a violation is found together with the head of its message, the message
    /// is not even begun.
    fn judge(&mut self, bytes: &[u8]) -> usize {
        let verdict = self.machine.feed(bytes);
        if verdict.head && verdict.reject.is_some() {
            return 0;
        }
        self.body_bytes += verdict.pass as u64;
        if verdict.head {
            self.heads += 1;
            self.busy = true;
            self.waiting = None;
        }
        verdict.pass
    }

    fn look_at_held(&mut self) {
        let held = mem::take(&mut self.held);
        self.pass = self.judge(&held);
        self.held = held;
        if matches!(self.machine.phase(), Phase::Refused(_)) {
            self.held.truncate(self.pass);
        }
    }

    /// Gives held bytes that may pass.
    fn give(&mut self, buf: &mut ReadBuf<'_>) {
        let n = self.pass.min(buf.remaining());
        buf.put_slice(&self.held[..n]);
        self.pass -= n;
        if n == self.held.len() {
            // Split heads are rare: no memory is kept for the next one.
            self.held = Vec::new();
        } else {
            self.held.drain(..n);
        }
    }

    /// Begins the end: with an answer where one can still be read as such.
    fn refuse(&mut self, reject: Reject) -> io::Result<()> {
        if self.broken || (self.busy && self.wrote) {
            self.broken = true;
            return Err(io::Error::new(io::ErrorKind::InvalidData, reject.reason()));
        }
        self.close_with(reject);
        Ok(())
    }

    fn close_with(&mut self, reject: Reject) {
        let peer = self.live.peer().addr;
        tracing::info!(%peer, status = reject.status(), code = reject.code(), "request refused: {}", reject.reason());
        self.broken = self.busy;
        self.closing = Some(Closing::with_answer(reject.answer(self.lang)));
        self.close_by = None;
    }

    /// Goes on with the end. To hyper it is an end of input, or an error when a request was broken off.
    fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(closing) = self.closing.as_mut() else { return Poll::Ready(Ok(())) };
        if closing.poll(&mut self.io, cx).is_pending() {
            let by = *self.close_by.get_or_insert_with(|| clock::now() + CLOSE_TIME);
            ready!(self.timer.poll(cx, by));
            closing.give_up();
        }
        Poll::Ready(if self.broken { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) })
    }

    /// The client sends nothing: how long may it? `Ready` means that something was decided.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let waiting = match self.machine.phase() {
            Phase::Body => Waiting::Body,
            Phase::Head => Waiting::Head,
            _ if self.busy => return Poll::Pending,
            _ if self.heads == 0 => Waiting::First,
            _ => Waiting::Next,
        };
        let since = match self.waiting {
            Some((same, since)) if same == waiting => since,
            _ => self.wait(waiting),
        };
        ready!(self.timer.poll(cx, since + waiting.limit()));
        match waiting {
            Waiting::Body if self.body_bytes >= BODY_PROGRESS => {
                self.wait(waiting);
            }
            Waiting::Body if self.wrote => {
                self.broken = true;
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            Waiting::Body => self.close_with(Reject::BodyTimeout),
            Waiting::Head => self.close_with(Reject::HeadTimeout),
            Waiting::First | Waiting::Next => self.closing = Some(Closing::silent(false)),
        }
        Poll::Ready(Ok(()))
    }

    fn wait(&mut self, waiting: Waiting) -> Instant {
        let now = clock::now();
        self.waiting = Some((waiting, now));
        self.body_bytes = 0;
        now
    }

    /// Called when all that hyper has written is out: is the response over?
    fn settle(&mut self, cx: &mut Context<'_>) {
        if !self.busy || self.live.finished() < self.heads || self.machine.phase() != Phase::Between {
            return;
        }
        if self.has_switched() {
            return;
        }
        self.busy = false;
        self.wrote = false;
        // Hyper reads again by itself only when the socket says so: the timer must run from here, and what is held
        // must be announced.
        let since = self.wait(Waiting::Next);
        if !self.held.is_empty() || self.timer.poll(cx, since + IDLE_TIME).is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    /// Whether writing may go on. Drives the end when a request was broken off, since nobody else may.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing.is_some() && self.broken {
            return self.poll_closing(cx);
        }
        Poll::Ready(if self.broken { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) })
    }

    /// The client takes nothing, or took something.
    fn watch_write<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let since = *self.stalled.get_or_insert_with(clock::now);
        ready!(self.timer.poll(cx, since + WRITE_TIME));
        self.broken = true;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncRead for FrontFilter<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().read(cx, buf)
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> AsyncWrite for FrontFilter<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_writable(cx))?;
        if !this.wrote {
            let is_continue = bufs.first().is_some_and(|first| **first == *CONTINUE)
                && bufs.iter().skip(1).all(|rest| rest.is_empty());
            this.wrote = !is_continue;
        }
        let written = gather::poll_write(Pin::new(&mut this.io), cx, bufs);
        this.watch_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_writable(cx))?;
        let flushed = Pin::new(&mut this.io).poll_flush(cx);
        ready!(this.watch_write(cx, flushed))?;
        this.settle(cx);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closing.is_none() {
            // A response may have ended before the body of its request did.
            let unread = !this.eof && (this.machine.phase() == Phase::Body || !this.held.is_empty() || this.switched);
            this.closing = Some(Closing::silent(unread));
        }
        this.poll_closing(cx)
    }
}
