//! `config get`, `set`, `unset` and `undo`: one key of the file at a time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use toml_edit::{Item, Value};

use super::item;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Shape, clean, tilde};
use crate::config::edit::{Change, EditError, Edited, Editor, KeyPath};
use crate::config::{self, Loaded, Note, Origin, Overrides, ShowOptions};
use crate::i18n::edit as text;
use crate::process::admin::Reloaded;

/// Values shown of those that an undo changes; a whole section may have gone.
const CHANGES_SHOWN: usize = 20;

/// A change that was made, and what became of it.
#[derive(Debug)]
pub(crate) struct Done {
    edited: Edited,
    /// Whether a gateway runs, which has taken it over.
    in_force: bool,
}

impl Done {
    /// The change.
    pub(crate) fn edited(&self) -> &Edited {
        &self.edited
    }

    /// Whether the running gateway has taken it over; nothing where nothing changed.
    pub(crate) fn in_force(&self) -> Option<bool> {
        self.edited.changed.then_some(self.in_force)
    }

    /// Whether the file is another than before.
    pub(crate) fn changed(&self) -> bool {
        self.edited.changed
    }
}

/// Makes changes in the file of this call, and waits until the running gateway has taken them over; a result that is no
/// good configuration is shown with all its errors.
pub(crate) fn edit(context: &Context<'_>, changes: &[Change]) -> Result<Done, CliError> {
    let before = config::load(&context.paths, context.explicit.as_deref(), &context.env, &Overrides::default());
    let edited = done(context, editor(context).edit(changes))?;
    // What is broken had no remarks, and all that are made now are news.
    remark(context, &before.map(|loaded| loaded.notes).unwrap_or_default(), &edited.loaded.notes);
    in_force(context, edited)
}

/// Says what there is to remark on now that there was not before: a variable that is not set, a rule behind another that
/// takes everything.
fn remark(context: &Context<'_>, before: &[Note], now: &[Note]) {
    let out = &context.out;
    let said: BTreeSet<String> = before.iter().map(|note| note.text(out.lang)).collect();
    for note in now.iter().filter(|note| !said.contains(&note.text(out.lang))) {
        out.say(format!("{} {}", out.paint_err.yellow(note.code), clean(&note.text(out.lang))));
    }
}

/// Has the running gateway read the file that was written. One that does not take it is an error: half is done.
fn in_force(context: &Context<'_>, edited: Edited) -> Result<Done, CliError> {
    if !edited.changed {
        return Ok(Done { edited, in_force: false });
    }
    let partly = |words: Text| CliError::new("TG214", exit::PARTLY, words);
    match context.admin().reload() {
        Ok(None) => {
            context.out.say(context.out.word(&text::NO_GATEWAY));
            Ok(Done { edited, in_force: false })
        }
        Ok(Some(Reloaded { problem: None, .. })) => Ok(Done { edited, in_force: true }),
        Ok(Some(Reloaded { problem: Some(refused), .. })) => {
            let what = clean(refused.what.say(context.out.lang));
            Err(partly(Text::new(&text::NOT_IN_FORCE).with("what", what)).run(refused.fix.say(context.out.lang)))
        }
        Err(error) => {
            let cause = error.message.say(context.out.lang);
            Err(partly(Text::new(&text::NOT_ANSWERED).with("cause", cause)).run("tokgate status"))
        }
    }
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
    let flags = Overrides::default();
    // What is broken has no values to compare.
    let before = config::load(&context.paths, context.explicit.as_deref(), &context.env, &flags).ok();
    let edited = done(context, editor(context).undo())?;
    let changes = before.map(|before| changes(&before, &edited.loaded)).unwrap_or_default();
    let done = in_force(context, edited)?;
    let out = &context.out;
    let file = tilde(&done.edited.file, context.env.home());
    out.say(out.text(&text::UNDONE, &[("path", &file)]));
    for (key, before, after) in changes.iter().take(CHANGES_SHOWN) {
        let args: [(&str, &dyn std::fmt::Display); 3] =
            [("key", &clean(key)), ("before", &clean(before)), ("after", &clean(after))];
        out.say(out.text(&text::UNDONE_KEY, &args));
    }
    match changes.len() {
        0 => out.say(out.word(&text::UNDONE_NO_VALUE)),
        count if count > CHANGES_SHOWN => {
            out.say(out.text(&text::UNDONE_MORE, &[("count", &(count - CHANGES_SHOWN))]));
        }
        _ => {}
    }
    if let Shape::Json(_) = out.shape {
        let change =
            |(key, before, after): &(String, String, String)| json!({ "key": key, "before": before, "after": after });
        let mut data = described(&done, "");
        data["changes"] = changes.iter().map(change).collect();
        out.json("config.edit", data);
    }
    Ok(exit::DONE)
}

/// Values in effect that differ: key, before, after. Secrets are masked on both sides, as they are everywhere.
fn changes(before: &Loaded, after: &Loaded) -> Vec<(String, String, String)> {
    let values = |loaded: &Loaded| {
        let shown = config::show(&loaded.config, &loaded.origins, ShowOptions::default());
        let document: toml_edit::DocumentMut = shown.parse().unwrap_or_default();
        let mut values = BTreeMap::new();
        flatten(document.as_item(), &mut Vec::new(), &mut values);
        values
    };
    let (before, after) = (values(before), values(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |values: &BTreeMap<String, String>, name: &String| values.get(name).map_or("–", String::as_str).to_owned();
    let pairs = names.into_iter().map(|name| (name.clone(), of(&before, name), of(&after, name)));
    pairs.filter(|(_, before, after)| before != after).collect()
}

/// Every value below an item by its path.
fn flatten(item: &Item, steps: &mut Vec<String>, into: &mut BTreeMap<String, String>) {
    let mut below = |name: String, item: &Item| {
        steps.push(name);
        flatten(item, steps, into);
        steps.pop();
    };
    match item {
        Item::Table(table) => table.iter().for_each(|(name, item)| below(name.to_owned(), item)),
        Item::ArrayOfTables(tables) => {
            for (index, table) in tables.iter().enumerate() {
                below((index + 1).to_string(), &Item::Table(table.clone()));
            }
        }
        Item::Value(value) => {
            let path = KeyPath::of(steps.iter().map(String::as_str)).map(|path| path.to_string());
            into.insert(path.unwrap_or_else(|| steps.join(".")), value.to_string().trim().to_owned());
        }
        Item::None => {}
    }
}

/// Says what was done, and what the file says in vain.
fn report(context: &Context<'_>, done: &Done, key: &str, say: impl Fn(&str) -> String) {
    let out = &context.out;
    let edited = &done.edited;
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
        out.json("config.edit", described(done, key));
    }
}

fn described(done: &Done, key: &str) -> serde_json::Value {
    let file = done.edited.file.display().to_string();
    json!({ "file": file, "key": key, "changed": done.edited.changed, "in_force": done.in_force() })
}

fn editor<'c>(context: &'c Context<'_>) -> Editor<'c> {
    Editor { paths: &context.paths, explicit: context.explicit.as_deref(), env: &context.env }
}

fn done(context: &Context<'_>, result: Result<Edited, EditError>) -> Result<Edited, CliError> {
    result.map_err(|error| match error {
        EditError::Rejected(rejected) => {
            context.out.say_always(&config::render(&rejected, context.out.lang, context.out.paint_err.on));
            context.out.say_always(&format!("{}\n", context.out.word(&text::NOTHING_WRITTEN)));
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
