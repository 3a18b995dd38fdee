use jiff::tz::TimeZone;
use tokgate_wire::price::Currency;

use super::*;
use crate::i18n::{Text, faults};
use crate::store::sample;

fn style(lang: Lang) -> Style {
    Style { colour: false, lang, zone: TimeZone::UTC, home: Some("/home/me".into()) }
}

fn cost(trillionths: u64) -> Cost {
    Cost { trillionths, currency: Currency::Usd }
}

/// The first provider was limited, a rule before missed, one candidate rests and one was not needed.
fn moved() -> Record {
    let trail = r#"{"by":"route","route":"work","strict":true,"profile":"production",
        "rules":[{"rule":"sonnet 3","missed":"model","wanted":"claude-3-*"},{"rule":"night","missed":"hour","wanted":"22-7"}],
        "skipped":[{"provider":"glm","key":2,"why":"cooling","left_ms":20000}],"untried":[{"provider":"openrouter"}],
        "barred":["backup"],"waits":1,"waited_ms":3300,
        "attempts":[{"provider":"kimi","key":1,"result":"rate-limited","retry_after_ms":20000},{"provider":"anthropic","result":"ok"}]}"#;
    let mut record = Record { trail: trail.into(), cost: Some(cost(610_000_000_000)), ..sample::failed_over(1) };
    record.attempts[1].began_ms = 320;
    record
}

#[test]
fn a_page_tells_rules_attempts_who_was_not_used_and_what_it_cost() {
    let page = page(&moved(), &[("kimi".to_owned(), cost(190_000_000_000))], &style(Lang::En));
    let lines: Vec<String> = page.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for wanted in [
        "request claude · ~/work/api · 3f9c · messages · asked for claude-sonnet-5 · 48k tokens in",
        "rules 1 sonnet 3 no model is claude-sonnet-5, not claude-3-*",
        "2 night no hour is not 22-7",
        "3 work YES → production (strict)",
        "“too many requests”",
        "waited 3.3s for somebody to be usable",
        "not used glm #2 rests after a failure, for another 20.0s",
        "openrouter was not needed",
        "profile backup: the rule is strict",
    ] {
        assert!(lines.iter().any(|line| line == wanted), "{wanted}\n{page}");
    }
    assert!(page.contains("429 rate-limited"), "{page}");
    assert!(page.contains("asked to wait 20.0s, until 14:50:22"), "{page}");
    assert!(page.contains("begun after 0.3s"), "{page}");
    assert!(page.contains("(at kimi it would have been "), "{page}");
    let not_told = |label: &str| !lines.iter().any(|line| line.starts_with(label));
    assert!(not_told("ended") && not_told("fix"), "it went well: {page}");
}

#[test]
fn a_page_is_told_in_chinese_too() {
    let page = page(&moved(), &[], &style(Lang::Zh));
    for wanted in ["规则", "model 是 claude-sonnet-5，不是 claude-3-*", "不需要", "方案 backup：规则为 strict"]
    {
        assert!(page.contains(wanted), "{wanted}\n{page}");
    }
}

#[test]
fn why_and_show_and_logs_speak_the_readers_language_whatever_the_gateways() {
    let mut record = sample::failed(1);
    let refused = Text::new(&faults::CONNECT_FAILED).with("host", "kimi.example").with("port", 443);
    let refused = refused.with_words("cause", &faults::CONNECTION_REFUSED);
    record.explain(&Text::new(&proxy::ONE_FAILED).with("id", "7QGM"), Lang::En);
    record.attempts[0].explain(&refused, Lang::En);
    let page = page(&record, &[], &style(Lang::Zh));
    let show = crate::store::show::Show::of(&record, &style(Lang::Zh)).text(&style(Lang::Zh));
    for told in [&page, &show] {
        assert!(told.contains("连接 kimi.example:443 失败：连接被拒绝"), "{told}");
        assert!(told.contains("唯一的供应商失败了"), "{told}");
    }
    let english = super::page(&record, &[], &style(Lang::En));
    assert!(english.contains("connecting to kimi.example:443 failed: connection refused"), "{english}");
}

#[test]
fn a_failure_names_how_it_ended_and_what_helps_each_provider() {
    let mut record = Record { trail: Box::default(), ..sample::failed(1) };
    let rejected = AttemptRecord {
        provider: "glm".into(),
        result: "key-rejected".into(),
        key: Some(2),
        ..record.attempts[0].clone()
    };
    record.attempts.push(rejected);
    let page = page(&record, &[], &style(Lang::En));
    for wanted in [
        "TG301 503",
        "kimi: connection refused",
        "kimi: check its address and the network: tokgate config get provider.kimi.url",
        "glm: put another key in the place of number 2: tokgate provider key set glm 2 env:NAME, or do without it: tokgate provider key disable glm 2",
        "nothing that is known of",
    ] {
        assert!(page.contains(wanted), "{wanted}\n{page}");
    }
}

#[test]
fn a_request_refused_at_the_door_says_so() {
    let record = Record {
        outcome: Outcome::Refused,
        status: 401,
        error: Some("TG401".into()),
        detail: Some("no key".into()),
        attempts: Vec::new(),
        profile: None,
        trail: Box::default(),
        ..sample::failed(1)
    };
    let page = page(&record, &[], &style(Lang::En));
    for wanted in ["refused before any rule was looked at", "nobody was asked", "TG401 401", "no key"] {
        assert!(page.contains(wanted), "{wanted}\n{page}");
    }
}

#[test]
fn a_candidate_that_was_asked_after_all_is_not_said_to_be_passed_over_for_good() {
    let trail = r#"{"by":"default","skipped":[{"provider":"kimi","why":"open","left_ms":9000,"tried":true}],
        "attempts":[{"provider":"kimi","result":"refused"}]}"#;
    let page = page(&Record { trail: trail.into(), ..sample::failed(1) }, &[], &style(Lang::En));
    assert!(page.contains("for another 9.0s; asked after all, as nobody else was left"), "{page}");
}

#[test]
fn who_was_not_asked_is_told_in_words_of_both_languages() {
    let words = [
        "not-permitted",
        "tries-used",
        "request-fault",
        "answer-begun",
        "no-place",
        "time-up",
        "not-reached",
        "room-unknown",
        "not-on:429",
        "on:5xx",
    ];
    let skipped = words.map(|why| format!(r#"{{"provider":"p","why":"{why}"}}"#)).join(",");
    let trail = format!(r#"{{"by":"default","skipped":[{skipped}]}}"#);
    let record = Record { trail: trail.into(), ..sample::failed(1) };
    for lang in [Lang::En, Lang::Zh] {
        let page = page(&record, &[], &style(lang));
        assert!(words.iter().all(|word| !page.contains(word)), "{page}");
    }
}

#[test]
fn room_that_was_waited_for_is_not_told_as_a_last_resort() {
    let trail = r#"{"by":"default","skipped":[{"provider":"kimi","why":"full","tried":true}],"attempts":[{"provider":"kimi"}]}"#;
    let page = page(&Record { trail: trail.into(), ..sample::plain(1) }, &[], &style(Lang::En));
    assert!(page.contains("asked once there was room") && !page.contains("nobody else"), "{page}");
}

#[test]
fn what_was_counted_of_an_answer_that_was_cut_or_left_is_the_least_it_can_be() {
    let cost = Some(cost(380_000_000));
    let cancelled = Record { outcome: Outcome::Cancelled, cost, ..sample::plain(1) };
    let told = page(&cancelled, &[], &style(Lang::En));
    assert!(told.contains("200 cancelled") && told.contains("the client left before"), "{told}");
    assert!(told.contains("cost      at least $0.00038"), "{told}");
    let show = crate::store::show::Show::of(&cancelled, &style(Lang::Zh)).text(&style(Lang::Zh));
    assert!(show.contains("至少 输入") && show.contains("至少 $0.00038") && show.contains("200 已取消"), "{show}");
    let whole = page(&Record { cost, ..sample::plain(1) }, &[], &style(Lang::En));
    assert!(whole.contains("$0.00038") && !whole.contains("at least"), "{whole}");
}

#[test]
fn why_a_cost_is_not_known_is_told_apart() {
    let told = |record: Record| page(&record, &[], &style(Lang::En));
    let cached = told(sample::plain(1));
    assert!(cached.contains("not known: no price, or none for the tokens of its prompt cache"), "{cached}");
    let uncounted = told(Record { usage: Usage::default(), ..sample::plain(1) });
    assert!(uncounted.contains("the answer does not say how many tokens"), "{uncounted}");
    let unasked = told(Record { attempts: Vec::new(), ..sample::failed(1) });
    assert!(unasked.contains("nothing: nobody was asked"), "{unasked}");
}

#[test]
fn what_helps_is_about_what_went_wrong() {
    let trail = r#"{"by":"route","route":"work","profile":"p","attempts":[]}"#;
    let record = Record { error: Some("TG328".into()), attempts: Vec::new(), trail: trail.into(), ..sample::failed(1) };
    let told = page(&record, &[], &style(Lang::En));
    assert!(told.contains("tokgate limit show") && told.contains("hold.max"), "{told}");
    assert!(!told.contains("tokgate route list"), "{told}");
    let whole = page(&Record { trail: trail.into(), ..sample::plain(1) }, &[], &style(Lang::En));
    assert!(!whole.contains("fix"), "{whole}");
}

#[test]
fn a_trail_from_outside_cannot_drive_the_terminal() {
    let trail =
        r#"{"by":"route","route":"a\u001b[31m","rules":[{"rule":"b\u0007","missed":"model","wanted":"\u001b"}]}"#;
    let page = page(&Record { trail: trail.into(), ..sample::failed(1) }, &[], &style(Lang::En));
    assert!(!page.contains(['\u{1b}', '\u{7}']), "{page:?}");
}

/// A page whose trail is this, of a request that ended so.
fn told(outcome: Outcome, trail: &str, error: &'static str) -> String {
    let record = Record { outcome, trail: trail.into(), error: Some(error.into()), ..sample::failed(1) };
    page(&record, &[], &style(Lang::En))
}

#[test]
fn what_the_time_of_a_request_kept_it_from_names_what_gives_it_more() {
    for word in ["no-time", "time-up", "rest-too-long"] {
        let trail = format!(r#"{{"by":"default","profile":"p","skipped":[{{"provider":"bb","why":"{word}"}}]}}"#);
        let page = told(Outcome::Failed, &trail, "TG323");
        assert!(page.contains("defaults.request_timeout") && page.contains("x-stainless-timeout"), "{page}");
        assert!(!page.contains("the request ended before"), "{page}");
    }
}

#[test]
fn a_wait_for_a_limit_names_the_limit_and_the_rest_of_it_the_providers() {
    let trail = r#"{"by":"default","profile":"p","waits":0,"waited_ms":3000,"waited_for":"u","waited_for_ms":1900}"#;
    let page = told(Outcome::Completed, trail, "");
    assert!(page.contains("waited 1.9s for the limit `u`"), "{page}");
    assert!(page.contains("waited 1.1s for somebody to be usable"), "{page}");
}

#[test]
fn who_was_not_asked_as_switching_is_paused_names_what_ends_that() {
    let trail = r#"{"by":"default","profile":"p","skipped":[{"provider":"cc","why":"paused","left_ms":6000}]}"#;
    let page = told(Outcome::Failed, trail, "TG323");
    assert!(page.contains("switching is paused") && page.contains("tokgate failover resume"), "{page}");
    let trail = r#"{"by":"default","profile":"p","skipped":[{"provider":"cc","why":"not-by-itself"}]}"#;
    assert!(told(Outcome::Failed, trail, "TG323").contains("tokgate config set failover.auto true"));
}

#[test]
fn whoever_has_left_gets_no_advice_and_neither_does_an_answer_that_had_begun_about_those_before() {
    let trail = r#"{"by":"default","profile":"p","skipped":[{"provider":"dear","why":"price","profile":"spare"}]}"#;
    let page = |outcome| told(outcome, trail, "");
    assert!(page(Outcome::Failed).contains("tokgate failover switch spare"), "the profile is known");
    assert!(!page(Outcome::Truncated).contains("failover switch"));
    assert!(!page(Outcome::Cancelled).lines().any(|line| line.trim_start().starts_with("fix")));
}

#[test]
fn a_rule_that_lets_nobody_else_be_asked_is_not_helped_by_another_profile() {
    for to in [r#""provider":"aa""#, r#""profile":"p","strict":true"#] {
        let trail = format!(r#"{{"by":"route","route":"r",{to},"skipped":[{{"provider":"aa","why":"cooling"}}]}}"#);
        let page = told(Outcome::Failed, &trail, "TG322");
        assert!(page.contains("the rule lets nobody else be asked") && !page.contains("another profile"), "{page}");
    }
}

#[test]
fn a_full_line_is_not_to_be_made_longer_by_waiting_longer() {
    let full = told(Outcome::Refused, r#"{"by":"default","profile":"p","line_full":true}"#, "TG328");
    assert!(full.contains("tokgate limit show") && !full.contains("hold.max"), "{full}");
    assert!(told(Outcome::Refused, r#"{"by":"default","profile":"p"}"#, "TG328").contains("hold.max"));
}

#[test]
fn a_job_that_was_taken_back_had_no_client_that_left() {
    let record = Record { outcome: Outcome::Cancelled, operation: "messages-job".into(), ..sample::failed(1) };
    let page = page(&record, &[], &style(Lang::En));
    assert!(page.contains("the job was taken back") && !page.contains("client left"), "{page}");
}

#[test]
fn a_request_that_was_answered_with_what_was_kept_for_it_says_so() {
    let mut record = Record { outcome: Outcome::Completed, ..sample::failed(1) };
    record.attempts.clear();
    record.explain(&Text::new(&faults::RESCUED).with("id", "7QGM"), Lang::En);
    let page = page(&record, &[], &style(Lang::En));
    assert!(page.contains("rescued from 7QGM"), "{page}");
}
