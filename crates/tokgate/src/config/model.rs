//! The validated configuration: types that cannot be wrong. Read by everyone, written only by the parser.
//!
//! Every field is documented where it is declared: meaning, unit, default. The TOML spelling is the field's own name
//! unless the comment says otherwise.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::engine::{
    Admits, Allowance, BreakerParams, Budgets, FailoverParams, Hours, Kind, Over, Sticky, Strategy, Tier, WEIGHT,
};
use tokgate_policy::job::Retries;
use tokgate_wire::adapter::Adapter;
use tokgate_wire::downgrade::Lack;
use tokgate_wire::price::{Currency, Own};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::surface::azure;
use tokgate_wire::translate::dialect::changes::Changes;

use crate::i18n::Lang;
use crate::secret::Secret;

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[defaults]`, already folded into each provider; kept for `config show`.
    pub defaults: Defaults,
    /// `[provider.NAME]`, in the order they are tried when nothing else says otherwise: by `order`, then as written.
    pub providers: Vec<Arc<Provider>>,
    /// `[profile.NAME]`. Never empty: without any, one named `default` holds every enabled provider.
    pub profiles: Vec<Profile>,
    /// Index into `profiles` of the profile used when no rule chooses: the one named `default`, else the first.
    pub default_profile: usize,
    /// `[[route]]`, first match wins.
    pub routes: Vec<Route>,
    /// `[failover]`: which failures go to the next provider, and when the default profile is left for one of a lower tier.
    pub failover: FailoverParams,
    /// `[failover.budget]`: what further attempts of a request may cost.
    pub budgets: Budgets,
    /// `[failover.breaker]`: when a provider is left alone.
    pub breaker: BreakerParams,
    /// `[queue]`: requests whose clients do not wait.
    pub queue: Queue,
    /// `[health]`: looking at providers without asking them for anything.
    pub health: Health,
    /// `[hold]`: how long a request may wait for a place or for providers that rest.
    pub hold: Hold,
    /// `[[limit]]`: limits for callers; all that match hold.
    pub limits: Vec<CallerLimit>,
    /// `[log]`
    pub log: Log,
    /// `[client.NAME]`
    pub clients: BTreeMap<String, Client>,
    /// `[adapter.NAME]` that are switched on, as written.
    pub adapters: Vec<Arc<Adapter>>,
    /// `[ui]`
    pub ui: Ui,
}

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

/// `[queue]`: requests whose clients do not wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Whether `prefer: respond-async` makes a request a job. Default on.
    pub jobs: bool,
    /// Jobs that are not over. Default 1000.
    pub max: usize,
    /// Jobs tried at the same time. Default 4: a key takes a few requests at once, and people come first.
    pub at_once: usize,
    /// `strategy`, `first`, `factor`, `longest`. Default 5 s, 10 s, 20 s … 300 s.
    pub retries: Retries,
    /// Tries of one job. Default 8.
    pub tries: u32,
    /// How long a job may take in all. Default 1 h.
    pub deadline: Duration,
    /// Repeat a try that may have been answered when the gateway died. Default off.
    pub at_least_once: bool,
    /// What one job may cost, hundredths of a US dollar; 0 is no limit. Default 5.00.
    pub cost_per_job: u32,
    /// What all jobs of a day may cost, hundredths of a US dollar; 0 is no limit. Default 50.00.
    pub cost_per_day: u32,
    /// Whether an answer whose client left is kept for its retry. Default off.
    pub rescue: bool,
    /// Whether requests that failed are kept, sealed. Default off.
    pub keep_bodies: bool,
    /// Bytes of all contents kept. Default 256 MiB.
    pub max_size: u64,
    /// How long an answer waits to be read. Default 3 d.
    pub keep: Duration,
    /// How long it stays after that. Default 1 d.
    pub keep_read: Duration,
}

impl Default for Queue {
    fn default() -> Self {
        let day = Duration::from_secs(86_400);
        Self {
            jobs: true,
            max: 1_000,
            at_once: 4,
            retries: Retries::default(),
            tries: 8,
            deadline: Duration::from_secs(3_600),
            at_least_once: false,
            cost_per_job: 500,
            cost_per_day: 5_000,
            rescue: false,
            keep_bodies: false,
            max_size: 256 << 20,
            keep: day * 3,
            keep_read: day,
        }
    }
}

/// `[server]`: the gateway itself.
#[derive(Debug, Clone)]
pub struct Server {
    /// Main address. Default `127.0.0.1:7711`.
    pub listen: SocketAddr,
    /// Further addresses with the same routes.
    pub also_listen: Vec<SocketAddr>,
    /// Who may call. Default `auto`.
    pub local_key: LocalKey,
    /// Exact origins that may read answers in a browser (CORS). Default none.
    pub allow_origins: Vec<String>,
    /// Further `Host` names accepted besides loopback names and the bound addresses. Default none.
    pub hosts: Vec<String>,
    /// TLS certificate and key; both or neither.
    pub tls: Option<TlsFiles>,
    /// Connections held open at once; more are refused. Default 10 000.
    pub max_connections: usize,
    /// Requests in flight; more wait in line. Default 1 000 is too small for streams, so 10 000.
    pub max_concurrent: usize,
    /// Requests that may wait for a place; more are answered 503 with `retry-after`. Default 2 000.
    pub max_waiting: usize,
    /// Largest request body, bytes. Default 64 MiB.
    pub max_body: u64,
    /// Responses over WebSocket; off, an upgrade is answered 426. Default on.
    pub websocket: bool,
    /// How long running streams may finish on stop. `None`: 30 s in the foreground, 10 min in the background.
    pub drain: Option<Duration>,
}

/// `server.local_key`
#[derive(Debug, Clone)]
pub enum LocalKey {
    /// Made on first start and kept in the data folder (mode 0600).
    Auto,
    /// Given as a reference or a literal.
    Given(SecretRef),
    /// No key needed; accepted on loopback only.
    Off,
}

/// `server.tls`
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// PEM certificate chain.
    pub cert: PathBuf,
    /// PEM private key.
    pub key: PathBuf,
}

/// `[defaults]`: timeouts and transport, for every provider that does not say otherwise.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Folded values.
    pub transport: Transport,
}

/// How a provider is reached. Every key of `[defaults]` may be repeated inside a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// Name lookup. Default 2 s.
    pub dns_timeout: Duration,
    /// TCP connect, all addresses together. Default 3 s.
    pub connect_timeout: Duration,
    /// TLS handshake. Default 5 s.
    pub tls_timeout: Duration,
    /// Request sent → first event of a stream. Default 90 s.
    pub first_byte_timeout: Duration,
    /// Longest silence inside a stream. Default 120 s.
    pub idle_timeout: Duration,
    /// Whole non-streaming answer. Default 600 s.
    pub request_timeout: Duration,
    /// Further tries after the first, before any output. Default 3 (four attempts in all).
    pub retries: u32,
    /// `keep_alive = { per_host = 100, total = 200, idle = "30s" }`
    pub keep_alive: KeepAlive,
    /// `http_proxy = "env" | "none" | "http://…" | "socks5h://…"`. Default `env`.
    pub http_proxy: HttpProxy,
    /// Extra trusted certificates (PEM), besides the system's.
    pub ca_file: Option<PathBuf>,
    /// `http2 = "auto" | "off" | "prior-knowledge"`. Default `auto` (by ALPN).
    pub http2: Http2,
}

/// Idle upstream connections that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// Idle connections per origin. Default 100.
    pub per_host: usize,
    /// Idle connections in all. Default 200.
    pub total: usize,
    /// Idle time before one is closed. Default 30 s.
    pub idle: Duration,
}

/// Which outbound proxy is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpProxy {
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` of the gateway's environment; loopback never.
    Env,
    /// None.
    None,
    /// This one (`http`, `https`, `socks5`, `socks5h`), loopback never. May hold a password.
    Url(Secret),
}

/// How HTTP/2 is chosen for an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Http2 {
    /// ALPN decides; plain `http://` speaks HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 only.
    Off,
    /// HTTP/2 without negotiation, also over plain `http://`.
    PriorKnowledge,
}

/// One upstream: `[provider.NAME]`.
#[derive(Debug, Clone)]
pub struct Provider {
    /// `NAME`: `[a-z0-9][a-z0-9_-]{0,63}`.
    pub name: Arc<str>,
    /// What it is and where. TOML: `type` and `url`, or `preset`.
    pub kind: ProviderKind,
    /// How the addresses of its calls are formed. TOML: by `type`.
    pub surface: Surface,
    /// `protocols`: model sent → protocol it is asked in, where a provider speaks several by model; patterns as in `models`.
    pub protocols: Vec<(String, UpstreamProtocol)>,
    /// What requests are signed for with AWS keys. TOML: `region`, or the host's own.
    pub scope: Option<AwsScope>,
    /// Vendor registry id when `preset` was used.
    pub preset: Option<String>,
    /// Credentials in order. Empty for a provider that needs none.
    pub keys: Vec<ProviderKey>,
    /// `key_choice = "round-robin" | "fill-first" | "least-used" | "sticky"`. Default `round-robin`.
    pub key_choice: KeyChoice,
    /// `limits = { concurrent = 8, rpm = 60, tpm = 400_000 }`: what it bears; `concurrent = "auto"` is found out for each
    /// key. Default: nothing is limited.
    pub limits: Allowance,
    /// `auth = "auto" | "bearer" | "x-api-key" | "both" | "api-key" | "none" | { header = "…" }`. Default by protocol.
    pub auth: AuthStyle,
    /// Lower is tried first. Default 100.
    pub order: i64,
    /// Its share where a profile shares by weight, 0 to 1000. Default 100.
    pub weight: u32,
    /// Hard failures in a row after which it is left alone. Default as in `[failover.breaker]`.
    pub max_failures: Option<u32>,
    /// Default true.
    pub enabled: bool,
    /// asked for → sent upstream; exact names beat globs, longer globs beat shorter ones, `*` is the rest.
    pub models: Vec<(String, String)>,
    /// Model that a probe which costs tokens asks. Default: a small one.
    pub probe_model: Option<String>,
    /// Model slots of row 1.9: `default_model`, `small_model`; used when `models` has no entry.
    pub slots: ModelSlots,
    /// Headers added to every upstream request (they replace the client's of the same name).
    pub headers: Vec<(String, String)>,
    /// What it does not take, in place of what is known of its vendor.
    pub lacks: Option<Vec<Lack>>,
    /// What of its dialect is otherwise than what is known of its vendor: `[provider.NAME.dialect]`.
    pub dialect: Changes,
    /// The same for some models, `*` and `?` allowed: `[provider.NAME.model.MODEL.dialect]`.
    pub dialects: Vec<(String, Changes)>,
    /// Currency of its prices that do not say their own.
    pub currency: Option<Currency>,
    /// Model sent (`*` and `?` allowed) → what its tokens cost: `[provider.NAME.price.MODEL]`.
    pub prices: Vec<(String, Own)>,
    /// Timeouts, proxy, trust.
    pub transport: Transport,
    /// `http://` to a host beyond loopback with a key is refused unless true.
    pub allow_plaintext: bool,
    /// Free text.
    pub note: Option<String>,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
}

impl Provider {
    /// Protocols it speaks, the preferred one first. The practice provider speaks them all.
    pub fn protocols(&self) -> Vec<UpstreamProtocol> {
        match &self.kind {
            ProviderKind::Http { bases } => bases.iter().map(|(protocol, _)| *protocol).collect(),
            ProviderKind::Simulated(_) => Protocol::ALL.map(UpstreamProtocol::from).to_vec(),
        }
    }

    /// Protocols it answers in translation. A caller's own login means nothing to a provider of another protocol.
    pub fn translates(&self) -> Vec<Protocol> {
        if self.keys.iter().any(|key| key.from == SecretRef::Client) {
            return Vec::new();
        }
        let spoken = self.protocols();
        Protocol::ALL.into_iter().filter(|protocol| !spoken.contains(&(*protocol).into())).collect()
    }

    /// The names of what clients of these providers may speak: first what needs no translation.
    pub fn served<'p>(providers: impl Iterator<Item = &'p Self> + Clone) -> Vec<String> {
        let own = providers.clone().flat_map(Self::protocols).filter_map(UpstreamProtocol::client);
        let mut names: Vec<String> = Vec::new();
        for protocol in own.chain(providers.flat_map(Self::translates)) {
            if !names.iter().any(|known| known == protocol.id()) {
                names.push(protocol.id().to_owned());
            }
        }
        names
    }
}

/// `provider.X.type`
#[derive(Debug, Clone)]
pub enum ProviderKind {
    /// A real upstream over HTTP.
    Http {
        /// Protocols it speaks and the base address of each, in order of preference. The base has no trailing slash;
        /// operation paths are appended as `wire::path::upstream_path` says.
        bases: Vec<(UpstreamProtocol, url::Url)>,
    },
    /// The built-in practice provider.
    Simulated(Simulate),
}

/// How the addresses of a provider's calls are formed, and what is changed about them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Surface {
    /// As the protocol's own documentation says.
    #[default]
    Plain,
    /// `type = "azure"`; TOML: `api_version`. Default `v1`.
    Azure(azure::Version),
    /// `type = "bedrock"`
    Bedrock {
        /// `anthropic_version` in bodies. Default `bedrock-2023-05-31`.
        anthropic_version: String,
        /// `betas`: features of `anthropic-beta` that are passed on. Default: those Bedrock documents.
        betas: Option<Vec<String>>,
    },
}

/// What a signature of AWS is valid for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsScope {
    /// `us-east-1`
    pub region: String,
    /// The signing name, `bedrock`.
    pub service: String,
}

/// `provider.X.simulate`: how the practice provider behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulate {
    /// Time to the first event. Default 300 ms for a person to see, 0 in tests.
    pub first_byte: Duration,
    /// Output speed. Default 60 per second.
    pub tokens_per_second: u32,
}

/// One credential of a provider.
#[derive(Debug, Clone)]
pub struct ProviderKey {
    /// Where the value comes from.
    pub from: SecretRef,
    /// Default true.
    pub enabled: bool,
    /// Its share where keys take turns, 0 to 1000. Default 100.
    pub weight: u32,
    /// What it bears. TOML: `concurrent`, `rpm`, `tpm`.
    pub limits: Allowance,
}

impl ProviderKey {
    /// An enabled key with a usual share and without limits.
    pub fn new(from: SecretRef) -> Self {
        Self { from, enabled: true, weight: WEIGHT, limits: Allowance::default() }
    }
}

/// Where a secret comes from; resolved at use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretRef {
    /// `env:NAME`
    Env(String),
    /// `file:PATH` (mode 0600 wanted)
    File(PathBuf),
    /// `command:PROGRAM ARGS`, run without a shell, 5 s limit
    Command(Vec<String>),
    /// the value itself
    Literal(Secret),
    /// `client`: the caller's own login is forwarded to this provider alone
    Client,
    /// `aws:…`: a pair of AWS keys that requests are signed with
    Aws(AwsSource),
}

/// Where AWS keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AwsSource {
    /// `aws:env`: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`
    Env,
    /// `aws:profile:NAME`: the shared files `~/.aws/credentials` and `~/.aws/config`
    Profile(String),
    /// `aws:command:PROGRAM ARGS`: a program that prints them as `credential_process` programs do
    Command(Vec<String>),
    /// `{ access_key = "…", secret_key = "…", session_token = "…" }`
    Parts(Box<AwsParts>),
}

/// AWS keys from references of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsParts {
    /// The access key's id.
    pub access_key: SecretRef,
    /// The access key itself.
    pub secret_key: SecretRef,
    /// Of keys that are lent for a time.
    pub session_token: Option<SecretRef>,
}

/// `provider.X.key_choice`
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

/// `provider.X.auth`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AuthStyle {
    /// By protocol: `x-api-key` for Anthropic, `authorization: Bearer` for OpenAI.
    #[default]
    Auto,
    /// `authorization: Bearer KEY`
    Bearer,
    /// `x-api-key: KEY`
    XApiKey,
    /// Both of them.
    Both,
    /// `api-key: KEY`, and `x-api-key: KEY` beside it where Anthropic's protocol is spoken.
    ApiKey,
    /// This header, the bare key as its value.
    Header(String),
    /// No credential is sent.
    None,
}

/// Row 1.9: what the client's model slots are called at this provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelSlots {
    /// For every name without a mapping (`default_model`).
    pub default: Option<String>,
    /// For haiku-class names (`small_model`).
    pub small: Option<String>,
    /// `haiku_model`
    pub haiku: Option<String>,
    /// `sonnet_model`
    pub sonnet: Option<String>,
    /// `opus_model`
    pub opus: Option<String>,
}

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

/// `[log]`
#[derive(Debug, Clone)]
pub struct Log {
    /// `error | warn | info | debug | trace`. Default `info`.
    pub level: LogLevel,
    /// `pretty | json`. Default `pretty`.
    pub format: LogFormat,
    /// One line per request. Default true.
    pub access_log: bool,
    /// `keep = { requests = "400d", max_size = "2GiB" }`
    pub keep: LogKeep,
}

/// `log.level`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

/// `log.format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// One object per line.
    Json,
}

/// `log.keep.requests` (`"400d"` or a count such as `10000`) and `log.keep.max_size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogKeep {
    /// Age or count of records kept. Default 400 days.
    pub requests: Retention,
    /// Database size, bytes, above which the oldest records go. Default 2 GiB.
    pub max_size: u64,
}

/// How long records stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// At most this old.
    Age(Duration),
    /// At most this many.
    Count(u64),
}

/// `[client.NAME]`: how a client is started by `tokgate run`.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Profile of its runs.
    pub profile: Option<String>,
    /// Arguments put before the user's own.
    pub args: Vec<String>,
    /// Variables set for it.
    pub env: BTreeMap<String, String>,
    /// Program to start instead of the client's usual name.
    pub command: Option<String>,
    /// Model for small background work.
    pub small_model: Option<String>,
    /// Claude Code's slots: `opus`, `sonnet`, `haiku` → name sent.
    pub models: BTreeMap<String, String>,
    /// Switch the client's own telemetry and update traffic off. Default true.
    pub quiet_traffic: Option<bool>,
}

/// `[ui]`
#[derive(Debug, Clone, Default)]
pub struct Ui {
    /// `language = "auto" | "zh" | "en"`; `None` is auto.
    pub language: Option<Lang>,
    /// Client that a bare `tokgate run` starts.
    pub default_client: Option<String>,
}
