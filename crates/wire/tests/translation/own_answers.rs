//! P1 of answers: what a provider answers to a client of its own protocol comes out of decoder and encoder as it went in,
//! but for what is listed here. In the gateway such an answer passes byte by byte; this shows what the events hold.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokgate_wire::protocol::Protocol;
use tokgate_wire::translate::{Plan, answer};

use crate::golden::fixtures;
use crate::pair::{A, C, R, plan};

/// What differs: of which protocol, where, and why.
const ANEW: &[(Protocol, &str, &str)] = &[
    (A, "usage.cache_creation_input_tokens", NONE),
    (A, "usage.cache_read_input_tokens", NONE),
    (A, "usage.server_tool_use.web_fetch_requests", NONE),
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

#[test]
fn p1_an_answer_comes_out_as_it_went_in_but_for_what_is_listed() {
    let mut met = BTreeSet::new();
    for (file, document) in fixtures("answers") {
        let Some(from) = Protocol::from_id(document["from"].as_str().unwrap()) else { continue };
        let whole: Value = serde_json::from_str(document["whole"].as_str().unwrap()).unwrap();
        let model = whole["model"].as_str().unwrap().to_owned();
        let created = whole["created"].as_u64().or(whole["created_at"].as_u64()).unwrap_or(0);
        let (body, _) = answer::whole(&Plan { model, created, ..plan(from, from) }, &whole.to_string());
        let mut found = BTreeSet::new();
        differences("", &whole, &serde_json::from_slice(&body).unwrap_or(json!(null)), &mut found);
        for path in found {
            let listed = ANEW.iter().any(|(of, place, _)| *of == from && *place == path);
            assert!(listed, "{}: {path}", file.display());
            met.insert((from.id(), path));
        }
    }
    for (of, path, why) in ANEW {
        assert!(met.contains(&(of.id(), (*path).to_owned())), "{} {path} ({why}) is no longer so", of.id());
    }
}
