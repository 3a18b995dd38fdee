//! Requests that providers work on, noted for the case that this process is killed: then each of them has a record all
//! the same. What lasts less than a moment is not noted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokgate_wire::protocol::Protocol;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Gateway;
use crate::clock;
use crate::i18n::{Lang, Text, records as text};
use crate::store::query::Reader;
use crate::store::record::{AttemptRecord, Outcome, Record, RequestId, Word};
use crate::store::writer::Recorder;

/// How often it is looked who is under way. With [`AGE_MIN`] and the recorder's own pace below a second, which is what a
/// killed process may lose.
const EVERY: Duration = Duration::from_millis(400);
/// Younger ones are not noted: nearly all requests of a busy gateway end before.
const AGE_MIN: Duration = Duration::from_millis(250);
/// How long a request has lasted is written down anew after so long, for as long as it lasts.
const AGAIN: Duration = Duration::from_secs(5);
/// The oldest so many are noted: thousands of streams must not be written down anew with each that comes or goes.
const NOTED_MAX: usize = 256;
/// The name they are kept under.
const NAME: &str = "underway";
/// The code of a request that ended with its process.
const KILLED: &str = "TG610";

/// Who is under way.
#[derive(Debug, Default)]
pub struct Underway {
    state: Mutex<State>,
    begun: Notify,
}

#[derive(Debug, Default)]
struct State {
    requests: BTreeMap<RequestId, (Instant, Begun)>,
    /// Somebody looks every moment: nobody has to be woken.
    watched: bool,
    /// Numbers of those that were written last.
    noted: Vec<RequestId>,
    /// When that was.
    written: Option<Instant>,
}

/// What is known of a request when its first attempt begins. Nothing here is copied text.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Client id.
    pub client: Word,
    /// What was called.
    pub operation: Word,
    /// Protocol of the client.
    pub protocol: Option<Protocol>,
    /// Model asked for.
    pub model: Option<Arc<str>>,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// Who is asked first.
    pub provider: Option<Arc<str>>,
}

/// The same as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    id: RequestId,
    client: String,
    operation: String,
    protocol: Option<String>,
    #[serde(default)]
    model: Option<String>,
    stream: bool,
    provider: Option<String>,
    /// How long it had lasted when this was written, milliseconds.
    #[serde(default)]
    lasted_ms: u32,
}

impl Underway {
    /// A provider is asked for the first time, for a request that came then.
    pub fn begin(&self, id: RequestId, started: Instant, begun: Begun) {
        let mut state = self.state.lock();
        state.requests.insert(id, (started, begun));
        let wake = !std::mem::replace(&mut state.watched, true);
        drop(state);
        if wake {
            self.begun.notify_one();
        }
    }

    /// Whether a provider has been asked, and the request is not over.
    pub fn has(&self, id: RequestId) -> bool {
        self.state.lock().requests.contains_key(&id)
    }

    /// The request has a record of its own now.
    pub fn end(&self, id: RequestId) {
        self.state.lock().requests.remove(&id);
    }

    /// What is to be written, when it is other than what was written last.
    fn changed(&self, now: Instant) -> Option<Vec<Note>> {
        let mut state = self.state.lock();
        let ages =
            state.requests.iter().map(|(id, (since, begun))| (*id, now.saturating_duration_since(*since), begun));
        let old: Vec<(RequestId, Duration, &Begun)> =
            ages.filter(|(_, age, _)| *age >= AGE_MIN).take(NOTED_MAX).collect();
        let ids: Vec<RequestId> = old.iter().map(|(id, ..)| *id).collect();
        let is_old = !ids.is_empty() && state.written.is_none_or(|at| now.saturating_duration_since(at) >= AGAIN);
        let notes = (ids != state.noted || is_old)
            .then(|| old.into_iter().map(|(id, age, begun)| begun.note(id, age)).collect::<Vec<_>>());
        if notes.is_some() {
            state.written = Some(now);
        }
        state.noted = ids;
        state.watched = !(state.requests.is_empty() && state.noted.is_empty());
        notes
    }

    fn is_watched(&self) -> bool {
        self.state.lock().watched
    }
}

impl Begun {
    fn note(&self, id: RequestId, lasted: Duration) -> Note {
        Note {
            id,
            client: self.client.clone().into_owned(),
            operation: self.operation.clone().into_owned(),
            protocol: self.protocol.map(|protocol| protocol.id().to_owned()),
            model: self.model.as_deref().map(str::to_owned),
            stream: self.stream,
            provider: self.provider.as_deref().map(str::to_owned),
            lasted_ms: u32::try_from(lasted.as_millis()).unwrap_or(u32::MAX),
        }
    }
}

impl Note {
    /// The record of a request that ended with its process: how long it lasted is known up to when it was last noted.
    fn record(self, lang: Lang) -> Record {
        let provider: Option<Arc<str>> = self.provider.map(Into::into);
        let attempt = provider.clone().map(|provider| AttemptRecord {
            result: "killed".into(),
            total_ms: self.lasted_ms,
            ..AttemptRecord::begun(provider)
        });
        let mut record = Record {
            client: self.client.into(),
            operation: self.operation.into(),
            protocol: self.protocol.as_deref().and_then(Protocol::from_id),
            model: self.model.map(Into::into),
            stream: self.stream,
            total_us: u64::from(self.lasted_ms) * 1_000,
            outcome: Outcome::Failed,
            error: Some(KILLED.into()),
            provider,
            attempts: attempt.into_iter().collect(),
            ..Record::blank(self.id, "", "")
        };
        record.explain(&Text::new(&text::KILLED), lang);
        record
    }
}

/// Notes who is under way until dropped. Sleeps while nobody is.
pub(super) async fn keep(gateway: Arc<Gateway>) {
    loop {
        if !gateway.underway().is_watched() {
            gateway.underway().begun.notified().await;
        }
        tokio::time::sleep(EVERY).await;
        save(gateway.recorder(), gateway.underway());
    }
}

/// Writes it down now, if it has changed.
pub(super) fn save(recorder: &Recorder, underway: &Underway) {
    if let Some(notes) = underway.changed(clock::now())
        && let Ok(text) = serde_json::to_string(&notes)
    {
        recorder.keep(NAME, text);
    }
}

/// Those that were under way when the last process was killed get their records.
pub(super) fn bury(recorder: &Recorder, database: &Path, lang: Lang) {
    let kept = Reader::open(database).ok().and_then(|reader| reader.kept(NAME).ok().flatten());
    let notes: Vec<Note> = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    if notes.is_empty() {
        return;
    }
    // One that ended in its last moment has its record: that stays.
    notes.into_iter().for_each(|note| recorder.push(note.record(lang)));
    recorder.keep(NAME, "[]".to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Begun {
        Begun {
            client: "sdk".into(),
            operation: "messages".into(),
            protocol: Some(Protocol::Anthropic),
            model: Some("m".into()),
            stream: true,
            provider: Some("a".into()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_lasts_is_noted_once_and_forgotten_when_it_ends() {
        let underway = Underway::default();
        let ids = |notes: Option<Vec<Note>>| notes.map(|notes| notes.iter().map(|note| note.id.0).collect::<Vec<_>>());
        underway.begin(RequestId(1), clock::now(), begun());
        assert_eq!(ids(underway.changed(clock::now())), None, "too young");
        tokio::time::advance(AGE_MIN).await;
        underway.begin(RequestId(2), clock::now(), begun());
        assert_eq!(ids(underway.changed(clock::now())), Some(vec![1]));
        assert_eq!(ids(underway.changed(clock::now())), None, "written already");
        tokio::time::advance(AGAIN).await;
        let notes = underway.changed(clock::now()).unwrap_or_default();
        assert_eq!(notes.iter().map(|note| note.lasted_ms).collect::<Vec<_>>(), [5_250, 5_000], "how long it lasts");
        underway.end(RequestId(1));
        underway.end(RequestId(2));
        assert!(underway.is_watched(), "until that is written");
        assert_eq!(ids(underway.changed(clock::now())), Some(Vec::new()));
        assert!(!underway.is_watched());
    }

    #[test]
    fn a_request_that_ended_with_its_process_has_a_record_that_says_so() {
        let record = begun().note(RequestId(7), Duration::from_millis(1_200)).record(Lang::En);
        assert_eq!((record.model.as_deref(), record.total_us), (Some("m"), 1_200_000));
        assert_eq!((record.id, record.outcome, record.error.as_deref()), (RequestId(7), Outcome::Failed, Some(KILLED)));
        assert_eq!(record.attempts.first().map(|attempt| &*attempt.result), Some("killed"));
    }
}
