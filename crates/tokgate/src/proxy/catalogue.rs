//! What we answer by ourselves for a caller we know: the list of models, in the shape he expects.

use http::request::Parts;
use http::{Response, StatusCode, header, header::HeaderValue};
use tokgate_wire::error::{self, Answer, Kind};
use tokgate_wire::models::{self, ListShape, ModelEntry, Page};
use tokgate_wire::path::Call;
use tokgate_wire::protocol::Protocol;

use super::body::AnswerBody;
use super::identify::Known;
use crate::gateway::snapshot::Snapshot;

/// Answers `GET /v1`, `/v1/models`, `/v1/models/ID`, `/adapters`.
pub fn answer(snapshot: &Snapshot, known: &Known<'_>, head: &Parts) -> Response<AnswerBody> {
    let shape = shape(head);
    let entries: Vec<ModelEntry<'_>> = snapshot
        .models()
        .into_iter()
        .map(|(id, owner)| ModelEntry {
            id,
            display_name: id,
            owner,
            created_unix: 0,
            limits: snapshot.limits(id, owner),
        })
        .collect();
    match known.call {
        Call::Model(id) => match entries.iter().find(|entry| entry.id == id) {
            Some(entry) => json(StatusCode::OK, models::one(shape, entry)),
            None => json(StatusCode::NOT_FOUND, missing(shape, id)),
        },
        Call::Adapters => json(StatusCode::OK, adapters(snapshot)),
        Call::Models => json(StatusCode::OK, models::list(shape, &entries, &page(head))),
        _ => json(StatusCode::OK, br#"{"object":"api","name":"tokgate"}"#.to_vec()),
    }
}

/// The part of the list that is asked for.
fn page(head: &Parts) -> Page {
    let mut page = Page::default();
    for (name, value) in url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()) {
        match &*name {
            "limit" => page.limit = value.parse().ok().filter(|limit| *limit > 0),
            "after_id" => page.after = Some(value.into_owned()),
            "before_id" => page.before = Some(value.into_owned()),
            _ => {}
        }
    }
    page
}

/// Which client adapters there are and what each rewrites; those that are known by name and not configured do nothing.
fn adapters(snapshot: &Snapshot) -> Vec<u8> {
    let data = crate::gateway::adapters::all(&snapshot.config.adapters);
    serde_json::to_vec(&serde_json::json!({ "object": "list", "data": data })).unwrap_or_default()
}

/// Anthropic's shape for callers that name its version or are Claude Code, OpenAI's for the rest.
fn shape(head: &Parts) -> ListShape {
    let agent = head.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if head.headers.contains_key("anthropic-version") || agent.starts_with("claude-code/") {
        ListShape::Anthropic
    } else {
        ListShape::Openai
    }
}

/// The error for a model that is not on the list, in the caller's envelope.
fn missing(shape: ListShape, id: &str) -> Vec<u8> {
    let protocol = match shape {
        ListShape::Anthropic => Protocol::Anthropic,
        ListShape::Openai => Protocol::OpenaiChat,
    };
    let message = format!("model: {id}");
    let answer = Answer {
        kind: Kind::NotFound,
        status: 404,
        code: Some("model_not_found"),
        message: &message,
        param: None,
        request_id: "",
    };
    error::body(protocol, &answer)
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::fixed(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
