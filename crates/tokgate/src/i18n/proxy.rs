//! Texts inside answers to clients. The first line is short: clients cut the rest.

crate::messages! {
    STREAM_BROKE = "proxy.stream-broke",
        "tokgate: the answer from {provider} broke off ({why}). What arrived is incomplete; ask again.",
        "tokgate：来自 {provider} 的回答中断（{why}）。已收到的内容不完整，请重试。";
    UNTRANSLATABLE = "proxy.untranslatable",
        "tokgate: no provider here speaks this client's protocol, and the request cannot be translated — {tried}. More: tokgate show {id}",
        "tokgate：这里没有供应商使用该客户端的协议，而此请求无法翻译 — {tried}。详情：tokgate show {id}";
    REQUEST_MALFORMED = "proxy.request-malformed",
        "tokgate: the request is wrong at `{field}`: {reason}. It was not sent to any provider.",
        "tokgate：请求的 `{field}` 有误：{reason}。请求未发往任何供应商。";
    BODY_REFUSED = "proxy.body-refused",
        "tokgate: the request body cannot be read: {reason}. It was not sent to any provider.",
        "tokgate：无法读取请求体：{reason}。请求未发往任何供应商。";
    BUFFERS_FULL = "proxy.buffers-full",
        "tokgate: too much request data is being held at once; try again in a moment.",
        "tokgate：当前缓存的请求数据过多，请稍后重试。";
    SHED = "proxy.shed",
        "tokgate: so much request data is being held at once that background requests are refused for the moment; try again in a moment. See: tokgate status",
        "tokgate：当前缓存的请求数据过多，暂时拒绝后台请求，请稍后重试。查看：tokgate status";
    CIRCLE = "proxy.circle",
        "tokgate: this conversation has sent the very same request {count} times within a minute and was answered, so it is not sent again: the agent seems to go round in a circle. Change the request, or wait a minute. If it is meant: tokgate config set server.max_repeats {more}",
        "tokgate：此会话在一分钟内已发送 {count} 次完全相同的请求并得到回答，因此不再发送：代理似乎陷入了循环。请修改请求，或等待一分钟。若确有需要：tokgate config set server.max_repeats {more}";
    CODING_UNKNOWN = "proxy.coding-unknown",
        "tokgate: request bodies in content-encoding `{coding}` are not understood; send one of {accepted}, or none.",
        "tokgate：不支持内容编码 `{coding}` 的请求体；请使用 {accepted} 之一，或不压缩。";
    CODINGS_STACKED = "proxy.codings-stacked",
        "tokgate: request bodies in several content-encodings at once (`{coding}`) are not understood; send one of {accepted}, or none.",
        "tokgate：不支持同时使用多种内容编码（`{coding}`）的请求体；请使用 {accepted} 之一，或不压缩。";
    CODING_BROKEN = "proxy.coding-broken",
        "tokgate: the request body is not valid {coding}. It was not sent to any provider.",
        "tokgate：请求体不是有效的 {coding} 数据。请求未发往任何供应商。";
    CODING_WINDOW = "proxy.coding-window",
        "tokgate: the request body's {coding} window is larger than {mib} MiB; compress it without `--long`, or not at all. It was not sent to any provider.",
        "tokgate：请求体的 {coding} 窗口大于 {mib} MiB；请压缩时不用 `--long`，或不压缩。请求未发往任何供应商。";
    CODING_SHORT = "proxy.coding-short",
        "tokgate: the request body ends in the middle of its {coding} data. It was not sent to any provider.",
        "tokgate：请求体的 {coding} 数据不完整。请求未发往任何供应商。";
    CODING_BOMB = "proxy.coding-bomb",
        "tokgate: the request body grows more than 100-fold when its {coding} is undone; send it uncompressed.",
        "tokgate：请求体解开 {coding} 后增大超过 100 倍；请不压缩发送。";
    BODY_MALFORMED = "proxy.body-malformed",
        "tokgate: the request body cannot be read at byte {offset}: {reason}. It was not sent to any provider.",
        "tokgate：无法读取请求体（第 {offset} 字节处）：{reason}。请求未发往任何供应商。";
    MODEL_NOT_TEXT = "proxy.model-not-text",
        "tokgate: `model` must be a text, the name of a model.",
        "tokgate：`model` 必须是文本，即模型名称。";
    MODEL_MISSING = "proxy.model-missing",
        "tokgate: the request names no `model`. Known here, for example: {known}",
        "tokgate：请求没有指定 `model`。这里已知的模型例如：{known}";
    MODEL_MISSING_NONE = "proxy.model-missing-none",
        "tokgate: the request names no `model`.",
        "tokgate：请求没有指定 `model`。";
    MODEL_INVALID = "proxy.model-invalid",
        "tokgate: the `model` is empty, longer than {max} characters, or has characters no model name has.",
        "tokgate：`model` 为空、超过 {max} 个字符，或含有模型名中不会出现的字符。";
    BODY_TOO_LARGE = "proxy.body-too-large",
        "tokgate: the request body is larger than {mib} MiB (`server.max_body`).",
        "tokgate：请求体超过 {mib} MiB（`server.max_body`）。";
    BODY_BROKEN_OFF = "proxy.body-broken-off",
        "tokgate: the request body broke off.",
        "tokgate：请求体传输中断。";
    KEY_UNKNOWN = "proxy.key_unknown", "there is no such key", "没有这个密钥";
    TOO_LARGE = "proxy.too-large",
        "tokgate: the request is too large for every provider that could answer it, so it was not sent. Shorten the conversation (in coding clients: /compact), or use a provider that takes more.",
        "tokgate：此请求对所有可用的供应商来说都太大，因此没有发送。请缩短对话（编程客户端中用 /compact），或使用能接受更大请求的供应商。";
    ROOM_DECLARED = "proxy.room-declared",
        "{provider} takes {size}: provider.{provider}.max_body",
        "{provider} 最多接受 {size}：provider.{provider}.max_body";
    ROOM_LEARNED = "proxy.room-learned",
        "{provider} refused one of {size} lately; where that has changed: tokgate learned forget {provider}",
        "{provider} 最近拒绝了一个 {size} 的请求；如已改变：tokgate learned forget {provider}";
    PROFILE_UNKNOWN = "proxy.profile-unknown",
        "tokgate: there is no profile `{name}`. There are: {known}",
        "tokgate：没有名为 `{name}` 的方案。现有：{known}";
    PROVIDER_UNKNOWN = "proxy.provider-unknown",
        "tokgate: there is no provider `{name}`. There are: {known}",
        "tokgate：没有名为 `{name}` 的供应商。现有：{known}";
    PROTOCOL_UNSPOKEN = "proxy.protocol-unspoken",
        "tokgate: no provider for this request speaks {protocol}. They speak: {speaks}. Add one that does (`tokgate config path` tells where), or use a client of their protocol.",
        "tokgate：可用的供应商都不支持 {protocol} 协议。它们支持：{speaks}。请添加支持该协议的供应商（`tokgate config path` 显示配置位置），或改用对应协议的客户端。";
    TOOLS_NOT_ALLOWED = "proxy.tools-not-allowed",
        "tokgate: the profile `{name}` takes no requests with tools (`profile.{name}.allow.tools`). Send it without tools, or take another profile: `tokgate use PROFILE`.",
        "tokgate：方案 `{name}` 不接受带工具的请求（`profile.{name}.allow.tools`）。请去掉工具，或改用其他方案：`tokgate use 方案`。";
    LOGIN_NEEDED = "proxy.login-needed",
        "tokgate: {provider} uses your own login, and this request brought none. Log in in the client, then start it with `tokgate run`.",
        "tokgate：{provider} 使用您自己的登录，而此请求没有携带。请先在客户端登录，再用 `tokgate run` 启动它。";
    NO_PROVIDER = "proxy.no-provider",
        "tokgate: no provider is configured and enabled for this request. `tokgate config path` tells where to add one.",
        "tokgate：没有为此请求配置并启用的供应商。`tokgate config path` 显示在哪里添加。";
    HOST_REFUSED = "proxy.host-refused",
        "tokgate: this host name is not one of this gateway's; add it to `server.hosts` if it should be.",
        "tokgate：该主机名不属于本网关；如需使用，请加入 `server.hosts`。";
    ORIGIN_REFUSED = "proxy.origin-refused",
        "tokgate: web pages may not call this gateway; add the page's origin to `server.allow_origins` if this one should.",
        "tokgate：网页不得调用本网关；如需允许，请将该网页的来源加入 `server.allow_origins`。";
    LOOP = "proxy.loop",
        "tokgate: this request has been through this gateway already; a provider's `url` leads back to it. See `tokgate config show`.",
        "tokgate：此请求已经过本网关；某个供应商的 `url` 又指回了这里。请查看 `tokgate config show`。";
    TOO_MANY_TRIES = "proxy.too-many-tries",
        "tokgate: too many wrong keys from this address; wait a minute.",
        "tokgate：该地址尝试错误密钥次数过多，请等待一分钟。";
    KEY_WRONG = "proxy.key-wrong",
        "tokgate: no valid local key. `tokgate env` prints it; `tokgate run` sets it by itself.",
        "tokgate：缺少有效的本地密钥。`tokgate env` 会显示它；`tokgate run` 会自动设置。";
    PATH_UNKNOWN = "proxy.path-unknown",
        "tokgate: nothing here. Supported: /v1/messages, /v1/messages/count_tokens, /v1/chat/completions, /v1/responses, /v1/responses/input_tokens, /v1/responses/compact, /v1/models, /v1/models/ID, /adapters, /health",
        "tokgate：此路径不存在。支持：/v1/messages、/v1/messages/count_tokens、/v1/chat/completions、/v1/responses、/v1/responses/input_tokens、/v1/responses/compact、/v1/models、/v1/models/ID、/adapters、/health";
    UPGRADE_REFUSED = "proxy.upgrade-refused",
        "tokgate: WebSocket is switched off here (`server.websocket`); use POST.",
        "tokgate：这里已关闭 WebSocket（`server.websocket`），请使用 POST。";
    HANDSHAKE_WRONG = "proxy.handshake-wrong",
        "tokgate: this is no WebSocket handshake: `{what}` is missing or not as it must be.",
        "tokgate：这不是有效的 WebSocket 握手：`{what}` 缺失或不正确。";
    FRAME_UNREADABLE = "proxy.frame-unreadable",
        "tokgate: the frame is not a request: {why}. It was not sent to any provider.",
        "tokgate：该帧不是有效的请求：{why}。未发往任何供应商。";
    FRAME_UNKNOWN = "proxy.frame-unknown",
        "tokgate: frames of the type `{type}` are not known here; send `response.create`.",
        "tokgate：不支持类型为 `{type}` 的帧；请发送 `response.create`。";
    PREVIOUS_UNKNOWN = "proxy.previous-unknown",
        "tokgate: this connection does not know the response `{id}`; send the whole conversation without `previous_response_id`.",
        "tokgate：此连接不知道回答 `{id}`；请不用 `previous_response_id`，发送完整对话。";
    STEERING = "proxy.steering",
        "tokgate: an answer cannot be steered here; say it in the next request.",
        "tokgate：这里不支持在回答过程中插话；请在下一个请求中说明。";
    TOO_MANY_WAIT = "proxy.too-many-wait",
        "tokgate: {max} requests of this connection wait for their turn already; wait for their answers.",
        "tokgate：此连接已有 {max} 个请求在排队，请等待它们的回答。";
    CONNECTION_LIMIT = "proxy.connection-limit",
        "tokgate: this connection has been open for 60 minutes; open a new one.",
        "tokgate：此连接已打开 60 分钟，请新建连接。";
    WEBSOCKET_SWITCHED_OFF = "proxy.websocket-switched-off",
        "tokgate: WebSocket has been switched off (`server.websocket`); connect anew to go on by POST.",
        "tokgate：WebSocket 已关闭（`server.websocket`）；请重新连接，将改用 POST。";
    STREAM_ENDED = "proxy.stream-ended",
        "tokgate: the answer ended without its end; ask again.",
        "tokgate：回答在结束标记之前中断，请重试。";
    METHOD_WRONG = "proxy.method-wrong",
        "tokgate: this path answers {allowed}.",
        "tokgate：此路径支持的方法：{allowed}。";
    CONTENT_TYPE_WRONG = "proxy.content-type-wrong",
        "tokgate: send `content-type: application/json`.",
        "tokgate：请发送 `content-type: application/json`。";
    BUSY = "proxy.busy",
        "tokgate: gateway queue full ({waiting}): {limit} requests are under way (`server.max_concurrent`) and no place was free in time; try again in a moment.",
        "tokgate：网关队列已满（{waiting}）：已有 {limit} 个请求正在处理（`server.max_concurrent`），未能及时等到空位，请稍后重试。";
    LINE_FULL = "proxy.line-full",
        "tokgate: gateway queue full ({waiting}): every provider that can be used is at its limit, and as many requests as may wait do. See: tokgate queue status",
        "tokgate：网关队列已满（{waiting}）：所有可用的供应商都已达上限，排队的请求也已达上限。查看：tokgate queue status";
    NO_PLACE = "proxy.no-place",
        "tokgate: every provider that can be used is at its limit, and no place was free in the time a request may wait (`hold.max`). See: tokgate queue status",
        "tokgate：所有可用的供应商都已达上限，在允许等待的时间（`hold.max`）内没有空位。查看：tokgate queue status";
    OVER_LIMIT = "proxy.over-limit",
        "tokgate: the limit “{name}” of this gateway is reached: {allowed}. Change it: tokgate limit set {quoted} --rpm N (or --concurrent, --tpm)",
        "tokgate：已达到本网关的限制“{name}”：{allowed}。修改：tokgate limit set {quoted} --rpm N（或 --concurrent、--tpm）";
    ALLOWED_CONCURRENT = "proxy.allowed-concurrent", "{count} at once", "同时 {count} 个";
    ALLOWED_RPM = "proxy.allowed-rpm", "{count} requests a minute", "每分钟 {count} 个请求";
    ALLOWED_TPM = "proxy.allowed-tpm", "{count} tokens a minute", "每分钟 {count} 个 token";
    ALLOWED_AND = "proxy.allowed-and", "{one}, {two}", "{one}，{two}";
    DRAINING = "proxy.draining",
        "tokgate: the gateway is stopping.",
        "tokgate：网关正在停止。";
    ALL_FAILED = "proxy.all-failed",
        "tokgate: all {count} providers failed — tokgate why {id}",
        "tokgate：全部 {count} 个供应商都失败了 — tokgate why {id}";
    SOME_FAILED = "proxy.some-failed",
        "tokgate: {asked} of {count} providers failed, the others were not asked — tokgate why {id}",
        "tokgate：{count} 个供应商中有 {asked} 个失败，其余没有请求 — tokgate why {id}";
    NONE_ASKED = "proxy.none-asked",
        "tokgate: no provider could be asked, {count} were passed over — tokgate why {id}",
        "tokgate：没有可请求的供应商，已跳过 {count} 个 — tokgate why {id}";
    ONE_FAILED = "proxy.one-failed",
        "tokgate: the only provider failed — tokgate why {id}",
        "tokgate：唯一的供应商失败了 — tokgate why {id}";
    ALL_RESTING = "proxy.all-resting",
        "tokgate: every provider that may be asked rests, the next is usable in {seconds} s — tokgate why {id}",
        "tokgate：所有可请求的供应商都已暂停，{seconds} 秒后可再试 — tokgate why {id}";
    KEYS_REFUSED = "proxy.keys-refused",
        "tokgate: no key could be used — tokgate why {id}",
        "tokgate：没有可用的密钥 — tokgate why {id}";
    OUT_OF_CREDIT = "proxy.out-of-credit",
        "tokgate: every account that may be used is out of credit — tokgate why {id}",
        "tokgate：所有可用的账户余额不足 — tokgate why {id}";
    ATTEMPT = "proxy.attempt",
        "{provider}: {result}",
        "{provider}：{result}";
    RESULT = "proxy.result", "{result}", "{result}";
    QUOTED = "proxy.quoted", "{result} “{words}”", "{result}“{words}”";
    FOR_ANOTHER = "proxy.for-another", "{why} ({seconds} s)", "{why}（{seconds} 秒）";
    /// What the practice provider answers.
    PRACTICE_GREETING = "proxy.practice-greeting",
        "This is tokgate's built-in practice provider: your client reaches the gateway and everything works, but no model answered. To use a real one, set a key such as ANTHROPIC_API_KEY or OPENAI_API_KEY before `tokgate up`, or add a [provider.NAME] section to the file that `tokgate config path` prints.",
        "这是 tokgate 内置的练习供应商：您的客户端已连上网关，一切正常，只是没有真实模型作答。要使用真实模型，请在 `tokgate up` 之前设置密钥（例如 ANTHROPIC_API_KEY 或 OPENAI_API_KEY），或在 `tokgate config path` 显示的文件中添加 [provider.名称] 一节。";
    /// What the practice provider calls a session.
    PRACTICE_TITLE = "proxy.practice-title",
        "Practice session",
        "练习会话";
    KEPT_ELSEWHERE = "proxy.kept-elsewhere",
        "tokgate: `{field}` refers to something kept by the provider `{provider}`, to which this request may not go: send it with the profile it was made with, or leave `{field}` out.",
        "tokgate：`{field}` 引用了供应商 `{provider}` 所保存的内容，而此请求不能发往该供应商：请使用创建该内容时的配置方案，或去掉 `{field}`。";
    STATE_BOUND = "proxy.state-bound",
        "tokgate: `{field}` refers to something kept by the provider that has just failed, so no other provider can take this request.",
        "tokgate：`{field}` 引用了刚刚失败的供应商所保存的内容，其他供应商无法处理此请求。";
    TLS_UNUSABLE = "proxy.tls-unusable",
        "the TLS listener cannot start: {reason}",
        "无法启动 TLS 监听：{reason}";
    INTERNAL = "proxy.internal",
        "tokgate: an internal error; this is a bug of the gateway.",
        "tokgate：内部错误；这是网关的缺陷。";
}
