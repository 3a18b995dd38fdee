//! Google's Generative Language API and the rules of Gemini 3.

use serde_json::Value;

use super::Refusal;
use crate::server::Request;

pub(super) fn refusal(request: &Request, body: &Value) -> Option<Refusal> {
    let query = request.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let has_key = query.split('&').any(|part| part.starts_with("key="))
        || request.header("x-goog-api-key").is_some()
        || request.header("authorization").is_some();
    if !has_key {
        return Some(Refusal {
            status: 403,
            kind: "permission_error",
            code: None,
            exception: None,
            message: "Method doesn't allow unregistered callers (callers without established identity).".to_owned(),
        });
    }
    if request.path_and_query.contains(":streamGenerateContent") && !query.split('&').any(|part| part == "alt=sse") {
        return Some(Refusal::invalid("a stream without alt=sse is a JSON array, which this simulator does not write"));
    }
    replayed(body)
}

/// The history must be one that Gemini could have answered: calls signed, results named and complete.
fn replayed(body: &Value) -> Option<Refusal> {
    let contents = body["contents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut calls = 0;
    for (place, content) in contents.iter().enumerate() {
        let parts = content["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let results: Vec<&Value> = parts.iter().filter(|part| part.get("functionResponse").is_some()).collect();
        if results.iter().any(|part| part["functionResponse"]["name"].as_str().is_none_or(str::is_empty)) {
            return Some(Refusal::invalid(format!(
                "GenerateContentRequest.contents[{place}].parts[0].function_response.name: Name cannot be empty."
            )));
        }
        if !results.is_empty() && results.len() != calls {
            return Some(Refusal::invalid(
                "Please ensure that the number of function response parts is equal to the number of function call \
                 parts of the function call turn.",
            ));
        }
        let called: Vec<&Value> = parts.iter().filter(|part| part.get("functionCall").is_some()).collect();
        calls = called.len();
        // Of parallel calls only the first is signed.
        if let Some(first) = called.first().filter(|part| part["thoughtSignature"].as_str().is_none_or(str::is_empty)) {
            let name = first["functionCall"]["name"].as_str().unwrap_or_default();
            return Some(Refusal::invalid(format!(
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to \
                 work correctly, and missing thought_signature may lead to degraded model performance. Additional \
                 data, function call `default_api:{name}`, position {place}."
            )));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(contents: &Value) -> String {
        replayed(&json!({"contents": contents})).map(|refusal| refusal.message).unwrap_or_default()
    }

    #[test]
    fn a_call_comes_back_with_its_signature() {
        let call = |signature: Value| {
            json!([{"role": "user", "parts": [{"text": "x"}]},
                {"role": "model", "parts": [
                    {"functionCall": {"name": "a", "args": {}}, "thoughtSignature": signature},
                    {"functionCall": {"name": "a", "args": {}}}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"name": "a", "response": {}}},
                    {"functionResponse": {"name": "a", "response": {}}}]}])
        };
        assert_eq!(said(&call(json!("sig"))), "");
        assert!(said(&call(Value::Null)).contains("missing a thought_signature"));
    }

    #[test]
    fn results_have_names_and_are_complete() {
        let result = |name: &str| json!({"functionResponse": {"name": name, "response": {}}});
        let call = json!({"functionCall": {"name": "a", "args": {}}, "thoughtSignature": "s"});
        let history = |results: Value| json!([{"role": "model", "parts": [call]}, {"role": "user", "parts": results}]);
        assert_eq!(said(&history(json!([result("a")]))), "");
        assert!(said(&history(json!([result("")]))).contains("Name cannot be empty"));
        assert!(said(&history(json!([result("a"), result("a")]))).contains("number of function response parts"));
    }
}
