//! Messages of the `records` area: the database, `logs`, `show`, the log.

crate::messages! {
    /// The database cannot be opened or written.
    UNUSABLE = "records.unusable",
        "TG601 Records cannot be written to {path} ({cause}). Requests go on; the newest 1,000 records stay in memory and the file is tried again every 30 s.",
        "TG601 无法写入记录文件 {path}（{cause}）。请求不受影响；最近 1000 条记录保留在内存中，每 30 秒重试一次。";
    /// A damaged database was replaced.
    DAMAGED = "records.damaged",
        "TG602 The record file {path} was damaged. It is now {aside}; a new one was started.",
        "TG602 记录文件 {path} 已损坏，已移到 {aside}，并新建了一个。";
    /// A newer database.
    NEWER = "records.newer",
        "TG603 The record file {path} was {cause}. It is not changed; the newest 1,000 records stay in memory. Start the newer tokgate to record again.",
        "TG603 记录文件 {path} 由更新版本的 tokgate 写入（{cause}）。不会改动它；最近 1000 条记录保留在内存中。请启动更新的 tokgate 以继续记录。";
    /// Another program holds the database.
    LOCKED = "records.locked",
        "TG604 The record file {path} is {cause}. Requests go on; the newest 1,000 records stay in memory and the file is tried again every 30 s.",
        "TG604 记录文件 {path} 被其他程序占用（{cause}）。请求不受影响；最近 1000 条记录保留在内存中，每 30 秒重试一次。";
    /// No room on the disk.
    FULL = "records.full",
        "TG605 Records cannot be written to {path}: {cause}. Requests go on; the newest 1,000 records stay in memory and the file is tried again every 30 s.",
        "TG605 无法写入记录文件 {path}：磁盘已满（{cause}）。请求不受影响；最近 1000 条记录保留在内存中，每 30 秒重试一次。";
    /// The database was deleted under us.
    GONE = "records.gone",
        "TG606 The record file {path} was {cause}. A new one is started.",
        "TG606 记录文件 {path} 在使用中被删除（{cause}），正在新建。";
    /// Not ours.
    FOREIGN = "records.foreign",
        "TG607 {path} is {cause} and is left alone. Requests go on; the newest 1,000 records stay in memory.",
        "TG607 {path} 不是 tokgate 的数据库（{cause}），不会改动它。请求不受影响；最近 1000 条记录保留在内存中。";
    /// The database works again.
    BACK = "records.back",
        "Records are written again: {held} held in memory are saved, {lost} were lost.",
        "记录恢复写入：内存中的 {held} 条已保存，丢失 {lost} 条。";
    /// Outcome.
    COMPLETED = "records.outcome.completed", "completed", "完成";
    /// Outcome.
    FAILED = "records.outcome.failed", "failed", "失败";
    /// Outcome.
    TRUNCATED = "records.outcome.truncated", "cut off", "中断";
    /// Outcome.
    CANCELLED = "records.outcome.cancelled", "cancelled", "已取消";
    /// Outcome.
    REFUSED = "records.outcome.refused", "refused", "拒绝";
    /// Reading a newer database.
    NEWER_FILE = "records.newer-file",
        "The record file was written by a newer tokgate (its version is {found}); it is only read, and new details are not shown.",
        "记录文件由更新版本的 tokgate 写入（其版本为 {found}）；只读取，不显示新增的内容。";
    /// Label in `show`.
    CLIENT = "records.show.client", "client", "客户端";
    /// Label in `show`.
    PROJECT = "records.show.project", "project", "项目";
    /// Label in `show`.
    SESSION = "records.show.session", "session", "会话";
    /// Label in `show`.
    RUN = "records.show.run", "run", "运行";
    /// Label in `show`.
    OPERATION = "records.show.operation", "operation", "操作";
    /// Label in `show`.
    MODEL = "records.show.model", "model", "模型";
    /// Label in `show`.
    PROFILE = "records.show.profile", "profile", "方案";
    /// Label in `show`.
    ROUTE = "records.show.route", "route", "路由";
    /// Label in `show`.
    PROVIDER = "records.show.provider", "provider", "供应商";
    /// Label in `show`.
    STATUS = "records.show.status", "status", "状态";
    /// Label in `show`.
    DETAIL = "records.show.detail", "detail", "说明";
    /// Label in `show`.
    TIME = "records.show.time", "time", "用时";
    /// Label in `show`.
    TOKENS = "records.show.tokens", "tokens", "词元";
    /// Label in `show`.
    BYTES = "records.show.bytes", "bytes", "字节";
    /// Label in `show`.
    STOP = "records.show.stop", "stop", "结束原因";
    /// Label in `show`.
    ATTEMPTS = "records.show.attempts", "attempts", "尝试";
    /// Label in `show`.
    TRAIL = "records.show.trail", "why there", "选择过程";
    /// Value in `show`.
    BYTES_VALUE = "records.show.bytes-value", "{in} in, {out} out", "收到 {in}，发出 {out}";
    /// Value in `show`.
    TIME_STREAM = "records.show.time-stream", "{total} in all, first output after {first}, answer head after {head}", "共 {total}，首个输出 {first}，响应头 {head}";
    /// Value in `show`.
    TIME_WHOLE = "records.show.time-whole", "{total} in all, answer head after {head}", "共 {total}，响应头 {head}";
    /// Value in `show`.
    TOKENS_IN = "records.show.tokens-in", "{n} in", "输入 {n}";
    /// Value in `show`.
    TOKENS_READ = "records.show.tokens-read", "{n} read from cache", "读缓存 {n}";
    /// Value in `show`.
    TOKENS_WRITTEN = "records.show.tokens-written", "{n} written to cache", "写缓存 {n}";
    /// Value in `show`.
    TOKENS_OUT = "records.show.tokens-out", "{n} out", "输出 {n}";
    /// Value in `show`.
    TOKENS_REASONING = "records.show.tokens-reasoning", "{n} of them reasoning", "其中推理 {n}";
    /// Value in `show`.
    TOOL_CALLS = "records.show.tool-calls", "{n} tool calls by the provider", "供应商工具调用 {n}";
    /// Value in `show`.
    ATTEMPT_REUSED = "records.show.attempt-reused", "{total} (answer head {head}, connection reused)", "{total}（响应头 {head}，复用连接）";
    /// Value in `show`.
    ATTEMPT_NEW = "records.show.attempt-new", "{total} (answer head {head}; name {dns}, connect {connect}, tls {tls})", "{total}（响应头 {head}；解析 {dns}，连接 {connect}，TLS {tls}）";
}
