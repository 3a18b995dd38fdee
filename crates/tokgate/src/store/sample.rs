//! Records for tests.

use crate::store::record::{AttemptRecord, Outcome, Record, RequestId};
use tokgate_wire::protocol::Protocol;
use tokgate_wire::usage::Usage;

/// 2026-11-21 14:50:02 UTC
pub(super) const AT_MS: u64 = 1_795_272_602_000;

fn attempt(provider: &str) -> AttemptRecord {
    AttemptRecord {
        provider: provider.into(),
        key: Some(1),
        model: None,
        model_answered: None,
        status: 200,
        result: "ok".into(),
        message: None,
        reason: None,
        reused: false,
        dns_ms: 3,
        connect_ms: 20,
        tls_ms: 25,
        head_ms: Some(391),
        total_ms: 7_201,
        began_ms: 0,
    }
}

/// One attempt, all well.
pub(super) fn plain(count: u64) -> Record {
    Record {
        id: RequestId(RequestId::first_of(AT_MS).0 + count),
        run: Some("k7f3q9d2m4x8".into()),
        client: "claude".into(),
        project: Some("/home/me/work/api".into()),
        session: Some("3f9c".into()),
        operation: "messages".into(),
        protocol: Some(Protocol::Anthropic),
        model: Some("claude-sonnet-5".into()),
        model_sent: Some("kimi-k3".into()),
        stream: true,
        outcome: Outcome::Completed,
        status: 200,
        error: None,
        detail: None,
        reason: None,
        provider: Some("kimi".into()),
        profile: Some("default".into()),
        route: None,
        attempts: vec![AttemptRecord { model: Some("kimi-k3".into()), ..attempt("kimi") }],
        usage: Usage {
            input_uncached: Some(1_900),
            cache_read: Some(46_100),
            output_total: Some(812),
            ..Usage::default()
        },
        stop: Some("end_turn".into()),
        head_us: 391_000,
        first_us: Some(402_000),
        total_us: 7_204_000,
        bytes_in: 301_233,
        bytes_out: 48_111,
        losses: None,
        counted: None,
        estimated: false,
        cost: None,
        trail: "[{\"provider\":\"kimi\",\"why\":\"first\"}]".into(),
    }
}

/// The first provider had no room, the second answered.
pub(super) fn failed_over(count: u64) -> Record {
    let limited = AttemptRecord {
        status: 429,
        result: "rate-limited".into(),
        message: Some("too many requests".into()),
        total_ms: 310,
        ..attempt("kimi")
    };
    Record {
        model_sent: Some("claude-sonnet-5-20250929".into()),
        provider: Some("anthropic".into()),
        attempts: vec![
            limited,
            AttemptRecord { reused: true, dns_ms: 0, connect_ms: 0, tls_ms: 0, ..attempt("anthropic") },
        ],
        total_us: 12_800_000,
        first_us: Some(1_620_000),
        ..plain(count)
    }
}

/// Nobody answered.
pub(super) fn failed(count: u64) -> Record {
    let refused = AttemptRecord { status: 0, result: "refused".into(), head_ms: None, ..attempt("kimi") };
    Record {
        outcome: Outcome::Failed,
        status: 503,
        error: Some("TG301".into()),
        detail: Some("kimi: connection refused".into()),
        model_sent: None,
        provider: Some("kimi".into()),
        attempts: vec![refused],
        usage: Usage::default(),
        stop: None,
        first_us: None,
        total_us: 35_000,
        ..plain(count)
    }
}
