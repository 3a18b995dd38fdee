//! `[server]`: the gateway itself.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::SecretRef;

/// `[server]`: the gateway itself.
#[derive(Debug, Clone)]
pub struct Server {
    /// Main address. Default `127.0.0.1:7711`.
    pub listen: SocketAddr,
    /// Further addresses with the same routes.
    pub also_listen: Vec<SocketAddr>,
    /// Who may call. Default `auto`.
    pub local_key: LocalKey,
    /// Exact origins that may read answers in a browser (CORS). Default none.
    pub allow_origins: Vec<String>,
    /// Further `Host` names accepted besides loopback names and the bound addresses. Default none.
    pub hosts: Vec<String>,
    /// TLS certificate and key; both or neither.
    pub tls: Option<TlsFiles>,
    /// Connections held open at once; more are refused. Default 10 000.
    pub max_connections: usize,
    /// Requests in flight; more wait in line. Default 1 000 is too small for streams, so 10 000.
    pub max_concurrent: usize,
    /// Requests that may wait for a place; more are answered 503 with `retry-after`. Default 2 000.
    pub max_waiting: usize,
    /// Largest request body, bytes. Default 64 MiB.
    pub max_body: u64,
    /// The same request of an agent, answered so often within a minute; more are refused. `None`: always. Default 8.
    pub max_repeats: Option<u32>,
    /// Responses over WebSocket; off, an upgrade is answered 426. Default on.
    pub websocket: bool,
    /// How long running streams may finish on stop. `None`: 30 s in the foreground, 10 min in the background.
    pub drain: Option<Duration>,
}

/// `server.local_key`
#[derive(Debug, Clone)]
pub enum LocalKey {
    /// Made on first start and kept in the data folder (mode 0600).
    Auto,
    /// Given as a reference or a literal.
    Given(SecretRef),
    /// No key needed; accepted on loopback only.
    Off,
}

/// `server.tls`
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// PEM certificate chain.
    pub cert: PathBuf,
    /// PEM private key.
    pub key: PathBuf,
}
