//! `config`: where the file is, whether it is right, what is in effect.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::args::ConfigAction;
use crate::cli::context::Context;
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Shape, clean};
use crate::config::{self, Loaded, Overrides, Place, Rejected};
use crate::i18n::{Lang, cli as text};

pub(crate) fn run(context: &Context<'_>, action: &ConfigAction) -> Result<u8, CliError> {
    match action {
        ConfigAction::Validate => validate(context),
        ConfigAction::Path => Ok(path(context)),
        ConfigAction::Show { origin } => show(context, *origin),
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
            let message = if loaded.file.is_some() { &text::CONFIG_OK } else { &text::CONFIG_NONE };
            out.say(out.text(message, &[("path", &context.config_path())]));
            Ok(exit::DONE)
        }
        Err(rejected) => {
            out.say_always(&rejected_text(&rejected, out.lang, out.paint_err.on));
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

/// All errors of a rejected configuration, for stderr.
pub(crate) fn rejected_text(rejected: &Rejected, lang: Lang, _colour: bool) -> String {
    let mut out = String::new();
    for error in &rejected.errors {
        let _ = writeln!(out, "error[{}] {}\n  {}", error.code, error.title(lang), error.fix_text(lang));
    }
    let count = rejected.errors.len();
    let _ = writeln!(out, "{}", text::CONFIG_REJECTED.text(lang, &[("count", &count)]));
    out
}

fn show(context: &Context<'_>, origin: bool) -> Result<u8, CliError> {
    let loaded = context.load(&Overrides::default())?;
    let mut page = String::new();
    for (key, from) in &loaded.origins {
        let _ = if origin { writeln!(page, "{key}\t{from:?}") } else { writeln!(page, "{key}") };
    }
    context.out.data(&page);
    Ok(exit::DONE)
}
