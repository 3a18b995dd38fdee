//! Accepts connections, applies the faults that strike before a request, and hands the rest to HTTP/1.1 or 2.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::server::TlsStream;

use super::stage::{ConnectionGuard, Stage};
use super::{Transport, h1, h2, tls};
use crate::fault::Fault;

/// A byte stream whose TCP connection can be told to end with a reset.
pub(crate) trait Conn: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// From now on closing sends RST and throws unsent bytes away.
    fn reset_on_close(&self);
}

impl Conn for TcpStream {
    fn reset_on_close(&self) {
        // an error means that the connection is gone already
        let _ = self.set_zero_linger();
    }
}

impl Conn for TlsStream<TcpStream> {
    fn reset_on_close(&self) {
        self.get_ref().0.reset_on_close();
    }
}

/// Serves until it is aborted; all connections end with it.
pub(crate) async fn run(
    listener: TcpListener,
    stage: Arc<Stage>,
    transport: Transport,
    tls: Option<Arc<tls::Certificates>>,
) {
    let mut connections = JoinSet::new();
    loop {
        // finished connections are taken out, so that the set does not grow with the test
        while connections.try_join_next().is_some() {}
        let Ok((tcp, _)) = listener.accept().await else { continue };
        let _ = tcp.set_nodelay(true);
        let (guard, fault) = stage.connected();
        let serving = serve(tcp, stage.clone(), guard, fault, transport.clone(), tls.clone());
        connections.spawn(serving);
    }
}

/// Serves the control plane alone, on a port of its own.
pub(crate) async fn control(listener: TcpListener, stage: Arc<Stage>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((tcp, _)) = listener.accept().await else { continue };
        let _ = tcp.set_nodelay(true);
        connections.spawn(h1::serve_control(tcp, stage.clone()));
    }
}

async fn serve(
    mut tcp: TcpStream,
    stage: Arc<Stage>,
    guard: ConnectionGuard,
    fault: Option<Fault>,
    transport: Transport,
    tls: Option<Arc<tls::Certificates>>,
) {
    match (fault, transport, tls) {
        (Some(Fault::TlsNeverAnswers), ..) => swallow(&mut tcp).await,
        (fault, Transport::Tls { .. }, Some(tls)) if fault != Some(Fault::AcceptThenClose) => {
            let Ok(stream) = tls.acceptor(fault).accept(tcp).await else { return };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                Box::pin(h2::serve(stream, stage, guard)).await;
            } else {
                h1::serve(stream, stage, guard).await;
            }
        }
        (Some(_), ..) => tcp.reset_on_close(),
        (None, Transport::Http2PriorKnowledge, _) => Box::pin(h2::serve(tcp, stage, guard)).await,
        (None, ..) => h1::serve(tcp, stage, guard).await,
    }
}

/// Reads and never writes, until the other side gives up.
async fn swallow(tcp: &mut TcpStream) {
    let mut buffer = [0; 4096];
    while matches!(tcp.read(&mut buffer).await, Ok(n) if n > 0) {}
}
