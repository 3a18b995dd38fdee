//! From a reference to the secret itself, at use.
//!
//! Everything here may wait for a disk or a program: call it off the request path or on a blocking thread.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

mod aws;

pub(crate) use aws::profile_region;
pub use aws::{AwsKeys, resolve_aws};

use super::model::SecretRef;
use super::paths::Env;
use super::problem::{Arg, Args, fill};
use super::{mask, reference, rules};
use crate::i18n::{Lang, Message, Text, config as messages};
use crate::secret::Secret;

/// A program that has not answered by then is stopped.
const COMMAND_LIMIT: Duration = Duration::from_secs(5);
/// No key is longer; a wrong file or program may well be.
const VALUE_MAX: u64 = 64 << 10;
const OTHERS: u32 = 0o077;
/// Where containers mount secrets, readable for everyone inside.
const MOUNTED: [&str; 2] = ["/run/secrets", "/var/run/secrets"];

/// Why a secret could not be fetched. Never holds the value.
#[derive(Debug, Clone)]
pub struct SecretError {
    /// `TG41x`
    pub code: &'static str,
    message: &'static Message,
    args: Args,
}

impl SecretError {
    /// What happened and what to do.
    pub fn text(&self, lang: Lang) -> String {
        fill(self.message, lang, &self.args)
    }

    /// The same, not yet in any language.
    pub fn words(&self) -> Text {
        self.args.iter().fold(Text::new(self.message), |text, (name, arg)| match arg {
            Arg::Text(value) => text.with(name, value),
            Arg::Message(message) => text.with_words(name, *message),
            Arg::Both(both) => text.with_both(name, both.clone()),
        })
    }

    /// What makes `server.local_key` usable when this is its error.
    pub fn local_key_fix(&self, lang: Lang) -> String {
        let unset = self.code == rules::SECRET_UNSET;
        let message = if unset { &messages::LOCAL_KEY_UNSET_FIX } else { &messages::LOCAL_KEY_FIX };
        fill(message, lang, &self.args)
    }

    fn new(code: &'static str, message: &'static Message, name: String) -> Self {
        Self { code, message, args: vec![("name", Arg::Text(name))] }
    }

    fn reason(mut self, reason: impl Into<Arg>) -> Self {
        self.args.push(("reason", reason.into()));
        self
    }
}

/// Fetches a secret. A `command:` is run each time: who uses the value keeps it until it is refused.
pub fn resolve(secret: &SecretRef, env: &Env) -> Result<Secret, SecretError> {
    let name = reference::format(secret);
    let raw = match secret {
        SecretRef::Literal(value) => value.expose().to_owned(),
        SecretRef::Env(variable) => env
            .var(variable)
            .map(str::to_owned)
            .ok_or_else(|| SecretError::new(rules::SECRET_UNSET, &messages::SECRET_UNSET, variable.clone()))?,
        SecretRef::File(path) => read(path)?,
        SecretRef::Command(words) => run(words)?,
        SecretRef::Client => return Err(SecretError::new(rules::SECRET_CLIENT, &messages::SECRET_CLIENT, name)),
        // A pair of keys is no text: see `resolve_aws`.
        SecretRef::Aws(_) => return Err(SecretError::new(rules::SECRET_TEXT, &messages::SECRET_TEXT, name)),
    };
    let value = reference::without_line_end(&raw);
    if reference::is_key_text(value) {
        Ok(Secret::new(value))
    } else {
        Err(SecretError::new(rules::SECRET_TEXT, &messages::SECRET_TEXT, name))
    }
}

fn read(path: &Path) -> Result<String, SecretError> {
    let error = || SecretError::new(rules::SECRET_FILE, &messages::SECRET_FILE, path.display().to_string());
    let failed = |cause: &io::Error| error().reason(cause.to_string());
    // Without O_NONBLOCK opening a pipe waits for its writer.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|cause| failed(&cause))?;
    let metadata = file.metadata().map_err(|cause| failed(&cause))?;
    if !metadata.is_file() || metadata.len() > VALUE_MAX {
        return Err(error().reason(&messages::REASON_KIND));
    }
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    let mounted = MOUNTED.iter().any(|folder| path.starts_with(folder));
    if ours && !mounted && metadata.permissions().mode() & OTHERS != 0 {
        return Err(error().reason(&messages::REASON_MODE));
    }
    bounded_text(file).map_err(|cause| failed(&cause))
}

/// Runs a program without a shell. It and what it started are stopped when it takes too long.
fn run(words: &[String]) -> Result<String, SecretError> {
    let error = || SecretError::new(rules::SECRET_COMMAND, &messages::SECRET_COMMAND, shown(words));
    let Some((program, args)) = words.split_first() else { return Err(error().reason(&messages::REASON_EXIT)) };
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|cause| error().reason(cause.to_string()))?;
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || {
        let output = child.stdout.take().map_or_else(|| Ok(String::new()), bounded_text);
        // A program that says too much is not waited for.
        let ended = if output.is_err() { stop(&mut child) } else { child.wait().is_ok_and(|status| status.success()) };
        let _ = answer.send((output, ended));
    });
    match answered.recv_timeout(COMMAND_LIMIT) {
        Ok((Ok(output), true)) => Ok(output),
        Ok((Err(_), _)) => Err(error().reason(&messages::REASON_OUTPUT)),
        Ok((Ok(_), false)) => Err(error().reason(&messages::REASON_EXIT)),
        Err(_) => {
            if let Some(group) = group {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            Err(error().reason(&messages::REASON_TIMEOUT))
        }
    }
}

fn stop(child: &mut Child) -> bool {
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// The program's name; its arguments may say more than they should.
fn shown(words: &[String]) -> String {
    words.iter().map(|word| mask::shown(word)).collect::<Vec<_>>().join(" ")
}

fn bounded_text(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(VALUE_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > VALUE_MAX { Err(io::ErrorKind::InvalidData.into()) } else { Ok(text) }
}

/// Makes a private file, for tests.
#[cfg(test)]
fn private_file(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    use std::io::Write as _;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn env() -> Env {
        Env::from_pairs(
            Path::new("/home/ada"),
            [("GOOD", "sk-good\n"), ("BAD", "sk bad"), ("BOM", "\u{feff}sk-1"), ("EMPTY", "")],
        )
    }

    fn command(words: &[&str]) -> SecretRef {
        SecretRef::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    fn code(secret: &SecretRef) -> &'static str {
        resolve(secret, &env()).unwrap_err().code
    }

    #[test]
    fn a_variable_loses_its_line_end_and_nothing_else() {
        assert_eq!(resolve(&SecretRef::Env("GOOD".into()), &env()).unwrap().expose(), "sk-good");
        assert_eq!(code(&SecretRef::Env("BAD".into())), "TG414");
        assert_eq!(code(&SecretRef::Env("BOM".into())), "TG414");
        assert_eq!(code(&SecretRef::Env("EMPTY".into())), "TG411");
        assert_eq!(code(&SecretRef::Env("MISSING".into())), "TG411");
        let text = resolve(&SecretRef::Env("BAD".into()), &env()).unwrap_err().text(Lang::En);
        assert!(text.contains("env:BAD") && !text.contains("sk bad"), "{text}");
    }

    #[test]
    fn a_file_must_be_private_ordinary_and_small() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let secret = SecretRef::File(path.clone());
        private_file(&path, "sk-1\n", 0o600).unwrap();
        assert_eq!(resolve(&secret, &env()).unwrap().expose(), "sk-1");
        private_file(&path, "sk-1\n", 0o644).unwrap();
        assert_eq!(code(&secret), "TG412");
        private_file(&path, "sk-1\n\n", 0o600).unwrap();
        assert_eq!(code(&secret), "TG414");
        private_file(&path, &"x".repeat(100_000), 0o600).unwrap();
        assert_eq!(code(&secret), "TG412");
        assert_eq!(code(&SecretRef::File(folder.path().join("none"))), "TG412");
        assert_eq!(code(&SecretRef::File(folder.path().to_owned())), "TG412");
    }

    #[test]
    fn a_program_answers_on_its_output_without_a_shell() {
        assert_eq!(resolve(&command(&["printf", "%s\n", "sk-$HOME;x"]), &env()).unwrap().expose(), "sk-$HOME;x");
        assert_eq!(code(&command(&["false"])), "TG413");
        assert_eq!(code(&command(&["/nowhere/at-all"])), "TG413");
        assert_eq!(code(&command(&["true"])), "TG414");
        assert_eq!(code(&command(&["head", "-c", "100000", "/dev/zero"])), "TG413");
    }

    #[test]
    fn the_callers_own_login_has_no_value() {
        assert_eq!(code(&SecretRef::Client), "TG415");
    }
}
