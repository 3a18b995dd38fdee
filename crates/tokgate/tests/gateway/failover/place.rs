//! Where the list's provider A is: a simulator, or what stands in its place; and the names that lead there.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::task::Poll;

use parking_lot::Mutex;
use tokgate::upstream::{Resolve, ResolveError, ResolveFuture, SystemResolver};
use tokgate_simulator::{Fault, Layer, Options, Protocol, Running, Script, Seen, Simulator, Transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use super::account::A_PRICE;
use super::list::{Entry, Over};
use crate::house::section;

/// More than a TLS greeting.
const GREETING_BYTES: usize = 4096;
/// More than the shortest queue of connections holds.
const FILLERS: usize = 4;

type Connecting = Pin<Box<dyn Future<Output = std::io::Result<TcpStream>> + Send>>;

/// A port where nobody listens, and which nobody else gets meanwhile: with a port that was merely given back, another
/// test's provider may answer.
struct ClosedPort {
    address: SocketAddr,
    _bound: TcpSocket,
}

impl ClosedPort {
    fn new() -> Self {
        let bound = TcpSocket::new_v4().unwrap();
        bound.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self { address: bound.local_addr().unwrap(), _bound: bound }
    }
}

/// A queue of connections that nobody accepts, and those who stand in it.
struct FullQueue {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: Mutex<Vec<Connecting>>,
}

impl FullQueue {
    async fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting: Vec<Connecting> = Vec::new();
        for _ in 0..FILLERS {
            let mut connecting: Connecting = Box::pin(TcpStream::connect(address));
            // The first poll sends the greeting; on loopback it has arrived by then.
            poll_fn(|context| Poll::Ready(connecting.as_mut().poll(context).is_ready())).await;
            waiting.push(connecting);
        }
        Self { address, _listener: listener, _waiting: Mutex::new(waiting) }
    }
}

/// A web server without TLS: it finds a TLS greeting malformed and says so.
struct PlainServer {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl PlainServer {
    async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // Whoever is gone by now does not read the answer.
                let _ = stream.read(&mut [0; GREETING_BYTES]).await;
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
            }
        });
        Self { address, serving }
    }
}

impl Drop for PlainServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The place of A in one cell.
pub(super) struct Place {
    pub(super) a: Option<Running>,
    url: String,
    /// On the way to A.
    proxy: Option<String>,
    /// What stands where A should be.
    _instead: Option<Box<dyn Send + Sync>>,
}

impl Place {
    /// `ca` gets the authority of its certificate, where it has one.
    pub(super) async fn open(entry: &Entry, ca: &Path, number: usize) -> Self {
        let nobody = |url: String| Self { a: None, url, proxy: None, _instead: None };
        let instead = |url: String, it: Box<dyn Send + Sync>| Self { a: None, url, proxy: None, _instead: Some(it) };
        match entry.over {
            Over::Nowhere => return nobody("http://no-such-name.invalid:9".to_owned()),
            Over::NameUnknown => return nobody("http://unknown.test:9".to_owned()),
            Over::NameServerFails => return nobody("http://failing.test:9".to_owned()),
            Over::NameServerSilent => return nobody("http://silent.test:9".to_owned()),
            // A name: what is on this machine is never asked through a proxy.
            Over::ProxyGone => {
                let gone = ClosedPort::new();
                let proxy = Some(format!("http://{}", gone.address));
                return Self { proxy, ..instead("http://api.test:9".to_owned(), Box::new(gone)) };
            }
            Over::ClosedPort | Over::NoKey => {
                let closed = ClosedPort::new();
                return instead(format!("http://{}", closed.address), Box::new(closed));
            }
            Over::FullQueue => {
                let queue = FullQueue::new().await;
                return instead(format!("http://{}", queue.address), Box::new(queue));
            }
            Over::TlsAtPlain => {
                let plain = PlainServer::new().await;
                return instead(format!("https://{}", plain.address), Box::new(plain));
            }
            Over::Http1 | Over::H2 | Over::Tls | Over::NameLost => {}
        }
        let transport = match entry.over {
            Over::H2 => Transport::Http2PriorKnowledge,
            Over::Tls => Transport::Tls { alpn: vec!["http/1.1".to_owned()] },
            _ => Transport::Http1,
        };
        let options = Options { transport, cert_dir: Some(ca.to_owned()), ..Options::default() };
        let a = Simulator::start(options).await.unwrap();
        a.script(Script::always(entry.behaviour()));
        let url = match entry.over {
            Over::NameLost => format!("http://lost-{number}.test:{}", a.addr.port()),
            _ => a.url(),
        };
        Self { a: Some(a), url, proxy: None, _instead: None }
    }

    /// Requests that reached A; connections where none can.
    pub(super) fn asked(&self) -> usize {
        let Some(a) = &self.a else { return 0 };
        let refused =
            |seen: &Seen| Fault::from_name(seen.behaviour).is_some_and(|fault| fault.layer() == Layer::Connection);
        match a.log() {
            log if log.is_empty() => usize::try_from(a.counters().connections).unwrap(),
            log => log.iter().filter(|seen| !refused(seen)).count(),
        }
    }

    /// `[provider.aN]`, and the profile that asks it first.
    pub(super) fn sections(&self, entry: &Entry, number: usize, protocol: Protocol, ca: &Path) -> String {
        let key = match entry.over {
            Over::NoKey => "env:TOKGATE_NOBODY_SETS_THIS".to_owned(),
            _ => own_key(number),
        };
        let mut more = format!("keys = [\"{key}\"]\n{}", A_PRICE.section());
        if entry.quick {
            for step in ["dns", "connect", "tls", "first_byte", "idle", "request"] {
                more.push_str(&format!("{step}_timeout = \"500ms\"\n"));
            }
        }
        match entry.over {
            Over::H2 => more.push_str("http2 = \"prior-knowledge\"\n"),
            Over::Tls => more.push_str(&format!("ca_file = \"{}\"\n", ca.join("ca.pem").display())),
            _ if self.url.contains(".test:") || entry.over == Over::Nowhere => {
                more.push_str("allow_plaintext = true\n");
            }
            _ => {}
        }
        let mut sections = section(&format!("a{number}"), protocol, &self.url, &more);
        if let Some(proxy) = &self.proxy {
            sections = sections.replace("\"none\"", &format!("\"{proxy}\""));
        }
        format!("{sections}[profile.c{number}]\nproviders = [\"a{number}\", \"b\"]\n")
    }
}

/// The key of the A of a cell.
pub(super) fn own_key(number: usize) -> String {
    format!("sk-alpha-{number:012}")
}

/// A name server that fails in the ways the list names; any other name is the system's.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Names that have been looked up.
    known: Mutex<HashMap<String, usize>>,
}

impl Resolve for Names {
    fn resolve(&self, host: &str) -> ResolveFuture {
        let answer = match host {
            "unknown.test" => Err(ResolveError::NotFound("no such name".to_owned())),
            "failing.test" => Err(ResolveError::Failed("server failure".to_owned())),
            "silent.test" => return Box::pin(std::future::pending()),
            lost if lost.starts_with("lost-") => {
                let mut known = self.known.lock();
                let asked = known.entry(lost.to_owned()).or_default();
                *asked += 1;
                match *asked {
                    1 => Ok(vec![IpAddr::from(Ipv4Addr::LOCALHOST)]),
                    _ => Err(ResolveError::Failed("server failure".to_owned())),
                }
            }
            other => return SystemResolver.resolve(other),
        };
        Box::pin(std::future::ready(answer))
    }
}
