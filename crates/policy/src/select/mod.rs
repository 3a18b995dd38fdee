//! In which order the providers of a profile are asked: one strategy per profile. Those that cannot be asked now stand
//! first, so that the deciding code passes them over and says why; the strategy orders the others.

mod latency;
mod turns;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::time::Duration;

pub(crate) use latency::Latencies;
pub(crate) use turns::Turns;

/// How the providers of a profile share its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// In the order of the list.
    #[default]
    Failover,
    /// By weight; with sessions, each session by weighted rendezvous hashing.
    Weighted,
    /// In turns.
    RoundRobin,
    /// Fewest requests under way, by weight.
    LeastBusy,
    /// Shortest time to the first event: peak EWMA times requests under way.
    Fastest,
    /// Lowest expected price of this very request.
    Cheapest,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Failover, Self::Weighted, Self::RoundRobin, Self::LeastBusy, Self::Fastest, Self::Cheapest];

    /// Name in configuration and explanations.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Failover => "failover",
            Self::Weighted => "weighted",
            Self::RoundRobin => "round-robin",
            Self::LeastBusy => "least-busy",
            Self::Fastest => "fastest",
            Self::Cheapest => "cheapest",
        }
    }
}

/// What keeps its requests at one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sticky {
    /// Nothing.
    Off,
    /// A conversation.
    #[default]
    Session,
    /// The directory of a run.
    Project,
}

/// One provider as a strategy sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// Whether it can be asked now.
    pub(crate) usable: bool,
    /// Its weight.
    pub(crate) weight: u32,
    /// Percent of its usual share: less while it comes back after failures.
    pub(crate) share: u32,
    /// Requests under way.
    pub(crate) in_flight: u32,
    /// Expected time to the first event; `None` when it was not measured lately.
    pub(crate) latency: Option<Duration>,
    /// Expected price of this request, millionths of a US dollar; `None` when no price is known.
    pub(crate) price: Option<u64>,
}

impl Standing {
    /// Weight times share: hundredths.
    pub(crate) fn effective(&self) -> u64 {
        u64::from(self.weight) * u64::from(self.share)
    }
}

/// Expected time to the first event of a provider that was not measured and is busy: it must not be flooded before its
/// first answer.
const LATENCY_UNKNOWN: Duration = Duration::from_secs(1);

/// What counts for a strategy that compares, smaller first; infinite goes last.
pub(crate) fn score(strategy: Strategy, standing: &Standing) -> f64 {
    let busy = f64::from(standing.in_flight) + 1.0;
    let share = f64::from(standing.share.max(1)) / 100.0;
    match strategy {
        Strategy::Failover | Strategy::Weighted | Strategy::RoundRobin => 0.0,
        Strategy::LeastBusy if standing.weight == 0 => f64::INFINITY,
        Strategy::LeastBusy => busy / (f64::from(standing.weight) * share),
        Strategy::Fastest => {
            // Nobody is judged before he was tried: one request finds out.
            let unknown = if standing.in_flight == 0 { Duration::ZERO } else { LATENCY_UNKNOWN };
            standing.latency.unwrap_or(unknown).as_secs_f64() * busy / share
        }
        #[expect(clippy::cast_precision_loss, reason = "amounts that differ by less are the same")]
        Strategy::Cheapest => standing.price.map_or(f64::INFINITY, |price| price as f64),
    }
}

/// The place of a session: the higher, the better. A provider that leaves moves its own sessions only.
#[expect(clippy::cast_precision_loss, reason = "53 bits of a hash are random enough")]
pub(crate) fn rendezvous(session: u64, provider: u64, weight: u64) -> f64 {
    let mixed = mix(session ^ mix(provider));
    // In (0, 1): the logarithm of neither end is taken.
    let uniform = ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    if weight == 0 { f64::NEG_INFINITY } else { weight as f64 / -uniform.ln() }
}

/// splitmix64's finaliser: every bit of the input moves every bit of the output.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Orders by ascending rank, then by place in the list.
pub(crate) fn ascending(one: (f64, usize), other: (f64, usize)) -> Ordering {
    one.0.total_cmp(&other.0).then(one.1.cmp(&other.1))
}
