//! What the gateway tells our own commands: how it is, and a tag for a new run.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use tokgate_policy::classify::Row;
use tokgate_policy::engine::{KeySnapshot, ProviderSnapshot};
use tokio::sync::{mpsc, oneshot};

use super::Gateway;
use super::credential::Key;
use super::expected_cost;
use super::probe;
use super::rehearsal;
use super::runs::{self, Run};
use super::snapshot::{Provider, Snapshot};
use crate::cli::error::{CliError, Text, exit};
use crate::clock;
use crate::config::model::{ProbeKind, ProviderKind};
use crate::config::{self, Env};
use crate::i18n::{Both, failures, providers as standing, proxy as text};
use crate::process::admin::{
    AdminHandler, AskHistory, Check, Failover, FailoverStatus, Forget, Forgotten, History, KeyStatus, LearnedLack,
    NewRun, ProviderState, ProviderStatus, QueueAsk, QueueTold, Records, Refused, Reloaded, Reset, RouteTest,
    RouteTested, RunGrant, RunStatus, Status, SwitchStatus,
};
use crate::process::environment::{Asked, Seen};
use crate::secret::Secret;
use crate::store::run::RunRow;

/// How long a look at providers may take that somebody waits for: less than the exchange on the socket may.
const CHECK_WITHIN: std::time::Duration = std::time::Duration::from_secs(8);

/// Answers the admin socket.
#[derive(Debug)]
pub struct Handler {
    /// The gateway.
    pub gateway: Arc<Gateway>,
    /// Where it listens, as clients write it; the main address first.
    pub addresses: Arc<Mutex<Vec<String>>>,
    /// Configuration file in force, when there is one.
    pub config: Mutex<Option<std::path::PathBuf>>,
    /// Why a later edit was refused.
    pub config_problem: Arc<Mutex<Option<Refused>>>,
    /// The key made on first start.
    pub auto_key: Secret,
    /// Where variables are looked up.
    pub env: Arc<Env>,
    /// Whom to ask to read the configuration again.
    pub rereads: mpsc::Sender<oneshot::Sender<Reloaded>>,
    /// When it started.
    pub started_ms: u64,
}

impl AdminHandler for Handler {
    fn status(&self) -> Status {
        let snapshot = self.gateway.snapshot();
        let addresses = self.addresses.lock().clone();
        let mut addresses = addresses.into_iter();
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started_ms: self.started_ms,
            address: addresses.next().unwrap_or_default(),
            also: addresses.collect(),
            config: self.config.lock().clone(),
            config_problem: self.config_problem.lock().clone(),
            records_problem: self.gateway.recorder().problem(),
            jobs_problem: self.gateway.jobs().problem(),
            practice: snapshot.is_practice_only(),
            profile: snapshot.default_profile().to_owned(),
            failover: self.failover_status(),
            providers: self.providers(&snapshot),
            probes: (snapshot.config.health.probe == ProbeKind::Message)
                .then(|| self.gateway.purse().status(&snapshot)),
            runs: self.gateway.runs().all().iter().map(|run| run_status(run)).collect(),
            in_flight: self.gateway.in_flight() as u64,
            websockets: self.gateway.websockets() as u64,
            capacity: super::capacity::status(&self.gateway),
            requests: self.gateway.served(),
            failed: self.gateway.failed.load(Ordering::Relaxed),
            draining: self.gateway.draining.load(Ordering::Relaxed),
        }
    }

    fn start_run(&self, new: NewRun) -> Result<RunGrant, CliError> {
        let snapshot = Arc::clone(&self.gateway.snapshot());
        let chosen = chosen(&snapshot, &new)?;
        let forwards_login = snapshot.run_forwards_login(new.profile.as_deref(), new.provider.as_deref());
        let run = Run {
            tag: runs::new_tag(),
            client: new.client.as_str().into(),
            project: new.project.as_deref().map(Into::into),
            label: new.tag.as_deref().map(Into::into),
            profile: new.profile.as_deref().map(Into::into),
            provider: new.provider.as_deref().map(Into::into),
            model: new.model.as_deref().map(Into::into),
            forwards_login,
            created_ms: clock::unix_ms(),
        };
        self.gateway.recorder().put_run(row(&run));
        let tag = self.gateway.runs().insert(run).tag.to_string();
        let key = Snapshot::local_key(&snapshot.config, &self.auto_key, &self.env);
        let key = key.ok().flatten().map(std::borrow::Cow::into_owned);
        let configured = chosen.iter().filter_map(|index| snapshot.config.providers.get(*index));
        let protocols = config::model::Provider::served(configured.map(|provider| &**provider));
        Ok(RunGrant {
            tag,
            address: self.addresses.lock().first().cloned().unwrap_or_default(),
            key: key.filter(|_| !forwards_login),
            own_login: forwards_login,
            protocols,
            providers: chosen.iter().map(|index| snapshot.providers[*index].name.to_string()).collect(),
            profile: new
                .provider
                .is_none()
                .then(|| new.profile.unwrap_or_else(|| snapshot.default_profile().to_owned())),
            certificate: snapshot.config.server.tls.as_ref().map(|files| files.cert.clone()),
        })
    }

    fn records(&self) -> Records {
        let recorder = self.gateway.recorder();
        recorder.flush();
        Records { problem: recorder.problem(), held: recorder.held() }
    }

    fn reload(&self) -> Result<Reloaded, CliError> {
        let (answer, answered) = oneshot::channel();
        let stopping = || CliError::new("TG211", exit::FAILED, &text::DRAINING).run("tokgate status");
        self.rereads.try_send(answer).map_err(|_| stopping())?;
        let waiting = tokio::time::timeout(CHECK_WITHIN, answered);
        let reloaded = tokio::runtime::Handle::current().block_on(waiting);
        reloaded.ok().and_then(Result::ok).ok_or_else(stopping)
    }

    fn environment(&self, asked: &Asked) -> Seen {
        Seen::of(asked, &self.env, runs::new_tag().into())
    }

    fn forget(&self, asked: &Forget) -> Result<Forgotten, CliError> {
        let snapshot = self.gateway.snapshot();
        if let Some(name) = &asked.provider {
            known_provider(&snapshot, name)?;
        }
        Ok(Forgotten { count: self.gateway.engine().forget_lacks(asked.provider.as_deref()) })
    }

    fn route(&self, asked: &RouteTest) -> Result<RouteTested, CliError> {
        let snapshot = self.gateway.snapshot();
        let wall = clock::unix_ms() / 1_000;
        let price = |provider: &str, model: &str, cached| {
            expected_cost::micros(&snapshot, provider, model, asked.bytes, cached, wall)
        };
        // A copy, so that requests do not wait for the rehearsal.
        let engine = self.gateway.engine().clone();
        let now = clock::since_start(clock::now());
        let tested = rehearsal::rehearse(&engine, now, &snapshot.config, asked, Some(&price))?;
        Ok(RouteTested { running: true, ..tested })
    }

    fn failover(&self, asked: &Failover) -> Result<FailoverStatus, CliError> {
        let now = clock::since_start(clock::now());
        let span = std::time::Duration::from_millis;
        let mut engine = self.gateway.engine();
        match asked {
            Failover::Switch { profile, reason, lasts_ms } => {
                let switched = engine.switch(now, profile, reason.as_deref(), lasts_ms.map(span));
                if switched.is_err() {
                    let known = engine.params().profiles.iter().map(|it| &*it.name);
                    return Err(unknown(&text::PROFILE_UNKNOWN, "TG302", profile, known));
                }
            }
            Failover::Back { reason } => {
                engine.switch_back(now, reason.as_deref());
            }
            Failover::Pause { lasts_ms } => engine.pause_failover(now, Some(span(*lasts_ms))),
            Failover::Resume => engine.pause_failover(now, None),
        }
        drop(engine);
        self.save_now();
        Ok(self.failover_status())
    }

    fn queue(&self, asked: &QueueAsk) -> Result<QueueTold, CliError> {
        // Called on a thread for waiting; the store answers on its own.
        tokio::runtime::Handle::current().block_on(super::jobs::admin::answer(&self.gateway, asked))
    }

    fn check(&self, asked: &Check) -> Result<Vec<ProviderStatus>, CliError> {
        let snapshot = Arc::clone(&self.gateway.snapshot());
        for name in &asked.providers {
            known_provider(&snapshot, name)?;
        }
        let config = &snapshot.config.providers;
        let meant = |index: &usize| {
            config.get(*index).is_some_and(|provider| {
                if asked.providers.is_empty() {
                    provider.enabled
                } else {
                    asked.providers.iter().any(|name| **name == *provider.name)
                }
            })
        };
        let indexes: Vec<usize> = (0..config.len()).filter(meant).collect();
        let gateway = &self.gateway;
        tokio::runtime::Handle::current().block_on(probe::all(gateway, &snapshot, &indexes, CHECK_WITHIN));
        let names: Vec<_> = indexes.iter().filter_map(|index| config.get(*index)).map(|it| it.name.as_ref()).collect();
        let all = self.providers(&snapshot);
        Ok(all.into_iter().filter(|provider| names.contains(&provider.name.as_str())).collect())
    }

    fn reset(&self, asked: &Reset) -> Result<ProviderStatus, CliError> {
        let snapshot = Arc::clone(&self.gateway.snapshot());
        known_provider(&snapshot, &asked.provider)?;
        let place = asked.key.map(|number| number.get() - 1); // people count from 1
        if !self.gateway.engine().reset(&asked.provider, place) {
            return Err(CliError::new("TG417", exit::USAGE, &text::KEY_UNKNOWN)
                .run(format!("tokgate provider key list {}", asked.provider)));
        }
        self.save_now();
        let all = self.providers(&snapshot);
        let found = all.into_iter().find(|provider| provider.name == asked.provider);
        found.ok_or_else(|| unknown(&text::PROVIDER_UNKNOWN, "TG303", &asked.provider, std::iter::empty()))
    }

    fn history(&self, asked: &AskHistory) -> Result<History, CliError> {
        let snapshot = Arc::clone(&self.gateway.snapshot());
        known_provider(&snapshot, &asked.provider)?;
        let kept = self.gateway.health_of(&asked.provider).unwrap_or_default();
        Ok(History { hours: kept.hours, days: kept.days })
    }

    fn end_run(&self, tag: &str) {
        if let Some(run) = self.gateway.runs().end(tag) {
            // Its row stays for the records, but too old to be taken up again after a restart.
            self.gateway.recorder().put_run(RunRow { created_ms: 0, ..row(&run) });
        }
    }
}

impl Handler {
    /// What somebody said is not lost, even when the process is killed at once.
    fn save_now(&self) {
        self.gateway.save_memory();
        self.gateway.recorder().flush();
    }

    /// How everything stands, without what is over, and the moment of that, whole milliseconds of the policy's time: by
    /// these a switch is as long ago as it is, however often one looks.
    fn engine_now(&self) -> (u64, tokgate_policy::engine::Snapshot) {
        let now = clock::since_start(clock::now());
        let mut engine = self.gateway.engine();
        engine.handle_timeout(now);
        let now = clock::millis(now);
        (now, engine.snapshot(std::time::Duration::from_millis(now)))
    }

    fn failover_status(&self) -> FailoverStatus {
        let (now, known) = self.engine_now();
        let known = known.failover;
        let ago = |ms: u64| clock::unix_ms_of(now.saturating_sub(ms));
        let ahead = |ms: u64| clock::unix_ms_of(now.saturating_add(ms));
        let history = known.history.iter().map(|switched| SwitchStatus {
            at_ms: ago(switched.ago_ms),
            from: switched.from.to_string(),
            to: switched.to.to_string(),
            cause: switched.cause.to_owned(),
            reason: switched.reason.as_deref().map(str::to_owned),
        });
        FailoverStatus {
            profile: known.profile.to_string(),
            cause: known.cause.map(str::to_owned),
            reason: known.reason.as_deref().map(str::to_owned),
            since_ms: known.since_ms.map(ago),
            until_ms: known.until_left_ms.map(ahead),
            retry_ms: known.retry_left_ms.map(ahead),
            may_go_back: known.may_go_back,
            stopped_until_ms: known.stopped_left_ms.map(ahead),
            paused_until_ms: known.paused_left_ms.map(ahead),
            failures: known.failures,
            history: history.collect(),
        }
    }

    /// What a message to the provider of this index would cost at most, where one is wanted, and why it is asked none.
    fn message(&self, snapshot: &Snapshot, index: usize) -> (Option<u64>, Option<Both>) {
        let wanted = snapshot.config.health.probe == ProbeKind::Message;
        let provider = snapshot.config.providers.get(index).filter(|_| wanted);
        match provider.map(|provider| (provider, probe::message_cost(&self.gateway, snapshot, index))) {
            Some((_, Ok(micros))) => (Some(micros), None),
            Some((provider, Err(unpaid))) if provider.enabled => (None, unpaid.say(&provider.name)),
            Some((_, Err(_))) | None => (None, None),
        }
    }

    fn providers(&self, snapshot: &Snapshot) -> Vec<ProviderStatus> {
        let unix_ms = clock::unix_ms();
        let (_, known) = self.engine_now();
        let status = |index: usize| {
            let provider = snapshot.providers.get(index)?;
            let known = known.providers.iter().find(|known| known.name == provider.name)?;
            let (message_micros, probe_remark) = self.message(snapshot, index);
            let problem = snapshot.key_problems.iter().find(|(name, _)| *name == provider.name);
            Some(ProviderStatus {
                name: provider.name.to_string(),
                state: state(known, problem.is_some()),
                protocols: provider.protocols().into_iter().map(|protocol| protocol.id().to_owned()).collect(),
                failure: known.last_failure.map(str::to_owned),
                note: problem.map(|(_, why)| why.clone()).or_else(|| note(known)),
                until_ms: usable_again(known).map(|left| unix_ms + left),
                learned: learned(known, unix_ms),
                health: known.health.clone(),
                probe_remark,
                message_micros,
                keys: keys(provider, known, unix_ms),
            })
        };
        let first = snapshot.config.profiles.get(snapshot.config.default_profile);
        let mut order: Vec<usize> = first.map(|profile| profile.providers.clone()).unwrap_or_default();
        order.extend((0..snapshot.providers.len()).filter(|index| !order.contains(index)).collect::<Vec<_>>());
        order.into_iter().filter_map(status).collect()
    }
}

fn keys(provider: &Provider, known: &ProviderSnapshot, unix_ms: u64) -> Vec<KeyStatus> {
    let key = |(key, known): (&Key, &KeySnapshot)| KeyStatus {
        from: config::reference_text(&key.from),
        enabled: known.enabled,
        state: match known.state {
            _ if known.client => "client",
            // Refused by nobody: it is not there, as a variable that is not set.
            "ok" | "quarantined" if is_unreadable(key) => "unreadable",
            state => state,
        }
        .to_owned(),
        until_ms: known.left_ms.map(|left| unix_ms + left),
        resting_models: known.resting_models,
    };
    provider.keys.iter().zip(&known.keys).map(key).collect()
}

/// A key without a value that can be had at once. Programs are not asked for it.
fn is_unreadable(key: &Key) -> bool {
    key.known().is_empty() && key.resolve_now().is_err()
}

/// An error that names those there are, when this is none of them.
fn known_provider(snapshot: &Snapshot, name: &str) -> Result<(), CliError> {
    if snapshot.providers.iter().any(|provider| *provider.name == *name) {
        return Ok(());
    }
    let known = snapshot.providers.iter().map(|provider| &*provider.name);
    Err(unknown(&text::PROVIDER_UNKNOWN, "TG303", name, known))
}

fn learned(known: &ProviderSnapshot, unix_ms: u64) -> Vec<LearnedLack> {
    let lacks = known.lacks.iter().map(|it| LearnedLack {
        lack: it.what.to_string(),
        bytes: None,
        model: it.model.to_string(),
        until_ms: unix_ms + it.left_ms,
    });
    let sizes = known.sizes.iter().map(|it| LearnedLack {
        lack: LearnedLack::SIZE.to_owned(),
        bytes: Some(it.bytes),
        model: it.model.to_string(),
        until_ms: unix_ms + it.left_ms,
    });
    lacks.chain(sizes).collect()
}

fn state(known: &ProviderSnapshot, key_problem: bool) -> ProviderState {
    let usable = |state: &str| state == "ok";
    let keys = known.keys.iter().filter(|key| key.enabled && !key.client);
    let (good, bad): (Vec<_>, Vec<_>) = keys.partition(|key| usable(key.state));
    if !known.enabled {
        ProviderState::Off
    } else if known.breaker == "open"
        || known.resting_left_ms.is_some()
        || (!bad.is_empty() && good.is_empty())
        || unreachable(known).is_some()
    {
        ProviderState::Down
    } else if key_problem
        || !bad.is_empty()
        || known.resting_models > 0
        || failed_last(known)
        || known.health.message_failure.is_some()
    {
        ProviderState::Degraded
    } else {
        ProviderState::Ok
    }
}

/// Milliseconds until something of it that rests is used or tested again.
fn usable_again(known: &ProviderSnapshot) -> Option<u64> {
    let open = known.breaker_left_ms.filter(|_| known.breaker == "open");
    open.or_else(|| known.keys.iter().filter_map(|key| key.left_ms).chain(known.resting_left_ms).min())
}

/// A row of the failure table in words.
fn failure(row: &str) -> Both {
    failures::of(row).map_or_else(|| Both::same(row), |message| Both::of(|lang| message.raw(lang).to_owned()))
}

/// What is to be said of it: only what is so now.
fn note(known: &ProviderSnapshot) -> Option<Both> {
    let row = known.last_failure.filter(|_| failed_last(known));
    let probed = unreachable(known).or(known.health.message_failure.as_deref());
    let resting = (known.resting_models > 0)
        .then(|| Text::new(&standing::RESTING).with("count", known.resting_models).with("name", &known.name));
    row.or(probed).map(failure).or_else(|| resting.map(|text| Both::of(|lang| text.say(lang))))
}

/// Why the last probe did not get there, when no request has since. A refused key is that key's matter.
fn unreachable(known: &ProviderSnapshot) -> Option<&str> {
    let health = &known.health;
    let failed = health.probe_failure.as_deref().filter(|row| *row != Row::KeyRejected.id())?;
    let answered_since =
        known.last_success_ago_ms.is_some_and(|ago| health.probe_ago_ms.is_some_and(|probe| ago < probe));
    (!answered_since).then_some(failed)
}

/// Its last word was a failure.
fn failed_last(known: &ProviderSnapshot) -> bool {
    match (known.last_failure_ago_ms, known.last_success_ago_ms) {
        (Some(failure), Some(success)) => failure < success,
        (failure, None) => failure.is_some(),
        (None, Some(_)) => false,
    }
}

/// The providers a run would use, in order; an error names what does not exist.
fn chosen(snapshot: &Snapshot, new: &NewRun) -> Result<Vec<usize>, CliError> {
    let config = &snapshot.config;
    if let Some(name) = &new.provider {
        let found = config.providers.iter().position(|provider| *provider.name == **name);
        let known = config.providers.iter().map(|provider| &*provider.name);
        return found.map(|index| vec![index]).ok_or_else(|| unknown(&text::PROVIDER_UNKNOWN, "TG303", name, known));
    }
    let profile = match &new.profile {
        None => config.profiles.get(config.default_profile),
        Some(name) => {
            let known = config.profiles.iter().map(|profile| &*profile.name);
            let found = config.profiles.iter().find(|profile| *profile.name == **name);
            Some(found.ok_or_else(|| unknown(&text::PROFILE_UNKNOWN, "TG302", name, known))?)
        }
    };
    let providers = profile.map(|profile| profile.providers.as_slice()).unwrap_or_default();
    Ok(providers.iter().copied().filter(|index| config.providers.get(*index).is_some_and(|it| it.enabled)).collect())
}

fn unknown<'k>(
    message: &'static crate::i18n::Message,
    code: &'static str,
    name: &str,
    known: impl Iterator<Item = &'k str>,
) -> CliError {
    CliError::new(code, exit::USAGE, Text::new(message).with("name", name).with_list("known", known))
}

fn run_status(run: &Run) -> RunStatus {
    RunStatus {
        client: run.client.to_string(),
        project: run.project.as_deref().map(str::to_owned),
        pinned: run.provider.as_deref().or(run.profile.as_deref()).map(str::to_owned),
        started_ms: run.created_ms,
    }
}

fn row(run: &Run) -> RunRow {
    RunRow {
        tag: run.tag.clone(),
        client: run.client.clone(),
        project: run.project.as_deref().map(Into::into),
        label: run.label.clone(),
        profile: run.profile.clone(),
        provider: run.provider.clone(),
        model: run.model.clone(),
        created_ms: run.created_ms,
    }
}

impl Snapshot {
    /// Whether a run pinned like this forwards its client's own login: the first provider it would use decides.
    pub fn run_forwards_login(&self, profile: Option<&str>, provider: Option<&str>) -> bool {
        let new =
            NewRun { profile: profile.map(str::to_owned), provider: provider.map(str::to_owned), ..NewRun::default() };
        let chosen = chosen(self, &new).unwrap_or_default();
        chosen.first().and_then(|index| self.providers.get(*index)).is_some_and(|it| it.forwards_login())
    }

    /// Whether only the practice provider answers.
    pub fn is_practice_only(&self) -> bool {
        let mut enabled = self.config.providers.iter().filter(|provider| provider.enabled).peekable();
        enabled.peek().is_some() && enabled.all(|provider| matches!(provider.kind, ProviderKind::Simulated(_)))
    }

    /// Profile used when no rule chooses.
    pub fn default_profile(&self) -> &str {
        self.config.profiles.get(self.config.default_profile).map_or("", |profile| &profile.name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::time::Duration;

    use tokgate_policy::classify::Verdict;
    use tokgate_policy::engine::{Decision, Engine, Facts, KeyParams, Outcome, Params, ProfileParams, ProviderParams};
    use tokgate_policy::health::Probe;

    use super::*;

    const T0: Duration = Duration::from_secs(1_000_000);

    fn engine() -> Engine {
        let provider = ProviderParams { keys: vec![KeyParams::new(2)], ..ProviderParams::new("a", 1, vec![0]) };
        let profiles = vec![ProfileParams::new("default", vec![0])];
        Engine::new(Arc::new(Params { providers: vec![provider], profiles, ..Params::default() }), 1)
    }

    fn asked(engine: &mut Engine, seconds: u64, outcome: Outcome) {
        let now = T0 + Duration::from_secs(seconds);
        let mut flight = engine.start(now, &Facts { model: Some("m"), ..Facts::new(0) }).unwrap();
        if let Decision::Try(_) = engine.decide(now, &mut flight) {
            engine.observe(now, &mut flight, &outcome);
        }
    }

    /// Its state and what is said of it.
    fn told(engine: &Engine, seconds: u64) -> (ProviderState, Option<String>) {
        let known = engine.snapshot(T0 + Duration::from_secs(seconds)).providers.remove(0);
        (state(&known, false), note(&known).map(|note| note.en))
    }

    /// It was told to be well right after a check that had said nobody listens there.
    #[test]
    fn a_provider_that_a_probe_did_not_reach_is_down_until_a_request_or_a_probe_is_answered() {
        let mut engine = engine();
        let refused = failures::of(Row::Refused.id()).unwrap().en;
        engine.probed(T0, T0, 1, Probe::Failed(Row::Refused));
        assert_eq!(told(&engine, 0), (ProviderState::Down, Some(refused.to_owned())));
        asked(&mut engine, 1, Outcome::Success);
        assert_eq!(told(&engine, 1), (ProviderState::Ok, None));
        let later = T0 + Duration::from_secs(2);
        engine.probed(later, later, 1, Probe::Failed(Row::Refused));
        assert_eq!(told(&engine, 2).0, ProviderState::Down);
        engine.probed(later, later, 1, Probe::Reached(Duration::ZERO));
        assert_eq!(told(&engine, 2), (ProviderState::Ok, None));
    }

    #[test]
    fn a_failure_is_told_until_the_next_success() {
        let mut engine = engine();
        asked(&mut engine, 0, Outcome::Failed(Verdict::of(Row::Refused, None)));
        assert_eq!(told(&engine, 0).0, ProviderState::Degraded);
        assert!(told(&engine, 0).1.is_some());
        asked(&mut engine, 1, Outcome::Success);
        assert_eq!(told(&engine, 1), (ProviderState::Ok, None));
    }

    /// It was told to be degraded, and nothing else.
    #[test]
    fn a_model_that_rests_is_told_as_the_reason() {
        let mut engine = engine();
        asked(&mut engine, 0, Outcome::Failed(Verdict::of(Row::ModelNotFound, None)));
        let (state, note) = told(&engine, 0);
        assert_eq!(state, ProviderState::Degraded);
        assert!(note.unwrap().starts_with("models that rest: 1"));
        assert!(engine.snapshot(T0).providers[0].health.refused_ago_ms.is_some());
    }
}
