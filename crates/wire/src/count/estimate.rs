//! How long a request is, in tokens, before anybody has counted.

use super::{media, text};
use crate::conversation::{Arguments, Losses, Media, Part, Request, Source, Tool, ToolKind};
use crate::json::Text;
use crate::protocol::Protocol;
use crate::{anthropic, openai_chat, openai_responses};

/// Tokens that stand around a turn: who speaks, and where it ends.
const TURN: u64 = 4;
/// Tokens that stand around a call, a result or a tool's declaration.
const FRAME: u64 = 8;
/// Characters per token of reasoning that only its maker reads: base64 of an encrypted text.
const OPAQUE: u64 = 6;

/// About how many tokens a body of `protocol` has as input. Of a body that is none, what its text has.
pub fn estimate(protocol: Protocol, body: &str) -> u64 {
    let mut losses = Losses::default();
    let read = match protocol {
        Protocol::Anthropic => anthropic::read::request(body, &mut losses),
        Protocol::OpenaiChat => openai_chat::read::request(body, &mut losses),
        Protocol::OpenaiResponses => openai_responses::read::request(body, &mut losses),
    };
    let mut tokens = Tokens::default();
    if let Ok(request) = &read {
        walk(request, &mut tokens);
    }
    if tokens.tenths == 0 {
        tokens.tenths = text::tenths(body, true);
    }
    tokens.tenths.div_ceil(10)
}

/// Adds up what a request consists of.
pub(crate) trait Tally {
    /// A text.
    fn text(&mut self, text: &Text<'_>);
    /// JSON as it stands, or another text without escapes of its own.
    fn raw(&mut self, raw: &str);
    /// A picture; `None` where its bytes are elsewhere.
    fn picture(&mut self, base64: Option<&Text<'_>>);
    /// A document or sound.
    fn document(&mut self, base64: &Text<'_>);
    /// Reasoning that only its maker reads.
    fn opaque(&mut self, data: &Text<'_>);
    /// A turn begins.
    fn turn(&mut self);
    /// A call, a result or a tool begins.
    fn frame(&mut self);
}

/// Shows everything in `request` that a model reads.
pub(crate) fn walk(request: &Request<'_>, to: &mut impl Tally) {
    for turn in &request.turns {
        to.turn();
        turn.parts.iter().for_each(|part| self::part(part, to));
    }
    request.tools.iter().for_each(|tool| self::tool(tool, to));
}

fn part(part: &Part<'_>, to: &mut impl Tally) {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => to.text(text),
        Part::Image(image) => match &image.source {
            Source::Base64 { data, .. } => to.picture(Some(data)),
            _ => to.picture(None),
        },
        Part::Document(media) | Part::Audio(media) => self::media(media, to),
        Part::SearchResult { title, source, text, .. } => {
            [title, source].into_iter().chain(text).for_each(|text| to.text(text));
        }
        Part::Reasoning(reasoning) => {
            reasoning.text.iter().for_each(|text| to.text(text));
            // Beside a text it is only its signature.
            if let Some(opaque) = reasoning.opaque.as_ref().filter(|_| reasoning.text.is_empty()) {
                to.opaque(&opaque.data);
            }
        }
        Part::ToolCall(call) => {
            to.frame();
            to.text(&call.name);
            match &call.arguments {
                Arguments::Json(raw) => to.raw(raw),
                Arguments::Quoted(text) | Arguments::Freeform(text) => to.text(text),
            }
        }
        Part::ToolResult(result) => {
            to.frame();
            result.parts.iter().for_each(|part| self::part(part, to));
        }
        Part::Other { value, .. } => to.raw(value),
    }
}

fn media(media: &Media<'_>, to: &mut impl Tally) {
    [&media.name, &media.context].into_iter().flatten().for_each(|text| to.text(text));
    match &media.source {
        Source::Base64 { data, .. } => to.document(data),
        Source::Text(text) => to.text(text),
        Source::Parts(parts) => parts.iter().for_each(|part| self::part(part, to)),
        Source::Url(_) | Source::File(_) => to.picture(None),
    }
}

fn tool(tool: &Tool<'_>, to: &mut impl Tally) {
    to.frame();
    to.text(&tool.name);
    tool.description.iter().for_each(|text| to.text(text));
    match &tool.kind {
        ToolKind::Function { schema } => schema.iter().for_each(|schema| to.raw(schema)),
        ToolKind::Freeform { format } => format.iter().for_each(|format| to.raw(format)),
        ToolKind::BuiltIn { value, .. } => to.raw(value),
    }
}

/// Tenths of tokens.
#[derive(Default)]
struct Tokens {
    tenths: u64,
}

impl Tokens {
    const fn add(&mut self, tokens: u64) {
        self.tenths = self.tenths.saturating_add(tokens.saturating_mul(10));
    }
}

impl Tally for Tokens {
    fn text(&mut self, text: &Text<'_>) {
        let tenths = match text {
            Text::Json(text) => text::tenths(text, true),
            Text::Plain(text) => text::tenths(text, false),
        };
        self.tenths = self.tenths.saturating_add(tenths);
    }

    fn raw(&mut self, raw: &str) {
        self.tenths = self.tenths.saturating_add(text::tenths(raw, true));
    }

    fn picture(&mut self, base64: Option<&Text<'_>>) {
        self.add(base64.map_or(media::PICTURE_MAX, |data| media::picture(inner(data))));
    }

    fn document(&mut self, base64: &Text<'_>) {
        self.add(media::document(inner(base64)));
    }

    fn opaque(&mut self, data: &Text<'_>) {
        self.add(data.len() as u64 / OPAQUE);
    }

    fn turn(&mut self) {
        self.add(TURN);
    }

    fn frame(&mut self) {
        self.add(FRAME);
    }
}

/// The characters as they stand: base64 needs no escapes.
fn inner<'t>(text: &'t Text<'_>) -> &'t str {
    match text {
        Text::Json(text) => text,
        Text::Plain(text) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOCOLS: [Protocol; 3] = Protocol::ALL;

    /// The same conversation in each protocol.
    fn body(protocol: Protocol, text: &str) -> String {
        let text = serde_json::Value::from(text).to_string();
        match protocol {
            Protocol::Anthropic => format!(r#"{{"model":"m","messages":[{{"role":"user","content":{text}}}]}}"#),
            Protocol::OpenaiChat => format!(r#"{{"model":"m","messages":[{{"role":"user","content":{text}}}]}}"#),
            Protocol::OpenaiResponses => format!(r#"{{"model":"m","input":{text}}}"#),
        }
    }

    #[test]
    fn a_conversation_is_as_long_in_every_protocol() {
        let counts = PROTOCOLS.map(|protocol| estimate(protocol, &body(protocol, "Write a haiku about the sea.")));
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
        assert!((8..=16).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn more_text_is_more_tokens() {
        for protocol in PROTOCOLS {
            let short = estimate(protocol, &body(protocol, "one two three"));
            let long = estimate(protocol, &body(protocol, &"one two three ".repeat(100)));
            assert!(long > short * 15, "{protocol:?}: {short} {long}");
        }
    }

    #[test]
    fn a_body_that_cannot_be_read_is_as_long_as_its_text() {
        for protocol in PROTOCOLS {
            assert!(estimate(protocol, r#"{"messages":"some words that are no list"}"#) > 5);
            assert_eq!(estimate(protocol, ""), 0);
        }
    }

    #[test]
    fn signatures_and_pictures_are_not_counted_as_text() {
        let picture = "A".repeat(400_000);
        let body = format!(
            r#"{{"messages":[{{"role":"user","content":[{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{picture}"}}}}]}},
            {{"role":"assistant","content":[{{"type":"thinking","thinking":"hm","signature":"{picture}"}}]}}]}}"#
        );
        let tokens = estimate(Protocol::Anthropic, &body);
        assert!((media::PICTURE_MAX..media::PICTURE_MAX + 40).contains(&tokens), "{tokens}");
    }
}
