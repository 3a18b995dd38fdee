//! Small randomness from a seed, so that many gateways do not come back at the same moment. Not for secrets.

use std::time::Duration;

/// xorshift64*: repeatable from its seed.
#[derive(Debug, Clone)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        // The generator cannot leave zero.
        Self(seed ^ 0x9E37_79B9_7F4A_7C15 | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Between `low` and `high`.
    pub(crate) fn between(&mut self, low: Duration, high: Duration) -> Duration {
        // 2^32 steps are fine enough and keep the product inside Duration's own arithmetic.
        let part = f64::from((self.next() >> 32) as u32) / f64::from(u32::MAX);
        low + high.saturating_sub(low).mul_f64(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_inside_the_range() {
        let (low, high) = (Duration::from_millis(200), Duration::from_millis(600));
        let draw = |seed| {
            let mut jitter = Jitter::new(seed);
            std::array::from_fn::<_, 100, _>(|_| jitter.between(low, high))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(0).iter().all(|drawn| (low..=high).contains(drawn)));
        assert!(draw(0).iter().any(|drawn| *drawn > Duration::from_millis(500)));
    }
}
