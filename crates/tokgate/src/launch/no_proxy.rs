//! Loopback in `NO_PROXY`. With `HTTP_PROXY` set and no exception for loopback, none of the clients reaches a gateway on
//! 127.0.0.1, and none says so.

use std::net::{IpAddr, Ipv4Addr};

/// Names of this machine that clients may use.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "::1"];

/// Both spellings, each the union of what was there, loopback, and the gateway's host. Clients differ in which one they
/// read, so a name in either must count.
pub fn merged(var: &dyn Fn(&str) -> Option<String>, address: &str) -> [(&'static str, String); 2] {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = name.trim();
        if !name.is_empty() && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.to_owned());
        }
    };
    for variable in ["NO_PROXY", "no_proxy"] {
        var(variable).unwrap_or_default().split(',').for_each(&mut add);
    }
    LOOPBACK.into_iter().for_each(&mut add);
    if let Some(host) = url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)) {
        let host = host.trim_matches(['[', ']']);
        // 127.0.0.2 and the like are not covered by the names above.
        if host.parse() != Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)) {
            add(host);
        }
    }
    let list = names.join(",");
    [("NO_PROXY", list.clone()), ("no_proxy", list)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)], address: &str) -> String {
        let var = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let [upper, lower] = merged(&var, address);
        assert_eq!((upper.0, lower.0), ("NO_PROXY", "no_proxy"));
        assert_eq!(upper.1, lower.1);
        upper.1
    }

    #[test]
    fn loopback_is_added_and_nothing_is_lost() {
        let here = "http://127.0.0.1:7711";
        assert_eq!(with(&[], here), "127.0.0.1,localhost,::1");
        assert_eq!(with(&[("NO_PROXY", "corp.example, 127.0.0.1")], here), "corp.example,127.0.0.1,localhost,::1");
        assert_eq!(with(&[("NO_PROXY", "a"), ("no_proxy", "b,A")], here), "a,b,127.0.0.1,localhost,::1");
        assert_eq!(with(&[("no_proxy", "*")], here), "*,127.0.0.1,localhost,::1");
        assert_eq!(with(&[], "http://192.168.1.9:80"), "127.0.0.1,localhost,::1,192.168.1.9");
        assert_eq!(with(&[], "http://[::1]:80"), "127.0.0.1,localhost,::1");
    }
}
