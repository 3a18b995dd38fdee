//! Texts of `tokgate queue`, and of answers about jobs.

use super::{Message, Text, failures, records};

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

    STATE_ACCEPTED = "queue.state.accepted", "accepted", "已接受";
    STATE_RUNNING = "queue.state.running", "running", "进行中";
    STATE_WAITING = "queue.state.waiting", "waiting", "等待中";
    STATE_DONE = "queue.state.done", "done", "已完成";
    STATE_FAILED = "queue.state.failed", "failed", "失败";
    STATE_TRUNCATED = "queue.state.truncated", "cut off", "中断";
    STATE_UNKNOWN = "queue.state.unknown", "unknown", "结果不明";
    STATE_CANCELLED = "queue.state.cancelled", "cancelled", "已取消";
    STATE_EXPIRED = "queue.state.expired", "expired", "已过期";
    REASON_DEADLINE = "queue.reason.deadline", "not done in time", "未及时完成";
    REASON_TOO_LARGE = "queue.reason.answer-too-large", "the answer is too large", "回答过大";
    REASON_TOO_DEAR = "queue.reason.cost-per-job", "costs more than a job may (`queue.cost_per_job`)", "费用超出单个任务的上限（`queue.cost_per_job`）";
    REASON_DAY_SPENT = "queue.reason.cost-per-day", "today's jobs have cost as much as they may (`queue.cost_per_day`)", "今天的任务已达费用上限（`queue.cost_per_day`）";
    PUT_OFF = "queue.put_off", "{count} wait for tomorrow (UTC): today's jobs have cost as much as they may; now: tokgate config set queue.cost_per_day N", "{count} 个等到明天（UTC）：今天的任务已达费用上限；立即继续：tokgate config set queue.cost_per_day N";
    DAY_SPENT = "queue.day_spent", "the jobs of today have cost ${most} (`queue.cost_per_day`); nothing was changed", "今天的任务已花费 ${most}（`queue.cost_per_day`）；没有改动";
    DAY_SPENT_FIX = "queue.day_spent_fix", "try again tomorrow (UTC), or now: tokgate config set queue.cost_per_day N", "明天（UTC）再试，或立即：tokgate config set queue.cost_per_day N";
    REASON_UNREADABLE = "queue.reason.unreadable", "what was kept of it cannot be read", "无法读取保存的内容";
    REASON_KILLED = "queue.reason.killed", "the gateway was killed", "网关被杀";
    PRIORITY_HIGH = "queue.priority.high", "high", "高";
    PRIORITY_NORMAL = "queue.priority.normal", "normal", "普通";
    PRIORITY_LOW = "queue.priority.low", "low", "低";
    LABEL_NUMBER = "queue.label.number", "number", "编号";
    LABEL_STATE = "queue.label.state", "state", "状态";
    LABEL_REASON = "queue.label.reason", "reason", "原因";
    LABEL_TRIES = "queue.label.tries", "tries", "尝试次数";
    LABEL_CONTENT = "queue.label.content", "content", "内容";
    LABEL_PRIORITY = "queue.label.priority", "priority", "优先级";
    LABEL_ASKED = "queue.label.asked", "asked", "提交于";
    LABEL_DEADLINE = "queue.label.deadline", "until", "期限";
    LABEL_NEXT = "queue.label.next", "next try", "下次尝试";
    LABEL_REQUEST = "queue.label.request", "last request", "最近的请求";
    LABEL_SPENT = "queue.label.spent", "spent", "已花费";
    SPENT = "queue.spent", "about ${cost}", "约 ${cost}";
    STATUS = "queue.status", "{running} running, {waiting} waiting, {over} over; {failed} failed requests", "进行中 {running}，等待 {waiting}，已结束 {over}；失败的请求 {failed}";
    EMPTY = "queue.empty", "no jobs and no failed requests", "没有任务，也没有失败的请求";
    KEPT = "queue.kept", "kept", "已保存";
    KEPT_REQUEST = "queue.kept_request", "request kept", "已保存请求";
    CLIENT_WAITS = "queue.client_waits", "client waits", "客户端在等待";
    CONTENT_GONE = "queue.content-gone", "not kept; its client is gone", "未保存；客户端已离开";
    GONE = "queue.gone", "client gone", "客户端已离开";
    WAITS = "queue.waits", "no client waits; the answer is kept: tokgate queue show {id} --answer", "没有客户端等待；回答已保存：tokgate queue show {id} --answer";
    WAITS_FOR_NOTHING = "queue.waits_for_nothing", "no client waits, and there is no answer", "没有客户端等待，也没有回答";
    GOES_ON = "queue.goes_on", "no client waits; it is tried by itself, and its answer will be kept", "没有客户端等待；它会自动进行，回答会保存";
    WAITS_FOR_YOU = "queue.waits_for_you", "it is tried again when you say so: tokgate queue retry {id}", "只有在您要求时才会重做：tokgate queue retry {id}";
    TRY_AGAIN = "queue.try_again", "once more: tokgate queue retry {id}", "重做：tokgate queue retry {id}";
    TRIES = "queue.tries", "tries: {count}", "尝试：{count}";
    UNKNOWN = "queue.unknown", "there is no job or failed request {id}", "没有任务或失败的请求 {id}";
    NOT_TRIED = "queue.not-tried", "job {id} has not been tried yet", "任务 {id} 还没有尝试过";
    NOT_KEPT = "queue.not-kept", "request {id} failed, and what it said was not kept", "请求 {id} 已失败，其内容没有保存";
    NOT_KEPT_FIX = "queue.not-kept-fix", "it was dropped, or `queue.keep_bodies` was not `encrypted` then: tokgate config get queue.keep_bodies", "它已被删除，或当时 `queue.keep_bodies` 不是 `encrypted`：tokgate config get queue.keep_bodies";
    NOT_AGAIN = "queue.not-again", "{id} cannot be tried again: it is answered, under way, or no longer kept", "{id} 不能重做：已回答、正在进行，或不再保存";
    POISON = "queue.poison", "{id} failed because of the request itself ({reason}); it would fail again", "{id} 因请求本身而失败（{reason}），重做仍会失败";
    NOTHING_NAMED = "queue.nothing-named", "which? a number, or --all", "哪一个？请给出编号或 --all";
    STORE_FAILED = "queue.store-failed", "the job store cannot be used ({error})", "无法使用任务存储（{error}）";
    NO_ANSWER = "queue.no-answer", "{id} has no stored answer", "{id} 没有保存的回答";
    COST = "queue.cost", "{count} to try again, about ${cost} at the cheapest provider", "将重做 {count} 个，在最便宜的供应商处预计约 ${cost}";
    COST_UNKNOWN = "queue.cost-unknown", "{count} to try again; no price is known for {unknown} of them, the rest costs about ${cost} at the cheapest provider", "将重做 {count} 个；其中 {unknown} 个价格未知，其余在最便宜的供应商处预计约 ${cost}";
    RETRIED = "queue.retried", "{id} is tried again; tokgate queue show {id} --answer has the answer later", "{id} 正在重做；稍后可用 tokgate queue show {id} --answer 查看回答";
    SKIPPED = "queue.skipped", "{count} left alone because of the request itself; --force tries them too", "{count} 个因请求本身而跳过；--force 也会重做";
    REMOVED = "queue.removed", "removed: {count}", "已删除：{count}";
    CLEAR_ASK = "queue.clear-ask", "{count} that are over are removed, with their answers", "将删除 {count} 个已结束的任务及其回答";
}

/// The words for how a job or a failed request stands, by the id of its state.
pub fn state(id: &str) -> Text {
    found("queue.state.", id).unwrap_or_else(|| Text::verbatim(id))
}

/// The words for a job's priority, by its id.
pub fn priority(id: &str) -> Text {
    found("queue.priority.", id).unwrap_or_else(|| Text::verbatim(id))
}

/// The words for why a job or request failed, by its id: a word of jobs or a row of the failure table. A code of ours
/// stays a code.
pub fn reason(id: &str) -> Text {
    let row = || failures::of(id).map(Text::new);
    let cancelled = || (id == "cancelled").then(|| Text::new(&records::CANCELLED));
    found("queue.reason.", id).or_else(row).or_else(cancelled).unwrap_or_else(|| Text::verbatim(id))
}

fn found(area: &str, id: &str) -> Option<Text> {
    let named = |message: &&&Message| message.id.strip_prefix(area) == Some(id);
    ALL.iter().find(named).map(|message| Text::new(message))
}

#[cfg(test)]
mod tests {
    use tokgate_policy::job::{Priority, Settled, State};

    use super::*;

    #[test]
    fn every_state_and_priority_has_words() {
        let states = [State::Accepted, State::Running, State::Waiting(None)].into_iter();
        for state in states.chain(Settled::ALL.map(State::Settled)) {
            assert!(!super::state(state.id()).is_verbatim(), "{}", state.id());
        }
        for priority in Priority::ALL {
            assert!(!super::priority(priority.id()).is_verbatim(), "{}", priority.id());
        }
    }

    #[test]
    fn a_reason_is_told_in_words_and_a_code_stays_a_code() {
        assert!(!reason("deadline").is_verbatim() && !reason("overloaded").is_verbatim());
        assert_eq!(reason("TG326").to_string(), "TG326");
    }
}
