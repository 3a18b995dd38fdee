//! `[profile.NAME]` and `[hold]`: who may be asked, and how long is waited. `[[route]]` and `[[limit]]` are read straight
//! into what the policy decides by.

use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::engine::{Admits, Sticky, Strategy, Tier};

/// `[profile.NAME]`: a named set of providers.
#[derive(Debug, Clone)]
pub struct Profile {
    /// `NAME`
    pub name: Arc<str>,
    /// Indexes into `Config::providers`, in the order they are tried.
    pub providers: Vec<usize>,
    /// Whether somebody wrote that order down. In the profile that is made when there is none, providers that speak the
    /// client's protocol come before those that need a translation.
    pub ordered: bool,
    /// When it is used by default. Default primary.
    pub tier: Tier,
    /// How they share the requests. Default failover.
    pub strategy: Strategy,
    /// What stays at one of them while its prompt cache is warm. Default session.
    pub sticky: Sticky,
    /// What requests may be that go there. TOML: `allow`. Default everything.
    pub admits: Admits,
    /// Free text.
    pub note: Option<String>,
}

/// `[hold]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// How long one request may wait, in all. Default 30 s.
    pub max: Duration,
}
