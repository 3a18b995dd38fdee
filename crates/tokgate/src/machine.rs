//! This machine: what it is called, and which addresses are its own. Asks nobody but its own kernel: no lookup, no packet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Names of the machine itself that need no lookup. Source: `/etc/hosts` as Debian and Fedora install it.
const LOCAL_NAMES: [&str; 8] = [
    "localhost",
    "localhost4",
    "localhost6",
    "localhost.localdomain",
    "localhost4.localdomain4",
    "localhost6.localdomain6",
    "ip6-localhost",
    "ip6-loopback",
];
/// What a name ends in that always means this machine. Source: RFC 6761 section 6.3.
const LOCAL_SUFFIX: &str = ".localhost";
/// What a machine's name ends in when it is called by its neighbours. Source: RFC 6762 section 3.
const NEIGHBOURS_SUFFIX: &str = ".local";
/// A port for the question which way an address would be reached; nothing is sent there.
const ANY_PORT: u16 = 9;

/// This machine, as an argument, so that tests need no particular one.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// Lower case; with its domain where the machine is called so.
    name: Option<String>,
    addresses: Addresses,
}

#[derive(Debug, Clone)]
enum Addresses {
    /// As the kernel says at the moment of the question: they come and go with networks.
    Kernel,
    /// These.
    Known(Vec<IpAddr>),
}

impl Default for Addresses {
    fn default() -> Self {
        Self::Known(Vec::new())
    }
}

impl Machine {
    /// The one this process runs on.
    pub fn this() -> Self {
        let system = rustix::system::uname();
        let name = system.nodename().to_str().ok().map(plain).filter(|name| !name.is_empty());
        Self { name, addresses: Addresses::Kernel }
    }

    /// One with this name and these addresses.
    pub fn known(name: &str, addresses: &[IpAddr]) -> Self {
        Self { name: Some(plain(name)), addresses: Addresses::Known(addresses.to_vec()) }
    }

    /// Whether this host name is the machine's, as far as that can be said without a lookup.
    pub fn is_called(&self, host: &str) -> bool {
        let host = plain(host);
        let own = self.name.as_deref().is_some_and(|name| {
            let short = name.split_once('.').map_or(name, |(short, _)| short);
            host == name || host == short || host.strip_suffix(NEIGHBOURS_SUFFIX) == Some(short)
        });
        own || host.ends_with(LOCAL_SUFFIX) || LOCAL_NAMES.contains(&&*host)
    }

    /// Whether this address is one of the machine's own.
    pub fn has(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        match &self.addresses {
            Addresses::Kernel => has(ip),
            Addresses::Known(addresses) => is_loop(ip) || addresses.contains(&ip),
        }
    }
}

/// Whether this address is one of this machine's. To an address of its own the kernel would send from that same address;
/// a datagram socket that is only told its peer sends nothing.
pub fn has(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    if is_loop(ip) {
        return true;
    }
    let any = match ip {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let sent_from = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((ip, ANY_PORT))?;
        socket.local_addr()
    });
    sent_from.is_ok_and(|from| from.ip() == ip)
}

/// Loopback, or the address that stands for all of them.
fn is_loop(ip: IpAddr) -> bool {
    ip.is_loopback() || ip.is_unspecified()
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_machine_is_called_by_its_short_and_its_long_name_and_as_neighbours_call_it() {
        let machine = Machine::known("Workshop.example.org", &[]);
        for name in ["workshop.example.org", "WORKSHOP", "workshop.local", "workshop.", "ip6-localhost", "a.localhost"]
        {
            assert!(machine.is_called(name), "{name}");
        }
        for name in ["workshop.example.com", "shop", "example.org", "local", "xlocalhost", ""] {
            assert!(!machine.is_called(name), "{name}");
        }
        assert!(!Machine::default().is_called(""), "a machine without a name is not called nothing");
    }

    #[test]
    fn known_addresses_and_loopback_are_its_own() {
        let machine = Machine::known("workshop", &["192.168.1.5".parse().unwrap()]);
        for ip in ["192.168.1.5", "::ffff:192.168.1.5", "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::"] {
            assert!(machine.has(ip.parse().unwrap()), "{ip}");
        }
        assert!(!machine.has("192.168.1.6".parse().unwrap()));
    }

    /// Addresses for documentation belong to nobody. Source: RFC 5737, RFC 3849.
    #[test]
    fn the_kernel_says_which_addresses_are_its_own() {
        let this = Machine::this();
        assert!(this.has("127.0.0.1".parse().unwrap()) && this.has("::1".parse().unwrap()));
        assert!(!this.has("192.0.2.1".parse().unwrap()) && !this.has("2001:db8::1".parse().unwrap()));
    }
}
