#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;

fn practice(first_byte: Duration, tokens_per_second: u32) -> Practice {
    let greeting = Greeting {
        en: "This is the practice provider; add a key.".to_owned(),
        zh: "这是练习用的提供方，请添加密钥。".to_owned(),
        title_en: "Practice".to_owned(),
        title_zh: "练习".to_owned(),
    };
    Practice::new(PracticeOptions { first_byte, tokens_per_second, greeting })
}

async fn ask(practice: &Practice, method: &str, path: &str, body: &Value) -> (u16, String, String) {
    let request = http::Request::builder().method(method).uri(path).body(()).unwrap();
    let (parts, ()) = request.into_parts();
    let response = practice.answer(&parts, Bytes::from(body.to_string()));
    let kind = response.headers().get("content-type").unwrap().to_str().unwrap().to_owned();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, kind, String::from_utf8(body.to_vec()).unwrap())
}

fn create(protocol: Protocol, text: &str, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": text}]);
    match protocol {
        Protocol::OpenaiResponses => json!({"model": "m", "input": messages, "stream": stream}),
        _ => json!({"model": "m", "messages": messages, "stream": stream, "max_tokens": 9}),
    }
}

#[tokio::test]
async fn the_answer_says_so_in_the_language_of_the_question() {
    let practice = practice(Duration::ZERO, 0);
    for protocol in Protocol::ALL {
        let (status, kind, body) = ask(&practice, "POST", protocol.path(), &create(*protocol, "hello", false)).await;
        assert_eq!((status, kind.as_str()), (200, "application/json"));
        assert!(body.contains("This is the practice provider; add a key."), "{body}");
        let (_, _, body) = ask(&practice, "POST", protocol.path(), &create(*protocol, "你好", false)).await;
        assert!(body.contains("这是练习用的提供方"), "{body}");
    }
}

#[tokio::test]
async fn every_protocol_streams_to_its_own_end() {
    let practice = practice(Duration::ZERO, 0);
    let ends = ["event: message_stop", "data: [DONE]", "event: response.completed"];
    for (protocol, end) in Protocol::ALL.iter().zip(ends) {
        let (status, kind, body) = ask(&practice, "POST", protocol.path(), &create(*protocol, "hi", true)).await;
        assert_eq!((status, kind.as_str()), (200, "text/event-stream; charset=utf-8"));
        assert!(body.trim_end().lines().rev().take(2).any(|line| line.starts_with(end)), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_pace_is_kept() {
    let practice = practice(Duration::from_millis(300), 10);
    let start = crate::clock::now();
    ask(&practice, "POST", "/v1/messages", &create(Protocol::Anthropic, "hi", true)).await;
    let took: Duration = Instant::duration_since(&crate::clock::now(), start);
    // 41 characters are 11 tokens: 300 ms and eleven times 100 ms
    assert_eq!(took.as_millis(), 1400);
}

#[tokio::test]
async fn a_title_request_gets_what_its_schema_wants() {
    let mut body = create(Protocol::Anthropic, "hi", false);
    body["output_config"] = json!({"format": {"type": "json_schema", "schema": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}}});
    let (_, _, answer) = ask(&practice(Duration::ZERO, 0), "POST", "/v1/messages", &body).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["content"][0]["text"], "{\"title\":\"Practice\"}");
}

#[tokio::test]
async fn the_calls_beside_a_conversation_are_answered() {
    let practice = practice(Duration::ZERO, 0);
    let body = json!({"model": "m", "messages": []});
    let (status, _, text) = ask(&practice, "POST", "/v1/messages/count_tokens?beta=true", &body).await;
    assert_eq!((status, text.as_str()), (200, "{\"input_tokens\":7}"));
    let (_, _, text) = ask(&practice, "POST", "/v1/responses/input_tokens", &body).await;
    assert!(text.contains("response.input_tokens"));
    let (_, _, text) = ask(&practice, "GET", "/v1/models", &Value::Null).await;
    assert!(text.contains("\"object\":\"list\""));
    assert_eq!(ask(&practice, "GET", "/v1/responses", &Value::Null).await.0, 426);
    assert_eq!(ask(&practice, "POST", "/v1/nonsense", &Value::Null).await.0, 404);
}
