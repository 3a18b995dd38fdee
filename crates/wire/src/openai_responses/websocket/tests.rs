#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::sse;

fn create(text: &str) -> Create<'_> {
    match ClientEvent::read(text) {
        Ok(ClientEvent::Create(create)) => create,
        other => panic!("{other:?}"),
    }
}

fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap()
}

fn turn(input: &'static str, output: &'static str) -> Turn {
    Turn { input: input.into(), output: output.into() }
}

/// What an answer makes of these events.
fn said(answer: &mut Answer, events: &[Value]) -> Vec<Said> {
    let stream: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    sse::events(stream.as_bytes()).map(|event| answer.event(&event)).collect()
}

fn frame(said: &Said) -> Value {
    match said {
        Said::Frame(frame) | Said::Last(frame) => serde_json::from_slice(frame).unwrap(),
        Said::Nothing => panic!("nothing was said"),
    }
}

#[test]
fn a_create_is_the_request_of_http_less_what_only_a_websocket_has() {
    let asked = create(
        r#"{"type":"response.create","model":"m","stream_id":"a","generate":true,"stream":false,"background":false,
            "input":[{"role":"user","content":"h\u0069"}],"tools":[],"new":{"a":1.0}}"#,
    )
    .asked(None)
    .unwrap();
    let text = std::str::from_utf8(&asked.body).unwrap();
    assert_eq!(
        text,
        r#"{"model":"m","input":[{"role":"user","content":"h\u0069"}],"tools":[],"new":{"a":1.0},"stream":true}"#
    );
    assert_eq!(asked.input, r#"{"role":"user","content":"h\u0069"}"#);
}

#[test]
fn what_came_before_stands_in_front_of_what_is_new() {
    let before = turn(r#"{"n":1},{"n":2}"#, r#"{"n":3}"#);
    for (input, last) in [
        (r#","input":[{"n":4}]"#, Some(json!({"n": 4}))),
        (r#","input":"hi""#, Some(json!({"type": "message", "role": "user", "content": "hi"}))),
        (r#","input":[ ]"#, None),
        (r#","input":null"#, None),
        ("", None),
    ] {
        let text = format!(r#"{{"type":"response.create","previous_response_id":"r1"{input},"model":"m"}}"#);
        let create = create(&text);
        assert_eq!(create.previous.as_ref().unwrap().decoded(), "r1");
        let asked = create.asked(Some(&before)).unwrap();
        let mut items = vec![json!({"n": 1}), json!({"n": 2}), json!({"n": 3})];
        items.extend(last);
        assert_eq!(body(&asked), json!({"input": items, "model": "m", "stream": true}), "{input}");
        let all: Value = serde_json::from_str(&format!("[{}]", String::from_utf8_lossy(&asked.input))).unwrap();
        assert_eq!(all, Value::Array(items));
    }
}

#[test]
fn a_text_is_remembered_as_the_message_it_stands_for() {
    let asked = create(r#"{"type":"response.create","input":"a \"b\""}"#).asked(None).unwrap();
    assert_eq!(body(&asked), json!({"input": "a \"b\"", "stream": true}));
    assert_eq!(asked.input, r#"{"type":"message","role":"user","content":"a \"b\""}"#);
}

#[test]
fn frames_that_say_nothing_are_told_apart() {
    for (text, fault) in [
        ("", None),
        ("[]", None),
        ("{} {}", None),
        (r#"{"type":"response.create""#, None),
        ("{}", Some("type")),
        (r#"{"type":7}"#, Some("type")),
        (r#"{"type":"response.create","type":"response.create"}"#, Some("type")),
        (r#"{"type":"response.create","input":[],"input":[]}"#, Some("input")),
        (r#"{"type":"response.create","stream_id":7}"#, Some("stream_id")),
        (r#"{"type":"response.create","stream_id":""}"#, Some("stream_id")),
        (r#"{"type":"response.create","previous_response_id":{}}"#, Some("previous_response_id")),
        (r#"{"type":"response.create","model":[]}"#, Some("model")),
    ] {
        assert_eq!(ClientEvent::read(text).unwrap_err().member(), fault, "{text}");
    }
    let long = format!(r#"{{"type":"response.create","stream_id":"{}"}}"#, "x".repeat(STREAM_ID_MAX + 1));
    assert_eq!(ClientEvent::read(&long).unwrap_err(), Unreadable::Bad("stream_id"));
    let wrong = create(r#"{"type":"response.create","input":7}"#).asked(None).unwrap_err();
    assert_eq!(wrong, Unreadable::Bad("input"));
}

#[test]
fn members_have_a_bound_and_so_has_nesting() {
    let members = |count: usize| {
        let all: String = (0..count).map(|n| format!(r#","m{n}":0"#)).collect();
        format!(r#"{{"type":"response.create"{all}}}"#)
    };
    assert!(ClientEvent::read(&members(MEMBERS_MAX)).is_ok());
    assert_eq!(ClientEvent::read(&members(MEMBERS_MAX + 1)).unwrap_err(), Unreadable::TooManyMembers);
    let deep = format!(r#"{{"type":"response.create","x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    assert!(ClientEvent::read(&deep).is_err());
}

#[test]
fn other_events_are_known_by_their_type() {
    assert!(matches!(
        ClientEvent::read(r#"{"type":"response.processed","response_id":"r"}"#),
        Ok(ClientEvent::Processed)
    ));
    assert!(matches!(ClientEvent::read(r#"{"type":"new.thing"}"#), Ok(ClientEvent::Unknown(_))));
    let text = r#"{"type":"response.steer","previous_response_id":"r","input":"stop"}"#;
    let Ok(ClientEvent::Steer(steer)) = ClientEvent::read(text) else { panic!("no steering") };
    let failed: Value = serde_json::from_slice(&steer_failed(&steer, "not here")).unwrap();
    assert_eq!(failed["steer"], json!({"previous_response_id": "r", "input": "stop"}));
    assert_eq!(failed["error"]["code"], "steering_not_supported");
}

#[test]
fn an_answer_is_its_events_and_is_remembered_once_it_is_whole() {
    let mut answer = Answer::new(Some("a".into()), true);
    let events = [
        json!({"type": "response.created", "response": {"id": "r1"}}),
        json!({"type": "response.output_text.delta", "delta": "x"}),
        json!({"type": "response.output_item.done", "item": {"type": "message", "n": 1}}),
        json!({"type": "response.output_item.done", "item": {"type": "reasoning", "id": "rs"}}),
        json!({"type": "response.completed", "response": {"id": "r1", "output": []}}),
        json!({"type": "response.output_text.delta", "delta": "late"}),
    ];
    let all = said(&mut answer, &events);
    for (said, event) in all.iter().zip(&events).take(5) {
        let mut frame = frame(said);
        assert_eq!(frame.as_object_mut().unwrap().remove("stream_id"), Some(json!("a")));
        assert_eq!(frame, *event);
    }
    assert!(matches!(all[4], Said::Last(_)), "{all:?}");
    assert_eq!(all[5], Said::Nothing);
    let (id, turn) = answer.turn("{}".into()).unwrap();
    assert_eq!((&*id, turn.input), ("r1", "{}".into()));
    assert_eq!(turn.output, r#"{"type":"message","n":1},{"type":"reasoning","id":"rs"}"#);
}

#[test]
fn reasoning_that_nobody_keeps_and_that_has_no_content_is_not_said_again() {
    let mut answer = Answer::new(None, false);
    let item = |item: Value| json!({"type": "response.output_item.done", "item": item});
    said(
        &mut answer,
        &[
            item(json!({"type": "reasoning", "id": "gone", "encrypted_content": null})),
            item(json!({"type": "reasoning", "id": "kept", "encrypted_content": "x"})),
            item(json!({"type": "function_call", "id": "call"})),
            json!({"type": "response.completed", "response": {"id": "r1"}}),
        ],
    );
    let (_, turn) = answer.turn("".into()).unwrap();
    let items: Value =
        serde_json::from_slice(format!("[{}]", String::from_utf8_lossy(&turn.output)).as_bytes()).unwrap();
    let ids: Vec<&str> = items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["kept", "call"]);
}

#[test]
fn an_answer_that_failed_or_broke_off_is_not_remembered() {
    let created = json!({"type": "response.created", "response": {"id": "r1"}});
    for last in [json!({"type": "response.failed", "response": {"id": "r1"}}), json!({"type": "response.queued"})] {
        let mut answer = Answer::new(None, true);
        said(&mut answer, &[created.clone(), last]);
        assert_eq!(answer.turn("".into()), None);
    }
}

#[test]
fn a_flat_error_event_becomes_one_with_a_status() {
    let mut answer = Answer::new(Some("a".into()), true);
    let event =
        json!({"type": "error", "code": "server_error", "message": "it broke", "param": null, "sequence_number": 4});
    let all = said(&mut answer, &[event]);
    assert!(matches!(all[0], Said::Last(_)));
    let frame = frame(&all[0]);
    assert_eq!(
        (&frame["status"], &frame["stream_id"], &frame["sequence_number"]),
        (&json!(500), &json!("a"), &json!(4))
    );
    assert_eq!(
        frame["error"],
        json!({"type": "server_error", "code": "server_error", "message": "it broke", "param": null})
    );
}

#[test]
fn what_is_no_json_is_no_frame() {
    let mut answer = Answer::new(None, true);
    for data in ["[DONE]", "", "{\"type\":", "7"] {
        let stream = format!("data: {data}\n\n");
        let event = sse::events(stream.as_bytes()).next().unwrap();
        assert_eq!(answer.event(&event), Said::Nothing, "{data}");
    }
}

#[test]
fn the_error_of_an_answer_keeps_its_words_and_its_headers() {
    let body = br#"{"error":{"message":"no","type":null,"code":"x","more":1}}"#;
    let frame = error_of_answer(429, body, [("retry-after", "7")].into_iter(), None);
    assert_eq!(
        serde_json::from_slice::<Value>(&frame).unwrap(),
        json!({
            "type": "error", "status": 429, "headers": {"retry-after": "7"},
            "error": {"message": "no", "type": "server_error", "code": "x", "more": 1},
        })
    );
    for body in [&b""[..], b"<html>", br#"{"detail":"gone"}"#, br#"{"error":"gone"}"#] {
        let frame: Value = serde_json::from_slice(&error_of_answer(404, body, std::iter::empty(), None)).unwrap();
        assert!(frame["error"]["message"].is_string() && frame["error"]["type"].is_string(), "{frame}");
    }
}

#[test]
fn getting_ready_is_answered_by_an_answer_that_cost_nothing() {
    let [created, completed] =
        warmed_up("resp_1", "m", 9, None).map(|frame| serde_json::from_slice::<Value>(&frame).unwrap());
    assert_eq!((&created["type"], &created["response"]["status"]), (&json!("response.created"), &json!("in_progress")));
    let response = &completed["response"];
    assert_eq!((&response["id"], &response["model"], &response["output"]), (&json!("resp_1"), &json!("m"), &json!([])));
    assert_eq!(response["usage"]["total_tokens"], 0);
}

#[test]
fn the_oldest_answers_are_forgotten_beyond_the_bounds() {
    let mut history = History::default();
    for n in 0..RESPONSES_MAX + 3 {
        history.put(&format!("r{n}"), turn("{}", "{}"));
    }
    assert_eq!(history.bytes(), RESPONSES_MAX * 4);
    assert!(history.get("r2").is_none() && history.get("r3").is_some());
    history.put("r3", turn("{}", ""));
    assert_eq!(history.bytes(), RESPONSES_MAX * 4 - 2);
    let large: bytes::Bytes = vec![b' '; BYTES_MAX - 1].into();
    history.put("large", Turn { input: large.clone(), output: "".into() });
    assert!(history.get("large").is_some() && history.get("r3").is_none());
    history.put("larger", Turn { input: large, output: "{}".into() });
    assert!(history.is_empty() && history.bytes() == 0);
}

#[test]
fn what_stands_in_headers_over_http_is_said_in_an_event_and_read_from_the_frame() {
    let headers = [("content-type", "text/event-stream"), ("x-codex-turn-state", "s-1")];
    let frame: Value = serde_json::from_slice(&metadata(headers.into_iter(), Some("a")).unwrap()).unwrap();
    let expected = json!({"type": "response.metadata", "headers": {"x-codex-turn-state": "s-1"}, "stream_id": "a"});
    assert_eq!(frame, expected);
    assert_eq!(metadata(headers.into_iter().take(1), None), None);

    let long = "x".repeat(9 << 10);
    for (said, headers) in [
        (json!({"x-codex-turn-state": "s-1", "authorization": "no"}), vec![("x-codex-turn-state", "s-1".to_owned())]),
        (json!({"x-codex-turn-state": 7, "x-codex-turn-metadata": long}), Vec::new()),
        (json!("text"), Vec::new()),
        (Value::Null, Vec::new()),
    ] {
        let frame = json!({"type": "response.create", "client_metadata": said}).to_string();
        let Ok(ClientEvent::Create(create)) = ClientEvent::read(&frame) else { panic!("{frame}") };
        assert_eq!(create.headers(), headers, "{frame}");
    }
}
