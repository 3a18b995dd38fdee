//! 64 bytes of JSON at once: one bit each for the bytes that a question is about. Not a parser: what the bits mean where
//! they stand is for whoever asks.

use wide::u8x16;

#[cfg(target_arch = "x86_64")]
mod avx2;

/// Bytes that are looked at together: one bit each in a `u64`.
pub(crate) const BLOCK: usize = 64;

/// What is asked of 64 bytes.
pub(crate) trait Marks {
    /// The bytes that are `byte`.
    fn mask(&self, byte: u8) -> u64;

    /// `{ } [ ]`: with bit 5 set, the square ones become the curly ones and nothing else does.
    fn brackets(&self) -> u64;

    /// Whether any byte is beyond ASCII.
    fn has_wide(&self) -> bool;

    /// Whether any byte is a control character.
    fn has_control(&self) -> bool;

    /// The control characters.
    fn controls(&self) -> u64;

    /// `:` and `,`
    #[inline(always)]
    fn separators(&self) -> u64 {
        self.mask(b':') | self.mask(b',')
    }
}

/// Registers that bytes are loaded into.
pub(crate) trait Registers: Copy {
    /// Bytes that are loaded.
    type Block: Marks;

    /// Loads them.
    fn load(self, bytes: &[u8; BLOCK]) -> Self::Block;
}

/// Those that every processor of a kind has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Common;

impl Registers for Common {
    type Block = Block;

    #[inline(always)]
    fn load(self, bytes: &[u8; BLOCK]) -> Block {
        Block::load(bytes)
    }
}

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
}

impl Marks for Block {
    #[inline]
    fn mask(&self, byte: u8) -> u64 {
        let byte = u8x16::splat(byte);
        self.bits(|part| part.simd_eq(byte))
    }

    #[inline]
    fn brackets(&self) -> u64 {
        let (case, open, close) = (u8x16::splat(0x20), u8x16::splat(b'{'), u8x16::splat(b'}'));
        self.bits(|part| {
            let curly = part | case;
            curly.simd_eq(open) | curly.simd_eq(close)
        })
    }

    #[inline]
    fn has_wide(&self) -> bool {
        let [a, b, c, d] = self.0;
        (a | b | c | d).to_bitmask() != 0
    }

    #[inline]
    fn has_control(&self) -> bool {
        let [a, b, c, d] = self.0;
        let least = a.min(b).min(c.min(d));
        least.min(u8x16::splat(0x1f)).simd_eq(least).to_bitmask() != 0
    }

    #[inline]
    fn controls(&self) -> u64 {
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
