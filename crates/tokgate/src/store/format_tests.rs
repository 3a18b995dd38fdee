#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use tokgate_wire::price::{Cost, Currency};

use super::*;
use crate::store::sample::{failed, failed_over, plain};

fn style() -> Style {
    Style { colour: false, lang: Lang::En, zone: TimeZone::UTC, home: Some("/home/me".into()) }
}

fn shown(record: &Record, shape: Shape) -> String {
    let mut out = String::new();
    line(&mut out, record, shape, &style());
    assert_eq!(out.matches('\n').count(), 1, "{out}");
    out.trim_end_matches('\n').to_owned()
}

#[test]
fn a_line_for_people_says_who_asked_what_and_who_answered() {
    let table = [
        (
            plain(1),
            "14:50:02 0001 claude   ~/work/api       sonnet-5 → kimi/kimi-k3            200   7.2s ttfb 0.4  48k in (46k⚡) 812 out",
        ),
        (
            failed_over(2),
            "14:50:02 0002 claude   ~/work/api       sonnet-5 → kimi 429 → anthropic    200  12.8s ttfb 1.6  48k in (46k⚡) 812 out  ↻",
        ),
        (
            failed(3),
            "14:50:02 0003 claude   ~/work/api       sonnet-5 → kimi refused            503   35ms  failed TG301 kimi: connection refused",
        ),
    ];
    for (record, line) in table {
        assert_eq!(shown(&record, Shape::Pretty), line);
    }
}

#[test]
fn requests_without_a_model_or_a_status_have_a_line_too() {
    let gone = Record {
        outcome: Outcome::Cancelled,
        status: 0,
        model: None,
        model_sent: None,
        provider: None,
        project: None,
        operation: "models".into(),
        attempts: Vec::new(),
        usage: Default::default(),
        first_us: None,
        ..plain(4)
    };
    assert_eq!(
        shown(&gone, Shape::Pretty),
        "14:50:02 0004 claude   -                models                               -   7.2s  cancelled"
    );
    let count = Record { operation: "count-tokens".into(), ..plain(5) };
    assert!(shown(&count, Shape::Pretty).contains("sonnet-5 → kimi/kimi-k3 (count-tokens)"));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let mut out = String::new();
    line(&mut out, &failed(1), Shape::Pretty, &Style { colour: true, ..style() });
    assert!(out.contains("\x1b[31m503\x1b[0m"), "{out}");
    let mut plain = String::new();
    let mut rest = &*out;
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(format!("{plain}{rest}").trim_end(), shown(&failed(1), Shape::Pretty));
}

#[test]
fn wide_characters_keep_the_columns_aligned() {
    let wide = Record { project: Some("/home/me/项目/很长的文件夹名字".into()), ..plain(1) };
    let (wide, narrow) = (shown(&wide, Shape::Pretty), shown(&plain(1), Shape::Pretty));
    let column = |line: &str| line.split(" 200 ").next().unwrap().width();
    assert_eq!(column(&wide), column(&narrow), "{wide}");
    assert!(wide.contains('…'));
}

#[test]
fn a_line_for_pipes_has_whole_values_between_tabs() {
    let line = shown(&failed_over(2), Shape::Plain);
    let cells: Vec<&str> = line.split('\t').collect();
    assert_eq!(cells.len(), PLAIN_COLUMNS.len());
    assert_eq!(cells[0], "2026-11-21T14:50:02.000Z");
    assert_eq!(cells[1], failed_over(2).id.to_string());
    assert_eq!(cells[3], "/home/me/work/api");
    assert_eq!(cells[6..12], ["anthropic", "claude-sonnet-5-20250929", "200", "completed", "12800", "1620"]);
    assert_eq!(cells[12..], ["48000", "46100", "812", "2", "", "", "", ""]);
    let priced = Record { cost: Some(cost()), ..plain(1) };
    let line = shown(&priced, Shape::Plain);
    assert_eq!(line.trim_end().split('\t').collect::<Vec<_>>()[18..], ["0.05", "CNY"]);
    assert_eq!(shown(&failed(1), Shape::Plain).split('\t').count(), PLAIN_COLUMNS.len());
}

fn cost() -> Cost {
    Cost { trillionths: 50_000_000_000, currency: Currency::Cny }
}

#[test]
fn what_an_answer_cost_is_told_with_its_currency() {
    let priced = Record { cost: Some(cost()), ..plain(1) };
    assert!(shown(&priced, Shape::Pretty).contains("812 out  ¥0.050"), "{}", shown(&priced, Shape::Pretty));
    let json: serde_json::Value = serde_json::from_str(&shown(&priced, Shape::Json)).unwrap();
    assert_eq!(json["cost"], serde_json::json!({"amount": "0.05", "currency": "CNY"}));
    let json: serde_json::Value = serde_json::from_str(&shown(&plain(1), Shape::Json)).unwrap();
    assert!(json["cost"].is_null(), "an unknown price is no price");
}

#[test]
fn the_form_for_programs_has_stable_names() {
    let json: serde_json::Value = serde_json::from_str(&shown(&failed_over(2), Shape::Json)).unwrap();
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "request_id",
            "time",
            "client",
            "run",
            "project",
            "session",
            "operation",
            "protocol",
            "model",
            "model_sent",
            "model_answered",
            "stream",
            "profile",
            "route",
            "provider",
            "outcome",
            "status",
            "error",
            "detail",
            "reason",
            "losses",
            "head_ms",
            "ttfb_ms",
            "total_ms",
            "bytes_in",
            "bytes_out",
            "tokens_in",
            "tokens_out",
            "usage",
            "counted",
            "estimated",
            "cost",
            "stop",
            "attempts",
            "trail"
        ]
    );
    assert_eq!(json["ttfb_ms"], 1620.0);
    assert_eq!(json["protocol"], "anthropic");
    assert_eq!(json["attempts"][0]["result"], "rate-limited");
    assert_eq!(json["attempts"][1]["provider"], "anthropic");
    assert_eq!(json["trail"][0]["why"], "first");
    assert_eq!(json["run"], "k7f3q9", "the whole tag is a credential");
}

#[test]
fn foreign_text_cannot_act_on_the_terminal_or_tear_the_line() {
    let nasty = "x\x1b]0;owned\x07\u{202e}y\r\n\tz";
    let mut record = failed_over(1);
    record.model = Some(nasty.into());
    record.model_sent = Some(nasty.into());
    record.detail = Some(nasty.into());
    record.outcome = Outcome::Truncated;
    record.project = Some(nasty.into());
    record.client = nasty.to_owned().into();
    record.attempts[0].message = Some(nasty.into());
    for shape in [Shape::Pretty, Shape::Plain, Shape::Json] {
        let line = shown(&record, shape);
        let acting: Vec<char> = line
            .chars()
            .filter(|c| crate::store::visible::acts(*c) && !(shape == Shape::Plain && *c == '\t'))
            .collect();
        assert!(acting.is_empty(), "{shape:?} {acting:?} {line}");
    }
    assert_eq!(shown(&record, Shape::Plain).split('\t').count(), PLAIN_COLUMNS.len());
}

#[test]
fn numbers_are_short() {
    let counts = [
        (0, "0"),
        (999, "999"),
        (1_000, "1.0k"),
        (1_099, "1.0k"),
        (9_999, "9.9k"),
        (48_212, "48k"),
        (3_900_000, "3.9M"),
    ];
    for (number, text) in counts {
        assert_eq!(count(number), text);
    }
    for (us, text) in [(0, "0ms"), (35_400, "35ms"), (100_000, "0.1s"), (7_204_000, "7.2s"), (723_000_000, "12m03s")] {
        assert_eq!(duration(us), text);
    }
    let mut out = String::new();
    seconds_to(&mut out, 44_000);
    assert_eq!(out, "0.04");
}

#[test]
fn a_line_for_people_has_no_english_left_in_chinese() {
    let mut line = String::new();
    super::line(&mut line, &failed_over(2), Shape::Pretty, &Style { lang: Lang::Zh, ..style() });
    assert!(line.contains("首字 ") && line.contains("输入 48k") && line.contains("输出 812"), "{line}");
    assert!(![" ttfb ", " in", " out"].iter().any(|leftover| line.contains(leftover)), "{line}");
}
