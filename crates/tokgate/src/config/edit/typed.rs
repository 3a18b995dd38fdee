//! A value as it is typed at a command line: as TOML writes it, or text without quotes where a key takes text.

use std::path::Path;

use toml_edit::{Array, Value};

use crate::config::keys::{self, Kind};
use crate::config::model::SecretRef;
use crate::config::reference;

/// The value that `text` means for the key at `path`. What it may not be is the loader's to say.
pub fn typed(path: &[&str], text: &str) -> Value {
    let parsed = text.trim().parse::<Value>().ok().map(undecorated);
    let kind = keys::find(path).map(|key| key.kind);
    match (kind, parsed) {
        (Some(kind), Some(array @ Value::Array(_))) if kind.is_list() => array,
        (Some(kind), _) if kind.is_list() => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(unquoted).collect::<Array>())
        }
        (Some(kind), _) if takes_text(kind) => unquoted(text).into(),
        (_, Some(value)) => value,
        (_, None) => text.into(),
    }
}

/// Whether the value is a key itself, where one is named.
pub fn writes_secret(path: &[&str], value: &Value) -> bool {
    let named =
        |path: &[&str]| keys::find(path).is_some_and(|key| matches!(key.kind, Kind::Reference | Kind::References));
    let before = path.split_last().map(|(_, before)| before).unwrap_or_default();
    (named(path) || named(before)) && holds_literal(value)
}

fn holds_literal(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let nowhere = Path::new("");
            let literal = matches!(reference::parse(text.value(), nowhere, nowhere), Ok(SecretRef::Literal(_)));
            literal && !matches!(text.value().as_str(), "auto" | "off")
        }
        Value::Array(items) => items.iter().any(holds_literal),
        Value::InlineTable(table) => table.iter().any(|(name, value)| name != "enabled" && holds_literal(value)),
        _ => false,
    }
}

fn takes_text(kind: Kind) -> bool {
    match kind {
        Kind::Integer
        | Kind::Price
        | Kind::Money
        | Kind::Times
        | Kind::Count
        | Kind::Places
        | Kind::Bool
        | Kind::Retention
        | Kind::Tables => false,
        Kind::Text
        | Kind::Duration
        | Kind::DailyMoney
        | Kind::Size
        | Kind::Choice(_)
        | Kind::Reference
        | Kind::File
        | Kind::Listen
        | Kind::Url => true,
        Kind::Texts | Kind::References | Kind::Listens => false,
    }
}

/// The text inside the quotes, when there are some.
fn unquoted(text: &str) -> String {
    match text.trim().parse::<Value>() {
        Ok(Value::String(inner)) => inner.into_value(),
        _ => text.to_owned(),
    }
}

fn undecorated(mut value: Value) -> Value {
    value.decor_mut().clear();
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(path: &str, text: &str) -> String {
        super::typed(&path.split('.').collect::<Vec<_>>(), text).to_string()
    }

    #[test]
    fn text_needs_no_quotes_and_numbers_and_lists_are_what_they_look_like() {
        assert_eq!(typed("server.listen", "127.0.0.1:7711"), "\"127.0.0.1:7711\"");
        assert_eq!(typed("server.listen", "\"127.0.0.1:7711\""), "\"127.0.0.1:7711\"");
        assert_eq!(typed("provider.kimi.weight", "50"), "50");
        assert_eq!(typed("provider.kimi.enabled", "false"), "false");
        assert_eq!(typed("profile.work.providers", "a, b"), "[\"a\", \"b\"]");
        assert_eq!(typed("profile.work.providers", "[\"a\"]"), "[\"a\"]");
        assert_eq!(typed("profile.work.note", "12"), "\"12\"");
        assert_eq!(typed("nonsense", "so what"), "\"so what\"");
    }

    #[test]
    fn a_key_itself_is_told_from_where_it_is() {
        let secret = |path: &str, text: &str| {
            let path: Vec<&str> = path.split('.').collect();
            writes_secret(&path, &super::typed(&path, text))
        };
        assert!(secret("provider.kimi.keys", "sk-123456789012345"));
        assert!(secret("provider.kimi.keys", "[{ from = \"sk-123456789012345\", enabled = false }]"));
        assert!(secret("provider.kimi.keys.0", "sk-123456789012345"));
        assert!(!secret("provider.kimi.keys", "[{ from = \"env:A\", enabled = false }, \"file:/k\"]"));
        assert!(!secret("server.local_key", "auto"));
        assert!(secret("server.local_key", "a-long-enough-password-of-mine"));
        assert!(!secret("server.listen", "127.0.0.1:1"));
    }
}
