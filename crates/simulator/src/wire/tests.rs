#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::json;

use super::*;

fn asked(protocol: Protocol, stream: bool) -> Asked {
    let body = json!({"model": "m-1", "stream": stream, "stream_options": {"include_usage": true}});
    Asked::read(protocol, body.to_string().as_bytes())
}

fn answer() -> Answer {
    Answer::text("one two 三")
        .thinking("hm hm", "sig==")
        .tool("bash", json!({"command": "ls -la"}))
        .tool("read", json!({}))
}

/// The JSON of every event; `[DONE]` is left out.
fn events(frames: &[Frame]) -> Vec<Value> {
    frames.iter().filter(|f| f.data != "[DONE]").map(|f| serde_json::from_str(&f.data).unwrap()).collect()
}

fn texts<'a>(events: &'a [Value], pointer: &'a str) -> String {
    events.iter().filter_map(|e| e.pointer(pointer)?.as_str()).collect()
}

#[test]
fn an_anthropic_stream_parses_back_to_the_answer() {
    let frames = frames(&answer(), &asked(Protocol::Anthropic, true), 7);
    let events = events(&frames);
    assert_eq!(frames[0].name, Some("message_start"));
    assert_eq!(frames.last().unwrap().class, Class::Terminal);
    assert_eq!(texts(&events, "/delta/text"), "one two 三");
    assert_eq!(texts(&events, "/delta/thinking"), "hm hm");
    assert_eq!(texts(&events, "/delta/signature"), "sig==");
    assert_eq!(texts(&events, "/delta/partial_json"), "{\"command\":\"ls -la\"}{}");
    let starts: Vec<_> = events.iter().filter(|e| e["type"] == "content_block_start").collect();
    let types: Vec<_> =
        starts.iter().map(|e| (e["index"].as_u64().unwrap(), e["content_block"]["type"].as_str().unwrap())).collect();
    assert_eq!(types, [(0, "thinking"), (1, "text"), (2, "tool_use"), (3, "tool_use")]);
    assert_eq!(events[events.len() - 2]["delta"]["stop_reason"], "tool_use");
    for (frame, event) in frames.iter().zip(&events) {
        assert_eq!(event["type"], frame.name.unwrap());
    }
}

#[test]
fn a_chat_stream_parses_back_to_the_answer() {
    let frames = frames(&answer(), &asked(Protocol::OpenaiChat, true), 7);
    let events = events(&frames);
    assert_eq!(frames.last().unwrap().data, "[DONE]");
    assert_eq!(texts(&events, "/choices/0/delta/content"), "one two 三");
    assert_eq!(texts(&events, "/choices/0/delta/reasoning_content"), "hm hm");
    assert_eq!(texts(&events, "/choices/0/delta/tool_calls/0/function/arguments"), "{\"command\":\"ls -la\"}{}");
    assert_eq!(texts(&events, "/choices/0/delta/tool_calls/0/function/name"), "bashread");
    let last = events.last().unwrap();
    assert_eq!((last["choices"].clone(), last["usage"]["total_tokens"].clone()), (json!([]), json!(144)));
    assert_eq!(events[events.len() - 2]["choices"][0]["finish_reason"], "tool_calls");
}

#[test]
fn a_chat_stream_has_usage_only_when_asked() {
    let mut asked = asked(Protocol::OpenaiChat, true);
    asked.include_usage = false;
    assert!(events(&frames(&answer(), &asked, 7)).iter().all(|e| e.get("usage").is_none()));
}

#[test]
fn a_responses_stream_parses_back_to_the_answer() {
    let frames = frames(&answer(), &asked(Protocol::OpenaiResponses, true), 7);
    let events = events(&frames);
    for (n, (frame, event)) in frames.iter().zip(&events).enumerate() {
        assert_eq!(event["sequence_number"], n);
        assert_eq!(event["type"], frame.name.unwrap());
    }
    let of = |kind: &str| events.iter().filter(|e| e["type"] == kind).cloned().collect::<Vec<_>>();
    assert_eq!(texts(&of("response.output_text.delta"), "/delta"), "one two 三");
    assert_eq!(texts(&of("response.reasoning_summary_text.delta"), "/delta"), "hm hm");
    assert_eq!(texts(&of("response.function_call_arguments.delta"), "/delta"), "{\"command\":\"ls -la\"}{}");
    let done: Vec<_> = of("response.output_item.done").iter().map(|e| e["item"].clone()).collect();
    let last = &events.last().unwrap()["response"];
    assert_eq!((last["status"].clone(), last["output"].clone()), (json!("completed"), json!(done)));
    assert_eq!(done[0]["encrypted_content"], "sig==");
    assert_eq!(last["usage"]["input_tokens_details"], json!({"cached_tokens": 0, "cache_write_tokens": 0}));
}

#[test]
fn cached_tokens_are_counted_as_each_protocol_does() {
    let usage = Usage { input: 10, cache_read: 5, cache_write: 3, output: 2, reasoning: 1 };
    let answer = answer().usage(usage);
    let body = |protocol| body(&answer, &asked(protocol, false), 1)["usage"].clone();
    assert_eq!(body(Protocol::Anthropic)["input_tokens"], 10);
    assert_eq!(body(Protocol::OpenaiChat)["prompt_tokens"], 18);
    assert_eq!(body(Protocol::OpenaiResponses)["input_tokens"], 18);
}

#[test]
fn a_stop_reason_of_the_script_is_used() {
    let mut answer = Answer::text("x");
    answer.stop = Some("max_tokens".to_owned());
    assert_eq!(body(&answer, &asked(Protocol::Anthropic, false), 1)["stop_reason"], "max_tokens");
    answer.stop = Some("max_output_tokens".to_owned());
    let frames = frames(&answer, &asked(Protocol::OpenaiResponses, true), 1);
    let last: Value = serde_json::from_str(&frames.last().unwrap().data).unwrap();
    assert_eq!(frames.last().unwrap().name, Some("response.incomplete"));
    assert_eq!(last["response"]["incomplete_details"]["reason"], "max_output_tokens");
}

#[test]
fn errors_have_each_protocols_envelope() {
    let error = error::Error { kind: "overloaded_error", code: Some("c"), message: "m" };
    assert_eq!(error::body(Protocol::Anthropic, error, 1)["error"]["type"], "overloaded_error");
    assert_eq!(error::body(Protocol::OpenaiChat, error, 1)["error"]["code"], "c");
    let flat: Value = serde_json::from_str(&error::event(Protocol::OpenaiResponses, error, 9).data).unwrap();
    assert_eq!((flat["sequence_number"].clone(), flat["message"].clone()), (json!(9), json!("m")));
}
