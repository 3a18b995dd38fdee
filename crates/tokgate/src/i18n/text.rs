//! A message of the catalogue with what stands in it, not yet in any language: put together where something happened,
//! said where somebody reads it, which may be another process on another day.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Both, Lang, Message, cli};

/// A catalogue message with its arguments, not yet in any language.
#[derive(Debug, Clone)]
pub struct Text {
    message: &'static Message,
    args: Box<[(Cow<'static, str>, Part)]>,
}

/// What stands in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Part {
    /// The same in every language.
    Verbatim(Box<str>),
    /// Words of ours.
    Words(Text),
    /// Words that were made in both languages.
    Both(Both),
    /// Several, in one line.
    List(Vec<Text>),
    /// Several, a line each.
    Lines { lines: Vec<Text> },
}

impl Text {
    /// A message without arguments (add them with [`Text::with`]).
    pub fn new(message: &'static Message) -> Self {
        Self { message, args: Box::default() }
    }

    /// Text that is the same in every language: a path, a command, an address, a message of another program.
    pub fn verbatim(text: impl Display) -> Self {
        Self::new(&cli::VERBATIM).with("text", text)
    }

    /// Several, one in a line.
    pub fn lines(lines: Vec<Self>) -> Self {
        Self::new(&cli::VERBATIM).put("text", Part::Lines { lines })
    }

    /// Several, one after another in one line.
    pub fn list(list: Vec<Self>) -> Self {
        Self::new(&cli::VERBATIM).put("text", Part::List(list))
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Display) -> Self {
        self.put(name, Part::Verbatim(value.to_string().into()))
    }

    /// Adds an argument that is words itself.
    #[must_use]
    pub fn with_words(self, name: &'static str, words: impl Into<Self>) -> Self {
        self.put(name, Part::Words(words.into()))
    }

    /// Adds an argument that was made in both languages.
    #[must_use]
    pub fn with_both(self, name: &'static str, words: Both) -> Self {
        self.put(name, Part::Both(words))
    }

    /// Adds an argument that is several in one sentence.
    #[must_use]
    pub fn with_list(self, name: &'static str, items: impl IntoIterator<Item = impl Display>) -> Self {
        self.with_both(name, Both::list(items))
    }

    /// By name, as they are written: a text that was read is the same as the one that was told.
    fn put(mut self, name: &'static str, part: Part) -> Self {
        let mut args = self.args.into_vec();
        args.push((name.into(), part));
        args.sort_by(|one, other| one.0.cmp(&other.0));
        self.args = args.into();
        self
    }

    /// The words in `lang`.
    pub fn say(&self, lang: Lang) -> String {
        let said: Vec<(&str, Cow<'_, str>)> =
            self.args.iter().map(|(name, part)| (name.as_ref(), part.say(lang))).collect();
        let args: Vec<(&str, &dyn Display)> = said.iter().map(|(name, text)| (*name, text as &dyn Display)).collect();
        self.message.text(lang, &args)
    }

    /// Stable id of the message.
    pub fn id(&self) -> &'static str {
        self.message.id
    }

    /// Whether it is only words of others, or none.
    pub fn is_verbatim(&self) -> bool {
        let foreign = |part: &Part| matches!(part, Part::Verbatim(_));
        self.message.id == cli::VERBATIM.id && self.args.iter().all(|(_, part)| foreign(part))
    }

    /// The same with every piece that is not ours as `change` makes it: without secrets, not too long.
    #[must_use]
    pub fn map(mut self, change: &impl Fn(&str) -> String) -> Self {
        for (_, part) in &mut self.args {
            match part {
                Part::Verbatim(text) => *text = change(text).into(),
                Part::Words(text) => *text = text.clone().map(change),
                Part::Both(Both { en, zh }) => (*en, *zh) = (change(en), change(zh)),
                Part::List(texts) | Part::Lines { lines: texts } => {
                    *texts = std::mem::take(texts).into_iter().map(|text| text.map(change)).collect();
                }
            }
        }
        self
    }

    /// As it was written as JSON; `None` when a later release wrote a message that is not known here.
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str::<Written<'_>>(json).ok()?.known().ok()
    }

    /// Memory beyond its own place, nearly.
    pub fn weight(&self) -> usize {
        let each = self.args.iter().map(|(_, part)| size_of::<(Cow<'static, str>, Part)>() + part.weight());
        each.sum()
    }
}

impl Part {
    fn say(&self, lang: Lang) -> Cow<'_, str> {
        let each = |texts: &[Text]| texts.iter().map(|text| text.say(lang)).collect::<Vec<_>>();
        match self {
            Self::Verbatim(text) => Cow::Borrowed(text),
            Self::Words(text) => text.say(lang).into(),
            Self::Both(both) => both.say(lang).into(),
            Self::List(texts) => each(texts).join(if lang == Lang::Zh { "；" } else { "; " }).into(),
            Self::Lines { lines } => each(lines).join("\n").into(),
        }
    }

    fn weight(&self) -> usize {
        let each = |texts: &[Text]| texts.iter().map(|text| size_of::<Text>() + text.weight()).sum();
        match self {
            Self::Verbatim(text) => text.len(),
            Self::Words(text) => text.weight(),
            Self::Both(both) => both.en.len() + both.zh.len(),
            Self::List(texts) | Self::Lines { lines: texts } => each(texts),
        }
    }
}

impl From<&'static Message> for Text {
    fn from(message: &'static Message) -> Self {
        Self::new(message)
    }
}

/// What is said in English, for the log and for tests.
impl Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Lang::En))
    }
}

/// So that a failed call of the system can carry words of ours.
impl std::error::Error for Text {}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.message.id == other.message.id && self.args == other.args
    }
}

impl Eq for Text {}

/// A text as JSON.
#[derive(Serialize, Deserialize)]
struct Written<'t> {
    id: Cow<'t, str>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<Cow<'t, str>, Part>,
}

impl Written<'_> {
    fn known(self) -> Result<Text, String> {
        let message = super::all().find(|message| message.id == self.id).ok_or_else(|| self.id.to_string())?;
        let args = self.args.into_iter().map(|(name, part)| (Cow::Owned(name.into_owned()), part)).collect();
        Ok(Text { message, args })
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let args = self.args.iter().map(|(name, part)| (Cow::Borrowed(name.as_ref()), part.clone())).collect();
        Written { id: self.message.id.into(), args }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    /// A gateway of another version may know messages that are not known here: those are shown by their id.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Written::deserialize(deserializer)?.known().unwrap_or_else(Self::verbatim))
    }
}

/// Reads an optional text; one that a later release made is none here.
pub fn known<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<Text>>, D::Error> {
    let written = Option::<Written<'_>>::deserialize(from)?;
    Ok(written.and_then(|written| written.known().ok()).map(Box::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTER: &str = "proxy.attempt";

    fn nested() -> Text {
        let broke = Text::new(&crate::i18n::proxy::ATTEMPT).with("provider", "kimi").with("result", "503");
        let list = Text::list(vec![broke.clone(), broke]);
        Text::new(&crate::i18n::proxy::ATTEMPT).with("provider", "{result}").with_words("result", list)
    }

    #[test]
    fn words_in_words_are_said_in_one_language_and_survive_json() {
        let text = nested();
        assert_eq!(text.say(Lang::En), "{result}: kimi: 503; kimi: 503");
        assert_eq!(text.say(Lang::Zh), "{result}：kimi：503；kimi：503");
        let json = serde_json::to_string(&text).unwrap();
        let back = Text::read(&json).unwrap();
        assert_eq!((back.id(), back.say(Lang::Zh)), (OUTER, text.say(Lang::Zh)));
        assert!(back.weight() > 0);
    }

    #[test]
    fn names_in_a_sentence_are_joined_as_the_language_does() {
        let text = Text::new(&crate::i18n::proxy::PROFILE_UNKNOWN).with("name", "x").with_list("known", ["a", "b"]);
        assert!(text.say(Lang::En).contains("a, b"), "{}", text.say(Lang::En));
        assert!(text.say(Lang::Zh).contains("a、b"), "{}", text.say(Lang::Zh));
        assert_eq!(Lang::Zh.list(["a"; 0]), "");
    }

    #[test]
    fn a_message_of_another_version_is_shown_by_its_id_or_not_at_all() {
        let json = r#"{"id":"future.words","args":{}}"#;
        assert_eq!(serde_json::from_str::<Text>(json).unwrap().say(Lang::En), "future.words");
        assert_eq!(Text::read(json), None);
    }

    #[test]
    fn every_piece_that_is_not_ours_can_be_changed() {
        let loud = nested().map(&|text| text.to_uppercase());
        assert_eq!(loud.say(Lang::En), "{RESULT}: KIMI: 503; KIMI: 503");
    }

    #[test]
    fn only_words_of_others_are_verbatim() {
        assert!(Text::verbatim("x").is_verbatim());
        assert!(!nested().is_verbatim() && !Text::lines(vec![nested()]).is_verbatim());
    }
}
