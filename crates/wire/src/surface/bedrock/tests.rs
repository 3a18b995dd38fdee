#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

const PLAIN: Invoke<'static> = Invoke { version: ANTHROPIC_VERSION, asked: &[], allowed: BETAS };

fn edited(body: &str, with: Invoke<'_>) -> (String, Vec<String>) {
    let mut losses = Losses::default();
    let body = invoke(body.as_bytes(), with, &mut losses).unwrap();
    serde_json::from_slice::<serde_json::Value>(&body).unwrap();
    (String::from_utf8(body).unwrap(), losses.all().iter().map(|loss| loss.field.to_string()).collect())
}

#[test]
fn model_and_stream_leave_and_the_version_comes_in_front() {
    let (body, lost) = edited(
        r#"{"model":"claude-x","max_tokens":16,"messages":[{"role":"user","content":"hi \u4e16"}],"stream":true}"#,
        PLAIN,
    );
    assert_eq!(
        body,
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[{"role":"user","content":"hi \u4e16"}]}"#
    );
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn spaces_and_line_ends_between_what_stays_are_the_clients() {
    let written = "{\n  \"max_tokens\" : 16,\n  \"stream\": true,\n  \"model\": \"m\",\n  \"messages\": [ ]\n}\n";
    let (body, _) = edited(written, PLAIN);
    assert_eq!(
        body,
        "{\n  \"anthropic_version\":\"bedrock-2023-05-31\",\"max_tokens\" : 16,\n  \"messages\": [ ]\n}\n"
    );
}

#[test]
fn a_field_that_bedrock_refuses_is_left_out_and_reported() {
    let (body, lost) = edited(
        r#"{"service_tier":"auto","messages":[],"container":null,"metadata":{"user_id":"u"},"speed":"fast","x y":1}"#,
        PLAIN,
    );
    assert_eq!(body, r#"{"anthropic_version":"bedrock-2023-05-31","messages":[],"metadata":{"user_id":"u"}}"#);
    assert_eq!(lost, ["service_tier", "container", "speed", "a field"]);
}

#[test]
fn a_field_is_known_by_its_name_however_it_is_written() {
    let (body, lost) = edited(r#"{"mod\u0065l":"m","m\u0061x_tokens":1}"#, PLAIN);
    assert_eq!(body, r#"{"anthropic_version":"bedrock-2023-05-31","m\u0061x_tokens":1}"#);
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn features_come_from_the_header_each_once_and_only_those_that_are_known_there() {
    let asked = ["context-1m-2025-08-07", "claude-code-20250219", "context-1m-2025-08-07", "b\"d"];
    let (body, lost) = edited(r#"{"messages":[]}"#, Invoke { asked: &asked, ..PLAIN });
    assert_eq!(
        body,
        r#"{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["context-1m-2025-08-07"],"messages":[]}"#
    );
    assert_eq!(lost, ["anthropic-beta claude-code-20250219", "anthropic-beta"]);
}

#[test]
fn a_client_that_speaks_to_bedrock_already_keeps_its_own_version_and_features() {
    let written = r#"{"anthropic_version":"bedrock-2025-01-01","anthropic_beta":["x"],"messages":[]}"#;
    let asked = ["context-1m-2025-08-07"];
    assert_eq!(edited(written, Invoke { asked: &asked, ..PLAIN }).0, written);
}

#[test]
fn a_body_of_nothing_that_stays_is_still_an_object() {
    let version = r#""anthropic_version":"bedrock-2023-05-31""#;
    assert_eq!(edited(r#"{"model":"m"}"#, PLAIN).0, format!("{{{version}}}"));
    assert_eq!(edited(" { } ", PLAIN).0, format!(" {{{version} }} "));
    assert_eq!(edited(r#"{"anthropic_version":"v","model":"m"}"#, PLAIN).0, r#"{"anthropic_version":"v"}"#);
}

#[test]
fn what_is_no_object_is_refused() {
    assert!(invoke(b"[1]", PLAIN, &mut Losses::default()).is_err());
}

#[test]
fn an_id_stays_one_segment() {
    let at = |base, protocol, model, streams| path(base, &UpstreamCall::Create { protocol, model, streams });
    let (anthropic, converse) = (UpstreamProtocol::Anthropic, UpstreamProtocol::BedrockConverse);
    assert_eq!(
        at("", anthropic, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", true),
        "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream"
    );
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123";
    assert_eq!(
        at("/vpc", converse, arn, false),
        "/vpc/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc123/converse"
    );
    assert_eq!(at("", anthropic, "m", false), "/model/m/invoke");
    assert_eq!(at("", converse, "m", true), "/model/m/converse-stream");
}

#[test]
fn claude_is_known_by_its_id() {
    for claude in [
        "anthropic.claude-3-haiku-20240307-v1:0",
        "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
        "claude-sonnet-5",
    ] {
        assert!(is_claude(claude), "{claude}");
    }
    for other in ["amazon.nova-pro-v1:0", "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc"] {
        assert!(!is_claude(other), "{other}");
    }
}

#[test]
fn the_region_is_read_from_amazons_hosts_alone() {
    assert_eq!(region_of("bedrock-runtime.us-east-1.amazonaws.com"), Some("us-east-1"));
    assert_eq!(region_of("bedrock-runtime.us-gov-west-1.amazonaws.com"), Some("us-gov-west-1"));
    assert_eq!(region_of("bedrock-mantle.ap-southeast-2.api.aws"), Some("ap-southeast-2"));
    assert_eq!(region_of("vpce-0a1b-2c3d.bedrock-runtime.eu-west-1.vpce.amazonaws.com"), Some("eu-west-1"));
    assert_eq!(region_of("127.0.0.1"), None);
    assert_eq!(region_of("bedrock.example.com"), None);
}
