//! Variables of older gateways, so that an environment made for them still works: `CCC_PROXY_*` of ccc, and the `.env`
//! names of CC-Proxy. They rank below every `TOKGATE_…` variable.
//!
//! Names that any program might use (`LOG_LEVEL`, `HTTP_TIMEOUT`) count only next to a name that is CC-Proxy's alone.

use super::env::Outside;
use super::paths::Env;
use super::problem::{Note, Place};
use super::tree::{Node, Table, Value};
use super::{duration, rules};
use crate::i18n::config as messages;

/// Names that are CC-Proxy's alone.
const CC_PROXY: [&str; 4] = ["CLAUDE_SERVICE_HOST", "CLAUDE_SERVICE_PORT", "CODEX_SERVICE_HOST", "CODEX_SERVICE_PORT"];
/// CC-Proxy's general names: variable, our key, how the value is written there.
const CC_PROXY_GENERAL: [(&str, &[&str], Style); 7] = [
    ("LOG_LEVEL", &["log", "level"], Style::Level),
    ("LOG_FORMAT", &["log", "format"], Style::Format),
    ("HTTP_TIMEOUT", &["defaults", "request_timeout"], Style::Seconds),
    ("HTTP_CONNECT_TIMEOUT", &["defaults", "connect_timeout"], Style::Seconds),
    ("HTTP_MAX_KEEPALIVE", &["defaults", "keep_alive", "per_host"], Style::Count),
    ("HTTP_MAX_CONNECTIONS", &["defaults", "keep_alive", "total"], Style::Count),
    ("HTTP_KEEPALIVE_EXPIRY", &["defaults", "keep_alive", "idle"], Style::Seconds),
];
const LOOPBACK: &str = "127.0.0.1";

#[derive(Debug, Clone, Copy)]
enum Style {
    Level,
    Format,
    Seconds,
    Count,
}

/// Every variable of an older gateway with its name of today, for the reference page.
pub(crate) fn names() -> Vec<(String, String)> {
    let mut names = vec![
        ("CCC_PROXY_LISTEN_ADDR".to_owned(), "TOKGATE_SERVER__LISTEN".to_owned()),
        ("CCC_PROXY_DEFAULT_PROVIDER".to_owned(), "TOKGATE_USE".to_owned()),
        ("CCC_PROXY_<PROVIDER>_API_KEY".to_owned(), "TOKGATE_PROVIDER__<PROVIDER>__KEYS".to_owned()),
        ("CCC_PROXY_ENABLED".to_owned(), "–".to_owned()),
        ("CLAUDE_SERVICE_HOST, CLAUDE_SERVICE_PORT".to_owned(), "TOKGATE_SERVER__LISTEN".to_owned()),
        ("CODEX_SERVICE_HOST, CODEX_SERVICE_PORT".to_owned(), "TOKGATE_SERVER__ALSO_LISTEN".to_owned()),
    ];
    names.extend(CC_PROXY_GENERAL.iter().map(|(name, path, _)| ((*name).to_owned(), today(path))));
    names
}

/// Lays the older variables over the tree.
pub(crate) fn lay_over(tree: &mut Table, env: &Env, outside: &mut Outside) {
    ccc(tree, env, outside);
    let marked = CC_PROXY.iter().any(|name| env.var(name).is_some());
    if marked {
        cc_proxy(tree, env, outside);
    }
}

fn ccc(tree: &mut Table, env: &Env, outside: &mut Outside) {
    if let Some(value) = env.var("CCC_PROXY_LISTEN_ADDR") {
        put(tree, "CCC_PROXY_LISTEN_ADDR", &["server", "listen"], Value::Text(value.to_owned()), outside);
    }
    if let Some(value) = env.var("CCC_PROXY_DEFAULT_PROVIDER") {
        let place = Place::Env("CCC_PROXY_DEFAULT_PROVIDER".to_owned());
        outside.chosen = Some((value.to_ascii_lowercase(), place));
        remark(outside, "CCC_PROXY_DEFAULT_PROVIDER", "TOKGATE_USE");
    }
    if env.var("CCC_PROXY_ENABLED").is_some() {
        let place = Place::Env("CCC_PROXY_ENABLED".to_owned());
        let note = Note::new(rules::NOT_A_SETTING, &messages::NOT_A_SETTING, "", place);
        outside.notes.push(note.with("name", "CCC_PROXY_ENABLED"));
    }
    for (name, _) in env.vars() {
        let provider = name.strip_prefix("CCC_PROXY_").and_then(|rest| rest.strip_suffix("_API_KEY"));
        let Some(provider) = provider.filter(|provider| !provider.is_empty()) else { continue };
        let provider = provider.to_ascii_lowercase();
        let place = Place::Env(name.to_owned());
        let reference = Node { place, value: Value::Text(format!("env:{name}")) };
        put(tree, name, &["provider", &provider, "keys"], Value::List(vec![reference]), outside);
    }
}

fn cc_proxy(tree: &mut Table, env: &Env, outside: &mut Outside) {
    if let Some((port, address)) = service(env, "CLAUDE_SERVICE_HOST", "CLAUDE_SERVICE_PORT", outside) {
        put(tree, port, &["server", "listen"], Value::Text(address), outside);
    }
    if let Some((port, address)) = service(env, "CODEX_SERVICE_HOST", "CODEX_SERVICE_PORT", outside) {
        let item = Node { place: Place::Env(port.to_owned()), value: Value::Text(address) };
        put(tree, port, &["server", "also_listen"], Value::List(vec![item]), outside);
    }
    for (name, path, style) in CC_PROXY_GENERAL {
        if let Some(value) = env.var(name) {
            put(tree, name, path, translate(value.trim(), style), outside);
        }
    }
}

/// Host and port of one of CC-Proxy's two services. Its usual host is every network; without TLS that is this machine.
fn service<'a>(env: &Env, host: &'a str, port: &'a str, outside: &mut Outside) -> Option<(&'a str, String)> {
    let number = env.var(port)?.trim();
    let wanted = env.var(host).unwrap_or(LOOPBACK).trim();
    let address = match wanted {
        "0.0.0.0" | "::" | "[::]" => {
            let address = format!("{LOOPBACK}:{number}");
            let note =
                Note::new(rules::WILDCARD_NARROWED, &messages::WILDCARD_NARROWED, "", Place::Env(host.to_owned()));
            outside.notes.push(note.with("name", host).with("address", address.clone()));
            address
        }
        v6 if v6.contains(':') && !v6.starts_with('[') => format!("[{v6}]:{number}"),
        other => format!("{other}:{number}"),
    };
    Some((port, address))
}

fn translate(value: &str, style: Style) -> Value {
    let lower = value.to_ascii_lowercase();
    let text = |text: &str| Value::Text(text.to_owned());
    match style {
        Style::Level => match lower.as_str() {
            "warning" => text("warn"),
            "critical" | "fatal" => text("error"),
            other => text(other),
        },
        Style::Format => text(if lower == "console" { "pretty" } else { &lower }),
        Style::Count => value.parse().map_or_else(|_| text(value), Value::Integer),
        Style::Seconds => {
            match value.parse::<f64>().ok().and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok()) {
                Some(time) => Value::Text(duration::format(time)),
                None => text(value),
            }
        }
    }
}

fn put(tree: &mut Table, name: &str, path: &[&str], value: Value, outside: &mut Outside) {
    tree.put(path, Node { place: Place::Env(name.to_owned()), value });
    remark(outside, name, &today(path));
}

fn today(path: &[&str]) -> String {
    format!("TOKGATE_{}", path.join("__").to_ascii_uppercase())
}

fn remark(outside: &mut Outside, name: &str, new: &str) {
    let note = Note::new(rules::OLD_VARIABLE, &messages::OLD_VARIABLE, "", Place::Env(name.to_owned()));
    outside.notes.push(note.with("name", name).with("new", new));
}
