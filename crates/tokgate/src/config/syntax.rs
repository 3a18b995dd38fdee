//! From text to a tree, or to the error that says where the text is no TOML.

use std::ops::Range;

use toml_edit::{Document, Item, Key, TableLike, TomlError};

use super::mask;
use super::problem::{Arg, ConfigError, Place};
use super::rules;
use super::tree::{self, Table};
use crate::i18n::{config as messages, toml};

/// A key that no file has, put behind a prefix of the file to learn which table that prefix ends in.
const PROBE: &str = "tokgate-probe-1f3a";

/// Parses a file.
pub(crate) fn parse(text: &str) -> Result<Table, Box<ConfigError>> {
    match Document::parse(text) {
        Ok(document) => Ok(tree::from_document(&document)),
        Err(error) => Err(Box::new(describe(text, &error))),
    }
}

fn describe(text: &str, error: &TomlError) -> ConfigError {
    let span = error.span().unwrap_or(text.len()..text.len());
    if error.message().starts_with("duplicate key") {
        return duplicate(text, span);
    }
    let reason = error.message().replace('\n', ", ");
    let words = Arg::Both(toml::reason(error.message(), mask::shown(&reason)));
    let described = ConfigError::new(&rules::SYNTAX, "", Place::File(span)).with("reason", words);
    // The number is written well; it is only larger than any that TOML has.
    if reason.contains("overflowed") { described.fix(&messages::NUMBER_FIX) } else { described }
}

/// Names both places of a repeated key or table, when the first can be found.
fn duplicate(text: &str, span: Range<usize>) -> ConfigError {
    let name = text.get(span.clone()).unwrap_or_default();
    let error = ConfigError::new(&rules::DUPLICATE, name, Place::File(span.clone()));
    let path = path_at(text, &span);
    let whole = path.as_ref().map_or_else(|| name.to_owned(), |path| path.join("."));
    let error = error.with("name", mask::shown(&whole));
    match path.and_then(|path| first_place(text, &span, &path)) {
        Some(first) => error.and(Place::File(first)),
        None => error,
    }
}

/// The dotted path of the key that `span` ends with, from the line it stands on and the table it stands in.
fn path_at(text: &str, span: &Range<usize>) -> Option<Vec<String>> {
    let start = line_start(text, span.start);
    let written = text.get(start..span.end)?.trim_start();
    if let Some(header) = written.strip_prefix('[') {
        return names(header.strip_prefix('[').unwrap_or(header));
    }
    let mut path = table_before(&text[..start])?;
    path.extend(names(written)?);
    Some(path)
}

fn names(dotted: &str) -> Option<Vec<String>> {
    Some(Key::parse(dotted.trim()).ok()?.iter().map(|key| key.get().to_owned()).collect())
}

/// Which table the next line would belong to.
fn table_before(prefix: &str) -> Option<Vec<String>> {
    let probed = format!("{prefix}\n{PROBE} = 1\n");
    let document = Document::parse(probed.as_str()).ok()?;
    let mut path = Vec::new();
    holder(document.as_table(), &mut path).then_some(path)
}

fn holder(table: &dyn TableLike, path: &mut Vec<String>) -> bool {
    if table.contains_key(PROBE) {
        return true;
    }
    for (name, item) in table.iter() {
        path.push(name.to_owned());
        let found = match item {
            Item::ArrayOfTables(tables) => tables.iter().any(|inner| holder(inner, path)),
            other => other.as_table_like().is_some_and(|inner| holder(inner, path)),
        };
        if found {
            return true;
        }
        path.pop();
    }
    false
}

fn first_place(text: &str, second: &Range<usize>, path: &[String]) -> Option<Range<usize>> {
    let prefix = &text[..line_start(text, second.start)];
    let document = Document::parse(prefix).ok()?;
    let (last, tables) = path.split_last()?;
    let mut table: &dyn TableLike = document.as_table();
    for name in tables {
        table = match table.get(name)? {
            // A key of `[[x]]` belongs to the latest one.
            Item::ArrayOfTables(tables) => tables.iter().last()?,
            other => other.as_table_like()?,
        };
    }
    table.key(last)?.span()
}

fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;
    use crate::i18n::Lang;

    fn both(text: &str) -> (String, Option<usize>, usize) {
        let error = parse(text).unwrap_err();
        let line = |place: &Place| match place {
            Place::File(span) => text[..span.start].matches('\n').count() + 1,
            _ => panic!("not in the file"),
        };
        (error.title(Lang::En), error.also.as_ref().map(line), line(&error.place))
    }

    #[test]
    fn a_repeated_table_names_both_lines() {
        let (title, first, second) = both("[provider.kimi]\nurl = \"a\"\n\n[provider.glm]\n\n[provider.kimi]\n");
        assert_eq!((title.as_str(), first, second), ("`provider.kimi` is there twice", Some(1), 6));
    }

    #[test]
    fn a_repeated_key_names_both_lines() {
        let (title, first, second) = both("[a]\nx = 1\n[server]\nlisten = \"1\"\n\nlisten = \"2\"\n");
        assert_eq!((title.as_str(), first, second), ("`server.listen` is there twice", Some(4), 6));
        assert_eq!(both("[[route]]\nto = \"a\"\n[[route]]\nto = \"b\"\nto = \"c\"\n").1, Some(4));
    }

    #[test]
    fn a_repeated_key_inside_a_line_names_the_second() {
        assert_eq!(both("a = { x = 1, x = 2 }\n").2, 1);
    }

    #[test]
    fn a_byte_order_mark_is_no_error() {
        assert!(parse("\u{feff}version = 1\n").is_ok());
    }
}
