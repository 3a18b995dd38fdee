//! How long translations take: `cargo run --profile quick -p tokgate-wire --example translate_bench`.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement prints, and reads the time")]

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use tokgate_wire::anthropic;
use tokgate_wire::conversation::Losses;
use tokgate_wire::protocol::Protocol;
use tokgate_wire::stream::TransportEnd;
use tokgate_wire::translate::answer::AnswerStream;
use tokgate_wire::translate::dialect::Dialect;
use tokgate_wire::translate::{Plan, convert};

/// Runs per figure; the fastest and the middle one are printed.
const RUNS: usize = 400;

fn main() {
    for size in [0, 300 << 10, 2 << 20] {
        let body = body(size);
        let (read, _) = micros(RUNS, || anthropic::read::request(black_box(&body), &mut Losses::default()).is_ok());
        for (to, dialect) in
            [(Protocol::OpenaiChat, Dialect::OPENAI_CHAT), (Protocol::OpenaiResponses, Dialect::OPENAI_RESPONSES)]
        {
            let (best, median) = micros(RUNS, || request(to, black_box(&body), &dialect));
            println!(
                "{:>8} bytes to {to:?}: best {best:>6.1} us, median {median:>6.1} us (reading {read:>6.1} us)",
                body.len()
            );
        }
    }
    for (upstream, client) in [
        (Protocol::OpenaiChat, Protocol::Anthropic),
        (Protocol::OpenaiChat, Protocol::OpenaiResponses),
        (Protocol::Anthropic, Protocol::OpenaiChat),
        (Protocol::Anthropic, Protocol::OpenaiResponses),
        (Protocol::OpenaiResponses, Protocol::Anthropic),
    ] {
        stream(upstream, client);
    }
}

fn request(to: Protocol, body: &str, dialect: &Dialect) -> bool {
    convert::request(Protocol::Anthropic, to.into(), body, dialect, 1, "gpt-5.5", "claude-opus-5-5", 0, 7).is_ok()
}

/// One event of a long stream.
fn stream(upstream: Protocol, client: Protocol) {
    const EVENTS: usize = 1_000;
    let (head, delta) = match upstream {
        Protocol::OpenaiChat => (
            chat(&json!({"role": "assistant", "content": ""})),
            chat(&json!({"content": " some text \"quoted\" and\n"})),
        ),
        Protocol::Anthropic => (
            event(
                "message_start",
                &json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 9, "output_tokens": 1}}}),
            ) + &event(
                "content_block_start",
                &json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            ),
            event(
                "content_block_delta",
                &json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " some text \"quoted\" and\n"}}),
            ),
        ),
        Protocol::OpenaiResponses => (
            event(
                "response.created",
                &json!({"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "object": "response", "model": "m", "output": []}}),
            ) + &event(
                "response.output_item.added",
                &json!({"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": {"id": "msg_1", "type": "message", "role": "assistant", "content": []}}),
            ) + &event(
                "response.content_part.added",
                &json!({"type": "response.content_part.added", "sequence_number": 2, "item_id": "msg_1", "output_index": 0, "content_index": 0, "part": {"type": "output_text", "text": "", "annotations": []}}),
            ),
            event(
                "response.output_text.delta",
                &json!({"type": "response.output_text.delta", "sequence_number": 3, "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": " some text \"quoted\" and\n", "logprobs": []}),
            ),
        ),
    };
    let plan = Plan { model: "claude-opus-5-5".to_owned(), ..Plan::new(client, upstream) };
    let (best, median) = micros(100, || {
        let mut answer = AnswerStream::new(&plan);
        answer.push(head.as_bytes());
        let mut bytes = answer.take().len();
        for _ in 0..EVENTS {
            answer.push(black_box(delta.as_bytes()));
            bytes += answer.take().len();
        }
        answer.finish(TransportEnd::Proven);
        bytes > 0
    });
    let each = |micros: f64| micros * 1e3 / EVENTS as f64;
    println!("event {upstream:?} to {client:?}: best {:>6.0} ns, median {:>6.0} ns", each(best), each(median));
}

fn chat(delta: &serde_json::Value) -> String {
    let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
    format!("data: {chunk}\n\n")
}

fn event(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// The fastest and the middle of `runs`.
fn micros(runs: usize, mut work: impl FnMut() -> bool) -> (f64, f64) {
    let mut all: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            assert!(black_box(work()), "it works");
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    all.sort_by(f64::total_cmp);
    (all.first().copied().unwrap_or_default(), all.get(runs / 2).copied().unwrap_or_default())
}

/// A request like a coding client's: instructions, tools, a history of tool calls and files with escaped source.
fn body(size: usize) -> String {
    let code = "fn handle(req: &Request) -> Result<Response, Error> {\n\tlet name = req.header(\"x-name\").unwrap_or(\"none\"); // café ✓\n\tif name.is_empty() {\n\t\treturn Err(Error::new(\"empty\"));\n\t}\n}\n";
    let mut messages =
        vec![json!({"role": "user", "content": [{"type": "text", "text": "Please fix the failing test."}]})];
    let mut bytes = 0;
    while bytes < size {
        let id = format!("toolu_{}", messages.len());
        let file = code.repeat(20);
        bytes += file.len() * 11 / 10 + 400;
        messages.push(json!({"role": "assistant", "content": [
            {"type": "text", "text": "Reading."},
            {"type": "tool_use", "id": id, "name": "tool_1", "input": {"path": "/src/main.rs", "limit": 200}},
        ]}));
        messages.push(json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": file}]},
        ]}));
    }
    let tools: Vec<_> = (0..if size > 0 { 20 } else { 0 })
        .map(|number| {
            json!({"name": format!("tool_{number}"), "description": "Does the thing with a file and says how it went.", "input_schema": {
                "type": "object", "properties": {
                    "path": {"type": "string", "description": "Absolute path of the file to work on; it has to exist."},
                    "offset": {"type": "integer", "description": "First line."},
                    "mode": {"type": "string", "enum": ["fast", "slow", "auto"]}
                }, "required": ["path"]}})
        })
        .collect();
    json!({
        "model": "claude-opus-5-5",
        "system": [{"type": "text", "text": code.repeat(if size > 0 { 80 } else { 1 })}],
        "tools": tools,
        "messages": messages,
        "max_tokens": 1024,
        "stream": true,
    })
    .to_string()
}
