//! Codex: `-c` overrides before its own arguments, where they hold for the screen, `exec` and `resume` alike.
//!
//! Measured with 0.169.0: `openai_base_url` keeps the provider id `openai`, so that its history stays visible, but counts
//! only while `model_provider` is `openai`, which another switcher may have changed. `CODEX_API_KEY` is what `exec` and
//! `review` send, also beside a stored login; the interactive screen ignores it and asks for a sign-in or sends the
//! stored login. There, the one fixed provider id `tokgate` with the key from a variable works without any sign-in.
//! The built-in provider asks for a WebSocket first, one of our own only when told that it may; answered 426, both go on
//! by POST at once. `OPENAI_BASE_URL` is ignored by it, but not by what it starts.

use std::ffi::{OsStr, OsString};

use super::plan::{Ask, Plan, Value};
use crate::cli::error::Text;
use crate::i18n;

/// Subcommands that read `CODEX_API_KEY`.
const WITHOUT_SCREEN: [&str; 3] = ["exec", "e", "review"];

/// Options in front of a subcommand that take a value.
const WITH_VALUE: [&str; 19] = [
    "-c",
    "--config",
    "--enable",
    "--disable",
    "--remote",
    "--remote-auth-token-env",
    "-i",
    "--image",
    "-m",
    "--model",
    "-p",
    "--profile",
    "-s",
    "--sandbox",
    "-a",
    "--ask-for-approval",
    "-C",
    "--cd",
    "--add-dir",
];

/// Overrides that would lead around the gateway.
const OURS: [&str; 2] = ["openai_base_url", "model_provider"];

/// Variable that holds the local key for the provider id `tokgate`.
const KEY_VARIABLE: &str = "TOKGATE_LOCAL_KEY";

pub(super) fn plan(ask: &Ask<'_>) -> Result<Plan, crate::cli::error::CliError> {
    let mut plan = ask.begin("codex");
    let configured = std::mem::take(&mut plan.args);
    plan.clear(&["OPENAI_BASE_URL", "OPENAI_API_BASE"]);
    match ask.key() {
        Some(key) => {
            plan.clear(&["OPENAI_API_KEY", "CODEX_API_KEY"]);
            if without_screen(configured.iter().chain(ask.args)) {
                plan.set("CODEX_API_KEY", Value::Secret(key));
                built_in_provider(&mut plan, ask);
            } else {
                plan.set(KEY_VARIABLE, Value::Secret(key));
                own_provider(&mut plan, ask);
            }
        }
        None => built_in_provider(&mut plan, ask),
    }
    if ask.quiet() {
        set(&mut plan, "check_for_update_on_startup", "false");
        set(&mut plan, "analytics.enabled", "false");
    }
    if let Some(model) = ask.model {
        set(&mut plan, "model", &quoted(model));
    }
    let mut dropped = false;
    for list in [&configured[..], ask.args] {
        plan.args.extend(without_ours(list, &mut dropped));
    }
    if dropped {
        plan.notes.push(Text::new(&i18n::launch::CODEX_OVERRIDE_DROPPED));
    }
    Ok(plan)
}

fn built_in_provider(plan: &mut Plan, ask: &Ask<'_>) {
    set(plan, "model_provider", &quoted("openai"));
    set(plan, "openai_base_url", &quoted(&ask.base_v1()));
}

fn own_provider(plan: &mut Plan, ask: &Ask<'_>) {
    let base = quoted(&ask.base_v1());
    let table = format!(
        r#"{{name="tokgate",base_url={base},env_key="{KEY_VARIABLE}",wire_api="responses",supports_websockets=true}}"#
    );
    set(plan, "model_provider", &quoted("tokgate"));
    set(plan, "model_providers.tokgate", &table);
}

fn set(plan: &mut Plan, key: &str, value: &str) {
    plan.args.push("-c".into());
    plan.args.push(format!("{key}={value}").into());
}

/// A TOML basic string; JSON's escapes are a part of TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether the first word that is no option is a subcommand without a screen.
fn without_screen<'a>(args: impl Iterator<Item = &'a OsString>) -> bool {
    let mut args = args.map(|arg| arg.to_str().unwrap_or_default());
    while let Some(arg) = args.next() {
        if WITH_VALUE.contains(&arg) {
            args.next();
        } else if !arg.starts_with('-') {
            return WITHOUT_SCREEN.contains(&arg);
        }
    }
    false
}

/// The arguments without overrides of our keys: a later `-c` would win over ours.
fn without_ours(args: &[OsString], dropped: &mut bool) -> Vec<OsString> {
    let mut kept = Vec::with_capacity(args.len());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let text = arg.to_str().unwrap_or_default();
        if text == "--" {
            kept.push(arg.clone());
            kept.extend(args.cloned());
            break;
        }
        if text == "-c" || text == "--config" {
            let value = args.next();
            if value.is_some_and(|value| is_ours(value)) {
                *dropped = true;
                continue;
            }
            kept.push(arg.clone());
            kept.extend(value.cloned());
            continue;
        }
        let joined = text.strip_prefix("--config=").or_else(|| text.strip_prefix("-c"));
        if joined.is_some_and(|value| is_ours(OsStr::new(value))) {
            *dropped = true;
            continue;
        }
        kept.push(arg.clone());
    }
    kept
}

fn is_ours(value: &OsStr) -> bool {
    let key = value.to_str().and_then(|text| text.split_once('=')).map(|(key, _)| key.trim());
    key.is_some_and(|key| OURS.contains(&key) || key.starts_with("model_providers.tokgate"))
}
