//! How long a request is, in tokens, before anybody has counted.

use crate::conversation::{Arguments, Media, Part, Request, Source, Tool, ToolKind};

/// Bytes per token of text and JSON, in tenths. Measured on coding conversations it lies between 3.2 and 4.1.
const BYTES_PER_TOKEN_TENTHS: u64 = 36;

/// Tokens of a picture: what Anthropic counts for one at its largest useful size.
const IMAGE_TOKENS: u64 = 1_600;

/// About how many tokens a request has. An estimate, so that a context meter moves while the answer comes; never
/// billed, and replaced by the provider's count at the end.
pub fn input_estimate(request: &Request<'_>) -> u64 {
    let mut tally = Tally::default();
    request.turns.iter().flat_map(|turn| &turn.parts).for_each(|part| tally.part(part));
    request.tools.iter().for_each(|tool| tally.tool(tool));
    tally.tokens()
}

/// Tokens of this many bytes of text.
pub(super) const fn of_bytes(bytes: u64) -> u64 {
    bytes.saturating_mul(10) / BYTES_PER_TOKEN_TENTHS
}

#[derive(Default)]
struct Tally {
    bytes: u64,
    images: u64,
}

impl Tally {
    const fn tokens(&self) -> u64 {
        of_bytes(self.bytes).saturating_add(self.images.saturating_mul(IMAGE_TOKENS))
    }

    const fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    fn part(&mut self, part: &Part<'_>) {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) => self.add(text.len()),
            Part::Image(_) => self.images += 1,
            Part::Document(media) | Part::Audio(media) => self.media(media),
            Part::SearchResult { title, source, text, .. } => {
                self.add(title.len() + source.len());
                text.iter().for_each(|text| self.add(text.len()));
            }
            Part::Reasoning(reasoning) => {
                reasoning.text.iter().for_each(|text| self.add(text.len()));
                self.add(reasoning.opaque.as_ref().map_or(0, |opaque| opaque.data.len()));
            }
            Part::ToolCall(call) => {
                self.add(call.name.len() + call.id.len());
                self.add(match &call.arguments {
                    Arguments::Json(raw) => raw.len(),
                    Arguments::Quoted(text) | Arguments::Freeform(text) => text.len(),
                });
            }
            Part::ToolResult(result) => {
                self.add(result.call_id.len());
                result.parts.iter().for_each(|part| self.part(part));
            }
            Part::Other { value, .. } => self.add(value.len()),
        }
    }

    /// Base64 is no text: about every third character of a document's base64 becomes one.
    fn media(&mut self, media: &Media<'_>) {
        match &media.source {
            Source::Base64 { data, .. } => self.add(data.len() / 3),
            Source::Text(text) => self.add(text.len()),
            Source::Parts(parts) => parts.iter().for_each(|part| self.part(part)),
            Source::Url(_) | Source::File(_) => self.images += 1,
        }
    }

    fn tool(&mut self, tool: &Tool<'_>) {
        self.add(tool.name.len() + tool.description.as_ref().map_or(0, crate::json::Text::len));
        self.add(match &tool.kind {
            ToolKind::Function { schema } => schema.map_or(0, str::len),
            ToolKind::Freeform { format } => format.map_or(0, str::len),
            ToolKind::BuiltIn { value, .. } => value.len(),
        });
    }
}
