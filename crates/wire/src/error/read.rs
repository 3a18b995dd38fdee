//! Reading errors, whoever wrote them. Only shapes, no judgement; text that is no JSON is not read.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{MESSAGE_MAX, WireError};

/// Longest type or code that is kept; longer ones are no names.
const NAME_MAX: usize = 128;

/// Longest wait that is believed; beyond a day it is a mistake.
const DELAY_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads an error body or the data of an error event. `None`: not an error in any known form.
///
/// Known: Anthropic and OpenAI (`error` object), the flat `error` event and `response.failed` of Responses, `error` as
/// plain text, Zhipu (codes as digits), Bedrock and AWS (`message`, `__type`), FastAPI (`detail`), DashScope and others
/// (`code` and `message`), MiniMax (`base_resp`), Google (a list with one object).
pub fn read(body: &[u8]) -> Option<WireError> {
    match serde_json::from_slice(body).ok()? {
        Value::Object(object) => read_object(&object),
        Value::Array(list) => read_object(list.first()?.as_object()?),
        _ => None,
    }
}

/// As [`read`], of an object that is parsed already.
pub(crate) fn read_object(object: &Map<String, Value>) -> Option<WireError> {
    if let Some(error) = nested(object) {
        return Some(error);
    }
    if let Some(error) = object.get("response").and_then(Value::as_object).and_then(nested) {
        return Some(error);
    }
    if let Some(error) = object.get("base_resp").and_then(Value::as_object).and_then(base_resp) {
        return Some(error);
    }
    flat(object)
}

/// `{"error": …}` where `error` says something.
pub(crate) fn nested(object: &Map<String, Value>) -> Option<WireError> {
    match object.get("error")? {
        Value::Object(error) => Some(WireError {
            kind: name(error.get("type")).or_else(|| name(error.get("status"))),
            code: google_reason(error).or_else(|| name(error.get("code"))).or_else(|| name(object.get("code"))),
            message: message(error).or_else(|| message(object)).unwrap_or_default(),
            defect: None,
        }),
        Value::String(text) if !text.is_empty() => {
            let said = message(object).unwrap_or_else(|| clip(text));
            Some(WireError { kind: flat_kind(object), code: name(object.get("code")), message: said, defect: None })
        }
        Value::Bool(true) => {
            let said = message(object).unwrap_or_default();
            Some(WireError { kind: flat_kind(object), code: name(object.get("code")), message: said, defect: None })
        }
        _ => None,
    }
}

/// Google says in `details` what its status only hints at: an invalid key is an `INVALID_ARGUMENT`.
fn google_reason(error: &Map<String, Value>) -> Option<String> {
    let details = error.get("details").and_then(Value::as_array)?;
    details.iter().find_map(|detail| name(detail.get("reason")))
}

/// How long an error's body asks to wait: Google's `RetryInfo`, whose `retryDelay` is written `"34.5s"`. Other providers
/// say it in headers.
pub fn retry_delay(body: &[u8]) -> Option<Duration> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let object = body.as_array().and_then(|list| list.first()).unwrap_or(&body);
    let details = object.get("error")?.get("details")?.as_array()?;
    let delay = details.iter().find_map(|detail| detail.get("retryDelay"))?.as_str()?;
    let seconds: f64 = delay.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|delay| *delay <= DELAY_MAX)
}

/// MiniMax: `{"base_resp": {"status_code": 1004, "status_msg": "…"}}`; 0 is success.
fn base_resp(object: &Map<String, Value>) -> Option<WireError> {
    let code = object.get("status_code").filter(|code| code.as_i64() != Some(0))?;
    let said = object.get("status_msg").and_then(Value::as_str).map(clip).unwrap_or_default();
    Some(WireError { kind: None, code: name(Some(code)), message: said, defect: None })
}

/// Message and code at the top.
fn flat(object: &Map<String, Value>) -> Option<WireError> {
    let said = message(object)?;
    let code = name(object.get("code")).or_else(|| name(object.get("status")));
    Some(WireError { kind: flat_kind(object), code, message: said, defect: None })
}

/// `type` where it names an error and not the event that carries it; AWS writes `__type`.
fn flat_kind(object: &Map<String, Value>) -> Option<String> {
    let is_event = |kind: &String| kind == "error" || kind.contains('.');
    name(object.get("type"))
        .filter(|kind| !is_event(kind))
        .or_else(|| name(object.get("__type")).map(|name| exception(&name).to_owned()))
}

/// The exception in one of AWS's names of it: `com.amazon.coral.service#ThrottlingException` in a body,
/// `ThrottlingException:http://…` in the header `x-amzn-errortype`.
pub fn exception(name: &str) -> &str {
    let name = name.rsplit_once('#').map_or(name, |(_, name)| name);
    name.split_once(':').map_or(name, |(name, _)| name).trim()
}

/// The text for people, under any of its names.
fn message(object: &Map<String, Value>) -> Option<String> {
    const NAMES: [&str; 6] = ["message", "Message", "msg", "error_msg", "detail", "error_description"];
    NAMES.iter().find_map(|name| text(object.get(*name)?))
}

/// A text, or the first entry of a list of complaints (FastAPI: `{"detail":[{"msg":…}]}`).
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(clip(text)),
        Value::Object(object) => object.get("msg").or_else(|| object.get("message")).and_then(Value::as_str).map(clip),
        Value::Array(list) => list.first().filter(|first| !first.is_array()).and_then(text),
        _ => None,
    }
}

/// A type or code; numbers as text.
fn name(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() && text.len() <= NAME_MAX => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// At most [`MESSAGE_MAX`] bytes, whole characters.
fn clip(text: &str) -> String {
    let mut end = text.len().min(MESSAGE_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}
