//! The machines behind the encodings, all driven alike: some bytes in, some bytes out, as far as it goes.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::gzip::Gzip;
use super::{Coding, Failure, PIECE};

/// Largest window of a zstd frame, as a power of two: 8 MiB, what RFC 9659 allows in a content-encoding.
pub(super) const ZSTD_WINDOW_LOG: u32 = 23;

/// `ZSTD_error_frameParameter_windowTooLarge`; the library's error numbers below 100 never change.
const ZSTD_WINDOW_TOO_LARGE: usize = 16;

/// Low bits of the first byte of a zlib stream: its method is deflate. Bare deflate never begins with them, unless an
/// encoder writes ones where it is to write zeros.
const ZLIB_METHOD: u8 = 8;

/// A decoder of one encoding.
pub(super) enum Machine {
    Gzip(Box<Gzip>),
    /// Whether there is a zlib header is seen with the first byte.
    Deflate(Option<Inflate>),
    Brotli(Box<Brotli>),
    Zstd(Zstd),
}

impl Machine {
    pub(super) fn new(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(Box::default()),
            Coding::Deflate => Self::Deflate(None),
            Coding::Brotli => Self::Brotli(Box::default()),
            Coding::Zstd => Self::Zstd(Zstd::default()),
        }
    }

    /// Decodes into the free capacity of `out` and says how many bytes of `input` it took. Nothing taken and nothing
    /// given means that it waits for more, or has come to its end.
    pub(super) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Failure> {
        let taken = match self {
            Self::Gzip(gzip) => gzip.step(input, out),
            Self::Deflate(inflate) => match input.first() {
                None => inflate.as_mut().map_or(Some(0), |inflate| inflate.step(input, out)),
                Some(first) => {
                    let zlib = first & 0x0f == ZLIB_METHOD;
                    inflate.get_or_insert_with(|| Inflate::new(zlib)).step(input, out)
                }
            },
            Self::Brotli(brotli) => brotli.step(input, out),
            Self::Zstd(zstd) => return zstd.step(input, out),
        };
        taken.ok_or(Failure::Invalid)
    }

    /// Whether the encoding's own end has been reached.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Gzip(gzip) => gzip.is_whole(),
            Self::Deflate(inflate) => inflate.as_ref().is_some_and(|inflate| inflate.ended),
            Self::Brotli(brotli) => brotli.ended,
            Self::Zstd(zstd) => zstd.whole,
        }
    }
}

/// Deflate, with or without the zlib wrapping.
pub(super) struct Inflate {
    inner: Decompress,
    pub(super) ended: bool,
}

impl Inflate {
    pub(super) fn new(zlib: bool) -> Self {
        Self { inner: Decompress::new(zlib), ended: false }
    }

    /// Ready for other data, without the zlib wrapping.
    pub(super) fn again(&mut self) {
        self.inner.reset(false);
        self.ended = false;
    }

    pub(super) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        if self.ended {
            return Some(0);
        }
        let before = self.inner.total_in();
        let status = self.inner.decompress_vec(input, out, FlushDecompress::None).ok()?;
        self.ended = status == Status::StreamEnd;
        usize::try_from(self.inner.total_in() - before).ok()
    }
}

/// Brotli with the windows of RFC 7932.
pub(super) struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    ended: bool,
}

impl Default for Brotli {
    fn default() -> Self {
        let alloc = StandardAlloc::default();
        Self { state: BrotliState::new_strict(alloc, alloc, alloc), ended: false }
    }
}

impl Brotli {
    fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        if self.ended {
            return Some(0);
        }
        out.resize(PIECE, 0);
        let (mut in_left, mut taken, mut out_left, mut given, mut total) = (input.len(), 0, out.len(), 0, 0);
        let (room, state) = (&mut out[..], &mut self.state);
        let result =
            BrotliDecompressStream(&mut in_left, &mut taken, input, &mut out_left, &mut given, room, &mut total, state);
        out.truncate(given);
        match result {
            BrotliResult::ResultFailure => return None,
            BrotliResult::ResultSuccess => self.ended = true,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
        }
        Some(taken)
    }
}

/// Zstandard frames, one after the other.
#[derive(Default)]
pub(super) struct Zstd {
    context: Option<DCtx<'static>>,
    /// At least one frame has ended and no other has begun.
    whole: bool,
}

impl Zstd {
    fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Failure> {
        if self.whole && input.is_empty() {
            return Ok(0);
        }
        if self.context.is_none() {
            self.context = context();
        }
        let context = self.context.as_mut().ok_or(Failure::Invalid)?;
        let mut from = InBuffer::around(input);
        let wanted = context.decompress_stream(&mut OutBuffer::around(out), &mut from).map_err(failure)?;
        self.whole = wanted == 0;
        Ok(from.pos())
    }
}

/// What the library's number means: errors are counted down from zero.
fn failure(code: usize) -> Failure {
    if code.wrapping_neg() == ZSTD_WINDOW_TOO_LARGE { Failure::Window } else { Failure::Invalid }
}

fn context() -> Option<DCtx<'static>> {
    let mut context = DCtx::try_create()?;
    context.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG)).ok()?;
    Some(context)
}
