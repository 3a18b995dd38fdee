//! `adapters`: which client adapters there are, and what one would make of a captured request. Needs no gateway.

mod captured;
mod difference;

use std::fmt::Display;
use std::io;
use std::path::Path;

use http::header::HeaderMap;
use serde_json::{Value, json};

use crate::cli::args::AdaptersAction;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Out, Shape, clean, pad};
use crate::clock;
use crate::config::Overrides;
use crate::gateway::adapters;
use crate::i18n::cli as text;
use crate::proxy::adapt;
use captured::Captured;

/// Column of the names.
const NAME_CELLS: usize = 18;

/// Largest file that is read: as large as a request may be.
const FILE_MAX: u64 = 64 << 20;

pub(crate) fn run(context: &Context<'_>, action: Option<&AdaptersAction>) -> Result<u8, CliError> {
    let loaded = context.load(&Overrides::default())?;
    match action {
        None => list(context, &adapters::all(&loaded.config.adapters)),
        Some(AdaptersAction::Test { file }) => test(context, &loaded.config.adapters, file),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "as every command")]
fn list(context: &Context<'_>, all: &[Value]) -> Result<u8, CliError> {
    let out = &context.out;
    let mark = |one: &Value| if one["active"] == true { "●" } else { "○" };
    let name = |one: &Value| clean(one["name"].as_str().unwrap_or_default());
    match &out.shape {
        Shape::Json(_) => drop(out.json("adapters", all.into())),
        Shape::Plain => {
            let line =
                |one: &Value| format!("{}\t{}\t{}\t{}\n", name(one), one["active"], one["detect"], one["rewrite"]);
            out.data(&all.iter().map(line).collect::<String>());
        }
        Shape::Human => {
            let line = |one: &Value| {
                let idle = out.word(&text::ADAPTERS_IDLE).to_owned();
                let words = if one["active"] == true { clean(&rewrites(&one["rewrite"])) } else { idle };
                format!("  {} {}{words}\n", mark(one), out.paint.bold(pad(&name(one), NAME_CELLS)))
            };
            out.data(&all.iter().map(line).collect::<String>());
        }
    }
    Ok(exit::DONE)
}

/// `strip thinking, top_k · session rotating`: the keys of the configuration, with what they say.
fn rewrites(all: &Value) -> String {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |(key, value): (&String, &Value)| match value.as_array() {
        Some(list) => format!("{key} {}", list.iter().map(word).collect::<Vec<_>>().join(", ")),
        None => format!("{key} {}", word(value)),
    };
    let parts: Vec<String> = all.as_object().into_iter().flatten().map(one).collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join(" · ") }
}

fn test(
    context: &Context<'_>,
    adapters: &[std::sync::Arc<tokgate_wire::adapter::Adapter>],
    file: &Path,
) -> Result<u8, CliError> {
    let out = &context.out;
    let captured = read(file, out)?;
    let found = adapters.iter().find(|adapter| adapter.detect.matches(|name| captured.header(name), &captured.body));
    let Some(adapter) = found else {
        out.say(out.word(&text::ADAPTERS_NONE));
        out.json("adapter", json!({ "name": null, "changes": [] }));
        return Ok(exit::FAILED);
    };
    let session = adapter.session_id(0, clock::unix_ms() / 1_000);
    let adapted = adapter.body(captured.protocol, &captured.body, &session);
    let after = adapted.body.map_or_else(|| captured.body.clone(), |body| String::from_utf8_lossy(&body).into_owned());
    let mut headers: HeaderMap = captured.headers.clone();
    adapt::rewrite(&mut headers, adapter, &session);
    let mut changes = difference::of_headers(&captured.headers, &headers);
    changes.extend(difference::of_bodies(&captured.body, &after));
    let lines: Vec<String> = changes.iter().map(difference::Change::lines).collect();
    match &out.shape {
        Shape::Json(_) => drop(out.json("adapter", json!({ "name": adapter.name, "changes": lines }))),
        _ => {
            out.say(out.text(&text::ADAPTERS_MATCH, &[("name", &adapter.name), ("count", &lines.len())]));
            out.data(&lines.concat());
        }
    }
    Ok(exit::DONE)
}

fn read(file: &Path, out: &Out) -> Result<Captured, CliError> {
    let unreadable = |why: String| {
        CliError::new("TG507", exit::FAILED, Text::new(&text::CAPTURE_UNREADABLE).with("error", why))
            .at(file.display())
            .fix(&text::CAPTURE_FIX)
    };
    let failed = |error: io::Error| {
        unreadable(match error.kind() {
            io::ErrorKind::NotFound => out.text(&text::CAPTURE_MISSING, &[]),
            io::ErrorKind::PermissionDenied => out.text(&text::CAPTURE_FORBIDDEN, &[]),
            _ => error.to_string(),
        })
    };
    let length = std::fs::metadata(file).map_err(failed)?.len();
    if length > FILE_MAX {
        let sizes: [(&str, &dyn Display); 2] = [("size", &(length >> 20)), ("max", &(FILE_MAX >> 20))];
        return Err(unreadable(out.text(&text::CAPTURE_TOO_LARGE, &sizes)));
    }
    let bytes = std::fs::read(file).map_err(failed)?;
    Captured::read(&bytes).ok_or_else(|| unreadable(out.text(&text::CAPTURE_NO_REQUEST, &[])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewrites_are_told_as_words_and_not_as_json() {
        let some = json!({ "strip": ["thinking", "top_k"], "session": "rotating", "session_every_s": 43_200 });
        assert_eq!(rewrites(&some), "strip thinking, top_k · session rotating · session_every_s 43200");
        assert_eq!(rewrites(&json!({})), "–");
    }
}
