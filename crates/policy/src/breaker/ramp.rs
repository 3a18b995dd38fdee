//! How many requests may begin at a provider that has just come back: few at first, twice as many every tenth of a second.
//! Those who waited for it would otherwise arrive together and bring it down again. After a second or two it means nothing.

use std::time::Duration;

/// Requests in the first step. Two tests came before them.
const FIRST: u32 = 2;

/// Length of a step; in each, twice as many may have begun in all.
const STEP: Duration = Duration::from_millis(100);

/// Steps after which nothing is held back: beyond eight thousand requests, about all that there can be.
const STEPS_MAX: u32 = 12;

/// When the next request may begin, so long after the return, when so many have begun since; nothing: now.
pub(super) fn wait(elapsed: Duration, begun: u32) -> Option<Duration> {
    let step = u32::try_from(elapsed.as_millis() / STEP.as_millis()).unwrap_or(u32::MAX);
    (step < STEPS_MAX && begun >= FIRST << step).then(|| (STEP * (step + 1)).saturating_sub(elapsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_begin_at_once_and_twice_as_many_each_tenth_of_a_second() {
        let ms = Duration::from_millis;
        assert_eq!([wait(ms(0), 1), wait(ms(0), 2), wait(ms(40), 2)], [None, Some(ms(100)), Some(ms(60))]);
        assert_eq!([wait(ms(100), 2), wait(ms(100), 3), wait(ms(150), 4)], [None, None, Some(ms(50))]);
        assert_eq!([wait(ms(1_200), u32::MAX), wait(Duration::MAX, u32::MAX)], [None, None]);
    }
}
