//! Claude Code: a private settings file given by `--settings`.
//!
//! Its `env` block beats the process environment, the user's settings and the project's (measured with 2.1.329), which a
//! plain variable does not: people who come from another switcher have an address in their settings. An empty string
//! there counts as unset for `ANTHROPIC_API_KEY`, the Bedrock and Vertex switches and `apiKeyHelper`; without it, a key
//! in the user's settings travels in `x-api-key` beside ours, and Bedrock mode leads around the gateway. It cannot reach
//! settings managed by an administrator; those win over everything.

use std::ffi::OsString;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::no_proxy;
use super::plan::{Ask, Plan, PrivateFile, Value};
use super::trust;
use crate::cli::error::{CliError, Text, exit};
use crate::i18n;
use crate::secret::Secret;

/// Switches that make it speak something else than Messages to our address.
const OTHER_CLOUDS: [&str; 4] =
    ["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY", "CLAUDE_CODE_USE_GATEWAY"];

/// Addresses and credentials of those; useless and misleading beside ours.
const OTHER_ADDRESSES: [&str; 5] = [
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_VERTEX_BASE_URL",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "CLAUDE_CODE_SKIP_VERTEX_AUTH",
];

/// Its own logins, cleared unless they are what is forwarded.
const LOGINS: [&str; 3] = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];

pub(super) fn plan(ask: &Ask<'_>) -> Result<Plan, CliError> {
    let mut plan = ask.begin("claude");
    plan.clear(&OTHER_CLOUDS);
    plan.clear(&OTHER_ADDRESSES);
    if !ask.grant.own_login {
        plan.clear(&LOGINS);
    }
    let (own, rest) = take_settings(ask)?;
    let ours = overlay(ask);
    let shown = merge(hide(own.clone()), &ours, Value::shown);
    let settings = merge(own, &ours, |value| value.expose().to_owned());

    let mut args: Vec<OsString> = vec!["--settings".into(), ask.file.into()];
    args.append(&mut plan.args);
    args.extend(rest);
    plan.args = args;
    plan.file = Some(PrivateFile {
        path: ask.file.to_owned(),
        contents: Secret::new(Json::Object(settings).to_string()),
        shown: Json::Object(shown).to_string(),
    });
    Ok(plan)
}

/// What we put into the settings.
struct Overlay {
    env: Vec<(String, Value)>,
    without_helper: bool,
}

fn overlay(ask: &Ask<'_>) -> Overlay {
    let plain = |text: &str| Value::Plain(text.to_owned());
    let mut env: Vec<(String, Value)> =
        ask.config.env.iter().map(|(name, value)| (name.clone(), Value::from_config(name, value))).collect();
    let mut set = |name: &str, value: Value| {
        env.retain(|(known, _)| known != name);
        env.push((name.to_owned(), value));
    };
    set("ANTHROPIC_BASE_URL", Value::Plain(ask.base()));
    for name in OTHER_CLOUDS {
        set(name, plain(""));
    }
    if let Some(key) = ask.key() {
        set("ANTHROPIC_API_KEY", plain(""));
        set("ANTHROPIC_AUTH_TOKEN", Value::Secret(key));
    }
    // Tells routing which request is the main one and which only helps.
    set("CLAUDE_CODE_GATEWAY_HINT_HEADERS", plain("1"));
    if ask.quiet() {
        set("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", plain("1"));
    }
    for (slot, name) in &ask.config.models {
        set(&format!("ANTHROPIC_DEFAULT_{}_MODEL", slot.to_ascii_uppercase()), plain(name));
    }
    if let Some(small) = &ask.config.small_model {
        set("ANTHROPIC_SMALL_FAST_MODEL", plain(small));
        if !ask.config.models.contains_key("haiku") {
            set("ANTHROPIC_DEFAULT_HAIKU_MODEL", plain(small));
        }
    }
    if let Some(model) = ask.model {
        set("ANTHROPIC_MODEL", plain(model));
    }
    for (name, list) in no_proxy::merged(ask.var, &ask.grant.address) {
        set(name, Value::Plain(list));
    }
    if let Some(file) = trust::path(ask) {
        // A value in the user's settings would beat that of the environment.
        set(trust::NODE, Value::Plain(file.display().to_string()));
    }
    Overlay { env, without_helper: !ask.grant.own_login }
}

/// The user's settings with ours on top: our keys only.
fn merge(mut settings: Map<String, Json>, ours: &Overlay, text: impl Fn(&Value) -> String) -> Map<String, Json> {
    let env = settings.entry("env").or_insert_with(|| json!({}));
    if !env.is_object() {
        *env = json!({});
    }
    if let Some(env) = env.as_object_mut() {
        for (name, value) in &ours.env {
            env.insert(name.clone(), Json::String(text(value)));
        }
    }
    if ours.without_helper {
        // Otherwise its output is sent beside our key.
        settings.insert("apiKeyHelper".into(), Json::String(String::new()));
    }
    settings
}

/// Values of the user's own settings that may be secret, for display.
fn hide(mut settings: Map<String, Json>) -> Map<String, Json> {
    if let Some(env) = settings.get_mut("env").and_then(Json::as_object_mut) {
        for (name, value) in env.iter_mut() {
            if let Some(text) = value.as_str() {
                *value = Json::String(Value::from_config(name, text).shown());
            }
        }
    }
    settings
}

/// The user's `--settings`, all of them merged, and the other arguments. Claude Code takes only the last one given, so
/// ours must be the only one.
fn take_settings(ask: &Ask<'_>) -> Result<(Map<String, Json>, Vec<OsString>), CliError> {
    let (mut settings, mut rest) = (Map::new(), Vec::new());
    let mut args = ask.args.iter();
    while let Some(arg) = args.next() {
        let text = arg.to_str().unwrap_or_default();
        let given = if text == "--settings" {
            args.next().map(|value| value.to_string_lossy().into_owned())
        } else {
            text.strip_prefix("--settings=").map(str::to_owned)
        };
        match given {
            Some(given) => settings.extend(read_settings(ask, &given)?),
            None => rest.push(arg.clone()),
        }
        if text == "--" {
            rest.extend(args.cloned());
            break;
        }
    }
    Ok((settings, rest))
}

fn read_settings(ask: &Ask<'_>, given: &str) -> Result<Map<String, Json>, CliError> {
    let inline = given.trim_start().starts_with('{');
    let broken = |error: &dyn std::fmt::Display| {
        let place = if inline { "--settings" } else { given };
        CliError::new("TG503", exit::USAGE, Text::new(&i18n::launch::SETTINGS_BROKEN).with("error", error))
            .at(place)
            .fix(&i18n::launch::SETTINGS_FIX)
    };
    let text = if inline { given.to_owned() } else { (ask.read)(Path::new(given)).map_err(|error| broken(&error))? };
    serde_json::from_str(&text).map_err(|error| broken(&error))
}
