//! Shows a rejected configuration to a person: for each error its place, the line, a caret, the fix.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::problem::{ConfigError, Place, Rejected};
use super::{docs, mask};
use crate::i18n::{Lang, Message, cli, config as messages};

/// A tab takes this many cells, whatever the terminal thinks; the caret has to agree with the line above it.
const TAB_CELLS: usize = 4;
/// Most cells of a line that are shown.
const LINE_CELLS: usize = 160;
/// Errors shown; a file of another kind could bring thousands.
const ERRORS_SHOWN: usize = 50;

/// All errors, ready to print; ends with a newline. With `color`, ANSI colours mark what also stands in words.
pub fn render(rejected: &Rejected, lang: Lang, color: bool) -> String {
    let page = Page { rejected, lang, paint: Paint { on: color } };
    let mut out = String::new();
    for error in rejected.errors.iter().take(ERRORS_SHOWN) {
        page.error(&mut out, error);
    }
    let count = rejected.errors.len();
    let message = if count == 1 { &messages::ONE_ERROR } else { &messages::MANY_ERRORS };
    out.push_str(&message.text(lang, &[("count", &count)]));
    if count > ERRORS_SHOWN {
        out.push_str(&messages::MORE_ERRORS.text(lang, &[("shown", &ERRORS_SHOWN)]));
    }
    out.push('\n');
    out
}

/// `path` with the home folder written as `~`.
pub(crate) fn tilde(path: &Path, home: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(rest) if !home.as_os_str().is_empty() && home != Path::new("/") => format!("~/{}", rest.display()),
        _ => path.display().to_string(),
    }
}

/// Line (from 1) and column (from 1, in characters) of a byte offset.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = floor_boundary(text, offset);
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

struct Page<'a> {
    rejected: &'a Rejected,
    lang: Lang,
    paint: Paint,
}

impl Page<'_> {
    fn error(&self, out: &mut String, error: &ConfigError) {
        let lang = self.lang;
        let head = format!("{}[{}]", cli::LABEL_ERROR.raw(lang), error.code);
        let _ = writeln!(out, "{} {}", self.paint.red(&head), self.paint.bold(&error.title(lang)));
        let label = error.label_text(lang).unwrap_or_default();
        match &error.also {
            Some(first) => {
                self.place(out, first, &messages::FIRST_HERE.text(lang, &[]));
                self.place(out, &error.place, &messages::AGAIN_HERE.text(lang, &[]));
            }
            None => self.place(out, &error.place, &label),
        }
        self.advice(out, &messages::FIX, &error.fix_text(lang));
        self.advice(out, &messages::MORE, &format!("tokgate help {}", docs::topic(error.code, &error.key)));
    }

    /// `fix …` and `more …`, below each other.
    fn advice(&self, out: &mut String, word: &Message, text: &str) {
        let cells = |message: &Message| message.raw(self.lang).width();
        let pad = cells(&messages::FIX).max(cells(&messages::MORE)) + 2 - cells(word);
        let _ = writeln!(out, "  {}{:pad$}{text}", word.raw(self.lang), "");
    }

    fn place(&self, out: &mut String, place: &Place, label: &str) {
        match place {
            Place::File(span) => self.file_place(out, span, label),
            Place::Env(name) => {
                let at = messages::AT_VARIABLE.text(self.lang, &[("name", name)]);
                self.outside_place(out, &at, label);
            }
            Place::Flag(name) => {
                let at = messages::AT_FLAG.text(self.lang, &[("name", name)]);
                self.outside_place(out, &at, label);
            }
            Place::Nowhere => {
                if let Some(path) = &self.rejected.path {
                    self.outside_place(out, &tilde(path, &self.rejected.source.home), label);
                }
            }
        }
    }

    fn outside_place(&self, out: &mut String, place: &str, label: &str) {
        let _ = writeln!(out, "  {} {place}", self.paint.blue("┌─"));
        if !label.is_empty() {
            let _ = writeln!(out, "  {} {label}", self.paint.blue("│"));
        }
    }

    fn file_place(&self, out: &mut String, span: &Range<usize>, label: &str) {
        let text = self.rejected.source.text.as_str();
        let (line_number, column) = line_and_column(text, span.start);
        let number = line_number.to_string();
        let width = number.len().max(2);
        let name = self.rejected.path.as_deref().map_or_else(
            || messages::NO_FILE.raw(self.lang).to_owned(),
            |path| tilde(path, &self.rejected.source.home),
        );
        let shown = ShownLine::new(text, span, &self.rejected.source.secrets, &self.rejected.source.harmless);
        let edge = |symbol: &str| self.paint.blue(symbol);
        let proposed = if self.rejected.source.proposed { messages::PROPOSED.raw(self.lang) } else { "" };
        let _ = writeln!(out, "{:width$}{} {name}:{line_number}:{column}{proposed}", "", edge("┌─"));
        let _ = writeln!(out, "{}{} {}", self.paint.blue(&format!("{number:>width$}")), edge("│"), shown.text);
        let caret = "^".repeat(shown.caret_cells);
        let label = if label.is_empty() { String::new() } else { format!(" {label}") };
        let _ = writeln!(
            out,
            "{:width$}{} {:indent$}{}",
            "",
            edge("│"),
            "",
            self.paint.yellow(&format!("{caret}{label}")),
            indent = shown.caret_indent
        );
    }
}

/// One line of the file as it is shown, and where the caret goes below it, in cells.
struct ShownLine {
    text: String,
    caret_indent: usize,
    caret_cells: usize,
}

impl ShownLine {
    fn new(text: &str, span: &Range<usize>, secrets: &[Range<usize>], harmless: &[Range<usize>]) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let line = text[line_start..line_end].trim_end_matches('\r');
        let end = span.end.clamp(start, line_start + line.len().max(start - line_start));
        let hidden = hidden_in(line, line_start, secrets, harmless);
        let mut shown = Self { text: String::new(), caret_indent: 0, caret_cells: 0 };
        let mut cells = 0;
        for (at, character) in line.char_indices() {
            let (piece, width) = piece_of(at, character, &hidden);
            if cells + width > LINE_CELLS {
                shown.text.push('…');
                break;
            }
            let absolute = line_start + at;
            if absolute < start {
                shown.caret_indent += width;
            } else if absolute < end {
                shown.caret_cells += width;
            }
            shown.text.push_str(&piece);
            cells += width;
        }
        shown.caret_cells = shown.caret_cells.max(1);
        shown
    }
}

/// Parts of a line that are known to be secret, or look so and are not known to be harmless.
fn hidden_in(line: &str, line_start: usize, secrets: &[Range<usize>], harmless: &[Range<usize>]) -> Vec<Range<usize>> {
    let line_end = line_start + line.len();
    let mut hidden = mask::secret_spans(line);
    let known = |span: &Range<usize>| {
        harmless.iter().any(|known| known.start <= line_start + span.start && line_start + span.end <= known.end)
    };
    hidden.retain(|span| !known(span));
    let known = secrets.iter().filter(|span| span.start < line_end && span.end > line_start);
    hidden.extend(known.map(|span| span.start.max(line_start) - line_start..span.end.min(line_end) - line_start));
    mask::merged(hidden)
}

/// What stands for a character, and its cells: the first one of a hidden part is `…`, the others are nothing.
fn piece_of(at: usize, character: char, hidden: &[Range<usize>]) -> (String, usize) {
    if let Some(span) = hidden.iter().find(|span| span.contains(&at)) {
        return if span.start == at { ("…".to_owned(), 1) } else { (String::new(), 0) };
    }
    if character == '\t' {
        return (" ".repeat(TAB_CELLS), TAB_CELLS);
    }
    let character = mask::visible(character);
    (character.to_string(), character.width().unwrap_or(0))
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

struct Paint {
    on: bool,
}

impl Paint {
    fn wrap(&self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    fn red(&self, text: &str) -> String {
        self.wrap("1;31", text)
    }
    fn bold(&self, text: &str) -> String {
        self.wrap("1", text)
    }
    fn blue(&self, text: &str) -> String {
        self.wrap("34", text)
    }
    fn yellow(&self, text: &str) -> String {
        self.wrap("33", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caret_below(text: &str, needle: &str) -> (String, String) {
        let start = text.find(needle).unwrap_or_default();
        let shown = ShownLine::new(text, &(start..start + needle.len()), &[], &[]);
        (shown.text, format!("{}{}", " ".repeat(shown.caret_indent), "^".repeat(shown.caret_cells)))
    }

    #[test]
    fn the_caret_counts_cells_not_bytes() {
        assert_eq!(caret_below("a = 1\n名字 = x\n", "x"), ("名字 = x".to_owned(), "       ^".to_owned()));
        assert_eq!(caret_below("k = \"中文\" # c", "中文"), ("k = \"中文\" # c".to_owned(), "     ^^^^".to_owned()));
    }

    #[test]
    fn a_tab_is_as_wide_below_as_above() {
        assert_eq!(caret_below("\twieght = 1", "wieght"), ("    wieght = 1".to_owned(), "    ^^^^^^".to_owned()));
    }

    #[test]
    fn a_position_past_the_end_or_inside_a_character_is_no_panic() {
        assert_eq!(line_and_column("ab\n中", 4), (2, 1));
        assert_eq!(line_and_column("ab", 99), (1, 3));
        assert_eq!(ShownLine::new("", &(5..9), &[], &[]).caret_cells, 1);
    }

    #[test]
    fn a_marked_secret_is_one_dot_group_and_the_caret_still_fits() {
        let text = "note = \"open sesame\" x";
        let shown = ShownLine::new(text, &(21..22), &[Range { start: 8, end: 19 }], &[]);
        assert_eq!(shown.text, "note = \"…\" x");
        assert_eq!(shown.caret_indent, 11);
    }

    #[test]
    fn the_home_folder_is_a_tilde() {
        assert_eq!(tilde(Path::new("/home/ada/.config/x"), Path::new("/home/ada")), "~/.config/x");
        assert_eq!(tilde(Path::new("/etc/x"), Path::new("/home/ada")), "/etc/x");
    }
}
