//! `[profile.NAME]` and `[[route]]`

use super::Kind::{Choice, Text, Texts};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key(
        "profile.*.providers",
        Texts,
        "",
        "Providers of this profile. Without any profile, one named `default` holds every enabled provider.",
        "此方案的供应商。没有任何方案时，会有一个名为 `default`、包含全部启用供应商的方案。",
    ),
    key(
        "profile.*.strategy",
        Choice(&["failover", "weighted", "round-robin", "least-busy", "fastest", "cheapest"]),
        "\"failover\"",
        "Who is asked first: in the order of the list, by weight, in turns, who has the fewest requests, who begins soonest, or who costs least. The others follow when it fails.",
        "先请求谁：按列表顺序、按权重、轮流、请求最少的、最先开始回答的、或最便宜的。失败后再试其余的。",
    ),
    key(
        "profile.*.sticky",
        Choice(&["off", "session", "project"]),
        "\"session\"",
        "What stays at its provider while the prompt cache there is warm (5 minutes): nothing, a conversation, or a project.",
        "提示缓存仍有效（5 分钟）时，什么保持在原供应商：无、一个会话、或一个项目。",
    ),
    key("profile.*.note", Text, "", "Free text.", "备注。"),
    key(
        "route.name",
        Text,
        "",
        "Name of the rule, shown in `why`. `[[route]]`: the first rule that matches wins.",
        "规则名，会显示在 `why` 里。`[[route]]`：第一条匹配的规则生效。",
    ),
    key(
        "route.match.model",
        Text,
        "",
        "Model asked for; `*` and `?` as in file names.",
        "请求的模型；可像文件名那样用 `*` 和 `?`。",
    ),
    key("route.match.user", Text, "", "User id in the request.", "请求里的用户标识。"),
    key("route.match.path", Text, "", "Path of the request.", "请求路径。"),
    key(
        "route.match.client",
        Text,
        "",
        "Client: `claude`, `codex`, `opencode`, …",
        "客户端：`claude`、`codex`、`opencode`……",
    ),
    key("route.match.project", Text, "", "Folder of the run; `**` crosses folders.", "运行所在目录；`**` 可跨目录。"),
    key("route.match.header.*", Text, "", "Header of the request.", "请求头。"),
    key("route.to", Text, "", "`provider:NAME` or `profile:NAME`.", "`provider:名字` 或 `profile:名字`。"),
    key("route.model", Text, "", "Model sent instead of the one asked for.", "改为发送的模型。"),
];
