//! Messages of the `config` area: what is wrong with a configuration, and what to do.

crate::messages! {
    // The frame of an error.
    FIX = "config.fix", "fix", "办法";
    MORE = "config.more", "more", "详情";
    ONE_ERROR = "config.one_error", "{count} error", "{count} 个错误";
    MANY_ERRORS = "config.many_errors", "{count} errors", "{count} 个错误";
    MORE_ERRORS = "config.more_errors", ", the first {shown} are shown", "，只显示前 {shown} 个";
    AT_VARIABLE = "config.at_variable", "environment variable {name}", "环境变量 {name}";
    AT_FLAG = "config.at_flag", "command line, {name}", "命令行参数 {name}";
    NO_FILE = "config.no_file", "(no file)", "（没有文件）";
    FIRST_HERE = "config.first_here", "first here", "第一次在这里";
    AGAIN_HERE = "config.again_here", "again here", "这里又出现";
    DID_YOU_MEAN = "config.did_you_mean", "did you mean `{near}`?", "是不是想写 `{near}`？";

    // Names of types.
    TYPE_TEXT = "config.type.text", "text in quotes", "带引号的文本";
    TYPE_INTEGER = "config.type.integer", "a whole number", "整数";
    TYPE_FLOAT = "config.type.float", "a number with a fraction", "小数";
    TYPE_BOOL = "config.type.bool", "true or false", "true 或 false";
    TYPE_DATE = "config.type.date", "a date", "日期";
    TYPE_LIST = "config.type.list", "a list in [ ]", "[ ] 里的列表";
    TYPE_TABLE = "config.type.table", "a table", "表";
    TYPE_TABLES = "config.type.tables", "a list of [[tables]]", "[[表]] 的列表";

    // The file and its shape.
    SYNTAX = "config.syntax", "this is not valid TOML: {reason}", "不是合法的 TOML：{reason}";
    SYNTAX_FIX = "config.syntax.fix", "correct the marked place; text needs quotes, lists need [ ]", "改正标出的位置；文本要加引号，列表要用 [ ]";
    NUMBER_FIX = "config.number.fix", "write a smaller number", "写一个更小的数";
    FILE_MISSING = "config.file_missing", "there is no configuration file {path}", "没有这个配置文件：{path}";
    FILE_MISSING_FIX = "config.file_missing.fix", "check the path, or leave --config out to use the usual file", "检查路径，或去掉 --config 使用默认文件";
    FILE_UNREADABLE = "config.file_unreadable", "the configuration file {path} cannot be read: {reason}", "无法读取配置文件 {path}：{reason}";
    FILE_UNREADABLE_FIX = "config.file_unreadable.fix", "make it readable for this user: chmod u+r {path}", "让当前用户可读：chmod u+r {path}";
    FILE_UNREADABLE_OTHER_FIX = "config.file_unreadable_other.fix", "see what stands in the way: cat {path}", "查看是什么原因：cat {path}";
    FOLDER_CLOSED_FIX = "config.folder_closed.fix", "let this user into its folder: chmod u+rwx {folder}", "让当前用户能进入其文件夹：chmod u+rwx {folder}";
    FOLDER_FOREIGN_FIX = "config.folder_foreign.fix", "{folder} is another user's; name a file of your own with --config", "{folder} 属于其他用户；请用 --config 指定自己的文件";
    FILE_MODE_FOREIGN_FIX = "config.file_mode_foreign.fix", "sudo chown {user} {path} && chmod 600 {path}", "sudo chown {user} {path} && chmod 600 {path}";
    FILE_WRITABLE_FOREIGN_FIX = "config.file_writable_foreign.fix", "sudo chmod go-w {path}", "sudo chmod go-w {path}";
    UNKNOWN_KEY = "config.unknown_key", "unknown key `{name}` in `{section}`", "`{section}` 里有未知的键 `{name}`";
    UNKNOWN_KEY_FIX = "config.unknown_key.fix", "remove it; known here: {known}", "删掉它；这里可用的有：{known}";
    UNKNOWN_SECTION = "config.unknown_section", "unknown section or key `{name}`", "未知的节或键 `{name}`";
    UNKNOWN_SECTION_FIX = "config.unknown_section.fix", "remove it; this version knows: {known}", "删掉它；此版本支持：{known}";
    RENAME_FIX = "config.rename.fix", "write `{near}` instead of `{name}`", "把 `{name}` 改成 `{near}`";
    WRONG_TYPE = "config.wrong_type", "`{key}` must be {expected}, not {found}", "`{key}` 应该是{expected}，而不是{found}";
    WRONG_TYPE_FIX = "config.wrong_type.fix", "write it as {expected}", "写成{expected}";
    DOTTED_NAME_FIX = "config.dotted_name.fix", "a name with dots needs quotes: \"{name}…\" = \"…\"", "带点的名字要加引号：\"{name}…\" = \"…\"";
    MISSING = "config.missing", "`{name}` is missing (`{key}`)", "缺少 `{name}`（`{key}`）";
    MISSING_FIX = "config.missing.fix", "add, for example: {example}", "例如加上：{example}";
    MISSING_ADDRESS_FIX = "config.missing_address.fix", "add {example}, or `preset = \"…\"` with one of: {known}", "加上 {example}，或 `preset = \"…\"`，可选：{known}";
    DUPLICATE = "config.duplicate", "`{name}` is there twice", "`{name}` 出现了两次";
    DUPLICATE_FIX = "config.duplicate.fix", "keep one of the two, or give one another name", "只保留一个，或给其中一个改名";
    VERSION = "config.version", "this file has format version {value}, this program knows version {known}", "文件的格式版本是 {value}，本程序只认识版本 {known}";
    VERSION_FIX = "config.version.fix", "use a newer tokgate, or `version = {known}` with the keys of this version", "换用更新的 tokgate，或改成 `version = {known}` 并只用此版本的键";
    BAD_NAME = "config.bad_name", "`{value}` cannot be a name", "`{value}` 不能作为名字";
    BAD_NAME_FIX = "config.bad_name.fix", "use small letters, digits, - and _, at most 64, starting with a letter or digit", "用小写字母、数字、- 和 _，最多 64 个，以字母或数字开头";
    BAD_DURATION = "config.bad_duration", "`{key}`: `{value}` is not a duration", "`{key}`：`{value}` 不是时长";
    BAD_DURATION_FIX = "config.bad_duration.fix", "write number and unit, for example \"{example}\"; units: ms s m h d, also \"1h30m\"", "写数字加单位，例如 \"{example}\"；单位：ms s m h d，也可以写 \"1h30m\"";
    BAD_SIZE = "config.bad_size", "`{key}`: `{value}` is not a size", "`{key}`：`{value}` 不是大小";
    BAD_SIZE_FIX = "config.bad_size.fix", "write number and unit, for example \"64MiB\"; units: B kB KiB MB MiB GB GiB", "写数字加单位，例如 \"64MiB\"；单位：B kB KiB MB MiB GB GiB";
    OUT_OF_RANGE = "config.out_of_range", "`{key}`: `{value}` is outside {least} … {most}", "`{key}`：`{value}` 超出范围 {least} … {most}";
    OUT_OF_RANGE_FIX = "config.out_of_range.fix", "choose a value from {least} to {most}", "取 {least} 到 {most} 之间的值";
    BAD_CHOICE = "config.bad_choice", "`{key}`: `{value}` is not one of the possible values", "`{key}`：`{value}` 不在可选值之中";
    BAD_CHOICE_FIX = "config.bad_choice.fix", "choose one of: {known}", "可选：{known}";
    BAD_TEXT = "config.bad_text", "`{key}` is empty, too long or holds control characters", "`{key}` 为空、过长或含有控制字符";
    BAD_TEXT_FIX = "config.bad_text.fix", "give it a text of 1 to {most} bytes on one line, or remove the key", "写 1 到 {most} 字节的单行文本，或删掉这个键";
    LISTED_TWICE = "config.listed_twice", "`{value}` is listed twice", "`{value}` 列了两次";
    LISTED_TWICE_FIX = "config.listed_twice.fix", "remove one of the two", "删掉其中一个";
    FILE_KIND = "config.file_kind", "{path} is not an ordinary file", "{path} 不是普通文件";
    FILE_KIND_FIX = "config.file_kind.fix", "name a text file with --config, or put one there", "用 --config 指定文本文件，或在那里放一个";
    FILE_TOO_LARGE = "config.file_too_large", "{path} is larger than {most}", "{path} 超过 {most}";
    FILE_TOO_LARGE_FIX = "config.file_too_large.fix", "this cannot be a configuration; name the right file with --config", "这不可能是配置文件；请用 --config 指定正确的文件";
    FILE_OWNER = "config.file_owner", "{path} belongs to another user (uid {owner}), who could read or change it", "{path} 属于其他用户（uid {owner}），对方可以读取或修改它";
    FILE_OWNER_FIX = "config.file_owner.fix", "take it over: sudo chown {user} {path}", "改为自己所有：sudo chown {user} {path}";
    FILE_MODE = "config.file_mode", "{path} holds secrets and others on this machine may read it (mode {mode})", "{path} 里有密钥，而本机其他用户可以读它（权限 {mode}）";
    FILE_MODE_FIX = "config.file_mode.fix", "chmod 600 {path}", "chmod 600 {path}";
    NOT_UTF8 = "config.not_utf8", "{path} is not UTF-8 text (byte {offset})", "{path} 不是 UTF-8 文本（第 {offset} 字节）";
    NOT_UTF8_FIX = "config.not_utf8.fix", "save it as UTF-8", "另存为 UTF-8";
    NOT_FROM_OUTSIDE = "config.not_from_outside", "`{key}` cannot be set from the environment or a flag", "`{key}` 不能通过环境变量或参数设置";
    NOT_FROM_OUTSIDE_FIX = "config.not_from_outside.fix", "write it into the configuration file, and unset {name}", "写进配置文件，并取消 {name}";
    SAME_MEANING = "config.same_meaning", "`{key}` and `{other}` mean the same", "`{key}` 和 `{other}` 是同一个意思";
    SAME_MEANING_FIX = "config.same_meaning.fix", "keep `{other}`", "只保留 `{other}`";
    FILE_WRITABLE = "config.file_writable", "others on this machine may change {path} (mode {mode}), and with it where your keys go", "本机其他用户可以修改 {path}（权限 {mode}），从而改变密钥发往何处";
    FILE_WRITABLE_FIX = "config.file_writable.fix", "chmod go-w {path}", "chmod go-w {path}";
    LAST_GOOD_FIX = "config.last_good.fix", "correct the marked place, or go back to the copy that worked ({time}): cp {copy} {path}", "改正标出的位置，或退回上次可用的副本（{time}）：cp {copy} {path}";

    // [server]
    BAD_LISTEN = "config.bad_listen", "`{key}`: `{value}` is not an address to listen on", "`{key}`：`{value}` 不是可监听的地址";
    BAD_LISTEN_FIX = "config.bad_listen.fix", "write IP address and port, for example \"127.0.0.1:7711\" or \"[::1]:7711\"", "写 IP 地址和端口，例如 \"127.0.0.1:7711\" 或 \"[::1]:7711\"";
    EXPOSED = "config.exposed", "`{value}` can be reached from other machines, but {lack}", "其他机器可以访问 `{value}`，但是{lack}";
    EXPOSED_FIX = "config.exposed.fix", "listen on 127.0.0.1, or give server.tls a certificate and keep server.local_key", "只监听 127.0.0.1，或为 server.tls 配置证书并保留 server.local_key";
    LACK_TLS = "config.lack_tls", "there is no TLS: keys and prompts could be read on the way", "没有 TLS：密钥和内容可能在途中被读取";
    LACK_KEY = "config.lack_key", "server.local_key is off: anyone could spend your money", "server.local_key 已关闭：任何人都能花你的钱";
    WEAK_LOCAL_KEY = "config.weak_local_key", "`{key}` is too short: it needs at least {least} characters", "`{key}` 太短：至少要 {least} 个字符";
    WEAK_LOCAL_KEY_FIX = "config.weak_local_key.fix", "remove it and one is made for you, or use the output of: openssl rand -hex 24", "删掉它，会自动生成一个；或使用 openssl rand -hex 24 的输出";
    TLS_HALF = "config.tls_half", "`server.tls` needs both `cert` and `key`", "`server.tls` 需要同时有 `cert` 和 `key`";
    TLS_HALF_FIX = "config.tls_half.fix", "write server.tls.cert and server.tls.key, or neither", "同时写 server.tls.cert 和 server.tls.key，或都不写";
    BAD_ORIGIN = "config.bad_origin", "`{key}`: `{value}` is not an origin", "`{key}`：`{value}` 不是来源（origin）";
    BAD_ORIGIN_FIX = "config.bad_origin.fix", "write scheme and host exactly, for example \"http://localhost:3000\"; \"*\" is not possible", "准确写出协议和主机，例如 \"http://localhost:3000\"；不能写 \"*\"";
    BAD_HOST = "config.bad_host", "`{key}`: `{value}` is not a host name", "`{key}`：`{value}` 不是主机名";
    BAD_HOST_FIX = "config.bad_host.fix", "write the name alone, for example \"gateway.lan\"", "只写主机名，例如 \"gateway.lan\"";

    // Providers.
    BAD_URL = "config.bad_url", "`{key}`: `{value}` is not an address of a provider", "`{key}`：`{value}` 不是供应商地址";
    BAD_URL_FIX = "config.bad_url.fix", "write it with scheme and host, for example \"{example}\"", "写全协议和主机，例如 \"{example}\"";
    URL_EXTRA = "config.url_extra", "`{key}` must not hold {part}", "`{key}` 不能带{part}";
    URL_EXTRA_FIX = "config.url_extra.fix", "write the address alone; a key belongs into `keys`", "只写地址；密钥写在 `keys` 里";
    PART_USERINFO = "config.part_userinfo", "a user name or password", "用户名或密码";
    PART_QUERY = "config.part_query", "a query (`?…`)", "查询参数（`?…`）";
    PART_FRAGMENT = "config.part_fragment", "a fragment (`#…`)", "片段（`#…`）";
    LOOP = "config.loop", "`{key}`: `{value}` is this gateway itself; requests would go round in a loop", "`{key}`：`{value}` 就是本网关自己，请求会无限循环";
    LOOP_FIX = "config.loop.fix", "write the provider's own address", "写供应商自己的地址";
    PLAINTEXT = "config.plaintext", "`{key}`: a key would travel unencrypted to {host}", "`{key}`：密钥会以明文发往 {host}";
    PLAINTEXT_FIX = "config.plaintext.fix", "use https://, or set allow_plaintext = true if the way there is safe", "改用 https://，或者确认链路安全后设置 allow_plaintext = true";
    LINK_LOCAL = "config.link_local", "`{key}`: {host} is a machine-metadata or link-local address", "`{key}`：{host} 是元数据或链路本地地址";
    LINK_LOCAL_FIX = "config.link_local.fix", "write the provider's own address; this kind is never a provider", "写供应商自己的地址；这类地址不会是供应商";
    TYPE_NOT_YET = "config.type_not_yet", "this version has no provider type `{value}`", "此版本没有供应商类型 `{value}`";
    TYPE_NOT_YET_FIX = "config.type_not_yet.fix", "this version has: {known}", "此版本支持：{known}";
    UNKNOWN_PRESET = "config.unknown_preset", "there is no preset `{value}`", "没有名为 `{value}` 的预设";
    UNKNOWN_PRESET_FIX = "config.unknown_preset.fix", "choose one of: {known}; or give type and url", "可选：{known}；或者写 type 和 url";
    PRESET_PROTOCOL = "config.preset_protocol", "preset `{preset}` does not speak `{value}`", "预设 `{preset}` 不支持 `{value}`";
    PRESET_PROTOCOL_FIX = "config.preset_protocol.fix", "leave `type` out, or choose one of: {known}", "去掉 `type`，或从中选择：{known}";
    NOT_FOR_TYPE = "config.not_for_type", "`{key}` has no meaning for a provider of type `{type}`", "`{key}` 对类型为 `{type}` 的供应商没有意义";
    NOT_FOR_TYPE_FIX = "config.not_for_type.fix", "remove it", "删掉它";
    BAD_HEADER = "config.bad_header", "`{key}`: this header cannot be set here ({reason})", "`{key}`：这里不能设置这个请求头（{reason}）";
    BAD_HEADER_FIX = "config.bad_header.fix", "remove it; credentials belong into `keys` and `auth`", "删掉它；凭据写在 `keys` 和 `auth` 里";
    HEADER_NAME = "config.header_name", "not a header name", "不是合法的请求头名";
    HEADER_VALUE = "config.header_value", "not a header value", "不是合法的请求头值";
    HEADER_CONNECTION = "config.header_connection", "the connection sets it", "由连接本身设置";
    HEADER_CREDENTIAL = "config.header_credential", "the key is sent in it", "密钥通过它发送";
    HEADER_OURS = "config.header_ours", "x-tokgate-* is ours", "x-tokgate-* 为本程序保留";
    HEADER_TWICE = "config.header_twice", "it is there twice", "出现了两次";
    BAD_REFERENCE = "config.bad_reference", "`{key}` does not say where the key comes from", "`{key}` 没有说明密钥从哪里来";
    BAD_REFERENCE_FIX = "config.bad_reference.fix", "write env:NAME, file:PATH or command:PROGRAM ARGS", "写 env:NAME、file:PATH 或 command:PROGRAM ARGS";
    REFERENCE_KIND = "config.reference_kind", "`{kind}:` is no way to fetch a key in this version", "此版本不能用 `{kind}:` 取密钥";
    SHELL_STYLE_FIX = "config.shell_style.fix", "write \"env:{name}\"", "写 \"env:{name}\"";
    AWS_REFERENCE_FIX = "config.aws_reference.fix", "write aws:env, aws:profile:NAME or aws:command:PROGRAM ARGS", "写 aws:env、aws:profile:NAME 或 aws:command:PROGRAM ARGS";
    AWS_KEY_ID_FIX = "config.aws_key_id.fix", "this is the id of an AWS key, not a key; write aws:env, aws:profile:NAME, or { access_key = \"env:NAME\", secret_key = \"env:NAME\" }", "这是 AWS 密钥的 ID 而不是密钥；请写 aws:env、aws:profile:NAME，或 { access_key = \"env:NAME\", secret_key = \"env:NAME\" }";
    CLIENT_KEY_FIX = "config.client_key.fix", "`client` is possible in provider.NAME.keys only", "`client` 只能用在 provider.NAME.keys 里";
    BAD_KEY = "config.bad_key", "`{key}` holds a blank, quote, line break or other character that no key has", "`{key}` 含有空格、引号、换行等密钥中不会有的字符";
    BAD_KEY_FIX = "config.bad_key.fix", "copy the key again, without quotes and blanks around it; better: env:NAME", "重新复制密钥，不要带引号和空格；最好写 env:NAME";
    BAD_PROXY = "config.bad_proxy", "`{key}` is not a proxy", "`{key}` 不是代理";
    BAD_PROXY_FIX = "config.bad_proxy.fix", "write \"env\", \"none\" or an address such as \"http://127.0.0.1:7890\" or \"socks5h://127.0.0.1:1080\"", "写 \"env\"、\"none\" 或地址，例如 \"http://127.0.0.1:7890\"、\"socks5h://127.0.0.1:1080\"";
    BAD_API_VERSION = "config.bad_api_version", "`{key}`: `{value}` is no version of Azure's API", "`{key}`：`{value}` 不是 Azure 的 API 版本";
    BAD_API_VERSION_FIX = "config.bad_api_version.fix", "remove it, or write \"v1\", \"preview\" or a date such as \"2024-10-21\"", "删掉它，或写 \"v1\"、\"preview\" 或 \"2024-10-21\" 这样的日期";
    AZURE_URL = "config.azure_url", "`{key}` holds the address of one deployment", "`{key}` 是某个部署的地址";
    AZURE_URL_FIX = "config.azure_url.fix", "write the resource alone (\"https://NAME.openai.azure.com\"), the version as api_version, the deployment in models = { \"MODEL\" = \"DEPLOYMENT\" }", "只写资源地址（\"https://NAME.openai.azure.com\"），版本写在 api_version，部署写在 models = { \"MODEL\" = \"DEPLOYMENT\" }";
    BAD_REGION = "config.bad_region", "`{key}`: `{value}` is no AWS region", "`{key}`：`{value}` 不是 AWS 区域";
    BAD_REGION_FIX = "config.bad_region.fix", "write one such as \"us-east-1\"", "写成 \"us-east-1\" 这样";
    MIXED_KEYS = "config.mixed_keys", "`{key}` holds AWS keys and plain ones; a provider has one kind", "`{key}` 同时有 AWS 密钥和普通密钥；一个供应商只能有一种";
    MIXED_KEYS_FIX = "config.mixed_keys.fix", "keep one kind, or make a second provider for the other", "只保留一种，或为另一种再建一个供应商";
    NO_SCOPE = "config.no_scope", "`{key}`: AWS keys sign for a region and a service, and this address names none", "`{key}`：AWS 密钥按区域和服务签名，而此地址没有指明";
    NO_SCOPE_FIX = "config.no_scope.fix", "write type = \"bedrock\" with a region, or an address of AWS such as \"https://bedrock-mantle.us-east-1.api.aws/anthropic\"", "写 type = \"bedrock\" 并给出 region，或使用 AWS 地址，例如 \"https://bedrock-mantle.us-east-1.api.aws/anthropic\"";
    NOT_DETECTED = "config.not_detected", "`{key}` does not say how its requests are recognised", "`{key}` 没有说明如何识别它的请求";
    NOT_DETECTED_FIX = "config.not_detected.fix", "add user_agent = [\"…\"], header = { x-client-type = \"…\" } or body = [\"FIELD\"]; known by name: {known}", "加上 user_agent = [\"…\"]、header = { x-client-type = \"…\" } 或 body = [\"字段\"]；已知名字：{known}";
    BAD_SESSION = "config.bad_session", "`{key}`: `{value}` is no place for a session id", "`{key}`：`{value}` 不能放会话 id";
    BAD_SESSION_FIX = "config.bad_session.fix", "write header:NAME, body:FIELD or body:FIELD.MEMBER, for example \"body:metadata.user_id\"", "写 header:名字、body:字段 或 body:字段.成员，例如 \"body:metadata.user_id\"";
    BAD_LACK = "config.bad_lack", "`{key}`: `{value}` names nothing that can be left out of a request", "`{key}`：`{value}` 不是可以从请求中去掉的内容";
    BAD_LACK_FIX = "config.bad_lack.fix", "write a field (`speed`, `tools[].strict`) or a beta (`anthropic-beta=NAME`)", "写字段（`speed`、`tools[].strict`）或 beta（`anthropic-beta=名字`）";
    ESSENTIAL_LACK_FIX = "config.essential_lack.fix", "remove it; no request is without it", "删掉它；请求不能没有它";
    LACKED_VALUE_FIX = "config.lacked_value.fix", "values that can be replaced: messages[].role=system, messages[].role=developer, thinking.type=adaptive", "可以替换的值：messages[].role=system、messages[].role=developer、thinking.type=adaptive";

    // Profiles and routes.
    MISSING_TARGET = "config.missing_target", "there is no {kind} `{value}`", "没有名为 `{value}` 的{kind}";
    MISSING_TARGET_FIX = "config.missing_target.fix", "name one of: {known}", "可选：{known}";
    KIND_PROVIDER = "config.kind_provider", "provider", "供应商";
    KIND_PROFILE = "config.kind_profile", "profile", "方案";
    KIND_EITHER = "config.kind_either", "profile or provider", "方案或供应商";
    NOTHING = "config.nothing", "(none)", "（无）";
    EMPTY_PROFILE = "config.empty_profile", "profile `{name}` holds no provider", "方案 `{name}` 里没有供应商";
    EMPTY_PROFILE_FIX = "config.empty_profile.fix", "list at least one, or remove the profile", "至少列出一个，或删掉这个方案";
    BAD_TARGET = "config.bad_target", "`{key}`: `{value}` does not name a target", "`{key}`：`{value}` 不是目标";
    BAD_TARGET_FIX = "config.bad_target.fix", "write \"provider:NAME\" or \"profile:NAME\"", "写 \"provider:NAME\" 或 \"profile:NAME\"";
    BAD_VARIABLE_NAME = "config.bad_variable_name", "`{value}` cannot be the name of an environment variable", "`{value}` 不能作为环境变量名";
    BAD_VARIABLE_NAME_FIX = "config.bad_variable_name.fix", "use letters, digits and _, not starting with a digit", "用字母、数字和 _，不以数字开头";

    // Remarks.
    EMPTY_FILE = "config.empty_file", "{path} is empty: the defaults are used", "{path} 是空的：使用默认值";
    HOST_LEFT_OUT = "config.host_left_out", "`{key}`: `{value}` listens on this machine only ({address})", "`{key}`：`{value}` 只监听本机（{address}）";
    LITERAL_KEY = "config.literal_key", "`{key}` is written into the file; env:NAME or file:PATH is safer", "`{key}` 直接写在文件里；用 env:NAME 或 file:PATH 更安全";
    POOR_LOCAL_KEY = "config.poor_local_key", "`{key}` is easy to guess; use the output of: openssl rand -hex 24", "`{key}` 容易被猜到；建议使用 openssl rand -hex 24 的输出";
    ALL_DISABLED = "config.all_disabled", "every provider of `{key}` is disabled: nothing can answer", "`{key}` 的供应商全部停用：没有谁能应答";
    NO_KEYS = "config.no_keys", "`{key}` has no key: requests go there without one", "`{key}` 没有密钥：请求将不带密钥发出";
    NEVER_REACHED = "config.never_reached", "`{key}` has no condition, so the rules after it are never reached", "`{key}` 没有条件，它后面的规则永远不会用到";
    OLD_VARIABLE = "config.old_variable", "{name} is understood; today's name is {new}", "已识别 {name}；现在的名字是 {new}";
    NOT_A_SETTING = "config.not_a_setting", "{name} is ignored: whether the gateway runs is no setting", "{name} 被忽略：网关是否运行不属于配置";
    ONE_UNDERSCORE = "config.one_underscore", "{name} is ignored; the levels of a setting are separated by two underscores: {new}", "{name} 被忽略；各级之间要用两个下划线：{new}";
    BASE_IS_US = "config.base_is_us", "{name} points at this gateway and is left out", "{name} 指向本网关，已忽略";
    NO_LOCAL_KEY = "config.no_local_key", "`{key}` is off: every program on this machine can use your providers", "`{key}` 已关闭：本机任何程序都能使用你的供应商";
    VARIABLE_UNSET = "config.variable_unset", "`{key}`: the environment variable {name} is not set here; the gateway needs it where it is started (a running one: tokgate stop, then tokgate up)", "`{key}`：此处未设置环境变量 {name}；网关启动时需要它（若已在运行：先 tokgate stop，再 tokgate up）";
    NO_DEPLOYMENTS = "config.no_deployments", "`{key}` has no `models`: the name a client asks for must be the name of a deployment", "`{key}` 没有 `models`：客户端请求的名字必须就是部署名";
    FILE_SHARED = "config.file_shared", "{path} holds secrets and others on this machine may read it (mode {mode}); better: {command}", "{path} 里有密钥，而本机其他用户可以读它（权限 {mode}）；建议：{command}";
    WILDCARD_NARROWED = "config.wildcard_narrowed", "{name} asks for every network; {address} is used (other machines need server.tls)", "{name} 要求监听所有网络；改用 {address}（其他机器访问需要 server.tls）";

    // Secrets at use.
    SECRET_UNSET = "config.secret_unset", "the environment variable {name} is not set; export it where the gateway is started", "环境变量 {name} 没有设置；请在启动网关的环境里设置它";
    SECRET_FILE = "config.secret_file", "the key file {name} cannot be used: {reason}", "无法使用密钥文件 {name}：{reason}";
    SECRET_COMMAND = "config.secret_command", "the command `{name}` gave no key: {reason}", "命令 `{name}` 没有给出密钥：{reason}";
    SECRET_TEXT = "config.secret_text", "the key from {name} is empty or holds a blank, quote, line break or other character that no key has", "来自 {name} 的密钥为空，或含有空格、引号、换行等密钥中不会有的字符";
    SECRET_CLIENT = "config.secret_client", "`client` has no value of its own: the caller's login is forwarded", "`client` 本身没有值：转发的是调用者的登录";
    SECRET_AWS = "config.secret_aws", "the AWS profile `{name}` gave no keys: {reason}", "AWS 配置 `{name}` 没有给出密钥：{reason}";
    REASON_NO_PROFILE = "config.reason_no_profile", "neither ~/.aws/credentials nor ~/.aws/config has keys for it; aws configure --profile NAME makes them", "~/.aws/credentials 和 ~/.aws/config 中都没有它的密钥；可用 aws configure --profile NAME 创建";
    REASON_SIGN_IN = "config.reason_sign_in", "it needs a sign-in or a role; write keys = [\"aws:command:aws configure export-credentials --profile NAME\"]", "它需要登录或角色；请写 keys = [\"aws:command:aws configure export-credentials --profile NAME\"]";
    REASON_JSON = "config.reason_json", "its output is not what credential_process programs print", "输出不是 credential_process 程序的格式";
    LOCAL_KEY_UNSET_FIX = "config.local_key_unset.fix", "export {name}=… where the gateway is started and start it again, or write local_key = \"auto\" in [server]", "在启动网关的环境里执行 export {name}=… 后重新启动，或在 [server] 中写 local_key = \"auto\"";
    LOCAL_KEY_FIX = "config.local_key.fix", "correct what it names ({name}), or write local_key = \"auto\" in [server]", "改正它所指的内容（{name}），或在 [server] 中写 local_key = \"auto\"";
    REASON_MODE = "config.reason_mode", "others may read it; chmod 600 it", "其他用户可以读取；请执行 chmod 600";
    REASON_KIND = "config.reason_kind", "not an ordinary file, or larger than 64 KiB", "不是普通文件，或超过 64 KiB";
    REASON_TIMEOUT = "config.reason_timeout", "no answer within 5 s", "5 秒内没有结果";
    REASON_EXIT = "config.reason_exit", "it failed", "执行失败";
    REASON_OUTPUT = "config.reason_output", "its output is not text of at most 64 KiB", "输出不是 64 KiB 以内的文本";

    // The reference page.
    DOC_TITLE = "config.doc_title", "Configuration reference", "配置参考";
    DOC_INTRO = "config.doc_intro", "Generated from the program; every key it accepts is here.", "由程序生成；它接受的每个键都在这里。";
    DOC_KEYS = "config.doc_keys", "Keys", "键";
    DOC_KEY = "config.doc_key", "Key", "键";
    DOC_TYPE = "config.doc_type", "Type", "类型";
    DOC_DEFAULT = "config.doc_default", "Default", "默认值";
    DOC_MEANING = "config.doc_meaning", "Meaning", "含义";
    DOC_VARIABLES = "config.doc_variables", "Environment variables", "环境变量";
    DOC_CODES = "config.doc_codes", "Errors", "错误";
    DOC_REMARKS = "config.doc_remarks", "Remarks", "提示";
    DOC_SECRETS = "config.doc_secrets", "Keys that cannot be fetched", "取不到的密钥";
    DOC_RULES = "config.doc_rules", "The file is `~/.config/tokgate/config.toml` (or `$XDG_CONFIG_HOME/tokgate/config.toml`, or the one named with `--config`). Unknown keys are errors. A running gateway reads the file again when it changes; a file with an error changes nothing, nor does one that vanishes or is emptied. Lowest to highest: default, preset, file, environment, flags.", "配置文件是 `~/.config/tokgate/config.toml`（或 `$XDG_CONFIG_HOME/tokgate/config.toml`，或用 `--config` 指定）。未知的键是错误。运行中的网关会在文件变化时重新读取；有错误、消失或被清空的文件不会改变任何东西。优先级从低到高：默认值、预设、文件、环境变量、参数。";
    DOC_PRESETS = "config.doc_presets", "Presets", "预设";
    DOC_VARIABLES_TEXT = "config.doc_variables_text", "Every key has a variable: `TOKGATE_`, then the path in capitals with two underscores between its levels, for example `TOKGATE_SERVER__LISTEN` or `TOKGATE_PROVIDER__KIMI__KEYS`. Lists are separated by commas; a key (secret) may be the value itself. `TOKGATE_USE` names the default profile, or the provider that is tried first. Rules (`[[route]]`) cannot be set this way. Without any configured provider, the usual key variables of the presets become providers, and `ANTHROPIC_BASE_URL` and `OPENAI_BASE_URL` their addresses unless they point at this gateway; without any such variable the practice provider answers.", "每个键都有对应的环境变量：`TOKGATE_` 加大写路径，各级之间用两个下划线，例如 `TOKGATE_SERVER__LISTEN`、`TOKGATE_PROVIDER__KIMI__KEYS`。列表用逗号分隔；密钥可以直接写值。`TOKGATE_USE` 指定默认方案，或最先尝试的供应商。规则（`[[route]]`）不能这样设置。没有配置任何供应商时，各预设的常用密钥变量会成为供应商，`ANTHROPIC_BASE_URL` 和 `OPENAI_BASE_URL` 成为其地址（指向本网关的除外）；也没有这些变量时由练习供应商应答。";
    DOC_OLD = "config.doc_old", "Older name", "旧名字";
    DOC_NEW = "config.doc_new", "Today's name", "现在的名字";
    DOC_OLD_TEXT = "config.doc_old_text", "The older names rank below all `TOKGATE_` ones. `LOG_…` and `HTTP_…` are read only when one of the `CLAUDE_SERVICE_…` or `CODEX_SERVICE_…` variables is set, because any program may use them. `CLAUDE_SERVICE_HOST=0.0.0.0` listens on this machine only.", "旧名字的优先级低于所有 `TOKGATE_` 变量。`LOG_…` 和 `HTTP_…` 只有在设置了 `CLAUDE_SERVICE_…` 或 `CODEX_SERVICE_…` 之一时才会读取，因为其他程序也可能使用它们。`CLAUDE_SERVICE_HOST=0.0.0.0` 只监听本机。";

    // Where a value comes from.
    SHOW_USED = "config.show_used", "used when no rule chooses: {name} ({origin})", "没有规则匹配时使用：{name}（{origin}）";
    ORIGIN_DEFAULT = "config.origin_default", "default", "默认";
    ORIGIN_FILE = "config.origin_file", "line {line}", "第 {line} 行";
    ORIGIN_ENV = "config.origin_env", "variable {name}", "变量 {name}";
    ORIGIN_FLAG = "config.origin_flag", "flag {name}", "参数 {name}";
    ORIGIN_PRESET = "config.origin_preset", "preset {name}", "预设 {name}";
}
