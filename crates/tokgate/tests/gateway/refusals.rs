//! Bad input to translated and counted requests: a 400 in the caller's protocol that names the place and the reason, in
//! the gateway's language, and nothing sent to anybody.

use serde_json::{Value, json};
use tokgate::i18n::Lang;
use tokgate_simulator::{Fault, Protocol, Script, When};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};

fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"))
}

/// Message and `param` of a refusal.
fn refusal(reply: &Reply) -> (String, Option<String>) {
    let body = body(reply);
    assert_eq!(reply.status, 400, "{body}");
    let error = &body["error"];
    (error["message"].as_str().unwrap().to_owned(), error["param"].as_str().map(str::to_owned))
}

/// A gateway whose provider speaks another protocol than the client.
async fn translating(upstream: Protocol, lang: Lang) -> (tokgate_simulator::Running, House) {
    let far = provider().await;
    let house = House::speaking(lang, "", &section("far", upstream, &far.url(), "")).await;
    (far, house)
}

/// A provider that does not count.
fn silent() -> Script {
    Script::default().rule(When { path: Some("tokens".to_owned()), ..When::default() }, Fault::PathNotFound)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hologram_is_refused_by_its_place_and_nobody_is_asked_to_continue() {
    let (far, house) = translating(Protocol::Anthropic, Lang::En).await;
    let call = Call::post("/v1/responses", r#"{"model":"m-1","input":[{"type":"hologram"}]}"#.to_owned());
    let (message, param) = refusal(&guarded(call.send(house.address)).await);
    assert_eq!(param.as_deref(), Some("input[0]"));
    assert!(message.contains("far: `input[0]`: this type is not known here"), "{message}");
    assert!(far.log().is_empty());
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_body_is_the_clients_and_named_with_its_path() {
    let (far, house) = translating(Protocol::OpenaiChat, Lang::En).await;
    let asked = json!({"model": "m-1", "max_tokens": 9, "messages": [{"role": "user", "content": 7}]}).to_string();
    let (message, _) = refusal(&guarded(Call::post("/v1/messages", asked).send(house.address)).await);
    let expected = "tokgate: the request is wrong at `messages[0].content`: a text or a list is expected here. It was not \
                    sent to any provider.";
    assert_eq!(message, expected);
    assert!(!message.contains("protocol"));
    let asked = r#"{"model":"m-1","input":[{"role":"user","content":[{"type":"input_text","text":1}]}]}"#;
    let (message, param) = refusal(&guarded(Call::post("/v1/responses", asked.to_owned()).send(house.address)).await);
    assert_eq!(param.as_deref(), Some("input[0].content[0].text"));
    assert!(message.contains("a text is expected here"), "{message}");
    assert!(far.log().is_empty());
    let record = house.records().await.pop().unwrap();
    assert_eq!(record.error.as_deref(), Some("TG312"));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_said_in_chinese_without_a_word_of_english() {
    let (_far, house) = translating(Protocol::OpenaiChat, Lang::Zh).await;
    let messages = r#""messages":[{"role":"user","content":"x"}]"#;
    let bodies = [
        r#"{"model":"m-1","max_tokens":9,"messages":[{"role":"user","content":7}]}"#.to_owned(),
        r#"{"model":"m-1","max_tokens":9,"messages":[{"role":"robot","content":"x"}]}"#.to_owned(),
        r#"{"model":"m-1","max_tokens":9,"messages":[{"role":"user","content":}]}"#.to_owned(),
        format!(r#"{{"model":"m-1",{messages},"mcp_servers":[{{"url":"https://a"}}]}}"#),
        format!(r#"{{"model":"m-1","model":"m-2",{messages}}}"#),
        r#"{"model":5}"#.to_owned(),
        "[]".to_owned(),
        format!(r#"{{"model":"m-1","messages":{}"#, "[".repeat(200)),
        r#"{"model":"m-1""#.to_owned(),
    ];
    // Names of fields and commands stay as they are.
    let names = ["tokgate", "messages", "content", "role", "user", "assistant", "system", "mcp_servers", "MCP", "JSON"];
    for body in bodies {
        let reply = guarded(Call::post("/v1/messages", body.clone()).send(house.address)).await;
        let (message, _) = refusal(&reply);
        let words = message.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let foreign: Vec<&str> = words
            .filter(|word| word.len() > 3 && word.chars().all(|char| char.is_ascii_lowercase()))
            .filter(|word| !names.contains(word) && !["model", "show"].contains(word))
            .collect();
        assert!(foreign.is_empty(), "{body}: {message}: {foreign:?}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_model_the_wrong_body_and_a_name_given_twice_are_each_said_as_what_they_are() {
    let (_far, house) = translating(Protocol::OpenaiChat, Lang::En).await;
    let deep = format!(r#"{{"model":"m-1","messages":{}"#, "[".repeat(200));
    for (body, code, words) in [
        (r#"{"model":5}"#, "TG313", "`model` must be a text"),
        ("[]", "TG312", "it is no JSON object"),
        ("", "TG312", "it is empty"),
        (r#"{"model":"a","model":"b"}"#, "TG312", "`model` is given twice"),
        (&deep, "TG312", "nested deeper than 128 levels"),
    ] {
        let reply = guarded(Call::post("/v1/chat/completions", body.to_owned()).send(house.address)).await;
        let (message, _) = refusal(&reply);
        assert!(message.contains(words), "{message}");
        assert_eq!(self::body(&reply)["error"]["code"], code);
    }
    house.stop().await;
}

/// Estimates were made of bodies that the request itself was refused for.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_request_that_would_be_refused_are_not_estimated() {
    let table = [
        ("/v1/messages/count_tokens", r#"{"model":"m-1","messages":7}"#, "messages"),
        ("/v1/messages/count_tokens", r#"{"model":"m-1","messages":[]}"#, "messages"),
        ("/v1/responses/input_tokens", r#"{"model":"m-1","input":7}"#, "input"),
        ("/v1/responses/input_tokens", r#"{"model":"m-1","input":[{"role":"user","content":7}]}"#, "input[0].content"),
    ];
    // Nobody counts: in the client's protocol, in another, and with nobody who can be asked.
    for upstream in [Protocol::Anthropic, Protocol::OpenaiResponses, Protocol::OpenaiChat] {
        let (far, house) = translating(upstream, Lang::En).await;
        far.script(silent());
        for (path, body, field) in table {
            let reply = guarded(Call::post(path, body.to_owned()).send(house.address)).await;
            assert_eq!(reply.status, 400, "{path} {body} at {upstream:?}");
            let (message, _) = refusal(&reply);
            assert!(message.contains(&format!("`{field}`")), "{path} {body}: {message}");
        }
        house.stop().await;
    }
    let (_far, house) = translating(Protocol::OpenaiChat, Lang::En).await;
    for (path, body) in [
        ("/v1/messages/count_tokens", r#"{"model":"m-1","messages":[{"role":"robot","content":"x"}]}"#),
        ("/v1/responses/input_tokens", r#"{"model":"m-1","input":[{"type":"hologram"}]}"#),
    ] {
        let (message, _) = refusal(&guarded(Call::post(path, body.to_owned()).send(house.address)).await);
        assert!(message.contains("cannot be translated"), "{message}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_knows_passes_and_is_counted_where_it_passes_unread() {
    let (far, house) = translating(Protocol::Anthropic, Lang::En).await;
    far.script(silent());
    let body = r#"{"model":"m-1","messages":[{"role":"robot","content":"x"}]}"#;
    let reply = guarded(Call::post("/v1/messages/count_tokens", body.to_owned()).send(house.address)).await;
    assert_eq!(reply.status, 200, "{:?}", self::body(&reply));
    house.stop().await;
}
