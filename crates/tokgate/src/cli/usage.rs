//! Wrong usage: clap's findings in our three lines and the user's language, with a suggestion where there is one.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::error::{CliError, Text, exit};
use super::output::quoted;
use crate::i18n::{self, Both};

/// The error for what clap refused of `args`; help and version are not errors and not for here.
pub(super) fn error(refused: &clap::Error, args: &[OsString]) -> CliError {
    let arg = context(refused, ContextKind::InvalidArg);
    let error = CliError::new("TG220", exit::USAGE, cause(refused, &arg));
    let error = match usage_line(refused) {
        Some(usage) => error.at(usage),
        None => error,
    };
    let client = if refused.kind() == ErrorKind::UnknownArgument { for_client(args, &arg) } else { None };
    error.fix(client.unwrap_or_else(|| fix(refused)))
}

/// For `tokgate run CLIENT …`: the same command with everything from `first` on handed to the client, ready to paste.
pub(super) fn for_client(args: &[OsString], first: &str) -> Option<Text> {
    let run = args.iter().position(|arg| arg == "run")?;
    let at = run + 1 + args.get(run + 1..)?.iter().position(|arg| is_word(arg, first))?;
    let (ours, clients) = args.split_at(at);
    let words = |args: &[OsString]| args.iter().map(|arg| quoted(arg)).collect::<Vec<_>>().join(" ");
    // Two dashes further on would only be repeated.
    let clients: Vec<OsString> = clients.iter().filter(|arg| *arg != "--").cloned().collect();
    let command = format!("tokgate {} -- {}", words(ours.get(1..)?), words(&clients));
    Some(Text::new(&i18n::cli::USAGE_FOR_CLIENT).with("command", command))
}

/// Whether `arg` is the option or value `first`, also when its value is joined to it.
fn is_word(arg: &OsStr, first: &str) -> bool {
    let text = arg.to_string_lossy();
    let joined = text.strip_prefix(first);
    match first.strip_prefix("--") {
        Some(_) => joined.is_some_and(|rest| rest.is_empty() || rest.starts_with('=')),
        None if first.starts_with('-') => joined.is_some(),
        None => text == first,
    }
}

fn cause(refused: &clap::Error, arg: &str) -> Text {
    match refused.kind() {
        ErrorKind::UnknownArgument => Text::new(&i18n::cli::USAGE_UNKNOWN_ARGUMENT).with("arg", arg),
        ErrorKind::InvalidSubcommand => {
            Text::new(&i18n::cli::USAGE_UNKNOWN_COMMAND).with("arg", context(refused, ContextKind::InvalidSubcommand))
        }
        ErrorKind::InvalidValue if lacks_value(refused) => {
            Text::new(&i18n::cli::USAGE_NEEDS_VALUE).with("arg", option(arg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = context(refused, ContextKind::InvalidValue);
            Text::new(&i18n::cli::USAGE_INVALID_VALUE).with("value", value).with("arg", arg)
        }
        ErrorKind::ArgumentConflict => Text::new(&i18n::cli::USAGE_CONFLICT)
            .with("arg", arg)
            .with("other", context(refused, ContextKind::PriorArg)),
        ErrorKind::MissingRequiredArgument => Text::new(&i18n::cli::USAGE_MISSING).with("arg", arg),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let none = context(refused, ContextKind::ValidSubcommand).is_empty();
            let commands = several(refused, ContextKind::ValidSubcommand);
            Text::new(&i18n::cli::USAGE_MISSING).with_both("arg", if none { Both::same("COMMAND") } else { commands })
        }
        _ => {
            let text = refused.to_string();
            let first = text.lines().next().unwrap_or_default();
            Text::verbatim(first.trim_start_matches("error: "))
        }
    }
}

fn fix(refused: &clap::Error) -> Text {
    let suggestion = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .map(|kind| context(refused, kind))
        .find(|text| !text.is_empty());
    if let Some(suggestion) = suggestion {
        return Text::new(&i18n::cli::USAGE_DID_YOU_MEAN).with("suggestion", suggestion);
    }
    let arg = context(refused, ContextKind::InvalidArg);
    match refused.kind() {
        ErrorKind::ValueValidation if is_time(&arg) => Text::new(&i18n::cli::USAGE_DURATION),
        ErrorKind::ValueValidation if arg.starts_with("--listen") => Text::new(&i18n::cli::USAGE_ADDRESS),
        ErrorKind::ValueValidation if arg.starts_with("--status") => Text::new(&i18n::cli::USAGE_STATUS),
        ErrorKind::InvalidValue if !context(refused, ContextKind::ValidValue).is_empty() => {
            Text::new(&i18n::cli::USAGE_POSSIBLE).with_both("values", several(refused, ContextKind::ValidValue))
        }
        _ => Text::new(&i18n::cli::USAGE_SEE_HELP).with("command", command_of(refused)),
    }
}

/// Whether the argument is a time.
fn is_time(arg: &str) -> bool {
    ["--slow", "--since", "--for"].iter().any(|option| arg.starts_with(option)) || arg.contains("TIME")
}

/// An option stands at the end, or is given an empty value where some are known.
fn lacks_value(refused: &clap::Error) -> bool {
    context(refused, ContextKind::InvalidValue).is_empty()
}

/// `--profile` of `--profile <PROFILE>`.
fn option(arg: &str) -> &str {
    arg.split_once([' ', '=']).map_or(arg, |(option, _)| option)
}

fn context(refused: &clap::Error, kind: ContextKind) -> String {
    match refused.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::Strings(_) | ContextValue::StyledStrs(_)) => several(refused, kind).en,
        _ => String::new(),
    }
}

fn several(refused: &clap::Error, kind: ContextKind) -> Both {
    match refused.get(kind) {
        Some(ContextValue::Strings(texts)) => Both::list(texts),
        Some(ContextValue::StyledStrs(texts)) => Both::list(texts),
        _ => Both::same(context(refused, kind)),
    }
}

fn usage_line(refused: &clap::Error) -> Option<String> {
    let usage = context(refused, ContextKind::Usage);
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    // Each line is put in its place by whoever prints it.
    let usage = usage.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    (!usage.is_empty()).then_some(usage)
}

/// `tokgate logs` of `tokgate logs [OPTIONS]`.
fn command_of(refused: &clap::Error) -> String {
    let usage = usage_line(refused).unwrap_or_else(|| "tokgate".to_owned());
    let words: Vec<&str> =
        usage.split_whitespace().take_while(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-')).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help;
    use crate::i18n::Lang;

    fn said(args: &[&str], lang: Lang) -> String {
        let refused = help::command(lang).try_get_matches_from(args).unwrap_err();
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        let error = error(&refused, &args);
        assert_eq!(error.exit, exit::USAGE);
        error.lines(lang)
    }

    #[test]
    fn a_typing_error_gets_a_suggestion() {
        let text = said(&["tokgate", "statu"], Lang::En);
        assert!(text.contains("unknown command `statu`") && text.contains("did you mean `status`"), "{text}");
        let text = said(&["tokgate", "logs", "--folow"], Lang::Zh);
        assert!(text.contains("未知的参数 `--folow`") && text.contains("`--follow`"), "{text}");
    }

    #[test]
    fn a_wrong_value_says_what_is_accepted() {
        let text = said(&["tokgate", "logs", "--since", "soon"], Lang::En);
        assert!(text.contains("`soon` is no value for --since") && text.contains("30min"), "{text}");
        let text = said(&["tokgate", "--color", "blue"], Lang::En);
        assert!(text.contains("auto, always, never"), "{text}");
    }

    #[test]
    fn an_option_without_its_value_says_that_it_needs_one() {
        for option in ["--profile", "--provider", "--model"] {
            let text = said(&["tokgate", "run", option], Lang::En);
            assert!(text.contains(&format!("{option} needs a value\n")), "{text}");
            assert!(!text.contains("``") && !text.contains("one of: \n"), "{text}");
            let text = said(&["tokgate", "run", option], Lang::Zh);
            assert!(text.contains(&format!("{option} 需要一个值\n")), "{text}");
        }
        let text = said(&["tokgate", "--color"], Lang::En);
        assert!(text.contains("--color needs a value") && text.contains("auto, always, never"), "{text}");
    }

    #[test]
    fn a_value_of_few_is_answered_with_all_of_them_and_not_with_one_that_only_looks_alike() {
        let text = said(&["tokgate", "env", "--shell", "csh"], Lang::En);
        assert!(text.contains("one of: sh, fish, powershell") && !text.contains("did you mean"), "{text}");
    }

    #[test]
    fn every_line_of_the_usage_begins_in_the_same_column() {
        let text = said(&["tokgate", "logs", "--nonsense"], Lang::En);
        let columns: Vec<usize> = text.lines().filter_map(|line| line.find("tokgate logs [")).collect();
        assert!(columns.len() == 2 && columns[0] == columns[1], "{text}");
    }

    #[test]
    fn an_empty_name_is_no_value() {
        for option in ["--model", "--provider", "--profile"] {
            let text = said(&["tokgate", "run", "claude", option, ""], Lang::En);
            assert!(text.contains(&format!("{option} needs a value\n")), "{text}");
        }
    }

    #[test]
    fn what_is_missing_or_does_not_fit_is_named() {
        let text = said(&["tokgate", "config"], Lang::En);
        assert!(text.contains("missing") && text.contains("validate"), "{text}");
        let text = said(&["tokgate", "run", "claude", "-p", "a", "--provider", "b"], Lang::En);
        assert!(text.contains("--provider") && text.contains("does not go together"), "{text}");
    }

    #[test]
    fn the_clients_own_arguments_without_two_dashes_get_the_whole_command() {
        for (args, command) in [
            (&["run", "claude", "--resume"][..], "tokgate run claude -- --resume"),
            (&["run", "claude", "--model", "m", "-c", "it's"], r"tokgate run claude --model m -- -c 'it'\''s'"),
            (&["--lang", "en", "run", "codex", "exec", "fix it"], "tokgate --lang en run codex -- exec 'fix it'"),
            (&["run", "claude", "--add-dir=x", "--", "hi"], "tokgate run claude -- --add-dir=x hi"),
        ] {
            let args: Vec<&str> = std::iter::once("tokgate").chain(args.iter().copied()).collect();
            let text = said(&args, Lang::En);
            assert!(text.contains(&format!("{command}\n")), "{args:?}: {text}");
        }
    }
}
