//! Scripts, rules, random streams, the log and the figures.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokgate_simulator::{
    AcceptanceTurn, Answer, Behaviour, Ended, Fault, Options, Protocol, RandomStream, Raw, Running, Script, Simulator,
    Step, When, expected_bytes, expected_json,
};
use tokio::task::JoinSet;

use super::client::{Client, End, body};

async fn start() -> Running {
    Simulator::start(Options::default()).await.unwrap()
}

async fn status(addr: SocketAddr, headers: &[(&str, &str)]) -> u16 {
    let mut client = Client::connect(addr).await;
    client.ask("/v1/messages", headers, &body(Protocol::Anthropic, true)).await.status()
}

#[tokio::test]
async fn steps_are_played_in_order_and_then_the_rest() {
    let running = start().await;
    let twice = Step { behaviour: Fault::Unavailable.into(), times: 2 };
    running.script(Script::of([Fault::Overloaded.into(), twice]).then(Fault::Unauthorized));
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(status(running.addr, &[]).await);
    }
    assert_eq!(seen, [529, 503, 503, 401, 401]);
}

#[tokio::test]
async fn only_model_requests_use_steps_up() {
    let running = start().await;
    running.script(Script::of([Fault::Overloaded]));
    let mut client = Client::connect(running.addr).await;
    assert_eq!(client.ask("/v1/models", &[], &Value::Null).await.status(), 200);
    assert_eq!(client.ask("/v1/messages/count_tokens?beta=true", &[], &json!({"model": "m"})).await.status(), 200);
    assert_eq!(status(running.addr, &[("x-sim", "good")]).await, 200);
    assert_eq!(status(running.addr, &[]).await, 529);
}

#[tokio::test]
async fn rules_come_before_steps_and_stay() {
    let running = start().await;
    let bad_key = When { header: Some(("x-api-key".to_owned(), "bad".to_owned())), ..When::default() };
    running.script(Script::of([Fault::Overloaded]).rule(bad_key, Fault::Unauthorized));
    let bad = [("x-api-key", "bad")];
    let seen = [
        status(running.addr, &bad).await,
        status(running.addr, &bad).await,
        status(running.addr, &[]).await,
        status(running.addr, &[]).await,
    ];
    assert_eq!(seen, [401, 401, 529, 200]);
}

#[tokio::test]
async fn a_rule_without_conditions_is_for_every_path() {
    let running = start().await;
    running.script(Script::default().rule(When::default(), Fault::Unavailable));
    let mut client = Client::connect(running.addr).await;
    for path in ["/v1/models", "/v1/responses/input_tokens", "/anything"] {
        assert_eq!(client.ask(path, &[], &json!({})).await.status(), 503, "{path}");
    }
}

#[tokio::test]
async fn a_choice_that_makes_no_sense_is_told() {
    let running = start().await;
    let mut client = Client::connect(running.addr).await;
    let got = client.ask("/v1/messages", &[("x-sim", "no-such-fault")], &body(Protocol::Anthropic, true)).await;
    assert!(got.status() == 400 && got.text().contains("no-such-fault"));
}

#[tokio::test]
async fn random_streams_are_exactly_the_expected_bytes() {
    let running = start().await;
    running.script(Script::always(Behaviour::Random(RandomStream { seed: 42, bytes: 300_000, write_bytes: 0 })));
    for protocol in Protocol::ALL {
        let mut client = Client::connect(running.addr).await;
        let got = client.ask(protocol.path(), &[], &body(*protocol, true)).await;
        assert!(got.body == expected_bytes(*protocol, 42, 300_000), "{protocol:?}");
        assert!(got.chunks.len() > 20 && got.end == End::Complete);
        let got = client.ask(protocol.path(), &[], &body(*protocol, false)).await;
        assert!(got.body == expected_json(*protocol, 42, 300_000), "{protocol:?}");
    }
}

#[tokio::test]
async fn a_raw_answer_is_sent_as_it_is() {
    let running = start().await;
    let headers = vec![("x-a".to_owned(), "b".to_owned())];
    running.script(Script::always(Behaviour::Raw(Raw {
        status: 207,
        body: "any\0thing".to_owned(),
        headers,
        write_bytes: 4,
        ..Raw::default()
    })));
    let mut client = Client::connect(running.addr).await;
    let got = client.ask("/v1/messages", &[], &json!({})).await;
    assert_eq!((got.status(), got.text().as_str(), got.header("x-a")), (207, "any\0thing", Some("b")));
    assert_eq!(got.chunks, [4, 4, 1]);
}

#[tokio::test]
async fn an_acceptance_turn_calls_the_tool_and_ends_with_the_marker() {
    let running = start().await;
    running.script(Script::always(Behaviour::AcceptanceTurn(AcceptanceTurn::default())));
    let mut client = Client::connect(running.addr).await;
    let mut request = body(Protocol::OpenaiResponses, false);
    request["tools"] = json!([{"type": "function", "name": "exec_command", "parameters":
        {"type": "object", "required": ["cmd"], "properties": {"cmd": {"type": "string"}}}}]);
    let first: Value = serde_json::from_str(&client.ask("/v1/responses", &[], &request).await.text()).unwrap();
    assert_eq!(first["output"][1]["arguments"], "{\"cmd\":\"ls\"}");
    request["input"] = json!([{"type": "function_call_output", "call_id": "c", "output": "files"}]);
    assert!(client.ask("/v1/responses", &[], &request).await.text().contains("SIM-DONE-7"));
}

#[tokio::test]
async fn the_log_has_everything_in_order() {
    let running = start().await;
    running.script(Script::of([Fault::CutReset]));
    let mut client = Client::connect(running.addr).await;
    client
        .ask("/v1/messages?beta=true", &[("x-sim", "good"), ("X-Mixed", "Value")], &body(Protocol::Anthropic, true))
        .await;
    client.ask("/v1/models", &[], &Value::Null).await;
    let mut other = Client::connect(running.addr).await;
    other.ask("/v1/responses", &[], &body(Protocol::OpenaiResponses, true)).await;
    let log = running.log();
    let rows: Vec<_> =
        log.iter().map(|s| (s.method.as_str(), s.path_and_query.as_str(), s.connection_id, s.ended)).collect();
    assert_eq!(
        rows,
        [
            ("POST", "/v1/messages?beta=true", 1, Ended::Done),
            ("GET", "/v1/models", 1, Ended::Done),
            ("POST", "/v1/responses", 2, Ended::Cut)
        ]
    );
    assert_eq!((log[0].header("x-mixed"), log[0].json()["stream"].clone()), (Some("Value"), json!(true)));
    assert_eq!((log[2].behaviour, log[2].http_version), ("sse-cut-reset", "HTTP/1.1"));
}

#[tokio::test]
async fn the_peak_is_the_number_of_requests_at_the_same_time() {
    let running = start().await;
    let addr = running.addr;
    for _ in 0..3 {
        status(addr, &[]).await;
    }
    assert_eq!((running.counters().requests_peak, running.counters().requests_open), (1, 0));
    running.script(Script::always(Fault::StallAfterHead));
    let mut clients = JoinSet::new();
    for _ in 0..5 {
        clients.spawn(async move { status(addr, &[]).await });
    }
    running.until(|_, counters| counters.requests_open == 5).await;
    clients.shutdown().await;
    running.until(|_, counters| counters.requests_open == 0 && counters.connections_open == 0).await;
    let counters = running.counters();
    assert_eq!((counters.requests_peak, counters.requests, counters.connections), (5, 8, 8));
}

#[tokio::test]
async fn a_reset_forgets_and_old_requests_do_not_count_afterwards() {
    let running = start().await;
    running.script(Script::always(Fault::StallAfterHead));
    let mut client = Client::connect(running.addr).await;
    client.send(&super::client::request("/v1/messages", &[], &body(Protocol::Anthropic, true))).await;
    running.until(|_, counters| counters.requests_open == 1).await;
    running.reset();
    drop(client);
    assert_eq!(status(running.addr, &[]).await, 200);
    let counters = running.counters();
    assert_eq!((counters.requests, counters.requests_open, running.log().len()), (1, 0, 1));
}

#[tokio::test]
async fn unserved_protocols_are_unknown_paths() {
    let options = Options { protocols: vec![Protocol::OpenaiChat], ..Options::default() };
    let running = Simulator::start(options).await.unwrap();
    assert_eq!(status(running.addr, &[]).await, 404);
}

#[tokio::test]
async fn pings_padding_and_sizes_are_as_scripted() {
    let running = start().await;
    let answer = Answer { ping_every: 2, padding: 500, ..Answer::text("a b c d") };
    running.script(Script::of([answer.clone(), Answer { write_bytes: 64, ..answer }]));
    let mut client = Client::connect(running.addr).await;
    let got = client.ask("/v1/messages", &[], &body(Protocol::Anthropic, true)).await;
    assert_eq!((got.count("event: ping"), got.chunks[0]), (4, 504));
    let got = client.ask("/v1/messages", &[], &body(Protocol::Anthropic, true)).await;
    assert!(got.chunks.split_last().unwrap().1.iter().all(|size| *size == 64));
}

#[tokio::test]
async fn chunked_request_bodies_and_expectations_are_read() {
    let running = start().await;
    let mut client = Client::connect(running.addr).await;
    let head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n";
    client.send(format!("{head}8\r\n{{\"model\"\r\n5;x=y\r\n:\"q\"}}\r\n0\r\n\r\n").as_bytes()).await;
    let got = client.read_until(|_| false).await;
    assert!(got.raw.starts_with(b"HTTP/1.1 100 Continue\r\n\r\n") && got.status() == 200);
    assert_eq!(&running.log()[0].body[..], b"{\"model\":\"q\"}");
}
