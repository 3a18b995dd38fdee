//! Bedrock: signed requests, bodies that are the client's but for the declared edits, answers in frames.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;
use tokgate_simulator::{AwsCredentials, Options, Protocol, Simulator, Transport};
use tokgate_wire::auth::sigv4;
use tokgate_wire::eventstream::{Value, encode};

use crate::call::{Call, Reply};
use crate::house::{House, guarded};
use crate::scripted::{Says, Scripted, Seen};
use crate::stream::{self, Kind};

const ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "SESSTOKEN-0123456789";
const CLAUDE: Model = Model { id: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", answer };
const STREAM_PATH: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream";
const WHOLE_PATH: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke";
pub(crate) const FRAMES: &str = "application/vnd.amazon.eventstream";

/// The events of a small answer.
const EVENTS: [&str; 6] = [
    r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#,
    r#"{"type":"content_block_stop","index":0}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}"#,
    r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"outputTokenCount":2}}"#,
];
const WHOLE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}"#;

/// A model on Bedrock, and what is answered when it is asked.
pub(crate) struct Model {
    pub(crate) id: &'static str,
    pub(crate) answer: fn(&Seen) -> Says,
}

impl Model {
    /// The section of a provider that has this model alone.
    pub(crate) fn section(&self, name: &str, url: &str, more: &str) -> String {
        let keys = format!("{{ access_key = \"{ID}\", secret_key = \"{SECRET}\", session_token = \"{TOKEN}\" }}");
        let id = self.id;
        format!(
            "[provider.{name}]\ntype = \"bedrock\"\nregion = \"us-east-1\"\nurl = \"{url}\"\nkeys = [{keys}]\nhttp_proxy = \"none\"\nmodels = {{ \"*\" = \"{id}\" }}\n{more}\n"
        )
    }

    /// What the client gets when the first provider says `first`, how often the second was asked, and the first's row.
    pub(crate) async fn asked_after(&self, first: Says, client: Protocol, streams: bool) -> (Reply, usize, String) {
        let failing = Scripted::saying(first).await;
        let good = Scripted::start(self.answer).await;
        let sections = self.section("a", &failing.url(), "retries = 0") + &self.section("b", &good.url(), "");
        let house = House::open(&sections).await;
        let reply = guarded(Call::ask(client, streams).send(house.address)).await;
        let row = house.record(reply.id()).await.attempts.first().unwrap().result.to_string();
        house.stop().await;
        (reply, good.seen().len(), row)
    }

    /// An exception behind `head`, which says nothing yet, is judged by its `row`, and no client sees it; one that is the
    /// client's own fault reaches the client, and nobody else is asked.
    pub(crate) async fn hides_exceptions(&self, head: &[u8], rows: [(&str, &str); 5]) {
        for (name, row) in rows {
            let body = [head, &exception(name)].concat();
            for client in Protocol::ALL.iter().copied() {
                let says = Says::new(200, FRAMES, body.clone());
                let (reply, others, result) = self.asked_after(says, client, true).await;
                assert_eq!((others, &*result), (1, row), "{name} {client:?}");
                assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{name} {client:?}: {}", reply.text());
                assert!(!reply.text().contains("not now"), "{name} {client:?}: {}", reply.text());
            }
        }
        let says = Says::new(200, FRAMES, exception("validationException"));
        let (reply, others, row) = self.asked_after(says, Protocol::Anthropic, true).await;
        assert_eq!((reply.status, others, &*row), (400, 0, "invalid-request"), "{}", reply.text());
        assert_eq!(reply.json()["error"]["message"], "not now");
    }
}

fn chunk(event: &str) -> Vec<u8> {
    let payload = format!(r#"{{"bytes":"{}","p":"abc"}}"#, BASE64_STANDARD.encode(event));
    let headers =
        [(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")].map(text);
    encode(&headers, payload.as_bytes()).unwrap()
}

pub(crate) fn exception(name: &str) -> Vec<u8> {
    let headers = [(":exception-type", name), (":message-type", "exception")].map(text);
    encode(&headers, br#"{"message":"not now"}"#).unwrap()
}

pub(crate) fn text<'a>((name, value): (&'a str, &'a str)) -> (&'a str, Value<'a>) {
    (name, Value::Text(value))
}

fn frames(events: &[&str]) -> Vec<u8> {
    events.iter().flat_map(|event| chunk(event)).collect()
}

/// What Bedrock answers to whatever path it is asked under.
fn answer(seen: &Seen) -> Says {
    match seen.target.as_str() {
        STREAM_PATH => Says::new(200, FRAMES, frames(&EVENTS)),
        WHOLE_PATH => Says::json(200, WHOLE).header("x-amzn-requestid", "req-1"),
        _ => Says::json(404, r#"{"message":"no such path"}"#),
    }
}

/// Whether the signature is over what came, with the key that we have.
pub(crate) fn assert_signed(seen: &Seen) {
    assert_eq!(seen.header("x-amz-security-token"), Some(TOKEN));
    assert_signed_for(seen, &seen.target, "us-east-1", "bedrock");
}

fn assert_signed_for(seen: &Seen, path: &str, region: &str, service: &str) {
    let date = seen.header("x-amz-date").expect("a date");
    let authorization = seen.header("authorization").expect("a signature");
    let names = "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,";
    assert!(authorization.contains(names), "{authorization}");
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date).unwrap();
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
    let headers = ["content-type", "host"].map(|name| (name, seen.header(name).unwrap()));
    let signed = sigv4::sign(
        &sigv4::Request { method: "POST", path, query: "", headers: &headers, body: &seen.body },
        &sigv4::Credentials { access_key: ID, secret_key: SECRET, session_token: Some(TOKEN) },
        &sigv4::Scope { region, service, time: time.try_into().unwrap() },
    );
    assert_eq!(authorization, signed.authorization);
}

#[tokio::test]
async fn every_client_reaches_claude_by_invoke_model() {
    for client in Protocol::ALL.iter().copied() {
        for streams in [true, false] {
            let name = format!("{client:?} stream {streams}");
            let bedrock = Scripted::start(answer).await;
            let house = House::open(&CLAUDE.section("aws", &bedrock.url(), "")).await;
            let reply = guarded(Call::ask(client, streams).send(house.address)).await;
            assert_eq!(reply.status, 200, "{name}: {}", reply.text());
            assert!(reply.text().contains("Hello"), "{name}: {}", reply.text());
            if streams {
                let kind = reply.header("content-type").unwrap_or_default();
                assert!(kind.starts_with("text/event-stream"), "{name}: {kind}");
                assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{name}: {}", reply.text());
                assert!(!reply.text().contains("amazon-bedrock"), "{name}: {}", reply.text());
            }
            let seen = bedrock.only();
            assert_eq!(seen.target, if streams { STREAM_PATH } else { WHOLE_PATH }, "{name}");
            assert_signed(&seen);
            let body: Json = serde_json::from_slice(&seen.body).unwrap();
            assert_eq!(body["anthropic_version"], "bedrock-2023-05-31", "{name}");
            assert!(body["model"].is_null() && body["stream"].is_null(), "{name}: {body}");
            house.stop().await;
        }
    }
}

#[tokio::test]
async fn an_anthropic_clients_bytes_arrive_but_for_the_declared_edits() {
    let bedrock = Scripted::start(answer).await;
    let house = House::open(&CLAUDE.section("aws", &bedrock.url(), "")).await;
    let body = "{ \"model\":\"m-1\",\n \"max_tokens\": 64,\"service_tier\":\"auto\", \"messages\":[{\"role\":\"user\",\"content\":\"\\u4e16 1.0e1\"}],\"stream\":true, \"metadata\":{ \"user_id\":\"u\" }\n}";
    let call = Call::post("/v1/messages?beta=true", body)
        .header("anthropic-beta", "context-1m-2025-08-07, claude-code-20250219")
        .header("anthropic-version", "2023-06-01");
    let reply = guarded(call.send(house.address)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let seen = bedrock.only();
    assert_eq!(
        seen.text(),
        "{ \"anthropic_version\":\"bedrock-2023-05-31\",\"anthropic_beta\":[\"context-1m-2025-08-07\"],\"max_tokens\": 64, \"messages\":[{\"role\":\"user\",\"content\":\"\\u4e16 1.0e1\"}], \"metadata\":{ \"user_id\":\"u\" }\n}"
    );
    assert_eq!((seen.header("anthropic-beta"), seen.header("anthropic-version")), (None, None));
    let lost = "anthropic-beta claude-code-20250219 dropped, service_tier dropped";
    assert_eq!(reply.header("x-tokgate-lost"), Some(lost));
    assert_eq!(house.record(reply.id()).await.losses.as_deref(), Some(lost));
    let plain: Vec<String> = EVENTS[..5].iter().map(|event| (*event).to_owned()).collect();
    assert_eq!(stream::events(&reply.body)[..5], plain);
    house.stop().await;
}

#[tokio::test]
async fn what_a_caller_signs_with_stays_here() {
    let bedrock = Scripted::start(answer).await;
    let key = "keys = [\"bedrock-api-key-0123456789\"]";
    let section = CLAUDE.section("aws", &bedrock.url(), "");
    let section = section.lines().map(|line| if line.starts_with("keys") { key } else { line }).collect::<Vec<_>>();
    let house = House::open(&section.join("\n")).await;
    let call = Call::ask(Protocol::Anthropic, false)
        .header("x-amz-security-token", "callers-own")
        .header("x-amz-date", "20200101T000000Z");
    let reply = guarded(call.send(house.address)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let seen = bedrock.only();
    assert_eq!(seen.header("authorization"), Some("Bearer bedrock-api-key-0123456789"));
    assert_eq!((seen.header("x-amz-security-token"), seen.header("x-amz-date")), (None, None));
    house.stop().await;
}

/// Amazon's side, which checks signatures in a way of its own.
pub(crate) async fn amazon(secret_key: &str, transport: Transport) -> tokgate_simulator::Running {
    let aws = AwsCredentials {
        access_key: ID.to_owned(),
        secret_key: secret_key.to_owned(),
        session_token: Some(TOKEN.to_owned()),
        bearer: None,
    };
    Simulator::start(Options { aws: Some(aws), transport, ..Options::default() }).await.unwrap()
}

#[tokio::test]
async fn amazon_finds_every_signature_right_over_both_versions_of_http() {
    for (transport, more) in [(Transport::Http1, ""), (Transport::Http2PriorKnowledge, "http2 = \"prior-knowledge\"")] {
        let amazon = amazon(SECRET, transport).await;
        let house = House::open(&CLAUDE.section("aws", &amazon.url(), more)).await;
        for client in Protocol::ALL.iter().copied() {
            for streams in [true, false] {
                let reply = guarded(Call::ask(client, streams).send(house.address)).await;
                assert_eq!(reply.status, 200, "{client:?} stream {streams}: {}", reply.text());
                let record = house.record(reply.id()).await;
                assert_eq!(record.attempts.len(), 1, "{:?}", record.attempts);
                if streams {
                    assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{client:?}: {}", reply.text());
                }
            }
        }
        house.stop().await;
    }
}

#[tokio::test]
async fn a_wrong_key_is_our_own_fault_and_is_set_aside() {
    let amazon = amazon("another secret", Transport::Http1).await;
    let house = House::open(&CLAUDE.section("aws", &amazon.url(), "")).await;
    let reply = guarded(Call::ask(Protocol::Anthropic, true).send(house.address)).await;
    assert_eq!(reply.status, 503, "{}", reply.text());
    let record = house.record(reply.id()).await;
    assert_eq!(&*record.attempts[0].result, "key-rejected");
    house.stop().await;
}

#[tokio::test]
async fn an_exception_before_content_is_not_seen_by_the_client() {
    let rows = [
        ("internalServerException", "server-error"),
        ("modelStreamErrorException", "server-error"),
        ("throttlingException", "overloaded"),
        ("modelTimeoutException", "unavailable"),
        ("serviceUnavailableException", "overloaded"),
    ];
    CLAUDE.hides_exceptions(&frames(&EVENTS[..2]), rows).await;
}

#[tokio::test]
async fn an_exception_after_content_ends_in_the_clients_own_error_event() {
    for client in Protocol::ALL.iter().copied() {
        let body = [frames(&EVENTS[..3]), exception("modelStreamErrorException")].concat();
        let (reply, others, _) = CLAUDE.asked_after(Says::new(200, FRAMES, body), client, true).await;
        assert_eq!((reply.status, others), (200, 0), "{client:?}");
        assert_eq!(stream::ends(client, &reply.body), [Kind::Error], "{client:?}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_stream_that_ends_inside_a_frame_or_is_damaged_is_a_cut() {
    let whole = frames(&EVENTS);
    let inside = whole[..whole.len() - 9].to_vec();
    let mut damaged = whole.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    for (name, body) in [("inside a frame", inside), ("damaged", damaged)] {
        let (reply, others, _) = CLAUDE.asked_after(Says::new(200, FRAMES, body), Protocol::Anthropic, true).await;
        assert_eq!((reply.status, others), (200, 0), "{name}");
        assert_eq!(stream::ends(Protocol::Anthropic, &reply.body), [Kind::Error], "{name}: {}", reply.text());
    }
    let mut early = chunk(EVENTS[0]);
    early.truncate(40);
    let (reply, others, row) = CLAUDE.asked_after(Says::new(200, FRAMES, early), Protocol::Anthropic, true).await;
    assert_eq!((others, &*row), (1, "empty-stream"));
    assert_eq!(stream::ends(Protocol::Anthropic, &reply.body), [Kind::End]);
}

#[tokio::test]
async fn errors_of_aws_are_judged_by_the_one_table_and_said_in_the_clients_words() {
    let cases = [
        (400, "ValidationException", "Malformed input request", "invalid-request", 0),
        (400, "ValidationException", "Input is too long for requested model.", "context-too-long", 0),
        (400, "ValidationException", "The provided model identifier is invalid.", "model-not-found", 1),
        (400, "ServiceQuotaExceededException", "Too many tokens per day", "quota-exhausted", 1),
        (403, "AccessDeniedException", "You don't have access to the model", "permission-denied", 1),
        (403, "UnrecognizedClientException", "The security token is invalid", "key-rejected", 1),
        (403, "ExpiredTokenException", "The security token is expired", "key-rejected", 1),
        (404, "ResourceNotFoundException", "Could not resolve the foundation model", "model-not-found", 1),
        (408, "ModelTimeoutException", "timed out", "request-timeout", 1),
        (424, "ModelErrorException", "the model failed", "server-error", 1),
        (429, "ThrottlingException", "Too many requests", "overloaded", 1),
        (429, "ModelNotReadyException", "not ready", "overloaded", 1),
        (500, "InternalServerException", "try again", "server-error", 1),
        (503, "ServiceUnavailableException", "unavailable", "unavailable", 1),
    ];
    for (status, name, message, row, others) in cases {
        let says = Says::json(status, &format!(r#"{{"message":"{message}"}}"#))
            .header("x-amzn-errortype", &format!("{name}:http://internal.example/x/"));
        let (reply, asked, result) = CLAUDE.asked_after(says, Protocol::Anthropic, false).await;
        assert_eq!((&*result, asked), (row, others), "{name}: {message}");
        if others == 0 {
            assert_eq!(reply.json()["type"], "error", "{}", reply.text());
            assert_eq!(reply.json()["error"]["type"], "invalid_request_error", "{}", reply.text());
            // Claude Code knows a full context by this beginning.
            let told =
                if row == "context-too-long" { format!("prompt is too long: {message}") } else { message.into() };
            assert_eq!(reply.json()["error"]["message"], told);
        }
    }
}

/// The host is Amazon's, so it is reached through an outbound proxy that answers for it.
#[tokio::test]
async fn another_aws_host_gets_its_own_protocol_signed_for_the_service_in_its_name() {
    let proxy = Scripted::saying(Says::json(200, WHOLE)).await;
    let keys = format!("{{ access_key = \"{ID}\", secret_key = \"{SECRET}\", session_token = \"{TOKEN}\" }}");
    let sections = format!(
        "[provider.mantle]\nurl = \"http://bedrock-mantle.eu-west-1.api.aws/anthropic\"\nallow_plaintext = true\nkeys = [{keys}]\nhttp_proxy = \"{}\"\nmodels = {{ \"m-1\" = \"claude\" }}\n",
        proxy.url()
    );
    let house = House::open(&sections).await;
    let reply = guarded(Call::ask(Protocol::Anthropic, false).send(house.address)).await;
    assert_eq!((reply.status, reply.text()), (200, WHOLE.to_owned()));
    let seen = proxy.only();
    assert_eq!(seen.target, "http://bedrock-mantle.eu-west-1.api.aws/anthropic/v1/messages");
    assert_signed_for(&seen, "/anthropic/v1/messages", "eu-west-1", "bedrock-mantle");
    assert!(seen.text().contains(r#""model":"claude""#), "{}", seen.text());
    house.stop().await;
}
