#![allow(clippy::unwrap_used, reason = "tests")]
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tokgate_policy::job::{Ending, Job, Priority, Retries, Settled, State, Terms};
use tokgate_wire::protocol::Protocol;

use super::seal::Seal;
use super::*;
use crate::store::id::RequestId;

const NOW: u64 = 1_900_000_000_000;
const BOUNDS: Bounds = Bounds { jobs: 4, bytes: 1 << 20 };

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn open(folder: &Path) -> Base {
    let places = Places::of(folder, folder);
    Base::open(&places.database, Seal::load_or_make(&places.seal).unwrap()).unwrap()
}

fn job(number: u64, at_least_once: bool) -> NewJob {
    let terms = Terms { retries: Retries::default(), tries: 8, at_least_once };
    let body = format!("{{\"model\":\"m-1\",\"number\":{number}}}");
    NewJob {
        row: JobRow {
            id: JobId(RequestId(number)),
            owner: Owner([7; 16]),
            job: Job::accepted(at(NOW), Duration::from_secs(3_600), terms),
            priority: Priority::Normal,
            protocol: Protocol::Anthropic,
            path: "/v1/messages".into(),
            query: "".into(),
            model: Some("m-1".into()),
            stream: false,
            run: None,
            named: None,
            bytes: body.len() as u64,
            hash: [u8::try_from(number).unwrap(); 16],
            status: 0,
            reason: None,
            cost_micros: 0,
            last: None,
            changed_ms: NOW,
            read_ms: None,
            swept: false,
        },
        key: None,
        content: Content { headers: vec![("anthropic-version".into(), "2023-06-01".into())], body: body.into() },
    }
}

fn begin(base: &mut Base, id: u64) -> Job {
    let id = JobId(RequestId(id));
    let mut job = base.row(id).unwrap().unwrap().job;
    job.begin(at(NOW)).unwrap();
    base.begin(id, &job, NOW).unwrap();
    job
}

#[test]
fn a_job_is_read_back_as_it_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let new = job(1, false);
    assert_eq!(open(folder.path()).submit(&new, BOUNDS).unwrap(), Submitted::New);
    let mut base = open(folder.path());
    assert_eq!(base.live().unwrap(), [job(1, false).row]);
    let mut running = job(1, false).row.job;
    running.begin(at(NOW)).unwrap();
    assert_eq!(base.begin(new.row.id, &running, NOW).unwrap(), new.content);
}

#[test]
fn what_ran_when_the_process_died_is_unknown_unless_twice_was_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = open(folder.path());
    for new in [job(1, false), job(2, true), job(3, false)] {
        base.submit(&new, BOUNDS).unwrap();
    }
    begin(&mut base, 1);
    begin(&mut base, 2);
    drop(base);
    let mut base = open(folder.path());
    base.recover(NOW).unwrap();
    let state = |number| base.row(JobId(RequestId(number))).unwrap().unwrap().job.state;
    assert_eq!(state(1), State::Settled(Settled::Unknown));
    assert_eq!((state(2), state(3)), (State::Accepted, State::Accepted));
}

#[test]
fn the_same_key_means_the_same_job_and_never_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = open(folder.path());
    let keyed = |number| NewJob { key: Some([9; 16]), ..job(number, false) };
    assert_eq!(base.submit(&keyed(1), BOUNDS).unwrap(), Submitted::New);
    let mut again = keyed(2);
    again.row.hash = job(1, false).row.hash;
    let Submitted::Same(first) = base.submit(&again, BOUNDS).unwrap() else { panic!("not the same") };
    assert_eq!(first.id, JobId(RequestId(1)));
    assert_eq!(base.submit(&keyed(3), BOUNDS).unwrap(), Submitted::Other);
    assert_eq!(base.live().unwrap().len(), 1);
}

#[test]
fn the_store_takes_so_many_jobs_and_bytes_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = open(folder.path());
    let big = NewJob { content: Content { headers: Vec::new(), body: Bytes::from(vec![0; 1 << 20]) }, ..job(9, false) };
    assert!(matches!(base.submit(&big, BOUNDS), Err(JobsError::Full)));
    for number in 1..=4 {
        base.submit(&job(number, false), BOUNDS).unwrap();
    }
    assert!(matches!(base.submit(&job(5, false), BOUNDS), Err(JobsError::Full)));
}

#[test]
fn an_answer_stays_until_its_time_and_then_only_the_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = open(folder.path());
    base.submit(&job(1, false), BOUNDS).unwrap();
    let mut job = begin(&mut base, 1);
    job.ended(at(NOW), Ending::Answered).unwrap();
    let id = JobId(RequestId(1));
    let answer = Content { headers: Vec::new(), body: "the answer".into() };
    let ended = Ended { status: 200, cost_micros: 5, answer: Some(answer.clone()), ..Ended::default() };
    base.ended(id, &job, &ended, NOW).unwrap();
    assert_eq!((base.spent_on_day(NOW).unwrap(), base.peek_request(id).unwrap()), (5, None));
    assert_eq!(base.answer(id, NOW + 10).unwrap(), Some(answer));
    let keep = Keep { unread: Duration::from_secs(100), read: Duration::from_secs(10) };
    assert_eq!(base.sweep(keep, NOW + 9_000).unwrap(), 0);
    assert_eq!(base.sweep(keep, NOW + 11_000).unwrap(), 1);
    assert!(base.row(id).unwrap().unwrap().swept && base.answer(id, NOW).unwrap().is_none());
}

#[test]
fn nothing_of_a_body_stands_in_the_files_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = open(folder.path());
    let secret = "a-sentence-nobody-else-should-read";
    let content = Content { headers: vec![("x-note".into(), secret.into())], body: secret.repeat(300).into() };
    base.submit(&NewJob { content, ..job(1, false) }, BOUNDS).unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none());
    }
}

#[test]
fn what_is_sealed_opens_only_with_its_key_and_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let seal = Seal::load_or_make(&folder.path().join("a")).unwrap();
    let other = Seal::load_or_make(&folder.path().join("b")).unwrap();
    let sealed = seal.close(b"1", b"words").unwrap();
    assert_eq!(Seal::load_or_make(&folder.path().join("a")).unwrap().open(b"1", &sealed).unwrap(), b"words");
    assert!(seal.open(b"2", &sealed).is_err() && other.open(b"1", &sealed).is_err());
    for at in 0..sealed.len() {
        let mut torn = sealed.clone();
        torn[at] ^= 1;
        assert!(seal.open(b"1", &torn).is_err() && seal.open(b"1", &sealed[..at]).is_err());
    }
    assert_ne!(seal.digest(&[b"ab", b"c"]), seal.digest(&[b"a", b"bc"]));
    std::fs::write(folder.path().join("a"), "short").unwrap();
    assert!(matches!(Seal::load_or_make(&folder.path().join("a")), Err(JobsError::Seal { .. })));
}

#[test]
fn a_number_reads_back_with_and_without_its_prefix() {
    let id = JobId(RequestId::next(NOW));
    let text = id.to_string();
    assert!(text.starts_with("job_"), "{text}");
    assert_eq!(text.parse::<JobId>().unwrap(), id);
    assert_eq!(text.to_lowercase().parse::<JobId>().unwrap(), id);
    assert!("job_".parse::<JobId>().is_err() && "job_!".parse::<JobId>().is_err());
}

/// Every job was refused from then on, until somebody took the file away.
#[test]
fn a_damaged_file_is_put_aside_and_a_new_one_started() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::of(folder.path(), folder.path());
    std::fs::write(&places.database, b"this is no database, however often it is opened").unwrap();
    let (_store, live) = JobStore::start(&places, NOW).unwrap();
    assert!(live.is_empty());
    let aside = std::fs::read_dir(folder.path()).unwrap().filter_map(Result::ok);
    let aside: Vec<_> = aside.filter(|file| file.file_name().to_string_lossy().contains(".corrupt-")).collect();
    assert_eq!(aside.len(), 1, "nothing is thrown away");
}

/// Only the next start did so: until then every job was refused.
#[tokio::test]
async fn a_file_that_is_damaged_under_a_running_gateway_is_put_aside_when_that_is_met() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::of(folder.path(), folder.path());
    let (store, _) = JobStore::start(&places, NOW).unwrap();
    assert!(store.problem().is_none());
    let submit = |number| {
        let new = job(number, false);
        store.with(move |base| base.submit(&new, BOUNDS))
    };
    assert_eq!(submit(1).await.unwrap(), Submitted::New);
    for number in [2, 4] {
        std::fs::write(&places.database, [7; 9_000]).unwrap();
        assert!(submit(number).await.unwrap_err().is_damage());
        assert_eq!(submit(number + 1).await.unwrap(), Submitted::New);
    }
    let files = std::fs::read_dir(folder.path()).unwrap().filter_map(Result::ok).map(|file| file.file_name());
    let aside = |name: &std::ffi::OsString| {
        let name = name.to_string_lossy();
        name.contains(".db.corrupt-") && !name.ends_with("-wal") && !name.ends_with("-shm")
    };
    assert_eq!(files.filter(aside).count(), 2, "nothing is thrown away, also within one second");
    assert!(store.problem().is_some_and(|told| told.say(crate::i18n::Lang::En).contains("was damaged")));
}
