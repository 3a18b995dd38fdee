//! A WebSocket client: the upgrade written by hand, the frames by the library, or byte for byte where they are wrong.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::call::Call;
use crate::house::guarded;

/// The example of the RFC.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// An upgrade with the local key.
pub(crate) fn upgrade() -> Call {
    Call::of("GET", "/v1/responses")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", KEY)
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Opens one.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::over(upgrade(), address).await
    }

    /// Opens one by this upgrade.
    pub(crate) async fn over(upgrade: Call, address: SocketAddr) -> Self {
        Self::behind(raw(upgrade, address).await).await
    }

    /// One whose 101 has been read.
    pub(crate) async fn behind(stream: TcpStream) -> Self {
        Self { stream: WebSocketStream::from_raw_socket(stream, Role::Client, None).await }
    }

    /// One whose 101 is still to be read.
    pub(crate) async fn after_head(mut stream: TcpStream) -> Self {
        read_head(&mut stream).await;
        Self::behind(stream).await
    }

    pub(crate) async fn send(&mut self, event: &Value) {
        self.send_message(Message::text(event.to_string())).await;
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        guarded(self.stream.send(message)).await.expect("the gateway takes frames");
    }

    /// The next message; `None` at the end.
    pub(crate) async fn message(&mut self) -> Option<Message> {
        guarded(self.stream.next()).await.and_then(Result::ok)
    }

    /// The next frame with an event; pings are passed over.
    pub(crate) async fn event(&mut self) -> Value {
        loop {
            match self.message().await.expect("the gateway closed the connection") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Events to the end of one answer.
    pub(crate) async fn answer(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            events.push(self.event().await);
            if events.last().is_some_and(is_last) {
                return events;
            }
        }
    }

    /// One request and its answer.
    pub(crate) async fn ask(&mut self, request: &Value) -> Vec<Value> {
        self.send(request).await;
        self.answer().await
    }
}

/// The smallest request.
pub(crate) fn create(input: &str) -> Value {
    json!({"type": "response.create", "model": "m-1", "store": false, "input": [message(input)]})
}

/// One that goes on from an answer.
pub(crate) fn next(previous: &str, input: &str) -> Value {
    let mut request = create(input);
    request["previous_response_id"] = previous.into();
    request
}

pub(crate) fn message(text: &str) -> Value {
    json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
}

pub(crate) fn is_last(event: &Value) -> bool {
    ["response.completed", "response.incomplete", "response.failed", "error"].iter().any(|last| event["type"] == *last)
}

/// The words of an answer, from its deltas.
pub(crate) fn words(answer: &[Value]) -> String {
    let deltas = answer.iter().filter(|event| event["type"] == "response.output_text.delta");
    deltas.filter_map(|event| event["delta"].as_str()).collect()
}

/// The id of an answer that is whole.
pub(crate) fn id(answer: &[Value]) -> String {
    let last = answer.last().expect("an answer has events");
    assert_eq!(last["type"], "response.completed", "{last}");
    last["response"]["id"].as_str().expect("an answer has an id").to_owned()
}

/// The socket behind the 101.
pub(crate) async fn raw(upgrade: Call, address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("the gateway listens");
    stream.write_all(upgrade.head(address).as_bytes()).await.expect("the gateway reads");
    read_head(&mut stream).await;
    stream
}

async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(guarded(stream.read_u8()).await.expect("the gateway answers"));
    }
    let head = String::from_utf8(head).expect("heads are text");
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
}

/// A client's frame of this first byte, masked.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    let mask = [7, 1, 9, 3];
    out.extend_from_slice(&mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

/// What the gateway sends until it closes: texts, then the code of its closing. A library that closes at the first
/// fault would not show it.
pub(crate) async fn farewell(mut stream: TcpStream) -> (Vec<String>, Option<u16>) {
    let (mut texts, mut code) = (Vec::new(), None);
    let mut all = Vec::new();
    // A reset after the last words is an end too.
    let _ = guarded(stream.read_to_end(&mut all)).await;
    let mut rest = &all[..];
    while let [first, length, after @ ..] = rest {
        let (length, after) = match length {
            126 => (usize::from(u16::from_be_bytes([after[0], after[1]])), &after[2..]),
            length => (usize::from(*length), after),
        };
        let payload = &after[..length];
        match first & 0x0f {
            1 => texts.push(String::from_utf8(payload.to_vec()).expect("texts are UTF-8")),
            8 => code = Some(u16::from_be_bytes([payload[0], payload[1]])),
            _ => {}
        }
        rest = &after[length..];
    }
    (texts, code)
}
