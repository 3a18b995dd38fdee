//! Messages of the `providers` area: providers, their keys, profiles, health.

crate::messages! {
    HELP_PROVIDER = "cli.help.provider", "Providers: those there are, how they stand, on and off", "供应商：列表、状态、启用和停用";
    HELP_PROVIDER_EXAMPLES = "cli.help.provider.examples",
        "Examples:\n  tokgate provider list\n  tokgate provider disable kimi       edits the configuration file; a running gateway follows\n  tokgate provider key list kimi\n  tokgate provider stats --since 7d",
        "示例：\n  tokgate provider list\n  tokgate provider disable kimi       修改配置文件；运行中的网关随之更新\n  tokgate provider key list kimi\n  tokgate provider stats --since 7d";
    HELP_PROVIDER_LIST = "cli.help.provider.list", "All of the configuration, with how they stand", "配置中的全部供应商及其状态";
    HELP_PROVIDER_SHOW = "cli.help.provider.show", "One in full", "完整查看一个供应商";
    HELP_PROVIDER_ENABLE = "cli.help.provider.enable", "Use it again (in the configuration file)", "重新使用（写入配置文件）";
    HELP_PROVIDER_DISABLE = "cli.help.provider.disable", "Do not use it (in the configuration file)", "停止使用（写入配置文件）";
    HELP_PROVIDER_TEST = "cli.help.provider.test", "Look at it now: reachable, key accepted; costs tokens only with health.probe = \"message\"", "立即查看：是否可达、密钥是否有效；仅在 health.probe = \"message\" 时消耗 token";
    HELP_PROVIDER_TEST_YES = "cli.help.provider.test.yes", "Do not ask before messages that cost", "发送收费消息前不询问";
    HELP_PROVIDER_STATS = "cli.help.provider.stats", "Attempts, requests, tokens and cost of each, by the records", "按记录统计各供应商的尝试、请求、token 和费用";
    HELP_ARG_SINCE = "cli.help.provider.stats.since", "From so long ago on (24h)", "从多久以前开始（24h）";
    HELP_ARG_PROVIDER = "cli.help.arg.name", "Its name", "名称";
    HELP_ARG_PROVIDERS = "cli.help.arg.names", "Their names; without any, all that are used", "名称；不写则为所有使用中的";
    HELP_KEY = "cli.help.provider.key", "The keys of a provider", "供应商的密钥";
    HELP_KEY_LIST = "cli.help.provider.key.list", "All, with how they stand", "全部密钥及其状态";
    HELP_KEY_TEST = "cli.help.provider.key.test", "Whether they are accepted; costs tokens only with health.probe = \"message\"", "是否有效；仅在 health.probe = \"message\" 时消耗 token";
    HELP_KEY_TEST_YES = "cli.help.provider.key.test.yes", "Do not ask before messages that cost", "发送收费消息前不询问";
    HELP_KEY_ENABLE = "cli.help.provider.key.enable", "Use it again (in the configuration file)", "重新使用（写入配置文件）";
    HELP_KEY_DISABLE = "cli.help.provider.key.disable", "Do not use it (in the configuration file)", "停止使用（写入配置文件）";
    HELP_KEY_SET = "cli.help.provider.key.set", "Put another in its place (in the configuration file); the others stay", "换成另一个（写入配置文件），其他密钥不变";
    HELP_ARG_SOURCE = "cli.help.arg.source", "Where it comes from: env:NAME, file:PATH, command:PROGRAM ARGS", "来源：env:NAME、file:PATH、command:PROGRAM ARGS";
    HELP_KEY_RESET = "cli.help.provider.key.reset", "Forget that it was rejected, empty or resting", "忘记它曾被拒绝、余额不足或暂停";
    HELP_ARG_KEY = "cli.help.arg.key", "Its number in the list, or where it comes from (env:NAME)", "列表中的编号，或其来源（env:NAME）";
    HELP_PROFILE = "cli.help.profile", "Profiles: sets of providers used together", "方案：一起使用的一组供应商";
    HELP_PROFILE_EXAMPLES = "cli.help.profile.examples", "Examples:\n  tokgate profile list\n  tokgate profile show work", "示例：\n  tokgate profile list\n  tokgate profile show work";
    HELP_PROFILE_LIST = "cli.help.profile.list", "All, by tier; * marks the one in use", "按级别列出全部；* 表示正在使用";
    HELP_PROFILE_SHOW = "cli.help.profile.show", "One in full", "完整查看一个方案";
    HELP_TIER = "cli.help.tier", "When profiles are used: first, when that fails, as a last resort", "方案何时使用：首选、失败后、最后手段";
    HELP_TIER_EXAMPLES = "cli.help.tier.examples", "Examples:\n  tokgate tier list\n  tokgate tier set backup secondary", "示例：\n  tokgate tier list\n  tokgate tier set backup secondary";
    HELP_TIER_LIST = "cli.help.tier.list", "Profiles by tier; * marks the one in use", "按级别列出方案；* 表示正在使用";
    HELP_TIER_SET = "cli.help.tier.set", "Put a profile into a tier (in the configuration file)", "设置方案的级别（写入配置文件）";
    HELP_ARG_TIER_PROFILE = "cli.help.tier.set.profile", "Which profile", "哪个方案";
    HELP_ARG_TIER = "cli.help.tier.set.tier", "primary, secondary or fallback", "primary、secondary 或 fallback";
    HELP_HEALTH = "cli.help.health", "How well providers answer, and whether they can be reached", "供应商的回答情况以及是否可达";
    HELP_HEALTH_EXAMPLES = "cli.help.health.examples",
        "Examples:\n  tokgate health\n  tokgate health check kimi       looks now\n  tokgate health history kimi\n  tokgate health reset kimi       forgets failures and rests",
        "示例：\n  tokgate health\n  tokgate health check kimi       立即查看\n  tokgate health history kimi\n  tokgate health reset kimi       忘记失败和暂停";
    HELP_HEALTH_STATUS = "cli.help.health.status", "All of them", "全部供应商";
    HELP_HEALTH_CHECK = "cli.help.health.check", "Look now: reachable, key accepted, with health.probe = \"message\" also answering (costs tokens, asks first); exit 1 when one is not", "立即查看：是否可达、密钥是否有效，health.probe = \"message\" 时还看能否回答（消耗 token，会先询问）；有问题时退出码为 1";
    HELP_HEALTH_CHECK_YES = "cli.help.health.check.yes", "Do not ask before messages that cost", "发送收费消息前不询问";
    HELP_HEALTH_HISTORY = "cli.help.health.history", "What one has answered: by days, three months, and by hours, a day", "一个供应商的回答历史：按天（三个月）和按小时（一天）";
    HELP_HEALTH_RESET = "cli.help.health.reset", "Forget all that is known of it: failures, rests, rejected keys, history", "忘记对它的全部了解：失败、暂停、被拒绝的密钥、历史";

    HEAD_PROVIDER = "providers.head_provider", "provider", "供应商";
    HEAD_PROVIDERS = "providers.head_providers", "providers", "供应商";
    HEAD_LATELY = "providers.head_lately", "lately (real attempts)", "近一天（真实尝试）";
    HEAD_REACHABLE = "providers.head_reachable", "reachable", "可达";
    HEAD_ANSWERS = "providers.head_answers", "answers", "回答";
    HEAD_SCORE = "providers.head_score", "score", "评分";
    HEAD_STATE = "providers.head_state", "state", "状态";
    HEAD_KIND = "providers.head_kind", "type", "类型";
    HEAD_ADDRESS = "providers.head_address", "address", "地址";
    HEAD_KEYS = "providers.head_keys", "keys", "密钥";
    HEAD_WEIGHT = "providers.head_weight", "weight", "权重";
    HEAD_NUMBER = "providers.head_number", "no.", "编号";
    HEAD_FROM = "providers.head_from", "from", "来源";
    HEAD_UNTIL = "providers.head_until", "again at", "恢复时间";
    HEAD_PROFILE = "providers.head_profile", "profile", "方案";
    HEAD_TIER = "providers.head_tier", "tier", "级别";
    HEAD_STRATEGY = "providers.head_strategy", "strategy", "策略";
    HEAD_NOTE = "providers.head_note", "note", "备注";
    HEAD_ATTEMPTS = "providers.head_attempts", "attempts", "尝试";
    HEAD_FAILED = "providers.head_failed", "failed", "失败";
    HEAD_REQUESTS = "providers.head_requests", "requests ended", "结束的请求";
    HEAD_COMPLETED = "providers.head_completed", "completed", "完成";
    HEAD_INPUT = "providers.head_input", "tokens in", "输入 token";
    HEAD_OUTPUT = "providers.head_output", "tokens out", "输出 token";
    HEAD_FIRST = "providers.head_first", "first event", "首个事件";
    HEAD_COST = "providers.head_cost", "cost", "费用";
    HEAD_STRETCH = "providers.head_stretch", "of", "时段";
    HEAD_SINCE = "providers.head_since", "from", "开始";
    HEAD_GOOD = "providers.head_good", "good", "成功";
    HEAD_ALL = "providers.head_all", "all", "总数";
    HEAD_SHARE = "providers.head_share", "share", "成功率";
    HEAD_LAST_FAILURE = "providers.head_last_failure", "last failure", "最近的失败";

    DAY = "providers.day", "a day", "一天";
    HOUR = "providers.hour", "an hour", "一小时";
    NO_TRAFFIC = "providers.no_traffic", "no traffic lately", "近期没有请求";
    GOOD_OF_ALL = "providers.good_of_all", "{good} of {all}, {ago}", "{good}/{all}，{ago}";
    AGO = "providers.ago", "{time} ago", "{time}前";
    NOT_LOOKED = "providers.not_looked", "not looked at yet", "尚未查看";
    NEVER = "providers.never", "not asked yet", "尚未询问";
    REFUSED_ONLY = "providers.refused_only", "only requests that it refused", "只有被其拒绝的请求";
    REFUSED_AGO = "providers.refused_ago", "refused a request {ago}", "{ago}拒绝了一个请求";
    RESTING = "providers.resting", "models that rest: {count} (tokgate provider key list {name})", "暂停的模型：{count}（tokgate provider key list {name}）";
    KEY_RESTING_MODELS = "providers.key_resting_models", "models that rest: {count}", "暂停的模型：{count}";
    FAILED_SINCE = "providers.failed_since", "{count} attempts failed since", "之后尝试失败 {count} 次";
    KEY_ACCEPTED = "providers.key_accepted", "key accepted", "密钥有效";
    BY_PROBE = "providers.by_probe", "a probe", "探测";
    FAILED = "providers.failed", "{count} attempts failed", "尝试失败 {count} 次";
    MESSAGES_COST = "providers.messages_cost", "messages to send: {count}, at most about {cost} in all", "将发送消息 {count} 条，合计最多约 {cost}";
    PROBES_SPENT = "providers.probes_spent", "Messages as probes today (UTC): {asked} asked, {spent} of {budget} spent", "今天（UTC）作为探测发送的消息：{asked} 条，已花费 {spent} / {budget}";
    UNPAID_NO_MODEL = "providers.unpaid_no_model",
        "{name}: no message is asked, because no model of it is known. tokgate config set provider.{name}.probe_model MODEL",
        "{name}：不发送消息，因为不知道它有哪些模型。tokgate config set provider.{name}.probe_model 模型";
    UNPAID_NO_PRICE = "providers.unpaid_no_price",
        "{name}: no message is asked, because the price of {model} is not known. Give it under provider.{name}.price, or name another model: tokgate config set provider.{name}.probe_model MODEL",
        "{name}：不发送消息，因为不知道 {model} 的价格。请在 provider.{name}.price 中写明价格，或换一个模型：tokgate config set provider.{name}.probe_model 模型";
    UNPAID_SPENT = "providers.unpaid_spent",
        "{name}: no more messages today, what is left of health.probe_budget does not pay for one. tokgate config set health.probe_budget 0.05/day",
        "{name}：今天不再发送消息，health.probe_budget 的余额不够一条。tokgate config set health.probe_budget 0.05/day";
    UNPAID_UNKEPT = "providers.unpaid_unkept",
        "{name}: no message is asked, because nothing can be written down and the budget could not be kept. tokgate status",
        "{name}：不发送消息，因为无法写入记录，预算无法保证。tokgate status";
    RESET = "providers.reset", "{name}: failures and rests forgotten", "{name}：已忘记失败和暂停";
    ENABLED = "providers.enabled", "{name} is used again", "{name} 已重新启用";
    DISABLED = "providers.disabled", "{name} is not used any more", "{name} 已停用";
    AS_IT_WAS = "providers.as_it_was", "{name}: nothing to change", "{name}：无需修改";
    KEY_ENABLED = "providers.key_enabled", "{name}: key {number} is used again", "{name}：密钥 {number} 已重新启用";
    KEY_SET = "providers.key_set", "{name}: key {number} is {from} from now on", "{name}：密钥 {number} 改为 {from}";
    KEY_DISABLED = "providers.key_disabled", "{name}: key {number} is not used any more", "{name}：密钥 {number} 已停用";
    TIER_SET = "providers.tier_set", "{name} is {tier} now", "{name} 现在是 {tier}";
    NO_KEYS = "providers.no_keys", "{name} has no keys", "{name} 没有密钥";
    KEY_OK = "providers.key_ok", "ok", "正常";
    KEY_OFF = "providers.key_off", "off", "停用";
    KEY_COOLING = "providers.key_cooling", "resting", "暂停";
    KEY_EXHAUSTED = "providers.key_exhausted", "no balance", "余额不足";
    KEY_QUARANTINED = "providers.key_quarantined", "rejected", "被拒绝";
    KEY_UNREADABLE = "providers.key_unreadable", "not set, or cannot be read", "未设置或无法读取";
    KEY_CLIENT = "providers.key_client", "the caller's own login", "调用者自己的登录";
    NOT_IN_FILE = "providers.not_in_file", "{name} does not stand in the configuration file", "{name} 不在配置文件中";
    NOT_IN_FILE_FIX = "providers.not_in_file_fix", "describe it there first: tokgate config path", "请先在其中描述：tokgate config path";
    FROM_VARIABLE_FIX = "providers.from_variable_fix", "it comes from the variable {variable}: unset that, or describe the provider in the file", "它来自环境变量 {variable}：取消该变量，或在文件中描述该供应商";
}
