//! A gateway from its first bind to its last stream: start, reload, drain.
//!
//! Bind first, serve next, say so last.

mod reload;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use parking_lot::Mutex;
use rand::Rng;
use tokio::sync::{mpsc, oneshot, watch};

use self::reload::Reading;
use super::Gateway;
use super::runs::Run;
use super::snapshot::{Snapshot, Surroundings};
use super::status::Handler;
use super::underway;
use super::wake;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::gateway::{self as seam, Start, bind_failed};
use crate::clock;
use crate::config::model::{Config, LocalKey, SecretRef};
use crate::config::{self, Contents, Env, Fingerprint, Loaded, Paths, Watcher};
use crate::i18n::{self, Lang};
use crate::process::admin::{Refused, Reloaded};
use crate::process::shutdown::Phase;
use crate::process::{descriptors, local_key};
use crate::proxy;
use crate::proxy::accept::{Caps, Listener, Serving};
use crate::proxy::front::Peer;
use crate::proxy::tls::{Tls, TlsError};
use crate::secret::Secret;
use crate::store::jobs::Places;
use crate::store::query::Reader;
use crate::store::run::RunRow;
use crate::store::writer::{Access, BUSY_TIMEOUT, Options, Recorder};
use crate::telemetry::redact::Redactor;
use crate::telemetry::sink::Sink;
use crate::telemetry::{self, Telemetry};
use crate::upstream::{PoolLimits, Resolve, SystemResolver, TrustStore, Upstream};

/// Runs read back after a restart: what was started longer ago has ended by now.
const RUNS_AGE_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Runs read back after a restart.
const RUNS_MAX: usize = 1_000;

/// Commands that wait at once for the configuration to be read again; one is answered in milliseconds.
const REREADS_MAX: usize = 64;

/// Time for the last error events to get out.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The running part, as the command line wants it.
#[derive(Debug, Default)]
pub struct Service;

impl seam::Gateway for Service {
    fn serve(&self, start: Start) -> seam::Serving<'_> {
        Box::pin(async move {
            let (running, rest) = Running::start(start).await?;
            running.run(rest).await;
            Ok(())
        })
    }

    fn resolve(&self, reference: &SecretRef, lang: Lang) -> Result<Secret, CliError> {
        let env = Env::from_process();
        config::resolve(reference, &env).map_err(|error| {
            let words = Text::verbatim(error.text(lang));
            let error = CliError::new("TG405", exit::FAILED, words).fix(Text::verbatim(error.local_key_fix(lang)));
            error.at("server.local_key")
        })
    }
}

/// A gateway that serves.
#[derive(Debug)]
pub struct Running {
    gateway: Arc<Gateway>,
    serving: Serving,
    tls: Option<Arc<Tls>>,
    trust: TrustStore,
    auto_key: Secret,
    bound: Mutex<Vec<SocketAddr>>,
    handler: Arc<Handler>,
    telemetry: Option<Telemetry>,
    sink: Sink,
    database: PathBuf,
    /// What the file in force holds.
    contents: Mutex<Contents>,
    /// The state of the file that was read last.
    read: Mutex<Option<Fingerprint>>,
    /// Counts the times the configuration was read again, whatever came of it.
    reloads: watch::Sender<u64>,
}

/// What is left of [`Start`] once the gateway serves.
#[derive(Debug)]
pub struct Rest {
    reading: Reading,
    drain: Duration,
    shutdown: crate::process::shutdown::Shutdown,
    reload: crate::process::shutdown::Reload,
    /// Commands that wait for it.
    rereads: mpsc::Receiver<oneshot::Sender<Reloaded>>,
}

impl Running {
    /// What requests share.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// What answers the admin interface.
    pub fn handler(&self) -> &Arc<Handler> {
        &self.handler
    }

    /// Counts up each time the configuration was read again, after it was taken over or refused.
    pub fn reloads(&self) -> watch::Receiver<u64> {
        self.reloads.subscribe()
    }

    /// Binds and serves. Stopping and reloading work only while [`Running::run`] runs.
    pub async fn start(start: Start) -> Result<(Self, Rest), CliError> {
        Self::with_resolver(start, Arc::new(SystemResolver)).await
    }

    /// The same with another source of addresses.
    pub async fn with_resolver(start: Start, resolver: Arc<dyn Resolve>) -> Result<(Self, Rest), CliError> {
        let config = Arc::new(start.loaded.config.clone());
        let tls = load_tls(&config)?;
        let listeners = bind(&addresses(&config), tls.as_ref()).await?;
        let auto_key = auto_key(&config, &start)?;
        let redactor = Arc::new(Redactor::default());
        redactor.register([&auto_key]);
        let sink = Sink::stderr().map_err(|error| io_error(&error))?;
        // Fails when a log is there already: tests start several gateways in one process.
        let telemetry = telemetry::start(&config.log, &sink, &redactor).ok();
        let database = crate::process::folders::database(&start.paths);
        let recorder = recorder(&config, &start, &sink, &redactor, &database)?;
        let trust = TrustStore::from_env();
        let keep_alive = config.defaults.transport.keep_alive;
        let limits = PoolLimits { idle_total: keep_alive.total, ..PoolLimits::default() };
        let upstream = Upstream::with_resolver(limits, resolver);
        let env = Arc::new(start.env.clone());
        let around = Surroundings { trust: &trust, auto_key: &auto_key, env: &env, lang: start.lang, version: 1 };
        let snapshot = Snapshot::build(Arc::clone(&config), &around).map_err(|why| unusable(&why, start.lang))?;
        let pools = upstream.clone();
        let gateway = Arc::new(Gateway::new(Arc::new(snapshot), upstream, recorder, redactor, rand::rng().next_u64()));
        gateway.jobs().set_places(Places::of(&start.paths.data_dir, &start.paths.state_dir));
        let (rereads, asked) = mpsc::channel(REREADS_MAX);
        let handler = Arc::new(Handler {
            gateway: Arc::clone(&gateway),
            addresses: Arc::new(Mutex::new(Vec::new())),
            config: Mutex::new(start.loaded.file.clone()),
            config_problem: Arc::new(Mutex::new(None)),
            auto_key: auto_key.clone(),
            env,
            rereads,
            started_ms: clock::unix_ms(),
        });
        let running = Self {
            serving: Serving::new(caps(&config)).speaking(start.lang).sparing(move || pools.close_idle()),
            gateway,
            tls,
            trust,
            auto_key,
            bound: Mutex::default(),
            handler,
            telemetry,
            sink,
            database,
            contents: Mutex::new(start.loaded.contents()),
            read: Mutex::default(),
            reloads: watch::Sender::new(0),
        };
        running.learn_secrets();
        running.remember_runs().await;
        running.restore_memory(start.lang).await;
        running.take_up_jobs().await;
        for listener in listeners {
            running.listen(listener)?;
        }
        running.publish_addresses(&config);
        let handler: Arc<dyn crate::process::admin::AdminHandler> = Arc::clone(&running.handler) as _;
        start.ready.announce(handler);
        let reading = Reading { paths: start.paths, explicit: start.explicit, env: start.env, flags: start.flags };
        keep_copy(start.loaded, reading.paths.clone());
        let (drain, shutdown, reload) = (start.drain, start.shutdown, start.reload);
        Ok((running, Rest { reading, drain, shutdown, reload, rereads: asked }))
    }

    /// Serves until told to stop, then drains.
    pub async fn run(self, mut rest: Rest) {
        let changed = Arc::new(tokio::sync::Notify::new());
        let watcher = {
            let changed = Arc::clone(&changed);
            Watcher::start(&rest.reading.paths.config_file, move || changed.notify_one())
        };
        let keeper = tokio::spawn(super::memory::keep(Arc::clone(&self.gateway)));
        let noting = tokio::spawn(underway::keep(Arc::clone(&self.gateway)));
        let prober = tokio::spawn(super::probe::run(Arc::clone(&self.gateway)));
        let looking = tokio::spawn(look_around(Arc::clone(&self.gateway)));
        loop {
            tokio::select! {
                () = rest.shutdown.reached(Phase::Draining) => break,
                () = rest.reload.notified() => self.reload(&rest.reading).await,
                // What somebody waited for has been read already.
                () = changed.notified() => if self.is_unread(&rest.reading) { self.reload(&rest.reading).await },
                Some(asked) = rest.rereads.recv() => {
                    self.reload(&rest.reading).await;
                    // A command that went away has no use for the answer.
                    let _ = asked.send(self.reloaded());
                }
            }
        }
        drop(watcher);
        // Whoever waits for a new configuration is told that there will be none.
        drop(rest.rereads);
        self.gateway.drain();
        tokio::select! {
            // `drain` itself cuts at its deadline; ours comes first, so that streams still get their last words.
            () = self.drained(rest.drain + LAST_WORDS * 4) => {}
            () = tokio::time::sleep(rest.drain) => {}
            () = rest.shutdown.reached(Phase::Now) => {}
        }
        // Streams that are left end with their protocol's error event; whoever does not take it is cut.
        self.gateway.end_streams();
        let _ = tokio::time::timeout(LAST_WORDS * 2, self.drained(LAST_WORDS)).await;
        self.serving.abort();
        keeper.abort();
        noting.abort();
        prober.abort();
        looking.abort();
        self.gateway.save_all();
        underway::save(self.gateway.recorder(), self.gateway.underway());
        let recorder = self.gateway.recorder().clone();
        // Joining the writer's thread blocks; requests are over, but the admin socket still answers.
        let _ = tokio::task::spawn_blocking(move || recorder.close()).await;
        self.sink.flush();
    }

    /// Done when every stream and every try of a job is over, or after so long.
    async fn drained(&self, within: Duration) {
        self.serving.drain(within).await;
        if let Some(jobs) = self.gateway.jobs().opened() {
            jobs.idle().await;
        }
    }

    fn listen(&self, listener: Listener) -> Result<(), CliError> {
        let gateway = Arc::clone(&self.gateway);
        let address = self
            .serving
            .listen(listener, move |peer: Peer| {
                let gateway = Arc::clone(&gateway);
                service_fn(move |request| {
                    let gateway = Arc::clone(&gateway);
                    async move { Ok::<_, Infallible>(proxy::handle(gateway, peer, request).await) }
                })
            })
            .map_err(|error| io_error(&error))?;
        self.bound.lock().push(address);
        Ok(())
    }

    /// Texts from outside are cleaned of every key in use.
    fn learn_secrets(&self) {
        let snapshot = self.gateway.snapshot();
        let keys = snapshot.providers.iter().flat_map(|provider| &provider.keys);
        let known: Vec<Secret> = keys.flat_map(super::credential::Key::known).collect();
        self.gateway.redactor().register(&known);
        if let Ok(Some(local)) = Snapshot::local_key(&snapshot.config, &self.auto_key, &self.handler.env) {
            self.gateway.redactor().register([&*local]);
        }
    }

    fn publish_addresses(&self, config: &Config) {
        let bound = self.bound.lock().clone();
        self.gateway.upstream().set_own_addresses(bound.clone());
        let scheme = if config.server.tls.is_some() { "https" } else { "http" };
        let main = config.server.listen;
        let (first, rest): (Vec<_>, Vec<_>) = bound.into_iter().partition(|address| covers(&[main], *address));
        *self.handler.addresses.lock() =
            first.into_iter().chain(rest).map(|address| format!("{scheme}://{}", callable(address))).collect();
    }

    /// What was known of providers and keys when the gateway stopped.
    async fn restore_memory(&self, lang: Lang) {
        let (gateway, path) = (Arc::clone(&self.gateway), self.database.clone());
        // A thread that panicked leaves a gateway that knows nothing, as on the first day.
        let restore = move || {
            gateway.restore_memory(&path, lang);
            underway::bury(gateway.recorder(), &path, lang);
        };
        let _ = tokio::task::spawn_blocking(restore).await;
    }

    /// Jobs that were not over when the gateway stopped go on.
    async fn take_up_jobs(&self) {
        let keeps = self.gateway.snapshot().config.queue.keep_bodies;
        if (keeps || self.gateway.jobs().has_file())
            && let Err(error) = self.gateway.jobs().open(&self.gateway).await
        {
            tracing::error!(code = "TG609", %error, "the jobs of before cannot be read");
        }
    }

    /// Runs that were under way when the gateway stopped go on with their tag.
    async fn remember_runs(&self) {
        let path = self.database.clone();
        let read =
            move || -> Vec<RunRow> { Reader::open(&path).and_then(|reader| reader.runs(RUNS_MAX)).unwrap_or_default() };
        let rows = tokio::task::spawn_blocking(read).await.unwrap_or_default();
        let oldest = clock::unix_ms().saturating_sub(u64::try_from(RUNS_AGE_MAX.as_millis()).unwrap_or(u64::MAX));
        let snapshot = Arc::clone(&self.gateway.snapshot());
        for row in rows.into_iter().rev().filter(|row| row.created_ms >= oldest) {
            self.gateway.runs().insert(remembered(row, &snapshot));
        }
    }
}

/// Looks regularly at what no request notices by itself. A task of its own: a look that is late tells something.
async fn look_around(gateway: Arc<Gateway>) {
    loop {
        tokio::time::sleep(wake::LOOK_EVERY).await;
        gateway.ebb().look();
        gateway.look_around();
    }
}

fn remembered(row: RunRow, snapshot: &Snapshot) -> Run {
    let forwards_login = snapshot.run_forwards_login(row.profile.as_deref(), row.provider.as_deref());
    Run {
        tag: row.tag,
        client: row.client,
        project: row.project.as_deref().map(Into::into),
        label: row.label,
        profile: row.profile,
        provider: row.provider,
        model: row.model,
        forwards_login,
        created_ms: row.created_ms,
    }
}

/// Keeps a copy of a configuration that works, beside the requests: it is a convenience for the day the file is
/// damaged, and nothing waits for it.
fn keep_copy(loaded: Loaded, paths: Paths) {
    tokio::task::spawn_blocking(move || {
        if let Err(error) = config::keep_last_good(&loaded, &paths) {
            tracing::debug!(%error, "no copy of the configuration was kept");
        }
    });
}

fn addresses(config: &Config) -> Vec<SocketAddr> {
    std::iter::once(config.server.listen).chain(config.server.also_listen.iter().copied()).collect()
}

/// Port 0 stands for whatever port was given to it.
fn covers(list: &[SocketAddr], address: SocketAddr) -> bool {
    list.iter().any(|known| {
        known.ip() == address.ip() && (known.port() == address.port() || known.port() == 0 || address.port() == 0)
    })
}

/// An unspecified address is no address to call.
fn callable(address: SocketAddr) -> SocketAddr {
    let mut callable = address;
    if address.ip().is_unspecified() {
        callable.set_ip(if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    callable
}

async fn bind(addresses: &[SocketAddr], tls: Option<&Arc<Tls>>) -> Result<Vec<Listener>, CliError> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let listener = Listener::bind(*address, tls.cloned()).await.map_err(|error| bind_failed(*address, &error))?;
        listeners.push(listener);
    }
    Ok(listeners)
}

fn load_tls(config: &Config) -> Result<Option<Arc<Tls>>, CliError> {
    let Some(files) = &config.server.tls else { return Ok(None) };
    let tls = Tls::load(files).map_err(|error| {
        CliError::new("TG202", exit::CONFIG, tls_unusable(&error)).at("server.tls").run("tokgate config validate")
    })?;
    Ok(Some(Arc::new(tls)))
}

fn tls_unusable(error: &TlsError) -> Text {
    Text::new(&i18n::proxy::TLS_UNUSABLE).with_words("reason", error.text())
}

fn auto_key(config: &Config, start: &Start) -> Result<Secret, CliError> {
    match config.server.local_key {
        LocalKey::Auto => local_key::load_or_make(&start.paths),
        // Never shown to anyone: no caller can have it.
        LocalKey::Given(_) | LocalKey::Off => Ok(Secret::new(format!("{:032x}", rand::rng().next_u64()))),
    }
}

fn recorder(
    config: &Config,
    start: &Start,
    sink: &Sink,
    redactor: &Arc<Redactor>,
    database: &std::path::Path,
) -> Result<Recorder, CliError> {
    Recorder::start(Options {
        path: Some(database.to_owned()),
        keep: config.log.keep,
        access: access(config, sink),
        lang: start.lang,
        redactor: Arc::clone(redactor),
        busy_timeout: BUSY_TIMEOUT,
    })
    .map_err(|error| io_error(&error))
}

fn access(config: &Config, sink: &Sink) -> Option<Access> {
    config.log.access_log.then(|| Access { sink: sink.clone(), format: config.log.format, colour: false })
}

fn caps(config: &Config) -> Caps {
    Caps { connections: config.server.max_connections, descriptors: descriptors::for_clients(), ..Caps::default() }
}

fn unusable(why: &Refused, lang: Lang) -> CliError {
    CliError::new("TG212", exit::CONFIG, Text::verbatim(why.what.say(lang))).run(why.fix.say(lang))
}

fn io_error(error: &std::io::Error) -> CliError {
    CliError::new("TG204", exit::FAILED, Text::verbatim(error))
}
