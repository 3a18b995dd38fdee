//! How secrets look that nobody told us: prefixes of vendors, tokens, and what follows words such as `api_key=`.
//!
//! Each rule looks at a bounded part of the text or at what it takes out, so the whole is linear.

use std::ops::Range;

/// Beginnings of keys and the fewest characters that follow. Sources: the vendors' pages about their keys.
const PREFIXES: &[(&[u8], usize)] = &[
    (b"sk-", 16),
    (b"sk_", 16),
    (b"gsk_", 16),
    (b"xai-", 16),
    (b"hf_", 16),
    (b"tg-", 16),
    (b"AKIA", 16),
    (b"ASIA", 16),
    (b"AIza", 30),
    (b"ghp_", 30),
    (b"github_pat_", 30),
    (b"ya29.", 20),
    // A JSON Web Token: base64 of `{"`.
    (b"eyJ", 17),
];
/// Ends of words before `:` or `=` after which every value is one.
const SURE_ENDS: &[&[u8]] = &[
    b"apikey",
    b"api_key",
    b"api-key",
    b"secret",
    b"secrets",
    b"password",
    b"passwd",
    b"authorization",
    b"credential",
    b"credentials",
    b"cookie",
];
/// Ends of words after which a value that looks random is one.
const LIKELY_ENDS: &[&[u8]] = &[b"key", b"token", b"auth", b"signature"];
/// Schemes after which the value comes.
const SCHEMES: &[&[u8]] = &[b"bearer ", b"basic "];
/// Fewest characters of a value after a sure word, and after a likely one.
const SURE_MIN: usize = 6;
const LIKELY_MIN: usize = 16;
/// Longest part of a URL searched for a password.
const USER_INFO_MAX: usize = 256;

/// Bytes at which some rule starts.
pub(super) static STARTS: [bool; 256] = starts();

const fn starts() -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < PREFIXES.len() {
        table[PREFIXES[at].0[0] as usize] = true;
        at += 1;
    }
    let others = b":=bB";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
}

/// The secret that a rule starting at `at` sees.
pub(super) fn secret_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    match text[at] {
        b':' if text[at..].starts_with(b"://") => user_info(text, at + 3),
        b':' | b'=' => after_word(text, at),
        _ if at > 0 && text[at - 1].is_ascii_alphanumeric() => None,
        b'b' | b'B' => {
            let value = after_scheme(text, at)?;
            let range = value..value + run(&text[value..], in_value);
            (range.len() >= LIKELY_MIN || range.len() >= SURE_MIN && has_digit(&text[range.clone()])).then_some(range)
        }
        _ => prefixed(text, at),
    }
}

fn prefixed(text: &[u8], at: usize) -> Option<Range<usize>> {
    let (prefix, min) = PREFIXES.iter().find(|(prefix, _)| text[at..].starts_with(prefix))?;
    let rest = &text[at + prefix.len()..];
    let mut length = run(rest, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    while length > 0 && rest[length - 1] == b'.' {
        length -= 1;
    }
    (length >= *min).then(|| at..at + prefix.len() + length)
}

/// `api_key=VALUE`, `"x-api-key": "VALUE"`, `Authorization: Bearer VALUE`
fn after_word(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = &text[..at];
    let quotes = before.iter().rev().take(2).take_while(|byte| in_quotes(**byte)).count();
    let word = &before[..before.len() - quotes];
    let sure = ends_with_any(word, SURE_ENDS);
    if !sure && !ends_with_any(word, LIKELY_ENDS) {
        return None;
    }
    let mut start = at + 1;
    start += text[start..].iter().take(3).take_while(|byte| in_quotes(**byte)).count();
    start = after_scheme(text, start).unwrap_or(start);
    let mut end = start + run(&text[start..], in_value);
    end += text[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
    let value = &text[start..end];
    let taken = match sure {
        true => value.len() >= SURE_MIN,
        false => value.len() >= LIKELY_MIN && has_digit(value) && value.iter().any(u8::is_ascii_alphabetic),
    };
    taken.then_some(start..end)
}

fn ends_with_any(word: &[u8], ends: &[&[u8]]) -> bool {
    let Some(last) = word.last() else { return false };
    let last = last.to_ascii_lowercase();
    ends.iter().any(|end| {
        end.last() == Some(&last) && word.len() >= end.len() && word[word.len() - end.len()..].eq_ignore_ascii_case(end)
    })
}

/// What may stand between a word, `:` and a value.
fn in_quotes(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b' ' | b'\\')
}

/// Where the value begins when `Bearer ` or `Basic ` stands at `at`.
fn after_scheme(text: &[u8], at: usize) -> Option<usize> {
    let here = &text[at..];
    let scheme =
        SCHEMES.iter().find(|scheme| here.get(..scheme.len()).is_some_and(|word| word.eq_ignore_ascii_case(scheme)));
    scheme.map(|scheme| at + scheme.len())
}

/// `user:password` of `http://user:password@host`
fn user_info(text: &[u8], start: usize) -> Option<Range<usize>> {
    let part = &text[start..text.len().min(start + USER_INFO_MAX)];
    let end = run(part, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'') && byte.is_ascii()
    });
    let info = part[..end].iter().rposition(|byte| *byte == b'@')?;
    part[..info].contains(&b':').then_some(start..start + info)
}

fn run(text: &[u8], holds: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !holds(*byte)).unwrap_or(text.len())
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn in_value(byte: u8) -> bool {
    in_word(byte) || matches!(byte, b'.' | b'+' | b'/' | b'~' | b'%')
}

fn has_digit(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
}
