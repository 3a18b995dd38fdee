#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use rusqlite::Connection;

use super::*;
use crate::i18n::{Lang, faults};
use crate::store::sample::{failed, failed_over, plain};
use crate::store::schema;

fn database() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let connection = schema::open(&folder.path().join("db"), Duration::ZERO).unwrap();
    (folder, connection)
}

fn there_and_back(record: &Record) -> Record {
    let (_folder, connection) = database();
    let mut statement = connection.prepare(INSERT).unwrap();
    bind(&mut statement, record).unwrap();
    statement.raw_execute().unwrap();
    connection.query_row(SELECT, [], read).unwrap()
}

#[test]
fn a_record_reads_back_as_it_was() {
    assert_eq!(there_and_back(&plain(7)), plain(7));
    assert_eq!(there_and_back(&failed_over(8)), failed_over(8));
    let bare = Record { attempts: Vec::new(), provider: None, protocol: None, trail: "".into(), ..plain(9) };
    assert_eq!(there_and_back(&bare), bare);
    let cost = Some(Cost { trillionths: 60_970_000_000, currency: Currency::Usd });
    let counted = Record { counted: Some(4_711), estimated: true, cost, losses: Some("x dropped".into()), ..plain(10) };
    assert_eq!(there_and_back(&counted), counted);
}

#[test]
fn an_attempt_that_the_row_cannot_hold_is_kept_whole() {
    let mut message = plain(1);
    message.attempts[0].message = Some("slow".into());
    let mut elsewhere = plain(2);
    elsewhere.provider = Some("other".into());
    let mut failed = plain(3);
    failed.attempts[0].result = "refused".into();
    let mut answered = plain(4);
    answered.answered_by(Some("kimi-k3-0905"));
    for record in [message, elsewhere, failed, answered] {
        assert_eq!(there_and_back(&record), record);
    }
}

#[test]
fn what_went_wrong_is_read_in_another_language_than_it_was_written_in() {
    let mut record = failed(1);
    let silent = Text::new(&faults::SILENT).with("seconds", 30);
    record.explain(&silent, Lang::En);
    record.attempts[0].explain(&silent, Lang::En);
    let read = there_and_back(&record);
    assert_eq!(read, record);
    assert_eq!(read.detail_in(Lang::Zh).as_deref(), Some("30 秒没有数据"));
    assert_eq!(read.attempts[0].message_in(Lang::Zh).as_deref(), Some("30 秒没有数据"));
    assert_eq!(read.detail.as_deref(), Some("silent for 30 s"));
}

#[test]
fn words_of_others_and_of_older_rows_are_told_as_they_stand() {
    let mut record = failed(1);
    record.explain(&Text::verbatim("slow down"), Lang::Zh);
    assert_eq!((record.reason.is_none(), record.detail_in(Lang::Zh).as_deref()), (true, Some("slow down")));
    assert_eq!(failed(2).detail_in(Lang::Zh).as_deref(), Some("kimi: connection refused"));
}

#[test]
fn words_that_a_later_release_made_are_told_as_they_were_written() {
    let (_folder, connection) = database();
    let mut statement = connection.prepare(INSERT).unwrap();
    let mut record = failed(1);
    record.explain(&Text::new(&faults::LATE), Lang::En);
    bind(&mut statement, &record).unwrap();
    statement.raw_execute().unwrap();
    connection.execute("UPDATE request SET reason = '{\"id\":\"fault.of-later\"}'", []).unwrap();
    let read = connection.query_row(SELECT, [], read).unwrap();
    assert_eq!(read.detail_in(Lang::Zh).as_deref(), Some("not finished in time"));
}

#[test]
fn foreign_texts_are_cut_between_characters() {
    let record = Record { model: Some("模".repeat(1_000).into()), detail: Some("x".repeat(9_000).into()), ..plain(1) };
    let read = there_and_back(&record);
    assert_eq!(read.model.unwrap().len(), NAME_MAX / 3 * 3);
    assert_eq!(read.detail.unwrap().len(), DETAIL_MAX);
    let long = Record { trail: format!("[\"{}\"]", "x".repeat(TRAIL_MAX)).into(), ..plain(1) };
    assert_eq!(&*there_and_back(&long).trail, "");
}

#[test]
fn numbers_beyond_the_databases_range_do_not_wrap() {
    let record = Record { bytes_in: u64::MAX, ..plain(1) };
    assert_eq!(there_and_back(&record).bytes_in, i64::MAX.unsigned_abs());
}

#[test]
fn a_statement_used_again_does_not_keep_values_of_the_row_before() {
    let (_folder, connection) = database();
    let mut statement = connection.prepare(INSERT).unwrap();
    let bare = Record { attempts: Vec::new(), usage: Usage::default(), session: None, ..plain(2) };
    for record in [plain(1), bare.clone()] {
        statement.clear_bindings();
        bind(&mut statement, &record).unwrap();
        statement.raw_execute().unwrap();
    }
    let second = connection.query_row(&format!("{SELECT} ORDER BY id DESC LIMIT 1"), [], read).unwrap();
    assert_eq!(second, bare);
}
