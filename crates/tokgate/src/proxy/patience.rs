//! patience: how long a client waits for its answer, as far as it says so. Nobody waits for longer than one whole answer
//! may take and another provider needs that is asked instead.

use std::time::Duration;

use tokgate_wire::prefer;

use super::context::{Context, Transport};
use super::names::{Heads, Known};
use crate::clock;

/// When the client stops waiting, in the policy's time. Nobody waits for a try of a job: the queue has its own deadline.
pub fn deadline(context: &Context) -> Option<Duration> {
    if context.caller.transport == Transport::Job {
        return None;
    }
    let longest = context.snapshot.providers.iter().map(|provider| provider.deadlines.total).max();
    let patience = said(context.headers.known()).into_iter().chain(longest.map(own)).min()?;
    clock::since_start(context.started).checked_add(patience)
}

/// Time for another provider at least, however short a whole answer may take: one try must not use it all up.
const ANOTHER_MIN: Duration = Duration::from_secs(30);

/// How long a request may go on where its client says nothing. `longest`: what one whole answer may take. An attempt that
/// was silent for so long leaves time for another one, and a second such attempt leaves none for a third.
fn own(longest: Duration) -> Duration {
    longest.saturating_add((longest / 2).max(ANOTHER_MIN))
}

/// What the client says: its SDK's timeouts, whole or of a single read, or what it prefers (RFC 7240).
pub fn said(known: Heads<'_>) -> Option<Duration> {
    let timeouts = [Known::Timeout, Known::ReadTimeout].into_iter().filter_map(|name| seconds(known.text(name)?));
    let values = known.values(Known::Prefer).filter_map(|value| value.to_str().ok());
    let preferred = prefer::read(values);
    // With the other wish it is for how long the answer about a job may take.
    timeouts.chain(preferred.wait.filter(|_| !preferred.respond_async)).min()
}

/// `600`, `8.5`; nothing for what is no time.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> Option<u64> {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let map: HeaderMap = headers.iter().map(pair).collect();
        said(Heads::of(&map)).map(|patience| u64::try_from(patience.as_millis()).unwrap())
    }

    /// The whole time once was that of one attempt: after a silent provider nobody else was asked.
    #[test]
    fn an_attempt_that_takes_all_its_time_leaves_time_for_another_provider() {
        let seconds = |whole: u64| own(Duration::from_secs(whole)).as_secs();
        assert_eq!([seconds(600), seconds(12), seconds(1)], [900, 42, 31]);
        assert!(seconds(600) < 2 * 600, "two of them are enough");
        assert_eq!(own(Duration::MAX), Duration::MAX);
    }

    #[test]
    fn whatever_a_client_says_about_its_patience_is_heard_and_the_shortest_counts() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("x-stainless-timeout", "8")]), Some(8_000));
        assert_eq!(of(&[("x-stainless-timeout", "8.5")]), Some(8_500));
        assert_eq!(of(&[("x-stainless-read-timeout", "8.0")]), Some(8_000));
        assert_eq!(of(&[("prefer", "wait=8")]), Some(8_000));
        assert_eq!(of(&[("prefer", "wait=120")]), Some(120_000));
        assert_eq!(of(&[("x-stainless-timeout", "600"), ("x-stainless-read-timeout", "30")]), Some(30_000));
        assert_eq!(of(&[("prefer", "respond-async, wait=8")]), None, "that is about a job");
        for nonsense in ["", "soon", "NaN", "inf", "-1", "0", "1e300"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }
}
