#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn local(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn only_loopback_the_bound_address_and_configured_names_are_hosts_of_ours() {
    let rules = HostRules::new(&["gateway.lan", "Tokgate.Example:8443", "[2001:db8::7]", "172.17.0.1"]);
    let loopback = "127.0.0.1:7711";
    let cases = [
        ("localhost:7711", loopback, true),
        ("LOCALHOST:7711", loopback, true),
        ("127.0.0.1:7711", loopback, true),
        ("[::1]:7711", loopback, true),
        ("[0:0:0:0:0:0:0:1]:7711", loopback, true),
        ("127.0.0.2:7711", "127.0.0.2:7711", true),
        ("127.0.0.2:7711", loopback, false),
        ("192.168.1.5:7711", "192.168.1.5:7711", true),
        ("192.168.1.5:7711", "[::ffff:192.168.1.5]:7711", true),
        ("192.168.1.6:7711", "192.168.1.5:7711", false),
        ("localhost:7711", "192.168.1.5:7711", true),
        ("localhost", loopback, false),
        ("localhost", "127.0.0.1:80", true),
        ("localhost:443", "127.0.0.1:80", false),
        ("localhost:7712", loopback, false),
        ("localhost:", loopback, false),
        ("localhost:+7711", loopback, false),
        ("localhost:07711", loopback, true),
        ("localhost:73247", loopback, false),
        ("localhost.:7711", loopback, false),
        ("a.localhost:7711", loopback, false),
        ("localhost.evil.example:7711", loopback, false),
        ("evil.example:7711", loopback, false),
        ("evil.example", loopback, false),
        ("127.0.0.1.nip.io:7711", loopback, false),
        ("127.1:7711", loopback, false),
        ("2130706433:7711", loopback, false),
        ("0177.0.0.1:7711", loopback, false),
        ("0x7f.0.0.1:7711", loopback, false),
        ("0.0.0.0:7711", loopback, false),
        ("[::]:7711", loopback, false),
        ("[::ffff:127.0.0.1]:7711", loopback, false),
        ("::1:7711", loopback, false),
        ("gateway.lan:7711", loopback, true),
        ("gateway.lan", loopback, true),
        ("gateway.lan:9999", loopback, true),
        ("GateWay.LAN:7711", loopback, true),
        ("x.gateway.lan:7711", loopback, false),
        ("gateway.local:7711", loopback, false),
        ("gateway.internal:7711", loopback, false),
        ("tokgate.example:8443", loopback, true),
        ("tokgate.example:7711", loopback, false),
        ("tokgate.example", loopback, false),
        ("[2001:db8::7]:7711", loopback, true),
        ("172.17.0.1:8080", loopback, true),
        ("user@localhost:7711", loopback, false),
        ("localhost:7711/x", loopback, false),
        ("localhost:7711,evil.example", loopback, false),
        (" localhost:7711", loopback, false),
        ("", loopback, false),
        (":7711", loopback, false),
        ("[::1:7711", loopback, false),
    ];
    for (host, at, allowed) in cases {
        let verdict = rules.check(Some(host), None, local(at), false);
        assert_eq!(verdict.is_ok(), allowed, "Host: {host:?} at {at}");
        let same = rules.check(Some(host), Some(host), local(at), false);
        assert_eq!(same.is_ok(), allowed, "absolute URL with {host:?} at {at}");
    }
    assert!(rules.check(None, None, local(loopback), false).is_err());
    assert!(rules.check(Some("localhost"), None, local("127.0.0.1:443"), true).is_ok());
    assert!(rules.check(Some("localhost"), None, local("127.0.0.1:80"), true).is_err());
}

#[test]
fn an_absolute_url_must_name_the_host_of_the_header() {
    let rules = HostRules::default();
    let at = local("127.0.0.1:7711");
    assert!(rules.check(Some("localhost:7711"), Some("LocalHost:7711"), at, false).is_ok());
    assert!(rules.check(Some("localhost:7711"), Some("127.0.0.1:7711"), at, false).is_err());
    assert!(rules.check(Some("localhost:7711"), Some("evil.example"), at, false).is_err());
    assert!(rules.check(None, Some("localhost:7711"), at, false).is_err());
}

#[test]
fn a_refused_host_is_shown_without_what_does_not_belong_in_a_host() {
    let refused = HostRules::default().check(Some("e<b>vil\u{1b}[31m.example"), None, local("127.0.0.1:1"), false);
    assert_eq!(refused.unwrap_err().host, "ebvil[31m.example");
    let long = "a".repeat(9000);
    let refused = HostRules::default().check(Some(&long), None, local("127.0.0.1:1"), false);
    assert_eq!(refused.unwrap_err().host.len(), 100);
}

#[test]
fn pages_pass_only_when_listed_or_our_own() {
    use OriginVerdict::{Absent, Allowed, Own, Refused};
    let allow = ["https://chat.example", "http://localhost:3000", "null", "*"];
    let own = Some(("localhost:7711", false));
    let cases = [
        (None, None, own, Absent),
        (None, Some("none"), own, Absent),
        (None, Some("same-origin"), own, Own),
        (None, Some("same-site"), own, Refused),
        (None, Some("cross-site"), own, Refused),
        (None, Some(""), own, Refused),
        (None, Some("Cross-Site"), own, Refused),
        (None, Some("none, cross-site"), own, Refused),
        (Some("https://chat.example"), None, own, Allowed("https://chat.example")),
        (Some("https://chat.example"), Some("cross-site"), own, Allowed("https://chat.example")),
        (Some("http://localhost:3000"), Some("same-site"), own, Allowed("http://localhost:3000")),
        (Some("http://chat.example"), None, own, Refused),
        (Some("https://chat.example:443"), None, own, Refused),
        (Some("https://chat.example/"), None, own, Refused),
        (Some("https://CHAT.example"), None, own, Refused),
        (Some("https://chat.example.evil.example"), None, own, Refused),
        (Some("https://evil.example"), None, own, Refused),
        (Some("https://evil.example"), Some("none"), own, Refused),
        (Some("https://evil.example"), Some("same-origin"), own, Refused),
        (Some("null"), None, own, Refused),
        (Some("null"), Some("cross-site"), own, Refused),
        (Some(""), None, own, Refused),
        (Some("*"), None, own, Refused),
        (Some("file://"), None, own, Refused),
        (Some("chrome-extension://abcdefghijklmnop"), None, own, Refused),
        (Some("moz-extension://0f0f"), Some("none"), own, Refused),
        (Some("vscode-webview://x"), Some("cross-site"), own, Refused),
        (Some("http://localhost:7711"), None, own, Own),
        (Some("http://localhost:7711"), Some("same-origin"), own, Own),
        (Some("http://localhost:7711"), Some("same-site"), own, Refused),
        (Some("http://localhost:7711"), Some("cross-site"), own, Refused),
        (Some("http://localhost:7711"), None, None, Refused),
        (Some("https://localhost:7711"), None, own, Refused),
        (Some("https://localhost:7711"), None, Some(("localhost:7711", true)), Own),
        (Some("http://localhost:7711"), None, Some(("localhost:7711", true)), Refused),
        (Some("http://localhost:7712"), None, own, Refused),
        (Some("http://localhost"), None, own, Refused),
        (Some("http://127.0.0.1:7711"), None, own, Refused),
        (Some("http://"), None, Some(("", false)), Refused),
        (Some("http://localhost:7711, https://evil.example"), None, own, Refused),
    ];
    for (origin, site, own, want) in cases {
        assert_eq!(check_origin(origin, site, &allow, own), want, "{origin:?} {site:?} {own:?}");
    }
}

#[test]
fn a_preflight_names_the_one_origin_and_only_real_header_names() {
    let headers = preflight_headers("https://chat.example", Some("X-Api-Key, content-type,bad name,é, "), true);
    assert_eq!(headers["access-control-allow-origin"], "https://chat.example");
    assert_eq!(headers["access-control-allow-headers"], "x-api-key, content-type");
    assert_eq!(headers["access-control-allow-private-network"], "true");
    assert_eq!(headers["vary"], "origin");
    assert!(headers["access-control-allow-methods"].to_str().unwrap().contains("POST"));
    let many = "a,".repeat(500);
    let headers = preflight_headers("https://chat.example", Some(&many), false);
    assert_eq!(headers["access-control-allow-headers"].to_str().unwrap().split(", ").count(), ASKED_HEADERS_MAX);
    assert!(!headers.contains_key("access-control-allow-private-network"));
    assert!(!preflight_headers("https://chat.example", None, false).contains_key("access-control-allow-headers"));
}

#[test]
fn an_answer_to_an_allowed_page_names_it_and_is_not_shared() {
    let headers = page_headers("https://chat.example");
    assert_eq!(headers["access-control-allow-origin"], "https://chat.example");
    assert_eq!(headers["vary"], "origin");
    assert!(!headers.contains_key("access-control-allow-credentials"));
}
