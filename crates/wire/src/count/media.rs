//! Tokens of pictures and documents, by what their own bytes say of their size.

use crate::embedded;

/// Pixels per token. Source: Anthropic documentation, "Vision": a picture takes width × height / 750 tokens.
const PIXELS_PER_TOKEN: u64 = 750;
/// Tokens of the largest picture, and of one whose size is not known: providers scale down what is larger.
pub(super) const PICTURE_MAX: u64 = 1_600;
/// Tokens of a page: its text, and its picture. Source: Anthropic documentation, "PDF support": text of a page alone is
/// 1 500 to 3 000.
const PAGE: u64 = 2_250;
/// Bytes of a page in a PDF whose pages cannot be counted because their list is compressed.
const PAGE_BYTES: u64 = 60 << 10;
/// Base64 that is looked at to find a picture's size: a JPEG may have a preview before it.
const PICTURE_LOOK: usize = 128 << 10;
/// Base64 that is looked at to count a document's pages; of longer ones the pages are guessed by their size.
const DOCUMENT_LOOK: usize = 8 << 20;
/// A document with more pages is refused by every provider.
const PAGES_MAX: u64 = 1_000;

/// Tokens of a picture in base64.
pub(super) fn picture(base64: &str) -> u64 {
    let bytes = embedded::beginning(base64, PICTURE_LOOK);
    let size = png(&bytes).or_else(|| gif(&bytes)).or_else(|| webp(&bytes)).or_else(|| jpeg(&bytes));
    size.map_or(PICTURE_MAX, |(width, height)| {
        (u64::from(width) * u64::from(height)).div_ceil(PIXELS_PER_TOKEN).clamp(1, PICTURE_MAX)
    })
}

/// Tokens of a document in base64 that is no text.
pub(super) fn document(base64: &str) -> u64 {
    let guessed = (base64.len() as u64 / 4 * 3).div_ceil(PAGE_BYTES);
    let pages = match base64.len() {
        0..=DOCUMENT_LOOK => Some(pages(&embedded::beginning(base64, DOCUMENT_LOOK))).filter(|pages| *pages > 0),
        _ => None,
    };
    pages.unwrap_or(guessed).clamp(1, PAGES_MAX) * PAGE
}

/// Pages by the objects that describe them: `/Type /Page`, not `/Pages`.
fn pages(pdf: &[u8]) -> u64 {
    let mut found = 0;
    for (at, _) in pdf.windows(5).enumerate().filter(|(_, window)| *window == b"/Type") {
        let rest = pdf.get(at + 5..).unwrap_or_default().trim_ascii_start();
        let is_page = rest.strip_prefix(b"/Page").is_some_and(|rest| !rest.starts_with(b"s"));
        found += u64::from(is_page);
    }
    found
}

/// Width and height in the header chunk.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(4..16)?.strip_prefix(b"IHDR")?;
    let (width, height) = header.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height.first_chunk()?)))
}

/// Width and height behind the version.
fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"GIF87a").or_else(|| bytes.strip_prefix(b"GIF89a"))?;
    let &[a, b, c, d] = rest.first_chunk()?;
    Some((u32::from(u16::from_le_bytes([a, b])), u32::from(u16::from_le_bytes([c, d]))))
}

/// Width and height in the first chunk of each of the three kinds. Source: WebP container specification.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let (kind, body) = (rest.get(..4)?, rest.get(8..)?);
    match kind {
        b"VP8X" => {
            let &[a, b, c, d, e, f] = body.get(4..)?.first_chunk()?;
            Some((u32::from_le_bytes([a, b, c, 0]) + 1, u32::from_le_bytes([d, e, f, 0]) + 1))
        }
        b"VP8 " => {
            let &[a, b, c, d] = body.get(6..)?.first_chunk()?;
            let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            Some((side(a, b), side(c, d)))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(*body.get(1..)?.first_chunk()?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}

/// Height and width in the frame header, which stands behind segments of any length.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let &[0xff, marker, high, low] = rest.first_chunk()? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // Start of frame, but for the three markers among them that mean something else.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let &[a, b, c, d] = rest.get(5..)?.first_chunk()?;
            return Some((u32::from(u16::from_be_bytes([c, d])), u32::from(u16::from_be_bytes([a, b]))));
        }
        rest = rest.get(2 + length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of some bytes.
    fn code(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
            let word = byte(0) << 16 | byte(1) << 8 | byte(2);
            (0..=chunk.len()).for_each(|at| out.push(char::from(ALPHABET[(word >> (18 - 6 * at) & 63) as usize])));
        }
        out
    }

    #[test]
    fn the_size_of_a_picture_is_read_from_its_own_header() {
        let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[0, 0, 3, 0x20, 0, 0, 2, 0x58]].concat();
        let gif = [&b"GIF89a"[..], &[0x20, 3, 0x58, 2]].concat();
        let webp = [&b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0"[..], &[0x1f, 3, 0, 0x57, 2, 0]].concat();
        let jpeg = [&b"\xff\xd8\xff\xe0\0\x04\0\0"[..], &[0xff, 0xc0, 0, 17, 8, 2, 0x58, 3, 0x20, 3]].concat();
        for (name, bytes) in [("png", png), ("gif", gif), ("webp", webp), ("jpeg", jpeg)] {
            assert_eq!(picture(&code(&bytes)), 640, "{name}: 800 by 600");
        }
    }

    #[test]
    fn a_picture_nobody_can_read_counts_as_a_large_one() {
        for data in ["", "!!", "iVBORw0KGgo", "/9j/"] {
            assert_eq!(picture(data), PICTURE_MAX, "{data}");
        }
    }

    #[test]
    fn pages_of_a_document_are_counted_or_guessed_by_its_size() {
        let three = b"%PDF-1.7 /Type /Pages /Kids [] /Type /Page x /Type/Page\n/Type /Page>>";
        assert_eq!(document(&code(three)), 3 * PAGE);
        assert_eq!(document(&"A".repeat(4 * (60 << 10))), 3 * PAGE, "180 KiB of compressed pages");
        assert_eq!(document(""), PAGE);
    }
}
