//! What AWS calls its errors, and what Anthropic calls the same thing.

use crate::error::exception;

/// An error of Bedrock by its AWS name, inside a stream or before one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception<'a> {
    /// As AWS spells it, in any of its spellings: `throttlingException`, `ThrottlingException`,
    /// `com.amazon.coral.availability#ThrottlingException`, `ThrottlingException:http://internal.amazon.com/…`.
    pub name: &'a str,
    /// `originalStatusCode`: the status with which the model itself failed, where AWS tells it.
    pub original_status: Option<u64>,
}

impl Exception<'_> {
    /// Anthropic's `error.type` for it. Unknown names are `api_error`.
    pub fn anthropic_type(&self) -> &'static str {
        let name = self.plain_name();
        let known = TYPES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        match (known, self.original_status) {
            (Some(("ModelError" | "ModelStreamError", _)), Some(529)) => "overloaded_error",
            (Some((_, kind)), _) => kind,
            (None, _) => "api_error",
        }
    }

    /// The name without namespace, address and the word `Exception`.
    fn plain_name(&self) -> &str {
        let name = exception(self.name);
        name.strip_suffix("Exception").unwrap_or(name)
    }
}

/// Source: Bedrock API Reference, "Common errors" and the errors of InvokeModelWithResponseStream; the types are those
/// with which Anthropic's SDK and Claude Code do the same as with AWS's.
const TYPES: &[(&str, &str)] = &[
    ("Validation", "invalid_request_error"),
    ("AccessDenied", "permission_error"),
    ("UnrecognizedClient", "authentication_error"),
    ("ExpiredToken", "authentication_error"),
    ("InvalidSignature", "authentication_error"),
    ("ResourceNotFound", "not_found_error"),
    // Before a stream it is that row of the failure table too; and in one, `rate_limit_error` is fatal to Claude Code.
    ("Throttling", "overloaded_error"),
    ("ServiceQuotaExceeded", "rate_limit_error"),
    ("ModelNotReady", "rate_limit_error"),
    ("ModelTimeout", "timeout_error"),
    ("ModelError", "api_error"),
    ("ModelStreamError", "api_error"),
    ("InternalServer", "api_error"),
    ("ServiceUnavailable", "overloaded_error"),
];
