//! The smallest value that fits a JSON schema: arguments of a made-up tool call, or a structured answer.
//! Not a validator: what it does not know it leaves out.

use serde_json::{Map, Value, json};

/// Deeper schemas are recursive ones; they end in `null`.
const DEPTH_MAX: usize = 8;

/// A value for `schema`, with `text` wherever any string will do.
pub(crate) fn value(schema: &Value, text: &str) -> Value {
    sample(schema, schema, text, DEPTH_MAX)
}

fn sample(root: &Value, schema: &Value, text: &str, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(target) = schema["$ref"].as_str().and_then(|r| root.pointer(r.strip_prefix('#')?)) {
        return sample(root, target, text, depth - 1);
    }
    if let Some(fixed) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return fixed.clone();
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema[key].get(0) {
            return sample(root, first, text, depth - 1);
        }
    }
    match kind(schema) {
        "object" => object(root, schema, text, depth),
        "array" => array(root, schema, text, depth),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(false),
        "null" => Value::Null,
        _ => json!(text),
    }
}

fn kind(schema: &Value) -> &str {
    let named = schema["type"].as_str().or_else(|| schema["type"].get(0)?.as_str());
    named.unwrap_or(if schema.is_null() || schema.get("properties").is_some() { "object" } else { "string" })
}

fn object(root: &Value, schema: &Value, text: &str, depth: usize) -> Value {
    let properties = schema["properties"].as_object();
    let required: Vec<&str> = match schema["required"].as_array() {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => properties.into_iter().flat_map(|p| p.keys().map(String::as_str)).collect(),
    };
    let member = |name: &str| (name.to_owned(), sample(root, &schema["properties"][name], text, depth - 1));
    Value::Object(required.into_iter().map(member).collect::<Map<_, _>>())
}

fn array(root: &Value, schema: &Value, text: &str, depth: usize) -> Value {
    let wanted = schema["minItems"].as_u64().unwrap_or(1).min(4);
    (0..wanted).map(|_| sample(root, &schema["items"], text, depth - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_members_are_filled_by_type() {
        let schema = json!({"type": "object", "required": ["a", "b", "c", "d"], "properties": {
            "a": {"type": "string"}, "b": {"type": "integer", "minimum": 3}, "c": {"enum": ["x", "y"]},
            "d": {"type": "array", "items": {"$ref": "#/$defs/e"}}, "left out": {"type": "string"}},
            "$defs": {"e": {"type": ["boolean", "null"]}}});
        assert_eq!(value(&schema, "t"), json!({"a": "t", "b": 3, "c": "x", "d": [false]}));
    }

    #[test]
    fn a_recursive_schema_ends() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(value(&schema, "t").to_string().len() < 200);
    }
}
