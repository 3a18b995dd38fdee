//! A client that shows what is on the wire: raw bytes, and how the connection ended.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tokgate_simulator::Protocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The response was complete by its own framing; the connection may live on.
    Complete,
    /// The connection closed before the response was complete.
    Eof,
    Reset,
    /// As many bytes as the caller wanted are there, and the response is not complete.
    Enough,
}

#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) head: String,
    /// The body without chunk framing.
    pub(crate) body: Vec<u8>,
    /// Size of every chunk, for chunked bodies.
    pub(crate) chunks: Vec<usize>,
    pub(crate) end: End,
    /// Everything that came.
    pub(crate) raw: Vec<u8>,
}

impl Got {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn count(&self, part: &str) -> usize {
        self.text().matches(part).count()
    }

    pub(crate) fn generated(&self) -> usize {
        self.count("event: content_block_delta")
    }
}

pub(crate) fn body(protocol: Protocol, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": "hello"}]);
    match protocol {
        Protocol::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}),
        Protocol::BedrockConverse => json!({"messages": [{"role": "user", "content": [{"text": "hello"}]}]}),
        Protocol::OpenaiResponses => json!({"model": "m", "input": messages, "stream": stream}),
        _ => json!({"model": "m", "max_tokens": 9, "messages": messages, "stream": stream}),
    }
}

pub(crate) fn request(path: &str, headers: &[(&str, &str)], body: &Value) -> Vec<u8> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let method = if body.is_empty() { "GET" } else { "POST" };
    let lines: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{lines}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// One connection.
pub(crate) struct Client {
    /// `None` when the connection was reset as soon as it was there.
    tcp: Option<TcpStream>,
    left: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        let tcp = match TcpStream::connect(addr).await {
            Ok(tcp) => Some(tcp),
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => None,
            Err(e) => panic!("{e}"),
        };
        Self { tcp, left: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // a server that resets early makes this fail; what it sent instead is read anyway
        if let Some(tcp) = &mut self.tcp {
            let _ = tcp.write_all(bytes).await;
        }
    }

    /// Reads one response, or until `enough` is satisfied by what came so far.
    pub(crate) async fn read_until(&mut self, enough: impl Fn(&Got) -> bool) -> Got {
        let mut raw = std::mem::take(&mut self.left);
        loop {
            if let Some((got, used)) = whole(&raw) {
                self.left = raw.split_off(used);
                return Got { raw, ..got };
            }
            let got = partial(&raw, End::Enough);
            if enough(&got) {
                return got;
            }
            let Some(tcp) = &mut self.tcp else { return partial(&raw, End::Reset) };
            match tcp.read_buf(&mut raw).await {
                Ok(0) => return partial(&raw, End::Eof),
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::ConnectionReset => return partial(&raw, End::Reset),
                Err(e) => panic!("{e}"),
            }
        }
    }

    pub(crate) async fn ask(&mut self, path: &str, headers: &[(&str, &str)], body: &Value) -> Got {
        self.send(&request(path, headers, body)).await;
        self.read_until(|_| false).await
    }

    /// Whether the server closed the idle connection.
    pub(crate) async fn is_closed(&mut self) -> bool {
        matches!(self.tcp.as_mut().unwrap().read(&mut [0; 1]).await, Ok(0))
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(addr: SocketAddr, protocol: Protocol, choice: &str) -> Got {
    let mut client = Client::connect(addr).await;
    client.ask(protocol.path(), &[("x-sim", choice)], &body(protocol, true)).await
}

fn split_head(raw: &[u8]) -> Option<(String, usize)> {
    let mut from = 0;
    loop {
        let end = from + raw[from..].windows(4).position(|w| w == b"\r\n\r\n")? + 4;
        // interim responses are not the head
        if !raw[from..].starts_with(b"HTTP/1.1 1") {
            return Some((String::from_utf8_lossy(&raw[from..end]).into_owned(), end));
        }
        from = end;
    }
}

/// The complete response at the start of `raw`, and how many bytes it takes.
fn whole(raw: &[u8]) -> Option<(Got, usize)> {
    let got = partial(raw, End::Complete);
    let start = split_head(raw)?.1;
    if let Some(length) = got.header("content-length") {
        let end = start + length.parse::<usize>().unwrap();
        return (raw.len() >= end).then(|| (Got { body: raw[start..end].to_vec(), ..got }, end));
    }
    let (_, _, used) = dechunk(&raw[start..]);
    used.map(|used| (got, start + used))
}

fn partial(raw: &[u8], end: End) -> Got {
    let (head, start) = split_head(raw).unwrap_or_default();
    let (body, chunks) = if head.contains("transfer-encoding: chunked") {
        let (body, chunks, _) = dechunk(&raw[start..]);
        (body, chunks)
    } else {
        (raw[start..].to_vec(), Vec::new())
    };
    Got { head, body, chunks, end, raw: raw.to_vec() }
}

/// Body, chunk sizes, and the length of the chunked body when its last chunk is there.
fn dechunk(mut raw: &[u8]) -> (Vec<u8>, Vec<usize>, Option<usize>) {
    let (mut body, mut chunks, total) = (Vec::new(), Vec::new(), raw.len());
    while let Some(end) = raw.windows(2).position(|w| w == b"\r\n") {
        let Ok(size) = usize::from_str_radix(&String::from_utf8_lossy(&raw[..end]), 16) else { break };
        raw = &raw[end + 2..];
        if size == 0 {
            let used = (raw.len() >= 2).then(|| total - raw.len() + 2);
            return (body, chunks, used);
        }
        body.extend_from_slice(&raw[..size.min(raw.len())]);
        chunks.push(size);
        if raw.len() < size + 2 {
            break;
        }
        raw = &raw[size + 2..];
    }
    (body, chunks, None)
}
