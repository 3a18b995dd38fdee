#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

fn shape(connection: &Connection) -> Vec<(String, String)> {
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// A database as the release with this version left it.
fn at_version(path: &Path, version: usize) {
    let connection = Connection::open(path).unwrap();
    for step in &STEPS[..version] {
        connection.execute_batch(step).unwrap();
    }
    if version > 0 {
        connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        connection
            .execute_batch(
                "INSERT INTO request (id, client, operation, stream, outcome, status, head_us, total_us, bytes_in,
                 bytes_out) VALUES (1, 'claude', 'messages', 0, 'completed', 200, 1, 2, 3, 4)",
            )
            .unwrap();
    }
    connection.pragma_update(None, "user_version", version as i64).unwrap();
}

#[test]
fn every_older_version_becomes_the_present_one_and_keeps_its_records() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = open(&folder.path().join("fresh"), Duration::ZERO).unwrap();
    for from in 0..=STEPS.len() {
        let path = folder.path().join(format!("from-{from}"));
        at_version(&path, from);
        let connection = open(&path, Duration::ZERO).unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION);
        assert_eq!(shape(&connection), shape(&fresh), "from version {from}");
        let rows: i64 = connection.query_row("SELECT count(*) FROM request", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, from.min(1) as i64, "from version {from}");
    }
}

#[test]
fn a_newer_database_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    at_version(&path, STEPS.len());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(open(&path, Duration::ZERO), Err(Trouble::Newer { found }) if found == VERSION + 1));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(open_to_read(&path).unwrap().1, VERSION + 1);
}

#[test]
fn another_programs_database_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    assert!(matches!(open(&path, Duration::ZERO), Err(Trouble::Foreign)));
}

#[test]
fn a_log_without_its_database_is_not_played_into_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    fs::write(folder.path().join("db-wal"), b"left over").unwrap();
    open(&path, Duration::ZERO).unwrap();
    let log = fs::read(folder.path().join("db-wal")).unwrap_or_default();
    assert!(!log.starts_with(b"left over"));
}

#[test]
fn small_memory_and_safe_settings_are_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let connection = open(&folder.path().join("db"), Duration::ZERO).unwrap();
    let pragma = |name: &str| -> String {
        connection.query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |row| row.get(0)).unwrap()
    };
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "1"), ("auto_vacuum", "2"), ("cache_size", "-512")] {
        assert_eq!(pragma(name), value, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/db");
    let connection = open(&path, Duration::ZERO).unwrap();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&with_suffix(&path, "-wal")), 0o600);
    drop(connection);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    open(&path, Duration::ZERO).unwrap();
    assert_eq!(mode(&path), 0o600);
}
