//! Members of a request that must be what their protocol says: of another type they would be left out, and a limit that
//! nobody keeps costs money. Not for answers, which are read as they come.

use crate::conversation::Refused;
use crate::json::{Kind, Reader};

/// A whole number that is not negative; nothing for `null`.
pub(crate) fn count(name: &str, reader: &mut Reader<'_>) -> Result<Option<u64>, Refused> {
    let is_null = reader.kind()? == Kind::Null;
    match reader.count()? {
        None if !is_null => Err(Refused::new(name.to_owned(), "it must be a whole number that is not negative")),
        given => Ok(given),
    }
}

/// A number, as it is spelt; nothing for `null`.
pub(crate) fn number<'a>(name: &str, reader: &mut Reader<'a>) -> Result<Option<&'a str>, Refused> {
    let is_null = reader.kind()? == Kind::Null;
    match reader.number()? {
        None if !is_null => Err(Refused::new(name.to_owned(), "it must be a number")),
        given => Ok(given),
    }
}

/// `true` or `false`; nothing for `null`.
pub(crate) fn flag(name: &str, reader: &mut Reader<'_>) -> Result<Option<bool>, Refused> {
    let is_null = reader.kind()? == Kind::Null;
    match reader.flag()? {
        None if !is_null => Err(Refused::new(name.to_owned(), "it must be true or false")),
        given => Ok(given),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use crate::protocol::{Protocol, UpstreamProtocol};
    use crate::translate::convert;
    use crate::translate::dialect;

    fn refused(from: Protocol, body: &str) -> Option<String> {
        let to = UpstreamProtocol::Gemini;
        let translated = convert::request(from, to, body, &dialect::of(to), 1, "m", "m", 0, 0);
        translated.err().map(|refused| refused.field.into_owned())
    }

    /// A limit that was spelt as a text became the provider's largest answer.
    #[test]
    fn values_of_another_type_are_refused_by_name_and_never_left_out() {
        let anthropic = r#""messages":[{"role":"user","content":"hi"}]"#;
        let responses = r#""input":"hi""#;
        for (from, rest, given, names) in [
            (Protocol::Anthropic, anthropic, [r#""9""#, "-5", "1.5"], ["max_tokens"].as_slice()),
            (Protocol::Anthropic, anthropic, [r#""hot""#, "true", "[]"], &["temperature", "top_p", "top_k"]),
            (Protocol::Anthropic, anthropic, [r#""yes""#, "1", "{}"], &["stream"]),
            (Protocol::OpenaiChat, anthropic, [r#""9""#, "-5", "{}"], &["max_tokens", "max_completion_tokens", "n"]),
            (Protocol::OpenaiChat, anthropic, [r#""hot""#, "true", "[]"], &["temperature", "top_p", "seed"]),
            (Protocol::OpenaiChat, anthropic, [r#""yes""#, "1", "{}"], &["stream", "parallel_tool_calls"]),
            (Protocol::OpenaiResponses, responses, [r#""9""#, "-5", "{}"], &["max_output_tokens", "top_logprobs"]),
            (Protocol::OpenaiResponses, responses, [r#""hot""#, "true", "[]"], &["temperature", "top_p"]),
            (Protocol::OpenaiResponses, responses, [r#""yes""#, "1", "{}"], &["stream", "parallel_tool_calls"]),
        ] {
            for (name, value) in names.iter().flat_map(|name| given.map(|value| (*name, value))) {
                let body = format!(r#"{{"model":"m",{rest},"{name}":{value}}}"#);
                assert_eq!(refused(from, &body).as_deref(), Some(name), "{body}");
            }
            for name in names {
                let body = format!(r#"{{"model":"m",{rest},"{name}":null}}"#);
                assert_eq!(refused(from, &body), None, "{body}");
            }
        }
    }
}
