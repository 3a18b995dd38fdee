//! Messages to people: one catalogue, English and Chinese, stable ids.
//!
//! A message is a constant with both texts; `{name}` marks an argument. Each area has its own file and an `ALL`
//! slice; the tests here walk all of them.

pub mod cli;
pub mod config;
pub mod defects;
pub mod edit;
pub mod failures;
pub mod faults;
pub mod jobs;
pub mod launch;
pub mod process;
pub mod providers;
pub mod proxy;
pub mod queue;
pub mod records;
pub mod refusals;
pub mod rejects;
pub mod text;
pub mod toml;
pub mod why;

use std::fmt::Display;

use serde::{Deserialize, Serialize};

pub use text::Text;

/// A language we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English
    #[default]
    En,
    /// Simplified Chinese
    Zh,
}

impl Lang {
    /// Reads `zh`, `zh_CN.UTF-8`, `zh-Hans`, `en`, `C` … ; `None` for an empty value or an unknown language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase();
        match tag.get(..2) {
            Some("zh") => Some(Self::Zh),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }

    /// Several in one sentence: `a, b`, in Chinese `a、b`.
    pub fn list(self, items: impl IntoIterator<Item = impl Display>) -> String {
        let comma = if self == Self::Zh { "、" } else { ", " };
        items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(comma)
    }
}

/// `label: text`, with the colon of the language.
pub fn labelled(label: &Message, text: impl Display, lang: Lang) -> String {
    let colon = if lang == Lang::Zh { "：" } else { ": " };
    format!("{}{colon}{text}", label.raw(lang))
}

/// Without the name that a text for clients begins with, so that they know who speaks; where the program itself speaks it
/// would stand there twice.
pub fn unnamed(text: &str) -> &str {
    ["tokgate: ", "tokgate："].iter().find_map(|name| text.strip_prefix(name)).unwrap_or(text)
}

/// Words that were put together in one process and are read in another, by somebody whose language is not known yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both {
    /// English
    pub en: String,
    /// Simplified Chinese
    pub zh: String,
}

impl Both {
    /// What `say` says in each language.
    pub fn of(say: impl Fn(Lang) -> String) -> Self {
        Self { en: say(Lang::En), zh: say(Lang::Zh) }
    }

    /// What is the same in every language: a command, a name.
    pub fn same(text: impl Display) -> Self {
        let text = text.to_string();
        Self { en: text.clone(), zh: text }
    }

    /// Several in one sentence.
    pub fn list(items: impl IntoIterator<Item = impl Display>) -> Self {
        let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
        Self::of(|lang| lang.list(&items))
    }

    /// The words in `lang`.
    pub fn say(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

/// One message in both languages.
#[derive(Debug)]
pub struct Message {
    /// Stable id, `area.name`.
    pub id: &'static str,
    /// English text.
    pub en: &'static str,
    /// Chinese text.
    pub zh: &'static str,
}

impl Message {
    /// The text in `lang` with `{name}` replaced from `args`. An argument without a value stays visible as `{name}`.
    pub fn text(&self, lang: Lang, args: &[(&str, &dyn Display)]) -> String {
        let template = self.raw(lang);
        let mut out = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            let after = &rest[open + 1..];
            let Some(close) = after.find('}') else {
                out.push_str(&rest[open..]);
                return out;
            };
            match args.iter().find(|(name, _)| *name == &after[..close]) {
                Some((_, value)) => out.push_str(&value.to_string()),
                None => out.push_str(&rest[open..=open + close + 1]),
            }
            rest = &after[close + 1..];
        }
        out.push_str(rest);
        out
    }

    /// The text in `lang` as written.
    pub fn raw(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// Declares messages and their `ALL` slice: `messages! { NAME = "area.id", "English {x}", "中文 {x}"; … }`
#[macro_export]
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $en:literal, $zh:literal;)*) => {
        $(
            $(#[$doc])*
            #[doc = $en]
            pub const $name: $crate::i18n::Message = $crate::i18n::Message { id: $id, en: $en, zh: $zh };
        )*
        /// Every message of this file.
        pub const ALL: &[&$crate::i18n::Message] = &[$(&$name),*];
    };
}

/// Every message there is.
pub fn all() -> impl Iterator<Item = &'static Message> {
    [
        cli::ALL,
        config::ALL,
        defects::ALL,
        edit::ALL,
        failures::ALL,
        faults::ALL,
        jobs::ALL,
        launch::ALL,
        process::ALL,
        providers::ALL,
        proxy::ALL,
        queue::ALL,
        records::ALL,
        refusals::ALL,
        rejects::ALL,
        toml::ALL,
        why::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};
    use std::path::{Path, PathBuf};

    use super::*;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect()
    }

    #[test]
    fn every_message_has_both_languages_and_the_same_arguments() {
        let mut ids = HashSet::new();
        for message in all() {
            assert!(ids.insert(message.id), "{} is used twice", message.id);
            assert!(!message.en.trim().is_empty(), "{} lacks English", message.id);
            assert!(!message.zh.trim().is_empty(), "{} lacks Chinese", message.id);
            assert_eq!(placeholders(message.en), placeholders(message.zh), "{}: arguments differ", message.id);
        }
    }

    /// What is written in Chinese, without the code and the arguments in it.
    fn prose(text: &str) -> String {
        let outside_code: String = text.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let mut prose = String::new();
        let mut rest = &outside_code[..];
        while let Some((before, inside)) = rest.split_once('{') {
            prose.push_str(before);
            prose.push('§');
            rest = inside.split_once('}').map_or("", |(_, after)| after);
        }
        prose + rest
    }

    fn is_chinese(char: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&char)
    }

    #[test]
    fn chinese_is_set_with_its_own_punctuation_and_apart_from_other_scripts() {
        let mut wrong = Vec::new();
        for (id, text) in all_chinese() {
            let chars: Vec<char> = prose(text).chars().collect();
            for pair in chars.windows(2) {
                let beside = |one: char, other: char| {
                    is_chinese(one) && (other.is_ascii_alphanumeric() || ",;:?!()".contains(other))
                };
                if beside(pair[0], pair[1]) || beside(pair[1], pair[0]) || is_chinese(pair[0]) && pair[1] == '.' {
                    wrong.push(format!("{id}: {}{} in {text}", pair[0], pair[1]));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// What else a thing is called elsewhere, and its word here.
    const WORDS: [(&str, &str); 14] = [
        ("提供商", "供应商"),
        ("服务商", "供应商"),
        ("秘钥", "密钥"),
        ("密匙", "密钥"),
        ("词元", "token"),
        ("应答", "回答"),
        ("答复", "回答"),
        ("档案", "方案"),
        ("失败转移", "故障转移"),
        ("故障切换", "故障转移"),
        ("标头", "请求头"),
        ("冷却", "暂停"),
        ("休息", "暂停"),
        ("你", "您"),
    ];

    /// Words in a text that are another's for a thing that has one here.
    fn strays(place: &str, text: &str) -> Vec<String> {
        let strays = WORDS.iter().filter(|(other, _)| text.contains(other));
        strays.map(|(other, word)| format!("{place}: {other}, which is {word}")).collect()
    }

    #[test]
    fn chinese_has_one_word_for_each_thing() {
        let wrong: Vec<String> = all_chinese().flat_map(|(id, text)| strays(id, text)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// Files of documentation below a folder.
    fn pages_below(folder: &Path) -> Vec<PathBuf> {
        let mut pages = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            match entry.unwrap().path() {
                path if path.is_dir() => pages.extend(pages_below(&path)),
                path if path.extension().is_some_and(|ending| ending == "md") => pages.push(path),
                _ => {}
            }
        }
        pages
    }

    #[test]
    fn the_documentation_speaks_the_same_chinese_as_the_program() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        let mut wrong = Vec::new();
        for page in pages_below(&docs).into_iter().chain([docs.join("../README.zh-CN.md")]) {
            let text = std::fs::read_to_string(&page).unwrap();
            for (line, number) in text.lines().zip(1..) {
                wrong.extend(strays(&format!("{}:{number}", page.display()), line));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// Messages, and what configuration keys are for.
    fn all_chinese() -> impl Iterator<Item = (&'static str, &'static str)> {
        let keys = crate::config::keys::all().map(|key| (key.path, key.zh));
        all().map(|message| (message.id, message.zh)).chain(keys)
    }

    #[test]
    fn arguments_are_filled_in_and_missing_ones_stay_visible() {
        let message = Message { id: "t", en: "a {x} b {y}", zh: "甲 {x} 乙 {y}" };
        assert_eq!(message.text(Lang::En, &[("x", &1)]), "a 1 b {y}");
        assert_eq!(message.text(Lang::Zh, &[("x", &1), ("y", &"二")]), "甲 1 乙 二");
    }

    #[test]
    fn language_tags_are_read_from_locales() {
        assert_eq!(Lang::from_tag("zh_CN.UTF-8"), Some(Lang::Zh));
        assert_eq!(Lang::from_tag("en_GB"), Some(Lang::En));
        assert_eq!(Lang::from_tag("C"), None);
    }
}
