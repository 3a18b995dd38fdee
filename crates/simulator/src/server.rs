//! The scripted server on real sockets: starts it, hands out what it saw, stops it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::{fmt, io};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use crate::protocol::Protocol;
use crate::script::Script;

mod accept;
mod control;
mod h1;
mod h2;
mod respond;
mod stage;
mod tls;

pub(crate) use stage::Request;
use stage::Stage;

/// Connections that wait to be accepted: a burst of a test or a benchmark must not be answered with resets.
const BACKLOG: u32 = 4_096;

/// How clients reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Plain HTTP/1.1.
    Http1,
    /// Plain HTTP/2 without an upgrade.
    Http2PriorKnowledge,
    /// TLS with a certificate for `localhost`, `127.0.0.1` and `::1`, signed by an authority made for this server.
    Tls {
        /// Protocols offered by ALPN, best first (`h2`, `http/1.1`); none means HTTP/1.1 without ALPN.
        alpn: Vec<String>,
    },
}

/// One AWS account: what a request must be signed with, or bring as a bearer token.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AwsCredentials {
    /// `AKIA…`
    pub access_key: String,
    /// What signs.
    pub secret_key: String,
    /// Comes with temporary credentials, and must be signed then.
    pub session_token: Option<String>,
    /// A Bedrock API key.
    pub bearer: Option<String>,
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCredentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// Settings of a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Protocols that are served; the paths of others answer 404.
    pub protocols: Vec<Protocol>,
    /// How clients reach the server.
    pub transport: Transport,
    /// Concurrent streams that an HTTP/2 connection allows.
    pub h2_max_streams: Option<u32>,
    /// Where to listen; port 0 picks one.
    pub addr: SocketAddr,
    /// Folder that gets `ca.pem`, the authority of the TLS certificate.
    pub cert_dir: Option<PathBuf>,
    /// Requests kept in the log; 0 keeps none (benchmarks).
    pub log_max: usize,
    /// Whose requests Bedrock's paths accept. `None`: any that say who they are.
    pub aws: Option<AwsCredentials>,
    /// Also serve the control plane below `/__` on the main port.
    pub control: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            protocols: Protocol::UPSTREAM.to_vec(),
            transport: Transport::Http1,
            h2_max_streams: None,
            addr: (Ipv4Addr::LOCALHOST, 0).into(),
            cert_dir: None,
            log_max: 4096,
            aws: None,
            control: false,
        }
    }
}

/// Why a server could not start.
#[derive(Debug)]
pub enum StartError {
    /// The address cannot be listened on, or a file cannot be written.
    Io(io::Error),
    /// The certificate could not be made.
    Certificate(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => write!(f, "simulator: {e}"),
            Self::Certificate(e) => write!(f, "simulator: certificate: {e}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// Not yet.
    Open,
    /// The answer was sent in full.
    Done,
    /// The client went away first.
    Cancelled,
    /// The script broke the answer off.
    Cut,
}

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Number of the request, from 1.
    pub number: u64,
    /// The method.
    pub method: String,
    /// Path with query.
    pub path_and_query: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Number of the connection, from 1.
    pub connection_id: u64,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2.0`.
    pub http_version: &'static str,
    /// Milliseconds since the server started.
    pub at_ms: u64,
    /// Name of the behaviour that answered.
    pub behaviour: &'static str,
    /// How it ended.
    pub ended: Ended,
    /// The answer stands still for good; what comes before has been sent.
    pub stalled: bool,
}

impl Seen {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Figures since the start or the last reset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Connections accepted.
    pub connections: u64,
    /// Connections open now.
    pub connections_open: u64,
    /// Requests read.
    pub requests: u64,
    /// Requests being answered now.
    pub requests_open: u64,
    /// Most requests being answered at the same time.
    pub requests_peak: u64,
}

/// Starts servers.
#[derive(Debug, Clone, Copy)]
pub struct Simulator;

impl Simulator {
    /// Starts a server on the current tokio runtime.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let socket = if options.addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(options.addr)?;
        let listener = socket.listen(BACKLOG)?;
        let addr = listener.local_addr()?;
        let tls = match &options.transport {
            Transport::Tls { alpn } => Some(tls::Certificates::new(alpn)?),
            _ => None,
        };
        let ca_pem = tls.as_ref().map(|tls| tls.ca_pem.clone());
        if let (Some(folder), Some(pem)) = (&options.cert_dir, &ca_pem) {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join("ca.pem"), pem)?;
        }
        let stage = Arc::new(Stage::new(&options));
        let handle = tokio::spawn(accept::run(listener, stage.clone(), options.transport, tls.map(Arc::new)));
        Ok(Running { addr, ca_pem, stage, handle })
    }
}

/// A running server; dropping it stops it and cuts every connection.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The authority to trust, for TLS.
    pub ca_pem: Option<String>,
    stage: Arc<Stage>,
    handle: JoinHandle<()>,
}

impl Running {
    /// The base URL without a path; `https://localhost:…` for TLS.
    pub fn url(&self) -> String {
        match self.ca_pem {
            Some(_) => format!("https://localhost:{}", self.addr.port()),
            None => format!("http://{}", self.addr),
        }
    }

    /// Replaces the script and starts it from its first step.
    pub fn script(&self, script: Script) {
        self.stage.play(script);
    }

    /// What was seen so far, oldest first.
    pub fn log(&self) -> Vec<Seen> {
        self.stage.log()
    }

    /// The figures.
    pub fn counters(&self) -> Counters {
        self.stage.counters()
    }

    /// Empties the log, the figures and the script (good answers again). Open connections stay.
    pub fn reset(&self) {
        self.stage.reset();
    }

    /// Waits until the log and the figures satisfy `ready`. It has no time limit of its own.
    pub async fn until(&self, ready: impl Fn(&[Seen], &Counters) -> bool) {
        let mut changes = self.stage.changes();
        while !ready(&self.log(), &self.counters()) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Starts a second, plain HTTP/1.1 listener that serves only the control plane, so that no fault of the
    /// main port can lock its driver out.
    pub async fn control(&self) -> io::Result<ControlPort> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let handle = tokio::spawn(accept::control(listener, self.stage.clone()));
        Ok(ControlPort { addr, handle })
    }

    /// Ends when the server does, which is only when it is stopped.
    pub async fn wait(mut self) {
        let _ = (&mut self.handle).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

/// A separate port for the control plane; dropping it closes the port.
#[derive(Debug)]
pub struct ControlPort {
    /// Where it listens.
    pub addr: SocketAddr,
    handle: JoinHandle<()>,
}

impl Drop for ControlPort {
    fn drop(&mut self) {
        self.handle.abort();
    }
}
