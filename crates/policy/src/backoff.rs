//! How long to wait before the same provider is asked again: full jitter, so that those who failed together do not come
//! back together.

use std::time::Duration;

use crate::classify::WAIT_MAX;
use crate::jitter::Jitter;

/// The longest pause after a first failure; doubled by each further one in a row.
const BASE: Duration = Duration::from_millis(200);

/// Shortest and longest pause after an error of the provider's own: time enough for what fell over there to stand again.
const OWN_ERROR: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(600));

/// Doublings after which the longest pause is reached; keeps the shift in range.
const STEPS_MAX: u32 = 6;

/// A pause after so many failures in a row. What the provider asked for is the least, and a tenth of it is added at
/// random. Never longer than a request waits, unless the provider asked for longer.
pub(crate) fn pause(failures: u32, asked: Option<Duration>, jitter: &mut Jitter) -> Duration {
    let most = WAIT_MAX.min(BASE * (1 << failures.min(STEPS_MAX)));
    let own = jitter.between(Duration::ZERO, most);
    asked.map_or(own, |asked| own.max(jitter.between(asked, asked.mul_f64(1.1))))
}

/// A pause after an error of the provider's own.
pub(crate) fn after_own_error(asked: Option<Duration>, jitter: &mut Jitter) -> Duration {
    let own = jitter.between(OWN_ERROR.0, OWN_ERROR.1);
    asked.map_or(own, |asked| own.max(jitter.between(asked, asked.mul_f64(1.1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(failures: u32, asked: Option<Duration>) -> Duration {
        let mut jitter = Jitter::new(7);
        (0..1000).map(|_| pause(failures, asked, &mut jitter)).max().unwrap_or_default()
    }

    #[test]
    fn pauses_are_random_from_nothing_to_a_bound_that_doubles_up_to_the_longest_wait() {
        for (failures, most) in [(0, 200), (1, 400), (2, 800), (4, 3200), (5, 5000), (6, 5000), (u32::MAX, 5000)] {
            let (longest, most) = (longest(failures, None), Duration::from_millis(most));
            assert!(longest <= most && longest > most.mul_f64(0.9), "{failures}: {longest:?} of {most:?}");
        }
        let mut jitter = Jitter::new(7);
        assert!((0..1000).any(|_| pause(5, None, &mut jitter) < Duration::from_millis(100)), "nothing is possible");
    }

    #[test]
    fn after_an_error_of_its_own_a_provider_is_given_a_moment() {
        let mut jitter = Jitter::new(7);
        let pauses: Vec<Duration> = (0..1000).map(|_| after_own_error(None, &mut jitter)).collect();
        let (least, most) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
        assert!(*least >= OWN_ERROR.0 && *most <= OWN_ERROR.1 && *most - *least > Duration::from_millis(300));
        assert!(after_own_error(Some(Duration::from_secs(2)), &mut jitter) >= Duration::from_secs(2));
    }

    #[test]
    fn what_a_provider_asks_for_is_the_least_and_a_tenth_is_added() {
        let asked = Duration::from_secs(4);
        let mut jitter = Jitter::new(7);
        for _ in 0..1000 {
            let pause = pause(0, Some(asked), &mut jitter);
            assert!((asked..=asked.mul_f64(1.1)).contains(&pause), "{pause:?}");
        }
    }
}
