//! P1: what a client says to a provider of its own protocol comes out of the neutral model as it went in; and what the
//! model has no place for reaches no other protocol, and is never lost in silence.

use proptest::prelude::*;
use serde_json::{Value, json};
use tokgate_wire::conversation::{Part, Refused, Role, Stands, Turn};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::translate::{convert, dialect};

use crate::golden::fixtures;
use crate::laws::{carried, conversation, said_in_turn};
use crate::pair::{A, C, R, SCOPE, try_ask};

/// A member that no protocol knows.
const STRANGE: &str = "x_strange";

/// What its value holds.
const MARK: &str = "strange value";

/// The requests of the fixtures.
fn requests() -> Vec<(Protocol, Value)> {
    let request = |document: &toml_edit::DocumentMut| {
        let from = Protocol::from_id(document["from"].as_str().unwrap()).unwrap();
        (from, serde_json::from_str(document["body"].as_str().unwrap()).unwrap())
    };
    fixtures("requests").iter().map(|(_, document)| request(document)).collect()
}

/// The body for a provider of the client's own protocol, with turns changed by `edit`.
fn edited(from: Protocol, body: &str, edit: impl FnOnce(&mut [Turn<'_>])) -> Result<Value, Refused> {
    let facts = dialect::of(from.into());
    let sent =
        convert::recalling(from, from.into(), body, &facts, SCOPE, "routed", "asked", 1_800_000_000, 7, None, edit)?;
    Ok(serde_json::from_slice(&sent.body).unwrap())
}

/// The same, unchanged.
fn own(from: Protocol, body: &Value) -> Result<Value, Refused> {
    edited(from, &body.to_string(), |_| {})
}

/// The request with the model that is asked for.
fn routed(body: &Value) -> Value {
    let mut body = body.clone();
    body["model"] = json!("routed");
    body
}

/// Members whose value is JSON of the client's own, which is carried as it stands.
const CARRIED: [&str; 6] = ["input_schema", "parameters", "schema", "input", "action", "arguments"];

/// Whether what stands at `pointer` is told to be lost with something around it.
fn is_told(body: &Value, pointer: &str, lost: &[String]) -> bool {
    let (mut path, mut at) = (String::new(), String::new());
    pointer.split('/').skip(1).any(|step| {
        at = format!("{at}/{step}");
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str("[]");
        } else {
            path.push_str(if path.is_empty() { "" } else { "." });
            path.push_str(step);
        }
        let kind = body.pointer(&at).and_then(|node| node["type"].as_str()).unwrap_or_default();
        let by_kind = format!("{path}.{kind}");
        lost.iter().any(|lost| lost.split(' ').next().is_some_and(|lost| lost == path || lost == by_kind))
    })
}

/// Pointers to every object in `value`, but for those in JSON that is the client's own business.
fn nodes(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, inside) in
                members.iter().filter(|(name, inside)| !(inside.is_object() && CARRIED.contains(&name.as_str())))
            {
                nodes(inside, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
            found.push(at);
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inside)| nodes(inside, format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// With a strange member in the object at `pointer`.
fn strange(body: &Value, pointer: &str, value: &Value) -> Value {
    let mut body = body.clone();
    body.pointer_mut(pointer).unwrap()[STRANGE] = value.clone();
    body
}

/// A tool that may not be called: that it is left out changes nothing, whatever it says.
const NOT_ALLOWED: &str = r#"/tools/3"#;

/// Members that nobody knows, somewhere in a request.
fn strange_members(body: Value) -> impl Strategy<Value = Value> {
    let mut found = Vec::new();
    nodes(&body, String::new(), &mut found);
    let value = prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,6}".prop_map(|text| json!({"a": [text, {"b": null}]})),
    ];
    proptest::collection::vec((proptest::sample::select(found), value), 0..12).prop_map(move |members| {
        members.iter().fold(body.clone(), |body, (pointer, value)| strange(&body, pointer, value))
    })
}

fn any_request() -> impl Strategy<Value = (Protocol, Value)> {
    let said = proptest::collection::vec(said_in_turn(), 1..8);
    let made = (proptest::sample::select(Protocol::ALL.to_vec()), said)
        .prop_map(|(from, turns)| (from, conversation(from, &turns)));
    prop_oneof![proptest::sample::select(requests()), made]
        .prop_flat_map(|(from, body)| (Just(from), strange_members(body)))
}

#[test]
fn p1_every_request_of_the_fixtures_comes_out_as_it_went_in() {
    for (from, body) in requests() {
        assert_eq!(own(from, &body).unwrap(), routed(&body), "{from:?}");
    }
}

/// What the readers take in several spellings, and items that become no turn.
#[test]
fn p1_every_spelling_stays_as_it_is() {
    let said = json!({"role": "user", "content": "hi"});
    for (from, body) in [
        (A, json!({"model": "m", "system": [], "messages": [said], "max_tokens": 1.0e2, "tools": null})),
        (
            A,
            json!({"model": "m", "system": "", "messages": [{"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "x"}]}, said]}),
        ),
        (
            A,
            json!({"messages": [said, {"role": "assistant", "content": []}, {"role": "system", "content": "s"}], "model": "m"}),
        ),
        (
            C,
            json!({"model": "m", "messages": [{"role": "assistant", "content": null}, {"role": "system", "content": ""}, said, {"role": "assistant", "content": ""}]}),
        ),
        (
            C,
            json!({"model": "m", "messages": [said], "max_tokens": 5, "user": "u", "stop": null, "functions": [{"name": "f"}]}),
        ),
        (R, json!({"model": "m", "input": "hi", "instructions": "i", "store": true, "reasoning": {"effort": null}})),
        (
            R,
            json!({"model": "m", "instructions": "", "input": [{"type": "additional_tools", "role": "developer", "tools": []}, said, {"type": "configuration_update", "reasoning": {"effort": "low"}}, {"type": "compaction_trigger"}]}),
        ),
        (
            R,
            json!({"model": "m", "input": [said, {"type": "compaction", "id": "c", "encrypted_content": "theirs"}, said]}),
        ),
    ] {
        match own(from, &body) {
            Ok(sent) => assert_eq!(sent, routed(&body), "{from:?}"),
            Err(refused) => panic!("{from:?} {body}: {refused:?}"),
        }
    }
}

#[test]
fn what_is_left_out_of_a_request_is_told_wherever_it_stands() {
    for (from, body) in requests() {
        let mut found = Vec::new();
        nodes(&body, String::new(), &mut found);
        for pointer in found.iter().filter(|pointer| from != R || !pointer.starts_with(NOT_ALLOWED)) {
            let changed = strange(&body, pointer, &json!({"a": MARK}));
            for to in UpstreamProtocol::ALL.into_iter().filter(|to| *to != from) {
                let Ok(sent) = try_ask(from, to, &changed) else { continue };
                assert!(!sent.text.contains(MARK), "{from:?} to {to:?} {pointer}: {}", sent.text);
                let lost = sent.lost();
                let named = lost.iter().any(|lost| lost.contains(STRANGE));
                assert!(named || is_told(&body, pointer, &lost), "{from:?} to {to:?} {pointer}: {lost:?}");
            }
        }
    }
}

#[test]
fn a_turn_that_was_changed_is_written_anew_and_nothing_else() {
    for (from, body) in requests() {
        let list = if from == R { "input" } else { "messages" };
        let (mut at, mut turns) = (0, 1);
        while at < turns {
            let mut stood = Vec::new();
            let sent = edited(from, &body.to_string(), |all| {
                turns = all.len();
                stood = all.iter().map(|turn| items(turn.stands)).collect();
                all[at].change();
            })
            .unwrap();
            let (before, after): (usize, usize) = (stood[..at].iter().sum(), stood[at + 1..].iter().sum());
            let (was, is) = (body[list].as_array().unwrap(), sent[list].as_array().unwrap());
            assert_eq!(was[..before], is[..before], "{from:?} {at}");
            assert_eq!(was[was.len() - after..], is[is.len() - after..], "{from:?} {at}");
            for (name, value) in
                body.as_object().unwrap().iter().filter(|(name, _)| !["model", list].contains(&name.as_str()))
            {
                let changed = stood[at] == 0 && ["system", "instructions"].contains(&name.as_str());
                assert_eq!(&sent[name], if changed { &Value::Null } else { value }, "{from:?} {at} {name}");
            }
            at += 1;
        }
    }
}

/// P10, to a provider of the client's own protocol.
#[test]
fn what_we_wrapped_for_one_provider_does_not_go_to_another() {
    for (client, maker) in
        Protocol::ALL.into_iter().flat_map(|client| UpstreamProtocol::ALL.map(|maker| (client, maker)))
    {
        for body in
            [false, true].into_iter().filter_map(|redacted| carried(client, maker, "made by somebody", redacted))
        {
            let facts = dialect::of(client.into());
            let sent =
                convert::request(client, client.into(), &body.to_string(), &facts, SCOPE + 1, "m", "m", 0, 7).unwrap();
            let text = String::from_utf8(sent.body).unwrap();
            assert!(!text.contains("tg1."), "{maker:?} by {client:?}: {text}");
            assert!(maker == client || !text.contains("made by somebody"), "{maker:?} by {client:?}: {text}");
        }
    }
}

/// How many items of the list a turn stands in.
fn items(stands: Stands<'_>) -> usize {
    match stands {
        Stands::Items(items) => serde_json::from_str::<Vec<Value>>(&format!("[{items}]")).unwrap().len(),
        Stands::Member(_) | Stands::Nowhere => 0,
    }
}

#[test]
fn what_was_put_into_a_turn_arrives_with_it() {
    for (from, body) in [
        (
            A,
            json!({"model": "m", "max_tokens": 9, "system": "old", "messages": [{"role": "user", "content": "a", "x": 1}, {"role": "user", "content": "b", "x": 2}]}),
        ),
        (
            C,
            json!({"model": "m", "messages": [{"role": "system", "content": "old"}, {"role": "user", "content": "a", "x": 1}, {"role": "user", "content": "b", "x": 2}]}),
        ),
        (
            R,
            json!({"model": "m", "instructions": "old", "input": [{"role": "user", "content": "a", "x": 1}, {"role": "user", "content": "b", "x": 2}]}),
        ),
    ] {
        let sent = edited(from, &body.to_string(), |turns| {
            assert_eq!(turns[0].role, Role::System);
            turns[0].change().push(Part::text("new"));
            turns[1].change().push(Part::text("c"));
        })
        .unwrap();
        let list = if from == R { "input" } else { "messages" };
        let last = sent[list].as_array().unwrap().last().unwrap();
        assert_eq!(last, &json!({"role": "user", "content": "b", "x": 2}), "{from:?}");
        let text = sent.to_string();
        assert!(text.contains("new") && text.contains("old") && text.contains("\"c\""), "{from:?}: {text}");
        assert!(!text.contains("\"x\":1") && sent["system"].is_null() && sent["instructions"].is_null(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn p1_whatever_nobody_knows_stays_where_it_was((from, body) in any_request()) {
        match own(from, &body) {
            Ok(sent) => prop_assert_eq!(sent, routed(&body), "{:?}", from),
            // Nothing was said in it.
            Err(refused) => prop_assert!(refused.is_malformed(), "{:?}", refused),
        }
    }
}
