//! The one error type of the command line: cause, place, fix, always these three.
//!
//! Texts stay catalogue references until they are printed, so an error can cross the handshake with a background
//! gateway and still come out in the language of the person who reads it.

use std::borrow::Cow;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::i18n::{self, Lang, Message};

/// Exit codes, one meaning each.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// Failed, see message.
    pub const FAILED: u8 = 1;
    /// Wrong usage.
    pub const USAGE: u8 = 2;
    /// Configuration invalid.
    pub const CONFIG: u8 = 3;
    /// Gateway not running.
    pub const NOT_RUNNING: u8 = 4;
    /// Address in use or not bindable.
    pub const ADDRESS: u8 = 7;
    /// Done in part.
    pub const PARTLY: u8 = 9;
    /// Refused without `--yes`.
    pub const UNCONFIRMED: u8 = 10;
    /// Interrupted by the user.
    pub const INTERRUPTED: u8 = 130;
}

/// A catalogue message with its arguments, not yet in any language.
#[derive(Debug, Clone)]
pub struct Text {
    message: &'static Message,
    args: Box<[(Cow<'static, str>, String)]>,
}

impl Text {
    /// A message without arguments (add them with [`Text::with`]).
    pub fn new(message: &'static Message) -> Self {
        Self { message, args: Box::default() }
    }

    /// Text that is the same in every language: a path, a command, an address, a message of another program.
    pub fn verbatim(text: impl Display) -> Self {
        Self::new(&i18n::cli::VERBATIM).with("text", text)
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        let mut args = self.args.into_vec();
        args.push((Cow::Borrowed(name), value.to_string()));
        self.args = args.into();
        self
    }

    /// The words in `lang`.
    pub fn say(&self, lang: Lang) -> String {
        let args: Vec<(&str, &dyn Display)> =
            self.args.iter().map(|(name, value)| (name.as_ref(), value as &dyn Display)).collect();
        self.message.text(lang, &args)
    }

    /// Stable id of the message.
    pub fn id(&self) -> &'static str {
        self.message.id
    }
}

impl From<&'static Message> for Text {
    fn from(message: &'static Message) -> Self {
        Self::new(message)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.message.id == other.message.id && self.args == other.args
    }
}

impl Eq for Text {}

#[derive(Serialize, Deserialize)]
struct TextOnTheWire {
    id: String,
    args: Vec<(String, String)>,
}

impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let args = self.args.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        TextOnTheWire { id: self.message.id.to_owned(), args }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = TextOnTheWire::deserialize(deserializer)?;
        let Some(message) = i18n::all().find(|message| message.id == wire.id) else {
            // A gateway of another version may know messages that we do not.
            return Ok(Self::verbatim(wire.id));
        };
        let args = wire.args.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect();
        Ok(Self { message, args })
    }
}

/// An error as a person sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CliError {
    /// `TG201`; empty for wrong usage.
    pub code: Cow<'static, str>,
    /// Exit code of the process.
    pub exit: u8,
    /// What went wrong, in one line.
    pub message: Text,
    /// Where: a file with its line, an address, an argument.
    pub place: Option<Text>,
    /// What to do: a command that exists, or one sentence.
    pub fix: Option<Text>,
}

impl CliError {
    /// An error with its cause; add place and fix.
    pub fn new(code: &'static str, exit: u8, message: impl Into<Text>) -> Self {
        Self { code: Cow::Borrowed(code), exit, message: message.into(), place: None, fix: None }
    }

    /// Adds where it went wrong.
    #[must_use]
    pub fn at(mut self, place: impl Display) -> Self {
        self.place = Some(Text::verbatim(place));
        self
    }

    /// Adds where it went wrong, in words.
    #[must_use]
    pub fn place(mut self, place: impl Into<Text>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds what to do, in words.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Text>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Adds the command that helps.
    #[must_use]
    pub fn run(self, command: impl Display) -> Self {
        self.fix(Text::verbatim(command))
    }

    /// A file or folder could not be used.
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new("TG203", exit::FAILED, Text::new(&i18n::process::FILE_FAILED).with("error", error))
            .at(path.display())
            .fix(&i18n::process::FILE_FIX)
    }

    /// Everything has been printed already; only the exit code is left.
    pub fn reported(exit: u8) -> Self {
        Self::new("", exit, Text::verbatim(""))
    }

    /// Whether it was made by [`CliError::reported`].
    pub fn is_reported(&self) -> bool {
        self.code.is_empty()
            && self.message.args.iter().all(|(_, text)| text.is_empty())
            && self.message.id() == i18n::cli::VERBATIM.id
    }

    /// The three lines for stderr, without colour: `error[CODE] …`, place, fix.
    pub fn lines(&self, lang: Lang) -> String {
        let head = if self.code.is_empty() { "error:".to_owned() } else { format!("error[{}]", self.code) };
        let mut out = format!("{head} {}\n", self.message.say(lang));
        for (label, text) in [(&i18n::cli::LABEL_PLACE, &self.place), (&i18n::cli::LABEL_FIX, &self.fix)] {
            if let Some(text) = text {
                let indented = text.say(lang).replace('\n', "\n        ");
                out.push_str(&format!("  {}   {indented}\n", label.raw(lang)));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_wire_and_speaks_the_readers_language() {
        let error =
            CliError::file(std::path::Path::new("/x/y"), &std::io::Error::from(std::io::ErrorKind::PermissionDenied));
        let back: CliError = serde_json::from_str(&serde_json::to_string(&error).unwrap()).unwrap();
        assert_eq!(back.lines(Lang::Zh), error.lines(Lang::Zh));
        assert_ne!(back.lines(Lang::Zh), back.lines(Lang::En));
        assert!(back.lines(Lang::En).contains("/x/y"));
    }

    #[test]
    fn a_message_of_another_version_is_shown_by_its_id() {
        let text: Text = serde_json::from_str(r#"{"id":"future.words","args":[]}"#).unwrap();
        assert_eq!(text.say(Lang::En), "future.words");
    }
}
