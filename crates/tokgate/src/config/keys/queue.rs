//! `[queue]`

use super::Kind::{Bool, Choice, Duration, Integer, Money, Size, Times};
use super::{Key, key};

pub(super) static KEYS: &[Key] = &[
    key(
        "queue.jobs",
        Bool,
        "true",
        "Whether `prefer: respond-async` makes a request a job; off, it is answered as if the header were not there.",
        "是否让 `prefer: respond-async` 把请求变成任务；关闭时按没有该请求头处理。",
    ),
    key(
        "queue.max",
        Integer,
        "1000",
        "Jobs that are not over; more are refused.",
        "未结束的任务数上限；超出的会被拒绝。",
    ),
    key(
        "queue.at_once",
        Integer,
        "4",
        "Jobs tried at the same time. None begins while requests that somebody waits for find no room.",
        "同时尝试的任务数。有人等待的请求没有空位时，不会开始任何任务。",
    ),
    key(
        "queue.strategy",
        Choice(&["exponential", "fixed", "immediate", "manual"]),
        "\"exponential\"",
        "How tries follow each other; with `manual` a person says `tokgate queue retry`.",
        "各次尝试的间隔方式；`manual` 由人执行 `tokgate queue retry`。",
    ),
    key("queue.first", Duration, "\"5s\"", "The first pause.", "第一次间隔。"),
    key("queue.factor", Times, "2.0", "How many times longer each further pause is.", "之后每次间隔是前一次的多少倍。"),
    key(
        "queue.longest",
        Duration,
        "\"5m\"",
        "The longest pause; a provider may ask for a longer one.",
        "最长间隔；供应商可以要求更长。",
    ),
    key("queue.tries", Integer, "8", "Tries of one job.", "一个任务的尝试次数。"),
    key(
        "queue.deadline",
        Duration,
        "\"1h\"",
        "How long a job may take in all, at most a day; `x-tokgate-job-deadline` says it for one.",
        "任务总共可用的时间，最多一天；`x-tokgate-job-deadline` 可为单个任务指定。",
    ),
    key(
        "queue.at_least_once",
        Bool,
        "false",
        "Repeat a try that the end of the gateway cut off, although it may have been answered and billed.",
        "网关中途结束时重做被打断的尝试，即使它可能已被回答并计费。",
    ),
    key(
        "queue.cost_per_job",
        Money,
        "5.00",
        "What one job may cost with all its tries, US dollars, where prices are known (7 yuan count as a dollar, other currencies as unknown); 0 is no limit.",
        "一个任务全部尝试的费用上限，美元（价格已知时；7 元人民币按 1 美元计，其他货币视为未知）；0 表示不限。",
    ),
    key(
        "queue.cost_per_day",
        Money,
        "50.00",
        "What all jobs of a day (UTC) may cost, US dollars, where prices are known (7 yuan count as a dollar, other currencies as unknown); 0 is no limit.",
        "每天（UTC）所有任务的费用上限，美元（价格已知时；7 元人民币按 1 美元计，其他货币视为未知）；0 表示不限。",
    ),
    key(
        "queue.rescue",
        Bool,
        "false",
        "Whether an answer whose client dropped the connection is finished (60 s, 2 MiB) and kept for 120 s, for the identical retry of the same client.",
        "客户端断开后是否继续读完回答（60 秒、2 MiB）并保留 120 秒，用于同一客户端的相同重试。",
    ),
    key(
        "queue.keep_bodies",
        Choice(&["off", "encrypted"]),
        "\"off\"",
        "Whether requests that failed are kept too, so that `tokgate queue retry` can repeat them. Jobs always are.",
        "是否也保存失败的请求，以便 `tokgate queue retry` 重做。任务总是保存。",
    ),
    key(
        "queue.max_size",
        Size,
        "\"256MiB\"",
        "Bytes of all requests and answers kept.",
        "保存的全部请求和回答的大小上限。",
    ),
    key("queue.keep", Duration, "\"3d\"", "How long an answer waits to be read.", "回答等待被读取的时间。"),
    key("queue.keep_read", Duration, "\"1d\"", "How long it stays after that.", "读取之后再保留多久。"),
];
