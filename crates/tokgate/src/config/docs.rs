//! The reference page of the configuration, made of the list of keys and the list of codes.

use std::fmt::Write as _;

use super::keys::{self, Key};
use super::{legacy, preset, rules};
use crate::i18n::{Lang, Message, config as messages, labelled};

/// The page as Markdown.
pub fn reference(lang: Lang) -> String {
    let mut out = format!("# {}\n\n{}\n", messages::DOC_TITLE.raw(lang), messages::DOC_INTRO.raw(lang));
    let _ = write!(out, "\n{}\n", messages::DOC_RULES.raw(lang));
    keys_part(&mut out, lang);
    heading(&mut out, &messages::DOC_PRESETS, lang);
    let _ = writeln!(out, "{}", lang.list(preset::ids().iter().map(|id| format!("`{id}`"))));
    variables_part(&mut out, lang);
    heading(&mut out, &messages::DOC_CODES, lang);
    for rule in rules::ALL {
        let _ = writeln!(out, "### {}\n", rule.code);
        let _ = writeln!(out, "{}\n", rule.title.raw(lang));
        let _ = writeln!(out, "{}\n", labelled(&messages::FIX, rule.fix.raw(lang), lang));
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

/// The keys of a section (`server`, `provider`, `provider.dialect`, `dialect`) or one key (`server.listen`, `lacks`), for
/// `help`; `None` when there is none.
pub fn keys(topic: &str, lang: Lang) -> Option<String> {
    let parts: Vec<&str> = topic.split('.').collect();
    let mut out = String::new();
    for key in about(&parts) {
        let kind = key.kind.words(lang);
        let _ = writeln!(out, "{}\n  {}", shown_path(key), key.meaning(lang));
        let _ = match key.default {
            "" => writeln!(out, "  {kind}"),
            default => writeln!(out, "  {kind} · {}", labelled(&messages::DOC_DEFAULT, default, lang)),
        };
    }
    (!out.is_empty()).then_some(out)
}

/// What `help` is asked for about an error: the section it stands in, where that is known, or its code.
pub(super) fn topic<'e>(code: &'e str, key: &'e str) -> &'e str {
    let section = key.split(['.', '[']).next().unwrap_or_default();
    let known = keys::all().any(|key| key.path.split('.').next() == Some(section) && key.path != section);
    if known { section } else { code }
}

/// The keys that `parts` means: from the beginning, without names of the user's or with them; else those of the first
/// section that has them inside.
fn about(parts: &[&str]) -> Vec<&'static Key> {
    let steps = |key: &Key| key.path.split('.').filter(|step| *step != "*").collect::<Vec<_>>();
    let nameless: Vec<&Key> = keys::all().filter(|key| steps(key).starts_with(parts)).collect();
    if !nameless.is_empty() {
        return nameless;
    }
    let named: Vec<&Key> = keys::all().filter(|key| is_below(key, parts)).collect();
    if !named.is_empty() {
        return named;
    }
    let before = |key: &Key| {
        let steps = steps(key);
        let at = steps.windows(parts.len().max(1)).position(|inside| inside == parts)?;
        Some(steps.get(..at)?.to_vec())
    };
    let Some(section) = keys::all().find_map(before) else { return Vec::new() };
    keys::all().filter(|key| before(key).as_ref() == Some(&section)).collect()
}

/// Whether the key is `parts` or below it; a name of the user's stands for any.
fn is_below(key: &Key, parts: &[&str]) -> bool {
    let mut path = key.path.split('.');
    parts.iter().all(|part| path.next().is_some_and(|step| step == "*" || step == *part))
}

fn heading(out: &mut String, title: &Message, lang: Lang) {
    let _ = write!(out, "\n## {}\n\n", title.raw(lang));
}

fn keys_part(out: &mut String, lang: Lang) {
    heading(out, &messages::DOC_KEYS, lang);
    let columns = [&messages::DOC_KEY, &messages::DOC_TYPE, &messages::DOC_DEFAULT, &messages::DOC_MEANING];
    let _ = writeln!(out, "| {} |", columns.map(|column| column.raw(lang)).join(" | "));
    out.push_str("|---|---|---|---|\n");
    for key in keys::all() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_a_key_and_a_key_with_a_name_in_it_are_explained() {
        let section = keys("server", Lang::En).unwrap_or_default();
        assert!(section.contains("server.listen\n") && section.contains("server.tls.cert\n"), "{section}");
        let one = keys("server.listen", Lang::Zh).unwrap_or_default();
        assert!(one.contains("127.0.0.1:7711") && !one.contains("also_listen"), "{one}");
        assert!(keys("provider.kimi.url", Lang::En).is_some_and(|text| text.starts_with("provider.NAME.url\n")));
        assert_eq!(keys("nonsense", Lang::En), None);
    }

    #[test]
    fn an_error_leads_to_its_section_or_its_code() {
        assert_eq!(topic("TG104", "server.lisen"), "server");
        assert_eq!(topic("TG101", ""), "TG101");
        assert_eq!(topic("TG105", "sevrer"), "TG105");
    }
}
