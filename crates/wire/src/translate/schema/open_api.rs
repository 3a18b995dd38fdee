//! OpenAPI 3.0's schemas as Gemini reads them. Source: Gemini API reference, "Schema".

use super::Pass;
use super::node::{self, Node, items, member, resolve};
use crate::json::{Kind, Reader, Writer};

/// Longest schema that references may be put in for: each may be used many times, inside another one.
const INLINED_MAX: usize = 1 << 20;

/// Most references inside each other.
const REFERENCES_MAX: usize = 16;

/// Keywords that are taken and need no change.
const TAKEN: &[&str] = &[
    "default",
    "description",
    "example",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "nullable",
    "pattern",
    "propertyOrdering",
    "title",
];

/// Keywords that say nothing to a model.
const SILENT: &[&str] = &["$anchor", "$comment", "$defs", "$id", "$schema", "definitions"];

/// Values of `format` that are taken.
const FORMATS: &[&str] = &["\"date-time\"", "\"enum\"", "\"float\"", "\"double\"", "\"int32\"", "\"int64\""];

pub(super) fn fit(schema: &str, pass: &mut Pass) -> String {
    let mut walk = Walk { whole: schema, inside: Vec::new(), pass };
    let mut out = Writer::with_capacity(schema.len());
    walk.schema(schema, &mut out);
    node::text(out)
}

struct Walk<'s, 'p> {
    whole: &'s str,
    /// References that are being put in.
    inside: Vec<&'s str>,
    pass: &'p mut Pass,
}

impl<'s> Walk<'s, '_> {
    fn schema(&mut self, schema: &'s str, out: &mut Writer) {
        let depth = self.inside.len();
        match Node::read(schema) {
            Some(node) if out.len() <= INLINED_MAX => {
                let node = self.gathered(node);
                out.object(|out| self.members(&node, out));
            }
            // `true`, `false`, or more than is taken.
            _ => {
                self.lose();
                out.raw(r#"{"type":"object"}"#);
            }
        }
        self.inside.truncate(depth);
    }

    const fn lose(&mut self) {
        self.pass.changed = true;
        self.pass.lost = true;
    }

    /// With everything in it that it refers to and that must hold beside it.
    fn gathered(&mut self, mut node: Node<'s>) -> Node<'s> {
        while let Some(at) = node.members.iter().position(|(name, _)| matches!(*name, "$ref" | "allOf")) {
            self.pass.changed = true;
            let (name, raw) = node.members.remove(at);
            let parts = if name == "allOf" { items(raw) } else { self.target(raw).into_iter().collect() };
            for part in parts {
                let Some(other) = Node::read(part) else { continue };
                let new = other.members.iter().filter(|(name, _)| node.get(name).is_none());
                let new: Vec<_> = new.copied().collect();
                node.members.extend(new);
                node.take(part, true);
            }
        }
        node
    }

    /// What a reference means, unless it leads into itself.
    fn target(&mut self, pointer: &'s str) -> Option<&'s str> {
        let known = self.inside.len() < REFERENCES_MAX && !self.inside.contains(&pointer);
        let target = resolve(self.whole, pointer).filter(|_| known);
        if target.is_some() {
            self.inside.push(pointer);
        } else {
            self.pass.lost = true;
        }
        target
    }

    fn members(&mut self, node: &Node<'s>, out: &mut Writer) {
        let shape = Shape::of(node);
        if shape.branches.is_empty() {
            self.kind(node, &shape, out);
        }
        if shape.nullable && node.get("nullable").is_none() {
            self.pass.changed = true;
            out.key("nullable").flag(true);
        }
        for (name, raw) in &node.members {
            self.member(node, name, raw, out);
        }
        if !shape.branches.is_empty() {
            self.branches(&shape, out);
        }
    }

    /// `type`, which must be one word, and `items`, without which there is no list.
    fn kind(&mut self, node: &Node<'s>, shape: &Shape<'s>, out: &mut Writer) {
        let kind = shape.kind.unwrap_or_else(|| {
            let (kind, guessed) = node.implied_type();
            self.pass.changed = true;
            self.pass.lost |= guessed;
            kind
        });
        out.key("type").raw(kind);
        if kind == "\"array\"" && node.get("items").is_none() {
            self.lose();
            out.key("items").raw(r#"{"type":"string"}"#);
        }
    }

    fn branches(&mut self, shape: &Shape<'s>, out: &mut Writer) {
        out.key("anyOf").array(|out| {
            for branch in &shape.branches {
                match branch {
                    Branch::Schema(schema) => self.schema(schema, out),
                    Branch::Kind(kind) => out.object(|out| out.key("type").raw(kind)),
                }
            }
        });
    }

    fn member(&mut self, node: &Node<'s>, name: &str, raw: &'s str, out: &mut Writer) {
        match name {
            "type" => self.pass.changed |= !raw.starts_with('"'),
            "anyOf" => self.pass.changed |= items(raw).iter().any(|branch| is_null(branch)),
            "oneOf" => self.pass.changed = true,
            "properties" => out.key(name).object(|out| {
                for (name, schema) in &node.properties {
                    out.key(name);
                    self.schema(schema, out);
                }
            }),
            "required" => self.required(node, out),
            "items" => self.items(raw, out),
            "enum" => self.values(items(raw), false, out),
            "const" => self.values(vec![raw], true, out),
            "format" if FORMATS.contains(&raw) => out.key(name).raw(raw),
            name if TAKEN.contains(&name) => out.key(name).raw(raw),
            // Nothing but the properties that are named is ever made up.
            "additionalProperties" if raw == "false" => self.pass.changed = true,
            name if SILENT.contains(&name) => self.pass.changed = true,
            _ => self.lose(),
        }
    }

    /// Names that are no properties are refused.
    fn required(&mut self, node: &Node<'s>, out: &mut Writer) {
        let is_property = |name: &&&str| {
            let name = node::unquoted(name);
            node.properties.iter().any(|(known, _)| *known == name)
        };
        let names: Vec<_> = node.required.iter().filter(is_property).collect();
        self.pass.changed |= names.len() < node.required.len();
        if !names.is_empty() {
            out.key("required").array(|out| names.into_iter().for_each(|name| out.raw(name)));
        }
    }

    /// One schema for all items: of a list of them the first.
    fn items(&mut self, raw: &'s str, out: &mut Writer) {
        out.key("items");
        if Reader::new(raw).kind() != Ok(Kind::Array) {
            return self.schema(raw, out);
        }
        self.lose();
        match items(raw).first() {
            Some(first) => self.schema(first, out),
            None => out.raw(r#"{"type":"string"}"#),
        }
    }

    /// `enum`, which is of strings only.
    fn values(&mut self, values: Vec<&'s str>, changed: bool, out: &mut Writer) {
        let strings: Vec<&str> = values.iter().copied().filter(|value| value.starts_with('"')).collect();
        let others = values.iter().filter(|value| !value.starts_with('"') && **value != "null").count();
        self.pass.changed |= changed || strings.len() < values.len();
        if others > 0 || strings.is_empty() {
            self.lose();
        } else {
            out.key("enum").array(|out| strings.into_iter().for_each(|value| out.raw(value)));
        }
    }
}

/// What a schema allows, in OpenAPI's terms.
#[derive(Debug, Default)]
struct Shape<'s> {
    kind: Option<&'s str>,
    nullable: bool,
    /// Alternatives; then no type of its own is said.
    branches: Vec<Branch<'s>>,
}

#[derive(Debug)]
enum Branch<'s> {
    Schema(&'s str),
    Kind(&'s str),
}

impl<'s> Shape<'s> {
    fn of(node: &Node<'s>) -> Self {
        let kinds: Vec<&str> = match node.get("type") {
            Some(one) if one.starts_with('"') => vec![one],
            Some(list) => node::strings(list),
            None => Vec::new(),
        };
        let alternatives = ["anyOf", "oneOf"].into_iter().filter_map(|keyword| node.get(keyword)).flat_map(items);
        let (nulls, alternatives): (Vec<&str>, Vec<&str>) = alternatives.partition(|branch| is_null(branch));
        let values = node.get("enum").map(items).unwrap_or_default();
        let nullable = kinds.contains(&"\"null\"") || !nulls.is_empty() || values.contains(&"null");
        let mut named = kinds.into_iter().filter(|kind| *kind != "\"null\"");
        let kind = named.next();
        let mut shape = Self { kind, nullable, ..Self::default() };
        if !alternatives.is_empty() {
            shape.branches = alternatives.into_iter().map(Branch::Schema).collect();
        } else if let (Some(first), Some(second)) = (kind, named.next()) {
            shape.branches = [first, second].into_iter().chain(named).map(Branch::Kind).collect();
        }
        shape
    }
}

/// Whether a schema allows `null` alone.
fn is_null(schema: &str) -> bool {
    member(schema, "type") == Some("\"null\"")
}
