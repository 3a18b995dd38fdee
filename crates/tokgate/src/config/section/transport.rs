//! `[defaults]`, and the same keys inside a provider.

use std::ops::RangeInclusive;
use std::time::Duration;

use url::Url;

use crate::config::model::{Http2, HttpProxy, KeepAlive, Transport};
use crate::config::own::Own;
use crate::config::problem::ConfigError;
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::secret::Secret;

/// Spellings of `http2`.
pub(crate) const HTTP2: [(&str, Http2); 3] =
    [("auto", Http2::Auto), ("off", Http2::Off), ("prior-knowledge", Http2::PriorKnowledge)];

const PROXY_SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];
const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(86_400);
/// More tries than this only hide that nothing works.
const RETRIES: RangeInclusive<i64> = 0..=10;
const IDLE_CONNECTIONS: RangeInclusive<i64> = 0..=100_000;

/// What holds when nobody says otherwise.
pub(crate) const DEFAULT: Transport = Transport {
    dns_timeout: Duration::from_secs(2),
    connect_timeout: Duration::from_secs(3),
    tls_timeout: Duration::from_secs(5),
    first_byte_timeout: Duration::from_secs(90),
    idle_timeout: Duration::from_secs(120),
    request_timeout: Duration::from_secs(600),
    retries: 3,
    keep_alive: KeepAlive { per_host: 100, total: 200, idle: Duration::from_secs(30) },
    http_proxy: HttpProxy::Env,
    ca_file: None,
    http2: Http2::Auto,
};

/// Reads the keys of `section`; what it does not say is as in `base`.
pub(crate) fn read(section: &Section<'_>, base: &Transport, own: &Own<'_>) -> Transport {
    let timeout = |key, otherwise| section.field(key).and_then(|field| field.duration(TIMEOUT)).unwrap_or(otherwise);
    Transport {
        dns_timeout: timeout("dns_timeout", base.dns_timeout),
        connect_timeout: timeout("connect_timeout", base.connect_timeout),
        tls_timeout: timeout("tls_timeout", base.tls_timeout),
        first_byte_timeout: timeout("first_byte_timeout", base.first_byte_timeout),
        idle_timeout: timeout("idle_timeout", base.idle_timeout),
        request_timeout: timeout("request_timeout", base.request_timeout),
        retries: retries(section).unwrap_or(base.retries),
        keep_alive: keep_alive(section, base.keep_alive),
        http_proxy: section
            .field("http_proxy")
            .and_then(|field| http_proxy(&field, own))
            .unwrap_or_else(|| base.http_proxy.clone()),
        ca_file: section.field("ca_file").and_then(|field| field.file()).or_else(|| base.ca_file.clone()),
        http2: section.field("http2").and_then(|field| field.choice(&HTTP2)).unwrap_or(base.http2),
    }
}

/// `timeout`, the short word for `request_timeout` inside a provider.
pub(crate) fn short_timeout(section: &Section<'_>) -> Option<Duration> {
    let field = section.field("timeout")?;
    if section.has("request_timeout") {
        let error = ConfigError::new(&rules::SAME_MEANING, field.path.clone(), field.place().clone());
        field.reader().error(error.with("other", "request_timeout"));
    }
    field.duration(TIMEOUT)
}

fn retries(section: &Section<'_>) -> Option<u32> {
    section.field("retries")?.integer(RETRIES).and_then(|count| u32::try_from(count).ok())
}

fn keep_alive(section: &Section<'_>, base: KeepAlive) -> KeepAlive {
    let table = section.section("keep_alive");
    let count = |key| {
        let field: Field<'_> = table.field(key)?;
        field.integer(IDLE_CONNECTIONS).and_then(|count| usize::try_from(count).ok())
    };
    let keep_alive = KeepAlive {
        per_host: count("per_host").unwrap_or(base.per_host),
        total: count("total").unwrap_or(base.total),
        idle: table.field("idle").and_then(|field| field.duration(TIMEOUT)).unwrap_or(base.idle),
    };
    table.finish();
    keep_alive
}

fn http_proxy(field: &Field<'_>, own: &Own<'_>) -> Option<HttpProxy> {
    let text = field.text()?.trim();
    match text {
        "env" => return Some(HttpProxy::Env),
        "none" => return Some(HttpProxy::None),
        _ => {}
    }
    let url = Url::parse(text).ok().filter(|url| {
        PROXY_SCHEMES.contains(&url.scheme())
            && text.contains("://")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
    });
    let Some(url) = url else {
        if text.contains('@') {
            field.reader().secret_value(field.place());
        }
        field.refuse(&rules::BAD_PROXY);
        return None;
    };
    if own.is(&url) {
        field.refuse(&rules::LOOP);
        return None;
    }
    if url.password().is_some() {
        field.reader().secret(field.place());
    }
    Some(HttpProxy::Url(Secret::new(text)))
}
