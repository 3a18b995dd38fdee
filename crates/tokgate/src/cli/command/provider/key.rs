//! `provider key`: the credentials of one provider.

use std::num::NonZeroUsize;

use serde_json::json;
use tokgate_policy::engine::number;
use toml_edit::{InlineTable, Value};

use super::super::config::edit;
use super::super::health;
use super::super::status::local_time;
use super::super::table;
use super::{find, from_file, running};
use crate::cli::args::KeyAction;
use crate::cli::context::Context;
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Out, Shape, clean};
use crate::config::edit::{Change, KeyPath, writes_secret};
use crate::config::model::Provider;
use crate::config::{Overrides, reference_text};
use crate::i18n::edit::{SECRET_TYPED, SECRET_TYPED_FIX};
use crate::i18n::providers as text;
use crate::process::admin::KeyStatus;

pub(super) fn run(context: &Context<'_>, action: &KeyAction) -> Result<u8, CliError> {
    match action {
        KeyAction::List { name } => list(context, name),
        KeyAction::Test { name, yes } => health::check(context, std::slice::from_ref(name), *yes),
        KeyAction::Enable { name, key } => switch(context, name, key, true),
        KeyAction::Disable { name, key } => switch(context, name, key, false),
        KeyAction::Set { name, key, source } => set(context, name, key, source),
        KeyAction::Reset { name, key } => {
            let loaded = context.load_beside_gateway()?;
            let provider = find(&loaded.config, name)?;
            let place = key.as_deref().map(|key| place(provider, key)).transpose()?;
            health::reset(context, name, place.and_then(|place| NonZeroUsize::new(number(place))))
        }
    }
}

fn list(context: &Context<'_>, name: &str) -> Result<u8, CliError> {
    let loaded = context.load_beside_gateway()?;
    let provider = find(&loaded.config, name)?;
    let known = running(context).into_iter().find(|status| status.name == name).map(|status| status.keys);
    let configured = provider.keys.iter().map(|key| KeyStatus {
        from: reference_text(&key.from),
        enabled: key.enabled,
        ..KeyStatus::default()
    });
    let keys = known.unwrap_or_else(|| configured.collect());
    let out = &context.out;
    if let Shape::Json(_) = out.shape {
        out.json("provider.key.list", json!({ "provider": name, "keys": keys }));
    } else if keys.is_empty() {
        out.say(out.text(&text::NO_KEYS, &[("name", &clean(name))]));
    } else {
        out.data(&page(out, &keys));
    }
    Ok(exit::DONE)
}

/// The keys, numbered from 1.
pub(super) fn page(out: &Out, keys: &[KeyStatus]) -> String {
    let row = |(index, key): (usize, &KeyStatus)| {
        let until = key.until_ms.map(|at| if out.shape == Shape::Human { local_time(at) } else { at.to_string() });
        vec![number(index).to_string(), clean(&key.from), state(out, key), until.unwrap_or_default()]
    };
    let headings = [&text::HEAD_NUMBER, &text::HEAD_FROM, &text::HEAD_STATE, &text::HEAD_UNTIL];
    let rows: Vec<_> = keys.iter().enumerate().map(row).collect();
    table::page(out, &headings.map(|heading| out.word(heading)), &rows)
}

fn state(out: &Out, key: &KeyStatus) -> String {
    let id = if key.enabled { key.state.as_str() } else { "off" };
    if out.shape != Shape::Human {
        return clean(id);
    }
    let (mark, word) = match id {
        "off" => ("○", &text::KEY_OFF),
        "ok" => ("●", &text::KEY_OK),
        "cooling" => ("◐", &text::KEY_COOLING),
        "exhausted" => ("✗", &text::KEY_EXHAUSTED),
        "quarantined" => ("✗", &text::KEY_QUARANTINED),
        "unreadable" => ("✗", &text::KEY_UNREADABLE),
        "client" => ("●", &text::KEY_CLIENT),
        _ => return "–".to_owned(),
    };
    let resting = (key.resting_models > 0 && id == "ok")
        .then(|| out.text(&text::KEY_RESTING_MODELS, &[("count", &key.resting_models)]));
    match resting {
        Some(resting) => format!("◐ {} · {resting}", out.word(word)),
        None => format!("{mark} {}", out.word(word)),
    }
}

/// A key by its number from 1, or by where it comes from.
fn place(provider: &Provider, key: &str) -> Result<usize, CliError> {
    let number = key.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let named = || provider.keys.iter().position(|known| reference_text(&known.from) == key);
    number.filter(|place| *place < provider.keys.len()).or_else(named).ok_or_else(|| {
        CliError::new("TG417", exit::USAGE, &crate::i18n::proxy::KEY_UNKNOWN)
            .run(format!("tokgate provider key list {}", provider.name))
    })
}

fn switch(context: &Context<'_>, name: &str, key: &str, on: bool) -> Result<u8, CliError> {
    let loaded = context.load(&Overrides::default())?;
    let provider = find(&loaded.config, name)?;
    from_file(&loaded, name)?;
    let place = place(provider, key)?;
    let changed = provider.keys.get(place).is_some_and(|key| key.enabled != on) && {
        let number = number(place).to_string();
        let steps = ["provider", name, "keys", number.as_str()];
        let change = change(context, &steps, on)?;
        edit::edit(context, &[change])?.changed()
    };
    let out = &context.out;
    let message = match (changed, on) {
        (true, true) => &text::KEY_ENABLED,
        (true, false) => &text::KEY_DISABLED,
        (false, _) => &text::AS_IT_WAS,
    };
    out.say(out.text(message, &[("name", &clean(name)), ("number", &number(place))]));
    out.json(
        "provider.key.switch",
        json!({ "provider": name, "key": number(place), "enabled": on, "changed": changed }),
    );
    Ok(exit::DONE)
}

/// Puts another reference in the place of a key; how it is used stays.
fn set(context: &Context<'_>, name: &str, key: &str, source: &str) -> Result<u8, CliError> {
    let loaded = context.load(&Overrides::default())?;
    let provider = find(&loaded.config, name)?;
    from_file(&loaded, name)?;
    let number = number(place(provider, key)?);
    let path = |steps: &[&str]| {
        KeyPath::of(["provider", name, "keys"].iter().chain(steps).copied())
            .ok_or_else(|| CliError::new("TG198", exit::FAILED, &text::NOT_IN_FILE))
    };
    let (list, here) = (path(&[])?, path(&[&number.to_string()])?);
    let value = Value::from(source);
    if writes_secret(&["provider", name, "keys"], &value) {
        return Err(CliError::new("TG197", exit::USAGE, &SECRET_TYPED).at(&here).fix(&SECRET_TYPED_FIX));
    }
    let change = match (edit::written(context, &list), edit::written(context, &here)) {
        // What its preset takes when nothing is said.
        (None, _) => Change::Set(list, Value::Array([value].into_iter().collect())),
        (Some(_), Some(toml_edit::Item::Value(Value::InlineTable(_)))) => {
            Change::Set(path(&[&number.to_string(), "from"])?, value)
        }
        (Some(_), _) => Change::Set(here, value),
    };
    let changed = edit::edit(context, &[change])?.changed();
    let out = &context.out;
    let message = if changed { &text::KEY_SET } else { &text::AS_IT_WAS };
    out.say(out.text(message, &[("name", &clean(name)), ("number", &number), ("from", &clean(source))]));
    out.json("provider.key.set", json!({ "provider": name, "key": number, "from": source, "changed": changed }));
    Ok(exit::DONE)
}

/// A key that stands there as a mere reference becomes a table that has one.
fn change(context: &Context<'_>, steps: &[&str], on: bool) -> Result<Change, CliError> {
    let path = |more: Option<&str>| {
        let steps = steps.iter().copied().chain(more);
        KeyPath::of(steps).ok_or_else(|| CliError::new("TG198", exit::FAILED, &text::NOT_IN_FILE))
    };
    match edit::written(context, &path(None)?) {
        Some(toml_edit::Item::Value(Value::String(from))) => {
            let mut table = InlineTable::new();
            table.insert("from", from.value().as_str().into());
            table.insert("enabled", on.into());
            Ok(Change::Set(path(None)?, Value::InlineTable(table)))
        }
        _ => Ok(Change::Set(path(Some("enabled"))?, on.into())),
    }
}
