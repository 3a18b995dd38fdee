//! Every key there is: type, default, meaning in both languages. The reference page and the environment are made of it;
//! a test holds it against the parser.

mod adapter;
mod client;
mod defaults;
mod dialect;
mod health;
mod log;
mod price;
mod provider;
mod queue;
mod routing;
mod server;
mod ui;

use crate::i18n::Lang;

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Free text.
    Text,
    /// Text in a list.
    Texts,
    /// A whole number.
    Integer,
    /// What a million tokens cost.
    Price,
    /// An amount of money.
    Money,
    /// An amount of money in a day.
    DailyMoney,
    /// A number of times, `2.0`.
    Times,
    /// A number, or `off`.
    Count,
    /// A number of places, or `auto`.
    Places,
    /// `true` or `false`.
    Bool,
    /// `"90s"`
    Duration,
    /// `"64MiB"`
    Size,
    /// An age or a count.
    Retention,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Where a secret comes from.
    Reference,
    /// Such references in a list.
    References,
    /// A file.
    File,
    /// An address to listen on.
    Listen,
    /// Several of them.
    Listens,
    /// An address of a provider.
    Url,
    /// A table of further keys, or a list of such.
    Tables,
}

impl Kind {
    /// The type in words.
    pub(crate) fn words(self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Text => ("text", "文本"),
            Self::Texts => ("list of texts", "文本列表"),
            Self::Integer => ("whole number", "整数"),
            Self::Times => ("number, `2.0`", "数字，`2.0`"),
            Self::Money => ("US dollars, `5.00`", "美元金额，`5.00`"),
            Self::DailyMoney => ("US dollars a day, `\"0.02/day\"`", "每天的美元金额，`\"0.02/day\"`"),
            Self::Count => ("whole number or `off`", "整数或 `off`"),
            Self::Places => ("whole number or `auto`", "整数或 `auto`"),
            Self::Price => ("price per million tokens, `0.28`", "每百万 token 的价格，`0.28`"),
            Self::Bool => ("true or false", "true 或 false"),
            Self::Duration => ("duration, `\"90s\"`", "时长，`\"90s\"`"),
            Self::Size => ("size, `\"64MiB\"`", "大小，`\"64MiB\"`"),
            Self::Retention => ("age `\"400d\"` or count `10000`", "时长 `\"400d\"` 或条数 `10000`"),
            Self::Choice(words) => return lang.list(words.iter().map(|word| format!("`{word}`"))),
            Self::Reference => ("reference to a secret", "密钥引用"),
            Self::References => ("list of references to secrets", "密钥引用列表"),
            Self::File => ("file", "文件"),
            Self::Listen => ("address and port", "地址和端口"),
            Self::Listens => ("list of addresses and ports", "地址和端口列表"),
            Self::Url => ("address", "网址"),
            Self::Tables => ("conditions", "条件"),
        };
        match lang {
            Lang::En => en.to_owned(),
            Lang::Zh => zh.to_owned(),
        }
    }

    /// Is it written as a list?
    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::References | Self::Listens)
    }
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// Dotted path; `*` stands for a name of the user's.
    pub(crate) path: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// The default as it would be written, or empty when there is none.
    pub(crate) default: &'static str,
    /// Meaning in English.
    pub(crate) en: &'static str,
    /// Meaning in Chinese.
    pub(crate) zh: &'static str,
}

impl Key {
    /// The meaning in `lang`.
    pub(crate) fn meaning(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// The key at a path with real names in it.
pub(crate) fn find(path: &[&str]) -> Option<&'static Key> {
    all().find(|key| {
        let mut parts = key.path.split('.');
        let same = path.iter().all(|name| parts.next().is_some_and(|part| part == "*" || part == *name));
        same && parts.next().is_none()
    })
}

const fn key(path: &'static str, kind: Kind, default: &'static str, en: &'static str, zh: &'static str) -> Key {
    Key { path, kind, default, en, zh }
}

const HTTP2: Kind = Kind::Choice(&["auto", "off", "prior-knowledge"]);

/// All keys, in the order of the reference page.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    GROUPS.iter().copied().flatten()
}

static FILE: &[Key] = &[key("version", Kind::Integer, "1", "Format of this file.", "本文件的格式版本。")];

static GROUPS: &[&[Key]] = &[
    FILE,
    server::KEYS,
    defaults::KEYS,
    provider::KEYS,
    dialect::KEYS,
    dialect::BY_MODEL,
    price::KEYS,
    routing::KEYS,
    queue::KEYS,
    health::KEYS,
    log::KEYS,
    adapter::KEYS,
    client::KEYS,
    ui::KEYS,
];
