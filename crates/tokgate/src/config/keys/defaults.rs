//! `[defaults]`

use super::Kind::{Duration, File, Integer, Text};
use super::{HTTP2, Key, key};

pub(super) static KEYS: &[Key] = &[
    key("defaults.dns_timeout", Duration, "\"2s\"", "Name lookup.", "域名解析。"),
    key(
        "defaults.connect_timeout",
        Duration,
        "\"3s\"",
        "TCP connect, all addresses together.",
        "TCP 连接，所有地址合计。",
    ),
    key("defaults.tls_timeout", Duration, "\"5s\"", "TLS handshake.", "TLS 握手。"),
    key(
        "defaults.first_byte_timeout",
        Duration,
        "\"90s\"",
        "From the sent request to the first event of a stream.",
        "从发出请求到流的第一个事件。",
    ),
    key("defaults.idle_timeout", Duration, "\"2m\"", "Longest silence inside a stream.", "流中最长的静默时间。"),
    key("defaults.request_timeout", Duration, "\"10m\"", "Whole answer that is not a stream.", "非流式回答的总时间。"),
    key(
        "defaults.retries",
        Integer,
        "3",
        "Further tries after the first, before any output.",
        "首次之后、尚无输出之前的重试次数。",
    ),
    key(
        "defaults.keep_alive.per_host",
        Integer,
        "100",
        "Idle connections kept per address.",
        "每个地址保留的空闲连接数。",
    ),
    key("defaults.keep_alive.total", Integer, "200", "Idle connections kept in all.", "保留的空闲连接总数。"),
    key(
        "defaults.keep_alive.idle",
        Duration,
        "\"30s\"",
        "Idle time before a connection is closed.",
        "空闲多久后关闭连接。",
    ),
    key(
        "defaults.http_proxy",
        Text,
        "\"env\"",
        "`env` (HTTPS_PROXY and the like), `none`, or an address: http, https, socks5, socks5h. This machine is always reached directly.",
        "`env`（HTTPS_PROXY 等变量）、`none`，或地址：http、https、socks5、socks5h。本机地址总是直连。",
    ),
    key(
        "defaults.ca_file",
        File,
        "",
        "Certificates (PEM) that are trusted besides the system's.",
        "除系统证书外额外信任的证书（PEM）。",
    ),
    key(
        "defaults.http2",
        HTTP2,
        "\"auto\"",
        "HTTP/2 towards providers: negotiated, never, or always.",
        "与供应商之间的 HTTP/2：协商、禁用或强制。",
    ),
];
