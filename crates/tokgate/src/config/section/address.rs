//! Addresses of providers: what may stand in `url`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::config::own::Own;
use crate::config::problem::ConfigError;
use crate::config::reader::Field;
use crate::config::rules;
use crate::i18n::config as messages;

/// Metadata services that are not link-local by number.
const METADATA_NAMES: [&str; 3] = ["metadata.google.internal", "metadata", "instance-data"];
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
/// Path parts that only our own addresses have in front.
const OWN_PATHS: [&str; 2] = ["/r/", "/c/"];

/// Reads a base address and checks it against everything a provider cannot be.
pub(crate) fn read(field: &Field<'_>, own: &Own<'_>) -> Option<Url> {
    let text = field.text()?.trim();
    let Some(url) = parse(text) else {
        field.reader().error(field.error(&rules::BAD_URL).with("example", example(text)));
        return None;
    };
    match fault(field, &url, own) {
        Some(error) => {
            if url.query().is_some() {
                // `?api_key=…`; a password before the host is hidden wherever it is shown.
                field.reader().secret_value(field.place());
            }
            field.reader().error(error);
            None
        }
        None => Some(url),
    }
}

/// An http(s) address with a host, without a slash at the end.
pub(crate) fn parse(text: &str) -> Option<Url> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return None;
    }
    let mut url = Url::parse(text).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !text.contains("://") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Some(url)
}

fn fault(field: &Field<'_>, url: &Url, own: &Own<'_>) -> Option<ConfigError> {
    let extra = |part| Some(field.error(&rules::URL_EXTRA).with("part", part));
    if !url.username().is_empty() || url.password().is_some() {
        return extra(&messages::PART_USERINFO);
    }
    if url.query().is_some() {
        return extra(&messages::PART_QUERY);
    }
    if url.fragment().is_some() {
        return extra(&messages::PART_FRAGMENT);
    }
    if own.is(url) {
        return Some(field.error(&rules::LOOP));
    }
    if is_metadata(url) {
        return Some(field.error(&rules::LINK_LOCAL).with("host", url.host_str().unwrap_or_default()));
    }
    None
}

/// Was this address written by us into some environment: ours now, or ours of an earlier start on another port?
pub(crate) fn is_leftover(url: &Url, own: &Own<'_>, usual_port: u16) -> bool {
    let tagged = OWN_PATHS.iter().any(|path| url.path().starts_with(path));
    own.is(url) || (is_this_machine(url) && (tagged || url.port() == Some(usual_port)))
}

/// Does the address stay on this machine?
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        _ => host_ip(url).is_some_and(|ip| ip.is_loopback() || ip.is_unspecified()),
    }
}

fn is_metadata(url: &Url) -> bool {
    match host_ip(url) {
        Some(IpAddr::V4(ip)) => ip.is_link_local() || METADATA_V4.contains(&ip),
        Some(IpAddr::V6(ip)) => ip.is_unicast_link_local() || ip == METADATA_V6,
        None => url.host_str().is_some_and(|host| METADATA_NAMES.contains(&host.trim_end_matches('.'))),
    }
}

/// The address in numbers; an IPv4 address written as IPv6 is IPv4.
pub(crate) fn host_ip(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(ip).to_canonical()),
        Host::Domain(_) => None,
    }
}

/// A whole address made of what was written, when it looks like a host.
fn example(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let looks_like_host = rest.contains(['.', ':']) && rest.is_ascii() && !rest.contains(['@', ' ', '"', '?', '#']);
    let scheme = if rest.starts_with("localhost") || rest.starts_with("127.") { "http" } else { "https" };
    match format!("{scheme}://{rest}") {
        whole if looks_like_host && parse(&whole).is_some() => crate::config::mask::shown(&whole),
        _ => "https://api.example.com".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::machine::Machine;

    fn url(text: &str) -> Url {
        parse(text).unwrap()
    }

    #[test]
    fn only_whole_http_addresses_are_read_and_lose_their_last_slash() {
        assert_eq!(url("https://api.moonshot.cn/anthropic/").as_str(), "https://api.moonshot.cn/anthropic");
        for wrong in [
            "",
            "api.moonshot.cn/anthropic",
            "htp://x",
            "localhost:8080",
            "https:/x",
            "https://",
            "ftp://x/",
            "https://a b/",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn addresses_left_behind_by_us_are_recognised() {
        let machine = Machine::default();
        let own = Own::new(Vec::new(), &[], &machine);
        assert!(is_leftover(&url("http://127.0.0.1:9999/r/abc"), &own, 7711));
        assert!(is_leftover(&url("http://127.0.0.1:7711"), &own, 7711));
        assert!(!is_leftover(&url("http://127.0.0.1:9999"), &own, 7711));
        assert!(!is_leftover(&url("https://relay.example/r/abc"), &own, 7711));
    }

    #[test]
    fn metadata_addresses_are_recognised_in_every_spelling() {
        for bad in [
            "http://169.254.169.254",
            "http://2852039166/",
            "http://0xa9fea9fe/",
            "http://[::ffff:169.254.169.254]",
            "http://[fe80::1]",
            "http://[fd00:ec2::254]",
            "http://metadata.google.internal",
            "http://100.100.100.200",
        ] {
            assert!(is_metadata(&url(bad)), "{bad}");
        }
        assert!(!is_metadata(&url("http://192.168.1.1")));
    }

    #[test]
    fn the_example_uses_what_was_written() {
        assert_eq!(example("api.moonshot.cn/anthropic"), "https://api.moonshot.cn/anthropic");
        assert_eq!(example("htp://api.moonshot.cn"), "https://api.moonshot.cn");
        assert_eq!(example("localhost:8080"), "http://localhost:8080");
        assert_eq!(example("banana"), "https://api.example.com");
    }
}
