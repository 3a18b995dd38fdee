//! Keeps secrets out of what is shown: lines of the file in errors, and values quoted in messages.
//!
//! The readers mark what they know to be secret. A file that does not parse has no such marks, and a key may stand
//! where nobody expects one, so every shown text also passes the rules here. They rather hide too much.

use std::ops::Range;

/// Longest part of a value that a message quotes, in characters.
const SHOWN_MAX: usize = 60;
/// An unbroken run of letters and digits this long, with both in it, is no word of a person.
const RANDOM_RUN: usize = 20;
/// A value with a vendor's key prefix counts as a key from this length on.
const PREFIXED_MIN: usize = 12;
const KEY_PREFIXES: [&str; 11] = ["sk-", "sk_", "tg-", "ak-", "gsk_", "xai-", "AIza", "hf_", "eyJ", "ghp_", "Bearer "];
const SECRET_WORDS: [&str; 8] = ["key", "keys", "token", "secret", "password", "authorization", "cookie", "from"];
const HARMLESS: [&str; 4] = ["env:", "file:", "command:", "keyring:"];

/// A value as a message may quote it: no control characters, not too long, and `…` when it looks like a secret.
pub(crate) fn shown(value: &str) -> String {
    if looks_secret(value) {
        return "…".to_owned();
    }
    let hidden = hide(value, &userinfo_spans(value));
    let mut out: String = hidden.chars().take(SHOWN_MAX).map(visible).collect();
    if hidden.chars().count() > SHOWN_MAX {
        out.push('…');
    }
    out
}

/// An address with `…` for the user name and password in it.
pub(crate) fn without_userinfo(address: &str) -> String {
    hide(address, &userinfo_spans(address))
}

/// Replaces control characters, which could steer a terminal.
pub(crate) fn visible(character: char) -> char {
    let steers = character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if steers { '\u{fffd}' } else { character }
}

/// Does the name of a variable or header say that its value is secret?
pub(crate) fn secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["KEY", "TOKEN", "SECRET", "PASSWORD", "AUTH", "COOKIE"].iter().any(|word| name.contains(word))
}

/// Parts of one line that must not be shown, in order, not overlapping.
pub(crate) fn secret_spans(line: &str) -> Vec<Range<usize>> {
    let mut spans = if names_a_secret(line) { value_spans(line) } else { Vec::new() };
    spans.extend(userinfo_spans(line));
    spans.extend(tokens(line).filter(|span| looks_secret(&line[span.clone()])));
    merged(spans)
}

/// Sorts spans and joins those that touch.
pub(crate) fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| span.start);
    let mut out: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}

fn hide(text: &str, spans: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        out.push_str(&text[from..span.start]);
        out.push('…');
        from = span.end;
    }
    out.push_str(&text[from..]);
    out
}

fn looks_secret(value: &str) -> bool {
    let harmless = HARMLESS.iter().any(|prefix| value.starts_with(prefix));
    if harmless {
        return false;
    }
    let prefixed = KEY_PREFIXES.iter().any(|prefix| value.starts_with(prefix)) && value.len() >= PREFIXED_MIN;
    prefixed || has_random_run(value)
}

fn has_random_run(value: &str) -> bool {
    value.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
        run.len() >= RANDOM_RUN
            && run.bytes().any(|byte| byte.is_ascii_digit())
            && run.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether the line assigns to a key whose name says secret (`keys = [`, `{ from = …`).
fn names_a_secret(line: &str) -> bool {
    let Some((before, _)) = line.split_once('=') else { return false };
    before
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .any(|word| SECRET_WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

/// The values right of the first `=`: inside quotes, or everything when nothing is quoted.
fn value_spans(line: &str) -> Vec<Range<usize>> {
    let Some(equals) = line.find('=') else { return Vec::new() };
    let mut spans = Vec::new();
    let mut open: Option<(char, usize)> = None;
    for (at, character) in line.char_indices().skip_while(|(at, _)| *at <= equals) {
        match open {
            None if character == '"' || character == '\'' => open = Some((character, at + 1)),
            Some((quote, start)) if quote == character => {
                spans.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    if let Some((_, start)) = open {
        spans.push(start..line.len());
    }
    if spans.is_empty() {
        let rest = &line[equals + 1..];
        let start = equals + 1 + (rest.len() - rest.trim_start().len());
        spans.push(start..line.trim_end().len().max(start));
    }
    spans.retain(|span| !is_harmless_value(&line[span.clone()]));
    spans
}

fn is_harmless_value(value: &str) -> bool {
    let plain = ["", "auto", "off", "client", "true", "false", "[]"].contains(&value.trim());
    plain || HARMLESS.iter().any(|prefix| value.starts_with(prefix))
}

/// What stands between `://` and `@`.
fn userinfo_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("://") {
        let start = from + found + 3;
        let end = text[start..].find(['/', '"', '\'', ' ', '?', '#', ',']).map_or(text.len(), |length| start + length);
        // A password may itself hold an `@`: the last one counts.
        if let Some(at) = text[start..end].rfind('@') {
            spans.push(start..start + at);
        }
        from = start;
    }
    spans
}

fn tokens(line: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let breaks = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']' | '{' | '}' | '=' | '#');
    let start = line.as_ptr() as usize;
    line.split(breaks).filter(|token| !token.is_empty()).map(move |token| {
        let from = token.as_ptr() as usize - start;
        from..from + token.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(line: &str) -> String {
        hide(line, &secret_spans(line))
    }

    #[test]
    fn keys_are_hidden_wherever_they_stand() {
        assert_eq!(masked("keys = [\"abc\", \"env:KIMI\"]"), "keys = [\"…\", \"env:KIMI\"]");
        assert_eq!(masked("keys = [\"never closed"), "keys = [\"…");
        assert_eq!(masked("local_key = hunter2hunter2"), "local_key = …");
        assert_eq!(masked("note = \"sk-ant-0123456789\""), "note = \"…\"");
        assert_eq!(masked("url = \"https://ada:p@ss@relay.example/v1\""), "url = \"https://…@relay.example/v1\"");
        assert_eq!(masked("x = 0a1b2c3d4e5f0a1b2c3d4e5f"), "x = …");
    }

    #[test]
    fn ordinary_lines_stay_readable() {
        for line in [
            "\"claude-3-5-sonnet-20241022\" = \"kimi-k2-turbo-preview\"",
            "url = \"https://api.moonshot.cn/anthropic\"",
            "first_byte_timeout = \"90s\"",
            "local_key = \"auto\"",
        ] {
            assert_eq!(masked(line), line);
        }
    }

    #[test]
    fn quoted_values_cannot_steer_the_terminal_or_flood_it() {
        assert_eq!(shown("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(shown(&"ab ".repeat(100)).chars().count(), SHOWN_MAX + 1);
        assert_eq!(shown("sk-ant-0123456789"), "…");
    }
}
