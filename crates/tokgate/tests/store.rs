//! Records from the handle to the file and back, and what happens when the file cannot be used.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "store/apart.rs"]
mod apart;
#[cfg(unix)]
#[path = "store/faults.rs"]
mod faults;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokgate::clock;
use tokgate::config::model::{LogFormat, LogKeep, Retention};
use tokgate::i18n::Lang;
use tokgate::secret::Secret;
use tokgate::store::id::{RequestId, Wanted};
use tokgate::store::query::{Cursor, Filter, ReadError, Reader, StatusFilter};
use tokgate::store::record::{AttemptRecord, Outcome, Record};
use tokgate::store::run::RunRow;
use tokgate::store::writer::{Access, Options, Place, Recorder};
use tokgate::telemetry::redact::Redactor;
use tokgate::telemetry::sink::Sink;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("tokgate.db")
    }

    fn options(&self) -> Options {
        Options {
            path: Some(self.path()),
            keep: keep(Retention::Age(Duration::from_secs(400 * 86_400))),
            access: None,
            lang: Lang::En,
            redactor: Arc::default(),
            busy_timeout: Duration::from_millis(1),
        }
    }

    fn recorder(&self) -> Recorder {
        Recorder::start(self.options()).unwrap()
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.path()).unwrap()
    }

    fn ids(&self) -> Vec<RequestId> {
        ids(&self.reader().list(&Filter::default()).unwrap())
    }
}

fn keep(requests: Retention) -> LogKeep {
    LogKeep { requests, max_size: 2 << 30 }
}

fn ids(records: &[Record]) -> Vec<RequestId> {
    records.iter().map(|record| record.id).collect()
}

fn attempt(provider: &str, status: u16, result: &'static str) -> AttemptRecord {
    AttemptRecord {
        provider: provider.into(),
        key: Some(1),
        model: None,
        model_answered: None,
        status,
        result: result.into(),
        message: None,
        reason: None,
        reused: true,
        dns_ms: 0,
        connect_ms: 0,
        tls_ms: 0,
        head_ms: Some(5),
        total_ms: 9,
        began_ms: 0,
    }
}

fn at(id: RequestId) -> Record {
    Record {
        id,
        run: None,
        client: "claude".into(),
        project: None,
        session: None,
        operation: "messages".into(),
        protocol: None,
        model: Some("sonnet".into()),
        model_sent: None,
        stream: false,
        outcome: Outcome::Completed,
        status: 200,
        error: None,
        detail: None,
        reason: None,
        provider: Some("kimi".into()),
        profile: None,
        route: None,
        attempts: vec![attempt("kimi", 200, "ok")],
        usage: Default::default(),
        stop: None,
        head_us: 5_000,
        first_us: None,
        total_us: 9_000,
        bytes_in: 10,
        bytes_out: 20,
        trail: "".into(),
        losses: None,
        counted: None,
        estimated: false,
        cost: None,
    }
}

fn record() -> Record {
    at(RequestId::next(clock::unix_ms()))
}

fn is_in_memory(recorder: &Recorder) -> bool {
    matches!(recorder.health().place, Place::Memory(_))
}

#[test]
fn records_are_in_the_file_after_a_flush() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    let records: Vec<Record> = (0..700).map(|_| record()).collect();
    records.iter().for_each(|record| recorder.push(record.clone()));
    recorder.flush();
    assert_eq!(bench.reader().list(&Filter::default()).unwrap(), records);
    assert_eq!(recorder.health().place, Place::Disk);
    assert_eq!(recorder.dropped(), 0);
}

#[test]
fn what_waits_is_written_at_the_end() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    let record = record();
    recorder.push(record.clone());
    recorder.close();
    assert_eq!(bench.ids(), [record.id]);
    recorder.push(record);
    recorder.flush();
    assert_eq!(recorder.dropped(), 1, "a record after the end is counted");
}

#[test]
fn numbers_go_on_growing_after_a_restart_with_a_clock_that_went_back() {
    let bench = Bench::new();
    let ahead = RequestId::first_of(clock::unix_ms() + 60_000);
    let recorder = bench.recorder();
    recorder.push(at(ahead));
    recorder.close();
    let recorder = bench.recorder();
    recorder.flush();
    assert!(RequestId::next(clock::unix_ms()) > ahead);
}

#[test]
fn a_record_written_twice_is_there_once() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    let record = record();
    recorder.push(record.clone());
    recorder.push(record.clone());
    recorder.flush();
    assert_eq!(bench.ids(), [record.id]);
}

#[test]
fn a_damaged_file_is_put_aside_and_a_new_one_begun() {
    let bench = Bench::new();
    fs::write(bench.path(), "this is no database ".repeat(100)).unwrap();
    assert!(matches!(Reader::open(&bench.path()), Err(ReadError::Damaged)));
    let recorder = bench.recorder();
    let record = record();
    recorder.push(record.clone());
    recorder.flush();
    assert_eq!(bench.ids(), [record.id]);
    assert_eq!(put_aside(bench.folder.path()).len(), 1);
}

#[test]
fn damage_met_while_running_costs_no_new_record() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    (0..500).for_each(|_| recorder.push(record()));
    recorder.flush();
    // Every page but the first is overwritten, as a failing disk would do, and the log is emptied.
    let other = Connection::open(bench.path()).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(other);
    let mut bytes = fs::read(bench.path()).unwrap();
    bytes[4096..].fill(0x5a);
    fs::OpenOptions::new().write(true).open(bench.path()).unwrap().write_all(&bytes).unwrap();
    // A write by somebody else makes the recorder read the pages again.
    let other = Connection::open(bench.path()).unwrap();
    other.pragma_update(None, "user_version", 1).unwrap();
    drop(other);
    let record = record();
    recorder.push(record.clone());
    recorder.flush();
    assert_eq!(bench.ids(), [record.id]);
    assert_eq!(put_aside(bench.folder.path()).len(), 1);
    assert_eq!(recorder.dropped(), 0);
}

fn put_aside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let aside = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("tokgate.db.corrupt-") && !name.ends_with("-wal") && !name.ends_with("-shm")
    };
    entries.filter(aside).collect()
}

#[cfg(unix)]
#[test]
fn a_file_deleted_while_running_is_made_again() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    recorder.push(record());
    recorder.flush();
    for name in ["tokgate.db", "tokgate.db-wal", "tokgate.db-shm"] {
        fs::remove_file(bench.folder.path().join(name)).unwrap();
    }
    let record = record();
    recorder.push(record.clone());
    recorder.flush();
    assert_eq!(bench.ids(), [record.id]);
}

#[test]
fn a_newer_file_is_read_but_not_written() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    let old = record();
    recorder.push(old.clone());
    recorder.close();
    let later = Connection::open(bench.path()).unwrap();
    later.execute_batch("ALTER TABLE request ADD COLUMN invented TEXT; PRAGMA user_version = 99").unwrap();
    drop(later);
    let recorder = bench.recorder();
    let new = record();
    recorder.push(new.clone());
    recorder.flush();
    let why = recorder.problem().expect("not in memory").say(Lang::En);
    assert!(why.contains("TG603") && why.contains("newer"), "{why}");
    assert_eq!(recorder.held(), [new]);
    let reader = bench.reader();
    assert_eq!(reader.newer(), Some(99));
    assert_eq!(reader.list(&Filter::default()).unwrap(), [old]);
}

#[test]
fn a_file_that_another_program_holds_is_written_later() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    recorder.flush();
    let other = Connection::open(bench.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let first = record();
    recorder.push(first.clone());
    recorder.flush();
    assert!(is_in_memory(&recorder));
    assert_eq!(ids(&recorder.held()), [first.id]);
    other.execute_batch("COMMIT").unwrap();
    let second = record();
    recorder.push(second.clone());
    recorder.flush();
    assert_eq!(bench.ids(), [first.id, second.id]);
    assert_eq!(recorder.health().place, Place::Disk);
    assert!(recorder.held().is_empty());
}

#[test]
fn places_where_no_file_can_be_do_not_stop_anything() {
    let bench = Bench::new();
    fs::create_dir(bench.path()).unwrap();
    let recorder = bench.recorder();
    let many: Vec<Record> = (0..1_100).map(|_| record()).collect();
    many.iter().for_each(|record| recorder.push(record.clone()));
    recorder.put_run(run("a", 1));
    recorder.flush();
    assert!(is_in_memory(&recorder));
    assert_eq!(recorder.held(), many[100..], "the newest 1,000 are held");
    assert_eq!(recorder.dropped(), 100);
    // The obstacle goes: what is held is saved.
    fs::remove_dir(bench.path()).unwrap();
    recorder.flush();
    assert_eq!(bench.ids(), ids(&many[100..]));
    assert_eq!(bench.reader().runs(10).unwrap(), [run("a", 1)]);
}

#[test]
fn a_folder_that_is_a_file_does_not_stop_anything() {
    let bench = Bench::new();
    fs::write(bench.folder.path().join("file"), "").unwrap();
    let options = Options { path: Some(bench.folder.path().join("file/tokgate.db")), ..bench.options() };
    let recorder = Recorder::start(options).unwrap();
    recorder.push(record());
    recorder.flush();
    assert!(is_in_memory(&recorder));
    assert_eq!(recorder.held().len(), 1);
}

#[test]
fn without_a_file_the_newest_records_are_in_memory_and_none_counts_as_lost() {
    let bench = Bench::new();
    let recorder = Recorder::start(Options { path: None, ..bench.options() }).unwrap();
    (0..1_200).for_each(|_| recorder.push(record()));
    recorder.flush();
    assert_eq!(recorder.held().len(), 1_000);
    assert_eq!(recorder.dropped(), 0);
}

#[test]
fn a_queue_that_is_full_loses_the_oldest_and_counts_them() {
    // Another program's lock holds the writer thread, so that nothing leaves the queue.
    let bench = Bench::new();
    let options = bench.options();
    let holder = Connection::open(bench.path()).unwrap();
    holder.execute_batch("PRAGMA journal_mode = WAL; BEGIN EXCLUSIVE").unwrap();
    let recorder = Recorder::start(Options { busy_timeout: Duration::from_secs(60), ..options }).unwrap();
    let many: Vec<Record> = (0..10_050).map(|_| record()).collect();
    many.iter().for_each(|record| recorder.push(record.clone()));
    assert_eq!(recorder.dropped(), 50);
    holder.execute_batch("ROLLBACK").unwrap();
    drop(holder);
    recorder.flush();
    let all = Filter { limit: 10_000, ..Filter::default() };
    assert_eq!(ids(&bench.reader().list(&all).unwrap()), ids(&many[50..]));
}

#[test]
fn old_records_go_by_age() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    let now = clock::unix_ms();
    let day = 86_400_000;
    let old: Vec<Record> = (0..1_300).map(|n| at(RequestId(RequestId::first_of(now - 401 * day).0 + n))).collect();
    let young = at(RequestId::first_of(now - 399 * day));
    old.iter().chain([&young]).for_each(|record| recorder.push(record.clone()));
    recorder.flush();
    recorder.tidy();
    assert_eq!(bench.ids(), [young.id]);
}

#[test]
fn old_records_go_by_count_also_after_a_change_of_the_setting() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    let records: Vec<Record> = (0..1_300).map(|_| record()).collect();
    records.iter().for_each(|record| recorder.push(record.clone()));
    recorder.flush();
    recorder.reconfigure(keep(Retention::Count(10)), None, Lang::En);
    recorder.tidy();
    assert_eq!(bench.ids(), ids(&records[1_290..]));
    let more = record();
    recorder.push(more.clone());
    recorder.tidy();
    let kept = bench.ids();
    assert_eq!(kept.len(), 10);
    assert_eq!(kept.last(), Some(&more.id));
}

#[test]
fn a_file_that_is_too_large_shrinks() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    for _ in 0..3_000 {
        recorder.push(Record { trail: format!("[\"{}\"]", "x".repeat(900)).into(), ..record() });
    }
    recorder.flush();
    recorder.reconfigure(LogKeep { requests: Retention::Count(1_000_000), max_size: 1 << 20 }, None, Lang::En);
    recorder.tidy();
    recorder.close();
    let size = fs::metadata(bench.path()).unwrap().len();
    // Below the limit, but for pages that are not worth giving back.
    assert!(size < 3 << 20, "{size}");
    assert!(!bench.ids().is_empty());
}

#[test]
fn filters_find_what_they_say() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    let plain = record();
    let codex = Record { client: "codex".into(), model: Some("GPT-6_x".into()), ..record() };
    let slow = Record { total_us: 12_000_000, ..record() };
    let moved = Record {
        provider: Some("anthropic".into()),
        attempts: vec![attempt("openrouter", 429, "rate-limited"), attempt("anthropic", 200, "ok")],
        ..record()
    };
    let failed = Record {
        outcome: Outcome::Failed,
        status: 503,
        detail: Some("100 % busy".into()),
        error: Some("TG301".into()),
        ..record()
    };
    let gone = Record { outcome: Outcome::Cancelled, status: 0, ..record() };
    let all = [&plain, &codex, &slow, &moved, &failed, &gone];
    all.iter().for_each(|record| recorder.push((*record).clone()));
    recorder.flush();
    let reader = bench.reader();
    let found = |filter: Filter| ids(&reader.list(&filter).unwrap());
    let text = |text: &str| Some(text.to_owned());
    let any = Filter::default;
    assert_eq!(found(Filter { client: text("codex"), ..any() }), [codex.id]);
    assert_eq!(found(Filter { provider: text("openrouter"), ..any() }), [moved.id]);
    assert_eq!(found(Filter { provider: text("anthropic"), ..any() }), [moved.id]);
    assert_eq!(found(Filter { status: Some(StatusFilter::Class(5)), ..any() }), [failed.id]);
    assert_eq!(found(Filter { status: Some(StatusFilter::Exact(503)), ..any() }), [failed.id]);
    assert_eq!(found(Filter { status: Some(StatusFilter::Error), ..any() }), [failed.id, gone.id]);
    assert_eq!(found(Filter { slower_than_us: Some(10_000_000), ..any() }), [slow.id]);
    assert_eq!(found(Filter { grep: text("gpt-6_X"), ..any() }), [codex.id]);
    assert_eq!(found(Filter { grep: text("gpt-6yX"), ..any() }), []);
    assert_eq!(found(Filter { grep: text("100 %"), ..any() }), [failed.id]);
    assert_eq!(found(Filter { grep: text("rate-limited"), ..any() }), [moved.id]);
    assert_eq!(found(Filter { after: Some(failed.id), ..any() }), [gone.id]);
    assert_eq!(found(Filter { since_ms: Some(gone.id.unix_ms() + 1), ..any() }), []);
    assert_eq!(found(Filter { since_ms: Some(plain.id.unix_ms()), ..any() }), all.map(|record| record.id));
    assert_eq!(found(Filter { limit: 2, ..any() }), [failed.id, gone.id]);
    assert_eq!(reader.last().unwrap().unwrap(), gone);
    assert_eq!(reader.last_error().unwrap().unwrap(), failed);
    for wanted in [slow.id.to_string(), slow.id.short().to_string(), slow.id.to_string().to_lowercase()] {
        assert_eq!(reader.find(wanted.parse::<Wanted>().unwrap()).unwrap().as_ref(), Some(&slow), "{wanted}");
    }
    assert_eq!(reader.find(Wanted::Whole(RequestId(1))).unwrap(), None);
}

#[test]
fn status_filters_are_read_from_text() {
    assert_eq!("5xx".parse(), Ok(StatusFilter::Class(5)));
    assert_eq!("429".parse(), Ok(StatusFilter::Exact(429)));
    assert_eq!("error".parse(), Ok(StatusFilter::Error));
    for text in ["", "9xx", "42", "xx", "5x", "-5xx", "1000"] {
        assert!(text.parse::<StatusFilter>().is_err(), "{text}");
    }
}

#[test]
fn a_follower_sees_requests_in_the_order_in_which_they_end() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    let early_but_long = record();
    let short = record();
    recorder.push(short.clone());
    recorder.flush();
    let reader = bench.reader();
    let (seen, cursor) = reader.tail(Cursor::default(), &Filter::default()).unwrap();
    assert_eq!(ids(&seen), [short.id]);
    assert_eq!(cursor, reader.end().unwrap());
    let late = record();
    recorder.push(late.clone());
    recorder.push(early_but_long.clone());
    recorder.flush();
    let (seen, cursor) = reader.tail(cursor, &Filter::default()).unwrap();
    assert_eq!(ids(&seen), [late.id, early_but_long.id]);
    let (seen, after) = reader.tail(cursor, &Filter::default()).unwrap();
    assert!(seen.is_empty() && after == cursor);
    let codex = Record { client: "codex".into(), ..record() };
    recorder.push(record());
    recorder.push(codex.clone());
    recorder.flush();
    let only = Filter { client: Some("codex".to_owned()), ..Filter::default() };
    assert_eq!(ids(&reader.tail(cursor, &only).unwrap().0), [codex.id]);
}

fn run(tag: &str, created_ms: u64) -> RunRow {
    RunRow {
        tag: tag.into(),
        client: "claude".into(),
        project: Some("/home/me".into()),
        label: Some("night".into()),
        profile: None,
        provider: Some("kimi".into()),
        model: None,
        created_ms,
    }
}

#[test]
fn runs_outlive_a_restart_the_newest_first() {
    let bench = Bench::new();
    let recorder = bench.recorder();
    for (tag, at) in [("a", 1), ("b", 3), ("c", 2)] {
        recorder.put_run(run(tag, at));
    }
    recorder.put_run(run("a", 4));
    recorder.close();
    let _again = bench.recorder();
    assert_eq!(bench.reader().runs(2).unwrap(), [run("a", 4), run("b", 3)]);
}

#[test]
fn there_is_nothing_to_read_before_the_first_start() {
    let bench = Bench::new();
    assert!(matches!(Reader::open(&bench.path()), Err(ReadError::None)));
    assert!(!bench.path().exists(), "reading makes no file");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Lines {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.0.lock().push(block.to_vec());
        Ok(block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn request_lines_of_a_batch_are_written_at_once_and_hold_no_secret() {
    let bench = Bench::new();
    let redactor = Arc::new(Redactor::default());
    redactor.register([&Secret::new("canary-value-1")]);
    for format in [LogFormat::Pretty, LogFormat::Json] {
        let lines = Lines::default();
        let sink = Sink::to(lines.clone()).unwrap();
        let access = Some(Access { sink: sink.clone(), format, colour: false });
        let options = Options { access, redactor: Arc::clone(&redactor), ..bench.options() };
        let recorder = Recorder::start(options).unwrap();
        recorder.flush();
        let mut bad = attempt("kimi", 401, "auth");
        bad.message = Some("your key canary-value-1 is wrong".into());
        for _ in 0..10 {
            recorder.push(Record {
                model: Some("m-canary-value-1".into()),
                session: Some("canary-value-1".into()),
                stop: Some("canary-value-1".into()),
                detail: Some("kimi: your key canary-value-1 is wrong".into()),
                trail: "[\"canary-value-1\"]".into(),
                outcome: Outcome::Failed,
                attempts: vec![bad.clone()],
                ..record()
            });
        }
        recorder.flush();
        sink.flush();
        let blocks = lines.0.lock().clone();
        let text = String::from_utf8(blocks.concat()).unwrap();
        assert_eq!(text.lines().count(), 10, "{text}");
        // A tick may fall between two records, but there is no write for each.
        assert!(blocks.len() < 10, "{} blocks", blocks.len());
        assert!(!text.contains("canary") && text.contains("[redacted]"), "{text}");
        recorder.close();
    }
    let stored = fs::read(bench.path()).unwrap();
    assert_eq!(stored.windows(6).filter(|window| window == b"canary").count(), 0);
}
