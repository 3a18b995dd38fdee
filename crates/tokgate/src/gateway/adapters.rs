//! Client adapters, told to people and programs.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokgate_wire::adapter::{Adapter, Detect, Rewrite, SESSION_PERIOD, preset};

/// Longest piece of instructions that is shown.
const SYSTEM_SHOWN: usize = 80;

/// Those of the configuration, and those known by name that it does not name.
pub fn all(configured: &[Arc<Adapter>]) -> Vec<Value> {
    let own = configured.iter().map(|adapter| one(&adapter.name, true, &adapter.detect, &adapter.rewrite));
    let is_named = |preset: &&&preset::Preset| configured.iter().any(|adapter| adapter.name == preset.id);
    let known = preset::all().iter().filter(|preset| !is_named(preset));
    own.chain(known.map(|preset| one(preset.id, false, &preset.detect(), &Rewrite::default()))).collect()
}

fn one(name: &str, active: bool, detect: &Detect, rewrite: &Rewrite) -> Value {
    let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let mut rewrites = Map::new();
    if let Some(system) = &rewrite.system {
        rewrites.insert("system".into(), system.chars().take(SYSTEM_SHOWN).collect::<String>().into());
    }
    let names = |lacks: &[tokgate_wire::downgrade::Lack]| lacks.iter().map(ToString::to_string).collect::<Vec<_>>();
    let lists: [(&str, Vec<String>); 4] = [
        ("strip", names(rewrite.strip.all())),
        ("keep", names(&rewrite.keep)),
        // Names alone: a value may be somebody's business.
        ("set_headers", rewrite.set_headers.iter().map(|(name, _)| name.clone()).collect()),
        ("remove_headers", rewrite.remove_headers.clone()),
    ];
    for (key, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        rewrites.insert(key.into(), list.into());
    }
    if let Some(session) = &rewrite.session {
        rewrites.insert("session".into(), session.to_string().into());
        let every = rewrite.session_every.unwrap_or(SESSION_PERIOD).as_secs();
        rewrites.insert("session_every_s".into(), every.into());
    }
    let headers: Vec<String> = pairs(&detect.headers);
    json!({
        "name": name, "active": active,
        "detect": { "user_agent": detect.user_agents, "header": headers, "body": detect.fields },
        "rewrite": rewrites,
    })
}
