//! Listening, accepting, serving, stopping. Every connection gets the strict front and hyper's HTTP/1 server; what is
//! answered is the service's business.

mod open;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::front::{FrontFilter, Live, Order, Peer, Reject, Watched};
use super::tls::Tls;
use crate::i18n::Lang;

pub use open::{Active, Caps};
use open::{Full, Open, Seat};

/// A TLS handshake must be over in this time.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Out of file descriptors or memory: others must close first, so asking again at once only burns the CPU.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long aborted connections may take to be gone.
const ABORT_TIME: Duration = Duration::from_secs(1);
/// Connections that wait to be accepted. The usual 128 is less than one burst of an agent swarm: the kernel then drops
/// or resets what it had already greeted. The system may cap it lower.
const BACKLOG: u32 = 4_096;
/// Bytes hyper may keep of input and of output per connection. Must hold a whole head (64 KiB); larger reads make large
/// bodies cheaper, and a connection that carries none stays at 8 KiB.
const BUFFER_MAX: usize = 256 << 10;
/// A bound address that does not accept yet.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    tls: Option<Arc<Tls>>,
}

impl Listener {
    /// Binds. With `tls` the port speaks TLS only.
    pub async fn bind(addr: SocketAddr, tls: Option<Arc<Tls>>) -> io::Result<Self> {
        let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A restart must not wait for connections of the last life to time out.
        socket.set_reuseaddr(true)?;
        socket.bind(addr)?;
        Ok(Self { tcp: socket.listen(BACKLOG)?, tls })
    }

    /// The bound address, with the port that was chosen when 0 was asked for.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// All listeners and connections of the gateway. Clones are the same thing.
#[derive(Debug, Clone)]
pub struct Serving {
    open: Arc<Open>,
    /// The language in which the front refuses.
    lang: Lang,
}

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because the deadline came.
    pub cut: usize,
}

impl Serving {
    /// Nothing is served yet.
    pub fn new(caps: Caps) -> Self {
        Self { open: Arc::new(Open::new(caps)), lang: Lang::default() }
    }

    /// Refuses in this language on listeners that are added from now on.
    #[must_use]
    pub fn speaking(self, lang: Lang) -> Self {
        Self { lang, ..self }
    }

    /// Asks `spare` to close what can be closed when descriptors run out.
    #[must_use]
    pub fn sparing(self, spare: impl Fn() + Send + Sync + 'static) -> Self {
        self.open.spare_with(spare);
        self
    }

    /// Changes the caps; open connections stay.
    pub fn set_caps(&self, caps: Caps) {
        self.open.set_caps(caps);
    }

    /// Accepts on `listener` from now on; `make` gives each connection its service. Needs a tokio runtime.
    pub fn listen<M, S, B>(&self, listener: Listener, make: M) -> io::Result<SocketAddr>
    where
        M: Fn(Peer) -> S + Send + Sync + 'static,
        S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let addr = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, self.open.clone(), self.lang, Arc::new(make)));
        self.open.add_listener(addr, task.abort_handle());
        Ok(addr)
    }

    /// Stops accepting on one address; its connections go on. `false` when nothing listened there.
    pub fn release(&self, addr: SocketAddr) -> bool {
        self.open.release(addr)
    }

    /// What is going on.
    pub fn active(&self) -> Active {
        self.open.active()
    }

    /// Stops accepting, closes idle connections, lets running responses finish until `deadline`, then cuts the rest.
    pub async fn drain(&self, deadline: Duration) -> Drained {
        self.open.stop(Order::Drain);
        if tokio::time::timeout(deadline, self.open.emptied()).await.is_ok() {
            return Drained { cut: 0 };
        }
        let cut = self.open.active().connections;
        self.abort();
        // They are told; a task that hangs in the service all the same must not keep us here.
        let _ = tokio::time::timeout(ABORT_TIME, self.open.emptied()).await;
        Drained { cut }
    }

    /// Stops accepting and closes every connection now. Also ends a [`Serving::drain`] that is under way.
    pub fn abort(&self) {
        self.open.stop(Order::Abort);
    }
}

async fn accept<M, S, B>(listener: Listener, open: Arc<Open>, lang: Lang, make: Arc<M>)
where
    M: Fn(Peer) -> S + Send + Sync + 'static,
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    loop {
        let (stream, addr) = match listener.tcp.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                if !concerns_one_connection(&error) {
                    tracing::warn!(%error, "accepting connections pauses");
                    open.spare();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                continue;
            }
        };
        let Some(seat) = seat(&listener, &open, &stream, addr, lang) else { continue };
        let tls = listener.tls.clone();
        let service = make(seat.live().peer());
        tokio::spawn(async move {
            match tls {
                None => serve(stream, &seat, lang, service).await,
                // Boxed: the task has the size of its larger branch, four kilobytes that most connections have no use for.
                Some(tls) => Box::pin(serve_tls(stream, &tls, &seat, lang, service)).await,
            }
            drop(seat);
        });
    }
}

/// Errors of `accept` that belong to the connection that was to be accepted, and say nothing about the next.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn seat(listener: &Listener, open: &Arc<Open>, stream: &TcpStream, addr: SocketAddr, lang: Lang) -> Option<Seat> {
    // Both fail only when the client is gone already.
    stream.set_nodelay(true).ok()?;
    let local = stream.local_addr().ok()?;
    let tls = listener.tls.is_some();
    let descriptor = u64::try_from(stream.as_raw_fd()).unwrap_or_default();
    match open.admit(Peer { addr, local, tls }, descriptor) {
        Ok(seat) => Some(seat),
        Err(why) => {
            if !tls && why != Full::Stopping {
                // The socket is new, so this fits its buffer; when not, closing is answer enough.
                let _ = stream.try_write(&Reject::NoPlace.answer(lang));
            }
            tracing::debug!(peer = %addr, ?why, "connection turned away");
            None
        }
    }
}

async fn serve_tls<S, B>(stream: TcpStream, tls: &Tls, seat: &Seat, lang: Lang, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let peer = seat.live().peer().addr;
    let handshake = tokio::time::timeout(HANDSHAKE_TIME, tls.acceptor().accept(stream));
    match unless_stopped(seat.live(), handshake).await {
        Some(Ok(Ok(stream))) => serve(stream, seat, lang, service).await,
        Some(Ok(Err(error))) => tracing::info!(%peer, %error, "TLS handshake failed (a plain HTTP client?)"),
        Some(Err(_)) => tracing::info!(%peer, "TLS handshake took longer than 10 s"),
        None => {}
    }
}

/// `None` as soon as the connection shall not go on.
async fn unless_stopped<F: Future>(live: &Live, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut listening = false;
    poll_fn(|cx| {
        if !listening {
            listening = true;
            live.listen(cx.waker());
        }
        if live.order() != Order::Run {
            return Poll::Ready(None);
        }
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

async fn serve<Io, S, B>(io: Io, seat: &Seat, lang: Lang, service: S)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let live = seat.live();
    let mut front = FrontFilter::new(io, live.clone()).speaking(lang);
    if let Some(Err(error)) = unless_stopped(live, poll_fn(|cx| front.poll_first(cx))).await {
        tracing::debug!(peer = %live.peer().addr, %error, "connection ended");
        return;
    }
    let io = TokioIo::new(front);
    let mut connection = pin!(http().serve_connection(io, Watched::new(service, live.clone())).with_upgrades());
    let mut listening = false;
    let mut draining = false;
    let ended = poll_fn(|cx| {
        if !listening {
            listening = true;
            live.listen(cx.waker());
        }
        match live.order() {
            Order::Run => {}
            Order::Drain if draining => {}
            Order::Drain => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
            Order::Abort => return Poll::Ready(Ok(())),
        }
        connection.as_mut().poll(cx)
    })
    .await;
    if let Err(error) = ended {
        tracing::debug!(peer = %live.peer().addr, %error, "connection ended");
        return;
    }
    // The seat is kept: the connection is open and hears what is wanted of it.
    if let Some(session) = live.session() {
        session(live.clone()).await;
    }
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // The time for heads is the front's, so hyper gets no timer. Header names stay lower-case: upstream requests are
    // built anew, and keeping the client's spelling costs an allocation per header.
    http.keep_alive(true).half_close(false).pipeline_flush(false).header_read_timeout(None).max_buf_size(BUFFER_MAX);
    http
}
