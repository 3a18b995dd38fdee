//! What a gateway knows when it is started again.

use super::home::{Gateway, Home};
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

fn provider(home: &Home, name: &str) -> serde_json::Value {
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
