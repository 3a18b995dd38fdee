//! Who may open a WebSocket, and which bytes may come over it. What is refused reaches no provider.

use serde_json::Value;
use tokgate_simulator::{Answer, Protocol, Script};
use tokio::io::AsyncWriteExt;

use crate::call::Call;
use crate::house::{House, LOCAL_KEY, guarded, provider, section};
use crate::socket::{Socket, create, farewell, frame, raw, upgrade, words};

const KEY: &str = "keys = [\"sk-upstream-4Hd8sK2pQw\"]";

async fn open(server: &str) -> (House, tokgate_simulator::Running) {
    let upstream = provider().await;
    upstream.script(Script::always(Answer::text("Hello.")));
    let provider = section("a", Protocol::OpenaiResponses, &upstream.url(), KEY);
    (House::with_server(server, &provider).await, upstream)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_is_checked_like_any_request() {
    let (house, upstream) = open("allow_origins = [\"https://app.example\"]").await;
    let own = format!("http://{}", house.address);
    let with = |name: &str, value: &str| upgrade().without(name).header(name, value);
    for (call, status) in [
        (with("host", "evil.example"), 421),
        (with("origin", "https://evil.example"), 403),
        (with("origin", "null"), 403),
        (with("origin", &own), 403),
        (with("sec-fetch-site", "cross-site"), 403),
        // A page cannot show a key: a browser sends none of its own with an upgrade.
        (with("origin", "https://app.example").without("authorization"), 401),
        (upgrade().without("authorization"), 401),
        (with("authorization", "Bearer wrong-key-wrong-key"), 401),
        (with("sec-websocket-protocol", "openai-insecure-api-key.wrong").without("authorization"), 401),
        (with("upgrade", "h2c"), 400),
        (with("connection", "keep-alive"), 400),
        (with("sec-websocket-version", "12"), 426),
        (with("sec-websocket-key", "c2hvcnQ="), 400),
        (upgrade().without("sec-websocket-key"), 400),
        (upgrade().header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="), 400),
        (Call { body: "hello".into(), ..upgrade() }, 400),
    ] {
        let reply = guarded(call.send(house.address)).await;
        assert_eq!(reply.status, status, "{call:?}: {}", reply.text());
        assert!(!reply.text().contains(LOCAL_KEY));
    }
    for path in ["/v1/messages", "/v1/chat/completions", "/v1/responses/compact", "/v1/models", "/health", "/"] {
        let reply = guarded(Call { path: path.to_owned(), ..upgrade() }.send(house.address)).await;
        assert_ne!(reply.status, 101, "{path}");
    }
    let counters = upstream.counters();
    assert_eq!((counters.connections, house.gateway().websockets()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_the_path_leads_to_a_socket_and_no_extension_is_taken() {
    let (house, _upstream) = open("").await;
    for path in ["/v1/responses", "/c/codex/v1/responses", "/v1/v1/responses", "/responses?x=1"] {
        let call = Call { path: path.to_owned(), ..upgrade() }
            .header("sec-websocket-extensions", "permessage-deflate; client_max_window_bits");
        let mut socket = Socket::over(call, house.address).await;
        assert_eq!(words(&socket.ask(&create("hi")).await), "Hello.", "{path}");
    }
}

/// Frames a server must not take, and the code it closes with. The first byte is FIN, RSV and opcode.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_frames_end_the_connection() {
    let (house, upstream) = open("").await;
    let unmasked = |first: u8, payload: &[u8]| {
        let mut out = vec![first, payload.len() as u8];
        out.extend_from_slice(payload);
        out
    };
    let text = create("hi").to_string();
    let two = |a: Vec<u8>, b: Vec<u8>| [a, b].concat();
    for (name, bytes, code) in [
        ("a text without a mask", unmasked(0x81, b"{}"), 1002),
        ("RSV1, as deflate would have it", frame(0xc1, text.as_bytes()), 1002),
        ("RSV2", frame(0xa1, b"{}"), 1002),
        ("RSV3", frame(0x91, b"{}"), 1002),
        ("a reserved data opcode", frame(0x83, b"{}"), 1002),
        ("a reserved control opcode", frame(0x8b, b"{}"), 1002),
        ("a continuation of nothing", frame(0x80, b"{}"), 1002),
        ("a text inside a text", two(frame(0x01, b"{"), frame(0x81, b"}")), 1002),
        ("a ping in pieces", frame(0x09, b"x"), 1002),
        ("a ping that is too long", frame(0x89, &[b'x'; 126]), 1002),
        ("a text that is no UTF-8", frame(0x81, b"\xff\xfe"), 1007),
        ("a binary message", frame(0x82, b"{}"), 1003),
        ("an HTTP request", b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), 1002),
    ] {
        let mut stream = raw(upgrade(), house.address).await;
        stream.write_all(&bytes).await.unwrap();
        let (_, closed) = farewell(stream).await;
        assert_eq!(closed, Some(code), "{name}");
    }
    assert_eq!(upstream.counters().requests, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_beyond_the_largest_body_is_refused_before_it_has_come() {
    let (house, upstream) = open("max_body = \"64KiB\"").await;
    let large = 200 << 10;
    let mut one = vec![0x81, 0x80 | 127];
    one.extend_from_slice(&(large as u64).to_be_bytes());
    one.extend_from_slice(&[0; 4]);
    let mut pieces = frame(0x01, &[b' '; 100 << 10]);
    pieces.extend(frame(0x00, &[b' '; 100 << 10]));
    for (name, bytes) in [("in one frame", one), ("in pieces", pieces)] {
        let mut stream = raw(upgrade(), house.address).await;
        stream.write_all(&bytes).await.unwrap();
        let (texts, closed) = farewell(stream).await;
        assert_eq!(closed, Some(1009), "{name}");
        let error: Value = serde_json::from_str(texts.last().expect("the client is told")).unwrap();
        assert_eq!((&error["status"], &error["error"]["code"]), (&413.into(), &"TG314".into()), "{name}");
    }
    // The request itself has the same limit as over HTTP.
    let mut socket = Socket::open(house.address).await;
    let error = socket.ask(&create(&"x".repeat(70 << 10))).await;
    assert_eq!((&error[0]["status"], &error[0]["error"]["code"]), (&413.into(), &"TG314".into()), "{error:?}");
    assert_eq!(upstream.counters().requests, 0);
    assert_eq!(words(&socket.ask(&create("hi")).await), "Hello.");
    assert!(house.gateway().buffered() < 64 << 10, "what was refused is not held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_in_pieces_is_one_and_a_ping_in_between_is_answered() {
    let (house, _upstream) = open("").await;
    let mut stream = raw(upgrade(), house.address).await;
    let text = create("hi").to_string();
    let (one, two) = text.as_bytes().split_at(20);
    let mut bytes = frame(0x01, one);
    bytes.extend(frame(0x89, b"there?"));
    bytes.extend(frame(0x80, two));
    for byte in bytes {
        stream.write_all(&[byte]).await.unwrap();
    }
    let mut socket = Socket::behind(stream).await;
    let mut pong = false;
    let mut text = String::new();
    loop {
        match socket.message().await.expect("an answer") {
            tokio_tungstenite::tungstenite::Message::Pong(payload) => pong = &*payload == b"there?",
            tokio_tungstenite::tungstenite::Message::Text(event) => {
                text.push_str(&event);
                if event.contains("response.completed") {
                    break;
                }
            }
            _ => {}
        }
    }
    assert!(pong && text.contains("Hello."), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_sent_ahead_of_the_101_are_read_behind_it() {
    let (house, _upstream) = open("").await;
    let mut stream = tokio::net::TcpStream::connect(house.address).await.unwrap();
    let mut bytes = upgrade().head(house.address).into_bytes();
    bytes.extend(frame(0x81, create("hi").to_string().as_bytes()));
    stream.write_all(&bytes).await.unwrap();
    let mut socket = Socket::after_head(stream).await;
    assert_eq!(words(&socket.answer().await), "Hello.");
}
