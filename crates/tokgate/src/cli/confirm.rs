//! A person's yes before something that costs money or cannot be undone.

use std::io::{self, BufRead, IsTerminal};

use super::context::Context;
use super::error::{CliError, Text, exit};
use crate::i18n::cli as text;

/// Whether a person says yes to `what`, which is said with what it costs. Where none can be asked, that has to be said
/// beforehand.
pub(super) fn confirmed(context: &Context<'_>, what: Text) -> Result<bool, CliError> {
    let out = &context.out;
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let nobody = Text::new(&text::NEEDS_YES).with_words("what", what);
        return Err(CliError::new("TG222", exit::UNCONFIRMED, nobody).run("--yes"));
    }
    out.say_always(&Text::new(&text::GO_ON).with_words("what", what).say(out.lang));
    let mut said = String::new();
    let read = io::stdin().lock().read_line(&mut said).unwrap_or_default();
    let yes = read > 0 && matches!(said.trim().to_lowercase().as_str(), "y" | "yes" | "是");
    if !yes {
        out.say(out.word(&text::NOT_DONE));
    }
    Ok(yes)
}
