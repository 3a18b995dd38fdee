//! Streams, blocks and calls.

use serde_json::{Value, json};
use tokgate_wire::conversation::End;
use tokgate_wire::protocol::Protocol;
use tokgate_wire::sse::Framer;
use tokgate_wire::stream::TransportEnd;
use tokgate_wire::translate::AnswerStream;

use crate::fold;
use crate::pair::{A, C, R, ask, frames, hear, hear_whole, hear_whole_stream, pairs, plan};
use crate::raw::*;

/// One answer (a sentence, then a call) as each provider streams it.
fn sentence_and_call(upstream: Protocol) -> Vec<Value> {
    match upstream {
        A => vec![
            a_start(),
            a_open(0, json!({"type": "text", "text": ""})),
            a_text(0, "Let me look, 世界."),
            a_stop(0),
            a_call(1, "call_1", "read"),
            a_input(1, "{\"path\":"),
            a_input(1, "\"a\"}"),
            a_stop(1),
            a_delta("tool_use"),
            a_end(),
        ],
        C => vec![
            c_delta(json!({"role": "assistant", "content": ""})),
            c_delta(json!({"content": "Let me look, 世界."})),
            c_call(
                json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": "read", "arguments": ""}}),
            ),
            c_call(json!({"index": 0, "function": {"arguments": "{\"path\":"}})),
            c_call(json!({"index": 0, "function": {"arguments": "\"a\"}"}})),
            c_finish("tool_calls"),
            c_usage(),
            c_done(),
        ],
        R => vec![
            r_start(),
            r_item(0, r_message("Let me look, 世界.")),
            r_add(1, r_call("call_1", "read", "")),
            r_arguments(1, "call_1", "{\"path\":"),
            r_arguments(1, "call_1", "\"a\"}"),
            r_arguments_done(1, "call_1", "{\"path\":\"a\"}"),
            r_item(1, r_call("call_1", "read", "{\"path\":\"a\"}")),
            r_end(json!([r_message("Let me look, 世界."), r_call("call_1", "read", "{\"path\":\"a\"}")])),
        ],
    }
}

const READ_A: [(&str, &str); 1] = [("read", "{\"path\":\"a\"}")];

#[test]
fn trap_1_a_call_that_is_stopped_twice_is_run_twice() {
    let mut events = sentence_and_call(A);
    events.insert(8, a_stop(1));
    for client in Protocol::ALL {
        assert_eq!(hear_whole_stream(client, A, &events).called(), READ_A, "{client:?}");
    }
}

#[test]
fn trap_2_text_and_then_calls_end_as_if_there_were_no_call() {
    let mut events = sentence_and_call(C);
    events[5] = c_finish("stop");
    assert_eq!(hear_whole_stream(A, C, &events).finish, "tool_use");
    assert_eq!(hear_whole_stream(C, C, &events).finish, "tool_calls");
    for (client, upstream) in pairs() {
        let said = hear_whole_stream(client, upstream, &sentence_and_call(upstream));
        assert_eq!(
            (said.text.as_str(), said.called()),
            ("Let me look, 世界.", READ_A.to_vec()),
            "{upstream:?} to {client:?}"
        );
        let finish = match client {
            A => "tool_use",
            C => "tool_calls",
            R => "completed",
        };
        assert_eq!(said.finish, finish, "{upstream:?} to {client:?}");
    }
}

#[test]
fn trap_3_parallel_calls_that_come_interleaved_are_merged() {
    let calls = [r_call("c1", "one", "{\"a\":1}"), r_call("c2", "two", "{\"b\":2}")];
    let events = [
        r_start(),
        r_add(0, r_call("c1", "one", "")),
        r_add(1, r_call("c2", "two", "")),
        r_arguments(0, "c1", "{\"a\""),
        r_arguments(1, "c2", "{\"b\""),
        r_arguments(0, "c1", ":1}"),
        r_arguments(1, "c2", ":2}"),
        r_item(1, calls[1].clone()),
        r_item(0, calls[0].clone()),
        r_end(json!(calls)),
    ];
    for client in Protocol::ALL {
        let mut called = hear_whole_stream(client, R, &events).calls;
        called.sort_by(|a, b| a.id.cmp(&b.id));
        let called: Vec<_> = called.iter().map(|call| (call.name.as_str(), call.arguments.as_str())).collect();
        assert_eq!(called, [("one", "{\"a\":1}"), ("two", "{\"b\":2}")], "{client:?}");
    }
}

/// Reasoning, text and two calls: four blocks of Anthropic.
fn four_blocks() -> Vec<Value> {
    let mut events = vec![
        a_start(),
        a_open(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        a_more(0, json!({"type": "thinking_delta", "thinking": "hm"})),
        a_more(0, json!({"type": "signature_delta", "signature": "EqQB"})),
        a_stop(0),
        a_open(1, json!({"type": "text", "text": ""})),
        a_text(1, "x"),
        a_stop(1),
    ];
    for (index, name) in [(2, "one"), (3, "two")] {
        events.extend([a_call(index, &format!("toolu_{index}"), name), a_input(index, "{\"a\":1}"), a_stop(index)]);
    }
    events.extend([a_delta("tool_use"), a_end()]);
    events
}

#[test]
fn trap_4_parallel_calls_all_get_the_index_0() {
    let heard = hear(C, A, &four_blocks());
    let index = |event: &Value| event["choices"][0]["delta"]["tool_calls"][0]["index"].as_u64();
    let mut indices: Vec<u64> = heard.events.iter().filter_map(index).collect();
    indices.dedup();
    assert_eq!(indices, [0, 1], "counted among the calls, not among the blocks");
    assert_eq!(heard.said.calls.len(), 2);
}

#[test]
fn trap_5_the_index_of_a_block_becomes_the_index_of_a_choice() {
    let heard = hear(C, A, &four_blocks());
    let choices = heard.events.iter().filter_map(|event| event["choices"][0]["index"].as_u64());
    assert!(choices.clone().count() > 4 && choices.clone().all(|index| index == 0), "{:?}", heard.events);
}

#[test]
fn trap_6_an_empty_list_of_calls_ends_the_open_block() {
    let events = [
        c_delta(json!({"role": "assistant", "content": "one ", "tool_calls": []})),
        c_delta(json!({"content": "two", "tool_calls": []})),
        c_delta(json!({"content": "", "tool_calls": []})),
        c_finish("stop"),
        c_done(),
    ];
    let heard = hear(A, C, &events);
    let opened = heard.events.iter().filter(|event| event["type"] == "content_block_start").count();
    assert_eq!((heard.said.text.as_str(), opened), ("one two", 1));
    assert_eq!(heard.said.finish, "end_turn");
}

#[test]
fn trap_7_a_trailing_fragment_without_id_and_name_becomes_a_call() {
    let mut events = sentence_and_call(C);
    events.insert(5, c_call(json!({"index": 1, "id": "", "function": {"name": "", "arguments": ""}})));
    for client in Protocol::ALL {
        assert_eq!(hear_whole_stream(client, C, &events).called(), READ_A, "{client:?}");
    }
}

#[test]
fn trap_8_fragments_without_index_or_id_or_with_a_late_name_are_lost() {
    let without_index = [
        c_call(json!({"id": "c1", "type": "function", "function": {"name": "one", "arguments": "{\"a\":1}"}})),
        c_call(json!({"id": "c2", "type": "function", "function": {"name": "two", "arguments": "{\"b\":2}"}})),
        c_finish("tool_calls"),
        c_done(),
    ];
    let without_id = [
        c_call(json!({"index": 0, "function": {"name": "one", "arguments": "{\"a\":1}"}})),
        c_call(json!({"index": 1, "function": {"name": "two", "arguments": "{\"b\":2}"}})),
        c_finish("tool_calls"),
        c_done(),
    ];
    let late_name = [
        c_call(json!({"index": 0, "id": "c1", "function": {"name": "", "arguments": "{\"a\":"}})),
        c_call(json!({"index": 0, "function": {"name": "one", "arguments": "1}"}})),
        c_call(json!({"index": 1, "id": "c2", "function": {"name": "two", "arguments": "{\"b\":2}"}})),
        c_finish("tool_calls"),
        c_done(),
    ];
    for events in [&without_index[..], &without_id, &late_name] {
        for client in Protocol::ALL {
            let said = hear_whole_stream(client, C, events);
            assert_eq!(said.called(), [("one", "{\"a\":1}"), ("two", "{\"b\":2}")], "{client:?}: {events:?}");
            assert_ne!(said.calls[0].id, said.calls[1].id);
        }
    }
}

#[test]
fn trap_9_a_name_that_is_repeated_is_joined_or_begins_another_call() {
    let fragment = |arguments: &str| {
        c_call(
            json!({"index": 0, "id": "c1", "type": "function", "function": {"name": "read", "arguments": arguments}}),
        )
    };
    let events = [fragment("{\"path\""), fragment(":\"a\""), fragment("}"), c_finish("tool_calls"), c_done()];
    for client in Protocol::ALL {
        assert_eq!(hear_whole_stream(client, C, &events).called(), READ_A, "{client:?}");
    }
}

#[test]
fn trap_10_arguments_that_come_twice_are_doubled_and_those_that_come_once_are_lost() {
    let call = r_call("call_1", "read", "{\"path\":\"a\"}");
    let begun = r_add(0, r_call("call_1", "read", ""));
    let delta = r_arguments(0, "call_1", "{\"path\":\"a\"}");
    let done = r_arguments_done(0, "call_1", "{\"path\":\"a\"}");
    let item = r_item(0, call.clone());
    let end = r_end(json!([call]));
    let orders = [
        vec![r_start(), begun.clone(), delta, done.clone(), item.clone(), end.clone()],
        vec![r_start(), begun.clone(), done, item.clone(), end.clone()],
        vec![r_start(), begun, item.clone(), end.clone()],
        vec![r_start(), item, end.clone()],
        vec![r_start(), end],
    ];
    for events in orders {
        for client in Protocol::ALL {
            assert_eq!(hear_whole_stream(client, R, &events).called(), READ_A, "{client:?}: {events:?}");
        }
    }
}

#[test]
fn trap_11_empty_arguments_are_no_json() {
    let reply = json!({"id": "c-1", "object": "chat.completion", "created": 1, "model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 1},
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "now", "arguments": ""}}]}}]});
    for client in Protocol::ALL {
        let (body, _) = hear_whole(client, C, &reply);
        assert_eq!(fold::whole(client, &body).called(), [("now", "{}")], "{client:?}");
    }
    let replayed = json!({"model": "m", "messages": [{"role": "user", "content": "?"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "now", "arguments": ""}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "noon"}]});
    assert_eq!(ask(C, A, &replayed).body["messages"][1]["content"][0]["input"], json!({}));
    assert_eq!(ask(C, R, &replayed).body["input"][1]["arguments"], "{}");
}

#[test]
fn trap_12_fragments_that_continue_a_call_say_its_type_again() {
    for upstream in [A, R] {
        let heard = hear(C, upstream, &sentence_and_call(upstream));
        let fragments: Vec<&Value> = heard
            .events
            .iter()
            .map(|event| &event["choices"][0]["delta"]["tool_calls"][0])
            .filter(|part| part.is_object())
            .collect();
        assert!(fragments.len() > 1, "{fragments:?}");
        assert_eq!((&fragments[0]["type"], &fragments[0]["id"]), (&json!("function"), &json!("call_1")));
        for fragment in &fragments[1..] {
            let names: Vec<&String> = fragment.as_object().unwrap().keys().collect();
            assert_eq!(names, ["index", "function"], "{fragment}");
            assert_ne!(fragment["function"]["arguments"], "", "no empty piece");
        }
    }
}

#[test]
fn trap_13_a_call_that_a_limit_cuts_is_left_open_or_taken_for_complete() {
    let anthropic = [a_start(), a_call(0, "call_1", "read"), a_input(0, "{\"pa"), a_delta("max_tokens"), a_end()];
    let chat = [
        c_call(
            json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": "read", "arguments": "{\"pa"}}),
        ),
        c_finish("length"),
        c_done(),
    ];
    for client in Protocol::ALL {
        for (upstream, events) in [(A, &anthropic[..]), (C, &chat)] {
            // The fold has seen to it that every block is closed.
            let heard = hear(client, upstream, events);
            let finish = match client {
                A => "max_tokens",
                C => "length",
                R => "max_output_tokens",
            };
            assert_eq!(heard.said.finish, finish, "{upstream:?} to {client:?}");
            if client == R {
                let item =
                    heard.events.iter().rev().find(|event| event["type"] == "response.output_item.done").unwrap();
                assert_eq!(item["item"]["status"], "incomplete");
            }
        }
    }
}

#[test]
fn trap_14_a_truncated_answer_ends_as_if_it_were_whole() {
    for client in Protocol::ALL {
        for upstream in Protocol::ALL {
            let events = sentence_and_call(upstream);
            // What may be missing at the very end: Chat's tokens and `[DONE]`.
            let needed = if upstream == C { events.len() - 2 } else { events.len() };
            for cut in 0..needed {
                for end in [TransportEnd::Cut, TransportEnd::Proven] {
                    let heard = crate::pair::hear_as(&plan(client, upstream), &events[..cut], end);
                    assert!(!heard.said.complete, "{upstream:?} to {client:?} cut at {cut}");
                    assert!(heard.said.failed || heard.events.is_empty(), "the client is told: {heard:?}");
                }
            }
        }
    }
}

#[test]
fn trap_15_a_missing_finish_reason_gives_no_end_and_frames_behind_done_give_two() {
    let events = [
        c_delta(json!({"role": "assistant", "content": "x"})),
        c_done(),
        c_delta(json!({"content": "y"})),
        c_finish("stop"),
        c_done(),
    ];
    for client in Protocol::ALL {
        assert_eq!(hear_whole_stream(client, C, &events).text, "x", "{client:?}");
    }
    let mut events = sentence_and_call(C);
    events.retain(|event| event["choices"][0]["finish_reason"].is_null());
    assert_eq!(hear_whole_stream(A, C, &events).finish, "tool_use");
}

#[test]
fn trap_16_a_call_that_cannot_be_made_is_presented_as_success() {
    let nameless = [
        c_call(json!({"index": 0, "id": "c1", "type": "function", "function": {"arguments": "{\"a\":1}"}})),
        c_finish("tool_calls"),
        c_done(),
    ];
    for client in Protocol::ALL {
        assert!(hear(client, C, &nameless).said.failed, "{client:?}");
    }
}

#[test]
fn trap_17_an_error_event_lacks_what_tells_it_apart() {
    let errors = [
        (A, json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})),
        (C, json!({"error": {"message": "Overloaded", "type": "server_error", "code": null, "param": null}})),
        (
            R,
            json!({"type": "error", "code": "server_error", "message": "Overloaded", "param": null, "sequence_number": 2}),
        ),
        (
            R,
            json!({"type": "response.failed", "response": {"id": "resp_1", "status": "failed", "error": {"code": "server_error", "message": "Overloaded"}}}),
        ),
    ];
    for (upstream, error) in errors {
        for client in Protocol::ALL {
            let mut events = sentence_and_call(upstream);
            events.truncate(3);
            events.push(error.clone());
            let heard = hear(client, upstream, &events);
            let last = heard.events.last().unwrap();
            assert!(heard.said.failed && last.to_string().contains("Overloaded"), "{last}");
            match client {
                A => assert_eq!(last["type"], "error"),
                C => assert!(last["error"]["type"].is_string(), "{last}"),
                R => assert_eq!(last["type"], "response.failed"),
            }
        }
    }
}

#[test]
fn trap_18_an_event_nobody_knows_ends_the_stream() {
    let mut events = sentence_and_call(A);
    events.insert(1, json!({"type": "vertex_event", "x": 1}));
    events.insert(5, json!({"type": "content_block_update", "index": 0}));
    for client in Protocol::ALL {
        assert_eq!(hear_whole_stream(client, A, &events).called(), READ_A, "{client:?}");
    }
}

#[test]
fn trap_19_lines_without_a_space_or_with_carriage_returns_are_not_read() {
    for (client, upstream) in pairs() {
        let plain = hear(client, upstream, &sentence_and_call(upstream)).bytes;
        let text = frames(upstream, &sentence_and_call(upstream));
        for odd in [
            text.replace("data: ", "data:"),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\r"),
            format!("\u{feff}{text}"),
        ] {
            let mut stream = AnswerStream::new(&plan(client, upstream));
            stream.push(odd.as_bytes());
            stream.finish(TransportEnd::Proven);
            assert_eq!(String::from_utf8(stream.take()).unwrap(), String::from_utf8(plain.clone()).unwrap());
        }
    }
}

#[test]
fn trap_20_a_character_that_two_chunks_share_is_damaged() {
    for (client, upstream) in pairs() {
        let plain = hear(client, upstream, &sentence_and_call(upstream)).bytes;
        let bytes = frames(upstream, &sentence_and_call(upstream)).into_bytes();
        for at in 1..bytes.len() {
            let (mut framer, mut stream) = (Framer::new(), AnswerStream::new(&plan(client, upstream)));
            for chunk in [&bytes[..at], &bytes[at..]] {
                stream.push(&framer.push(bytes::Bytes::copy_from_slice(chunk)).unwrap());
            }
            stream.finish(TransportEnd::Proven);
            assert!(stream.take() == plain, "{upstream:?} to {client:?} in two at {at}");
        }
    }
}

#[test]
fn trap_21_a_second_message_delta_ends_the_answer_twice() {
    let mut events = sentence_and_call(A);
    events.insert(9, a_delta("tool_use"));
    for client in Protocol::ALL {
        assert_eq!(hear_whole_stream(client, A, &events).called(), READ_A, "{client:?}");
    }
}

#[test]
fn trap_22_items_share_an_index_or_skip_one() {
    // Reasoning, text, two interleaved calls: the fold counts the items.
    let events = [
        c_delta(json!({"role": "assistant", "reasoning_content": "hm"})),
        c_delta(json!({"content": "x"})),
        c_call(json!({"index": 0, "id": "c1", "type": "function", "function": {"name": "one", "arguments": "{\"a\""}})),
        c_call(json!({"index": 1, "id": "c2", "type": "function", "function": {"name": "two", "arguments": "{\"b\""}})),
        c_call(json!({"index": 0, "function": {"arguments": ":1}"}})),
        c_call(json!({"index": 1, "function": {"arguments": ":2}"}})),
        c_finish("tool_calls"),
        c_done(),
    ];
    let said = hear_whole_stream(R, C, &events);
    assert_eq!(said.called(), [("one", "{\"a\":1}"), ("two", "{\"b\":2}")]);
    assert_eq!((said.reasoning.as_str(), said.text.as_str()), ("hm", "x"));
    hear_whole_stream(R, A, &four_blocks());
}

#[test]
fn trap_23_gaps_in_the_indices_of_the_provider_are_passed_on() {
    let moved = |event: &Value| {
        let mut event = event.clone();
        if let Some(index) = event["index"].as_u64() {
            event["index"] = json!(index * 3 + 2);
        }
        event
    };
    let events: Vec<Value> = four_blocks().iter().map(moved).collect();
    for client in Protocol::ALL {
        let said = hear_whole_stream(client, A, &events);
        assert_eq!(said.called(), [("one", "{\"a\":1}"), ("two", "{\"a\":1}")], "{client:?}");
    }
}

#[test]
fn trap_24_claude_code_takes_the_stream_for_damaged_and_asks_again() {
    for upstream in [C, R] {
        let heard = hear(A, upstream, &sentence_and_call(upstream));
        assert!(matches!(heard.end, End::Complete(_)));
        let kinds: Vec<&str> = heard.events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(
            (kinds[0], kinds[kinds.len() - 2], kinds[kinds.len() - 1]),
            ("message_start", "message_delta", "message_stop")
        );
        let start = &heard.events[0]["message"];
        for name in ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"] {
            assert!(start.get(name).is_some(), "no {name}: {start}");
        }
    }
}
