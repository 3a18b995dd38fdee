//! What a gateway knows when it is started again.

use serde_json::Value;

use super::home::{Door, Gateway, Home};
use super::upstream::Upstream;

const REJECTED: &str = r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#;

/// A provider that rejects its key, and the practice provider behind it; another profile below.
fn home(upstream: &Upstream) -> Home {
    let address = upstream.address;
    Home::with(&format!(
        "[provider.bad]\ntype = \"anthropic\"\nurl = \"http://{address}\"\nkeys = [\"env:BAD_KEY\"]\nhttp_proxy = \"none\"\n\
         [provider.good]\ntype = \"simulated\"\n\
         [profile.main]\nproviders = [\"bad\", \"good\"]\n\
         [profile.spare]\nproviders = [\"good\"]\ntier = \"secondary\"\n"
    ))
}

const KEY: [(&str, &str); 1] = [("BAD_KEY", "sk-not-accepted-0123456789")];

fn provider(home: &Home, name: &str) -> Value {
    let status = home.done(&["status", "--json"]).data();
    let providers = status["providers"].as_array().unwrap();
    providers.iter().find(|provider| provider["name"] == name).unwrap().clone()
}

#[test]
fn a_switch_and_a_rejected_key_outlive_a_kill() {
    let upstream = Upstream::saying(|_| (401, REJECTED));
    let home = home(&upstream);
    let gateway = Gateway::start(&home, &KEY);
    assert_eq!(home.ask().0, 200);
    assert_eq!(provider(&home, "bad")["state"], "down");
    home.done(&["failover", "switch", "spare", "--reason", "bills"]);
    gateway.kill();

    let gateway = Gateway::start(&home, &KEY);
    let failover = home.done(&["failover", "--json"]).data();
    assert_eq!((&failover["profile"], &failover["reason"]), (&"spare".into(), &"bills".into()), "{failover}");
    assert_eq!(failover["history"].as_array().unwrap().len(), 1);
    let bad = provider(&home, "bad");
    assert_eq!((&bad["state"], &bad["failure"]), (&"down".into(), &"key-rejected".into()), "{bad}");
    home.done(&["failover", "back"]);
    gateway.kill();

    let _gateway = Gateway::start(&home, &KEY);
    assert_eq!(home.done(&["failover", "--json"]).data()["history"].as_array().unwrap().len(), 2);
    assert_eq!(upstream.seen(), [("POST /v1/messages".to_owned(), 1)].into());
    assert_eq!(home.ask().0, 200);
    assert_eq!(upstream.seen()["POST /v1/messages"], 2, "the key is tested by the first request");
}

#[test]
fn an_orderly_end_loses_nothing_and_what_is_unreadable_is_forgotten() {
    let upstream = Upstream::saying(|_| (401, REJECTED));
    let home = home(&upstream);
    let gateway = Gateway::start(&home, &KEY);
    assert_eq!(home.ask().0, 200);
    home.done(&["stop"]);
    drop(gateway);
    let gateway = Gateway::start(&home, &KEY);
    assert_eq!(provider(&home, "bad")["state"], "down");
    home.done(&["stop"]);
    drop(gateway);

    let database = home.path().join(".local/share/tokgate/tokgate.db");
    let connection = rusqlite::Connection::open(database).unwrap();
    connection.execute("UPDATE kept SET value = '{\"providers\": 7' WHERE name = 'engine'", []).unwrap();
    drop(connection);
    let _gateway = Gateway::start(&home, &KEY);
    assert_eq!(provider(&home, "bad")["state"], "ok");
    assert_eq!(home.ask().0, 200);
}

/// Waits until so many answers and conversations are written down: what a killed process may forget is what it learned in
/// its last second.
fn until_kept(home: &Home, answers: u64, conversations: usize) {
    let database = rusqlite::Connection::open(home.path().join(".local/share/tokgate/tokgate.db")).unwrap();
    let kept = |name: &str| -> Vec<Value> {
        let text = database.query_row("SELECT value FROM kept WHERE name = ?1", [name], |row| row.get::<_, String>(0));
        text.map_or_else(|_| Vec::new(), |text| serde_json::from_str(&text).unwrap())
    };
    let counted = || kept("lately").iter().filter_map(|provider| provider["events"].as_u64()).sum::<u64>();
    // Conversations are written last.
    while counted() < answers || kept("homes").len() < conversations {
        std::thread::yield_now();
    }
}

/// Who answers the next request of this conversation.
fn answered_by(door: &Door, conversation: &str) -> String {
    let (status, answer) = door.messages(&format!("x-session-id: {conversation}\r\n"), "hi").unwrap();
    assert_eq!(status, 200, "{answer}");
    answer.split_once("x-tokgate-provider: ").unwrap().1.lines().next().unwrap().to_owned()
}

/// How every provider has answered, but for what time alone changes.
fn answers(home: &Home) -> Vec<Value> {
    let providers = home.done(&["health", "--json"]).data()["providers"].as_array().unwrap().clone();
    let of = |provider: &Value| {
        let health = &provider["health"];
        let told = ["answers", "good", "failures_in_a_row", "latency_ms", "score"].map(|name| health[name].clone());
        serde_json::json!([provider["name"], told, provider["failure"]])
    };
    providers.iter().map(of).collect()
}

#[test]
fn answers_switches_conversations_and_what_failed_outlive_a_kill() {
    let upstream = Upstream::saying(|_| (503, "{}"));
    let address = upstream.address;
    let home = Home::with(&format!(
        "[health]\nenabled = false\n[provider.down]\ntype = \"anthropic\"\nurl = \"http://{address}\"\nkeys = [\"env:BAD_KEY\"]\n\
         http_proxy = \"none\"\n[provider.b]\ntype = \"simulated\"\n[provider.c]\ntype = \"simulated\"\n\
         [profile.main]\nproviders = [\"down\"]\n\
         [profile.spare]\nproviders = [\"b\", \"c\"]\ntier = \"secondary\"\nstrategy = \"round-robin\"\n"
    ));
    let gateway = Gateway::start(&home, &KEY);
    let door = home.door();
    let conversations: Vec<_> = (0..8).map(|number| format!("conversation-{number}")).collect();
    let places: Vec<_> = conversations.iter().map(|it| answered_by(&door, it)).collect();
    assert!(places.contains(&"b".to_owned()) && places.contains(&"c".to_owned()), "{places:?}");
    assert_eq!(door.messages("x-tokgate-provider: down\r\n", "hi").unwrap().0, 503);
    let known = |home: &Home| {
        let failover = home.done(&["failover", "--json"]).data();
        let failed = home.done(&["queue", "list", "--json"]).data().as_array().unwrap().len();
        (answers(home), failover["profile"].clone(), failover["history"].as_array().unwrap().len(), failed)
    };
    let before = known(&home);
    assert_eq!((&before.1, before.2, before.3), (&"spare".into(), 1, 1), "{before:?}");
    assert!(before.0.iter().any(|told| told[1][2].as_u64() >= Some(3)), "{before:?}");
    let counted = before.0.iter().filter_map(|told| told[1][0].as_u64()).sum();
    assert!(counted >= 8, "{before:?}");
    until_kept(&home, counted, conversations.len());
    gateway.kill();

    let _gateway = Gateway::start(&home, &KEY);
    assert_eq!(known(&home), before);
    let door = home.door();
    let again: Vec<_> = conversations.iter().map(|it| answered_by(&door, it)).collect();
    assert_eq!(again, places, "each goes on where its cache is");
}
