//! Keys that end: what is kept in a file or printed by a program is read again when it is refused, and the request that
//! met it does not notice.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokgate::store::record::Record;
use tokgate_simulator::Protocol;

use crate::call::{Call, Reply};
use crate::house::{House, guarded, section};
use crate::scripted::{Says, Scripted};

const ANSWER: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#;
const REFUSAL: &str = r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#;

/// A provider that takes the tokens from this one on: `token-3`, `token-4`, ….
async fn far(first_good: &Arc<AtomicUsize>) -> Scripted {
    let first_good = Arc::clone(first_good);
    Scripted::start(move |seen| {
        let number = seen.header("x-api-key").and_then(|key| key.strip_prefix("token-")?.parse::<usize>().ok());
        let good = number.is_some_and(|number| number >= first_good.load(Ordering::Relaxed));
        if good { Says::json(200, ANSWER) } else { Says::json(401, REFUSAL) }
    })
    .await
}

fn keep(token: &Path, value: &str) {
    std::fs::write(token, value).unwrap();
    std::fs::set_permissions(token, std::fs::Permissions::from_mode(0o600)).unwrap();
}

async fn ask(house: &House) -> (Reply, Record) {
    let reply = guarded(Call::ask(Protocol::Anthropic, false).send(house.address)).await;
    let record = house.record(reply.id()).await;
    (reply, record)
}

fn results(record: &Record) -> Vec<&str> {
    record.attempts.iter().map(|attempt| &*attempt.result).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ended_is_read_again_and_the_request_does_not_notice() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    for source in ["file:", "command:cat "] {
        keep(&token, "token-1");
        let first_good = Arc::new(AtomicUsize::new(1));
        let far = far(&first_good).await;
        let key = format!("keys = [\"{source}{}\"]", token.display());
        let house = House::open(&section("far", Protocol::Anthropic, &far.url(), &key)).await;
        let (reply, record) = ask(&house).await;
        assert_eq!((reply.status, results(&record)), (200, vec!["ok"]), "{source}");

        keep(&token, "token-2");
        first_good.store(2, Ordering::Relaxed);
        let (reply, record) = ask(&house).await;
        assert_eq!((reply.status, results(&record)), (200, vec!["key-outdated", "ok"]), "{source}");
        let (reply, record) = ask(&house).await;
        assert_eq!((reply.status, results(&record)), (200, vec!["ok"]), "{source}");
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_still_the_same_is_refused_once_and_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    keep(&token, "token-1");
    let first_good = Arc::new(AtomicUsize::new(1));
    let far = far(&first_good).await;
    let key = format!("keys = [\"file:{}\"]", token.display());
    let house = House::open(&section("far", Protocol::Anthropic, &far.url(), &key)).await;
    assert_eq!(ask(&house).await.0.status, 200);
    first_good.store(2, Ordering::Relaxed);
    let (reply, record) = ask(&house).await;
    assert_eq!((reply.status, results(&record)), (503, vec!["key-rejected"]));
    let (_, record) = ask(&house).await;
    assert_eq!(results(&record), Vec::<&str>::new(), "it waits for its test");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_meet_the_end_of_a_token_together_read_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let (token, count) = (folder.path().join("token"), folder.path().join("count"));
    let program = folder.path().join("print");
    std::fs::write(&program, format!("#!/bin/sh\necho x >> {}\ncat {}\n", count.display(), token.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    keep(&token, "token-1");
    let first_good = Arc::new(AtomicUsize::new(1));
    let far = far(&first_good).await;
    let key = format!("keys = [\"command:{}\"]", program.display());
    let house = House::open(&section("far", Protocol::Anthropic, &far.url(), &key)).await;
    assert_eq!(ask(&house).await.0.status, 200);
    keep(&token, "token-2");
    first_good.store(2, Ordering::Relaxed);
    let call = Call::ask(Protocol::Anthropic, false);
    let (a, b, c) =
        guarded(async { tokio::join!(call.send(house.address), call.send(house.address), call.send(house.address)) })
            .await;
    assert_eq!([a.status, b.status, c.status], [200; 3]);
    assert_eq!(std::fs::read_to_string(&count).unwrap().lines().count(), 2, "at the start, and once more");
    house.stop().await;
}
