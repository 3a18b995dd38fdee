//! Tools, their names and schemas, and which must be called.

use super::*;

#[test]
fn trap_36_freeform_tools_are_dropped() {
    let grammar = r#"{"type":"grammar","syntax":"lark","definition":"start: \"a\""}"#;
    let mut asked = Request { turns: hello(), ..Request::default() };
    asked.tools = vec![
        tool("apply", ToolKind::Freeform { format: Some(grammar) }),
        tool("local_shell", ToolKind::BuiltIn { kind: "local_shell".into(), value: "{}" }),
        tool("apply_patch", ToolKind::BuiltIn { kind: "apply_patch".into(), value: "{}" }),
    ];
    let written = write(&asked);
    let said = "does\nInput is raw text in field `input`.\nIt must follow this grammar (lark):\nstart: \"a\"";
    assert_eq!(written.body["tools"][0]["description"], said);
    assert_eq!(written.body["tools"][0]["input_schema"]["required"], json!(["input"]));
    let forms =
        [("apply", CallKind::Freeform), ("local_shell", CallKind::LocalShell), ("apply_patch", CallKind::ApplyPatch)];
    assert_eq!(written.forms, forms.map(|(name, kind)| (name.to_owned(), kind)));
    assert!(written.body["tools"].as_array().unwrap().iter().all(|tool| tool["input_schema"]["type"] == "object"));
}

#[test]
fn hosted_tools_are_searches_or_nothing() {
    let search = r#"{"type":"web_search","filters":{"allowed_domains":["a.b"]},"user_location":{"type":"approximate","city":"X"},"search_context_size":"low"}"#;
    let mut asked = Request { turns: hello(), ..Request::default() };
    asked.tools = vec![
        tool("web_search", ToolKind::BuiltIn { kind: "web_search".into(), value: search }),
        tool("file_search", ToolKind::BuiltIn { kind: "file_search".into(), value: "{}" }),
    ];
    let written = write(&asked);
    let expected = json!([{
        "type": "web_search_20250305", "name": "web_search", "allowed_domains": ["a.b"],
        "user_location": {"type": "approximate", "city": "X"},
    }]);
    assert_eq!(written.body["tools"], expected);
    let lost = ["tools[].search_context_size", "tools[].file_search"];
    assert_eq!(written.losses, lost.map(|field| (field.to_owned(), Fate::Dropped)));
    asked.tool_choice = ToolChoice::Named("file_search".into());
    assert_eq!(try_write(&asked, &quiet()).err().unwrap().field, "tools[1]");
    // One that must stay away from the web, and a provider without any.
    asked.tool_choice = ToolChoice::Unset;
    asked.tools.remove(1);
    assert_eq!(try_write(&asked, &Dialect::ANTHROPIC_COMPATIBLE).unwrap().body.get("tools"), None);
    asked.tools = vec![tool(
        "web_search",
        ToolKind::BuiltIn { kind: "web_search".into(), value: r#"{"external_web_access":false}"# },
    )];
    assert_eq!(write(&asked).body.get("tools"), None);
}

#[test]
fn trap_41_names_with_dots_and_namespaces_are_refused() {
    let mut spaced = function("read");
    spaced.namespace = Some("files".into());
    let mut asked = Request { tools: vec![spaced, function("a.b")], ..Request::default() };
    asked.tool_choice = ToolChoice::Named("read".into());
    let mut called = call("c.1", "read", Arguments::Json("{}"));
    if let Part::ToolCall(call) = &mut called {
        call.namespace = Some("files".into());
    }
    asked.turns = vec![turn(Role::Assistant, vec![called]), turn(Role::User, vec![result("c.1", vec![])])];
    let mut out = Outgoing::new(&Dialect::ANTHROPIC, 9, "m");
    let body: Value = serde_json::from_slice(&request(&asked, &mut out).unwrap()).unwrap();
    assert_eq!(
        (&body["tools"][0]["name"], &body["tool_choice"]["name"]),
        (&json!("files__read"), &json!("files__read"))
    );
    let sent = body["tools"][1]["name"].as_str().unwrap();
    assert_eq!((sent, out.names.tool_back(sent)), ("a_b", "a.b"));
    let block = &body["messages"][1]["content"][0];
    assert_eq!((&block["name"], &block["id"]), (&json!("files__read"), &json!("c_1")));
    assert_eq!(body["messages"][2]["content"][0]["tool_use_id"], "c_1");
}

#[test]
fn trap_43_roots_without_type_and_with_choices() {
    let choices = r#"{"anyOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":{"anyOf":[]}}}],"description":"d"}"#;
    let plain = r#"{"type":"object","properties":{"x":{"anyOf":[{"type":"string"},{"type":"null"}]}}}"#;
    let mut asked = Request { turns: hello(), ..Request::default() };
    asked.tools = vec![
        tool("a", ToolKind::Function { schema: None }),
        tool("b", ToolKind::Function { schema: Some(choices) }),
        tool("c", ToolKind::Function { schema: Some(plain) }),
    ];
    let written = write(&asked);
    let tools = &written.body["tools"];
    assert_eq!(tools[0]["input_schema"], json!({"type": "object", "properties": {}}));
    let flat =
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"anyOf": []}}, "description": "d"});
    assert_eq!(tools[1]["input_schema"], flat);
    assert_eq!(tools[2]["input_schema"], serde_json::from_str::<Value>(plain).unwrap());
    assert_eq!(written.losses, [("tools[].function.parameters".to_owned(), Fate::Approximated)]);
}

#[test]
fn trap_44_a_choice_without_tools() {
    let mut asked = Request { turns: hello(), tool_choice: ToolChoice::Auto, ..Request::default() };
    asked.parallel_tools = Some(false);
    assert_eq!(write(&asked).body.get("tool_choice"), None);
    asked.tools = vec![function("f"), function("g")];
    for (choice, parallel, expected) in [
        (ToolChoice::Unset, None, Value::Null),
        (ToolChoice::Unset, Some(false), json!({"type": "auto", "disable_parallel_tool_use": true})),
        (ToolChoice::None, Some(false), json!({"type": "none"})),
        (ToolChoice::Required, Some(true), json!({"type": "any"})),
        (ToolChoice::Named("g".into()), None, json!({"type": "tool", "name": "g"})),
        (ToolChoice::Allowed { required: true, names: vec!["g".into()] }, None, json!({"type": "any"})),
    ] {
        (asked.tool_choice, asked.parallel_tools) = (choice, parallel);
        let body = write(&asked).body;
        assert_eq!(body.get("tool_choice").cloned().unwrap_or_default(), expected);
        let count = if matches!(asked.tool_choice, ToolChoice::Allowed { .. }) { 1 } else { 2 };
        assert_eq!(body["tools"].as_array().unwrap().len(), count);
    }
}
