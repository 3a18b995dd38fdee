//! Rules over real sockets: what a request says, shows and weighs sends it where the first rule that matches says, and
//! the record tells which rules were tried before.

use tokgate::process::admin::{AdminHandler, NewRun};
use tokgate_simulator::{Fault, Protocol, Script};

use crate::call::Call;
use crate::house::{House, guarded, provider, section};

const RULES: &str = r#"
[[route]]
name = "night work"
match = { tag = "batch-*" }
to = "provider:b"
[[route]]
name = "pictures"
match = { kind = "image", stream = false }
to = "provider:b"
[[route]]
name = "large"
match = { input_tokens = ">10k", not = { header = { x-team = "core" } } }
to = "provider:b"
[profile.first]
providers = ["a"]
[profile.spare]
providers = ["b"]
tier = "secondary"
"#;

fn call(content: &str) -> Call {
    let body = format!(r#"{{"model":"m-1","max_tokens":64,"messages":[{{"role":"user","content":{content}}}]}}"#);
    Call::post(Protocol::Anthropic.path(), body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_where_the_first_rule_that_matches_says_and_the_record_tells_those_before() {
    let (a, b) = (provider().await, provider().await);
    let sections = section("a", Protocol::Anthropic, &a.url(), "") + &section("b", Protocol::Anthropic, &b.url(), "");
    let house = House::open(&(sections + RULES)).await;
    let image = r#"[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]"#;
    let large = format!("\"{}\"", "word ".repeat(10_000));
    let run = NewRun { client: "claude".to_owned(), tag: Some("batch-7".to_owned()), ..NewRun::default() };
    let path = format!("/r/{}/v1/messages", house.handler.start_run(run).unwrap().tag);
    let of_run = Call { path, ..call("\"hello\"") };
    for (call, route, provider, missed) in [
        (call("\"hello\""), None, "a", r#""missed":"tag","wanted":"batch-*""#),
        (call("\"hello\"").header("x-tokgate-tag", "batch-1"), Some("night work"), "b", ""),
        (of_run, Some("night work"), "b", ""),
        (call(image), Some("pictures"), "b", r#"{"rule":"night work","missed":"tag","wanted":"batch-*"}"#),
        (call(&large), Some("large"), "b", r#"{"rule":"pictures","missed":"kind","wanted":"image"}"#),
        (call(&large).header("x-team", "core"), None, "a", r#"{"rule":"large","missed":"not"}"#),
    ] {
        let reply = guarded(call.send(house.address)).await;
        assert_eq!(reply.status, 200);
        let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
        assert_eq!((record.route.as_deref(), record.provider.as_deref()), (route, Some(provider)));
        assert!(record.trail.contains(missed), "{}", record.trail);
    }
    assert!(b.log().iter().all(|seen| seen.headers.iter().all(|(name, _)| !name.starts_with("x-tokgate-tag"))));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_rule_fails_rather_than_leave_its_profile() {
    let (a, b) = (provider().await, provider().await);
    let sections = section("a", Protocol::Anthropic, &a.url(), "") + &section("b", Protocol::Anthropic, &b.url(), "");
    let rules = |strict| {
        format!(
            "[profile.first]\nproviders = [\"a\"]\n[profile.spare]\nproviders = [\"b\"]\ntier = \"secondary\"\n\
             [[route]]\nname = \"all\"\nmatch = {{ model = \"*\" }}\nto = \"profile:first\"\nstrict = {strict}\n"
        )
    };
    a.script(Script::always(Fault::Unavailable));
    for (strict, status) in [(false, 200), (true, 503)] {
        let house = House::open(&format!("{sections}{}", rules(strict))).await;
        let reply = guarded(call("\"hello\"").send(house.address)).await;
        assert_eq!(reply.status, status, "strict = {strict}");
        house.stop().await;
    }
}
