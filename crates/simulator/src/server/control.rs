//! The control plane for tests in other languages: `POST /__script`, `GET /__log`, `GET /__counters`,
//! `GET /__faults`, `POST /__reset`. JSON in, JSON out; never part of the log.

use serde_json::{Value, json};

use super::Seen;
use super::stage::{Request, Stage};
use crate::fault::Fault;
use crate::reply::Reply;
use crate::script::Script;

pub(crate) fn is_control(path: &str) -> bool {
    path.starts_with("/__")
}

pub(crate) fn answer(stage: &Stage, request: &Request) -> Reply {
    let path = request.path_and_query.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path) {
        ("POST", "/__script") => match serde_json::from_slice::<Script>(&request.body) {
            Ok(script) => {
                stage.play(script);
                Reply::json(200, &json!({"ok": true}))
            }
            Err(e) => Reply::json(400, &json!({"error": e.to_string()})),
        },
        ("POST", "/__reset") => {
            stage.reset();
            Reply::json(200, &json!({"ok": true}))
        }
        ("GET", "/__log") => Reply::json(200, &stage.log().iter().map(entry).collect()),
        ("GET", "/__counters") => Reply::json(200, &json!(stage.counters())),
        ("GET", "/__faults") => {
            Reply::json(200, &Fault::ALL.iter().map(|f| json!({"name": f.name(), "doc": f.doc()})).collect())
        }
        _ => Reply::json(
            404,
            &json!({"error": "the control plane knows /__script, /__log, /__counters, /__faults, /__reset"}),
        ),
    }
}

/// `body` is text; bytes that are not UTF-8 are replaced, `body_bytes` still counts them right.
fn entry(seen: &Seen) -> Value {
    json!({
        "number": seen.number,
        "method": seen.method,
        "path": seen.path_and_query,
        "headers": seen.headers,
        "body": String::from_utf8_lossy(&seen.body),
        "body_bytes": seen.body.len(),
        "connection_id": seen.connection_id,
        "http_version": seen.http_version,
        "at_ms": seen.at_ms,
        "behaviour": seen.behaviour,
        "ended": seen.ended,
        "stalled": seen.stalled,
    })
}
