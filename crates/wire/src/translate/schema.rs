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
    let (rooted, lost) = match Root::read(schema) {
        Ok(root) if root.fits => (root.without_mark(schema), false),
        Ok(_) => rebuilt(schema),
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

/// What the root is like, seen in one walk.
#[derive(Debug, Default)]
struct Root {
    /// It is as all demand it, but for `$schema`.
    fits: bool,
    /// `$schema`: where the member before it ends (0: there is none), and where itself.
    mark: Option<(usize, usize)>,
}

impl Root {
    /// A fault: it is no object at all.
    fn read(schema: &str) -> Result<Self, Fault> {
        let (mut is_object, mut has_properties, mut is_clean) = (false, false, true);
        let (mut mark, mut end) = (None, 0);
        Reader::new(schema).object::<Fault>(|name, reader| {
            let before = std::mem::take(&mut end);
            match name {
                "properties" => has_properties = reader.kind()? == Kind::Object,
                "type" | "$schema" => {}
                other => is_clean &= !is_refused_at_root(other),
            }
            let value = reader.raw()?;
            end = reader.offset();
            match name {
                "type" => is_object = value == "\"object\"",
                "$schema" => is_clean &= mark.replace((before, end)).is_none(),
                _ => {}
            }
            Ok(())
        })?;
        Ok(Self { fits: is_object && has_properties && is_clean, mark })
    }

    /// The schema without `$schema`, which nearly every generator writes and nobody needs. Others stand beside it.
    fn without_mark<'s>(&self, schema: &'s str) -> Cow<'s, str> {
        let Some((before, end)) = self.mark else { return Cow::Borrowed(schema) };
        let (head, tail) = (schema.get(..before).unwrap_or_default(), schema.get(end..).unwrap_or_default());
        Cow::Owned(match before {
            0 => format!("{{{}", tail.trim_start().strip_prefix(',').unwrap_or(tail)),
            _ => format!("{head}{tail}"),
        })
    }
}

/// With an object at its root: what alternatives allow is allowed together.
fn rebuilt(schema: &str) -> (Cow<'static, str>, bool) {
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
