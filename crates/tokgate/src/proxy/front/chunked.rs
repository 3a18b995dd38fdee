//! The chunked body, byte by byte where it is framing and in one step where it is data. Extensions are skipped within a
//! bound; trailers may come, but none that would change how the message is read.

use super::head::{is_token, split_field};
use super::reject::Reject;

/// Hex digits of a chunk size: 4 GiB in one chunk is far above any body limit, and nothing can overflow.
const SIZE_DIGITS_MAX: u8 = 8;
/// All extensions of one body together. Nobody sends any; an endless one would be free work.
const EXTENSIONS_MAX: usize = 4 << 10;
/// All trailers together.
const TRAILERS_MAX: usize = 8 << 10;
/// Trailer fields; below what hyper takes, so that hyper never has to refuse.
const TRAILER_FIELDS_MAX: u8 = 32;

/// Fields that frame, route or authenticate must not come late (RFC 9110 §6.5.1).
const REFUSED_TRAILERS: &[&str] = &[
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
    "x-goog-api-key",
    "api-key",
];

/// Where the reading of a chunked body stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunked {
    step: Step,
    extensions: usize,
    trailers: usize,
    trailer_fields: u8,
    /// The trailer line being read. Allocates only when there is a trailer.
    line: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Size { size: u64, digits: u8 },
    Extension { size: u64 },
    SizeLf { size: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    Trailer,
    TrailerLf,
}

impl Default for Step {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

/// What became of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Advance {
    /// All taken, the body goes on.
    More,
    /// The body ended after this many.
    Done(usize),
    /// The byte at this place is wrong.
    Bad(usize, Reject),
}

impl Chunked {
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Advance {
        let mut at = 0;
        while at < bytes.len() {
            if let Step::Data { left } = self.step {
                let take = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - at);
                at += take;
                let left = left - take as u64;
                self.step = if left == 0 { Step::DataCr } else { Step::Data { left } };
                continue;
            }
            match self.byte(bytes[at]) {
                Ok(false) => at += 1,
                Ok(true) => return Advance::Done(at + 1),
                Err(reject) => return Advance::Bad(at, reject),
            }
        }
        Advance::More
    }

    /// One byte of framing. `true` when it was the last of the body.
    fn byte(&mut self, b: u8) -> Result<bool, Reject> {
        self.step = match self.step {
            Step::Size { size, digits } => size_byte(b, size, digits)?,
            Step::Extension { size } => match b {
                b'\r' => Step::SizeLf { size },
                b'\t' | b' '..=b'~' if self.extensions < EXTENSIONS_MAX => {
                    self.extensions += 1;
                    Step::Extension { size }
                }
                _ => return Err(Reject::ChunkExtension),
            },
            Step::SizeLf { size } => match (b, size) {
                (b'\n', 0) => Step::Trailer,
                (b'\n', left) => Step::Data { left },
                _ => return Err(Reject::BadChunkSize),
            },
            Step::DataCr if b == b'\r' => Step::DataLf,
            Step::DataLf if b == b'\n' => Step::default(),
            Step::DataCr | Step::DataLf | Step::Data { .. } => return Err(Reject::BadChunkEnd),
            Step::Trailer => match b {
                b'\r' => Step::TrailerLf,
                b'\n' => return Err(Reject::BadTrailer),
                _ if self.trailers >= TRAILERS_MAX || self.trailer_fields >= TRAILER_FIELDS_MAX => {
                    return Err(Reject::TrailersTooLarge);
                }
                _ => {
                    self.trailers += 1;
                    self.line.push(b);
                    self.check_name_end(b)?;
                    Step::Trailer
                }
            },
            Step::TrailerLf if b != b'\n' => return Err(Reject::BadTrailer),
            Step::TrailerLf if self.line.is_empty() => return Ok(true),
            Step::TrailerLf => {
                split_field(&self.line).map_err(|_| Reject::BadTrailer)?;
                self.line.clear();
                self.trailer_fields += 1;
                Step::Trailer
            }
        };
        Ok(false)
    }

    /// At the colon the name is known: a refused one must not get further than that.
    fn check_name_end(&self, b: u8) -> Result<(), Reject> {
        let [name @ .., b':'] = self.line.as_slice() else { return Ok(()) };
        if b != b':' || name.contains(&b':') {
            return Ok(());
        }
        if !is_token(name) {
            return Err(Reject::BadTrailer);
        }
        match REFUSED_TRAILERS.iter().any(|refused| name.eq_ignore_ascii_case(refused.as_bytes())) {
            true => Err(Reject::TrailerRefused),
            false => Ok(()),
        }
    }
}

fn size_byte(b: u8, size: u64, digits: u8) -> Result<Step, Reject> {
    let digit = match b {
        b'0'..=b'9' => b - b'0',
        b'a'..=b'f' => b - b'a' + 10,
        b'A'..=b'F' => b - b'A' + 10,
        b'\r' if digits > 0 => return Ok(Step::SizeLf { size }),
        b';' if digits > 0 => return Ok(Step::Extension { size }),
        _ => return Err(Reject::BadChunkSize),
    };
    if digits == SIZE_DIGITS_MAX {
        return Err(Reject::BadChunkSize);
    }
    Ok(Step::Size { size: size << 4 | u64::from(digit), digits: digits + 1 })
}
