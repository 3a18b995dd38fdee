//! What becomes of every field a client can send: `fidelity.toml`, compared with what happens, and the page for people
//! that is made of it. Nothing may vanish without a word.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use toml_edit::{DocumentMut, InlineTable};

use crate::golden::{WRITTEN, blessing};
use crate::pair::{A, C, R, Sent, try_ask};

/// The list.
const LIST: &str = "tests/translation/fidelity.toml";

/// The page.
const PAGE: &str = "../../docs/reference/fidelity.md";

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

/// The smallest request with a tool.
fn smallest(of: Protocol) -> Value {
    let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
    match of {
        A => json!({"model": "m", "max_tokens": 5000, "messages": [{"role": "user", "content": "?"}],
            "tools": [{"name": "read", "input_schema": schema}]}),
        C => json!({"model": "m", "messages": [{"role": "user", "content": "?"}],
            "tools": [{"type": "function", "function": {"name": "read", "parameters": schema}}]}),
        R => json!({"model": "m", "input": [{"role": "user", "content": "?"}],
            "tools": [{"type": "function", "name": "read", "parameters": schema, "strict": false}]}),
    }
}

/// The request with these members.
fn with(mut body: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Whether `body` has a member of this name and value anywhere.
fn has(body: &Value, name: &str, value: &Value) -> bool {
    match body {
        Value::Object(members) => {
            members.iter().any(|(found, inner)| found == name && inner == value || has(inner, name, value))
        }
        Value::Array(list) => list.iter().any(|inner| has(inner, name, value)),
        _ => false,
    }
}

/// What became of what was added.
fn fate(add: &Value, plain: &Sent, sent: &Sent) -> String {
    let before: BTreeSet<String> = plain.lost().into_iter().collect();
    let fates: BTreeSet<String> = sent
        .lost()
        .iter()
        .filter(|loss| !before.contains(*loss))
        .filter_map(|loss| loss.rsplit(' ').next().map(str::to_owned))
        .collect();
    if !fates.is_empty() {
        return fates.into_iter().collect::<Vec<_>>().join(", ");
    }
    if sent.body == plain.body && sent.plan.want_usage == plain.plan.want_usage {
        return "nothing".to_owned();
    }
    let kept = add.as_object().unwrap().iter().all(|(name, value)| has(&sent.body, name, value));
    if kept { "kept" } else { "mapped" }.to_owned()
}

#[test]
fn every_field_becomes_what_the_list_says_and_none_vanishes_in_silence() {
    let mut list: DocumentMut = read(LIST).parse().unwrap();
    let mut wrong = Vec::new();
    for field in list["field"].as_array_of_tables_mut().unwrap().iter_mut() {
        let of = Protocol::from_id(field["of"].as_str().unwrap()).unwrap();
        let add: Value = serde_json::from_str(field["add"].as_str().unwrap()).unwrap();
        let beside = field.get("beside").and_then(|beside| beside.as_str()).unwrap_or("{}");
        let beside = with(smallest(of), &serde_json::from_str(beside).unwrap());
        let body = with(smallest(of), &add);
        let mut becomes = InlineTable::new();
        for to in WRITTEN.into_iter().filter(|to| *to != of) {
            let plain = try_ask(of, to, &beside).or_else(|_| try_ask(of, to, &smallest(of))).unwrap();
            let mut found = match try_ask(of, to, &body) {
                Ok(sent) => fate(&add, &plain, &sent),
                Err(_) => "refused".to_owned(),
            };
            if found == "nothing" {
                let implied = field.get("implied").and_then(|implied| implied.as_table_like());
                if implied.is_some_and(|reasons| reasons.contains_key(to.id()) || reasons.contains_key("all")) {
                    found = "implied".to_owned();
                } else {
                    wrong.push(format!("{} `{}` vanishes without a word at {}", of.id(), field["field"], to.id()));
                }
            }
            if !blessing()
                && field.get("becomes").and_then(|known| known.get(to.id())).and_then(|known| known.as_str())
                    != Some(&found)
            {
                wrong.push(format!("{} `{}` is {found} at {}", of.id(), field["field"], to.id()));
            }
            becomes.insert(to.id(), found.into());
        }
        field["becomes"] = toml_edit::value(becomes);
    }
    if blessing() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST), list.to_string()).unwrap();
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE), page(&list)).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(read(PAGE) == page(&list), "the page is not that of the list: run the test with TOKGATE_BLESS=1");
}

/// Whether `body` has the place that a loss names: members, lists, and at the end a member, or what the thing there is
/// by its `type` or `role`.
fn holds(body: &Value, path: &str) -> bool {
    let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
    let (name, is_list) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
    let is_kind = |value: &Value| rest.is_none() && (value["type"] == name || value["role"] == name);
    // A name with a point in it, and a place that only one word of a value says: `thinking.type=adaptive`.
    if body.get(path).is_some() || is_kind(body) {
        return true;
    }
    let Some(inner) = body.get(name) else { return false };
    match (rest, inner) {
        (None, _) => true,
        (Some(rest), Value::Array(items)) if is_list => items.iter().any(|item| holds(item, rest)),
        // One text may stand for a list of one.
        (Some("text"), Value::String(_)) => is_list,
        (Some(rest), inner) => !is_list && holds(inner, rest),
    }
}

#[test]
fn every_loss_names_a_place_in_the_clients_own_request() {
    let list: DocumentMut = read(LIST).parse().unwrap();
    let mut wrong = BTreeSet::new();
    for field in list["field"].as_array_of_tables().unwrap().iter() {
        let of = Protocol::from_id(field["of"].as_str().unwrap()).unwrap();
        let add: Value = serde_json::from_str(field["add"].as_str().unwrap()).unwrap();
        let body = with(smallest(of), &add);
        for to in WRITTEN.into_iter().filter(|to| *to != of) {
            match try_ask(of, to, &body) {
                Ok(sent) => {
                    let strange = sent.losses.all().iter().filter(|loss| !holds(&body, &loss.field));
                    wrong.extend(
                        strange.map(|loss| format!("{} {}: {} at {}", of.id(), field["field"], loss.field, to.id())),
                    );
                }
                Err(refused) => {
                    let path = without_places(&refused.field);
                    if !holds(&body, &path) {
                        wrong.insert(format!("{} {}: {path} refused at {}", of.id(), field["field"], to.id()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A path without its numbers.
fn without_places(path: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for char in path.chars() {
        inside = (inside || char == '[') && char != ']';
        if !inside || char == '[' {
            plain.push(char);
        }
    }
    plain
}

/// The page, made from the list.
fn page(list: &DocumentMut) -> String {
    let mut page = read("tests/translation/fidelity_head.md");
    for of in Protocol::ALL {
        let to: Vec<UpstreamProtocol> = WRITTEN.into_iter().filter(|to| *to != of).collect();
        page.push_str(&format!("\n## `{}`\n\n| |", of.id()));
        to.iter().for_each(|to| page.push_str(&format!(" `{}` |", to.id())));
        page.push_str("\n|---|");
        to.iter().for_each(|_| page.push_str("---|"));
        page.push('\n');
        let fields =
            list["field"].as_array_of_tables().unwrap().iter().filter(|field| field["of"].as_str() == Some(of.id()));
        for field in fields {
            page.push_str(&format!("| {} |", field["field"].as_str().unwrap().replace('|', "\\|")));
            for to in &to {
                page.push_str(&format!(
                    " {} |",
                    field["becomes"].get(to.id()).and_then(|word| word.as_str()).unwrap_or("–")
                ));
            }
            page.push('\n');
        }
    }
    page.push_str(&crate::searches::page());
    page
}
