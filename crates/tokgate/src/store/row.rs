//! A record as a row and back. The only place that knows the order of the columns.

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::types::FromSql;
use rusqlite::{Row, Statement, ToSql};
use tokgate_wire::price::{Cost, Currency};
use tokgate_wire::protocol::Protocol;
use tokgate_wire::usage::Usage;

use crate::i18n::Text;
use crate::store::id::RequestId;
use crate::store::record::{AttemptRecord, OK, Outcome, Record};
use crate::store::run::RunRow;

/// Longest stored name (model, session, stop reason …), bytes; they come from clients and upstreams.
const NAME_MAX: usize = 256;
/// Longest stored explanation, bytes.
const DETAIL_MAX: usize = 2048;
/// Longer words are stored in one language alone: half of them would be no JSON.
const REASON_MAX: usize = 16 << 10;
/// A longer trail is not stored: half of one would be no JSON.
const TRAIL_MAX: usize = 64 << 10;

/// All columns, in the order of [`bind`] and [`read`].
macro_rules! columns {
    () => {
        "id, run, client, project, session, operation, protocol, model, model_sent, stream, outcome, status, error, \
         detail, provider, profile, route, input_uncached, cache_read, cache_write_5m, cache_write_1h, \
         cache_write_other, output_total, output_reasoning, server_tool_requests, stop, head_us, first_us, total_us, \
         bytes_in, bytes_out, trail, try_status, try_key, try_model, try_reused, try_dns_ms, try_connect_ms, \
         try_tls_ms, try_head_ms, try_total_ms, attempts, losses, counted, estimated, cost, currency, reason"
    };
}

/// Adds a record. One that is there already stays, so that a batch can be written again. (`OR REPLACE` would make
/// SQLite keep a copy of every page it touches.)
pub(super) const INSERT: &str = concat!(
    "INSERT OR IGNORE INTO request (",
    columns!(),
    ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
);

/// Reads records; a condition follows.
pub(super) const SELECT: &str = concat!("SELECT ", columns!(), " FROM request ");

/// Tells followers what was written.
pub(super) const INSERT_BATCH: &str = "INSERT INTO batch (ids) VALUES (?)";

/// Batches that followers no longer need; one that slept through a thousand batches goes on with the next.
pub(super) const FORGET_BATCHES: &str = "DELETE FROM batch WHERE seq <= (SELECT max(seq) FROM batch) - 1000";

/// Reads what was written after a batch.
pub(super) const SELECT_BATCHES: &str = "SELECT seq, ids FROM batch WHERE seq > ? ORDER BY seq";

/// Adds or replaces a run.
pub(super) const INSERT_RUN: &str = "INSERT OR REPLACE INTO run \
     (tag, client, project, label, profile, provider, model, created_ms) VALUES (?,?,?,?,?,?,?,?)";

/// Writes a value kept under a name.
pub(super) const KEEP: &str = "INSERT OR REPLACE INTO kept (name, at_ms, value) VALUES (?,?,?)";

/// Reads one.
pub(super) const SELECT_KEPT: &str = "SELECT value FROM kept WHERE name = ?";

/// Reads the newest runs.
pub(super) const SELECT_RUNS: &str = "SELECT tag, client, project, label, profile, provider, model, created_ms FROM run ORDER BY created_ms DESC LIMIT ?";

/// Fills the parameters of [`INSERT`].
pub(super) fn bind(statement: &mut Statement<'_>, record: &Record) -> rusqlite::Result<()> {
    let mut to = Binder { statement, at: 0 };
    to.number(record.id.0)?;
    to.text(record.run.as_deref())?;
    to.put(&record.client)?;
    to.text(record.project.as_deref())?;
    to.text(record.session.as_deref())?;
    to.put(&record.operation)?;
    to.put(record.protocol.map(Protocol::id))?;
    to.text(record.model.as_deref())?;
    to.text(record.model_sent.as_deref())?;
    to.put(record.stream)?;
    to.put(record.outcome.id())?;
    to.put(record.status)?;
    to.put(record.error.as_deref())?;
    to.put(record.detail.as_deref().map(|detail| clip(detail, DETAIL_MAX)))?;
    to.put(record.provider.as_deref())?;
    to.put(record.profile.as_deref())?;
    to.put(record.route.as_deref())?;
    bind_usage(&mut to, &record.usage)?;
    to.text(record.stop.as_deref())?;
    to.put(record.head_us)?;
    to.put(record.first_us)?;
    to.number(record.total_us)?;
    to.number(record.bytes_in)?;
    to.number(record.bytes_out)?;
    to.put(Some(&*record.trail).filter(|trail| !trail.is_empty() && trail.len() <= TRAIL_MAX))?;
    bind_attempts(&mut to, record)?;
    match &record.losses {
        Some(losses) => to.put(clip(losses, DETAIL_MAX))?,
        None => to.skip(),
    }
    match record.counted {
        Some(tokens) => to.number(tokens)?,
        None => to.skip(),
    }
    to.put(record.estimated)?;
    match record.cost {
        Some(cost) => {
            to.number(cost.trillionths)?;
            to.put(cost.currency.id())?;
        }
        None => (0..2).for_each(|_| to.skip()),
    }
    match &record.reason {
        Some(reason) => to.put(serde_json::to_string(reason).ok().filter(|reason| reason.len() <= REASON_MAX)),
        None => Ok(()),
    }
}

fn bind_usage(to: &mut Binder<'_, '_>, usage: &Usage) -> rusqlite::Result<()> {
    for count in [
        usage.input_uncached,
        usage.cache_read,
        usage.cache_write_5m,
        usage.cache_write_1h,
        usage.cache_write_other,
        usage.output_total,
        usage.output_reasoning,
        usage.server_tool_requests,
    ] {
        match count {
            Some(count) => to.number(count)?,
            None => to.skip(),
        }
    }
    Ok(())
}

fn bind_attempts(to: &mut Binder<'_, '_>, record: &Record) -> rusqlite::Result<()> {
    let Some(only) = only_attempt(record) else {
        (0..9).for_each(|_| to.skip());
        let all = (!record.attempts.is_empty()).then(|| serde_json::to_string(&record.attempts).unwrap_or_default());
        return to.put(all);
    };
    to.put(only.status)?;
    to.put(only.key)?;
    to.text(only.model.as_deref())?;
    to.put(only.reused)?;
    for time in [only.dns_ms, only.connect_ms, only.tls_ms] {
        match time {
            0 => to.skip(),
            time => to.put(time)?,
        }
    }
    to.put(only.head_ms)?;
    to.put(only.total_ms)?;
    to.skip();
    Ok(())
}

/// The attempt that the row itself can hold: the only one, good, at the provider that the record names, by the model
/// that was sent.
fn only_attempt(record: &Record) -> Option<&AttemptRecord> {
    match &*record.attempts {
        [only]
            if only.result == OK
                && only.message.is_none()
                && only.model_answered.is_none()
                && Some(&only.provider) == record.provider.as_ref() =>
        {
            Some(only)
        }
        _ => None,
    }
}

/// Reads a row of [`SELECT`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Record> {
    let mut from = Columns { row, at: 0 };
    let id = RequestId(from.number()?);
    let mut record = Record {
        id,
        run: from.text()?,
        client: from.take::<String>()?.into(),
        project: from.take()?,
        session: from.text()?,
        operation: from.take::<String>()?.into(),
        protocol: from.take::<Option<String>>()?.and_then(|id| Protocol::from_id(&id)),
        model: from.text()?,
        model_sent: from.text()?,
        stream: from.take()?,
        outcome: Outcome::from_id(&from.take::<String>()?),
        status: from.take()?,
        error: from.take::<Option<String>>()?.map(Cow::Owned),
        detail: from.text()?,
        reason: None,
        provider: from.take()?,
        profile: from.take()?,
        route: from.take()?,
        attempts: Vec::new(),
        usage: read_usage(&mut from)?,
        stop: from.text()?,
        head_us: from.take()?,
        first_us: from.take()?,
        total_us: from.number()?,
        bytes_in: from.number()?,
        bytes_out: from.number()?,
        trail: from.text()?.unwrap_or_default(),
        losses: None,
        counted: None,
        estimated: false,
        cost: None,
    };
    record.attempts = read_attempts(&mut from, record.provider.as_ref())?;
    record.losses = from.text()?;
    record.counted = from.take::<Option<i64>>()?.and_then(|count| u64::try_from(count).ok());
    record.estimated = from.take()?;
    record.cost = read_cost(&mut from)?;
    record.reason = from.text()?.and_then(|json| Text::read(&json)).map(Box::new);
    Ok(record)
}

/// A currency that a later release invented is no cost that can be shown.
fn read_cost(from: &mut Columns<'_, '_>) -> rusqlite::Result<Option<Cost>> {
    let trillionths = from.take::<Option<i64>>()?.and_then(|amount| u64::try_from(amount).ok());
    let currency = from.take::<Option<String>>()?.and_then(|id| Currency::from_id(&id));
    Ok(trillionths.zip(currency).map(|(trillionths, currency)| Cost { trillionths, currency }))
}

fn read_usage(from: &mut Columns<'_, '_>) -> rusqlite::Result<Usage> {
    let mut count =
        || Ok::<_, rusqlite::Error>(from.take::<Option<i64>>()?.and_then(|count| u64::try_from(count).ok()));
    Ok(Usage {
        input_uncached: count()?,
        cache_read: count()?,
        cache_write_5m: count()?,
        cache_write_1h: count()?,
        cache_write_other: count()?,
        output_total: count()?,
        output_reasoning: count()?,
        server_tool_requests: count()?,
    })
}

fn read_attempts(from: &mut Columns<'_, '_>, provider: Option<&Arc<str>>) -> rusqlite::Result<Vec<AttemptRecord>> {
    let status: Option<u16> = from.take()?;
    let mut only = AttemptRecord {
        provider: provider.cloned().unwrap_or_else(|| "".into()),
        key: from.take()?,
        model: from.take()?,
        model_answered: None,
        status: status.unwrap_or_default(),
        result: Cow::Borrowed(OK),
        message: None,
        reason: None,
        reused: from.take::<Option<bool>>()?.unwrap_or_default(),
        dns_ms: 0,
        connect_ms: 0,
        tls_ms: 0,
        head_ms: None,
        total_ms: 0,
        began_ms: 0,
    };
    for time in [&mut only.dns_ms, &mut only.connect_ms, &mut only.tls_ms] {
        *time = from.take::<Option<u32>>()?.unwrap_or_default();
    }
    only.head_ms = from.take()?;
    only.total_ms = from.take::<Option<u32>>()?.unwrap_or_default();
    Ok(match from.take::<Option<String>>()? {
        Some(json) => serde_json::from_str(&json).unwrap_or_default(),
        None if status.is_some() => vec![only],
        None => Vec::new(),
    })
}

/// The ids of a batch as they are stored.
pub(super) fn batch_to_bytes(ids: impl Iterator<Item = RequestId>) -> Vec<u8> {
    ids.flat_map(|id| id.0.to_le_bytes()).collect()
}

/// Reads [`batch_to_bytes`] back.
pub(super) fn batch_from_bytes(bytes: &[u8]) -> impl Iterator<Item = RequestId> {
    bytes.as_chunks().0.iter().map(|id| RequestId(u64::from_le_bytes(*id)))
}

/// Fills the parameters of [`INSERT_RUN`].
pub(super) fn bind_run(statement: &mut Statement<'_>, run: &RunRow) -> rusqlite::Result<()> {
    let mut to = Binder { statement, at: 0 };
    to.put(&run.tag)?;
    to.put(&run.client)?;
    to.put(run.project.as_deref())?;
    to.text(run.label.as_deref())?;
    to.text(run.profile.as_deref())?;
    to.text(run.provider.as_deref())?;
    to.text(run.model.as_deref())?;
    to.number(run.created_ms)
}

/// Reads a row of [`SELECT_RUNS`].
pub(super) fn read_run(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let mut from = Columns { row, at: 0 };
    Ok(RunRow {
        tag: from.take()?,
        client: from.take()?,
        project: from.text()?,
        label: from.text()?,
        profile: from.text()?,
        provider: from.text()?,
        model: from.text()?,
        created_ms: from.number()?,
    })
}

/// Parameters one after another.
struct Binder<'s, 'c> {
    statement: &'s mut Statement<'c>,
    at: usize,
}

impl Binder<'_, '_> {
    fn put(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.at += 1;
        self.statement.raw_bind_parameter(self.at, value)
    }

    /// Leaves NULL: the statement's parameters are cleared before each row.
    fn skip(&mut self) {
        self.at += 1;
    }

    fn text(&mut self, name: Option<&str>) -> rusqlite::Result<()> {
        let Some(name) = name else {
            self.skip();
            return Ok(());
        };
        self.put(clip(name, NAME_MAX))
    }

    fn number(&mut self, number: u64) -> rusqlite::Result<()> {
        self.put(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// Columns one after another.
struct Columns<'r, 's> {
    row: &'r Row<'s>,
    at: usize,
}

impl Columns<'_, '_> {
    fn take<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.at += 1;
        self.row.get(self.at - 1)
    }

    fn text(&mut self) -> rusqlite::Result<Option<Box<str>>> {
        self.take()
    }

    fn number(&mut self) -> rusqlite::Result<u64> {
        Ok(u64::try_from(self.take::<i64>()?).unwrap_or_default())
    }
}

/// At most `max` bytes, cut between characters.
fn clip(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
