//! The commands' end of the admin socket: blocking, without a runtime, so that `status` starts in a millisecond.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    AskHistory, Check, Failover, FailoverStatus, Forget, Forgotten, History, NewRun, ProviderStatus, QueueAsk,
    QueueTold, Records, Reloaded, Reset, RouteTest, RouteTested, RunGrant, Status, Stop, Stopping,
};
use crate::cli::error::{CliError, Text, exit};
use crate::i18n;
use crate::process::environment::{Asked, Seen};

/// Longest wait for an answer. The gateway answers from memory.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same where it asks providers first, or reads its configuration: a little more than it may take for that.
const CHECK_PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer: a status with thousands of runs and providers is far below.
const ANSWER_MAX: u64 = 8 << 20;

/// Asks the gateway of one instance.
#[derive(Debug, Clone)]
pub struct AdminClient {
    socket: PathBuf,
}

impl AdminClient {
    /// A client of the gateway behind this socket; connects at each call.
    pub fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// How it is; `None` when no gateway runs.
    pub fn status(&self) -> Result<Option<Status>, CliError> {
        self.ask("GET", "/status", Vec::new())
    }

    /// Tells it to stop; `None` when no gateway runs.
    pub fn stop(&self, now: bool) -> Result<Option<Stopping>, CliError> {
        self.ask("POST", "/stop", self.encode(&Stop { now })?)
    }

    /// Registers a run; `None` when no gateway runs.
    pub fn start_run(&self, run: &NewRun) -> Result<Option<RunGrant>, CliError> {
        self.ask("POST", "/runs", self.encode(run)?)
    }

    /// What it has of these variables; `None` when no gateway runs.
    pub fn environment(&self, asked: &Asked) -> Result<Option<Seen>, CliError> {
        self.ask("POST", "/environment", self.encode(asked)?)
    }

    /// Has it write the records that wait; `None` when no gateway runs.
    pub fn records(&self) -> Result<Option<Records>, CliError> {
        self.ask("POST", "/records", Vec::new())
    }

    /// Has it forget what providers were found not to take; `None` when no gateway runs.
    pub fn forget(&self, forget: &Forget) -> Result<Option<Forgotten>, CliError> {
        self.ask("POST", "/learned/forget", self.encode(forget)?)
    }

    /// Has it switch between profiles; `None` when no gateway runs.
    pub fn failover(&self, asked: &Failover) -> Result<Option<FailoverStatus>, CliError> {
        self.ask("POST", "/failover", self.encode(asked)?)
    }

    /// Has it read its configuration again; `None` when no gateway runs.
    pub fn reload(&self) -> Result<Option<Reloaded>, CliError> {
        self.ask_within(CHECK_PATIENCE, "POST", "/config/reload", Vec::new())
    }

    /// Has it look at jobs or change them; `None` when no gateway runs.
    pub fn queue(&self, asked: &QueueAsk) -> Result<Option<QueueTold>, CliError> {
        self.ask("POST", "/queue", self.encode(asked)?)
    }

    /// What would become of a request; `None` when no gateway runs.
    pub fn route(&self, asked: &RouteTest) -> Result<Option<RouteTested>, CliError> {
        self.ask("POST", "/route/test", self.encode(asked)?)
    }

    /// Has it look at providers now; `None` when no gateway runs.
    pub fn check(&self, asked: &Check) -> Result<Option<Vec<ProviderStatus>>, CliError> {
        self.ask_within(CHECK_PATIENCE, "POST", "/health/check", self.encode(asked)?)
    }

    /// Has it forget how a provider or a key stands; `None` when no gateway runs.
    pub fn reset(&self, asked: &Reset) -> Result<Option<ProviderStatus>, CliError> {
        self.ask("POST", "/health/reset", self.encode(asked)?)
    }

    /// What a provider has answered; `None` when no gateway runs.
    pub fn history(&self, asked: &AskHistory) -> Result<Option<History>, CliError> {
        self.ask("POST", "/health/history", self.encode(asked)?)
    }

    /// Ends a run; a gateway that is gone has forgotten it anyway.
    pub fn end_run(&self, tag: &str) {
        let _ = self.ask::<()>("DELETE", &format!("/runs/{tag}"), Vec::new());
    }

    fn encode(&self, body: &impl Serialize) -> Result<Vec<u8>, CliError> {
        serde_json::to_vec(body).map_err(|error| self.failed(&error))
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, path: &str, body: Vec<u8>) -> Result<Option<T>, CliError> {
        self.ask_within(PATIENCE, method, path, body)
    }

    fn ask_within<T: DeserializeOwned>(
        &self,
        patience: Duration,
        method: &str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Option<T>, CliError> {
        let stream = match UnixStream::connect(&self.socket) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                return Ok(None);
            }
            Err(error) => return Err(self.failed(&error)),
        };
        let answer = exchange(stream, patience, method, path, &body).map_err(|error| self.failed(&error))?;
        let (status, body) = split(&answer).ok_or_else(|| self.failed(&"?"))?;
        if !(200..300).contains(&status) {
            return Err(serde_json::from_slice(body).unwrap_or_else(|_| self.failed(&status)));
        }
        serde_json::from_slice(body).map(Some).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> CliError {
        CliError::new("TG204", exit::FAILED, Text::new(&i18n::process::ADMIN_FAILED).with("error", error))
            .at(self.socket.display())
            .run("tokgate stop --now && tokgate up -d")
    }
}

fn exchange(mut stream: UnixStream, patience: Duration, method: &str, path: &str, body: &[u8]) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let length = body.len();
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nhost: tokgate\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")
            .into_bytes();
    request.extend_from_slice(body);
    // In one piece, and no body where none is read: the gateway closes as soon as it has answered.
    stream.write_all(&request)?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer)?;
    Ok(answer)
}

/// Status and body. The server closes after each answer and always sends a length, so the rest is the body.
fn split(answer: &[u8]) -> Option<(u16, &[u8])> {
    let end = memchr::memmem::find(answer, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, &answer[end + 4..]))
}
