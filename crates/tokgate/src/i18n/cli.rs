//! Messages of the `cli` area: help, screens, words around data.
//!
//! Help texts are found by their id: `cli.help.COMMAND`, `cli.help.COMMAND.ARGUMENT` or `cli.help.arg.ARGUMENT`, and
//! `cli.help.COMMAND.examples`.

crate::messages! {
    TLS_FIX = "cli.tls_fix", "correct the files that `server.tls` names: a PEM certificate chain and its PEM key", "请更正 `server.tls` 指定的文件：PEM 证书链及其 PEM 私钥";
    GO_ON = "cli.go_on", "{what}. Go on? [y/N] ", "{what}。继续？[y/N] ";
    NEEDS_YES = "cli.needs_yes", "nobody can be asked here, so nothing was done: {what}", "此处无法询问，未做任何操作：{what}";
    NOT_DONE = "cli.not_done", "nothing was done", "未做任何操作";
    VERBATIM = "cli.verbatim", "{text}", "{text}";
    LABEL_ERROR = "cli.label_error", "error", "错误";
    LABEL_PLACE = "cli.label_place", "at ", "位置";
    LABEL_FIX = "cli.label_fix", "fix", "办法";

    HELP_ROOT = "cli.help", "A gateway between AI coding clients and model providers", "AI 编程客户端与模型供应商之间的网关";
    HELP_ROOT_EXAMPLES = "cli.help.examples",
        "Examples:\n  tokgate up                     start the gateway here and show where it is\n  tokgate run claude             start Claude Code through it (starts it when needed)\n  tokgate run codex -- exec hi   everything after -- is for the client\n  tokgate logs -f                watch requests\n  tokgate show last              one request in full",
        "示例：\n  tokgate up                     在此启动网关并显示其地址\n  tokgate run claude             通过网关启动 Claude Code（必要时先启动网关）\n  tokgate run codex -- exec hi   -- 之后的内容都交给客户端\n  tokgate logs -f                实时查看请求\n  tokgate show last              完整查看最近一个请求";
    HELP_UP = "cli.help.up", "Start the gateway", "启动网关";
    HELP_UP_EXAMPLES = "cli.help.up.examples",
        "Examples:\n  tokgate up                              in the foreground; Ctrl-C stops it\n  tokgate up -d                           in the background, until: tokgate stop\n  tokgate up --listen 127.0.0.1:8801      on another port",
        "示例：\n  tokgate up                              前台运行，Ctrl-C 停止\n  tokgate up -d                           后台运行，停止请用：tokgate stop\n  tokgate up --listen 127.0.0.1:8801      使用其他端口";
    HELP_STOP = "cli.help.stop", "Stop the gateway; running streams may finish", "停止网关；正在进行的流可以完成";
    HELP_STOP_EXAMPLES = "cli.help.stop.examples",
        "Examples:\n  tokgate stop          let running streams finish first\n  tokgate stop --now    end them with an error event",
        "示例：\n  tokgate stop          先让正在进行的流完成\n  tokgate stop --now    以错误事件立即结束它们";
    HELP_STATUS = "cli.help.status", "Is it up, who answers, who uses it", "是否运行、谁在回答、谁在使用";
    HELP_STATUS_EXAMPLES = "cli.help.status.examples",
        "Examples:\n  tokgate status\n  tokgate status --json=address,providers",
        "示例：\n  tokgate status\n  tokgate status --json=address,providers";
    HELP_LOGS = "cli.help.logs", "Requests, one line each; `logs daemon` shows the gateway's own log", "请求记录，每个一行；`logs daemon` 显示网关自身的日志";
    HELP_LOGS_EXAMPLES = "cli.help.logs.examples",
        "Examples:\n  tokgate logs -f --client claude\n  tokgate logs --since 1h --status error\n  tokgate logs --slow 10s --json | jq .request_id\n  tokgate logs daemon",
        "示例：\n  tokgate logs -f --client claude\n  tokgate logs --since 1h --status error\n  tokgate logs --slow 10s --json | jq .request_id\n  tokgate logs daemon";
    HELP_LOGS_DAEMON = "cli.help.logs.daemon", "The background gateway's own log", "后台网关自身的日志";
    HELP_SHOW = "cli.help.show", "One request in full: attempts, times, tokens", "完整查看一个请求：各次尝试、耗时、用量";
    HELP_SHOW_EXAMPLES = "cli.help.show.examples",
        "Examples:\n  tokgate show last\n  tokgate show error      the last one that failed\n  tokgate show 8Q1F       by the number shown in logs",
        "示例：\n  tokgate show last\n  tokgate show error      最近一个失败的请求\n  tokgate show 8Q1F       按日志中显示的编号";
    HELP_WHY = "cli.help.why", "Why a request went where it went: rules, attempts, who was passed over, cost", "请求为何如此转发：规则、各次尝试、被跳过的供应商、费用";
    HELP_WHY_EXAMPLES = "cli.help.why.examples",
        "Examples:\n  tokgate why\n  tokgate why error       the last one that failed\n  tokgate why 8Q1F --json",
        "示例：\n  tokgate why\n  tokgate why error       最近一个失败的请求\n  tokgate why 8Q1F --json";
    HELP_ROUTE = "cli.help.route", "Rules: which requests go where, what would become of one, and changes", "规则：哪些请求去哪里、某个请求会怎样、以及修改";
    HELP_ROUTE_EXAMPLES = "cli.help.route.examples",
        "Examples:\n  tokgate route\n  tokgate route test --model claude-opus-5 --client claude\n  tokgate route test --path /v1/responses --file body.json\n  tokgate route add night --match hour=22-7 --to provider:kimi --place 1",
        "示例：\n  tokgate route\n  tokgate route test --model claude-opus-5 --client claude\n  tokgate route test --path /v1/responses --file body.json\n  tokgate route add night --match hour=22-7 --to provider:kimi --place 1";
    HELP_ROUTE_LIST = "cli.help.route.list", "The rules, in the order they are tried", "按尝试顺序列出规则";
    HELP_ROUTE_TEST = "cli.help.route.test", "What would become of a request: rules tried, who would be asked, who not and why", "某个请求会怎样：尝试的规则、会请求谁、跳过谁及原因";
    HELP_ROUTE_TEST_EXAMPLES = "cli.help.route.test.examples",
        "Nothing is sent. The running gateway decides with what it knows; without one the configuration alone does.\n\nExamples:\n  tokgate route test --model claude-opus-5 --project ~/work/api\n  tokgate route test --file body.json --header x-team=core --hour 23\n  tokgate route test --model gpt-5.5 --stored previous_response_id=resp_1 --path /v1/responses",
        "不会发送任何请求。由运行中的网关按其所知判断；没有网关时仅按配置判断。\n\n示例：\n  tokgate route test --model claude-opus-5 --project ~/work/api\n  tokgate route test --file body.json --header x-team=core --hour 23\n  tokgate route test --model gpt-5.5 --stored previous_response_id=resp_1 --path /v1/responses";
    HELP_ROUTE_ADD = "cli.help.route.add", "Add a rule to the configuration file", "在配置文件中添加规则";
    HELP_ROUTE_ADD_EXAMPLES = "cli.help.route.add.examples",
        "Examples:\n  tokgate route add opus --match 'model=claude-opus-*' --to provider:anthropic\n  tokgate route add work --match 'project=~/work/**' --to profile:work --strict --place 1",
        "示例：\n  tokgate route add opus --match 'model=claude-opus-*' --to provider:anthropic\n  tokgate route add work --match 'project=~/work/**' --to profile:work --strict --place 1";
    HELP_ROUTE_REMOVE = "cli.help.route.remove", "Remove a rule", "删除规则";
    HELP_ROUTE_REMOVE_EXAMPLES = "cli.help.route.remove.examples", "Examples:\n  tokgate route remove night\n  tokgate route remove 3", "示例：\n  tokgate route remove night\n  tokgate route remove 3";
    HELP_ROUTE_MOVE = "cli.help.route.move", "Move a rule to another place: the first that matches wins", "移动规则的位置：第一条匹配的生效";
    HELP_ROUTE_MOVE_EXAMPLES = "cli.help.route.move.examples", "Examples:\n  tokgate route move night 1", "示例：\n  tokgate route move night 1";
    HELP_ROUTE_EDIT = "cli.help.route.edit", "Change values of a rule; an empty value removes one", "修改规则的值；空值表示删除";
    HELP_ROUTE_EDIT_EXAMPLES = "cli.help.route.edit.examples", "Examples:\n  tokgate route edit night to=provider:glm match.hour=23-6\n  tokgate route edit night model=", "示例：\n  tokgate route edit night to=provider:glm match.hour=23-6\n  tokgate route edit night model=";
    HELP_ARG_RULE = "cli.help.arg.rule", "Its name, or its number in the list", "规则的名字，或列表中的编号";
    HELP_ARG_PLACE = "cli.help.arg.place", "Place among the rules, from 1", "在规则中的位置，从 1 开始";
    HELP_ARG_ROUTE_PLACE = "cli.help.route.add.place", "Place among the rules, from 1 [default: the last]", "在规则中的位置，从 1 开始 [默认：最后]";
    HELP_ARG_ROUTE_SET = "cli.help.route.edit.set", "Keys of the rule with their new values", "规则的键及其新值";
    HELP_ARG_ROUTE_NAME = "cli.help.route.add.name", "Name of the rule", "规则名";
    HELP_ARG_ROUTE_TO = "cli.help.route.add.to", "provider:NAME or profile:NAME", "provider:NAME 或 profile:NAME";
    HELP_ARG_ROUTE_CONDITIONS = "cli.help.route.add.conditions", "A condition, may be repeated: tokgate help route.match.KEY", "条件，可重复：tokgate help route.match.键";
    HELP_ARG_ROUTE_MODEL = "cli.help.route.add.model", "Model sent instead of the one asked for", "改为发送的模型";
    HELP_ARG_ROUTE_STRICT = "cli.help.route.add.strict", "Fail rather than leave the profile", "宁可失败，也不离开该方案";
    HELP_ARG_ROUTE_PRIORITY = "cli.help.route.add.priority", "Place among requests that wait, -100 to 100", "等待时的次序，-100 到 100";
    HELP_ARG_TEST_MODEL = "cli.help.route.test.model", "Model asked for", "请求的模型";
    HELP_ARG_TEST_CLIENT = "cli.help.route.test.client", "Client: claude, codex, opencode, …", "客户端：claude、codex、opencode……";
    HELP_ARG_TEST_PROJECT = "cli.help.route.test.project", "Folder of the run", "运行所在目录";
    HELP_ARG_TEST_TAG = "cli.help.route.test.tag", "Tag of the run or the request", "运行或请求的标签";
    HELP_ARG_TEST_USER = "cli.help.route.test.user", "User id in the request", "请求里的用户标识";
    HELP_ARG_TEST_PATH = "cli.help.route.test.path", "Path of the call [default: /v1/messages]", "调用路径 [默认：/v1/messages]";
    HELP_ARG_TEST_HEADERS = "cli.help.route.test.headers", "A header, may be repeated", "请求头，可重复";
    HELP_ARG_TEST_PROFILE = "cli.help.route.test.profile", "As if the run asked for this profile", "假设运行指定了此方案";
    HELP_ARG_TEST_PROVIDER = "cli.help.route.test.provider", "As if the run asked for this provider", "假设运行指定了此供应商";
    HELP_ARG_TEST_HOUR = "cli.help.route.test.hour", "Hour of the day, 0 to 23 [default: now]", "一天中的小时，0 到 23 [默认：现在]";
    HELP_ARG_TEST_STREAM = "cli.help.route.test.stream", "A stream is asked for", "要求流式回答";
    HELP_ARG_TEST_SESSION = "cli.help.route.test.session", "Its conversation, as its client names it", "所属会话，即客户端给出的 id";
    HELP_ARG_TEST_STORED = "cli.help.route.test.stored", "What it refers to that one provider keeps: previous_response_id=ID", "引用的由某个供应商保存的内容：previous_response_id=ID";
    HELP_ARG_TEST_DEADLINE = "cli.help.route.test.deadline", "How long its caller waits [default: as its headers say]", "调用者等待多久 [默认：依请求头]";
    HELP_ARG_TEST_LOGIN = "cli.help.route.test.login", "As if its caller came with a login of his own", "假设调用者使用自己的登录";
    HELP_ARG_TEST_RUN_MODEL = "cli.help.route.test.run_model", "As if the run asked for this model", "假设运行指定了此模型";
    HELP_ARG_TEST_SIZE = "cli.help.route.test.size", "Size of its body: 800KiB, 4MiB", "请求体大小：800KiB、4MiB";
    HELP_ARG_TEST_TOOLS = "cli.help.route.test.tools", "It offers tools", "提供工具";
    HELP_ARG_TEST_IMAGES = "cli.help.route.test.images", "It shows images", "包含图片";
    HELP_ARG_TEST_THINKING = "cli.help.route.test.thinking", "It wants thinking", "要求思考";
    HELP_ARG_TEST_WEB_SEARCH = "cli.help.route.test.web_search", "It wants the web searched", "要求搜索网页";
    HELP_ARG_TEST_FILE = "cli.help.route.test.file", "Its body as JSON; - reads standard input", "JSON 请求体；- 表示标准输入";
    HELP_ENV = "cli.help.env", "Base address and local key for SDKs and chat programs", "供 SDK 和聊天软件使用的地址和本地密钥";
    HELP_ENV_EXAMPLES = "cli.help.env.examples",
        "Examples:\n  eval \"$(tokgate env)\"                      bash, zsh\n  tokgate env --shell fish | source\n  tokgate env cherrystudio --json            requests are recorded under that name",
        "示例：\n  eval \"$(tokgate env)\"                      bash、zsh\n  tokgate env --shell fish | source\n  tokgate env cherrystudio --json            请求会以该名称记录";
    HELP_LEARNED = "cli.help.learned", "What providers have been found not to take", "已发现各供应商不支持的内容";
    HELP_LEARNED_EXAMPLES = "cli.help.learned.examples",
        "Examples:\n  tokgate learned\n  tokgate learned forget kimi    a relay that was updated is asked in full again",
        "示例：\n  tokgate learned\n  tokgate learned forget kimi    中转更新后，重新发送完整请求";
    HELP_LEARNED_FORGET = "cli.help.learned.forget", "Forget it, of all providers or of one", "忘记全部或某个供应商的内容";
    HELP_ARG_FORGET_PROVIDER = "cli.help.learned.forget.provider", "Only what was learned of this one", "仅忘记此供应商的";
    LEARNED_NOTHING = "cli.learned_nothing", "nothing learned: every provider has taken what it was sent", "尚无内容：所有供应商都接受了发送的请求";
    LEARNED_SIZE = "cli.learned_size", "requests of {size} and more", "{size} 及更大的请求";
    LEARNED_UNTIL = "cli.learned_until", "{model} · until {time}", "{model} · 到 {time}";
    LEARNED_FORGOTTEN = "cli.learned_forgotten", "forgotten: {count}", "已忘记：{count} 项";
    STATUS_LEARNED = "cli.status_learned", "{count} learned (tokgate learned)", "已学会去掉 {count} 项（tokgate learned）";
    HELP_FAILOVER = "cli.help.failover", "Which profile answers, and switching between profiles", "当前使用的方案，以及在方案之间切换";
    HELP_FAILOVER_EXAMPLES = "cli.help.failover.examples",
        "Examples:\n  tokgate failover                                        now, and the last switches\n  tokgate failover switch backup --reason \"bills\" --for 2h\n  tokgate failover back\n  tokgate failover pause 30m",
        "示例：\n  tokgate failover                                        当前状态和最近的切换\n  tokgate failover switch backup --reason \"账单\" --for 2h\n  tokgate failover back\n  tokgate failover pause 30m";
    HELP_FAILOVER_SWITCH = "cli.help.failover.switch", "Use another profile, for good or for a time", "改用另一个方案，长期或限时";
    HELP_ARG_SWITCH_PROFILE = "cli.help.failover.switch.profile", "Which profile", "哪个方案";
    HELP_ARG_SWITCH_REASON = "cli.help.failover.switch.reason", "Why; it is shown beside the switch", "原因，会与切换一起显示";
    HELP_ARG_SWITCH_FOR = "cli.help.failover.switch.lasts", "How long, such as 2h; without it until `back`", "持续多久，如 2h；不写则直到 `back`";
    HELP_FAILOVER_BACK = "cli.help.failover.back", "Use the configuration's profile again, at once", "立即改回配置中的方案";
    HELP_ARG_BACK_REASON = "cli.help.failover.back.reason", "Why; it is shown beside the switch", "原因，会与切换一起显示";
    HELP_FAILOVER_PAUSE = "cli.help.failover.pause", "Leave no profile automatically for a time", "在一段时间内不自动离开当前方案";
    HELP_ARG_PAUSE_LASTS = "cli.help.failover.pause.lasts", "How long (30m)", "持续多久（30m）";
    HELP_FAILOVER_RESUME = "cli.help.failover.resume", "Switch automatically again", "恢复自动切换";
    HELP_LIMIT = "cli.help.limit", "Limits of callers, providers and keys", "调用者、供应商和密钥的限制";
    HELP_LIMIT_EXAMPLES = "cli.help.limit.examples", "Examples:\n  tokgate limit show\n  tokgate limit set \"chat apps\" --match client=cherrystudio --rpm 30\n  tokgate limit set provider:kimi --concurrent auto --tpm 400000\n  tokgate limit unset provider:kimi tpm", "示例：\n  tokgate limit show\n  tokgate limit set \"chat apps\" --match client=cherrystudio --rpm 30\n  tokgate limit set provider:kimi --concurrent auto --tpm 400000\n  tokgate limit unset provider:kimi tpm";
    HELP_LIMIT_SHOW = "cli.help.limit.show", "What is limited, and how much of it is taken", "有哪些限制，已用多少";
    HELP_LIMIT_SET = "cli.help.limit.set", "Limit callers or a provider, or change a limit's numbers", "限制调用者或供应商，或修改限制的数值";
    HELP_LIMIT_SET_NAME = "cli.help.limit.set.name", "The limit for callers, new or known; `provider:NAME`: that provider's", "调用者限制的名称（新的或已有的）；`provider:名称` 表示该供应商";
    HELP_LIMIT_SET_MATCH = "cli.help.limit.set.conditions", "Whose requests, as in a rule: client=cherrystudio; several must all hold", "针对哪些请求，与规则相同：client=cherrystudio；多个条件须同时成立";
    HELP_LIMIT_SET_CONCURRENT = "cli.help.limit.set.concurrent", "Requests at once; for a provider also `auto`", "同时的请求数；供应商还可用 `auto`";
    HELP_LIMIT_SET_RPM = "cli.help.limit.set.rpm", "Requests a minute", "每分钟请求数";
    HELP_LIMIT_SET_TPM = "cli.help.limit.set.tpm", "Tokens a minute", "每分钟 token 数";
    HELP_LIMIT_SET_OVER = "cli.help.limit.set.over", "What becomes of more: wait or reject", "超出时：wait（等待）或 reject（拒绝）";
    HELP_LIMIT_UNSET = "cli.help.limit.unset", "Remove a limit, or some of its numbers", "删除一条限制，或其中的某些数值";
    HELP_LIMIT_UNSET_NAME = "cli.help.limit.unset.name", "The limit for callers, or `provider:NAME`", "调用者限制的名称，或 `provider:名称`";
    HELP_LIMIT_UNSET_NUMBERS = "cli.help.limit.unset.numbers", "Only these: concurrent, rpm, tpm", "只删除这些：concurrent、rpm、tpm";
    LIMIT_NO_NUMBER = "cli.limit_no_number", "what is to be limited? --concurrent, --rpm or --tpm says how much", "要限制什么？请用 --concurrent、--rpm 或 --tpm 指定数量";
    LIMIT_OF_CALLERS = "cli.limit_of_callers", "--match and --over are for limits of callers; a provider has only numbers", "--match 和 --over 只用于调用者的限制；供应商只有数值";
    LIMIT_UNKNOWN = "cli.limit_unknown", "there is no limit `{name}`", "没有名为 `{name}` 的限制";
    LIMIT_NONE = "cli.limit_none", "nothing is limited", "没有限制";
    LIMIT_NOW = "cli.limit_now", "{name}: {limits} ({path})", "{name}：{limits}（{path}）";
    STATUS_PROTECTED = "cli.status_protected", "Refused", "拒绝";
    STATUS_SHED = "cli.status_shed", "{count} for want of memory (bodies: {held} of {max} MiB now)", "因内存不足 {count} 个（请求体现占 {held}/{max} MiB）";
    STATUS_CIRCLES = "cli.status_circles", "{count} of agents going round in a circle (tokgate logs --status 429)", "因代理陷入循环 {count} 个（tokgate logs --status 429）";
    STATUS_WAITING = "cli.status_waiting", "waiting", "等待";
    QUEUE_EMPTY = "cli.queue_empty", "nobody waits", "没有请求在等待";
    QUEUE_WAITING = "cli.queue_waiting", "{waiting} waiting for a place (at most {max})", "{waiting} 个请求在等待空位（最多 {max}）";
    QUEUE_OUTSIDE = "cli.queue_outside", ", {outside} to be let in (`server.max_concurrent`)", "，{outside} 个等待进入（`server.max_concurrent`）";
    QUEUE_LINE = "cli.queue_line", "{waiting} of {max}, of these {background} background; the first for {seconds} s", "{waiting}/{max}，其中后台 {background}；最久已等 {seconds} 秒";
    QUEUE_DRAINS = "cli.queue_drains", "; one more would wait about {seconds} s", "；再来一个约需等 {seconds} 秒";
    LIMIT_NOTHING = "cli.limit_nothing", "nothing is limited; see: tokgate help limit", "没有任何限制；参见：tokgate help limit";
    LIMIT_AT_ONCE = "cli.limit_at_once", "{taken} of {most} at once", "同时 {taken}/{most}";
    LIMIT_UNKNOWN_YET = "cli.limit_unknown_yet", "{taken} at once, no limit found yet", "同时 {taken}，尚未发现上限";
    LIMIT_REQUESTS = "cli.limit_requests", "{left} of {most} requests a minute left", "每分钟请求剩余 {left}/{most}";
    LIMIT_TOKENS = "cli.limit_tokens", "{left} of {most} tokens a minute left", "每分钟 token 剩余 {left}/{most}";
    LIMIT_WAITS = "cli.limit_waits", "more wait", "超出则等待";
    LIMIT_REJECTS = "cli.limit_rejects", "more are refused", "超出则拒绝";
    HELP_USE = "cli.help.use", "Use another profile from now on (short for `failover switch`)", "从现在起使用另一个方案（`failover switch` 的简写）";
    HELP_USE_EXAMPLES = "cli.help.use.examples", "Examples:\n  tokgate use backup\n  tokgate failover back", "示例：\n  tokgate use backup\n  tokgate failover back";
    HELP_ARG_USE_PROFILE = "cli.help.use.profile", "Which profile", "哪个方案";
    HELP_ARG_USE_REASON = "cli.help.use.reason", "Why; it is shown beside the switch", "原因，会与切换一起显示";
    HELP_ARG_USE_FOR = "cli.help.use.lasts", "How long, such as 2h; without it until `failover back`", "持续多久，如 2h；不写则直到 `failover back`";
    FAILOVER_USUAL = "cli.failover_usual", "profile {profile}, as configured", "方案 {profile}（按配置）";
    FAILOVER_MANUAL = "cli.failover_manual", "profile {profile}, switched by hand at {time}", "方案 {profile}，{time} 手动切换";
    FAILOVER_FAILED = "cli.failover_failed", "profile {profile} since {time}, after failures", "方案 {profile}，因失败自 {time} 起";
    FAILOVER_UNTIL = "cli.failover_until", "until {time}", "到 {time}";
    FAILOVER_RETRY = "cli.failover_retry", "the configured profile may be tried again from {time}", "{time} 起可再次尝试配置的方案";
    FAILOVER_PAUSED = "cli.failover_paused", "nothing is switched automatically until {time}", "{time} 前不自动切换";
    FAILOVER_MAY_GO_BACK = "cli.failover_may_go_back", "the configured profile may work again: tokgate failover back", "配置的方案可能已恢复：tokgate failover back";
    FAILOVER_STOPPED = "cli.failover_stopped", "switched as often in an hour as `failover.max_per_hour` allows: no profile is left automatically until {time}", "一小时内的切换已达 `failover.max_per_hour`：{time} 前不自动离开方案";
    FAILOVER_CAUSE_FAILURES = "cli.failover_cause_failures", "after failures", "因失败";
    FAILOVER_CAUSE_RECOVERED = "cli.failover_cause_recovered", "works again", "已恢复";
    FAILOVER_CAUSE_MANUAL = "cli.failover_cause_manual", "by hand", "手动";
    FAILOVER_CAUSE_EXPIRED = "cli.failover_cause_expired", "its time was over", "到期";
    FAILOVER_CAUSE_GONE = "cli.failover_cause_gone", "no longer configured", "已不在配置中";
    STATUS_PROFILE = "cli.status_profile", "Profile", "方案";
    HELP_ADAPTERS = "cli.help.adapters", "Which client adapters there are and what each rewrites", "有哪些客户端适配器、各自改写什么";
    HELP_ADAPTERS_EXAMPLES = "cli.help.adapters.examples",
        "Examples:\n  tokgate adapters\n  tokgate adapters test request.http    what would become of a captured request",
        "示例：\n  tokgate adapters\n  tokgate adapters test request.http    查看一个已捕获的请求会被怎样改写";
    HELP_ADAPTERS_TEST = "cli.help.adapters.test", "Which adapter takes a captured request, and what it changes", "哪个适配器会处理已捕获的请求，以及改动了什么";
    HELP_ARG_CAPTURE = "cli.help.adapters.test.file", "The request as HTTP/1.1 writes it: request line, headers, empty line, body", "按 HTTP/1.1 书写的请求：请求行、请求头、空行、请求体";
    HELP_PRICE = "cli.help.price", "What models cost, by kind of token, with source and date", "各模型按 token 种类的价格，附来源与日期";
    HELP_PRICE_EXAMPLES = "cli.help.price.examples",
        "Examples:\n  tokgate price\n  tokgate price kimi-k3\n  tokgate price deepseek-flash --provider deepseek",
        "示例：\n  tokgate price\n  tokgate price kimi-k3\n  tokgate price deepseek-flash --provider deepseek";
    HELP_ARG_PRICE_MODEL = "cli.help.price.model", "The model, as it is sent", "模型，即实际发送的名字";
    HELP_ARG_PRICE_PROVIDER = "cli.help.price.provider", "Only at this provider, or vendor", "只看此供应商（或厂商）";
    PRICE_UNIT = "cli.price_unit", "per million tokens", "每百万 token";
    PRICE_HEAD = "cli.price_head", "provider|model|currency|input|output|cache read|write 5m|write 1h|reasoning", "供应商|模型|货币|输入|输出|读缓存|写缓存 5m|写缓存 1h|推理";
    PRICE_ABOVE = "cli.price_above", "input over {tokens}", "输入超过 {tokens}";
    PRICE_BUSY = "cli.price_busy", "Mon–Fri {hours} UTC", "周一至五 {hours} UTC";
    PRICE_UNKNOWN = "cli.price_unknown", "not known", "未知";
    PRICE_UNKNOWN_FIX = "cli.price_unknown_fix", "what is not known has no cost; say it in `[provider.NAME.price.\"MODEL\"]` (tokgate help provider.price)", "未知的价格不计费用；可写在 `[provider.名字.price.\"模型\"]`（tokgate help provider.price）";
    PRICE_OWN = "cli.price_own", "{provider}: the configuration", "{provider}：配置";
    PRICE_PAGE = "cli.price_page", "{provider}: {source}, read {read}", "{provider}：{source}，读于 {read}";
    PRICE_TABLES = "cli.price_tables", "{provider}: two public tables that name {source}, read {read}", "{provider}：两份引用 {source} 的公开价格表，读于 {read}";
    PRICE_NO_PROVIDER = "cli.price_no_provider", "there is no provider or vendor `{name}`", "没有名为 `{name}` 的供应商或厂商";
    PRICE_NO_PROVIDER_FIX = "cli.price_no_provider_fix", "name one of: {known}", "可选：{known}";
    ADAPTERS_IDLE = "cli.adapters_idle", "known by name; does nothing until the configuration names it", "按名字已知；在配置中写出后才起作用";
    ADAPTERS_NONE = "cli.adapters_none", "no adapter takes it: it goes on as it is", "没有适配器处理它：原样转发";
    ADAPTERS_MATCH = "cli.adapters_match", "{name} takes it; changes: {count}", "由 {name} 处理；改动：{count} 处";
    CAPTURE_UNREADABLE = "cli.capture_unreadable", "this is no request for a model that can be read ({error})", "无法读取为模型请求（{error}）";
    CAPTURE_NO_REQUEST = "cli.capture_no_request", "it is no request as HTTP/1.1 writes one", "不是 HTTP/1.1 格式的请求";
    CAPTURE_TOO_LARGE = "cli.capture_too_large", "it has {size} MiB, at most {max} are read", "大小为 {size} MiB，至多读取 {max} MiB";
    CAPTURE_MISSING = "cli.capture_missing", "there is no such file", "没有这个文件";
    CAPTURE_FORBIDDEN = "cli.capture_forbidden", "it may not be read", "没有读取权限";
    CAPTURE_FIX = "cli.capture_fix", "write it as HTTP/1.1 does: `POST /v1/messages HTTP/1.1`, headers, an empty line, the body", "按 HTTP/1.1 书写：`POST /v1/messages HTTP/1.1`、请求头、空行、请求体";
    HELP_CONFIG = "cli.help.config", "Look at the configuration, check it, change it", "查看、检查和修改配置";
    HELP_CONFIG_EXAMPLES = "cli.help.config.examples",
        "Examples:\n  tokgate config validate\n  tokgate config show --origin\n  tokgate config set provider.kimi.weight 50\n  tokgate config undo",
        "示例：\n  tokgate config validate\n  tokgate config show --origin\n  tokgate config set provider.kimi.weight 50\n  tokgate config undo";
    HELP_CONFIG_VALIDATE = "cli.help.config.validate", "Check the file; a running gateway keeps the last good one", "检查文件；运行中的网关会保留上一个有效配置";
    HELP_CONFIG_PATH = "cli.help.config.path", "Print where the file is", "显示文件位置";
    HELP_CONFIG_SHOW = "cli.help.config.show", "Print the values in effect, without secrets", "显示生效的值（不含密钥）";
    HELP_RUN = "cli.help.run", "Start a client through the gateway, without touching its files", "通过网关启动客户端，不改动其任何文件";
    HELP_RUN_EXAMPLES = "cli.help.run.examples",
        "Examples:\n  tokgate run claude\n  tokgate run codex --provider kimi -- exec \"fix the tests\"\n  tokgate run opencode --model kimi-k3\n  tokgate run claude -p work --print       show what would be started",
        "示例：\n  tokgate run claude\n  tokgate run codex --provider kimi -- exec \"fix the tests\"\n  tokgate run opencode --model kimi-k3\n  tokgate run claude -p work --print       只显示将启动什么";
    HELP_HELP = "cli.help.help", "Explain a command, an error code or a key of the configuration", "说明命令、错误编号或配置键";
    HELP_HELP_EXAMPLES = "cli.help.help.examples",
        "Examples:\n  tokgate help run\n  tokgate help TG208              what an error code means and what to do\n  tokgate help provider           the keys of a section\n  tokgate help server.listen",
        "示例：\n  tokgate help run\n  tokgate help TG208              错误编号的含义和解决办法\n  tokgate help provider           某一节的全部键\n  tokgate help server.listen";
    HELP_ARG_WORDS = "cli.help.help.words", "A command, a code (TG208), a section or a key", "命令、错误编号（TG208）、配置节或键";
    HELP_NONE = "cli.help_none", "there is no help on `{topic}`", "没有关于 `{topic}` 的帮助";
    HELP_NONE_FIX = "cli.help_none_fix", "name a command, an error code such as TG208, or a section or key of the configuration; all commands: tokgate --help", "请给出命令、错误编号（如 TG208）、配置的节或键；全部命令：tokgate --help";
    HELP_VERSION = "cli.help.version", "Print the version", "显示版本";

    HELP_ARG_HELP = "cli.help.arg.help", "Print help", "显示帮助";
    HELP_ARG_VERSION = "cli.help.arg.version", "Print the version", "显示版本";
    HELP_ARG_JSON = "cli.help.arg.json", "Print JSON, all fields or only these: --json=a,b.c", "输出 JSON，全部字段或仅指定字段：--json=a,b.c";
    HELP_ARG_PLAIN = "cli.help.arg.plain", "Print tab-separated lines", "输出以制表符分隔的行";
    HELP_ARG_QUIET = "cli.help.arg.quiet", "Print only data and errors", "只输出数据和错误";
    HELP_ARG_VERBOSE = "cli.help.arg.verbose", "Print more details; with up: a finer log (-vv: the finest)", "输出更多细节；用于 up 时记录更细的日志（-vv 最细）";
    HELP_ARG_COLOR = "cli.help.arg.color", "Colour: auto, always, never", "颜色：auto、always、never";
    HELP_ARG_LANG = "cli.help.arg.lang", "Language: en, zh", "语言：en、zh";
    HELP_ARG_CONFIG = "cli.help.arg.config", "Configuration file; its gateway is separate from the usual one", "配置文件；它的网关与默认网关相互独立";
    HELP_ARG_DETACH = "cli.help.arg.detach", "Run in the background", "在后台运行";
    HELP_ARG_LISTEN = "cli.help.arg.listen", "Address and port [default: 127.0.0.1:7711]", "地址和端口 [默认：127.0.0.1:7711]";
    HELP_ARG_NOW = "cli.help.arg.now", "Do not wait for running streams", "不等待正在进行的流";
    HELP_ARG_FOLLOW = "cli.help.arg.follow", "Keep printing new ones", "持续输出新内容";
    HELP_ARG_CLIENT_FILTER = "cli.help.logs.client", "Only this client", "仅此客户端";
    HELP_ARG_PROVIDER_FILTER = "cli.help.logs.provider", "Only where this provider answered or was tried", "仅此供应商回答或尝试过的";
    HELP_ARG_STATUS_FILTER = "cli.help.logs.status", "Only this status: 429, 5xx, error", "仅此状态：429、5xx、error";
    HELP_ARG_SLOW = "cli.help.logs.slow", "Only those that took longer, e.g. 10s", "仅耗时更长的，例如 10s";
    HELP_ARG_SINCE = "cli.help.logs.since", "Only newer than, e.g. 30min, 1h, 7d", "仅比此更新的，例如 30min、1h、7d";
    HELP_ARG_GREP = "cli.help.logs.grep", "Only those containing this text", "仅包含此文本的";
    HELP_ARG_LIMIT = "cli.help.logs.limit", "At most so many, the newest [default: 50]", "最多显示的数量（最新的）[默认：50]";
    HELP_ARG_REQUEST = "cli.help.arg.request", "Its number or the end of it, `last`, or `error`", "请求编号或其末尾、`last` 或 `error`";
    HELP_ARG_ENV_CLIENT = "cli.help.env.client", "Name under which requests are recorded", "用于记录请求的名称";
    HELP_ARG_SHELL = "cli.help.arg.shell", "Syntax: sh, fish, powershell [default: sh]", "语法：sh、fish、powershell [默认：sh]";
    HELP_ARG_ORIGIN = "cli.help.arg.origin", "Also print where each value comes from", "同时显示每个值的来源";
    HELP_ARG_RUN_CLIENT = "cli.help.run.client", "claude, codex, opencode, or a name from the configuration [default: ui.default_client]", "claude、codex、opencode 或配置中的名称 [默认：ui.default_client]";
    HELP_ARG_PROFILE = "cli.help.arg.profile", "Use this profile for the run", "本次运行使用此方案";
    HELP_ARG_PROVIDER = "cli.help.arg.provider", "Use only this provider for the run", "本次运行只使用此供应商";
    HELP_ARG_MODEL = "cli.help.arg.model", "Use this model for the run", "本次运行使用此模型";
    HELP_ARG_TAG = "cli.help.arg.tag", "Mark the run, for rules (`match.tag`)", "为本次运行加标签，供规则使用（`match.tag`）";
    HELP_ARG_PRINT = "cli.help.arg.print", "Show what would be started, and do nothing", "显示将启动什么，但不执行";
    HELP_ARG_ARGS = "cli.help.arg.args", "Arguments for the client", "传给客户端的参数";

    HEAD_USAGE = "cli.head_usage", "Usage: ", "用法：";
    HEAD_COMMANDS = "cli.head_commands", "Commands", "命令";
    HEAD_ARGUMENTS = "cli.head_arguments", "Arguments", "参数";
    HEAD_OPTIONS = "cli.head_options", "Options", "选项";
    HEAD_GLOBAL = "cli.head_global", "Options of every command", "通用选项";
    WORD_OPTIONS = "cli.word_options", "[OPTIONS]", "[选项]";
    WORD_COMMAND = "cli.word_command", "[COMMAND]", "[命令]";
    WORD_COMMAND_NEEDED = "cli.word_command_needed", "<COMMAND>", "<命令>";

    USAGE_UNKNOWN_ARGUMENT = "cli.usage_unknown_argument", "unknown argument `{arg}`", "未知的参数 `{arg}`";
    USAGE_UNKNOWN_COMMAND = "cli.usage_unknown_command", "unknown command `{arg}`", "未知的命令 `{arg}`";
    USAGE_INVALID_VALUE = "cli.usage_invalid_value", "`{value}` is no value for {arg}", "`{value}` 不是 {arg} 的有效值";
    USAGE_NEEDS_VALUE = "cli.usage_needs_value", "{arg} needs a value", "{arg} 需要一个值";
    USAGE_POSSIBLE = "cli.usage_possible", "one of: {values}", "可选值：{values}";
    USAGE_MISSING = "cli.usage_missing", "something is missing: {arg}", "缺少：{arg}";
    USAGE_CONFLICT = "cli.usage_conflict", "{arg} does not go together with {other}", "{arg} 不能与 {other} 同时使用";
    USAGE_DID_YOU_MEAN = "cli.usage_did_you_mean", "did you mean `{suggestion}`?", "您是想用 `{suggestion}` 吗？";
    USAGE_FOR_CLIENT = "cli.usage_for_client", "what is for the client stands behind --: {command}", "交给客户端的内容写在 -- 之后：{command}";
    USAGE_POSSIBLE_OR_CLIENT = "cli.usage_possible_or_client", "one of: {values}\n{client}", "可选值：{values}\n{client}";
    USAGE_SEE_HELP = "cli.usage_see_help", "see: {command} --help", "请看：{command} --help";
    USAGE_DURATION = "cli.usage_duration", "a number with s, min, h or d, e.g. 90s, 30min, 1h, 7d", "数字加单位 s、min、h 或 d，例如 90s、30min、1h、7d";
    USAGE_ADDRESS = "cli.usage_address", "an IP address and a port, e.g. 127.0.0.1:7711 or [::1]:7711", "IP 地址加端口，例如 127.0.0.1:7711 或 [::1]:7711";
    USAGE_STATUS = "cli.usage_status", "a status (429), a class (5xx), or error", "状态（429）、类别（5xx）或 error";

    HOME_NEXT = "cli.home_next", "Next", "接下来";
    HOME_UP = "cli.home_up", "start the gateway in the background", "在后台启动网关";
    HOME_RUN = "cli.home_run", "start {client} through the gateway", "通过网关启动 {client}";
    HOME_LOGS = "cli.home_logs", "watch requests", "实时查看请求";
    HOME_HELP = "cli.home_help", "everything else", "其余命令";

    STATUS_UP = "cli.status_up", "up {since} · {address} · pid {pid}", "已运行 {since} · {address} · pid {pid}";
    STATUS_DRAINING = "cli.status_draining", "stopping; requests still running: {count}", "正在停止：还有 {count} 个请求在进行";
    STATUS_DOWN_CONFIG = "cli.status_down_config", "configuration {path}", "配置 {path}";
    STATUS_ANSWERS = "cli.status_answers", "Answers now", "当前回答";
    STATUS_PRACTICE = "cli.status_practice", "the built-in practice provider (no key, no cost)", "内置练习供应商（无需密钥，不产生费用）";
    STATUS_REQUESTS = "cli.status_requests", "Requests", "请求";
    STATUS_REQUESTS_LINE = "cli.status_requests_line", "{requests} since start · {failed} failed · {in_flight} running now", "启动以来 {requests} 个 · 失败 {failed} 个 · 进行中 {in_flight} 个";
    STATUS_WEBSOCKETS = "cli.status_websockets", "WebSockets", "WebSocket";
    STATUS_RUNS = "cli.status_runs", "Runs", "运行";
    STATUS_CONFIG = "cli.status_config", "Config", "配置";
    STATUS_CONFIG_PROBLEM = "cli.status_config_problem", "the last good configuration stays in use: {problem} ({fix})", "继续使用上一个有效的配置：{problem}（{fix}）";
    CONFIG_NOT_IN_USE = "cli.config_not_in_use", "{problem}\n  The running gateway goes on with its last good configuration; all errors: {command}", "{problem}\n  正在运行的网关继续使用上一个有效的配置；查看全部错误：{command}";
    VARIABLES_UNSEEN_BROKEN = "cli.variables_unseen_broken", "the running gateway does not see {names} as set in this shell: it keeps the environment it was started in. Correct the configuration first ({check}): a restart would fail until then", "正在运行的网关看不到此终端中设置的 {names}：它保留的是启动时的环境。请先改正配置（{check}），在此之前重启会失败";
    VARIABLES_UNSEEN = "cli.variables_unseen", "the running gateway does not see {names} as set in this shell: it keeps the environment it was started in. To take it over: {command}", "正在运行的网关看不到此终端中设置的 {names}：它保留的是启动时的环境。要让它生效：{command}";
    STATUS_UNTIL = "cli.status_until", "until {time}", "至 {time}";
    DETAIL_RECORDS = "cli.detail_records", "Records", "记录";
    DETAIL_LOG = "cli.detail_log", "Log", "日志";
    DETAIL_SOCKET = "cli.detail_socket", "Admin socket", "管理套接字";
    DETAIL_SOURCES = "cli.detail_sources", "Values from", "值的来源";
    DETAIL_DEFAULTS = "cli.detail_defaults", "built-in defaults alone", "仅内置默认值";
    STATE_OK = "cli.state_ok", "ok", "正常";
    STATE_DEGRADED = "cli.state_degraded", "degraded", "降级";
    STATE_DOWN = "cli.state_down", "resting", "暂停";
    STATE_OFF = "cli.state_off", "off", "关闭";
    NO_CONFIG_FILE = "cli.no_config_file", "built-in defaults; a file may be put at {path}", "内置默认值；可在 {path} 放置配置文件";

    UP_LOOKED = "cli.up_looked", "Looked for", "已查找";
    UP_LOOKED_LINE = "cli.up_looked_line", "provider keys in the environment (ANTHROPIC_API_KEY, OPENAI_API_KEY, …) and {path}: none", "环境变量中的供应商密钥（ANTHROPIC_API_KEY、OPENAI_API_KEY 等）以及 {path}：均未找到";
    UP_SO = "cli.up_so", "So", "因此";
    UP_SO_LINE = "cli.up_so_line", "the built-in practice provider answers (no key, no network, no cost).", "由内置练习供应商回答（无需密钥、网络，不产生费用）。";
    UP_SO_NEXT = "cli.up_so_next", "For a real one, set such a variable and start again, or describe it in that file.", "如需真实的供应商，请设置上述变量后重新启动，或在该文件中描述。";
    UP_FOUND = "cli.up_found", "Found", "找到";
    UP_FOUND_LINE = "cli.up_found_line", "{variable} in the environment → provider «{provider}» (preset {preset})", "环境变量 {variable} → 供应商 «{provider}»（预设 {preset}）";
    UP_GATEWAY = "cli.up_gateway", "Gateway", "网关";
    UP_LOCAL_KEY = "cli.up_local_key", "Local key", "本地密钥";
    UP_LOCAL_KEY_AUTO = "cli.up_local_key_auto", "kept in {path}; shown by: tokgate env", "保存在 {path}；查看：tokgate env";
    UP_LOCAL_KEY_GIVEN = "cli.up_local_key_given", "the one in the configuration; shown by: tokgate env", "使用配置中的密钥；查看：tokgate env";
    UP_LOCAL_KEY_OFF = "cli.up_local_key_off", "none needed: every program on this machine may use your providers", "不需要：本机上任何程序都能使用您的供应商";
    UP_TRY = "cli.up_try", "Try it", "试一试";
    UP_TRY_LINE = "cli.up_try_line", "in another terminal:   tokgate run claude      tokgate run codex      tokgate run opencode", "在另一个终端：   tokgate run claude      tokgate run codex      tokgate run opencode";
    UP_TRY_LINE_HERE = "cli.up_try_line_here", "tokgate run claude      tokgate run codex      tokgate run opencode", "tokgate run claude      tokgate run codex      tokgate run opencode";
    UP_READY = "cli.up_ready", "ready in {ms} ms · Ctrl-C stops", "{ms} ms 后就绪 · Ctrl-C 停止";
    UP_READY_BACKGROUND = "cli.up_ready_background", "ready in {ms} ms · runs in the background (pid {pid}) · stops with: tokgate stop", "{ms} ms 后就绪 · 在后台运行（pid {pid}）· 停止：tokgate stop";
    UP_ELSEWHERE = "cli.up_elsewhere", "a gateway runs already, at {address} (pid {pid}); it cannot listen at {asked} as well", "已有一个网关在 {address} 运行（pid {pid}），不能同时监听 {asked}";
    UP_ALREADY = "cli.up_already", "already up: {address} (pid {pid}); that one is used", "已在运行：{address}（pid {pid}），直接使用它";
    UP_DRAINING = "cli.up_draining", "streams still running: {count}; waiting up to {seconds} s (Ctrl-C again: stop now)", "还有 {count} 个流在进行：最多等待 {seconds} 秒（再按 Ctrl-C 立即停止）";
    UP_STOPPED = "cli.up_stopped", "stopped", "已停止";
    NOTE = "cli.note", "note", "注意";

    STOP_NOT_RUNNING = "cli.stop_not_running", "the gateway is not running", "网关未运行";
    STOP_WAITING = "cli.stop_waiting", "requests still running: {count}; waiting up to {seconds} s (tokgate stop --now does not wait)", "还有 {count} 个请求在进行：最多等待 {seconds} 秒（tokgate stop --now 不等待）";
    STOP_WHICH = "cli.stop_which", "stopping the gateway at {address} (pid {pid})", "正在停止 {address} 的网关（pid {pid}）";
    STOP_DONE = "cli.stop_done", "stopped", "已停止";

    JSON_NO_FIELD = "cli.json_no_field", "there is no field `{field}` here; there are: {known}", "这里没有字段 `{field}`；可用的有：{known}";
    NOT_RUNNING = "cli.not_running", "the gateway is not running", "网关未运行";
    ROUTE_NO_CALL = "cli.route.no_call", "`{path}` is no path that asks a model", "`{path}` 不是请求模型的路径";
    ROUTE_NO_CALL_FIX = "cli.route.no_call_fix", "name one of: /v1/messages, /v1/chat/completions, /v1/responses, /v1/messages/count_tokens", "可选：/v1/messages、/v1/chat/completions、/v1/responses、/v1/messages/count_tokens";
    ROUTE_NONE = "cli.route.none", "no rule is configured: every request goes to the profile `{profile}`", "没有配置规则：所有请求都使用方案 `{profile}`";
    ROUTE_BODY = "cli.route.body", "this is no request body: {reason}", "这不是请求体：{reason}";
    ROUTE_BODY_FIX = "cli.route.body_fix", "give the JSON that a client sends", "请提供客户端发送的 JSON";
    ROUTE_HEADER_FIX = "cli.route.header_fix", "write NAME=VALUE", "写成 名字=值";
    ROUTE_OFFLINE = "cli.route.offline", "no gateway runs: decided by the configuration alone, as if nobody had failed", "没有运行中的网关：仅按配置判断，假定没有供应商失败过";
    ROUTE_ASKED = "cli.route.asked", "asked", "请求顺序";
    ROUTE_WAIT = "cli.route.wait", "after a pause of {time}", "等待 {time} 之后";
    ROUTE_REFUSED = "cli.route.refused", "refused", "拒绝";
    ROUTE_STORED_FIX = "cli.route.stored_fix", "write FIELD=ID, with a field of: {fields}", "写成 字段=ID，字段可以是：{fields}";
    ROUTE_SIZE_FIX = "cli.route.size_fix", "write a size such as 800KiB or 4MiB", "写成大小，如 800KiB 或 4MiB";
    ROUTE_IGNORED = "cli.route.ignored", "not known", "未知";
    ROUTE_NO_CONVERSATION = "cli.route.no_conversation", "its conversation (--session): it counts as the first turn of one", "所属会话（--session）：视为会话的第一轮";
    ROUTE_NO_BODY = "cli.route.no_body", "its body (--file, or --size, --tools, --images): it counts as empty", "请求体（--file，或 --size、--tools、--images）：视为空";
    ROUTE_NO_PRICES = "cli.route.no_prices", "prices: only a running gateway compares them", "价格：只有运行中的网关会比较";
    ROUTE_UNKNOWN = "cli.route.unknown", "there is no rule `{name}`", "没有规则 `{name}`";
    ROUTE_TWICE = "cli.route.twice", "several rules are called `{name}`", "有多条规则名为 `{name}`";
    ROUTE_KNOWN = "cli.route.known", "name one of: {known}", "可选：{known}";
    ROUTE_BY_NUMBER = "cli.route.by_number", "name it by its number: tokgate route list", "用编号指定：tokgate route list";
    ROUTE_NOT_A_PLACE = "cli.route.not_a_place", "there is no place {place} among {count} rules", "{count} 条规则中没有位置 {place}";
    ROUTE_CHANGED = "cli.route.changed", "done; a running gateway takes it over by itself", "完成；运行中的网关会自动采用";
    NO_RECORD = "cli.no_record", "no such request", "没有这个请求";
    NO_ERROR_YET = "cli.no_error_yet", "no request has failed yet", "还没有失败的请求";
    NO_RECORDS_YET = "cli.no_records_yet", "no requests recorded yet", "还没有请求记录";
    RECORDS_FAILED = "cli.records_failed", "the records cannot be read: {error}", "无法读取记录：{error}";
    RECORDS_FIX = "cli.records_fix", "restart the gateway, it repairs its database: tokgate stop && tokgate up -d", "重启网关即可修复其数据库：tokgate stop && tokgate up -d";
    NO_DAEMON_LOG = "cli.no_daemon_log", "the background gateway has not written a log yet", "后台网关还没有写过日志";


    ENV_NOT_RUNNING = "cli.env_not_running", "the gateway is not running; start it with: tokgate up -d", "网关未运行；启动：tokgate up -d";
    ENV_HAS_KEY = "cli.env_has_key", "this prints the local key: do not share the output", "输出包含本地密钥，请勿分享";
    ENV_BAD_CLIENT = "cli.env_bad_client", "`{client}` is no client name", "`{client}` 不是有效的客户端名称";
    ENV_BAD_CLIENT_FIX = "cli.env_bad_client_fix", "letters, digits, - and _, at most 64", "仅限字母、数字、- 和 _，最多 64 个字符";

    CONFIG_OK = "cli.config_ok", "{path}: no errors", "{path}：没有错误";
    CONFIG_NONE = "cli.config_none", "{path} does not exist: the built-in defaults are used", "{path} 不存在：使用内置默认值";
    RUNTIME_FAILED = "cli.runtime_failed", "the system refused threads or signals: {error}", "系统拒绝了线程或信号：{error}";
    RUNTIME_FIX = "cli.runtime_fix", "raise the process limits (ulimit -u, ulimit -n)", "请提高进程限制（ulimit -u、ulimit -n）";
}
