//! No file descriptor is left. The limit holds for a whole process, so the test runs again in one of its own.

use std::fs::File;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::support::{OK, answer_all, answer_together, guarded, plain, send, send_together, server, text, upstream};

/// Set in the process whose descriptors run out.
const INSIDE: &str = "TOKGATE_TEST_NO_DESCRIPTORS";

/// Idle connections.
const IDLE: usize = 5;

/// Enough for the runtime and what is idle.
const LIMIT: u64 = 128;

#[test]
fn idle_connections_are_closed_when_no_descriptor_is_left_for_a_new_one() {
    if std::env::var_os(INSIDE).is_some() {
        return tokio::runtime::Runtime::new().unwrap().block_on(guarded(run_out()));
    }
    let test = "descriptors::idle_connections_are_closed_when_no_descriptor_is_left_for_a_new_one";
    let own = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&own.stdout).into_owned() + &String::from_utf8_lossy(&own.stderr);
    assert!(own.status.success() && said.contains("1 passed"), "{said}");
}

async fn run_out() {
    let (kept, _) = answer_together(IDLE).await;
    let (other, _) = server(|stream, _| answer_all(stream, OK)).await;
    let (upstream, kept, other) = (upstream(), plain(kept), plain(other));
    send_together(&upstream, &kept, IDLE).await;
    assert_eq!(upstream.stats().idle, IDLE);
    let hard = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(LIMIT), maximum: hard }).unwrap();
    let taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert!(!taken.is_empty());
    assert_eq!(text(send(&upstream, &other).await.unwrap()).await, "ok");
    assert_eq!(upstream.stats().idle, 1, "that of the other origin");
}
