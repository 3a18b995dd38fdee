//! Moonshot's JSON Schema: no `type` beside `anyOf`, nothing beside `$ref`, a type for every property.

use super::Pass;
use super::node::{self, Node, Place, items, members};
use crate::json::{Kind, Reader, Writer};

/// Says what sort of values a schema allows.
const TYPED: &[&str] = &["type", "anyOf", "oneOf", "allOf", "$ref"];

pub(super) fn fit(schema: &str, pass: &mut Pass) -> String {
    let mut out = Writer::with_capacity(schema.len() + 64);
    schema_to(schema, None, pass, &mut out);
    node::text(out)
}

/// Where a schema stands, as far as it changes it.
#[derive(Debug, Clone, Copy)]
enum Needs<'s> {
    /// A type, whichever.
    Any,
    /// This type, unless it has one: that of the schema whose alternative it is.
    This(&'s str),
}

fn schema_to<'s>(schema: &'s str, needs: Option<Needs<'s>>, pass: &mut Pass, out: &mut Writer) {
    let Some(node) = Node::read(schema) else {
        return not_an_object(schema, needs, pass, out);
    };
    if let Some(pointer) = node.get("$ref") {
        if node.members.len() > 1 {
            (pass.changed, pass.lost) = (true, true);
        }
        return out.object(|out| out.key("$ref").raw(pointer));
    }
    let alternatives = node.get("anyOf").is_some();
    let kind = node.get("type");
    out.object(|out| {
        if !node.has(TYPED) {
            add_type(&node, needs, pass, out);
        }
        for (name, raw) in &node.members {
            match *name {
                "type" if alternatives => pass.changed = true,
                "anyOf" => list(out.key(name), raw, kind.map(Needs::This), pass),
                _ => member(name, raw, pass, out),
            }
        }
    });
}

fn add_type(node: &Node<'_>, needs: Option<Needs<'_>>, pass: &mut Pass, out: &mut Writer) {
    let (kind, guessed) = match needs {
        None => return,
        Some(Needs::This(kind)) => (kind, false),
        Some(Needs::Any) => node.implied_type(),
    };
    pass.changed = true;
    pass.lost |= guessed;
    out.key("type").raw(kind);
}

/// `true` allows everything; as a property it needs a type.
fn not_an_object(schema: &str, needs: Option<Needs<'_>>, pass: &mut Pass, out: &mut Writer) {
    if needs.is_some() && schema == "true" {
        (pass.changed, pass.lost) = (true, true);
        out.raw(r#"{"type":"string"}"#);
    } else {
        out.raw(schema);
    }
}

fn member(name: &str, raw: &str, pass: &mut Pass, out: &mut Writer) {
    out.key(name);
    match Place::of(name) {
        Place::Value => out.raw(raw),
        Place::Schema if Reader::new(raw).kind() == Ok(Kind::Array) => list(out, raw, None, pass),
        Place::Schema => schema_to(raw, (name == "items").then_some(Needs::Any), pass, out),
        Place::Named => {
            let Some(schemas) = members(raw) else { return out.raw(raw) };
            out.object(|out| {
                for (name, schema) in schemas {
                    out.key(name);
                    schema_to(schema, Some(Needs::Any), pass, out);
                }
            });
        }
    }
}

fn list(out: &mut Writer, raw: &str, needs: Option<Needs<'_>>, pass: &mut Pass) {
    out.array(|out| items(raw).into_iter().for_each(|item| schema_to(item, needs, pass, out)));
}
