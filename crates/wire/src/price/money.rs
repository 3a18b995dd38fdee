//! Amounts of money.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Trillionths of a currency's unit.
const UNIT: u64 = 1_000_000_000_000;

/// Currencies that accounts are billed in. Amounts of different ones are never added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Currency {
    /// US dollar.
    Usd,
    /// Chinese yuan.
    Cny,
    /// Euro.
    Eur,
    /// Pound sterling.
    Gbp,
    /// Japanese yen.
    Jpy,
    /// Korean won.
    Krw,
    /// Indian rupee.
    Inr,
    /// Hong Kong dollar.
    Hkd,
    /// Singapore dollar.
    Sgd,
}

impl Currency {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::Usd, Self::Cny, Self::Eur, Self::Gbp, Self::Jpy, Self::Krw, Self::Inr, Self::Hkd, Self::Sgd];

    /// Its code. Source: ISO 4217.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Cny => "CNY",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Jpy => "JPY",
            Self::Krw => "KRW",
            Self::Inr => "INR",
            Self::Hkd => "HKD",
            Self::Sgd => "SGD",
        }
    }

    /// Reads [`Currency::id`] back.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|currency| currency.id() == id)
    }

    /// The sign before an amount; no two share one.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Usd => "$",
            Self::Cny => "¥",
            Self::Eur => "€",
            Self::Gbp => "£",
            Self::Jpy => "JP¥",
            Self::Krw => "₩",
            Self::Inr => "₹",
            Self::Hkd => "HK$",
            Self::Sgd => "S$",
        }
    }
}

/// What a million tokens cost, in millionths of the currency: $0.0028 is 2 800.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Rate(pub u64);

impl Rate {
    /// Dearest that is believed, units of currency per million tokens: a thousand times what any model costs.
    pub const UNITS_MAX: u64 = 1_000_000;

    /// Reads a decimal with at most six places (`12.50`); nothing for anything else.
    pub const fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (mut value, mut places, mut digits, mut at) = (0_u64, None, 0, 0);
        while at < bytes.len() {
            match bytes[at] {
                digit @ b'0'..=b'9' => {
                    value = value * 10 + (digit - b'0') as u64;
                    digits += 1;
                    if let Some(so_far) = places {
                        places = Some(so_far + 1);
                    }
                }
                b'.' if places.is_none() && digits > 0 => places = Some(0),
                _ => return None,
            }
            if value > Self::UNITS_MAX * 1_000_000 || matches!(places, Some(7..)) {
                return None;
            }
            at += 1;
        }
        let mut missing = match places {
            None => 6,
            Some(0) => return None,
            Some(places) => 6 - places,
        };
        while missing > 0 {
            value *= 10;
            missing -= 1;
        }
        if digits == 0 || value > Self::UNITS_MAX * 1_000_000 { None } else { Some(Self(value)) }
    }

    /// The exact decimal that [`Rate::parse`] reads back: `12.5`.
    pub fn amount(self) -> String {
        decimal(format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000))
    }

    /// The same for the tables here, where a mistake stops the build.
    #[allow(clippy::panic, reason = "only evaluated while compiling")]
    pub(super) const fn of(text: &str) -> Self {
        match Self::parse(text) {
            Some(rate) => rate,
            None => panic!("not a rate"),
        }
    }
}

/// What something cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Trillionths of the currency's unit.
    pub trillionths: u64,
    /// Currency.
    pub currency: Currency,
}

impl Cost {
    /// The exact amount as a decimal: `0.0123`.
    pub fn amount(&self) -> String {
        decimal(format!("{}.{:012}", self.trillionths / UNIT, self.trillionths % UNIT))
    }

    /// The amount for a person: two places, or as many as show two digits: `$12.50`, `¥0.0031`.
    pub fn shown(&self) -> String {
        let mut places = 2;
        // Half of the last place shown.
        while places < 6 && self.trillionths > 0 && self.trillionths < 10 * UNIT / 10_u64.pow(places) {
            places += 1;
        }
        let step = UNIT / 10_u64.pow(places);
        let rounded = self.trillionths.saturating_add(step / 2) / step;
        let (whole, part) = (rounded / 10_u64.pow(places), rounded % 10_u64.pow(places));
        let mut out = self.currency.sign().to_owned();
        if rounded == 0 && self.trillionths > 0 {
            out.insert(0, '<');
            let _ = write!(out, "0.{:0width$}", 1, width = places as usize);
        } else {
            let _ = write!(out, "{whole}.{part:0width$}", width = places as usize);
        }
        out
    }
}

/// Without the zeros that say nothing.
fn decimal(mut digits: String) -> String {
    let end = digits.trim_end_matches('0').trim_end_matches('.').len();
    digits.truncate(end);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_exactly_and_nothing_else_is_a_rate() {
        for (text, millionths) in [
            ("5", 5_000_000),
            ("12.50", 12_500_000),
            ("0.0028", 2_800),
            ("0.003625", 3_625),
            ("0", 0),
            ("1000000", 1_000_000_000_000),
        ] {
            assert_eq!(Rate::parse(text), Some(Rate(millionths)), "{text}");
            assert_eq!(Rate::parse(&Rate(millionths).amount()), Some(Rate(millionths)), "{text}");
        }
        assert_eq!((&*Rate(12_500_000).amount(), &*Rate(0).amount(), &*Rate(10_000_000).amount()), ("12.5", "0", "10"));
        for text in ["", ".5", "5.", "-1", "1e3", "0.0000001", "1000001", "1,5", "99999999999999999999", "1.2.3"] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn each_currency_has_a_code_and_a_sign_of_its_own() {
        let signs: std::collections::HashSet<&str> = Currency::ALL.iter().map(|currency| currency.sign()).collect();
        assert_eq!(signs.len(), Currency::ALL.len());
        for currency in Currency::ALL {
            assert_eq!(Currency::from_id(currency.id()), Some(currency));
        }
    }

    #[test]
    fn amounts_are_exact_for_programs_and_short_for_people() {
        let cost = |trillionths, currency| Cost { trillionths, currency };
        for (trillionths, amount, shown) in [
            (12_500_000_000_000, "12.5", "$12.50"),
            (1_000_000_000_000, "1", "$1.00"),
            (61_234_000_000, "0.061234", "$0.061"),
            (3_140_000_000, "0.00314", "$0.0031"),
            (2_800, "0.0000000028", "<$0.000001"),
            (0, "0", "$0.00"),
        ] {
            let cost = cost(trillionths, Currency::Usd);
            assert_eq!((&*cost.amount(), &*cost.shown()), (amount, shown));
        }
        assert_eq!(cost(610_000_000_000, Currency::Cny).shown(), "¥0.61");
    }
}
