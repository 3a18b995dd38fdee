//! `[ui]`

use super::Kind::{Choice, Text};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key("ui.language", Choice(&["auto", "zh", "en"]), "\"auto\"", "Language of messages.", "消息语言。"),
    key(
        "ui.default_client",
        Text,
        "",
        "Client that a bare `tokgate run` starts.",
        "单独执行 `tokgate run` 时启动的客户端。",
    ),
];
