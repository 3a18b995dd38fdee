//! What the engine knows, kept beside the records and taken up again after a restart.
//!
//! Written by the recorder's thread, at most once a second and only when it is other than what was written last; a killed
//! process loses what it learned in its last second. What cannot be read is as if it were not there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokgate_policy::health::{HealthMemory, LatelyMemory};
use tokgate_policy::memory::{Calendar, Homes, Memory};
use tokgate_policy::probe::ProbeSpend;

use super::Gateway;
use super::probe::KEPT;
use crate::clock;
use crate::i18n::{Lang, Text, records as text};
use crate::store::query::Reader;
use crate::store::writer::Recorder;

/// How often it is looked whether something is to be written.
const EVERY: Duration = Duration::from_secs(1);
/// Looks between two writings of what is long, changes with each request and decides little: where conversations are, and
/// how well providers have answered in days past.
const SELDOM: u32 = 30;
/// The clocks may drift apart so far before dates are reckoned anew; a machine that slept has drifted further.
const DRIFT_MAX_MS: u64 = 2_000;

/// Names the values are kept under.
const ENGINE: &str = "engine";
const HOMES: &str = "homes";
const HEALTH: &str = "health";
const LATELY: &str = "lately";

/// What was written last.
#[derive(Debug, Default)]
pub struct Keeper(Mutex<Last>);

#[derive(Debug, Default)]
struct Last {
    /// The calendar's milliseconds less the engine's.
    offset: Option<u64>,
    engine: String,
    homes: String,
    health: String,
    lately: String,
    /// Requests admitted when it was last looked.
    served: u64,
    looks: u32,
}

impl Last {
    /// Now, in both times. Their difference stays the same, so that a moment always has the same date.
    fn calendar(&mut self) -> Calendar {
        let now = clock::since_start(clock::now()).as_millis();
        let now_ms = u64::try_from(now).unwrap_or(u64::MAX);
        let offset = clock::unix_ms().saturating_sub(now_ms);
        let known = self.offset.filter(|known| known.abs_diff(offset) <= DRIFT_MAX_MS).unwrap_or(offset);
        self.offset = Some(known);
        Calendar { now: Duration::from_millis(now_ms), unix_ms: now_ms.saturating_add(known) }
    }
}

impl Gateway {
    /// Hands what the engine knows to the recorder, when it is other than before.
    pub fn save_memory(&self) {
        let mut last = self.memory().0.lock();
        let calendar = last.calendar();
        let (memory, lately, homes) = {
            let engine = self.engine();
            let homes = engine.homes_are_few().then(|| engine.export_homes(&calendar));
            (engine.export(&calendar), engine.export_lately(&calendar), homes)
        };
        save(self.recorder(), ENGINE, &memory, &mut last.engine);
        save(self.recorder(), LATELY, &lately, &mut last.lately);
        if let Some(homes) = homes {
            save(self.recorder(), HOMES, &homes, &mut last.homes);
        }
    }

    /// The same for what is long and changes with each request.
    fn save_seldom(&self) {
        let mut last = self.memory().0.lock();
        let calendar = last.calendar();
        let (homes, health) = {
            let engine = self.engine();
            (engine.export_homes(&calendar), engine.export_health(&calendar))
        };
        save(self.recorder(), HOMES, &homes, &mut last.homes);
        save(self.recorder(), HEALTH, &health, &mut last.health);
    }

    /// How well a provider has answered, by hours and days; none of that name is nothing.
    pub fn health_of(&self, provider: &str) -> Option<HealthMemory> {
        let calendar = self.memory().0.lock().calendar();
        self.engine().health_of(&calendar, provider)
    }

    /// Everything, before the recorder closes.
    pub(super) fn save_all(&self) {
        self.save_memory();
        self.save_seldom();
    }

    /// Takes up what was kept in this database. Before the first request.
    pub(super) fn restore_memory(&self, database: &Path, lang: Lang) {
        let Ok(reader) = Reader::open(database) else { return };
        let calendar = self.memory().0.lock().calendar();
        let mut engine = self.engine();
        if let Some(memory) = read::<Memory>(&reader, ENGINE, lang) {
            engine.restore(&calendar, &memory);
        }
        if let Some(homes) = read::<Homes>(&reader, HOMES, lang) {
            engine.restore_homes(&calendar, &homes);
        }
        if let Some(health) = read::<Vec<HealthMemory>>(&reader, HEALTH, lang) {
            engine.restore_health(&calendar, &health);
        }
        if let Some(lately) = read::<Vec<LatelyMemory>>(&reader, LATELY, lang) {
            engine.restore_lately(&calendar, &lately);
        }
        if let Some(spend) = read::<ProbeSpend>(&reader, KEPT, lang) {
            self.purse().restore(spend);
        }
    }

    /// Whether nothing can have changed since the last look but what times out.
    fn is_quiet(&self) -> bool {
        let served = self.served();
        let mut last = self.memory().0.lock();
        let quiet = last.served == served && self.in_flight() == 0;
        last.served = served;
        quiet
    }

    fn seldom_is_due(&self) -> bool {
        let mut last = self.memory().0.lock();
        last.looks = (last.looks + 1) % SELDOM;
        last.looks == 0
    }
}

/// Looks for something to write until dropped.
pub(super) async fn keep(gateway: Arc<Gateway>) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut was_quiet = false;
    loop {
        every.tick().await;
        let quiet = gateway.is_quiet();
        // Once more after the last request: it may have ended since.
        if !(quiet && was_quiet) {
            gateway.save_memory();
        }
        was_quiet = quiet;
        if gateway.seldom_is_due() {
            gateway.save_seldom();
        }
    }
}

fn save(recorder: &Recorder, name: &'static str, value: &impl Serialize, last: &mut String) {
    let Ok(text) = serde_json::to_string(value) else { return };
    if text != *last {
        recorder.keep(name, text.clone());
        *last = text;
    }
}

fn read<T: DeserializeOwned>(reader: &Reader, name: &str, lang: Lang) -> Option<T> {
    let read = reader.kept(name).map_err(|error| error.text());
    let value = read.and_then(|text| text.map(|text| serde_json::from_str(&text).map_err(Text::verbatim)).transpose());
    value.unwrap_or_else(|error| {
        tracing::warn!(code = "TG608", "{}", text::MEMORY_UNREADABLE.text(lang, &[("cause", &error.say(lang))]));
        None
    })
}
