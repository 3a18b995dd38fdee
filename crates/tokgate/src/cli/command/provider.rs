//! `provider`: those there are and how each stands; switching one or one of its keys on and off in the configuration file.

mod key;
mod stats;

use serde_json::{Value as Json, json};

use super::config::edit;
use super::health::{self, as_json};
use super::status::state_id;
use super::table;
use crate::cli::args::ProviderAction;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Out, Shape, clean};
use crate::config::edit::{Change, KeyPath, NewValue};
use crate::config::model::{Config, Provider, ProviderKind};
use crate::config::{self, Loaded, Overrides, ShowOptions, reference_text};
use crate::i18n::{cli, providers as text};
use crate::process::admin::{ProviderState, ProviderStatus};

pub(crate) fn run(context: &Context<'_>, action: Option<&ProviderAction>) -> Result<u8, CliError> {
    match action {
        None | Some(ProviderAction::List) => list(context),
        Some(ProviderAction::Show { name }) => show(context, name),
        Some(ProviderAction::Enable { name }) => switch(context, name, true),
        Some(ProviderAction::Disable { name }) => switch(context, name, false),
        Some(ProviderAction::Test { names, yes }) => health::check(context, names, *yes),
        Some(ProviderAction::Stats { since }) => stats::print(context, *since),
        Some(ProviderAction::Key { action }) => key::run(context, action),
    }
}

/// How they stand by the running gateway; nothing when none runs.
fn running(context: &Context<'_>) -> Vec<ProviderStatus> {
    context.admin().status().ok().flatten().map(|status| status.providers).unwrap_or_default()
}

fn list(context: &Context<'_>) -> Result<u8, CliError> {
    let loaded = context.load_beside_gateway()?;
    let (out, running) = (&context.out, running(context));
    let providers = &loaded.config.providers;
    let status = |provider: &Provider| running.iter().find(|status| *status.name == *provider.name);
    if let Shape::Json(_) = out.shape {
        let all = providers.iter().map(|provider| described(provider, status(provider), out));
        out.json("provider.list", json!({ "providers": all.collect::<Vec<_>>() }));
        return Ok(exit::DONE);
    }
    let row = |provider: &std::sync::Arc<Provider>| {
        let keys = provider.keys.iter().filter(|key| key.enabled).map(|key| clean(&reference_text(&key.from)));
        vec![
            clean(&provider.name),
            state(out, provider, status(provider)),
            kind(provider, out),
            address(provider),
            out.list(keys),
            provider.weight.to_string(),
        ]
    };
    let headings = [
        &text::HEAD_PROVIDER,
        &text::HEAD_STATE,
        &text::HEAD_KIND,
        &text::HEAD_ADDRESS,
        &text::HEAD_KEYS,
        &text::HEAD_WEIGHT,
    ];
    let rows: Vec<_> = providers.iter().map(row).collect();
    out.data(&table::page(out, &headings.map(|heading| out.word(heading)), &rows));
    Ok(exit::DONE)
}

fn state(out: &Out, provider: &Provider, status: Option<&ProviderStatus>) -> String {
    let state = match status {
        _ if !provider.enabled => ProviderState::Off,
        Some(status) => status.state,
        None => return if out.shape == Shape::Human { "–".to_owned() } else { String::new() },
    };
    if out.shape != Shape::Human {
        return state_id(state).to_owned();
    }
    let (mark, word) = match state {
        ProviderState::Ok if status.is_some_and(ProviderStatus::is_unused) => ("○", &text::NEVER),
        ProviderState::Ok => ("●", &cli::STATE_OK),
        ProviderState::Degraded => ("◐", &cli::STATE_DEGRADED),
        ProviderState::Down => ("✗", &cli::STATE_DOWN),
        ProviderState::Off => ("○", &cli::STATE_OFF),
    };
    format!("{mark} {}", out.word(word))
}

fn kind(provider: &Provider, out: &Out) -> String {
    let protocols = provider.protocols();
    match (&provider.kind, provider.preset.as_deref()) {
        (ProviderKind::Simulated(_), _) => "simulated".to_owned(),
        (ProviderKind::Http { .. }, Some(preset)) => clean(preset),
        (ProviderKind::Http { .. }, None) => out.list(protocols.iter().map(|protocol| protocol.id())),
    }
}

fn address(provider: &Provider) -> String {
    match &provider.kind {
        ProviderKind::Http { bases } => bases.first().map(|(_, url)| clean(url.as_str())).unwrap_or_default(),
        ProviderKind::Simulated(_) => String::new(),
    }
}

/// What the configuration says of a provider, and how it stands.
fn described(provider: &Provider, status: Option<&ProviderStatus>, out: &Out) -> Json {
    let key = |key: &config::model::ProviderKey| json!({ "from": reference_text(&key.from), "enabled": key.enabled });
    json!({
        "name": &*provider.name,
        "enabled": provider.enabled,
        "preset": provider.preset,
        "protocols": provider.protocols().iter().map(|protocol| protocol.id()).collect::<Vec<_>>(),
        "address": address(provider),
        "order": provider.order,
        "weight": provider.weight,
        "keys": provider.keys.iter().map(key).collect::<Vec<_>>(),
        "note": provider.note,
        "status": status.map(|status| as_json(status, out)),
    })
}

fn show(context: &Context<'_>, name: &str) -> Result<u8, CliError> {
    let loaded = context.load_beside_gateway()?;
    let provider = find(&loaded.config, name)?;
    let (out, running) = (&context.out, running(context));
    let status = running.iter().find(|status| status.name == name);
    if let Shape::Json(_) = out.shape {
        out.json("provider.show", described(provider, status, out));
        return Ok(exit::DONE);
    }
    let shown = config::show(&loaded.config, &loaded.origins, ShowOptions { origin: false, lang: out.lang });
    out.data(&section(&shown, "provider", name));
    if let Some(status) = status {
        out.data(&key::page(out, &status.keys));
    }
    Ok(exit::DONE)
}

/// The part of a shown configuration that is about one named table.
pub(super) fn section(shown: &str, kind: &str, name: &str) -> String {
    let (own, below) = (format!("[{kind}.{name}]"), format!("[{kind}.{name}."));
    let mut inside = false;
    let mut part = String::new();
    for line in shown.lines() {
        if line.starts_with('[') {
            inside = line.starts_with(&own) || line.starts_with(&below);
        }
        if inside {
            part.push_str(line);
            part.push('\n');
        }
    }
    format!("{}\n", part.trim_end())
}

fn switch(context: &Context<'_>, name: &str, on: bool) -> Result<u8, CliError> {
    let loaded = context.load(&Overrides::default())?;
    let provider = find(&loaded.config, name)?;
    from_file(&loaded, name)?;
    let out = &context.out;
    let changed = if provider.enabled == on {
        false
    } else {
        let path = KeyPath::of(["provider", name, "enabled"]).ok_or_else(|| unknown(&loaded.config, name))?;
        edit::edit(context, &[Change::Set(path, NewValue::from(on))])?.changed()
    };
    let message = match (changed, on) {
        (true, true) => &text::ENABLED,
        (true, false) => &text::DISABLED,
        (false, _) => &text::AS_IT_WAS,
    };
    out.say(out.text(message, &[("name", &clean(name))]));
    out.json("provider.switch", json!({ "name": name, "enabled": on, "changed": changed }));
    Ok(exit::DONE)
}

/// The provider of this name; an error names those there are.
fn find<'c>(config: &'c Config, name: &str) -> Result<&'c Provider, CliError> {
    let found = config.providers.iter().find(|provider| *provider.name == *name);
    found.map(|provider| &**provider).ok_or_else(|| unknown(config, name))
}

fn unknown(config: &Config, name: &str) -> CliError {
    let known = config.providers.iter().map(|provider| &*provider.name);
    let words = Text::new(&crate::i18n::proxy::PROVIDER_UNKNOWN).with("name", clean(name)).with_list("known", known);
    CliError::new("TG303", exit::USAGE, words).run("tokgate provider list")
}

/// What only a variable or nobody has described cannot be changed in the file.
fn from_file(loaded: &Loaded, name: &str) -> Result<(), CliError> {
    let found = loaded.found_in_env.iter().find(|found| found.provider == name);
    let variable = match found {
        Some(found) => found.variable.clone(),
        None if loaded.contents() < config::Contents::Providers => String::new(),
        None => return Ok(()),
    };
    let words = Text::new(&text::NOT_IN_FILE).with("name", clean(name));
    let error = CliError::new("TG198", exit::FAILED, words);
    Err(match variable.as_str() {
        "" => error.fix(&text::NOT_IN_FILE_FIX),
        variable => error.fix(Text::new(&text::FROM_VARIABLE_FIX).with("variable", variable)),
    })
}
