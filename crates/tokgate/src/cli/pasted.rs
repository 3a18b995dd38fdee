//! Commands that are shown to be copied. They act on the gateway of the call that shows them: one that was given
//! `--config FILE` repeats it, since the command without it would reach another gateway, and stop that.

use std::borrow::Cow;
use std::path::Path;

use clap::CommandFactory;

use super::args::Cli;
use super::output::quoted;

/// How a command that is shown begins.
const PROGRAM: &str = "tokgate ";

/// What commands need to act on the gateway of this call.
#[derive(Debug, Clone, Default)]
pub struct Pasted(Option<Elsewhere>);

#[derive(Debug, Clone)]
struct Elsewhere {
    /// `--config FILE `
    flag: String,
    /// What a command of ours may go on with.
    commands: Vec<String>,
}

impl Pasted {
    /// For a call with this `--config`, or without.
    pub fn of(config: Option<&Path>) -> Self {
        let commands = || Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
        Self(
            config.map(|file| Elsewhere {
                flag: format!("--config {} ", quoted(file.as_os_str())),
                commands: commands(),
            }),
        )
    }

    /// The text with every command of ours in it made one for this call's gateway.
    pub fn in_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.0 {
            Some(elsewhere) if text.contains(PROGRAM) => Cow::Owned(elsewhere.in_text(text)),
            _ => Cow::Borrowed(text),
        }
    }
}

impl Elsewhere {
    fn in_text(&self, text: &str) -> String {
        let mut pieces = text.split(PROGRAM);
        let mut said = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let begins = !said.ends_with(is_of_a_word);
            said.push_str(PROGRAM);
            if begins && self.is_command(piece) {
                said.push_str(&self.flag);
            }
            said.push_str(piece);
        }
        said
    }

    fn is_command(&self, piece: &str) -> bool {
        let word = piece.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap_or_default();
        self.commands.iter().any(|command| command == word)
    }
}

/// A character before `tokgate` that makes it part of something else: a path, another name.
fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_shown_acts_on_the_gateway_of_this_call() {
        let own = Pasted::of(Some(Path::new("/a b/c.toml")));
        assert_eq!(own.in_text("stops with: tokgate stop"), "stops with: tokgate --config '/a b/c.toml' stop");
        assert_eq!(
            own.in_text("（tokgate up）；tokgate env"),
            "（tokgate --config '/a b/c.toml' up）；tokgate --config '/a b/c.toml' env"
        );
        for kept in ["tokgate is up", "/usr/bin/tokgate stop", "tokgate --config x stop", "tokgate stops", "tokgate"] {
            assert_eq!(own.in_text(kept), kept);
        }
        assert_eq!(Pasted::of(None).in_text("tokgate stop"), "tokgate stop");
    }
}
