//! `[provider.NAME.price."MODEL"]`

use super::Kind::{Choice, Price};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key(
        "provider.*.price.*.input",
        Price,
        "",
        "What a million tokens of input cost; the model is the one sent, names with `*`. Goes before what is known of the vendor.",
        "每百万输入 token 的价格；模型为实际发送的名字，可用 `*`。优先于内置的厂商价格。",
    ),
    key("provider.*.price.*.output", Price, "", "The same for output.", "每百万输出 token 的价格。"),
    key(
        "provider.*.price.*.cache_read",
        Price,
        "",
        "The same for input read from the cache. Without it the cost of an answer with such tokens is unknown.",
        "每百万缓存命中 token 的价格。不写时，含这类 token 的回答费用未知。",
    ),
    key(
        "provider.*.price.*.cache_write",
        Price,
        "",
        "The same for input written to the cache, for any time. Without it unknown.",
        "每百万写入缓存 token 的价格，不论有效期。不写时未知。",
    ),
    key(
        "provider.*.price.*.cache_write_5m",
        Price,
        "",
        "The same, written for five minutes; else `cache_write`.",
        "写入五分钟缓存的价格；不写时用 `cache_write`。",
    ),
    key(
        "provider.*.price.*.cache_write_1h",
        Price,
        "",
        "The same, written for an hour; else `cache_write`.",
        "写入一小时缓存的价格；不写时用 `cache_write`。",
    ),
    key(
        "provider.*.price.*.reasoning",
        Price,
        "",
        "The same for reasoning, where it has a price of its own; else it is output.",
        "推理 token 单独计价时的价格；不写时按输出计。",
    ),
    key(
        "provider.*.price.*.currency",
        Choice(&["USD", "CNY", "EUR", "GBP", "JPY", "KRW", "INR", "HKD", "SGD"]),
        "\"USD\"",
        "Currency of these prices (ISO 4217).",
        "以上价格的货币（ISO 4217）。",
    ),
];
