//! What a provider says when it does not know a field, and which [`Lack`] that is in the request it was sent.
//!
//! Providers name the field in a sentence, in `error.param`, or as a path of their validator's (`loc`). A validator's
//! path also has steps that are no fields (the member of a union that was tried), so it is followed in the request
//! itself: what is not there is no step. A name that the request does not have is no lack.

use serde_json::Value;

use super::lack::{FieldPath, Lack};
use crate::protocol::UpstreamProtocol;

mod wording;

/// Longest error body that is read: validators list every complaint.
const BODY_MAX: usize = 64 << 10;

/// Most complaints of one answer.
const COMPLAINTS_MAX: usize = 16;

/// Most steps of a validator's path; each may be tried in two ways.
const STEPS_MAX: usize = 12;

/// What an answer complains of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Complaint {
    /// A field is not known, or not taken; its path.
    Unknown(Vec<String>),
    /// A field is known, and its value is not; its path.
    Value(Vec<String>),
    /// The role of a message.
    Role,
    /// Reasoning without a budget.
    Adaptive,
    /// One beta; none: whichever there are.
    Beta(Option<String>),
}

/// What the request `sent` has that the answer `error` refuses and that can be left out. `betas`: the values of its
/// header `anthropic-beta`.
pub fn refused(protocol: UpstreamProtocol, error: &[u8], sent: &str, betas: &[&str]) -> Vec<Lack> {
    let mut complaints = Vec::new();
    if let Some(text) = error.get(..error.len().min(BODY_MAX)).and_then(|text| std::str::from_utf8(text).ok()) {
        match serde_json::from_str(text) {
            Ok(value) => read(&value, &mut complaints),
            Err(_) => wording::read(text, &mut complaints),
        }
    }
    if complaints.is_empty() {
        return Vec::new();
    }
    let Ok(request) = serde_json::from_str::<Value>(sent) else { return Vec::new() };
    let mut lacks = Vec::new();
    for complaint in complaints {
        for lack in resolve(protocol, &complaint, &request, betas) {
            if !lacks.contains(&lack) {
                lacks.push(lack);
            }
        }
    }
    lacks
}

/// Collects the complaints of an error body.
fn read(value: &Value, out: &mut Vec<Complaint>) {
    match value {
        Value::String(text) => wording::read(text, out),
        Value::Array(items) => items.iter().take(COMPLAINTS_MAX).for_each(|item| read(item, out)),
        Value::Object(object) => {
            if let Some(steps) = object.get("loc").and_then(Value::as_array) {
                let said = object.get("msg").and_then(Value::as_str).unwrap_or_default();
                let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
                wording::located(steps.iter().filter_map(step).collect(), said, kind, out);
                return;
            }
            let text = |name: &str| object.get(name).and_then(Value::as_str);
            if let (Some(param), Some("unknown_parameter" | "unsupported_parameter")) = (text("param"), text("code")) {
                push(out, Complaint::Unknown(wording::steps(param)));
            }
            for name in ["error", "errors", "detail", "message", "msg", "response", "base_resp", "status_msg"] {
                if let Some(inner) = object.get(name) {
                    read(inner, out);
                }
            }
        }
        _ => {}
    }
}

/// One step of a validator's path; `body` is where all begin.
fn step(value: &Value) -> Option<String> {
    match value {
        Value::String(name) if name != "body" => Some(name.clone()),
        Value::Number(index) => Some(index.to_string()),
        _ => None,
    }
}

fn push(out: &mut Vec<Complaint>, complaint: Complaint) {
    if out.len() < COMPLAINTS_MAX && !out.contains(&complaint) {
        out.push(complaint);
    }
}

fn resolve(protocol: UpstreamProtocol, complaint: &Complaint, request: &Value, betas: &[&str]) -> Vec<Lack> {
    let role = |role: &str| {
        let messages = request.get("messages").and_then(Value::as_array);
        messages.is_some_and(|messages| messages.iter().any(|message| message.get("role") == Some(&role.into())))
    };
    match (complaint, protocol) {
        (Complaint::Role, UpstreamProtocol::Anthropic) if role("system") => vec![Lack::SystemRole],
        (Complaint::Role, UpstreamProtocol::OpenaiChat) if role("developer") => vec![Lack::DeveloperRole],
        (Complaint::Adaptive, UpstreamProtocol::Anthropic) if is_adaptive(request) => vec![Lack::AdaptiveThinking],
        (Complaint::Beta(Some(name)), UpstreamProtocol::Anthropic) if betas.contains(&&**name) => {
            vec![Lack::Beta(name.as_str().into())]
        }
        (Complaint::Beta(None), UpstreamProtocol::Anthropic) if !betas.is_empty() => vec![Lack::Betas],
        (Complaint::Unknown(steps) | Complaint::Value(steps), _) => {
            let only_value = matches!(complaint, Complaint::Value(_));
            field(protocol, steps, only_value, request).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn is_adaptive(request: &Value) -> bool {
    let kind = request.pointer("/thinking/type").and_then(Value::as_str);
    matches!(kind, Some("adaptive" | "between_tools"))
}

/// Fields of which a value that is refused can be left out without another meaning.
const BY_VALUE: &[&str] = &["output_config.effort", "reasoning_effort", "reasoning.effort", "speed", "service_tier"];

/// Where a name without a path may stand.
const PLACES: &[&str] = &[
    "",
    "tools.0",
    "tools.0.function",
    "messages.0",
    "messages.0.content.0",
    "system.0",
    "thinking",
    "output_config",
    "stream_options",
];

fn field(protocol: UpstreamProtocol, steps: &[String], only_value: bool, request: &Value) -> Option<Lack> {
    let path = match steps {
        [name] => PLACES.iter().find_map(|place| anywhere(place, name, request))?,
        steps => followed(steps, request)?,
    };
    let text = path.to_string();
    if protocol == UpstreamProtocol::Anthropic && text == "thinking.type" {
        return is_adaptive(request).then_some(Lack::AdaptiveThinking);
    }
    if only_value && !BY_VALUE.contains(&&*text) {
        return None;
    }
    match (protocol, &*text) {
        (UpstreamProtocol::OpenaiChat, "max_completion_tokens") => Some(Lack::MaxCompletionTokens),
        (UpstreamProtocol::OpenaiChat, "max_tokens") => Some(Lack::MaxTokens),
        (_, "max_tokens") => None,
        _ => path.may_go().then_some(Lack::Field(path)),
    }
}

/// The path of `name` at a place, in whichever items of its lists it stands.
fn anywhere(place: &str, name: &str, request: &Value) -> Option<FieldPath> {
    let mut values = vec![request];
    let mut names: Vec<(Box<str>, bool)> = Vec::new();
    for step in place.split('.').filter(|step| !step.is_empty()) {
        if step == "0" {
            if let Some((_, each)) = names.last_mut() {
                *each = true;
            }
            values = values.into_iter().filter_map(Value::as_array).flatten().collect();
        } else {
            names.push((step.into(), false));
            values = values.into_iter().filter_map(|value| value.get(step)).collect();
        }
    }
    names.push((name.into(), false));
    values.iter().any(|value| value.get(name).is_some()).then_some(FieldPath(names))
}

/// Follows a validator's path in the request.
fn followed(steps: &[String], request: &Value) -> Option<FieldPath> {
    let mut names = Vec::new();
    let steps = steps.get(..steps.len().min(STEPS_MAX))?;
    follow(steps, request, &mut names).then_some(FieldPath(names))
}

/// Goes on from `value`; whether the last step was found.
fn follow(steps: &[String], value: &Value, names: &mut Vec<(Box<str>, bool)>) -> bool {
    let Some((step, rest)) = steps.split_first() else { return false };
    if let (Value::Array(items), Ok(index)) = (value, step.parse::<usize>()) {
        let (Some(item), Some((_, each))) = (items.get(index), names.last_mut()) else { return false };
        *each = true;
        return follow(rest, item, names);
    }
    if let Some(inner) = value.get(step) {
        names.push((step.as_str().into(), false));
        if rest.is_empty() || follow(rest, inner, names) {
            return true;
        }
        names.pop();
    }
    // Else it is the member of a union that was tried: `text` is one, and the name of a field too.
    follow(rest, value, names)
}
