//! `health`: probes on request, what they teach, what is kept.

use serde_json::Value as Json;

use super::home::{Gateway, Home, Said};
use super::upstream::Upstream;

const REJECTED: &str = r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#;
const KEY: [(&str, &str); 1] = [("A_KEY", "sk-key-of-a-0123456789")];

fn home(upstream: &Upstream, more: &str) -> Home {
    let address = upstream.address;
    Home::with(&format!(
        "[provider.a]\ntype = \"anthropic\"\nurl = \"http://{address}\"\nkeys = [\"env:A_KEY\"]\nhttp_proxy = \"none\"\n\
         [provider.practice]\ntype = \"simulated\"\n{more}"
    ))
}

fn of(said: &Said, name: &str) -> Json {
    let data = said.data();
    let providers = data["providers"].as_array().unwrap();
    providers.iter().find(|provider| provider["name"] == name).unwrap().clone()
}

#[test]
fn a_check_asks_for_the_list_of_models_with_the_key_and_for_no_tokens() {
    let upstream = Upstream::saying(|_| (200, "{}"));
    let home = home(&upstream, "");
    let _gateway = Gateway::start(&home, &KEY);
    let said = home.done(&["health", "check", "a", "--json"]);
    let health = of(&said, "a")["health"].clone();
    assert!(health["reach_ms"].is_u64() && health["answer_ago_ms"].is_u64(), "{health}");
    assert_eq!((&health["state"], &health["score"], &health["answers"]), (&"healthy".into(), &Json::Null, &0.into()));
    assert_eq!(upstream.seen(), [("GET /v1/models".to_owned(), 1)].into());
    let plain = home.done(&["health"]).out;
    assert!(plain.starts_with("a\thealthy\t\t0\t0\t"), "{plain}");
    assert_eq!(home.call(&["health", "check", "nobody"]).code, 2);
}

#[test]
fn a_refused_key_is_set_aside_by_the_probe_and_reset_by_hand() {
    let upstream = Upstream::saying(|asked| if asked.starts_with("GET") { (401, REJECTED) } else { (200, "{}") });
    let home = home(&upstream, "");
    let _gateway = Gateway::start(&home, &KEY);
    let said = home.call(&["health", "check", "a", "--json"]);
    assert_eq!(said.code, 1);
    assert_eq!(of(&said, "a")["keys"][0]["state"], "quarantined");
    let list = home.done(&["provider", "key", "list", "a", "--lang", "zh", "--plain"]).out;
    assert!(list.starts_with("1\tenv:A_KEY\tquarantined\t"), "{list}");
    home.done(&["provider", "key", "reset", "a", "env:A_KEY"]);
    assert_eq!(home.done(&["provider", "key", "list", "a", "--json"]).data()["keys"][0]["state"], "ok");
    assert_eq!(home.call(&["provider", "key", "reset", "a", "7"]).code, 2);
    home.done(&["health", "reset", "a"]);
}

#[test]
fn who_has_no_list_of_models_is_only_reached_and_not_asked_again() {
    let upstream = Upstream::saying(|asked| if asked.starts_with("GET") { (404, "{}") } else { (200, "{}") });
    let home = home(&upstream, "");
    let _gateway = Gateway::start(&home, &KEY);
    for _ in 0..2 {
        let health = of(&home.done(&["health", "check", "--json"]), "a")["health"].clone();
        assert!(health["reach_ms"].is_u64() && health["answer_ago_ms"].is_null(), "{health}");
    }
    assert_eq!(upstream.seen(), [("GET /v1/models".to_owned(), 1), ("HEAD /".to_owned(), 1)].into());
}

#[test]
fn a_passive_probe_shows_nobody_a_key_and_a_dead_address_is_said_to_be_one() {
    let upstream = Upstream::saying(|_| (200, "{}"));
    let dead = "[provider.dead]\ntype = \"anthropic\"\nurl = \"http://127.0.0.1:9\"\nkeys = [\"env:A_KEY\"]\n\
                http_proxy = \"none\"\n[health]\nprobe = \"passive\"\n";
    let home = home(&upstream, dead);
    let _gateway = Gateway::start(&home, &KEY);
    let said = home.call(&["provider", "test", "--json"]);
    assert_eq!(said.code, 1);
    assert_eq!(of(&said, "dead")["health"]["probe_failure"], "refused");
    assert_eq!(upstream.seen(), [("HEAD /".to_owned(), 1)].into());
    let human = home.done(&["health", "--lang", "zh", "--color", "never"]);
    assert!(human.out.contains("dead\t"), "{}", human.out);
}

#[test]
fn what_was_answered_is_counted_and_outlives_an_end() {
    let upstream = Upstream::saying(|_| (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#));
    let home = home(&upstream, "");
    let gateway = Gateway::start(&home, &KEY);
    assert_eq!(home.ask().0, 200);
    let before = home.done(&["health", "history", "a", "--json"]).data();
    assert_eq!((&before["days"][0]["bad"], &before["days"][0]["failure"]), (&1.into(), &"overloaded".into()));
    home.done(&["stop"]);
    drop(gateway);
    let _gateway = Gateway::start(&home, &KEY);
    let after = home.done(&["health", "history", "a", "--json"]).data();
    assert_eq!(after["days"], before["days"]);
    let plain = home.done(&["health", "history", "a"]).out;
    assert!(plain.starts_with("day\t") && plain.contains("\nhour\t"), "{plain}");
}

#[test]
fn without_a_gateway_there_is_no_health() {
    let home = Home::new();
    for args in [&["health"][..], &["health", "check"], &["health", "history", "x"], &["health", "reset", "x"]] {
        assert_eq!(home.call(args).code, 4, "{args:?}");
    }
}
