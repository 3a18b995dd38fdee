//! The calls of providers that count: their bodies and their answers.

use crate::json::{Fault, Reader, Writer};
use crate::path::Unary;
use crate::protocol::UpstreamProtocol;

/// Fields that Anthropic counts. Source: Anthropic API documentation, "Count tokens in a message".
const ANTHROPIC: &[&str] = &[
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "context_management",
    "mcp_servers",
];

/// Fields that OpenAI counts. Source: OpenAI API reference, "Get input token counts".
const OPENAI: &[&str] = &[
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "truncation",
    "previous_response_id",
    "conversation",
];

/// Whether requests are written that ask a provider of `protocol` to count.
pub const fn is_known_to(protocol: UpstreamProtocol) -> bool {
    !matches!(protocol, UpstreamProtocol::OpenaiChat)
}

/// The question made of a request in `protocol` that would be answered: the fields it has in common with it, as they
/// stand.
pub(crate) fn ask(protocol: UpstreamProtocol, request: &str) -> Result<Vec<u8>, Fault> {
    let taken = if protocol == UpstreamProtocol::Anthropic { ANTHROPIC } else { OPENAI };
    let mut writer = Writer::with_capacity(request.len());
    let mut read = Ok(());
    writer.object(|writer| {
        read = Reader::new(request).object(|name, reader| {
            let value = reader.raw()?;
            if taken.contains(&name) {
                writer.key(name).raw(value);
            }
            Ok::<_, Fault>(())
        });
    });
    read.map(|()| writer.into_bytes())
}

/// The number in an answer to such a question.
pub fn read(body: &str) -> Option<u64> {
    let mut tokens = None;
    let walked = Reader::new(body).object(|name, reader| {
        match name {
            // Gemini says `totalTokens`, Bedrock `inputTokens`.
            "input_tokens" | "totalTokens" | "inputTokens" => tokens = reader.count()?,
            _ => drop(reader.raw()?),
        }
        Ok::<_, Fault>(())
    });
    walked.ok().and(tokens)
}

/// The answer to `op`.
pub fn answer(op: Unary, tokens: u64) -> Vec<u8> {
    let mut writer = Writer::with_capacity(64);
    writer.object(|writer| {
        if op != Unary::CountTokens {
            writer.key("object").string("response.input_tokens");
        }
        writer.key("input_tokens").count(tokens);
    });
    writer.into_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn only_what_is_counted_is_asked_about_and_as_it_stands() {
        let request = r#"{"model":"m","max_tokens":9,"messages":[ {"role":"user","content":"\u4e16"} ],"stream":true,
            "temperature":0,"metadata":{"user_id":"u"},"system":"s"}"#;
        let asked = String::from_utf8(ask(UpstreamProtocol::Anthropic, request).unwrap()).unwrap();
        assert_eq!(asked, r#"{"model":"m","messages":[ {"role":"user","content":"\u4e16"} ],"system":"s"}"#);
        let request = r#"{"model":"m","input":"x","store":false,"include":[],"stream":true,"instructions":"i"}"#;
        let asked = String::from_utf8(ask(UpstreamProtocol::OpenaiResponses, request).unwrap()).unwrap();
        assert_eq!(asked, r#"{"model":"m","input":"x","instructions":"i"}"#);
        assert!(ask(UpstreamProtocol::Anthropic, "[]").is_err());
    }

    #[test]
    fn each_protocol_gets_the_number_in_its_own_form() {
        for op in [Unary::CountTokens, Unary::InputTokens] {
            assert_eq!(read(std::str::from_utf8(&answer(op, 4_711)).unwrap()), Some(4_711));
        }
        assert_eq!(read(r#"{"totalTokens":31,"promptTokensDetails":[]}"#), Some(31));
        assert_eq!(answer(Unary::CountTokens, 3), br#"{"input_tokens":3}"#);
        assert_eq!(answer(Unary::InputTokens, 3), br#"{"object":"response.input_tokens","input_tokens":3}"#);
    }

    #[test]
    fn an_answer_without_a_number_counts_nothing() {
        for body in ["{}", "[]", "", r#"{"input_tokens":"9"}"#, r#"{"input_tokens":-1}"#, "<html>"] {
            assert_eq!(read(body), None, "{body}");
        }
    }
}
