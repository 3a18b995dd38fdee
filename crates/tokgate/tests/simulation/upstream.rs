//! The providers of a world: good and bad times of each, and what it plays to one attempt.

use std::collections::BTreeMap;
use std::time::Duration;

use tokgate::upstream::{CertificateFault, SendErrorKind};
use tokgate_simulator::Rng;

use crate::swarm::{Chance, Swarm};

/// Every way in which no head comes, with the longest time until that is known, in seconds (`trust` is nobody's but
/// the connector's; the limits are those of the gateway's defaults).
const WAYS: [(SendErrorKind, f64); 14] = [
    (SendErrorKind::DnsNotFound, 0.05),
    (SendErrorKind::DnsFailed, 0.5),
    (SendErrorKind::DnsTimeout, 2.0),
    (SendErrorKind::Refused, 0.05),
    (SendErrorKind::Unreachable, 0.05),
    (SendErrorKind::ConnectTimeout, 3.0),
    (SendErrorKind::TlsTimeout, 5.0),
    (SendErrorKind::TlsAlert, 0.2),
    (SendErrorKind::TlsCertificate(CertificateFault::Expired), 0.2),
    (SendErrorKind::ProxyRefused, 0.2),
    (SendErrorKind::PoolWait, 2.0),
    (SendErrorKind::ResetFresh, 1.0),
    (SendErrorKind::HeadTooLarge, 1.0),
    (SendErrorKind::ProtocolError, 1.0),
];

/// What a provider plays to one attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Play {
    /// The key's program fails.
    KeyUnreadable,
    /// No head, known after this time.
    NoHead(SendErrorKind, Duration),
    /// Silence.
    Silence,
    /// A good answer.
    Good,
    /// A fault of the corpus.
    Fault(usize),
}

/// What is wrong in a bad time.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    One(usize),
    Any,
    Way(SendErrorKind, f64),
    AnyWay,
    Silence,
    /// The provider is as it should be; one of its keys is not.
    Key(u64, KeyTrouble),
}

#[derive(Debug, Clone, Copy)]
enum KeyTrouble {
    Rejected,
    NoBalance,
    Limited,
    Unreadable,
}

/// A way in which everything is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outage {
    /// 503.
    Unavailable,
    /// 500.
    Failing,
    /// Nothing.
    Silent,
}

impl Outage {
    pub(crate) const ALL: [Self; 3] = [Self::Unavailable, Self::Failing, Self::Silent];

    fn fault(self) -> &'static str {
        match self {
            Self::Unavailable => "503",
            Self::Failing => "500",
            Self::Silent => "",
        }
    }
}

/// A provider of the world; configurations come and go above it.
#[derive(Debug)]
pub(crate) struct Upstream {
    trouble: Option<(Trouble, f64)>,
    /// Everything is down, in this way.
    pub(crate) outage: Option<Outage>,
    /// Since when nothing can go wrong here.
    pub(crate) calm_since: Option<Duration>,
}

impl Upstream {
    pub(crate) fn new(swarm: &Swarm) -> Self {
        Self { trouble: None, outage: None, calm_since: (swarm.background == 0.0).then_some(Duration::ZERO) }
    }

    /// The weather turns; how long it stays.
    pub(crate) fn turn(&mut self, rng: &mut Rng, now: Duration, swarm: &Swarm, keys: &[u64]) -> Duration {
        if self.trouble.is_some() {
            self.clear(now, swarm);
            return rng.seconds(swarm.good.0, swarm.good.1);
        }
        self.trouble = trouble(rng, swarm, keys).map(|trouble| (trouble, [0.3, 0.7, 1.0, 1.0][rng.below(4)]));
        if self.trouble.is_some() {
            self.calm_since = None;
        }
        rng.seconds(swarm.bad.0, swarm.bad.1)
    }

    /// The bad time is over.
    pub(crate) fn clear(&mut self, now: Duration, swarm: &Swarm) {
        self.trouble = None;
        self.outage = None;
        self.calm_since = (swarm.background == 0.0).then_some(now);
    }

    /// What began in the bad time fails by it only now, and may cost a key: it is calm from here on.
    pub(crate) fn failed(&mut self, began: Duration, now: Duration) {
        self.calm_since = self.calm_since.map(|since| if began < since { now } else { since });
    }

    /// From now on part of its answers are this fault.
    pub(crate) fn fail(&mut self, fault: usize, chance: f64) {
        self.trouble = Some((Trouble::One(fault), chance));
        self.calm_since = None;
    }

    /// What one attempt with this key meets.
    pub(crate) fn play(&self, rng: &mut Rng, swarm: &Swarm, faults: &KeyFaults, key: Option<u64>, over: bool) -> Play {
        if over {
            return Play::Good;
        }
        if let Some(outage) = self.outage {
            return faults.of(outage.fault()).map_or(Play::Silence, Play::Fault);
        }
        let fault = |rng: &mut Rng| match swarm.faults.len() {
            0 => Play::Good,
            count => Play::Fault(swarm.faults[rng.below(count)]),
        };
        let way = |rng: &mut Rng, (kind, most): (SendErrorKind, f64)| {
            Play::NoHead(kind, Duration::from_secs_f64(rng.between(most / 2.0, most)))
        };
        match self.trouble {
            Some((trouble, chance)) if rng.chance(chance) => match trouble {
                Trouble::One(fault) => Play::Fault(fault),
                Trouble::Any => fault(rng),
                Trouble::Way(kind, most) => way(rng, (kind, most)),
                Trouble::AnyWay => {
                    let drawn = WAYS[rng.below(WAYS.len())];
                    way(rng, drawn)
                }
                Trouble::Silence => Play::Silence,
                Trouble::Key(id, trouble) if key == Some(id) => match trouble {
                    KeyTrouble::Rejected => faults.of("401").map_or(Play::Good, Play::Fault),
                    KeyTrouble::NoBalance => faults.of("429-insufficient-quota").map_or(Play::Good, Play::Fault),
                    KeyTrouble::Limited => faults.of("429-retry-after").map_or(Play::Good, Play::Fault),
                    KeyTrouble::Unreadable => Play::KeyUnreadable,
                },
                Trouble::Key(..) => Play::Good,
            },
            _ if rng.chance(swarm.background) => fault(rng),
            _ => Play::Good,
        }
    }
}

fn trouble(rng: &mut Rng, swarm: &Swarm, keys: &[u64]) -> Option<Trouble> {
    let one = |rng: &mut Rng| {
        let count = swarm.faults.len();
        (count > 0).then(|| Trouble::One(swarm.faults[rng.below(count)]))
    };
    match rng.below(6) {
        0 | 1 => one(rng),
        2 => Some(Trouble::Any),
        3 if swarm.ways => {
            let (kind, most) = WAYS[rng.below(WAYS.len())];
            Some(if rng.chance(0.3) { Trouble::AnyWay } else { Trouble::Way(kind, most) })
        }
        4 if swarm.silence => Some(Trouble::Silence),
        5 if swarm.key_trouble && !keys.is_empty() => {
            let trouble = match rng.below(4) {
                0 | 1 => KeyTrouble::Rejected,
                2 => KeyTrouble::NoBalance,
                _ if swarm.unreadable_keys => KeyTrouble::Unreadable,
                _ => KeyTrouble::Limited,
            };
            Some(Trouble::Key(keys[rng.below(keys.len())], trouble))
        }
        _ => one(rng),
    }
}

/// Where the faults that are meant by name stand in the corpus.
#[derive(Debug)]
pub(crate) struct KeyFaults(BTreeMap<String, usize>);

impl KeyFaults {
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self(names.enumerate().map(|(place, name)| (name.to_owned(), place)).collect())
    }

    /// The place of one.
    pub(crate) fn of(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }
}
