//! `[log]`

use super::Kind::{Bool, Choice, Retention, Size};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key(
        "log.level",
        Choice(&["error", "warn", "info", "debug", "trace"]),
        "\"info\"",
        "Least severity that is logged.",
        "记录日志的最低级别。",
    ),
    key(
        "log.format",
        Choice(&["pretty", "json"]),
        "\"pretty\"",
        "For people, or one JSON object per line.",
        "供人阅读，或每行一个 JSON 对象。",
    ),
    key("log.access_log", Bool, "true", "One line per request.", "每个请求一行。"),
    key(
        "log.keep.requests",
        Retention,
        "\"400d\"",
        "How long, or how many, request records are kept.",
        "请求记录保留多久或多少条。",
    ),
    key(
        "log.keep.max_size",
        Size,
        "\"2GiB\"",
        "Size of the database above which the oldest records go.",
        "数据库超过此大小时删除最旧的记录。",
    ),
];
