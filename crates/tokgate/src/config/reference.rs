//! References to secrets: `env:NAME`, `file:PATH`, `command:PROGRAM ARGS`, `aws:…`, `client`, or the value itself.
//!
//! Reading a reference looks at nothing outside: the value is fetched at use, by [`super::resolve`].

use std::path::{Path, PathBuf};

use super::model::{AwsSource, SecretRef};
use super::nearest::nearest;
use crate::secret::Secret;

/// Kinds that this version has.
const KINDS: [&str; 4] = ["env", "file", "command", "aws"];
/// Words that look like a kind but are none here; without this they would be sent upstream as a key.
const OTHER_KINDS: [&str; 5] = ["keyring", "keychain", "op", "vault", "secret"];

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing, or nothing after the colon.
    Empty,
    /// `keyring:x`, `evn:X`: what it seems to be, and the kind that was perhaps meant.
    UnknownKind(String, Option<&'static str>),
    /// `$NAME`, `${NAME}`, `{env:NAME}`: the name inside.
    ShellStyle(String),
    /// `env:` with something that is no variable name.
    BadVariable,
    /// A command with an open quote.
    OpenQuote,
    /// `aws:` with something that is no way to AWS keys.
    BadAws,
    /// The id of an AWS key, which is nothing without the key itself.
    AwsKeyId,
    /// A literal with a character that no key has.
    BadLiteral,
}

/// Reads a reference. `folder` is where relative files are looked for, `home` is `~`.
pub(crate) fn parse(text: &str, folder: &Path, home: &Path) -> Result<SecretRef, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    if text == "client" {
        return Ok(SecretRef::Client);
    }
    if let Some(name) = shell_style(text) {
        return Err(Fault::ShellStyle(name));
    }
    let Some((kind, rest)) = text.split_once(':') else { return literal(text) };
    let rest = rest.trim();
    match kind {
        "env" | "file" | "command" | "aws" if rest.is_empty() => Err(Fault::Empty),
        "env" if is_variable(rest) => Ok(SecretRef::Env(rest.to_owned())),
        "env" => Err(Fault::BadVariable),
        "file" => Ok(SecretRef::File(expand(rest, folder, home))),
        "command" => words(rest, home).map(SecretRef::Command).ok_or(Fault::OpenQuote),
        "aws" => aws(rest, home).map(SecretRef::Aws),
        _ => match mistaken_kind(kind) {
            Some(fault) => Err(fault),
            None => literal(text),
        },
    }
}

/// Writes a reference as it may be shown and, unless it is a literal, read back.
pub fn format(reference: &SecretRef) -> String {
    match reference {
        SecretRef::Env(name) => format!("env:{name}"),
        SecretRef::File(path) => format!("file:{}", path.display()),
        SecretRef::Command(words) => format!("command:{}", line(words)),
        SecretRef::Aws(AwsSource::Env) => "aws:env".to_owned(),
        SecretRef::Aws(AwsSource::Profile(name)) => format!("aws:profile:{name}"),
        SecretRef::Aws(AwsSource::Command(words)) => format!("aws:command:{}", line(words)),
        SecretRef::Aws(AwsSource::Parts(parts)) => format(&parts.access_key),
        SecretRef::Literal(secret) => secret.tail(),
        SecretRef::Client => "client".to_owned(),
    }
}

/// `path` with `~` and relative parts filled in.
pub(crate) fn expand(path: &str, folder: &Path, home: &Path) -> PathBuf {
    match path.strip_prefix("~/") {
        Some(rest) => home.join(rest),
        None => folder.join(path),
    }
}

/// May a variable have this name?
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// May a key hold this? Printable ASCII without space and quotes, as a header can carry it.
pub(crate) fn is_key_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\'')
}

/// What an editor or `echo` left at the end of a key.
pub(crate) fn without_line_end(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

/// `env`, `profile:NAME`, `command:PROGRAM ARGS`
fn aws(text: &str, home: &Path) -> Result<AwsSource, Fault> {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    match (kind, rest.trim()) {
        ("env", "") => Ok(AwsSource::Env),
        ("profile", name) if !name.is_empty() && !name.contains([']', '[', '"', '\'']) => {
            Ok(AwsSource::Profile(name.to_owned()))
        }
        ("command", line) if !line.is_empty() => words(line, home).map(AwsSource::Command).ok_or(Fault::OpenQuote),
        _ => Err(Fault::BadAws),
    }
}

/// `AKIA…` and `ASIA…`: 20 capitals and digits.
pub(crate) fn is_aws_key_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.len() == 20 && (text.starts_with("AKIA") || text.starts_with("ASIA")) && text.bytes().all(plain)
}

fn literal(text: &str) -> Result<SecretRef, Fault> {
    let text = without_line_end(text);
    if is_aws_key_id(text) {
        return Err(Fault::AwsKeyId);
    }
    if is_key_text(text) { Ok(SecretRef::Literal(Secret::new(text))) } else { Err(Fault::BadLiteral) }
}

fn shell_style(text: &str) -> Option<String> {
    let inside = text
        .strip_prefix("{env:")
        .or_else(|| text.strip_prefix("${"))
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| text.strip_prefix('$'))?;
    is_variable(inside).then(|| inside.to_owned())
}

fn mistaken_kind(kind: &str) -> Option<Fault> {
    let word = kind.len() <= 12 && kind.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !word {
        return None;
    }
    let near = nearest(kind, KINDS);
    let known_elsewhere = OTHER_KINDS.contains(&kind.to_ascii_lowercase().as_str());
    (near.is_some() || known_elsewhere).then(|| Fault::UnknownKind(kind.to_owned(), near))
}

/// Splits a command into words: blanks separate, single and double quotes hold together, nothing is expanded but a
/// leading `~/` of the program.
pub(crate) fn words(text: &str, home: &Path) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for character in text.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => word.get_or_insert_default().push(character),
            None if character == '"' || character == '\'' => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            None if character.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    if quote.is_some() || words.first().is_none_or(String::is_empty) {
        return None;
    }
    if let Some(rest) = words.first().and_then(|program| program.strip_prefix("~/")) {
        words[0] = home.join(rest).display().to_string();
    }
    Some(words)
}

fn line(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    if plain {
        word.to_owned()
    } else if word.contains('"') {
        // A word may hold one kind of quote or the other; with both, the pieces stand side by side.
        word.split('"').map(|piece| format!("\"{piece}\"")).collect::<Vec<_>>().join("'\"'")
    } else {
        format!("\"{word}\"")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn read(text: &str) -> Result<SecretRef, Fault> {
        parse(text, Path::new("/etc/tokgate"), Path::new("/home/ada"))
    }

    #[test]
    fn each_kind_is_read() {
        assert_eq!(read("env:KIMI_API_KEY"), Ok(SecretRef::Env("KIMI_API_KEY".to_owned())));
        assert_eq!(read("file:~/.secrets/k"), Ok(SecretRef::File("/home/ada/.secrets/k".into())));
        assert_eq!(read("file:k"), Ok(SecretRef::File("/etc/tokgate/k".into())));
        assert_eq!(read("client"), Ok(SecretRef::Client));
        assert_eq!(
            read("command:op read 'op://Private/My Key/x'"),
            Ok(SecretRef::Command(vec!["op".into(), "read".into(), "op://Private/My Key/x".into()]))
        );
        assert_eq!(read("sk-1234"), Ok(SecretRef::Literal(Secret::new("sk-1234"))));
        assert_eq!(read("0a1b-2c3d:9f8e"), Ok(SecretRef::Literal(Secret::new("0a1b-2c3d:9f8e"))));
        assert_eq!(read("sk-1234\n"), Ok(SecretRef::Literal(Secret::new("sk-1234"))));
    }

    #[test]
    fn aws_keys_come_from_where_awss_own_tools_keep_them() {
        assert_eq!(read("aws:env"), Ok(SecretRef::Aws(AwsSource::Env)));
        assert_eq!(read("aws:profile:my work"), Ok(SecretRef::Aws(AwsSource::Profile("my work".into()))));
        let program = ["aws", "configure", "export-credentials"].map(str::to_owned).to_vec();
        let command = read("aws:command:aws configure export-credentials");
        assert_eq!(command, Ok(SecretRef::Aws(AwsSource::Command(program))));
        assert_eq!(read("aws:"), Err(Fault::Empty));
        for wrong in ["aws:work", "aws:profile:", "aws:env:A", "aws:command:"] {
            assert_eq!(read(wrong), Err(Fault::BadAws), "{wrong}");
        }
        assert_eq!(read("AKIAIOSFODNN7EXAMPLE"), Err(Fault::AwsKeyId));
    }

    #[test]
    fn what_is_no_reference_is_told_apart() {
        assert_eq!(read(""), Err(Fault::Empty));
        assert_eq!(read("env:"), Err(Fault::Empty));
        assert_eq!(read("env:1A"), Err(Fault::BadVariable));
        assert_eq!(read("evn:KEY"), Err(Fault::UnknownKind("evn".into(), Some("env"))));
        assert_eq!(read("keyring:kimi-1"), Err(Fault::UnknownKind("keyring".into(), None)));
        assert_eq!(read("$KIMI"), Err(Fault::ShellStyle("KIMI".into())));
        assert_eq!(read("${KIMI}"), Err(Fault::ShellStyle("KIMI".into())));
        assert_eq!(read("{env:KIMI}"), Err(Fault::ShellStyle("KIMI".into())));
        assert_eq!(read("command:op 'x"), Err(Fault::OpenQuote));
        for wrong in ["sk 1", "sk\n1", "\"sk\"", "\u{feff}sk-1", "sk-1 ", "密钥"] {
            assert_eq!(read(wrong), Err(Fault::BadLiteral), "{wrong:?}");
        }
    }

    #[test]
    fn references_read_back_as_they_were() {
        for text in [
            "env:A_1",
            "file:/a b/c",
            "command:op read \"a b\" 'x\"y z'",
            "command:p \"\"",
            "client",
            "aws:env",
            "aws:profile:work",
            "aws:command:p \"a b\"",
        ] {
            let reference = read(text).unwrap();
            assert_eq!(read(&format(&reference)), Ok(reference.clone()), "{text} -> {}", format(&reference));
        }
    }
}
