//! What each client gets for each reason to give up, in the form that it shows once and does not loop on.

use http_body_util::BodyExt;
use tokgate_wire::client::Client;
use tokgate_wire::protocol::Protocol;

use super::*;
use crate::i18n::Lang;
use crate::proxy::respond::{self, Shape};
use crate::store::record::RequestId;

const ID: RequestId = RequestId(0x0123_4567_89ab);

fn record(attempts: &[(&'static str, u16, &'static str)]) -> Record {
    let attempt = |(provider, status, result): &(&'static str, u16, &'static str)| AttemptRecord {
        status: *status,
        result: (*result).into(),
        ..AttemptRecord::begun((*provider).into())
    };
    Record { attempts: attempts.iter().map(attempt).collect(), ..Record::blank(ID, "other", "messages") }
}

fn given_up(why: Why, wait_s: Option<u64>) -> GiveUp {
    GiveUp { why, attempt: None, row: None, usable_again_in: wait_s.map(Duration::from_secs), named: false }
}

/// Status, `retry-after`, `x-should-retry` and body.
async fn answer(problem: &Problem, client: Client, protocol: Protocol) -> (u16, String, String, String) {
    let response = respond::answer(problem, Shape { protocol, client, stream: true, lang: Lang::En }, ID);
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (status, after, retry) = (response.status().as_u16(), header("retry-after"), header("x-should-retry"));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, after, retry, String::from_utf8(body.to_vec()).unwrap())
}

const CLIENTS: [(Client, Protocol); 5] = [
    (Client::Claude, Protocol::Anthropic),
    (Client::AnthropicSdk, Protocol::Anthropic),
    (Client::Codex, Protocol::OpenaiResponses),
    (Client::Opencode, Protocol::OpenaiChat),
    (Client::OpenaiSdk, Protocol::OpenaiChat),
];

/// Status, `retry-after` and `x-should-retry` for each client.
type Told = [(u16, &'static str, &'static str); CLIENTS.len()];

#[tokio::test]
async fn every_client_gets_each_cause_in_the_form_it_does_not_loop_on() {
    // Status, `retry-after`, `x-should-retry`; in the order of the clients above.
    let no = |status| (status, "", "false");
    // Codex shows a text once, and only as an event of a good answer.
    let in_stream = (200, "", "");
    let rows: [(Why, Option<u64>, Told); 6] = [
        // All rest: they wait as long as they are told, at most what Claude Code waits for.
        (Why::Cooling, Some(20), [(429, "20", ""); 5]),
        (Why::Cooling, Some(3_600), [(429, "59", ""); 5]),
        (Why::Overloaded, None, [(503, "5", ""); 5]),
        (Why::Unavailable, Some(2), [(503, "2", ""); 5]),
        // What a person has to mend is not repeated.
        (Why::Exhausted, None, [no(402), no(402), in_stream, no(402), no(402)]),
        // OpenCode repeats every 5xx, and knows 403 as final.
        (Why::KeysRejected, None, [no(503), no(503), in_stream, no(403), no(503)]),
    ];
    let record = record(&[("kimi", 503, "unavailable"), ("glm", 503, "unavailable")]);
    // Who named a moment is not asked before.
    let named = GiveUp { named: true, ..given_up(Why::Overloaded, Some(60)) };
    assert_eq!(problem(&named, &record, &[], false, None).retry, Retry::After(Duration::from_secs(60)));
    for (why, wait, wanted) in rows {
        let problem = problem(&given_up(why, wait), &record, &[], false, None);
        for ((client, protocol), wanted) in CLIENTS.into_iter().zip(wanted) {
            let (status, after, retry, body) = answer(&problem, client, protocol).await;
            assert_eq!((status, &*after, &*retry), wanted, "{client:?} {why:?}");
            let first = format!("— tokgate why {}", ID.short());
            assert!(body.contains(&first), "{client:?} {why:?}: {body}");
            assert!(body.contains("kimi: 503 unavailable"), "{client:?} {why:?}: {body}");
            if status == 200 {
                assert!(body.contains("response.failed") && body.contains("invalid_prompt"), "{body}");
            }
        }
    }
}

#[test]
fn the_first_line_is_short_and_each_provider_follows_with_what_helps() {
    let record = record(&[("kimi", 401, "key-rejected"), ("openrouter", 402, "payment-required")]);
    let skipped: [Skipped; 1] = [("anthropic".into(), "open", Some(130), None)];
    let problem = problem(&given_up(Why::Unavailable, None), &record, &skipped, false, None);
    let text = problem.text.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!("tokgate: 2 of 3 providers failed, the others were not asked — tokgate why {}", ID.short())
    );
    assert_eq!(
        lines[1],
        "kimi: 401 key-rejected; see which key: tokgate provider key list kimi; put another in its place: tokgate provider key set kimi NUMBER env:NAME"
    );
    assert!(lines[2].starts_with("openrouter: 402 payment-required; top up its account"), "{}", lines[2]);
    assert!(lines[3].starts_with("anthropic: left alone after several failures"), "{}", lines[3]);
    assert!(lines[3].ends_with("(130 s)"), "{}", lines[3]);
    assert_eq!(lines[4..], ["wait, or use another profile: tokgate profile list"]);
}

#[test]
fn who_was_passed_over_has_not_failed() {
    let first = |attempts: &[(&'static str, u16, &'static str)], skipped: &[Skipped]| {
        let problem = problem(&given_up(Why::Unavailable, None), &record(attempts), skipped, false, None);
        [Lang::En, Lang::Zh].map(|lang| problem.text.say(lang).lines().next().unwrap().to_owned())
    };
    let (a, b) = (("a", 503, "unavailable"), ("b", 503, "unavailable"));
    let left: Skipped = ("b".into(), "left", None, None);
    let told = [
        (first(&[a], &[]), "the only provider failed"),
        (first(&[a, a, b], &[]), "all 2 providers failed"),
        (first(&[a], std::slice::from_ref(&left)), "1 of 2 providers failed, the others were not asked"),
        (first(&[], &[left]), "no provider could be asked, 1 were passed over"),
    ];
    for ([en, zh], wanted) in told {
        assert!(en.starts_with(&format!("tokgate: {wanted} — ")), "{en}");
        assert!(zh.starts_with("tokgate：") && !zh.contains('{'), "{zh}");
    }
}

#[tokio::test]
async fn a_wait_for_codex_ends_with_the_words_that_it_reads() {
    let record = record(&[("kimi", 429, "rate-limited")]);
    let problem = problem(&given_up(Why::Cooling, Some(20)), &record, &[], false, None);
    let (.., body) = answer(&problem, Client::Codex, Protocol::OpenaiResponses).await;
    assert!(body.contains("Please try again in 20s."), "{body}");
}
