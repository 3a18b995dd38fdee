//! `[defaults]`: how providers are reached.

use std::path::PathBuf;
use std::time::Duration;

use crate::secret::Secret;

/// `[defaults]`: timeouts and transport, for every provider that does not say otherwise.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Folded values.
    pub transport: Transport,
}

/// How a provider is reached. Every key of `[defaults]` may be repeated inside a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// Name lookup. Default 2 s.
    pub dns_timeout: Duration,
    /// TCP connect, all addresses together. Default 3 s.
    pub connect_timeout: Duration,
    /// TLS handshake. Default 5 s.
    pub tls_timeout: Duration,
    /// Request sent → first event of a stream. Default 90 s.
    pub first_byte_timeout: Duration,
    /// Longest silence inside a stream. Default 120 s.
    pub idle_timeout: Duration,
    /// Whole non-streaming answer. Default 600 s.
    pub request_timeout: Duration,
    /// Further tries after the first, before any output. Default 3 (four attempts in all).
    pub retries: u32,
    /// `keep_alive = { per_host = 100, total = 200, idle = "30s" }`
    pub keep_alive: KeepAlive,
    /// `http_proxy = "env" | "none" | "http://…" | "socks5h://…"`. Default `env`.
    pub http_proxy: HttpProxy,
    /// Extra trusted certificates (PEM), besides the system's.
    pub ca_file: Option<PathBuf>,
    /// `http2 = "auto" | "off" | "prior-knowledge"`. Default `auto` (by ALPN).
    pub http2: Http2,
}

/// Idle upstream connections that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// Idle connections per origin. Default 100.
    pub per_host: usize,
    /// Idle connections in all. Default 200.
    pub total: usize,
    /// Idle time before one is closed. Default 30 s.
    pub idle: Duration,
}

/// Which outbound proxy is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpProxy {
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` of the gateway's environment; loopback never.
    Env,
    /// None.
    None,
    /// This one (`http`, `https`, `socks5`, `socks5h`), loopback never. May hold a password.
    Url(Secret),
}

/// How HTTP/2 is chosen for an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Http2 {
    /// ALPN decides; plain `http://` speaks HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 only.
    Off,
    /// HTTP/2 without negotiation, also over plain `http://`.
    PriorKnowledge,
}
