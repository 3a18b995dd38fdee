//! Bad requests: `refusals.toml`, each to every protocol. Whoever is asked, the same place and the same reason are named,
//! and nothing is made up in the place of what cannot be said.

use std::path::Path;

use serde_json::Value;
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::translate::{convert, dialect};
use toml_edit::DocumentMut;

use crate::golden::WRITTEN;

fn list() -> DocumentMut {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/translation/refusals.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

/// Where and why a body is refused.
fn refusal(from: Protocol, to: UpstreamProtocol, body: &str) -> Result<(String, &'static str), Vec<u8>> {
    match convert::request(from, to, body, &dialect::of(to), 1, "m", "m", 0, 0) {
        Ok(translated) => Err(translated.body),
        Err(refused) => Ok((refused.field.into_owned(), refused.why.id())),
    }
}

#[test]
fn a_bad_request_is_refused_with_its_place_and_reason_whoever_is_asked() {
    let mut wrong = Vec::new();
    for bad in list()["bad"].as_array_of_tables().unwrap() {
        let of = |name: &str| bad[name].as_str().unwrap();
        let from = Protocol::from_id(of("of")).unwrap();
        for to in WRITTEN.into_iter().filter(|to| *to != from) {
            let found = refusal(from, to, of("body"));
            if found.as_ref().ok() != Some(&(of("field").to_owned(), if let Ok((_, why)) = &found { why } else { "" }))
                || found.as_ref().is_ok_and(|(_, why)| *why != of("why"))
            {
                let found = found.map_err(|body| String::from_utf8_lossy(&body).into_owned());
                wrong.push(format!("{} for {}: {found:?}", of("body"), to.id()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A client of today talks of things that its provider of tomorrow has: they are left out and reported, and what else was
/// said is answered.
#[test]
fn an_item_that_nobody_knows_is_reported_where_something_else_is_said() {
    let body = r#"{"input":[{"role":"user","content":"x"},{"type":"hologram"},{"role":"user","content":"y"}]}"#;
    for to in WRITTEN.into_iter().filter(|to| *to != Protocol::OpenaiResponses) {
        let translated =
            convert::request(Protocol::OpenaiResponses, to, body, &dialect::of(to), 1, "m", "m", 0, 0).unwrap();
        let lost: Vec<_> = translated.losses.all().iter().map(|loss| loss.field.as_ref()).collect();
        assert_eq!(lost, ["input[].hologram"], "{}", to.id());
        let sent: Value = serde_json::from_slice(&translated.body).unwrap();
        assert!(!sent.to_string().contains("(continue)"), "{sent}");
    }
}

/// Members that nobody knows are reported by the same name whoever is asked, of every client.
#[test]
fn members_of_items_that_nobody_knows_are_reported_as_those_of_messages_are() {
    let table = [
        (
            Protocol::Anthropic,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"x","aura":1}],"mood":2}]}"#,
        ),
        (
            Protocol::OpenaiChat,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"x","aura":1}],"mood":2}]}"#,
        ),
        (
            Protocol::OpenaiResponses,
            r#"{"input":[{"role":"user","content":[{"type":"input_text","text":"x","aura":1}],"mood":2}]}"#,
        ),
    ];
    for (from, body) in table {
        let list = if from == Protocol::OpenaiResponses { "input[]" } else { "messages[]" };
        for to in WRITTEN.into_iter().filter(|to| *to != from) {
            let translated = convert::request(from, to, body, &dialect::of(to), 1, "m", "m", 0, 0).unwrap();
            let mut lost: Vec<_> = translated.losses.all().iter().map(|loss| loss.field.to_string()).collect();
            lost.retain(|field| field.starts_with(list));
            lost.sort();
            assert_eq!(lost, [format!("{list}.content[].aura"), format!("{list}.mood")], "{from:?} for {}", to.id());
        }
    }
}
