//! Requests: tools, order, content.

use serde_json::{Value, json};
use tokgate_wire::stream::TransportEnd;
use tokgate_wire::translate::dialect::SchemaDialect;
use tokgate_wire::translate::{Dialect, dialect};

use crate::pair::{A, C, R, SCOPE, ask, hear_as, pairs, try_ask_as};
use crate::raw::*;

const GRAMMAR: &str = "start: begin_patch hunk+ end_patch";

/// Codex with its freeform tool.
fn codex() -> Value {
    json!({"model": "m", "stream": true, "input": [{"type": "message", "role": "user", "content": "?"}],
        "tools": [{"type": "custom", "name": "apply_patch", "description": "Edits files.", "format": {"type": "grammar", "syntax": "lark", "definition": GRAMMAR}}]})
}

#[test]
fn trap_35_a_freeform_call_arrives_as_a_function_call() {
    let patch = "*** Begin Patch\n*** End Patch";
    let wrapped = json!({"input": patch}).to_string();
    for upstream in [A, C] {
        let plan = ask(R, upstream, &codex()).plan;
        let events = match upstream {
            A => vec![
                a_start(),
                a_call(0, "t1", "apply_patch"),
                a_input(0, &wrapped),
                a_stop(0),
                a_delta("tool_use"),
                a_end(),
            ],
            _ => vec![
                c_call(
                    json!({"index": 0, "id": "t1", "type": "function", "function": {"name": "apply_patch", "arguments": wrapped}}),
                ),
                c_finish("tool_calls"),
                c_done(),
            ],
        };
        let heard = hear_as(&plan, &events, TransportEnd::Proven);
        let item = &heard.events.last().unwrap()["response"]["output"][0];
        assert_eq!(
            (&item["type"], &item["name"], &item["input"]),
            (&json!("custom_tool_call"), &json!("apply_patch"), &json!(patch))
        );
    }
}

#[test]
fn trap_36_a_freeform_tool_is_not_declared() {
    let to_a = ask(R, A, &codex());
    let tool = &to_a.body["tools"][0];
    assert_eq!((&tool["name"], &tool["input_schema"]["required"]), (&json!("apply_patch"), &json!(["input"])));
    assert!(tool["description"].as_str().unwrap().contains(GRAMMAR), "{tool}");
    let to_c = ask(R, C, &codex());
    let function = &to_c.body["tools"][0]["function"];
    assert_eq!((&function["name"], &function["parameters"]["required"]), (&json!("apply_patch"), &json!(["input"])));
    assert!(function["description"].as_str().unwrap().contains(GRAMMAR), "{function}");
}

#[test]
fn trap_36_a_freeform_tool_of_chat_keeps_its_grammar_nested() {
    let format = json!({"type": "grammar", "grammar": {"syntax": "lark", "definition": GRAMMAR}});
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "?"}],
        "tools": [{"type": "custom", "custom": {"name": "apply_patch", "format": format}}]});
    let flat = json!({"type": "grammar", "syntax": "lark", "definition": GRAMMAR});
    assert_eq!(ask(C, R, &body).body["tools"][0]["format"], flat);
    let wrapped = Dialect { freeform_tools: false, ..Dialect::OPENAI_RESPONSES };
    let sent = try_ask_as(C, R, &body.to_string(), &wrapped, SCOPE).unwrap();
    assert!(sent.body["tools"][0]["description"].as_str().unwrap().contains(GRAMMAR), "{}", sent.text);
}

#[test]
fn trap_37_a_message_between_a_call_and_its_result_parts_them() {
    let body = json!({"model": "m", "input": [
        {"type": "message", "role": "user", "content": "?"},
        {"type": "function_call", "call_id": "t1", "name": "read", "arguments": "{}"},
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "a hook says"}]},
        {"type": "function_call_output", "call_id": "t1", "output": "x"}]});
    let chat = ask(R, C, &body).body["messages"].clone();
    let at = chat.as_array().unwrap().iter().position(|message| message["tool_calls"].is_array()).unwrap();
    assert_eq!((&chat[at + 1]["role"], &chat[at + 1]["tool_call_id"]), (&json!("tool"), &json!("t1")), "{chat}");
    let anthropic = ask(R, A, &body).body["messages"].clone();
    let at = anthropic.as_array().unwrap().iter().position(|message| message["role"] == "assistant").unwrap();
    assert_eq!(anthropic[at + 1]["content"][0]["tool_use_id"], "t1", "{anthropic}");
    assert!(chat.to_string().contains("a hook says") && anthropic.to_string().contains("a hook says"));
}

#[test]
fn trap_38_calls_that_follow_each_other_become_messages_of_their_own() {
    let body = json!({"model": "m", "input": [
        {"type": "message", "role": "user", "content": "?"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "both"}]},
        {"type": "function_call", "call_id": "t1", "name": "read", "arguments": "{}"},
        {"type": "function_call", "call_id": "t2", "name": "read", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "t1", "output": "1"},
        {"type": "function_call_output", "call_id": "t2", "output": "2"}]});
    let roles = |to| -> Vec<String> {
        let sent = ask(R, to, &body);
        sent.body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["role"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(roles(C), ["user", "assistant", "tool", "tool"]);
    assert_eq!(roles(A), ["user", "assistant", "user"]);
}

#[test]
fn trap_39_images_in_results_of_tools_are_dropped() {
    let image =
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    let body = json!({"model": "m", "max_tokens": 9, "messages": [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {}}, {"type": "tool_use", "id": "t2", "name": "look", "input": {}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "seen"}, image]},
            {"type": "tool_result", "tool_use_id": "t2", "content": "x"}]}]});
    for to in [C, R] {
        let sent = ask(A, to, &body);
        assert!(sent.text.contains("data:image/png;base64,iVBORw0KGgo="), "{to:?}: {}", sent.text);
        if to == C {
            let roles: Vec<&str> = sent.body["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|message| message["role"].as_str().unwrap())
                .collect();
            assert_eq!(roles, ["user", "assistant", "tool", "tool", "user"], "behind the last result of the batch");
        }
    }
}

#[test]
fn trap_40_blocks_of_anthropic_inside_chat_messages_are_thrown_away() {
    let body = json!({"model": "m", "messages": [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "read", "input": {"a": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "found"}]}]});
    for to in [A, R] {
        let sent = ask(C, to, &body);
        assert!(sent.text.contains("found") && sent.text.contains("read"), "{to:?}: {}", sent.text);
    }
    assert_eq!(ask(C, A, &body).body["messages"][2]["content"][0]["tool_use_id"], "t1");
    assert_eq!(ask(C, R, &body).body["input"][2]["type"], "function_call_output");
}

/// A conversation of Claude Code that has called a tool of this name under this id.
fn called(name: &str, id: &str) -> Value {
    json!({"model": "m", "max_tokens": 9, "tools": [{"name": name, "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": name}, "messages": [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": id, "name": name, "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": "x"}]}]})
}

#[test]
fn trap_41_names_that_are_too_long_or_have_dots_are_refused() {
    for name in [&"mcp__plugin_marketplace__search".repeat(3)[..], "files.read", "lesen/größe"] {
        let sent = ask(A, C, &called(name, "t1"));
        let short = sent.body["tools"][0]["function"]["name"].as_str().unwrap().to_owned();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        assert!(short.len() <= 64 && short.bytes().all(legal), "{short}");
        assert_eq!(sent.body["tool_choice"]["function"]["name"], short.as_str());
        assert_eq!(sent.body["messages"][1]["tool_calls"][0]["function"]["name"], short.as_str());
        let events = [
            c_call(json!({"index": 0, "id": "c", "type": "function", "function": {"name": short, "arguments": "{}"}})),
            c_finish("tool_calls"),
            c_done(),
        ];
        assert_eq!(hear_as(&sent.plan, &events, TransportEnd::Proven).said.called(), [(name, "{}")]);
    }
}

#[test]
fn trap_42_ids_with_other_characters_or_too_long_are_refused() {
    for id in ["call_abc.DEF:1", &"x".repeat(80)] {
        let sent = ask(A, C, &called("read", id));
        let (call, result) =
            (&sent.body["messages"][1]["tool_calls"][0]["id"], &sent.body["messages"][2]["tool_call_id"]);
        assert!(call == result && call.as_str().unwrap().len() <= 40, "{}", sent.text);
        let sent = ask(A, R, &called("read", id));
        let (call, result) = (&sent.body["input"][1]["call_id"], &sent.body["input"][2]["call_id"]);
        assert!(call == result && call.as_str().unwrap().len() <= 64, "{}", sent.text);
    }
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "?"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "functions.read:0", "type": "function", "function": {"name": "read", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "functions.read:0", "content": "x"}]});
    let sent = ask(C, A, &body);
    let id = sent.body["messages"][1]["content"][0]["id"].as_str().unwrap();
    assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)), "{id}");
    assert_eq!(sent.body["messages"][2]["content"][0]["tool_use_id"], id);
}

#[test]
fn trap_43_schemas_are_not_those_the_provider_takes() {
    let schema = json!({"properties": {"properties": {"type": "object", "properties": {"const": {"type": "string"}}},
        "either": {"type": "string", "anyOf": [{"type": "string"}, {"type": "number"}]}}});
    let body = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "?"}], "tools": [{"name": "x", "input_schema": schema}]}).to_string();
    for kind in [SchemaDialect::Full, SchemaDialect::Moonshot, SchemaDialect::OpenApi] {
        let sent = try_ask_as(A, C, &body, &Dialect { schema: kind, ..Dialect::OPENAI_CHAT }, SCOPE).unwrap();
        let parameters = &sent.body["tools"][0]["function"]["parameters"];
        assert_eq!(parameters["type"], "object", "{kind:?}: the root has a type");
        assert!(
            parameters["properties"]["properties"]["properties"]["const"].is_object(),
            "{kind:?}: names are no keywords: {parameters}"
        );
        if kind == SchemaDialect::Moonshot {
            let either = &parameters["properties"]["either"];
            assert!(either.get("type").is_none() || either.get("anyOf").is_none(), "{either}");
        }
    }
}

#[test]
fn trap_44_a_choice_is_sent_without_tools_or_in_the_wrong_form() {
    let empty = json!({"model": "m", "max_tokens": 9, "tools": [], "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}, "messages": [{"role": "user", "content": "?"}]});
    for to in [C, R] {
        let sent = ask(A, to, &empty);
        for name in ["tools", "tool_choice", "parallel_tool_calls"] {
            assert!(sent.body.get(name).is_none(), "{to:?} {name}: {}", sent.text);
        }
    }
    let mut body = called("read", "t1");
    assert_eq!(ask(A, C, &body).body["tool_choice"], json!({"type": "function", "function": {"name": "read"}}));
    assert_eq!(ask(A, R, &body).body["tool_choice"], json!({"type": "function", "name": "read"}));
    body["tool_choice"] = json!({"type": "auto", "disable_parallel_tool_use": true});
    assert_eq!(ask(A, C, &body).body["parallel_tool_calls"], false);
    assert_eq!(ask(A, R, &body).body["parallel_tool_calls"], false);
    let chat = json!({"model": "m", "messages": [{"role": "user", "content": "?"}], "parallel_tool_calls": false,
        "tools": [{"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}]});
    assert_eq!(ask(C, A, &chat).body["tool_choice"], json!({"type": "auto", "disable_parallel_tool_use": true}));
}

#[test]
fn trap_45_instructions_in_the_middle_or_alone_are_mishandled() {
    let middle = json!({"model": "m", "max_tokens": 9, "system": [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.329; cc_entrypoint=sdk-cli; cch=00000;"}, {"type": "text", "text": "Be brief."}],
        "messages": [{"role": "user", "content": "one"}, {"role": "system", "content": "in between"}, {"role": "user", "content": "two"}]});
    for to in [C, R] {
        let text = ask(A, to, &middle).text;
        let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"));
        assert!(at("one") < at("in between") && at("in between") < at("two"), "{to:?}: {text}");
        assert!(!text.contains("billing"), "it changes with every request and defeats caches: {text}");
        let fixed = Dialect { system_anywhere: false, ..dialect::of(to.into()) };
        let sent = try_ask_as(A, to, &middle.to_string(), &fixed, SCOPE).unwrap();
        assert!(sent.text.contains("in between"), "{to:?}: {}", sent.text);
    }
    let alone = json!({"model": "m", "messages": [{"role": "system", "content": "Be brief."}]});
    assert_eq!(ask(C, A, &alone).body["messages"][0]["role"], "user", "nobody is answered without a user");
    assert!(ask(C, R, &alone).body["input"].as_array().is_some_and(|input| !input.is_empty()));
}

#[test]
fn trap_46_empty_texts_and_messages_are_sent() {
    let body = json!({"model": "m", "messages": [
        {"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "?"}]},
        {"role": "assistant", "content": ""}, {"role": "user", "content": "  \n"}, {"role": "user", "content": "go on"}]});
    let sent = ask(C, A, &body);
    for message in sent.body["messages"].as_array().unwrap() {
        let blocks = message["content"].as_array().unwrap();
        assert!(
            !blocks.is_empty() && blocks.iter().all(|block| !block["text"].as_str().unwrap().trim().is_empty()),
            "{}",
            sent.text
        );
    }
}

#[test]
fn trap_47_the_order_of_members_changes_and_caches_are_defeated() {
    let schema = r#"{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"string"},"mid":{"type":"number","minimum":1.50}},"required":["zeta"]}"#;
    let bodies = [
        (
            A,
            format!(
                r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"?"}}],"tools":[{{"name":"x","input_schema":{schema}}}]}}"#
            ),
        ),
        (
            C,
            format!(
                r#"{{"model":"m","messages":[{{"role":"user","content":"?"}}],"tools":[{{"type":"function","function":{{"name":"x","parameters":{schema}}}}}]}}"#
            ),
        ),
        (R, format!(r#"{{"model":"m","input":"?","tools":[{{"type":"function","name":"x","parameters":{schema}}}]}}"#)),
    ];
    for (from, to) in pairs() {
        let body = &bodies.iter().find(|(protocol, _)| *protocol == from).unwrap().1;
        let send = || try_ask_as(from, to, body, &dialect::of(to.into()), SCOPE).unwrap().text;
        let text = send();
        assert!(text.contains(schema), "{from:?} to {to:?}: {text}");
        let last = if to == R { "\"input\":" } else { "\"messages\":" };
        assert!(text.find("\"tools\":") < text.find(last), "what changes stands last: {text}");
        assert_eq!(text, send());
    }
}
