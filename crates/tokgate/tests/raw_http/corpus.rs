//! Reads the committed inputs.

use std::collections::HashSet;

use tokgate::proxy::front::Reject;
use toml_edit::{DocumentMut, Item, Table};

/// What becomes of one request of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Serve,
    ServeHead,
    Refuse(Reject),
}

/// One connection's input.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) input: Vec<u8>,
    pub(crate) expect: Vec<Expect>,
    pub(crate) fin: bool,
}

impl Case {
    /// How many requests are served.
    pub(crate) fn served(&self) -> usize {
        self.expect.iter().filter(|expect| !matches!(expect, Expect::Refuse(_))).count()
    }

    /// Why the connection is refused in the end.
    pub(crate) fn refused(&self) -> Option<Reject> {
        match self.expect.last() {
            Some(Expect::Refuse(reject)) => Some(*reject),
            _ => None,
        }
    }
}

/// All inputs.
pub(crate) fn cases() -> Vec<Case> {
    let document: DocumentMut = include_str!("corpus.toml").parse().unwrap();
    let tables = document["case"].as_array_of_tables().unwrap();
    let cases: Vec<_> = tables.iter().map(case).collect();
    let names: HashSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "a name is used twice");
    cases
}

fn case(table: &Table) -> Case {
    let text = |key: &str| table.get(key).and_then(Item::as_str);
    let known = ["name", "input", "expect", "why", "fin"];
    assert!(table.iter().all(|(key, _)| known.contains(&key)), "{table}");
    let expect = table["expect"].as_array().unwrap().iter().map(|item| expectation(item.as_str().unwrap())).collect();
    Case {
        name: text("name").unwrap().to_owned(),
        input: bytes(text("input").unwrap()),
        expect,
        fin: table.get("fin").and_then(Item::as_bool).unwrap_or(false),
    }
}

fn expectation(text: &str) -> Expect {
    match text.split(' ').collect::<Vec<_>>()[..] {
        ["serve"] => Expect::Serve,
        ["serve-head"] => Expect::ServeHead,
        ["refuse", status, code] => {
            let reject = Reject::ALL.iter().find(|reject| reject.code() == code);
            let reject = *reject.unwrap_or_else(|| panic!("no such code: {code}"));
            assert_eq!(reject.status().to_string(), status, "{code}");
            Expect::Refuse(reject)
        }
        _ => panic!("cannot read {text:?}"),
    }
}

/// A character up to U+00FF is that byte; `{{TEXT*N}}` is N times TEXT.
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.extend(latin1(before));
        let (inner, after) = after.split_once("}}").unwrap();
        let (what, times) = inner.rsplit_once('*').unwrap();
        out.extend(latin1(what).repeat(times.parse().unwrap()));
        rest = after;
    }
    out.extend(latin1(rest));
    out
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}
