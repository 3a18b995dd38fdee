//! The gateway's own log: where lines go, how they look, and that no secret is in them.
//!
//! The request log is not made here: request lines come from records (`store`), after the request.

mod lines;
mod looks;
pub mod redact;
pub mod rotate;
pub mod sink;

use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::tz::TimeZone;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::SetGlobalDefaultError;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::{Registry, reload};

use crate::config::model::{Log, LogFormat, LogLevel};
use crate::telemetry::lines::Lines;
use crate::telemetry::redact::Redactor;
use crate::telemetry::sink::Sink;

/// What all our crates' targets begin with.
const OURS: &str = "tokgate";

/// The running log; changes it when the configuration changes.
#[derive(Debug, Clone)]
pub struct Telemetry {
    level: reload::Handle<Targets, Registry>,
    json: Arc<AtomicBool>,
}

impl Telemetry {
    /// Takes level and format over.
    pub fn apply(&self, log: &Log) {
        self.json.store(log.format == LogFormat::Json, Ordering::Relaxed);
        // Fails only when the subscriber is gone, and then nothing logs.
        let _ = self.level.reload(targets(log.level));
    }
}

/// Makes this log the process's, and reports panics through it.
pub fn start(log: &Log, sink: &Sink, redactor: &Arc<Redactor>) -> Result<Telemetry, SetGlobalDefaultError> {
    let (subscriber, telemetry) = subscriber(log, sink.clone(), Arc::clone(redactor));
    tracing::subscriber::set_global_default(subscriber)?;
    std::panic::set_hook(panic_hook(sink.clone(), Arc::clone(redactor)));
    Ok(telemetry)
}

fn panic_hook(sink: Sink, redactor: Arc<Redactor>) -> Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> {
    Box::new(move |info| report_panic(info, &sink, &redactor))
}

fn subscriber(log: &Log, sink: Sink, redactor: Arc<Redactor>) -> (impl Subscriber + Send + Sync, Telemetry) {
    let json = Arc::new(AtomicBool::new(log.format == LogFormat::Json));
    let (filter, level) = reload::Layer::new(targets(log.level));
    let lines = Lines { sink, redactor, json: Arc::clone(&json), zone: TimeZone::system() };
    (tracing_subscriber::registry().with(lines.with_filter(filter)), Telemetry { level, json })
}

/// Our own events at the configured level; libraries only when something is wrong, for at finer levels they print
/// header values.
fn targets(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_default(level.min(LevelFilter::WARN)).with_target(OURS, level)
}

/// A panic ends one task, not the gateway; its message may hold anything.
fn report_panic(info: &PanicHookInfo<'_>, sink: &Sink, redactor: &Redactor) {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    let text = format!("panic in {}: {message} ({place})", thread.name().unwrap_or("a thread"));
    sink.write(&lines::bare("ERROR", &redactor.clean(&text)));
    sink.flush();
}

#[cfg(test)]
mod tests;
