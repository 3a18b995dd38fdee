//! Golden fixtures: input and expected output of one case in one file under `golden/`. `TOKGATE_BLESS=1` writes what is
//! expected anew; look at the difference.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokgate_wire::conversation::{End, Refused};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::stream::TransportEnd;
use tokgate_wire::translate::{AnswerStream, answer, dialect};
use toml_edit::{DocumentMut, value};

use crate::fold;
use crate::pair::{SCOPE, plan, try_ask_as};

/// The protocols that requests are written in.
pub(crate) const WRITTEN: [UpstreamProtocol; 5] = UpstreamProtocol::ALL;

/// The fixtures of one kind: `requests` or `answers`.
pub(crate) fn fixtures(kind: &str) -> Vec<(PathBuf, DocumentMut)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/translation/golden").join(kind);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).unwrap().parse().unwrap())).collect()
}

/// Whether the expectations are to be written.
pub(crate) fn blessing() -> bool {
    std::env::var_os("TOKGATE_BLESS").is_some()
}

/// Compares a fixture with what it became, or writes it.
pub(crate) fn settle(file: &Path, before: &str, after: &DocumentMut) {
    let after = after.to_string();
    if blessing() {
        std::fs::write(file, after).unwrap();
        return;
    }
    for (line, (expected, found)) in (1..).zip(before.lines().zip(after.lines())) {
        assert_eq!(expected, found, "{} line {line}", file.display());
    }
    assert_eq!(before.len(), after.len(), "{}", file.display());
}

/// A literal text of many lines, so that JSON can be read in the file.
pub(crate) fn literal(text: &str) -> toml_edit::Item {
    assert!(!text.contains("'''"), "a fixture may not hold three quotes");
    let written = format!("x = '''\n{text}\n'''\n");
    written.parse::<DocumentMut>().unwrap()["x"].clone()
}

/// JSON over many lines, in the order in which it stands.
pub(crate) fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).unwrap()
}

fn protocol(document: &DocumentMut, field: &str) -> Protocol {
    Protocol::from_id(document[field].as_str().unwrap()).unwrap()
}

/// How a request goes out to one provider: its body, or why it does not go; and what is lost.
fn sent(from: Protocol, to: UpstreamProtocol, body: &str) -> Result<(String, Vec<String>), Refused> {
    let sent = try_ask_as(from, to, body, &dialect::of(to), SCOPE)?;
    let lost =
        sent.losses.all().iter().map(|loss| format!("{} {} {}", loss.fate.id(), loss.field, loss.count)).collect();
    Ok((pretty(&sent.body), lost))
}

#[test]
fn requests_go_out_as_the_fixtures_say() {
    for (file, mut document) in fixtures("requests") {
        let before = document.to_string();
        let from = protocol(&document, "from");
        let body = document["body"].as_str().unwrap().to_owned();
        for to in WRITTEN.into_iter().filter(|to| *to != from) {
            let mut table = toml_edit::Table::new();
            match sent(from, to, &body) {
                Ok((body, lost)) => {
                    table["lost"] = value(lost.into_iter().collect::<toml_edit::Array>());
                    table["body"] = literal(&body);
                }
                Err(refused) => table["refused"] = value(format!("{}: {}", refused.field, refused.why.id())),
            }
            document[to.id()] = toml_edit::Item::Table(table);
        }
        settle(&file, &before, &document);
    }
}

/// A stream as a client gets it, and how it ended.
fn streamed(client: Protocol, upstream: UpstreamProtocol, stream: &str) -> (String, End) {
    let mut answer = AnswerStream::new(&plan(client, upstream));
    answer.push(stream.as_bytes());
    let end = answer.finish(TransportEnd::Proven);
    (String::from_utf8(answer.take()).unwrap(), end)
}

#[test]
fn answers_come_back_as_the_fixtures_say() {
    for (file, mut document) in fixtures("answers") {
        let before = document.to_string();
        let upstream = UpstreamProtocol::from_id(document["from"].as_str().unwrap()).unwrap();
        let (stream, whole) =
            (document["stream"].as_str().unwrap().to_owned(), document["whole"].as_str().unwrap().to_owned());
        for client in Protocol::ALL.into_iter().filter(|client| upstream != *client) {
            let mut table = toml_edit::Table::new();
            let (bytes, end) = streamed(client, upstream, &format!("{}\n\n", stream.trim_end()));
            table["end"] = value(format!("{end:?}"));
            table["stream"] = literal(bytes.trim_end());
            fold::stream(client, &fold::events(bytes.as_bytes()));
            let (body, whole_end) = answer::whole(&plan(client, upstream), &whole);
            table["whole_end"] = value(format!("{whole_end:?}"));
            if !body.is_empty() {
                table["whole"] = literal(&pretty(&serde_json::from_slice(&body).unwrap()));
            }
            document[client.id()] = toml_edit::Item::Table(table);
        }
        settle(&file, &before, &document);
    }
}

#[test]
fn every_pair_has_fixtures() {
    let from = |kind: &str| -> Vec<String> {
        fixtures(kind).iter().map(|(_, document)| document["from"].as_str().unwrap().to_owned()).collect()
    };
    let (requests, answers) = (from("requests"), from("answers"));
    for protocol in Protocol::ALL {
        assert!(requests.iter().filter(|id| *id == protocol.id()).count() >= 2, "{protocol:?}");
    }
    for protocol in UpstreamProtocol::ALL {
        assert!(answers.iter().filter(|id| *id == protocol.id()).count() >= 2, "{protocol:?}");
    }
}
