//! Conditions as they are typed: `model=claude-opus-*`, `header.x-team=a*`.

use toml_edit::InlineTable;

use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::clean;
use crate::config::edit::typed;
use crate::i18n::cli as text;

/// The `match` of an element of `list` that these make.
pub(super) fn table(list: &str, conditions: &[String]) -> Result<InlineTable, CliError> {
    let mut when = InlineTable::new();
    for condition in conditions {
        let (key, value) = pair(condition, "--match")?;
        match key.strip_prefix("header.") {
            Some(name) => {
                let headers = when.get_or_insert("header", InlineTable::new());
                if let Some(headers) = headers.as_inline_table_mut() {
                    headers.insert(name, value.into());
                }
            }
            None => {
                when.insert(key, typed(&[list, "match", key], value));
            }
        }
    }
    Ok(when)
}

/// The two sides of `KEY=VALUE`.
pub(super) fn pair<'t>(typed: &'t str, arg: &str) -> Result<(&'t str, &'t str), CliError> {
    typed.split_once('=').map(|(key, value)| (key.trim(), value.trim())).ok_or_else(|| {
        CliError::new(
            "TG220",
            exit::USAGE,
            Text::new(&text::USAGE_INVALID_VALUE).with("value", clean(typed)).with("arg", arg),
        )
        .fix(&text::ROUTE_HEADER_FIX)
    })
}
