//! `[health]`

use super::Kind::{Bool, Choice, Duration};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key(
        "health.enabled",
        Bool,
        "true",
        "Whether providers in trouble, and those not used for 5 minutes, are looked at in the background. It costs no tokens.",
        "是否在后台查看有问题的以及 5 分钟未使用的供应商。不消耗 token。",
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
        Choice(&["models", "passive"]),
        "\"models\"",
        "What is asked: the list of models with the key, where there is one, or only whether the address can be reached.",
        "询问什么：用密钥读取模型列表（若有），或只看地址是否可达。",
    ),
    key(
        "health.quiet_when_idle",
        Duration,
        "\"15m\"",
        "Nothing is looked at when the last request was so long ago.",
        "距上一个请求超过这么久时不再查看。",
    ),
];
