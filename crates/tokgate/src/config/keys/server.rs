//! `[server]`

use super::Kind::{Bool, Count, Duration, File, Integer, Listen, Listens, Reference, Size, Texts};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key(
        "server.listen",
        Listen,
        "\"127.0.0.1:7711\"",
        "Address for all clients. `\":8080\"` means this machine only.",
        "所有客户端使用的地址。`\":8080\"` 表示只监听本机。",
    ),
    key("server.also_listen", Listens, "[]", "Further addresses with the same answers.", "提供同样服务的其他地址。"),
    key(
        "server.local_key",
        Reference,
        "\"auto\"",
        "Key that callers must show. `auto`: made on first start. `off`: nobody needs one, on this machine only.",
        "调用者必须出示的密钥。`auto`：首次启动时生成。`off`：不需要，仅限本机。",
    ),
    key(
        "server.allow_origins",
        Texts,
        "[]",
        "Web pages (exact origins) that may read answers in a browser.",
        "允许在浏览器里读取回答的网页来源（完整写出）。",
    ),
    key(
        "server.hosts",
        Texts,
        "[]",
        "Further `Host` names that are accepted besides this machine's own.",
        "除本机名称外还接受的 `Host` 名。",
    ),
    key(
        "server.tls.cert",
        File,
        "",
        "Certificate chain (PEM). Needed, with `key`, to listen beyond this machine.",
        "证书链（PEM）。要让其他机器访问，必须与 `key` 一起提供。",
    ),
    key("server.tls.key", File, "", "Private key (PEM) of `cert`.", "`cert` 的私钥（PEM）。"),
    key(
        "server.max_connections",
        Integer,
        "10000",
        "Connections held open at once; more are refused.",
        "同时保持的连接数；超出的拒绝。",
    ),
    key(
        "server.max_concurrent",
        Integer,
        "10000",
        "Requests in flight; more wait in line.",
        "同时处理的请求数；超出的排队等候。",
    ),
    key(
        "server.max_waiting",
        Integer,
        "2000",
        "Requests that may wait in line; more are answered 503 with `retry-after`.",
        "可以排队等候的请求数；超出的以 503 和 `retry-after` 回答。",
    ),
    key("server.max_body", Size, "\"64MiB\"", "Largest request body.", "请求体大小上限。"),
    key(
        "server.max_repeats",
        Count,
        "8",
        "The same request of a coding agent's conversation, answered so often within a minute; more are refused, as it goes round in a circle. `off`: always answered. Scripts and tests without a conversation or tools are never refused.",
        "编程代理的同一会话在一分钟内可重复同一请求的次数；超出视为陷入循环而拒绝。`off`：不限制。没有会话或工具的脚本和测试从不拒绝。",
    ),
    key(
        "server.websocket",
        Bool,
        "true",
        "Responses over WebSocket, as Codex asks for it first. Off, it is answered 426 and goes on by POST.",
        "通过 WebSocket 使用 Responses，Codex 会先请求它。关闭时返回 426，改用 POST。",
    ),
    key(
        "server.drain",
        Duration,
        "",
        "How long running streams may finish on stop. Without it 30s in the foreground, 10m in the background.",
        "停止时等待进行中的流结束的时间。不写时前台 30s，后台 10m。",
    ),
];
