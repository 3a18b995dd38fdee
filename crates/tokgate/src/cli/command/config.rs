//! `config`: where the file is, whether it is right, what is in effect, and changes of it.

pub(crate) mod edit;

use serde_json::{Value as Json, json};
use toml_edit::{Item, Value};

use crate::cli::args::ConfigAction;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Shape, clean};
use crate::config::{self, Loaded, Overrides, Place, Rejected, ShowOptions};
use crate::i18n::{cli as text, labelled};

pub(crate) fn run(context: &Context<'_>, action: &ConfigAction) -> Result<u8, CliError> {
    match action {
        ConfigAction::Validate => validate(context),
        ConfigAction::Path => Ok(path(context)),
        ConfigAction::Show { origin } => show(context, *origin || context.out.verbose > 0),
        ConfigAction::Get { key } => edit::get(context, key),
        ConfigAction::Set { key, value } => edit::set(context, key, value),
        ConfigAction::Unset { key } => edit::unset(context, key),
        ConfigAction::Undo => edit::undo(context),
    }
}

fn path(context: &Context<'_>) -> u8 {
    let path = context.paths.config_file.display().to_string();
    match context.out.shape {
        Shape::Json(_) => {
            context.out.json("config.path", json!({ "path": path, "exists": context.paths.config_file.exists() }))
        }
        _ => context.out.data(&format!("{path}\n")),
    };
    exit::DONE
}

fn validate(context: &Context<'_>) -> Result<u8, CliError> {
    let out = &context.out;
    let flags = Overrides::default();
    let loaded = config::load(&context.paths, context.explicit.as_deref(), &context.env, &flags);
    if let Shape::Json(_) = out.shape {
        return Ok(validate_json(context, loaded));
    }
    match loaded {
        Ok(loaded) => {
            for note in &loaded.notes {
                out.say(format!("{} {}", out.paint_err.yellow(note.code), clean(&note.text(out.lang))));
            }
            if let Some(files) = &loaded.config.server.tls
                && let Err(reason) = crate::proxy::tls::Tls::load(files)
            {
                let words = Text::new(&crate::i18n::proxy::TLS_UNUSABLE).with("reason", &reason);
                return Err(CliError::new("TG202", exit::CONFIG, words).at("server.tls").fix(&text::TLS_FIX));
            }
            let message = if loaded.file.is_some() { &text::CONFIG_OK } else { &text::CONFIG_NONE };
            out.say(out.text(message, &[("path", &context.config_path())]));
            let sources = super::status::sources(&context.out, &loaded, &context.env);
            let sources = if sources.is_empty() { out.word(&text::DETAIL_DEFAULTS) } else { &sources };
            out.detail(labelled(&text::DETAIL_SOURCES, sources, out.lang));
            Ok(exit::DONE)
        }
        Err(rejected) => {
            out.say_always(&config::render(&rejected, out.lang, out.paint_err.on));
            Ok(exit::CONFIG)
        }
    }
}

fn validate_json(context: &Context<'_>, loaded: Result<Loaded, Rejected>) -> u8 {
    let lang = context.out.lang;
    let (valid, errors, notes) = match &loaded {
        Ok(loaded) => (true, Vec::new(), loaded.notes.as_slice()),
        Err(rejected) => (false, rejected.errors.clone(), &[][..]),
    };
    let errors: Vec<_> = errors
        .iter()
        .map(|error| {
            json!({
                "code": error.code,
                "key": error.key,
                "place": place(&error.place),
                "message": error.title(lang),
                "fix": error.fix_text(lang),
            })
        })
        .collect();
    let notes: Vec<_> =
        notes.iter().map(|note| json!({ "code": note.code, "key": note.key, "message": note.text(lang) })).collect();
    context.out.json("config.validate", json!({ "valid": valid, "errors": errors, "notes": notes }));
    if valid { exit::DONE } else { exit::CONFIG }
}

fn place(place: &Place) -> String {
    match place {
        Place::File(span) => format!("bytes {}..{}", span.start, span.end),
        Place::Env(name) => name.clone(),
        Place::Flag(flag) => flag.clone(),
        Place::Nowhere => String::new(),
    }
}

fn show(context: &Context<'_>, origin: bool) -> Result<u8, CliError> {
    let loaded = context.load_beside_gateway()?;
    let options = ShowOptions { origin, lang: context.out.lang };
    let text = config::show(&loaded.config, &loaded.origins, options);
    match context.out.shape {
        Shape::Json(_) => context.out.json("config.show", as_json(&text)),
        _ => context.out.data(&text),
    };
    Ok(exit::DONE)
}

/// The shown TOML as JSON; it is ours, so it parses.
fn as_json(toml: &str) -> Json {
    toml.parse::<toml_edit::DocumentMut>().map_or(Json::Null, |document| table(document.iter()))
}

fn table<'t>(items: impl Iterator<Item = (&'t str, &'t Item)>) -> Json {
    Json::Object(items.map(|(key, value)| (key.to_owned(), item(value))).collect())
}

fn item(item: &Item) -> Json {
    match item {
        Item::None => Json::Null,
        Item::Value(of) => value(of),
        Item::Table(of) => table(of.iter()),
        Item::ArrayOfTables(of) => of.iter().map(|of| table(of.iter())).collect(),
    }
}

fn value(of: &Value) -> Json {
    match of {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Float(number) => (*number.value()).into(),
        Value::Boolean(yes) => (*yes.value()).into(),
        Value::Datetime(time) => time.value().to_string().into(),
        Value::Array(values) => values.iter().map(value).collect(),
        Value::InlineTable(of) => Json::Object(of.iter().map(|(key, of)| (key.to_owned(), value(of))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shown_values_are_also_json() {
        let toml = "[a]\nb = [1, \"x\"]\nc = { d = true }\n[[r]]\nn = 1.5\n";
        assert_eq!(as_json(toml), json!({"a": {"b": [1, "x"], "c": {"d": true}}, "r": [{"n": 1.5}]}));
    }
}
