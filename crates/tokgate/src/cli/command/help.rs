//! `help`: a command, an error code, a key of the configuration or one of its sections.

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::help;
use crate::cli::output::{Shape, clean};
use crate::config;
use crate::i18n::{Lang, cli as text, config as words, labelled};

/// Every code with its meaning and fix, as the reference has it.
const CODES: &str = include_str!("../../../../../docs/reference/errors.md");

pub(crate) fn print(context: &Context<'_>, asked: &[String]) -> Result<u8, CliError> {
    let page = page(asked, context.out.lang).ok_or_else(|| {
        CliError::new("TG221", exit::USAGE, Text::new(&text::HELP_NONE).with("topic", clean(&asked.join(" "))))
            .at("tokgate help")
            .fix(&text::HELP_NONE_FIX)
    })?;
    match &context.out.shape {
        Shape::Json(_) => context.out.json("help", json!({ "topic": asked.join(" "), "text": page })),
        _ => context.out.data(&page),
    };
    Ok(exit::DONE)
}

fn page(asked: &[String], lang: Lang) -> Option<String> {
    match asked {
        [topic] => {
            // A command and a section may have the same name: both are meant.
            let both = [command(asked, lang), config::explain_keys(topic, lang)];
            let both: Vec<String> = both.into_iter().flatten().collect();
            if both.is_empty() { code(topic, lang) } else { Some(both.join("\n")) }
        }
        words => command(words, lang),
    }
}

fn command(asked: &[String], lang: Lang) -> Option<String> {
    let mut command = help::command(lang);
    for word in asked {
        command = command.find_subcommand(word)?.clone();
    }
    Some(format!("{}\n", help::set(&command.render_help().to_string(), lang).trim_end()))
}

/// What a code means and what to do.
fn code(asked: &str, lang: Lang) -> Option<String> {
    // What only the case at hand can say, at the end of a line, says nothing here.
    Some(unfilled(&coded(asked, lang)?).replace(": …\n", "\n").replace("：…\n", "\n"))
}

/// What each case fills in, as dots.
fn unfilled(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        out.push_str(before);
        out.push_str(&if is_name { "…".to_owned() } else { format!("{{{name}}}") });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn coded(asked: &str, lang: Lang) -> Option<String> {
    let code = asked.to_ascii_uppercase();
    let row = row(&code, lang);
    let (meaning, fix) = match (config::explain(&code, lang), row) {
        // It has its fix already.
        (Some(text), _) if text.contains('\n') => return Some(format!("{code} {text}\n")),
        (Some(text), row) => (text, row.map(|(_, fix)| fix)),
        (None, row) => row.map(|(meaning, fix)| (meaning, Some(fix)))?,
    };
    let fix = fix.map(|fix| format!("{}\n", labelled(&words::FIX, fix, lang))).unwrap_or_default();
    Some(format!("{code} {meaning}\n{fix}"))
}

/// Meaning and fix from the table.
fn row(code: &str, lang: Lang) -> Option<(String, String)> {
    let line = CODES.lines().find(|line| line.strip_prefix("| ").is_some_and(|line| line.starts_with(code)))?;
    let cells: Vec<&str> = line.trim_matches(['|', ' ']).split(" | ").collect();
    let [known, en, en_fix, zh, zh_fix] = cells.as_slice() else { return None };
    let (meaning, fix) = match lang {
        Lang::En => (en, en_fix),
        Lang::Zh => (zh, zh_fix),
    };
    (*known == code).then(|| (unlinked(meaning), unlinked(fix)))
}

/// `[words](page)` as words: there is no page to follow here.
fn unlinked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((words, (_, behind))) =
            after.split_once("](").and_then(|(words, link)| Some((words, link.split_once(')')?)))
        else {
            break;
        };
        out.push_str(before);
        out.push_str(words);
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Codes written anywhere in our sources.
    fn used() -> BTreeSet<String> {
        let mut codes = BTreeSet::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let source = std::fs::read_to_string(path).unwrap();
                    let found = source.split("\"TG").skip(1).filter_map(|rest| rest.get(..3));
                    let found = found.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
                    codes.extend(found.map(|digits| format!("TG{digits}")));
                }
            }
        }
        codes
    }

    #[test]
    fn every_code_is_explained_in_both_languages() {
        let codes = used();
        assert!(codes.len() > 80, "{codes:?}");
        let missing: Vec<&String> = codes.iter().filter(|code| code_is_silent(code)).collect();
        assert!(missing.is_empty(), "no row in docs/reference/errors.md: {missing:?}");
    }

    /// Those of the configuration once stood on its page alone.
    #[test]
    fn every_code_has_its_row_in_the_table() {
        let missing: Vec<String> = used().into_iter().filter(|code| !CODES.contains(&format!("| {code} |"))).collect();
        assert!(missing.is_empty(), "no row in docs/reference/errors.md: {missing:?}");
    }

    #[test]
    fn a_code_has_one_meaning() {
        let mut seen = BTreeSet::new();
        let codes = CODES.lines().filter_map(|line| line.strip_prefix("| TG")?.get(..3));
        let twice: Vec<&str> = codes.filter(|digits| !seen.insert(*digits)).collect();
        assert!(twice.is_empty(), "two rows: {twice:?}");
    }

    fn code_is_silent(asked: &str) -> bool {
        [Lang::En, Lang::Zh].into_iter().any(|lang| code(asked, lang).is_none())
    }

    #[test]
    fn a_code_of_a_key_that_cannot_be_fetched_comes_with_its_fix() {
        for asked in ["TG411", "TG412", "TG413", "TG414", "TG415"] {
            for lang in [Lang::En, Lang::Zh] {
                let text = code(asked, lang).unwrap();
                assert!(text.contains(&format!("\n{}", labelled(&words::FIX, "", lang))), "{text}");
            }
        }
    }

    #[test]
    fn a_topic_is_a_command_a_code_or_a_key() {
        let page = |words: &[&str]| page(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), Lang::En);
        assert!(page(&[]).unwrap().contains("Usage: tokgate"));
        assert!(page(&["config", "show"]).unwrap().contains("--origin"));
        assert!(page(&["tg208"]).unwrap().starts_with("TG208 the gateway is not running\n"));
        assert!(page(&["server.listen"]).unwrap().contains("127.0.0.1:7711"));
        assert_eq!(page(&["tg999"]), None);
        assert_eq!(page(&["run", "nonsense"]), None);
    }

    #[test]
    fn what_a_case_fills_in_is_shown_as_dots() {
        assert_eq!(unfilled("no: {reason} in { a = 1 } of {long_name}."), "no: … in { a = 1 } of ….");
        let shows = |asked: &String| code(asked, Lang::En).is_some_and(|text| text.contains("{reason}"));
        assert!(!used().iter().any(shows));
    }

    #[test]
    fn a_name_of_a_command_and_of_a_section_shows_both() {
        let text = page(&["provider".to_owned()], Lang::En).unwrap();
        assert!(text.contains("Usage: tokgate") && text.contains("provider.NAME.url"), "{text}");
    }

    #[test]
    fn links_become_words() {
        assert_eq!(unlinked("see [paths](paths.md)."), "see paths.");
        assert_eq!(unlinked("lists need [ ]"), "lists need [ ]");
    }
}
