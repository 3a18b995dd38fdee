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
}
