//! OpenAI Responses: the event sequence with its numbering, and the response object.

use serde_json::{Value, json};

use super::{CREATED, Class, Frame, Heading};
use crate::answer::{Piece, Usage, deltas};

#[derive(Debug)]
pub(crate) struct Writer {
    heading: Heading,
    sequence: u64,
    items: usize,
    output: Vec<Value>,
    pub(super) keep_output: bool,
}

impl Writer {
    pub(super) fn new(heading: Heading) -> Self {
        Self { heading, sequence: 0, items: 0, output: Vec::new(), keep_output: true }
    }

    pub(super) fn open(&mut self, out: &mut Vec<Frame>) {
        let response = object(&self.heading, "in_progress", Vec::new());
        self.event(out, Class::Around, "response.created", json!({"response": response}));
        self.event(out, Class::Around, "response.in_progress", json!({"response": response}));
    }

    pub(super) fn piece(&mut self, piece: &Piece, chunks: usize, out: &mut Vec<Frame>) {
        let index = self.items;
        self.items += 1;
        let done = item(&self.heading, index, piece);
        let added = json!({"output_index": index, "item": begun(&done)});
        self.event(out, Class::Around, "response.output_item.added", added);
        let at = json!({"item_id": done["id"], "output_index": index});
        match piece {
            Piece::Text(text) => self.text(&at, text, chunks, out),
            Piece::Thinking { text, .. } => self.summary(&at, text, chunks, out),
            Piece::Tool { name, arguments, .. } => self.arguments(&at, name, &arguments.to_string(), chunks, out),
        }
        self.event(out, Class::Around, "response.output_item.done", json!({"output_index": index, "item": done}));
        if self.keep_output {
            self.output.push(done);
        }
    }

    pub(super) fn close(&mut self, out: &mut Vec<Frame>) {
        let status = status(&self.heading);
        let name = if status == "completed" { "response.completed" } else { "response.incomplete" };
        let response = object(&self.heading, status, std::mem::take(&mut self.output));
        self.event(out, Class::Terminal, name, json!({"response": response}));
    }

    fn text(&mut self, at: &Value, text: &str, chunks: usize, out: &mut Vec<Frame>) {
        let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
        let at = with(at, json!({"content_index": 0}));
        self.event(out, Class::Around, "response.content_part.added", with(&at, json!({"part": part("")})));
        for delta in deltas(text, chunks) {
            let delta = with(&at, json!({"delta": delta, "logprobs": []}));
            self.event(out, Class::Generated, "response.output_text.delta", delta);
        }
        let done = with(&at, json!({"text": text, "logprobs": []}));
        self.event(out, Class::Around, "response.output_text.done", done);
        self.event(out, Class::Around, "response.content_part.done", with(&at, json!({"part": part(text)})));
    }

    fn summary(&mut self, at: &Value, text: &str, chunks: usize, out: &mut Vec<Frame>) {
        if text.is_empty() {
            return;
        }
        let part = |text: &str| json!({"part": {"type": "summary_text", "text": text}});
        let at = with(at, json!({"summary_index": 0}));
        self.event(out, Class::Around, "response.reasoning_summary_part.added", with(&at, part("")));
        for delta in deltas(text, chunks) {
            let delta = with(&at, json!({"delta": delta}));
            self.event(out, Class::Generated, "response.reasoning_summary_text.delta", delta);
        }
        self.event(out, Class::Around, "response.reasoning_summary_text.done", with(&at, json!({"text": text})));
        self.event(out, Class::Around, "response.reasoning_summary_part.done", with(&at, part(text)));
    }

    fn arguments(&mut self, at: &Value, name: &str, arguments: &str, chunks: usize, out: &mut Vec<Frame>) {
        for delta in deltas(arguments, chunks) {
            let delta = with(at, json!({"delta": delta}));
            self.event(out, Class::Generated, "response.function_call_arguments.delta", delta);
        }
        let done = with(at, json!({"name": name, "arguments": arguments}));
        self.event(out, Class::Around, "response.function_call_arguments.done", done);
    }

    fn event(&mut self, out: &mut Vec<Frame>, class: Class, name: &'static str, members: Value) {
        let event = with(&json!({"type": name, "sequence_number": self.sequence}), members);
        self.sequence += 1;
        out.push(Frame::new(Some(name), event.to_string(), class));
    }
}

/// `base` with the members of `more` after its own.
fn with(base: &Value, more: Value) -> Value {
    let mut all = base.clone();
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}

pub(super) fn finished(heading: &Heading, pieces: &[Piece]) -> Value {
    let output = pieces.iter().enumerate().map(|(i, piece)| item(heading, i, piece)).collect();
    object(heading, status(heading), output)
}

/// The response object before anything was generated.
pub(super) fn begun_object(model: &str, number: u64) -> Value {
    let heading = Heading {
        number,
        model: model.to_owned(),
        usage: Usage::default(),
        include_usage: false,
        calls_tools: false,
        stop: None,
    };
    object(&heading, "in_progress", Vec::new())
}

fn status(heading: &Heading) -> &'static str {
    if heading.stop.is_some() { "incomplete" } else { "completed" }
}

fn object(heading: &Heading, status: &str, output: Vec<Value>) -> Value {
    let over = status != "in_progress";
    json!({
        "id": format!("resp_sim{:08}", heading.number),
        "object": "response",
        "created_at": CREATED,
        "completed_at": over.then_some(CREATED + 1),
        "status": status,
        "background": false,
        "error": null,
        "incomplete_details": heading.stop.as_ref().filter(|_| over).map(|reason| json!({"reason": reason})),
        "instructions": null,
        "max_output_tokens": null,
        "model": heading.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "reasoning": {"effort": null, "summary": null},
        "service_tier": "default",
        "store": false,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": over.then(|| usage(&heading.usage)),
        "metadata": {},
    })
}

/// A finished output item.
fn item(heading: &Heading, index: usize, piece: &Piece) -> Value {
    let id = |prefix: &str| format!("{prefix}_sim{:08}_{index}", heading.number);
    match piece {
        Piece::Text(text) => json!({
            "id": id("msg"),
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
        }),
        Piece::Thinking { text, signature } => {
            let summary = if text.is_empty() { json!([]) } else { json!([{"type": "summary_text", "text": text}]) };
            json!({"id": id("rs"), "type": "reasoning", "summary": summary, "encrypted_content": signature})
        }
        Piece::Tool { name, arguments, id: call } => json!({
            "id": id("fc"),
            "type": "function_call",
            "status": "completed",
            "call_id": call.clone().unwrap_or_else(|| id("call")),
            "name": name,
            "arguments": arguments.to_string(),
        }),
    }
}

/// The item as it is announced, before any delta.
fn begun(done: &Value) -> Value {
    let mut item = done.clone();
    for (key, empty) in [("content", json!([])), ("summary", json!([])), ("arguments", json!(""))] {
        if item.get(key).is_some() {
            item[key] = empty;
        }
    }
    if item.get("status").is_some() {
        item["status"] = json!("in_progress");
    }
    item
}

fn usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input_total(),
        "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input_total().saturating_add(usage.output),
    })
}
