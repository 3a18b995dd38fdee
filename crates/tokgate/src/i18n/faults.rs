//! What went wrong on the way to a provider and back, in words: what `why` and `show` tell of an attempt, and clients of a
//! stream that broke off. What the system or a library says stands in them as it is where it is not known here.

use std::io;

use super::{Message, Text};

crate::messages! {
    ADDRESS = "fault.address", "the address is not valid", "地址无效";
    NO_ADDRESS_FOR_PROTOCOL = "fault.no-address-for-protocol", "this provider has no address for the protocol", "该供应商没有此协议的地址";
    LOOKUP_SLOW = "fault.lookup-slow", "looking up {host} took longer than {ms} ms", "解析 {host} 超过 {ms} 毫秒";
    NO_SUCH_HOST = "fault.no-such-host", "there is no host {host}: {cause}", "没有主机 {host}（{cause}）";
    LOOKUP_FAILED = "fault.lookup-failed", "looking up {host} failed: {cause}", "解析 {host} 失败：{cause}";
    HOST_WITHOUT_ADDRESS = "fault.host-without-address", "{host} has no address", "{host} 没有地址";
    CONNECT_SLOW = "fault.connect-slow", "connecting to {host}:{port} took longer than {ms} ms", "连接 {host}:{port} 超过 {ms} 毫秒";
    CONNECT_FAILED = "fault.connect-failed", "connecting to {host}:{port} failed: {cause}", "连接 {host}:{port} 失败：{cause}";
    NO_DESCRIPTOR = "fault.no-descriptor",
        "no file descriptor is left for another connection (`ulimit -n`)", "没有剩余的文件描述符可用于新连接（`ulimit -n`）";
    NOBODY_ANSWERED = "fault.nobody-answered", "no address answered", "没有地址回应";
    FORBIDDEN = "fault.forbidden", "{host} is a link-local or cloud metadata address, which is never contacted", "{host} 是链路本地或云元数据地址，从不连接";
    OWN = "fault.own", "{host}:{port} is this gateway's own address: the request would run in a circle", "{host}:{port} 是本网关自己的地址：请求会陷入循环";
    TLS_SLOW = "fault.tls-slow", "the TLS handshake with {host} took longer than {ms} ms", "与 {host} 的 TLS 握手超过 {ms} 毫秒";
    TLS_SETUP = "fault.tls-setup", "TLS cannot be set up: {cause}", "无法启用 TLS（{cause}）";
    TLS_REFUSED = "fault.tls-refused", "{host} refused the TLS handshake: {cause}", "{host} 拒绝了 TLS 握手（{cause}）";
    TLS_NONE = "fault.tls-none", "{host} does not speak TLS on this port", "{host} 在此端口不使用 TLS";
    TLS_FAILED = "fault.tls-failed", "TLS handshake with {host} failed: {cause}", "与 {host} 的 TLS 握手失败（{cause}）";
    CERTIFICATE = "fault.certificate", "the certificate of {host} is {fault}: {cause}", "{host} 的证书{fault}（{cause}）";
    CERTIFICATE_EXPIRED = "fault.certificate-expired", "expired", "已过期";
    CERTIFICATE_NOT_YET = "fault.certificate-not-yet", "not yet valid", "尚未生效";
    CERTIFICATE_ISSUER = "fault.certificate-issuer", "unknown issuer", "由未知机构签发";
    CERTIFICATE_HOST = "fault.certificate-host", "issued for another host", "属于其他主机";
    CERTIFICATE_REVOKED = "fault.certificate-revoked", "revoked", "已被吊销";
    CERTIFICATE_OTHER = "fault.certificate-other", "not acceptable", "不可接受";
    GREETING_SLOW = "fault.greeting-slow", "{host} took no HTTP/2 greeting in time", "{host} 未及时接受 HTTP/2 问候";
    POOL_CLOSED = "fault.pool-closed", "the pool was closed", "连接池已关闭";
    POOL_SLOW = "fault.pool-slow", "no connection to {host} within {ms} ms", "{ms} 毫秒内没有到 {host} 的连接";
    POOL_UNSENT = "fault.pool-unsent", "its connections closed before a request went out", "其连接在请求发出前就已关闭";
    THEN_NO_CONNECTION = "fault.then-no-connection", "{cause}; then no fresh connection: {then}", "{cause}；之后无法建立新连接：{then}";
    HEAD_SLOW = "fault.head-slow", "no response head within {ms} ms", "{ms} 毫秒内没有响应头";
    TOO_MANY_FIELDS = "fault.too-many-fields", "more than {max} header fields", "响应头字段超过 {max} 个";
    HEAD_TOO_LARGE = "fault.head-too-large", "the response head is too large", "响应头过大";
    UNANSWERED = "fault.unanswered", "the connection was closed without an answer", "连接没有回答就被关闭";
    NOT_PROCESSED = "fault.not-processed", "it did not take the request: {cause}", "对方没有受理请求（{cause}）";
    HEAD_CUT = "fault.head-cut", "the answer broke off in the middle of its head", "回答在响应头中途中断";
    NOT_HTTP = "fault.not-http", "what came back breaks the rules of HTTP: {cause}", "返回的内容违反 HTTP 规则（{cause}）";
    NOT_HTTP2 = "fault.not-http2", "it does not speak HTTP/2", "它不使用 HTTP/2";
    BODY_RESET = "fault.body-reset", "the connection was reset inside the answer", "连接在回答途中被重置";
    BODY_EOF = "fault.body-eof", "the connection was closed inside the answer", "连接在回答途中被关闭";
    BODY_PROTOCOL = "fault.body-protocol", "the answer breaks the rules of HTTP: {cause}", "回答违反 HTTP 规则（{cause}）";
    STREAM_RESET = "fault.stream-reset", "the stream was reset before its end", "流在结束前被重置";

    PROXY_UNUSABLE = "fault.proxy-unusable", "the proxy {proxy} cannot be used: {cause}", "代理 {proxy} 不可用：{cause}";
    PROXY_SLOW = "fault.proxy-slow", "the proxy {proxy} did not open the way to {host}:{port} in time", "代理 {proxy} 未及时打通到 {host}:{port} 的连接";
    PROXY_REFUSED = "fault.proxy-refused", "the proxy {proxy} did not open the way: {cause}", "代理 {proxy} 没有打通连接：{cause}";
    PROXY_WANTS_LOGIN = "fault.proxy-wants-login", "it asks for a user name and password", "它要求用户名和密码";
    PROXY_LOGIN_WRONG = "fault.proxy-login-wrong", "it did not accept the user name and password", "它不接受此用户名和密码";
    PROXY_STATUS = "fault.proxy-status", "it answered {status}", "它回答了 {status}";
    PROXY_NOT_HTTP = "fault.proxy-not-http", "it does not speak HTTP", "它不使用 HTTP";
    PROXY_NOT_SOCKS = "fault.proxy-not-socks", "it does not speak SOCKS5", "它不使用 SOCKS5";
    PROXY_TOO_LONG = "fault.proxy-too-long", "its answer is too long", "它的回答过长";
    PROXY_CLOSED = "fault.proxy-closed", "it closed the connection", "它关闭了连接";
    PROXY_RULES = "fault.proxy-rules", "its rules do not allow the target", "它的规则不允许此目标";
    PROXY_NO_NETWORK = "fault.proxy-no-network", "the target's network is unreachable", "目标网络不可达";
    PROXY_NO_TARGET = "fault.proxy-no-target", "the target is unreachable", "目标不可达";
    PROXY_TARGET_REFUSED = "fault.proxy-target-refused", "the target refused the connection", "目标拒绝了连接";
    PROXY_TARGET_SLOW = "fault.proxy-target-slow", "the target did not answer in time", "目标没有及时回应";
    PROXY_FAILED = "fault.proxy-failed", "it failed", "它失败了";
    PROXY_NAME_TOO_LONG = "fault.proxy-name-too-long", "the user name, the password or the host name is too long for SOCKS5", "用户名、密码或主机名超过 SOCKS5 的长度限制";

    CONNECTION_REFUSED = "fault.connection-refused", "connection refused", "连接被拒绝";
    CONNECTION_RESET = "fault.connection-reset", "connection reset", "连接被重置";
    CONNECTION_CLOSED = "fault.connection-closed", "connection closed", "连接已关闭";
    NETWORK_UNREACHABLE = "fault.network-unreachable", "network unreachable", "网络不可达";
    HOST_UNREACHABLE = "fault.host-unreachable", "host unreachable", "主机不可达";
    TIMED_OUT = "fault.timed-out", "timed out", "超时";
    NOT_PERMITTED = "fault.not-permitted", "not permitted", "没有权限";
    NOT_THERE = "fault.not-there", "no such file or folder", "不存在";
    CANNOT_OPEN = "fault.cannot-open", "it cannot be opened", "无法打开";
    TOO_MANY_OPEN = "fault.too-many-open", "too many open files (`ulimit -n`)", "打开的文件过多（`ulimit -n`）";
    DISK_FULL = "fault.disk-full", "no space left", "空间不足";
    READ_ONLY = "fault.read-only", "read-only", "只读";
    IS_FOLDER = "fault.is-folder", "is a directory", "是一个目录";
    NO_FOLDER = "fault.no-folder", "not a directory", "不是目录";

    ADDRESS_UNAVAILABLE = "fault.address-unavailable", "this machine does not have the address", "本机没有此地址";
    BAD_JSON = "fault.bad-json", "no valid JSON at line {line}, column {column}", "第 {line} 行第 {column} 列不是有效的 JSON";
    BAD_HOST = "fault.bad-host", "`{host}` is not a host name", "`{host}` 不是主机名";
    CA_FILE = "fault.ca-file", "ca_file cannot be read: {cause}", "无法读取 ca_file：{cause}";
    PROXY_ADDRESS = "fault.proxy-address", "the proxy address cannot be used: {cause}", "代理地址不可用：{cause}";
    PROXY_URL = "fault.proxy-url", "it is not an http, https, socks5 or socks5h URL", "不是 http、https、socks5 或 socks5h 的 URL";
    NO_HOST = "fault.no-host", "it names no host", "其中没有主机";
    NO_PORT = "fault.no-port", "the url has no port", "url 中没有端口";
    NOT_HTTP_URL = "fault.not-http-url", "the url is neither http nor https", "url 既不是 http 也不是 https";
    OF_PROVIDER = "fault.of-provider", "provider {name}: {why}", "供应商 {name}：{why}";
    PATTERN_TOO_LONG = "fault.pattern-too-long", "a model pattern is too long", "模型匹配式过长";
    PEM_NO_CERTIFICATE = "fault.pem-no-certificate", "holds no certificate in PEM form", "其中没有 PEM 格式的证书";
    FILE_TOO_LARGE = "fault.file-too-large", "not an ordinary file of at most {mib} MiB", "不是不超过 {mib} MiB 的普通文件";
    PEM_NO_KEY = "fault.pem-no-key", "holds no private key in PEM form", "其中没有 PEM 格式的私钥";
    PEM_INVALID = "fault.pem-invalid", "is not valid PEM: {cause}", "不是有效的 PEM（{cause}）";
    PEM_OTHER_KEY = "fault.pem-other-key", "does not belong to the certificate in {file}", "与 {file} 中的证书不匹配";
    EMPTY_STREAM = "fault.empty-stream", "empty stream", "空的流";
    SILENT_START = "fault.silent-start", "no event in time", "没有及时收到事件";
    SILENT = "fault.silent", "silent for {seconds} s", "{seconds} 秒没有数据";
    ENDED_EARLY = "fault.ended-early", "the stream ended early", "流提前结束";
    CLOSED = "fault.closed", "the connection was closed", "连接已关闭";
    STOPPED = "fault.stopped", "the gateway was stopped", "网关已停止";
    NO_MEMORY = "fault.no-memory",
        "there is no memory left for the body that it would get in the place of the client's",
        "没有剩余内存容纳要代替客户端原文发给它的请求体";
    TOO_LARGE = "fault.too-large", "the answer is too large", "回答过大";
    LATE = "fault.late", "not finished in time", "未及时完成";
    DATA_DAMAGED = "fault.data-damaged", "the compressed data is damaged ({coding})", "压缩数据已损坏（{coding}）";
    DATA_SHORT = "fault.data-short", "the compressed data ends in the middle ({coding})", "压缩数据不完整（{coding}）";
    DATA_BOMB = "fault.data-bomb", "the compressed data grows more than 100-fold ({coding})", "压缩数据解压后增大超过 100 倍（{coding}）";
    DATA_WINDOW = "fault.data-window", "the compressed data asks for a window larger than 8 MiB ({coding})", "压缩数据需要超过 8 MiB 的窗口（{coding}）";
    CODING_UNKNOWN = "fault.coding-unknown", "unknown content-encoding `{coding}`", "未知的内容编码 `{coding}`";
    CODINGS_STACKED = "fault.codings-stacked", "several content-encodings on top of each other: `{coding}`", "叠加了多种内容编码：`{coding}`";
    UNASKED = "fault.unasked", "not what was asked for", "不是所请求的内容";
    UNTRANSLATABLE_ANSWER = "fault.untranslatable-answer", "it cannot be translated", "无法翻译";

    STATUS_NAMED = "fault.status-named", "status {status} with {named}", "状态 {status}：{named}";
    STATUS_UNREAD = "fault.status-unread", "status {status} with a body that cannot be read: {why}", "状态 {status}，响应体无法读取：{why}";
    STATUS_WITH = "fault.status-with", "status {status} with {content}", "状态 {status}，{content}";
    UNEXPLAINED = "fault.unexplained", "an error without a message", "没有说明的错误";
    CONTENT_JSON = "fault.content-json", "JSON", "内容是 JSON";
    CONTENT_PAGE = "fault.content-page", "an HTML page (login page or wrong url?)", "内容是 HTML 页面（登录页或地址错误？）";
    CONTENT_EMPTY = "fault.content-empty", "an empty body", "响应体为空";
    CONTENT_OTHER = "fault.content-other", "a body that is not JSON", "响应体不是 JSON";
    SHAPE = "fault.shape", "{content} ({why})", "{content}（{why}）";
    RESCUED = "fault.rescued", "rescued from {id}", "自 {id} 接手";
}

/// What the system says of a failed call: in our words where they are known, else in its own.
pub fn system(error: &io::Error) -> Text {
    use io::ErrorKind as Kind;
    if let Some(inner) = error.get_ref() {
        return inner.downcast_ref::<Text>().cloned().unwrap_or_else(|| Text::verbatim(error));
    }
    let message: &'static Message = match error.kind() {
        Kind::ConnectionRefused => &CONNECTION_REFUSED,
        Kind::ConnectionReset => &CONNECTION_RESET,
        Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => &CONNECTION_CLOSED,
        Kind::NetworkUnreachable => &NETWORK_UNREACHABLE,
        Kind::HostUnreachable => &HOST_UNREACHABLE,
        Kind::TimedOut => &TIMED_OUT,
        Kind::AddrNotAvailable => &ADDRESS_UNAVAILABLE,
        Kind::PermissionDenied => &NOT_PERMITTED,
        Kind::NotFound => &NOT_THERE,
        Kind::StorageFull => &DISK_FULL,
        Kind::ReadOnlyFilesystem => &READ_ONLY,
        Kind::IsADirectory => &IS_FOLDER,
        Kind::NotADirectory => &NO_FOLDER,
        _ if is_too_many_open(error) => &TOO_MANY_OPEN,
        _ => return Text::verbatim(error),
    };
    message.into()
}

/// No file descriptor is left, here or in the whole system: the standard library has no kind for it.
fn is_too_many_open(error: &io::Error) -> bool {
    let full = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].map(rustix::io::Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| full.contains(&code))
}

/// What is wrong with JSON that a person wrote.
pub fn json(error: &serde_json::Error) -> Text {
    Text::new(&BAD_JSON).with("line", error.line()).with("column", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn what_the_system_says_is_said_in_our_words_where_they_are_known() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(
            (system(&refused).say(Lang::Zh), system(&refused).to_string()),
            ("连接被拒绝".into(), "connection refused".into())
        );
        let open = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        assert_eq!(system(&open).say(Lang::Zh), "打开的文件过多（`ulimit -n`）");
        let odd = io::Error::other("odd");
        assert_eq!(system(&odd).say(Lang::Zh), "odd");
        let ours = io::Error::other(Text::new(&FILE_TOO_LARGE).with("mib", 1));
        assert_eq!(system(&ours).say(Lang::Zh), "不是不超过 1 MiB 的普通文件");
    }
}
