//! Tokens, and what providers wrap around their answers.

use serde_json::{Value, json};
use tokgate_wire::protocol::Protocol;

use crate::pair::{A, C, R, ask, hear, hear_whole, hear_whole_stream};
use crate::raw::*;

/// 2600 tokens in: 2000 from the cache, 400 written to it, 200 plain. The example of OpenAI's own reference.
fn cached(upstream: Protocol) -> Vec<Value> {
    match upstream {
        A => {
            let mut start = a_start();
            start["message"]["usage"] = json!({"input_tokens": 200, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 400, "output_tokens": 1});
            let mut delta = a_delta("end_turn");
            // A relay that restates zero.
            delta["usage"] = json!({"input_tokens": 0, "output_tokens": 9});
            vec![start, a_open(0, json!({"type": "text", "text": ""})), a_text(0, "x"), a_stop(0), delta, a_end()]
        }
        C => {
            let mut usage = c_usage();
            usage["usage"] = json!({"prompt_tokens": 2600, "completion_tokens": 9, "total_tokens": 2609,
                "prompt_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400}});
            // Late, behind the finish reason.
            vec![c_delta(json!({"role": "assistant", "content": "x"})), c_finish("stop"), usage, c_done()]
        }
        R => {
            let mut end = r_end(json!([r_message("x")]));
            end["response"]["usage"] = json!({"input_tokens": 2600, "input_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400},
                "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 2609});
            vec![r_start(), r_item(0, r_message("x")), end]
        }
    }
}

#[test]
fn trap_48_cached_tokens_are_counted_twice_or_not_at_all() {
    for upstream in Protocol::ALL {
        for client in Protocol::ALL {
            let heard = hear(client, upstream, &cached(upstream));
            assert_eq!(heard.said.tokens, (2600, 9), "{upstream:?} to {client:?}");
            if client == A {
                let usage =
                    heard.events.iter().find(|event| event["type"] == "message_delta").unwrap()["usage"].clone();
                let said = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]
                    .map(|name| usage[name].as_u64());
                assert_eq!(said, [Some(200), Some(2000), Some(400)], "{upstream:?}: {usage}");
            }
            if client == R {
                let usage = &heard.events.last().unwrap()["response"]["usage"];
                for (details, name) in [
                    ("input_tokens_details", "cached_tokens"),
                    ("input_tokens_details", "cache_write_tokens"),
                    ("output_tokens_details", "reasoning_tokens"),
                ] {
                    assert!(usage[details][name].is_u64(), "Codex needs {name}: {usage}");
                }
            }
        }
    }
}

#[test]
fn trap_48_the_tokens_of_a_stream_are_not_asked_for() {
    let body = json!({"model": "m", "max_tokens": 9, "stream": true, "messages": [{"role": "user", "content": "?"}]});
    assert_eq!(ask(A, C, &body).body["stream_options"]["include_usage"], true);
    let body = json!({"model": "m", "stream": true, "input": "?"});
    assert_eq!(ask(R, C, &body).body["stream_options"]["include_usage"], true);
}

#[test]
fn trap_48_a_meter_of_the_context_stands_at_zero_during_the_turn() {
    let body = json!({"model": "m", "max_tokens": 9, "stream": true, "messages": [{"role": "user", "content": "words ".repeat(100)}]});
    for upstream in [C, R] {
        let plan = ask(A, upstream, &body).plan;
        let heard = crate::pair::hear_as(&plan, &cached(upstream), tokgate_wire::stream::TransportEnd::Proven);
        assert!(heard.events[0]["message"]["usage"]["input_tokens"].as_u64().unwrap() > 50, "{:?}", heard.events[0]);
    }
}

#[test]
fn trap_50_azures_first_chunk_without_choices_is_a_panic() {
    let events = [
        json!({"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
        c_delta(json!({"role": "assistant", "content": ""})),
        json!({"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "up-1", "choices": [{"index": 0, "finish_reason": null, "content_filter_results": {}}]}),
        c_delta(json!({"content": "x"})),
        json!({"id": "", "object": "", "created": 0, "model": "", "choices": [{"index": 0, "finish_reason": null, "content_filter_offsets": {"check_offset": 1}}]}),
        c_finish("stop"),
        c_done(),
    ];
    for client in Protocol::ALL {
        assert_eq!(hear_whole_stream(client, C, &events).text, "x", "{client:?}");
        let (_, end) = hear_whole(client, C, &json!({"id": "c", "object": "chat.completion", "choices": []}));
        assert!(!matches!(end, tokgate_wire::conversation::End::Complete(_)), "an answer without choices is none");
    }
}

#[test]
fn trap_50_an_overflowing_context_is_an_error_like_any_other() {
    let overflow = json!({"error": {"message": "This model's maximum context length is 128000 tokens.", "type": "invalid_request_error", "code": "context_length_exceeded", "param": "messages"}});
    let heard = hear(A, C, &[c_delta(json!({"role": "assistant", "content": "x"})), overflow.clone()]);
    let last = heard.events.last().unwrap();
    assert_eq!(last["error"]["type"], "invalid_request_error", "{last}");
    assert!(
        last["error"]["message"].as_str().unwrap().starts_with("prompt is too long"),
        "Claude Code compacts on these words: {last}"
    );
    let heard = hear(R, C, &[c_delta(json!({"role": "assistant", "content": "x"})), overflow]);
    assert_eq!(heard.events.last().unwrap()["response"]["error"]["code"], "context_length_exceeded");
}
