//! The rows of the failure table in words, by their ids: `failure.ROW`.

use super::Message;

crate::messages! {
    POOL_WAIT = "failure.pool-wait", "no free connection in time", "未能及时获得空闲连接";
    NO_MEMORY = "failure.no-memory",
        "no memory here for the body that it would get", "本机没有内存容纳要发给它的请求体";
    UNTRANSLATABLE = "failure.untranslatable", "its protocol cannot carry the request", "其协议无法表达此请求";
    KILLED = "failure.killed", "this gateway was killed while it waited for the answer", "等待回答时本网关被终止";
    ANSWER_CUT = "failure.answer-cut", "its answer broke off", "回答中断";
    DNS_NOT_FOUND = "failure.dns-not-found", "its host name does not exist", "主机名不存在";
    DNS_FAILED = "failure.dns-failed", "the name server failed", "域名服务器出错";
    DNS_TIMEOUT = "failure.dns-timeout", "the name server did not answer", "域名服务器没有回答";
    REFUSED = "failure.refused", "nobody listens there", "目标地址无人监听";
    UNREACHABLE = "failure.unreachable", "no way to that address", "目标地址不可达";
    OWN_ADDRESS = "failure.own-address", "its address is this gateway's own: requests would go round in a circle", "它的地址就是本网关自己：请求会无限循环";
    CONNECT_TIMEOUT = "failure.connect-timeout", "no connection in time", "连接超时";
    TLS_TIMEOUT = "failure.tls-timeout", "the TLS handshake did not finish", "TLS 握手未完成";
    TLS_ALERT = "failure.tls-alert", "the TLS handshake was refused", "TLS 握手被拒绝";
    TLS_CERTIFICATE = "failure.tls-certificate", "its certificate is not acceptable", "证书不可接受";
    PROXY_REFUSED = "failure.proxy-refused", "the outbound proxy refused to connect", "出站代理拒绝连接";
    RESET_REUSED = "failure.reset-reused", "a kept connection was closed", "复用的连接已被关闭";
    RESET = "failure.reset", "the connection was closed without an answer", "连接没有回答就被关闭";
    NO_ANSWER = "failure.no-answer", "no answer in time", "没有及时回答";
    TOO_SLOW = "failure.too-slow", "the whole answer did not arrive in time", "完整回答未及时到达";
    HEAD_TOO_LARGE = "failure.head-too-large", "the head of its answer is too large", "响应头过大";
    PROTOCOL_ERROR = "failure.protocol-error", "its answer breaks the rules of HTTP", "回答违反 HTTP 规则";
    REDIRECT = "failure.redirect", "it redirects elsewhere", "被重定向到别处";
    WRONG_SHAPE = "failure.wrong-shape", "its answer is not what was asked for", "回答格式不符";
    REQUEST_TIMEOUT = "failure.request-timeout", "it gave up waiting for the request", "对方等待请求超时";
    CONFLICT = "failure.conflict", "it reports a conflict (409)", "对方报告冲突（409）";
    TOO_EARLY = "failure.too-early", "it says that it is too early (425)", "对方称请求过早（425）";
    RATE_LIMITED_BRIEFLY = "failure.rate-limited-briefly", "rate limited for some seconds", "短暂限流";
    RATE_LIMITED_LONG = "failure.rate-limited-long", "rate limited until a later moment", "限流至稍后时刻";
    RATE_LIMITED = "failure.rate-limited", "rate limited", "限流";
    QUOTA_EXHAUSTED = "failure.quota-exhausted", "its quota is used up", "配额用尽";
    PAYMENT_REQUIRED = "failure.payment-required", "it wants payment", "需要付款";
    PAYMENT_PAUSED = "failure.payment-paused", "out of credit for now", "余额暂时不足";
    KEY_REJECTED = "failure.key-rejected", "its key was rejected", "密钥被拒绝";
    KEY_OUTDATED = "failure.key-outdated", "its key was rejected, and has another value by now", "密钥被拒绝，而它现在已有新的值";
    KEY_MISSING = "failure.key-missing", "its key is missing", "缺少密钥";
    KEY_UNREADABLE = "failure.key-unreadable", "its key cannot be read", "无法读取密钥";
    PERMISSION_DENIED = "failure.permission-denied", "its key lacks the permission", "密钥权限不足";
    BLOCKED = "failure.blocked", "it blocks requests from here", "请求被对方拦截";
    INVALID_REQUEST = "failure.invalid-request", "it finds the request invalid", "请求被认为无效";
    FIELD_REFUSED = "failure.field-refused", "it does not know a field of the request", "不认识请求中的某个字段";
    REASONING_REFUSED = "failure.reasoning-refused", "it cannot verify the reasoning of another provider", "无法验证来自其他供应商的推理内容";
    CONTEXT_TOO_LONG = "failure.context-too-long", "the prompt does not fit the model", "内容超出模型上下文";
    TOO_LARGE = "failure.too-large", "the request is too large for it", "请求过大";
    CONTENT_FILTERED = "failure.content-filtered", "refused for its content", "因内容被拒绝";
    MODEL_NOT_FOUND = "failure.model-not-found", "it does not have this model", "没有此模型";
    DEPLOYMENT_NOT_FOUND = "failure.deployment-not-found", "it has no deployment of this name; `models` says which name is sent", "没有此名称的部署；发送的名称由 `models` 决定";
    PATH_NOT_FOUND = "failure.path-not-found", "its address seems to be wrong (404)", "地址似乎有误（404）";
    SERVER_ERROR = "failure.server-error", "it reports an error of its own (500)", "对方内部错误（500）";
    UNAVAILABLE = "failure.unavailable", "it is unavailable", "服务不可用";
    UNAVAILABLE_BRIEFLY = "failure.unavailable-briefly", "it is unavailable for a moment", "服务暂时不可用";
    OVERLOADED = "failure.overloaded", "it is overloaded", "对方过载";
    OVERLOADED_AS_400 = "failure.overloaded-as-400", "it is overloaded", "对方过载";
    NOT_IMPLEMENTED = "failure.not-implemented", "it does not implement this", "对方未实现此功能";
    EMPTY_STREAM = "failure.empty-stream", "its stream ended without output", "流未输出即结束";
    MALFORMED_EVENT = "failure.malformed-event", "its stream could not be read", "流中的事件无法解析";
    TRUNCATED = "failure.truncated", "its stream broke off", "流中断";
    IDLE_TIMEOUT = "failure.idle-timeout", "its stream fell silent", "流长时间无数据";
    MALFORMED_LATE = "failure.malformed-late", "its stream could not be read", "流中的事件无法解析";
    ERROR_IN_STREAM = "failure.error-in-stream", "it reported an error inside the stream", "流中报告错误";
    REFUSED_IN_STREAM = "failure.refused-in-stream", "it refused to go on", "中途拒绝继续";
    CLIENT_GONE = "failure.client-gone", "the client went away", "客户端已离开";
}

/// The words for a row of the failure table, by its id.
pub fn of(row: &str) -> Option<&'static Message> {
    ALL.iter().copied().find(|message| message.id.strip_prefix("failure.") == Some(row))
}

#[cfg(test)]
mod tests {
    use tokgate_policy::classify::Row;

    use super::*;

    #[test]
    fn every_failure_of_the_table_has_words() {
        let silent: Vec<&str> = Row::ALL.iter().map(|row| row.id()).filter(|id| of(id).is_none()).collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
