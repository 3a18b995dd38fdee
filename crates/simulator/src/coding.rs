//! Content-encodings as a provider may put them around an answer, flushed after every write. What has no encoder here
//! (br, zstd) is stored: valid for every decoder, and not smaller.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde::{Deserialize, Serialize};

use crate::reply::{Act, Acts};

/// Largest stored block: brotli counts it in 16 bits, zstd allows twice as much.
const BLOCK: usize = 1 << 16;

/// A zstd frame of unknown length with a window of 128 KiB, and its last block, empty.
const ZSTD_BEGIN: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
const ZSTD_END: [u8; 3] = [0x01, 0x00, 0x00];

/// A brotli stream with a window of 64 KiB: one bit, here with an empty block of metadata that fills the byte.
const BROTLI_BEGIN: [u8; 1] = [0x0c];
/// The last block, empty.
const BROTLI_END: [u8; 1] = [0x03];

/// A content-encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// `gzip`
    Gzip,
    /// `deflate`, with its zlib wrapping.
    Deflate,
    /// `br`
    Br,
    /// `zstd`
    Zstd,
}

impl Coding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Gzip, Self::Deflate, Self::Br, Self::Zstd];

    /// Its name in `content-encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Br => "br",
            Self::Zstd => "zstd",
        }
    }

    /// A whole body.
    pub fn encode(self, plain: &[u8]) -> Vec<u8> {
        let mut encoder = Encoder::new(self);
        [encoder.write(plain), encoder.finish()].concat()
    }
}

/// An encoder that gives everything back at once.
enum Encoder {
    Gzip(GzEncoder<Vec<u8>>),
    Deflate(ZlibEncoder<Vec<u8>>),
    Stored { begin: &'static [u8], block: fn(&[u8]) -> [u8; 3], end: &'static [u8] },
}

impl Encoder {
    fn new(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), Compression::default())),
            Coding::Deflate => Self::Deflate(ZlibEncoder::new(Vec::new(), Compression::default())),
            Coding::Br => Self::Stored { begin: &BROTLI_BEGIN, block: brotli_block, end: &BROTLI_END },
            Coding::Zstd => Self::Stored { begin: &ZSTD_BEGIN, block: zstd_block, end: &ZSTD_END },
        }
    }

    /// Writing into memory does not fail; an error would only shorten the body.
    fn write(&mut self, plain: &[u8]) -> Vec<u8> {
        match self {
            Self::Gzip(gzip) => {
                let _ = gzip.write_all(plain).and_then(|()| gzip.flush());
                std::mem::take(gzip.get_mut())
            }
            Self::Deflate(zlib) => {
                let _ = zlib.write_all(plain).and_then(|()| zlib.flush());
                std::mem::take(zlib.get_mut())
            }
            Self::Stored { begin, block, .. } => {
                let mut out = std::mem::take(begin).to_vec();
                for piece in plain.chunks(BLOCK) {
                    out.extend_from_slice(&block(piece));
                    out.extend_from_slice(piece);
                }
                out
            }
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Gzip(gzip) => gzip.finish().unwrap_or_default(),
            Self::Deflate(zlib) => zlib.finish().unwrap_or_default(),
            Self::Stored { begin, end, .. } => [begin, end].concat(),
        }
    }
}

/// The first three bytes of so many little-endian bits.
fn bits(value: u32) -> [u8; 3] {
    let [a, b, c, _] = value.to_le_bytes();
    [a, b, c]
}

fn length(piece: &[u8]) -> u32 {
    u32::try_from(piece.len()).unwrap_or_default()
}

/// Not last, length less one in four nibbles, uncompressed, filled up to the byte.
fn brotli_block(piece: &[u8]) -> [u8; 3] {
    bits(length(piece).saturating_sub(1) << 3 | 1 << 19)
}

/// Not last, raw, length.
fn zstd_block(piece: &[u8]) -> [u8; 3] {
    bits(length(piece) << 3)
}

/// The acts with their data in an encoding, each written through; its end follows only where the body comes to its own.
pub(crate) fn coded(acts: Acts, coding: Coding) -> Acts {
    let mut encoder = Some(Encoder::new(coding));
    let mut acts = acts;
    Box::new(std::iter::from_fn(move || {
        Some(match acts.next() {
            Some(Act::Data(plain)) => Act::Data(encoder.as_mut()?.write(&plain).into()),
            Some(act) => {
                if matches!(act, Act::Eof | Act::Reset | Act::Stall) {
                    encoder = None;
                }
                act
            }
            None => Act::Data(Bytes::from(encoder.take()?.finish())),
        })
    }))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn data(text: &'static str) -> Act {
        Act::Data(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn every_write_can_be_decoded_before_the_next() {
        let acts: Acts = Box::new([data("first "), data("second")].into_iter());
        let pieces: Vec<Act> = coded(acts, Coding::Gzip).collect();
        let Act::Data(first) = &pieces[0] else { panic!("{pieces:?}") };
        let mut plain = [0; 6];
        flate2::read::GzDecoder::new(&first[..]).read_exact(&mut plain).unwrap();
        assert_eq!((&plain, pieces.len()), (b"first ", 3));
    }

    #[test]
    fn a_body_that_breaks_off_has_no_end_of_its_encoding() {
        for coding in Coding::ALL {
            let cut: Acts = Box::new([data("first "), Act::Eof].into_iter());
            let pieces: Vec<Act> = coded(cut, coding).collect();
            assert!(pieces.len() == 2 && pieces[1] == Act::Eof, "{coding:?}");
        }
    }

    #[test]
    fn stored_blocks_are_those_of_the_documents() {
        // RFC 7932 §9.2: bit 0 not last, bits 1–2 four nibbles, bits 3–18 length less one, bit 19 uncompressed.
        assert_eq!(Coding::Br.encode(b"abc"), [0x0c, 0x10, 0x00, 0x08, b'a', b'b', b'c', 0x03]);
        // RFC 8878 §3.1.1.2: bit 0 last, bits 1–2 raw, then the length.
        assert_eq!(Coding::Zstd.encode(b"abc")[6..], [0x18, 0, 0, b'a', b'b', b'c', 1, 0, 0]);
    }
}
