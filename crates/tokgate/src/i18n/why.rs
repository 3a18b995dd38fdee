//! Messages of the `why` area: why a request went where it went, and what would help.

use super::{Message, Text};

crate::messages! {
    REQUEST = "why.request", "request", "请求";
    RULES = "why.rules", "rules", "规则";
    PROFILE = "why.profile", "chosen", "选择";
    TRIED = "why.tried", "tried", "尝试";
    NOT_USED = "why.not_used", "not used", "未使用";
    ENDED = "why.ended", "ended", "结果";
    COST = "why.cost", "cost", "费用";
    FIX = "why.fix", "fix", "办法";
    ASKED_FOR = "why.asked_for", "asked for {model}", "请求 {model}";
    TOKENS_IN = "why.tokens_in", "{count} tokens in", "输入 {count} token";
    NO = "why.no", "no", "否";
    YES = "why.yes", "YES", "是";
    NO_RULES = "why.no_rules", "none is configured, or none was tried", "没有配置规则，或没有用到";
    MORE_RULES = "why.more_rules", "… and {count} more", "……还有 {count} 条";
    WANTS = "why.wants", "{condition} is not {wanted}", "{condition} 不是 {wanted}";
    WANTS_ELSE = "why.wants_else", "{condition} is {seen}, not {wanted}", "{condition} 是 {seen}，不是 {wanted}";
    MISSED_ANY = "why.missed_any", "none of `any` holds", "`any` 中没有一组成立";
    MISSED_NOT = "why.missed_not", "`not` holds", "`not` 成立";
    STRICT = "why.strict", "{target} (strict)", "{target}（strict）";
    AFTER = "why.after", "after {time}", "用时 {time}";
    BEGAN = "why.began", "begun after {time}", "{time} 后开始";
    RETRY_AFTER = "why.retry_after", "asked to wait {time}, until {clock}", "要求等待 {time}，至 {clock}";
    MAYBE_BILLED = "why.maybe_billed", "may have been billed", "可能已计费";
    LOWER_TIER = "why.lower_tier", "of profile {profile}", "属于方案 {profile}";
    TESTED = "why.tested", "tested a key that had been set aside", "检验了先前被停用的密钥";
    NOBODY_TRIED = "why.nobody_tried", "nobody was asked", "没有请求任何供应商";
    WAITED = "why.waited", "waited {time} for somebody to be usable", "为等待可用的供应商用了 {time}";
    WAITED_FOR = "why.waited_for", "waited {time} for the limit `{name}`", "为限制 `{name}` 等待了 {time}";
    BARRED = "why.barred", "profile {profile}: the rule is strict", "方案 {profile}：规则为 strict";
    NOT_NEEDED = "why.not_needed", "was not needed", "不需要";
    TRIED_WITH_ROOM = "why.tried_with_room", "{why}; asked once there was room", "{why}；有空位后请求了它";
    TRIED_AFTER_ALL = "why.tried_after_all", "{why}; asked after all, as nobody else was left", "{why}；因没有其他供应商，最后仍请求了它";
    ELSEWHERE = "why.elsewhere", "at {provider} it would have been {cost}", "若用 {provider} 则为 {cost}";
    COST_UNKNOWN = "why.cost_unknown", "no price is known", "价格未知";
    COST_UNKNOWN_CACHED = "why.cost_unknown_cached", "not known: no price, or none for the tokens of its prompt cache", "未知：没有价格，或没有提示缓存 token 的价格";
    COST_UNCOUNTED = "why.cost_uncounted", "not known: the answer does not say how many tokens it took", "未知：回答没有说明使用了多少 token";
    COST_NOBODY = "why.cost_nobody", "nothing: nobody was asked", "无：没有请求任何供应商";
    CLIENT_LEFT = "why.client_left", "the client left before the answer was complete", "客户端在回答完成前已离开";
    TAKEN_BACK = "why.taken_back", "the job was taken back, or removed", "任务已被撤回或删除";
    COST_NOTHING = "why.cost_nothing", "nothing that is known of", "没有已知的费用";
    OTHERWISE = "why.otherwise", "other rules: {command}", "修改规则：{command}";
    REFUSED_BEFORE = "why.refused_before", "refused before any rule was looked at", "在查看规则之前就被拒绝";

    FIX_KEY = "remedy.key", "see which key: tokgate provider key list {provider}; put another in its place: tokgate provider key set {provider} NUMBER env:NAME", "查看是哪个密钥：tokgate provider key list {provider}；换上另一个：tokgate provider key set {provider} 编号 env:NAME";
    FIX_THIS_KEY = "remedy.this_key", "put another key in the place of number {number}: tokgate provider key set {provider} {number} env:NAME, or do without it: tokgate provider key disable {provider} {number}", "更换第 {number} 个密钥：tokgate provider key set {provider} {number} env:NAME，或停用它：tokgate provider key disable {provider} {number}";
    FIX_KEY_ENABLE = "remedy.key_enable", "switch one of its keys on: tokgate provider key enable {provider} NUMBER", "启用它的一个密钥：tokgate provider key enable {provider} 编号";
    FIX_KEY_UNREADABLE = "remedy.key_unreadable", "see where its key comes from: tokgate config get provider.{provider}.keys", "查看密钥来源：tokgate config get provider.{provider}.keys";
    FIX_CREDIT = "remedy.credit", "top up its account; it is tried again by itself, at the latest after 15 minutes, or at once: tokgate provider key reset {provider}", "为其账户充值；网关最迟 15 分钟后会自动再试，或立即：tokgate provider key reset {provider}";
    FIX_WAIT = "remedy.wait", "wait, or use another profile: tokgate profile list", "等待，或改用其他方案：tokgate profile list";
    FIX_TIME = "remedy.time", "give requests more time: the client's own timeout (`x-stainless-timeout`, `prefer: wait=N`), and tokgate config set defaults.request_timeout 10m", "给请求更多时间：客户端自己的超时（`x-stainless-timeout`、`prefer: wait=N`），以及 tokgate config set defaults.request_timeout 10m";
    FIX_PLACE = "remedy.place", "see who is at its limit: tokgate limit show; let requests wait longer: tokgate config set hold.max 60s", "查看谁已达上限：tokgate limit show；让请求等待更久：tokgate config set hold.max 60s";
    FIX_LIMIT = "remedy.limit", "other numbers: tokgate limit set {name} --rpm N, or --concurrent, --tpm; what is taken now: tokgate limit show", "修改数值：tokgate limit set {name} --rpm N，或 --concurrent、--tpm；当前用量：tokgate limit show";
    FIX_ADDRESS = "remedy.address", "check its address and the network: tokgate config get provider.{provider}.url", "检查地址和网络：tokgate config get provider.{provider}.url";
    FIX_OWN_ADDRESS = "remedy.own_address", "give it the provider's own address; its name leads back here: tokgate config set provider.{provider}.url URL", "改为供应商自己的地址；其主机名解析到本网关：tokgate config set provider.{provider}.url 网址";
    FIX_ENABLE = "remedy.enable", "switch it on: tokgate config set provider.{provider}.enabled true", "启用它：tokgate config set provider.{provider}.enabled true";
    FIX_MODEL = "remedy.model", "say which of its models to send: tokgate config set 'provider.{provider}.models.\"*\"' MODEL", "指定要发送的模型：tokgate config set 'provider.{provider}.models.\"*\"' 模型名";
    FIX_LOGIN = "remedy.login", "start the client with its own login: tokgate run CLIENT --provider {provider}", "让客户端使用自己的登录：tokgate run 客户端 --provider {provider}";
    FIX_LEFT = "remedy.left", "use the configured profile again: tokgate failover back", "改回配置中的方案：tokgate failover back";
    FIX_RESUME = "remedy.resume", "let it be switched to by itself again: tokgate failover resume", "恢复自动切换：tokgate failover resume";
    FIX_AUTO = "remedy.auto", "let requests go on there by themselves: tokgate config set failover.auto true", "允许请求自动转到那里：tokgate config set failover.auto true";
    FIX_WAIT_HERE = "remedy.wait_here", "wait: the rule lets nobody else be asked", "等待：该规则不允许请求其他供应商";
    FIX_PRICE_PROFILE = "remedy.price_profile", "take it knowingly: tokgate failover switch {profile}", "明确改用它：tokgate failover switch {profile}";
    FIX_LINE = "remedy.line", "see who is at its limit: tokgate limit show; more keys, providers or room (`limits`) let more be answered", "查看谁已达上限：tokgate limit show；增加密钥、供应商或其 `limits` 可以让更多请求得到回答";
    FIX_PRICE = "remedy.price", "take it knowingly: tokgate failover switch PROFILE", "明确改用它：tokgate failover switch 方案名";
}

/// Whether nothing of a provider has to be mended: it rests, or may be back at any moment. [`FIX_WAIT`] is told once for
/// all of them.
pub fn passes(word: &str) -> bool {
    matches!(
        word,
        "rate-limited"
            | "rate-limited-briefly"
            | "rate-limited-long"
            | "overloaded"
            | "overloaded-as-400"
            | "unavailable"
            | "unavailable-briefly"
            | "server-error"
            | "cooling"
            | "open"
    )
}

/// Whether the time of the request was too short: [`FIX_TIME`] is told once.
pub fn is_short_of_time(word: &str) -> bool {
    matches!(word, "no-time" | "time-up" | "rest-too-long")
}

/// What helps where a provider failed or was passed over for this, with its key of this number (from 1): a row of the
/// failure table or a word of a trail. A command in it exists, and touches no other key. `None`: nothing on our side does.
pub fn remedy(word: &str, provider: &str, key: Option<usize>) -> Option<Text> {
    let text = message(word, key.is_some())?;
    let text = Text::new(text).with("provider", provider);
    Some(match key {
        Some(key) => text.with("number", key),
        None => text,
    })
}

fn message(word: &str, of_a_key: bool) -> Option<&'static Message> {
    Some(match word {
        "key-rejected" | "key-missing" | "permission-denied" | "quarantined" if of_a_key => &FIX_THIS_KEY,
        "key-rejected" | "key-missing" | "permission-denied" | "quarantined" => &FIX_KEY,
        "key-unreadable" => &FIX_KEY_UNREADABLE,
        "quota-exhausted" | "payment-required" | "payment-paused" | "exhausted" => &FIX_CREDIT,
        "dns-not-found" | "dns-failed" | "dns-timeout" | "refused" | "unreachable" | "connect-timeout"
        | "tls-timeout" | "tls-alert" | "tls-certificate" | "proxy-refused" | "redirect" | "path-not-found"
        | "wrong-shape" => &FIX_ADDRESS,
        "own-address" => &FIX_OWN_ADDRESS,
        "disabled" => &FIX_ENABLE,
        "key-disabled" => &FIX_KEY_ENABLE,
        "model-not-found" | "deployment-not-found" | "no-such-model" => &FIX_MODEL,
        "needs-login" => &FIX_LOGIN,
        "price" => &FIX_PRICE,
        "left" => &FIX_LEFT,
        "paused" => &FIX_RESUME,
        "not-by-itself" => &FIX_AUTO,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use tokgate_policy::classify::Row;

    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn what_is_wrong_with_a_key_or_an_account_names_what_helps() {
        for row in [Row::KeyRejected, Row::KeyUnreadable, Row::QuotaExhausted, Row::PaymentRequired, Row::Refused] {
            assert!(remedy(row.id(), "kimi", None).is_some(), "{}", row.id());
        }
        let own = remedy(Row::InvalidRequest.id(), "kimi", None);
        assert!(own.is_none(), "the request's own fault is mended in the request");
    }

    /// It once was to set `provider.kimi.keys`, which threw the other keys away.
    #[test]
    fn what_mends_one_key_touches_no_other() {
        for lang in [Lang::En, Lang::Zh] {
            let told = remedy("key-rejected", "kimi", Some(2)).map(|text| text.say(lang)).unwrap_or_default();
            assert!(told.contains("tokgate provider key set kimi 2 env:NAME"), "{told}");
            assert!(told.contains("tokgate provider key disable kimi 2"), "{told}");
            let told = remedy("quarantined", "kimi", None).map(|text| text.say(lang)).unwrap_or_default();
            assert!(told.contains("tokgate provider key list kimi") && !told.contains(".keys"), "{told}");
        }
    }
}
