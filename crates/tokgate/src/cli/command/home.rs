//! Bare `tokgate`: how things stand, and the three commands that come next. It never starts anything.

use crate::cli::context::Context;
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Shape, pad};
use crate::config::Overrides;
use crate::i18n::cli as text;

/// Column of the explanations.
const COMMAND_CELLS: usize = 24;

pub(crate) fn show(context: &Context<'_>) -> Result<u8, CliError> {
    let out = &context.out;
    let status = context.admin().status()?;
    if out.shape != Shape::Human {
        super::status::print(context, status.as_ref());
        return Ok(exit::DONE);
    }
    super::status::print(context, status.as_ref());
    let flags = Overrides::default();
    let client = crate::config::load(&context.paths, context.explicit.as_deref(), &context.env, &flags)
        .ok()
        .and_then(|loaded| loaded.config.ui.default_client)
        .unwrap_or_else(|| "claude".to_owned());
    let run = format!("tokgate run {client}");
    let started = out.text(&text::HOME_RUN, &[("client", &client)]);
    let mut lines = vec![(run, started)];
    match status {
        None => lines.push(("tokgate up -d".to_owned(), out.word(&text::HOME_UP).to_owned())),
        Some(_) => lines.push(("tokgate logs -f".to_owned(), out.word(&text::HOME_LOGS).to_owned())),
    }
    lines.push(("tokgate --help".to_owned(), out.word(&text::HOME_HELP).to_owned()));
    let mut page = format!("\n  {}\n", out.paint.bold(out.word(&text::HOME_NEXT)));
    for (command, words) in lines {
        page.push_str(&format!("    {}{}\n", pad(&command, COMMAND_CELLS), out.paint.dim(words)));
    }
    out.data(&page);
    Ok(exit::DONE)
}
