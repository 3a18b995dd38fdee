//! Where conversations are. A provider keeps a prompt in its cache for some minutes: a conversation that stays pays a
//! tenth and begins sooner. Once the cache is cold, it may go anywhere.

mod memory;

use std::time::Duration;

use crate::bounded::Bounded;

/// How long a prompt cache stays warm without use. Anthropic's and OpenAI's default.
pub(crate) const CACHE_WARM: Duration = Duration::from_secs(300);

/// The same where a request asks for a long stay: Anthropic's `"ttl": "1h"`, and the least of what OpenAI's `24h` brings.
pub(crate) const CACHE_WARM_LONG: Duration = Duration::from_secs(3_600);

/// Conversations remembered.
const STAYS_MAX: usize = 10_000;

/// Bytes of a request that are about a token.
const BYTES_PER_TOKEN: u64 = 4;

/// Tokens a provider reads in a second when it does not have them in its cache: about what large models do.
const TOKENS_READ_PER_SECOND: u64 = 10_000;

/// What a second of waiting is worth, millionths of a US dollar: somebody sits there whose hour costs 36 dollars.
const SECOND_WORTH: u64 = 10_000;

#[derive(Debug, Clone, Copy)]
struct Stay {
    provider: u64,
    at: Duration,
    /// The cache is warm until then.
    warm_until: Duration,
}

/// Where each conversation is.
#[derive(Debug, Clone)]
pub(crate) struct Stays {
    stays: Bounded<u64, Stay>,
}

/// Where a conversation was when a request of it came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home {
    /// The provider, by its index. Its place is the first.
    pub(crate) provider: usize,
    /// Since its last use.
    pub(crate) idle: Duration,
    /// What it costs to go elsewhere.
    pub(crate) loss: Loss,
}

/// What a cold cache costs, compared with a warm one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Until the prompt is read again.
    pub(crate) time: Duration,
    /// Millionths of a US dollar; `None` when a price is not known.
    pub(crate) micros: Option<u64>,
}

impl Loss {
    /// For a body of this size that costs `warm` where it is and `cold` elsewhere.
    pub(crate) fn of(body_bytes: u64, warm: Option<u64>, cold: Option<u64>) -> Self {
        let tokens = body_bytes / BYTES_PER_TOKEN;
        let micros = warm.zip(cold).map(|(warm, cold)| cold.saturating_sub(warm));
        Self { time: Duration::from_millis(tokens.saturating_mul(1_000) / TOKENS_READ_PER_SECOND), micros }
    }

    /// How long it is better to wait than to go.
    pub(crate) fn worth(self) -> Duration {
        let money = self.micros.unwrap_or(0).saturating_mul(1_000) / SECOND_WORTH;
        self.time.saturating_add(Duration::from_millis(money))
    }
}

impl Stays {
    /// Conversations remembered now.
    pub(crate) fn len(&self) -> usize {
        self.stays.len()
    }

    pub(crate) fn new() -> Self {
        Self { stays: Bounded::new(STAYS_MAX) }
    }

    /// The provider whose cache is warm for a conversation, and since when it was not used.
    pub(crate) fn warm(&self, now: Duration, key: u64) -> Option<(u64, Duration)> {
        let stay = self.stays.peek(&key)?;
        (now <= stay.warm_until).then_some((stay.provider, now.saturating_sub(stay.at)))
    }

    /// Whether a conversation has a warm cache at another provider.
    pub(crate) fn is_elsewhere(&self, now: Duration, key: u64, provider: u64) -> bool {
        self.warm(now, key).is_some_and(|(there, _)| there != provider)
    }

    /// A conversation is there now, and its cache stays warm for so long.
    pub(crate) fn remember(&mut self, now: Duration, key: u64, provider: u64, warm: Duration) {
        let before = self.stays.peek(&key).filter(|stay| stay.provider == provider);
        // What an earlier request asked for lasts, whatever this one asks.
        let warm_until = before.map_or(Duration::ZERO, |stay| stay.warm_until).max(now + warm);
        self.stays.insert(key, Stay { provider, at: now, warm_until });
    }

    /// Forgets what is cold.
    pub(crate) fn sweep(&mut self, now: Duration) {
        self.stays.retain(|stay| stay.warm_until > now);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn a_conversation_is_where_it_was_until_the_cache_is_cold() {
        let mut stays = Stays::new();
        let at = Duration::from_secs(1_000);
        stays.remember(at, 1, 7, CACHE_WARM);
        assert_eq!(stays.warm(at + CACHE_WARM, 1), Some((7, CACHE_WARM)));
        assert_eq!(stays.warm(at + CACHE_WARM + Duration::from_secs(1), 1), None);
        assert_eq!(stays.warm(at, 2), None);
    }

    #[test]
    fn a_cache_that_was_asked_to_last_an_hour_lasts_so_whatever_is_asked_later() {
        let mut stays = Stays::new();
        let at = Duration::from_secs(1_000);
        stays.remember(at, 1, 7, CACHE_WARM_LONG);
        stays.remember(at + CACHE_WARM, 1, 7, CACHE_WARM);
        assert_eq!(stays.warm(at + CACHE_WARM_LONG, 1), Some((7, CACHE_WARM_LONG - CACHE_WARM)));
        stays.remember(at + CACHE_WARM, 1, 8, CACHE_WARM);
        assert_eq!(stays.warm(at + CACHE_WARM_LONG, 1), None, "that is another provider's");
    }

    #[test]
    fn many_conversations_do_not_fill_the_memory() {
        let mut stays = Stays::new();
        for key in 0..25_000 {
            stays.remember(Duration::from_secs(1), key, 7, CACHE_WARM);
        }
        assert!(stays.stays.len() <= STAYS_MAX);
        assert!(stays.warm(Duration::from_secs(1), 24_999).is_some(), "the newest is kept");
    }

    #[test]
    fn a_cache_is_worth_the_time_to_read_again_and_its_price() {
        let loss = Loss::of(400_000, Some(30_000), Some(300_000));
        assert_eq!(loss, Loss { time: Duration::from_secs(10), micros: Some(270_000) });
        assert_eq!(loss.worth(), Duration::from_secs(10 + 27));
        assert_eq!(Loss::of(400_000, None, Some(1)).worth(), Duration::from_secs(10));
    }
}
