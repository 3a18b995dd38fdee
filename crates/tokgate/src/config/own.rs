//! What leads back to us: requests sent there would go round in a loop.
//!
//! Known without any lookup: numbers, the machine's own name, and the names that were configured as ours. A name that only
//! resolves to us is found when it is connected to (`upstream/connect.rs`).

use std::net::SocketAddr;

use url::{Host, Url};

use super::section::address;
use crate::machine::Machine;

/// Where we are found.
#[derive(Debug, Clone)]
pub(crate) struct Own<'a> {
    /// Addresses we listen on.
    listeners: Vec<SocketAddr>,
    /// Names, perhaps with a port, under which others call us.
    hosts: &'a [String],
    machine: &'a Machine,
}

impl<'a> Own<'a> {
    /// Listening there, called so, on this machine.
    pub(crate) fn new(listeners: Vec<SocketAddr>, hosts: &'a [String], machine: &'a Machine) -> Self {
        Self { listeners, hosts, machine }
    }

    /// Whether an address leads back to us, under whatever name: to a port of ours on this machine. Whether we listen on
    /// exactly that interface is not asked: what else stood there would only be one start away from being us.
    pub(crate) fn is(&self, url: &Url) -> bool {
        let Some(port) = url.port_or_known_default() else { return false };
        let mut ours = self.listeners.iter().filter(|listener| listener.port() == port).peekable();
        if ours.peek().is_none() {
            return false;
        }
        match url.host() {
            Some(Host::Domain(name)) => self.machine.is_called(name) || self.is_host(name, port),
            _ => address::host_ip(url).is_some_and(|ip| ours.any(|own| own.ip() == ip) || self.machine.has(ip)),
        }
    }

    fn is_host(&self, name: &str, port: u16) -> bool {
        let name = name.trim_end_matches('.');
        self.hosts.iter().any(|host| match host.rsplit_once(':') {
            Some((host, own)) if own.parse() == Ok(port) => host == name,
            _ => host == name,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn our_own_address_is_recognised_under_every_name() {
        let machine = Machine::known("workshop", &["10.1.2.3".parse().unwrap(), "fd12::3".parse().unwrap()]);
        let hosts = ["gateway.example.org".to_owned(), "gw:7711".to_owned()];
        let listeners = vec!["0.0.0.0:7711".parse().unwrap(), "192.168.1.5:9000".parse().unwrap()];
        let own = Own::new(listeners, &hosts, &machine);
        let is = |text: &str| own.is(&address::parse(text).unwrap());
        for ours in [
            "http://localhost:7711",
            "http://LOCALHOST.:7711/v1",
            "http://ip6-localhost:7711",
            "http://127.0.0.1:7711",
            "http://127.9.9.9:7711",
            "http://0.0.0.0:7711",
            "http://[::]:7711",
            "http://[::1]:7711",
            "http://[::ffff:127.0.0.1]:7711",
            "http://[0:0:0:0:0:0:0:1]:7711",
            "http://2130706433:7711",
            "http://0x7f.1:7711",
            "http://10.1.2.3:7711/v1",
            "http://[::ffff:10.1.2.3]:7711",
            "http://[fd12::3]:7711",
            "https://Workshop:7711",
            "http://workshop.local:7711",
            "http://gateway.example.org:7711",
            "http://gw:7711",
            "http://192.168.1.5:9000/v1",
            "http://localhost:9000",
        ] {
            assert!(is(ours), "{ours}");
        }
        for other in [
            "http://localhost:11434",
            "http://workshop:11434",
            "http://10.1.2.3:11434",
            "http://192.168.1.6:9000",
            "https://workshop.example.org:7711",
            "https://api.example.com:7711",
            "https://gateway.example.org/v1",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
