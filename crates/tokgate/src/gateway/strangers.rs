//! Wrong keys from other machines: slowed down, so that guessing is hopeless. Callers on this machine are not counted;
//! a client with an old key must get its error at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::clock;

/// Wrong keys allowed per address in [`WINDOW`].
const TRIES_MAX: u32 = 10;

/// Time after which tries are forgotten.
const WINDOW: Duration = Duration::from_secs(60);

/// Addresses remembered; beyond it the table starts over, which favours nobody who guesses at this rate.
const ADDRESSES_MAX: usize = 10_000;

/// Tries by address.
#[derive(Debug, Default)]
pub struct Strangers {
    tries: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

impl Strangers {
    /// Whether this address has used up its tries.
    pub fn must_wait(&self, address: IpAddr) -> bool {
        if address.is_loopback() {
            return false;
        }
        let tries = self.tries.lock();
        tries.get(&address).is_some_and(|(since, count)| *count >= TRIES_MAX && clock::now() - *since < WINDOW)
    }

    /// Counts a wrong key.
    pub fn failed(&self, address: IpAddr) {
        if address.is_loopback() {
            return;
        }
        let now = clock::now();
        let mut tries = self.tries.lock();
        if tries.len() >= ADDRESSES_MAX {
            tries.clear();
        }
        let entry = tries.entry(address).or_insert((now, 0));
        if now - entry.0 >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ten_wrong_keys_a_minute_and_then_a_wait() {
        let strangers = Strangers::default();
        let address: IpAddr = [192, 0, 2, 7].into();
        for _ in 0..TRIES_MAX {
            assert!(!strangers.must_wait(address));
            strangers.failed(address);
        }
        assert!(strangers.must_wait(address));
        assert!(!strangers.must_wait([192, 0, 2, 8].into()));
        tokio::time::advance(WINDOW).await;
        assert!(!strangers.must_wait(address));
    }

    #[tokio::test(start_paused = true)]
    async fn callers_on_this_machine_are_never_slowed() {
        let strangers = Strangers::default();
        let address: IpAddr = [127, 0, 0, 1].into();
        for _ in 0..100 {
            strangers.failed(address);
        }
        assert!(!strangers.must_wait(address));
    }
}
