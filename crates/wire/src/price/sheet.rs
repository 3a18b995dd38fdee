//! How a vendor's page of prices is written down: one sheet, a line per kind of model.

use super::{Basis, Currency, Day, Peak, Price, Rate, Rates, Tier};

/// A page of prices and what all its lines have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet {
    pub(super) vendors: &'static [&'static str],
    pub(super) currency: Currency,
    pub(super) source: &'static str,
    pub(super) basis: Basis,
    pub(super) read: Day,
}

impl Sheet {
    /// What these models cost, by the length of the input, shortest first.
    pub(super) const fn price(&self, models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
        Price {
            vendors: self.vendors,
            models,
            since: Day::FIRST,
            currency: self.currency,
            tiers,
            peak: None,
            source: self.source,
            basis: self.basis,
            read: self.read,
        }
    }
}

impl Price {
    /// Valid from a day on only.
    pub(super) const fn since(self, day: Day) -> Self {
        Self { since: day, ..self }
    }

    /// With other rates at some hours.
    pub(super) const fn busy(self, hours: &'static [(u64, u64)], rates: Rates) -> Self {
        Self { peak: Some(Peak { hours, rates }), ..self }
    }

    /// As another page than the sheet's says, known in this way.
    pub(super) const fn from(self, source: &'static str, basis: Basis) -> Self {
        Self { source, basis, ..self }
    }
}

impl Rates {
    /// Input and output; what a cache costs is not known.
    pub(super) const fn of(input: &str, output: &str) -> Self {
        Self {
            input: Rate::of(input),
            cache_read: None,
            cache_write_5m: None,
            cache_write_1h: None,
            cache_write: None,
            output: Rate::of(output),
            reasoning: None,
        }
    }

    /// Input, read from the cache, output. Nothing is said of writing to it.
    pub(super) const fn cached(input: &str, read: &str, output: &str) -> Self {
        Self { cache_read: Some(Rate::of(read)), ..Self::of(input, output) }
    }

    /// With what a write costs whose lifetime the tokens do not tell.
    pub(super) const fn written(self, write: &str) -> Self {
        Self { cache_write: Some(Rate::of(write)), ..self }
    }

    /// With what a write for five minutes costs.
    pub(super) const fn for_minutes(self, write: &str) -> Self {
        Self { cache_write_5m: Some(Rate::of(write)), ..self }
    }

    /// With what a write for an hour costs.
    pub(super) const fn for_an_hour(self, write: &str) -> Self {
        Self { cache_write_1h: Some(Rate::of(write)), ..self }
    }

    /// For every length of input.
    pub(super) const fn all(self) -> Tier {
        self.above(0)
    }

    /// For inputs of more tokens than this.
    pub(super) const fn above(self, tokens: u64) -> Tier {
        Tier { above: tokens, rates: self }
    }
}
