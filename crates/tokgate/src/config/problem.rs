//! What can be wrong with a configuration, and how one such problem is described.
//!
//! A [`ConfigError`] refuses the configuration, a [`Note`] only remarks on it. Both carry messages of the catalogue and
//! their arguments, so that they can be shown in any language later. Arguments are never secret: values that came from
//! outside pass through [`super::mask::shown`] first.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::i18n::{Both, Lang, Message};

/// A kind of problem: stable code, what it says, what to do.
#[derive(Debug)]
pub struct Rule {
    /// `TG1xx`
    pub code: &'static str,
    /// What is wrong.
    pub title: &'static Message,
    /// What to do about it, unless the error brings a closer one.
    pub fix: &'static Message,
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Bytes of the configuration file.
    File(Range<usize>),
    /// An environment variable, by name.
    Env(String),
    /// A command line flag.
    Flag(String),
    /// The file as a whole, or nothing at all (a missing key of a section nobody wrote).
    Nowhere,
}

/// An argument of a message.
#[derive(Debug, Clone)]
pub enum Arg {
    /// As it is.
    Text(String),
    /// A message of its own, shown in the same language.
    Message(&'static Message),
    /// Words that were made in both languages.
    Both(Both),
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Both> for Arg {
    fn from(words: Both) -> Self {
        Self::Both(words)
    }
}

impl From<&'static Message> for Arg {
    fn from(message: &'static Message) -> Self {
        Self::Message(message)
    }
}

/// Named arguments of a message.
pub(crate) type Args = Vec<(&'static str, Arg)>;

/// One reason to refuse a configuration.
#[derive(Debug, Clone)]
pub struct ConfigError {
    /// Stable code, `TG1xx`.
    pub code: &'static str,
    /// Dotted path of the key, empty when the file itself is the problem.
    pub key: String,
    /// Where it stands.
    pub place: Place,
    /// A second place that belongs to it (the first of two equal names).
    pub also: Option<Place>,
    title: &'static Message,
    label: Option<&'static Message>,
    fix: &'static Message,
    args: Args,
}

impl ConfigError {
    /// An error of this kind, with `{key}` already filled in.
    pub(crate) fn new(rule: &'static Rule, key: impl Into<String>, place: Place) -> Self {
        let key = key.into();
        let args = vec![("key", Arg::Text(key.clone()))];
        Self { code: rule.code, key, place, also: None, title: rule.title, label: None, fix: rule.fix, args }
    }

    /// Fills `{name}` in, in place of what it was before.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        put(&mut self.args, name, value.into());
        self
    }

    /// Says this at the caret.
    pub(crate) fn label(mut self, label: &'static Message) -> Self {
        self.label = Some(label);
        self
    }

    /// A fix closer to the case than the rule's own.
    pub(crate) fn fix(mut self, fix: &'static Message) -> Self {
        self.fix = fix;
        self
    }

    /// Names a second place.
    pub(crate) fn and(mut self, place: Place) -> Self {
        self.also = Some(place);
        self
    }

    /// Bytes of the file it points at.
    pub fn span(&self) -> Option<Range<usize>> {
        match &self.place {
            Place::File(span) => Some(span.clone()),
            _ => None,
        }
    }

    /// What is wrong, one line.
    pub fn title(&self, lang: Lang) -> String {
        fill(self.title, lang, &self.args)
    }

    /// What to do, one line.
    pub fn fix_text(&self, lang: Lang) -> String {
        fill(self.fix, lang, &self.args)
    }

    /// What is said at the caret.
    pub fn label_text(&self, lang: Lang) -> Option<String> {
        self.label.map(|label| fill(label, lang, &self.args))
    }
}

/// A remark about a configuration that is used all the same.
#[derive(Debug, Clone)]
pub struct Note {
    /// Stable code, `TG1xx`.
    pub code: &'static str,
    /// Dotted path of the key, or empty.
    pub key: String,
    /// Where it stands.
    pub place: Place,
    message: &'static Message,
    args: Args,
}

impl Note {
    /// A remark of this kind, with `{key}` already filled in.
    pub(crate) fn new(code: &'static str, message: &'static Message, key: impl Into<String>, place: Place) -> Self {
        let key = key.into();
        let args = vec![("key", Arg::Text(key.clone()))];
        Self { code, key, place, message, args }
    }

    /// Fills `{name}` in, in place of what it was before.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        put(&mut self.args, name, value.into());
        self
    }

    /// One line of text.
    pub fn text(&self, lang: Lang) -> String {
        fill(self.message, lang, &self.args)
    }
}

/// A configuration that cannot be used: all reasons at once, and the text they point into.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Every reason, in the order of the file.
    pub errors: Vec<ConfigError>,
    /// The file, when there is one.
    pub path: Option<PathBuf>,
    /// What the errors point into.
    pub(crate) source: Box<Source>,
}

impl Rejected {
    /// One reason to refuse this text of this file.
    pub(crate) fn of_text(error: ConfigError, path: &Path, text: &str, home: &Path) -> Self {
        Self { errors: vec![error], ..Self::at(path, text, home) }
    }

    /// No reason yet.
    pub(crate) fn at(path: &Path, text: &str, home: &Path) -> Self {
        let source = Source { text: text.to_owned(), home: home.to_owned(), ..Source::default() };
        Self { errors: Vec::new(), path: Some(path.to_owned()), source: Box::new(source) }
    }

    /// Line and column of an error, both from 1, when it stands in the file.
    pub fn position(&self, error: &ConfigError) -> Option<(usize, usize)> {
        error.span().map(|span| super::render::line_and_column(&self.source.text, span.start))
    }

    /// Place and problem of the first error on one line, for a warning.
    pub fn first(&self, lang: Lang) -> String {
        let Some(error) = self.errors.first() else { return String::new() };
        let file = self.path.as_deref().map(|path| super::render::tilde(path, &self.source.home)).unwrap_or_default();
        let place = match (&error.place, self.position(error)) {
            (Place::Env(name) | Place::Flag(name), _) => name.clone(),
            (_, Some((line, column))) => format!("{file}:{line}:{column}"),
            (_, None) => file,
        };
        format!("{place}: {}", error.title(lang))
    }
}

/// The text of a rejected file, and what of it may be shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// Holds secrets when the file does; [`super::render`] hides them.
    pub(crate) text: String,
    /// Parts of `text` that are secret.
    pub(crate) secrets: Vec<Range<usize>>,
    /// Parts of `text` that look secret and are not.
    pub(crate) harmless: Vec<Range<usize>>,
    /// Home folder, shown as `~`.
    pub(crate) home: PathBuf,
    /// `text` does not stand in the file: a change would have made it.
    pub(crate) proposed: bool,
}

fn put(args: &mut Args, name: &'static str, value: Arg) {
    args.retain(|(known, _)| *known != name);
    args.push((name, value));
}

/// A message with its arguments, in `lang`.
pub(crate) fn fill(message: &Message, lang: Lang, args: &Args) -> String {
    let texts: Vec<(&str, String)> = args
        .iter()
        .map(|(name, arg)| match arg {
            Arg::Text(text) => (*name, text.clone()),
            Arg::Message(message) => (*name, message.raw(lang).to_owned()),
            Arg::Both(words) => (*name, words.say(lang).to_owned()),
        })
        .collect();
    let args: Vec<(&str, &dyn std::fmt::Display)> =
        texts.iter().map(|(name, text)| (*name, text as &dyn std::fmt::Display)).collect();
    message.text(lang, &args)
}
