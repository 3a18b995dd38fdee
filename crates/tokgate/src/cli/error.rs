//! The one error type of the command line: cause, place, fix, always these three.
//!
//! Texts stay catalogue references until they are printed, so an error can cross the handshake with a background
//! gateway and still come out in the language of the person who reads it.

use std::borrow::Cow;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

pub use crate::i18n::Text;
use crate::i18n::{self, Lang};

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
        Self::new(
            "TG203",
            exit::FAILED,
            Text::new(&i18n::process::FILE_FAILED).with_words("error", i18n::faults::system(error)),
        )
        .at(path.display())
        .fix(if error.kind() == std::io::ErrorKind::NotFound {
            &i18n::process::FILE_NOT_THERE
        } else {
            &i18n::process::FILE_FIX
        })
    }

    /// Everything has been printed already; only the exit code is left.
    pub fn reported(exit: u8) -> Self {
        Self::new("", exit, Text::verbatim(""))
    }

    /// Whether it was made by [`CliError::reported`].
    pub fn is_reported(&self) -> bool {
        self.code.is_empty() && self.message == Text::verbatim("")
    }

    /// How an error begins: `error[TG201]`, or `error:` without a code.
    pub fn mark(&self, lang: Lang) -> String {
        let error = i18n::cli::LABEL_ERROR.raw(lang);
        match (&*self.code, lang) {
            ("", Lang::En) => format!("{error}:"),
            ("", Lang::Zh) => format!("{error}："),
            (code, _) => format!("{error}[{code}]"),
        }
    }

    /// The three lines for stderr, without colour: `error[CODE] …`, place, fix.
    pub fn lines(&self, lang: Lang) -> String {
        let space = if self.code.is_empty() && lang == Lang::Zh { "" } else { " " };
        let mut out = format!("{}{space}{}\n", self.mark(lang), i18n::unnamed(&self.message.say(lang)));
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
}
