//! The gateway's end of the admin socket.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use super::{AdminHandler, Stop, Stopping};
use crate::cli::error::{CliError, exit};
use crate::i18n;
use crate::process::shutdown::{Phase, Stopper};

/// Connections at once. Each carries one small request; more wait in the socket's queue.
const CONNECTIONS_MAX: usize = 32;
/// Largest request body: a run with long paths is under a tenth of it.
const BODY_MAX: usize = 64 << 10;
/// One exchange takes milliseconds; whoever is slower is not one of our commands.
const EXCHANGE_MAX: Duration = Duration::from_secs(10);
/// Pause after a failed accept: out of descriptors, others must end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The bound socket; its file goes away with it.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl AdminSocket {
    /// Binds the socket. The caller holds the gateway lock, so a file that is there belongs to a dead gateway.
    pub fn bind(path: &Path) -> io::Result<Self> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path: path.to_owned() })
    }

    /// Serves until dropped.
    pub async fn serve(self, admin: Arc<Admin>) -> Infallible {
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                return std::future::pending().await; // never closed
            };
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let admin = Arc::clone(&admin);
            tokio::spawn(async move {
                // A command that went away has no use for the reason.
                let _ = tokio::time::timeout(EXCHANGE_MAX, exchange(stream, admin)).await;
                drop(slot);
            });
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// What the admin interface acts on.
pub struct Admin {
    /// The gateway.
    pub handler: Arc<dyn AdminHandler>,
    /// Ends it.
    pub stopper: Stopper,
    /// How long it drains.
    pub drain: Duration,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("drain", &self.drain).finish_non_exhaustive()
    }
}

async fn exchange(stream: UnixStream, admin: Arc<Admin>) {
    if !same_user(&stream) {
        return;
    }
    let service = service_fn(move |request| {
        let admin = Arc::clone(&admin);
        async move { Ok::<_, Infallible>(admin.answer(request).await) }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The folder already keeps others out; this also holds where a socket's mode is not looked at.
fn same_user(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw() || peer.uid() == 0)
}

type Answer = Response<Full<Bytes>>;

impl Admin {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        match (request.method(), path.as_str()) {
            (&Method::GET, "/status") => json(StatusCode::OK, &self.handler.status()),
            (&Method::POST, "/stop") => match body::<Stop>(request).await {
                Ok(stop) => json(StatusCode::OK, &self.stop(&stop)),
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/runs") => match body(request).await.map(|run| self.handler.start_run(run)) {
                Ok(Ok(grant)) => json(StatusCode::CREATED, &grant),
                Ok(Err(error)) => json(StatusCode::CONFLICT, &error),
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/environment") => match body(request).await {
                Ok(asked) => json(StatusCode::OK, &self.handler.environment(&asked)),
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/learned/forget") => match body(request).await.map(|asked| self.handler.forget(&asked)) {
                Ok(Ok(forgotten)) => json(StatusCode::OK, &forgotten),
                Ok(Err(error)) => json(StatusCode::CONFLICT, &error),
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/failover") => match body(request).await {
                Ok(asked) => self.blocking(move |handler| outcome(handler.failover(&asked))).await,
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/queue") => match body(request).await {
                Ok(asked) => self.blocking(move |handler| outcome(handler.queue(&asked))).await,
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/route/test") => match body(request).await.map(|asked| self.handler.route(&asked)) {
                Ok(Ok(tested)) => json(StatusCode::OK, &tested),
                Ok(Err(error)) => json(StatusCode::CONFLICT, &error),
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/health/check") => match body(request).await {
                Ok(asked) => self.blocking(move |handler| outcome(handler.check(&asked))).await,
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/health/reset") => match body(request).await {
                Ok(asked) => self.blocking(move |handler| outcome(handler.reset(&asked))).await,
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/health/history") => match body(request).await.map(|asked| self.handler.history(&asked)) {
                Ok(result) => outcome(result),
                Err(error) => json(StatusCode::BAD_REQUEST, &error),
            },
            (&Method::POST, "/config/reload") => self.blocking(|handler| outcome(handler.reload())).await,
            (&Method::POST, "/records") => self.blocking(|handler| json(StatusCode::OK, &handler.records())).await,
            (&Method::DELETE, path) if path.starts_with("/runs/") => {
                self.handler.end_run(&path["/runs/".len()..]);
                json(StatusCode::OK, &())
            }
            (method, path) => json(
                StatusCode::NOT_FOUND,
                &CliError::new("TG204", exit::FAILED, &i18n::process::ADMIN_UNKNOWN).at(format!("{method} {path}")),
            ),
        }
    }

    /// Apart from the threads that serve: it waits for the disk.
    async fn blocking(&self, work: impl FnOnce(&dyn AdminHandler) -> Answer + Send + 'static) -> Answer {
        let handler = Arc::clone(&self.handler);
        tokio::task::spawn_blocking(move || work(&*handler)).await.unwrap_or_else(|error| {
            let error = CliError::new("TG204", exit::FAILED, &i18n::process::ADMIN_UNREADABLE).at(error);
            json(StatusCode::INTERNAL_SERVER_ERROR, &error)
        })
    }

    fn stop(&self, stop: &Stop) -> Stopping {
        let in_flight = self.handler.status().in_flight;
        self.stopper.advance(if stop.now { Phase::Now } else { Phase::Draining });
        Stopping { in_flight, drain_s: self.drain.as_secs() }
    }
}

async fn body<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, CliError> {
    let refused = |error: &dyn std::fmt::Display| {
        CliError::new("TG204", exit::FAILED, &i18n::process::ADMIN_UNREADABLE).at(error)
    };
    let bytes =
        Limited::new(request.into_body(), BODY_MAX).collect().await.map_err(|error| refused(&error))?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|error| refused(&error))
}

/// What was asked for, or why it cannot be.
fn outcome(result: Result<impl Serialize, CliError>) -> Answer {
    match result {
        Ok(value) => json(StatusCode::OK, &value),
        Err(error) => json(StatusCode::CONFLICT, &error),
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer
}
