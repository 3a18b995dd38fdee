//! Addresses to listen on: `127.0.0.1:7711`, `[::1]:7711`, `localhost:7711`, `:8080`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// An address, and whether its host was left out (then it is loopback, and worth a remark).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listen {
    pub(crate) address: SocketAddr,
    pub(crate) host_left_out: bool,
}

/// Reads an address. A name other than `localhost` is refused: it could mean something else tomorrow.
pub(crate) fn parse(text: &str) -> Option<Listen> {
    let text = text.trim();
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(Listen { address, host_left_out: false });
    }
    let (host, port) = text.rsplit_once(':')?;
    // `+80` parses as a number but is no port.
    let port: u16 = if port.bytes().all(|byte| byte.is_ascii_digit()) { port.parse().ok()? } else { return None };
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    match host {
        "" => Some(Listen { address, host_left_out: true }),
        "localhost" => Some(Listen { address, host_left_out: false }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<String> {
        parse(text).map(|listen| listen.address.to_string())
    }

    #[test]
    fn the_usual_spellings_are_read() {
        assert_eq!(address("127.0.0.1:7711").as_deref(), Some("127.0.0.1:7711"));
        assert_eq!(address("[::1]:1").as_deref(), Some("[::1]:1"));
        assert_eq!(address("localhost:1").as_deref(), Some("127.0.0.1:1"));
        assert_eq!(address(":8080").as_deref(), Some("127.0.0.1:8080"));
        assert!(parse(":8080").is_some_and(|listen| listen.host_left_out));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in
            ["", "abc", "7711", "127.0.0.1", "example.org:80", "*:80", ":99999", ":", ":+80", "http://127.0.0.1:1"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
