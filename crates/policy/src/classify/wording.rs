//! The words providers use in errors: typed codes, and exact sentences of those who have no code for it.
//! Facts only; what follows from a row is in the table.

use super::{Answer, Row};

/// Typed error codes and types that say more than the status does.
///
/// Sources: the error pages of Anthropic, OpenAI (also what Codex distinguishes), Azure OpenAI, Amazon Bedrock,
/// Gemini, Moonshot/Kimi, DeepSeek, OpenRouter and Zhipu/Z.ai.
const TYPED: &[(&str, Row)] = &[
    // rate
    ("rate_limit_error", Row::RateLimited),
    ("rate_limit_exceeded", Row::RateLimited),
    ("rate_limit_reached_error", Row::RateLimited),
    ("RESOURCE_EXHAUSTED", Row::RateLimited),
    ("TooManyRequestsException", Row::RateLimited),
    // money and quota
    ("insufficient_quota", Row::QuotaExhausted),
    ("exceeded_current_quota_error", Row::QuotaExhausted),
    ("usage_limit_reached", Row::QuotaExhausted),
    ("usage_not_included", Row::QuotaExhausted),
    ("billing_hard_limit_reached", Row::QuotaExhausted),
    ("billing_not_active", Row::QuotaExhausted),
    ("insufficient_user_quota", Row::QuotaExhausted),
    ("ServiceQuotaExceededException", Row::QuotaExhausted),
    ("Arrearage", Row::QuotaExhausted),
    ("billing_error", Row::PaymentRequired),
    ("insufficient_credits", Row::PaymentRequired),
    // credentials
    ("authentication_error", Row::KeyRejected),
    ("invalid_api_key", Row::KeyRejected),
    ("incorrect_api_key_error", Row::KeyRejected),
    ("invalid_authentication_error", Row::KeyRejected),
    ("account_deactivated", Row::KeyRejected),
    ("API_KEY_INVALID", Row::KeyRejected),
    ("UNAUTHENTICATED", Row::KeyRejected),
    ("UnrecognizedClientException", Row::KeyRejected),
    ("InvalidClientTokenId", Row::KeyRejected),
    ("InvalidSignatureException", Row::KeyRejected),
    ("SignatureDoesNotMatch", Row::KeyRejected),
    ("IncompleteSignatureException", Row::KeyRejected),
    ("MissingAuthenticationTokenException", Row::KeyRejected),
    ("ExpiredTokenException", Row::KeyRejected),
    ("ExpiredToken", Row::KeyRejected),
    ("permission_error", Row::PermissionDenied),
    ("permission_denied_error", Row::PermissionDenied),
    ("PERMISSION_DENIED", Row::PermissionDenied),
    ("AccessDeniedException", Row::PermissionDenied),
    ("unsupported_country_region_territory", Row::Blocked),
    // the request
    ("context_length_exceeded", Row::ContextTooLong),
    ("model_context_window_exceeded", Row::ContextTooLong),
    ("request_too_large", Row::TooLarge),
    ("content_filter", Row::ContentFiltered),
    ("content_policy_violation", Row::ContentFiltered),
    ("ResponsibleAIPolicyViolation", Row::ContentFiltered),
    ("cyber_policy", Row::ContentFiltered),
    ("bio_policy", Row::ContentFiltered),
    ("misalignment_policy_violation", Row::ContentFiltered),
    ("data_inspection_failed", Row::ContentFiltered),
    ("previous_response_not_found", Row::InvalidRequest),
    ("invalid_prompt", Row::InvalidRequest),
    ("invalid_encrypted_content", Row::ReasoningRefused),
    ("model_not_found", Row::ModelNotFound),
    ("ResourceNotFoundException", Row::ModelNotFound),
    ("DeploymentNotFound", Row::DeploymentNotFound),
    // the upstream
    ("overloaded_error", Row::Overloaded),
    ("engine_overloaded_error", Row::Overloaded),
    ("server_is_overloaded", Row::Overloaded),
    ("slow_down", Row::Overloaded),
    ("ThrottlingException", Row::Overloaded),
    ("ModelNotReadyException", Row::Overloaded),
    ("ModelTimeoutException", Row::RequestTimeout),
];

/// Zhipu's and Z.ai's numbers. Other vendors use the same numbers for other things inside a 200, so they count only
/// in an answer that failed by status or inside an error event.
const ZHIPU: &[(&str, Row)] = &[
    ("1113", Row::QuotaExhausted),
    ("1211", Row::ModelNotFound),
    ("1261", Row::ContextTooLong),
    ("1301", Row::ContentFiltered),
    ("1302", Row::RateLimited),
    ("1303", Row::RateLimited),
    ("1304", Row::QuotaExhausted),
    ("1305", Row::RateLimited),
    ("1308", Row::QuotaExhausted),
    ("1309", Row::QuotaExhausted),
    ("1310", Row::QuotaExhausted),
    ("1311", Row::PermissionDenied),
    ("1312", Row::Overloaded),
    ("1313", Row::RateLimited),
];

/// Types too general to overrule a status; inside a stream they are all there is.
const GENERAL: &[(&str, Row)] = &[
    ("invalid_request_error", Row::InvalidRequest),
    ("BadRequest", Row::InvalidRequest),
    ("INVALID_ARGUMENT", Row::InvalidRequest),
    ("ValidationException", Row::InvalidRequest),
    ("not_found_error", Row::PathNotFound),
    ("resource_not_found_error", Row::PathNotFound),
    ("timeout_error", Row::Unavailable),
    ("service_unavailable", Row::Unavailable),
    ("ServiceUnavailableException", Row::Unavailable),
    ("UNAVAILABLE", Row::Unavailable),
    ("api_error", Row::ServerError),
    ("server_error", Row::ServerError),
    ("internal_server_error", Row::ServerError),
    ("429", Row::RateLimited),
    ("401", Row::KeyRejected),
    ("402", Row::PaymentRequired),
    ("403", Row::PermissionDenied),
    ("400", Row::InvalidRequest),
    ("404", Row::PathNotFound),
    ("408", Row::RequestTimeout),
    ("413", Row::TooLarge),
    ("500", Row::ServerError),
    ("502", Row::Unavailable),
    ("503", Row::Unavailable),
    ("504", Row::Unavailable),
    ("529", Row::Overloaded),
];

/// A sentence with which a provider says what it has no code for: statuses, how the message begins, meaning.
struct Sentence {
    /// The status it comes with; not looked at inside a stream.
    status: u16,
    starts: &'static str,
    row: Row,
}

const SENTENCES: &[Sentence] = &[
    // Anthropic: 400 invalid_request_error for an empty account.
    Sentence {
        status: 400,
        starts: "Your credit balance is too low to access the Anthropic API",
        row: Row::QuotaExhausted,
    },
    Sentence { status: 400, starts: "prompt is too long:", row: Row::ContextTooLong },
    Sentence { status: 400, starts: "input length and `max_tokens` exceed context limit", row: Row::ContextTooLong },
    // Anthropic: 404 not_found_error "model: NAME".
    Sentence { status: 404, starts: "model:", row: Row::ModelNotFound },
    // OpenAI-compatible servers without a code (vLLM, DeepSeek, SGLang).
    Sentence { status: 400, starts: "This model's maximum context length is", row: Row::ContextTooLong },
    // The ChatGPT back end that Codex uses.
    Sentence { status: 400, starts: "Our servers are currently overloaded", row: Row::OverloadedAs400 },
    // Moonshot/Kimi.
    Sentence { status: 400, starts: "Input token length too long", row: Row::ContextTooLong },
    Sentence { status: 400, starts: "Your request exceeded model token limit", row: Row::ContextTooLong },
    Sentence {
        status: 400,
        starts: "Invalid request: Your request exceeded model token limit",
        row: Row::ContextTooLong,
    },
    Sentence { status: 404, starts: "Not found the model", row: Row::ModelNotFound },
    Sentence { status: 403, starts: "You've reached your usage limit for this", row: Row::QuotaExhausted },
    Sentence { status: 429, starts: "You've reached your usage limit for this", row: Row::QuotaExhausted },
    Sentence { status: 429, starts: "You've reached kimi monthly usage limit", row: Row::QuotaExhausted },
    // Amazon Bedrock: ValidationException for everything about the request.
    Sentence { status: 400, starts: "Input is too long for requested model", row: Row::ContextTooLong },
    Sentence { status: 400, starts: "The provided model identifier is invalid", row: Row::ModelNotFound },
    // OpenRouter: none of its upstreams offers the model.
    Sentence { status: 404, starts: "No endpoints found for", row: Row::ModelNotFound },
    // DeepSeek.
    Sentence { status: 400, starts: "Model Not Exist", row: Row::ModelNotFound },
];

/// What providers say in a 400 of opaque reasoning that they cannot verify, somewhere in the message: before it stands its
/// place. Sources: the answers of Anthropic (also behind Bedrock and Vertex), OpenAI, and Gemini.
const UNVERIFIED: &[&str] = &[
    "Invalid `signature` in `thinking` block",
    "Invalid signature in thinking block",
    "Invalid `data` in `redacted_thinking` block",
    "encrypted content could not be verified",
    "could not be verified. Reason: Encrypted content",
    "Thought signature is not valid",
    "Corrupted thought signature",
];

/// Whether an answer says that opaque reasoning is not its own.
pub(super) fn refuses_reasoning(answer: &Answer<'_>) -> bool {
    answer.status == 400 && UNVERIFIED.iter().any(|words| answer.message.contains(words))
}

/// The row of a typed code or type that decides whatever the status is.
pub(super) fn typed(word: &str, status: u16) -> Option<Row> {
    let row = find(TYPED, word).or_else(|| find(ZHIPU, word))?;
    // A type that contradicts a firm status is a relay's mistake: 401 stays a rejected key unless money is the reason.
    match (status, row) {
        (401, Row::PermissionDenied) => Some(Row::KeyRejected),
        (402, Row::RateLimited) => None,
        (_, row) => Some(row),
    }
}

/// The row of a type that decides only when there is no status.
pub(super) fn general(word: &str) -> Option<Row> {
    find(GENERAL, word)
}

/// The row of a known sentence.
pub(super) fn sentence(answer: &Answer<'_>) -> Option<Row> {
    let spoken = |known: &&Sentence| {
        (answer.in_stream || known.status == answer.status) && answer.message.starts_with(known.starts)
    };
    SENTENCES.iter().find(spoken).map(|known| known.row)
}

/// Upper and lower case say nothing: Bedrock writes the same exception `ThrottlingException` in an answer and
/// `throttlingException` in a stream.
fn find(table: &[(&str, Row)], word: &str) -> Option<Row> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, row)| *row)
}
