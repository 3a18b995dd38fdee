//! Removing and moving whole lines of the text. Every other line stays as it is, byte for byte.
//!
//! A comment directly above what is removed goes with it; one that an empty line sets apart stays.

use std::ops::Range;

use toml_edit::{Document, Item, Key, Table, TableLike, Value};

use super::fault::EditError;
use super::path::{KeyPath, element};

/// The text without the key, table or `[[element]]` at `path`; `None` when that stands inside a value on one line.
pub(super) fn remove(text: &str, path: &KeyPath) -> Result<Option<String>, EditError> {
    let document = Document::parse(text).map_err(|_| EditError::Unparsable)?;
    let (last, before) = path.split();
    let Some(parent) = find(document.as_table(), before) else {
        return Err(EditError::NoSuch(path.to_string()));
    };
    let mut lines = Lines::of(text);
    match parent {
        Found::Table(table) => match table.get_key_value(last) {
            Some((key, item)) => lines.item(key, item),
            None => return Err(EditError::NoSuch(path.to_string())),
        },
        Found::Tables(tables) => match element(last).and_then(|index| tables.get(index)) {
            Some(table) => lines.table(table),
            None => return Err(EditError::NoSuch(path.to_string())),
        },
        Found::OneLine => return Ok(None),
    }
    Ok(Some(lines.cut()))
}

/// The text with the element `from` of the `[[list]]` at the place `to`.
pub(super) fn reorder(text: &str, list: &KeyPath, from: usize, to: usize) -> Result<String, EditError> {
    let document = Document::parse(text).map_err(|_| EditError::Unparsable)?;
    let tables = match find(document.as_table(), list.steps()) {
        Some(Found::Tables(tables)) => tables,
        Some(_) => return Err(EditError::NotList(list.to_string())),
        None => return Err(EditError::NoSuch(list.to_string())),
    };
    let block = |index: usize| {
        let table = tables.get(index).ok_or_else(|| EditError::NoSuch(format!("{list}.{index}")))?;
        let mut lines = Lines::of(text);
        lines.table(table);
        Ok(lines)
    };
    let (moved, target) = (block(from)?, block(to)?);
    if from == to {
        return Ok(text.to_owned());
    }
    let Some(there) = target.hull() else { return Err(EditError::NotList(list.to_string())) };
    let body = moved.body();
    let without = moved.cut();
    // What is before the removed lines keeps its place, what is after them moves up.
    if to < from {
        let at = there.start;
        return Ok(format!("{}{body}\n\n{}", &without[..at], &without[at..]));
    }
    let after = text.len() - there.end;
    let at = without.len() - after;
    let (head, tail) = (without[..at].trim_end_matches('\n'), &without[at..]);
    Ok(format!("{head}\n\n{body}\n{tail}"))
}

enum Found<'d> {
    Table(&'d Table),
    Tables(&'d toml_edit::ArrayOfTables),
    OneLine,
}

fn find<'d>(root: &'d Table, steps: &[String]) -> Option<Found<'d>> {
    let mut at = Found::Table(root);
    for step in steps {
        at = match at {
            Found::Table(table) => match table.get(step)? {
                Item::Table(table) => Found::Table(table),
                Item::ArrayOfTables(tables) => Found::Tables(tables),
                Item::Value(Value::InlineTable(_) | Value::Array(_)) => Found::OneLine,
                Item::Value(_) | Item::None => return None,
            },
            Found::Tables(tables) => Found::Table(tables.get(element(step)?)?),
            // Whether it is there is seen when it is changed.
            Found::OneLine => Found::OneLine,
        };
    }
    Some(at)
}

/// Lines to take out, as ranges of bytes.
struct Lines<'t> {
    text: &'t str,
    ranges: Vec<Range<usize>>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, ranges: Vec::new() }
    }

    fn item(&mut self, key: &Key, item: &Item) {
        match item {
            Item::Value(value) => {
                if let (Some(key), Some(value)) = (key.span(), value.span()) {
                    self.take(key.start..value.end);
                }
            }
            Item::Table(table) => self.table(table),
            Item::ArrayOfTables(tables) => tables.iter().for_each(|table| self.table(table)),
            Item::None => {}
        }
    }

    fn table(&mut self, table: &Table) {
        if !table.is_implicit()
            && !table.is_dotted()
            && let Some(header) = table.span()
        {
            self.take(header);
        }
        for (name, item) in table.iter() {
            if let Some(key) = TableLike::key(table, name) {
                self.item(key, item);
            }
        }
    }

    /// The lines of these bytes, with the comment directly above.
    fn take(&mut self, span: Range<usize>) {
        let line_of = |at: usize| self.text[..at].rfind('\n').map_or(0, |at| at + 1);
        let own = line_of(span.start);
        let mut start = own;
        while let Some(above) = start.checked_sub(1) {
            let line = line_of(above);
            if !self.text[line..above].trim_start().starts_with('#') {
                break;
            }
            start = line;
        }
        // The comment at the head of the file is about the file.
        if start == 0 {
            start = own;
        }
        let end = self.text[span.end..].find('\n').map_or(self.text.len(), |at| span.end + at + 1);
        self.ranges.push(start..end);
    }

    /// From the first to the last of them.
    fn hull(&self) -> Option<Range<usize>> {
        let start = self.ranges.iter().map(|range| range.start).min()?;
        let end = self.ranges.iter().map(|range| range.end).max()?;
        Some(start..end)
    }

    /// The lines themselves, with the empty ones between them.
    fn body(&self) -> String {
        let mut ranges = self.ranges.clone();
        ranges.sort_by_key(|range| range.start);
        let mut body = String::new();
        let mut end = None;
        for range in ranges {
            let gap = end.and_then(|end| self.text.get(end..range.start)).filter(|gap| gap.trim().is_empty());
            body.push_str(gap.unwrap_or_default());
            body.push_str(&self.text[range.clone()]);
            end = Some(range.end);
        }
        body.truncate(body.trim_end_matches('\n').len());
        body
    }

    /// The text without them. Of two empty lines that meet, one stays.
    fn cut(mut self) -> String {
        self.ranges.sort_by_key(|range| range.start);
        let mut left = String::with_capacity(self.text.len());
        let mut from = 0;
        for range in &self.ranges {
            if range.start > from {
                left.push_str(&self.text[from..range.start]);
            }
            from = from.max(range.end);
            let empty_before = left.is_empty() || left.ends_with("\n\n");
            while empty_before && self.text[from..].starts_with('\n') {
                from += 1;
            }
        }
        left.push_str(&self.text[from..]);
        if self.text[from..].is_empty() && left.ends_with("\n\n") {
            left.truncate(left.trim_end_matches('\n').len() + 1);
        }
        left
    }
}
