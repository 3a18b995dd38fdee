//! Requests as providers get them: what a client sends, the facts of the provider, and what goes out, side by side.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::conversation::{
    CallKind, Effort, Media, Opaque, OpaqueKind, Part, Reasoning, Role, Source, Thinking, ThinkingMode, Tool,
    ToolChoice, ToolKind, Turn,
};
use crate::openai_chat::read;
use crate::protocol::Protocol;
use crate::translate::Dialect;
use crate::translate::carrier;
use crate::translate::dialect::{Efforts, MaxOutputField, ReasoningIn, SearchSwitch, ThinkingSwitch};

/// Writes what translation has put in pairs.
fn paired_request(asked: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let turns = crate::translate::pairing::pair_as(None, asked.turns.clone(), &mut out.losses);
    request(&Request { turns, ..asked.clone() }, out)
}

/// OpenAI itself, and with it everything this protocol can say.
fn openai() -> Dialect {
    Dialect { developer_role: true, freeform_tools: true, openai_fields: true, user: false, ..Dialect::default() }
}

/// What goes out for a request, and the fields that were lost.
fn written(request: &Request<'_>, dialect: &Dialect) -> (Value, Vec<String>) {
    let mut out = Outgoing { client: Some(Protocol::OpenaiChat), ..Outgoing::new(dialect, 5, "sent") };
    let body = paired_request(request, &mut out).unwrap();
    let lost = out.losses.all().iter().map(|loss| format!("{} {}", loss.field, loss.fate.id())).collect();
    (serde_json::from_slice(&body).unwrap(), lost)
}

/// What goes out for a body of this protocol.
fn sent(body: &Value, dialect: &Dialect) -> (Value, Vec<String>) {
    let text = body.to_string();
    written(&read::request(&text, &mut crate::conversation::Losses::default()).unwrap(), dialect)
}

fn messages(messages: Value, dialect: &Dialect) -> Value {
    sent(&json!({"messages": messages}), dialect).0["messages"].clone()
}

fn refused(request: &Request<'_>) -> String {
    let dialect = Dialect::default();
    paired_request(request, &mut Outgoing::new(&dialect, 5, "sent")).unwrap_err().field.into_owned()
}

fn asking<'a>(parts: Vec<Part<'a>>) -> Request<'a> {
    Request { turns: vec![Turn { parts, ..Turn::new(Role::User) }], ..Request::default() }
}

fn tool<'a>(name: &'a str, kind: ToolKind<'a>) -> Tool<'a> {
    Tool {
        name: name.into(),
        namespace: None,
        description: None,
        kind,
        strict: None,
        deferred: false,
        cache: None,
        extra: Vec::new(),
    }
}

const CALL: &str = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}}]}"#;

#[test]
fn what_this_protocol_says_goes_out_as_it_came_in() {
    let call: Value = serde_json::from_str(CALL).unwrap();
    let body = json!({
        "model": "sent",
        "tools": [
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}},
            {"type": "custom", "custom": {"name": "c", "description": "d", "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: \"x\""}}}},
        ],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": false,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object", "properties": {"b": {}, "a": {}}}, "strict": false}},
        "max_completion_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.25,
        "frequency_penalty": 1,
        "presence_penalty": -1,
        "seed": 3,
        "logprobs": true,
        "top_logprobs": 2,
        "stop": ["a", "b"],
        "reasoning_effort": "xhigh",
        "verbosity": "low",
        "service_tier": "flex",
        "prompt_cache_key": "k",
        "stream": true,
        "stream_options": {"include_usage": true},
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "developer", "content": "d"},
            {"role": "user", "content": [
                {"type": "text", "text": "t"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "high"}},
                {"type": "image_url", "image_url": {"url": "https://a.example/x.png"}},
                {"type": "file", "file": {"filename": "x.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
            ]},
            call,
            {"role": "tool", "tool_call_id": "a", "content": "r"},
            {"role": "assistant", "content": "x\n\u{0}\"", "tool_calls": [{"id": "b", "type": "custom", "custom": {"name": "c", "input": "raw\n"}}]},
            {"role": "tool", "tool_call_id": "b", "content": ""},
            {"role": "system", "content": "later"},
            {"role": "user", "content": "u"},
        ],
    });
    let (out, lost) = sent(&body, &openai());
    assert_eq!(out, body);
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn the_stable_parts_stand_in_front() {
    let body = json!({"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function": {"name": "f"}}], "stream": true, "temperature": 1, "tool_choice": "auto"});
    let text = body.to_string();
    let request = read::request(&text, &mut crate::conversation::Losses::default()).unwrap();
    let dialect = openai();
    let out = String::from_utf8(paired_request(&request, &mut Outgoing::new(&dialect, 0, "m")).unwrap()).unwrap();
    let places = ["\"model\"", "\"tools\"", "\"tool_choice\"", "\"temperature\"", "\"stream\"", "\"messages\""];
    let places: Vec<_> = places.iter().map(|name| out.find(name).unwrap()).collect();
    assert!(places.is_sorted(), "{out}");
}

#[test]
fn schemas_keep_their_order_and_spelling() {
    let schema = r#"{"type":"object","properties":{"z":{"const":1.0},"a":{}}}"#;
    let request = Request {
        tools: vec![tool("f", ToolKind::Function { schema: Some(schema) })],
        ..asking(vec![Part::text("x")])
    };
    let dialect = Dialect::default();
    let out = paired_request(&request, &mut Outgoing::new(&dialect, 0, "m")).unwrap();
    assert!(String::from_utf8(out).unwrap().contains(schema));
}

#[test]
fn empty_arguments_are_an_empty_object() {
    let turns = json!([
        {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]},
        {"role": "tool", "tool_call_id": "a", "content": "r"},
    ]);
    assert_eq!(messages(turns, &openai())[0]["tool_calls"][0]["function"]["arguments"], "{}");
}

#[test]
fn a_developers_message_between_call_and_result_does_not_part_them() {
    let call: Value = serde_json::from_str(CALL).unwrap();
    let turns =
        json!([call, {"role": "developer", "content": "hook"}, {"role": "tool", "tool_call_id": "a", "content": "r"}]);
    let out = messages(turns, &Dialect::default());
    let roles: Vec<_> = out.as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["assistant", "tool", "system"]);
}

#[test]
fn a_call_without_a_result_gets_one_and_a_result_without_a_call_becomes_text() {
    let call: Value = serde_json::from_str(CALL).unwrap();
    let out = messages(json!([call, {"role": "user", "content": "go"}]), &openai());
    assert_eq!(out[1]["role"], "tool");
    assert!(out[1]["content"].as_str().unwrap().contains("no result"));
    let out = messages(json!([{"role": "tool", "tool_call_id": "zzz", "content": "r"}]), &openai());
    assert_eq!(out[0]["role"], "user");
    assert!(out.to_string().contains("\"r\""));
}

#[test]
fn results_come_before_other_words_and_their_pictures_behind_them() {
    let png = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    let turns = json!([
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {"q": 1}}, {"type": "tool_use", "id": "b", "name": "f", "input": {}}]},
        {"role": "user", "content": [
            {"type": "text", "text": "words"},
            {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "1"}, {"type": "text", "text": "2"}], "is_error": true},
            {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "see"}, png]},
        ]},
    ]);
    let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}});
    let out = messages(turns.clone(), &openai());
    assert_eq!(out[0]["tool_calls"][0]["function"]["arguments"], "{\"q\":1}");
    assert_eq!(
        out[1],
        json!({"role": "tool", "tool_call_id": "a", "content": "see\n[image: in the next user message]"})
    );
    assert_eq!(out[2], json!({"role": "tool", "tool_call_id": "b", "content": "[tool error] 1\n2"}));
    let label = json!({"type": "text", "text": "[from the result of tool call a]"});
    assert_eq!(out[3], json!({"role": "user", "content": [label, image, {"type": "text", "text": "words"}]}));
    let inline = messages(turns, &Dialect { images_in_tool_results: true, ..openai() });
    assert_eq!(inline[1]["content"], json!([{"type": "text", "text": "see"}, image]));
    assert_eq!(inline[3], json!({"role": "user", "content": "words"}));
}

#[test]
fn reasoning_goes_back_with_its_calls_as_the_provider_wants_it() {
    let call: Value = serde_json::from_str(CALL).unwrap();
    let mut with_reasoning = call;
    with_reasoning["reasoning_content"] = json!("hm");
    let turns = json!([with_reasoning, {"role": "tool", "tool_call_id": "a", "content": "r"}]);
    for (kind, name) in [(ReasoningIn::Content, "reasoning_content"), (ReasoningIn::Reasoning, "reasoning")] {
        let out = messages(turns.clone(), &Dialect { reasoning_in: kind, ..openai() });
        assert_eq!((&out[0][name], &out[0]["tool_calls"][0]["id"]), (&json!("hm"), &json!("a")));
    }
    let out = messages(turns.clone(), &Dialect { reasoning_in: ReasoningIn::Details, ..openai() });
    assert_eq!(out[0]["reasoning_details"], json!([{"type": "reasoning.text", "text": "hm"}]));
    let (out, lost) = sent(&json!({"messages": turns}), &openai());
    assert!(!out.to_string().contains("hm"));
    assert_eq!(lost, ["messages[].reasoning_content dropped"]);
}

#[test]
fn opaque_reasoning_goes_to_its_own_scope_alone() {
    let list = r#"[{"type":"reasoning.encrypted","data":"D","index":0}]"#;
    let reasoning = |scope, kind| Reasoning {
        opaque: Some(Opaque {
            kind: OpaqueKind::AnthropicSignature,
            data: carrier::wrap(kind, scope, None, list).into(),
        }),
        ..Reasoning::default()
    };
    let dialect = Dialect { reasoning_in: ReasoningIn::Details, ..openai() };
    let said = |reasoning| {
        let parts = vec![Part::Reasoning(reasoning), Part::text("x")];
        written(&Request { turns: vec![Turn { parts, ..Turn::new(Role::Assistant) }], ..Request::default() }, &dialect)
    };
    let (own, lost) = said(reasoning(5, OpaqueKind::ChatDetails));
    assert_eq!(own["messages"][0]["reasoning_details"], serde_json::from_str::<Value>(list).unwrap());
    assert!(lost.is_empty());
    for foreign in [reasoning(6, OpaqueKind::ChatDetails), reasoning(5, OpaqueKind::AnthropicSignature)] {
        let (out, lost) = said(foreign);
        assert_eq!(out["messages"][0], json!({"role": "assistant", "content": "x"}));
        assert_eq!(lost, ["messages[].reasoning_content dropped"]);
    }
}

#[test]
fn reasoning_alone_is_no_message() {
    let reasoning = Reasoning { text: vec!["hm".into()], ..Reasoning::default() };
    let turns = vec![
        Turn { parts: vec![Part::Reasoning(reasoning)], ..Turn::new(Role::Assistant) },
        Turn::text(Role::User, "x"),
    ];
    let dialect = Dialect { reasoning_in: ReasoningIn::Content, ..Dialect::default() };
    let (out, _) = written(&Request { turns, ..Request::default() }, &dialect);
    assert_eq!(out["messages"], json!([{"role": "user", "content": "x"}]));
}

#[test]
fn instructions_are_said_where_the_provider_takes_them() {
    let turns = json!([
        {"role": "system", "content": [{"type": "text", "text": "x-anthropic-billing-header: cc"}, {"type": "text", "text": "s1"}, {"type": "text", "text": "s2"}]},
        {"role": "developer", "content": "d"},
        {"role": "user", "content": "u"},
        {"role": "developer", "content": "later"},
    ]);
    let strict = messages(turns.clone(), &Dialect { system_anywhere: false, ..Dialect::default() });
    assert_eq!(
        strict,
        json!([
            {"role": "system", "content": "s1\n\ns2\n\nd"},
            {"role": "user", "content": "u"},
            {"role": "user", "content": "<system-reminder>\nlater\n</system-reminder>"},
        ])
    );
    let free = messages(turns.clone(), &Dialect { strip_attribution: false, ..openai() });
    assert_eq!(free[0]["content"], "x-anthropic-billing-header: cc\n\ns1\n\ns2");
    assert_eq!((&free[1]["role"], &free[3]["role"]), (&json!("developer"), &json!("developer")));
}

#[test]
fn cache_breakpoints_are_kept_only_where_they_are_taken() {
    let marker = json!({"type": "ephemeral"});
    let body = json!({
        "tools": [{"type": "function", "function": {"name": "f"}, "cache_control": marker}],
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b", "cache_control": marker}]},
            {"role": "user", "content": [{"type": "text", "text": "u", "cache_control": marker}]},
        ],
    });
    let (kept, lost) = sent(&body, &Dialect { cache_control: true, ..Dialect::default() });
    assert_eq!((&kept["messages"], lost.len()), (&body["messages"], 0));
    assert_eq!(kept["tools"][0]["cache_control"], marker);
    let (dropped, lost) = sent(&body, &Dialect::default());
    assert_eq!(dropped["messages"], json!([{"role": "system", "content": "a\n\nb"}, {"role": "user", "content": "u"}]));
    assert_eq!(lost, ["tools[].cache_control dropped", "messages[].content[].cache_control dropped"]);
}

#[test]
fn stop_texts_beyond_what_the_provider_takes_are_watched_here() {
    let request = Request { stop: vec!["a".into(), "b\n".into(), "c".into()], ..asking(vec![Part::text("x")]) };
    for (max, sent, own) in [(2, json!(["a", "b\n"]), vec!["c"]), (0, Value::Null, vec!["a", "b\n", "c"])] {
        let dialect = Dialect { stop_max: max, ..Dialect::default() };
        let mut out = Outgoing::new(&dialect, 0, "m");
        let body: Value = serde_json::from_slice(&paired_request(&request, &mut out).unwrap()).unwrap();
        assert_eq!((&body["stop"], &out.stop), (&sent, &own.iter().map(|text| (*text).to_owned()).collect()));
        assert_eq!(out.losses.all()[0].fate.id(), "emulated");
    }
}

#[test]
fn each_provider_gets_the_switch_it_has() {
    let adaptive = |effort| Thinking { mode: ThinkingMode::Adaptive, effort, shown: None };
    let off = Thinking { mode: ThinkingMode::Off, effort: Some(Effort::High), shown: None };
    let budget = Thinking { mode: ThinkingMode::Budget(9_000), effort: None, shown: None };
    let cases = [
        (ThinkingSwitch::Protocol, adaptive(Some(Effort::High)), json!({"reasoning_effort": "high"})),
        (ThinkingSwitch::Protocol, budget, json!({"reasoning_effort": "medium"})),
        (ThinkingSwitch::Protocol, off, json!({"reasoning_effort": "none"})),
        (ThinkingSwitch::Protocol, adaptive(None), json!({})),
        (ThinkingSwitch::Thinking, off, json!({"thinking": {"type": "disabled"}})),
        (ThinkingSwitch::Thinking, budget, json!({"thinking": {"type": "enabled"}})),
        (ThinkingSwitch::ThinkingAdaptive, off, json!({"thinking": {"type": "disabled"}})),
        (ThinkingSwitch::ThinkingAdaptive, budget, json!({"thinking": {"type": "adaptive"}})),
        (ThinkingSwitch::EnableThinking, budget, json!({"enable_thinking": true, "thinking_budget": 9_000})),
        (ThinkingSwitch::EnableThinking, off, json!({"enable_thinking": false})),
        (ThinkingSwitch::Reasoning, budget, json!({"reasoning": {"max_tokens": 9_000}})),
        (ThinkingSwitch::Reasoning, off, json!({"reasoning": {"enabled": false}})),
        (ThinkingSwitch::Reasoning, adaptive(Some(Effort::Low)), json!({"reasoning": {"effort": "low"}})),
        (ThinkingSwitch::TemplateArguments, off, json!({"chat_template_kwargs": {"enable_thinking": false}})),
        (ThinkingSwitch::None, adaptive(None), json!({})),
    ];
    for (switch, thinking, expected) in cases {
        let dialect = Dialect { thinking_switch: switch, ..Dialect::default() };
        let (mut out, _) = written(&Request { thinking, ..asking(vec![Part::text("x")]) }, &dialect);
        out.as_object_mut().unwrap().retain(|name, _| name != "model" && name != "messages");
        assert_eq!(out, expected, "{switch:?} {thinking:?}");
    }
}

#[test]
fn a_disabled_switch_never_stands_beside_an_effort_and_efforts_are_lowered() {
    let efforts = Efforts::of(&[Effort::Low, Effort::High]);
    let with = |thinking, switch| {
        let dialect = Dialect { thinking_switch: switch, efforts, ..Dialect::default() };
        written(&Request { thinking, ..asking(vec![Part::text("x")]) }, &dialect)
    };
    let off = Thinking { mode: ThinkingMode::Off, effort: Some(Effort::High), shown: None };
    let (out, _) = with(off, ThinkingSwitch::Thinking);
    assert_eq!((&out["thinking"]["type"], out.get("reasoning_effort")), (&json!("disabled"), None));
    let medium = Thinking { mode: ThinkingMode::Adaptive, effort: Some(Effort::Medium), shown: None };
    let (out, lost) = with(medium, ThinkingSwitch::Thinking);
    assert_eq!((&out["thinking"]["type"], &out["reasoning_effort"]), (&json!("enabled"), &json!("low")));
    assert_eq!(lost, ["reasoning_effort approximated"]);
    let (out, lost) = with(off, ThinkingSwitch::Protocol);
    assert_eq!((out.get("reasoning_effort"), lost), (None, vec!["reasoning_effort dropped".to_owned()]));
}

#[test]
fn freeform_tools_are_functions_where_there_are_none_and_are_remembered() {
    let format = r#"{"type":"grammar","syntax":"lark","definition":"start: \"x\""}"#;
    let mut patch = tool("apply_patch", ToolKind::Freeform { format: Some(format) });
    patch.description = Some("Patches.".into());
    let shell = tool("shell", ToolKind::BuiltIn { kind: "local_shell".into(), value: "{}" });
    let mut spaced = tool("run", ToolKind::Function { schema: None });
    spaced.namespace = Some("mcp__x".into());
    let call = crate::conversation::ToolCall {
        id: "a".into(),
        name: "apply_patch".into(),
        namespace: None,
        kind: CallKind::Freeform,
        arguments: crate::conversation::Arguments::Freeform(crate::json::Text::Json("a\\n\\\"b")),
        cache: None,
    };
    let turns = vec![Turn { parts: vec![Part::ToolCall(call)], ..Turn::new(Role::Assistant) }];
    let request = Request { turns, tools: vec![patch, shell, spaced], ..Request::default() };
    let dialect = Dialect::default();
    let mut out = Outgoing::new(&dialect, 0, "m");
    let body: Value = serde_json::from_slice(&paired_request(&request, &mut out).unwrap()).unwrap();
    let function = &body["tools"][0]["function"];
    let described = "Patches.\nInput is raw text in field `input`.\nIt must follow this grammar (lark):\nstart: \"x\"";
    assert_eq!(function["description"], described);
    assert_eq!(function["parameters"]["required"], json!(["input"]));
    assert_eq!(body["tools"][2]["function"]["name"], "mcp__x__run");
    assert_eq!(out.forms, [("apply_patch".to_owned(), CallKind::Freeform), ("shell".to_owned(), CallKind::LocalShell)]);
    let arguments = body["messages"][0]["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(arguments).unwrap(), json!({"input": "a\n\"b"}));
}

#[test]
fn tools_that_only_their_provider_has_are_left_out_or_refused() {
    let search = || tool("web_search", ToolKind::BuiltIn { kind: "web_search".into(), value: "{}" });
    let (out, lost) = written(
        &Request {
            tools: vec![search()],
            tool_choice: ToolChoice::Auto,
            parallel_tools: Some(false),
            ..asking(vec![Part::text("x")])
        },
        &openai(),
    );
    assert_eq!(lost, ["tools[].web_search dropped"]);
    assert!(out.get("tools").is_none() && out.get("tool_choice").is_none() && out.get("parallel_tool_calls").is_none());
    let dated = tool("web_search", ToolKind::BuiltIn { kind: "web_search_20250305".into(), value: "{}" });
    assert_eq!(refused(&Request { tools: vec![dated], ..asking(vec![Part::text("x")]) }), "tools[0]");
    let forced = Request {
        tools: vec![search()],
        tool_choice: ToolChoice::Named("web_search".into()),
        ..asking(vec![Part::text("x")])
    };
    assert_eq!(refused(&forced), "tools[0]");
}

#[test]
fn a_search_is_asked_for_as_the_dialect_has_it_and_a_choice_of_it_by_name_is_never_sent() {
    let value = r#"{"allowed_domains":["a"],"search_context_size":"low"}"#;
    let search = tool("web_search", ToolKind::BuiltIn { kind: "web_search_20250305".into(), value });
    let request = Request {
        tools: vec![search],
        tool_choice: ToolChoice::Named("web_search".into()),
        ..asking(vec![Part::text("x")])
    };
    let domains = "tools[].allowed_domains dropped";
    let size = "tools[].search_context_size dropped";
    let choice = "tool_choice approximated";
    let zhipu =
        json!([{"type": "web_search", "web_search": {"enable": true, "search_engine": "e", "search_result": true}}]);
    let parameters = json!({"allowed_domains": ["a"], "search_context_size": "low"});
    let openrouter = json!([{"type": "openrouter:web_search", "parameters": parameters}]);
    for (search_switch, field, expected, lost) in [
        (SearchSwitch::Options, "web_search_options", json!({"search_context_size": "low"}), vec![domains]),
        (SearchSwitch::EnableSearch, "search_options", json!({"forced_search": true}), vec![domains, size]),
        (SearchSwitch::Tool { engine: "e" }, "tools", zhipu, vec![domains, size, choice]),
        (SearchSwitch::OpenRouter, "tools", openrouter, vec![choice]),
    ] {
        let (out, found) = written(&request, &Dialect { web_search: true, search_switch, ..openai() });
        assert_eq!(
            (&out[field], out.get("tool_choice"), found),
            (&expected, None, lost.into_iter().map(str::to_owned).collect())
        );
    }
}

#[test]
fn allowed_tools_are_the_only_ones_declared() {
    let function = |name| tool(name, ToolKind::Function { schema: None });
    let tool_choice = ToolChoice::Allowed { required: true, names: vec!["g".into()] };
    let request = Request {
        tools: vec![function("f"), function("g"), function("g")],
        tool_choice,
        ..asking(vec![Part::text("x")])
    };
    let (out, _) = written(&request, &openai());
    assert_eq!((out["tools"].as_array().unwrap().len(), &out["tool_choice"]), (1, &json!("required")));
}

#[test]
fn long_names_are_shortened_everywhere_alike() {
    let name = "mcp__plugin_".to_owned() + &"x".repeat(80);
    let body = json!({
        "tools": [{"type": "function", "function": {"name": name}}],
        "tool_choice": {"type": "function", "function": {"name": name}},
        "messages": [{"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": name, "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "r"}],
    });
    let (out, _) = sent(&body, &openai());
    let declared = &out["tools"][0]["function"]["name"];
    assert!(declared.as_str().unwrap().len() <= 64);
    assert_eq!(declared, &out["tool_choice"]["function"]["name"]);
    assert_eq!(declared, &out["messages"][0]["tool_calls"][0]["function"]["name"]);
}

#[test]
fn documents_are_carried_told_or_refused() {
    let document = |source, name: Option<&'static str>| {
        Part::Document(Media { name: name.map(Into::into), context: Some("ctx".into()), ..Media::new(source) })
    };
    let text = document(Source::Text("body".into()), Some("title"));
    let (out, _) = written(&asking(vec![text]), &openai());
    assert_eq!(out["messages"][0]["content"], "title\nctx\nbody");
    let pdf = || Source::Base64 { media_type: "application/pdf".into(), data: "JVBERi0=".into() };
    let (out, _) = written(&asking(vec![document(pdf(), None)]), &openai());
    assert_eq!(
        out["messages"][0]["content"][1]["file"],
        json!({"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERi0="})
    );
    let (out, lost) = written(&asking(vec![document(pdf(), None)]), &Dialect { documents: false, ..openai() });
    assert!(out["messages"][0]["content"].as_str().unwrap().contains("document left out"));
    assert_eq!(lost, ["messages[].content[].file dropped"]);
    for source in [Source::Url("https://a.example/x.pdf".into()), Source::File("file_1".into())] {
        assert_eq!(refused(&asking(vec![document(source, None)])), "messages[].content[].source");
    }
}

#[test]
fn schemas_of_answers_are_told_in_words_where_they_are_not_taken() {
    let body = json!({"messages": [{"role": "user", "content": "x"}],
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}});
    let (out, lost) = sent(&body, &Dialect { schema_answers: false, ..Dialect::default() });
    assert_eq!(out["response_format"], json!({"type": "json_object"}));
    assert!(out["messages"][0]["content"].as_str().unwrap().contains("{\"type\":\"object\"}"));
    assert_eq!(lost, ["response_format reworded"]);
}

#[test]
fn facts_of_a_provider_decide_the_other_fields() {
    let body = json!({"messages": [{"role": "user", "content": "x"}], "max_tokens": 0, "temperature": 1, "top_k": 4,
        "stream": true, "verbosity": "low", "service_tier": "flex", "prompt_cache_key": "k", "user": "me"});
    let plain = Dialect {
        max_output_field: MaxOutputField::MaxTokens,
        sampling: false,
        include_usage: false,
        ..Dialect::default()
    };
    let (out, lost) = sent(&body, &plain);
    assert_eq!((&out["max_tokens"], out.get("temperature"), out.get("stream_options")), (&json!(1), None, None));
    assert!(out["user"].as_str().unwrap().starts_with("user_") && !out.to_string().contains("\"me\""));
    let expected = ["temperature", "top_k", "verbosity", "service_tier", "prompt_cache_key"];
    assert_eq!(lost, expected.map(|name| format!("{name} dropped")));
}

#[test]
fn user_and_session_of_claude_code_are_told_apart() {
    let dialect = Dialect { user: true, ..openai() };
    let id = |user: &'static str| {
        let mut request = asking(vec![Part::text("x")]);
        request.identity.user = Some(user.into());
        let out = written(&request, &dialect).0;
        (out["safety_identifier"].clone(), out["prompt_cache_key"].clone())
    };
    let one = id(r#"{"device_id":"d","account_uuid":"","session_id":"1"}"#);
    let two = id(r#"{"device_id":"d","account_uuid":"","session_id":"2"}"#);
    assert!(one.0 == two.0 && one.1 != two.1 && one.1.is_string());
    assert_eq!(id("user_a_account__session_1").0, id("user_a_account__session_2").0);
    assert!(id("me").0.is_string() && id("me").1.is_null());
}

#[test]
fn what_cannot_be_carried_is_noted_and_what_cannot_be_done_refused() {
    let body = json!({"messages": [{"role": "user", "content": "x", "name": "n"}], "metadata": {"a": "b"}, "store": false, "logit_bias": {}});
    assert_eq!(sent(&body, &openai()).1, ["metadata dropped", "messages[].name dropped"]);
    let dialect = openai();
    let mut out = Outgoing { client: Some(Protocol::OpenaiResponses), ..Outgoing::new(&dialect, 0, "m") };
    let thought = Part::Reasoning(Reasoning { text: vec!["hm".into()], ..Reasoning::default() });
    let turns = vec![Turn { parts: vec![thought, Part::text("x")], ..Turn::new(Role::Assistant) }];
    paired_request(&Request { turns, ..Request::default() }, &mut out).unwrap();
    assert_eq!(out.losses.all()[0].field, "input[].reasoning");
    let extra = crate::conversation::Extra { name: "mcp_servers", value: "[{}]" };
    assert_eq!(refused(&Request { extra: vec![extra], ..asking(vec![Part::text("x")]) }), "mcp_servers");
}

#[test]
fn reasoning_goes_back_between_its_tags_exactly_as_it_came() {
    let dialect = Dialect { reasoning_in: ReasoningIn::ThinkTags, ..Dialect::default() };
    let thought = Part::Reasoning(Reasoning { text: vec!["\nwhy\n".into()], ..Reasoning::default() });
    let turns = vec![
        Turn { parts: vec![Part::text("x")], ..Turn::new(Role::User) },
        Turn { parts: vec![thought, Part::text("\n\nso")], ..Turn::new(Role::Assistant) },
    ];
    let (out, lost) = written(&Request { turns, ..Request::default() }, &dialect);
    assert_eq!(out["messages"][1], json!({"role": "assistant", "content": "<think>\nwhy\n</think>\n\nso"}));
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn a_call_whose_reasoning_is_lost_gets_words_in_its_place_where_it_would_be_refused() {
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let said = json!([{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [call]}]);
    for (required, expected) in [(true, json!("[reasoning not available]")), (false, Value::Null)] {
        let dialect =
            Dialect { reasoning_in: ReasoningIn::Content, reasoning_required: required, ..Dialect::default() };
        assert_eq!(messages(said.clone(), &dialect)[1]["reasoning_content"], expected);
    }
}
