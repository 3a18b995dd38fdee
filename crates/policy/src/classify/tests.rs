#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::HashSet;

use super::*;

/// Words that providers put into `error.type` or `error.code`, and some that nobody does.
const WORDS: &[&str] = &[
    "rate_limit_error",
    "rate_limit_exceeded",
    "insufficient_quota",
    "exceeded_current_quota_error",
    "1113",
    "1301",
    "1302",
    "billing_error",
    "authentication_error",
    "invalid_api_key",
    "permission_error",
    "context_length_exceeded",
    "request_too_large",
    "content_filter",
    "content_policy_violation",
    "model_not_found",
    "overloaded_error",
    "engine_overloaded_error",
    "server_is_overloaded",
    "ThrottlingException",
    "DeploymentNotFound",
    "invalid_request_error",
    "not_found_error",
    "api_error",
    "server_error",
    "tokens",
    "",
    "something_new",
];

fn answer(status: u16) -> Answer<'static> {
    Answer {
        status,
        kind: None,
        code: None,
        message: "",
        content: Content::Json,
        retry_after: None,
        in_stream: false,
        names_field: false,
    }
}

fn row(answer: Answer<'_>) -> Row {
    classify(Event::Answer(answer), Phase::Head).row
}

fn in_stream(kind: &str) -> Row {
    let event = Answer { kind: Some(kind), in_stream: true, ..answer(200) };
    classify(Event::Answer(event), Phase::Held).row
}

fn every_answer(mut visit: impl FnMut(Answer<'_>, Phase)) {
    let waits = [None, Some(Duration::ZERO), Some(Duration::from_secs(3)), Some(Duration::from_secs(300))];
    for status in 100..=599 {
        for word in WORDS {
            for content in [Content::Json, Content::Html, Content::Empty, Content::Other] {
                for retry_after in waits {
                    for in_stream in [false, true] {
                        let base = Answer { content, retry_after, in_stream, ..answer(status) };
                        for phase in Phase::ALL {
                            visit(Answer { kind: Some(word), ..base }, phase);
                            visit(Answer { code: Some(word), ..base }, phase);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_answer_has_a_row_that_fits_its_phase() {
    every_answer(|answer, phase| {
        let verdict = classify(Event::Answer(answer), phase);
        let committed = phase == Phase::Committed;
        assert_eq!(verdict.certainty == Certainty::Committed, committed, "{answer:?}");
        if committed {
            assert_eq!((verdict.retry, verdict.failover), (Retry::Never, Failover::Never), "{answer:?}");
        } else {
            // Only the outbound proxy answers 407, and it has passed nothing on.
            let by_proxy = verdict.row == Row::ProxyRefused && answer.status == 407;
            assert!(verdict.certainty == Certainty::Answered || by_proxy, "{answer:?}");
        }
    });
}

#[test]
fn by_status_alone_only_client_errors_stay_where_they_are() {
    let moves = [401, 402, 403, 404, 407, 408, 409, 410, 421, 424, 425, 429, 451, 499];
    for status in 100..=599 {
        let verdict = classify(Event::Answer(answer(status)), Phase::Head);
        let wanted = match status {
            413 => Failover::LargerBody,
            400..=499 if !moves.contains(&status) => Failover::Never,
            _ => Failover::Next,
        };
        assert_eq!(verdict.failover, wanted, "{status} -> {}", verdict.row);
    }
}

#[test]
fn every_transport_and_stream_failure_has_a_row_that_fits_its_phase() {
    let transports = Transport::ALL.map(Event::Transport);
    let streams = StreamEvent::ALL.map(Event::Stream);
    for event in transports.into_iter().chain(streams) {
        for phase in Phase::ALL {
            let verdict = classify(event, phase);
            let committed = phase == Phase::Committed;
            assert_eq!(verdict.certainty == Certainty::Committed, committed, "{event:?}");
            assert_eq!(verdict.failover == Failover::Next, !committed, "{event:?} in {phase:?}");
            assert!(!committed || verdict.retry == Retry::Never, "{event:?}");
        }
        assert_eq!(classify(Event::ClientGone, Phase::Held).row, Row::ClientGone);
    }
}

#[test]
fn every_row_is_reached_and_has_a_name_of_its_own() {
    let mut reached = HashSet::new();
    every_answer(|answer, phase| {
        reached.insert(classify(Event::Answer(answer), phase).row);
    });
    let transports = Transport::ALL.map(Event::Transport);
    let others = [Event::KeyUnreadable, Event::KeyOutdated, Event::Untranslatable, Event::NoMemory, Event::ClientGone];
    for event in transports.into_iter().chain(StreamEvent::ALL.map(Event::Stream)).chain(others) {
        reached.extend(Phase::ALL.map(|phase| classify(event, phase).row));
    }
    let overloaded = Answer { message: "Our servers are currently overloaded. Please try again later.", ..answer(400) };
    reached.insert(row(overloaded));
    reached.insert(row(Answer { names_field: true, ..answer(400) }));
    reached.insert(row(Answer { code: Some("invalid_encrypted_content"), ..answer(400) }));
    let missing: Vec<_> = Row::ALL.iter().filter(|row| !reached.contains(row)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let names: HashSet<_> = Row::ALL.iter().map(|row| row.id()).collect();
    assert_eq!(names.len(), Row::ALL.len());
}

#[test]
fn the_table_keeps_its_own_rules() {
    for row in Row::ALL {
        let it = row.consequence();
        if it.failover == Failover::Never {
            assert_eq!(it.retry, Retry::Never, "{row}: what nobody else may do the same one may not either");
        }
        if it.fault == Fault::Client {
            assert_eq!(it.breaker, Weight::None, "{row}: a request's fault is not the provider's");
            let refused = if row.refuses_a_part() { Retry::Without } else { Retry::Never };
            assert_eq!(it.retry, refused, "{row}");
        }
        if it.certainty == Certainty::NotSent {
            assert!(!it.ambiguous, "{row}: nothing sent, nothing billed");
            let unseen = if *row == Row::KeyUnreadable { KeyEffect::Quarantine } else { KeyEffect::None };
            assert_eq!(it.key, unseen, "{row}: the key was not seen, or is not there");
        }
        if it.certainty == Certainty::MaybeAccepted && *row != Row::ClientGone {
            assert!(it.ambiguous, "{row}");
        }
        if it.certainty == Certainty::Committed {
            assert_eq!((it.retry, it.failover), (Retry::Never, Failover::Never), "{row}");
        }
        if matches!(it.key, KeyEffect::Quarantine | KeyEffect::Suspect | KeyEffect::Exhausted) {
            assert_eq!(it.breaker, Weight::None, "{row}: a bad key does not make a bad provider");
        }
    }
}

/// What must happen for each way in which the first of two providers can fail.
enum Must {
    /// The second is asked.
    Move,
    /// The second is not asked; the answer goes to the client.
    Stay,
    /// The second is asked only if it declares more room.
    MoveIfLarger,
}

#[test]
fn each_fault_of_the_failover_matrix_has_the_class_it_must_have() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let typed = |status, word| Event::Answer(Answer { kind: Some(word), ..answer(status) });
    let code = |status, word| Event::Answer(Answer { code: Some(word), ..answer(status) });
    let plain = |status| Event::Answer(answer(status));
    let html = |status| Event::Answer(Answer { content: Content::Html, ..answer(status) });
    let first_event = |word| Event::Answer(Answer { kind: Some(word), in_stream: true, ..answer(200) });
    use Phase::{BeforeHead, Committed, Head, Held};
    let cases = [
        (plain(429), Head, Must::Move, KeyEffect::CoolModel),
        (Event::Answer(Answer { retry_after: seconds(30), ..answer(429) }), Head, Must::Move, KeyEffect::Cool),
        (plain(529), Head, Must::Move, KeyEffect::CoolProviderModel),
        (plain(500), Head, Must::Move, KeyEffect::None),
        (plain(503), Head, Must::Move, KeyEffect::None),
        (plain(504), Head, Must::Move, KeyEffect::None),
        (typed(429, "insufficient_quota"), Head, Must::Move, KeyEffect::Exhausted),
        (typed(429, "exceeded_current_quota_error"), Head, Must::Move, KeyEffect::Exhausted),
        (code(429, "1113"), Head, Must::Move, KeyEffect::Exhausted),
        (html(502), Head, Must::Move, KeyEffect::None),
        (plain(401), Head, Must::Move, KeyEffect::Quarantine),
        (typed(403, "permission_error"), Head, Must::Move, KeyEffect::Suspect),
        (html(403), Head, Must::Move, KeyEffect::None),
        (plain(400), Head, Must::Stay, KeyEffect::None),
        (code(400, "content_filter"), Head, Must::Stay, KeyEffect::None),
        (plain(422), Head, Must::Stay, KeyEffect::None),
        (plain(415), Head, Must::Stay, KeyEffect::None),
        (plain(413), Head, Must::MoveIfLarger, KeyEffect::None),
        (code(404, "model_not_found"), Head, Must::Move, KeyEffect::Unsupported),
        (plain(404), Head, Must::Move, KeyEffect::None),
        (plain(402), Head, Must::Move, KeyEffect::Exhausted),
        (plain(302), Head, Must::Move, KeyEffect::None),
        (Event::Transport(Transport::ResetFresh), BeforeHead, Must::Move, KeyEffect::None),
        (Event::Transport(Transport::Refused), BeforeHead, Must::Move, KeyEffect::None),
        (Event::Transport(Transport::TlsTimeout), BeforeHead, Must::Move, KeyEffect::None),
        (Event::Transport(Transport::DnsNotFound), BeforeHead, Must::Move, KeyEffect::None),
        (html(200), Held, Must::Move, KeyEffect::None),
        (Event::Stream(StreamEvent::WrongShape), Held, Must::Move, KeyEffect::None),
        (first_event("overloaded_error"), Held, Must::Move, KeyEffect::CoolProviderModel),
        (first_event("invalid_request_error"), Held, Must::Stay, KeyEffect::None),
        (Event::Stream(StreamEvent::Cut), Committed, Must::Stay, KeyEffect::None),
        (Event::Stream(StreamEvent::Empty), Held, Must::Move, KeyEffect::None),
    ];
    for (event, phase, must, key) in cases {
        let verdict = classify(event, phase);
        let fits = match must {
            Must::Move => verdict.failover == Failover::Next,
            Must::Stay => verdict.failover == Failover::Never && verdict.retry == Retry::Never,
            Must::MoveIfLarger => verdict.failover == Failover::LargerBody,
        };
        assert!(fits, "{event:?} -> {}", verdict.row);
        assert_eq!(verdict.key, key, "{event:?} -> {}", verdict.row);
    }
}

#[test]
fn request_faults_and_content_filters_never_move_whatever_else_the_answer_says() {
    let stays = [Row::InvalidRequest, Row::ContentFiltered];
    every_answer(|answer, phase| {
        let verdict = classify(Event::Answer(answer), phase);
        let filtered = [answer.kind, answer.code].contains(&Some("content_filter"));
        assert!(!filtered || verdict.failover == Failover::Never, "{answer:?}");
        assert!(!stays.contains(&verdict.row) || verdict.failover == Failover::Never, "{answer:?}");
    });
}

#[test]
fn answers_of_known_providers_are_understood() {
    // (status, type, code, message) -> row. The wording is the providers' own.
    type Case = (u16, Option<&'static str>, Option<&'static str>, &'static str, Row);
    let cases: &[Case] = &[
        (
            400,
            Some("invalid_request_error"),
            None,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.",
            Row::QuotaExhausted,
        ),
        (
            400,
            Some("invalid_request_error"),
            None,
            "prompt is too long: 210000 tokens > 200000 maximum",
            Row::ContextTooLong,
        ),
        (404, Some("not_found_error"), None, "model: claude-nope", Row::ModelNotFound),
        (404, Some("not_found_error"), None, "Not Found", Row::PathNotFound),
        (401, Some("invalid_request_error"), Some("invalid_api_key"), "Incorrect API key provided", Row::KeyRejected),
        (401, Some("invalid_request_error"), None, "You didn't provide an API key.", Row::KeyRejected),
        (400, Some("invalid_request_error"), Some("context_length_exceeded"), "", Row::ContextTooLong),
        (429, Some("tokens"), Some("rate_limit_exceeded"), "Rate limit reached", Row::RateLimited),
        (
            429,
            Some("insufficient_quota"),
            Some("insufficient_quota"),
            "You exceeded your current quota",
            Row::QuotaExhausted,
        ),
        (429, Some("engine_overloaded_error"), None, "The engine is currently overloaded", Row::Overloaded),
        (429, Some("rate_limit_reached_error"), None, "", Row::RateLimited),
        (
            403,
            Some("access_terminated_error"),
            None,
            "You've reached your usage limit for this billing cycle",
            Row::QuotaExhausted,
        ),
        (
            404,
            Some("resource_not_found_error"),
            None,
            "Not found the model kimi-x or Permission denied",
            Row::ModelNotFound,
        ),
        (429, None, Some("1302"), "", Row::RateLimited),
        (429, None, Some("1308"), "", Row::QuotaExhausted),
        (400, None, Some("1301"), "", Row::ContentFiltered),
        (400, Some("invalid_request_error"), Some("invalid_request_error"), "Model Not Exist", Row::ModelNotFound),
        (402, Some("unknown_error"), Some("invalid_request_error"), "Insufficient Balance", Row::PaymentRequired),
        (503, None, Some("server_is_overloaded"), "", Row::Overloaded),
        (400, None, Some("content_filter"), "", Row::ContentFiltered),
        (500, Some("api_error"), None, "Internal server error", Row::ServerError),
        (529, Some("overloaded_error"), None, "Overloaded", Row::Overloaded),
        (403, Some("invalid_request_error"), Some("unsupported_country_region_territory"), "", Row::Blocked),
        (
            404,
            None,
            Some("DeploymentNotFound"),
            "The API deployment for this resource does not exist.",
            Row::DeploymentNotFound,
        ),
        (400, Some("400"), Some("content_filter"), "The response was filtered", Row::ContentFiltered),
        (400, Some("ValidationException"), None, "Malformed input request", Row::InvalidRequest),
        (400, Some("ValidationException"), None, "Input is too long for requested model.", Row::ContextTooLong),
        (400, Some("ValidationException"), None, "The provided model identifier is invalid.", Row::ModelNotFound),
        (403, Some("AccessDeniedException"), None, "You don't have access to the model", Row::PermissionDenied),
        (403, Some("UnrecognizedClientException"), None, "", Row::KeyRejected),
        (403, Some("ExpiredTokenException"), None, "", Row::KeyRejected),
        (403, Some("InvalidSignatureException"), None, "", Row::KeyRejected),
        (404, Some("ResourceNotFoundException"), None, "", Row::ModelNotFound),
        (429, Some("ThrottlingException"), None, "Too many tokens", Row::Overloaded),
        (400, Some("ServiceQuotaExceededException"), None, "", Row::QuotaExhausted),
        (429, Some("ModelNotReadyException"), None, "", Row::Overloaded),
        (408, Some("ModelTimeoutException"), None, "", Row::RequestTimeout),
        (424, Some("ModelErrorException"), None, "", Row::ServerError),
        (500, Some("InternalServerException"), None, "", Row::ServerError),
        (503, Some("ServiceUnavailableException"), None, "", Row::Unavailable),
    ];
    for (status, kind, code, message, wanted) in cases {
        let given = Answer { kind: *kind, code: *code, message, ..answer(*status) };
        assert_eq!(row(given), *wanted, "{given:?}");
    }
}

#[test]
fn bare_words_in_a_message_decide_nothing() {
    for message in [
        "credit",
        "The tool `credit_check` returned an unbalanced quota",
        "insufficient_quota",
        "model: is a required field",
        "overloaded operators are not supported",
    ] {
        assert_eq!(row(Answer { message, ..answer(400) }), Row::InvalidRequest, "{message}");
        assert_eq!(row(Answer { message, ..answer(500) }), Row::ServerError, "{message}");
    }
}

#[test]
fn the_wait_that_is_asked_for_chooses_between_rows() {
    let asked = |status, millis| row(Answer { retry_after: Some(Duration::from_millis(millis)), ..answer(status) });
    assert_eq!(asked(429, 5_000), Row::RateLimitedBriefly);
    assert_eq!(asked(429, 5_001), Row::RateLimitedLong);
    assert_eq!(asked(503, 2_000), Row::UnavailableBriefly);
    assert_eq!(asked(503, 2_001), Row::Unavailable);
    assert_eq!(asked(402, 1_000), Row::PaymentPaused);
    let verdict = classify(Event::Answer(Answer { retry_after: Some(WAIT_MAX), ..answer(429) }), Phase::Head);
    assert_eq!(verdict.retry_after, Some(WAIT_MAX));
}

#[test]
fn an_error_event_is_read_as_if_its_type_were_a_status() {
    assert_eq!(in_stream("rate_limit_error"), Row::RateLimited);
    assert_eq!(in_stream("overloaded_error"), Row::Overloaded);
    assert_eq!(in_stream("api_error"), Row::ServerError);
    assert_eq!(in_stream("invalid_request_error"), Row::InvalidRequest);
    assert_eq!(in_stream("authentication_error"), Row::KeyRejected);
    assert_eq!(in_stream("429"), Row::RateLimited);
    assert_eq!(in_stream("never_heard_of"), Row::ServerError);
}

#[test]
fn an_exception_frame_means_what_the_answer_of_that_name_means() {
    assert_eq!(in_stream("internalServerException"), Row::ServerError);
    assert_eq!(in_stream("modelStreamErrorException"), Row::ServerError);
    assert_eq!(in_stream("validationException"), Row::InvalidRequest);
    assert_eq!(in_stream("throttlingException"), Row::Overloaded);
    assert_eq!(in_stream("modelTimeoutException"), Row::RequestTimeout);
    assert_eq!(in_stream("serviceUnavailableException"), Row::Unavailable);
}

#[test]
fn after_output_the_key_still_learns_but_nothing_is_repeated() {
    let late = |kind| {
        let event = Answer { kind: Some(kind), in_stream: true, ..answer(200) };
        classify(Event::Answer(event), Phase::Committed)
    };
    assert_eq!(
        (late("insufficient_quota").row, late("insufficient_quota").key),
        (Row::ErrorLate, KeyEffect::Exhausted)
    );
    assert_eq!((late("overloaded_error").row, late("overloaded_error").breaker), (Row::ErrorLate, Weight::Hard));
    assert_eq!((late("content_filter").row, late("content_filter").breaker), (Row::RefusedLate, Weight::None));
}

#[test]
fn a_reused_connection_that_breaks_after_the_head_is_no_keep_alive_race() {
    let reset = Event::Transport(Transport::ResetReused);
    assert_eq!(classify(reset, Phase::BeforeHead).retry, Retry::OnceFresh);
    assert_eq!(classify(reset, Phase::Held).row, Row::EmptyStream);
    assert_eq!(classify(reset, Phase::Committed).row, Row::Truncated);
}

#[test]
fn a_firewalls_page_is_not_a_verdict_on_the_key() {
    for status in [401, 403, 451] {
        let page = classify(Event::Answer(Answer { content: Content::Html, ..answer(status) }), Phase::Head);
        assert_eq!((page.row, page.key), (Row::Blocked, KeyEffect::None), "{status}");
    }
    assert_eq!(row(Answer { content: Content::Other, ..answer(403) }), Row::Blocked);
    assert_eq!(row(Answer { content: Content::Empty, ..answer(401) }), Row::KeyRejected);
}

#[test]
fn the_name_of_a_field_counts_where_the_request_is_called_wrong_and_nothing_better_is_said() {
    let named = |status| Answer { names_field: true, ..answer(status) };
    assert_eq!((row(named(400)), row(named(422))), (Row::FieldRefused, Row::FieldRefused));
    assert_eq!((row(named(500)), row(named(401))), (Row::ServerError, Row::KeyRejected));
    assert_eq!(row(Answer { code: Some("context_length_exceeded"), ..named(400) }), Row::ContextTooLong);
    assert_eq!(row(Answer { kind: Some("invalid_request_error"), ..named(400) }), Row::FieldRefused);
}

#[test]
fn reasoning_that_cannot_be_verified_is_known_by_its_code_or_its_words() {
    for message in [
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "The encrypted content gAAA... could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
    ] {
        assert_eq!(row(Answer { message, kind: Some("invalid_request_error"), ..answer(400) }), Row::ReasoningRefused);
        assert_eq!(row(Answer { message, ..answer(500) }), Row::ServerError);
    }
    assert_eq!(row(Answer { code: Some("invalid_encrypted_content"), ..answer(400) }), Row::ReasoningRefused);
}
