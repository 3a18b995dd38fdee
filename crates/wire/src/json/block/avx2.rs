//! Registers twice as wide, which nearly every x86 processor in use has (AVX2): half the instructions for a large body.
//! What stands here must be inlined into code that was chosen for such a processor, hence `inline(always)`.

use std::arch::x86_64::__m256i;

use pulp::cast;
use pulp::x86::V3;

use super::{BLOCK, Marks, Registers};

/// Largest control character.
const CONTROL_MAX: u8 = 0x1f;

impl Registers for V3 {
    type Block = Wide;

    #[inline(always)]
    fn load(self, bytes: &[u8; BLOCK]) -> Wide {
        Wide { simd: self, parts: cast(*bytes) }
    }
}

/// 64 bytes in two registers.
#[derive(Clone, Copy)]
pub(crate) struct Wide {
    simd: V3,
    parts: [__m256i; 2],
}

impl Wide {
    /// One bit per byte, from all ones or none in each.
    #[inline(always)]
    fn bits(self, low: __m256i, high: __m256i) -> u64 {
        let avx2 = self.simd.avx2;
        let low = avx2._mm256_movemask_epi8(low).cast_unsigned();
        u64::from(low) | u64::from(avx2._mm256_movemask_epi8(high).cast_unsigned()) << 32
    }

    #[inline(always)]
    fn splat(self, byte: u8) -> __m256i {
        self.simd.avx._mm256_set1_epi8(byte.cast_signed())
    }

    /// All ones where the byte is a control character.
    #[inline(always)]
    fn control(self, part: __m256i) -> __m256i {
        let avx2 = self.simd.avx2;
        avx2._mm256_cmpeq_epi8(avx2._mm256_min_epu8(part, self.splat(CONTROL_MAX)), part)
    }

    /// All ones where the byte is `{`, `}` or, without bit 5, a square bracket.
    #[inline(always)]
    fn bracket(self, part: __m256i) -> __m256i {
        let avx2 = self.simd.avx2;
        let curly = avx2._mm256_or_si256(part, self.splat(b' '));
        let open = avx2._mm256_cmpeq_epi8(curly, self.splat(b'{'));
        avx2._mm256_or_si256(open, avx2._mm256_cmpeq_epi8(curly, self.splat(b'}')))
    }
}

impl Marks for Wide {
    #[inline(always)]
    fn mask(&self, byte: u8) -> u64 {
        let avx2 = self.simd.avx2;
        let ([low, high], byte) = (self.parts, self.splat(byte));
        self.bits(avx2._mm256_cmpeq_epi8(low, byte), avx2._mm256_cmpeq_epi8(high, byte))
    }

    #[inline(always)]
    fn brackets(&self) -> u64 {
        let [low, high] = self.parts;
        self.bits(self.bracket(low), self.bracket(high))
    }

    #[inline(always)]
    fn has_wide(&self) -> bool {
        let [low, high] = self.parts;
        self.simd.avx2._mm256_movemask_epi8(self.simd.avx2._mm256_or_si256(low, high)) != 0
    }

    #[inline(always)]
    fn has_control(&self) -> bool {
        let [low, high] = self.parts;
        let least = self.simd.avx2._mm256_min_epu8(low, high);
        self.simd.avx2._mm256_movemask_epi8(self.control(least)) != 0
    }

    #[inline(always)]
    fn controls(&self) -> u64 {
        let [low, high] = self.parts;
        self.bits(self.control(low), self.control(high))
    }
}
