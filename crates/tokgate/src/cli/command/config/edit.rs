//! `config get`, `set`, `unset` and `undo`: one key of the file at a time.

use serde_json::json;
use toml_edit::{Item, Value};

use super::item;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Shape, clean, tilde};
use crate::config::edit::{Change, EditError, Edited, Editor, KeyPath};
use crate::config::{self, Origin, Overrides, ShowOptions};
use crate::i18n::edit as text;

/// Makes changes in the file of this call; a result that is no good configuration is shown with all its errors.
pub(crate) fn edit(context: &Context<'_>, changes: &[Change]) -> Result<Edited, CliError> {
    done(context, editor(context).edit(changes))
}

pub(super) fn get(context: &Context<'_>, key: &str) -> Result<u8, CliError> {
    let path = path(key)?;
    let loaded = context.load(&Overrides::default())?;
    let shown = config::show(&loaded.config, &loaded.origins, ShowOptions::default());
    let unknown = || EditError::NoSuch(path.to_string()).describe(context.out.lang);
    let document: toml_edit::DocumentMut = shown.parse().map_err(|_| unknown())?;
    let found = find(document.as_item(), path.steps()).ok_or_else(unknown)?;
    match (&context.out.shape, &found) {
        (Shape::Json(_), _) => {
            context.out.json("config.get", json!({ "key": path.to_string(), "value": item(&found) }));
        }
        (_, Item::Value(Value::String(text))) => {
            context.out.data(&format!("{}\n", clean(text.value())));
        }
        (_, Item::Value(value)) => {
            context.out.data(&format!("{}\n", value.to_string().trim()));
        }
        (_, table) => {
            context.out.data(&lines(table));
        }
    }
    Ok(exit::DONE)
}

/// A table as a document of its own, without the empty line before its first header.
fn lines(item: &Item) -> String {
    let mut document = toml_edit::DocumentMut::new();
    match item {
        Item::Table(table) => *document.as_table_mut() = table.clone(),
        // A list keeps its headers only under a name.
        other => {
            document.insert("list", other.clone());
        }
    }
    document.to_string().trim_start_matches('\n').to_owned()
}

/// What stands in the file at a path, as it is written.
pub(crate) fn written(context: &Context<'_>, path: &KeyPath) -> Option<Item> {
    let text = std::fs::read_to_string(&context.paths.config_file).ok()?;
    let document: toml_edit::DocumentMut = text.parse().ok()?;
    find(document.as_item(), path.steps())
}

fn find(root: &Item, steps: &[String]) -> Option<Item> {
    let mut at = root.clone();
    for step in steps {
        let index = config::edit::element(step);
        at = match (&at, index) {
            (Item::Value(Value::Array(array)), Some(index)) => Item::Value(array.get(index)?.clone()),
            (Item::ArrayOfTables(tables), Some(index)) => Item::Table(tables.get(index)?.clone()),
            (table, _) => table.as_table_like()?.get(step)?.clone(),
        };
    }
    Some(at)
}

pub(super) fn set(context: &Context<'_>, key: &str, typed: &str) -> Result<u8, CliError> {
    let path = path(key)?;
    let names: Vec<&str> = path.steps().iter().map(String::as_str).collect();
    let value = config::edit::typed(&names, typed);
    if config::edit::writes_secret(&names, &value) {
        return Err(CliError::new("TG197", exit::USAGE, &text::SECRET_TYPED).at(&path).fix(&text::SECRET_TYPED_FIX));
    }
    let edited = edit(context, &[Change::Set(path.clone(), value.clone())])?;
    let shown = clean(value.to_string().trim());
    report(context, &edited, &path.to_string(), |file| {
        context.out.text(&text::SET_DONE, &[("path", &file), ("key", &path), ("value", &shown)])
    });
    Ok(exit::DONE)
}

pub(super) fn unset(context: &Context<'_>, key: &str) -> Result<u8, CliError> {
    let path = path(key)?;
    let edited = edit(context, &[Change::Unset(path.clone())])?;
    report(context, &edited, &path.to_string(), |file| {
        context.out.text(&text::UNSET_DONE, &[("path", &file), ("key", &path)])
    });
    Ok(exit::DONE)
}

pub(super) fn undo(context: &Context<'_>) -> Result<u8, CliError> {
    let edited = done(context, editor(context).undo())?;
    report(context, &edited, "", |file| context.out.text(&text::UNDONE, &[("path", &file)]));
    Ok(exit::DONE)
}

/// Says what was done, and what the file says in vain.
fn report(context: &Context<'_>, edited: &Edited, key: &str, say: impl Fn(&str) -> String) {
    let out = &context.out;
    let file = tilde(&edited.file, context.env.home());
    if edited.changed {
        out.say(say(&file));
    } else {
        out.say(out.text(&text::SAME, &[("path", &file)]));
    }
    if let Some(Origin::Env(name)) = edited.loaded.origins.get(key) {
        out.warn(out.text(&text::OVERRIDDEN, &[("key", &key), ("origin", name)]));
    }
    if let Shape::Json(_) = out.shape {
        let file = edited.file.display().to_string();
        out.json("config.edit", json!({ "file": file, "key": key, "changed": edited.changed }));
    }
}

fn editor<'c>(context: &'c Context<'_>) -> Editor<'c> {
    Editor { paths: &context.paths, explicit: context.explicit.as_deref(), env: &context.env }
}

fn done(context: &Context<'_>, result: Result<Edited, EditError>) -> Result<Edited, CliError> {
    result.map_err(|error| match error {
        EditError::Rejected(rejected) => {
            context.out.say_always(&config::render(&rejected, context.out.lang, context.out.paint_err.on));
            CliError::reported(exit::CONFIG)
        }
        other => other.describe(context.out.lang),
    })
}

fn path(key: &str) -> Result<KeyPath, CliError> {
    key.parse().map_err(|()| {
        CliError::new("TG190", exit::USAGE, Text::new(&text::BAD_PATH).with("key", clean(key))).fix(&text::BAD_PATH_FIX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_a_table_and_an_element_are_found() {
        let toml = "[a]\nb = [1, \"x\"]\n[[r]]\nn = 1\n";
        let document: toml_edit::DocumentMut = toml.parse().unwrap();
        let find = |path: &str| find(document.as_item(), path.parse::<KeyPath>().unwrap().steps());
        assert_eq!(find("a.b.2").map(|item| item.to_string()).as_deref(), Some(" \"x\""));
        assert_eq!(find("r.1.n").as_ref().map(item), Some(json!(1)));
        assert_eq!(lines(&find("a").unwrap()), "b = [1, \"x\"]\n");
        assert!(find("a.c").is_none() && find("a.b.3").is_none() && find("a.b.0").is_none());
        assert_eq!(super::super::as_json(toml)["a"]["b"], json!([1, "x"]));
    }
}
