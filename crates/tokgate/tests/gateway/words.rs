//! What is wrong with an answer, told in the gateway's language where the provider has no words of its own, and kept so
//! that it can be read in another one.

use serde_json::json;
use tokgate::i18n::Lang;
use tokgate::store::record::{Outcome, Record};
use tokgate_simulator::Protocol;

use crate::call::Call;
use crate::house::{House, guarded, section};
use crate::scripted::{Says, Scripted};

const STREAM: &str = "text/event-stream";

/// What a Chinese gateway's client gets from a provider that says this, and the record of it.
async fn told(upstream: Protocol, says: Says, path: &str, stream: bool) -> (String, Record) {
    let far = Scripted::saying(says).await;
    let house = House::speaking(Lang::Zh, "", &section("far", upstream, &far.url(), "")).await;
    let messages = json!([{"role": "user", "content": "x"}]);
    let asked = json!({"model": "m-1", "max_tokens": 9, "stream": stream, "messages": messages}).to_string();
    let reply = guarded(Call::post(path, asked).send(house.address)).await;
    let record = house.records().await.pop().unwrap();
    house.stop().await;
    (String::from_utf8_lossy(&reply.body).into_owned(), record)
}

/// A Chat stream that generates one word and then does this.
fn chat(rest: &str) -> Says {
    let said = r#"data: {"id":"c","model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}"#;
    Says::new(200, STREAM, format!("{said}\n\n{rest}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_only_the_translation_sees_is_told_in_the_clients_language_and_kept_for_readers_of_another() {
    let rest =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"network_error\"}]}\n\ndata: [DONE]\n\n";
    let (body, record) = told(Protocol::OpenaiChat, chat(rest), "/v1/messages", true).await;
    assert!(body.contains("供应商以 finish_reason \\\"network_error\\\" 结束了回答"), "{body}");
    assert!(!body.contains("the provider"), "{body}");
    assert_eq!(
        record.detail_in(Lang::En).as_deref(),
        Some("the provider ended its answer with finish_reason \"network_error\""),
    );
    assert_eq!(record.reason.as_ref().map(|reason| reason.id()), Some("defect.ended"));
}

/// OpenRouter ends so what broke off at its provider: between equal protocols it counted as a success.
#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_failure_at_the_end_of_an_answer_that_passes_is_a_failure_and_its_bytes_stay() {
    let rest = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n";
    let path = "/v1/chat/completions";
    let says = chat(rest);
    let (body, record) = told(Protocol::OpenaiChat, says.clone(), path, true).await;
    assert_eq!(body.as_bytes(), says.body);
    assert_eq!((record.outcome, &*record.attempts[0].result == "ok"), (Outcome::Truncated, false), "{record:?}");
    let (_, record) = told(Protocol::OpenaiChat, Says::new(200, STREAM, rest), path, true).await;
    assert_eq!(record.outcome, Outcome::Failed, "nothing was said yet: {record:?}");
    let whole = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"error"}]}"#;
    let (_, record) = told(Protocol::OpenaiChat, Says::json(200, whole), path, false).await;
    assert_eq!(record.outcome, Outcome::Failed, "{record:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_broke_off_is_told_in_one_language_and_its_cause_too() {
    for path in ["/v1/messages", "/v1/chat/completions"] {
        let says = Says { missing: 10, ..chat("") };
        let (body, record) = told(Protocol::OpenaiChat, says, path, true).await;
        assert!(body.contains("来自 far 的回答中断（连接在回答途中被关闭）"), "{body}");
        assert_eq!(record.detail_in(Lang::En).as_deref(), Some("the connection was closed inside the answer"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_told_in_chinese_and_the_provider_is_quoted_as_it_spoke() {
    let page = Says::new(200, "text/html", "<html>login</html>");
    let (body, record) = told(Protocol::Anthropic, page, "/v1/messages", false).await;
    assert!(body.contains("内容是 HTML 页面"), "{body}");
    let attempt = &record.attempts[0];
    assert!(attempt.message_in(Lang::En).unwrap().starts_with("an HTML page"), "{attempt:?}");
    let own = Says::json(500, r#"{"type":"error","error":{"type":"api_error","message":"our disk is on fire"}}"#);
    let (body, record) = told(Protocol::Anthropic, own, "/v1/messages", false).await;
    assert!(body.contains("“our disk is on fire”"), "{body}");
    assert_eq!(
        (record.attempts[0].reason.is_none(), record.attempts[0].message_in(Lang::Zh).as_deref()),
        (true, Some("our disk is on fire"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_kept_as_its_code_and_what_stands_in_it() {
    let house = House::speaking(Lang::En, "", "").await;
    let asked = Call::post("/v1/chat/completions", r#"{"messages":[]}"#.to_owned());
    guarded(asked.send(house.address)).await;
    let record = house.records().await.pop().unwrap();
    house.stop().await;
    assert_eq!(record.error.as_deref(), Some("TG313"));
    assert!(record.detail.as_deref().unwrap().contains("the request names no `model`"), "{record:?}");
    assert!(record.detail_in(Lang::Zh).unwrap().contains("请求没有指定 `model`"), "{record:?}");
}
