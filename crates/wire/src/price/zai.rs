//! GLM for accounts of Z.ai that pay by use. What bigmodel.cn asks in yuan is not known here, and a coding plan has no
//! price per token.
//!
//! Writing to the cache is free of charge beyond the input.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

const PAGE: Sheet = Sheet {
    vendors: &["zai"],
    currency: Currency::Usd,
    source: "https://docs.z.ai/guides/overview/pricing",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

pub(super) static PRICES: &[Price] = &[
    PAGE.price(&["glm-5.3", "glm-5.2", "glm-5.1"], &[Rates::cached("1.40", "0.26", "4.40").all()]),
    PAGE.price(&["glm-5"], &[Rates::cached("1", "0.20", "3.20").all()]),
    PAGE.price(&["glm-4.7", "glm-4.6"], &[Rates::cached("0.60", "0.11", "2.20").all()]),
];
