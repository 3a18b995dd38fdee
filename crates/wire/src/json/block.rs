//! 64 bytes of JSON at once: one bit each for the bytes that a question is about. Not a parser: what the bits mean where
//! they stand is for whoever asks.

use wide::u8x16;

/// Bytes that are looked at together: one bit each in a `u64`.
pub(crate) const BLOCK: usize = 64;

/// 64 bytes in four registers.
#[derive(Debug)]
pub(crate) struct Block([u8x16; 4]);

impl Block {
    #[inline]
    pub(crate) fn load(bytes: &[u8; BLOCK]) -> Self {
        let (parts, _) = bytes.as_chunks::<16>();
        match parts {
            [a, b, c, d] => Self([u8x16::new(*a), u8x16::new(*b), u8x16::new(*c), u8x16::new(*d)]),
            _ => Self([u8x16::splat(b' '); 4]),
        }
    }

    /// One bit per byte for which `test` gives all ones.
    #[inline]
    fn bits(&self, test: impl Fn(u8x16) -> u8x16) -> u64 {
        let [a, b, c, d] = self.0;
        let low = test(a).to_bitmask() | test(b).to_bitmask() << 16;
        let high = test(c).to_bitmask() | test(d).to_bitmask() << 16;
        u64::from(low) | u64::from(high) << 32
    }

    /// The bytes that are `byte`.
    #[inline]
    pub(crate) fn mask(&self, byte: u8) -> u64 {
        let byte = u8x16::splat(byte);
        self.bits(|part| part.simd_eq(byte))
    }

    /// `{ } [ ]`: with bit 5 set, the square ones become the curly ones and nothing else does.
    #[inline]
    pub(crate) fn brackets(&self) -> u64 {
        let (case, open, close) = (u8x16::splat(0x20), u8x16::splat(b'{'), u8x16::splat(b'}'));
        self.bits(|part| {
            let curly = part | case;
            curly.simd_eq(open) | curly.simd_eq(close)
        })
    }

    /// `:` and `,`
    pub(crate) fn separators(&self) -> u64 {
        self.mask(b':') | self.mask(b',')
    }

    #[inline]
    pub(crate) fn has_control(&self) -> bool {
        let [a, b, c, d] = self.0;
        let least = a.min(b).min(c.min(d));
        least.min(u8x16::splat(0x1f)).simd_eq(least).to_bitmask() != 0
    }

    pub(crate) fn controls(&self) -> u64 {
        self.bits(|part| part.min(u8x16::splat(0x1f)).simd_eq(part))
    }
}

/// Which bytes are escaped, from block to block.
#[derive(Debug, Default)]
pub(crate) struct Escapes {
    /// 1 when the first byte of the next block is escaped.
    carried: u64,
}

/// Every second bit, from bit 0.
const EVEN: u64 = 0x5555_5555_5555_5555;

impl Escapes {
    /// Marks the bytes that follow an odd run of backslashes, which are exactly the escaped bytes that are no
    /// backslashes. A run that starts at an even bit has odd length when it ends before an odd bit, and the other way
    /// round; adding the start bit carries through the run to the bit after it.
    #[inline]
    pub(crate) fn escaped(&mut self, backslashes: u64) -> u64 {
        let carried = self.carried;
        let backslashes = backslashes & !carried;
        let starts = backslashes & !(backslashes << 1);
        let (after_even, _) = backslashes.overflowing_add(starts & EVEN);
        let (after_odd, runs_on) = backslashes.overflowing_add(starts & !EVEN);
        self.carried = u64::from(runs_on);
        carried | (!backslashes & ((after_even & !EVEN) | (after_odd & EVEN)))
    }

    /// Whether the last block ended with a backslash that escapes what follows.
    pub(crate) const fn is_open(&self) -> bool {
        self.carried == 1
    }
}
