//! Every fault of the catalogue over HTTP/1.1. The match has no catch-all arm: a new fault needs its check.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tokgate_simulator::{Ended, Fault, Options, Protocol, Running, Script, Simulator};

use super::client::{Client, End, Got, ask, body, request};

async fn start() -> Running {
    Simulator::start(Options::default()).await.unwrap()
}

#[tokio::test]
async fn every_fault_does_what_it_says() {
    let running = start().await;
    for fault in Fault::ALL {
        check(*fault, &running).await;
    }
}

async fn fetch(running: &Running, choice: &str) -> Got {
    ask(running.addr, Protocol::Anthropic, choice).await
}

async fn check(fault: Fault, running: &Running) {
    match fault {
        Fault::Status
        | Fault::BadRequest
        | Fault::PromptTooLong
        | Fault::BadRole
        | Fault::ExtraInputs
        | Fault::ContentFilter
        | Fault::BadSignature
        | Fault::Unauthorized
        | Fault::PaymentRequired
        | Fault::Forbidden
        | Fault::ForbiddenHtml
        | Fault::ModelNotFound
        | Fault::PathNotFound
        | Fault::RequestTimeout
        | Fault::Conflict
        | Fault::TooLarge
        | Fault::Unprocessable
        | Fault::RateLimited
        | Fault::RetryAfter
        | Fault::RetryAfterMs
        | Fault::RetryAfterDate
        | Fault::InsufficientQuota
        | Fault::ZhipuBalance
        | Fault::Internal
        | Fault::NotImplemented
        | Fault::BadGatewayHtml
        | Fault::Unavailable
        | Fault::UnavailableRetryAfter
        | Fault::GatewayTimeout
        | Fault::Overloaded
        | Fault::Redirect => check_status(fault, running).await,
        Fault::OkHtml
        | Fault::OkEmpty
        | Fault::OkInvalidJson
        | Fault::OkErrorBody
        | Fault::AlwaysStreams
        | Fault::NeverStreams
        | Fault::Gzip
        | Fault::GzipBomb
        | Fault::CodedCut
        | Fault::CodedDamaged
        | Fault::ShortBody => check_body(fault, running).await,
        Fault::FirstOverloaded
        | Fault::FirstRateLimit
        | Fault::FirstApiError
        | Fault::FirstInvalidRequest
        | Fault::FirstFailed
        | Fault::ErrorAfter
        | Fault::FailedAfter
        | Fault::Empty
        | Fault::PreambleOnly
        | Fault::CutReset
        | Fault::CutClean
        | Fault::CutEof
        | Fault::BadEvent
        | Fault::BadUtf8
        | Fault::BadChunk
        | Fault::CutChunk
        | Fault::EndlessLine => check_broken_stream(fault, running).await,
        Fault::StallBeforeHead | Fault::StallAfterHead | Fault::StallMidStream | Fault::StallWithPings => {
            check_stall(fault, running).await;
        }
        Fault::SlowHead
        | Fault::Drip
        | Fault::NoDone
        | Fault::CrLf
        | Fault::Cr
        | Fault::Bom
        | Fault::Comments
        | Fault::UnknownEvents
        | Fault::LookalikeText
        | Fault::HugeEvent
        | Fault::SplitUtf8
        | Fault::DuplicateStop
        | Fault::UsageMissing
        | Fault::UsageNegative
        | Fault::UsageHuge => check_dressed_stream(fault, running).await,
        Fault::SseMislabelled | Fault::ErrorUntyped | Fault::FrameChecksum | Fault::FramePrelude => {
            check_odd_stream(fault, running).await;
        }
        Fault::ToolNoIndex
        | Fault::ToolNoId
        | Fault::ToolNameLate
        | Fault::ToolNameRepeated
        | Fault::ToolArgumentsTwice
        | Fault::ToolArgumentsLate
        | Fault::ToolCallsEmpty
        | Fault::ToolStray
        | Fault::ToolsInterleaved
        | Fault::FinishMissing
        | Fault::FinishStop
        | Fault::UsageInChoices
        | Fault::ReasoningField
        | Fault::VertexEvent
        | Fault::BlockStopTwice
        | Fault::MessageDeltaTwice
        | Fault::OutputAtEnd
        | Fault::OutputIndexZero => check_habit(fault, running).await,
        Fault::HugeHeader
        | Fault::OddHeaders
        | Fault::ResetBeforeHead
        | Fault::EofBeforeHead
        | Fault::ResetReused
        | Fault::CloseIdle
        | Fault::CutHead
        | Fault::GarbageHead
        | Fault::EarlyHints
        | Fault::H2Refused
        | Fault::H2Goaway
        | Fault::H2GoawayLater => check_head(fault, running).await,
        Fault::AcceptThenClose
        | Fault::TlsNeverAnswers
        | Fault::TlsAlert
        | Fault::TlsSelfSigned
        | Fault::TlsWrongHost
        | Fault::TlsExpired => check_connection(fault, running).await,
    }
}

/// Status, a part of the body and of the head.
fn wanted_status(fault: Fault) -> (u16, &'static str, &'static str) {
    match fault {
        Fault::Status => (500, "api_error", ""),
        Fault::PromptTooLong => (400, "prompt is too long: 250000 tokens > 200000 maximum", ""),
        Fault::BadRole => (400, "messages.1.role: Input should be 'user' or 'assistant'", ""),
        Fault::ExtraInputs => (400, "context_management: Extra inputs are not permitted", ""),
        Fault::ContentFilter => (400, "content filter", ""),
        Fault::BadSignature => (400, "Invalid `signature`", ""),
        Fault::Unauthorized => (401, "authentication_error", "request-id: req_sim"),
        Fault::PaymentRequired => (402, "billing_error", ""),
        Fault::Forbidden => (403, "permission_error", ""),
        Fault::ForbiddenHtml => (403, "<!DOCTYPE html>", "content-type: text/html"),
        Fault::ModelNotFound => (404, "not_found_error", ""),
        Fault::PathNotFound => (404, "404 page not found", "content-type: text/plain"),
        Fault::RequestTimeout => (408, "timeout_error", ""),
        Fault::Conflict => (409, "conflict_error", ""),
        Fault::TooLarge => (413, "request_too_large", ""),
        Fault::Unprocessable => (422, "\"detail\":[", ""),
        Fault::RateLimited => (429, "rate_limit_error", ""),
        Fault::RetryAfter => (429, "rate_limit_error", "retry-after: 7\r\n"),
        Fault::RetryAfterMs => (429, "rate_limit_error", "retry-after-ms: 7\r\n"),
        Fault::RetryAfterDate => (429, "rate_limit_error", " GMT\r\n"),
        Fault::InsufficientQuota => (429, "exceeded your current quota", ""),
        Fault::ZhipuBalance => (429, "\"code\":\"1113\"", ""),
        Fault::Internal => (500, "api_error", ""),
        Fault::NotImplemented => (501, "api_error", ""),
        Fault::BadGatewayHtml => (502, "<html>", "content-type: text/html"),
        Fault::Unavailable => (503, "api_error", ""),
        Fault::UnavailableRetryAfter => (503, "api_error", "retry-after: 7\r\n"),
        Fault::GatewayTimeout => (504, "timeout_error", ""),
        Fault::Overloaded => (529, "overloaded_error", ""),
        Fault::Redirect => (302, "", "location: http://redirected.invalid/v1/messages\r\n"),
        _ => (400, "invalid_request_error", ""),
    }
}

async fn check_status(fault: Fault, running: &Running) {
    let (status, part, header) = wanted_status(fault);
    let got = fetch(running, fault.name()).await;
    assert_eq!((got.status(), got.end), (status, End::Complete), "{fault}");
    assert!(got.text().contains(part) && got.head.contains(header), "{fault}: {}{}", got.head, got.text());
    let has_hint = matches!(fault, Fault::RetryAfter | Fault::RetryAfterDate | Fault::UnavailableRetryAfter);
    assert_eq!(got.header("retry-after").is_some(), has_hint, "{fault}");
    if got.header("content-type") == Some("application/json") {
        assert!(serde_json::from_str::<Value>(&got.text()).is_ok(), "{fault}");
    }
}

async fn check_body(fault: Fault, running: &Running) {
    let got = fetch(running, &format!("{fault}; bytes=3000000")).await;
    assert_eq!(got.status(), 200, "{fault}");
    let unpacked = || {
        let mut plain = Vec::new();
        GzDecoder::new(got.body.as_slice()).read_to_end(&mut plain).unwrap();
        plain
    };
    match fault {
        Fault::OkHtml => assert!(got.text().contains("Sign in") && got.head.contains("text/html")),
        Fault::OkEmpty => assert!(got.body.is_empty() && got.end == End::Complete),
        Fault::OkInvalidJson => {
            let data = got.text().lines().find_map(|l| l.strip_prefix("data: ").map(str::to_owned)).unwrap();
            assert!(serde_json::from_str::<Value>(&data).is_err());
        }
        Fault::OkErrorBody => assert_eq!(serde_json::from_str::<Value>(&got.text()).unwrap()["type"], "error"),
        Fault::AlwaysStreams => {
            assert_eq!((got.header("content-type"), got.generated()), (Some("text/event-stream; charset=utf-8"), 16));
        }
        Fault::NeverStreams => assert_eq!(serde_json::from_str::<Value>(&got.text()).unwrap()["type"], "message"),
        Fault::Gzip => assert!(String::from_utf8(unpacked()).unwrap().contains("event: message_stop")),
        Fault::CodedCut | Fault::CodedDamaged => {
            assert_eq!(got.header("content-encoding"), Some("gzip"));
            let mut plain = Vec::new();
            GzDecoder::new(got.body.as_slice()).read_to_end(&mut plain).unwrap_err();
            let noise = fault == Fault::CodedDamaged;
            assert!(got.end == End::Complete && got.body.starts_with(&[0xff; 512]) == noise);
            assert!(plain.starts_with(if noise { b"" } else { b"event: message_start" }));
        }
        Fault::GzipBomb => {
            assert_eq!(got.header("content-encoding"), Some("gzip"));
            assert!(unpacked().len() == 3_000_000 && got.body.len() < 6000);
        }
        _ => {
            let promised: usize = got.header("content-length").unwrap().parse().unwrap();
            assert_eq!((got.end, promised - got.body.len()), (End::Eof, 100), "{fault}");
        }
    }
}

async fn check_broken_stream(fault: Fault, running: &Running) {
    let got = fetch(running, &format!("{fault}; bytes=200000")).await;
    assert_eq!(got.status(), 200, "{fault}");
    assert!(!got.text().contains("message_stop") || fault == Fault::BadUtf8, "{fault}");
    let first_error = |kind: &str| {
        assert!(got.text().starts_with("event: error\n") && got.count(kind) == 1, "{}", got.text());
    };
    let (generated, end) = match fault {
        Fault::FirstOverloaded | Fault::FirstFailed => (0, End::Complete),
        Fault::FirstRateLimit | Fault::FirstApiError | Fault::FirstInvalidRequest => (0, End::Complete),
        Fault::Empty | Fault::PreambleOnly => (0, End::Complete),
        Fault::ErrorAfter | Fault::FailedAfter | Fault::CutClean => (2, End::Complete),
        Fault::CutReset => (2, End::Reset),
        Fault::BadEvent => (3, End::Eof),
        Fault::BadUtf8 => (16, End::Complete),
        _ => (2, End::Eof),
    };
    assert_eq!((got.generated(), got.end), (generated, end), "{fault}: {}", got.text());
    match fault {
        Fault::FirstOverloaded | Fault::FirstFailed => first_error("overloaded_error"),
        Fault::FirstRateLimit => first_error("rate_limit_error"),
        Fault::FirstApiError => first_error("api_error"),
        Fault::FirstInvalidRequest => first_error("invalid_request_error"),
        Fault::ErrorAfter | Fault::FailedAfter => assert_eq!(got.count("event: error\n"), 1),
        Fault::Empty => assert!(got.body.is_empty()),
        Fault::PreambleOnly => assert!(got.text().contains("message_start")),
        Fault::BadUtf8 => assert!(std::str::from_utf8(&got.body).is_err()),
        Fault::CutChunk => assert!(got.raw.ends_with(b"40\r\ndata: {\"half")),
        Fault::BadChunk => assert!(got.raw.ends_with(b"zz\r\nnot a chunk\r\n")),
        Fault::EndlessLine => assert!(got.text().ends_with(&format!("data: \"{}", "x".repeat(200_000)))),
        _ => {}
    }
}

async fn check_stall(fault: Fault, running: &Running) {
    running.reset();
    let mut client = Client::connect(running.addr).await;
    let choice = format!("{fault}; wait_ms=1");
    client.send(&request("/v1/messages", &[("x-sim", &choice)], &body(Protocol::Anthropic, true))).await;
    // Who pings for ever does not stand still.
    let stalled = fault != Fault::StallWithPings;
    running.until(|log, _| log.first().is_some_and(|seen| seen.stalled == stalled)).await;
    let enough = |got: &Got| match fault {
        Fault::StallBeforeHead => true,
        Fault::StallAfterHead => got.status() == 200,
        Fault::StallMidStream => got.generated() == 2,
        _ => got.generated() == 2 && got.count("event: ping") >= 3,
    };
    let got = client.read_until(enough).await;
    assert_eq!(got.end, End::Enough, "{fault}");
    assert_eq!(running.log()[0].ended, Ended::Open, "{fault}");
    drop(client);
    running.until(|log, _| log[0].ended == Ended::Cancelled).await;
}

async fn check_dressed_stream(fault: Fault, running: &Running) {
    let bytes = if fault == Fault::HugeEvent { 300_000 } else { 7 };
    let got = fetch(running, &format!("{fault}; wait_ms=1; bytes={bytes}")).await;
    let plain = fetch(running, "good").await;
    assert_eq!((got.status(), got.end), (200, End::Complete), "{fault}");
    let text = got.text();
    let same = |changed: String| assert_eq!(without_ids(&changed), without_ids(&plain.text()), "{fault}");
    match fault {
        Fault::SlowHead => same(text),
        Fault::Drip => {
            assert!(got.chunks.split_last().unwrap().1.iter().all(|size| *size == 7));
            same(text);
        }
        Fault::NoDone => assert!(text.contains("message_delta") && !text.contains("message_stop")),
        Fault::CrLf => {
            assert_eq!(got.count("\n"), got.count("\r\n"));
            same(text.replace("\r\n", "\n"));
        }
        Fault::Cr => {
            assert_eq!(got.count("\n"), 0);
            same(text.replace('\r', "\n"));
        }
        Fault::Bom => same(text.strip_prefix('\u{feff}').unwrap().to_owned()),
        Fault::Comments => {
            assert!(text.contains("\n: comment 3\nid: 3\nretry: 3000\nevent:content_block_delta\ndata:{"));
        }
        Fault::UnknownEvents => assert!(text.contains("event: sim.unknown\n") && text.contains("\"sim_unknown\":{")),
        Fault::LookalikeText => {
            assert!(!text.contains("\nevent: error\n"));
            assert!(text.contains("\\n\\nevent: error\\n") && text.contains("\\n\\ndata: [DONE]"));
        }
        Fault::HugeEvent => assert!(text.lines().any(|line| line.len() > 300_000)),
        Fault::SplitUtf8 => {
            let mut at = 0;
            let ends: Vec<usize> = got
                .chunks
                .iter()
                .map(|size| {
                    at += size;
                    at
                })
                .collect();
            assert!(ends.iter().any(|end| !text.is_char_boundary(*end)));
        }
        Fault::DuplicateStop => {
            assert!(got.count("event: message_stop") == 2 && text.trim_end().ends_with('}') && got.generated() == 17);
        }
        Fault::UsageMissing => assert!(!text.contains("\"usage\"")),
        Fault::UsageNegative => assert!(text.contains("\"output_tokens\":-7")),
        _ => assert!(text.contains("\"output_tokens\":18446744073709551615")),
    }
}

async fn check_odd_stream(fault: Fault, running: &Running) {
    let got = fetch(running, fault.name()).await;
    assert_eq!((got.status(), got.end), (200, End::Complete), "{fault}");
    match fault {
        Fault::SseMislabelled => {
            assert_eq!((got.header("content-type"), got.generated()), (Some("text/plain; charset=utf-8"), 16));
        }
        Fault::ErrorUntyped => {
            assert!(got.text().ends_with("\"code\":\"server_is_overloaded\"}}\n\n") && got.generated() == 2);
            assert_eq!(got.count("event: error"), 0);
        }
        _ => assert!(got.text().contains("message_stop"), "not a binary stream: {fault}"),
    }
}

/// What each habit is, the unit tests know; here its answer is complete, and unlike one without it in some protocol.
async fn check_habit(fault: Fault, running: &Running) {
    const USUAL: &str = r#"{"good":{"pieces":[{"thinking":{"text":"The files first.","signature":"c2ltLXNpZ25hdHVyZQ=="}},
        {"text":"Hello from the simulator: this answer has just enough words to be cut in the middle."},
        {"tool":{"name":"bash","arguments":{"command":"ls -l /tmp"}}},
        {"tool":{"name":"read","arguments":{"path":"a b c"}}}]}}"#;
    let usual = USUAL.replace('\n', "");
    let mut differs = 0;
    for protocol in Protocol::ALL {
        let got = ask(running.addr, *protocol, fault.name()).await;
        let good = ask(running.addr, *protocol, &usual).await;
        assert_eq!((got.status(), got.end), (200, End::Complete), "{fault} {protocol:?}");
        assert!(good.status() == 200 && good.count("bash") > 0, "{}", good.text());
        differs += usize::from(without_numbers(&got.text()) != without_numbers(&good.text()));
    }
    assert!(differs > 0, "{fault}");
}

/// Ids are made of the request's number: `sim` and eight digits.
fn without_numbers(text: &str) -> String {
    text.split("sim").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect()
}

/// Request numbers differ between two answers.
fn without_ids(text: &str) -> String {
    text.lines().filter(|line| !line.contains("msg_sim")).collect::<Vec<_>>().join("\n")
}

async fn check_head(fault: Fault, running: &Running) {
    let mut client = Client::connect(running.addr).await;
    let headers = [("x-sim", fault.name())];
    let got = client.ask("/v1/messages", &headers, &body(Protocol::Anthropic, true)).await;
    match fault {
        Fault::ResetBeforeHead | Fault::H2Refused => assert_eq!((got.end, got.raw.len()), (End::Reset, 0), "{fault}"),
        Fault::EofBeforeHead | Fault::H2Goaway => assert_eq!((got.end, got.raw.len()), (End::Eof, 0), "{fault}"),
        Fault::CutHead => {
            assert!(got.end == End::Eof && got.raw.starts_with(b"HTTP/1.1 200 OK") && got.head.is_empty());
        }
        Fault::GarbageHead => assert!(got.end == End::Eof && !got.raw.is_empty() && !got.raw.starts_with(b"HTTP")),
        _ => {
            assert_eq!((got.status(), got.end, got.generated()), (200, End::Complete, 16), "{fault}");
            check_good_head(fault, &got, &mut client).await;
        }
    }
}

async fn check_good_head(fault: Fault, got: &Got, client: &mut Client) {
    match fault {
        Fault::HugeHeader => assert_eq!(got.header("x-sim-huge").unwrap().len(), 1 << 20),
        Fault::OddHeaders => {
            for name in ["set-cookie", "alt-svc", "access-control-allow-origin", "server"] {
                assert!(got.header(name).is_some(), "{name}");
            }
        }
        Fault::EarlyHints => assert!(got.raw.starts_with(b"HTTP/1.1 103 ")),
        Fault::CloseIdle => assert!(got.header("connection").is_none() && client.is_closed().await),
        Fault::H2GoawayLater => assert!(got.header("connection") == Some("close") && client.is_closed().await),
        _ => {
            let headers = [("x-sim", fault.name())];
            let again = client.ask("/v1/messages", &headers, &body(Protocol::Anthropic, true)).await;
            assert_eq!((again.end, again.raw.len()), (End::Reset, 0), "{fault}");
        }
    }
}

/// Faults of the connection are chosen by the script; the certificates are looked at in `tls`.
async fn check_connection(fault: Fault, running: &Running) {
    running.reset();
    running.script(Script::of([fault]));
    let mut client = Client::connect(running.addr).await;
    client.send(&request("/v1/messages", &[], &body(Protocol::Anthropic, true))).await;
    if fault == Fault::TlsNeverAnswers {
        running.until(|_, counters| counters.connections == 1).await;
        assert_eq!(running.counters().requests, 0);
        drop(client);
        running.until(|_, counters| counters.connections_open == 0).await;
    } else {
        let got = client.read_until(|_| false).await;
        assert!(got.raw.is_empty() && got.end != End::Complete, "{fault}: {got:?}");
    }
    let next = ask(running.addr, Protocol::Anthropic, "good").await;
    assert_eq!(next.status(), 200, "the step is used up: {fault}");
}

#[tokio::test]
async fn the_other_protocols_break_in_their_own_words() {
    let running = start().await;
    let chat = ask(running.addr, Protocol::OpenaiChat, "sse-error-after").await;
    assert!(chat.text().contains("data: {\"error\":{") && !chat.text().contains("[DONE]"));
    let no_done = ask(running.addr, Protocol::OpenaiChat, "no-done").await;
    assert!(no_done.text().contains("\"finish_reason\":\"stop\"") && !no_done.text().contains("[DONE]"));
    let failed = ask(running.addr, Protocol::OpenaiResponses, "sse-first-failed").await;
    assert!(failed.text().contains("event: response.failed\n") && failed.text().starts_with("event: response.created"));
    let quota = ask(running.addr, Protocol::OpenaiChat, "429-insufficient-quota").await;
    let quota: Value = serde_json::from_str(&quota.text()).unwrap();
    assert_eq!(
        (quota["error"]["code"].clone(), quota["error"]["type"].clone()),
        (json!("insufficient_quota"), json!("insufficient_quota"))
    );
}

#[tokio::test]
async fn faults_reach_answers_that_are_not_streamed() {
    let running = start().await;
    let ask = async |choice: &str| {
        let mut client = Client::connect(running.addr).await;
        client.ask("/v1/messages", &[("x-sim", choice)], &body(Protocol::Anthropic, false)).await
    };
    let whole = ask("good").await;
    assert_eq!(serde_json::from_str::<Value>(&whole.text()).unwrap()["type"], "message");
    assert_eq!(ask("sse-cut-reset").await.end, End::Reset);
    assert_eq!(ask("sse-cut-eof").await.end, End::Eof);
    let negative: Value = serde_json::from_str(&ask("usage-negative").await.text()).unwrap();
    assert_eq!(negative["usage"]["output_tokens"], -7);
    let half = ask("sse-cut-clean").await;
    assert!(half.end == End::Complete && serde_json::from_str::<Value>(&half.text()).is_err());
}
