//! Texts about jobs: inside answers to clients, and of `tokgate queue`.

crate::messages! {
    STORE_FULL = "jobs.store-full", "the job store is full", "任务存储已满";
    STORE_SEALED = "jobs.store-sealed", "sealed with another key, or damaged", "由其他密钥加密，或已损坏";
    STORE_NEWER = "jobs.store-newer", "written by a newer tokgate (version {found})", "由更新版本的 tokgate 写入（版本 {found}）";
    STORE_AWAY = "jobs.store-away", "the job store does not answer", "任务存储没有回应";
    UNKNOWN = "jobs.unknown",
        "tokgate: there is no job `{id}` of yours.",
        "tokgate：您没有任务 `{id}`。";
    GONE = "jobs.gone",
        "tokgate: job {id} is {state}, and no answer of it is kept.",
        "tokgate：任务 {id} 的状态是 {state}，没有保留回答。";
    DAMAGED = "jobs.damaged",
        "The job file {path} was damaged. It is now {aside}; a new one was started. Jobs that were not over are lost with it.",
        "任务文件 {path} 已损坏，已移到 {aside}，并新建了一个。其中未完成的任务随之丢失。";
    DAMAGED_FIX = "jobs.damaged_fix", "nothing while a gateway runs, which puts the damaged file aside when it meets it; otherwise start one: tokgate up -d", "网关运行时无需处理，它遇到损坏的文件会移到一旁；否则请启动网关：tokgate up -d";
    SEAL_FIX = "jobs.seal_fix", "put the key back that jobs.db was written with, or move both away: then what is kept there cannot be read any more", "恢复写入 jobs.db 时使用的密钥文件，或将两者一起移走：那样其中保存的内容将无法再读取";
    MAYBE = "jobs.maybe",
        "tokgate: the gateway was ended in the middle of job {id}. It may have been answered, and billed, so it was not repeated. `tokgate queue retry {id}` repeats it.",
        "tokgate：任务 {id} 进行到一半时网关被终止。它可能已被回答并计费，因此没有重做。`tokgate queue retry {id}` 可重做。";
    UNANSWERED = "jobs.unanswered",
        "tokgate: job {id} failed ({reason}), and there is no answer to show. `tokgate queue show {id}` says more.",
        "tokgate：任务 {id} 失败（{reason}），没有可显示的回答。详情：`tokgate queue show {id}`。";
    KEY_REUSED = "jobs.key-reused",
        "tokgate: this `idempotency-key` was used with another request. Use a new key for a new request.",
        "tokgate：此 `idempotency-key` 已用于另一个请求。新请求请使用新的值。";
    KEY_INVALID = "jobs.key-invalid",
        "tokgate: `idempotency-key` must have 1 to {max} characters.",
        "tokgate：`idempotency-key` 的长度必须为 1 到 {max} 个字符。";
    HEADER_INVALID = "jobs.header-invalid",
        "tokgate: `{name}` is not understood; {hint}.",
        "tokgate：无法理解 `{name}`；{hint}。";
    FULL = "jobs.full",
        "tokgate: as many jobs or bytes are kept as may be (`queue.max`, `queue.max_size`). The request was not accepted.",
        "tokgate：任务数或大小已达上限（`queue.max`、`queue.max_size`）。请求未被接受。";
    DISK_FULL = "jobs.disk-full",
        "tokgate: the disk has no room for a job. The request was not accepted; without `prefer: respond-async` it is answered at once.",
        "tokgate：磁盘空间不足，无法保存任务。请求未被接受；去掉 `prefer: respond-async` 可立即获得回答。";
    UNUSABLE = "jobs.unusable",
        "tokgate: jobs cannot be stored ({reason}). The request was not accepted; without `prefer: respond-async` it is answered at once.",
        "tokgate：无法保存任务（{reason}）。请求未被接受；去掉 `prefer: respond-async` 可立即获得回答。";
    TOO_DEAR = "jobs.too-dear",
        "tokgate: this job would cost about ${cost} even at the cheapest provider, and one may cost ${most} (`queue.cost_per_job`).",
        "tokgate：此任务即使在最便宜的供应商处也预计花费约 ${cost}，单个任务的上限是 ${most}（`queue.cost_per_job`）。";
    DAY_SPENT = "jobs.day-spent",
        "tokgate: the jobs of today have cost ${most} (`queue.cost_per_day`); more begin tomorrow (UTC).",
        "tokgate：今天的任务已花费 ${most}（`queue.cost_per_day`）；明天（UTC）才会继续。";
}
