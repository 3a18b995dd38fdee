//! A client of `[client.NAME]` with its own `command`: the variables that SDKs of both families read.

use super::plan::{Ask, Plan, Value};

pub(super) fn plan(ask: &Ask<'_>) -> Plan {
    let mut plan = ask.begin(ask.client);
    plan.args.extend(ask.args.iter().cloned());
    plan.set("ANTHROPIC_BASE_URL", Value::Plain(ask.base()));
    plan.set("OPENAI_BASE_URL", Value::Plain(ask.base_v1()));
    if let Some(key) = ask.key() {
        // One key in two families would be sent twice by clients that read both.
        plan.clear(&["ANTHROPIC_API_KEY"]);
        plan.set("ANTHROPIC_AUTH_TOKEN", Value::Secret(key.clone()));
        plan.set("OPENAI_API_KEY", Value::Secret(key));
    }
    if let Some(model) = ask.model {
        plan.set("ANTHROPIC_MODEL", Value::Plain(model.to_owned()));
        plan.set("OPENAI_MODEL", Value::Plain(model.to_owned()));
    }
    plan
}
