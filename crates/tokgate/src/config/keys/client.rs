//! `[client.NAME]`

use super::Kind::{Bool, Text, Texts};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key("client.*.profile", Text, "", "Profile of its runs.", "运行时使用的方案。"),
    key("client.*.args", Texts, "[]", "Arguments put before the user's own.", "放在用户参数之前的参数。"),
    key("client.*.env.*", Text, "", "Variables set for it.", "为它设置的环境变量。"),
    key("client.*.command", Text, "", "Program to start instead of the usual name.", "代替默认名称启动的程序。"),
    key("client.*.small_model", Text, "", "Model for its small background work.", "其后台小任务用的模型。"),
    key("client.*.models.opus", Text, "", "Model for its `opus` slot.", "其 `opus` 档位的模型。"),
    key("client.*.models.sonnet", Text, "", "Model for its `sonnet` slot.", "其 `sonnet` 档位的模型。"),
    key("client.*.models.haiku", Text, "", "Model for its `haiku` slot.", "其 `haiku` 档位的模型。"),
    key(
        "client.*.quiet_traffic",
        Bool,
        "true",
        "Switch its own telemetry and update traffic off.",
        "关闭它自己的遥测和更新流量。",
    ),
];
