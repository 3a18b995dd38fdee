//! Who has a TCP port: program and process number, as far as this user may see.
//!
//! Linux only, from `/proc`. Elsewhere and for other users' processes the answer is `None`.

use std::collections::HashSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// State `LISTEN` in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// A process that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Process number.
    pub pid: u32,
    /// Short program name.
    pub program: String,
}

/// The process that would be in the way of listening on `address`.
pub fn find(address: SocketAddr) -> Option<Owner> {
    let mut inodes = HashSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        if let Ok(text) = fs::read_to_string(table) {
            inodes.extend(listening_inodes(&text, address));
        }
    }
    if inodes.is_empty() {
        return None;
    }
    let processes = fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        holds_socket(&entry.path(), &inodes).then(|| Owner { pid, program: program(&entry.path()) })
    })
}

fn program(process: &Path) -> String {
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    // A process chooses its own name; it must not write on the terminal.
    name.trim().chars().filter(|c| !c.is_control()).collect()
}

fn holds_socket(process: &Path, inodes: &HashSet<u64>) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    descriptors.flatten().any(|entry| {
        let Ok(target) = fs::read_link(entry.path()) else {
            return false;
        };
        let inode = target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
        inode.is_some_and(|inode| inodes.contains(&inode))
    })
}

/// Inodes of listening sockets in one `/proc/net/tcp*` table that collide with `wanted`.
fn listening_inodes(table: &str, wanted: SocketAddr) -> Vec<u64> {
    table.lines().skip(1).filter_map(|line| listening_inode(line, wanted)).collect()
}

fn listening_inode(line: &str, wanted: SocketAddr) -> Option<u64> {
    // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …
    let mut fields = line.split_ascii_whitespace();
    let local = fields.nth(1)?;
    if fields.nth(1)? != LISTEN {
        return None;
    }
    let inode = fields.nth(5)?.parse().ok()?;
    let (ip, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let ip = parse_ip(ip)?;
    let collides = ip == wanted.ip() || ip.is_unspecified() || wanted.ip().is_unspecified();
    (port == wanted.port() && collides).then_some(inode)
}

/// The kernel prints each 32-bit word of the address in the machine's own byte order.
fn parse_ip(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for (index, part) in bytes.chunks_mut(4).enumerate() {
                part.copy_from_slice(&word(index * 8)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_of_this_process_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let owner = find(listener.local_addr().unwrap());
        if cfg!(target_os = "linux") {
            let owner = owner.unwrap();
            assert_eq!(owner.pid, std::process::id());
            assert!(!owner.program.is_empty());
        } else {
            assert_eq!(owner, None);
        }
    }

    #[test]
    fn a_free_port_has_no_owner() {
        let address = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap()
        };
        assert_eq!(find(address), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn only_listening_sockets_that_collide_count() {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let row = |ip: &str, state: &str| {
            format!(
                "{head}   0: {ip}:1E1F 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0\n"
            )
        };
        let wanted: SocketAddr = "127.0.0.1:7711".parse().unwrap();
        assert_eq!(listening_inodes(&row("0100007F", "0A"), wanted), [4242]);
        assert_eq!(listening_inodes(&row("00000000", "0A"), wanted), [4242]);
        assert_eq!(listening_inodes(&row("0100007F", "01"), wanted), Vec::<u64>::new());
        assert_eq!(listening_inodes(&row("0200007F", "0A"), wanted), Vec::<u64>::new());
        let v6 = row("00000000000000000000000000000000", "0A");
        assert_eq!(listening_inodes(&v6, wanted), [4242]);
        assert_eq!(listening_inodes(&row("nonsense", "0A"), wanted), Vec::<u64>::new());
        assert_eq!(listening_inodes(&row("0100007F", "0A"), "127.0.0.1:7712".parse().unwrap()), Vec::<u64>::new());
    }
}
