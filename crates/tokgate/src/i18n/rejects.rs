//! Why the front refuses a connection, in words: `reject.CODE`, by the codes of its answers. English stands where the
//! reasons are.

use super::{Lang, Message};

crate::messages! {
    TLS_ON_PLAIN_PORT = "reject.tls_on_plain_port", "TLS client on plain port: use http:// in the base URL, or configure server.tls", "TLS 客户端连到了明文端口：请在基础地址中使用 http://，或配置 server.tls";
    NOT_HTTP = "reject.not_http", "this is an HTTP port and the client speaks SSH", "这是 HTTP 端口，而客户端使用 SSH";
    EMPTY_LINES = "reject.empty_lines", "more than one empty line before the request", "请求之前的空行多于一个";
    BARE_LF = "reject.bare_lf", "a line of the head ends in LF without CR", "请求头中有一行以单独的 LF 结束，没有 CR";
    BARE_CR = "reject.bare_cr", "a CR without LF stands in the head", "请求头中有单独的 CR，没有 LF";
    CONTROL_CHARACTER = "reject.control_character", "a control character stands in the head", "请求头中有控制字符";
    BAD_METHOD = "reject.bad_method", "the method is not a word of capital letters", "请求方法不是由大写字母组成的词";
    BAD_REQUEST_LINE = "reject.bad_request_line", "the request line is not METHOD SP TARGET SP VERSION", "请求行不是“方法 空格 目标 空格 版本”的形式";
    NO_VERSION = "reject.no_version", "the request line has no version (HTTP/0.9 is not spoken here)", "请求行没有版本（这里不支持 HTTP/0.9）";
    BAD_VERSION = "reject.bad_version", "the version is not HTTP/1.1 or HTTP/1.0", "版本不是 HTTP/1.1 或 HTTP/1.0";
    UNSUPPORTED_VERSION = "reject.unsupported_version", "only HTTP/1.1 and HTTP/1.0 are spoken here", "这里只支持 HTTP/1.1 和 HTTP/1.0";
    METHOD_REFUSED = "reject.method_refused", "CONNECT and TRACE are not served", "不提供 CONNECT 和 TRACE";
    METHOD_UNKNOWN = "reject.method_unknown", "the method is not known here", "这里不认识该请求方法";
    TARGET_TOO_LONG = "reject.target_too_long", "the request target is longer than 16 KiB", "请求目标超过 16 KiB";
    BAD_TARGET = "reject.bad_target", "the request target holds a character that does not belong in a URL", "请求目标中有不属于 URL 的字符";
    BAD_TARGET_FORM = "reject.bad_target_form", "the request target is neither a path nor an absolute URL of this server", "请求目标既不是路径，也不是本服务器的绝对 URL";
    FRAGMENT = "reject.fragment", "the request target holds a fragment", "请求目标中有片段（#）";
    FOLDED_HEADER = "reject.folded_header", "a header is folded over several lines", "有请求头折成了多行";
    NO_COLON = "reject.no_colon", "a header line has no colon", "有请求头缺少冒号";
    EMPTY_HEADER_NAME = "reject.empty_header_name", "a header has no name", "有请求头没有名称";
    SPACE_BEFORE_COLON = "reject.space_before_colon", "whitespace stands before the colon of a header", "请求头的冒号之前有空白";
    BAD_HEADER_NAME = "reject.bad_header_name", "a header name holds a character that does not belong there", "请求头名称中有不允许的字符";
    HEAD_TOO_LARGE = "reject.head_too_large", "the request head is larger than 64 KiB", "请求头部超过 64 KiB";
    TOO_MANY_HEADERS = "reject.too_many_headers", "the request has more than 100 headers", "请求头多于 100 个";
    NO_HOST = "reject.no_host", "the request has no Host header", "请求没有 Host";
    MANY_HOSTS = "reject.many_hosts", "the request has more than one Host header", "请求有多个 Host";
    BAD_HOST = "reject.bad_host", "the Host header is not a host with an optional port", "Host 不是主机名加可选端口";
    HOST_MISMATCH = "reject.host_mismatch", "the URL in the request line and the Host header name different servers", "请求行中的 URL 与 Host 指向不同的服务器";
    MANY_CONTENT_LENGTHS = "reject.many_content_lengths", "the request has more than one Content-Length", "请求有多个 Content-Length";
    BAD_CONTENT_LENGTH = "reject.bad_content_length", "the Content-Length is not one plain number", "Content-Length 不是一个普通数字";
    LENGTH_AND_ENCODING = "reject.length_and_encoding", "the request has both Content-Length and Transfer-Encoding", "请求同时有 Content-Length 和 Transfer-Encoding";
    BAD_TRANSFER_ENCODING = "reject.bad_transfer_encoding", "the only Transfer-Encoding accepted is one single \"chunked\"", "Transfer-Encoding 只接受单独一个 \"chunked\"";
    ENCODING_IN_HTTP_1_0 = "reject.encoding_in_http_1_0", "HTTP/1.0 has no Transfer-Encoding", "HTTP/1.0 没有 Transfer-Encoding";
    EXPECTATION = "reject.expectation", "the only expectation met is 100-continue", "只支持 100-continue 这一种 Expect";
    BAD_CHUNK_SIZE = "reject.bad_chunk_size", "a chunk does not begin with its size in hexadecimal", "分块没有以十六进制的大小开头";
    BAD_CHUNK_END = "reject.bad_chunk_end", "a chunk does not end where its size says", "分块没有在其大小所示的位置结束";
    BAD_CHUNK_EXTENSION = "reject.bad_chunk_extension", "the chunk extensions are malformed or longer than 4 KiB", "分块扩展格式有误，或超过 4 KiB";
    BAD_TRAILER = "reject.bad_trailer", "a trailer is malformed", "尾部字段格式有误";
    TRAILER_REFUSED = "reject.trailer_refused", "a trailer names a field that may not come after the body", "尾部字段中有不允许出现在正文之后的字段";
    TRAILERS_TOO_LARGE = "reject.trailers_too_large", "there are more than 32 trailers or 8 KiB of them", "尾部字段多于 32 个，或超过 8 KiB";
    INCOMPLETE_HEAD = "reject.incomplete_head", "the connection ended within the request head", "连接在请求头部途中结束";
    HEAD_TIMEOUT = "reject.head_timeout", "the request head was not complete within 10 seconds", "请求头部未在 10 秒内到齐";
    BODY_TIMEOUT = "reject.body_timeout", "the request body came slower than 1 KiB in 10 seconds", "请求体到达太慢：10 秒内不足 1 KiB";
    TOO_MANY_CONNECTIONS = "reject.too_many_connections", "too many connections are open", "打开的连接过多";
}

/// The words for the reason of this code; the code itself where there are none.
pub fn reason(code: &'static str, lang: Lang) -> &'static str {
    let named = |message: &&&Message| message.id.strip_prefix("reject.") == Some(code);
    ALL.iter().find(named).map_or(code, |message| message.raw(lang))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::front::Reject;

    #[test]
    fn every_reason_has_words_and_the_english_ones_are_the_fronts_own() {
        for reject in Reject::ALL {
            assert_eq!(reason(reject.code(), Lang::En), reject.reason(), "{}", reject.code());
            assert_ne!(reason(reject.code(), Lang::Zh), reject.reason(), "{}", reject.code());
        }
        assert_eq!(Reject::ALL.len(), ALL.len(), "words for what is no reason");
    }
}
