//! Headers that a provider adds, and the one its key travels in.

use http::{HeaderName, HeaderValue};

use crate::config::mask;
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::i18n::{Message, config as messages};

/// The connection's own: set by HTTP itself or meaningful for one hop only (RFC 9110 §7.6.1).
const CONNECTION: [&str; 13] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "proxy-connection",
];
/// Headers that carry a provider's key.
const CREDENTIAL: [&str; 4] = ["authorization", "x-api-key", "api-key", "proxy-authorization"];

/// Reads `provider.NAME.headers`.
pub(crate) fn read(section: &Section<'_>) -> Vec<(String, String)> {
    set(section, "headers")
}

/// Reads headers that are set on the way to a provider.
pub(crate) fn set(section: &Section<'_>, key: &'static str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for (entry, field) in section.texts_by_name(key) {
        if mask::secret_name(&entry.key) {
            field.reader().secret(field.place());
        }
        let name = entry.key.to_ascii_lowercase();
        let value = field.raw_text();
        let fault = if headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
            Some(&messages::HEADER_TWICE)
        } else if CREDENTIAL.contains(&name.as_str()) {
            Some(&messages::HEADER_CREDENTIAL)
        } else if value.is_some_and(|value| HeaderValue::from_str(value).is_err()) {
            Some(&messages::HEADER_VALUE)
        } else {
            name_fault(&name)
        };
        match fault {
            Some(reason) => refuse(&field, reason),
            // The name is kept as written: some relays show it to people.
            None => headers.extend(value.map(|value| (entry.key.clone(), value.to_owned()))),
        }
    }
    headers
}

/// Reads `header = { NAME = "…" }`: values that a request's headers are held against.
pub(crate) fn matched<T>(section: &Section<'_>, value: impl Fn(&Field<'_>) -> Option<T>) -> Vec<(String, T)> {
    let mut headers: Vec<(String, T)> = Vec::new();
    for (entry, field) in section.texts_by_name("header") {
        let name = entry.key.to_ascii_lowercase();
        let fault = if HeaderName::from_bytes(name.as_bytes()).is_err() {
            Some(&messages::HEADER_NAME)
        } else if headers.iter().any(|(other, _)| *other == name) {
            Some(&messages::HEADER_TWICE)
        } else {
            None
        };
        if let Some(reason) = fault {
            field.reader().error(field.error(&rules::BAD_HEADER).with("reason", reason));
        }
        headers.extend(value(&field).map(|value| (name, value)));
    }
    headers
}

/// Reads a list of header names, lower case.
pub(crate) fn names(section: &Section<'_>, key: &'static str) -> Vec<String> {
    let texts = section.field(key).and_then(|field| field.texts()).unwrap_or_default();
    let name = |(text, item): (&str, Field<'_>)| {
        let name = text.to_ascii_lowercase();
        match name_fault(&name) {
            Some(reason) => {
                refuse(&item, reason);
                None
            }
            None => Some(name),
        }
    };
    texts.into_iter().filter_map(name).collect()
}

/// Whether a header of this name, lower case, may be set on the way to a provider.
pub(crate) fn may_be_set(name: &str) -> bool {
    !CREDENTIAL.contains(&name) && name_fault(name).is_none()
}

/// Reads `auth = { header = "…" }`.
pub(crate) fn credential_name(field: &Field<'_>) -> Option<String> {
    let name = field.text()?.to_ascii_lowercase();
    match name_fault(&name) {
        Some(reason) => {
            refuse(field, reason);
            None
        }
        None => Some(name),
    }
}

fn refuse(field: &Field<'_>, reason: &'static Message) {
    field.reader().error(field.error(&rules::BAD_HEADER).with("reason", reason));
}

fn name_fault(name: &str) -> Option<&'static Message> {
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        Some(&messages::HEADER_NAME)
    } else if CONNECTION.contains(&name) {
        Some(&messages::HEADER_CONNECTION)
    } else if name.starts_with("x-tokgate-") {
        Some(&messages::HEADER_OURS)
    } else {
        None
    }
}
