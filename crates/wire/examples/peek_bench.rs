//! How long the routing facts of large bodies take: `cargo run --profile quick -p tokgate-wire --example peek_bench`.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement prints, and reads the time")]

use std::hint::black_box;
use std::time::Instant;

use serde_json::json;
use tokgate_wire::peek::peek;

/// Runs per body; the fastest and the middle one are printed.
const RUNS: usize = 400;

fn main() {
    for size in [30 << 10, 300 << 10, 2 << 20] {
        let body = body(size);
        let facts = peek(&body).ok();
        assert!(facts.is_some_and(|facts| facts.stream == Some(true)), "the body is a streaming request");
        let (best, median) = micros(|| peek(black_box(&body)).is_ok());
        let (utf8, _) = micros(|| simdutf8::basic::from_utf8(black_box(&body)).is_ok());
        println!("{:>8} bytes: best {best:>6.1} us, median {median:>6.1} us (UTF-8 alone {utf8:>6.1} us)", body.len());
    }
}

/// The fastest and the middle of [`RUNS`].
fn micros(work: impl Fn() -> bool) -> (f64, f64) {
    let mut all: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    all.sort_by(f64::total_cmp);
    (all.first().copied().unwrap_or_default(), all.get(RUNS / 2).copied().unwrap_or_default())
}

/// A request like a coding client's: a long history of tool calls and files with escaped source, `stream` last.
fn body(size: usize) -> Vec<u8> {
    let code = "fn main() {\n    let name = \"world\";\n\tprintln!(\"hello, {name}\\n\");\n    // ünïcode – 世界\n}\n";
    let mut messages = Vec::new();
    let mut bytes = 0;
    while bytes < size {
        let id = format!("toolu_{}", messages.len());
        let file = code.repeat(20);
        bytes += file.len() * 11 / 10 + 400;
        messages.push(json!({"role": "assistant", "content": [
            {"type": "text", "text": "I will read the file and \"check\" it."},
            {"type": "tool_use", "id": id, "name": "Read", "input": {"file_path": "/home/me/src/main.rs", "limit": 200}},
        ]}));
        messages.push(json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": id, "content": file, "is_error": false},
        ]}));
    }
    let user = r#"{"device_id":"0123","account_uuid":"","session_id":"4c0ffee0-0000-4000-8000-000000000000"}"#;
    json!({
        "model": "claude-opus-5-5",
        "messages": messages,
        "system": [{"type": "text", "text": code, "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": "Read", "input_schema": {"type": "object", "properties": {"file_path": {"type": "string"}}}}],
        "metadata": {"user_id": user},
        "max_tokens": 128_000,
        "thinking": {"type": "adaptive"},
        "stream": true,
    })
    .to_string()
    .into_bytes()
}
