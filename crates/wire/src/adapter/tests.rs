#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn adapter(rewrite: Rewrite) -> Adapter {
    Adapter { name: "a".to_owned(), detect: Detect::default(), rewrite }
}

fn adapted(adapter: &Adapter, protocol: Protocol, body: &str) -> String {
    let made = adapter.body(protocol, body, "s-1").body;
    made.map_or_else(|| body.to_owned(), |body| String::from_utf8(body).unwrap())
}

#[test]
fn instructions_stand_before_the_clients_own_wherever_it_has_them() {
    let with = adapter(Rewrite { system: Some("Be \"brief\".".to_owned()), ..Rewrite::default() });
    for (protocol, body, expected) in [
        (Protocol::Anthropic, r#"{"a":1.0}"#, r#"{"system":"Be \"brief\".","a":1.0}"#),
        (Protocol::Anthropic, "{}", r#"{"system":"Be \"brief\"."}"#),
        (Protocol::Anthropic, r#"{"system":"x\u00e9","a":1}"#, r#"{"system":"Be \"brief\".\n\nx\u00e9","a":1}"#),
        (Protocol::Anthropic, r#"{"system":""}"#, r#"{"system":"Be \"brief\"."}"#),
        (Protocol::Anthropic, r#"{"system":null}"#, r#"{"system":"Be \"brief\"."}"#),
        (
            Protocol::Anthropic,
            r#"{"system":[{"type":"text","text":"x"}]}"#,
            r#"{"system":[{"type":"text","text":"Be \"brief\"."},{"type":"text","text":"x"}]}"#,
        ),
        (
            Protocol::OpenaiChat,
            r#"{"messages":[{"role":"user","content":"hi"}]}"#,
            r#"{"messages":[{"role":"system","content":"Be \"brief\"."},{"role":"user","content":"hi"}]}"#,
        ),
        (Protocol::OpenaiChat, r#"{"messages":[]}"#, r#"{"messages":[{"role":"system","content":"Be \"brief\"."}]}"#),
        (
            Protocol::OpenaiChat,
            r#"{"messages":[ {"content":"x","role":"developer"}]}"#,
            r#"{"messages":[ {"content":"Be \"brief\".\n\nx","role":"developer"}]}"#,
        ),
        (Protocol::OpenaiResponses, r#"{"input":"x"}"#, r#"{"instructions":"Be \"brief\".","input":"x"}"#),
        (
            Protocol::OpenaiResponses,
            r#"{"instructions":"y","input":"x"}"#,
            r#"{"instructions":"Be \"brief\".\n\ny","input":"x"}"#,
        ),
    ] {
        let once = adapted(&with, protocol, body);
        assert_eq!(once, expected);
        assert_eq!(adapted(&with, protocol, &once), once, "put in twice");
    }
}

#[test]
fn a_session_goes_where_the_client_sent_none() {
    let at = |place: &str| adapter(Rewrite { session: Session::parse(place), ..Rewrite::default() });
    for (place, body, expected) in [
        ("body:metadata.user_id", r#"{"a":1}"#, r#"{"metadata":{"user_id":"s-1"},"a":1}"#),
        ("body:metadata.user_id", r#"{"metadata":{"k":1}}"#, r#"{"metadata":{"user_id":"s-1","k":1}}"#),
        ("body:metadata.user_id", r#"{"metadata":{ }}"#, r#"{"metadata":{"user_id":"s-1" }}"#),
        ("body:metadata.user_id", r#"{"metadata":null}"#, r#"{"metadata":{"user_id":"s-1"}}"#),
        ("body:metadata.user_id", r#"{"metadata":{"user_id":"mine"}}"#, r#"{"metadata":{"user_id":"mine"}}"#),
        ("body:prompt_cache_key", r#"{"a":1}"#, r#"{"prompt_cache_key":"s-1","a":1}"#),
        ("body:prompt_cache_key", r#"{"prompt_cache_key":"mine"}"#, r#"{"prompt_cache_key":"mine"}"#),
        ("header:X-Session-Id", r#"{"a":1}"#, r#"{"a":1}"#),
    ] {
        assert_eq!(adapted(&at(place), Protocol::Anthropic, body), expected);
    }
    for text in ["", "header:", "body:a.b.c", "cookie:x", "body:a b", "x"] {
        assert_eq!(Session::parse(text), None, "{text}");
    }
    for text in ["header:x-session-id", "body:user", "body:metadata.user_id"] {
        assert_eq!(Session::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn a_session_lasts_twelve_hours_and_belongs_to_its_gateway() {
    let adapter = adapter(Rewrite::default());
    let day = 86_400 * 20_000;
    assert_eq!(adapter.session_id(1, day), adapter.session_id(1, day + 43_199));
    assert_ne!(adapter.session_id(1, day), adapter.session_id(1, day + 43_200));
    assert_ne!(adapter.session_id(1, day), adapter.session_id(2, day));
}

#[test]
fn fields_go_and_are_reported_and_the_rest_is_done_all_the_same() {
    let strip = Lacks::new([Lack::parse("top_k").unwrap()]);
    let both = adapter(Rewrite { strip, system: Some("x".to_owned()), ..Rewrite::default() });
    let made = both.body(Protocol::Anthropic, r#"{"top_k":1,"a":2}"#, "");
    assert_eq!(made.body.as_deref(), Some(&br#"{"system":"x","a":2}"#[..]));
    assert_eq!(made.losses.all().len(), 1);
    assert_eq!(both.body(Protocol::Anthropic, "not json", "").body, None);
}

#[test]
fn a_program_is_recognised_by_agent_header_or_field() {
    let preset = |id: &str| preset::find(id).unwrap().detect();
    let agent = |text: &'static str| move |name: &str| (name == "user-agent").then_some(text);
    let cherry =
        "Mozilla/5.0 (Macintosh) AppleWebKit/537.36 CherryStudio/1.7.19 Chrome/140.0 Electron/38.7.0 Safari/537.36";
    assert!(preset("cherrystudio").matches(agent(cherry), "{}"));
    assert!(preset("opencat").matches(agent("OpenCat/1180 CFNetwork/1496.0.7 Darwin/23.5.0"), "{}"));
    assert!(preset("lobechat").matches(|name| (name == "x-title").then_some("LobeHub"), "{}"));
    assert!(preset("cherrystudio").matches(|name| (name == "x-client-type").then_some("CherryStudio"), "{}"));
    for other in
        ["claude-cli/2.1.329 (external, sdk-cli)", "codex_exec/0.169.0", "opencode/1.0", "OpenAI/Python 3.52.0", ""]
    {
        for known in preset::all() {
            assert!(!known.detect().matches(agent(other), r#"{"thinking":{}}"#), "{} takes {other}", known.id);
        }
    }
    let field = Detect { fields: vec!["thinking".to_owned()], ..Detect::default() };
    assert!(field.matches(|_| None, r#"{"thinking":{}}"#));
    assert!(!field.matches(|_| None, r#"{"x":{"thinking":{}}}"#));
}

proptest! {
    #[test]
    fn what_goes_on_is_json_and_nothing_panics(text in "\\PC{0,80}", system in "\\PC{0,40}", key in "[a-z]{1,8}") {
        let strip = Lacks::new([Lack::parse("speed").unwrap()]);
        let session = Session::parse("body:metadata.user_id");
        let all = adapter(Rewrite { system: Some(system), strip, session, ..Rewrite::default() });
        let body = serde_json::json!({"speed": 1, key: text.clone(), "messages": [{"role": "user", "content": text.clone()}]});
        for protocol in Protocol::ALL {
            let made = all.body(protocol, &body.to_string(), "s").body.unwrap();
            let read: Value = serde_json::from_slice(&made).unwrap();
            prop_assert!(read.get("speed").is_none() && read["metadata"]["user_id"] == "s");
            let _ = all.body(protocol, &text, "s");
        }
        let nothing = adapter(Rewrite::default());
        prop_assert_eq!(nothing.body(Protocol::Anthropic, &body.to_string(), "s").body, None);
    }
}
