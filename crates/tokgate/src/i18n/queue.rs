//! Texts of `tokgate queue`.

crate::messages! {
    HELP = "cli.help.queue", "Jobs and failed requests: look, try again, remove", "任务与失败的请求：查看、重做、删除";
    EXAMPLES = "cli.help.queue.examples",
        "Examples:\n  tokgate queue                     how many there are\n  tokgate queue list\n  tokgate queue retry 7QGM          shows the cost and asks\n  tokgate queue show 7QGM --answer  the answer itself",
        "示例：\n  tokgate queue                     数量\n  tokgate queue list\n  tokgate queue retry 7QGM          显示费用并询问\n  tokgate queue show 7QGM --answer  回答本身";
    HELP_STATUS = "cli.help.queue.status", "How many there are", "数量";
    HELP_LIST = "cli.help.queue.list", "Jobs, and requests that failed", "任务和失败的请求";
    HELP_LIST_LIMIT = "cli.help.queue.list.limit", "At most so many, the newest (50)", "最多显示多少条最新的（50）";
    HELP_SHOW = "cli.help.queue.show", "One of them", "其中一条";
    HELP_SHOW_ID = "cli.help.queue.show.id", "Number, or its last characters", "编号，或其末尾几位";
    HELP_SHOW_ANSWER = "cli.help.queue.show.answer", "Print the stored answer as it is", "原样输出保存的回答";
    HELP_RETRY = "cli.help.queue.retry", "Try again, after showing what it may cost", "显示预计费用后重做";
    HELP_RETRY_IDS = "cli.help.queue.retry.ids", "Numbers, or their last characters", "编号，或其末尾几位";
    HELP_RETRY_ALL = "cli.help.queue.retry.all", "All that failed", "所有失败的";
    HELP_RETRY_YES = "cli.help.queue.retry.yes", "Do not ask", "不询问";
    HELP_RETRY_FORCE = "cli.help.queue.retry.force", "Also those that the request itself is the reason of", "也包括原因在请求本身的";
    HELP_DROP = "cli.help.queue.drop", "Take back and remove", "撤回并删除";
    HELP_DROP_IDS = "cli.help.queue.drop.ids", "Numbers, or their last characters", "编号，或其末尾几位";
    HELP_CLEAR = "cli.help.queue.clear", "Remove all that are over, with their answers", "删除所有已结束的任务及其回答";
    HELP_CLEAR_YES = "cli.help.queue.clear.yes", "Do not ask", "不询问";
    HELP_EXPORT = "cli.help.queue.export", "All as JSON lines, without contents", "以 JSON 行输出全部，不含内容";
    HELP_CONFIG = "cli.help.queue.config", "The settings in effect", "生效的设置";

    STATUS = "queue.status", "{running} running, {waiting} waiting, {over} over; {failed} failed requests", "进行中 {running}，等待 {waiting}，已结束 {over}；失败的请求 {failed}";
    EMPTY = "queue.empty", "no jobs and no failed requests", "没有任务，也没有失败的请求";
    KEPT = "queue.kept", "kept", "已保存";
    GONE = "queue.gone", "client gone", "客户端已离开";
    WAITS = "queue.waits", "no client waits; the answer is kept", "没有客户端等待；回答会保存";
    TRIES = "queue.tries", "tries: {count}", "尝试：{count}";
    UNKNOWN = "queue.unknown", "there is no job or failed request {id}", "没有任务或失败的请求 {id}";
    NOT_KEPT = "queue.not-kept", "request {id} failed, and what it said was not kept", "请求 {id} 已失败，其内容没有保存";
    NOT_KEPT_FIX = "queue.not-kept-fix", "tokgate config set queue.keep_bodies encrypted keeps the next ones", "tokgate config set queue.keep_bodies encrypted 会保存之后的请求";
    NOT_AGAIN = "queue.not-again", "{id} cannot be tried again: it is answered, under way, or no longer kept", "{id} 不能重做：已回答、正在进行，或不再保存";
    POISON = "queue.poison", "{id} failed because of the request itself ({reason}); it would fail again", "{id} 因请求本身而失败（{reason}），重做仍会失败";
    NEEDS_YES = "queue.needs-yes", "nobody can be asked here", "此处无法询问";
    NOTHING_NAMED = "queue.nothing-named", "which? a number, or --all", "哪一个？请给出编号或 --all";
    STORE_FAILED = "queue.store-failed", "the job store cannot be used ({error})", "无法使用任务存储（{error}）";
    NO_ANSWER = "queue.no-answer", "{id} has no stored answer", "{id} 没有保存的回答";
    COST = "queue.cost", "{count} to try again, at least about ${cost}", "将重做 {count} 个，预计至少约 ${cost}";
    COST_UNKNOWN = "queue.cost-unknown", "{count} to try again; no price is known for {unknown} of them, the rest costs at least about ${cost}", "将重做 {count} 个；其中 {unknown} 个价格未知，其余预计至少约 ${cost}";
    ASK = "queue.ask", "Go on? [y/N] ", "继续？[y/N] ";
    NOT_DONE = "queue.not-done", "nothing was done", "未做任何操作";
    RETRIED = "queue.retried", "{id} is tried again; tokgate queue show {id} --answer has the answer later", "{id} 正在重做；稍后可用 tokgate queue show {id} --answer 查看回答";
    SKIPPED = "queue.skipped", "{count} left alone because of the request itself; --force tries them too", "{count} 个因请求本身而跳过；--force 也会重做";
    REMOVED = "queue.removed", "removed: {count}", "已删除：{count}";
    CLEAR_ASK = "queue.clear-ask", "Remove {count} that are over, with their answers? [y/N] ", "删除 {count} 个已结束的任务及其回答？[y/N] ";
}
