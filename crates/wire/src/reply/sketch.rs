//! The quick look at a good answer: its few interesting members, everything else skipped without being built.
//!
//! Says `None` to anything unusual (an error, a wrong type, a member twice); the full reading then decides.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{NAME_MAX, ReplyFacts};
use crate::openai_chat::decode::is_failure;
use crate::protocol::Protocol;
use crate::usage::{Tree, Usage};

/// The members that matter, of all protocols.
#[derive(Deserialize)]
struct Sketch<'a> {
    content: Option<List>,
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    output: Option<List>,
    #[serde(borrow)]
    usage: Option<Node<'a>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    container: Option<Container<'a>>,
    #[serde(borrow)]
    stop_reason: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    incomplete_details: Option<Details<'a>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Container<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
}

/// A list; its items are skipped.
struct List;

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = List;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(List)
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

/// A small tree of counts: no hashing, nothing owned.
enum Node<'a> {
    Number(u64),
    Members(Vec<(Cow<'a, str>, Self)>),
    Other,
}

impl Tree for Node<'_> {
    fn member(&self, name: &str) -> Option<&Self> {
        let Self::Members(members) = self else { return None };
        // Of a member that stands twice the last one counts, as everywhere.
        members.iter().rfind(|(known, _)| known == name).map(|(_, node)| node)
    }

    fn number(&self) -> Option<u64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    fn numbers(&self) -> Vec<u64> {
        let Self::Members(members) = self else { return Vec::new() };
        members.iter().filter_map(|(_, node)| node.number()).collect()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Node<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_u64<E>(self, number: u64) -> Result<Node<'de>, E> {
                Ok(Node::Number(number))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Node<'de>, E> {
                Ok(Node::Other)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Node<'de>, E> {
                Ok(Node::Other)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Node<'de>, E> {
                Ok(Node::Other)
            }
            fn visit_str<E>(self, _: &str) -> Result<Node<'de>, E> {
                Ok(Node::Other)
            }
            fn visit_unit<E>(self) -> Result<Node<'de>, E> {
                Ok(Node::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Node::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                }
                Ok(Node::Members(members))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// A member's name, borrowed where it holds no escape.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The facts of a good answer.
pub(super) fn read(protocol: Protocol, body: &[u8]) -> Option<ReplyFacts> {
    // Proved once for the whole, not for each text in it.
    let body = std::str::from_utf8(body).ok()?;
    let sketch: Sketch<'_> = serde_json::from_str(body).ok()?;
    if sketch.error.is_some_and(|error| !error.is_null()) || sketch.status.as_deref() == Some("failed") {
        return None;
    }
    let stop = match protocol {
        Protocol::Anthropic => {
            sketch.content?;
            name(sketch.stop_reason)
        }
        Protocol::OpenaiChat => {
            let choices = sketch.choices.filter(|choices| !choices.is_empty())?;
            if choices.iter().any(|choice| choice.finish_reason.as_deref().is_some_and(is_failure)) {
                return None;
            }
            choices.into_iter().find_map(|choice| name(choice.finish_reason))
        }
        Protocol::OpenaiResponses => {
            sketch.output?;
            name(sketch.incomplete_details.and_then(|details| details.reason)).or_else(|| name(sketch.status))
        }
    };
    let usage = sketch.usage.filter(|usage| matches!(usage, Node::Members(_)));
    Some(ReplyFacts {
        usage: usage.map(|usage| Usage::read_tree(protocol, &usage)).unwrap_or_default(),
        model: name(sketch.model),
        stop,
        kept: match protocol {
            Protocol::OpenaiResponses => name(sketch.id),
            Protocol::Anthropic => name(sketch.container.and_then(|container| container.id)),
            Protocol::OpenaiChat => None,
        },
    })
}

fn name(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|name| !name.is_empty() && name.len() <= NAME_MAX).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::super::read_shape;
    use super::super::{Reply, is_answer};
    use super::*;

    /// Good, odd and bad bodies: where the quick look answers, it says what the full reading says.
    #[test]
    fn the_quick_look_never_differs_from_the_full_reading() {
        let bodies = [
            r#"{"type":"message","content":[{"type":"text","text":"hi"}],"model":"m","stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":5}}"#,
            r#"{"content":[],"model":"","stop_reason":null,"error":null}"#,
            r#"{"content":"text","model":"m"}"#,
            r#"{"id":"i","content":[],"output":[],"container":{"id":"container_1","expires_at":"2026-11-28T18:00:00Z"}}"#,
            r#"{"content":[],"output":[],"container":null}"#,
            r#"{"content":[],"container":{"id":7}}"#,
            r#"{"content":[],"choices":[{}],"container":"c"}"#,
            r#"{"content":[],"content":[]}"#,
            r#"{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
            r#"{"choices":[]}"#,
            r#"{"choices":[{"message":{"content":"x"},"finish_reason":"error"}]}"#,
            r#"{"choices":[{}],"error":{"message":"no"}}"#,
            r#"{"object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}"#,
            r#"{"status":"failed","output":[],"error":{"code":"x","message":"y"}}"#,
            r#"{"status":"completed","output":[],"incomplete_details":null}"#,
            "[]",
            "",
            "{",
        ];
        for body in bodies {
            for protocol in Protocol::ALL {
                let full = read_shape(protocol.into(), body.as_bytes(), |object| is_answer(protocol.into(), object));
                if let Some(facts) = read(protocol, body.as_bytes()) {
                    assert_eq!(Reply::Complete(facts), full, "{body}");
                }
            }
        }
    }

    #[test]
    fn ordinary_answers_take_the_quick_way() {
        let anthropic =
            br#"{"content":[{"a":[1,{}]}],"model":"m","stop_reason":"tool_use","usage":{"output_tokens":7}}"#;
        let facts = read(Protocol::Anthropic, anthropic);
        assert!(
            facts.is_some_and(|facts| facts.stop.as_deref() == Some("tool_use") && facts.usage.output_total == Some(7))
        );
    }
}
