//! The database file: its tables in every version, how it is opened for writing, and what is done when it is broken.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::i18n::{Text, faults, records as text};

/// Marks the file as ours (`tokg` in ASCII), so that another program's database is never written to.
const APPLICATION_ID: i64 = 0x746f_6b67;
/// Page cache of one connection, KiB. Rows are appended and read newest first, so a larger one would hold nothing of
/// use and only make the idle process bigger.
const CACHE_KIB: i64 = 512;
/// The write-ahead log is cut back to this after a checkpoint.
const WAL_LIMIT_BYTES: i64 = 4 << 20;
/// Above this size a file is not read through after an unclean end (it would take seconds); damage is then noticed
/// when it is met.
const CHECK_MAX_BYTES: u64 = 64 << 20;

/// The steps from each version to the next; step `n` leads to version `n + 1`. Released steps never change, and later
/// ones only add tables and columns, so that older readers understand newer files.
const STEPS: &[&str] = &[
    // `id` is the rowid: rows are appended nearly in order and ranges of time are ranges of the table. Columns `try_*`
    // hold the only attempt of a request that went well at once; everything else is in `attempts`.
    // `batch` tells a follower what was written, in that order (that of finishing: a long request has an early id and
    // ends late). One row per transaction with the ids, eight bytes each, costs a fifth of an index over the records.
    "CREATE TABLE request (
        id INTEGER PRIMARY KEY, run TEXT, client TEXT NOT NULL, project TEXT, session TEXT, operation TEXT NOT NULL, protocol TEXT,
        model TEXT, model_sent TEXT, stream INTEGER NOT NULL,
        outcome TEXT NOT NULL, status INTEGER NOT NULL, error TEXT, detail TEXT,
        provider TEXT, profile TEXT, route TEXT,
        input_uncached INTEGER, cache_read INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER,
        cache_write_other INTEGER, output_total INTEGER, output_reasoning INTEGER, server_tool_requests INTEGER,
        stop TEXT, head_us INTEGER NOT NULL, first_us INTEGER, total_us INTEGER NOT NULL,
        bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, trail TEXT,
        try_key INTEGER, try_model TEXT, try_status INTEGER, try_reused INTEGER, try_dns_ms INTEGER,
        try_connect_ms INTEGER, try_tls_ms INTEGER, try_head_ms INTEGER, try_total_ms INTEGER,
        attempts TEXT);
     CREATE TABLE batch (seq INTEGER PRIMARY KEY, ids BLOB NOT NULL);
     CREATE TABLE run (
        tag TEXT PRIMARY KEY, client TEXT NOT NULL, project TEXT, profile TEXT, provider TEXT, model TEXT,
        created_ms INTEGER NOT NULL) WITHOUT ROWID;
     CREATE INDEX run_created ON run (created_ms);",
    // What a translation could not carry.
    "ALTER TABLE request ADD COLUMN losses TEXT;",
    // The number that a question for tokens was answered with, and whether it was estimated; what an answer cost, in
    // trillionths of the currency, NULL where a price is not known.
    "ALTER TABLE request ADD COLUMN counted INTEGER;
     ALTER TABLE request ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE request ADD COLUMN cost INTEGER;
     ALTER TABLE request ADD COLUMN currency TEXT;",
    // What the running gateway knows, by name: JSON, the newest value alone.
    "CREATE TABLE kept (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, value TEXT NOT NULL);",
    // What a run was marked with, for rules.
    "ALTER TABLE run ADD COLUMN label TEXT;",
    // What went wrong, in any language: which message, and what stands in it, as JSON.
    "ALTER TABLE request ADD COLUMN reason TEXT;",
];

/// What rows of older files read as in the columns that a version added to a table.
const COLUMNS_SINCE: &[(&str, i64, &str)] = &[
    ("request", 2, ", NULL AS losses"),
    ("request", 3, ", NULL AS counted, 0 AS estimated, NULL AS cost, NULL AS currency"),
    ("run", 5, ", NULL AS label"),
    ("request", 6, ", NULL AS reason"),
];

/// The version this program writes.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Why the database cannot be used.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A later release wrote it.
    Newer {
        /// Its version.
        found: i64,
    },
    /// Some other program's.
    Foreign,
    /// Unreadable inside.
    Damaged,
    /// Another program holds it.
    Locked,
    /// No room.
    Full,
    /// Gone, or replaced, while we had it open.
    Gone,
    /// Anything else SQLite says.
    Sqlite(rusqlite::Error),
    /// Anything else the system says.
    Io(io::Error),
}

impl Trouble {
    /// In words.
    pub(super) fn text(&self) -> Text {
        match self {
            Self::Newer { found } => Text::new(&text::CAUSE_NEWER).with("found", found).with("known", VERSION),
            Self::Foreign => (&text::CAUSE_FOREIGN).into(),
            Self::Damaged => (&text::CAUSE_DAMAGED).into(),
            Self::Locked => (&text::CAUSE_LOCKED).into(),
            Self::Full => (&text::CAUSE_FULL).into(),
            Self::Gone => (&text::CAUSE_GONE).into(),
            Self::Sqlite(error) => sqlite(error),
            Self::Io(error) => faults::system(error),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}

/// What SQLite says, in our words where they are known.
pub(super) fn sqlite(error: &rusqlite::Error) -> Text {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (&text::CAUSE_DAMAGED).into(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (&text::CAUSE_LOCKED).into(),
        Some(ErrorCode::DiskFull) => (&text::CAUSE_FULL).into(),
        Some(ErrorCode::PermissionDenied) => (&faults::NOT_PERMITTED).into(),
        Some(ErrorCode::ReadOnly) => (&faults::READ_ONLY).into(),
        Some(ErrorCode::CannotOpen) => (&faults::CANNOT_OPEN).into(),
        _ => Text::verbatim(error),
    }
}

/// Opens the file for writing, makes it when there is none, and brings it to [`VERSION`].
pub(super) fn open(path: &Path, busy_timeout: Duration) -> Result<Connection, Trouble> {
    let unclean = prepare_file(path)?;
    let connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.busy_timeout(busy_timeout)?;
    let found = version(&connection)?;
    let mark: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if found > VERSION {
        return Err(Trouble::Newer { found });
    }
    if mark != APPLICATION_ID && (mark != 0 || !is_empty(&connection)?) {
        return Err(Trouble::Foreign);
    }
    // `auto_vacuum` only takes effect before the first table, and before the journal mode is changed.
    connection.execute_batch(&format!(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -{CACHE_KIB}; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = {WAL_LIMIT_BYTES};"
    ))?;
    if unclean && fs::metadata(path)?.len() <= CHECK_MAX_BYTES && !is_sound(&connection)? {
        return Err(Trouble::Damaged);
    }
    migrate(&connection, found)?;
    Ok(connection)
}

/// Opens the file for reading; a newer one too. Returns its version.
pub(super) fn open_to_read(path: &Path) -> Result<(Connection, i64), rusqlite::Error> {
    let connection = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    connection.execute_batch(&format!("PRAGMA cache_size = -{CACHE_KIB};"))?;
    let found = version(&connection)?;
    // Not migrated before the gateway next writes to it: a view has the columns that the table lacks.
    for table in ["request", "run"] {
        let lacks = COLUMNS_SINCE.iter().filter(|(of, version, _)| *of == table && found > 0 && found < *version);
        let lacks: String = lacks.map(|(.., columns)| *columns).collect();
        if !lacks.is_empty() {
            connection.execute_batch(&format!("CREATE TEMP VIEW {table} AS SELECT *{lacks} FROM main.{table};"))?;
        }
    }
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok((connection, found))
}

/// The tables in memory alone, empty.
pub(super) fn in_memory() -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_in_memory()?;
    migrate(&connection, 0)?;
    Ok(connection)
}

/// Names that are tried for a damaged file; a process puts away three at most.
const ASIDE_NAMES: usize = 100;

/// Puts a damaged file out of the way, with its log, and returns where it went.
pub(super) fn move_aside(path: &Path, unix_ms: u64) -> io::Result<PathBuf> {
    let named = |ms: u64| with_suffix(path, &format!(".corrupt-{ms}"));
    // By milliseconds, the next one where that name is taken: what an earlier damage left is not written over.
    let aside =
        (unix_ms..).take(ASIDE_NAMES).map(named).find(|aside| !aside.exists()).unwrap_or_else(|| named(unix_ms));
    fs::rename(path, &aside)?;
    for log in ["-wal", "-shm"] {
        // Absent after a clean end.
        let _ = fs::rename(with_suffix(path, log), with_suffix(&aside, log));
    }
    Ok(aside)
}

/// Whether the file on disk is still the one with this identity. Only known where files have one.
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

fn flags(mode: OpenFlags) -> OpenFlags {
    mode | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes folder and file with the rights of one user. Returns whether the last writer ended without closing (SQLite
/// removes the log on a clean end).
fn prepare_file(path: &Path) -> io::Result<bool> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_folder(folder)?;
    }
    let log = with_suffix(path, "-wal");
    if !path.exists() {
        // A log without its database would be played into the new one.
        for left in [&log, &with_suffix(path, "-shm")] {
            match fs::remove_file(left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    create_private(path)?;
    Ok(fs::metadata(&log).is_ok_and(|meta| meta.len() > 0))
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes sure that the file exists and that nobody else may read it; SQLite gives its log the same rights.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    drop(file);
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

fn is_sound(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA quick_check(1)", [], |row| Ok(row.get::<_, String>(0)? == "ok"))
}

/// Runs the steps that are missing, each with its version number in one transaction.
fn migrate(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    let done = usize::try_from(found).unwrap_or(0);
    for (at, step) in STEPS.iter().enumerate().skip(done) {
        let result = connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {step} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}; COMMIT;",
            at + 1
        ));
        if result.is_err() && !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK")?;
        }
        result?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
