//! HTTP/1.1 by hand: a server library would not let us misbehave. Requests are read leniently (the client is
//! the gateway under test, its strictness is tested elsewhere), responses are written byte by byte as told.

use std::io;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Ended;
use super::accept::Conn;
use super::control;
use super::respond::respond;
use super::stage::{ConnectionGuard, Request, RequestGuard, Stage};
use crate::reply::{Act, After, Framing, Reply};

/// Longest request head.
const HEAD_MAX: usize = 1 << 20;
/// Longest request body: above what the gateway accepts, so that its own limit is the one that shows.
const BODY_MAX: usize = 256 << 20;
/// Bytes read ahead while an answer is being sent; a client that sends more has to wait.
const AHEAD_MAX: usize = 1 << 16;

/// Serves one connection to its end.
pub(crate) async fn serve<C: Conn>(io: C, stage: Arc<Stage>, guard: ConnectionGuard) {
    let mut connection = Connection { io, buffer: BytesMut::new() };
    for on_connection in 0.. {
        let Ok(Some(mut head)) = connection.request().await else { return };
        (head.request.connection_id, head.request.on_connection) = (guard.id, on_connection);
        let method = head.request.method.clone();
        let (reply, mut log) = respond(&stage, head.request);
        let sending = Sending { head_only: method == "HEAD", old: head.old };
        match connection.send(reply, sending, log.as_mut()).await {
            Ok(After::Keep) if head.keep => {}
            Ok(After::CloseQuietly) | Err(_) => return,
            Ok(_) => {
                let _ = connection.io.shutdown().await;
                return;
            }
        }
    }
}

/// Serves the control plane alone.
pub(crate) async fn serve_control<C: Conn>(io: C, stage: Arc<Stage>) {
    let mut connection = Connection { io, buffer: BytesMut::new() };
    while let Ok(Some(head)) = connection.request().await {
        let reply = control::answer(&stage, &head.request);
        if connection.send(reply, Sending { head_only: false, old: head.old }, None).await.is_err() || !head.keep {
            return;
        }
    }
}

struct Connection<C> {
    io: C,
    buffer: BytesMut,
}

struct Head {
    request: Request,
    keep: bool,
    /// HTTP/1.0: no chunks.
    old: bool,
}

#[derive(Clone, Copy)]
struct Sending {
    head_only: bool,
    old: bool,
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<C: Conn> Connection<C> {
    /// The next request, or `None` when the client closed in good order.
    async fn request(&mut self) -> io::Result<Option<Head>> {
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > HEAD_MAX {
                return Err(bad("request head too long"));
            }
            if self.io.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        };
        let text = String::from_utf8_lossy(&self.buffer.split_to(end + 4)).into_owned();
        let mut head = parse(&text).ok_or_else(|| bad("request head"))?;
        if head.request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.io.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        head.request.body = self.body(&head.request).await?;
        Ok(Some(head))
    }

    async fn body(&mut self, request: &Request) -> io::Result<Bytes> {
        if request.header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked")) {
            return self.chunked().await;
        }
        let length = request.header("content-length").map_or(Ok(0), str::parse::<usize>);
        self.exactly(length.map_err(|_| bad("content-length"))?).await
    }

    async fn exactly(&mut self, length: usize) -> io::Result<Bytes> {
        if length > BODY_MAX {
            return Err(bad("request body too long"));
        }
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn chunked(&mut self) -> io::Result<Bytes> {
        let mut body = BytesMut::new();
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| bad("chunk size"))?;
            if size == 0 {
                while !self.line().await?.is_empty() {}
                return Ok(body.freeze());
            }
            if body.len().saturating_add(size) > BODY_MAX {
                return Err(bad("request body too long"));
            }
            body.extend_from_slice(&self.exactly(size).await?);
            self.line().await?;
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line = self.buffer.split_to(end + 2);
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if self.buffer.len() > HEAD_MAX {
                return Err(bad("line too long"));
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.io.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Sends the reply. An error means that the connection is over, whoever ended it.
    async fn send(&mut self, reply: Reply, how: Sending, mut log: Option<&mut RequestGuard>) -> io::Result<After> {
        let mut after = reply.after;
        for act in &reply.before {
            self.act(act.clone(), log.as_deref_mut()).await?;
        }
        let chunked = reply.framing == Framing::Open && !how.old;
        if reply.framing == Framing::Open && how.old {
            after = After::Close;
        }
        let mut acts = reply.acts.peekable();
        let bare = how.head_only || acts.peek().is_none();
        let mut pending = head_bytes(reply.status, &reply.headers, reply.framing, chunked, after);
        if bare {
            if chunked && !how.head_only {
                pending.extend_from_slice(b"0\r\n\r\n");
            }
            finished(log.as_deref_mut());
            return self.io.write_all(&pending).await.map(|()| after);
        }
        self.io.write_all(&pending).await?;
        while let Some(act) = acts.next() {
            let last = acts.peek().is_none();
            match act {
                Act::Data(data) => {
                    if last {
                        finished(log.as_deref_mut());
                    }
                    self.data(data, chunked, last).await?;
                }
                act => {
                    self.act(act, log.as_deref_mut()).await?;
                    if last && chunked {
                        finished(log.as_deref_mut());
                        self.io.write_all(b"0\r\n\r\n").await?;
                    }
                }
            }
        }
        Ok(after)
    }

    async fn data(&mut self, data: Bytes, chunked: bool, last: bool) -> io::Result<()> {
        if !chunked {
            return self.io.write_all(&data).await;
        }
        let size = if data.is_empty() { String::new() } else { format!("{:x}\r\n", data.len()) };
        let end: &[u8] = match (data.is_empty(), last) {
            (true, true) => b"0\r\n\r\n",
            (true, false) => b"",
            (false, true) => b"\r\n0\r\n\r\n",
            (false, false) => b"\r\n",
        };
        self.io.write_all_buf(&mut Bytes::from(size).chain(data).chain(end)).await
    }

    async fn act(&mut self, act: Act, log: Option<&mut RequestGuard>) -> io::Result<()> {
        match act {
            Act::Data(bytes) | Act::Raw(bytes) => self.io.write_all(&bytes).await,
            Act::Wait(time) => tokio::select! {
                () = tokio::time::sleep(time) => Ok(()),
                gone = gone(&mut self.io, &mut self.buffer) => Err(gone),
            },
            Act::Stall => {
                stalls(log);
                Err(gone(&mut self.io, &mut self.buffer).await)
            }
            Act::Reset => {
                cut(log);
                self.io.reset_on_close();
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Act::Eof => {
                cut(log);
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        }
    }
}

fn stalls(log: Option<&mut RequestGuard>) {
    if let Some(log) = log {
        log.stalls();
    }
}

fn finished(log: Option<&mut RequestGuard>) {
    if let Some(log) = log {
        log.ended(Ended::Done);
    }
}

fn cut(log: Option<&mut RequestGuard>) {
    if let Some(log) = log {
        log.ended(Ended::Cut);
    }
}

/// Ends when the client goes away. What it sends meanwhile is kept for the next request.
async fn gone<C: Conn>(io: &mut C, buffer: &mut BytesMut) -> io::Error {
    while buffer.len() < AHEAD_MAX {
        match io.read_buf(buffer).await {
            Ok(0) => return io::ErrorKind::ConnectionAborted.into(),
            Ok(_) => {}
            Err(e) => return e,
        }
    }
    std::future::pending().await
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn parse(text: &str) -> Option<Head> {
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path, version) = (first.next()?, first.next()?, first.next()?);
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    let request = Request {
        method: method.to_owned(),
        path_and_query: path.to_owned(),
        headers: lines.filter_map(header).collect(),
        body: Bytes::new(),
        connection_id: 0,
        http_version: if version == "HTTP/1.0" { "HTTP/1.0" } else { "HTTP/1.1" },
        on_connection: 0,
    };
    let connection = request.header("connection").unwrap_or_default().to_ascii_lowercase();
    let old = version == "HTTP/1.0";
    let keep = if old { connection.contains("keep-alive") } else { !connection.contains("close") };
    Some(Head { request, keep, old })
}

fn head_bytes(status: u16, headers: &[(String, String)], framing: Framing, chunked: bool, after: After) -> Vec<u8> {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Simulated");
    let mut head = format!("HTTP/1.1 {status} {reason}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match framing {
        Framing::Length(length) => head.push_str(&format!("content-length: {length}\r\n")),
        Framing::Open if chunked => head.push_str("transfer-encoding: chunked\r\n"),
        Framing::Open => {}
    }
    if after == After::Close {
        head.push_str("connection: close\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}
