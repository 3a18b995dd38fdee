//! Qwen for keys of the Beijing region, in yuan. Reading from a cache that was asked for costs something else than from one that
//! was not, and the tokens do not tell them apart: unknown.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

const PAGE: Sheet = Sheet {
    vendors: &["qwen"],
    currency: Currency::Cny,
    source: "https://help.aliyun.com/zh/model-studio/models",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

pub(super) static PRICES: &[Price] = &[PAGE.price(
    &["qwen3-max"],
    &[Rates::of("2.50", "10").all(), Rates::of("4", "16").above(32_000), Rates::of("7", "28").above(128_000)],
)];
