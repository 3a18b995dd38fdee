//! One gateway with a folder of its own, in this process. Several live side by side.

use std::future::Future;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokgate::cli::gateway::{Ready, Start};
use tokgate::config::{self, Env, Overrides};
use tokgate::gateway::Gateway;
use tokgate::gateway::serve::Running;
use tokgate::gateway::status::Handler;
use tokgate::i18n::Lang;
use tokgate::process::shutdown::{self, Phase, Reload, Stopper};
use tokgate::store::query::{Filter, Reader};
use tokgate::store::record::Record;
use tokgate::upstream::{Resolve, SystemResolver};
use tokgate_simulator::{Options, Protocol, Simulator};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// The key callers show.
pub(crate) const LOCAL_KEY: &str = "tg-local-7Qm2xV9kLp4Rz8Ws";
/// Far beyond what any test needs; only a hung test meets it.
const GUARD: Duration = Duration::from_secs(300);
/// Streams that a stopping gateway lets finish; longer than any test.
const DRAIN: Duration = Duration::from_secs(120);

/// Fails the test instead of hanging it.
pub(crate) async fn guarded<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, work).await.expect("the test hangs")
}

/// A provider of plain HTTP/1.1.
pub(crate) async fn provider() -> tokgate_simulator::Running {
    Simulator::start(Options::default()).await.unwrap()
}

/// `[provider.NAME]` for a simulator.
pub(crate) fn section(name: &str, protocol: Protocol, url: &str, more: &str) -> String {
    // Anthropic's base has no version, the others end in theirs.
    let version = if protocol == Protocol::Anthropic { "" } else { "/v1" };
    format!(
        "[provider.{name}]\ntype = \"{}\"\nurl = \"{url}{version}\"\nhttp_proxy = \"none\"\n{more}\n",
        protocol.id()
    )
}

/// A gateway.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) handler: Arc<Handler>,
    pub(crate) stopper: Stopper,
    config: PathBuf,
    database: PathBuf,
    reload: Reload,
    reloads: watch::Receiver<u64>,
    serving: JoinHandle<()>,
    /// Goes with the house, unless the house is opened again.
    folder: Option<TempDir>,
}

impl House {
    /// Starts one with these sections, the local key and a free port.
    pub(crate) async fn open(sections: &str) -> Self {
        Self::with_server("", sections).await
    }

    /// The same with further lines in `[server]`.
    pub(crate) async fn with_server(server: &str, sections: &str) -> Self {
        Self::speaking(Lang::En, server, sections).await
    }

    /// The same in a language.
    pub(crate) async fn speaking(lang: Lang, server: &str, sections: &str) -> Self {
        Self::naming(Arc::new(SystemResolver), lang, server, sections).await
    }

    /// The same with another source of addresses.
    pub(crate) async fn naming(names: Arc<dyn Resolve>, lang: Lang, server: &str, sections: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        write(&config, &text(server, sections));
        Self::inside(folder, names, lang).await
    }

    /// Starts one with what is in the folder.
    async fn inside(folder: TempDir, names: Arc<dyn Resolve>, lang: Lang) -> Self {
        let config = folder.path().join("config.toml");
        let env = Env::from_pairs::<String, String>(folder.path(), []);
        let paths = config::paths(&env, Some(&config));
        std::fs::create_dir_all(&paths.data_dir).unwrap();
        std::fs::create_dir_all(&paths.state_dir).unwrap();
        let loaded = config::load(&paths, Some(&config), &env, &Overrides::default())
            .unwrap_or_else(|rejected| panic!("{}", config::render(&rejected, Lang::En, false)));
        let database = paths.data_dir.join("tokgate.db");
        let (stopper, shutdown) = shutdown::channel();
        let (ready, _) = Ready::channel();
        let reload: Reload = Arc::new(Notify::new());
        let start = Start {
            loaded,
            paths,
            explicit: Some(config.clone()),
            env,
            flags: Overrides::default(),
            lang,
            background: true,
            drain: DRAIN,
            ready,
            shutdown,
            reload: Arc::clone(&reload),
        };
        let (running, rest) = Running::with_resolver(start, names).await.unwrap_or_else(|error| panic!("{error:?}"));
        let handler = Arc::clone(running.handler());
        let address = handler.addresses.lock()[0].strip_prefix("http://").unwrap().parse().unwrap();
        let reloads = running.reloads();
        let serving = tokio::spawn(running.run(rest));
        Self { address, handler, stopper, config, database, reload, reloads, serving, folder: Some(folder) }
    }

    /// What requests share.
    pub(crate) fn gateway(&self) -> &Arc<Gateway> {
        &self.handler.gateway
    }

    /// Every record so far, oldest first.
    pub(crate) async fn records(&self) -> Vec<Record> {
        let (recorder, database) = (self.gateway().recorder().clone(), self.database.clone());
        let read = move || {
            recorder.flush();
            Reader::open(&database).map_or_else(|_| Vec::new(), |reader| reader.list(&Filter::default()).unwrap())
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    /// The record of one request, which may still be ending.
    pub(crate) async fn record(&self, id: &str) -> Record {
        guarded(async {
            loop {
                if let Some(record) = self.records().await.into_iter().find(|record| record.id.to_string() == id) {
                    return record;
                }
            }
        })
        .await
    }

    /// Replaces the sections and waits until `done`, which is asked after each time the gateway has read the file.
    pub(crate) async fn reconfigure(&mut self, sections: &str, done: impl Fn(&Self) -> bool) {
        let next = self.config.with_extension("next");
        write(&next, &text("", sections));
        std::fs::rename(&next, &self.config).unwrap();
        self.reload.notify_one();
        while !done(self) {
            guarded(self.reloads.changed()).await.unwrap();
        }
    }

    /// The whole file as given, or none; waits until `done`.
    pub(crate) async fn leave(&mut self, whole: Option<&str>, done: impl Fn(&Self) -> bool) {
        match whole {
            Some(whole) => write(&self.config, whole),
            None => std::fs::remove_file(&self.config).unwrap(),
        }
        self.reload.notify_one();
        while !done(self) {
            guarded(self.reloads.changed()).await.unwrap();
        }
    }

    /// Stops it in good order and waits for its end.
    pub(crate) async fn stop(mut self) {
        self.end().await;
    }

    /// The same, and starts it again with what it has left behind.
    pub(crate) async fn restart(mut self) -> Self {
        self.end().await;
        Self::inside(self.folder.take().unwrap(), Arc::new(SystemResolver), Lang::En).await
    }

    async fn end(&mut self) {
        self.stopper.advance(Phase::Draining);
        (&mut self.serving).await.unwrap();
    }
}

impl Drop for House {
    /// Nobody writes any more when the folder goes.
    fn drop(&mut self) {
        self.serving.abort();
        self.gateway().recorder().close();
    }
}

fn text(server: &str, sections: &str) -> String {
    // No test waits for real time longer than it must: those that look at waiting say how long.
    let hold = if sections.contains("[hold]") { "" } else { "[hold]\nmax = \"5s\"\n" };
    let health = if sections.contains("[health]") { "" } else { "[health]\nenabled = false\n" };
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nlocal_key = \"{LOCAL_KEY}\"\n{server}\n[log]\nlevel = \"error\"\naccess_log = false\n{health}{hold}{sections}"
    )
}

/// The file holds keys, so nobody else may read it.
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
