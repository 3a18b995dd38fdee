//! Changes in the tree of a document: values set, tables appended, elements of one-line values removed.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::fault::EditError;
use super::path::{KeyPath, element};

/// What a step leads to.
enum Step<'a> {
    Table(&'a mut dyn TableLike, Style),
    Array(&'a mut Array),
    Tables(&'a mut ArrayOfTables),
}

/// How a table is written: what is put into one on one line stands on that line too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Lines,
    OneLine,
}

/// Sets the value at `path`. What stood there gives its place, spaces and comment.
pub(super) fn set(document: &mut DocumentMut, path: &KeyPath, value: Value) -> Result<(), EditError> {
    let (last, before) = path.split();
    match walk(document, path, before, true)? {
        Step::Table(table, style) => match table.get_mut(last) {
            Some(Item::Value(old)) => replace(old, value),
            Some(Item::Table(_) | Item::ArrayOfTables(_)) => return Err(EditError::IsTable(path.to_string())),
            Some(Item::None) | None => insert(table, style, last, Item::Value(value)),
        },
        Step::Array(array) => {
            let old = element(last).and_then(|index| array.get_mut(index));
            replace(old.ok_or_else(|| no_such(path))?, value);
        }
        Step::Tables(_) => return Err(no_such(path)),
    }
    Ok(())
}

fn replace(old: &mut Value, mut value: Value) {
    value.decor_mut().clone_from(old.decor());
    *old = value;
}

/// A new entry; on one line, the space before the closing brace stays before it.
fn insert(table: &mut dyn TableLike, style: Style, name: &str, item: Item) {
    let last = table.iter_mut().last().filter(|_| style == Style::OneLine);
    let space = last.and_then(|(_, item)| take_suffix(item));
    table.insert(name, item);
    give_suffix(table, space);
}

fn take_suffix(item: &mut Item) -> Option<String> {
    let decor = item.as_value_mut()?.decor_mut();
    let suffix = decor.suffix()?.as_str()?.to_owned();
    decor.set_suffix("");
    Some(suffix)
}

fn give_suffix(table: &mut dyn TableLike, suffix: Option<String>) {
    let last = table.iter_mut().last().and_then(|(_, item)| item.as_value_mut().map(Value::decor_mut));
    if let Some((decor, suffix)) = last.zip(suffix) {
        decor.set_suffix(suffix);
    }
}

/// One more element of the list at `path`, written as the others are.
pub(super) fn append(document: &mut DocumentMut, path: &KeyPath, table: Table) -> Result<(), EditError> {
    let (last, before) = path.split();
    let Step::Table(parent, style) = walk(document, path, before, true)? else { return Err(no_such(path)) };
    match parent.get_mut(last) {
        Some(Item::ArrayOfTables(tables)) => tables.push(table),
        Some(Item::Value(Value::Array(array))) => array.push(table.into_inline_table()),
        Some(Item::Value(_) | Item::Table(_)) => return Err(EditError::NotList(path.to_string())),
        Some(Item::None) | None if style == Style::OneLine => {
            insert(parent, style, last, Item::Value(Array::from_iter([table.into_inline_table()]).into()));
        }
        Some(Item::None) | None => {
            let mut tables = ArrayOfTables::new();
            tables.push(table);
            parent.insert(last, Item::ArrayOfTables(tables));
        }
    }
    Ok(())
}

/// Removes what stands inside a value on one line.
pub(super) fn remove(document: &mut DocumentMut, path: &KeyPath) -> Result<(), EditError> {
    let (last, before) = path.split();
    let removed = match walk(document, path, before, false)? {
        Step::Table(table, _) => {
            let space = table.iter_mut().last().and_then(|(_, item)| take_suffix(item));
            let removed = table.remove(last).is_some();
            give_suffix(table, space);
            removed
        }
        Step::Array(array) => match element(last) {
            Some(index) if index < array.len() => {
                array.remove(index);
                if index == 0
                    && let Some(first) = array.get_mut(0)
                    && first.decor().prefix().and_then(|prefix| prefix.as_str()) == Some(" ")
                {
                    first.decor_mut().set_prefix("");
                }
                true
            }
            _ => false,
        },
        Step::Tables(_) => false,
    };
    if removed { Ok(()) } else { Err(no_such(path)) }
}

/// Goes along `steps`; tables that are not there are made when `make` says so.
fn walk<'d>(
    document: &'d mut DocumentMut,
    path: &KeyPath,
    steps: &[String],
    make: bool,
) -> Result<Step<'d>, EditError> {
    let mut at = Step::Table(document.as_table_mut(), Style::Lines);
    for (depth, step) in steps.iter().enumerate() {
        let last = depth + 1 == steps.len();
        at = match at {
            Step::Table(table, style) => {
                if table.get(step).is_none_or(Item::is_none) {
                    if !make {
                        return Err(no_such(path));
                    }
                    insert(table, style, step, new_table(style, last));
                }
                table.get_mut(step).and_then(|item| item_step(item, style))
            }
            Step::Array(array) => element(step).and_then(|index| array.get_mut(index)).and_then(value_step),
            Step::Tables(tables) => {
                let table = element(step).and_then(|index| tables.get_mut(index));
                table.map(|table| Step::Table(table as &mut dyn TableLike, Style::Lines))
            }
        }
        .ok_or_else(|| no_such(path))?;
    }
    Ok(at)
}

fn item_step(item: &mut Item, style: Style) -> Option<Step<'_>> {
    match item {
        Item::Table(table) => Some(Step::Table(table, style)),
        Item::ArrayOfTables(tables) => Some(Step::Tables(tables)),
        Item::Value(value) => value_step(value),
        Item::None => None,
    }
}

fn value_step(value: &mut Value) -> Option<Step<'_>> {
    match value {
        Value::InlineTable(table) => Some(Step::Table(table, Style::OneLine)),
        Value::Array(array) => Some(Step::Array(array)),
        _ => None,
    }
}

/// A table of its own; one that only leads to another has no line.
fn new_table(style: Style, last: bool) -> Item {
    if style == Style::OneLine {
        return Item::Value(InlineTable::new().into());
    }
    let mut table = Table::new();
    table.set_implicit(!last);
    Item::Table(table)
}

fn no_such(path: &KeyPath) -> EditError {
    EditError::NoSuch(path.to_string())
}
