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

const MESSAGE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello"}],"stop_reason":"max_tokens","usage":{"input_tokens":8,"output_tokens":2}}"#;
const LIMITED: &str = r#"{"type":"error","error":{"type":"rate_limit_error","message":"later"}}"#;
/// A dollar and five for a million tokens: a message costs 144 millionths at most.
const PRICED: &str = "[provider.a.price.m]\ninput = 1.0\noutput = 5.0\n";

fn with_messages(budget: &str, more: &str) -> String {
    format!("[health]\nprobe = \"message\"\nprobe_budget = \"{budget}/day\"\n{more}")
}

#[test]
fn a_message_is_asked_within_the_budget_of_the_day_and_a_restart_gives_nothing_back() {
    let upstream = Upstream::saying(|asked| (200, if asked.starts_with("POST") { MESSAGE } else { "{}" }));
    let home = home(&upstream, &with_messages("0.00016", PRICED));
    home.write(&home.text().replace("[provider.a]\n", "[provider.a]\nprobe_model = \"m\"\n"));
    let gateway = Gateway::start(&home, &KEY);
    let said = home.done(&["health", "check", "a", "--yes", "--json"]);
    let health = of(&said, "a")["health"].clone();
    assert!(health["completion_ago_ms"].is_u64() && health["reach_ms"].is_u64(), "{health}");
    assert_eq!((&health["answers"], &health["message_failure"]), (&0.into(), &Json::Null), "no real traffic");
    let spent = serde_json::json!({ "spent_micros": 18, "budget_micros": 160, "asked": 1 });
    assert_eq!(said.data()["probes"], spent);
    assert_eq!(upstream.seen(), [("POST /v1/messages".to_owned(), 1)].into());

    gateway.kill();
    let _gateway = Gateway::start(&home, &KEY);
    let said = home.done(&["health", "check", "a", "--yes", "--json"]);
    assert_eq!(said.data()["probes"], spent, "18 and 144 are more than 160");
    assert_eq!(upstream.seen(), [("GET /v1/models".to_owned(), 1), ("POST /v1/messages".to_owned(), 1)].into());
    let human = home.done(&["health", "--lang", "en", "--color", "never"]);
    assert!(of(&said, "a")["probe_remark"].as_str().unwrap().contains("health.probe_budget"), "{}", human.err);
}

#[test]
fn a_message_is_asked_in_the_protocol_of_the_provider() {
    for (kind, asked, answer) in [
        (
            "openai-chat",
            "POST /v1/chat/completions",
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10}}"#,
        ),
        (
            "openai-responses",
            "POST /v1/responses",
            r#"{"object":"response","status":"completed","output":[],"usage":{"input_tokens":8,"output_tokens":2,"total_tokens":10}}"#,
        ),
        (
            "gemini",
            "POST /v1/models/m:generateContent",
            r#"{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}],"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":2,"totalTokenCount":10}}"#,
        ),
    ] {
        let upstream = Upstream::saying(move |asked| (200, if asked.starts_with("POST") { answer } else { "{}" }));
        let address = upstream.address;
        let home = Home::with(&format!(
            "[provider.a]\ntype = \"{kind}\"\nurl = \"http://{address}/v1\"\nkeys = [\"env:A_KEY\"]\n\
             http_proxy = \"none\"\nprobe_model = \"m\"\n{}",
            with_messages("0.02", PRICED)
        ));
        let _gateway = Gateway::start(&home, &KEY);
        let said = home.done(&["health", "check", "a", "--yes", "--json"]);
        assert_eq!(said.data()["probes"]["spent_micros"], 18, "{kind}");
        assert_eq!(upstream.seen(), [(asked.to_owned(), 1)].into(), "{kind}");
    }
}

#[test]
fn messages_that_cost_are_sent_only_after_a_yes() {
    let upstream = Upstream::saying(|asked| (200, if asked.starts_with("POST") { MESSAGE } else { "{}" }));
    let home = home(&upstream, &with_messages("0.02", PRICED));
    home.write(&home.text().replace("[provider.a]\n", "[provider.a]\nprobe_model = \"m\"\n"));
    let _gateway = Gateway::start(&home, &KEY);
    for args in [&["health", "check"][..], &["provider", "test", "a"], &["provider", "key", "test", "a"]] {
        for (lang, cost) in [("en", "1, at most about $0.00014 in all"), ("zh", "1 条，合计最多约 $0.00014")] {
            let said = home.call(&[args, &["--lang", lang]].concat());
            assert_eq!((said.code, said.out.as_str()), (10, ""), "{args:?}");
            assert!(said.err.contains(cost) && said.err.contains("--yes"), "{}", said.err);
        }
    }
    assert_eq!(upstream.seen(), [].into());
    assert_eq!(home.done(&["health", "check", "practice", "--json"]).data()["probes"]["asked"], 0, "that is free");
    home.done(&["provider", "key", "test", "a", "--yes"]);
    assert_eq!(upstream.seen(), [("POST /v1/messages".to_owned(), 1)].into());
}

#[test]
fn nothing_is_asked_for_a_price_that_nobody_knows() {
    let upstream = Upstream::saying(|asked| (200, if asked.starts_with("POST") { MESSAGE } else { "{}" }));
    let home = home(&upstream, &with_messages("5", ""));
    home.write(&home.text().replace("[provider.a]\n", "[provider.a]\nsmall_model = \"m\"\n"));
    let _gateway = Gateway::start(&home, &KEY);
    let said = home.done(&["health", "check", "--json"]);
    let remark = of(&said, "a")["probe_remark"].as_str().unwrap().to_owned();
    assert!(remark.contains("the price of m is not known"), "{remark}");
    assert_eq!(of(&said, "practice")["probe_remark"], Json::Null);
    assert_eq!(upstream.seen(), [("GET /v1/models".to_owned(), 1)].into());
}

#[test]
fn a_message_that_is_refused_was_reached_and_costs_nothing() {
    let upstream = Upstream::saying(|asked| if asked.starts_with("POST") { (429, LIMITED) } else { (200, "{}") });
    let home = home(&upstream, &with_messages("0.02", PRICED));
    home.write(&home.text().replace("[provider.a]\n", "[provider.a]\ndefault_model = \"m\"\n"));
    let _gateway = Gateway::start(&home, &KEY);
    let said = home.call(&["health", "check", "a", "--yes", "--json"]);
    assert_eq!(said.code, 1);
    let health = of(&said, "a")["health"].clone();
    assert_eq!((&health["message_failure"], &health["probe_failure"]), (&"rate-limited".into(), &Json::Null));
    assert!(health["reach_ms"].is_u64() && health["completion_ago_ms"].is_null(), "{health}");
    assert_eq!((&said.data()["probes"]["spent_micros"], &said.data()["probes"]["asked"]), (&0.into(), &1.into()));
}

#[test]
fn a_list_of_models_says_nothing_of_requests_that_failed() {
    let upstream = Upstream::saying(|asked| if asked.starts_with("POST") { (529, "{}") } else { (200, "{}") });
    let home = home(&upstream, "");
    let _gateway = Gateway::start(&home, &KEY);
    home.ask();
    let health = of(&home.done(&["health", "check", "a", "--json"]), "a")["health"].clone();
    assert!(health["answer_ago_ms"].is_u64() && health["completion_ago_ms"].is_null(), "{health}");
    assert_eq!(health["failed_since"], 1);
}

#[test]
fn without_a_gateway_there_is_no_health() {
    let home = Home::new();
    for args in [&["health"][..], &["health", "check"], &["health", "history", "x"], &["health", "reset", "x"]] {
        assert_eq!(home.call(args).code, 4, "{args:?}");
    }
}
