//! One schema, its members as they stand.

use crate::json::{Fault, Kind, Reader, Writer};

/// A schema that is an object.
#[derive(Debug, Default)]
pub(super) struct Node<'s> {
    /// Keywords in their order. The values of `properties` and `required` are in the lists below.
    pub members: Vec<(&'s str, &'s str)>,
    /// Names and schemas.
    pub properties: Vec<(&'s str, &'s str)>,
    /// JSON strings with their quotes.
    pub required: Vec<&'s str>,
}

/// What the value of a keyword is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A schema, or a list of them.
    Schema,
    /// Schemas by name.
    Named,
    /// Anything else: never looked into.
    Value,
}

impl Place {
    pub(super) fn of(keyword: &str) -> Self {
        match keyword {
            "items" | "prefixItems" | "additionalItems" | "unevaluatedItems" | "contains" => Self::Schema,
            "additionalProperties" | "unevaluatedProperties" | "propertyNames" => Self::Schema,
            "anyOf" | "oneOf" | "allOf" | "not" | "if" | "then" | "else" => Self::Schema,
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => Self::Named,
            _ => Self::Value,
        }
    }
}

impl<'s> Node<'s> {
    /// `None`: it is no object.
    pub(super) fn read(schema: &'s str) -> Option<Self> {
        let mut node = Self { members: members(schema)?, ..Self::default() };
        node.properties = node.get("properties").and_then(members).unwrap_or_default();
        node.required = node.get("required").map(strings).unwrap_or_default();
        Some(node)
    }

    /// The value of a keyword.
    pub(super) fn get(&self, keyword: &str) -> Option<&'s str> {
        self.members.iter().find(|(name, _)| *name == keyword).map(|(_, raw)| *raw)
    }

    /// Whether it has one of these keywords.
    pub(super) fn has(&self, keywords: &[&str]) -> bool {
        self.members.iter().any(|(name, _)| keywords.contains(name))
    }

    /// Gives a keyword whose value is in a list a place among the members.
    pub(super) fn add_member(&mut self, keyword: &'static str) {
        if self.get(keyword).is_none() {
            self.members.push((keyword, "null"));
        }
    }

    /// Takes over the properties of `other` that it has not itself; and what it requires, if that is to hold.
    pub(super) fn take(&mut self, other: &'s str, requires: bool) {
        let Some(other) = Self::read(other) else { return };
        for (name, raw) in other.properties {
            if !self.properties.iter().any(|(known, _)| *known == name) {
                self.properties.push((name, raw));
            }
        }
        for name in other.required.into_iter().filter(|_| requires) {
            if !self.required.contains(&name) {
                self.required.push(name);
            }
        }
    }

    /// Whether `name` (without quotes) is required.
    pub(super) fn requires(&self, name: &str) -> bool {
        self.required.iter().any(|quoted| unquoted(quoted) == name)
    }

    /// The type that its other keywords speak of; the second value: nothing speaks of any.
    pub(super) fn implied_type(&self) -> (&'static str, bool) {
        let values = self.get("enum").map(items).unwrap_or_default();
        let value = self.get("const").or_else(|| values.first().copied());
        let kind = value.and_then(|value| Reader::new(value).kind().ok().map(|kind| (kind, value)));
        match kind {
            Some((Kind::String, _)) => ("\"string\"", false),
            Some((Kind::Bool, _)) => ("\"boolean\"", false),
            Some((Kind::Number, value)) if value.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) => {
                ("\"integer\"", false)
            }
            Some((Kind::Number, _)) => ("\"number\"", false),
            _ if self.has(&["properties", "additionalProperties", "patternProperties"]) => ("\"object\"", false),
            _ if self.has(&["items", "prefixItems", "minItems", "maxItems"]) => ("\"array\"", false),
            _ if self.has(&["minimum", "maximum", "multipleOf"]) => ("\"number\"", false),
            _ => ("\"string\"", !self.has(&["minLength", "maxLength", "pattern", "format"])),
        }
    }
}

/// The members of an object in their order; `None`: it is none.
pub(super) fn members(object: &str) -> Option<Vec<(&str, &str)>> {
    let mut members = Vec::new();
    let walked = Reader::new(object).object::<Fault>(|name, reader| {
        members.push((name, reader.raw()?));
        Ok(())
    });
    walked.ok().map(|()| members)
}

/// One member of an object.
pub(super) fn member<'s>(object: &'s str, name: &str) -> Option<&'s str> {
    members(object)?.into_iter().find(|(known, _)| *known == name).map(|(_, raw)| raw)
}

/// The items of a list; of anything else none.
pub(super) fn items(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let walked = Reader::new(list).array::<Fault>(|reader| {
        items.push(reader.raw()?);
        Ok(())
    });
    walked.map(|()| items).unwrap_or_default()
}

/// The strings of a list, with their quotes.
pub(super) fn strings(list: &str) -> Vec<&str> {
    items(list).into_iter().filter(|item| item.starts_with('"')).collect()
}

/// The inside of a JSON string.
pub(super) fn unquoted(string: &str) -> &str {
    string.strip_prefix('"').and_then(|string| string.strip_suffix('"')).unwrap_or(string)
}

/// The schema that `pointer` (a JSON string, `"#/$defs/Name"`) means in `schema`.
pub(super) fn resolve<'s>(schema: &'s str, pointer: &str) -> Option<&'s str> {
    let path = unquoted(pointer).strip_prefix("#/")?;
    path.split('/').try_fold(schema, |at, name| {
        if name.contains('~') { member(at, &name.replace("~1", "/").replace("~0", "~")) } else { member(at, name) }
    })
}

/// What was written. It is made of pieces of text, so it is text.
pub(super) fn text(out: Writer) -> String {
    String::from_utf8(out.into_bytes()).unwrap_or_default()
}
