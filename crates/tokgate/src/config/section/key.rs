//! References to secrets in the file: `server.local_key` and `provider.NAME.keys`.

use std::ops::RangeInclusive;

use tokgate_policy::engine::WEIGHT;

use super::limit;
use crate::config::model::{AwsParts, AwsSource, ProviderKey, SecretRef};
use crate::config::problem::{ConfigError, Place};
use crate::config::reader::{Field, Section};
use crate::config::reference::{self, Fault};
use crate::config::rules;
use crate::i18n::config as messages;
use crate::secret::Secret;

/// Shares of keys, as those of providers.
const WEIGHTS: RangeInclusive<i64> = 0..=1_000;
/// The parts of a pair of AWS keys.
const AWS_PARTS: [&str; 3] = ["access_key", "secret_key", "session_token"];

/// Reads one reference. A literal is remembered as secret, and remarked on when it stands in the file.
pub(crate) fn reference(field: &Field<'_>) -> Option<SecretRef> {
    let text = field.raw_text()?;
    let (folder, home) = field.folders();
    match reference::parse(text, folder, home) {
        Ok(reference) => {
            if !matches!(reference, SecretRef::Literal(_)) {
                field.reader().harmless(field.place());
            } else {
                field.reader().secret(field.place());
                if matches!(field.place(), Place::File(_)) {
                    field.reader().note(field.note(rules::LITERAL_KEY, &messages::LITERAL_KEY));
                }
            }
            let runs = matches!(reference, SecretRef::Command(_) | SecretRef::Aws(AwsSource::Command(_)));
            if runs && matches!(field.place(), Place::File(_)) {
                field.reader().runs_command();
            }
            Some(reference)
        }
        Err(fault) => {
            refuse(field, fault);
            None
        }
    }
}

/// Reads `keys`: a list of references or of `{ from = …, enabled = … }`.
pub(crate) fn list(field: &Field<'_>) -> Vec<ProviderKey> {
    let mut keys: Vec<(ProviderKey, Place)> = Vec::new();
    for item in field.list().unwrap_or_default() {
        let Some(key) = one(&item) else { continue };
        match keys.iter().find(|(other, _)| other.from == key.from) {
            Some((_, first)) => {
                // The value is not quoted: it may be a literal.
                let error = item.error(&rules::LISTED_TWICE).with("value", reference::format(&key.from));
                item.reader().error(error.and(first.clone()));
            }
            None => keys.push((key, item.place().clone())),
        }
    }
    if !keys.is_empty() && keys.iter().all(|(key, _)| key.weight == 0) {
        field.reader().error(ConfigError::new(&rules::KEYS_WITHOUT_WEIGHT, field.path.clone(), field.place().clone()));
    }
    keys.into_iter().map(|(key, _)| key).collect()
}

fn one(item: &Field<'_>) -> Option<ProviderKey> {
    if !item.is_table() {
        return Some(ProviderKey::new(reference(item)?));
    }
    let section = item.as_section("provider.*.keys")?;
    let from = match aws_parts(&section) {
        Some(parts) => parts,
        None => section.field("from").and_then(|field| reference(&field)),
    };
    if !section.has("from") && !AWS_PARTS.iter().any(|key| section.has(key)) {
        section.missing("from", "{ from = \"env:NAME\" }");
    }
    let enabled = section.field("enabled").and_then(|field| field.boolean()).unwrap_or(true);
    let weight = section.field("weight").and_then(|field| field.integer(WEIGHTS));
    let weight = weight.and_then(|weight| u32::try_from(weight).ok()).unwrap_or(WEIGHT);
    let limits = limit::allowance(&section, true);
    section.finish();
    Some(ProviderKey { from: from?, enabled, weight, limits })
}

/// A pair of AWS keys whose parts have references of their own; `None` when no part is there.
fn aws_parts(section: &Section<'_>) -> Option<Option<SecretRef>> {
    let part = |key| section.field(key).and_then(|field| part(&field));
    let [access_key, secret_key, session_token] = AWS_PARTS.map(part);
    if !AWS_PARTS.iter().any(|key| section.has(key)) {
        return None;
    }
    for key in AWS_PARTS.into_iter().take(2).filter(|key| !section.has(key)) {
        section.missing(key, "{ access_key = \"env:NAME\", secret_key = \"env:NAME\" }");
    }
    let parts =
        access_key.zip(secret_key).map(|(access_key, secret_key)| AwsParts { access_key, secret_key, session_token });
    Some(parts.map(|parts| SecretRef::Aws(AwsSource::Parts(Box::new(parts)))))
}

/// A part is a text of its own: neither another pair nor the caller's login. The id of a key is one here.
fn part(field: &Field<'_>) -> Option<SecretRef> {
    if let Some(text) = field.raw_text()
        && reference::is_aws_key_id(text)
    {
        field.reader().secret(field.place());
        return Some(SecretRef::Literal(Secret::new(text)));
    }
    match reference(field)? {
        SecretRef::Client | SecretRef::Aws(_) => {
            field.reader().error(field.error(&rules::BAD_REFERENCE));
            None
        }
        part => Some(part),
    }
}

fn refuse(field: &Field<'_>, fault: Fault) {
    let bad = || field.error(&rules::BAD_REFERENCE);
    if matches!(fault, Fault::BadLiteral | Fault::AwsKeyId) {
        field.reader().secret_value(field.place());
    } else {
        field.reader().harmless(field.place());
    }
    let error = match fault {
        Fault::Empty | Fault::OpenQuote | Fault::BadVariable => bad(),
        Fault::UnknownKind(kind, near) => match near {
            Some(near) => bad().with("near", format!("{near}:…")).label(&messages::DID_YOU_MEAN),
            None => bad().with("kind", kind).label(&messages::REFERENCE_KIND),
        },
        Fault::ShellStyle(name) => bad().with("name", name).fix(&messages::SHELL_STYLE_FIX),
        Fault::BadAws => bad().fix(&messages::AWS_REFERENCE_FIX),
        Fault::AwsKeyId => bad().fix(&messages::AWS_KEY_ID_FIX),
        Fault::BadLiteral => field.error(&rules::BAD_KEY),
    };
    field.reader().error(error);
}
