//! Every key there is: type, default, meaning in both languages. The reference page and the environment are made of it;
//! a test holds it against the parser.

use crate::i18n::Lang;

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Free text.
    Text,
    /// Text in a list.
    Texts,
    /// A whole number.
    Integer,
    /// What a million tokens cost.
    Price,
    /// `true` or `false`.
    Bool,
    /// `"90s"`
    Duration,
    /// `"64MiB"`
    Size,
    /// An age or a count.
    Retention,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Where a secret comes from.
    Reference,
    /// Such references in a list.
    References,
    /// A file.
    File,
    /// An address to listen on.
    Listen,
    /// Several of them.
    Listens,
    /// An address of a provider.
    Url,
}

impl Kind {
    /// The type in words.
    pub(crate) fn words(self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Text => ("text", "文本"),
            Self::Texts => ("list of texts", "文本列表"),
            Self::Integer => ("whole number", "整数"),
            Self::Price => ("price per million tokens, `0.28`", "每百万 token 的价格，`0.28`"),
            Self::Bool => ("true or false", "true 或 false"),
            Self::Duration => ("duration, `\"90s\"`", "时长，`\"90s\"`"),
            Self::Size => ("size, `\"64MiB\"`", "大小，`\"64MiB\"`"),
            Self::Retention => ("age `\"400d\"` or count `10000`", "时长 `\"400d\"` 或条数 `10000`"),
            Self::Choice(words) => return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Self::Reference => ("reference to a secret", "密钥引用"),
            Self::References => ("list of references to secrets", "密钥引用列表"),
            Self::File => ("file", "文件"),
            Self::Listen => ("address and port", "地址和端口"),
            Self::Listens => ("list of addresses and ports", "地址和端口列表"),
            Self::Url => ("address", "网址"),
        };
        match lang {
            Lang::En => en.to_owned(),
            Lang::Zh => zh.to_owned(),
        }
    }

    /// Is it written as a list?
    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::References | Self::Listens)
    }
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// Dotted path; `*` stands for a name of the user's.
    pub(crate) path: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// The default as it would be written, or empty when there is none.
    pub(crate) default: &'static str,
    /// Meaning in English.
    pub(crate) en: &'static str,
    /// Meaning in Chinese.
    pub(crate) zh: &'static str,
}

impl Key {
    /// The meaning in `lang`.
    pub(crate) fn meaning(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// The key at a path with real names in it.
pub(crate) fn find(path: &[&str]) -> Option<&'static Key> {
    ALL.iter().find(|key| {
        let mut parts = key.path.split('.');
        let same = path.iter().all(|name| parts.next().is_some_and(|part| part == "*" || part == *name));
        same && parts.next().is_none()
    })
}

const fn key(path: &'static str, kind: Kind, default: &'static str, en: &'static str, zh: &'static str) -> Key {
    Key { path, kind, default, en, zh }
}

use Kind::{
    Bool, Choice, Duration, File, Integer, Listen, Listens, Price, Reference, References, Retention, Size, Text, Texts,
    Url,
};

const HTTP2: Kind = Choice(&["auto", "off", "prior-knowledge"]);

/// All keys, in the order of the reference page.
pub(crate) static ALL: &[Key] = &[
    key("version", Integer, "1", "Format of this file.", "本文件的格式版本。"),
    key(
        "server.listen",
        Listen,
        "\"127.0.0.1:7711\"",
        "Address for all clients. `\":8080\"` means this machine only.",
        "所有客户端使用的地址。`\":8080\"` 表示只监听本机。",
    ),
    key("server.also_listen", Listens, "[]", "Further addresses with the same answers.", "提供同样服务的其他地址。"),
    key(
        "server.local_key",
        Reference,
        "\"auto\"",
        "Key that callers must show. `auto`: made on first start. `off`: nobody needs one, on this machine only.",
        "调用者必须出示的密钥。`auto`：首次启动时生成。`off`：不需要，仅限本机。",
    ),
    key(
        "server.allow_origins",
        Texts,
        "[]",
        "Web pages (exact origins) that may read answers in a browser.",
        "允许在浏览器里读取应答的网页来源（完整写出）。",
    ),
    key(
        "server.hosts",
        Texts,
        "[]",
        "Further `Host` names that are accepted besides this machine's own.",
        "除本机名称外还接受的 `Host` 名。",
    ),
    key(
        "server.tls.cert",
        File,
        "",
        "Certificate chain (PEM). Needed, with `key`, to listen beyond this machine.",
        "证书链（PEM）。要让其他机器访问，必须与 `key` 一起提供。",
    ),
    key("server.tls.key", File, "", "Private key (PEM) of `cert`.", "`cert` 的私钥（PEM）。"),
    key(
        "server.max_connections",
        Integer,
        "10000",
        "Connections held open at once; more are refused.",
        "同时保持的连接数；超出的拒绝。",
    ),
    key(
        "server.max_concurrent",
        Integer,
        "10000",
        "Requests in flight; more are answered 503 with `retry-after`.",
        "同时处理的请求数；超出的以 503 和 `retry-after` 应答。",
    ),
    key("server.max_body", Size, "\"64MiB\"", "Largest request body.", "请求体大小上限。"),
    key(
        "server.websocket",
        Bool,
        "true",
        "Responses over WebSocket, as Codex asks for it first. Off, it is answered 426 and goes on by POST.",
        "通过 WebSocket 使用 Responses，Codex 会先请求它。关闭时应答 426，改用 POST。",
    ),
    key(
        "server.drain",
        Duration,
        "",
        "How long running streams may finish on stop. Without it 30s in the foreground, 10m in the background.",
        "停止时等待进行中的流结束的时间。不写时前台 30s，后台 10m。",
    ),
    key("defaults.dns_timeout", Duration, "\"2s\"", "Name lookup.", "域名解析。"),
    key(
        "defaults.connect_timeout",
        Duration,
        "\"3s\"",
        "TCP connect, all addresses together.",
        "TCP 连接，所有地址合计。",
    ),
    key("defaults.tls_timeout", Duration, "\"5s\"", "TLS handshake.", "TLS 握手。"),
    key(
        "defaults.first_byte_timeout",
        Duration,
        "\"90s\"",
        "From the sent request to the first event of a stream.",
        "从发出请求到流的第一个事件。",
    ),
    key("defaults.idle_timeout", Duration, "\"2m\"", "Longest silence inside a stream.", "流中最长的静默时间。"),
    key("defaults.request_timeout", Duration, "\"10m\"", "Whole answer that is not a stream.", "非流式应答的总时间。"),
    key(
        "defaults.retries",
        Integer,
        "3",
        "Further tries after the first, before any output.",
        "首次之后、尚无输出之前的重试次数。",
    ),
    key(
        "defaults.keep_alive.per_host",
        Integer,
        "100",
        "Idle connections kept per address.",
        "每个地址保留的空闲连接数。",
    ),
    key("defaults.keep_alive.total", Integer, "200", "Idle connections kept in all.", "保留的空闲连接总数。"),
    key(
        "defaults.keep_alive.idle",
        Duration,
        "\"30s\"",
        "Idle time before a connection is closed.",
        "空闲多久后关闭连接。",
    ),
    key(
        "defaults.http_proxy",
        Text,
        "\"env\"",
        "`env` (HTTPS_PROXY and the like), `none`, or an address: http, https, socks5, socks5h. This machine is always reached directly.",
        "`env`（HTTPS_PROXY 等变量）、`none`，或地址：http、https、socks5、socks5h。本机地址总是直连。",
    ),
    key(
        "defaults.ca_file",
        File,
        "",
        "Certificates (PEM) that are trusted besides the system's.",
        "除系统证书外额外信任的证书（PEM）。",
    ),
    key(
        "defaults.http2",
        HTTP2,
        "\"auto\"",
        "HTTP/2 towards providers: negotiated, never, or always.",
        "与供应商之间的 HTTP/2：协商、禁用或强制。",
    ),
    key(
        "provider.*.type",
        Choice(&["anthropic", "openai-chat", "openai-responses", "gemini", "azure", "bedrock", "simulated"]),
        "\"anthropic\"",
        "What it speaks. `azure`: OpenAI's protocols at an Azure resource. `bedrock`: Amazon Bedrock. `simulated` is the built-in practice provider. With `preset`: keep this protocol only.",
        "它使用的协议。`azure`：Azure 资源上的 OpenAI 协议。`bedrock`：Amazon Bedrock。`simulated` 是内置的练习供应商。与 `preset` 同用时只保留该协议。",
    ),
    key(
        "provider.*.preset",
        Text,
        "",
        "A known vendor: fills in type, address, usual key variable.",
        "已知厂商：自动填入类型、地址和常用的密钥变量。",
    ),
    key(
        "provider.*.url",
        Url,
        "",
        "Base address. Anthropic: without `/v1`. OpenAI, Gemini: with the version at its end. Azure: the resource alone. Bedrock: only to go elsewhere than to its region's host. With `preset`: instead of its main address.",
        "基础网址。Anthropic：不含 `/v1`。OpenAI、Gemini：以版本号结尾。Azure：只写资源地址。Bedrock：仅在不使用区域默认主机时填写。与 `preset` 同用时替换其主地址。",
    ),
    key(
        "provider.*.api_version",
        Text,
        "\"v1\"",
        "Azure: `v1`, `preview`, or a dated version such as `2024-10-21`, whose paths hold the deployment.",
        "Azure：`v1`、`preview`，或 `2024-10-21` 这样的日期版本（路径中含部署名）。",
    ),
    key(
        "provider.*.region",
        Text,
        "",
        "Bedrock, and other addresses with `aws:` keys: the AWS region. Without it the host's, `AWS_REGION`, or the profile's.",
        "Bedrock 及使用 `aws:` 密钥的其他地址：AWS 区域。不写时取主机名、`AWS_REGION` 或配置文件中的区域。",
    ),
    key(
        "provider.*.protocols.*",
        Text,
        "",
        "Azure and Bedrock: model sent → protocol it is asked in, where its name does not tell. Names with `*`.",
        "Azure 和 Bedrock：发送的模型 → 使用的协议，用于名字看不出来的情况。可用 `*`。",
    ),
    key(
        "provider.*.anthropic_version",
        Text,
        "\"bedrock-2023-05-31\"",
        "Bedrock: `anthropic_version` in the bodies for Claude.",
        "Bedrock：发给 Claude 的请求体里的 `anthropic_version`。",
    ),
    key(
        "provider.*.betas",
        Texts,
        "",
        "Bedrock: features of `anthropic-beta` that are passed on. Without it those that Bedrock documents.",
        "Bedrock：允许传递的 `anthropic-beta` 功能。不写时为 Bedrock 文档列出的功能。",
    ),
    key(
        "provider.*.keys",
        References,
        "[]",
        "Keys: `env:NAME`, `file:PATH`, `command:PROGRAM ARGS`, `client` (the caller's own login), or the key itself; AWS keys: `aws:env`, `aws:profile:NAME`, `aws:command:PROGRAM ARGS`. Without it a preset's usual variable.",
        "密钥：`env:变量`、`file:路径`、`command:程序 参数`、`client`（调用者自己的登录），或密钥本身；AWS 密钥：`aws:env`、`aws:profile:名字`、`aws:command:程序 参数`。不写时用预设的常用变量。",
    ),
    key(
        "provider.*.keys.from",
        Reference,
        "",
        "The same inside `{ from = \"…\", enabled = false }`.",
        "写成 `{ from = \"…\", enabled = false }` 时的同一内容。",
    ),
    key(
        "provider.*.keys.access_key",
        Reference,
        "",
        "AWS keys from references of their own: `{ access_key = \"env:…\", secret_key = \"env:…\" }`.",
        "由各自的引用组成的 AWS 密钥：`{ access_key = \"env:…\", secret_key = \"env:…\" }`。",
    ),
    key("provider.*.keys.secret_key", Reference, "", "The key to `access_key`.", "与 `access_key` 对应的密钥。"),
    key(
        "provider.*.keys.session_token",
        Reference,
        "",
        "The token of keys that are lent for a time.",
        "临时密钥的会话令牌。",
    ),
    key("provider.*.keys.enabled", Bool, "true", "Whether this key is used.", "是否使用这个密钥。"),
    key(
        "provider.*.key_choice",
        Choice(&["round-robin", "fill-first"]),
        "\"round-robin\"",
        "Each request at the next key, or always the first that works.",
        "每个请求换下一个密钥，或总是用第一个可用的。",
    ),
    key(
        "provider.*.auth",
        Choice(&["auto", "bearer", "x-api-key", "both", "api-key", "none"]),
        "\"auto\"",
        "How the key is sent; also `{ header = \"api-key\" }`. `auto`: as the vendor or protocol wants it.",
        "密钥的发送方式；也可写 `{ header = \"api-key\" }`。`auto`：按厂商或协议的习惯。",
    ),
    key("provider.*.auth.header", Text, "", "Header that carries the bare key.", "直接携带密钥的请求头。"),
    key(
        "provider.*.order",
        Integer,
        "100",
        "Lower is tried first; equal ones as written.",
        "小的先试；相同时按书写顺序。",
    ),
    key("provider.*.enabled", Bool, "true", "Whether it is used.", "是否使用。"),
    key(
        "provider.*.models.*",
        Text,
        "",
        "Model asked for → model sent. Names with `*`; exact ones first, then longer ones; `*` is the rest.",
        "请求的模型 → 发送的模型。可用 `*`；先精确匹配，再按长度；`*` 表示其余。",
    ),
    key(
        "provider.*.default_model",
        Text,
        "",
        "Model for every name without an entry in `models`.",
        "`models` 里没有的名字都用它。",
    ),
    key(
        "provider.*.small_model",
        Text,
        "",
        "Model for small background work (haiku-class names).",
        "后台小任务（haiku 类名字）用的模型。",
    ),
    key("provider.*.haiku_model", Text, "", "Model for haiku names.", "haiku 类名字用的模型。"),
    key("provider.*.sonnet_model", Text, "", "Model for sonnet names.", "sonnet 类名字用的模型。"),
    key("provider.*.opus_model", Text, "", "Model for opus names.", "opus 类名字用的模型。"),
    key(
        "provider.*.headers.*",
        Text,
        "",
        "Header added to every request; replaces the client's.",
        "加到每个请求上的请求头；替换客户端的同名头。",
    ),
    key(
        "provider.*.lacks",
        Texts,
        "",
        "What it does not take, left out of requests: `context_management`, `tools[].defer_loading`, `messages[].role=system`, `anthropic-beta=NAME`. Without it what is known of the vendor; `[]` leaves every request as it is.",
        "它不支持、需要从请求中去掉的内容：`context_management`、`tools[].defer_loading`、`messages[].role=system`、`anthropic-beta=名字`。不写时按厂商的已知情况；`[]` 表示不改动请求。",
    ),
    key("provider.*.dialect.images", Bool, "", "In translation: it takes images.", "翻译时：支持图片。"),
    key("provider.*.dialect.documents", Bool, "", "In translation: it takes documents.", "翻译时：支持文档。"),
    key(
        "provider.*.dialect.developer_role",
        Bool,
        "",
        "In translation: it knows the role `developer`.",
        "翻译时：支持 `developer` 角色。",
    ),
    key(
        "provider.*.dialect.system_anywhere",
        Bool,
        "",
        "In translation: instructions may stand in the middle of a conversation.",
        "翻译时：对话中间可以出现系统指令。",
    ),
    key(
        "provider.*.dialect.include_usage",
        Bool,
        "",
        "In translation: it knows `stream_options.include_usage`.",
        "翻译时：支持 `stream_options.include_usage`。",
    ),
    key(
        "provider.*.dialect.parallel_tools",
        Bool,
        "",
        "In translation: it knows `parallel_tool_calls`.",
        "翻译时：支持 `parallel_tool_calls`。",
    ),
    key(
        "provider.*.dialect.sampling",
        Bool,
        "",
        "In translation: it takes `temperature` and `top_p`.",
        "翻译时：支持 `temperature` 和 `top_p`。",
    ),
    key(
        "provider.*.dialect.schema_answers",
        Bool,
        "",
        "In translation: it takes JSON schemas for answers.",
        "翻译时：支持用 JSON schema 约束回答。",
    ),
    key(
        "provider.*.dialect.cache_control",
        Bool,
        "",
        "In translation: it takes Anthropic's cache breakpoints.",
        "翻译时：支持 Anthropic 的缓存断点。",
    ),
    key(
        "provider.*.dialect.reasoning_in",
        Choice(&["none", "reasoning_content", "reasoning", "reasoning_details"]),
        "",
        "In translation to Chat: the field in which it wants its reasoning back.",
        "翻译为 Chat 时：用哪个字段把推理内容发回给它。",
    ),
    key(
        "provider.*.dialect.thinking_switch",
        Choice(&["protocol", "thinking", "enable_thinking", "reasoning", "chat_template_kwargs", "budget", "none"]),
        "",
        "In translation: the field with which its reasoning is switched.",
        "翻译时：用哪个字段开关推理。",
    ),
    key(
        "provider.*.dialect.max_output_field",
        Choice(&["max_completion_tokens", "max_tokens"]),
        "",
        "In translation to Chat: the field for the longest answer.",
        "翻译为 Chat 时：用哪个字段限制回答长度。",
    ),
    key(
        "provider.*.dialect.stop_max",
        Integer,
        "",
        "In translation: most stop texts it takes; the rest is done here.",
        "翻译时：最多支持几个停止文本；其余由本程序处理。",
    ),
    key(
        "provider.*.price.*.input",
        Price,
        "",
        "What a million tokens of input cost; the model is the one sent, names with `*`. Goes before what is known of the vendor.",
        "每百万输入 token 的价格；模型为实际发送的名字，可用 `*`。优先于内置的厂商价格。",
    ),
    key("provider.*.price.*.output", Price, "", "The same for output.", "每百万输出 token 的价格。"),
    key(
        "provider.*.price.*.cache_read",
        Price,
        "",
        "The same for input read from the cache. Without it the cost of an answer with such tokens is unknown.",
        "每百万缓存命中 token 的价格。不写时，含这类 token 的回答费用未知。",
    ),
    key(
        "provider.*.price.*.cache_write",
        Price,
        "",
        "The same for input written to the cache, for any time. Without it unknown.",
        "每百万写入缓存 token 的价格，不论有效期。不写时未知。",
    ),
    key(
        "provider.*.price.*.cache_write_5m",
        Price,
        "",
        "The same, written for five minutes; else `cache_write`.",
        "写入五分钟缓存的价格；不写时用 `cache_write`。",
    ),
    key(
        "provider.*.price.*.cache_write_1h",
        Price,
        "",
        "The same, written for an hour; else `cache_write`.",
        "写入一小时缓存的价格；不写时用 `cache_write`。",
    ),
    key(
        "provider.*.price.*.reasoning",
        Price,
        "",
        "The same for reasoning, where it has a price of its own; else it is output.",
        "推理 token 单独计价时的价格；不写时按输出计。",
    ),
    key(
        "provider.*.price.*.currency",
        Choice(&["USD", "CNY", "EUR", "GBP", "JPY", "KRW", "INR", "HKD", "SGD"]),
        "\"USD\"",
        "Currency of these prices (ISO 4217).",
        "以上价格的货币（ISO 4217）。",
    ),
    key(
        "provider.*.allow_plaintext",
        Bool,
        "false",
        "Allow `http://` with a key beyond this machine.",
        "允许通过 `http://` 把密钥发往其他机器。",
    ),
    key("provider.*.note", Text, "", "Free text.", "备注。"),
    key("provider.*.labels.*", Text, "", "Free labels.", "标签。"),
    key("provider.*.timeout", Duration, "", "Short for `request_timeout`.", "`request_timeout` 的简写。"),
    key(
        "provider.*.dns_timeout",
        Duration,
        "",
        "As in `[defaults]`, for this provider.",
        "同 `[defaults]`，仅用于此供应商。",
    ),
    key("provider.*.connect_timeout", Duration, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.tls_timeout", Duration, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.first_byte_timeout", Duration, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.idle_timeout", Duration, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.request_timeout", Duration, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.retries", Integer, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.keep_alive.per_host", Integer, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.keep_alive.total", Integer, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.keep_alive.idle", Duration, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.http_proxy", Text, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.ca_file", File, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key("provider.*.http2", HTTP2, "", "As in `[defaults]`.", "同 `[defaults]`。"),
    key(
        "provider.*.simulate.first_byte",
        Duration,
        "\"300ms\"",
        "Practice provider: time to the first event.",
        "练习供应商：到第一个事件的时间。",
    ),
    key(
        "provider.*.simulate.tokens_per_second",
        Integer,
        "60",
        "Practice provider: output speed.",
        "练习供应商：输出速度。",
    ),
    key(
        "profile.*.providers",
        Texts,
        "",
        "Providers of this profile, tried in this order. Without any profile, one named `default` holds every enabled provider.",
        "此方案的供应商，按此顺序尝试。没有任何方案时，会有一个名为 `default`、包含全部启用供应商的方案。",
    ),
    key("profile.*.note", Text, "", "Free text.", "备注。"),
    key(
        "route.name",
        Text,
        "",
        "Name of the rule, shown in `why`. `[[route]]`: the first rule that matches wins.",
        "规则名，会显示在 `why` 里。`[[route]]`：第一条匹配的规则生效。",
    ),
    key(
        "route.match.model",
        Text,
        "",
        "Model asked for; `*` and `?` as in file names.",
        "请求的模型；可像文件名那样用 `*` 和 `?`。",
    ),
    key("route.match.user", Text, "", "User id in the request.", "请求里的用户标识。"),
    key("route.match.path", Text, "", "Path of the request.", "请求路径。"),
    key(
        "route.match.client",
        Text,
        "",
        "Client: `claude`, `codex`, `opencode`, …",
        "客户端：`claude`、`codex`、`opencode`……",
    ),
    key("route.match.project", Text, "", "Folder of the run; `**` crosses folders.", "运行所在目录；`**` 可跨目录。"),
    key("route.match.header.*", Text, "", "Header of the request.", "请求头。"),
    key("route.to", Text, "", "`provider:NAME` or `profile:NAME`.", "`provider:名字` 或 `profile:名字`。"),
    key("route.model", Text, "", "Model sent instead of the one asked for.", "改为发送的模型。"),
    key(
        "log.level",
        Choice(&["error", "warn", "info", "debug", "trace"]),
        "\"info\"",
        "Least severity that is logged.",
        "记录日志的最低级别。",
    ),
    key(
        "log.format",
        Choice(&["pretty", "json"]),
        "\"pretty\"",
        "For people, or one JSON object per line.",
        "供人阅读，或每行一个 JSON 对象。",
    ),
    key("log.access_log", Bool, "true", "One line per request.", "每个请求一行。"),
    key(
        "log.keep.requests",
        Retention,
        "\"400d\"",
        "How long, or how many, request records are kept.",
        "请求记录保留多久或多少条。",
    ),
    key(
        "log.keep.max_size",
        Size,
        "\"2GiB\"",
        "Size of the database above which the oldest records go.",
        "数据库超过此大小时删除最旧的记录。",
    ),
    key("adapter.*.enabled", Bool, "true", "Whether it is used.", "是否使用。"),
    key(
        "adapter.*.user_agent",
        Texts,
        "[]",
        "Texts of which one is in the `User-Agent`. One of `user_agent`, `header`, `body` is enough; `cherrystudio`, `lobechat`, `opencat` are known by name.",
        "`User-Agent` 中包含其中之一即可。`user_agent`、`header`、`body` 满足一项就算识别；`cherrystudio`、`lobechat`、`opencat` 按名字已知。",
    ),
    key("adapter.*.header.*", Text, "", "A header and its value, in any case.", "请求头及其值，不分大小写。"),
    key("adapter.*.body", Texts, "[]", "Fields of which one is in the body.", "请求体中含有其中一个字段即可。"),
    key(
        "adapter.*.system",
        Text,
        "",
        "Instructions put before the client's own.",
        "放在客户端自身指令之前的系统提示。",
    ),
    key(
        "adapter.*.strip",
        Texts,
        "[]",
        "What is taken out of the body, written as in `provider.*.lacks`.",
        "从请求体中去掉的内容，写法同 `provider.*.lacks`。",
    ),
    key(
        "adapter.*.keep",
        Texts,
        "[]",
        "What stays although the provider is thought not to take it.",
        "即使认为供应商不支持也保留的内容。",
    ),
    key("adapter.*.set_headers.*", Text, "", "Headers set on the way to the provider.", "发往供应商时设置的请求头。"),
    key("adapter.*.remove_headers", Texts, "[]", "Headers taken away.", "去掉的请求头。"),
    key(
        "adapter.*.session",
        Text,
        "",
        "Where a session id goes when the client sends none: `header:NAME`, `body:FIELD`, `body:metadata.user_id`.",
        "客户端没有会话 id 时放在哪里：`header:名字`、`body:字段`、`body:metadata.user_id`。",
    ),
    key("adapter.*.session_every", Duration, "\"12h\"", "How long that id stays the same.", "该 id 保持不变的时长。"),
    key("client.*.profile", Text, "", "Profile of its runs.", "运行时使用的方案。"),
    key("client.*.args", Texts, "[]", "Arguments put before the user's own.", "放在用户参数之前的参数。"),
    key("client.*.env.*", Text, "", "Variables set for it.", "为它设置的环境变量。"),
    key("client.*.command", Text, "", "Program to start instead of the usual name.", "代替默认名称启动的程序。"),
    key("client.*.small_model", Text, "", "Model for its small background work.", "其后台小任务用的模型。"),
    key("client.*.models.opus", Text, "", "Model for its `opus` slot.", "其 `opus` 档位的模型。"),
    key("client.*.models.sonnet", Text, "", "Model for its `sonnet` slot.", "其 `sonnet` 档位的模型。"),
    key("client.*.models.haiku", Text, "", "Model for its `haiku` slot.", "其 `haiku` 档位的模型。"),
    key(
        "client.*.quiet_traffic",
        Bool,
        "true",
        "Switch its own telemetry and update traffic off.",
        "关闭它自己的遥测和更新流量。",
    ),
    key("ui.language", Choice(&["auto", "zh", "en"]), "\"auto\"", "Language of messages.", "消息语言。"),
    key(
        "ui.default_client",
        Text,
        "",
        "Client that a bare `tokgate run` starts.",
        "单独执行 `tokgate run` 时启动的客户端。",
    ),
];
