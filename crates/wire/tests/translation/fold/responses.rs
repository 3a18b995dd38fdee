//! OpenAI Responses.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Call, Said, count, text};

/// What is streamed of an item: by event type and number of its part.
type Streamed = BTreeMap<(String, u64), String>;

/// Items so far.
#[derive(Default)]
struct Items {
    /// As they were when they were done; `Null` while open.
    done: Vec<Value>,
    /// Id of each, and what is streamed of it by the part it belongs to.
    open: Vec<(String, Streamed)>,
}

pub(super) fn stream(events: &[Value]) -> Said {
    let mut said = Said::default();
    let mut items = Items::default();
    let mut number = 0_u64;
    for event in events {
        assert!(!said.complete && !said.failed, "nothing follows the end: {event}");
        let kind = text(&event["type"]);
        if kind == "keepalive" {
            // It has the number of the event before it, so that those behind it keep theirs.
            assert_eq!(event["sequence_number"].as_u64().map(|number| number + 1), Some(number), "{event}");
            continue;
        }
        assert_eq!(event["sequence_number"], number, "{event}");
        assert!(number > 0 || matches!(kind, "response.created" | "error"), "{event} before the start");
        match kind {
            "response.created" => assert!(number == 0 && event["response"]["output"] == Value::Array(Vec::new())),
            "response.output_item.added" => items.add(event),
            "response.output_item.done" => items.finish(event),
            "response.completed" | "response.incomplete" => {
                let output = event["response"]["output"].as_array().expect("output");
                assert_eq!(output, &items.done, "the last event holds what was streamed");
                said = whole(&event["response"]);
            }
            "response.failed" => {
                assert!(event["response"]["error"]["code"].is_string(), "{event}");
                said.failed = true;
            }
            "error" => said.failed = true,
            "response.in_progress" => {}
            _ if kind.starts_with("response.") => items.more(kind, event),
            _ => panic!("no event of Responses: {event}"),
        }
        number += 1;
    }
    said
}

impl Items {
    fn add(&mut self, event: &Value) {
        assert_eq!(event["output_index"], self.open.len(), "dense: {event}");
        self.open.push((text(&event["item"]["id"]).to_owned(), BTreeMap::new()));
        self.done.push(Value::Null);
    }

    fn at(&self, event: &Value) -> usize {
        let index = usize::try_from(event["output_index"].as_u64().expect("an index")).unwrap();
        assert!(self.done.get(index).is_some_and(Value::is_null), "of an open item: {event}");
        index
    }

    fn more(&mut self, kind: &str, event: &Value) {
        let index = self.at(event);
        assert_eq!(event["item_id"], self.open[index].0, "{event}");
        if kind.ends_with(".delta") {
            let part = [&event["content_index"], &event["summary_index"]].into_iter().find_map(Value::as_u64);
            let key = (kind.to_owned(), part.unwrap_or_default());
            self.open[index].1.entry(key).or_default().push_str(text(&event["delta"]));
        }
    }

    fn finish(&mut self, event: &Value) {
        let index = self.at(event);
        let item = &event["item"];
        assert_eq!(item["id"], self.open[index].0, "{event}");
        let streamed: String = self.open[index].1.values().map(String::as_str).collect();
        let whole = match text(&item["type"]) {
            "function_call" => text(&item["arguments"]).to_owned(),
            "custom_tool_call" => text(&item["input"]).to_owned(),
            "message" => parts(&item["content"]),
            "reasoning" => parts(&item["summary"]) + &parts(&item["content"]),
            _ => streamed.clone(),
        };
        assert_eq!(whole, streamed, "an item is what was streamed of it: {item}");
        self.done[index] = item.clone();
    }
}

/// All words of a list of parts.
fn parts(list: &Value) -> String {
    let words = |part: &Value| format!("{}{}", text(&part["text"]), text(&part["refusal"]));
    list.as_array().into_iter().flatten().map(words).collect()
}

pub(super) fn whole(body: &Value) -> Said {
    assert_eq!(body["object"], "response", "{body}");
    for name in ["id", "created_at", "model", "output", "parallel_tool_calls", "tool_choice", "tools"] {
        assert!(!body[name].is_null(), "no {name}: {body}");
    }
    let status = text(&body["status"]);
    let mut said = Said { complete: matches!(status, "completed" | "incomplete"), ..Said::default() };
    said.finish = body["incomplete_details"]["reason"].as_str().unwrap_or(status).to_owned();
    said.tokens = (count(&body["usage"], "input_tokens"), count(&body["usage"], "output_tokens"));
    for name in ["input_tokens_details", "output_tokens_details"] {
        assert!(body["usage"][name].is_object(), "Codex needs {name}: {body}");
    }
    for item in body["output"].as_array().expect("output") {
        match text(&item["type"]) {
            "message" => said.text.push_str(&parts(&item["content"])),
            "reasoning" => {
                said.reasoning.push_str(&(parts(&item["summary"]) + &parts(&item["content"])));
                said.opaque.extend(item["encrypted_content"].as_str().map(str::to_owned));
            }
            "function_call" | "custom_tool_call" => said.calls.push(Call {
                id: text(&item["call_id"]).to_owned(),
                name: text(&item["name"]).to_owned(),
                arguments: item["arguments"].as_str().unwrap_or_else(|| text(&item["input"])).to_owned(),
            }),
            "local_shell_call" | "shell_call" | "apply_patch_call" | "tool_search_call" | "web_search_call" => {}
            kind => panic!("no item of Responses: {kind}"),
        }
    }
    said
}
