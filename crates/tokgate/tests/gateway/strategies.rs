//! How the providers of a profile share requests, and that conversations stay where their prompt cache is.

use serde_json::json;
use tokgate::process::admin::{AdminHandler, Failover};
use tokgate::store::record::Record;
use tokgate_simulator::{Fault, Protocol, Running, Script};

use crate::call::Call;
use crate::house::{House, guarded, provider, section};

const PROTOCOL: Protocol = Protocol::Anthropic;

/// A house with providers `a`, `b`, `c` in a profile with these lines.
async fn house(more: &str) -> (House, Vec<Running>) {
    let (mut sections, mut fars) = (String::new(), Vec::new());
    for (name, weight) in [("a", 50), ("b", 30), ("c", 20)] {
        let far = provider().await;
        sections += &section(name, PROTOCOL, &far.url(), &format!("weight = {weight}"));
        fars.push(far);
    }
    sections += &format!("[profile.shared]\nproviders = [\"a\", \"b\", \"c\"]\n{more}\n");
    (House::open(&sections).await, fars)
}

async fn ask(house: &House, stream: bool, session: Option<&str>) -> Record {
    let call = Call::ask(PROTOCOL, stream);
    let call = match session {
        Some(session) => call.header("x-claude-code-session-id", session),
        None => call,
    };
    let reply = guarded(call.send(house.address)).await;
    assert_eq!(reply.status, 200);
    house.record(reply.header("x-tokgate-request-id").unwrap()).await
}

fn name(record: &Record) -> &str {
    record.provider.as_deref().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_shared_as_the_strategy_says_and_the_record_tells_how() {
    for (strategy, wanted) in [("round-robin", [4, 4, 4]), ("weighted", [6, 4, 2]), ("failover", [12, 0, 0])] {
        let (house, fars) = house(&format!("strategy = \"{strategy}\"")).await;
        for number in 0..12 {
            let record = ask(&house, number % 2 == 0, None).await;
            let told = record.trail.contains(&format!("\"strategy\":\"{strategy}\""));
            assert_eq!(told, strategy != "failover", "{}", record.trail);
        }
        let shares: Vec<usize> = fars.iter().map(|far| far.log().len()).collect();
        assert_eq!(shares, wanted, "{strategy}");
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_stays_at_its_provider_and_is_told_so() {
    let (house, _fars) = house("strategy = \"round-robin\"").await;
    let first = ask(&house, true, Some("one")).await;
    for number in 0..6 {
        ask(&house, true, Some(&format!("other-{number}"))).await;
        let again = ask(&house, number % 2 == 0, Some("one")).await;
        assert_eq!(name(&again), name(&first));
        assert!(again.trail.contains("\"home\":{\"provider\""), "{}", again.trail);
    }
    house.stop().await;
}

/// What was said so far: a question, and answers and further ones.
fn conversation(turns: usize) -> Call {
    let said = |at: usize| match at % 2 {
        0 => json!({"role": "user", "content": format!("question {at}")}),
        _ => json!({"role": "assistant", "content": format!("answer {at}")}),
    };
    let messages: Vec<_> = (0..2 * turns + 1).map(said).collect();
    let body = json!({"model": "m-1", "max_tokens": 64, "system": "be brief", "messages": messages});
    Call::post(PROTOCOL.path(), body.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_its_client_does_not_name_stays_at_its_provider() {
    let (house, _fars) = house("strategy = \"round-robin\"").await;
    let mut went = Vec::new();
    for turns in 0..5 {
        ask(&house, true, Some(&format!("other-{turns}"))).await;
        let reply = guarded(conversation(turns).send(house.address)).await;
        let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
        went.push(name(&record).to_owned());
    }
    assert_eq!(went, vec![went[0].clone(); 5]);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failure_a_conversation_stays_where_it_went() {
    let (house, fars) = house("").await;
    fars[0].script(Script::always(Fault::Overloaded));
    assert_eq!(name(&ask(&house, true, Some("one")).await), "b");
    fars[0].script(Script::default());
    assert_eq!(name(&ask(&house, true, Some("one")).await), "b");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_is_tried_once_before_anyone_is_thought_fastest() {
    let (house, fars) = house("strategy = \"fastest\"\nsticky = \"off\"").await;
    // Everyone is tried once before anyone is judged.
    for _ in 0..3 {
        ask(&house, true, None).await;
    }
    assert!(fars.iter().all(|far| far.log().len() == 1));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_profile_is_left_and_people_switch_with_a_reason() {
    let (main, spare) = (provider().await, provider().await);
    let sections = section("main", PROTOCOL, &main.url(), "")
        + &section("spare", PROTOCOL, &spare.url(), "")
        + "[profile.main]\nproviders = [\"main\"]\n[profile.spare]\nproviders = [\"spare\"]\ntier = \"secondary\"\n";
    let house = House::open(&sections).await;
    main.script(Script::always(Fault::Internal));
    for _ in 0..3 {
        assert_eq!(name(&ask(&house, true, None).await), "spare");
    }
    main.script(Script::default());
    let asked = main.log().len();
    let record = ask(&house, true, None).await;
    assert_eq!((name(&record), main.log().len()), ("spare", asked), "a profile that was left is not asked");
    assert!(record.trail.contains("\"by\":\"switched\""), "{}", record.trail);
    let status = house.handler.status().failover;
    assert_eq!((&*status.profile, status.cause.as_deref()), ("spare", Some("failures")));

    let back = Failover::Back { reason: Some("repaired".to_owned()) };
    let status = house.handler.failover(&back).unwrap();
    assert_eq!((&*status.profile, status.history[0].reason.as_deref()), ("main", Some("repaired")));
    assert_eq!(name(&ask(&house, false, None).await), "main");
    let switch = |profile: &str| Failover::Switch { profile: profile.to_owned(), reason: None, lasts_ms: None };
    house.handler.failover(&switch("spare")).unwrap();
    assert_eq!(name(&ask(&house, false, None).await), "spare");
    spare.script(Script::always(Fault::Internal));
    assert_eq!(name(&ask(&house, false, None).await), "main", "somebody healthy answers");
    house.handler.failover(&Failover::Pause { lasts_ms: 60_000 }).unwrap();
    let reply = guarded(Call::ask(PROTOCOL, false).send(house.address)).await;
    let told = reply.text();
    assert!(told.contains("1 of 2 providers failed"), "{told}");
    assert!(told.contains("main: its profile was left") && told.contains("tokgate failover back"), "{told}");
    assert_eq!(house.handler.failover(&switch("nowhere")).unwrap_err().code, "TG302");
    house.stop().await;
}
