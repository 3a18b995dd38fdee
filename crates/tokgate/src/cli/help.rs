//! Help in the user's language: every text of the clap tree is replaced from the message catalogue by its id.

use clap::{Arg, Command, CommandFactory};

use super::args::Cli;
use crate::i18n::{self, Lang, Message};

/// Help is wrapped at this width at most; longer lines are hard to read.
const WIDTH_MAX: usize = 110;

/// The command tree with all texts in `lang`.
pub fn command(lang: Lang) -> Command {
    let mut root = localise(Cli::command().max_term_width(WIDTH_MAX), lang, "");
    root.build();
    finish(root, lang)
}

/// Texts of one command and of those below it. `path` is `logs.daemon` for `tokgate logs daemon`.
fn localise(command: Command, lang: Lang, path: &str) -> Command {
    let mut command = command
        .arg_required_else_help(false) // a missing command is an error with its own words
        .subcommand_help_heading(i18n::cli::HEAD_COMMANDS.raw(lang))
        .mut_args(|arg| localise_arg(arg, lang, path));
    let id = if path.is_empty() { "cli.help".to_owned() } else { format!("cli.help.{path}") };
    if let Some(about) = find(&id) {
        command = command.about(about.raw(lang)).long_about(None);
    }
    if let Some(examples) = find(&format!("{id}.examples")) {
        command = command.after_help(examples.raw(lang));
    }
    command.mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        localise(sub, lang, &path)
    })
}

fn localise_arg(arg: Arg, lang: Lang, path: &str) -> Arg {
    let name = arg.get_id().as_str().to_owned();
    let heading = match (arg.is_positional(), find(&format!("cli.help.{path}.{name}")).is_none() && is_global(&name)) {
        (true, _) => &i18n::cli::HEAD_ARGUMENTS,
        (false, true) => &i18n::cli::HEAD_GLOBAL,
        (false, false) => &i18n::cli::HEAD_OPTIONS,
    };
    let mut arg = arg.help_heading(heading.raw(lang));
    if let Some(index) = arg.get_index() {
        // Under a heading of ours they would be sorted by name.
        arg = arg.display_order(index);
    }
    if arg.get_action().takes_values() {
        // The texts name values and defaults themselves, in the right language.
        arg = arg.hide_possible_values(true).hide_default_value(true);
    }
    if let Some(help) = arg_message(path, &name) {
        arg = arg.help(help.raw(lang)).long_help(None);
    }
    arg
}

fn is_global(name: &str) -> bool {
    ["json", "plain", "quiet", "verbose", "color", "lang", "config", "help", "version"].contains(&name)
}

/// The catalogue's text for an argument: its own, or the common one.
fn arg_message(path: &str, name: &str) -> Option<&'static Message> {
    find(&format!("cli.help.{path}.{name}")).or_else(|| find(&format!("cli.help.arg.{name}")))
}

fn find(id: &str) -> Option<&'static Message> {
    i18n::all().find(|message| message.id == id)
}

/// What only exists once the tree is built: usage lines.
fn finish(command: Command, lang: Lang) -> Command {
    let mut command = command;
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    let usage = [&i18n::cli::WORD_OPTIONS, &i18n::cli::WORD_COMMAND, &i18n::cli::WORD_COMMAND_NEEDED]
        .iter()
        .fold(usage.to_owned(), |usage, word| usage.replace(word.en, word.raw(lang)));
    let head = i18n::cli::HEAD_USAGE.raw(lang);
    command
        .override_usage(usage)
        .help_template(format!("{{about-with-newline}}\n{head}{{usage}}\n\n{{all-args}}{{after-help}}"))
        .mut_subcommands(|sub| finish(sub, lang))
}

/// What the parser puts around our words, as the language writes it.
pub fn set(help: &str, lang: Lang) -> String {
    if lang == Lang::En {
        return help.to_owned();
    }
    let heading = |line: &str| match line.strip_suffix(':') {
        Some(heading) if !heading.starts_with(' ') => format!("{heading}："),
        _ => line.replace("[alias: ", "[别名：").replace("[aliases: ", "[别名："),
    };
    let ended = if help.ends_with('\n') { "\n" } else { "" };
    help.lines().map(heading).collect::<Vec<_>>().join("\n") + ended
}

/// Every help text there is, one after the other: for the committed snapshot.
pub fn everything(lang: Lang) -> String {
    let mut out = String::new();
    write_all(command(lang).term_width(100), &mut out, "tokgate", lang);
    out
}

fn write_all(mut command: Command, out: &mut String, name: &str, lang: Lang) {
    out.push_str(&format!("$ {name} --help\n{}\n", set(&command.render_help().to_string(), lang).trim_end()));
    let subs: Vec<Command> = command.get_subcommands().filter(|sub| !sub.is_hide_set()).cloned().collect();
    for sub in subs {
        let name = format!("{name} {}", sub.get_name());
        out.push('\n');
        write_all(sub.term_width(100), out, &name, lang);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(command: &Command, path: &str, missing: &mut Vec<String>) {
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            if arg_message(path, arg.get_id().as_str()).is_none() {
                missing.push(format!("{path}.{}", arg.get_id()));
            }
        }
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            let path = if path.is_empty() { sub.get_name().to_owned() } else { format!("{path}.{}", sub.get_name()) };
            if find(&format!("cli.help.{path}")).is_none() {
                missing.push(path.clone());
            }
            walk(sub, &path, missing);
        }
    }

    #[test]
    fn every_visible_word_has_a_text_in_the_catalogue() {
        let mut missing = Vec::new();
        walk(&Cli::command(), "", &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn the_tree_is_sound() {
        command(Lang::En).debug_assert();
        command(Lang::Zh).debug_assert();
    }
}
