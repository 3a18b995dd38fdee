//! What the queue consists of: jobs, and records of requests that failed without being kept.

use std::borrow::Cow;

use serde_json::{Value, json};
use tokgate_policy::classify::{Fault, Row};
use tokgate_policy::job::{Settled, State};

use crate::cli::command::logs::{held, records_failed};
use crate::cli::command::status::local_time;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::clean;
use crate::gateway::jobs::has_answer;
use crate::i18n::{Lang, Message, jobs, queue as text, records};
use crate::process::folders::database;
use crate::store::id::Wanted;
use crate::store::jobs::seal::Seal;
use crate::store::jobs::{Base, Content, JobRow, JobsError, Places};
use crate::store::query::{Filter, LIST_MAX, ReadError, Reader, StatusFilter};
use crate::store::record::{OK, Outcome, Record, RequestId};

/// Jobs looked at, the newest.
const JOBS_MAX: usize = 10_000;

/// Why a job is unknown: see `queue.reason.killed`.
const KILLED: &str = "killed";

/// Why a job waits for the next day: see `queue.reason.cost-per-day`.
const PUT_OFF: &str = "cost-per-day";

/// One of them.
#[derive(Debug)]
pub(super) enum Entry {
    /// A job, or a failed request that was kept; with the record of its last try.
    Job(Box<JobRow>, Option<Box<Record>>),
    /// A failed request of which only the record is there.
    Failed(Box<Record>),
}

/// All of them, the newest first.
#[derive(Debug)]
pub(super) struct Entries {
    all: Vec<Entry>,
    base: Option<Base>,
}

impl Entries {
    /// Reads them beside the gateway, if there is one.
    pub(super) fn read(context: &Context<'_>) -> Result<Self, CliError> {
        let places = Places::of(&context.paths.data_dir, &context.paths.state_dir);
        let failed = |error: JobsError| {
            CliError::new("TG609", exit::FAILED, Text::new(&text::STORE_FAILED).with_words("error", error.text()))
                .at(places.database.display())
                .fix(error.fix())
        };
        let base = match places.exist() {
            true => {
                Some(Base::open_to_read(&places.database, Seal::load(&places.seal).map_err(failed)?).map_err(failed)?)
            }
            false => None,
        };
        let rows = base.as_ref().map(|base| base.newest(JOBS_MAX)).transpose().map_err(failed)?.unwrap_or_default();
        let mut records = failures(context)?;
        let mut all: Vec<Entry> = Vec::with_capacity(rows.len() + records.len());
        for row in rows.into_iter().filter(|row| !row.swept) {
            let at = row.last.and_then(|last| records.iter().position(|record| record.id == last));
            let record = at.map(|at| Box::new(records.swap_remove(at)));
            all.push(Entry::Job(Box::new(row), record));
        }
        // Tries of jobs are told with their job.
        let alone = records.into_iter().filter(|record| !is_of_a_job(record));
        all.extend(alone.map(|record| Entry::Failed(Box::new(record))));
        all.sort_by_key(|entry| std::cmp::Reverse(entry.id()));
        Ok(Self { all, base })
    }

    pub(super) fn all(&self) -> &[Entry] {
        &self.all
    }

    pub(super) fn newest(&self, limit: usize) -> &[Entry] {
        &self.all[..limit.min(self.all.len())]
    }

    /// By its number or the end of it; the newest of several.
    pub(super) fn find(&self, asked: &str) -> Result<&Entry, CliError> {
        let unknown = || {
            CliError::new("TG340", exit::USAGE, Text::new(&text::UNKNOWN).with("id", clean(asked)))
                .run("tokgate queue list")
        };
        let lower = asked.to_ascii_lowercase();
        let number = lower.strip_prefix("job_").unwrap_or(&lower);
        let wanted: Wanted = number.parse().map_err(|_| unknown())?;
        self.all.iter().find(|entry| wanted.fits(entry.id())).ok_or_else(unknown)
    }

    /// The same, when it can be worked with.
    pub(super) fn find_job(&self, asked: &str) -> Result<&JobRow, CliError> {
        let entry = self.find(asked)?;
        entry.job().ok_or_else(|| {
            CliError::new("TG353", exit::FAILED, Text::new(&text::NOT_KEPT).with("id", entry.number()))
                .fix(&text::NOT_KEPT_FIX)
        })
    }

    /// The stored answer.
    pub(super) fn answer(&self, entry: &Entry) -> Result<Option<Content>, CliError> {
        let Some((row, base)) = entry.job().zip(self.base.as_ref()) else { return Ok(None) };
        base.peek_answer(row.id).map_err(|error| {
            CliError::new("TG609", exit::FAILED, Text::new(&text::STORE_FAILED).with_words("error", error.text()))
                .fix(error.fix())
        })
    }
}

/// Requests that failed; what the gateway holds in memory is among them.
fn failures(context: &Context<'_>) -> Result<Vec<Record>, CliError> {
    let filter = Filter { status: Some(StatusFilter::Error), limit: LIST_MAX, ..Filter::default() };
    let path = database(&context.paths);
    let failed = |error: ReadError| records_failed(&path, &error);
    let mut all = held(context).map(|held| held.list(&filter)).transpose().map_err(failed)?.unwrap_or_default();
    match Reader::open(&path) {
        Ok(reader) => all.extend(reader.list(&filter).map_err(failed)?),
        Err(ReadError::None) => {}
        Err(error) => return Err(failed(error)),
    }
    all.retain(|record| matches!(record.outcome, Outcome::Failed | Outcome::Truncated));
    all.sort_by_key(|record| record.id);
    all.dedup_by_key(|record| record.id);
    Ok(all)
}

fn is_of_a_job(record: &Record) -> bool {
    record.operation == "job" || record.operation.ends_with("-job")
}

impl Entry {
    fn id(&self) -> RequestId {
        match self {
            Self::Job(row, _) => row.id.0,
            Self::Failed(record) => record.id,
        }
    }

    pub(super) fn job(&self) -> Option<&JobRow> {
        match self {
            Self::Job(row, _) => Some(row),
            Self::Failed(_) => None,
        }
    }

    fn record(&self) -> Option<&Record> {
        match self {
            Self::Job(_, record) => record.as_deref(),
            Self::Failed(record) => Some(record),
        }
    }

    /// Its record, or that of its last try.
    pub(super) fn last_request(&self) -> Option<RequestId> {
        self.record().map(|record| record.id).or_else(|| self.job().and_then(|row| row.last))
    }

    pub(super) fn number(&self) -> String {
        match self {
            Self::Job(row, _) => row.id.to_string(),
            Self::Failed(record) => record.id.to_string(),
        }
    }

    pub(super) fn state(&self) -> &'static str {
        match self {
            Self::Job(row, _) => row.job.state.id(),
            Self::Failed(record) => record.outcome.id(),
        }
    }

    pub(super) fn model(&self) -> Option<&str> {
        match self {
            Self::Job(row, _) => row.model.as_deref(),
            Self::Failed(record) => record.model.as_deref(),
        }
    }

    /// Tries of a job, attempts of a request.
    pub(super) fn tries(&self) -> usize {
        match self {
            Self::Job(row, _) if row.job.tries > 0 => row.job.tries as usize,
            Self::Job(..) | Self::Failed(_) => self.record().map_or(0, |record| record.attempts.len()),
        }
    }

    pub(super) fn reason(&self) -> Option<&str> {
        let told = match self {
            Self::Job(row, _) => row.reason.as_deref(),
            Self::Failed(_) => None,
        };
        let record = self.record();
        let attempt = record.and_then(|record| record.attempts.last()).map(|last| &*last.result);
        let told =
            told.or(attempt.filter(|result| *result != OK)).or(record.and_then(|record| record.error.as_deref()));
        // Who was killed wrote nothing down any more.
        let unknown = self.job().is_some_and(|row| row.job.state == State::Settled(Settled::Unknown));
        told.or(unknown.then_some(KILLED))
    }

    pub(super) fn unix_ms(&self) -> u64 {
        self.id().unix_ms()
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Job(row, _) => row.bytes,
            Self::Failed(record) => record.bytes_in,
        }
    }

    /// Whether what it said is there and another try makes sense.
    pub(super) fn can_be_repeated(&self) -> bool {
        let state = self.job().map(|row| row.job.state);
        matches!(state, Some(State::Waiting(_)))
            || matches!(state, Some(State::Settled(settled)) if settled != Settled::Done)
    }

    /// The request itself is the reason: its own fault, or two providers that both find it wrong.
    pub(super) fn is_poison(&self) -> bool {
        let Some(record) = self.record() else { return false };
        let fault =
            record.attempts.last().and_then(|last| Row::from_id(&last.result)).map(|row| row.consequence().fault);
        let mut wrong: Vec<&str> =
            record.attempts.iter().filter(|it| it.status == 400).map(|it| &*it.provider).collect();
        wrong.sort_unstable();
        wrong.dedup();
        fault == Some(Fault::Client) || wrong.len() > 1
    }

    /// What it asked, or the answer, is kept; otherwise nothing is left but its record.
    pub(super) fn is_kept(&self) -> bool {
        self.job().is_some()
    }

    /// The request alone is kept: it was taken back, or its time was over.
    fn is_without_answer(&self) -> bool {
        let ended = |row: &JobRow| matches!(row.job.state, State::Settled(Settled::Cancelled | Settled::Expired));
        self.job().is_some_and(|row| ended(row) && !has_answer(row))
    }

    /// The word of JSON and plain output.
    fn client(&self) -> &'static str {
        match (self.is_kept(), self.is_without_answer()) {
            (false, _) => "gone",
            (true, true) => "request",
            (true, false) => "kept",
        }
    }

    /// What is left of it, for people.
    pub(super) fn kept(&self) -> &'static Message {
        match (self.is_kept(), self.is_without_answer()) {
            (false, _) => &text::GONE,
            (true, true) => &text::KEPT_REQUEST,
            (true, false) => &text::KEPT,
        }
    }

    /// It waits for the next day, as today's jobs have cost as much as they may.
    pub(super) fn is_put_off(&self) -> bool {
        let waits = |row: &JobRow| matches!(row.job.state, State::Waiting(Some(_)));
        self.job().is_some_and(|row| waits(row) && row.reason.as_deref() == Some(PUT_OFF))
    }

    /// What its tries have cost, millionths of a US dollar; nothing where that is not known.
    fn cost_micros(&self) -> Option<u64> {
        let row = self.job()?;
        let known = self.record().is_some_and(|record| record.cost.is_some());
        (row.cost_micros > 0 || row.job.tries == 0 || known).then_some(row.cost_micros)
    }

    pub(super) fn json(&self) -> Value {
        let job = self.job();
        let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        json!({
            "id": self.number(),
            "kind": if job.is_some() { "job" } else { "request" },
            "state": self.state(),
            "client": self.client(),
            "repeatable": self.can_be_repeated(),
            "model": self.model(),
            "tries": self.tries(),
            "reason": self.reason(),
            "detail": self.record().and_then(|record| record.detail.as_deref()),
            "bytes": self.bytes(),
            "hash": job.map(|row| row.hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
            "status": job.map_or_else(|| self.record().map_or(0, |record| record.status), |row| row.status),
            "priority": job.map(|row| row.priority.id()),
            "cost_micros_usd": self.cost_micros(),
            "at_ms": self.unix_ms(),
            "deadline_ms": job.map(|row| ms(row.job.deadline)),
            "next_try_ms": job.and_then(|row| match row.job.state { State::Waiting(until) => until.map(ms), _ => None }),
            "last_request": self.last_request().map(|last| last.to_string()),
        })
    }

    /// Labels and values for people.
    pub(super) fn facts(&self, lang: Lang) -> Vec<(&'static Message, String)> {
        let job = self.job();
        let moment = |time: std::time::Duration| local_time(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let next = job.and_then(|row| match row.job.state {
            State::Waiting(until) => until.map(moment),
            _ => None,
        });
        let kept = if self.is_kept() { self.kept() } else { &text::CONTENT_GONE };
        let cost = |micros: u64| {
            let cost = format!("{}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100);
            text::SPENT.text(lang, &[("cost", &cost)])
        };
        let facts = [
            (&text::LABEL_NUMBER, Some(self.number())),
            (&text::LABEL_STATE, Some(text::state(self.state()).say(lang))),
            (&text::LABEL_REASON, self.reason().map(|id| text::reason(id).say(lang))),
            (&records::DETAIL, self.record().and_then(|record| record.detail_in(lang)).map(Cow::into_owned)),
            (&records::MODEL, self.model().map(str::to_owned)),
            (&text::LABEL_TRIES, Some(self.tries().to_string())),
            (&text::LABEL_CONTENT, Some(kept.raw(lang).to_owned())),
            (&text::LABEL_PRIORITY, job.map(|row| text::priority(row.priority.id()).say(lang))),
            (&records::BYTES, Some(self.bytes().to_string())),
            (&text::LABEL_SPENT, job.filter(|row| row.cost_micros > 0).map(|row| cost(row.cost_micros))),
            (&text::LABEL_ASKED, Some(local_time(self.unix_ms()))),
            (&text::LABEL_DEADLINE, job.map(|row| moment(row.job.deadline))),
            (&text::LABEL_NEXT, next),
            (&text::LABEL_REQUEST, self.last_request().map(|last| last.to_string())),
        ];
        facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
    }

    /// What becomes of a job, or what may be done with it.
    pub(super) fn outlook(&self) -> Option<Text> {
        let row = self.job()?;
        let about = |message: &'static Message| Text::new(message).with("id", row.id);
        let kept = || if has_answer(row) { &text::WAITS } else { &text::WAITS_FOR_NOTHING };
        let message = match row.job.state {
            State::Accepted | State::Running | State::Waiting(Some(_)) => &text::GOES_ON,
            State::Waiting(None) => &text::WAITS_FOR_YOU,
            State::Settled(Settled::Done) => &text::WAITS,
            State::Settled(Settled::Unknown) => return Some(about(&jobs::MAYBE)),
            State::Settled(Settled::Failed) => {
                return Some(Text::lines(vec![about(kept()), about(&text::TRY_AGAIN)]));
            }
            State::Settled(Settled::Cancelled | Settled::Expired) => kept(),
        };
        Some(about(message))
    }

    pub(super) fn plain(&self) -> String {
        let client = self.client();
        let (model, reason) = (clean(self.model().unwrap_or_default()), clean(self.reason().unwrap_or_default()));
        format!(
            "{}\t{}\t{client}\t{model}\t{}\t{reason}\t{}\t{}\n",
            self.number(),
            self.state(),
            self.tries(),
            self.bytes(),
            self.unix_ms()
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokgate_policy::job::{Job, Priority, Retries, Strategy, Terms};
    use tokgate_wire::protocol::Protocol;

    use super::*;
    use crate::store::jobs::{JobId, Owner};

    fn entry(state: State, status: u16, reason: Option<&str>) -> Entry {
        let ten = Duration::from_secs(10);
        let retries = Retries { strategy: Strategy::Fixed, first: ten, factor: 100, longest: ten };
        let terms = Terms { retries, tries: 8, at_least_once: false };
        let row = JobRow {
            id: JobId(RequestId(7)),
            owner: Owner([0; 16]),
            job: Job { state, ..Job::accepted(ten, ten, terms) },
            priority: Priority::default(),
            protocol: Protocol::Anthropic,
            path: "/v1/messages".into(),
            query: "".into(),
            model: None,
            stream: false,
            run: None,
            named: None,
            bytes: 0,
            hash: [0; 16],
            status,
            reason: reason.map(Into::into),
            cost_micros: 0,
            last: None,
            changed_ms: 0,
            read_ms: None,
            swept: false,
        };
        Entry::Job(Box::new(row), None)
    }

    /// `{id}` once stood there as it is, for a job that failed.
    #[test]
    fn what_becomes_of_a_job_is_told_with_its_number_in_every_state() {
        let states = [State::Accepted, State::Running, State::Waiting(None), State::Waiting(Some(Duration::ZERO))];
        for state in states.into_iter().chain(Settled::ALL.map(State::Settled)) {
            for (status, lang) in [(0, Lang::En), (503, Lang::En), (503, Lang::Zh)] {
                let told = entry(state, status, None).outlook().map(|text| text.say(lang)).unwrap_or_default();
                assert!(!told.is_empty() && !told.contains('{'), "{}: {told}", state.id());
            }
        }
    }

    #[test]
    fn a_job_that_was_taken_back_is_not_said_to_have_its_answer_kept() {
        let client = |state, status| {
            let entry = entry(State::Settled(state), status, None);
            (entry.client(), entry.kept().en)
        };
        assert_eq!(client(Settled::Cancelled, 0), ("request", "request kept"));
        assert_eq!(client(Settled::Done, 200), ("kept", "kept"));
        assert_eq!(client(Settled::Failed, 0), ("kept", "kept"), "it can be repeated");
    }

    #[test]
    fn a_job_that_waits_for_the_next_day_says_why() {
        let entry = entry(State::Waiting(Some(Duration::ZERO)), 0, Some(PUT_OFF));
        assert!(entry.is_put_off());
        for lang in [Lang::En, Lang::Zh] {
            let told = entry.reason().map(|id| text::reason(id).say(lang)).unwrap_or_default();
            assert!(told.contains("queue.cost_per_day"), "{told}");
        }
    }
}
