//! A client that knows exactly which bytes it sends and gets: one request per connection, no library in between.

use std::net::SocketAddr;

use bytes::Bytes;
use tokgate_simulator::Protocol;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinHandle;

use crate::house::LOCAL_KEY;

/// Bytes read from the socket at once.
const READ_BYTES: usize = 256 << 10;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// Sizes of the chunks the body is sent in; empty: with a `content-length`.
    pub(crate) chunks: Vec<usize>,
}

impl Call {
    /// A request without a key or anything else.
    pub(crate) fn bare(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
            chunks: Vec::new(),
        }
    }

    /// A request with the local key.
    pub(crate) fn of(method: &str, path: &str) -> Self {
        Self::bare(method, path).header("authorization", &format!("Bearer {LOCAL_KEY}"))
    }

    /// A model request with the local key.
    pub(crate) fn post(path: &str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::of("POST", path) }.header("content-type", "application/json")
    }

    /// The smallest real request of a protocol.
    pub(crate) fn ask(protocol: Protocol, stream: bool) -> Self {
        let body = match protocol {
            Protocol::OpenaiResponses => format!(r#"{{"model":"m-1","input":"hello","stream":{stream}}}"#),
            _ => format!(
                r#"{{"model":"m-1","max_tokens":64,"messages":[{{"role":"user","content":"hello"}}],"stream":{stream}}}"#
            ),
        };
        Self::post(protocol.path(), body)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Sends it and waits for the answer's head.
    pub(crate) async fn open(&self, address: SocketAddr) -> Coming {
        self.try_open(address).await.expect("the gateway closed the connection without the head of an answer")
    }

    /// The same; `None` when the connection ends without a head, or something else comes.
    pub(crate) async fn try_open(&self, address: SocketAddr) -> Option<Coming> {
        self.over(TcpStream::connect(address).await.expect("the gateway refused the connection")).await
    }

    /// The same over a connection that stands already.
    pub(crate) async fn over(&self, socket: TcpStream) -> Option<Coming> {
        let address = socket.peer_addr().ok()?;
        socket.set_nodelay(true).ok()?;
        let (read, write) = socket.into_split();
        let writing = tokio::spawn(send(write, self.head(address), self.body.clone(), self.chunks.clone()));
        let mut reader = BufReader::with_capacity(READ_BYTES, read);
        let head = read_head(&mut reader).await?;
        let framing = if self.method == "HEAD" { Framing::Length(0) } else { head.framing() };
        Some(Coming { status: head.status, headers: head.headers, reader, framing, writing })
    }

    /// Sends it and reads the whole answer.
    pub(crate) async fn send(&self, address: SocketAddr) -> Reply {
        self.open(address).await.whole().await
    }

    /// Its head as it is sent.
    pub(crate) fn head(&self, address: SocketAddr) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            head.push_str(&format!("host: {address}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.chunks.is_empty() {
            head.push_str("transfer-encoding: chunked\r\n");
        } else if !self.body.is_empty() || self.method == "POST" {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        head
    }
}

/// An error means that the gateway stopped reading; what it answered tells why.
async fn send(mut write: OwnedWriteHalf, head: String, body: Bytes, chunks: Vec<usize>) -> OwnedWriteHalf {
    let _ = async {
        write.write_all(head.as_bytes()).await?;
        if chunks.is_empty() {
            return write.write_all(&body).await;
        }
        let mut rest = &body[..];
        for size in chunks.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, more) = rest.split_at((*size).clamp(1, rest.len()));
            write.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
            write.write_all(piece).await?;
            write.write_all(b"\r\n").await?;
            rest = more;
        }
        write.write_all(b"0\r\n\r\n").await
    }
    .await;
    write
}

struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    fn framing(&self) -> Framing {
        let value = |name: &str| self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (value("transfer-encoding"), value("content-length")) {
            (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => Framing::Chunked,
            (_, Some(length)) => Framing::Length(length.parse().expect("content-length")),
            _ if self.status == 204 => Framing::Length(0),
            _ => Framing::Close,
        }
    }
}

async fn read_head(reader: &mut BufReader<OwnedReadHalf>) -> Option<Head> {
    loop {
        let status_line = read_line(reader).await?;
        let status: u16 = status_line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = read_line(reader).await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').expect("a header");
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if status >= 200 {
            return Some(Head { status, headers });
        }
    }
}

async fn read_line(reader: &mut BufReader<OwnedReadHalf>) -> Option<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).await.ok().filter(|read| *read > 0)?;
    Some(String::from_utf8(line).expect("heads are text").trim_end_matches(['\r', '\n']).to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    Close,
}

/// An answer that is still coming. Dropping it closes the connection.
#[derive(Debug)]
pub(crate) struct Coming {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    reader: BufReader<OwnedReadHalf>,
    framing: Framing,
    writing: JoinHandle<OwnedWriteHalf>,
}

/// The body ended before its end, or goes on in no chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut;

impl Coming {
    /// The next bytes of the body; `None` at its proven end.
    pub(crate) async fn chunk(&mut self) -> Option<Result<Vec<u8>, Cut>> {
        match self.framing {
            Framing::Length(0) => None,
            Framing::Length(left) => {
                let piece = self.some(left).await;
                self.framing = Framing::Length(left - piece.as_ref().map_or(0, Vec::len));
                Some(piece.ok_or(Cut))
            }
            Framing::Close => self.some(READ_BYTES).await.map(Ok),
            Framing::Chunked => {
                let Some(size) = read_line(&mut self.reader).await else { return Some(Err(Cut)) };
                let Ok(size) = usize::from_str_radix(&size, 16) else { return Some(Err(Cut)) };
                let mut piece = vec![0; size];
                if self.reader.read_exact(&mut piece).await.is_err() || read_line(&mut self.reader).await.is_none() {
                    return Some(Err(Cut));
                }
                if size == 0 {
                    self.framing = Framing::Length(0);
                    return None;
                }
                Some(Ok(piece))
            }
        }
    }

    async fn some(&mut self, most: usize) -> Option<Vec<u8>> {
        let filled = self.reader.fill_buf().await.ok().filter(|filled| !filled.is_empty())?;
        let piece = filled[..filled.len().min(most)].to_vec();
        self.reader.consume(piece.len());
        Some(piece)
    }

    /// Reads the rest.
    pub(crate) async fn whole(mut self) -> Reply {
        let (mut body, mut cut) = (Vec::new(), false);
        while let Some(piece) = self.chunk().await {
            match piece {
                Ok(piece) => body.extend_from_slice(&piece),
                Err(Cut) => {
                    cut = true;
                    break;
                }
            }
        }
        self.writing.abort();
        Reply { status: self.status, headers: self.headers, body, cut }
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The transport ended before the body did.
    pub(crate) cut: bool,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The number that the gateway gave the request.
    pub(crate) fn id(&self) -> &str {
        self.header("x-tokgate-request-id").expect("every answer names its request")
    }
}
