//! The values of a configuration before they have meaning: a tree in which every value knows its place.
//!
//! The file, the environment and the flags all end up in one tree, later ones over earlier ones; the readers then need
//! not care where a value came from, and an error still points at the right place.

use toml_edit::{Item, TableLike};

use super::problem::Place;

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where it was written.
    pub(crate) place: Place,
    /// What was written.
    pub(crate) value: Value,
}

/// What TOML can say.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Date,
    List(Vec<Node>),
    Table(Table),
}

/// Keys in the order they were written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// One key of a table.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) node: Node,
}

impl Table {
    /// The entry of this name.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The table under this name, when it is one.
    pub(crate) fn table(&self, key: &str) -> Option<&Self> {
        match &self.entry(key)?.node.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Puts a value at a dotted path, making tables on the way and replacing what was there.
    pub(crate) fn put(&mut self, path: &[&str], node: Node) {
        let Some((first, rest)) = path.split_first() else { return };
        let index = self.entries.iter().position(|entry| entry.key == *first);
        if rest.is_empty() {
            match index {
                Some(index) => self.entries[index].node = node,
                None => self.entries.push(Entry { key: (*first).to_owned(), key_place: node.place.clone(), node }),
            }
            return;
        }
        let index = index.unwrap_or_else(|| {
            let place = node.place.clone();
            let empty = Node { place: place.clone(), value: Value::Table(Self::default()) };
            self.entries.push(Entry { key: (*first).to_owned(), key_place: place, node: empty });
            self.entries.len() - 1
        });
        let inner = &mut self.entries[index].node;
        if !matches!(inner.value, Value::Table(_)) {
            *inner = Node { place: node.place.clone(), value: Value::Table(Self::default()) };
        }
        if let Value::Table(table) = &mut inner.value {
            table.put(rest, node);
        }
    }
}

/// The tree of a parsed document.
pub(crate) fn from_document(document: &toml_edit::Document<&str>) -> Table {
    table(document.as_table())
}

fn table(source: &dyn TableLike) -> Table {
    let entries = source
        .iter()
        .map(|(key, item)| {
            let key_span = source.key(key).and_then(toml_edit::Key::span);
            let key_place = key_span.or_else(|| item.span()).map_or(Place::Nowhere, Place::File);
            let place = item.span().map_or_else(|| key_place.clone(), Place::File);
            Entry { key: key.to_owned(), key_place, node: Node { place, value: item_value(item) } }
        })
        .collect();
    Table { entries }
}

fn item_value(item: &Item) -> Value {
    match item {
        Item::None => Value::Table(Table::default()),
        Item::Value(inner) => value(inner),
        Item::Table(inner) => Value::Table(table(inner)),
        Item::ArrayOfTables(tables) => Value::List(
            tables
                .iter()
                .map(|inner| Node {
                    place: inner.span().map_or(Place::Nowhere, Place::File),
                    value: Value::Table(table(inner)),
                })
                .collect(),
        ),
    }
}

fn value(source: &toml_edit::Value) -> Value {
    match source {
        toml_edit::Value::String(text) => Value::Text(text.value().clone()),
        toml_edit::Value::Integer(number) => Value::Integer(*number.value()),
        toml_edit::Value::Float(number) => Value::Float(*number.value()),
        toml_edit::Value::Boolean(flag) => Value::Bool(*flag.value()),
        toml_edit::Value::Datetime(_) => Value::Date,
        toml_edit::Value::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node { place: item.span().map_or(Place::Nowhere, Place::File), value: value(item) })
                .collect(),
        ),
        toml_edit::Value::InlineTable(inner) => Value::Table(table(inner)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    #[test]
    fn values_keep_their_order_and_place() {
        let text = "[b]\nx = 1\n[a]\ny = { z = \"t\" }\n";
        let tree = from_document(&toml_edit::Document::parse(text).unwrap());
        let names: Vec<_> = tree.entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        let Place::File(span) = &tree.table("a").unwrap().table("y").unwrap().entry("z").unwrap().node.place else {
            panic!("z has no place in the file");
        };
        assert_eq!(&text[span.clone()], "\"t\"");
    }

    #[test]
    fn put_makes_tables_on_the_way_and_replaces_values() {
        let mut tree = Table::default();
        let node = |text: &str| Node { place: Place::Nowhere, value: Value::Text(text.to_owned()) };
        tree.put(&["a", "b"], node("1"));
        tree.put(&["a", "b"], node("2"));
        let Value::Text(text) = &tree.table("a").unwrap().entry("b").unwrap().node.value else { panic!("no text") };
        assert_eq!(text, "2");
    }
}
