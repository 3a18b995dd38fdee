#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::conversation::Opened;

/// Events as one line each, so that a table can hold them.
fn told(event: &Event<'_>) -> String {
    match event {
        Event::Start { id, model } => format!("start {id:?} {model:?}"),
        Event::Open { part, what } => match what {
            Opened::Text => format!("{part} text"),
            Opened::Refusal => format!("{part} refusal"),
            Opened::Reasoning { .. } => format!("{part} reasoning"),
            Opened::ToolCall { id, name, kind, .. } => format!("{part} call {id:?} {name:?} {kind:?}"),
            Opened::Hosted { kind, value } => format!("{part} hosted {kind} {value}"),
        },
        Event::Text { part, text } => format!("{part} + {text:?}"),
        Event::Piece { part } => format!("{part} piece"),
        Event::Arguments { part, text } => format!("{part} args {text:?}"),
        Event::Opaque { part, data } => format!("{part} opaque {data:?}"),
        Event::Citation { part, source } => format!("{part} cites {:?}", source.url),
        Event::Logprobs { part, list } => format!("{part} probable {list}"),
        Event::Close { part } => format!("{part} close"),
        Event::Usage(usage) => {
            format!("usage in={:?} read={:?} out={:?}", usage.input_uncached, usage.cache_read, usage.output_total)
        }
        Event::Ping => "ping".to_owned(),
    }
}

/// A frame with the event's name and its data.
fn frame(data: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(data).unwrap();
    format!("event: {}\ndata: {data}\n\n", value["type"].as_str().unwrap())
}

fn stream(frames: &[&str]) -> String {
    frames.iter().map(|data| frame(data)).collect()
}

fn decode_with(plan: &Plan, text: &str) -> (Vec<String>, End) {
    let mut decoder = Decoder::new(plan);
    let mut events = Vec::new();
    let mut ended = None;
    for event in sse::events(text.as_bytes()) {
        let mut sink = |event: Event<'_>| events.push(told(&event));
        ended = ended.or(decoder.push(&event, &mut sink));
    }
    let mut sink = |event: Event<'_>| events.push(told(&event));
    let end = ended.unwrap_or_else(|| decoder.finish(TransportEnd::Proven, &mut sink));
    (events, end)
}

fn plan() -> Plan {
    Plan::new(Protocol::OpenaiChat, Protocol::Anthropic)
}

fn decode(text: &str) -> (Vec<String>, End) {
    decode_with(&plan(), text)
}

fn decode_whole(body: &str) -> (Vec<String>, End) {
    let mut events = Vec::new();
    let end = Decoder::new(&plan()).whole(body, &mut |event: Event<'_>| events.push(told(&event)));
    (events, end)
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[],"stop_reason":null,"usage":{"input_tokens":25,"cache_read_input_tokens":2000,"output_tokens":1}}}"#;
const TEXT: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const HELLO: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello\n\"世\""}}"#;
const STOP_0: &str = r#"{"type":"content_block_stop","index":0}"#;
const CALL: &str = r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"read","input":{}}}"#;
const ARGS: &str =
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"path\":"}}"#;
const MORE_ARGS: &str =
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"a\"}"}}"#;
const STOP_1: &str = r#"{"type":"content_block_stop","index":1}"#;
const END_TURN: &str = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":0,"output_tokens":15}}"#;
const TOOL_USE: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}"#;
const MAX_TOKENS: &str = r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"output_tokens":15}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

#[test]
fn text_and_calls_become_events() {
    let (events, end) = decode(&stream(&[
        START,
        TEXT,
        r#"{"type":"ping"}"#,
        HELLO,
        STOP_0,
        CALL,
        ARGS,
        MORE_ARGS,
        STOP_1,
        TOOL_USE,
        STOP,
    ]));
    let expected = [
        r#"start Some("msg_1") Some("claude-opus-5-5")"#,
        "usage in=Some(25) read=Some(2000) out=Some(1)",
        "0 text",
        "ping",
        r#"0 + "Hello\n\"世\"""#,
        "0 close",
        r#"1 call "toolu_1" "read" Function"#,
        r#"1 args "{\"path\":""#,
        r#"1 args "\"a\"}""#,
        "1 close",
        "usage in=Some(25) read=Some(2000) out=Some(15)",
    ];
    assert_eq!(events, expected);
    assert_eq!(end, End::Complete(Finish::ToolUse));
}

#[test]
fn reasoning_keeps_its_signature_and_redacted_data_is_told_apart() {
    let (events, end) = decode(&stream(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}"#,
        STOP_0,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"Emw"}}"#,
        STOP_1,
        END_TURN,
        STOP,
    ]));
    let expected = [
        "0 reasoning",
        r#"0 + "hm""#,
        r#"0 opaque "EqQB""#,
        "0 close",
        "1 reasoning",
        r#"1 opaque "redacted_thinking:Emw""#,
        "1 close",
    ];
    assert_eq!(events[2..9], expected);
    assert_eq!(end, End::Complete(Finish::Done));
}

/// A stream in pieces and the same answer whole.
#[test]
fn a_whole_answer_says_what_its_stream_says() {
    let (streamed, end) = decode(&stream(&[START, TEXT, HELLO, STOP_0, CALL, ARGS, MORE_ARGS, STOP_1, TOOL_USE, STOP]));
    let body = r#"{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"Hello\n\"世\""},{"type":"tool_use","id":"toolu_1","name":"read","input":{"path":"a"}}],"model":"claude-opus-5-5","stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":25,"cache_read_input_tokens":2000,"output_tokens":15}}"#;
    let (whole, whole_end) = decode_whole(body);
    assert_eq!(whole_end, end);
    let joined = |events: &[String], mark: &str| {
        let of_mark = events.iter().filter_map(|event| event.strip_prefix(mark));
        of_mark.map(|quoted| serde_json::from_str::<String>(quoted).unwrap()).collect::<String>()
    };
    for mark in ["0 + ", "1 args "] {
        assert_eq!(joined(&whole, mark), joined(&streamed, mark));
    }
    let rest = |events: &[String]| -> Vec<String> {
        events.iter().filter(|event| !event.contains(" args ") && !event.starts_with("usage")).cloned().collect()
    };
    assert_eq!(rest(&whole), rest(&streamed));
}

#[test]
fn trap_1_two_stops_of_one_call_run_the_tool_twice() {
    let (events, _) = decode(&stream(&[START, CALL, ARGS, MORE_ARGS, STOP_1, STOP_1, TOOL_USE, STOP]));
    assert_eq!(events.iter().filter(|event| *event == "0 close").count(), 1);
}

#[test]
fn trap_3_interleaved_calls_are_merged() {
    let second = CALL.replace(":1,", ":2,").replace("toolu_1", "toolu_2");
    let more = ARGS.replace(":1,", ":2,");
    let (events, end) = decode(&stream(&[START, CALL, &second, ARGS, &more, MORE_ARGS, STOP_1, TOOL_USE, STOP]));
    assert!(events.contains(&r#"1 args "{\"path\":""#.to_owned()) && events.contains(&r#"0 args "\"a\"}""#.to_owned()));
    assert_eq!(end, End::Complete(Finish::ToolUse));
}

#[test]
fn trap_13_a_call_that_a_limit_cut_is_taken_for_complete() {
    let (events, end) = decode(&stream(&[START, CALL, ARGS, MAX_TOKENS, STOP]));
    assert_eq!(end, End::Complete(Finish::MaxOutput));
    assert!(!events.contains(&"0 close".to_owned()));
    // The same without a limit: the stop was only forgotten.
    let (events, _) = decode(&stream(&[START, CALL, ARGS, MORE_ARGS, TOOL_USE, STOP]));
    assert!(events.contains(&"0 close".to_owned()));
}

#[test]
fn trap_14_a_truncated_answer_is_taken_for_complete() {
    let frames = [START, TEXT, HELLO, STOP_0, END_TURN, STOP];
    for length in 0..frames.len() {
        let (_, end) = decode(&stream(&frames[..length]));
        assert_eq!(end, End::Cut, "{length} of {} events", frames.len());
    }
    assert_eq!(decode(&stream(&[START, STOP])).1, End::Cut);
    assert_eq!(decode(&stream(&[STOP])).1, End::Cut);
}

#[test]
fn trap_14_half_a_call_is_no_answer_where_nothing_says_why_it_ended() {
    for events in [&[START, CALL, ARGS, STOP][..], &[START, CALL, ARGS, STOP_1, STOP]] {
        assert_eq!(decode(&stream(events)).1, End::Cut);
    }
    for events in [&[START, CALL, ARGS, MORE_ARGS, STOP][..], &[START, CALL, STOP_1, STOP]] {
        assert_eq!(decode(&stream(events)).1, End::Complete(Finish::ToolUse));
    }
}

#[test]
fn trap_16_a_call_without_a_name_is_taken_for_success() {
    let nameless = CALL.replace("\"read\"", "\"\"");
    assert!(matches!(decode(&stream(&[START, &nameless, STOP_1, TOOL_USE, STOP])).1, End::Failed(_)));
    // A piece of a call that never began; trailing pieces of one that ended mean nothing.
    assert!(matches!(decode(&stream(&[START, ARGS, TOOL_USE, STOP])).1, End::Failed(_)));
    let (events, end) = decode(&stream(&[START, CALL, ARGS, MORE_ARGS, STOP_1, ARGS, TOOL_USE, STOP]));
    assert_eq!((events.len(), end), (7, End::Complete(Finish::ToolUse)));
}

#[test]
fn trap_17_errors_in_any_dress_are_errors() {
    let overloaded = |end: End| matches!(end, End::Failed(error) if error.message == "Overloaded");
    let object = r#"{"type":"overloaded_error","message":"Overloaded"}"#;
    for event in [
        format!("event: error\ndata: {{\"type\":\"error\",\"error\":{object}}}\n\n"),
        format!("event: error\ndata: {{\"error\":{object}}}\n\n"),
        format!("data: {{\"type\":\"error\",\"error\":{object}}}\n\n"),
        format!("data: {{\"error\":{object}}}\n\n"),
        "event: error\ndata: Overloaded\n\n".to_owned(),
    ] {
        let text = stream(&[START, TEXT, HELLO]) + &event + &stream(&[STOP_0, END_TURN, STOP]);
        assert!(overloaded(decode(&text).1), "{event}");
    }
}

#[test]
fn trap_18_unknown_events_and_blocks_kill_the_stream() {
    let text = stream(&[START])
        + "event: vertex_event\ndata: not json\n\n: comment\n\n"
        + &stream(&[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"hologram","depth":3}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"hologram_delta","depth":4}}"#,
            STOP_0,
            r#"{"type":"weather","is":"fine"}"#,
            END_TURN,
            STOP,
        ]);
    let (events, end) = decode(&text);
    assert_eq!(events[2..4], [r#"0 hosted hologram {"type":"hologram","depth":3}"#, "0 close"]);
    assert_eq!(end, End::Complete(Finish::Done));
}

#[test]
fn trap_21_a_second_message_delta_does_not_end_the_answer_twice() {
    let (events, end) = decode(&stream(&[START, TEXT, HELLO, STOP_0, END_TURN, TOOL_USE, STOP, STOP, TEXT, HELLO]));
    assert_eq!(end, End::Complete(Finish::ToolUse));
    assert!(events.last().unwrap().starts_with("usage"));
}

#[test]
fn trap_48_a_later_zero_erases_the_input() {
    let (events, _) = decode(&stream(&[START, TEXT, HELLO, STOP_0, END_TURN, STOP]));
    assert_eq!(events.last().unwrap(), "usage in=Some(25) read=Some(2000) out=Some(15)");
}

#[test]
fn input_that_contains_the_cache_is_taken_apart() {
    let plan = Plan { usage_includes_cache: true, ..plan() };
    let start = START.replace(":25,", ":2025,");
    let (events, _) = decode_with(&plan, &stream(&[&start, TEXT, HELLO]));
    assert_eq!(events[1], "usage in=Some(25) read=Some(2000) out=Some(1)");
}

#[test]
fn relays_that_leave_things_out_are_understood() {
    // No `event:` names, no `message_start`, no `content_block_start`, the whole input in the start.
    let call = CALL.replace("\"input\":{}", "\"input\":{\"path\": 1e2}");
    let named = stream(&[HELLO, STOP_0, &call, STOP_1, TOOL_USE, STOP]);
    let text: String =
        named.lines().filter(|line| !line.starts_with("event:")).map(|line| format!("{line}\n")).collect();
    let (events, end) = decode(&text);
    let expected = [
        "start None None",
        "0 text",
        r#"0 + "Hello\n\"世\"""#,
        "0 close",
        r#"1 call "toolu_1" "read" Function"#,
        r#"1 args "{\"path\": 1e2}""#,
        "1 close",
    ];
    assert_eq!(events[..7], expected);
    assert_eq!(end, End::Complete(Finish::ToolUse));
    // No reason: calls wait for their results.
    let (_, end) = decode(&stream(&[START, CALL, STOP_1, STOP]));
    assert_eq!(end, End::Complete(Finish::ToolUse));
}

#[test]
fn searches_come_out_with_the_input_that_came_in_pieces() {
    let (events, _) = decode(&stream(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"a\"}"}}"#,
        STOP_0,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://a","title":"A"}}}"#,
    ]));
    let value = r#"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"a"}}"#;
    assert_eq!(
        events[2..],
        [&format!("0 hosted server_tool_use {value}"), "0 close", "1 text", r#"1 cites "https://a""#]
    );
}

#[test]
fn trap_35_input_of_a_freeform_tool_stays_wrapped() {
    let plan = Plan { forms: vec![("apply".to_owned(), CallKind::Freeform)], ..plan() };
    let call = CALL.replace("\"read\"", "\"apply\"");
    for (json, input) in [
        (r#"{\"input\":\"*** Begin\\n\"}"#, r#"0 args "*** Begin\n""#),
        (r#"{\"patch\":\"*** Begin\"}"#, r#"0 args "*** Begin""#),
        ("*** Begin", r#"0 args "*** Begin""#),
    ] {
        let args = format!(
            r#"{{"type":"content_block_delta","index":1,"delta":{{"type":"input_json_delta","partial_json":"{json}"}}}}"#
        );
        let (events, _) = decode_with(&plan, &stream(&[START, &call, &args, STOP_1, TOOL_USE, STOP]));
        assert_eq!(events[2..5], [r#"0 call "toolu_1" "apply" Freeform"#, input, "0 close"]);
    }
}

#[test]
fn every_stop_reason_is_known_and_an_unknown_one_is_kept() {
    for (word, finish) in [
        ("end_turn", Finish::Done),
        ("max_tokens", Finish::MaxOutput),
        ("stop_sequence", Finish::StopText(Some("END".to_owned()))),
        ("pause_turn", Finish::Pause),
        ("refusal", Finish::Refusal),
        ("model_context_window_exceeded", Finish::ContextFull),
        ("compaction", Finish::Compaction),
        ("boredom", Finish::Other("boredom".to_owned())),
    ] {
        let delta = format!(
            r#"{{"type":"message_delta","delta":{{"stop_reason":"{word}","stop_sequence":"END"}},"usage":{{"output_tokens":1}}}}"#
        );
        assert_eq!(decode(&stream(&[START, TEXT, HELLO, STOP_0, &delta, STOP])).1, End::Complete(finish));
    }
}

#[test]
fn bodies_that_are_no_answers_are_no_success() {
    let failed = |body| matches!(decode_whole(body).1, End::Failed(_));
    assert!(failed(r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#));
    assert!(failed(r#"{"message":"no such model"}"#));
    for body in ["", "<html>", "{", r#"{"content":"#, r#"{"content":[{"type":"text","text":"a"}"#, "[]", "{}"] {
        assert_eq!(decode_whole(body).1, End::Cut, "{body}");
    }
}

#[test]
fn broken_events_are_no_success() {
    for broken in ["event: content_block_delta\ndata: {\"type\":\n\n", "data: nonsense\n\n"] {
        let text = stream(&[START, TEXT]) + broken + &stream(&[STOP_0, END_TURN, STOP]);
        assert!(matches!(decode(&text).1, End::Failed(_)), "{broken}");
    }
}

proptest! {
    /// Bytes cut out of a good stream, or put into it, at any place.
    #[test]
    fn damage_never_panics_and_a_missing_end_is_never_complete(
        cut in any::<prop::sample::Index>(), length in 0..40_usize, junk in ".{0,8}", keep_end: bool,
    ) {
        let whole = stream(&[START, TEXT, HELLO, STOP_0, CALL, ARGS, MORE_ARGS, STOP_1, TOOL_USE, STOP]);
        let at = (0..=cut.index(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap();
        let until = (at + length..=whole.len()).find(|at| whole.is_char_boundary(*at)).unwrap_or(whole.len());
        let damaged = if keep_end { format!("{}{junk}{}", &whole[..at], &whole[until..]) } else { whole[..at].to_owned() };
        let (_, end) = decode(&damaged);
        if !keep_end {
            prop_assert_eq!(end, End::Cut);
        }
    }

    #[test]
    fn any_events_and_any_bodies_are_survived(
        kinds in prop::collection::vec((0..EVENTS.len(), any::<Option<u8>>(), ".{0,20}"), 0..12),
    ) {
        let text: String = kinds.iter().map(|(kind, index, junk)| {
            let block = serde_json::json!({"type": junk, "text": junk, "input": junk, "name": junk, "data": index});
            let data = serde_json::json!({
                "type": EVENTS[*kind], "index": index, "delta": block, "content_block": block, "message": block,
            });
            format!("data: {data}\n\n")
        }).collect();
        decode(&text);
        for (_, _, junk) in &kinds {
            decode_whole(junk);
            let body = serde_json::json!({"content": [{"type": junk, "input": junk, "name": junk}], "usage": junk});
            decode_whole(&body.to_string());
        }
    }
}
