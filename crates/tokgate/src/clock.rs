//! The one file that reads the time.
//!
//! Monotonic time runs deadlines and policy; wall time goes into records, logs and HTTP dates.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

static EPOCH: LazyLock<Instant> = LazyLock::new(now);

/// Monotonic now (pauses with tokio's test clock).
#[allow(clippy::disallowed_methods, reason = "this is the clock file")]
pub fn now() -> Instant {
    Instant::now()
}

/// The time that the policy crate is given begins so long before the process: what is remembered from before a restart
/// has a moment too. Longer than anything is kept.
const BEFORE: Duration = Duration::from_secs(400 * 24 * 3_600);

/// How long the machine has slept since the process began, as far as it was noticed, milliseconds.
static SLEPT_MS: AtomicU64 = AtomicU64::new(0);

/// Monotonic time since a fixed moment before the process began, as the policy crate wants it. It goes on while the machine
/// sleeps, once that has been noticed: a rest, a switch and a warm cache have their ends in the calendar.
pub fn since_start(now: Instant) -> Duration {
    awake(now) + Duration::from_millis(SLEPT_MS.load(Ordering::Relaxed)) + BEFORE
}

/// Monotonic time since the process began, without what the machine has slept.
pub fn awake(now: Instant) -> Duration {
    now.saturating_duration_since(*EPOCH)
}

/// The machine has slept for so long more.
pub fn slept(time: Duration) {
    SLEPT_MS.fetch_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Time since the machine was started, its sleep included, which the monotonic clock leaves out.
pub fn since_boot() -> Duration {
    // Apple's monotonic clock goes on during sleep, that of the standard library does not.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = rustix::time::ClockId::Monotonic;
    Duration::try_from(rustix::time::clock_gettime(clock)).unwrap_or_default()
}

/// Milliseconds since the Unix epoch.
#[allow(clippy::disallowed_methods, reason = "this is the clock file")]
pub fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Wall time at moment 0 of [`since_start`], milliseconds; 0 before the first look.
static ZERO_UNIX_MS: AtomicU64 = AtomicU64::new(0);
/// Two looks at the two clocks differ by less; one that was set differs by more.
const SAME_CLOCK_MS: u64 = 100;

/// Wall time of a moment of [`since_start`], milliseconds: the same moment is told as the same time whenever it is asked
/// for, unless the wall clock was set in between.
pub fn unix_ms_of(moment_ms: u64) -> u64 {
    let zero = unix_ms().saturating_sub(millis(since_start(now())));
    let known = ZERO_UNIX_MS.load(Ordering::Relaxed);
    if zero.abs_diff(known) < SAME_CLOCK_MS {
        return known.saturating_add(moment_ms);
    }
    ZERO_UNIX_MS.store(zero, Ordering::Relaxed);
    zero.saturating_add(moment_ms)
}

/// Whole milliseconds.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Hour of the day where this machine is.
pub fn local_hour() -> u8 {
    let now = i64::try_from(unix_ms()).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    now.and_then(|now| u8::try_from(now.to_zoned(jiff::tz::TimeZone::system()).hour()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policys_time_goes_on_while_the_machine_sleeps() {
        let moment = now();
        let (before, awake_before) = (since_start(moment), awake(moment));
        slept(Duration::from_millis(2));
        assert!(since_start(moment) >= before + Duration::from_millis(2));
        assert_eq!(awake(moment), awake_before);
    }
}
