//! `[server]`

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use tokgate_policy::engine::HoldParams;

use super::key;
use crate::config::listen;
use crate::config::model::{LocalKey, SecretRef, Server, TlsFiles};
use crate::config::problem::{ConfigError, Place};
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::i18n::config as messages;

/// The usual port.
pub(crate) const PORT: u16 = 7711;
/// The usual address.
pub(crate) const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), PORT);
const MAX_BODY: u64 = 64 << 20;
const CONNECTIONS: usize = 10_000;
/// A local key shorter than this could be found by trying.
const LOCAL_KEY_MIN: usize = 16;
/// Fewer different characters than this are a pattern, not a key.
const LOCAL_KEY_VARIETY: usize = 8;

/// 0: nobody waits.
const WAITING: RangeInclusive<i64> = 0..=1_000_000;
/// Below, a client that asks twice because it lost the first answer would be refused.
const REPEATS: RangeInclusive<i64> = 3..=1_000_000;
const REPEATS_MAX: u32 = 8;
/// Spelling of a limit that is none.
pub(crate) const OFF: &str = "off";
const COUNT: RangeInclusive<i64> = 1..=1_000_000;
/// A coding client's context alone is larger than 64 KiB.
pub(crate) const BODY: RangeInclusive<u64> = (64 << 10)..=(1 << 30);
const DRAIN: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(86_400);

/// Reads `[server]`.
pub(crate) fn read(root: &Section<'_>) -> Server {
    let section = root.section("server");
    let main = section.field("listen");
    let listen = main.as_ref().and_then(address).unwrap_or(LISTEN);
    let also = section.field("also_listen").and_then(|field| field.texts()).unwrap_or_default();
    let also: Vec<(SocketAddr, Field<'_>)> =
        also.into_iter().filter_map(|(_, item)| Some((address(&item)?, item))).collect();
    let local_key_field = section.field("local_key");
    let server = Server {
        listen,
        also_listen: also.iter().map(|(address, _)| *address).collect(),
        local_key: local_key_field.as_ref().and_then(local_key).unwrap_or(LocalKey::Auto),
        allow_origins: texts(&section, "allow_origins", origin),
        hosts: texts(&section, "hosts", host),
        tls: tls(&section),
        max_connections: count(&section, "max_connections"),
        max_concurrent: count(&section, "max_concurrent"),
        max_waiting: waiting(&section),
        max_body: section.field("max_body").and_then(|field| field.size(BODY)).unwrap_or(MAX_BODY),
        max_repeats: repeats(&section),
        websocket: section.field("websocket").and_then(|field| field.boolean()).unwrap_or(true),
        drain: section.field("drain").and_then(|field| field.duration(DRAIN)),
    };
    refuse_twice(listen, &also);
    let main_place = main.map(|field| (listen, field));
    for (address, field) in main_place.iter().chain(&also) {
        refuse_exposed(&server, *address, field);
    }
    section.finish();
    server
}

fn address(field: &Field<'_>) -> Option<SocketAddr> {
    let Some(listen) = field.raw_text().map(listen::parse)? else {
        field.refuse(&rules::BAD_LISTEN);
        return None;
    };
    if listen.host_left_out {
        let note = field.note(rules::HOST_LEFT_OUT, &messages::HOST_LEFT_OUT);
        field.reader().note(note.with("address", listen.address.to_string()));
    }
    Some(listen.address)
}

fn refuse_twice(main: SocketAddr, also: &[(SocketAddr, Field<'_>)]) {
    for (index, (address, field)) in also.iter().enumerate() {
        let earlier = also[..index].iter().any(|(other, _)| other == address);
        if address.port() != 0 && (*address == main || earlier) {
            field.refuse(&rules::LISTED_TWICE);
        }
    }
}

/// Beyond this machine only with a key and TLS: the key and every prompt would be readable otherwise.
fn refuse_exposed(server: &Server, address: SocketAddr, field: &Field<'_>) {
    if address.ip().to_canonical().is_loopback() {
        return;
    }
    let lack = if matches!(server.local_key, LocalKey::Off) {
        &messages::LACK_KEY
    } else if server.tls.is_none() {
        &messages::LACK_TLS
    } else {
        return;
    };
    field.reader().error(field.error(&rules::EXPOSED).with("value", address.to_string()).with("lack", lack));
}

fn local_key(field: &Field<'_>) -> Option<LocalKey> {
    match field.raw_text()? {
        "auto" => return Some(LocalKey::Auto),
        "off" => {
            field.reader().note(field.note(rules::NO_LOCAL_KEY, &messages::NO_LOCAL_KEY));
            return Some(LocalKey::Off);
        }
        _ => {}
    }
    let reference = key::reference(field)?;
    match &reference {
        SecretRef::Client => {
            field.reader().error(field.error(&rules::BAD_REFERENCE).fix(&messages::CLIENT_KEY_FIX));
            return None;
        }
        SecretRef::Literal(secret) if secret.expose().len() < LOCAL_KEY_MIN => {
            field.reader().error(field.error(&rules::WEAK_LOCAL_KEY).with("least", LOCAL_KEY_MIN.to_string()));
            return None;
        }
        SecretRef::Literal(secret) if is_poor(secret.expose()) => {
            field.reader().note(field.note(rules::POOR_LOCAL_KEY, &messages::POOR_LOCAL_KEY));
        }
        _ => {}
    }
    Some(LocalKey::Given(reference))
}

fn is_poor(key: &str) -> bool {
    let mut bytes = key.as_bytes().to_vec();
    bytes.sort_unstable();
    bytes.dedup();
    bytes.len() < LOCAL_KEY_VARIETY
}

fn tls(section: &Section<'_>) -> Option<TlsFiles> {
    let table = section.section("tls");
    // Both empty is what the annotated file says for "no TLS".
    let file = |key| {
        let field: Field<'_> = table.field(key)?;
        if field.raw_text()?.is_empty() { None } else { field.file() }
    };
    let (cert, key): (Option<PathBuf>, Option<PathBuf>) = (file("cert"), file("key"));
    let half = cert.is_some() != key.is_some();
    if half {
        let place = if table.has("cert") || table.has("key") { table.place.clone() } else { Place::Nowhere };
        section.reader().error(ConfigError::new(&rules::TLS_HALF, table.path.clone(), place));
    }
    table.finish();
    Some(TlsFiles { cert: cert?, key: key? })
}

fn count(section: &Section<'_>, key: &'static str) -> usize {
    section
        .field(key)
        .and_then(|field| field.integer(COUNT))
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(CONNECTIONS)
}

fn waiting(section: &Section<'_>) -> usize {
    let count = section.field("max_waiting").and_then(|field| field.integer(WAITING));
    count.and_then(|count| usize::try_from(count).ok()).unwrap_or(HoldParams::default().waiting)
}

fn repeats(section: &Section<'_>) -> Option<u32> {
    let Some(field) = section.field("max_repeats") else { return Some(REPEATS_MAX) };
    if field.is_text() {
        return field.choice(&[(OFF, None)]).flatten();
    }
    let count = field.integer(REPEATS);
    Some(count.and_then(|count| u32::try_from(count).ok()).unwrap_or(REPEATS_MAX))
}

fn texts(section: &Section<'_>, key: &'static str, check: fn(&Field<'_>, &str) -> Option<String>) -> Vec<String> {
    let items = section.field(key).and_then(|field| field.texts()).unwrap_or_default();
    items.iter().filter_map(|(text, item)| check(item, text)).collect()
}

/// `scheme://host[:port]`, as a browser sends it; `tauri://localhost` and the like are origins too.
fn origin(field: &Field<'_>, text: &str) -> Option<String> {
    let text = text.trim_end_matches('/').to_ascii_lowercase();
    let good = text.split_once("://").is_some_and(|(scheme, authority)| {
        let scheme_good = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        scheme_good && is_authority(authority)
    });
    if !good {
        field.refuse(&rules::BAD_ORIGIN);
    }
    good.then_some(text)
}

fn host(field: &Field<'_>, text: &str) -> Option<String> {
    let good = is_authority(text);
    if !good {
        field.refuse(&rules::BAD_HOST);
    }
    good.then(|| text.to_ascii_lowercase())
}

/// Host name or address, perhaps with a port.
fn is_authority(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
}
