//! The service behind the front, and a client that sends raw bytes and reads responses.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokgate::proxy::front::{FrontFilter, Live, Peer, Watched};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

use super::corpus::{Case, Expect};

/// Nothing here takes a second; a hang must fail the test instead of stopping it.
const HANG: Duration = Duration::from_secs(20);

/// Reads the whole body, counts the request, and answers with the number of bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Echo {
    bodies: Arc<Mutex<Vec<usize>>>,
}

impl Echo {
    /// Requests that were complete, so far.
    pub(crate) fn served(&self) -> usize {
        self.bodies.lock().len()
    }

    /// The lengths of their bodies, in order.
    pub(crate) fn bodies(&self) -> Vec<usize> {
        self.bodies.lock().clone()
    }
}

impl Service<Request<Incoming>> for Echo {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let bodies = self.bodies.clone();
        Box::pin(async move {
            let Ok(body) = request.into_body().collect().await else {
                return Ok(Response::builder().status(599).body(Full::default()).unwrap());
            };
            let len = body.to_bytes().len();
            bodies.lock().push(len);
            Ok(Response::new(Full::from(len.to_string())))
        })
    }
}

/// A connection in memory whose reads bring at most `reads` bytes.
pub(crate) fn behind_the_front(reads: usize, echo: Echo) -> (DuplexStream, JoinHandle<hyper::Result<()>>) {
    let peer = Peer { addr: ([127, 0, 0, 1], 1).into(), local: ([127, 0, 0, 1], 2).into(), tls: false };
    let live = Arc::new(Live::new(peer));
    let (client, server) = tokio::io::duplex(reads);
    let front = TokioIo::new(FrontFilter::new(server, live.clone()));
    let connection = http1::Builder::new().serve_connection(front, Watched::new(echo, live));
    (client, tokio::spawn(connection))
}

/// Sends the input and holds what comes back against what the case expects.
pub(crate) async fn converse<Io: AsyncRead + AsyncWrite>(io: Io, case: &Case) {
    let (mut reader, mut writer) = tokio::io::split(io);
    let send = async {
        // The other side may close before it has taken everything.
        let _ = writer.write_all(&case.input).await;
        if case.fin {
            let _ = writer.shutdown().await;
        }
    };
    let receive = async {
        let mut input = Vec::new();
        for expect in &case.expect {
            receive_one(&mut reader, &mut input, *expect, &case.name).await;
        }
        if case.refused().is_some() {
            let rest = reader.read_to_end(&mut input).await;
            assert!(rest.is_ok() && input.is_empty(), "{}: after the refusal: {rest:?} {input:?}", case.name);
        }
    };
    let both = async { tokio::join!(send, receive) };
    tokio::time::timeout(HANG, both).await.unwrap_or_else(|_| panic!("{}: hangs", case.name));
}

async fn receive_one<R: AsyncRead + Unpin>(reader: &mut R, input: &mut Vec<u8>, expect: Expect, name: &str) {
    let (status, head) = loop {
        let head = receive_until(reader, input, b"\r\n\r\n", name).await;
        let status: u16 = head.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or_default();
        if status != 100 {
            break (status, head);
        }
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.unwrap_or_else(|| panic!("{name}: {head}")).parse().unwrap();
    match expect {
        Expect::Serve | Expect::ServeHead => assert_eq!(status, 200, "{name}: {head}"),
        Expect::Refuse(reject) => assert_eq!(status, reject.status(), "{name}: {head}"),
    }
    if expect == Expect::ServeHead {
        return;
    }
    while input.len() < length {
        assert_ne!(reader.read_buf(input).await.unwrap(), 0, "{name}: the body is cut");
    }
    let body: Vec<u8> = input.drain(..length).collect();
    if let Expect::Refuse(reject) = expect {
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(reject.code()), "{name}: expected {reject:?}, got {body}");
        assert!(head.contains("connection: close"), "{name}: {head}");
    }
}

async fn receive_until<R: AsyncRead + Unpin>(reader: &mut R, input: &mut Vec<u8>, end: &[u8], name: &str) -> String {
    loop {
        if let Some(at) = memchr::memmem::find(input, end) {
            let head: Vec<u8> = input.drain(..at + end.len()).collect();
            return String::from_utf8(head).unwrap();
        }
        assert_ne!(reader.read_buf(input).await.unwrap(), 0, "{name}: closed without an answer, after {input:?}");
    }
}
