//! AWS keys as AWS's own tools keep them: variables, the shared files, a program that prints them. Nothing is written.
//!
//! Source: AWS SDKs and Tools reference guide, "Shared config and credentials files" and "Process credential provider".
//! What needs a sign-in or another request (SSO, roles) is left to AWS's own command line, asked through `aws:command:`.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{SecretError, read, resolve, run};
use crate::config::model::{AwsParts, AwsSource};
use crate::config::paths::Env;
use crate::config::{reference, rules};
use crate::i18n::{Text, config as messages, faults};
use crate::secret::Secret;

/// Longest shared file that is read; real ones are a few KiB.
const FILE_MAX: u64 = 1 << 20;

/// What a request is signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsKeys {
    /// The access key's id. It names the account, so it is kept out of logs as well.
    pub access_key_id: Secret,
    /// The access key itself.
    pub secret_access_key: Secret,
    /// Comes with keys that are lent for a time.
    pub session_token: Option<Secret>,
    /// When they end, seconds since 1970; `None`: never, or nobody said.
    pub expires: Option<u64>,
}

impl AwsKeys {
    /// Each value, for the redactor.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.access_key_id, &self.secret_access_key].into_iter().chain(&self.session_token)
    }
}

/// Fetches AWS keys.
pub fn resolve_aws(source: &AwsSource, env: &Env) -> Result<AwsKeys, SecretError> {
    match source {
        AwsSource::Env => from_variables(env),
        AwsSource::Profile(name) => from_profile(name, env),
        AwsSource::Command(words) => from_program(words),
        AwsSource::Parts(parts) => from_parts(parts, env),
    }
}

fn from_parts(parts: &AwsParts, env: &Env) -> Result<AwsKeys, SecretError> {
    Ok(AwsKeys {
        access_key_id: resolve(&parts.access_key, env)?,
        secret_access_key: resolve(&parts.secret_key, env)?,
        session_token: parts.session_token.as_ref().map(|token| resolve(token, env)).transpose()?,
        expires: None,
    })
}

fn from_variables(env: &Env) -> Result<AwsKeys, SecretError> {
    let wanted = |name: &str| {
        let unset = || SecretError::new(rules::SECRET_UNSET, &messages::SECRET_UNSET, name.to_owned());
        env.var(name).ok_or_else(unset)
    };
    let (id, key) = (wanted("AWS_ACCESS_KEY_ID")?, wanted("AWS_SECRET_ACCESS_KEY")?);
    keys(id, key, env.var("AWS_SESSION_TOKEN"), None).ok_or_else(|| bad_text("aws:env"))
}

fn from_profile(name: &str, env: &Env) -> Result<AwsKeys, SecretError> {
    let error = || SecretError::new(rules::SECRET_AWS, &messages::SECRET_AWS, name.to_owned());
    for (file, section) in [(credentials_file(env), name.to_owned()), (config_file(env), config_section(name))] {
        let Some(text) = shared(&file).map_err(|cause| error().reason(cause.to_string()))? else { continue };
        let value = |key| value(&text, &section, key);
        if let (Some(id), Some(key)) = (value("aws_access_key_id"), value("aws_secret_access_key")) {
            // A file that holds keys must be private, whichever of the two it is.
            read(&file)?;
            return keys(id, key, value("aws_session_token"), None).ok_or_else(|| bad_text(name));
        }
        if let Some(program) = value("credential_process") {
            let words = reference::words(program, env.home()).ok_or_else(|| error().reason(&messages::REASON_JSON))?;
            return from_program(&words);
        }
        if ["sso_session", "sso_start_url", "role_arn"].into_iter().any(|key| value(key).is_some()) {
            return Err(error().reason(&messages::REASON_SIGN_IN));
        }
    }
    Err(error().reason(&messages::REASON_NO_PROFILE))
}

/// What `credential_process` programs print.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

fn from_program(words: &[String]) -> Result<AwsKeys, SecretError> {
    let output = run(words)?;
    let error = || SecretError::new(rules::SECRET_COMMAND, &messages::SECRET_COMMAND, super::shown(words));
    let printed: Printed = serde_json::from_str(&output).map_err(|_| error().reason(&messages::REASON_JSON))?;
    let moment = printed.expiration.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let expires = moment.and_then(|moment| u64::try_from(moment.as_second()).ok());
    keys(&printed.access_key_id, &printed.secret_access_key, printed.session_token.as_deref(), expires)
        .ok_or_else(|| bad_text(&super::shown(words)))
}

/// The region of a profile, from the shared configuration; `None` when it names none or cannot be read.
pub(crate) fn profile_region(profile: &str, env: &Env) -> Option<String> {
    let text = shared(&config_file(env)).ok()??;
    value(&text, &config_section(profile), "region").map(str::to_owned)
}

fn keys(id: &str, key: &str, token: Option<&str>, expires: Option<u64>) -> Option<AwsKeys> {
    let secret = |text: &str| reference::is_key_text(text).then(|| Secret::new(text));
    let session_token = match token.filter(|token| !token.is_empty()) {
        Some(token) => Some(secret(token)?),
        None => None,
    };
    Some(AwsKeys { access_key_id: secret(id)?, secret_access_key: secret(key)?, session_token, expires })
}

fn bad_text(name: &str) -> SecretError {
    SecretError::new(rules::SECRET_TEXT, &messages::SECRET_TEXT, name.to_owned())
}

fn credentials_file(env: &Env) -> PathBuf {
    shared_file(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
}

fn config_file(env: &Env) -> PathBuf {
    shared_file(env, "AWS_CONFIG_FILE", "config")
}

fn shared_file(env: &Env, variable: &str, usual: &str) -> PathBuf {
    match env.var(variable) {
        Some(path) => reference::expand(path, env.home(), env.home()),
        None => env.home().join(".aws").join(usual),
    }
}

/// In the configuration file every profile but the default one has a word in front.
fn config_section(profile: &str) -> String {
    if profile == "default" { profile.to_owned() } else { format!("profile {profile}") }
}

/// A shared file's text; `None` when there is none.
fn shared(path: &Path) -> io::Result<Option<String>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > FILE_MAX {
        return Err(io::Error::other(Text::new(&faults::FILE_TOO_LARGE).with("mib", FILE_MAX >> 20)));
    }
    let mut text = String::new();
    file.take(FILE_MAX).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// A setting in a section. Lines that begin with a blank belong to a setting above and are none themselves.
fn value<'t>(text: &'t str, section: &str, key: &str) -> Option<&'t str> {
    let mut inside = false;
    for line in text.lines().filter(|line| !line.starts_with([' ', '\t', '#', ';'])) {
        if let Some(header) = line.trim_end().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            inside = same_section(header, section);
        } else if let Some((name, value)) = line.split_once('=')
            && inside
            && name.trim().eq_ignore_ascii_case(key)
        {
            let value = value.split(" #").next().unwrap_or_default().trim();
            return (!value.is_empty()).then_some(value);
        }
    }
    None
}

/// `[profile "my work"]` and `[ profile my work ]` are the same.
fn same_section(header: &str, section: &str) -> bool {
    let words = |text: &str| text.replace(['"', '\''], "").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    words(header) == words(section)
}

#[cfg(test)]
mod tests;
