//! The one file that reads the time.
//!
//! Monotonic time runs deadlines and policy; wall time goes into records, logs and HTTP dates.

use std::sync::LazyLock;
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

/// Monotonic time since a fixed moment before the process began, as the policy crate wants it.
pub fn since_start(now: Instant) -> Duration {
    now.saturating_duration_since(*EPOCH) + BEFORE
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

/// Hour of the day where this machine is.
pub fn local_hour() -> u8 {
    let now = i64::try_from(unix_ms()).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    now.and_then(|now| u8::try_from(now.to_zoned(jiff::tz::TimeZone::system()).hour()).ok()).unwrap_or(0)
}
