#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[track_caller]
fn check(dialect: SchemaDialect, schema: &str, expected: &str, lost: bool) {
    let (fitted, said) = fit(Some(schema), dialect);
    assert_eq!((&*fitted, said), (expected, lost), "{schema}");
    let (again, _) = fit(Some(&fitted), dialect);
    assert!(matches!(again, Cow::Borrowed(_)), "what fits stays: {fitted} {again}");
}

#[test]
fn a_schema_that_fits_is_not_copied() {
    let schema = r#"{ "type":"object", "properties":{"path":{"type":"string","minLength":1.0}}, "required":["path"] }"#;
    for dialect in [SchemaDialect::Full, SchemaDialect::Moonshot, SchemaDialect::OpenApi] {
        assert!(matches!(fit(Some(schema), dialect), (Cow::Borrowed(same), false) if same == schema));
    }
}

#[test]
fn trap_43_a_missing_root_type_is_put_in() {
    let full = SchemaDialect::Full;
    let empty = EMPTY;
    assert_eq!(fit(None, full), (Cow::Borrowed(empty), false));
    assert_eq!(fit(Some("null"), full), (Cow::Borrowed(empty), false));
    assert_eq!(fit(Some("true"), full), (Cow::Borrowed(empty), true));
    check(full, "{}", empty, false);
    check(full, r#"{"type":"object"}"#, empty, false);
    check(full, r#"{"type":"object","properties":null}"#, empty, false);
    check(full, r#"{"type":"string"}"#, empty, true);
    check(
        full,
        r#"{"$schema":"x","properties":{"b":{"$schema":"x"},"a":1E2},"additionalProperties":false}"#,
        r#"{"type":"object","properties":{"b":{"$schema":"x"},"a":1E2},"additionalProperties":false}"#,
        false,
    );
}

#[test]
fn the_mark_of_the_draft_goes_wherever_it_stands() {
    let rest = r#""type":"object","properties":{}"#;
    for (schema, expected) in [
        (format!(r#"{{ "$schema" : "x" , {rest}}}"#), format!("{{ {rest}}}")),
        (format!(r#"{{{rest} , "$schema":"x"}}"#), format!("{{{rest}}}")),
        (r#"{"type":"object","$schema":"x","properties":{}}"#.to_owned(), format!("{{{rest}}}")),
        (format!(r#"{{"$schema":"x","$schema":"y",{rest}}}"#), format!("{{{rest}}}")),
    ] {
        check(SchemaDialect::Full, &schema, &expected, false);
    }
}

#[test]
fn alternatives_at_the_root_are_allowed_together() {
    check(
        SchemaDialect::Full,
        r##"{"type":"object","properties":{"a":{}},"required":["a"],"anyOf":[
            {"properties":{"a":{"x":1},"b":{"type":"string"}},"required":["b"]},
            {"$ref":"#/$defs/c~1d"}],"$defs":{"c/d":{"properties":{"c":{}}}}}"##,
        r#"{"type":"object","properties":{"a":{},"b":{"type":"string"},"c":{}},"required":["a"],"$defs":{"c/d":{"properties":{"c":{}}}}}"#,
        true,
    );
    check(
        SchemaDialect::Full,
        r#"{"allOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}}}]}"#,
        r#"{"type":"object","properties":{"a":{},"b":{}},"required":["a"]}"#,
        true,
    );
    check(
        SchemaDialect::Full,
        r##"{"$ref":"#/definitions/A","definitions":{"A":{"type":"object","properties":{"a":{}},"required":["a"]}}}"##,
        r#"{"type":"object","definitions":{"A":{"type":"object","properties":{"a":{}},"required":["a"]}},"properties":{"a":{}},"required":["a"]}"#,
        false,
    );
    check(SchemaDialect::Full, r##"{"$ref":"#","type":"object","properties":{}}"##, EMPTY, false);
}

#[test]
fn trap_43_moonshot() {
    let moonshot = SchemaDialect::Moonshot;
    check(
        moonshot,
        r#"{"type":"object","properties":{"a":{"type":"string","anyOf":[{"minLength":1},{"type":"null"}]}}}"#,
        r#"{"type":"object","properties":{"a":{"anyOf":[{"type":"string","minLength":1},{"type":"null"}]}}}"#,
        false,
    );
    check(
        moonshot,
        r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"x"}},"$defs":{"A":{"enum":[1,2]}}}"##,
        r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"integer","enum":[1,2]}}}"##,
        true,
    );
    check(
        moonshot,
        r#"{"type":"object","properties":{"a":{"description":"x"},"b":true,"c":{"items":{}},"d":{"const":"y"}}}"#,
        r#"{"type":"object","properties":{"a":{"type":"string","description":"x"},"b":{"type":"string"},"c":{"type":"array","items":{"type":"string"}},"d":{"type":"string","const":"y"}}}"#,
        true,
    );
}

#[test]
fn trap_43_open_api() {
    let open_api = SchemaDialect::OpenApi;
    check(
        open_api,
        r#"{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"const":"x"},"c":{"type":["string","number"]}},"additionalProperties":false}"#,
        r#"{"type":"object","properties":{"a":{"type":"string","nullable":true},"b":{"type":"string","enum":["x"]},"c":{"anyOf":[{"type":"string"},{"type":"number"}]}}}"#,
        false,
    );
    check(
        open_api,
        r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"x"}},"required":["a","z"],"$defs":{"A":{"type":"object","properties":{"b":{"$ref":"#/$defs/A"}}}}}"##,
        r#"{"type":"object","properties":{"a":{"type":"object","description":"x","properties":{"b":{"type":"string"}}}},"required":["a"]}"#,
        true,
    );
    check(
        open_api,
        r#"{"type":"object","properties":{"a":{"oneOf":[{"type":"string"},{"type":"null"}]},"b":{"allOf":[{"type":"integer","exclusiveMinimum":0},{"minimum":1}]},"c":{"type":"array"},"d":{"type":"string","format":"uri"}}}"#,
        r#"{"type":"object","properties":{"a":{"nullable":true,"anyOf":[{"type":"string"}]},"b":{"type":"integer","minimum":1},"c":{"type":"array","items":{"type":"string"}},"d":{"type":"string"}}}"#,
        true,
    );
}

#[test]
fn trap_43_a_property_named_like_a_keyword_is_never_stripped() {
    let inner = r#"{"type":"string"}"#;
    let names = ["$ref", "$schema", "properties", "anyOf", "const", "type", "required", "additionalProperties"];
    let properties: Vec<String> = names.iter().map(|name| format!("\"{name}\":{inner}")).collect();
    let schema = format!(
        r#"{{"type":"object","properties":{{{0},"nested":{{"type":"object","properties":{{{0}}}}}}},"required":["$ref"]}}"#,
        properties.join(",")
    );
    for dialect in [SchemaDialect::Full, SchemaDialect::Moonshot, SchemaDialect::OpenApi] {
        assert_eq!(fit(Some(&schema), dialect), (Cow::Borrowed(&schema[..]), false), "{dialect:?}");
    }
    let values = r#"{"type":"object","properties":{"a":{"type":"string","default":{"$ref":1,"anyOf":2}}}}"#;
    assert_eq!(fit(Some(values), SchemaDialect::Moonshot).0, values, "values are not looked into");
}

#[test]
fn references_that_multiply_are_bounded() {
    let definitions: Vec<String> = (0..20)
        .map(|at| {
            let next = format!(r##"{{"$ref":"#/$defs/d{}"}}"##, at + 1);
            format!(r#""d{at}":{{"type":"object","properties":{{"a":{next},"b":{next},"c":{next},"d":{next}}}}}"#)
        })
        .collect();
    let schema = format!(
        r##"{{"type":"object","properties":{{"a":{{"$ref":"#/$defs/d0"}}}},"$defs":{{{}}}}}"##,
        definitions.join(",")
    );
    let (fitted, lost) = fit(Some(&schema), SchemaDialect::OpenApi);
    assert!(lost && fitted.len() < 2 * INLINED, "{}", fitted.len());
}

const INLINED: usize = 2 << 20;

#[test]
fn what_openai_enforces() {
    let strict = r##"{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"array","items":{"$ref":"#/$defs/c"}}},"required":["a","b"],"additionalProperties":false,"$defs":{"c":{"anyOf":[{"type":"number"}]}}}"##;
    assert!(is_strict(strict));
    for (from, to) in [
        (r#"["a","b"]"#, r#"["a"]"#),
        (r#""additionalProperties":false,"#, ""),
        ("anyOf", "oneOf"),
        (r#"{"type":"number"}"#, r#"{"type":"object"}"#),
        (r#"{"type":"number"}"#, "true"),
        (r#"{"type":"object""#, r#"{"type":"array""#),
    ] {
        assert!(!is_strict(&strict.replacen(from, to, 1)), "{from} -> {to}");
    }
    assert!(!is_strict("{}") && !is_strict("no JSON") && !is_strict(""));
}

/// Schemas such as people and generators write them, and nonsense between.
fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!(true)),
        Just(json!({"type": "string"})),
        Just(json!({"type": ["integer", "null"]})),
        Just(json!({"enum": ["a", "b", null]})),
        Just(json!({"const": 1})),
        Just(json!({"$ref": "#/$defs/d", "description": "x"})),
        Just(json!({"$ref": "#"})),
        Just(json!([1])),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4);
        let named = proptest::collection::btree_map("[ab]|type|\\$ref|anyOf", inner.clone(), 0..4);
        prop_oneof![
            (list, proptest::sample::select(vec!["anyOf", "oneOf", "allOf", "items", "prefixItems"]))
                .prop_map(|(list, keyword)| json!({"type": "object", keyword: list})),
            (named, proptest::sample::select(vec!["properties", "$defs", "patternProperties"]))
                .prop_map(|(named, keyword)| json!({keyword: named, "required": ["a", "zz"]})),
            (inner, proptest::sample::select(vec!["items", "not", "additionalProperties"]))
                .prop_map(|(inner, keyword)| json!({keyword: inner, "title": "t"})),
        ]
    })
}

/// Calls `check` at every schema in a schema.
fn walk(schema: &Value, check: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    let Some(object) = schema.as_object() else { return };
    check(object);
    for (keyword, value) in object {
        match (node::Place::of(keyword), value) {
            (node::Place::Schema, Value::Array(list)) => list.iter().for_each(|schema| walk(schema, check)),
            (node::Place::Schema, _) => walk(value, check),
            (node::Place::Named, Value::Object(named)) => named.values().for_each(|schema| walk(schema, check)),
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn what_comes_out_is_what_the_dialect_takes_and_stays_so(schema in schemas(), loose: bool) {
        let text = if loose { format!("{schema:#}") } else { schema.to_string() };
        for dialect in [SchemaDialect::Full, SchemaDialect::Moonshot, SchemaDialect::OpenApi] {
            let (fitted, _) = fit(Some(&text), dialect);
            let value: Value = serde_json::from_str(&fitted).unwrap();
            prop_assert_eq!(&value["type"], "object");
            prop_assert!(value["properties"].is_object());
            prop_assert!(value.as_object().unwrap().keys().all(|keyword| !is_refused_at_root(keyword)));
            let mut bad = Vec::new();
            walk(&value, &mut |schema| match dialect {
                SchemaDialect::Full => {}
                SchemaDialect::Moonshot => {
                    let pairs = [schema.contains_key("anyOf") && schema.contains_key("type"),
                        schema.contains_key("$ref") && schema.len() > 1];
                    if pairs.contains(&true) { bad.push(schema.clone()); }
                }
                SchemaDialect::OpenApi => {
                    let taken = |keyword: &String| TAKEN.contains(&keyword.as_str());
                    let typed = schema.get("type").is_some_and(Value::is_string) || schema.contains_key("anyOf");
                    if !typed || !schema.keys().all(taken) { bad.push(schema.clone()); }
                }
            });
            prop_assert!(bad.is_empty(), "{:?} {} {:?}", dialect, fitted, bad);
            let again = fit(Some(&fitted), dialect).0;
            prop_assert_eq!(&*again, &*fitted, "idempotent");
        }
    }

    #[test]
    fn no_text_panics(text: String, json in "[{}\\[\\]:,\"a$ref0-9 ]{0,60}") {
        for text in [text, json] {
            let _ = (fit(Some(&text), SchemaDialect::Moonshot), fit(Some(&text), SchemaDialect::OpenApi));
            let _ = is_strict(&text);
        }
    }
}

const TAKEN: &[&str] =
    &["anyOf", "enum", "format", "items", "nullable", "properties", "required", "title", "type", "description"];
