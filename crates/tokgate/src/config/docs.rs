//! The reference page of the configuration, made of the list of keys and the list of codes.

use std::fmt::Write as _;

use super::keys::{self, Key};
use super::{legacy, preset, rules};
use crate::i18n::{Lang, Message, config as messages};

/// The page as Markdown.
pub fn reference(lang: Lang) -> String {
    let mut out = format!("# {}\n\n{}\n", messages::DOC_TITLE.raw(lang), messages::DOC_INTRO.raw(lang));
    let _ = write!(out, "\n{}\n", messages::DOC_RULES.raw(lang));
    keys_part(&mut out, lang);
    heading(&mut out, &messages::DOC_PRESETS, lang);
    let _ = writeln!(out, "{}", preset::ids().iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", "));
    variables_part(&mut out, lang);
    heading(&mut out, &messages::DOC_CODES, lang);
    for rule in rules::ALL {
        let _ = writeln!(out, "### {}\n", rule.code);
        let _ = writeln!(out, "{}\n", rule.title.raw(lang));
        let _ = writeln!(out, "{}: {}\n", messages::FIX.raw(lang), rule.fix.raw(lang));
    }
    for (title, list) in [(&messages::DOC_REMARKS, rules::REMARKS), (&messages::DOC_SECRETS, rules::SECRETS)] {
        let _ = writeln!(out, "## {}\n", title.raw(lang));
        for (code, message) in list {
            let _ = writeln!(out, "### {code}\n\n{}\n", message.raw(lang));
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn heading(out: &mut String, title: &Message, lang: Lang) {
    let _ = write!(out, "\n## {}\n\n", title.raw(lang));
}

fn keys_part(out: &mut String, lang: Lang) {
    heading(out, &messages::DOC_KEYS, lang);
    let columns = [&messages::DOC_KEY, &messages::DOC_TYPE, &messages::DOC_DEFAULT, &messages::DOC_MEANING];
    let _ = writeln!(out, "| {} |", columns.map(|column| column.raw(lang)).join(" | "));
    out.push_str("|---|---|---|---|\n");
    for key in keys::ALL {
        let default = if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
        let kind = key.kind.words(lang);
        let _ = writeln!(out, "| `{}` | {kind} | {default} | {} |", shown_path(key), key.meaning(lang));
    }
}

/// `provider.*.url` as people know it: `provider.NAME.url`.
fn shown_path(key: &Key) -> String {
    let path = key.path.replacen(".*.", ".NAME.", 1);
    path.replace(".*", ".…")
}

fn variables_part(out: &mut String, lang: Lang) {
    heading(out, &messages::DOC_VARIABLES, lang);
    let _ = writeln!(out, "{}\n", messages::DOC_VARIABLES_TEXT.raw(lang));
    let _ = writeln!(out, "| {} | {} |\n|---|---|", messages::DOC_OLD.raw(lang), messages::DOC_NEW.raw(lang));
    for (old, new) in legacy::names() {
        let _ = writeln!(out, "| `{old}` | `{new}` |");
    }
    let _ = writeln!(out, "\n{}", messages::DOC_OLD_TEXT.raw(lang));
}
