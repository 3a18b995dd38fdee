//! Notices that the machine slept, that this process stood still, or that the machine is in another network: connections
//! made before are dead.

use std::fmt;
use std::time::Duration;

use super::Gateway;
use crate::clock;

/// How often we look.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The clock that counts sleep this far ahead of the one that does not means that the machine slept, and that connections
/// are dead.
const SLEPT: Duration = Duration::from_secs(30);

/// A look that is late by more, as the clocks agree, means that this process stood still: it was stopped, or its virtual
/// machine paused. No busy machine is this late.
const STOOD_STILL: Duration = Duration::from_secs(30);

/// Less is how the clocks are read one after the other.
const NAP: Duration = Duration::from_secs(1);

/// The routes of Linux. Elsewhere a change of network is noticed by connections that fail.
const ROUTES: &str = "/proc/net/route";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// It slept so long.
    Slept(Duration),
    /// This process did, for so long, and the clocks went on.
    StoodStill(Duration),
    /// Another way leads out.
    Network,
}

impl fmt::Display for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slept(slept) => write!(f, "the machine slept for {} s", slept.as_secs()),
            Self::StoodStill(still) => write!(f, "the process stood still for {} s", still.as_secs()),
            Self::Network => f.write_str("the default route changed"),
        }
    }
}

/// Compares what is now with what was.
#[derive(Debug)]
pub(super) struct Watch {
    last: Seen,
    /// Somebody looks every [`LOOK_EVERY`].
    looked: bool,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    since_boot: Duration,
    monotonic: Duration,
    /// Where packets for anywhere go; `None` without a network.
    route: Option<String>,
}

impl Watch {
    /// From now on.
    pub(super) fn start() -> Self {
        Self { last: Seen::now(), looked: false }
    }

    /// What happened since the last look, and how long the machine slept.
    fn look(&mut self) -> (Option<Wake>, Duration) {
        let now = Seen::now();
        let late = std::mem::replace(&mut self.looked, true);
        let (wake, slept) = (now.after(&self.last, late), now.slept_since(&self.last));
        self.last = now;
        (wake, slept)
    }

    /// Whether the machine slept, or this process stood still, since the last look, as the clocks alone tell.
    fn has_slept(&self) -> bool {
        let now = Seen::clocks();
        now.slept_since(&self.last) > SLEPT || (self.looked && now.stood_still_since(&self.last).is_some())
    }
}

impl Gateway {
    /// Looks whether the machine slept, this process stood still, or the network is another. Connections made before are dead then, and what was
    /// learned of the way to providers is old.
    pub fn look_around(&self) {
        let (wake, slept) = self.watch().lock().look();
        if slept > NAP {
            clock::slept(slept);
        }
        let Some(wake) = wake else { return };
        tracing::info!(%wake, "idle connections are closed, providers that were left alone are tried again");
        self.upstream().retire_idle();
        self.engine().resumed(clock::since_start(clock::now()));
    }

    /// The same as soon as something fails: what fails because the machine slept must not count, and nobody waits for the
    /// next look.
    pub fn look_whether_it_slept(&self) {
        if self.watch().lock().has_slept() {
            self.look_around();
        }
    }
}

impl Seen {
    fn now() -> Self {
        let route = std::fs::read_to_string(ROUTES).ok().and_then(|routes| default_route(&routes));
        Self { route, ..Self::clocks() }
    }

    fn clocks() -> Self {
        Self { since_boot: clock::since_boot(), monotonic: clock::awake(clock::now()), route: None }
    }

    fn slept_since(&self, before: &Self) -> Duration {
        let passed = self.since_boot.saturating_sub(before.since_boot);
        passed.saturating_sub(self.monotonic.saturating_sub(before.monotonic))
    }

    /// How long this process stood still since a look after which another was due in [`LOOK_EVERY`].
    fn stood_still_since(&self, before: &Self) -> Option<Duration> {
        let late = self.monotonic.saturating_sub(before.monotonic).saturating_sub(LOOK_EVERY);
        (late > STOOD_STILL).then_some(late)
    }

    /// What happened since `before`; with `due`, this look was due [`LOOK_EVERY`] after it.
    fn after(&self, before: &Self, due: bool) -> Option<Wake> {
        let slept = self.slept_since(before);
        if slept > SLEPT {
            Some(Wake::Slept(slept))
        } else if let Some(still) = self.stood_still_since(before).filter(|_| due) {
            Some(Wake::StoodStill(still))
        } else {
            // Without a network there is nothing to try.
            (self.route.is_some() && self.route != before.route).then_some(Wake::Network)
        }
    }
}

/// Interface and gateway of the first default route, in the kernel's own words. Lines are interface, destination,
/// gateway and more; the destination of a default route is zero (proc(5), `/proc/net/route`).
fn default_route(routes: &str) -> Option<String> {
    routes.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (interface, destination, gateway) = (fields.next()?, fields.next()?, fields.next()?);
        (destination == "00000000").then(|| format!("{interface} {gateway}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(since_boot: u64, monotonic: u64, route: Option<&str>) -> Seen {
        let secs = Duration::from_secs;
        Seen { since_boot: secs(since_boot), monotonic: secs(monotonic), route: route.map(str::to_owned) }
    }

    #[test]
    fn a_gap_between_the_clocks_is_sleep_and_a_look_that_was_due_and_is_late_a_stop() {
        let before = seen(1_000, 100, Some("eth0 0102A8C0"));
        let secs = Duration::from_secs;
        for (since_boot, monotonic, wanted) in [
            (1_005, 105, None),
            (1_035, 135, None),
            (1_036, 136, Some(Wake::StoodStill(secs(31)))),
            (1_300, 400, Some(Wake::StoodStill(secs(295)))),
            (1_035, 105, None),
            (1_336, 105, Some(Wake::Slept(secs(331)))),
            (1_036, 105, Some(Wake::Slept(secs(31)))),
        ] {
            let now = seen(since_boot, monotonic, Some("eth0 0102A8C0"));
            assert_eq!(now.after(&before, true), wanted, "{since_boot} {monotonic}");
        }
        let first = seen(1_300, 400, Some("eth0 0102A8C0"));
        assert_eq!(first.after(&before, false), None, "the first look is due at no time");
    }

    #[test]
    fn another_default_route_is_another_network_and_none_is_nothing() {
        for (before, now, wanted) in [
            (Some("wlan0 1"), Some("wlan0 1"), None),
            (Some("wlan0 1"), Some("eth0 1"), Some(Wake::Network)),
            (Some("wlan0 1"), None, None),
            (None, Some("wlan0 1"), Some(Wake::Network)),
            (None, None, None),
        ] {
            assert_eq!(seen(5, 5, now).after(&seen(0, 0, before), true), wanted, "{before:?} → {now:?}");
        }
    }

    #[test]
    fn the_default_route_is_read_from_the_kernels_table() {
        let table = "Iface\tDestination\tGateway \tFlags\n\
                     docker0\t000011AC\t00000000\t0001\n\
                     eth0\t00000000\t010011AC\t0003\n";
        assert_eq!(default_route(table).as_deref(), Some("eth0 010011AC"));
        for none in ["", "Iface\tDestination", "Iface\nshort", "Iface\nlo\t0000007F\t00000000"] {
            assert_eq!(default_route(none), None, "{none:?}");
        }
    }

    #[test]
    fn nothing_happened_between_two_looks() {
        let mut watch = Watch::start();
        assert!(!watch.has_slept());
        let (wake, slept) = watch.look();
        assert!(wake.is_none() && slept < NAP, "{slept:?}");
    }
}
