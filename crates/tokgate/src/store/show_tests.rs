#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use jiff::tz::TimeZone;

use super::*;
use crate::i18n::Lang;
use crate::store::sample::{failed, failed_over};

fn style(lang: Lang) -> Style {
    Style { colour: false, lang, zone: TimeZone::UTC, home: Some("/home/me".into()) }
}

#[test]
fn everything_about_a_request_is_shown() {
    let record = failed_over(2);
    let text = Show::of(&record, &style(Lang::En)).text(&style(Lang::En));
    let wanted = "\
ID  14:50:02  completed
  client    claude
  project   ~/work/api
  session   3f9c
  run       k7f3q9
  operation messages (anthropic) · stream
  model     claude-sonnet-5 → claude-sonnet-5-20250929
  profile   default
  provider  anthropic
  status    200
  time      12.8s in all, first output after 1.6s, answer head after 0.3s
  tokens    48k in · 46k read from cache · 812 out
  bytes     301233 in, 48111 out
  stop      end_turn
attempts
  1 kimi #1       429 rate-limited  0.3s (answer head 0.3s; name 3ms, connect 20ms, tls 25ms)
    too many requests
  2 anthropic #1  200 ok            7.2s (answer head 0.3s, connection reused)
why there
  provider kimi · why first
";
    let wanted = wanted.replacen("ID", &record.id.to_string(), 1);
    let squeezed =
        |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    assert_eq!(squeezed(&text), squeezed(&wanted));
}

#[test]
fn a_cost_and_a_counted_number_are_shown_with_what_they_are() {
    let cost =
        Some(tokgate_wire::price::Cost { trillionths: 610_000_000_000, currency: tokgate_wire::price::Currency::Cny });
    let record = Record { cost, counted: Some(4_711), estimated: true, ..failed_over(2) };
    let text = Show::of(&record, &style(Lang::En)).text(&style(Lang::En));
    assert!(text.contains("¥0.61") && text.contains("4711 estimated here"), "{text}");
}

#[test]
fn labels_line_up_in_chinese_too() {
    let show = Show::of(&failed(1), &style(Lang::Zh));
    let text = show.text(&style(Lang::Zh));
    let columns: Vec<usize> = show
        .facts
        .iter()
        .map(|(label, value)| {
            let line = text.lines().find(|line| line.trim_start().starts_with(label)).unwrap();
            line[..line.rfind(value.as_str()).unwrap()].width()
        })
        .collect();
    assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    assert!(text.contains("TG301"));
}

#[test]
fn details_are_the_whole_time_and_each_count() {
    let record = failed_over(2);
    let text = Show::of(&record, &style(Lang::En)).detailed(&record, &style(Lang::En)).text(&style(Lang::En));
    assert!(text.contains("2026-11-21 14:50:02.") && text.contains("cache_read 46100"), "{text}");
}

/// A provider that never answers is not one that answered after 0 ms.
#[test]
fn a_head_that_never_came_has_no_time() {
    let mut record = failed(1);
    record.status = 0;
    record.attempts[0].total_ms = 2_000;
    for (lang, whole, attempt) in [
        (Lang::En, "35ms in all, no answer head", "2.0s (no answer head)"),
        (Lang::Zh, "共 35ms，没有响应头", "2.0s（没有响应头）"),
    ] {
        let text = Show::of(&record, &style(lang)).text(&style(lang));
        assert!(text.contains(whole) && text.contains(attempt) && !text.contains("0ms)"), "{text}");
    }
    let json = serde_json::to_value(crate::store::json::JsonRecord::from(&record)).unwrap();
    assert!(json["head_ms"].is_null() && json["attempts"][0]["head_ms"].is_null(), "{json}");
}

#[test]
fn an_attempt_without_a_key_has_no_times() {
    let mut record = failed(1);
    record.attempts[0].result = "key-unreadable".into();
    record.attempts[0].total_ms = 0;
    let text = Show::of(&record, &style(Lang::En)).text(&style(Lang::En));
    assert!(text.contains("nothing was sent\n") && !text.contains("0ms ("), "{text}");
    assert!(Show::of(&record, &style(Lang::Zh)).attempts[0].times.contains("没有发送"));
}

/// What was sent is what the gateway decided; what answered is what the provider says.
#[test]
fn the_model_that_answered_does_not_take_the_place_of_the_one_that_was_sent() {
    let mut record = failed_over(1);
    record.model_sent = Some("claude-sonnet-5".into());
    record.answered_by(Some("claude-sonnet-5"));
    assert_eq!(record.model_answered(), None, "the same name says nothing");
    record.answered_by(Some("claude-sonnet-5-20250929"));
    assert_eq!(record.model_sent.as_deref(), Some("claude-sonnet-5"));
    let text = Show::of(&record, &style(Lang::En)).text(&style(Lang::En));
    assert!(text.contains("claude-sonnet-5 (answered by claude-sonnet-5-20250929)"), "{text}");
    let json = serde_json::to_value(crate::store::json::JsonRecord::from(&record)).unwrap();
    assert_eq!(
        (&json["model_sent"], &json["model_answered"]),
        (&"claude-sonnet-5".into(), &"claude-sonnet-5-20250929".into())
    );
}

#[test]
fn what_became_of_an_attempt_and_that_it_was_a_stream_are_chinese_in_chinese() {
    let mut record = failed_over(2);
    record.attempts[1].result = "cancelled".into();
    let text = Show::of(&record, &style(Lang::Zh)).text(&style(Lang::Zh));
    assert!(text.contains("429 限流") && text.contains("200 已取消") && text.contains(" · 流式"), "{text}");
    for leftover in ["rate-limited", "cancelled", "stream"] {
        assert!(!text.contains(leftover), "{leftover}: {text}");
    }
}

#[test]
fn losses_are_told_in_the_readers_language_and_fields_as_they_are() {
    let losses = "stop_sequences emulated, tools[].strict dropped, anthropic-beta a";
    assert_eq!(told(losses, Lang::En), losses);
    assert_eq!(told(losses, Lang::Zh), "stop_sequences 由网关代行、tools[].strict 已去掉、anthropic-beta a");
}
