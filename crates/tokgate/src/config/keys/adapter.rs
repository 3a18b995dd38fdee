//! `[adapter.NAME]`

use super::Kind::{Bool, Duration, Text, Texts};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key("adapter.*.enabled", Bool, "true", "Whether it is used.", "是否使用。"),
    key(
        "adapter.*.user_agent",
        Texts,
        "[]",
        "Texts of which one is in the `User-Agent`. One of `user_agent`, `header`, `body` is enough; `cherrystudio`, `lobechat`, `opencat` are known by name.",
        "`User-Agent` 中包含其中之一即可。`user_agent`、`header`、`body` 满足一项就算识别；`cherrystudio`、`lobechat`、`opencat` 按名字已知。",
    ),
    key("adapter.*.header.*", Text, "", "A header and its value, in any case.", "请求头及其值，不分大小写。"),
    key("adapter.*.body", Texts, "[]", "Fields of which one is in the body.", "请求体中含有其中一个字段即可。"),
    key(
        "adapter.*.system",
        Text,
        "",
        "Instructions put before the client's own.",
        "放在客户端自身指令之前的系统提示。",
    ),
    key(
        "adapter.*.strip",
        Texts,
        "[]",
        "What is taken out of the body, written as in `provider.*.lacks`.",
        "从请求体中去掉的内容，写法同 `provider.*.lacks`。",
    ),
    key(
        "adapter.*.keep",
        Texts,
        "[]",
        "What stays although the provider is thought not to take it.",
        "即使认为供应商不支持也保留的内容。",
    ),
    key("adapter.*.set_headers.*", Text, "", "Headers set on the way to the provider.", "发往供应商时设置的请求头。"),
    key("adapter.*.remove_headers", Texts, "[]", "Headers taken away.", "去掉的请求头。"),
    key(
        "adapter.*.session",
        Text,
        "",
        "Where a session id goes when the client sends none: `header:NAME`, `body:FIELD`, `body:metadata.user_id`.",
        "客户端没有会话 id 时放在哪里：`header:名字`、`body:字段`、`body:metadata.user_id`。",
    ),
    key("adapter.*.session_every", Duration, "\"12h\"", "How long that id stays the same.", "该 id 保持不变的时长。"),
];
