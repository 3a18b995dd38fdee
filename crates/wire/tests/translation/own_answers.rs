//! P1 of answers: what a provider answers to a client of its own protocol comes out of decoder and encoder as it went in,
//! but for what is listed here; of a stream, what its events make
//! together. In the gateway such an answer passes byte by byte; this shows what the events hold.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokgate_wire::protocol::Protocol;
use tokgate_wire::stream::TransportEnd;
use tokgate_wire::translate::{AnswerStream, Plan, answer};

use crate::fold;
use crate::golden::fixtures;
use crate::pair::{A, C, R, plan};

/// What differs: of which protocol, where, and why.
const ANEW: &[(Protocol, &str, &str)] = &[
    (A, "usage.cache_creation_input_tokens", NONE),
    (A, "usage.cache_read_input_tokens", NONE),
    (A, "usage.server_tool_use.web_fetch_requests", NONE),
    (A, "usage.cache_creation", "the last event of a stream has no place for it, and at the first nobody has counted"),
    (A, "usage.service_tier", OWN_WORD),
    (A, "content[].citations[].encrypted_index", "means something to who searched, and is taken back empty"),
    (C, "id", ID),
    (C, "choices[].message.reasoning_details[].signature", WRAPPED),
    (C, "choices[].message.reasoning_details[].format", WRAPPED),
    (C, "choices[].message.reasoning_content", "one dialect says in `reasoning_content` what another says in details"),
    (C, "choices[].message.annotations[].url_citation.content", OWN_WORD),
    (C, "choices[].logprobs.content[].bytes", "the bytes of a token are those of its text"),
    (C, "choices[].logprobs.content[].top_logprobs[].bytes", "the bytes of a token are those of its text"),
    (C, "usage.prompt_tokens_details", NONE),
    (C, "usage.completion_tokens_details", NONE),
    (C, "web_search", OWN_WORD),
    (C, "prompt_filter_results", OWN_WORD),
    (R, "id", ID),
    (R, "output[].id", ID),
    (R, "output[].encrypted_content", WRAPPED),
    (R, "output[].status", "an item of a whole answer is complete"),
    (R, "output[].phase", "said where the provider leaves it out"),
    (R, "background", DEFAULT),
    (R, "reasoning", DEFAULT),
    (R, "service_tier", DEFAULT),
    (R, "store", DEFAULT),
    (R, "text", DEFAULT),
    (R, "truncation", DEFAULT),
];

const NONE: &str = "a count that is left out is none";
const OWN_WORD: &str = "a word of one vendor, for which no other has one";
const ID: &str = "an answer made here has ids made here";
const WRAPPED: &str = "goes in a carrier, which comes back to its maker alone";
const DEFAULT: &str = "the protocol's default for what is left out, which strict clients insist on";

/// Paths at which two values differ, whatever the order of members, without the places in lists.
fn differences(path: &str, left: &Value, right: &Value, found: &mut BTreeSet<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for name in left.keys().chain(right.keys()) {
                let dot = if path.is_empty() { "" } else { "." };
                let of = |members: &serde_json::Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                differences(&format!("{path}{dot}{name}"), &of(left), &of(right), found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            left.iter().zip(right).for_each(|(left, right)| differences(&format!("{path}[]"), left, right, found));
        }
        _ if left == right => {}
        _ => drop(found.insert(path.to_owned())),
    }
}

/// A stream as the one value that its events make.
fn folded(protocol: Protocol, bytes: &[u8]) -> Value {
    let data: Vec<Value> = fold::events(bytes).into_iter().filter(|event| event.is_object()).collect();
    match protocol {
        A => data.iter().fold(Value::Null, message),
        C => data.iter().fold(json!({}), merged),
        R => data.iter().rfind(|event| event["response"].is_object()).unwrap()["response"].clone(),
    }
}

/// Anthropic: the message so far, and what one event adds.
fn message(mut whole: Value, event: &Value) -> Value {
    match event["type"].as_str().unwrap() {
        "message_start" => whole = event["message"].clone(),
        "content_block_start" => whole["content"].as_array_mut().unwrap().push(event["content_block"].clone()),
        "content_block_delta" => {
            let block = whole["content"].as_array_mut().unwrap().last_mut().unwrap();
            let delta = &event["delta"];
            for (name, value) in delta.as_object().unwrap().iter().filter(|(name, _)| *name != "type") {
                match name.as_str() {
                    "partial_json" => append(&mut block["input as text"], value),
                    "citation" => append(&mut block["citations"], &json!([value])),
                    name => append(&mut block[name], value),
                }
            }
        }
        "content_block_stop" => {
            let block = whole["content"].as_array_mut().unwrap().last_mut().unwrap().as_object_mut().unwrap();
            if let Some(text) = block.remove("input as text") {
                block.insert("input".to_owned(), serde_json::from_str(text.as_str().unwrap()).unwrap());
            }
        }
        "message_delta" => {
            whole = merged(whole, &event["delta"]);
            whole["usage"] = merged(whole["usage"].take(), &event["usage"]);
        }
        _ => {}
    }
    whole
}

/// Adds texts and lists to each other; anything else takes the place of what was there.
fn append(whole: &mut Value, more: &Value) {
    match (&mut *whole, more) {
        (Value::String(whole), Value::String(more)) => whole.push_str(more),
        (Value::Array(whole), Value::Array(more)) => whole.extend(more.iter().cloned()),
        _ => *whole = more.clone(),
    }
}

/// Chat: the answer so far, and what one chunk adds. Of a member that says one thing of the whole the last word counts.
fn merged(mut whole: Value, chunk: &Value) -> Value {
    for (name, value) in chunk.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("choices" | "tool_calls", Value::Array(items)) => {
                for item in items {
                    let at = item["index"].as_u64().unwrap() as usize;
                    if !whole[name].is_array() {
                        whole[name] = json!([]);
                    }
                    let list = whole[name].as_array_mut().unwrap();
                    list.resize(list.len().max(at + 1), json!({}));
                    list[at] = merged(list[at].take(), item);
                }
            }
            ("delta" | "function" | "custom" | "logprobs", Value::Object(_)) => {
                whole[name] = merged(whole[name].take(), value);
            }
            (_, Value::Null) => drop(whole[name].is_null()),
            ("content" | "refusal" | "reasoning_content" | "arguments" | "annotations" | "reasoning_details", more) => {
                append(&mut whole[name], more);
            }
            _ => whole[name] = value.clone(),
        }
    }
    whole
}

/// Notes what differs, and fails for what is not listed.
fn compare(from: Protocol, name: &str, was: &Value, is: &Value, met: &mut BTreeSet<(&'static str, String)>) {
    let mut found = BTreeSet::new();
    differences("", was, is, &mut found);
    for path in found {
        // In a stream it is the delta that a message is made of.
        let path = path.replace("].delta.", "].message.");
        let listed = ANEW.iter().any(|(of, place, _)| *of == from && *place == path);
        assert!(listed, "{name}: {path}\n{was}\n{is}");
        met.insert((from.id(), path));
    }
}

#[test]
fn p1_an_answer_comes_out_as_it_went_in_but_for_what_is_listed() {
    let mut met = BTreeSet::new();
    for (file, document) in fixtures("answers") {
        let Some(from) = Protocol::from_id(document["from"].as_str().unwrap()) else { continue };
        let whole: Value = serde_json::from_str(document["whole"].as_str().unwrap()).unwrap();
        let model = whole["model"].as_str().unwrap().to_owned();
        let created = whole["created"].as_u64().or(whole["created_at"].as_u64()).unwrap_or(0);
        let plan = Plan { model, created, ..plan(from, from) };
        let (body, _) = answer::whole(&plan, &whole.to_string());
        let name = file.display().to_string();
        compare(from, &name, &whole, &serde_json::from_slice(&body).unwrap(), &mut met);

        let stream = format!("{}\n\n", document["stream"].as_str().unwrap().trim());
        let mut answer = AnswerStream::new(&plan);
        answer.push(stream.as_bytes());
        answer.finish(TransportEnd::Proven);
        let (was, is) = (folded(from, stream.as_bytes()), folded(from, &answer.take()));
        compare(from, &format!("{name}, streamed"), &was, &is, &mut met);
    }
    for (of, path, why) in ANEW {
        assert!(met.contains(&(of.id(), (*path).to_owned())), "{} {path} ({why}) is no longer so", of.id());
    }
}
