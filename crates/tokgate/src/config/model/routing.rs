//! `[profile.NAME]`, `[[route]]`, `[hold]` and `[[limit]]`: who goes where, waits, and how much of it.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::engine::{Admits, Allowance, Hours, Kind, Over, Sticky, Strategy, Tier};

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

/// `[[route]]`
#[derive(Debug, Clone)]
pub struct Route {
    /// Shown by `why` and in records.
    pub name: String,
    /// All given conditions must hold.
    pub when: RouteMatch,
    /// Where it goes (`to = "provider:NAME" | "profile:NAME"`).
    pub to: RouteTo,
    /// Model sent upstream instead of the one asked for.
    pub model: Option<String>,
    /// Fail rather than leave the profile. Default false.
    pub strict: bool,
    /// Place among requests that wait: higher first. Default 0.
    pub priority: i16,
}

/// `route.match`; globs (`*`, `?`, `**`) everywhere, case-insensitive for model names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteMatch {
    /// Model asked for.
    pub model: Option<String>,
    /// User id from the body (`metadata.user_id`, `user`) or `x-tokgate-user`.
    pub user: Option<String>,
    /// Request path without run tag.
    pub path: Option<String>,
    /// Client id: `claude`, `codex`, `opencode`, …
    pub client: Option<String>,
    /// Directory of the run.
    pub project: Option<String>,
    /// What the run (`tokgate run --tag`) or the request (`x-tokgate-tag`) was marked with.
    pub tag: Option<String>,
    /// Header name (lower case) → glob.
    pub headers: Vec<(String, String)>,
    /// What it is for.
    pub kind: Option<Kind>,
    /// About how many tokens it has.
    pub input_tokens: Option<RangeInclusive<u64>>,
    /// Whether it shows images.
    pub has_images: Option<bool>,
    /// Whether it offers tools.
    pub has_tools: Option<bool>,
    /// Whether a stream is asked for.
    pub stream: Option<bool>,
    /// Hours of the day, local time.
    pub hours: Option<Hours>,
    /// One of these is enough.
    pub any: Vec<Self>,
    /// This must not hold.
    pub not: Option<Box<Self>>,
}

/// Target of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteTo {
    /// Index into `Config::providers`.
    Provider(usize),
    /// Index into `Config::profiles`.
    Profile(usize),
}

/// `[hold]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// How long one request may wait, in all. Default 30 s.
    pub max: Duration,
}

/// `[[limit]]`: what some callers may, all of them together.
#[derive(Debug, Clone)]
pub struct CallerLimit {
    /// Shown where it holds.
    pub name: String,
    /// All given conditions must hold.
    pub when: RouteMatch,
    /// `concurrent`, `rpm`, `tpm`
    pub allowed: Allowance,
    /// `over = "wait" | "reject"`. Default `wait`.
    pub over: Over,
}
