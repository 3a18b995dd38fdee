//! One upstream address and everything a connection to it needs. Built once per provider and configuration.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderValue;
use http::uri::Authority;
use rustls_pki_types::ServerName;

use super::outbound_proxy::{OutboundProxy, ProxyKind, ProxyVariables};
use super::pool::Pool;
use super::tls::{TlsSetup, TrustStore};
use crate::config::model::{Http2, Transport};
use crate::i18n::{Text, faults};

/// `http` or `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// The scheme of a URL.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Why an origin cannot be built: always the configuration's fault.
#[derive(Debug)]
pub enum OriginError {
    /// The host is not a host name or address.
    Host(String),
    /// `ca_file` cannot be used.
    CaFile(std::io::Error),
    /// The outbound proxy cannot be used.
    Proxy(Text),
}

impl OriginError {
    /// In words.
    pub fn text(&self) -> Text {
        match self {
            Self::Host(host) => Text::new(&faults::BAD_HOST).with("host", host),
            Self::CaFile(error) => Text::new(&faults::CA_FILE).with_words("cause", faults::system(error)),
            Self::Proxy(why) => Text::new(&faults::PROXY_ADDRESS).with_words("cause", why.clone()),
        }
    }
}

/// An upstream address with its protocol mode, trust, proxy and time limits.
pub struct Origin {
    pub(super) key: PoolKey,
    pub(super) authority: Authority,
    pub(super) host_header: HeaderValue,
    pub(super) tls: Option<(TlsSetup, ServerName<'static>)>,
    pub(super) proxy_tls: Option<(TlsSetup, ServerName<'static>)>,
    pub(super) proxy_authorization: Option<HeaderValue>,
    pub(super) times: Times,
    pub(super) idle_per_host: usize,
    /// Set at the first exchange: the pool, and the number of the `Upstream` it belongs to.
    pub(super) pool: OnceLock<(u64, Arc<Pool>)>,
}

/// Time limits of one connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) dns: Duration,
    pub(super) connect: Duration,
    pub(super) tls: Duration,
    pub(super) idle: Duration,
}

/// What connections must have in common to be interchangeable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PoolKey {
    pub(super) scheme: Scheme,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) http2: Http2,
    pub(super) proxy: Option<OutboundProxy>,
    trust: u64,
}

impl Hash for PoolKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // the rest tells few keys apart
        self.host.hash(state);
        self.port.hash(state);
    }
}

impl Origin {
    /// Checks and prepares everything but the TLS setup itself, which waits for the first connection. The proxy
    /// variables are those of the process.
    pub fn new(
        scheme: Scheme,
        host: &str,
        port: u16,
        transport: &Transport,
        trust: &TrustStore,
    ) -> Result<Arc<Self>, OriginError> {
        Self::with_proxy_variables(scheme, host, port, transport, trust, &ProxyVariables::from_env())
    }

    /// As `new`, with given proxy variables.
    pub fn with_proxy_variables(
        scheme: Scheme,
        host: &str,
        port: u16,
        transport: &Transport,
        trust: &TrustStore,
        variables: &ProxyVariables,
    ) -> Result<Arc<Self>, OriginError> {
        let bad_host = || OriginError::Host(host.to_owned());
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let spelled = if bare.contains(':') { format!("[{bare}]") } else { bare.to_ascii_lowercase() };
        let in_uri = if port == scheme.default_port() { spelled.clone() } else { format!("{spelled}:{port}") };
        let authority = Authority::try_from(in_uri.as_str()).map_err(|_| bad_host())?;
        if bare.is_empty() || host.starts_with('[') != host.ends_with(']') || authority.as_str().contains('@') {
            return Err(bad_host());
        }
        let host_header = HeaderValue::try_from(in_uri).map_err(|_| bad_host())?;
        let https = scheme == Scheme::Https;
        let proxy = OutboundProxy::choose(&transport.http_proxy, variables, https, &spelled, port)
            .map_err(OriginError::Proxy)?;
        let ca_file = transport.ca_file.as_deref();
        let tls = if https {
            let name = server_name(bare).ok_or_else(bad_host)?;
            Some((trust.setup(ca_file, transport.http2).map_err(OriginError::CaFile)?, name))
        } else {
            None
        };
        let proxy_tls = match &proxy {
            Some(proxy) if proxy.kind == ProxyKind::Https => {
                let name = server_name(&proxy.host)
                    .ok_or_else(|| OriginError::Proxy(Text::new(&faults::BAD_HOST).with("host", &proxy.host)))?;
                Some((trust.setup(ca_file, Http2::Off).map_err(OriginError::CaFile)?, name))
            }
            _ => None,
        };
        let trust = tls.as_ref().or(proxy_tls.as_ref()).map_or(0, |(setup, _)| setup.identity());
        let key = PoolKey { scheme, host: spelled, port, http2: transport.http2, proxy, trust };
        let proxy_authorization =
            if key.forwards() { key.proxy.as_ref().and_then(OutboundProxy::authorization) } else { None };
        Ok(Arc::new(Self {
            key,
            authority,
            host_header,
            tls,
            proxy_tls,
            proxy_authorization,
            times: Times {
                dns: transport.dns_timeout,
                connect: transport.connect_timeout,
                tls: transport.tls_timeout,
                idle: transport.keep_alive.idle,
            },
            idle_per_host: transport.keep_alive.per_host,
            pool: OnceLock::new(),
        }))
    }

    /// `host` or `host:port`, as in a URL.
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// The outbound proxy in use, without its password.
    pub fn proxy(&self) -> Option<String> {
        self.key.proxy.as_ref().map(|proxy| format!("{proxy:?}"))
    }
}

impl PoolKey {
    /// The request goes to the proxy in absolute form instead of through a tunnel.
    pub(super) fn forwards(&self) -> bool {
        self.scheme == Scheme::Http
            && self.http2 != Http2::PriorKnowledge
            && self.proxy.as_ref().is_some_and(|p| matches!(p.kind, ProxyKind::Http | ProxyKind::Https))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("scheme", &self.key.scheme)
            .field("authority", &self.authority)
            .field("proxy", &self.key.proxy)
            .finish_non_exhaustive()
    }
}

fn server_name(host: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']').to_owned()).ok()
}
