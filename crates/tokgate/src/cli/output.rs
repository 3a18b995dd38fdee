//! What is printed, and where: data to stdout, words to stderr; colour for people only; a closed pipe is no error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value as Json, json};
use unicode_width::UnicodeWidthStr;

use super::args::{ColorWhen, Global};
use super::error::{CliError, Text};
use super::pasted::Pasted;
use crate::config::Env;
use crate::i18n::{Lang, Message, unnamed};

/// How data is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// For a person.
    Human,
    /// Tab-separated: `--plain`, or a pipe.
    Plain,
    /// JSON: these fields, or all when empty.
    Json(Vec<String>),
}

/// Where and how this call prints.
#[derive(Debug, Clone)]
pub struct Out {
    /// Language of words.
    pub lang: Lang,
    /// How data is shown.
    pub shape: Shape,
    /// Colour on stdout.
    pub paint: Paint,
    /// Colour on stderr.
    pub paint_err: Paint,
    /// `-q`
    pub quiet: bool,
    /// `-v` count.
    pub verbose: u8,
    /// Commands that are shown.
    pub pasted: Pasted,
    /// `--json` asked for a field that there is not.
    pub missed: Arc<AtomicBool>,
}

impl Out {
    /// As asked for, and as the terminal allows.
    pub fn new(global: &Global, env: &Env, lang: Lang) -> Self {
        let (out_tty, err_tty) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let shape = match &global.json {
            Some(fields) => {
                Shape::Json(fields.split(',').filter(|field| !field.is_empty()).map(str::to_owned).collect())
            }
            None if global.plain || !out_tty => Shape::Plain,
            None => Shape::Human,
        };
        Self {
            lang,
            shape,
            paint: Paint { on: colour(global.color, env, out_tty) },
            paint_err: Paint { on: colour(global.color, env, err_tty) },
            quiet: global.quiet,
            verbose: global.verbose,
            pasted: Pasted::of(global.config.as_deref()),
            missed: Arc::default(),
        }
    }

    /// A message without arguments, in the language of this call.
    pub fn word(&self, message: &Message) -> &'static str {
        message.raw(self.lang)
    }

    /// Several in one cell or sentence; what programs read is the same in every language.
    pub fn list(&self, items: impl IntoIterator<Item = impl Display>) -> String {
        let lang = if self.shape == Shape::Human { self.lang } else { Lang::En };
        lang.list(items)
    }

    /// A message in the language of this call.
    pub fn text(&self, message: &Message, args: &[(&str, &dyn Display)]) -> String {
        message.text(self.lang, args)
    }

    /// Prints data. `false` when nobody reads any more: stop, without an error.
    pub fn data(&self, text: &str) -> bool {
        let text = if let Shape::Json(_) = self.shape { text.into() } else { self.pasted.in_text(text) };
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
    }

    /// Prints words beside the data, unless `-q`.
    pub fn say(&self, text: impl Display) {
        if !self.quiet {
            // Nobody to tell when stderr is closed.
            let _ = writeln!(io::stderr().lock(), "{}", self.pasted.in_text(&text.to_string()));
        }
    }

    /// Prints a word of warning beside the data, unless `-q`.
    pub fn warn(&self, text: impl Display) {
        self.say(format!("{} {text}", self.paint_err.yellow("!")));
    }

    /// Prints what only `-v` asks for.
    pub fn detail(&self, text: impl Display) {
        if self.verbose > 0 {
            self.say(text);
        }
    }

    /// Prints text to stderr as it is, also with `-q`.
    pub fn say_always(&self, text: &str) {
        let _ = io::stderr().lock().write_all(self.pasted.in_text(text).as_bytes());
    }

    /// Prints an error: three lines, or one object with `--json`.
    pub fn error(&self, error: &CliError) {
        let mut err = io::stderr().lock();
        let text = match &self.shape {
            Shape::Json(_) => format!("{}\n", self.error_json(error)),
            _ => {
                let (lines, mark) = (error.lines(self.lang), error.mark(self.lang));
                let rest = lines.strip_prefix(&mark).unwrap_or_default();
                format!("{}{}", self.paint_err.red(&mark), self.pasted.in_text(rest))
            }
        };
        let _ = err.write_all(text.as_bytes());
    }

    fn error_json(&self, error: &CliError) -> Json {
        let say = |text: &Text| self.pasted.in_text(&text.say(self.lang)).into_owned();
        json!({
            "schema": "tokgate/error/1",
            "error": {
                "code": error.code,
                "message": unnamed(&error.message.say(self.lang)),
                "place": error.place.as_ref().map(|text| text.say(self.lang)),
                "fix": error.fix.as_ref().map(say),
            },
        })
    }

    /// Prints one JSON object in the common envelope.
    pub fn json(&self, schema: &str, data: Json) -> bool {
        let Shape::Json(fields) = &self.shape else { return true };
        let warnings: Vec<String> = unknown(&data, fields).map(|field| self.no_field(field, &data)).collect();
        for warning in &warnings {
            self.warn(warning);
        }
        if !warnings.is_empty() {
            self.missed.store(true, Ordering::Relaxed);
        }
        let envelope = json!({
            "schema": format!("tokgate/{schema}/1"),
            "data": pick(data, fields),
            "warnings": warnings,
        });
        self.data(&format!("{envelope}\n"))
    }

    fn no_field(&self, field: &str, data: &Json) -> String {
        let known = one(data).map(|object| self.lang.list(object.keys()));
        let known = known.unwrap_or_default();
        self.text(&crate::i18n::cli::JSON_NO_FIELD, &[("field", &clean(field)), ("known", &known)])
    }

    /// Prints one JSON line of a stream.
    pub fn json_line(&self, data: Json) -> bool {
        let Shape::Json(fields) = &self.shape else { return true };
        for field in unknown(&data, fields) {
            // Every line of the stream has the same fields: once is enough.
            if !self.missed.swap(true, Ordering::Relaxed) {
                self.warn(self.no_field(field, &data));
            }
        }
        self.data(&format!("{}\n", pick(data, fields)))
    }

    /// Whether `--json` asked for a field that there is not: what was printed is not what was wanted.
    pub fn missed_a_field(&self) -> bool {
        self.missed.load(Ordering::Relaxed)
    }
}

/// The object itself, or the first of a list: those after it have the same fields.
fn one(data: &Json) -> Option<&Map<String, Json>> {
    match data {
        Json::Array(items) => items.first()?.as_object(),
        data => data.as_object(),
    }
}

/// Wanted fields that an object, or the first of a list, does not have; below a field that is null, nobody can tell.
fn unknown<'f>(data: &Json, fields: &'f [String]) -> impl Iterator<Item = &'f str> {
    let object = one(data);
    fields.iter().map(String::as_str).filter(move |field| {
        let mut words = field.split('.');
        let (Some(object), Some(first)) = (object, words.next()) else { return false };
        let mut at = object.get(first);
        for word in words {
            at = match at {
                None => return true,
                Some(Json::Null) => return false,
                Some(inside) => inside.get(word).or_else(|| inside.get(word.parse::<usize>().ok()?)),
            };
        }
        at.is_none()
    })
}

/// The wanted fields (`a.b` looks inside) of an object or of each object of a list.
fn pick(data: Json, fields: &[String]) -> Json {
    if fields.is_empty() {
        return data;
    }
    match data {
        Json::Array(items) => Json::Array(items.into_iter().map(|item| pick(item, fields)).collect()),
        Json::Object(object) => {
            let mut picked = Map::new();
            for field in fields {
                let pointer = format!("/{}", field.replace('.', "/"));
                let value = Json::Object(object.clone()).pointer(&pointer).cloned().unwrap_or(Json::Null);
                picked.insert(field.clone(), value);
            }
            Json::Object(picked)
        }
        other => other,
    }
}

fn colour(when: ColorWhen, env: &Env, terminal: bool) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if env.var("NO_COLOR").is_some() || env.var("CLICOLOR") == Some("0") => false,
        ColorWhen::Auto if env.var("FORCE_COLOR").is_some_and(|value| value != "0") => true,
        ColorWhen::Auto => terminal && env.var("TERM") != Some("dumb"),
    }
}

/// ANSI colour, or none. Colour never carries meaning alone.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// Whether to colour at all.
    pub on: bool,
}

impl Paint {
    fn with(self, code: &str, text: impl Display) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// Something went wrong.
    pub fn red(self, text: impl Display) -> String {
        self.with("31;1", text)
    }

    /// Something needs attention.
    pub fn yellow(self, text: impl Display) -> String {
        self.with("33", text)
    }

    /// Something is well.
    pub fn green(self, text: impl Display) -> String {
        self.with("32", text)
    }

    /// A label.
    pub fn bold(self, text: impl Display) -> String {
        self.with("1", text)
    }

    /// Less important.
    pub fn dim(self, text: impl Display) -> String {
        self.with("2", text)
    }
}

/// `text` filled up to `cells` terminal cells; a Chinese character takes two.
pub fn pad(text: &str, cells: usize) -> String {
    let missing = cells.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}

/// Text from outside, safe for a terminal: control and direction-changing characters become `·`.
pub fn clean(text: &str) -> String {
    let unsafe_char = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if unsafe_char(c) { '·' } else { c }).collect()
}

/// A word as a POSIX shell reads it.
pub fn quoted(word: &std::ffi::OsStr) -> String {
    let word = clean(&word.to_string_lossy());
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(harmless) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// A path with the home folder as `~`.
pub fn tilde(path: &std::path::Path, home: &std::path::Path) -> String {
    match path.strip_prefix(home) {
        Ok(below) if home != std::path::Path::new("/") => clean(&format!("~/{}", below.display())),
        _ => clean(&path.display().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn columns_line_up_in_cells() {
        assert_eq!(pad("abc", 6), "abc   ");
        assert_eq!(pad("网关", 6), "网关  ");
        assert_eq!(pad("longer", 2), "longer");
    }

    #[test]
    fn text_from_outside_cannot_drive_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\u{202e}c\n"), "a·[31mb·c·");
    }

    #[test]
    fn fields_are_picked_from_objects_and_lists() {
        let data = json!([{"a": 1, "b": {"c": 2}}]);
        assert_eq!(pick(data.clone(), &["b.c".into(), "x".into()]), json!([{"b.c": 2, "x": null}]));
        assert_eq!(pick(data.clone(), &[]), data);
    }

    #[test]
    fn a_field_that_does_not_exist_is_noticed() {
        let data = json!({"a": {"b": null}, "list": [{"x": 1}]});
        let fields = ["a", "a.b", "a.b.c", "a.x", "typo", "list.0.x", "list.1"].map(str::to_owned);
        assert_eq!(unknown(&data, &fields).collect::<Vec<_>>(), ["a.x", "typo", "list.1"]);
        let list = json!([{"a": 1}, {"a": 2}]);
        assert_eq!(
            unknown(&list, &fields[..]).collect::<Vec<_>>(),
            ["a.b", "a.b.c", "a.x", "typo", "list.0.x", "list.1"]
        );
        assert!(unknown(&json!([]), &fields).next().is_none(), "nothing is known of what is not there");
    }

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        let env = |vars: &[(&str, &str)]| Env::from_pairs(Path::new("/h"), vars.iter().copied());
        assert!(colour(ColorWhen::Auto, &env(&[]), true));
        assert!(!colour(ColorWhen::Auto, &env(&[]), false));
        assert!(!colour(ColorWhen::Auto, &env(&[("NO_COLOR", "1")]), true));
        assert!(!colour(ColorWhen::Auto, &env(&[("TERM", "dumb")]), true));
        assert!(colour(ColorWhen::Auto, &env(&[("FORCE_COLOR", "1")]), false));
        assert!(colour(ColorWhen::Always, &env(&[("NO_COLOR", "1")]), false));
        assert!(!colour(ColorWhen::Never, &env(&[]), true));
    }

    #[test]
    fn printed_words_can_be_pasted() {
        let quoted = |word: &str| quoted(std::ffi::OsStr::new(word));
        assert_eq!(quoted("a-b=c"), "a-b=c");
        assert_eq!(quoted("it's x"), r"'it'\''s x'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_home_folder_is_shortened() {
        assert_eq!(tilde(Path::new("/home/ada/x"), Path::new("/home/ada")), "~/x");
        assert_eq!(tilde(Path::new("/etc/x"), Path::new("/home/ada")), "/etc/x");
    }
}
