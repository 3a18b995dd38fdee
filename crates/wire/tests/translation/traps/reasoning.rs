//! Reasoning, and what only its maker can read of it.

use serde_json::{Value, json};
use tokgate_wire::protocol::Protocol;
use tokgate_wire::translate::dialect::{ReasoningIn, ThinkingSwitch};
use tokgate_wire::translate::{Dialect, dialect};

use crate::pair::{A, C, R, SCOPE, ask, hear, hear_whole_stream, try_ask_as};
use crate::raw::*;

/// A conversation in which the model has reasoned and called a tool, with this signature.
fn claude(signature: &str) -> Value {
    json!({"model": "m", "max_tokens": 9000, "thinking": {"type": "adaptive"}, "messages": [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": signature},
            {"type": "tool_use", "id": "t1", "name": "read", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x"}]}]})
}

/// The same as Codex has it, with this blob.
fn codex(encrypted: &str) -> Value {
    json!({"model": "m", "store": false, "input": [
        {"type": "message", "role": "user", "content": "?"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": encrypted},
        {"type": "function_call", "call_id": "t1", "name": "read", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "t1", "output": "x"}]})
}

/// What Responses streams with this reasoning and a call.
fn reasoned(items: &[Value]) -> Vec<Value> {
    let mut events = vec![r_start()];
    events.extend(items.iter().zip(0..).map(|(item, index)| r_item(index, item.clone())));
    events.push(r_end(json!(items)));
    events
}

#[test]
fn trap_25_every_signature_becomes_the_gateways_own() {
    for signature in ["EqQBCkYIAxgCIkA", "another=="] {
        let events = [
            a_start(),
            a_open(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
            a_more(0, json!({"type": "thinking_delta", "thinking": "hm"})),
            a_more(0, json!({"type": "signature_delta", "signature": signature})),
            a_stop(0),
            a_delta("end_turn"),
            a_end(),
        ];
        assert_eq!(hear_whole_stream(A, A, &events).opaque, [signature]);
        let sent = ask(A, A, &claude(signature));
        assert_eq!(sent.body["messages"][1]["content"][0]["signature"], signature);
    }
}

#[test]
fn trap_26_a_signature_of_another_provider_is_sent() {
    // Made by Responses in this scope, carried by Claude Code, sent to another provider after a switch.
    let heard = hear_whole_stream(A, R, &reasoned(&[r_reasoning("rs_1", "hm", "gAAA"), r_call("t1", "read", "{}")]));
    let carried = claude(&heard.opaque[0]);
    let sent = try_ask_as(A, R, &carried.to_string(), &dialect::of(R.into()), SCOPE).unwrap();
    assert!(sent.text.contains("gAAA"), "its maker gets it back: {}", sent.text);
    for to in [A, C, R] {
        let sent = try_ask_as(A, to, &carried.to_string(), &dialect::of(to.into()), SCOPE + 1).unwrap();
        assert!(!sent.text.contains("gAAA") && !sent.text.contains(&heard.opaque[0]), "{to:?}: {}", sent.text);
    }
}

#[test]
fn trap_27_ciphertext_of_another_maker_is_sent_as_encrypted_content() {
    let sent = ask(A, R, &claude("EqQBCkYIAxgCIkA"));
    assert!(!sent.text.contains("EqQBCkYIAxgCIkA"), "{}", sent.text);
    let sent = ask(R, A, &codex("gAAAAABn"));
    assert!(!sent.text.contains("gAAAAABn"), "{}", sent.text);
    assert!(!sent.text.contains("\"signature\""), "{}", sent.text);
}

#[test]
fn trap_28_blobs_of_several_reasonings_are_joined() {
    let items = [r_reasoning("rs_1", "one", "blob1"), r_reasoning("rs_2", "two", "blob2"), r_call("t1", "read", "{}")];
    let said = hear_whole_stream(A, R, &reasoned(&items));
    assert_eq!(said.opaque.len(), 2);
    let blocks: Vec<Value> = ["one", "two"]
        .iter()
        .zip(&said.opaque)
        .map(|(text, signature)| json!({"type": "thinking", "thinking": text, "signature": signature}))
        .collect();
    let mut body = claude("");
    let content = body["messages"][1]["content"].as_array_mut().unwrap();
    content.splice(..1, blocks);
    let sent = ask(A, R, &body);
    let back: Vec<&str> =
        sent.body["input"].as_array().unwrap().iter().filter_map(|item| item["encrypted_content"].as_str()).collect();
    assert_eq!(back, ["blob1", "blob2"], "{}", sent.text);
}

#[test]
fn trap_28_every_piece_of_a_summary_becomes_a_reasoning_of_its_own() {
    let item = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "blob", "summary": [
        {"type": "summary_text", "text": "one"}, {"type": "summary_text", "text": "two"}]});
    let heard = hear(A, R, &reasoned(&[item, r_message("x")]));
    let opened = heard.events.iter().filter(|event| event["content_block"]["type"] == "thinking").count();
    assert_eq!((opened, heard.said.reasoning.as_str()), (1, "one\n\ntwo"));
}

#[test]
fn trap_29_an_id_of_a_reasoning_that_was_not_stored_is_sent() {
    let said = hear_whole_stream(A, R, &reasoned(&[r_reasoning("rs_1", "hm", "blob"), r_call("t1", "read", "{}")]));
    let sent = ask(A, R, &claude(&said.opaque[0]));
    assert_eq!(sent.body["store"], false);
    let reasoning = sent.body["input"].as_array().unwrap().iter().find(|item| item["type"] == "reasoning").unwrap();
    assert!(reasoning.get("id").is_none() && reasoning["encrypted_content"] == "blob", "{reasoning}");
}

#[test]
fn trap_30_reasoning_that_cannot_be_read_becomes_an_empty_message() {
    let mut body = codex("gAAAAABn");
    body["input"][1]["summary"] = json!([]);
    body["input"].as_array_mut().unwrap().truncate(2);
    body["input"].as_array_mut().unwrap().push(json!({"type": "message", "role": "user", "content": "go on"}));
    for to in [A, C] {
        let sent = ask(R, to, &body);
        for message in sent.body["messages"].as_array().unwrap() {
            let empty = message["content"].is_null() || message["content"] == "" || message["content"] == json!([]);
            assert!(!empty, "{to:?}: {}", sent.text);
        }
    }
}

#[test]
fn trap_31_reasoning_is_not_given_back_with_its_calls() {
    let said = hear_whole_stream(
        A,
        C,
        &[
            c_delta(json!({"role": "assistant", "reasoning_content": "hm"})),
            c_call(
                json!({"index": 0, "id": "t1", "type": "function", "function": {"name": "read", "arguments": "{}"}}),
            ),
            c_finish("tool_calls"),
            c_done(),
        ],
    );
    let body = claude(&said.opaque[0]).to_string();
    let message = |reasoning_in| {
        let sent = try_ask_as(A, C, &body, &Dialect { reasoning_in, ..Dialect::OPEN_MODELS }, SCOPE).unwrap();
        sent.body["messages"].as_array().unwrap().iter().find(|message| message["role"] == "assistant").unwrap().clone()
    };
    assert_eq!(message(ReasoningIn::Content)["reasoning_content"], "hm");
    assert_eq!(message(ReasoningIn::Reasoning)["reasoning"], "hm");
    assert_eq!(
        message(ReasoningIn::None),
        json!({"role": "assistant", "content": null, "tool_calls": message(ReasoningIn::Content)["tool_calls"]})
    );
    // Nothing is made up where nothing was thought.
    let plain = body.replace("\"type\":\"thinking\"", "\"type\":\"text\",\"text\":\"a\"");
    let sent = try_ask_as(A, C, &plain, &Dialect::OPEN_MODELS, SCOPE).unwrap();
    assert!(!sent.text.contains("reasoning_content"), "{}", sent.text);
}

#[test]
fn trap_32_signed_thoughts_of_a_model_are_lost_between_two_turns() {
    // As OpenRouter hands on the signature of a Gemini model.
    let details =
        json!([{"type": "reasoning.encrypted", "data": "thought-signature", "format": "google-gemini-v1", "index": 0}]);
    for client in [A, R] {
        let heard = hear_whole_stream(
            client,
            C,
            &[
                c_delta(json!({"role": "assistant", "reasoning_details": details})),
                c_call(
                    json!({"index": 0, "id": "t1", "type": "function", "function": {"name": "read", "arguments": "{}"}}),
                ),
                c_finish("tool_calls"),
                c_done(),
            ],
        );
        let body = if client == A {
            let mut body = claude("");
            body["messages"][1]["content"][0] = json!({"type": "redacted_thinking", "data": heard.opaque[0]});
            body
        } else {
            codex(&heard.opaque[0])
        };
        let to = Dialect { reasoning_in: ReasoningIn::Details, ..Dialect::OPENAI_CHAT };
        let sent = try_ask_as(client, C, &body.to_string(), &to, SCOPE).unwrap();
        let back =
            sent.body["messages"].as_array().unwrap().iter().find_map(|message| message.get("reasoning_details"));
        assert_eq!(back, Some(&details), "{client:?}: {}", sent.text);
    }
}

#[test]
fn trap_33_reasoning_is_switched_off_and_asked_for_at_once() {
    let switches = [
        ThinkingSwitch::Protocol,
        ThinkingSwitch::Thinking,
        ThinkingSwitch::EnableThinking,
        ThinkingSwitch::Reasoning,
        ThinkingSwitch::TemplateArguments,
        ThinkingSwitch::Budget,
        ThinkingSwitch::None,
    ];
    let mut body = claude("x");
    body["thinking"] = json!({"type": "disabled"});
    body["output_config"] = json!({"effort": "high"});
    for to in Protocol::ALL {
        for thinking_switch in switches {
            let sent =
                try_ask_as(A, to, &body.to_string(), &Dialect { thinking_switch, ..dialect::of(to.into()) }, SCOPE)
                    .unwrap();
            assert!(!sent.text.contains("\"high\""), "{to:?} {thinking_switch:?}: {}", sent.text);
        }
    }
}

#[test]
fn trap_34_reasoning_under_another_name_or_without_an_answer_is_lost() {
    for name in ["reasoning", "reasoning_content"] {
        for client in Protocol::ALL {
            let events = [
                c_delta(json!({"role": "assistant", name: "hm, "})),
                c_delta(json!({name: "so"})),
                c_finish("stop"),
                c_done(),
            ];
            assert_eq!(hear_whole_stream(client, C, &events).reasoning, "hm, so", "{name} to {client:?}");
        }
    }
}
