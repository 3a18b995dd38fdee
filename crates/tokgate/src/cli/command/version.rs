//! `version`, and `help` for those who type it as a word.

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::exit;
use crate::cli::help;
use crate::cli::output::Shape;

pub(crate) fn print(context: &Context<'_>) -> u8 {
    let version = env!("CARGO_PKG_VERSION");
    match context.out.shape {
        Shape::Json(_) => context.out.json("version", json!({ "version": version })),
        _ => context.out.data(&format!("tokgate {version}\n")),
    };
    exit::DONE
}

pub(crate) fn help(context: &Context<'_>, words: &[String]) -> u8 {
    let mut command = help::command(context.out.lang);
    for word in words {
        match command.find_subcommand(word) {
            Some(found) => command = found.clone(),
            None => break,
        }
    }
    context.out.data(&format!("{}\n", command.render_help().to_string().trim_end()));
    exit::DONE
}
