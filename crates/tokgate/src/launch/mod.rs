//! Starting a client through the gateway: the right address and key for this one run, and nothing else changed.
//!
//! [`plan`] is pure: from what was asked, the environment and the gateway's grant to a [`Plan`]. [`start`] carries one
//! out. No file of the client is ever written; what a client cannot be told by arguments or environment goes into a
//! private file of ours that lives as long as the run.

mod claude;
mod codex;
mod custom;
mod no_proxy;
mod opencode;
mod plan;
pub mod program;
pub mod project;
pub mod start;
mod trust;

pub use no_proxy::merged as no_proxy;
pub use plan::{Ask, Plan, PrivateFile, Value};

use crate::cli::error::CliError;

/// A client we know how to start.
#[derive(Debug)]
pub struct Known {
    /// Name on our command line and in `[client.NAME]`.
    pub name: &'static str,
    /// Program started.
    pub program: &'static str,
    /// Command that installs it.
    pub install: &'static str,
    /// Protocol ids it can speak, the preferred one first.
    pub speaks: &'static [&'static str],
    /// Variable that adds an authority to those it trusts.
    trust: &'static str,
    plan: fn(&Ask<'_>) -> Result<Plan, CliError>,
}

/// Adding a client: its file and one entry here.
pub const KNOWN: &[Known] = &[
    Known {
        name: "claude",
        program: "claude",
        install: "npm install -g @anthropic-ai/claude-code",
        speaks: &["anthropic"],
        trust: trust::NODE,
        plan: claude::plan,
    },
    Known {
        name: "codex",
        program: "codex",
        install: "npm install -g @openai/codex",
        speaks: &["openai-responses"],
        trust: trust::CODEX,
        plan: codex::plan,
    },
    Known {
        name: "opencode",
        program: "opencode",
        install: "npm install -g opencode-ai",
        speaks: &["anthropic", "openai-responses", "openai-chat"],
        trust: trust::NODE,
        plan: opencode::plan,
    },
];

/// The known client of this name.
pub fn known(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// What to start for this run.
pub fn plan(ask: &Ask<'_>) -> Result<Plan, CliError> {
    let mut plan = match known(ask.client) {
        Some(known) => (known.plan)(ask)?,
        None => custom::plan(ask),
    };
    for (name, value) in no_proxy::merged(ask.var, &ask.grant.address) {
        plan.set(name, Value::Plain(value));
    }
    match known(ask.client) {
        Some(known) => trust::add(&mut plan, ask, known.trust, false),
        None => trust::add(&mut plan, ask, trust::NODE, true),
    }
    Ok(plan)
}
