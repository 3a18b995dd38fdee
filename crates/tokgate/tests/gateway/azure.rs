//! Azure: where each call goes, with which header, and what its errors mean.

use tokgate_simulator::{Answer, Fault, Protocol, Script};

use crate::call::Call;
use crate::house::{House, guarded, provider};
use crate::scripted::{Says, Scripted, Seen};
use crate::stream::{self, Kind};

const KEY: &str = "azure-key-0123456789";

/// The section of an Azure provider; the deployment stands in `models`.
fn section(name: &str, url: &str, more: &str) -> String {
    format!(
        "[provider.{name}]\ntype = \"azure\"\nurl = \"{url}\"\nkeys = [\"{KEY}\"]\nhttp_proxy = \"none\"\nmodels = {{ \"m-1\" = \"gpt prod\" }}\n{more}\n"
    )
}

/// What Azure answers, in the protocol of the path: its first event of Chat has no choice, and its last has no delta.
fn answer(seen: &Seen) -> Says {
    let streams = seen.text().contains("\"stream\":true");
    let path = seen.target.split('?').next().unwrap();
    let (whole, events): (&str, &[&str]) = if path.ends_with("/chat/completions") {
        (
            r#"{"id":"c1","object":"chat.completion","created":1,"model":"gpt-5.5","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop","content_filter_results":{}}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#,
            &[
                r#"data: {"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#,
                r#"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5.5","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}"#,
                r#"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5.5","choices":[{"index":0,"content_filter_offsets":{"check_offset":0},"finish_reason":null}]}"#,
                r#"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5.5","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
                r#"data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5.5","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#,
                "data: [DONE]",
            ],
        )
    } else if path.ends_with("/responses") {
        (
            r#"{"id":"r1","object":"response","created_at":1,"status":"completed","model":"gpt-5.5","output":[{"type":"message","id":"m1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":3,"output_tokens":1,"total_tokens":4}}"#,
            &[
                r#"data: {"type":"response.created","sequence_number":0,"response":{"id":"r1","object":"response","created_at":1,"status":"in_progress","model":"gpt-5.5","output":[]}}"#,
                r#"data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"message","id":"m1","role":"assistant","status":"in_progress","content":[]}}"#,
                r#"data: {"type":"response.content_part.added","sequence_number":2,"item_id":"m1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"#,
                r#"data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"m1","output_index":0,"content_index":0,"delta":"Hello"}"#,
                r#"data: {"type":"response.output_text.done","sequence_number":4,"item_id":"m1","output_index":0,"content_index":0,"text":"Hello"}"#,
                r#"data: {"type":"response.content_part.done","sequence_number":5,"item_id":"m1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Hello","annotations":[]}}"#,
                r#"data: {"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":{"type":"message","id":"m1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}}"#,
                r#"data: {"type":"response.completed","sequence_number":7,"response":{"id":"r1","object":"response","created_at":1,"status":"completed","model":"gpt-5.5","output":[{"type":"message","id":"m1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":3,"output_tokens":1,"total_tokens":4}}}"#,
            ],
        )
    } else {
        return Says::json(404, r#"{"error":{"code":"404","message":"Resource not found"}}"#);
    };
    if streams { Says::new(200, "text/event-stream", events.join("\n\n") + "\n\n") } else { Says::json(200, whole) }
}

/// What each client is asked in, and where.
fn address(version: &str, client: Protocol) -> &'static str {
    match (version, client) {
        ("2024-10-21", Protocol::OpenaiChat) => {
            "/openai/deployments/gpt%20prod/chat/completions?api-version=2024-10-21"
        }
        ("2024-10-21", _) => "/openai/responses?api-version=2024-10-21",
        ("preview", Protocol::OpenaiChat) => "/openai/v1/chat/completions?api-version=preview",
        ("preview", _) => "/openai/v1/responses?api-version=preview",
        (_, Protocol::OpenaiChat) => "/openai/v1/chat/completions",
        _ => "/openai/v1/responses",
    }
}

#[tokio::test]
async fn every_client_is_answered_on_both_surfaces() {
    for version in ["v1", "preview", "2024-10-21"] {
        for client in Protocol::ALL.iter().copied() {
            for streams in [true, false] {
                let azure = Scripted::start(answer).await;
                let more = format!("api_version = \"{version}\"");
                let house = House::open(&section("azure", &azure.url(), &more)).await;
                let mut call = Call::ask(client, streams).header("api-key", crate::house::LOCAL_KEY);
                call.path += "?beta=true";
                let reply = guarded(call.send(house.address)).await;
                let name = format!("{version} {client:?} stream {streams}");
                assert_eq!(reply.status, 200, "{name}: {}", reply.text());
                assert!(reply.text().contains("Hello"), "{name}: {}", reply.text());
                if streams {
                    assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{name}: {}", reply.text());
                }
                let seen = azure.only();
                assert_eq!(seen.target, address(version, client), "{name}");
                assert_eq!(seen.header("api-key"), Some(KEY), "{name}");
                assert_eq!((seen.header("authorization"), seen.header("x-api-key")), (None, None), "{name}");
                assert!(seen.text().contains(r#""model":"gpt prod""#), "{name}: {}", seen.text());
                house.stop().await;
            }
        }
    }
}

#[tokio::test]
async fn chunks_of_the_content_filter_disturb_no_client() {
    for version in ["v1", "2024-10-21"] {
        let azure = provider().await;
        azure.script(Script::always(Answer::text("Hello, world")));
        let more = format!("api_version = \"{version}\"");
        let house = House::open(&section("azure", &azure.url(), &more)).await;
        for client in Protocol::ALL.iter().copied() {
            for streams in [true, false] {
                let name = format!("{version} {client:?} stream {streams}");
                let reply = guarded(Call::ask(client, streams).send(house.address)).await;
                assert_eq!(reply.status, 200, "{name}: {}", reply.text());
                assert!(reply.text().contains("Hello"), "{name}: {}", reply.text());
                assert_eq!(house.record(reply.id()).await.attempts.len(), 1, "{name}");
                if streams {
                    assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{name}: {}", reply.text());
                }
            }
        }
        azure.script(Script::always(Fault::ContentFilter));
        let reply = guarded(Call::ask(Protocol::OpenaiChat, true).send(house.address)).await;
        assert_eq!(reply.status, 400, "{version}: {}", reply.text());
        assert_eq!(&*house.record(reply.id()).await.attempts[0].result, "content-filtered", "{version}");
        house.stop().await;
    }
}

#[tokio::test]
async fn claude_is_asked_in_its_own_protocol_where_the_configuration_says_so() {
    let says = r#"{"id":"m1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}"#;
    let azure = Scripted::saying(Says::json(200, says)).await;
    let house = House::open(&section("azure", &azure.url(), "protocols = { \"gpt prod\" = \"anthropic\" }")).await;
    let reply = guarded(Call::ask(Protocol::Anthropic, false).send(house.address)).await;
    assert_eq!((reply.status, reply.text()), (200, says.to_owned()));
    let seen = azure.only();
    assert_eq!(seen.target, "/anthropic/v1/messages");
    assert_eq!((seen.header("x-api-key"), seen.header("api-key")), (Some(KEY), Some(KEY)));
    house.stop().await;
}

#[tokio::test]
async fn a_token_goes_as_bearer() {
    let azure = Scripted::start(answer).await;
    let house = House::open(&section("azure", &azure.url(), "auth = \"bearer\"")).await;
    guarded(Call::ask(Protocol::OpenaiChat, false).send(house.address)).await;
    let seen = azure.only();
    assert_eq!(seen.header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(seen.header("api-key"), None);
    house.stop().await;
}

/// Two providers; what the first one says decides whether the second is asked.
async fn asked_after(first: Says) -> (crate::call::Reply, usize, String) {
    let refusing = Scripted::saying(first).await;
    let good = Scripted::start(answer).await;
    let sections = section("a", &refusing.url(), "retries = 0") + &section("b", &good.url(), "");
    let house = House::open(&sections).await;
    let reply = guarded(Call::ask(Protocol::OpenaiChat, false).send(house.address)).await;
    let record = house.records().await.pop().unwrap();
    let row = record.attempts.first().unwrap().result.to_string();
    house.stop().await;
    (reply, good.seen().len(), row)
}

#[tokio::test]
async fn a_filtered_prompt_is_final_and_nobodys_failure() {
    let body = r#"{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true}}}}}"#;
    let (reply, others, row) = asked_after(Says::json(400, body)).await;
    assert_eq!((reply.status, reply.text(), others), (400, body.to_owned(), 0));
    assert_eq!(row, "content-filtered");
}

#[tokio::test]
async fn a_deployment_that_is_missing_is_our_configurations_fault_and_the_next_is_asked() {
    let body =
        r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#;
    let (reply, others, row) = asked_after(Says::json(404, body)).await;
    assert_eq!((reply.status, others, &*row), (200, 1, "deployment-not-found"));
}

#[tokio::test]
async fn a_limit_in_milliseconds_is_waited_out_where_nobody_else_is() {
    let times = std::sync::atomic::AtomicUsize::new(0);
    let azure = Scripted::start(move |seen| {
        if times.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            Says::json(429, r#"{"error":{"code":"429","message":"wait"}}"#)
                .header("retry-after", "60")
                .header("retry-after-ms", "20")
        } else {
            answer(seen)
        }
    })
    .await;
    let house = House::open(&section("azure", &azure.url(), "")).await;
    let reply = guarded(Call::ask(Protocol::OpenaiChat, false).send(house.address)).await;
    assert_eq!((reply.status, azure.seen().len()), (200, 2), "{}", reply.text());
    house.stop().await;
}
