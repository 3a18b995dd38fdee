//! What paths mean, and where calls live upstream.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

const COUNT: Call<'_> = Call::Unary { protocol: Protocol::Anthropic, op: Unary::CountTokens };
const INPUT: Call<'_> = Call::Unary { protocol: Protocol::OpenaiResponses, op: Unary::InputTokens };
const COMPACT: Call<'_> = Call::Unary { protocol: Protocol::OpenaiResponses, op: Unary::Compact };

#[test]
fn calls_are_known_by_the_end_of_the_path() {
    for (path, call) in [
        ("/v1/messages", Call::Create(Protocol::Anthropic)),
        ("/v1/v1/messages", Call::Create(Protocol::Anthropic)),
        ("/messages", Call::Create(Protocol::Anthropic)),
        ("//v1/messages", Call::Create(Protocol::Anthropic)),
        ("/v1/messages/", Call::Create(Protocol::Anthropic)),
        ("/some/prefix/v1/messages", Call::Create(Protocol::Anthropic)),
        ("/v1/messages/count_tokens", COUNT),
        ("/v1/chat/completions", Call::Create(Protocol::OpenaiChat)),
        ("/api/paas/v4/chat/completions", Call::Create(Protocol::OpenaiChat)),
        ("/v1/responses", Call::Create(Protocol::OpenaiResponses)),
        ("/v1/responses/input_tokens", INPUT),
        ("/v1/responses/compact", COMPACT),
        ("/v1/models", Call::Models),
        ("/v1/models/kimi-k3", Call::Model("kimi-k3")),
        ("/v1/models/anthropic/claude-opus-5.5", Call::Model("anthropic/claude-opus-5.5")),
        ("/v1/models/llama3:8b", Call::Model("llama3:8b")),
        ("/", Call::Hello),
        ("/api/hello", Call::Hello),
        ("/claude/api/hello", Call::Hello),
        ("/health", Call::Health),
        ("/adapters", Call::Adapters),
        ("/v1/adapters", Call::Unknown),
        ("/tokgate/v1/jobs/job_1", Call::Job("job_1")),
        ("/r/t/tokgate/v1/jobs/job_1", Call::Job("job_1")),
        ("/tokgate/v1/jobs/", Call::Unknown),
        ("/tokgate/v1/jobs/a/messages", Call::Unknown),
        ("/v1/tokgate/v1/jobs/job_1", Call::Unknown),
        ("/v1", Call::Root),
        ("/v1/v1/", Call::Root),
    ] {
        assert_eq!(parse(path).call, call, "{path}");
    }
}

#[test]
fn other_paths_are_unknown() {
    for path in [
        "",
        "messages",
        "/favicon.ico",
        "/v1/messages/batches",
        "/v1/responses/resp_1",
        "/v1/files",
        "/v1/completions",
        "/v1/chat",
        "/xmessages",
        "/v1/messages/count_tokens/x",
        "/prefix/health",
        "/v1/models/gemini-3.8-flash:generateContent",
        "/admin",
    ] {
        assert_eq!(parse(path).call, Call::Unknown, "{path}");
    }
}

#[test]
fn paths_that_two_programs_may_read_differently_are_unknown() {
    for path in [
        "/v1/../v1/messages",
        "/../v1/messages",
        "/v1/./messages",
        "/v1/messages/..",
        "/v1/%6dessages",
        "/v1%2fmessages",
        "/v1\\messages",
        "/v1/messages\0",
        "/v1/mess\tages/messages",
        "/v1/ messages",
        "/é/v1/messages",
        "/v1/messages?x",
        "/v1/messages#x",
        "/r/run/../v1/messages",
        "/v1/models/..",
        "/v1/models/a..b",
    ] {
        let parsed = parse(path);
        assert_eq!((parsed.call, parsed.tag), (Call::Unknown, Tag::None), "{path:?}");
    }
}

#[test]
fn the_tag_of_a_run_or_client_is_taken_off() {
    for (path, tag, rest, call) in [
        ("/r/k3x9/v1/messages", Tag::Run("k3x9"), "/v1/messages", Call::Create(Protocol::Anthropic)),
        ("/r/k3x9/v1/v1/responses", Tag::Run("k3x9"), "/v1/v1/responses", Call::Create(Protocol::OpenaiResponses)),
        ("/c/claude/v1/messages/count_tokens", Tag::Client("claude"), "/v1/messages/count_tokens", COUNT),
        ("/r/k3x9", Tag::Run("k3x9"), "/", Call::Hello),
        ("/r/k3x9/", Tag::Run("k3x9"), "/", Call::Hello),
        ("/r/k3x9/api/hello", Tag::Run("k3x9"), "/api/hello", Call::Hello),
        ("/r//v1/messages", Tag::None, "/r//v1/messages", Call::Create(Protocol::Anthropic)),
        ("/v1/r/k3x9/messages", Tag::None, "/v1/r/k3x9/messages", Call::Create(Protocol::Anthropic)),
    ] {
        assert_eq!(parse(path), Parsed { tag, call, path: rest }, "{path}");
    }
}

/// A call of `protocol` that generates, of a model that stands in no path.
const fn create(protocol: UpstreamProtocol) -> UpstreamCall<'static> {
    UpstreamCall::Create { protocol, model: "m", streams: true }
}

/// The call at an upstream that speaks the client's protocol; `None` for what no upstream is asked.
fn passed_on<'a>(call: &Call<'a>) -> Option<UpstreamCall<'a>> {
    match call {
        Call::Create(protocol) => Some(create((*protocol).into())),
        Call::Unary { op, .. } => Some(UpstreamCall::Unary(*op)),
        Call::Models => Some(UpstreamCall::Models),
        Call::Model(id) => Some(UpstreamCall::Model(id)),
        Call::Hello | Call::Health | Call::Adapters | Call::Job(_) | Call::Root | Call::Unknown => None,
    }
}

#[test]
fn upstream_paths_are_built_from_the_base_alone() {
    let anthropic = create(UpstreamProtocol::Anthropic);
    let chat = create(UpstreamProtocol::OpenaiChat);
    for (base, call, expected) in [
        ("", anthropic, "/v1/messages"),
        ("/", anthropic, "/v1/messages"),
        ("/anthropic", anthropic, "/anthropic/v1/messages"),
        ("/anthropic/v1", anthropic, "/anthropic/v1/messages"),
        ("/anthropic/v1/", anthropic, "/anthropic/v1/messages"),
        ("/anthropic", UpstreamCall::Unary(Unary::CountTokens), "/anthropic/v1/messages/count_tokens"),
        ("/v1", chat, "/v1/chat/completions"),
        ("/api/paas/v4", chat, "/api/paas/v4/chat/completions"),
        ("", chat, "/chat/completions"),
        ("/v1/", create(UpstreamProtocol::OpenaiResponses), "/v1/responses"),
        ("/v1", UpstreamCall::Unary(Unary::InputTokens), "/v1/responses/input_tokens"),
        ("/v1", UpstreamCall::Unary(Unary::Compact), "/v1/responses/compact"),
        (
            "/anthropic/v1",
            UpstreamCall::Count { protocol: UpstreamProtocol::Anthropic, model: "m" },
            "/anthropic/v1/messages/count_tokens",
        ),
        (
            "/v1",
            UpstreamCall::Count { protocol: UpstreamProtocol::OpenaiResponses, model: "m" },
            "/v1/responses/input_tokens",
        ),
        (
            "/v1beta",
            UpstreamCall::Count { protocol: UpstreamProtocol::Gemini, model: "models/gemini-3" },
            "/v1beta/models/gemini-3:countTokens",
        ),
        ("/v1", UpstreamCall::Models, "/v1/models"),
        ("/api/paas/v4", UpstreamCall::Models, "/api/paas/v4/models"),
        ("/v1beta/openai", UpstreamCall::Models, "/v1beta/openai/models"),
        ("/v1beta", UpstreamCall::Models, "/v1beta/models"),
        ("/api/anthropic", UpstreamCall::Models, "/api/anthropic/v1/models"),
        ("/v1", UpstreamCall::Model("a/b"), "/v1/models/a/b"),
    ] {
        assert_eq!(upstream_path(base, &call), expected, "{base} {call:?}");
    }
}

#[test]
fn gemini_and_converse_have_the_model_and_the_stream_in_the_path() {
    use UpstreamProtocol::{BedrockConverse, Gemini};
    let claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123";
    let encoded = "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc123";
    for (base, protocol, model, streams, expected) in [
        ("/v1beta", Gemini, "gemini-3.8-flash", false, "/v1beta/models/gemini-3.8-flash:generateContent"),
        ("/v1beta/", Gemini, "gemini-3.8-flash", true, "/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse"),
        ("/v1beta", Gemini, "models/gemini-3.8-flash", false, "/v1beta/models/gemini-3.8-flash:generateContent"),
        ("/v1beta", Gemini, "a/../b?c#d", false, "/v1beta/models/a%2F..%2Fb%3Fc%23d:generateContent"),
        ("", BedrockConverse, claude, false, "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"),
        ("", BedrockConverse, profile, true, &format!("/model/{encoded}/converse-stream")),
        ("", BedrockConverse, "..", false, "/model/%2E%2E/converse"),
        ("/base", BedrockConverse, "m é", false, "/base/model/m%20%C3%A9/converse"),
    ] {
        let call = UpstreamCall::Create { protocol, model, streams };
        assert_eq!(upstream_path(base, &call), expected, "{base} {call:?}");
    }
}

#[test]
fn every_known_call_names_its_methods() {
    assert_eq!(Call::Create(Protocol::Anthropic).methods(), ["POST"]);
    assert_eq!(COUNT.methods(), ["POST"]);
    assert_eq!(Call::Models.methods(), ["GET", "HEAD"]);
    assert!(Call::Unknown.methods().is_empty());
}

proptest! {
    #[test]
    fn no_path_panics_and_none_brings_a_dot_segment_upstream(path in "[/a-z0-9.%\\\\:]{0,40}", base in "(/[a-z0-9]{1,6}){0,3}/?") {
        let call = passed_on(&parse(&path).call);
        prop_assert!(call.is_none_or(|call| !upstream_path(&base, &call).contains("..")));
    }

    #[test]
    fn no_model_leaves_its_segment(model in "\\PC{0,40}", streams in any::<bool>()) {
        for protocol in [UpstreamProtocol::Gemini, UpstreamProtocol::BedrockConverse] {
            let path = upstream_path("/b", &UpstreamCall::Create { protocol, model: &model, streams });
            let path = path.strip_suffix("?alt=sse").unwrap_or(&path);
            prop_assert!(is_plain(&path.replace('%', "").replace("..", "")), "{path}");
            prop_assert_eq!(path.matches('/').count(), if protocol == UpstreamProtocol::Gemini { 3 } else { 4 });
        }
    }

    #[test]
    fn a_prefix_changes_nothing(prefix in "(/[a-z]{2,6}){0,3}", doubled in any::<bool>()) {
        let version = if doubled { "/v1/v1" } else { "/v1" };
        for (suffix, call) in SUFFIXES {
            let path = format!("{prefix}{version}{suffix}");
            prop_assert_eq!(parse(&path).call, *call);
        }
    }

    #[test]
    fn the_upstream_path_of_a_call_reads_back_as_that_call(base in "(/[a-z]{2,6}){0,2}/v[1-4]") {
        for (_, call) in SUFFIXES {
            if let Some(asked) = passed_on(call) {
                let path = upstream_path(&base, &asked);
                prop_assert_eq!(parse(&path).call, *call);
            }
        }
    }
}
