//! Streams and whole answers, good ones and those of the many imitations, as the events they become.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::conversation::CallKind;
use crate::protocol::Protocol;
use crate::translate::answer::bench;

fn plan() -> Plan {
    let mut plan = Plan::new(Protocol::Anthropic, Protocol::OpenaiChat);
    plan.forms.push(("apply_patch".to_owned(), CallKind::Freeform));
    plan
}

/// Decodes a stream that arrives in `chunks`.
fn chunked<'c>(chunks: impl Iterator<Item = &'c [u8]>, transport: TransportEnd) -> (Vec<String>, End) {
    bench::chunked(&plan(), chunks, transport)
}

fn streamed(text: &str) -> (Vec<String>, End) {
    bench::streamed(&plan(), text)
}

/// A stream of chunks with these choices (the inside of `choices[0]`), with `[DONE]`.
fn stream_of(choices: &[&str]) -> String {
    let chunk =
        |choice: &&str| format!("data: {{\"id\":\"c\",\"model\":\"m\",\"choices\":[{{\"index\":0,{choice}}}]}}\n\n");
    choices.iter().map(chunk).collect::<String>() + "data: [DONE]\n\n"
}

/// What the deltas of a stream become, without its start.
fn said(choices: &[&str]) -> (String, End) {
    let (lines, end) = streamed(&stream_of(choices));
    assert_eq!(lines.first().map(String::as_str), Some("start \"c\" \"m\""));
    (lines[1..].join("\n"), end)
}

fn tools(fragments: &[&str]) -> (String, End) {
    let choices: Vec<String> = fragments.iter().map(|one| format!("\"delta\":{{\"tool_calls\":{one}}}")).collect();
    let mut choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    choices.push(r#""delta":{},"finish_reason":"tool_calls""#);
    said(&choices)
}

const DONE: End = End::Complete(Finish::Done);
const TOOL_USE: End = End::Complete(Finish::ToolUse);

const ORDINARY: &str = concat!(
    r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"kimi-k3","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#,
    "\n\n: OPENROUTER PROCESSING\n\n",
    r#"data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm \u4e16"},"finish_reason":null}]}"#,
    "\r\n\r\n",
    r#"data:{"choices":[{"index":0,"delta":{"content":"Hel\"lo"},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"choices":[{"index":0,"delta":{"content":" 世界","tool_calls":[]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"read","arguments":""}}]}}]}"#,
    "\n\n",
    r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"path\":"}}]}}]}"#,
    "\n\n",
    r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"a\"}"}}]}}]}"#,
    "\n\n",
    r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
    "\n\n",
    r#"data: {"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":90}}}"#,
    "\n\ndata: [DONE]\n\n",
    r#"data: {"choices":[{"index":0,"delta":{"content":"later"}}]}"#,
    "\n\n",
);

const ORDINARY_LINES: [&str; 14] = [
    "start \"chatcmpl-1\" \"kimi-k3\"",
    "ping",
    "0 reasoning",
    "0 +Hm 世",
    "0 .",
    "1 text",
    "1 +Hel\"lo",
    "1 + 世界",
    "1 .",
    "2 Function call_1 read",
    "2 {\"path\":",
    "2 \"a\"}",
    "usage Some(10)/Some(90) Some(7)",
    "2 .",
];

#[test]
fn an_ordinary_stream_becomes_its_events() {
    let (lines, end) = streamed(ORDINARY);
    assert_eq!(lines, ORDINARY_LINES);
    assert_eq!(end, TOOL_USE);
}

#[test]
fn a_whole_answer_becomes_the_events_of_its_stream() {
    let body = r#"{"id":"c","model":"m","choices":[{"finish_reason":"stop","index":0,"message":{"role":"assistant",
        "tool_calls":[{"id":"call_1","type":"function","function":{"name":"read","arguments":"{}"}}],"refusal":null,
        "annotations":[{"type":"url_citation","url_citation":{"url":"https://a.example","title":"A"}}],
        "content":"Hi","reasoning_content":"Hm"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    let (lines, end) = bench::whole(&plan(), body);
    let expected = [
        "start \"c\" \"m\"",
        "0 reasoning",
        "0 +Hm",
        "0 .",
        "1 text",
        "1 +Hi",
        "1 cites https://a.example A",
        "1 .",
        "2 Function call_1 read",
        "2 {}",
        "usage Some(3)/None Some(2)",
        "2 .",
    ];
    assert_eq!(lines, expected);
    assert_eq!(end, TOOL_USE);
}

#[test]
fn whole_answers_that_are_none_fail() {
    let failed = |body: &str| match Decoder::new(&plan()).whole(body, &mut |_: Event<'_>| {}) {
        End::Failed(error) => error.message,
        other => panic!("{body}: {other:?}"),
    };
    assert_eq!(failed(r#"{"choices":[]}"#), "the provider's answer holds no choices");
    assert_eq!(failed(r#"{"choices":[{"index":0,"message":{"content":""}}]}"#), "the provider's answer is empty");
    assert_eq!(failed(r#"{"error":{"message":"no"},"choices":null}"#), "no");
    assert_eq!(failed(r#"{"base_resp":{"status_code":1004,"status_msg":"key"},"choices":null}"#), "key");
    assert!(failed("<html>").contains("<html>"));
}

#[test]
fn text_then_calls_that_end_with_stop_still_wait_for_tools() {
    let call = r#""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"#;
    for finish in [r#""delta":{},"finish_reason":"stop""#, r#""delta":{},"finish_reason":null"#] {
        assert_eq!(said(&[r#""delta":{"content":"x"}"#, call, finish]).1, TOOL_USE);
    }
    let length = said(&[call, r#""delta":{},"finish_reason":"length""#]);
    assert_eq!(length.1, End::Complete(Finish::MaxOutput));
}

#[test]
fn an_empty_list_of_calls_does_not_reset_the_open_text() {
    let delta = r#""delta":{"content":"a","tool_calls":[]}"#;
    let (lines, _) = said(&[delta, r#""delta":{"tool_calls":[],"content":""}"#, delta]);
    assert_eq!(lines, "0 text\n0 +a\n0 +a\n0 .");
}

#[test]
fn a_trailing_fragment_without_id_and_name_makes_no_call() {
    let fragment = r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#;
    let trailing = r#"[{"index":1,"id":"","function":{"name":"","arguments":""}}]"#;
    assert_eq!(tools(&[fragment, trailing]).0, "0 Function a f\n0 {}\n0 .");
}

#[test]
fn a_call_that_never_gets_a_name_is_no_success() {
    let (_, end) = tools(&[r#"[{"index":0,"id":"a","function":{"arguments":"{\"x\":1}"}}]"#]);
    assert!(matches!(end, End::Failed(error) if error.message.contains("without saying which")));
}

#[test]
fn deltas_without_index_are_told_apart_by_id_and_order() {
    let expected = "0 Function a f\n0 {}\n0 .\n1 Function b f\n1 {\"x\":\n1 1}\n1 .";
    let by_id = tools(&[
        r#"[{"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
        r#"[{"id":"b","function":{"name":"f","arguments":"{\"x\":"}}]"#,
        r#"[{"id":"b","function":{"arguments":"1}"}}]"#,
    ]);
    assert_eq!(by_id.0, expected);
    let by_order = tools(&[
        r#"[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"f","arguments":"{\"x\":"}}]"#,
        r#"[{"function":{"arguments":"1}"}}]"#,
    ]);
    assert_eq!(by_order.0, expected);
}

#[test]
fn calls_without_index_and_id_are_not_merged() {
    let (lines, _) =
        tools(&[r#"[{"function":{"name":"f","arguments":{"x":1}}},{"function":{"name":"g","arguments":"{}"}}]"#]);
    assert_eq!(lines, "0 Function  f\n0 {\"x\":1}\n0 .\n1 Function  g\n1 {}\n1 .");
}

#[test]
fn another_id_at_the_same_index_is_another_call() {
    let (lines, _) = tools(&[
        r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
        r#"[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]"#,
    ]);
    assert_eq!(lines, "0 Function a f\n0 {}\n0 .\n1 Function b g\n1 {}\n1 .");
}

#[test]
fn an_id_given_twice_is_not_passed_on_twice() {
    let (lines, _) = tools(&[
        r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
        r#"[{"index":1,"id":"a","function":{"name":"g","arguments":"{}"}}]"#,
    ]);
    assert_eq!(lines, "0 Function a f\n0 {}\n0 .\n1 Function  g\n1 {}\n1 .");
}

#[test]
fn a_late_name_begins_the_call_with_what_came_before() {
    let (lines, _) = tools(&[
        r#"[{"index":0,"id":"a","function":{"name":"","arguments":"{\"x\""}}]"#,
        r#"[{"index":0,"function":{"name":"f","arguments":":1}"}}]"#,
    ]);
    assert_eq!(lines, "0 Function a f\n0 {\"x\"\n0 :1}\n0 .");
}

#[test]
fn a_name_repeated_on_each_fragment_is_neither_joined_nor_begun_again() {
    let repeated =
        |arguments: &str| format!(r#"[{{"index":0,"id":"a","function":{{"name":"f","arguments":"{arguments}"}}}}]"#);
    let fragments = [repeated(""), repeated(r#"{\"x\""#), repeated(":1}"), repeated("")];
    let (lines, _) = tools(&fragments.each_ref().map(String::as_str));
    assert_eq!(lines, "0 Function a f\n0 {\"x\"\n0 :1}\n0 .");
    let nameless_id = fragments.map(|fragment| fragment.replace("\"id\":\"a\",", ""));
    assert_eq!(tools(&nameless_id.each_ref().map(String::as_str)).0, "0 Function  f\n0 {\"x\"\n0 :1}\n0 .");
}

#[test]
fn interleaved_calls_keep_their_arguments_apart() {
    let (lines, _) = tools(&[
        r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}},{"index":1,"id":"b","function":{"name":"g","arguments":"["}}]"#,
        r#"[{"index":1,"function":{"arguments":"]"}},{"index":0,"function":{"arguments":"}"}}]"#,
    ]);
    assert_eq!(lines, "0 Function a f\n0 {\n1 Function b g\n1 [\n1 ]\n0 }\n0 .\n1 .");
}

#[test]
fn a_call_cut_off_by_the_longest_answer_is_not_completed() {
    let (lines, end) = said(&[
        r#""delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"#,
        r#""delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"x"}}]}"#,
        r#""delta":{},"finish_reason":"length""#,
    ]);
    assert_eq!(lines, "0 Function a f\n0 {}\n0 .\n1 Function b g\n1 {\"x");
    assert_eq!(end, End::Complete(Finish::MaxOutput));
}

#[test]
fn a_call_that_is_not_whole_in_an_answer_that_does_not_say_why_it_ended_broke_off() {
    for arguments in ["", r#"{\"path\":\"/tm"#, "null"] {
        let call = format!(r#"[{{"index":0,"id":"a","function":{{"name":"rm","arguments":"{arguments}"}}}}]"#);
        let (lines, end) = said(&[&format!("\"delta\":{{\"tool_calls\":{call}}}")]);
        assert_eq!(end, End::Cut, "{arguments}");
        assert!(!lines.contains("0 ."), "{lines}");
        let body = format!(r#"{{"choices":[{{"message":{{"tool_calls":{call}}},"finish_reason":null}}]}}"#);
        assert_eq!(bench::whole(&plan(), &body).1, End::Cut, "{arguments}");
    }
}

#[test]
fn a_legacy_call_is_a_call() {
    let (lines, end) = said(&[
        r#""delta":{"function_call":{"name":"f","arguments":""}}"#,
        r#""delta":{"function_call":{"arguments":"{}"}}"#,
        r#""delta":{},"finish_reason":"function_call""#,
    ]);
    assert_eq!((lines.as_str(), end), ("0 Function  f\n0 {}\n0 .", TOOL_USE));
}

#[test]
fn a_freeform_tool_gets_its_input_and_not_the_wrapping() {
    for arguments in [r#"{\"input\":\"*** \\\"x\"}"#, r#"{\"patch\":\"*** \\\"x\",\"n\":1}"#] {
        let (first, second) = arguments.split_at(8);
        let begin = format!(r#"[{{"index":0,"id":"a","function":{{"name":"apply_patch","arguments":"{first}"}}}}]"#);
        let more = format!(r#"[{{"index":0,"function":{{"arguments":"{second}"}}}}]"#);
        assert_eq!(tools(&[&begin, &more]).0, "0 Freeform a apply_patch\n0 *** \"x\n0 .");
    }
    let raw = r#"[{"index":0,"id":"a","function":{"name":"apply_patch","arguments":"*** raw"}}]"#;
    assert_eq!(tools(&[raw]).0, "0 Freeform a apply_patch\n0 *** raw\n0 .");
    let custom = r#"[{"index":0,"id":"a","type":"custom","custom":{"name":"sh","input":"{}"}}]"#;
    let more = r#"[{"index":0,"custom":{"input":" {"}}]"#;
    assert_eq!(tools(&[custom, more]).0, "0 Freeform a sh\n0 {}\n0  {\n0 .");
}

#[test]
fn reasoning_is_found_under_all_its_names() {
    for delta in [
        r#"{"reasoning_content":"a"}"#,
        r#"{"reasoning":"a"}"#,
        r#"{"reasoning":"a","reasoning_content":"a"}"#,
        r#"{"reasoning_details":[{"type":"reasoning.text","text":"a","index":0}]}"#,
        r#"{"reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","index":0}]}"#,
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]}]}"#,
    ] {
        let choice = format!("\"delta\":{delta}");
        assert_eq!(said(&[&choice]).0, "0 reasoning\n0 +a\n0 .", "{delta}");
    }
}

#[test]
fn details_in_pieces_are_put_together_for_their_way_back() {
    let (lines, _) = said(&[
        r#""delta":{"reasoning_details":[{"type":"reasoning.text","text":"a\"","index":0,"format":"f"}]}"#,
        r#""delta":{"reasoning_details":[{"type":"reasoning.text","text":"b","index":0,"signature":null}]}"#,
        r#""delta":{"reasoning_details":[{"type":"reasoning.text","index":0,"signature":"s"},{"type":"reasoning.encrypted","data":"d","index":1}]}"#,
        r#""delta":{"content":"x"}"#,
    ]);
    let list = r#"[{"type":"reasoning.text","text":"a\"b","format":"f","signature":"s","index":0},{"type":"reasoning.encrypted","data":"d","index":1}]"#;
    assert_eq!(lines, format!("0 reasoning\n0 +a\"\n0 +b\n0 opaque {list}\n0 .\n1 text\n1 +x\n1 ."));
}

#[test]
fn reasoning_between_tags_at_the_beginning_is_reasoning_where_the_model_is_known_for_it() {
    let text = |text: &str| json!({"choices": [{"index": 0, "delta": {"content": text}}]}).to_string();
    let call = r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]}}]}"#;
    let stop = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let lines = |tags: bool, chunks: &[&str]| {
        let stream: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
        let (mut lines, _) = bench::streamed(&Plan { think_tags: tags, ..plan() }, &stream);
        lines.remove(0);
        lines.join("|")
    };
    let (first, second) = (text("<thi"), text("nk>why</think>so"));
    let apart = lines(true, &[&first, &second, stop]);
    assert_eq!(apart, "0 reasoning|0 +why|0 .|1 text|1 +so|1 .");
    assert_eq!(lines(false, &[&first, &second, stop]), "0 text|0 +<thi|0 +nk>why</think>so|0 .");
    // A call ends reasoning that nobody closed, and what was held back belongs to it.
    let unclosed = text("<think>why</");
    assert_eq!(lines(true, &[&unclosed, call, stop]), "0 reasoning|0 +why|0 +</|0 .|1 Function c f|1 {}|1 .");
}

#[test]
fn azures_filter_frame_without_choices_is_no_answer_and_no_panic() {
    let text = stream_of(&[r#""delta":{"content":"x"}"#, r#""finish_reason":"stop""#]);
    let filter = r#"data: {"choices":[],"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]}"#;
    let (lines, end) = streamed(&format!("{filter}\n\n{text}"));
    assert_eq!((lines.join("\n").as_str(), end), ("start \"c\" \"m\"\n0 text\n0 +x\n0 .", DONE));
}

#[test]
fn other_choices_are_ignored() {
    let text = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"},\"finish_reason\":\"length\"}]}\n\n";
    let (lines, end) =
        streamed(&(text.to_owned() + &stream_of(&[r#""delta":{"content":"x"},"finish_reason":"stop""#])));
    assert_eq!((lines.join("\n").as_str(), end), ("start \"c\" \"m\"\n0 text\n0 +x\n0 .", DONE));
}

#[test]
fn tokens_are_taken_wherever_they_stand_and_never_added_up() {
    let (lines, _) = said(&[
        r#""delta":{"content":"x"},"usage":{"prompt_tokens":5,"completion_tokens":1}"#,
        r#""delta":{},"finish_reason":"stop","usage":{"prompt_tokens":5,"completion_tokens":2}"#,
        r#""delta":{},"usage":{"prompt_tokens":5,"completion_tokens":2}"#,
    ]);
    assert_eq!(lines, "0 text\n0 +x\nusage Some(5)/None Some(1)\nusage Some(5)/None Some(2)\n0 .");
}

#[test]
fn a_whole_message_in_a_chunk_is_read_once() {
    let message = r#""message":{"role":"assistant","content":"x"},"finish_reason":"stop""#;
    assert_eq!(said(&[message]).0, "0 text\n0 +x\n0 .");
    assert_eq!(said(&[r#""delta":{"content":"x"}"#, message]).0, "0 text\n0 +x\n0 .");
}

#[test]
fn error_frames_end_the_answer() {
    let begun = stream_of(&[r#""delta":{"content":"x"}"#]).replace("data: [DONE]\n\n", "");
    for frame in [
        r#"data: {"error":{"message":"no","code":429}}"#,
        r#"data: {"error":{"message":"no"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#,
        "event: error\ndata: {\"message\":\"no\"}",
        r#"data: {"base_resp":{"status_code":1004,"status_msg":"no"}}"#,
    ] {
        let (_, end) = streamed(&format!("{begun}{frame}\n\ndata: [DONE]\n\n"));
        assert!(matches!(end, End::Failed(error) if error.message == "no"), "{frame}");
    }
    let broken = streamed(&format!("{begun}data: {{\"choices\":[\n\ndata: [DONE]\n\n")).1;
    assert!(matches!(broken, End::Failed(_)));
}

#[test]
fn finish_reasons_of_a_broken_provider_are_no_success() {
    for word in ["error", "network_error", "insufficient_system_resource"] {
        let finish = format!("\"delta\":{{}},\"finish_reason\":\"{word}\"");
        let (_, end) = said(&[r#""delta":{"content":"x"}"#, &finish]);
        assert!(matches!(end, End::Failed(error) if error.code.as_deref() == Some(word)));
    }
}

#[test]
fn a_stream_without_done_is_whole_only_when_its_transport_proves_it() {
    let finished = stream_of(&[r#""delta":{"content":"x"},"finish_reason":"stop""#]).replace("data: [DONE]\n\n", "");
    let unfinished = stream_of(&[r#""delta":{"content":"x"}"#]).replace("data: [DONE]\n\n", "");
    let end = |text: &str, transport| chunked(std::iter::once(text.as_bytes()), transport).1;
    assert_eq!(end(&finished, TransportEnd::Proven), DONE);
    assert_eq!(end(&finished, TransportEnd::Unproven), End::Cut);
    assert_eq!(end(&finished, TransportEnd::Cut), End::Cut);
    assert_eq!(end(&unfinished, TransportEnd::Proven), End::Cut);
}

#[test]
fn done_without_finish_is_an_end_and_done_alone_is_none() {
    assert_eq!(said(&[r#""delta":{"content":"x"}"#]).1, DONE);
    assert_eq!(said(&[r#""delta":{"role":"assistant","content":""}"#]).1, End::Cut);
    assert_eq!(streamed("data: [DONE]\n\n").1, End::Cut);
}

#[test]
fn a_refusal_is_told() {
    let (lines, end) = said(&[r#""delta":{"refusal":"no"}"#, r#""delta":{},"finish_reason":"stop""#]);
    assert_eq!((lines.as_str(), end), ("0 refusal\n0 +no\n0 .", End::Complete(Finish::Refusal)));
}

proptest! {
    #[test]
    fn chunking_changes_nothing(cuts in prop::collection::vec(0..ORDINARY.len(), 0..20)) {
        let mut cuts = cuts;
        cuts.extend([0, ORDINARY.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|pair| &ORDINARY.as_bytes()[pair[0]..pair[1]]);
        let (lines, end) = chunked(chunks, TransportEnd::Unproven);
        prop_assert_eq!(lines, ORDINARY_LINES);
        prop_assert_eq!(end, TOOL_USE);
    }

    #[test]
    fn a_cut_stream_is_never_complete(at in 0..ORDINARY.find("data: [DONE]\n\n").unwrap() + 13, proven: bool) {
        let transport = if proven { TransportEnd::Proven } else { TransportEnd::Unproven };
        let finished = ORDINARY.find("\"finish_reason\":\"tool_calls\"}]}\n\n").unwrap();
        let (_, end) = chunked(std::iter::once(&ORDINARY.as_bytes()[..at]), transport);
        let expected = if proven && at > finished + 32 { TOOL_USE } else { End::Cut };
        prop_assert_eq!(end, expected);
    }

    #[test]
    fn nothing_that_comes_makes_it_panic(choices in prop::collection::vec(odd_choice(), 0..12), done: bool) {
        let mut text = stream_of(&choices.iter().map(String::as_str).collect::<Vec<_>>());
        if !done {
            text = text.replace("data: [DONE]\n\n", "");
        }
        let (lines, end) = streamed(&text);
        let said_so = done || text.contains("finish_reason");
        prop_assert!(said_so || !matches!(end, End::Complete(_)));
        assert_orderly(&lines);
    }
}

/// Each part begins once, ends at most once, and says nothing outside of that.
fn assert_orderly(lines: &[String]) {
    let mut open = std::collections::BTreeMap::new();
    for line in lines.iter().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        let (part, rest) = line.split_once(' ').unwrap();
        let begins = ["text", "refusal", "reasoning", "Function", "Freeform"].iter().any(|word| rest.starts_with(word));
        if begins && !open.contains_key(part) {
            assert_eq!(part.parse::<usize>().unwrap(), open.len(), "numbers have no gaps");
            open.insert(part, true);
        } else {
            assert_eq!(open.get(part), Some(&true), "{line}");
            if rest == "." {
                open.insert(part, false);
            }
        }
    }
}

fn odd_choice() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        Just("\"\"".to_owned()),
        Just("null".to_owned()),
        Just("\"x\"".to_owned()),
        Just("[{\"type\":\"text\",\"text\":\"y\"}]".to_owned()),
        Just("7".to_owned())
    ];
    let arguments = prop_oneof![
        Just("\"\""),
        Just("\"{}\""),
        Just("\"{\\\"a\\\":\""),
        Just("\"1}\""),
        Just("null"),
        Just("{\"b\":2}")
    ];
    let name = prop_oneof![Just("\"\""), Just("\"f\""), Just("\"apply_patch\""), Just("null")];
    let fragment = (prop::option::of(0..3_u8), 0..3_u8, name, arguments).prop_map(|(index, id, name, arguments)| {
        let index = index.map(|index| format!("\"index\":{index},")).unwrap_or_default();
        let id = if id == 0 { String::new() } else { format!("\"id\":\"i{id}\",") };
        format!("{{{index}{id}\"function\":{{\"name\":{name},\"arguments\":{arguments}}}}}")
    });
    let delta = (text.clone(), text, prop::collection::vec(fragment, 0..3)).prop_map(|(content, reasoning, calls)| {
        format!("\"delta\":{{\"content\":{content},\"reasoning\":{reasoning},\"tool_calls\":[{}]}}", calls.join(","))
    });
    let finish = prop_oneof![
        Just("\"delta\":{},\"finish_reason\":\"stop\"".to_owned()),
        Just("\"delta\":null,\"finish_reason\":\"length\"".to_owned()),
        Just("\"message\":{\"content\":\"m\"}".to_owned()),
    ];
    prop_oneof![8 => delta, 1 => finish]
}
