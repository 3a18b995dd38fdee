//! The way through an outbound proxy: which one, and how it is asked to open the way.
//!
//! `https` targets (and HTTP/2 without TLS) go through a tunnel. A plain `http` target behind an `http` proxy is sent
//! to the proxy itself in absolute form: proxies commonly refuse CONNECT to ports other than 443.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use http::HeaderValue;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::connect::is_localhost;
use super::error::{SendError, SendErrorKind};
use crate::config::model::HttpProxy;
use crate::i18n::{Text, faults};

/// Head of a proxy's answer to CONNECT; real ones are a few hundred bytes.
const TUNNEL_HEAD_MAX: usize = 16 * 1024;

/// The proxy variables of an environment.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyVariables {
    /// `HTTP_PROXY`
    pub http: String,
    /// `HTTPS_PROXY`
    pub https: String,
    /// `ALL_PROXY`
    pub all: String,
    /// `NO_PROXY`
    pub no: String,
}

impl ProxyVariables {
    /// Those of this process, upper or lower case. None in a CGI, where a request can set `HTTP_PROXY`.
    pub fn from_env() -> Self {
        if std::env::var_os("REQUEST_METHOD").is_some() {
            return Self::default();
        }
        let read =
            |upper: &str, lower: &str| std::env::var(upper).or_else(|_| std::env::var(lower)).unwrap_or_default();
        Self {
            http: read("HTTP_PROXY", "http_proxy"),
            https: read("HTTPS_PROXY", "https_proxy"),
            all: read("ALL_PROXY", "all_proxy"),
            no: read("NO_PROXY", "no_proxy"),
        }
    }
}

impl fmt::Debug for ProxyVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the addresses may hold passwords
        f.debug_struct("ProxyVariables").field("no", &self.no).finish_non_exhaustive()
    }
}

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ProxyKind {
    /// `http://`
    Http,
    /// `https://`: TLS to the proxy itself.
    Https,
    /// `socks5://`: we look the name up.
    Socks5,
    /// `socks5h://`: the proxy looks the name up.
    Socks5Remote,
}

/// One outbound proxy.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct OutboundProxy {
    pub(super) kind: ProxyKind,
    pub(super) host: String,
    pub(super) port: u16,
    user: Option<(String, String)>,
}

impl OutboundProxy {
    /// The proxy for a target, or none.
    pub(super) fn choose(
        setting: &HttpProxy,
        variables: &ProxyVariables,
        https: bool,
        host: &str,
        port: u16,
    ) -> Result<Option<Self>, Text> {
        if is_loopback(host) {
            return Ok(None);
        }
        let matcher = match setting {
            HttpProxy::None => return Ok(None),
            HttpProxy::Url(url) => Matcher::builder().all(url.expose().to_owned()).build(),
            HttpProxy::Env => Matcher::builder()
                .http(variables.http.clone())
                .https(variables.https.clone())
                .all(variables.all.clone())
                .no(variables.no.clone())
                .build(),
        };
        let scheme = if https { "https" } else { "http" };
        let target = format!("{scheme}://{host}:{port}/").parse::<http::Uri>().map_err(Text::verbatim)?;
        match (matcher.intercept(&target), setting) {
            (Some(found), _) => Self::read(&found).map(Some),
            (None, HttpProxy::Url(_)) => Err((&faults::PROXY_URL).into()),
            (None, _) => Ok(None),
        }
    }

    fn read(found: &Intercept) -> Result<Self, Text> {
        let uri = found.uri();
        let (kind, default_port) = match uri.scheme_str() {
            Some("http") => (ProxyKind::Http, 80),
            Some("https") => (ProxyKind::Https, 443),
            Some("socks5") => (ProxyKind::Socks5, 1080),
            Some("socks5h") => (ProxyKind::Socks5Remote, 1080),
            _ => return Err((&faults::PROXY_URL).into()),
        };
        let host = uri.host().filter(|h| !h.is_empty()).ok_or_else(|| Text::new(&faults::NO_HOST))?.to_owned();
        let user = match (found.raw_auth(), found.basic_auth()) {
            (Some((name, password)), _) => Some((name.to_owned(), password.to_owned())),
            (None, Some(basic)) => decode_basic(basic),
            (None, None) => None,
        };
        Ok(Self { kind, host, port: uri.port_u16().unwrap_or(default_port), user })
    }

    /// `proxy-authorization` of an http or https proxy.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let (name, password) = self.user.as_ref()?;
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Asks the proxy behind `stream` to open the way to the target. With [`ProxyKind::Socks5`] the target's address
    /// is given, otherwise its name.
    pub(super) async fn open_way<S>(
        &self,
        stream: &mut S,
        host: &str,
        port: u16,
        ip: Option<IpAddr>,
    ) -> Result<(), SendError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let done = match self.kind {
            ProxyKind::Http | ProxyKind::Https => self.connect_method(stream, host, port).await,
            ProxyKind::Socks5 | ProxyKind::Socks5Remote => self.socks5(stream, host, port, ip).await,
        };
        done.map_err(|cause| {
            let proxy = format_args!("{self:?}").to_string();
            let message = Text::new(&faults::PROXY_REFUSED).with("proxy", proxy).with_words("cause", cause);
            SendError::new(SendErrorKind::ProxyRefused, message)
        })
    }

    async fn connect_method<S>(&self, stream: &mut S, host: &str, port: u16) -> Result<(), Text>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut head = format!("CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\n").into_bytes();
        if let Some(value) = self.authorization() {
            head.extend_from_slice(b"proxy-authorization: ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        stream.write_all(&head).await.map_err(|e| faults::system(&e))?;
        stream.flush().await.map_err(|e| faults::system(&e))?;
        let answer = read_head(stream).await?;
        match tunnel_status(&answer) {
            Some(200..=299) => Ok(()),
            Some(407) => Err((&faults::PROXY_WANTS_LOGIN).into()),
            Some(status) => Err(Text::new(&faults::PROXY_STATUS).with("status", status)),
            None => Err((&faults::PROXY_NOT_HTTP).into()),
        }
    }

    /// RFC 1928, and RFC 1929 for the password.
    async fn socks5<S>(&self, stream: &mut S, host: &str, port: u16, ip: Option<IpAddr>) -> Result<(), Text>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        const VERSION: u8 = 5;
        const NO_PASSWORD: u8 = 0;
        const PASSWORD: u8 = 2;
        let greeting: &[u8] =
            if self.user.is_some() { &[VERSION, 2, NO_PASSWORD, PASSWORD] } else { &[VERSION, 1, NO_PASSWORD] };
        stream.write_all(greeting).await.map_err(|e| faults::system(&e))?;
        stream.flush().await.map_err(|e| faults::system(&e))?;
        match (read_array::<2, S>(stream).await?, &self.user) {
            ([VERSION, NO_PASSWORD], _) => {}
            ([VERSION, PASSWORD], Some((name, password))) => {
                let mut message = vec![1];
                push_short(&mut message, name.as_bytes())?;
                push_short(&mut message, password.as_bytes())?;
                stream.write_all(&message).await.map_err(|e| faults::system(&e))?;
                stream.flush().await.map_err(|e| faults::system(&e))?;
                if read_array::<2, S>(stream).await?[1] != 0 {
                    return Err((&faults::PROXY_LOGIN_WRONG).into());
                }
            }
            ([VERSION, _], _) => return Err((&faults::PROXY_WANTS_LOGIN).into()),
            _ => return Err((&faults::PROXY_NOT_SOCKS).into()),
        }
        let mut request = vec![VERSION, 1, 0];
        match ip {
            Some(IpAddr::V4(v4)) => {
                request.push(1);
                request.extend_from_slice(&v4.octets());
            }
            Some(IpAddr::V6(v6)) => {
                request.push(4);
                request.extend_from_slice(&v6.octets());
            }
            None => {
                request.push(3);
                push_short(&mut request, host.as_bytes())?;
            }
        }
        request.extend_from_slice(&port.to_be_bytes());
        stream.write_all(&request).await.map_err(|e| faults::system(&e))?;
        stream.flush().await.map_err(|e| faults::system(&e))?;
        socks5_answer(stream).await
    }
}

impl fmt::Debug for OutboundProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            ProxyKind::Http => "http",
            ProxyKind::Https => "https",
            ProxyKind::Socks5 => "socks5",
            ProxyKind::Socks5Remote => "socks5h",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// This machine: never through a proxy.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    is_localhost(host) || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn decode_basic(value: &HeaderValue) -> Option<(String, String)> {
    let encoded = value.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Reads byte by byte up to the empty line: what follows belongs to the target.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Vec<u8>, Text> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= TUNNEL_HEAD_MAX {
            return Err((&faults::PROXY_TOO_LONG).into());
        }
        head.push(stream.read_u8().await.map_err(|_| Text::new(&faults::PROXY_CLOSED))?);
    }
    Ok(head)
}

fn tunnel_status(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(b"HTTP/1.")?.get(2..5)?;
    std::str::from_utf8(rest).ok()?.parse().ok()
}

async fn read_array<const N: usize, S: AsyncRead + Unpin>(stream: &mut S) -> Result<[u8; N], Text> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.map_err(|_| Text::new(&faults::PROXY_CLOSED))?;
    Ok(bytes)
}

fn push_short(message: &mut Vec<u8>, text: &[u8]) -> Result<(), Text> {
    let length = u8::try_from(text.len()).map_err(|_| Text::new(&faults::PROXY_NAME_TOO_LONG))?;
    message.push(length);
    message.extend_from_slice(text);
    Ok(())
}

async fn socks5_answer<S: AsyncRead + Unpin>(stream: &mut S) -> Result<(), Text> {
    let [_, code, _, kind] = read_array::<4, S>(stream).await?;
    let cause = match code {
        0 => None,
        2 => Some(&faults::PROXY_RULES),
        3 => Some(&faults::PROXY_NO_NETWORK),
        4 => Some(&faults::PROXY_NO_TARGET),
        5 => Some(&faults::PROXY_TARGET_REFUSED),
        6 => Some(&faults::PROXY_TARGET_SLOW),
        _ => Some(&faults::PROXY_FAILED),
    };
    if let Some(cause) = cause {
        return Err(cause.into());
    }
    let rest = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await.map_err(|e| faults::system(&e))?),
        _ => return Err((&faults::PROXY_NOT_SOCKS).into()),
    };
    let mut bound = vec![0; rest + 2];
    stream.read_exact(&mut bound).await.map_err(|_| Text::new(&faults::PROXY_CLOSED))?;
    Ok(())
}
