//! `tokgate queue`: what failed, what is kept of it, and having it repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::home::{Gateway, Home};
use super::upstream::Upstream;

const BUSY: &str = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
const WRONG: &str = r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages: too few"}}"#;
const GOOD: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"at last"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}"#;

fn home(upstream: &Upstream, queue: &str) -> Home {
    let address = upstream.address;
    Home::with(&format!(
        "[hold]\nmax = \"200ms\"\n[queue]\nstrategy = \"immediate\"\n{queue}\n[provider.a]\ntype = \"anthropic\"\nurl = \"http://{address}\"\n\
         keys = [\"env:A_KEY\"]\nhttp_proxy = \"none\"\n"
    ))
}

const KEY: [(&str, &str); 1] = [("A_KEY", "sk-accepted-0123456789")];

fn entries(home: &Home) -> Vec<Value> {
    home.done(&["queue", "list", "--json"]).data().as_array().unwrap().clone()
}

/// The entry, once it is as wanted; whoever waits in vain is ended by the test's own time.
fn until(home: &Home, id: &str, state: &str) -> Value {
    loop {
        let entry = home.done(&["queue", "show", id, "--json"]).data();
        if entry["state"] == state {
            return entry;
        }
    }
}

#[test]
fn a_kept_request_is_repeated_after_its_cost_was_shown_and_somebody_said_yes() {
    let works = Arc::new(AtomicBool::new(false));
    let now = Arc::clone(&works);
    let upstream = Upstream::saying(move |_| if now.load(Ordering::Relaxed) { (200, GOOD) } else { (529, BUSY) });
    let home = home(&upstream, "keep_bodies = \"encrypted\"");
    let _gateway = Gateway::start(&home, &KEY);
    assert!(home.ask().0 >= 500);
    while entries(&home).first().is_none_or(|entry| entry["kind"] != "job") {}
    let [entry] = &entries(&home)[..] else { panic!("{:?}", entries(&home)) };
    assert_eq!((&entry["state"], &entry["client"]), (&"failed".into(), &"kept".into()), "{entry}");
    assert_eq!((&entry["repeatable"], &entry["model"]), (&true.into(), &"m".into()));
    assert!(entry["hash"].as_str().unwrap().len() == 32 && entry["bytes"].as_u64().unwrap() > 50, "{entry}");
    let id = entry["id"].as_str().unwrap();

    let said = home.call(&["queue", "retry", id]);
    assert_eq!((said.code, said.out.as_str()), (10, ""));
    assert!(said.err.contains("1 to try again; no price is known") && said.err.contains("--yes"), "{}", said.err);
    works.store(true, Ordering::Relaxed);
    home.done(&["queue", "retry", &id[id.len() - 4..], "--yes"]);
    until(&home, id, "done");
    assert_eq!(home.done(&["queue", "show", id, "--answer"]).out, GOOD);
    let again = home.call(&["queue", "retry", id, "--yes"]);
    assert!(again.code == 1 && again.err.contains("cannot be tried again"), "{}", again.err);
    assert_eq!(home.done(&["queue", "--json"]).data()["over"], 1);
    assert!(home.done(&["queue", "clear", "--yes"]).err.contains("removed: 1"));
    assert!(home.done(&["queue", "clear"]).err.contains("removed: 0"), "nothing to ask about");
}

#[test]
fn what_was_not_kept_is_only_told() {
    let upstream = Upstream::saying(|_| (529, BUSY));
    let home = home(&upstream, "");
    assert!(home.done(&["queue"]).out.starts_with("running\t0\n"), "without a gateway and files too");
    let _gateway = Gateway::start(&home, &KEY);
    assert!(home.ask().0 >= 500);
    let all = entries(&home);
    assert_eq!((&all[0]["kind"], &all[0]["client"]), (&"request".into(), &"gone".into()), "{all:?}");
    assert_eq!(all[0]["reason"], "overloaded");
    let id = all[0]["id"].as_str().unwrap();
    let said = home.call(&["queue", "retry", id, "--yes"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("tokgate config get queue.keep_bodies"), "{}", said.err);
    assert_eq!(home.done(&["queue", "retry", "--all"]).err.trim(), "nothing was done");
    assert_eq!(home.call(&["queue", "retry"]).code, 2);
    let plain = home.done(&["queue", "list", "--plain"]).out;
    assert!(plain.starts_with(&format!("{id}\tfailed\tgone\tm\t")), "{plain}");
    let line: Value = serde_json::from_str(home.done(&["queue", "export"]).out.lines().next().unwrap()).unwrap();
    assert_eq!(line["id"], id);
    assert_eq!(home.done(&["queue", "config", "--json"]).data()["keep_bodies"], "off");
    assert_eq!(home.call(&["queue", "show", "zzzz"]).code, 2);
    assert!(!home.path().join(".local/share/tokgate/jobs.db").exists(), "looking makes no file");
}

#[test]
fn a_request_that_is_wrong_itself_is_repeated_only_by_force() {
    let upstream = Upstream::saying(|_| (400, WRONG));
    let home = home(&upstream, "keep_bodies = \"encrypted\"");
    let _gateway = Gateway::start(&home, &KEY);
    assert_eq!(home.ask().0, 400);
    while entries(&home).first().is_none_or(|entry| entry["kind"] != "job") {}
    let id = entries(&home)[0]["id"].as_str().unwrap().to_owned();
    let said = home.call(&["queue", "retry", &id, "--yes"]);
    assert!(said.code == 1 && said.err.contains("--force"), "{}", said.err);
    let said = home.done(&["queue", "retry", "--all", "--yes"]);
    assert!(said.err.contains("1 left alone"), "{}", said.err);
    assert_eq!(upstream.seen()["POST /v1/messages"], 1);
    home.done(&["queue", "retry", &id, "--yes", "--force"]);
    until(&home, &id, "failed");
    while upstream.seen()["POST /v1/messages"] < 2 {}
    while home.done(&["queue", "show", &id, "--json"]).data()["status"] != 400 {}
    home.done(&["queue", "drop", &id]);
    assert_eq!(entries(&home).iter().filter(|entry| entry["kind"] == "job").count(), 0);
}

/// It once was told without a reason.
#[test]
fn a_job_that_was_being_tried_when_the_gateway_was_killed_says_so() {
    let upstream = Upstream::saying(|_| (400, WRONG));
    let home = home(&upstream, "keep_bodies = \"encrypted\"");
    let gateway = Gateway::start(&home, &KEY);
    assert_eq!(home.ask().0, 400);
    while entries(&home).first().is_none_or(|entry| entry["kind"] != "job") {}
    gateway.kill();
    let jobs = rusqlite::Connection::open(home.path().join(".local/share/tokgate/jobs.db")).unwrap();
    jobs.execute("UPDATE job SET state = 'unknown', reason = NULL, last = NULL", []).unwrap();
    drop(jobs);
    let entry = entries(&home).into_iter().find(|entry| entry["kind"] == "job").unwrap();
    assert_eq!((&entry["reason"], &entry["repeatable"]), (&"killed".into(), &true.into()), "{entry}");
}
