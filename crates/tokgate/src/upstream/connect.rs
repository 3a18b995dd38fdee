//! From a host name to a TCP connection: lookup, forbidden addresses, and a race over what is left.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::TcpStream;

use super::dns::Dns;
use super::error::{SendError, SendErrorKind};
use crate::i18n::{Message, Text, faults};
use crate::process::descriptors;
use crate::{clock, machine};

/// Head start of an address over the next one. Source: RFC 8305 section 8.
const STAGGER: Duration = Duration::from_millis(250);
/// Addresses tried for one connection.
const ADDRESSES_MAX: usize = 8;
/// Silence after which the kernel probes a connection, so that a vanished peer is noticed during a long thought.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

/// A TCP connection and what it took.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) stream: TcpStream,
    pub(super) dns: Duration,
    pub(super) connect: Duration,
}

/// Time limits of the two steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    pub(super) dns: Duration,
    pub(super) connect: Duration,
}

/// Opens a TCP connection to `host:port`.
pub(super) async fn open(
    dns: &Dns,
    own: &[SocketAddr],
    host: &str,
    port: u16,
    limits: Limits,
) -> Result<Connected, SendError> {
    let started = clock::now();
    let addresses = addresses_of(dns, host, limits.dns).await.map_err(|mut error| {
        error.facts.dns = clock::now() - started;
        error
    })?;
    let looked_up = clock::now();
    let with_facts = |mut error: SendError| {
        error.facts.dns = looked_up - started;
        error.facts.connect = clock::now() - looked_up;
        error
    };
    let targets = permitted(host, port, &addresses, own).map_err(with_facts)?;
    let racing = race(host, port, targets);
    let stream = match tokio::time::timeout(limits.connect, racing).await {
        Ok(raced) => raced.map_err(with_facts)?,
        Err(_) => {
            let ms = limits.connect.as_millis();
            let message = Text::new(&faults::CONNECT_SLOW).with("host", host).with("port", port).with("ms", ms);
            return Err(with_facts(SendError::new(SendErrorKind::ConnectTimeout, message)));
        }
    };
    tune(&stream);
    Ok(Connected { stream, dns: looked_up - started, connect: clock::now() - looked_up })
}

/// Addresses of a literal, of `localhost` (never asked of a name server, RFC 6761) or of a name.
pub(super) async fn addresses_of(dns: &Dns, host: &str, within: Duration) -> Result<Arc<[IpAddr]>, SendError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(literal) = bare.parse::<IpAddr>() {
        Ok(Arc::new([literal]))
    } else if is_localhost(host) {
        Ok(Arc::new([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]))
    } else {
        dns.addresses(host, within).await
    }
}

/// `localhost` and the names below it.
pub(super) fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost")
        || host.len() > 10 && host.as_bytes()[host.len() - 10..].eq_ignore_ascii_case(b".localhost")
}

/// Removes what must never be contacted, alternates the families, and keeps the first few.
pub(super) fn permitted(
    host: &str,
    port: u16,
    addresses: &[IpAddr],
    own: &[SocketAddr],
) -> Result<Vec<SocketAddr>, SendError> {
    let refuse = |kind, why: &'static Message| {
        let message = Text::new(why).with("host", host).with("port", port);
        Err(SendError::new(kind, message))
    };
    let allowed: Vec<IpAddr> = addresses.iter().copied().filter(|ip| !is_forbidden(*ip)).collect();
    if allowed.is_empty() && !addresses.is_empty() {
        return refuse(SendErrorKind::Unreachable, &faults::FORBIDDEN);
    }
    let allowed: Vec<IpAddr> = allowed.into_iter().filter(|ip| !is_own(*ip, port, own)).collect();
    if allowed.is_empty() {
        return refuse(SendErrorKind::OwnAddress, &faults::OWN);
    }
    Ok(alternate(&allowed).into_iter().take(ADDRESSES_MAX).map(|ip| SocketAddr::new(ip, port)).collect())
}

/// Link-local addresses and the ones cloud providers serve instance credentials from, in every disguise
/// (IPv4 inside IPv6, NAT64). The rule looks at resolved addresses, so no name and no odd spelling gets around it.
pub(super) fn is_forbidden(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local() || v4 == Ipv4Addr::new(100, 100, 100, 200),
        IpAddr::V6(v6) => {
            let parts = v6.segments();
            let nat64 = parts[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
            let compatible = parts[..6] == [0; 6];
            let inner = Ipv4Addr::from(u32::from(parts[6]) << 16 | u32::from(parts[7]));
            v6.is_unicast_link_local()
                || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
                || (nat64 || compatible) && is_forbidden(IpAddr::V4(inner))
        }
    }
}

/// One of our own listeners. A wildcard listener is met on every address of this machine.
fn is_own(ip: IpAddr, port: u16, own: &[SocketAddr]) -> bool {
    let ip = ip.to_canonical();
    own.iter().any(|listener| {
        let at = listener.ip().to_canonical();
        listener.port() == port && (at == ip || at.is_unspecified() && machine::has(ip))
    })
}

/// First address first, then the families in turn. Source: RFC 8305 section 4.
fn alternate(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (mut ours, mut others): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().copied().partition(|ip| ip.is_ipv6() == first_is_v6);
    ours.reverse();
    others.reverse();
    let mut mixed = Vec::with_capacity(addresses.len());
    while !ours.is_empty() || !others.is_empty() {
        mixed.extend(ours.pop());
        mixed.extend(others.pop());
    }
    mixed
}

/// The first address that answers; the next one starts after a failure or the head start.
/// The connections are polled by whoever waits for the first of them: with a task for each, one that stands could still
/// be waiting for its turn on a busy machine when the time is over.
async fn race(host: &str, port: u16, targets: Vec<SocketAddr>) -> Result<TcpStream, SendError> {
    let mut waiting = targets.into_iter();
    let mut running = Vec::with_capacity(1);
    let mut worst: Option<io::Error> = None;
    loop {
        let more = match waiting.next() {
            Some(target) => {
                running.push(Box::pin(TcpStream::connect(target)));
                waiting.len() > 0
            }
            None if running.is_empty() => break,
            None => false,
        };
        let outcome = if more {
            match tokio::time::timeout(STAGGER, first(&mut running)).await {
                Ok(outcome) => outcome,
                Err(_) => continue,
            }
        } else {
            first(&mut running).await
        };
        match outcome {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                // "refused" says most: somebody is there
                if worst.as_ref().is_none_or(|w| w.kind() != io::ErrorKind::ConnectionRefused) {
                    worst = Some(error);
                }
            }
        }
    }
    Err(connect_error(host, port, worst.as_ref()))
}

/// What the first that is done says; it is taken out.
async fn first<F: Future>(running: &mut Vec<Pin<Box<F>>>) -> F::Output {
    poll_fn(|context| {
        let mut done = running.iter_mut().enumerate().filter_map(|(at, one)| match one.as_mut().poll(context) {
            Poll::Ready(said) => Some((at, said)),
            Poll::Pending => None,
        });
        let Some((at, said)) = done.next() else { return Poll::Pending };
        drop(running.remove(at));
        Poll::Ready(said)
    })
    .await
}

fn connect_error(host: &str, port: u16, error: Option<&io::Error>) -> SendError {
    if error.is_some_and(descriptors::are_exhausted) {
        return SendError::new(SendErrorKind::PoolWait, &faults::NO_DESCRIPTOR);
    }
    let kind = match error.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => SendErrorKind::Refused,
        Some(io::ErrorKind::TimedOut) => SendErrorKind::ConnectTimeout,
        _ => SendErrorKind::Unreachable,
    };
    let cause = error.map_or_else(|| (&faults::NOBODY_ANSWERED).into(), faults::system);
    let message = Text::new(&faults::CONNECT_FAILED).with("host", host).with("port", port).with_words("cause", cause);
    SendError::new(kind, message)
}

fn tune(stream: &TcpStream) {
    // a socket option that cannot be set costs speed or notice, not correctness
    let _ = stream.set_nodelay(true);
    #[cfg(unix)]
    {
        use rustix::net::sockopt;
        let _ = sockopt::set_socket_keepalive(stream, true);
        let _ = sockopt::set_tcp_keepidle(stream, TCP_KEEPALIVE);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;
    use crate::upstream::SystemResolver;

    /// The time is over while the machine does other things, and nobody has yet looked at a connection that stands.
    #[tokio::test(start_paused = true)]
    async fn a_connection_that_stands_is_not_too_late_because_the_machine_was_busy() {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let dns = Dns::new(Arc::new(SystemResolver));
        let limits = Limits { dns: Duration::from_secs(3), connect: Duration::from_secs(3) };
        let mut opening = Box::pin(open(&dns, &[], "127.0.0.1", port, limits));
        let begun = poll_fn(|context| Poll::Ready(opening.as_mut().poll(context).is_pending())).await;
        assert!(begun);
        listener.accept().unwrap();
        tokio::time::advance(limits.connect * 2).await;
        opening.await.unwrap();
    }

    #[test]
    fn metadata_and_link_local_addresses_are_forbidden_in_every_spelling() {
        for address in [
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "::169.254.169.254",
        ] {
            assert!(is_forbidden(address.parse().unwrap()), "{address}");
        }
        for address in ["127.0.0.1", "10.0.0.1", "192.168.1.10", "::1", "fd00::1", "100.100.100.201", "8.8.8.8", "::"] {
            assert!(!is_forbidden(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn families_take_turns_and_the_first_address_stays_first() {
        let parse = |list: &[&str]| list.iter().map(|a| a.parse().unwrap()).collect::<Vec<IpAddr>>();
        let given = parse(&["2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        let wanted = parse(&["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"]);
        assert_eq!(alternate(&given), wanted);
    }

    #[test]
    fn our_own_listeners_are_recognised_also_behind_a_wildcard() {
        let own = ["0.0.0.0:7711".parse().unwrap(), "192.168.1.5:7712".parse().unwrap()];
        assert!(is_own("127.0.0.1".parse().unwrap(), 7711, &own));
        assert!(is_own("::ffff:127.0.0.1".parse().unwrap(), 7711, &own));
        assert!(is_own("192.168.1.5".parse().unwrap(), 7712, &own));
        assert!(!is_own("127.0.0.1".parse().unwrap(), 7713, &own));
        assert!(!is_own("192.168.1.6".parse().unwrap(), 7712, &own));
    }

    #[test]
    fn localhost_and_names_below_it_are_local() {
        for host in ["localhost", "LOCALHOST", "localhost.", "a.localhost"] {
            assert!(is_localhost(host), "{host}");
        }
        for host in ["localhost.example", "mylocalhost", "ocalhost", ""] {
            assert!(!is_localhost(host), "{host}");
        }
    }
}
