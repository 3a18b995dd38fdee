#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::conversation::{CallKind, Citation, Finish, OpaqueKind, Opened};
use crate::error::WireError;
use crate::json::Text;
use crate::protocol::Protocol;
use crate::translate::carrier::{self, Carried};
use crate::usage::Usage;
use crate::{sse, stream};

fn plan() -> Plan {
    let mut plan = Plan::new(Protocol::Anthropic, Protocol::OpenaiResponses);
    (plan.model, plan.input_estimate, plan.scope, plan.seed) = ("claude-opus-5-5".to_owned(), 77, 9, 1);
    plan
}

/// What a client makes of a stream, every rule of the protocol checked on the way; nothing when it ends in an error.
fn folded(bytes: &[u8]) -> Result<Value, Value> {
    let mut message = Value::Null;
    let mut open: Option<(u64, String)> = None;
    let mut stopped = 0;
    let mut delta_seen = false;
    let mut ended = false;
    for event in sse::events(bytes) {
        let data: Value = serde_json::from_slice(&event.data).unwrap();
        assert_eq!(event.name, data["type"].as_str());
        assert!(!ended, "nothing comes behind the end: {data}");
        let index = data["index"].as_u64();
        match event.name.unwrap() {
            "message_start" => {
                assert!(message.is_null());
                message = data["message"].clone();
            }
            "ping" => assert!(!message.is_null()),
            "content_block_start" => {
                assert_eq!((open.as_ref(), index), (None, Some(stopped)), "indices are dense, one block is open");
                message["content"].as_array_mut().unwrap().push(data["content_block"].clone());
                open = Some((stopped, String::new()));
            }
            "content_block_delta" => {
                let (at, input) = open.as_mut().unwrap();
                assert_eq!(index, Some(*at));
                apply(message["content"].as_array_mut().unwrap().last_mut().unwrap(), &data["delta"], input);
            }
            "content_block_stop" => {
                let (at, input) = open.take().unwrap();
                assert_eq!(index, Some(at));
                let block = message["content"].as_array_mut().unwrap().last_mut().unwrap();
                if block["type"] == "tool_use" {
                    block["input"] = serde_json::from_str(&input)
                        .ok()
                        .filter(Value::is_object)
                        .unwrap_or(json!({"_raw_arguments": input}));
                }
                stopped += 1;
            }
            "message_delta" => {
                assert!(open.is_none() && !std::mem::replace(&mut delta_seen, true));
                message["stop_reason"] = data["delta"]["stop_reason"].clone();
                message["stop_sequence"] = data["delta"]["stop_sequence"].clone();
                message["usage"] = data["usage"].clone();
            }
            "message_stop" => {
                assert!(delta_seen);
                ended = true;
            }
            "error" => return Err(data["error"].clone()),
            other => panic!("unknown event {other}"),
        }
    }
    assert!(ended, "a stream has an end");
    Ok(message)
}

fn apply(block: &mut Value, delta: &Value, input: &mut String) {
    let fits = match delta["type"].as_str().unwrap() {
        "text_delta" => ("text", "text"),
        "thinking_delta" => ("thinking", "thinking"),
        "signature_delta" => ("thinking", "signature"),
        "citations_delta" => {
            assert_eq!(block["type"], "text");
            let mut citations = block["citations"].as_array().cloned().unwrap_or_default();
            citations.push(delta["citation"].clone());
            block["citations"] = Value::from(citations);
            return;
        }
        "input_json_delta" => {
            assert_eq!(block["type"], "tool_use");
            input.push_str(delta["partial_json"].as_str().unwrap());
            return;
        }
        other => panic!("unknown delta {other}"),
    };
    assert_eq!(block["type"], fits.0);
    let joined = format!("{}{}", block[fits.1].as_str().unwrap(), delta[fits.1].as_str().unwrap());
    block[fits.1] = Value::from(joined);
}

fn streamed(plan: &Plan, events: &[Event<'_>], end: &End) -> Vec<u8> {
    let mut encoder = StreamEncoder::new(plan);
    let mut bytes = Vec::new();
    for event in events {
        encoder.event(event.clone());
        bytes.extend(encoder.take());
    }
    encoder.finish(end);
    bytes.extend(encoder.take());
    bytes
}

fn whole(plan: &Plan, events: &[Event<'_>], end: &End) -> Value {
    let mut encoder = WholeEncoder::new(plan);
    events.iter().for_each(|event| encoder.event(event.clone()));
    serde_json::from_slice(&encoder.finish(end)).unwrap()
}

/// The message, which is the same both ways.
fn message(plan: &Plan, events: &[Event<'_>], finish: Finish) -> Value {
    let end = End::Complete(finish);
    let mut streamed = folded(&streamed(plan, events, &end)).unwrap();
    let whole = whole(plan, events, &end);
    // The lifetimes of what was written to a cache stand in whole messages alone.
    if let Some(split) = whole["usage"].get("cache_creation") {
        streamed["usage"]["cache_creation"] = split.clone();
    }
    assert_eq!(streamed, whole);
    whole
}

const fn start() -> Event<'static> {
    Event::Start { id: None, model: None }
}

fn text(part: u32, said: &str) -> Vec<Event<'_>> {
    vec![Event::Open { part, what: Opened::Text }, Event::Text { part, text: Text::plain(said) }, Event::Close { part }]
}

fn open_call<'a>(part: u32, id: &'a str, name: &'a str) -> Event<'a> {
    let (id, name) = (Text::plain(id), Text::plain(name));
    Event::Open { part, what: Opened::ToolCall { id, name, namespace: None, kind: CallKind::Function } }
}

fn arguments(part: u32, text: &str) -> Event<'_> {
    Event::Arguments { part, text: Text::plain(text) }
}

fn call<'a>(part: u32, id: &'a str, name: &'a str, json: &'a str) -> Vec<Event<'a>> {
    vec![open_call(part, id, name), arguments(part, json), Event::Close { part }]
}

fn reasoning<'a>(part: u32, said: &'a [&'a str], opaque: Option<&'a str>) -> Vec<Event<'a>> {
    let mut events = vec![Event::Open { part, what: Opened::Reasoning { id: Some(Text::plain("rs_1")) } }];
    for piece in said {
        events.push(Event::Piece { part });
        events.push(Event::Text { part, text: Text::plain(piece) });
    }
    events.extend(opaque.map(|data| Event::Opaque { part, data: Text::plain(data) }));
    events.push(Event::Close { part });
    events
}

fn all(parts: Vec<Vec<Event<'_>>>) -> Vec<Event<'_>> {
    std::iter::once(start()).chain(parts.into_iter().flatten()).collect()
}

#[test]
fn a_stream_is_written_as_anthropic_writes_it() {
    let mut events = all(vec![text(0, "Hi \"you\"\n"), call(1, "call_1", "read", "{\"a\":1}")]);
    events.push(Event::Usage(Usage {
        input_uncached: Some(10),
        cache_read: Some(90),
        cache_write_other: Some(5),
        output_total: Some(7),
        output_reasoning: Some(3),
        ..Usage::default()
    }));
    let mut plan = plan();
    plan.seed = 7;
    let bytes = streamed(&plan, &events, &End::Complete(Finish::Done));
    let id = crate::translate::ids::derived("msg_", 7, 0);
    let expected = format!(
        r#"event: message_start
data: {{"type":"message_start","message":{{"id":"{id}","type":"message","role":"assistant","model":"claude-opus-5-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{{"input_tokens":77,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}}}}

event: ping
data: {{"type":"ping"}}

event: content_block_start
data: {{"type":"content_block_start","index":0,"content_block":{{"type":"text","text":""}}}}

event: content_block_delta
data: {{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"Hi \"you\"\n"}}}}

event: content_block_stop
data: {{"type":"content_block_stop","index":0}}

event: content_block_start
data: {{"type":"content_block_start","index":1,"content_block":{{"type":"tool_use","id":"call_1","name":"read","input":{{}}}}}}

event: content_block_delta
data: {{"type":"content_block_delta","index":1,"delta":{{"type":"input_json_delta","partial_json":"{{\"a\":1}}"}}}}

event: content_block_stop
data: {{"type":"content_block_stop","index":1}}

event: message_delta
data: {{"type":"message_delta","delta":{{"stop_reason":"tool_use","stop_sequence":null}},"usage":{{"input_tokens":10,"cache_creation_input_tokens":5,"cache_read_input_tokens":90,"output_tokens":7,"output_tokens_details":{{"thinking_tokens":3}}}}}}

event: message_stop
data: {{"type":"message_stop"}}

"#
    );
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

#[test]
fn the_pass_through_tap_takes_the_stream_for_complete() {
    let bytes = streamed(&plan(), &all(vec![text(0, "Hi")]), &End::Complete(Finish::Done));
    let mut tap = stream::Tap::new(Protocol::Anthropic);
    tap.push(bytes.into()).unwrap();
    assert_eq!(tap.finish(stream::TransportEnd::Proven), stream::StreamEnd::Complete);
}

#[test]
fn trap_2_text_and_then_a_call_ends_as_a_turn() {
    let events = all(vec![text(0, "I look."), call(1, "c", "read", "{}")]);
    assert_eq!(message(&plan(), &events, Finish::Done)["stop_reason"], "tool_use");
    assert_eq!(message(&plan(), &events, Finish::Other("eos".to_owned()))["stop_reason"], "tool_use");
    // Limits and filters win; without a call nobody waits for one.
    assert_eq!(message(&plan(), &events, Finish::MaxOutput)["stop_reason"], "max_tokens");
    assert_eq!(message(&plan(), &events, Finish::Refusal)["stop_reason"], "refusal");
    assert_eq!(message(&plan(), &all(vec![text(0, "x")]), Finish::ToolUse)["stop_reason"], "end_turn");
}

#[test]
fn stop_reasons_have_anthropic_names() {
    let events = all(vec![text(0, "x")]);
    for (finish, reason, stop_text) in [
        (Finish::Done, "end_turn", Value::Null),
        (Finish::StopText(Some("END".to_owned())), "stop_sequence", json!("END")),
        (Finish::MaxOutput, "max_tokens", Value::Null),
        (Finish::ContextFull, "model_context_window_exceeded", Value::Null),
        (Finish::Pause, "pause_turn", Value::Null),
        (Finish::Other("x".to_owned()), "end_turn", Value::Null),
    ] {
        let message = message(&plan(), &events, finish);
        assert_eq!((&message["stop_reason"], &message["stop_sequence"]), (&json!(reason), &stop_text));
    }
    let refusal = vec![
        Event::Open { part: 0, what: Opened::Refusal },
        Event::Text { part: 0, text: Text::plain("No.") },
        Event::Close { part: 0 },
    ];
    let message = message(&plan(), &all(vec![refusal]), Finish::Done);
    assert_eq!((&message["stop_reason"], &message["content"][0]["text"]), (&json!("refusal"), &json!("No.")));
}

#[test]
fn trap_3_interleaved_calls_become_overlapping_blocks() {
    let events = [
        start(),
        open_call(0, "a", "read"),
        open_call(1, "b", "write"),
        arguments(1, "{\"x\":"),
        arguments(0, "{}"),
        arguments(1, "2}"),
        Event::Close { part: 0 },
        Event::Close { part: 1 },
    ];
    let message = message(&plan(), &events, Finish::ToolUse);
    let inputs: Vec<_> = message["content"].as_array().unwrap().iter().map(|block| &block["input"]).collect();
    assert_eq!(inputs, [&json!({}), &json!({"x": 2})]);
}

#[test]
fn trap_11_a_call_without_arguments_has_no_input() {
    for json in ["", "{}"] {
        let message = message(&plan(), &all(vec![call(0, "a", "list", json)]), Finish::ToolUse);
        assert_eq!(message["content"][0]["input"], json!({}));
    }
}

#[test]
fn trap_13_a_call_that_a_limit_cut_is_left_out_of_a_whole_answer() {
    let events = all(vec![text(0, "x"), call(1, "a", "list", "{\"path\": \"/ho")]);
    let cut = whole(&plan(), &events, &End::Complete(Finish::MaxOutput));
    assert_eq!((cut["content"].as_array().unwrap().len(), &cut["stop_reason"]), (1, &json!("max_tokens")));
    let odd = whole(&plan(), &events, &End::Complete(Finish::ToolUse));
    assert_eq!(odd["content"][1]["input"], json!({"_raw_arguments": "{\"path\": \"/ho"}));
}

#[test]
fn trap_14_a_broken_answer_ends_as_if_it_were_whole() {
    let events = [start(), Event::Open { part: 0, what: Opened::Text }, Event::Text { part: 0, text: "x".into() }];
    let error = |kind: &str, code: &str, message: &str| {
        let (kind, code) = (Some(kind.to_owned()), Some(code.to_owned()));
        End::Failed(WireError { kind, code, message: message.to_owned(), defect: None })
    };
    for (end, kind, message) in [
        (End::Cut, "api_error", "the provider's answer broke off before it was complete"),
        (error("server_error", "", "boom"), "api_error", "boom"),
        (error("overloaded_error", "", "busy"), "overloaded_error", "busy"),
        (error("rate_limit_error", "", "slow down"), "overloaded_error", "slow down"),
        (error("authentication_error", "invalid_api_key", "bad key"), "api_error", "bad key"),
        (
            error("", "context_length_exceeded", "200001 > 200000"),
            "invalid_request_error",
            "prompt is too long: 200001 tokens > 200000 maximum (200001 > 200000)",
        ),
    ] {
        let told = folded(&streamed(&plan(), &events, &end)).unwrap_err();
        assert_eq!((&told["type"], &told["message"]), (&json!(kind), &json!(message)));
        let body = whole(&plan(), &events, &end);
        assert_eq!((&body["type"], &body["error"]), (&json!("error"), &told));
    }
}

#[test]
fn reasoning_comes_back_to_its_maker() {
    let events = all(vec![reasoning(0, &["first", "second"], Some("enc")), text(1, "x")]);
    let message = message(&plan(), &events, Finish::Done);
    let block = &message["content"][0];
    assert_eq!((&block["type"], &block["thinking"]), (&json!("thinking"), &json!("first\n\nsecond")));
    let signature = block["signature"].as_str().unwrap();
    let expected =
        Carried::Ours { kind: OpaqueKind::OpenaiEncrypted, id: Some("rs_1".to_owned()), data: "enc".to_owned() };
    assert_eq!(carrier::open(signature, 9), expected);
    assert_eq!(carrier::open(signature, 10), Carried::Foreign);
}

#[test]
fn trap_30_reasoning_that_nobody_can_read_becomes_an_empty_message() {
    let events = all(vec![reasoning(0, &[], Some("enc")), text(1, "x")]);
    let message = message(&plan(), &events, Finish::Done);
    assert_eq!(message["content"][0]["type"], "redacted_thinking");
    assert!(message["content"][0]["data"].as_str().unwrap().starts_with("tg1."));
    // Neither readable nor opaque: nothing.
    let events = all(vec![reasoning(0, &[], None), text(1, "x")]);
    assert_eq!(message_types(&events), ["text"]);
}

fn message_types(events: &[Event<'_>]) -> Vec<String> {
    let message = message(&plan(), events, Finish::Done);
    message["content"].as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn reasoning_without_an_opaque_half_has_a_carrier_that_says_whose_it_is() {
    let events = all(vec![reasoning(0, &["hm"], None)]);
    let bytes = streamed(&plan(), &events, &End::Complete(Finish::Done));
    let signature = folded(&bytes).unwrap()["content"][0]["signature"].as_str().unwrap().to_owned();
    let Carried::Ours { kind, data, .. } = carrier::open(&signature, plan().scope) else { panic!("{signature}") };
    assert_eq!((kind, &data[..]), (OpaqueKind::Plain, ""));
}

#[test]
fn trap_25_genuine_signatures_are_replaced() {
    let mut plan = plan();
    plan.upstream = Protocol::Anthropic.into();
    let sealed = crate::anthropic::opaque::redacted("Emw");
    let events = all(vec![
        reasoning(0, &["hm"], Some("EqQB")),
        reasoning(1, &[], Some("ErUB")),
        reasoning(2, &[], Some(&sealed)),
    ]);
    let content = &message(&plan, &events, Finish::Done)["content"];
    let expected = json!([
        {"type": "thinking", "thinking": "hm", "signature": "EqQB"},
        {"type": "thinking", "thinking": "", "signature": "ErUB"},
        {"type": "redacted_thinking", "data": "Emw"},
    ]);
    assert_eq!(content, &expected);
}

#[test]
fn trap_42_ids_of_calls_are_refused_or_taken_twice() {
    let events = all(vec![call(0, "call.1:é", "a", "{}"), call(1, "", "b", "{}"), call(2, "call_1_é", "c", "{}")]);
    let message = message(&plan(), &events, Finish::ToolUse);
    let ids: Vec<_> = (0..3).map(|at| message["content"][at]["id"].as_str().unwrap()).collect();
    assert_eq!(ids[0], "call_1__");
    assert!(ids[1].starts_with("toolu_") && ids[2] != ids[0]);
    assert!(ids.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')));
}

#[test]
fn trap_41_names_that_were_shortened_come_back_short() {
    let long = format!("mcp__plugin.{}", "x".repeat(80));
    let mut plan = plan();
    let sent = plan.names.tool(&Text::plain(&long), 64, true).decoded().into_owned();
    assert_ne!(sent, long);
    let message = message(&plan, &all(vec![call(0, "a", &sent, "{}")]), Finish::ToolUse);
    assert_eq!(message["content"][0]["name"], long);
}

#[test]
fn trap_46_empty_texts_become_blocks() {
    let events = all(vec![text(0, ""), text(1, "x")]);
    assert_eq!(message_types(&events), ["text"]);
}

#[test]
fn trap_48_tokens_are_counted_twice_or_not_at_all() {
    let mut events = all(vec![text(0, "abcdefghiabcdefghiabcdefghiabcdefghi")]);
    // Nothing counted: estimates, no zeros.
    let usage = &message(&plan(), &events, Finish::Done)["usage"];
    assert_eq!((&usage["input_tokens"], &usage["output_tokens"]), (&json!(77), &json!(10)));
    events.push(Event::Usage(Usage {
        input_uncached: Some(200),
        cache_read: Some(2000),
        cache_write_5m: Some(300),
        cache_write_1h: Some(100),
        output_total: Some(50),
        ..Usage::default()
    }));
    let usage = &message(&plan(), &events, Finish::Done)["usage"];
    let expected = json!({
        "input_tokens": 200, "cache_creation_input_tokens": 400, "cache_read_input_tokens": 2000,
        "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 100},
        "output_tokens": 50,
    });
    assert_eq!(usage, &expected);
}

#[test]
fn searches_of_others_are_said_in_anthropic_words() {
    let value = r#"{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"rust","sources":[{"type":"url","url":"https://a"}]}}"#;
    let hosted = vec![
        Event::Open { part: 0, what: Opened::Hosted { kind: "web_search_call", value } },
        Event::Close { part: 0 },
    ];
    let other = vec![
        Event::Open { part: 1, what: Opened::Hosted { kind: "code_interpreter_call", value: "{}" } },
        Event::Close { part: 1 },
    ];
    let mut said = text(2, "x");
    said.insert(2, Event::Citation { part: 2, source: Citation::new("https://a") });
    let events = all(vec![hosted, other, said]);
    let content = &message(&plan(), &events, Finish::Done)["content"];
    assert_eq!(content[0]["input"], json!({"query": "rust"}));
    assert_eq!(content[0]["id"], content[1]["tool_use_id"]);
    assert_eq!(content[1]["content"][0]["url"], "https://a");
    assert_eq!(content[2]["citations"][0]["url"], "https://a");
    assert_eq!(content.as_array().unwrap().len(), 3);
}

#[test]
fn pings_keep_the_stream_alive_only_once_it_has_begun() {
    let events = [Event::Ping, start(), Event::Ping];
    let bytes = streamed(&plan(), &events, &End::Complete(Finish::Done));
    let names: Vec<_> = sse::events(&bytes).map(|event| event.name.unwrap().to_owned()).collect();
    assert_eq!(names, ["message_start", "ping", "ping", "message_delta", "message_stop"]);
}

/// Steps of a decoder, sensible or not.
fn any_events() -> impl Strategy<Value = Vec<(u8, u32, String)>> {
    prop::collection::vec((0..11_u8, 0..4_u32, r#"[a-c{}":\\ é\n]{0,6}"#), 0..40)
}

fn made<'a>((step, part, said): &'a (u8, u32, String)) -> Event<'a> {
    let (part, text) = (*part, Text::plain(said));
    let open = |what| Event::Open { part, what };
    match step {
        0 => open(Opened::Text),
        1 => open(Opened::Reasoning { id: None }),
        2 | 3 => open_call(part, said, "tool"),
        4 => Event::Text { part, text },
        5 => Event::Arguments { part, text },
        6 => Event::Opaque { part, data: text },
        7 => Event::Citation { part, source: Citation::new(text) },
        8 => Event::Piece { part },
        9 => Event::Ping,
        _ => Event::Close { part },
    }
}

proptest! {
    /// `folded` checks the rules of the protocol; `message` that both ways say the same.
    #[test]
    fn whatever_a_decoder_does_the_stream_is_valid_and_equal_to_the_whole(steps in any_events()) {
        let mut events = vec![start()];
        // Every opening of a part that is open already means another part.
        events.extend(steps.iter().map(made));
        let done = message(&plan(), &events, Finish::Done);
        prop_assert!(done["content"].is_array());
    }

    #[test]
    fn an_end_that_is_not_complete_is_always_an_error(steps in any_events()) {
        let events: Vec<_> = steps.iter().map(made).collect();
        prop_assert!(folded(&streamed(&plan(), &events, &End::Cut)).is_err());
    }
}
