//! `[health]`

use super::Kind::{Bool, Choice, DailyMoney, Duration};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key(
        "health.enabled",
        Bool,
        "true",
        "Whether providers in trouble, and those not used for 5 minutes, are looked at in the background.",
        "是否在后台查看有问题的以及 5 分钟未使用的供应商。",
    ),
    key(
        "health.every",
        Duration,
        "\"1m\"",
        "Pause between two looks at a provider, at least 30s.",
        "两次查看同一供应商的间隔，至少 30s。",
    ),
    key("health.timeout", Duration, "\"10s\"", "How long a look may take.", "一次查看最多用多久。"),
    key(
        "health.probe",
        Choice(&["models", "passive", "message"]),
        "\"models\"",
        "What is asked: the list of models with the key, where there is one; or only whether the address can be reached; or, every 10 minutes at most, a small message to a model, which costs tokens.",
        "询问什么：用密钥读取模型列表（若有）；或只看地址是否可达；或（最多每 10 分钟一次）给模型发一条很短的消息，会消耗 token。",
    ),
    key(
        "health.probe_budget",
        DailyMoney,
        "\"0.02/day\"",
        "What such messages may cost in a day (UTC), all together. One is asked only when the most it may cost is left, and the model's price is known; 7 yuan count as a dollar, other currencies as unknown.",
        "这些消息每天（UTC）合计最多花费多少。只有剩余金额够付一条的最高费用、且已知模型价格时才会发送；7 元人民币按 1 美元计，其他货币视为未知。",
    ),
    key(
        "health.quiet_when_idle",
        Duration,
        "\"15m\"",
        "Nothing is looked at when the last request was so long ago.",
        "距上一个请求超过这么久时不再查看。",
    ),
];
