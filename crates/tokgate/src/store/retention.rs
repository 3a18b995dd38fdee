//! Old records go: by age or count, and by the size of the file. In small steps, so that the writer is never away for
//! long.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use tokio::time::Instant;

use crate::config::model::{LogKeep, Retention as Keep};
use crate::store::id::RequestId;

/// Records deleted in one step.
const STEP_ROWS: i64 = 500;
/// Pages given back to the system in one step (4 KiB each).
const STEP_PAGES: i64 = 256;
/// Pause after a pass that left nothing to do.
const PAUSE: Duration = Duration::from_secs(60);
/// How long steps wait for a moment without records.
const OVERDUE: Duration = Duration::from_secs(60);
/// Runs kept in the database.
const RUNS_MAX: i64 = 10_000;

/// Where retention stands.
#[derive(Debug, Default)]
pub(super) struct Retention {
    /// Rows in the table, counted when first needed.
    rows: Option<u64>,
    next: Option<Instant>,
}

impl Retention {
    /// Counts rows written.
    pub(super) fn wrote(&mut self, rows: u64) {
        if let Some(all) = &mut self.rows {
            *all += rows;
        }
    }

    /// Whether steps were due for so long that they are taken between batches.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| now > next + OVERDUE)
    }

    /// One step, if it is time or `force`. Returns whether there is more to do now.
    pub(super) fn step(
        &mut self,
        connection: &Connection,
        keep: LogKeep,
        unix_ms: u64,
        now: Instant,
        force: bool,
    ) -> rusqlite::Result<bool> {
        if !force && self.next.is_some_and(|next| now < next) {
            return Ok(false);
        }
        let deleted = self.delete(connection, keep, unix_ms)?;
        let freed = give_back(connection)?;
        let more = deleted > 0 || freed;
        if !more {
            connection.execute(
                "DELETE FROM run WHERE created_ms < (SELECT created_ms FROM run ORDER BY created_ms DESC LIMIT 1 OFFSET ?)",
                [RUNS_MAX],
            )?;
            self.next = Some(now + PAUSE);
        }
        Ok(more)
    }

    fn delete(&mut self, connection: &Connection, keep: LogKeep, unix_ms: u64) -> rusqlite::Result<u64> {
        let (below, mut limit) = match keep.requests {
            Keep::Age(age) => {
                let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
                (RequestId::first_of(unix_ms.saturating_sub(age_ms)).0, STEP_ROWS)
            }
            Keep::Count(count) => {
                let over = self.count(connection)?.saturating_sub(count);
                (u64::MAX, STEP_ROWS.min(i64::try_from(over).unwrap_or(i64::MAX)))
            }
        };
        let mut below = i64::try_from(below).unwrap_or(i64::MAX);
        if used_bytes(connection)? > keep.max_size {
            (below, limit) = (i64::MAX, STEP_ROWS);
        }
        // The last of those to go; a range of the table is then deleted.
        let last: Option<i64> = connection
            .prepare_cached("SELECT max(id) FROM (SELECT id FROM request WHERE id < ? ORDER BY id LIMIT ?)")?
            .query_row(params![below, limit], |row| row.get(0))
            .optional()?
            .flatten();
        let Some(last) = last else { return Ok(0) };
        let gone = connection.prepare_cached("DELETE FROM request WHERE id <= ?")?.execute([last])? as u64;
        if let Some(rows) = &mut self.rows {
            *rows = rows.saturating_sub(gone);
        }
        Ok(gone)
    }

    fn count(&mut self, connection: &Connection) -> rusqlite::Result<u64> {
        if let Some(rows) = self.rows {
            return Ok(rows);
        }
        let rows: i64 = connection.query_row("SELECT count(*) FROM request", [], |row| row.get(0))?;
        Ok(*self.rows.insert(rows.unsigned_abs()))
    }
}

/// Bytes of the file that hold something.
fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let pages = pragma("page_count")? - pragma("freelist_count")?;
    Ok(pages.unsigned_abs() * pragma("page_size")?.unsigned_abs())
}

/// Returns free pages to the system, when there are enough to be worth it. Returns whether it did.
fn give_back(connection: &Connection) -> rusqlite::Result<bool> {
    let free: i64 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    if free < STEP_PAGES {
        return Ok(false);
    }
    let mut vacuum = connection.prepare_cached(&format!("PRAGMA incremental_vacuum({STEP_PAGES})"))?;
    let mut rows = vacuum.query([])?;
    while rows.next()?.is_some() {}
    Ok(true)
}
