//! `route.match`

use std::ops::RangeInclusive;

use tokgate_policy::engine::{Hours, Kind, Match, span};
use tokgate_policy::glob::{Glob, Style, TOKENS_MAX};

use crate::config::quote::{joined, quoted};
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::config::section::header;
use crate::i18n::config as messages;

/// Spellings of `kind`.
const KINDS: [(&str, Kind); Kind::ALL.len()] = {
    let mut kinds = [("", Kind::Background); Kind::ALL.len()];
    let mut at = 0;
    while at < kinds.len() {
        kinds[at] = (Kind::ALL[at].id(), Kind::ALL[at]);
        at += 1;
    }
    kinds
};

/// How deep `any` and `not` may stand inside each other; more than that nobody can read.
const DEPTH_MAX: usize = 2;

/// Where conditions stand in the list of keys, however deep they are.
const PATTERN: &str = "route.match";

/// Reads the conditions of a rule.
pub(in crate::config::section) fn read(section: Section<'_>) -> Match {
    nested(section, 0)
}

fn nested(section: Section<'_>, depth: usize) -> Match {
    let glob = |key, style| section.field(key).and_then(|field: Field<'_>| pattern(&field, style));
    let flag = |key| section.field(key).and_then(|field: Field<'_>| field.boolean());
    let mut when = Match {
        model: glob("model", Style::Name),
        user: glob("user", Style::Text),
        path: glob("path", Style::Path),
        client: glob("client", Style::Name),
        project: glob("project", Style::Path),
        tag: glob("tag", Style::Name),
        headers: header::matched(&section, |field| pattern(field, Style::Text)),
        kind: section.field("kind").and_then(|field| field.choice(&KINDS)),
        input_tokens: section.field("input_tokens").and_then(|field| read_span(&field)),
        has_images: flag("has_images"),
        has_tools: flag("has_tools"),
        stream: flag("stream"),
        hours: section.field("hour").and_then(|field| hours(&field)),
        any: Vec::new(),
        not: None,
    };
    if depth < DEPTH_MAX {
        let inside = |field: &Field<'_>| field.as_section(PATTERN).map(|section| nested(section, depth + 1));
        let either = section.field("any");
        let any = either.as_ref().and_then(|field| field.list());
        if let Some(field) = either.as_ref().filter(|_| any.as_ref().is_some_and(Vec::is_empty)) {
            field.reader().note(field.note(rules::NEVER_MATCHES, &messages::EMPTY_ANY));
        }
        when.any = any.unwrap_or_default().iter().filter_map(inside).collect();
        let not = section.field("not");
        when.not = not.as_ref().and_then(inside).map(Box::new);
        if let Some(field) = not.filter(|_| when.not.as_deref() == Some(&Match::default())) {
            field.reader().note(field.note(rules::NEVER_MATCHES, &messages::EMPTY_NOT));
        }
    }
    section.finish();
    when
}

/// A pattern, as long as one may be.
fn pattern(field: &Field<'_>, style: Style) -> Option<Glob> {
    let pattern = Glob::new(field.text()?, style);
    if pattern.is_err() {
        field.reader().error(field.error(&rules::LONG_PATTERN).with("most", TOKENS_MAX.to_string()));
    }
    pattern.ok()
}

/// `22-7`: from ten in the evening until seven.
fn hours(field: &Field<'_>) -> Option<Hours> {
    let hour = |text: &str| text.parse().ok().filter(|hour: &u8| *hour <= 24 && text.len() <= 2);
    let text = field.raw_text()?;
    let read = text.split_once('-').and_then(|(from, until)| Some(Hours { from: hour(from)?, until: hour(until)? }));
    let read = read.filter(|hours| hours.from < 24 && hours.from != hours.until);
    if read.is_none() {
        field.reader().error(field.error(&rules::BAD_HOURS).fix(&messages::LOCAL_HOURS_FIX));
    }
    read
}

/// `>150000`, `<=8k`, `1000-2000`, or a number alone: so many at least.
fn read_span(field: &Field<'_>) -> Option<RangeInclusive<u64>> {
    let read = if field.is_integer() {
        u64::try_from(field.integer(0..=i64::MAX)?).ok().map(|least| least..=u64::MAX)
    } else {
        parsed(field.raw_text()?)
    };
    if read.is_none() {
        field.refuse(&rules::BAD_SPAN);
    }
    read
}

fn parsed(text: &str) -> Option<RangeInclusive<u64>> {
    let text = text.trim();
    let range = if let Some(least) = text.strip_prefix(">=") {
        tokens(least)?..=u64::MAX
    } else if let Some(least) = text.strip_prefix('>') {
        tokens(least)?.checked_add(1)?..=u64::MAX
    } else if let Some(most) = text.strip_prefix("<=") {
        0..=tokens(most)?
    } else if let Some(most) = text.strip_prefix('<') {
        0..=tokens(most)?.checked_sub(1)?
    } else if let Some((least, most)) = text.split_once('-') {
        tokens(least)?..=tokens(most)?
    } else {
        tokens(text)?..=u64::MAX
    };
    (!range.is_empty()).then_some(range)
}

/// `150000`, `150_000`, `150k`, `1M`
fn tokens(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix('M').map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    let plain: String = digits.chars().filter(|char| *char != '_').collect();
    let number = plain.bytes().all(|byte| byte.is_ascii_digit()).then(|| plain.parse::<u64>().ok())??;
    number.checked_mul(unit)
}

/// Conditions as keys and values, as they are written.
pub(crate) fn pairs(when: &Match) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut put = |key: &str, value: Option<String>| pairs.extend(value.map(|value| (key.to_owned(), value)));
    for (key, glob) in [
        ("model", &when.model),
        ("user", &when.user),
        ("path", &when.path),
        ("client", &when.client),
        ("project", &when.project),
        ("tag", &when.tag),
    ] {
        put(key, glob.as_ref().map(|glob| quoted(&glob.to_string())));
    }
    for (name, glob) in &when.headers {
        put(&joined("header", name), Some(quoted(&glob.to_string())));
    }
    put("kind", when.kind.map(|kind| quoted(kind.id())));
    put("input_tokens", when.input_tokens.as_ref().map(|range| quoted(&span(range))));
    put("has_images", when.has_images.map(|flag| flag.to_string()));
    put("has_tools", when.has_tools.map(|flag| flag.to_string()));
    put("stream", when.stream.map(|flag| flag.to_string()));
    put("hour", when.hours.map(|hours| quoted(&hours.to_string())));
    let any: Vec<String> = when.any.iter().map(inline).collect();
    put("any", (!any.is_empty()).then(|| format!("[{}]", any.join(", "))));
    put("not", when.not.as_deref().map(inline));
    pairs
}

/// `{ model = "x", stream = true }`
pub(crate) fn inline(when: &Match) -> String {
    let pairs: Vec<String> = pairs(when).into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them_or_refused() {
        for (text, range) in [
            (">150000", 150_001..=u64::MAX),
            (">= 150k", 150_000..=u64::MAX),
            ("<8_000", 0..=7_999),
            ("<=1M", 0..=1_000_000),
            ("1000-2k", 1_000..=2_000),
            ("200k", 200_000..=u64::MAX),
        ] {
            assert_eq!(parsed(text), Some(range), "{text}");
        }
        for bad in ["", ">", "lots", "<0", "2000-1000", "-5", "1e6", ">99999999999999999999", "1.5k"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
