//! Trust in the gateway's own certificate, when it listens with TLS: a client knows only the public authorities.
//!
//! Measured with a certificate signed by itself: Claude Code 2.1.329 and OpenCode 1.18.33 add what `NODE_EXTRA_CA_CERTS`
//! names to the authorities they know, and Codex 0.169.0 does so with `CODEX_CA_CERTIFICATE`; for Claude Code a value in
//! its settings beats the environment. Another program may read `SSL_CERT_FILE`, which stands in place of the system's
//! list. So what the client gets is one private file: the list it would have had, and ours behind it.

use std::path::{Path, PathBuf};

use super::plan::{Ask, Plan, PrivateFile, Value};
use crate::cli::error::Text;
use crate::i18n;
use crate::secret::Secret;

/// Names authorities beside those a program based on Node or Bun knows.
pub(super) const NODE: &str = "NODE_EXTRA_CA_CERTS";
/// The same for Codex.
pub(super) const CODEX: &str = "CODEX_CA_CERTIFICATE";
/// Names the whole list, for OpenSSL and most of what is built on it.
pub(super) const WHOLE: &str = "SSL_CERT_FILE";

/// Where systems keep their list as one file.
const SYSTEM: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
];

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Where the file of this run is; `None` when the gateway does not speak TLS.
pub(super) fn path(ask: &Ask<'_>) -> Option<PathBuf> {
    ask.grant.certificate.as_ref().map(|_| ask.file.with_extension("pem"))
}

/// Lets the client trust the gateway: by `adds`, which adds to its list, and for programs nobody knows also by the
/// variable that stands for the whole list.
pub(super) fn add(plan: &mut Plan, ask: &Ask<'_>, adds: &str, whole: bool) {
    let (Some(certificate), Some(path)) = (&ask.grant.certificate, path(ask)) else { return };
    let mut list = given(plan, ask, adds).map(|file| read(ask, Path::new(&file))).unwrap_or_default();
    let system = if whole { system_list(plan, ask) } else { None };
    let mut variables = vec![adds];
    if let Some(system) = system {
        list.push_str(&system);
        variables.push(WHOLE);
    }
    match (ask.read)(certificate) {
        Ok(text) => list.push_str(&certificates(&text)),
        Err(error) => plan
            .notes
            .push(Text::new(&i18n::launch::TRUST_UNREADABLE).with("path", certificate.display()).with("error", error)),
    }
    for variable in variables {
        plan.set(variable, Value::Plain(path.display().to_string()));
    }
    let shown = format!("{BEGIN} × {}", list.matches(BEGIN).count());
    plan.trust = Some(PrivateFile { path, contents: Secret::new(list), shown });
}

/// The file that `variable` names already.
fn given(plan: &Plan, ask: &Ask<'_>, variable: &str) -> Option<String> {
    let configured = plan.env_set.get(variable).map(|value| value.expose().to_owned());
    configured.or_else(|| (ask.var)(variable)).filter(|file| !file.is_empty())
}

/// The list that would hold without us: the user's own, or the system's. Without any, the variable must stay unset.
fn system_list(plan: &Plan, ask: &Ask<'_>) -> Option<String> {
    let own = given(plan, ask, WHOLE);
    let files = own.as_deref().into_iter().chain(SYSTEM.into_iter().filter(|_| own.is_none()));
    files.map(|file| read(ask, Path::new(file))).find(|list| !list.is_empty())
}

/// The certificates of a file; one that cannot be read would not have helped the client either.
fn read(ask: &Ask<'_>, file: &Path) -> String {
    (ask.read)(file).map(|text| certificates(&text)).unwrap_or_default()
}

/// The certificates of a PEM text and nothing else: a private key may stand beside them.
fn certificates(text: &str) -> String {
    let mut list = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(BEGIN) {
        let Some(length) = rest[begin..].find(END) else { break };
        let end = begin + length + END.len();
        list.push_str(&rest[begin..end]);
        list.push('\n');
        rest = &rest[end..];
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_certificates_are_taken() {
        let key = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";
        let one = format!("{BEGIN}\nAA\n{END}\n");
        let two = format!("{BEGIN}\r\nBB\r\n{END}\n");
        assert_eq!(certificates(&format!("# list\n{one}{key}{two}{BEGIN}\ntorn")), format!("{one}{two}"));
        assert_eq!(certificates(key), "");
    }
}
