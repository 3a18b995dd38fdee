//! Messages of the `launch` area.

crate::messages! {
    NOT_INSTALLED = "launch.not_installed", "{client} is not installed: there is no program `{program}`", "未安装 {client}：找不到程序 `{program}`";
    NOT_INSTALLED_FIX = "launch.not_installed_fix", "install it, or correct `command` in the section [client.{client}]", "请先安装，或修正配置段 [client.{client}] 中的 `command`";
    UNKNOWN_CLIENT = "launch.unknown_client", "unknown client `{client}`", "未知的客户端 `{client}`";
    UNKNOWN_CLIENT_FIX = "launch.unknown_client_fix", "tokgate run claude | codex | opencode, or describe it in the configuration: [client.NAME] with command = \"…\"", "tokgate run claude | codex | opencode，或在配置中描述：[client.NAME]，其中 command = \"…\"";
    NO_CLIENT = "launch.no_client", "which client should be started?", "要启动哪个客户端？";
    NO_CLIENT_FIX = "launch.no_client_fix", "tokgate run claude (or codex, opencode), or set ui.default_client in the configuration", "tokgate run claude（或 codex、opencode），或在配置中设置 ui.default_client";
    START_FAILED = "launch.start_failed", "the client could not be started: {error}", "无法启动客户端：{error}";
    START_FAILED_FIX = "launch.start_failed_fix", "start it once without tokgate to see whether it works at all", "请先不经 tokgate 启动一次，确认其本身可用";
    SETTINGS_BROKEN = "launch.settings_broken", "your own settings for the client cannot be read: {error}", "无法读取您为客户端指定的设置：{error}";
    SETTINGS_FIX = "launch.settings_fix", "correct them; they must be one JSON object", "请修正；内容必须是一个 JSON 对象";
    CODEX_OVERRIDE_DROPPED = "launch.codex_override_dropped", "your -c override of the address or provider was left out: it would lead around the gateway", "已忽略您用 -c 指定的地址或供应商：它会绕过网关";
    OPENCODE_NEEDS_MODEL = "launch.opencode_needs_model", "OpenCode's own models need a provider that speaks Anthropic Messages or OpenAI Responses; of {providers} none does", "OpenCode 内置模型需要支持 Anthropic Messages 或 OpenAI Responses 的供应商，而 {providers} 都不支持";
    NO_COMMON_PROTOCOL = "launch.no_common_protocol", "{client} speaks {speaks}, but of the providers {providers} none does", "{client} 使用 {speaks}，但供应商 {providers} 都不支持";
    NO_COMMON_PROTOCOL_FIX = "launch.no_common_protocol_fix", "tokgate run {client} --provider NAME with a provider that speaks it (tokgate status lists them)", "tokgate run {client} --provider NAME，选择支持它的供应商（tokgate status 可列出）";
    STARTING = "launch.starting", "→ {client} through tokgate · {through} · no file of {client} was changed", "→ 通过 tokgate 启动 {client} · {through} · 未改动 {client} 的任何文件";
    THROUGH_PROFILE = "launch.through_profile", "profile {profile}: {providers}", "方案 {profile}：{providers}";
    THROUGH_PROVIDER = "launch.through_provider", "provider {providers}", "供应商 {providers}";
    OWN_LOGIN = "launch.own_login", "your own login of {client} is passed on to that provider and to nobody else", "您在 {client} 中的登录只会转发给该供应商，不会给其他任何一方";
    GATEWAY_STARTED = "launch.gateway_started", "started the gateway in the background ({address}); it stays until: tokgate stop", "已在后台启动网关（{address}）；停止请用：tokgate stop";
    PRINT_RUNS = "launch.print_runs", "Would start", "将启动";
    DETAIL_RUNS = "launch.detail_runs", "Starts", "启动";
    TRUST_UNREADABLE = "launch.trust_unreadable", "the gateway's certificate {path} cannot be read ({error}), so the client may not trust it", "无法读取网关证书 {path}（{error}），客户端可能不信任它";
    PRINT_SETS = "launch.print_sets", "with", "设置";
    PRINT_CLEARS = "launch.print_clears", "without", "清除";
    PRINT_FILE = "launch.print_file", "private file, removed afterwards", "私有文件，结束后删除";
    PRINT_NOTHING = "launch.print_nothing", "Nothing was started or written. `RUN` stands for the number of the run, `…` for a secret.", "未启动也未写入任何内容。`RUN` 表示运行编号，`…` 表示密钥。";
}
