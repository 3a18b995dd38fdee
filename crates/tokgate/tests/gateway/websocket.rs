//! Responses over a WebSocket: each frame is a request like any other, whatever the provider speaks, and the connection
//! knows what was said before.

use std::time::Duration;

use serde_json::{Value, json};
use tokgate::process::admin::AdminHandler;
use tokgate::store::record::Outcome;
use tokgate_simulator::{Answer, Ended, Fault, FaultPlan, Protocol, Script};
use tokio_tungstenite::tungstenite::Message;

use crate::house::{House, guarded, provider, section};
use crate::socket::{Socket, create, id, is_last, message, next, words};

const KEY: &str = "keys = [\"sk-alpha-0001\"]";

fn types(answer: &[Value]) -> Vec<&str> {
    answer.iter().filter_map(|event| event["type"].as_str()).collect()
}

/// A house with one provider of this protocol, which says `text`.
async fn with(protocol: Protocol, text: &str) -> (House, tokgate_simulator::Running) {
    let upstream = provider().await;
    upstream.script(Script::always(Answer::text(text)));
    (House::open(&section("a", protocol, &upstream.url(), KEY)).await, upstream)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_is_answered_whatever_the_provider_speaks_and_leaves_one_record() {
    for protocol in Protocol::ALL {
        let (house, upstream) = with(*protocol, "Hello over a socket.").await;
        let mut socket = Socket::open(house.address).await;
        let answer = socket.ask(&create("hi")).await;
        assert_eq!(words(&answer), "Hello over a socket.", "{protocol:?}: {answer:?}");
        assert_eq!(answer[0]["type"], "response.created");
        assert_eq!(answer.iter().filter(|event| is_last(event)).count(), 1);
        let seen = upstream.log();
        assert_eq!((seen.len(), seen[0].path_and_query.as_str()), (1, protocol.path()));
        assert!(seen[0].header("authorization").or(seen[0].header("x-api-key")).unwrap().contains("sk-alpha-0001"));
        for gone in ["upgrade", "sec-websocket-key", "sec-websocket-version"] {
            assert_eq!(seen[0].header(gone), None);
        }
        let record = guarded(async {
            loop {
                if let Some(record) = house.records().await.pop() {
                    return record;
                }
            }
        })
        .await;
        assert_eq!((record.outcome, record.status), (Outcome::Completed, 200));
        assert_eq!((&*record.operation, record.stream), ("responses-websocket", true));
        assert!(record.usage.output_total.is_some());
        assert_eq!(house.handler.status().websockets, 1);
        drop(socket);
        guarded(async {
            while house.handler.status().websockets > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_names_the_one_before_is_sent_in_full() {
    for protocol in Protocol::ALL {
        let upstream = provider().await;
        let call = Answer::text("Let me look.").tool("bash", json!({"command": "ls"}));
        upstream.script(Script::of([call, Answer::text("Done.")]).then(Answer::text("Again.")));
        let house = House::open(&section("a", *protocol, &upstream.url(), KEY)).await;
        let mut socket = Socket::open(house.address).await;
        let first = socket.ask(&create("look around")).await;
        let called = first.iter().filter(|event| event["type"] == "response.output_item.done");
        let called = called.map(|event| &event["item"]).find(|item| item["type"] == "function_call").unwrap();
        let mut second = next(&id(&first), "and then?");
        let result = json!({"type": "function_call_output", "call_id": called["call_id"], "output": "a file"});
        second["input"] = json!([result, message("and then?")]);
        let second = socket.ask(&second).await;
        assert_eq!(words(&second), "Done.", "{protocol:?}: {second:?}");
        let third = socket.ask(&next(&id(&second), "once more")).await;
        assert_eq!(words(&third), "Again.");
        let bodies: Vec<String> = upstream.log().iter().map(|seen| seen.json().to_string()).collect();
        for (body, words) in bodies.iter().zip([
            &["look around"][..],
            &["look around", "Let me look.", "a file", "and then?"],
            &["look around", "Let me look.", "a file", "and then?", "Done.", "once more"],
        ]) {
            let places: Vec<usize> =
                words.iter().map(|word| body.find(word).unwrap_or_else(|| panic!("{word}: {body}"))).collect();
            assert!(places.is_sorted(), "{protocol:?}: {body}");
            assert!(!body.contains("previous_response_id\":\""), "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_nobody_here_gave_is_said_to_be_unknown_and_the_connection_stays() {
    let (house, upstream) = with(Protocol::OpenaiResponses, "Hello.").await;
    let mut socket = Socket::open(house.address).await;
    let answer = socket.ask(&next("resp_elsewhere", "hi")).await;
    assert_eq!(types(&answer), ["error"]);
    assert_eq!(
        (&answer[0]["status"], &answer[0]["error"]["code"]),
        (&json!(400), &json!("previous_response_not_found"))
    );
    assert_eq!(answer[0]["error"]["param"], "previous_response_id");
    assert_eq!(upstream.counters().requests, 0);
    assert_eq!(words(&socket.ask(&create("hi")).await), "Hello.");
    // What one connection knows, another does not.
    let known = id(&socket.ask(&create("hi")).await);
    let other = Socket::open(house.address).await.ask(&next(&known, "hi")).await;
    assert_eq!(other[0]["error"]["code"], "previous_response_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn getting_ready_asks_nobody_and_is_gone_on_from() {
    let (house, upstream) = with(Protocol::Anthropic, "Hello.").await;
    let mut socket = Socket::open(house.address).await;
    let mut warm = create("the long beginning");
    warm["generate"] = false.into();
    let ready = socket.ask(&warm).await;
    assert_eq!(types(&ready), ["response.created", "response.completed"]);
    assert_eq!(ready[1]["response"]["usage"]["total_tokens"], 0);
    assert_eq!(upstream.counters().requests, 0);
    let answer = socket.ask(&next(&id(&ready), "the question")).await;
    assert_eq!(words(&answer), "Hello.");
    let body = upstream.log()[0].json().to_string();
    assert!(body.find("the long beginning").unwrap() < body.find("the question").unwrap(), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_fails_before_it_generates_is_replaced() {
    for fault in [Fault::Unavailable, Fault::Empty, Fault::FirstFailed] {
        let (a, b) = (provider().await, provider().await);
        a.script(Script::always(fault));
        b.script(Script::always(Answer::text("Bravo answers.")));
        let both =
            section("a", Protocol::OpenaiResponses, &a.url(), KEY) + &section("b", Protocol::OpenaiChat, &b.url(), KEY);
        let house = House::open(&both).await;
        let mut socket = Socket::open(house.address).await;
        let answer = socket.ask(&create("hi")).await;
        assert_eq!(words(&answer), "Bravo answers.", "{fault:?}: {answer:?}");
        // The one after goes on from it, wherever it is sent.
        assert_eq!(words(&socket.ask(&next(&id(&answer), "more")).await), "Bravo answers.");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_conversation_goes_on_with_another_provider_when_the_first_is_gone() {
    let (a, b) = (provider().await, provider().await);
    a.script(Script::of([Answer::text("Alpha speaks.")]).then(Fault::Unavailable));
    b.script(Script::always(Answer::text("Bravo speaks.")));
    let both =
        section("a", Protocol::OpenaiResponses, &a.url(), KEY) + &section("b", Protocol::Anthropic, &b.url(), KEY);
    let house = House::open(&both).await;
    let mut socket = Socket::open(house.address).await;
    let first = socket.ask(&create("the first words")).await;
    assert_eq!(words(&first), "Alpha speaks.");
    let second = socket.ask(&next(&id(&first), "the second words")).await;
    assert_eq!(words(&second), "Bravo speaks.");
    let body = b.log()[0].json().to_string();
    for words in ["the first words", "Alpha speaks.", "the second words"] {
        assert!(body.contains(words), "{words}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_before_anything_was_sent_has_its_status_and_says_when_to_come_back() {
    let upstream = provider().await;
    upstream.script(Script::always(FaultPlan { retry_after: "7".to_owned(), ..Fault::UnavailableRetryAfter.into() }));
    let house = House::open(&section("a", Protocol::OpenaiResponses, &upstream.url(), KEY)).await;
    let mut socket = Socket::open(house.address).await;
    let answer = socket.ask(&create("hi")).await;
    assert_eq!(types(&answer), ["error"], "{answer:?}");
    let error = &answer[0];
    assert_eq!(error["status"], 503, "{error}");
    assert!(error["error"]["message"].as_str().unwrap().contains("tokgate"), "{error}");
    let wait: u64 = error["headers"]["retry-after"].as_str().unwrap().parse().unwrap();
    assert!((1..60).contains(&wait), "{error}");
    let request = error["headers"]["x-tokgate-request-id"].as_str().unwrap();
    assert_eq!(house.record(request).await.outcome, Outcome::Failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_breaks_ends_with_one_error_and_the_next_request_goes_on() {
    for (protocol, fault) in [
        (Protocol::OpenaiResponses, Fault::CutReset),
        (Protocol::Anthropic, Fault::CutReset),
        (Protocol::OpenaiResponses, Fault::ErrorAfter),
    ] {
        let upstream = provider().await;
        upstream.script(Script::of([fault]).then(Answer::text("Whole.")));
        let house = House::open(&section("a", protocol, &upstream.url(), KEY)).await;
        let mut socket = Socket::open(house.address).await;
        let answer = socket.ask(&create("hi")).await;
        let last = answer.last().unwrap();
        assert!(last["type"] == "response.failed" || last["type"] == "error", "{fault:?}: {last}");
        assert!(last["type"] != "error" || last["status"].as_u64().is_some_and(|status| status >= 400), "{last}");
        assert!(answer.len() > 2, "{fault:?}: something was sent before: {answer:?}");
        assert_eq!(words(&socket.ask(&create("hi")).await), "Whole.");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_cancels_its_request_at_once() {
    for politely in [true, false] {
        let upstream = provider().await;
        upstream.script(Script::always(Answer { gap_ms: 20, chunks: 500, ..Answer::text("word ".repeat(500)) }));
        let house = House::open(&section("a", Protocol::OpenaiResponses, &upstream.url(), KEY)).await;
        let mut socket = Socket::open(house.address).await;
        socket.send(&create("hi")).await;
        while socket.event().await["type"] != "response.output_text.delta" {}
        if politely {
            socket.send_message(Message::Close(None)).await;
        }
        drop(socket);
        guarded(upstream.until(|log, counters| log[0].ended == Ended::Cancelled && counters.requests_open == 0)).await;
        let record = guarded(async {
            loop {
                if let Some(record) = house.records().await.pop() {
                    return record;
                }
            }
        })
        .await;
        assert_eq!(record.outcome, Outcome::Cancelled);
        assert_eq!(house.gateway().in_flight(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lanes_run_side_by_side_and_each_in_order() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 5, chunks: 20, ..Answer::text("word ".repeat(20)) }));
    let house = House::open(&section("a", Protocol::OpenaiChat, &upstream.url(), KEY)).await;
    let mut socket = Socket::open(house.address).await;
    for lane in ["a", "b", "a"] {
        let mut request = create("hi");
        request["stream_id"] = lane.into();
        socket.send(&request).await;
    }
    let mut events = Vec::new();
    while events.iter().filter(|event| is_last(event)).count() < 3 {
        events.push(socket.event().await);
    }
    let lane = |event: &Value| event["stream_id"].as_str().unwrap().to_owned();
    let first_end = events.iter().position(is_last).unwrap();
    let lanes: std::collections::BTreeSet<String> = events[..first_end].iter().map(lane).collect();
    assert_eq!(lanes.len(), 2, "both lanes speak before one has ended");
    let mut open = false;
    for event in events.iter().filter(|event| lane(event) == "a") {
        open = match event["type"].as_str().unwrap() {
            "response.created" => {
                assert!(!open, "a lane has one answer at a time");
                true
            }
            _ => open && !is_last(event),
        };
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_can_go_on_from_what_another_said() {
    let (house, upstream) = with(Protocol::OpenaiResponses, "Hello.").await;
    let mut socket = Socket::open(house.address).await;
    let first = id(&socket.ask(&create("the trunk")).await);
    let mut fork = next(&first, "the fork");
    fork["stream_id"] = "fork".into();
    let answer = socket.ask(&fork).await;
    assert_eq!((words(&answer), &answer[0]["stream_id"]), ("Hello.".to_owned(), &json!("fork")));
    assert!(upstream.log()[1].json().to_string().contains("the trunk"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steering_is_refused_with_its_input_and_other_events_are_told_apart() {
    let (house, upstream) = with(Protocol::OpenaiResponses, "Hello.").await;
    let mut socket = Socket::open(house.address).await;
    socket.send(&json!({"type": "response.processed", "response_id": "r"})).await;
    socket.send(&json!({"type": "response.steer", "previous_response_id": "r", "input": "stop"})).await;
    let failed = socket.event().await;
    assert_eq!(
        (&failed["type"], &failed["error"]["code"]),
        (&json!("response.steer.failed"), &json!("steering_not_supported"))
    );
    assert_eq!(failed["steer"], json!({"previous_response_id": "r", "input": "stop"}));
    for wrong in [
        json!({"type": "session.update"}),
        json!({"model": "m"}),
        json!([]),
        json!({"type": "response.create", "input": 7}),
    ] {
        let error = socket.ask(&wrong).await;
        assert_eq!(
            (&error[0]["type"], &error[0]["status"], &error[0]["error"]["code"]),
            (&json!("error"), &json!(400), &json!("TG318")),
            "{wrong}"
        );
    }
    // Without a model the line itself says so.
    let error = socket.ask(&json!({"type": "response.create", "input": "hi"})).await;
    assert_eq!((&error[0]["status"], &error[0]["error"]["code"]), (&json!(400), &json!("TG313")));
    assert_eq!(upstream.counters().requests, 0);
    assert_eq!(words(&socket.ask(&create("hi")).await), "Hello.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_frame_leaves_a_record_that_its_error_names() {
    let (house, _upstream) = with(Protocol::OpenaiResponses, "Hello.").await;
    let mut socket = Socket::open(house.address).await;
    for (frame, code) in [
        (next("resp_elsewhere", "hi"), "previous_response_not_found"),
        (json!({"type": "session.update"}), "TG318"),
        (json!({"type": "response.create", "input": 7}), "TG318"),
    ] {
        let error = socket.ask(&frame).await.remove(0);
        let record = house.record(error["headers"]["x-tokgate-request-id"].as_str().unwrap()).await;
        assert_eq!((record.outcome, record.status, &*record.operation), (Outcome::Refused, 400, "responses-websocket"));
        assert_eq!(
            (record.error.as_deref(), record.detail.as_deref()),
            (Some(code), error["error"]["message"].as_str())
        );
    }
}

/// Codex reads of an event what HTTP has in headers, and sends its turn's state back in the frame.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_answer_says_in_headers_reaches_the_client_and_what_it_sends_back_the_provider() {
    let upstream = provider().await;
    let headers = [("x-codex-turn-state", "state-1"), ("openai-model", "gpt-x"), ("x-other", "1")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    upstream.script(Script::always(Answer { headers, ..Answer::text("Hello.") }));
    let house = House::open(&section("a", Protocol::OpenaiResponses, &upstream.url(), KEY)).await;
    let mut socket = Socket::open(house.address).await;
    let answer = socket.ask(&create("hi")).await;
    assert_eq!(types(&answer)[..2], ["response.metadata", "response.created"]);
    assert_eq!(answer[0]["headers"], json!({"x-codex-turn-state": "state-1", "openai-model": "gpt-x"}));
    let mut more = next(&id(&answer), "more");
    more["client_metadata"] = json!({"x-codex-turn-state": "state-1", "x-api-key": "no"});
    socket.ask(&more).await;
    let seen = upstream.log();
    assert_eq!((seen[0].header("x-codex-turn-state"), seen[1].header("x-codex-turn-state")), (None, Some("state-1")));
    assert!(seen[1].header("x-api-key").is_none_or(|key| key != "no"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_lets_the_running_answer_end_and_then_closes() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 10, chunks: 30, ..Answer::text("word ".repeat(30)) }));
    let house = House::open(&section("a", Protocol::OpenaiResponses, &upstream.url(), KEY)).await;
    let (mut busy, mut idle) = (Socket::open(house.address).await, Socket::open(house.address).await);
    busy.send(&create("hi")).await;
    while busy.event().await["type"] != "response.output_text.delta" {}
    let stopping = tokio::spawn(house.stop());
    assert!(matches!(idle.message().await, Some(Message::Close(Some(frame))) if u16::from(frame.code) == 1001));
    busy.send(&create("too late")).await;
    let mut answer = busy.answer().await;
    assert_eq!(answer.pop().unwrap()["type"], "response.completed");
    let refused = busy.answer().await;
    assert_eq!(refused[0]["status"], 503, "{refused:?}");
    assert!(matches!(busy.message().await, Some(Message::Close(Some(frame))) if u16::from(frame.code) == 1001));
    drop((busy, idle));
    guarded(stopping).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switched_off_upgrades_go_to_post_and_open_connections_are_told_to_connect_anew() {
    let (mut house, upstream) = with(Protocol::OpenaiResponses, "Hello.").await;
    let mut socket = Socket::open(house.address).await;
    assert_eq!(words(&socket.ask(&create("hi")).await), "Hello.");
    let off = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nlocal_key = \"{}\"\nwebsocket = false\n{}",
        crate::house::LOCAL_KEY,
        section("a", Protocol::OpenaiResponses, &upstream.url(), KEY)
    );
    house.leave(Some(&off), |house| !house.gateway().snapshot().config.server.websocket).await;
    assert_eq!(guarded(crate::socket::upgrade().send(house.address)).await.status, 426);
    let told = socket.ask(&create("hi")).await;
    assert_eq!(told[0]["error"]["code"], "websocket_connection_limit_reached");
    assert!(matches!(socket.message().await, Some(Message::Text(_) | Message::Close(_))));
}

/// A client may be silent for long between two turns.
#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_pinged_and_ends_after_an_hour() {
    let (house, _upstream) = with(Protocol::OpenaiResponses, "Hello.").await;
    let mut socket = Socket::open(house.address).await;
    let opened = tokgate::clock::now();
    let mut pings = 0;
    let last = loop {
        match socket.message().await {
            Some(Message::Ping(_)) => pings += 1,
            other => break other,
        }
    };
    let Some(Message::Text(text)) = last else { panic!("{last:?}") };
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["error"]["code"], "websocket_connection_limit_reached");
    assert!(matches!(socket.message().await, Some(Message::Close(Some(_)))));
    let lasted = tokgate::clock::now() - opened;
    assert!((Duration::from_secs(3_599)..Duration::from_secs(3_602)).contains(&lasted), "{lasted:?}");
    assert!((118..=121).contains(&pings), "{pings}");
}
