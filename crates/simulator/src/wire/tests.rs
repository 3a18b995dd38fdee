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
    let flat: Value = serde_json::from_str(&error::event(Protocol::OpenaiResponses.into(), error, 9).data).unwrap();
    assert_eq!((flat["sequence_number"].clone(), flat["message"].clone()), (json!(9), json!("m")));
}

fn cloud(protocol: Protocol, service: Service) -> Asked {
    Asked { service, ..asked(protocol, true) }
}

#[test]
fn a_gemini_stream_parses_back_to_the_answer() {
    let frames = frames(&answer(), &asked(Protocol::Gemini, true), 7);
    let parts: Vec<Value> = events(&frames).iter().map(|e| e["candidates"][0]["content"]["parts"][0].clone()).collect();
    let text = |thought: bool| -> String {
        parts.iter().filter(|p| (p["thought"] == true) == thought).filter_map(|p| p["text"].as_str()).collect()
    };
    assert_eq!((text(true), text(false)), ("hm hm".to_owned(), "one two 三".to_owned()));
    let calls: Vec<&Value> = parts.iter().filter(|p| !p["functionCall"].is_null()).collect();
    let signed = json!({"functionCall": {"name": "bash", "args": {"command": "ls -la"}}, "thoughtSignature": "sig=="});
    assert_eq!((calls.len(), calls[0].clone()), (2, signed));
    assert!(calls[1].get("thoughtSignature").is_none(), "parallel calls are signed once");
    let events = events(&frames);
    assert!(events.iter().all(|e| e["usageMetadata"]["totalTokenCount"] == 144));
    assert_eq!(events.last().unwrap()["candidates"][0]["finishReason"], "STOP");
    let whole = body(&answer(), &asked(Protocol::Gemini, false), 7);
    assert_eq!(whole["candidates"][0]["content"]["parts"][2]["thoughtSignature"], "sig==");
}

#[test]
fn a_gemini_signature_without_a_call_is_on_the_last_part() {
    let answer = Answer::text("done").thinking("hm", "sig==");
    let frames = frames(&answer, &asked(Protocol::Gemini, true), 7);
    let last = events(&frames).last().unwrap()["candidates"][0]["content"]["parts"][0].clone();
    assert_eq!(last, json!({"text": "", "thoughtSignature": "sig=="}));
    let whole = body(&answer, &asked(Protocol::Gemini, false), 7);
    assert_eq!(whole["candidates"][0]["content"]["parts"][1], json!({"text": "done", "thoughtSignature": "sig=="}));
}

#[test]
fn a_converse_stream_parses_back_to_the_answer() {
    let frames = frames(&answer(), &asked(Protocol::BedrockConverse, true), 7);
    let events = events(&frames);
    assert_eq!(texts(&events, "/delta/text"), "one two 三");
    assert_eq!(texts(&events, "/delta/reasoningContent/text"), "hm hm");
    assert_eq!(texts(&events, "/delta/reasoningContent/signature"), "sig==");
    assert_eq!(texts(&events, "/delta/toolUse/input"), "{\"command\":\"ls -la\"}{}");
    let starts: Vec<_> = frames.iter().filter(|f| f.name == Some("contentBlockStart")).collect();
    assert_eq!(starts.len(), 2, "only calls are announced");
    let names: Vec<_> = frames.iter().rev().take(2).filter_map(|f| f.name).collect();
    assert_eq!(names, ["metadata", "messageStop"]);
    assert_eq!(events[events.len() - 2]["stopReason"], "tool_use");
    assert!(frames.iter().all(|f| f.form == Form::Event));
    let whole = body(&answer(), &asked(Protocol::BedrockConverse, false), 7);
    assert_eq!(whole["output"]["message"]["content"].as_array().map(Vec::len), Some(4));
    assert_eq!(whole["usage"]["totalTokens"], 144);
}

#[test]
fn bedrock_puts_anthropic_events_into_chunks_with_figures_in_the_last() {
    let frames = frames(&answer(), &cloud(Protocol::Anthropic, Service::Bedrock), 7);
    assert!(frames.iter().all(|f| f.form == Form::Chunk));
    let last: Value = serde_json::from_str(&frames.last().unwrap().data).unwrap();
    assert_eq!(last["type"], "message_stop");
    assert_eq!(last["amazon-bedrock-invocationMetrics"]["outputTokenCount"], 24);
}

#[test]
fn azure_puts_its_filters_around_the_chunks() {
    let frames = frames(&answer(), &cloud(Protocol::OpenaiChat, Service::Azure), 7);
    let events = events(&frames);
    assert_eq!((&events[0]["choices"], &events[0]["id"]), (&json!([]), &json!("")));
    assert!(events[0]["prompt_filter_results"].is_array());
    let without_delta: Vec<&Value> =
        events.iter().filter(|e| e["choices"].get(0).is_some_and(|choice| choice.get("delta").is_none())).collect();
    assert_eq!(without_delta.len(), 1);
    assert!(without_delta[0]["choices"][0]["content_filter_offsets"].is_object());
    assert_eq!(texts(&events, "/choices/0/delta/content"), "one two 三");
}

#[test]
fn errors_of_clouds_have_their_own_envelope() {
    let error = error::Error { kind: "rate_limit_error", code: None, message: "m" };
    let azure = Surface { protocol: Protocol::OpenaiChat, service: Service::Azure };
    assert_eq!(error::body(azure, error, 1), json!({"error": {"code": "429", "message": "m"}}));
    assert_eq!(error::body(Protocol::BedrockConverse, error, 1), json!({"message": "m"}));
    let google = json!({"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}});
    assert_eq!(error::body(Protocol::Gemini, error, 1), google);
    let event = error::event(Protocol::BedrockConverse.into(), error, 1);
    assert_eq!((event.form, event.name), (Form::Exception, Some("throttlingException")));
}
