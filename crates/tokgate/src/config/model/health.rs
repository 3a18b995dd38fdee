//! `[health]`: looking at providers.

use std::time::Duration;

/// `[health]`: looking at providers without asking them for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Whether it is done. Default on.
    pub enabled: bool,
    /// Pause between two looks at a provider. Default 1 min.
    pub every: Duration,
    /// How long one may take. Default 10 s.
    pub timeout: Duration,
    /// What is asked.
    pub probe: ProbeKind,
    /// What messages that are asked may cost in a day, millionths of a US dollar. Default 0.02 dollars.
    pub probe_budget: u64,
    /// Nothing is looked at when the last request was so long ago. Default 15 min.
    pub quiet_when_idle: Duration,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            enabled: true,
            every: Duration::from_secs(60),
            timeout: Duration::from_secs(10),
            probe: ProbeKind::default(),
            probe_budget: 20_000,
            quiet_when_idle: Duration::from_secs(900),
        }
    }
}

/// What a look at a provider asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProbeKind {
    /// What is free and shows that the key is accepted, mostly the list of models.
    #[default]
    Models,
    /// Nothing: only whether it can be reached.
    Passive,
    /// A small message to a model, which costs tokens; between two of them what is free.
    Message,
}
