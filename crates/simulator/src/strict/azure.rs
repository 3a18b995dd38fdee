//! Azure OpenAI's front.

use super::Refusal;
use crate::server::Request;

pub(super) fn refusal(request: &Request) -> Option<Refusal> {
    let (path, query) = request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
    if request.header("api-key").is_none() && request.header("authorization").is_none() {
        return Some(Refusal {
            status: 401,
            kind: "authentication_error",
            code: Some("401"),
            exception: None,
            message: "Access denied due to missing subscription key.".to_owned(),
        });
    }
    let is_dated = path.contains("/openai/v1/") || query.split('&').any(|part| part.starts_with("api-version="));
    (!is_dated).then(|| Refusal {
        status: 404,
        kind: "path_not_found",
        code: Some("404"),
        exception: None,
        message: "Resource not found".to_owned(),
    })
}
