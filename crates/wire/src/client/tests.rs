//! Names of clients and their conversations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::peek::peek;

#[test]
fn every_id_reads_back() {
    for client in Client::ALL {
        assert_eq!(Client::from_id(client.id()), Some(client));
        assert_eq!(serde_json::to_value(client).unwrap(), client.id());
    }
    assert_eq!(Client::from_id("netscape"), None);
}

#[test]
fn clients_are_known_by_what_they_send() {
    for (agent, client) in [
        ("claude-cli/2.1.329 (external, sdk-cli)", Client::Claude),
        ("claude-code/2.1.329", Client::Claude),
        ("codex_exec/0.169.0 (Debian 12.0.0; x86_64) dumb (codex_exec; 0.169.0)", Client::Codex),
        ("codex_cli_rs/0.160.0", Client::Codex),
        ("opencode/1.18.33 ai-sdk/provider-utils/4.0.1 runtime/bun/1.3.14", Client::Opencode),
        ("GeminiCLI/0.61.0/gemini-3.8-flash (linux; x64)", Client::Gemini),
        ("Anthropic/Python 2.11.0", Client::AnthropicSdk),
        ("AsyncAnthropic/Python 2.11.0", Client::AnthropicSdk),
        ("OpenAI/Python 3.52.0", Client::OpenaiSdk),
        ("AsyncOpenAI/Python 3.52.0", Client::OpenaiSdk),
        ("OpenAI/JS 7.55.0", Client::OpenaiSdk),
        ("my-app/1.0 ai-sdk/openai/4.0", Client::OpenaiSdk),
        ("notopenai/1.0", Client::Other),
        ("curl/8.5.0", Client::Other),
        ("Bun/1.4.4", Client::Other),
        ("", Client::Other),
    ] {
        assert_eq!(detect(Some(agent), None), client, "{agent}");
    }
    assert_eq!(detect(None, None), Client::Other);
}

#[test]
fn codex_is_known_by_its_originator_whatever_it_calls_itself() {
    assert_eq!(detect(Some("unknown"), Some("codex_vscode")), Client::Codex);
    assert_eq!(detect(None, Some("Codex Desktop")), Client::Codex);
    assert_eq!(detect(Some("claude-cli/2"), Some("other")), Client::Claude);
}

/// The session of a request with these headers and this body.
fn found(headers: &[(&str, &str)], body: &str) -> Option<String> {
    let peek = peek(body.as_bytes()).unwrap();
    let header = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    session(header, &peek).map(Cow::into_owned)
}

#[test]
fn the_best_place_for_the_session_wins() {
    let body = r#"{"metadata":{"user_id":"{\"device_id\":\"d\",\"session_id\":\"body\"}"},"prompt_cache_key":"cache"}"#;
    let headers = [("x-claude-code-session-id", "header"), ("session-id", "codex"), ("x-session-id", "opencode")];
    assert_eq!(found(&headers, body).as_deref(), Some("header"));
    assert_eq!(found(&headers[1..], body).as_deref(), Some("body"));
    assert_eq!(found(&headers[1..], "{}").as_deref(), Some("codex"));
    assert_eq!(found(&headers[2..], "{}").as_deref(), Some("opencode"));
    assert_eq!(found(&[("thread-id", "t")], "{}").as_deref(), Some("t"));
    assert_eq!(found(&[("x-session-affinity", "a")], "{}").as_deref(), Some("a"));
    assert_eq!(found(&[], r#"{"prompt_cache_key":"cache"}"#).as_deref(), Some("cache"));
    assert_eq!(found(&[], "{}"), None);
}

#[test]
fn both_forms_of_claude_codes_user_id_are_read() {
    let old = r#"{"metadata":{"user_id":"user_abc_account__session_4c0ffee0-1"}}"#;
    assert_eq!(found(&[], old).as_deref(), Some("4c0ffee0-1"));
    for other in [r#"{"metadata":{"user_id":"somebody"}}"#, r#"{"user":"{}"}"#, r#"{"user":"{\"session_id\":5}"}"#] {
        assert_eq!(found(&[], other), None, "{other}");
    }
}

#[test]
fn what_cannot_be_an_id_is_passed_over() {
    let long = "x".repeat(SESSION_MAX + 1);
    assert_eq!(found(&[("session-id", &long), ("thread-id", "t")], "{}").as_deref(), Some("t"));
    assert_eq!(found(&[("session-id", ""), ("thread-id", "a b")], "{}"), None);
}

proptest! {
    #[test]
    fn no_user_agent_panics(agent in any::<String>(), originator in any::<String>()) {
        let _ = detect(Some(&agent), Some(&originator));
    }
}
