//! Messages of the `records` area: the database, `logs`, `show`, the log.

crate::messages! {
    KILLED = "records.killed",
        "The gateway was killed while this was under way; it may have been answered and billed. Its client saw the connection close.",
        "处理期间网关被杀；它可能已被回答并计费。客户端看到的是连接断开。";
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
        "TG603 记录文件 {path} {cause}。不会改动它；最近 1000 条记录保留在内存中。请启动更新的 tokgate 以继续记录。";
    /// Another program holds the database.
    LOCKED = "records.locked",
        "TG604 The record file {path} is {cause}. Requests go on; the newest 1,000 records stay in memory and the file is tried again every 30 s.",
        "TG604 记录文件 {path} {cause}。请求不受影响；最近 1000 条记录保留在内存中，每 30 秒重试一次。";
    /// No room on the disk.
    FULL = "records.full",
        "TG605 Records cannot be written to {path}: {cause}. Requests go on; the newest 1,000 records stay in memory and the file is tried again every 30 s.",
        "TG605 无法写入记录文件 {path}：{cause}。请求不受影响；最近 1000 条记录保留在内存中，每 30 秒重试一次。";
    /// The database was deleted under us.
    GONE = "records.gone",
        "TG606 The record file {path} was {cause}. A new one is started.",
        "TG606 记录文件 {path} {cause}，正在新建。";
    /// Not ours.
    MEMORY_UNREADABLE = "records.memory_unreadable",
        "TG608 what was known of providers before the restart cannot be read and is forgotten: {cause}",
        "TG608 无法读取重启前对供应商的了解，已忽略：{cause}";
    FOREIGN = "records.foreign",
        "TG607 {path} is {cause} and is left alone. Requests go on; the newest 1,000 records stay in memory.",
        "TG607 {path} {cause}，不会改动它。请求不受影响；最近 1000 条记录保留在内存中。";
    CAUSE_NEWER = "records.cause-newer", "written by a newer tokgate (version {found}, this one knows {known})", "由更新版本的 tokgate 写入（版本 {found}，本程序支持到 {known}）";
    CAUSE_FOREIGN = "records.cause-foreign", "not a tokgate database", "不是 tokgate 的数据库";
    CAUSE_DAMAGED = "records.cause-damaged", "damaged", "已损坏";
    CAUSE_LOCKED = "records.cause-locked", "held by another program", "被其他程序占用";
    CAUSE_FULL = "records.cause-full", "the disk is full", "磁盘已满";
    CAUSE_GONE = "records.cause-gone", "deleted while in use", "在使用中被删除";
    CAUSE_NONE = "records.cause-none", "no records yet", "尚无记录";
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
    ROUTE = "records.show.route", "route", "规则";
    /// Label in `show`.
    PROVIDER = "records.show.provider", "provider", "供应商";
    /// Label in `show`.
    STATUS = "records.show.status", "status", "状态";
    /// Label in `show`.
    DETAIL = "records.show.detail", "detail", "说明";
    COST = "records.show.cost", "cost", "费用";
    /// Label in `show`.
    LOSSES = "records.show.losses", "not carried", "未能传递";
    /// Label in `show`.
    TIME = "records.show.time", "time", "用时";
    /// Label in `show`.
    WAITED = "records.show.waited", "waited", "等待";
    /// Label in `show`.
    TOKENS = "records.show.tokens", "tokens", "token";
    /// Label in `show`.
    BYTES = "records.show.bytes", "bytes", "字节";
    /// Label in `show`.
    STOP = "records.show.stop", "stop", "结束原因";
    /// Label in `show`.
    ATTEMPTS = "records.show.attempts", "attempts", "尝试";
    /// Label in `show`.
    TRAIL = "records.show.trail", "why there", "选择过程";
    /// Label in `show -v`.
    ARRIVED = "records.show.arrived", "arrived", "到达";
    /// Label in `show -v`.
    COUNTED = "records.show.counted", "counted", "分类计数";
    /// The trail: what chose.
    TRAIL_PINNED_PROVIDER = "records.trail.pinned-provider", "the run or the caller named the provider", "运行或调用者指定了供应商";
    /// The trail: what chose.
    TRAIL_PINNED_PROFILE = "records.trail.pinned-profile", "the run or the caller named the profile `{profile}`", "运行或调用者指定了方案 `{profile}`";
    /// The trail: what chose.
    TRAIL_ROUTE = "records.trail.route", "the rule `{route}` matched", "匹配规则 `{route}`";
    /// The trail: where a rule leads.
    TRAIL_PROFILE = "records.trail.profile", "profile `{profile}`", "方案 `{profile}`";
    /// The trail: what chose.
    TRAIL_DEFAULT = "records.trail.default", "no rule matched: the default profile `{profile}`", "没有匹配的规则：默认方案 `{profile}`";
    /// The trail.
    TRAIL_OWN_LOGIN = "records.trail.own-login", "it went with the caller's own login", "使用了调用者自己的登录";
    /// The trail: a candidate that was not asked.
    TRAIL_PASSED_OVER = "records.trail.passed-over", "passed over {target}: {why}", "跳过 {target}：{why}";
    /// The trail: how long that lasts.
    TRAIL_LEFT = "records.trail.left", ", for another {left}", "，还剩 {left}";
    /// The trail.
    TRAIL_TEST = "records.trail.test", "attempt {number} at {provider} tested a key that had been set aside", "第 {number} 次尝试（{provider}）检验了先前被停用的密钥";
    /// The trail.
    TRAIL_LAST_RESORT = "records.trail.last-resort", "attempt {number} at {provider} was made although it was left alone: nobody else was there", "第 {number} 次尝试（{provider}）是在其暂停期间进行的：没有其他供应商可用";
    /// The trail: an attempt for which less was waited.
    TRAIL_IMPATIENT = "records.trail.impatient", "attempt {number}: {provider} was {why}", "第 {number} 次尝试（{provider}）：{why}";
    /// The trail, and beside an attempt.
    TRAIL_IMPATIENT_ONCE = "records.trail.impatient-once", "asked with less patience, as it had just failed", "因刚刚失败过，等待时间缩短";
    /// The trail, and beside an attempt.
    TRAIL_IMPATIENT_AFTER = "records.trail.impatient-after", "asked with less patience, as it failed {count} times in a row", "因已连续失败 {count} 次，等待时间缩短";
    /// The trail, behind a provider in the order of a strategy.
    TRAIL_OUTLIER = "records.trail.outlier", " (gets less: does much worse than the others)", "（减少分配：表现明显差于其他供应商）";
    /// The trail.
    TRAIL_SWITCHED = "records.trail.switched", "no rule matched: the profile `{profile}`, to which requests were switched (tokgate failover)", "没有匹配的规则：已切换到方案 `{profile}`（tokgate failover）";
    /// The trail: its profile failed often enough to be left, and was switched too often before.
    TRAIL_STOPPED = "records.trail.stopped", "its profile has failed often enough to be left, but was switched as often in an hour as `failover.max_per_hour` allows (tokgate failover)", "其方案失败次数已足以离开，但一小时内的切换已达 `failover.max_per_hour`（tokgate failover）";
    /// The trail: a strategy and the order it made.
    TRAIL_ORDER = "records.trail.order", "by the strategy {strategy}: {order}", "按策略 {strategy}：{order}";
    /// The trail: requests under way at a provider.
    TRAIL_IN_FLIGHT = "records.trail.in-flight", " ({count} under way)", "（进行中 {count} 个）";
    /// The trail: where the conversation is.
    TRAIL_HOME = "records.trail.home", "the conversation was at {provider} {idle} ago, its prompt cache is warm: leaving costs about {loss}", "会话 {idle} 前在 {provider}，提示缓存仍有效：离开约损失 {loss}";
    /// The trail: where the conversation is.
    TRAIL_HOME_WAITED = "records.trail.home-waited", "waited for {provider}, where the conversation was {idle} ago with a warm prompt cache: leaving costs about {loss}", "等待 {provider}：会话 {idle} 前在那里，提示缓存仍有效，离开约损失 {loss}";
    /// Why a candidate was passed over.
    SKIP_DISABLED = "records.skip.disabled", "switched off", "已停用";
    /// Why a candidate was passed over.
    SKIP_OTHER_PROTOCOL = "records.skip.other-protocol", "does not speak the caller's protocol", "不支持调用者的协议";
    /// Why a candidate was passed over.
    SKIP_NEEDS_LOGIN = "records.skip.needs-login", "needs the caller's own login, and the request brought none", "需要调用者自己的登录，而请求没有携带";
    /// Why a candidate was passed over.
    SKIP_KEY_DISABLED = "records.skip.key-disabled", "all its keys are switched off", "其所有密钥均已停用";
    /// Why a candidate was passed over.
    SKIP_OWN_LOGIN_FIRST = "records.skip.own-login-first", "the request goes with the caller's own login, to one provider only", "请求使用调用者自己的登录，只发往一个供应商";
    /// Why a candidate was passed over.
    SKIP_COOLING = "records.skip.cooling", "rests after a failure", "失败后暂停";
    /// Why a candidate was passed over.
    SKIP_NO_SUCH_MODEL = "records.skip.no-such-model", "said that it does not have this model", "曾回答没有此模型";
    /// Why a candidate was passed over.
    SKIP_EXHAUSTED = "records.skip.exhausted", "out of credit or quota", "余额或配额用尽";
    /// Why a candidate was passed over.
    SKIP_QUARANTINED = "records.skip.quarantined", "its key was rejected or could not be read, and is set aside", "密钥被拒绝或无法读取，已停用";
    /// Why a candidate was passed over.
    SKIP_SMALLER_CONTEXT = "records.skip.smaller-context",
        "has no context window that is large enough, as far as is known (max_context)", "据所知没有足够大的上下文窗口（max_context）";
    /// Why a candidate was passed over.
    SKIP_SMALLER_LIMIT = "records.skip.smaller-limit", "takes only smaller requests", "只接受更小的请求";
    /// Why a candidate was passed over.
    SKIP_KEPT_ELSEWHERE = "records.skip.kept-elsewhere", "does not keep what the request refers to", "未保存此请求所引用的内容";
    /// Why a candidate was passed over.
    SKIP_LAST_TRY = "records.skip.last-try", "asked to wait; the last try is kept for the end of the wait, or until others are answered there", "要求等待；最后一次尝试留到等待结束前，或其他请求在那里得到回答时";
    /// Why a candidate was passed over.
    SKIP_NO_TIME = "records.skip.no-time", "would begin to answer when the client has stopped waiting", "开始回答时客户端已不再等待";
    /// Why a candidate was not waited for.
    SKIP_REST_TOO_LONG = "records.skip.rest-too-long", "not waited for: the client stops waiting before its rest is over", "未等待：其暂停结束前客户端已不再等待";
    /// Why a candidate was passed over.
    SKIP_PRICE = "records.skip.price", "costs more than `failover.confirm_above` allows without being told to", "价格超出 `failover.confirm_above`，不会自动使用";
    /// Why a candidate was passed over.
    SKIP_LEFT = "records.skip.left", "its profile was left (`tokgate failover`)", "所属方案已被离开（`tokgate failover`）";
    /// Why a candidate was not asked.
    SKIP_PAUSED = "records.skip.paused", "not asked: of a lower tier, and switching is paused (`tokgate failover`)", "未请求：属于较低层级，而切换已暂停（`tokgate failover`）";
    /// Why a candidate was not asked.
    SKIP_NOT_BY_ITSELF = "records.skip.not-by-itself", "not asked: of a lower tier, and `failover.auto` is off", "未请求：属于较低层级，而 `failover.auto` 已关闭";
    /// Why a candidate was passed over.
    SKIP_RETRY_BUDGET = "records.skip.retry-budget", "was asked again often enough in the last minute", "过去一分钟内重试次数已达上限";
    /// Why a candidate was passed over.
    SKIP_FAILOVER_BUDGET = "records.skip.failover-budget", "fails too, and further attempts of the last minute are used up", "同样在失败，且过去一分钟的额外尝试次数已用完";
    /// Why a candidate was passed over.
    SKIP_PANIC_RATE = "records.skip.panic-rate", "everything is left alone, and another request just tried whether it still fails", "所有供应商均已暂停，且刚有另一个请求试探过";
    /// Why a candidate was passed over.
    SKIP_IN_NOT_ON = "records.skip.in-not-on", "not tried elsewhere, `failover.not_on` has {failure}", "不再转到别处，`failover.not_on` 包含 {failure}";
    /// Why a candidate was passed over.
    SKIP_NOT_IN_ON = "records.skip.not-in-on", "not tried elsewhere, `failover.on` does not have {failure}", "不再转到别处，`failover.on` 不包含 {failure}";
    /// Why a candidate was passed over.
    SKIP_FULL = "records.skip.full", "at its limit (`tokgate limit show`)", "已达上限（`tokgate limit show`）";
    /// Why a candidate was passed over.
    SKIP_NOT_PERMITTED = "records.skip.not-permitted", "said that this key may not use the model", "曾回答此密钥无权使用该模型";
    /// Why a candidate was not asked.
    SKIP_ROOM_UNKNOWN = "records.skip.room-unknown", "not asked: it is not known to take larger requests", "未请求：不清楚它是否接受更大的请求";
    /// Why a candidate was not asked.
    SKIP_TRIES_USED = "records.skip.tries-used", "not asked: the attempts of this request were used up", "未请求：此请求的尝试次数已用完";
    /// Why a candidate was not asked.
    SKIP_REQUEST_FAULT = "records.skip.request-fault", "not asked: the fault is in the request itself", "未请求：问题在请求本身";
    /// Why a candidate was not asked.
    SKIP_ANSWER_BEGUN = "records.skip.answer-begun", "not asked: the client had a part of the answer already", "未请求：客户端已收到部分回答";
    /// Why a candidate was not asked.
    SKIP_NO_PLACE = "records.skip.no-place", "not asked: the request got no place here", "未请求：此请求在网关没有得到名额";
    /// Why a candidate was not asked.
    SKIP_TIME_UP = "records.skip.time-up", "not asked: less than 5 s were left for this request", "未请求：留给此请求的时间不足 5 秒";
    /// Why a candidate was not asked.
    SKIP_NOT_REACHED = "records.skip.not-reached", "not asked: the request ended before", "未请求：此请求在此之前已结束";
    /// Why a candidate was passed over.
    SKIP_TOOLS = "records.skip.tools", "takes no request with tools (`profile.NAME.allow.tools`)", "不接受带工具的请求（`profile.名字.allow.tools`）";
    /// Why a candidate was passed over.
    SKIP_FAILED_LATELY = "records.skip.failed-lately", "failed lately, others come first", "最近失败过，先尝试其他供应商";
    SKIP_OPEN = "records.skip.open", "left alone after several failures, tested by a request now and then", "连续失败后暂停使用，会不时用一个请求试探";
    /// An operation: the request was refused before it was known what it asks.
    OPERATION_REFUSED = "records.operation.refused", "refused", "未受理";
    /// An operation that is a job's.
    OPERATION_JOB = "records.operation.job", "{operation}-job", "{operation} 任务";
    /// Behind the operation in `show`.
    STREAMED = "records.show.streamed", " · stream", " · 流式";
    /// In a line of `logs`.
    LINE_FIRST = "records.line.first", "ttfb", "首字";
    /// In a line of `logs`.
    LINE_IN = "records.line.in", "{n} in", "输入 {n}";
    /// In a line of `logs`.
    LINE_OUT = "records.line.out", "{n} out", "输出 {n}";
    /// Value in `show`.
    BYTES_VALUE = "records.show.bytes-value", "{in} in, {out} out", "收到 {in}，发出 {out}";
    /// Value in `show`.
    MODEL_ANSWERED = "records.show.model-answered", "{names} (answered by {answered})", "{names}（回答模型 {answered}）";
    /// Value in `show`.
    TIME_STREAM = "records.show.time-stream", "{total} in all, first output after {first}, answer head after {head}", "共 {total}，首个输出 {first}，响应头 {head}";
    /// Value in `show`.
    TIME_WHOLE = "records.show.time-whole", "{total} in all, answer head after {head}", "共 {total}，响应头 {head}";
    /// Value in `show`.
    TIME_NO_HEAD = "records.show.time-no-head", "{total} in all, no answer head", "共 {total}，没有响应头";
    /// Value in `show`: what was counted of an answer that did not come to its end.
    AT_LEAST = "records.show.at-least", "at least {counted}", "至少 {counted}";
    /// Value in `show`.
    TOKENS_COUNTED = "records.show.tokens-counted", "{n} counted by the provider", "供应商计为 {n}";
    /// Value in `show`.
    TOKENS_ESTIMATED = "records.show.tokens-estimated", "{n} estimated here", "本地估计为 {n}";
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
    ATTEMPT_UNSENT = "records.show.attempt-unsent", "nothing was sent", "没有发送任何内容";
    /// Value in `show`.
    ATTEMPT_NO_HEAD = "records.show.attempt-no-head", "{total} (no answer head)", "{total}（没有响应头）";
    /// Value in `show`.
    ATTEMPT_NEW = "records.show.attempt-new", "{total} (answer head {head}; name {dns}, connect {connect}, tls {tls})", "{total}（响应头 {head}；解析 {dns}，连接 {connect}，TLS {tls}）";
    FATE_DROPPED = "records.fate-dropped", "dropped", "已去掉";
    FATE_REWORDED = "records.fate-reworded", "reworded", "已改述";
    FATE_APPROXIMATED = "records.fate-approximated", "approximated", "取近似";
    FATE_EMULATED = "records.fate-emulated", "emulated", "由网关代行";
}

/// The word for what became of something that a translation could not carry, by its id.
pub fn fate(id: &str) -> Option<&'static super::Message> {
    [&FATE_DROPPED, &FATE_REWORDED, &FATE_APPROXIMATED, &FATE_EMULATED].into_iter().find(|fate| fate.en == id)
}
