//! JSON schemas of tools as a target takes them.
//!
//! A schema is walked by place, so a property that is named like a keyword is never taken for one, and values
//! (`default`, `enum`, …) are never looked into.

mod moonshot;
mod node;
mod open_api;
mod strict;

use std::borrow::Cow;

use node::{Node, member};

use super::dialect::SchemaDialect;
use crate::json::{Fault, Kind, Reader, Writer};

pub use strict::is_strict;

/// The schema of a tool without arguments.
const EMPTY: &str = r#"{"type":"object","properties":{}}"#;

/// Branches inside branches that are taken together at the root. Generated schemas have two.
const BRANCH_DEPTH_MAX: usize = 8;

/// `schema` with what every provider demands (an object at the root, `properties`) and without what `dialect` refuses.
/// Key order and spelling of what stays are kept; the second value says whether anything was lost.
pub fn fit(schema: Option<&str>, dialect: SchemaDialect) -> (Cow<'_, str>, bool) {
    let Some(schema) = schema else { return (Cow::Borrowed(EMPTY), false) };
    let (rooted, lost) = match is_rooted(schema) {
        Ok(true) => (Cow::Borrowed(schema), false),
        Ok(false) => root(schema),
        // Nothing was said of the arguments if it is `null`.
        Err(_) => return (Cow::Borrowed(EMPTY), schema.trim() != "null"),
    };
    let mut pass = Pass { lost, changed: false };
    let fitted = match dialect {
        SchemaDialect::Full => return (rooted, lost),
        SchemaDialect::Moonshot => moonshot::fit(&rooted, &mut pass),
        SchemaDialect::OpenApi => open_api::fit(&rooted, &mut pass),
    };
    (if pass.changed { Cow::Owned(fitted) } else { rooted }, pass.lost)
}

/// What a pass over a schema did to it.
#[derive(Debug, Default)]
struct Pass {
    lost: bool,
    changed: bool,
}

/// Keywords that no provider takes at the root of a tool's schema.
fn is_refused_at_root(keyword: &str) -> bool {
    matches!(keyword, "$schema" | "$ref" | "anyOf" | "oneOf" | "allOf" | "enum" | "const" | "not")
}

/// Whether the root is as all demand it. A fault: it is no object at all.
fn is_rooted(schema: &str) -> Result<bool, Fault> {
    let (mut is_object, mut has_properties, mut is_clean) = (false, false, true);
    Reader::new(schema).object::<Fault>(|name, reader| {
        match name {
            "type" => is_object = reader.raw()? == "\"object\"",
            "properties" => {
                has_properties = reader.kind()? == Kind::Object;
                reader.raw()?;
            }
            other => {
                is_clean &= !is_refused_at_root(other);
                reader.raw()?;
            }
        }
        Ok(())
    })?;
    Ok(is_object && has_properties && is_clean)
}

/// With an object at its root: what alternatives allow is allowed together.
fn root(schema: &str) -> (Cow<'static, str>, bool) {
    let Some(mut node) = Node::read(schema) else { return (Cow::Borrowed(EMPTY), true) };
    let mut lost = node.get("type").is_some_and(|kind| kind != "\"object\"");
    lost |= node.members.iter().any(|(name, _)| is_refused_at_root(name) && !matches!(*name, "$schema" | "$ref"));
    take_branches(schema, &mut node, schema, true, 0);
    node.members.retain(|(name, _)| !is_refused_at_root(name) && *name != "type");
    let mut out = Writer::with_capacity(schema.len() + EMPTY.len());
    out.object(|out| {
        out.key("type").raw("\"object\"");
        node.add_member("properties");
        if !node.required.is_empty() {
            node.add_member("required");
        }
        for (name, raw) in &node.members {
            out.key(name);
            match *name {
                "properties" => out.object(|out| node.properties.iter().for_each(|(name, raw)| out.key(name).raw(raw))),
                "required" => out.array(|out| node.required.iter().for_each(|name| out.raw(name))),
                _ => out.raw(raw),
            }
        }
    });
    (Cow::Owned(node::text(out)), lost)
}

/// Takes the properties of all branches of `from` into `node`; what they require only when they all hold.
fn take_branches<'s>(schema: &'s str, node: &mut Node<'s>, from: &'s str, all_hold: bool, depth: usize) {
    if depth == BRANCH_DEPTH_MAX {
        return;
    }
    let mut take = |branch: &'s str, all_hold: bool| {
        node.take(branch, all_hold);
        take_branches(schema, node, branch, all_hold, depth + 1);
    };
    if let Some(target) = member(from, "$ref").and_then(|pointer| node::resolve(schema, pointer)) {
        take(target, all_hold);
    }
    for (keyword, holds) in [("allOf", all_hold), ("anyOf", false), ("oneOf", false)] {
        for branch in member(from, keyword).map(node::items).unwrap_or_default() {
            take(branch, holds);
        }
    }
}

#[cfg(test)]
mod tests;
