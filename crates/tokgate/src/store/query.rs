//! Reading records: for the command line and the admin interface, on connections that cannot write.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension, ToSql, params_from_iter};

use tokgate_wire::price::{Cost, Currency};

use crate::i18n::{Text, records as text};
use crate::store::id::{RequestId, Wanted};
use crate::store::record::Record;
use crate::store::row;
use crate::store::run::RunRow;
use crate::store::schema;

/// Why records cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// There is no database yet.
    None,
    /// The file is damaged, or no database; the gateway replaces it at its next write.
    Damaged,
    /// SQLite's words.
    Sqlite(rusqlite::Error),
}

impl ReadError {
    /// In words.
    pub fn text(&self) -> Text {
        match self {
            Self::None => (&text::CAUSE_NONE).into(),
            Self::Damaged => (&text::CAUSE_DAMAGED).into(),
            Self::Sqlite(error) => schema::sqlite(error),
        }
    }
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            _ => Self::Sqlite(error),
        }
    }
}

/// Which records are wanted. All given conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Client id.
    pub client: Option<String>,
    /// Provider that answered or was tried.
    pub provider: Option<String>,
    /// Status or class of it.
    pub status: Option<StatusFilter>,
    /// Took longer, microseconds.
    pub slower_than_us: Option<u64>,
    /// Arrived at or after, milliseconds since the Unix epoch.
    pub since_ms: Option<u64>,
    /// Part of any text of the record, upper or lower case.
    pub grep: Option<String>,
    /// Arrived after this one.
    pub after: Option<RequestId>,
    /// At most so many, the newest. 0 is [`LIST_MAX`].
    pub limit: usize,
}

/// Most records one call returns.
pub const LIST_MAX: usize = 10_000;

/// `--status`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// `5xx`: the first digit.
    Class(u16),
    /// `429`
    Exact(u16),
    /// `error`: everything that did not complete.
    Error,
}

/// Where a follower stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor(pub i64);

/// A connection that only reads.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    version: i64,
}

impl Reader {
    /// Opens the database, whatever version it has.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        if !path.exists() {
            return Err(ReadError::None);
        }
        let (connection, version) = schema::open_to_read(path)?;
        // Made, but nothing written yet.
        if version == 0 {
            return Err(ReadError::None);
        }
        Ok(Self { connection, version })
    }

    /// These records instead of a file's: those that a gateway holds because it cannot write.
    pub fn holding(records: &[Record]) -> Result<Self, ReadError> {
        let connection = schema::in_memory()?;
        let mut statement = connection.prepare(row::INSERT)?;
        for record in records {
            statement.clear_bindings();
            row::bind(&mut statement, record)?;
            statement.raw_execute()?;
        }
        drop(statement);
        Ok(Self { connection, version: schema::VERSION })
    }

    /// The version of the file when a later release wrote it; a person should be told ([`NEWER_FILE`]).
    ///
    /// [`NEWER_FILE`]: crate::i18n::records::NEWER_FILE
    pub fn newer(&self) -> Option<i64> {
        (self.version > schema::VERSION).then_some(self.version)
    }

    /// The newest that fit, oldest first.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Record>, ReadError> {
        let limit = match filter.limit {
            0 => LIST_MAX,
            limit => limit.min(LIST_MAX),
        };
        let mut records = self.select(filter.conditions(), "id DESC", limit)?;
        records.reverse();
        Ok(records)
    }

    /// One by number or part of it; the newest when several fit.
    pub fn find(&self, wanted: Wanted) -> Result<Option<Record>, ReadError> {
        if let Wanted::Whole(id) = wanted {
            return self.one("WHERE id = ?", &[&signed(id.0)]);
        }
        let (mask, value) = wanted.ending();
        let found = self.one("WHERE id & ? = ? ORDER BY id DESC LIMIT 1", &[&signed(mask), &signed(value)])?;
        match (found, wanted.beginning()) {
            (None, Some((first, last))) => {
                self.one("WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1", &[&signed(first), &signed(last)])
            }
            (found, _) => Ok(found),
        }
    }

    /// The newest.
    pub fn last(&self) -> Result<Option<Record>, ReadError> {
        self.one("ORDER BY id DESC LIMIT 1", &[])
    }

    /// The newest that did not go well for a reason other than the client's leaving.
    pub fn last_error(&self) -> Result<Option<Record>, ReadError> {
        self.one("WHERE outcome NOT IN ('completed', 'cancelled') ORDER BY id DESC LIMIT 1", &[])
    }

    /// Where the end is now.
    pub fn end(&self) -> Result<Cursor, ReadError> {
        let end = self.connection.query_row("SELECT coalesce(max(seq), 0) FROM batch", [], |row| row.get(0))?;
        Ok(Cursor(end))
    }

    /// What was written after `cursor`, in the order of writing (that is: of finishing), and where that ends. One call
    /// reads at most [`LIST_MAX`] records; call again until the cursor stands still.
    pub fn tail(&self, cursor: Cursor, filter: &Filter) -> Result<(Vec<Record>, Cursor), ReadError> {
        let mut end = cursor;
        let mut places = HashMap::new();
        let mut statement = self.connection.prepare_cached(row::SELECT_BATCHES)?;
        let mut batches = statement.query([cursor.0])?;
        while places.len() < LIST_MAX
            && let Some(batch) = batches.next()?
        {
            end = Cursor(batch.get(0)?);
            for id in row::batch_from_bytes(batch.get_ref(1)?.as_blob().unwrap_or_default()) {
                places.insert(id, places.len());
            }
        }
        if places.is_empty() {
            return Ok((Vec::new(), end));
        }
        let mut conditions = filter.conditions();
        let ids: Vec<i64> = places.keys().map(|id| signed(id.0)).collect();
        let ids = serde_json::to_string(&ids).unwrap_or_default();
        conditions.add("id IN (SELECT value FROM json_each(?))", [ids.into()]);
        let mut records = self.select(conditions, "id", usize::MAX)?;
        records.sort_by_key(|record| places.get(&record.id).copied());
        Ok((records, end))
    }

    /// The newest runs, newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRow>, ReadError> {
        let mut statement = self.connection.prepare_cached(row::SELECT_RUNS)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let runs = statement.query_map([limit], row::read_run)?;
        Ok(runs.collect::<Result<_, _>>()?)
    }

    /// The value kept under a name; none in a file of a version before there were such.
    pub fn kept(&self, name: &str) -> Result<Option<String>, ReadError> {
        if self.connection.table_exists(None::<&str>, "kept")? {
            let mut statement = self.connection.prepare_cached(row::SELECT_KEPT)?;
            return Ok(statement.query_row([name], |row| row.get(0)).optional()?);
        }
        Ok(None)
    }

    /// What each provider has been asked and has answered since then, the busiest first.
    pub fn by_provider(&self, since_ms: u64) -> Result<Vec<Tally>, ReadError> {
        let since = signed(RequestId::first_of(since_ms).0);
        let mut tallies = self.ended_by_provider(since)?;
        self.add_attempts(since, &mut tallies)?;
        tallies.sort_by_key(|tally| std::cmp::Reverse((tally.attempts, tally.requests)));
        Ok(tallies)
    }

    /// Every attempt counts where it was made, however the request ended elsewhere.
    fn add_attempts(&self, since: i64, tallies: &mut Vec<Tally>) -> Result<(), ReadError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT provider, count(*), sum(failed) FROM (
                 SELECT provider, 0 AS failed FROM request
                 WHERE id >= ?1 AND attempts IS NULL AND try_status IS NOT NULL AND provider IS NOT NULL
                 UNION ALL
                 SELECT attempt.value ->> 'provider',
                     attempt.value ->> 'result' NOT IN ('ok', 'cancelled', 'killed') FROM request, json_each(request.attempts) AS attempt
                 WHERE request.id >= ?1 AND attempts IS NOT NULL)
             GROUP BY provider",
        )?;
        let mut rows = statement.query([since])?;
        while let Some(row) = rows.next()? {
            let Some(provider) = row.get::<_, Option<String>>(0)? else { continue };
            let number = |column| Ok::<_, ReadError>(row.get::<_, Option<i64>>(column)?.unwrap_or(0).unsigned_abs());
            let at = tallies.iter().position(|tally| tally.provider == provider).unwrap_or_else(|| {
                tallies.push(Tally { provider, ..Tally::default() });
                tallies.len() - 1
            });
            if let Some(tally) = tallies.get_mut(at) {
                (tally.attempts, tally.failed) = (number(1)?, number(2)?);
            }
        }
        Ok(())
    }

    /// Requests that ended at each. The first event is counted from the last attempt's beginning: what was waited for
    /// before, and tried elsewhere, is not the provider's.
    fn ended_by_provider(&self, since: i64) -> Result<Vec<Tally>, ReadError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT provider, count(*), sum(outcome = 'completed'),
             sum(coalesce(input_uncached, 0) + coalesce(cache_read, 0) + coalesce(cache_write_5m, 0)
                 + coalesce(cache_write_1h, 0) + coalesce(cache_write_other, 0)),
             sum(coalesce(output_total, 0)),
             sum(max(0, first_us - CASE WHEN attempts IS NULL THEN max(0, total_us - coalesce(try_total_ms, 0) * 1000)
                 ELSE coalesce(attempts ->> '$[#-1].began_ms', 0) * 1000 END)),
             count(first_us), sum(cost), currency
             FROM request WHERE id >= ? AND provider IS NOT NULL
             GROUP BY provider, currency ORDER BY provider",
        )?;
        let mut rows = statement.query([since])?;
        let mut tallies: Vec<(Tally, u64, u64)> = Vec::new();
        while let Some(row) = rows.next()? {
            let provider: String = row.get(0)?;
            if tallies.last().is_none_or(|(tally, ..)| tally.provider != provider) {
                tallies.push((Tally { provider, ..Tally::default() }, 0, 0));
            }
            let Some((tally, first_us, firsts)) = tallies.last_mut() else { continue };
            let number = |column: usize| -> Result<u64, ReadError> {
                Ok(row.get::<_, Option<i64>>(column)?.unwrap_or(0).unsigned_abs())
            };
            tally.requests += number(1)?;
            tally.completed += number(2)?;
            tally.input += number(3)?;
            tally.output += number(4)?;
            *first_us += number(5)?;
            *firsts += number(6)?;
            tally.first_ms = (*first_us / 1_000).checked_div(*firsts);
            let currency: Option<String> = row.get(8)?;
            if let Some(currency) = currency.as_deref().and_then(Currency::from_id) {
                tally.costs.push(Cost { trillionths: number(7)?, currency });
            }
        }
        Ok(tallies.into_iter().map(|(tally, ..)| tally).collect())
    }

    fn one(&self, condition: &str, values: &[&dyn ToSql]) -> Result<Option<Record>, ReadError> {
        let mut statement = self.connection.prepare_cached(&format!("{}{condition}", row::SELECT))?;
        Ok(statement.query_row(values, row::read).optional()?)
    }

    fn select(&self, conditions: Conditions, order: &str, limit: usize) -> Result<Vec<Record>, ReadError> {
        let sql = format!("{}{}ORDER BY {order} LIMIT ?", row::SELECT, conditions.text());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let limit = Value::from(i64::try_from(limit).unwrap_or(i64::MAX));
        let values = conditions.values.into_iter().chain([limit]);
        let records = statement.query_map(params_from_iter(values), row::read)?;
        Ok(records.collect::<Result<_, _>>()?)
    }
}

/// What one provider has answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Its name.
    pub provider: String,
    /// Attempts made there.
    pub attempts: u64,
    /// Of them, those that failed.
    pub failed: u64,
    /// Requests that ended there.
    pub requests: u64,
    /// Of them, those that completed.
    pub completed: u64,
    /// Tokens read, from caches too.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Mean time to the first event from the beginning of the attempt that brought it, milliseconds.
    pub first_ms: Option<u64>,
    /// What they cost as far as that is known, by currency.
    pub costs: Vec<Cost>,
}

/// Conditions and their values.
#[derive(Default)]
struct Conditions {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add<const N: usize>(&mut self, text: impl Into<String>, values: [Value; N]) {
        self.texts.push(text.into());
        self.values.extend(values);
    }

    fn text(&self) -> String {
        match self.texts.is_empty() {
            true => String::new(),
            false => format!("WHERE ({}) ", self.texts.join(") AND (")),
        }
    }
}

impl Filter {
    fn conditions(&self) -> Conditions {
        let mut all = Conditions::default();
        if let Some(client) = &self.client {
            all.add("client = ?", [client.clone().into()]);
        }
        if let Some(provider) = &self.provider {
            let tried = "EXISTS (SELECT 1 FROM json_each(attempts) WHERE value ->> 'provider' = ?)";
            all.add(format!("provider = ? OR {tried}"), [provider.clone().into(), provider.clone().into()]);
        }
        match self.status {
            Some(StatusFilter::Class(class)) => {
                all.add("status / 100 = ?", [i64::from(class).into()]);
            }
            Some(StatusFilter::Exact(status)) => all.add("status = ?", [i64::from(status).into()]),
            Some(StatusFilter::Error) => all.add("outcome <> 'completed'", []),
            None => {}
        }
        if let Some(us) = self.slower_than_us {
            all.add("total_us > ?", [signed(us).into()]);
        }
        if let Some(ms) = self.since_ms {
            all.add("id >= ?", [signed(RequestId::first_of(ms).0).into()]);
        }
        if let Some(id) = self.after {
            all.add("id > ?", [signed(id.0).into()]);
        }
        if let Some(part) = &self.grep {
            all.add(format!("{SEARCHED} LIKE ? ESCAPE '\\'"), [like(part).into()]);
        }
        all
    }
}

/// The texts of a record that `--grep` looks through.
const SEARCHED: &str = "concat_ws(char(10), client, project, session, operation, protocol, model, model_sent, \
    outcome, status, error, detail, provider, profile, route, stop, attempts)";

/// A pattern for `LIKE` that finds `part` anywhere.
fn like(part: &str) -> String {
    let mut pattern = String::from("%");
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl FromStr for StatusFilter {
    type Err = NotAStatus;

    /// `5xx`, `429`, `error`
    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        let lower = text.to_ascii_lowercase();
        if matches!(&*lower, "error" | "errors") {
            return Ok(Self::Error);
        }
        let class = lower.strip_suffix("xx").filter(|class| class.len() == 1);
        let number: u16 = class.unwrap_or(&lower).parse().map_err(|_| NotAStatus)?;
        match class {
            Some(_) if (1..=5).contains(&number) => Ok(Self::Class(number)),
            None if (100..=599).contains(&number) => Ok(Self::Exact(number)),
            _ => Err(NotAStatus),
        }
    }
}

/// A text that is no status filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a status: 429, 5xx or error")]
pub struct NotAStatus;
