//! Tokens are read, taken apart and merged without inventing any.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn anthropic_input_stands_beside_the_cache() {
    let usage = Usage::read(
        Protocol::Anthropic,
        &json!({
            "input_tokens": 200, "output_tokens": 50, "cache_read_input_tokens": 2000,
            "cache_creation_input_tokens": 400,
            "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 100},
            "output_tokens_details": {"thinking_tokens": 20},
            "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
            "service_tier": "standard",
        }),
    );
    let expected = Usage {
        input_uncached: Some(200),
        cache_read: Some(2000),
        cache_write_5m: Some(300),
        cache_write_1h: Some(100),
        cache_write_other: None,
        output_total: Some(50),
        output_reasoning: Some(20),
        server_tool_requests: Some(3),
    };
    assert_eq!(usage, expected);
    assert_eq!(usage.input_total(), Some(2600));
}

#[test]
fn what_was_written_without_a_lifetime_is_kept_apart() {
    let read = |usage| Usage::read(Protocol::Anthropic, &usage);
    assert_eq!(read(json!({"cache_creation_input_tokens": 7})).cache_write_other, Some(7));
    let partly = json!({"cache_creation_input_tokens": 7, "cache_creation": {"ephemeral_5m_input_tokens": 5}});
    assert_eq!(read(partly).cache_write_other, Some(2));
}

#[test]
fn openai_input_holds_the_cache_and_is_taken_apart() {
    let chat = json!({
        "prompt_tokens": 2600, "completion_tokens": 80, "total_tokens": 2680,
        "prompt_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400},
        "completion_tokens_details": {"reasoning_tokens": 30},
    });
    let responses = json!({
        "input_tokens": 2600, "output_tokens": 80, "total_tokens": 2680,
        "input_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400},
        "output_tokens_details": {"reasoning_tokens": 30},
    });
    let expected = Usage {
        input_uncached: Some(200),
        cache_read: Some(2000),
        cache_write_other: Some(400),
        output_total: Some(80),
        output_reasoning: Some(30),
        ..Usage::default()
    };
    assert_eq!(Usage::read(Protocol::OpenaiChat, &chat), expected);
    assert_eq!(Usage::read(Protocol::OpenaiResponses, &responses), expected);
}

#[test]
fn dialects_of_chat_are_understood() {
    let read = |usage| Usage::read(Protocol::OpenaiChat, &usage);
    let deepseek = read(json!({"prompt_tokens": 10, "prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 2}));
    assert_eq!((deepseek.input_uncached, deepseek.cache_read), (Some(2), Some(8)));
    let kimi = read(json!({"prompt_tokens": 10, "cached_tokens": 8}));
    assert_eq!((kimi.input_uncached, kimi.cache_read), (Some(2), Some(8)));
    let nulls = read(json!({"prompt_tokens": 10, "prompt_tokens_details": null, "completion_tokens": 1}));
    assert_eq!((nulls.input_uncached, nulls.cache_read), (Some(10), None));
}

#[test]
fn counts_that_cannot_be_true_are_unknown() {
    for wrong in [json!(-1), json!(1.5), json!("7"), json!(null), json!(1u64 << 60), json!({})] {
        for protocol in Protocol::ALL {
            let usage = json!({"input_tokens": wrong, "prompt_tokens": wrong, "output_tokens": wrong});
            assert!(Usage::read(protocol, &usage).is_empty(), "{wrong}");
        }
    }
}

#[test]
fn more_cached_than_sent_leaves_nothing_uncached() {
    let usage = json!({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9}});
    assert_eq!(Usage::read(Protocol::OpenaiChat, &usage).input_uncached, Some(0));
}

#[test]
fn the_last_count_wins_but_a_late_zero_does_not_erase_input() {
    let mut usage = Usage { input_uncached: Some(9), cache_read: Some(4), output_total: Some(1), ..Usage::default() };
    usage.merge(&Usage { input_uncached: Some(0), cache_read: Some(0), output_total: Some(7), ..Usage::default() });
    assert_eq!((usage.input_uncached, usage.cache_read, usage.output_total), (Some(9), Some(4), Some(7)));
    usage.merge(&Usage { input_uncached: Some(12), ..Usage::default() });
    assert_eq!((usage.input_uncached, usage.output_total), (Some(12), Some(7)));
}

#[test]
fn a_total_at_the_end_is_not_added_to_the_split_of_the_beginning() {
    let mut usage = Usage { cache_write_5m: Some(300), cache_write_1h: Some(100), ..Usage::default() };
    usage.merge(&Usage { cache_write_other: Some(400), ..Usage::default() });
    assert_eq!((usage.cache_write_5m, usage.cache_write_1h, usage.cache_write_other), (Some(300), Some(100), None));
    usage.merge(&Usage { cache_write_other: Some(500), ..Usage::default() });
    assert_eq!((usage.cache_write_5m, usage.cache_write_1h, usage.cache_write_other), (None, None, Some(500)));
}

fn any_usage() -> impl Strategy<Value = Usage> {
    let count = || prop::option::of(0..COUNT_MAX);
    (count(), count(), count(), count(), count(), count(), count(), count()).prop_map(|(a, b, c, d, e, f, g, h)| {
        Usage {
            input_uncached: a,
            cache_read: b,
            cache_write_5m: c,
            cache_write_1h: d,
            cache_write_other: e,
            output_total: f,
            output_reasoning: g,
            server_tool_requests: h,
        }
    })
}

proptest! {
    #[test]
    fn merging_the_same_twice_or_nothing_changes_nothing(first in any_usage(), later in any_usage()) {
        let mut usage = first;
        usage.merge(&Usage::default());
        prop_assert_eq!(usage, first);
        usage.merge(&later);
        let once = usage;
        usage.merge(&later);
        prop_assert_eq!(usage, once);
    }

    #[test]
    fn merging_never_forgets_what_was_known(first in any_usage(), later in any_usage()) {
        let mut usage = first;
        usage.merge(&later);
        prop_assert!(usage.input_total().is_some() || first.input_total().is_none());
        prop_assert!(usage.output_total.is_some() || first.output_total.is_none());
    }
}
