//! A gateway that lives on without a terminal: starting it once, and hearing from it that it is ready.
//!
//! The starter spawns this program again with a hidden command. The child leaves the terminal (`setsid`), writes its log
//! to a file and sends one line through its standard output: ready, or why not. Two starters at once wait for each other
//! on a lock, and the second finds the gateway of the first.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::admin::Status;
use super::admin::client::AdminClient;
use super::folders::Instance;
use super::lock::Lock;
use crate::cli::error::{CliError, Text, exit};
use crate::i18n;

/// Longest start: opening and migrating a large database on a slow disk.
const START_MAX: Duration = Duration::from_secs(30);
/// Above this size the log is set aside at the next start; one old one is kept.
const LOG_MAX: u64 = 8 << 20;
/// How much of the log's end is shown when the child dies without a word.
const LOG_TAIL: u64 = 2_000;
/// Longest handshake line; a status is a few KiB.
const LINE_MAX: u64 = 4 << 20;
/// While another process is starting the gateway in the foreground: how often and how many times it is asked.
const ASK_AGAIN: (Duration, u32) = (Duration::from_millis(100), 100);

/// Code of the error that says that another gateway has the lock.
pub const ALREADY_UP: &str = "TG205";

/// What the child says, once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handshake {
    /// It serves.
    Ready(Box<Status>),
    /// It does not, and why.
    Failed(Box<CliError>),
}

impl Handshake {
    /// Says it. Nobody may be listening any more; that is their choice.
    pub fn send(&self) {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        let mut out = io::stdout().lock();
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}

/// A gateway that runs.
#[derive(Debug)]
pub struct Running {
    /// How it is.
    pub status: Status,
    /// Whether this call started it.
    pub started: bool,
}

/// The running gateway, started when there is none. `command` is this program with its hidden command; standard streams
/// and directory are set here.
pub fn ensure(instance: &Instance, client: &AdminClient, command: Command) -> Result<Running, CliError> {
    if let Some(status) = client.status()? {
        return usable(status);
    }
    instance.prepare()?;
    let _starting =
        Lock::wait(&instance.start_lock()).map_err(|error| CliError::file(&instance.start_lock(), &error))?;
    if let Some(status) = client.status()? {
        return usable(status);
    }
    match start(instance, command)? {
        Handshake::Ready(status) => Ok(Running { status: *status, started: true }),
        Handshake::Failed(error) if error.code == ALREADY_UP => wait_for_other(client).ok_or(*error),
        Handshake::Failed(error) => Err(*error),
    }
}

/// A gateway that is stopping takes no new requests: whoever wants one must wait or end it.
fn usable(status: Status) -> Result<Running, CliError> {
    match refuse_stopping(&status) {
        Some(error) => Err(error),
        None => Ok(Running { status, started: false }),
    }
}

/// The error for a gateway that is stopping.
pub fn refuse_stopping(status: &Status) -> Option<CliError> {
    status.draining.then(|| {
        let words = Text::new(&i18n::process::STOPPING).with("count", status.in_flight);
        CliError::new("TG213", exit::FAILED, words).at(&status.address).run("tokgate stop --now && tokgate up -d")
    })
}

/// Somebody has the lock but does not answer yet: a gateway that is just starting.
fn wait_for_other(client: &AdminClient) -> Option<Running> {
    let (pause, times) = ASK_AGAIN;
    for _ in 0..times {
        if let Ok(Some(status)) = client.status() {
            return Some(Running { status, started: false });
        }
        std::thread::sleep(pause);
    }
    None
}

fn start(instance: &Instance, mut command: Command) -> Result<Handshake, CliError> {
    let path = instance.log();
    let log = open_log(&path).map_err(|error| CliError::file(&path, &error))?;
    let from = log.metadata().map_or(0, |meta| meta.len());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).current_dir(instance.folder());
    let mut child = command.spawn().map_err(|error| failed(&path, &error))?;
    let said = child.stdout.take().and_then(listen);
    match said {
        Some(handshake) => Ok(handshake),
        None => Err(died(&mut child, &path, from)),
    }
}

/// The first line of the child, or `None` when it ends or takes too long.
fn listen(stdout: ChildStdout) -> Option<Handshake> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(stdout.take(LINE_MAX)).read_line(&mut line);
        let _ = sender.send(line);
    });
    serde_json::from_str(&receiver.recv_timeout(START_MAX).ok()?).ok()
}

fn died(child: &mut Child, log: &Path, from: u64) -> CliError {
    // A child that is stuck must not come up later, when nobody expects it.
    let _ = child.kill();
    let _ = child.wait();
    let words = tail(log, from).unwrap_or_default();
    failed(log, &words.trim())
}

fn failed(log: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::new("TG206", exit::FAILED, Text::new(&i18n::process::START_FAILED).with("error", error))
        .at(log.display())
        .run("tokgate up")
}

fn open_log(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|meta| meta.len() > LOG_MAX) {
        fs::rename(path, path.with_extension("log.1"))?;
    }
    super::folders::repair_file(path)?;
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// What was written after `from`, its last part.
fn tail(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let end = file.metadata()?.len();
    file.seek(SeekFrom::Start(from.max(end.saturating_sub(LOG_TAIL))))?;
    let mut bytes = Vec::new();
    file.take(LOG_TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    fn instance(dir: &tempfile::TempDir) -> (Instance, AdminClient) {
        let paths = crate::config::paths(&crate::config::Env::from_pairs(dir.path(), [("", ""); 0]), None);
        let instance = Instance::from(&paths);
        let client = AdminClient::new(instance.socket());
        (instance, client)
    }

    fn shell(script: String) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script);
        command
    }

    #[test]
    fn the_child_says_that_it_is_ready() {
        let dir = tempfile::tempdir().unwrap();
        let (instance, client) = instance(&dir);
        let status = Status { pid: 9, ..Status::default() };
        let line = serde_json::to_string(&Handshake::Ready(Box::new(status))).unwrap();
        let running = ensure(&instance, &client, shell(format!("echo '{line}'"))).unwrap();
        assert!(running.started);
        assert_eq!(running.status.pid, 9);
    }

    #[test]
    fn the_reason_of_a_failed_start_reaches_the_user() {
        let dir = tempfile::tempdir().unwrap();
        let (instance, client) = instance(&dir);
        let error = CliError::new("TG201", exit::ADDRESS, &i18n::process::FILE_FIX);
        let line = serde_json::to_string(&Handshake::Failed(Box::new(error))).unwrap();
        let error = ensure(&instance, &client, shell(format!("echo '{line}'"))).unwrap_err();
        assert_eq!((error.code.as_ref(), error.exit), ("TG201", exit::ADDRESS));
    }

    #[test]
    fn a_child_that_dies_without_a_word_leaves_its_last_ones() {
        let dir = tempfile::tempdir().unwrap();
        let (instance, client) = instance(&dir);
        instance.prepare().unwrap();
        fs::write(instance.log(), "an old line\n").unwrap();
        let error = ensure(&instance, &client, shell("echo out of cheese >&2; exit 3".into())).unwrap_err();
        let text = error.lines(Lang::En);
        assert!(text.contains("TG206") && text.contains("out of cheese") && !text.contains("an old line"), "{text}");
    }
}
