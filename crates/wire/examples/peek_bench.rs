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
        let mut micros: Vec<f64> = (0..RUNS).map(|_| one(&body)).collect();
        micros.sort_by(f64::total_cmp);
        let best = micros.first().copied().unwrap_or_default();
        let middle = micros.get(RUNS / 2).copied().unwrap_or_default();
        println!("{:>8} bytes: best {best:>7.1} us, median {middle:>7.1} us", body.len());
    }
}

fn one(body: &[u8]) -> f64 {
    let start = Instant::now();
    let facts = peek(black_box(body));
    let micros = start.elapsed().as_secs_f64() * 1e6;
    assert!(matches!(facts, Ok(facts) if facts.stream == Some(true)), "the body is a streaming request");
    micros
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
