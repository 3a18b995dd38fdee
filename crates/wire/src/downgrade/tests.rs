#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::protocol::UpstreamProtocol as Protocol;

fn lacks(texts: &[&str]) -> Lacks {
    Lacks::new(texts.iter().map(|text| Lack::parse(text).unwrap_or_else(|why| panic!("{text}: {why:?}"))))
}

fn lost(losses: &Losses) -> Vec<String> {
    losses.all().iter().map(|loss| format!("{} {}", loss.field, loss.fate.id())).collect()
}

/// Body, lacks, body that goes on, what is reported.
type Row<'a> = (&'a str, &'a [&'a str], &'a str, &'a [&'a str]);

fn check(protocol: Protocol, rows: &[Row<'_>]) {
    for (body, lacked, expected, reported) in rows {
        let made = request(protocol, body, &lacks(lacked), None);
        let Some(made) = made else {
            assert_eq!(body, expected, "nothing was changed: {lacked:?}");
            assert!(reported.is_empty());
            continue;
        };
        assert_eq!(&String::from_utf8(made.body.clone()).unwrap(), expected, "{lacked:?}");
        assert_eq!(lost(&made.losses), *reported, "{body}");
        assert!(serde_json::from_slice::<Value>(&made.body).is_ok(), "{expected}");
    }
}

#[test]
fn fields_go_with_their_commas_and_every_other_byte_stays() {
    check(
        Protocol::Anthropic,
        &[
            (r#"{"model":"m" , "speed":"fast"}"#, &["speed"], r#"{"model":"m"}"#, &["speed dropped"]),
            (r#"{"speed":"fast", "model":"m"}"#, &["speed"], r#"{"model":"m"}"#, &["speed dropped"]),
            (r#"{ "speed" : "fast" }"#, &["speed"], "{  }", &["speed dropped"]),
            (
                "{\"model\":\"m\",\n \"context_management\":{\"edits\":[]},\n \"n\":1.0e2,\"t\":\"\\u00e9\"}",
                &["context_management"],
                "{\"model\":\"m\",\n \"n\":1.0e2,\"t\":\"\\u00e9\"}",
                &["context_management dropped"],
            ),
            (
                r#"{"a":1,"speed":"fast","context_management":{},"b":2}"#,
                &["context_management", "speed"],
                r#"{"a":1,"b":2}"#,
                &["speed dropped", "context_management dropped"],
            ),
            (
                r#"{"output_config":{"effort":"high","format":{"type":"x"}}}"#,
                &["output_config.effort"],
                r#"{"output_config":{"format":{"type":"x"}}}"#,
                &["output_config.effort dropped"],
            ),
            (
                r#"{"tools":[{"name":"a","defer_loading":true},{"defer_loading":true,"name":"b"},{"name":"c"}]}"#,
                &["tools[].defer_loading"],
                r#"{"tools":[{"name":"a"},{"name":"b"},{"name":"c"}]}"#,
                &["tools[].defer_loading dropped"],
            ),
            // A list where an object was expected, and the other way round, is nobody's business here.
            (
                r#"{"tools":{"defer_loading":true}}"#,
                &["tools[].defer_loading"],
                r#"{"tools":{"defer_loading":true}}"#,
                &[],
            ),
            (r#"{"model":"m"}"#, &["speed", "tools[].strict", "messages[].role=system"], r#"{"model":"m"}"#, &[]),
        ],
    );
}

#[test]
fn instructions_in_the_middle_become_text_of_the_user_before_them() {
    let system = &["messages[].role=system"][..];
    let told = &["messages[].role=system reworded"][..];
    check(
        Protocol::Anthropic,
        &[
            (
                r#"{"messages":[{"role":"user","content":"hi"},{"role":"system","content":"be brief"},{"role":"assistant","content":"ok"}]}"#,
                system,
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"<system-reminder>\nbe brief\n</system-reminder>"}]},{"role":"assistant","content":"ok"}]}"#,
                told,
            ),
            // Cache breakpoints and everything else of a block stay.
            (
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"system","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}]}"#,
                system,
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"<system-reminder>\na\n</system-reminder>","cache_control":{"type":"ephemeral"}}]}]}"#,
                told,
            ),
            // Results of tools stay the first of their turn.
            (
                r#"{"messages":[{"role":"assistant","content":[]},{"role":"system","content":"x"},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1"}]}]}"#,
                system,
                r#"{"messages":[{"role":"assistant","content":[]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1"},{"type":"text","text":"<system-reminder>\nx\n</system-reminder>"}]}]}"#,
                told,
            ),
            // Nobody to go to: a turn of its own.
            (
                r#"{"messages":[{"role":"assistant","content":"a"},{"role":"system","content":"x"},{"role":"system","content":"y"},{"role":"assistant","content":"b"}]}"#,
                system,
                r#"{"messages":[{"role":"assistant","content":"a"},{"role":"user","content":[{"type":"text","text":"<system-reminder>\nx\n</system-reminder>"},{"type":"text","text":"<system-reminder>\ny\n</system-reminder>"}]},{"role":"assistant","content":"b"}]}"#,
                told,
            ),
            // First of all, and one that is a reminder already.
            (
                r#"{"messages":[{"role":"system","content":"<system-reminder>z</system-reminder>"},{"role":"user","content":""}]}"#,
                system,
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":"<system-reminder>z</system-reminder>"}]}]}"#,
                told,
            ),
            // What is not text has no other words.
            (
                r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":[{"type":"tool_removal","tool":{}}]}]}"#,
                system,
                r#"{"messages":[{"role":"user","content":"a"}]}"#,
                &["messages[].role=system reworded", "messages[].content[] dropped"],
            ),
        ],
    );
}

#[test]
fn what_moves_loses_its_lacking_fields_as_well() {
    check(
        Protocol::Anthropic,
        &[(
            r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral","scope":"global"}}]}]}"#,
            &["messages[].role=system", "messages[].content[].cache_control.scope"],
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"<system-reminder>\nb\n</system-reminder>","cache_control":{"type":"ephemeral"}}]}]}"#,
            &["messages[].role=system reworded", "messages[].content[].cache_control.scope dropped"],
        )],
    );
}

#[test]
fn reasoning_without_a_budget_gets_one_that_fits_or_goes() {
    let lacked = &["thinking.type=adaptive"][..];
    check(
        Protocol::Anthropic,
        &[
            (
                r#"{"max_tokens":32000,"thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"high"}}"#,
                lacked,
                r#"{"max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":16384},"output_config":{"effort":"high"}}"#,
                &["thinking.type=adaptive approximated"],
            ),
            (
                r#"{"max_tokens":1000,"thinking":{"type":"adaptive"}}"#,
                lacked,
                r#"{"max_tokens":1000}"#,
                &["thinking dropped"],
            ),
            (
                r#"{"thinking":{"type":"adaptive"},"max_tokens":9000,"tool_choice":{"type":"any"}}"#,
                lacked,
                r#"{"max_tokens":9000,"tool_choice":{"type":"any"}}"#,
                &["thinking dropped"],
            ),
            (
                r#"{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000}}"#,
                lacked,
                r#"{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000}}"#,
                &[],
            ),
            // Neighbours that go for different reasons.
            (
                r#"{"speed":"fast","thinking":{"type":"adaptive"},"context_management":{},"max_tokens":5}"#,
                &["thinking.type=adaptive", "speed", "context_management"],
                r#"{"max_tokens":5}"#,
                &["thinking dropped", "speed dropped", "context_management dropped"],
            ),
        ],
    );
}

#[test]
fn chat_is_said_in_the_older_words() {
    check(
        Protocol::OpenaiChat,
        &[
            (
                r#"{"max_completion_tokens":5,"messages":[{"role":"developer","content":"x"}]}"#,
                &["max_completion_tokens", "messages[].role=developer"],
                r#"{"max_tokens":5,"messages":[{"role":"system","content":"x"}]}"#,
                &["messages[].role=developer reworded", "max_completion_tokens reworded"],
            ),
            (
                r#"{"max_completion_tokens":5,"max_tokens":6}"#,
                &["max_completion_tokens"],
                r#"{"max_tokens":6}"#,
                &["max_completion_tokens reworded"],
            ),
            (r#"{"max_tokens":5}"#, &["max_tokens"], r#"{"max_completion_tokens":5}"#, &["max_tokens reworded"]),
            (
                r#"{"stream_options":{"include_usage":true},"tools":[{"function":{"name":"a","strict":true}}]}"#,
                &["stream_options", "tools[].function.strict"],
                r#"{"tools":[{"function":{"name":"a"}}]}"#,
                &["stream_options dropped", "tools[].function.strict dropped"],
            ),
        ],
    );
}

#[test]
fn the_model_is_replaced_in_the_same_pass() {
    let made =
        request(Protocol::Anthropic, r#"{"speed":1,"model":"a","x":2}"#, &lacks(&["speed"]), Some("b\"c")).unwrap();
    assert_eq!(made.body, br#"{"model":"b\"c","x":2}"#);
}

#[test]
fn a_lack_is_written_as_it_is_read_and_no_request_loses_what_it_is() {
    for text in [
        "context_management",
        "tools[].defer_loading",
        "messages[].content[].cache_control.scope",
        "messages[].role=system",
        "messages[].role=developer",
        "thinking.type=adaptive",
        "thinking.display",
        "anthropic-beta",
        "anthropic-beta=effort-2025-11-24",
        "max_completion_tokens",
        "some_field_of_tomorrow",
    ] {
        assert_eq!(Lack::parse(text).map(|lack| lack.to_string()).as_deref(), Ok(text));
    }
    for text in ["model", "messages", "tools", "system", "input", "stream", "messages[].content", "messages[].role"] {
        assert_eq!(Lack::parse(text), Err(BadLack::Essential), "{text}");
    }
    for text in ["tools[].input_schema", "tools[].name", "messages[].content[].text", "output_config.format"] {
        assert_eq!(Lack::parse(text), Err(BadLack::Essential), "{text}");
    }
    for text in ["", "a..b", "a[]", "a b", "messages[", ".", "a.b.c.d.e.f.g.h.i"] {
        assert_eq!(Lack::parse(text), Err(BadLack::Malformed), "{text}");
    }
    assert_eq!(Lack::parse("messages[].role=tool"), Err(BadLack::UnknownValue));
}

/// What a coding client sends today, in short.
const SENT: &str = r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral","scope":"global"}}]},{"role":"system","content":"s"}],"system":[{"type":"text","text":"x"}],"tools":[{"name":"a","input_schema":{},"eager_input_streaming":true},{"name":"b","input_schema":{},"defer_loading":true,"input_examples":[]}],"max_tokens":32000,"thinking":{"type":"adaptive","display":"omitted"},"context_management":{"edits":[]},"output_config":{"effort":"xhigh"},"speed":"fast","new_thing":1,"stream":true}"#;

fn said(error: &str) -> Vec<String> {
    let betas = ["effort-2025-11-24", "context-management-2025-06-27"];
    refused(Protocol::Anthropic, error.as_bytes(), SENT, &betas).iter().map(ToString::to_string).collect()
}

fn anthropic(message: &str) -> String {
    serde_json::json!({"type": "error", "error": {"type": "invalid_request_error", "message": message}}).to_string()
}

#[test]
fn refusals_of_anthropic_and_its_relays_are_read() {
    for (message, expected) in [
        ("context_management: Extra inputs are not permitted", "context_management"),
        ("tools.1.custom.defer_loading: Extra inputs are not permitted", "tools[].defer_loading"),
        ("tools.0.custom.eager_input_streaming: Extra inputs are not permitted", "tools[].eager_input_streaming"),
        ("tools.1.custom.input_examples: Extra inputs are not permitted", "tools[].input_examples"),
        (
            "messages.0.content.0.text.cache_control.ephemeral.scope: Extra inputs are not permitted",
            "messages[].content[].cache_control.scope",
        ),
        ("thinking.adaptive.display: Extra inputs are not permitted", "thinking.display"),
        ("output_config.effort: Input should be 'low', 'medium' or 'high'", "output_config.effort"),
        ("output_config: Extra inputs are not permitted", "output_config"),
        ("new_thing: Extra inputs are not permitted", "new_thing"),
        ("messages.1.role: Input should be 'user' or 'assistant'", "messages[].role=system"),
        ("message[1].role must be 'user' or 'assistant'", "messages[].role=system"),
        ("messages[1].role must be either 'user' or 'assistant', but got 'system'", "messages[].role=system"),
        (
            "Failed to deserialize the JSON body into the target type: messages[1].role: unknown variant `system`, expected `user` or `assistant` at line 1 column 9",
            "messages[].role=system",
        ),
        (
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter",
            "messages[].role=system",
        ),
        ("Messages API 不支持 role=\"system\"", "messages[].role=system"),
        ("thinking.type: Input should be 'enabled' or 'disabled'", "thinking.type=adaptive"),
        (
            "thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags: 'disabled', 'enabled'",
            "thinking.type=adaptive",
        ),
        ("adaptive thinking is not supported on this model", "thinking.type=adaptive"),
        ("Unexpected value(s) `effort-2025-11-24` for the `anthropic-beta` header", "anthropic-beta=effort-2025-11-24"),
        ("invalid beta flag", "anthropic-beta"),
        ("unknown field `speed`, expected one of `model`, `messages`", "speed"),
        ("json: unknown field \"defer_loading\"", "tools[].defer_loading"),
        ("参数 speed 不支持", "speed"),
        ("不支持的参数：context_management", "context_management"),
        ("未知字段 `speed`", "speed"),
        // A relay that puts what it was told into its own words.
        (
            "{\"message\":\"context_management: Extra inputs are not permitted\"}No fallback model group found",
            "context_management",
        ),
    ] {
        assert_eq!(said(&anthropic(message)), [expected], "{message}");
    }
}

#[test]
fn validators_lists_are_read_to_the_end() {
    let detail = r#"{"detail":[{"type":"extra_forbidden","loc":["body","speed"],"msg":"Extra inputs are not permitted"},{"type":"extra_forbidden","loc":["body","tools",1,"custom","defer_loading"],"msg":"Extra inputs are not permitted"},{"type":"literal_error","loc":["body","messages",1,"role"],"msg":"Input should be 'user' or 'assistant'"}]}"#;
    assert_eq!(said(detail), ["speed", "tools[].defer_loading", "messages[].role=system"]);
    let errors = r#"{"errors":[{"loc":["body","thinking"],"msg":"Input tag 'adaptive' found using 'type'","type":"union_tag_invalid"}]}"#;
    assert_eq!(said(errors), ["thinking.type=adaptive"]);
    let both = anthropic(
        "Unexpected value(s) `effort-2025-11-24`, `context-management-2025-06-27` for the `anthropic-beta` header",
    );
    assert_eq!(said(&both).len(), 2);
}

#[test]
fn refusals_of_openai_and_its_relays_are_read() {
    let sent = r#"{"model":"m","messages":[{"role":"developer","content":"x"}],"max_completion_tokens":5,"stream_options":{"include_usage":true},"parallel_tool_calls":false,"reasoning_effort":"xhigh","temperature":0,"tools":[{"type":"function","function":{"name":"a","strict":true}}]}"#;
    let said = |message: &str, param: Option<&str>, code: Option<&str>| -> Vec<String> {
        let error = serde_json::json!({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}});
        let lacks = refused(Protocol::OpenaiChat, error.to_string().as_bytes(), sent, &[]);
        lacks.iter().map(ToString::to_string).collect()
    };
    for (message, expected) in [
        ("Unsupported parameter: 'parallel_tool_calls'", "parallel_tool_calls"),
        ("Unsupported parameter: 'temperature' is not supported with this model.", "temperature"),
        ("Unrecognized request argument supplied: reasoning_effort", "reasoning_effort"),
        ("Unknown parameter: 'tools[0].function.strict'.", "tools[].function.strict"),
        ("Unrecognized request argument supplied: max_completion_tokens", "max_completion_tokens"),
        ("Additional properties are not allowed ('stream_options' was unexpected)", "stream_options"),
        (
            "'developer' is not one of ['system', 'assistant', 'user', 'function'] - 'messages.0.role'",
            "messages[].role=developer",
        ),
        ("json: unknown field \"include_usage\"", "stream_options.include_usage"),
        ("Unrecognized key(s) in object: 'stream_options'", "stream_options"),
    ] {
        assert_eq!(said(message, None, None), [expected], "{message}");
    }
    assert_eq!(said("", Some("stream_options"), Some("unsupported_parameter")), ["stream_options"]);
    assert_eq!(said("Unrecognized request arguments supplied: stream_options, temperature", None, None).len(), 2);
    // The newest of OpenAI's models refuse the old name.
    let old = r#"{"model":"m","messages":[],"max_tokens":5}"#;
    let error = r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}"#;
    assert_eq!(refused(Protocol::OpenaiChat, error.as_bytes(), old, &[]), [Lack::MaxTokens]);
}

#[test]
fn what_is_no_refusal_of_a_field_teaches_nothing() {
    for message in [
        "model: Extra inputs are not permitted",
        "messages: Extra inputs are not permitted",
        "messages.0.content.0.text: Input should be a valid string",
        "max_tokens: Input should be less than or equal to 8192",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "not_sent: Extra inputs are not permitted",
        "Unexpected value(s) `not-sent-2020-01-01` for the `anthropic-beta` header",
        "model m is not supported",
        "tool_choice: Extra inputs are not permitted",
        "Your credit balance is too low",
        "messages.0: tool_use ids must be unique",
        "stream is not supported",
    ] {
        assert_eq!(said(&anthropic(message)), Vec::<String>::new(), "{message}");
    }
    assert_eq!(said(""), Vec::<String>::new());
    assert_eq!(said("<html>"), Vec::<String>::new());
}

#[test]
fn a_refusal_that_was_obeyed_is_gone_from_the_request() {
    let mut known = Lacks::default();
    for message in [
        "tools.1.custom.defer_loading: Extra inputs are not permitted",
        "messages.1.role: Input should be 'user' or 'assistant'",
    ] {
        for lack in refused(Protocol::Anthropic, anthropic(message).as_bytes(), SENT, &[]) {
            known.add(lack);
        }
        let body = request(Protocol::Anthropic, SENT, &known, None).unwrap().body;
        let again =
            refused(Protocol::Anthropic, anthropic(message).as_bytes(), std::str::from_utf8(&body).unwrap(), &[]);
        assert_eq!(again, []);
    }
}

fn json() -> impl Strategy<Value = Value> {
    let names = ["role", "content", "type", "text", "thinking", "tools", "messages", "speed", "user", "system", "x"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["user", "system", "adaptive", "text", "a\"b\\\n", "é", ""]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..5).prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

fn body() -> impl Strategy<Value = String> {
    let turns = prop::collection::vec(
        prop_oneof![
            (prop::sample::select(vec!["user", "system", "assistant", "developer"]), json())
                .prop_map(|(role, content)| serde_json::json!({"role": role, "content": content})),
            json(),
        ],
        0..6,
    );
    (turns, json(), json(), any::<bool>()).prop_map(|(messages, thinking, tools, pretty)| {
        let body = serde_json::json!({
            "model": "m", "messages": messages, "thinking": thinking, "tools": tools, "speed": "fast", "max_tokens": 5000,
            "max_completion_tokens": 5,
        });
        if pretty { serde_json::to_string_pretty(&body).unwrap() } else { body.to_string() }
    })
}

proptest! {
    #[test]
    fn what_lacks_nothing_is_left_as_it_is(body in body()) {
        for protocol in Protocol::ALL {
            prop_assert_eq!(request(protocol, &body, &Lacks::default(), None), None);
            prop_assert_eq!(request(protocol, &body, &lacks(&["not_there", "tools[].defer_loading"]), None), None);
        }
    }

    #[test]
    fn what_goes_on_is_json_and_has_nothing_left_to_change(body in body()) {
        let all = lacks(&[
            "messages[].role=system", "messages[].role=developer", "thinking.type=adaptive", "speed", "thinking.text",
            "tools[].x", "messages[].content[].x", "tools[].type", "max_completion_tokens",
        ].iter().copied().filter(|text| Lack::parse(text).is_ok()).collect::<Vec<_>>());
        for protocol in Protocol::ALL {
            let Some(made) = request(protocol, &body, &all, None) else { continue };
            let text = String::from_utf8(made.body).unwrap();
            let read: Value = serde_json::from_str(&text).unwrap();
            prop_assert!(read.get("speed").is_none());
            prop_assert_eq!(request(protocol, &text, &all, None), None);
        }
    }

    #[test]
    fn no_bytes_panic(text in "\\PC{0,200}", error in prop::collection::vec(any::<u8>(), 0..200)) {
        let all = lacks(&["messages[].role=system", "thinking.type=adaptive", "speed", "tools[].strict"]);
        for body in [text.clone(), format!("{{\"messages\":{text}}}"), format!("{{\"messages\":[{text}],\"tools\":[{text}]}}")] {
            let _ = request(Protocol::Anthropic, &body, &all, None);
            let _ = refused(Protocol::Anthropic, &error, &body, &[]);
            let _ = refused(Protocol::OpenaiChat, text.as_bytes(), &body, &[]);
        }
    }
}
