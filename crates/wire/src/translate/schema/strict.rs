//! What OpenAI enforces. Source: OpenAI API documentation, "Structured outputs", supported schemas.

use super::node::{Node, Place, items, members};
use crate::json::{Kind, Reader};

/// Keywords that are refused where a schema is enforced.
const REFUSED: &[&str] = &[
    "allOf",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxProperties",
    "minProperties",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];

/// Whether OpenAI takes it as `strict`: every object closed, every property required.
pub fn is_strict(schema: &str) -> bool {
    let root = Node::read(schema);
    root.is_some_and(|root| root.get("type") == Some("\"object\"") && root.get("anyOf").is_none()) && holds(schema)
}

fn holds(schema: &str) -> bool {
    let Some(node) = Node::read(schema) else { return false };
    let is_object = node.get("type").is_some_and(|kind| kind.contains("\"object\"")) || node.has(&["properties"]);
    let closed = node.get("additionalProperties") == Some("false");
    let all_required = node.properties.iter().all(|(name, _)| node.requires(name));
    (!is_object || (closed && all_required))
        && !node.has(REFUSED)
        && node.members.iter().all(|(name, raw)| *name == "additionalProperties" || inner_holds(name, raw))
}

fn inner_holds(keyword: &str, raw: &str) -> bool {
    match Place::of(keyword) {
        Place::Value => true,
        Place::Schema if Reader::new(raw).kind() == Ok(Kind::Array) => items(raw).into_iter().all(holds),
        Place::Schema => holds(raw),
        Place::Named => members(raw).is_some_and(|schemas| schemas.into_iter().all(|(_, schema)| holds(schema))),
    }
}
