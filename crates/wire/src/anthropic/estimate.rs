//! How long a request is, nearly: room for a body, and a number for a context meter that moves before anybody has
//! counted. The careful number is [`count::estimate`](crate::count::estimate).

use crate::conversation::Request;
use crate::count::{Tally, walk};
use crate::json::Text;

/// Bytes per token of text and JSON, in tenths. Measured on coding conversations it lies between 3.2 and 4.1.
const BYTES_PER_TOKEN_TENTHS: u64 = 36;

/// Tokens of a picture: what Anthropic counts for one at its largest useful size.
const IMAGE_TOKENS: u64 = 1_600;

/// About how many tokens a request has, by its length alone. Never billed, and replaced by the provider's count at the
/// end.
pub fn input_estimate(request: &Request<'_>) -> u64 {
    let mut length = Length::default();
    walk(request, &mut length);
    of_bytes(length.bytes).saturating_add(length.images.saturating_mul(IMAGE_TOKENS))
}

/// Tokens of this many bytes of text.
pub(super) const fn of_bytes(bytes: u64) -> u64 {
    bytes.saturating_mul(10) / BYTES_PER_TOKEN_TENTHS
}

#[derive(Default)]
struct Length {
    bytes: u64,
    images: u64,
}

impl Length {
    const fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }
}

impl Tally for Length {
    fn text(&mut self, text: &Text<'_>) {
        self.add(text.len());
    }

    fn raw(&mut self, raw: &str) {
        self.add(raw.len());
    }

    fn picture(&mut self, _: Option<&Text<'_>>) {
        self.images += 1;
    }

    /// Base64 is no text: about every third character of a document's base64 becomes one.
    fn document(&mut self, base64: &Text<'_>) {
        self.add(base64.len() / 3);
    }

    fn opaque(&mut self, data: &Text<'_>) {
        self.add(data.len());
    }

    fn turn(&mut self) {}

    fn frame(&mut self) {}
}
