//! An event as a line of the log.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::clock;
use crate::store::format::{iso, timestamp};
use crate::store::visible::{visible, visible_json};
use crate::telemetry::redact::Redactor;
use crate::telemetry::sink::Sink;

/// Longest line, bytes; what is longer came from outside.
const LINE_MAX: usize = 16 << 10;

/// Writes events to the log.
pub(super) struct Lines {
    pub(super) sink: Sink,
    pub(super) redactor: Arc<Redactor>,
    pub(super) json: Arc<AtomicBool>,
    pub(super) zone: TimeZone,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let now = clock::unix_ms();
        let line = match self.json.load(Ordering::Relaxed) {
            true => self.json_line(event, now),
            false => self.pretty_line(event, now),
        };
        self.sink.write(&line);
    }
}

impl Lines {
    /// `14:50:02 WARN  message name=value`
    fn pretty_line(&self, event: &Event<'_>, now: u64) -> String {
        let mut fields = PrettyFields::default();
        event.record(&mut fields);
        let time = self.zone.to_datetime(timestamp(now)).strftime("%H:%M:%S").to_string();
        let text = format!("{}{}", fields.message, fields.others);
        let clean = self.redactor.clean(&text);
        format!("{time} {:<5} {}\n", event.metadata().level(), visible(clip(&clean)))
    }

    /// `{"time":…,"level":…,"target":…,"message":…, …}`
    fn json_line(&self, event: &Event<'_>, now: u64) -> String {
        let metadata = event.metadata();
        let mut fields = JsonFields { redactor: &self.redactor, map: Map::new() };
        fields.map.insert("time".to_owned(), iso(now).into());
        fields.map.insert("level".to_owned(), level(metadata.level()).into());
        fields.map.insert("target".to_owned(), metadata.target().into());
        event.record(&mut fields);
        let json = Value::Object(fields.map).to_string();
        format!("{}\n", visible_json(&json))
    }
}

/// A line without an event behind it.
pub(super) fn bare(level: &str, text: &str) -> String {
    format!("{} {level:<5} {}\n", iso(clock::unix_ms()), visible(clip(text)))
}

fn level(level: &Level) -> &'static str {
    match *level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(LINE_MAX)]
}

/// Message and `name=value` pairs.
#[derive(Default)]
struct PrettyFields {
    message: String,
    others: String,
}

impl Visit for PrettyFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.others, " {name}={value:?}"),
        };
    }
}

/// Fields as JSON values.
struct JsonFields<'r> {
    redactor: &'r Redactor,
    map: Map<String, Value>,
}

impl JsonFields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        self.map.insert(field.name().to_owned(), value);
    }
}

impl Visit for JsonFields<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let clean = self.redactor.clean(value);
        self.put(field, clip(&clean).into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_str(field, &value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
