//! A provider that refuses what it does not know, in the words of real ones.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::protocol::Protocol;
use crate::wire::error::{self, Error};

/// What a provider refuses, and how it says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Narrow {
    /// Fields (`context_management`, `tools[].defer_loading`) and values (`messages[].role=system`).
    pub refuses: Vec<String>,
    /// Values of `anthropic-beta`.
    pub betas: Vec<String>,
    /// Whose words.
    pub wording: Wording,
}

/// In whose words a field is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// Anthropic's validator, one complaint at a time.
    #[default]
    Anthropic,
    /// FastAPI: every complaint, each with its place.
    Fastapi,
    /// OpenAI.
    Openai,
    /// Rust's serde (DeepSeek).
    Serde,
    /// A Chinese relay.
    Chinese,
}

/// A place in a body.
type Steps = Vec<String>;

impl Narrow {
    /// The refusal of a request, as status 400 with this body; `None`: nothing is refused.
    pub(crate) fn refuse(&self, protocol: Protocol, body: &[u8], betas: &str, number: u64) -> Option<Value> {
        let sent: Vec<&str> = betas.split(',').map(str::trim).collect();
        let unknown: Vec<String> = self.betas.iter().filter(|beta| sent.contains(&beta.as_str())).cloned().collect();
        if !unknown.is_empty() {
            let message = format!("Unexpected value(s) `{}` for the `anthropic-beta` header", unknown.join("`, `"));
            return Some(told(protocol, &message, None, number));
        }
        let body: Value = serde_json::from_slice(body).ok()?;
        let found: Vec<(Steps, Option<&str>)> =
            self.refuses.iter().filter_map(|refused| find(&body, refused)).collect();
        let (steps, value) = found.first()?;
        if self.wording == Wording::Fastapi {
            return Some(json!({"detail": found.iter().map(complaint).collect::<Vec<_>>()}));
        }
        let code = (self.wording == Wording::Openai).then_some("unknown_parameter");
        Some(told(protocol, &self.words(steps, *value), code, number))
    }

    fn words(&self, steps: &Steps, value: Option<&str>) -> String {
        let dotted = steps.join(".");
        let last = steps.last().map_or("", String::as_str);
        match (self.wording, value) {
            (Wording::Serde, Some(value)) => format!(
                "Failed to deserialize the JSON body into the target type: {}: unknown variant `{value}`, expected `user` or `assistant`",
                indexed(steps)
            ),
            (_, Some("adaptive")) => format!("{dotted}: Input should be 'enabled' or 'disabled'"),
            (Wording::Openai, Some(value)) => format!("Invalid role: {value}"),
            (Wording::Chinese, Some(value)) => format!("Messages API 不支持 role=\"{value}\""),
            (_, Some(_)) => format!("{dotted}: Input should be 'user' or 'assistant'"),
            // A union of tools was tried.
            (Wording::Anthropic | Wording::Fastapi, None) => {
                let tried = if dotted.starts_with("tools.") {
                    dotted.replace(&format!(".{last}"), &format!(".custom.{last}"))
                } else {
                    dotted
                };
                format!("{tried}: Extra inputs are not permitted")
            }
            (Wording::Openai, None) => format!("Unknown parameter: '{}'.", indexed(steps)),
            (Wording::Serde, None) => format!("unknown field `{last}`, expected one of `model`, `messages`"),
            (Wording::Chinese, None) => format!("不支持的参数: {last}"),
        }
    }
}

fn complaint((steps, value): &(Steps, Option<&str>)) -> Value {
    let step = |step: &String| step.parse::<u64>().map_or_else(|_| json!(step), |index| json!(index));
    let place: Vec<Value> = std::iter::once(json!("body")).chain(steps.iter().map(step)).collect();
    match value {
        Some(_) => json!({"type": "literal_error", "loc": place, "msg": "Input should be 'user' or 'assistant'"}),
        None => json!({"type": "extra_forbidden", "loc": place, "msg": "Extra inputs are not permitted"}),
    }
}

fn told(protocol: Protocol, message: &str, code: Option<&str>, number: u64) -> Value {
    error::body(protocol, Error { kind: "invalid_request_error", code, message }, number)
}

/// `messages[1].role`
fn indexed(steps: &Steps) -> String {
    let mut path = String::new();
    for step in steps {
        if step.parse::<u64>().is_ok() {
            path.push_str(&format!("[{step}]"));
        } else {
            let dot = if path.is_empty() { "" } else { "." };
            path.push_str(&format!("{dot}{step}"));
        }
    }
    path
}

/// The first place in `body` that `refused` means, and the value it names.
fn find<'r>(body: &Value, refused: &'r str) -> Option<(Steps, Option<&'r str>)> {
    let (path, value) = refused.split_once('=').map_or((refused, None), |(path, value)| (path, Some(value)));
    let parts: Vec<&str> = path.split('.').collect();
    walk(body, &parts, value).map(|steps| (steps, value))
}

fn walk(at: &Value, parts: &[&str], value: Option<&str>) -> Option<Steps> {
    let Some((part, rest)) = parts.split_first() else {
        return value.is_none_or(|value| at == value).then(Vec::new);
    };
    let name = part.trim_end_matches("[]");
    let inner = at.get(name)?;
    let below = if *part == name {
        walk(inner, rest, value)?
    } else {
        let items = inner.as_array()?.iter().enumerate();
        items.into_iter().find_map(|(index, item)| {
            let steps = walk(item, rest, value)?;
            Some(std::iter::once(index.to_string()).chain(steps).collect())
        })?
    };
    Some(std::iter::once(name.to_owned()).chain(below).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const BODY: &str =
        r#"{"speed":1,"tools":[{"name":"a"},{"defer_loading":true}],"messages":[{"role":"user"},{"role":"system"}]}"#;

    fn refusal(refuses: &[&str], wording: Wording) -> Option<String> {
        let narrow =
            Narrow { refuses: refuses.iter().map(|it| (*it).to_owned()).collect(), betas: Vec::new(), wording };
        narrow.refuse(Protocol::Anthropic, BODY.as_bytes(), "", 1).map(|body| body.to_string())
    }

    #[test]
    fn what_is_refused_is_named_with_its_place_in_each_providers_words() {
        for (refuses, wording, words) in [
            (&["speed"][..], Wording::Anthropic, "\"speed: Extra inputs are not permitted\""),
            (&["tools[].defer_loading"], Wording::Anthropic, "\"tools.1.custom.defer_loading: Extra inputs"),
            (
                &["messages[].role=system"],
                Wording::Anthropic,
                "\"messages.1.role: Input should be 'user' or 'assistant'\"",
            ),
            (&["messages[].role=system"], Wording::Serde, "messages[1].role: unknown variant `system`"),
            (&["tools[].defer_loading"], Wording::Openai, "'tools[1].defer_loading'"),
            (&["speed", "tools[].defer_loading"], Wording::Fastapi, r#""loc":["body","tools",1,"defer_loading"]"#),
            (&["speed"], Wording::Chinese, "不支持的参数: speed"),
        ] {
            let said = refusal(refuses, wording).unwrap();
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(refusal(&["not_there", "messages[].role=developer"], Wording::Anthropic), None);
    }

    #[test]
    fn betas_are_refused_by_name() {
        let narrow = Narrow { betas: vec!["b-1".to_owned()], ..Narrow::default() };
        let said = narrow.refuse(Protocol::Anthropic, b"{}", "a-1, b-1", 1).unwrap().to_string();
        assert!(said.contains("Unexpected value(s) `b-1` for the `anthropic-beta` header"), "{said}");
        assert_eq!(narrow.refuse(Protocol::Anthropic, b"{}", "a-1", 1), None);
    }
}
