//! Both ends of the admin socket against each other.

use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::client::AdminClient;
use super::server::{Admin, AdminSocket};
use super::*;
use crate::cli::error::exit;
use crate::i18n::Lang;
use crate::process::shutdown::{self, Phase};
use crate::store::record::RequestId;

#[derive(Default)]
struct Fake {
    ended: Mutex<Vec<String>>,
}

impl AdminHandler for Fake {
    fn status(&self) -> Status {
        Status { pid: 42, in_flight: 2, ..Status::default() }
    }

    fn start_run(&self, run: NewRun) -> Result<RunGrant, CliError> {
        if run.provider.as_deref() == Some("gone") {
            return Err(CliError::new("TG302", exit::FAILED, &crate::i18n::cli::NO_RECORD));
        }
        Ok(RunGrant {
            tag: format!("{}-tag", run.client),
            address: "http://127.0.0.1:7711".into(),
            key: Some(Secret::new("tg-canary")),
            own_login: false,
            protocols: vec!["anthropic".into()],
            providers: vec!["kimi".into()],
            profile: run.profile,
            certificate: None,
        })
    }

    fn records(&self) -> Records {
        let held = Record { project: Some("/p".into()), ..Record::blank(RequestId(7), "claude", "messages") };
        let problem = Text::new(&crate::i18n::records::FULL)
            .with("path", "/x")
            .with_words("cause", &crate::i18n::records::CAUSE_FULL);
        Records { problem: Some(problem), held: vec![held] }
    }

    fn reload(&self) -> Result<Reloaded, CliError> {
        Ok(Reloaded { version: 3, problem: None })
    }

    fn environment(&self, asked: &Asked) -> Seen {
        let env = crate::config::Env::from_pairs(std::path::Path::new("/h"), [("A_KEY", "canary")]);
        Seen::of(asked, &env, "salt".into())
    }

    fn forget(&self, asked: &Forget) -> Result<Forgotten, CliError> {
        Ok(Forgotten { count: asked.provider.as_ref().map_or(7, String::len) })
    }

    fn failover(&self, asked: &Failover) -> Result<FailoverStatus, CliError> {
        let profile = if let Failover::Switch { profile, .. } = asked { profile.clone() } else { String::new() };
        Ok(FailoverStatus { profile, ..FailoverStatus::default() })
    }

    fn queue(&self, _: &QueueAsk) -> Result<QueueTold, CliError> {
        Ok(QueueTold::default())
    }

    fn route(&self, asked: &RouteTest) -> Result<RouteTested, CliError> {
        Ok(RouteTested { priority: asked.headers.len() as i16, running: true, ..RouteTested::default() })
    }

    fn check(&self, asked: &Check) -> Result<Vec<ProviderStatus>, CliError> {
        Ok(asked
            .providers
            .iter()
            .map(|name| ProviderStatus { name: name.clone(), ..ProviderStatus::default() })
            .collect())
    }

    fn reset(&self, asked: &Reset) -> Result<ProviderStatus, CliError> {
        Ok(ProviderStatus { name: asked.provider.clone(), ..ProviderStatus::default() })
    }

    fn history(&self, _: &AskHistory) -> Result<History, CliError> {
        Ok(History::default())
    }

    fn end_run(&self, tag: &str) {
        self.ended.lock().push(tag.to_owned());
    }
}

struct Gateway {
    client: AdminClient,
    handler: Arc<Fake>,
    shutdown: shutdown::Shutdown,
    task: tokio::task::JoinHandle<()>,
    _dir: tempfile::TempDir,
}

fn gateway() -> Gateway {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("admin.sock");
    let socket = AdminSocket::bind(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let (stopper, shutdown) = shutdown::channel();
    let handler = Arc::new(Fake::default());
    let admin = Arc::new(Admin { handler: handler.clone(), stopper, drain: Duration::from_secs(30) });
    let task = tokio::spawn(async move {
        socket.serve(admin).await;
    });
    Gateway { client: AdminClient::new(path), handler, shutdown, task, _dir: dir }
}

async fn blocking<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(call).await.unwrap()
}

#[tokio::test]
async fn status_and_runs_make_the_round_trip() {
    let gateway = gateway();
    let client = gateway.client.clone();
    let (status, grant) = blocking(move || {
        let run = NewRun { client: "claude".into(), profile: Some("work".into()), ..NewRun::default() };
        let answers = (client.status().unwrap().unwrap(), client.start_run(&run).unwrap().unwrap());
        client.end_run("claude-tag");
        answers
    })
    .await;
    assert_eq!((status.pid, status.in_flight), (42, 2));
    assert_eq!(grant.tag, "claude-tag");
    assert_eq!(grant.key.as_ref().map(Secret::expose), Some("tg-canary"));
    assert_eq!(grant.profile.as_deref(), Some("work"));
    assert!(!format!("{grant:?}").contains("canary"));
    assert_eq!(*gateway.handler.ended.lock(), ["claude-tag"]);
}

#[tokio::test]
async fn the_environment_is_asked_about_by_name() {
    let gateway = gateway();
    let client = gateway.client.clone();
    let asked = Asked { names: ["A_KEY".to_owned(), "B_KEY".to_owned()].into() };
    let seen = blocking(move || client.environment(&asked).unwrap().unwrap()).await;
    let names: Vec<&str> = seen.variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["A_KEY"]);
}

#[tokio::test]
async fn what_was_learned_is_forgotten_of_one_provider_or_of_all() {
    let gateway = gateway();
    let ask = |provider: Option<&str>| {
        let (client, asked) = (gateway.client.clone(), Forget { provider: provider.map(str::to_owned) });
        tokio::task::spawn_blocking(move || client.forget(&asked).unwrap().unwrap().count)
    };
    assert_eq!((ask(None).await.unwrap(), ask(Some("kimi")).await.unwrap()), (7, 4));
}

#[tokio::test]
async fn records_that_cannot_be_written_are_asked_for_with_the_reason() {
    let gateway = gateway();
    let client = gateway.client.clone();
    let records = blocking(move || client.records().unwrap().unwrap()).await;
    assert!(records.problem.unwrap().say(Lang::Zh).contains("磁盘已满"));
    assert_eq!(records.held, gateway.handler.records().held);
}

#[tokio::test]
async fn a_refusal_arrives_as_the_error_it_is() {
    let gateway = gateway();
    let client = gateway.client.clone();
    let error =
        blocking(move || client.start_run(&NewRun { provider: Some("gone".into()), ..NewRun::default() }).unwrap_err())
            .await;
    assert_eq!(error.code, "TG302");
    assert_eq!(error.message.id(), crate::i18n::cli::NO_RECORD.id);
    assert_ne!(error.message.say(Lang::Zh), error.message.say(Lang::En));
}

#[tokio::test]
async fn stop_drains_first_and_now_when_told() {
    let mut gateway = gateway();
    let client = gateway.client.clone();
    let stopping = blocking(move || client.stop(false).unwrap().unwrap()).await;
    assert_eq!(stopping, Stopping { in_flight: 2, drain_s: 30 });
    gateway.shutdown.reached(Phase::Draining).await;
    assert_eq!(gateway.shutdown.phase(), Phase::Draining);
    let client = gateway.client.clone();
    blocking(move || client.stop(true).unwrap()).await;
    assert_eq!(gateway.shutdown.phase(), Phase::Now);
}

#[tokio::test]
async fn no_gateway_is_not_an_error_but_none() {
    let gateway = gateway();
    gateway.task.abort();
    assert!(gateway.task.await.unwrap_err().is_cancelled());
    let client = gateway.client.clone();
    assert!(blocking(move || client.status().unwrap()).await.is_none());
}

/// The committed description for other programs.
fn described() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../../../docs/reference/admin.openapi.json")).unwrap()
}

#[test]
fn every_call_is_described_and_every_described_call_exists() {
    let source = include_str!("server.rs");
    let arms = source.lines().filter_map(|line| line.trim().strip_prefix("(&Method::"));
    let served: std::collections::BTreeSet<String> = arms
        .filter_map(|arm| {
            let (method, rest) = arm.split_once(", ")?;
            let path = rest.split('"').nth(1)?;
            let path = if path.ends_with('/') { format!("{path}{{tag}}") } else { path.to_owned() };
            Some(format!("{} {path}", method.to_ascii_lowercase()))
        })
        .collect();
    let mut told = std::collections::BTreeSet::new();
    for (path, calls) in described()["paths"].as_object().unwrap() {
        told.extend(calls.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
    }
    assert!(served.contains("get /status") && served.contains("delete /runs/{tag}"), "{served:?}");
    assert_eq!(served, told);
}

fn to_json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn what_is_answered_has_the_fields_that_are_described() {
    let described = described();
    let check = |name: &str, value: serde_json::Value| {
        let properties = described["components"]["schemas"][name]["properties"].as_object().unwrap();
        let (mut told, mut sent): (Vec<_>, Vec<_>) =
            (properties.keys().collect(), value.as_object().unwrap().keys().collect());
        told.sort();
        sent.sort();
        assert_eq!(sent, told, "{name}");
    };
    check("Status", to_json(&Status::default()));
    check("FailoverStatus", to_json(&FailoverStatus::default()));
    check("ProviderStatus", to_json(&ProviderStatus::default()));
    check("HealthSnapshot", to_json(&ProviderStatus::default().health));
    check("KeyStatus", to_json(&KeyStatus::default()));
    check("History", to_json(&History::default()));
    check("Check", to_json(&Check::default()));
    check("Reset", to_json(&Reset::default()));
    check("AskHistory", to_json(&AskHistory::default()));
    check("Forget", to_json(&Forget::default()));
    check("NewRun", to_json(&NewRun::default()));
    check("Records", to_json(&Records::default()));
    check("Stop", to_json(&Stop::default()));
    check("Stopping", to_json(&Stopping { in_flight: 0, drain_s: 0 }));
}
