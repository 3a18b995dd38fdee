//! What the configuration says, in the plain form that decisions are made from. Built by the shell from the validated
//! configuration; immutable afterwards and shared by the requests that started under it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use crate::breaker::BreakerParams;
use crate::budget::Terms;
use crate::capacity::Allowance;
use crate::model_map::{ModelMap, Slots};
use crate::route::{Match, RouteParams};
use crate::select::{Sticky, Strategy};
use crate::tier::{FailoverParams, Tier};

/// Everything that decisions depend on.
#[derive(Debug, Clone, Default)]
pub struct Params {
    /// Every provider, also the switched-off ones, so that indexes are those of the configuration.
    pub providers: Vec<ProviderParams>,
    /// Every profile.
    pub profiles: Vec<ProfileParams>,
    /// The profile used when nothing else chooses: an index into `profiles`.
    pub default_profile: usize,
    /// Rules, first match wins.
    pub routes: Vec<RouteParams>,
    /// When the default profile is left for one of a lower tier.
    pub failover: FailoverParams,
    /// How long and how many may wait for a place.
    pub hold: HoldParams,
    /// Limits for callers; all that match hold.
    pub limits: Vec<LimitParams>,
    /// What may be spent on further attempts.
    pub budgets: Budgets,
}

/// How long and how many may wait for a place, or for providers that rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldParams {
    /// One request, in all.
    pub max: Duration,
    /// Requests, in all profiles.
    pub waiting: usize,
}

impl Default for HoldParams {
    fn default() -> Self {
        Self { max: Duration::from_secs(30), waiting: 2_000 }
    }
}

/// A limit for callers.
#[derive(Debug, Clone)]
pub struct LimitParams {
    /// Shown where it holds.
    pub name: Arc<str>,
    /// Hash of name and conditions: what is taken is kept over a reload while this stays the same.
    pub id: u64,
    /// Whom it concerns: all of them together.
    pub when: Match,
    /// What they may.
    pub allowed: Allowance,
    /// What becomes of more.
    pub over: Over,
}

impl LimitParams {
    /// A limit of this name for those who match.
    pub fn new(name: &str, when: Match, allowed: Allowance, over: Over) -> Self {
        let mut hasher = DefaultHasher::new();
        ("limit", name, format!("{when:?}")).hash(&mut hasher);
        Self { name: name.into(), id: hasher.finish(), when, allowed, over }
    }
}

/// What becomes of a request beyond a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Over {
    /// It waits for its turn.
    #[default]
    Wait,
    /// It is refused.
    Reject,
}

/// What may be spent on attempts beyond the first of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// By each provider, on being asked again.
    pub retry: Terms,
    /// By each profile, on asking the next provider.
    pub failover: Terms,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { retry: Terms::RETRY, failover: Terms::FAILOVER }
    }
}

/// One provider.
#[derive(Debug, Clone)]
pub struct ProviderParams {
    /// Its name.
    pub name: Arc<str>,
    /// Hash of name and base address: state is kept over a reload while this stays the same.
    pub identity: u64,
    /// Whether it may be used.
    pub enabled: bool,
    /// Protocols it speaks, as the shell numbers them.
    pub protocols: Vec<u8>,
    /// Protocols it serves by translation.
    pub translates: Vec<u8>,
    /// Its credentials in order. Empty for a provider that needs none.
    pub keys: Vec<KeyParams>,
    /// How one of several keys is chosen.
    pub key_choice: KeyChoice,
    /// Asked for → sent.
    pub models: ModelMap,
    /// What is sent when `models` has no entry.
    pub slots: Slots,
    /// Its share of the requests, where providers share by weight; 0: only when nobody else is left.
    pub weight: u32,
    /// Tries in one request, the first included: at this provider, and in all when no provider allows more.
    pub attempts_max: u32,
    /// Models it is known to have; their names are never replaced by a slot.
    pub known_models: Vec<String>,
    /// Largest request body it declares, bytes.
    pub body_max: Option<u64>,
    /// Largest context window it declares, tokens.
    pub context_max: Option<u64>,
    /// What it bears; `concurrent = auto` is found out for each key.
    pub allowed: Allowance,
    /// When it is left alone.
    pub breaker: BreakerParams,
}

impl ProviderParams {
    /// An enabled provider without keys, limits or model names of its own.
    pub fn new(name: &str, identity: u64, protocols: Vec<u8>) -> Self {
        Self {
            name: name.into(),
            identity,
            enabled: true,
            protocols,
            translates: Vec::new(),
            keys: Vec::new(),
            key_choice: KeyChoice::RoundRobin,
            models: ModelMap::default(),
            slots: Slots::default(),
            weight: WEIGHT,
            attempts_max: crate::flight::ATTEMPTS_MAX,
            known_models: Vec::new(),
            body_max: None,
            context_max: None,
            allowed: Allowance::default(),
            breaker: BreakerParams::default(),
        }
    }

    /// Whether it speaks this protocol.
    pub fn speaks(&self, protocol: u8) -> bool {
        self.protocols.contains(&protocol)
    }

    /// Whether it can be asked in this protocol, translated or not.
    pub fn serves(&self, protocol: u8) -> bool {
        self.speaks(protocol) || self.translates.contains(&protocol)
    }

    /// The place of the key that stands for the caller's own login.
    pub(crate) fn client_key(&self) -> Option<usize> {
        self.keys.iter().position(|key| key.client && key.enabled)
    }
}

/// One credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyParams {
    /// Hash of where it comes from and its value: state is kept while this stays the same.
    pub id: u64,
    /// Whether it may be used.
    pub enabled: bool,
    /// It is the caller's own login, forwarded.
    pub client: bool,
    /// Its share, where keys share by weight; 0: only when no other is left.
    pub weight: u32,
    /// What it bears.
    pub allowed: Allowance,
}

impl KeyParams {
    /// A usable key of the gateway's own without limits.
    pub fn new(id: u64) -> Self {
        Self { id, enabled: true, client: false, weight: WEIGHT, allowed: Allowance::default() }
    }
}

/// How one of several keys is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyChoice {
    /// Each request starts at the next key.
    #[default]
    RoundRobin,
    /// The first usable key is always used.
    FillFirst,
    /// The one with the fewest requests under way for its weight.
    LeastUsed,
    /// Each conversation stays with its key.
    Sticky,
}

/// Weight of a provider of which none is said.
pub const WEIGHT: u32 = 100;

/// A named set of providers.
#[derive(Debug, Clone)]
pub struct ProfileParams {
    /// Its name.
    pub name: Arc<str>,
    /// Indexes into [`Params::providers`], in the order they are tried.
    pub providers: Vec<usize>,
    /// Somebody wrote that order down; else those that speak the caller's protocol come first.
    pub ordered: bool,
    /// When it is used by default.
    pub tier: Tier,
    /// How they share the requests.
    pub strategy: Strategy,
    /// What stays at one of them while its prompt cache is warm.
    pub sticky: Sticky,
    /// What requests may be that go there.
    pub admits: Admits,
}

/// What a request may be, and ask for, that goes to a profile: less at a last resort that is there to get by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admits {
    /// Requests that offer tools.
    pub tools: bool,
    /// Tokens of an answer, at most.
    pub max_output_tokens: Option<u32>,
}

impl Default for Admits {
    fn default() -> Self {
        Self { tools: true, max_output_tokens: None }
    }
}

impl ProfileParams {
    /// Providers tried in the order of a list; conversations stay where they are.
    pub fn new(name: &str, providers: Vec<usize>) -> Self {
        Self {
            name: name.into(),
            providers,
            ordered: true,
            tier: Tier::default(),
            strategy: Strategy::default(),
            sticky: Sticky::default(),
            admits: Admits::default(),
        }
    }
}
