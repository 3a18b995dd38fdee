//! How long a job waits after a try that failed.

use std::time::Duration;

/// How tries follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// After `first`, then `factor` times as long each time, at most `longest`.
    #[default]
    Exponential,
    /// After `first`, every time.
    Fixed,
    /// At once, or when the provider says.
    Immediate,
    /// Only when a person says so.
    Manual,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Exponential, Self::Fixed, Self::Immediate, Self::Manual];

    /// The name in configuration and storage.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Exponential => "exponential",
            Self::Fixed => "fixed",
            Self::Immediate => "immediate",
            Self::Manual => "manual",
        }
    }

    /// Reads [`Strategy::id`] back.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.id() == id)
    }
}

/// A strategy with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Which.
    pub strategy: Strategy,
    /// The first pause.
    pub first: Duration,
    /// How much longer each further pause is, in hundredths: 200 doubles it.
    pub factor: u32,
    /// The longest pause of our own; a provider may ask for a longer one.
    pub longest: Duration,
}

impl Default for Retries {
    /// 5 s, 10 s, 20 s … 300 s: an overload is over within seconds, an outage is not, and nobody waits at a screen.
    fn default() -> Self {
        Self {
            strategy: Strategy::Exponential,
            first: Duration::from_secs(5),
            factor: 200,
            longest: Duration::from_secs(300),
        }
    }
}

impl Retries {
    /// Pause after the `tries`th try failed and the provider asked for `asked`; `None`: until a person says so.
    pub fn pause(&self, tries: u32, asked: Option<Duration>) -> Option<Duration> {
        let own = match self.strategy {
            Strategy::Manual => return None,
            Strategy::Immediate => Duration::ZERO,
            Strategy::Fixed => self.first.min(self.longest),
            Strategy::Exponential => self.grown(tries),
        };
        Some(own.max(asked.unwrap_or_default()))
    }

    /// `first` times `factor` to the power of `tries - 1`, at most `longest`.
    fn grown(&self, tries: u32) -> Duration {
        let mut pause = self.first;
        for _ in 1..tries {
            if pause >= self.longest || self.factor <= 100 {
                break;
            }
            pause = pause.saturating_mul(self.factor) / 100;
        }
        pause.min(self.longest)
    }
}
