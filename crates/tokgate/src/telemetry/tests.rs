#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::{self, Write};

use parking_lot::Mutex;
use tracing::subscriber::with_default;

use super::*;
use crate::config::model::{LogKeep, Retention};
use crate::secret::Secret;

/// What was written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self, sink: &Sink) -> String {
        sink.flush();
        String::from_utf8(self.0.lock().clone()).unwrap()
    }
}

fn log(level: LogLevel, format: LogFormat) -> Log {
    let keep = LogKeep { requests: Retention::Count(1), max_size: 1 };
    Log { level, format, access_log: true, keep }
}

fn kept() -> (Kept, Sink) {
    let kept = Kept::default();
    let sink = Sink::to(kept.clone()).unwrap();
    (kept, sink)
}

#[test]
fn the_level_and_the_form_change_while_running() {
    let (kept, sink) = kept();
    let (subscriber, telemetry) = subscriber(&log(LogLevel::Info, LogFormat::Pretty), sink.clone(), Arc::default());
    with_default(subscriber, || {
        tracing::debug!("unseen");
        tracing::info!(port = 7711, "listening");
        telemetry.apply(&log(LogLevel::Debug, LogFormat::Json));
        tracing::debug!(port = 7711, name = "x", "seen");
        telemetry.apply(&log(LogLevel::Error, LogFormat::Json));
        tracing::warn!("unseen");
    });
    let text = kept.text(&sink);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!(&lines[0][8..], " INFO  listening port=7711");
    let json: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(json["message"], "seen");
    assert_eq!(json["level"], "debug");
    assert_eq!(json["port"], 7711);
    assert_eq!(json["name"], "x");
}

#[test]
fn libraries_are_heard_only_when_something_is_wrong() {
    let (kept, sink) = kept();
    let (subscriber, _telemetry) = subscriber(&log(LogLevel::Trace, LogFormat::Pretty), sink.clone(), Arc::default());
    with_default(subscriber, || {
        tracing::trace!(target: "hyper::proto", "authorization: …");
        tracing::warn!(target: "hyper::proto", "odd");
        tracing::trace!(target: "tokgate::proxy", "ours");
    });
    let text = kept.text(&sink);
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn no_secret_reaches_the_log_and_no_line_is_torn() {
    for format in [LogFormat::Pretty, LogFormat::Json] {
        let (kept, sink) = kept();
        let redactor = Arc::new(Redactor::default());
        redactor.register([&Secret::new("canary-\"quoted\"-value")]);
        let (subscriber, _telemetry) = subscriber(&log(LogLevel::Info, format), sink.clone(), redactor);
        with_default(subscriber, || {
            let error = io::Error::other("upstream said canary-\"quoted\"-value");
            tracing::error!(error = &error as &dyn std::error::Error, "failed with canary-\"quoted\"-value");
            tracing::info!(key = ?"canary-\"quoted\"-value", "line\nbreak\x1b[31m");
        });
        let text = kept.text(&sink);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(!text.contains("quoted"), "{text}");
        assert!(!text.contains('\x1b'), "{text}");
        assert_eq!(text.matches("[redacted]").count(), 3, "{text}");
    }
}

#[test]
fn a_panic_is_reported_without_the_secret_in_it() {
    let (kept, sink) = kept();
    let redactor = Arc::new(Redactor::default());
    redactor.register([&Secret::new("canary-value-1")]);
    let before = std::panic::take_hook();
    std::panic::set_hook(panic_hook(sink.clone(), redactor));
    let thread = std::thread::Builder::new().name("some-thread".to_owned());
    let ended = thread.spawn(|| panic!("bad key canary-value-1")).unwrap().join();
    std::panic::set_hook(before);
    assert!(ended.is_err());
    let text = kept.text(&sink);
    assert!(text.contains("panic in some-thread: bad key [redacted] ("), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

/// A terminal that stands still.
struct Stuck(Arc<Mutex<()>>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        drop(self.0.lock());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_terminal_that_stands_still_holds_nobody_up() {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock();
    let sink = Sink::to(Stuck(Arc::clone(&gate))).unwrap();
    let line = format!("{}\n", "x".repeat(1 << 16));
    // Far more than the buffer holds; this returns although nothing can be written.
    for _ in 0..100 {
        sink.write(&line);
    }
    drop(closed);
    sink.flush();
}

#[test]
fn lines_that_found_no_room_are_counted_in_the_log() {
    let (kept, sink) = kept();
    sink.write(&"x\n".repeat(1 << 20));
    sink.write("after\n");
    assert_eq!(kept.text(&sink), "after\n(1048576 log lines lost: the log could not be written)\n");
}
