//! OpenCode: its whole configuration may come from `OPENCODE_CONFIG_CONTENT`, which is laid over the user's files.
//!
//! The built-in ids `anthropic` and `openai` keep their model catalogue and get our address. A model that is not in that
//! catalogue fails inside OpenCode, so a model named by `--model` gets a provider of its own, `tokgate`, that lists it.

use serde_json::{Map, Value as Json, json};

use super::plan::{Ask, Plan, Value};
use crate::cli::error::{CliError, Text, exit};
use crate::i18n;

/// Variable that holds the local key; the configuration refers to it, so that it can be shown.
const KEY_VARIABLE: &str = "TOKGATE_LOCAL_KEY";
/// Its configuration as text.
const CONTENT: &str = "OPENCODE_CONFIG_CONTENT";

pub(super) fn plan(ask: &Ask<'_>) -> Result<Plan, CliError> {
    let mut plan = ask.begin("opencode");
    plan.args.extend(ask.args.iter().cloned());
    plan.clear(&["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"]);
    let key = ask.key();
    if key.is_some() {
        plan.clear(&["ANTHROPIC_API_KEY", "OPENAI_API_KEY"]);
    }
    let mut config = existing(ask)?;
    let options = options(ask, key.is_some());
    for (id, protocol) in [("anthropic", "anthropic"), ("openai", "openai-responses")] {
        if speaks(ask, protocol) {
            lay(&mut config, &["provider", id, "options"], options.clone());
        }
    }
    match ask.model {
        Some(model) => choose(&mut config, ask, model, options)?,
        None if !speaks(ask, "anthropic") && !speaks(ask, "openai-responses") => return Err(no_model(ask)),
        None => {}
    }
    if let Some(key) = key {
        plan.set(KEY_VARIABLE, Value::Secret(key));
    }
    if ask.quiet() {
        plan.set("OPENCODE_DISABLE_AUTOUPDATE", Value::Plain("1".into()));
    }
    plan.set(CONTENT, Value::Plain(Json::Object(config).to_string()));
    Ok(plan)
}

fn options(ask: &Ask<'_>, with_key: bool) -> Map<String, Json> {
    let mut options = Map::new();
    options.insert("baseURL".into(), ask.base_v1().into());
    if with_key {
        options.insert("apiKey".into(), format!("{{env:{KEY_VARIABLE}}}").into());
    }
    options
}

/// `--model`: `anthropic/…` and `openai/…` are OpenCode's own words; anything else is a name for our provider.
fn choose(
    config: &mut Map<String, Json>,
    ask: &Ask<'_>,
    model: &str,
    options: Map<String, Json>,
) -> Result<(), CliError> {
    if ["anthropic/", "openai/"].iter().any(|id| model.starts_with(id)) {
        config.insert("model".into(), model.into());
        return Ok(());
    }
    let npm = ask.grant.protocols.iter().find_map(|protocol| match protocol.as_str() {
        "anthropic" => Some("@ai-sdk/anthropic"),
        "openai-chat" => Some("@ai-sdk/openai-compatible"),
        "openai-responses" => Some("@ai-sdk/openai"),
        _ => None,
    });
    let npm = npm.ok_or_else(|| no_model(ask))?;
    // Its title request would otherwise ask for a model that nobody listed.
    let small = ask.config.small_model.as_deref().unwrap_or(model);
    let mut provider = Map::new();
    provider.insert("npm".into(), npm.into());
    provider.insert("name".into(), "tokgate".into());
    provider.insert("options".into(), Json::Object(options));
    provider.insert("models".into(), json!({ model: traits(), small: traits() }));
    lay(config, &["provider", "tokgate"], provider);
    config.insert("model".into(), format!("tokgate/{model}").into());
    config.insert("small_model".into(), format!("tokgate/{small}").into());
    Ok(())
}

/// Of a model it does not know OpenCode assumes that it sees nothing, and sends no picture, without a word. Whether it
/// sees one is for the provider to say.
fn traits() -> Json {
    json!({ "attachment": true, "modalities": { "input": ["text", "image"], "output": ["text"] } })
}

fn speaks(ask: &Ask<'_>, protocol: &str) -> bool {
    ask.grant.protocols.iter().any(|spoken| spoken == protocol)
}

fn no_model(ask: &Ask<'_>) -> CliError {
    CliError::new(
        "TG504",
        exit::USAGE,
        Text::new(&i18n::launch::OPENCODE_NEEDS_MODEL).with_list("providers", &ask.grant.providers),
    )
    .at("tokgate run opencode")
    .run("tokgate run opencode --model NAME")
}

/// What the user already has in the variable.
fn existing(ask: &Ask<'_>) -> Result<Map<String, Json>, CliError> {
    let Some(text) = (ask.var)(CONTENT).filter(|text| !text.trim().is_empty()) else {
        return Ok(Map::new());
    };
    serde_json::from_str(&text).map_err(|error| {
        let error = i18n::faults::json(&error);
        CliError::new("TG503", exit::USAGE, Text::new(&i18n::launch::SETTINGS_BROKEN).with_words("error", error))
            .at(CONTENT)
            .fix(&i18n::launch::SETTINGS_FIX)
    })
}

/// Lays `values` over the object at `path`, making it where it is missing.
fn lay(config: &mut Map<String, Json>, path: &[&str], values: Map<String, Json>) {
    let mut at = config;
    for step in path {
        let next = at.entry(*step).or_insert_with(|| json!({}));
        if !next.is_object() {
            *next = json!({});
        }
        let Json::Object(next) = next else { return };
        at = next;
    }
    at.extend(values);
}
