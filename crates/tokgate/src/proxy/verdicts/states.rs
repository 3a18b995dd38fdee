//! How each provider stood when a request was given up, a line each: what happened, in its own words where it had some,
//! and what helps.

use std::borrow::Cow;

use super::Skipped;
use crate::i18n::{Lang, proxy as text, why};
use crate::store::record::AttemptRecord;
use crate::store::show::trail;

/// Lines told to a client; the record has them all.
const LINES_MAX: usize = 6;

/// Words of one attempt kept in its line; the record has them all.
const WORDS_MAX: usize = 160;

/// `kimi: 401 key-rejected “invalid api key”; give it another key: tokgate config set …`, for everyone who was asked or
/// passed over.
pub(super) fn lines(attempts: &[AttemptRecord], skipped: &[Skipped], lang: Lang) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut more = 0_usize;
    let tried = attempts.iter().map(|attempt| (&*attempt.provider, happened(attempt), &*attempt.result));
    let asked = |provider: &str| attempts.iter().any(|attempt| *attempt.provider == *provider);
    let passed = skipped.iter().filter(|(provider, ..)| !asked(provider));
    let passed = passed.map(|(provider, why, left)| (&**provider, passed_over(why, *left, lang), *why));
    for (provider, result, word) in tried.chain(passed) {
        let state = text::ATTEMPT.text(lang, &[("provider", &provider), ("result", &result)]);
        let line = match why::remedy(word) {
            Some(remedy) => state + semicolon(lang) + &remedy.text(lang, &[("provider", &provider)]),
            None => state,
        };
        match lines.len() {
            _ if lines.contains(&line) => {}
            LINES_MAX.. => more += 1,
            _ => lines.push(line),
        }
    }
    if more > 0 {
        lines.push(why::MORE_RULES.text(lang, &[("count", &more)]));
    }
    lines
}

fn semicolon(lang: Lang) -> &'static str {
    if lang == Lang::Zh { "；" } else { "; " }
}

fn happened(attempt: &AttemptRecord) -> String {
    let mut result = if attempt.status == 0 { String::new() } else { format!("{} ", attempt.status) };
    result.push_str(&attempt.result);
    if let Some(message) = &attempt.message {
        result.push_str(&format!(" “{}”", shortened(message)));
    }
    result
}

fn passed_over(word: &str, left: Option<u64>, lang: Lang) -> String {
    let why = trail::reason(word).map_or(word, |why| why.raw(lang));
    left.map_or_else(|| why.to_owned(), |left| format!("{why} ({left} s)"))
}

/// At most [`WORDS_MAX`] characters, cut between words where there are any.
fn shortened(message: &str) -> Cow<'_, str> {
    let Some((end, _)) = message.char_indices().nth(WORDS_MAX) else { return message.into() };
    let kept = message.get(..end).unwrap_or_default();
    let whole = kept.rfind(char::is_whitespace).filter(|at| *at > end / 2).and_then(|at| kept.get(..at));
    format!("{}…", whole.unwrap_or(kept).trim_end()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(provider: &str, status: u16, result: &'static str) -> AttemptRecord {
        AttemptRecord { status, result: result.into(), ..AttemptRecord::begun(provider.into()) }
    }

    #[test]
    fn everyone_is_named_once_with_what_helps() {
        let attempts = [failed("kimi", 401, "key-rejected"), failed("glm", 0, "refused"), failed("glm", 0, "refused")];
        let skipped: [Skipped; 2] = [("kimi".into(), "cooling", None), ("spare".into(), "exhausted", Some(53))];
        assert_eq!(
            lines(&attempts, &skipped, Lang::En),
            [
                "kimi: 401 key-rejected; give it another key: tokgate config set provider.kimi.keys env:NAME",
                "glm: refused; check its address and the network: tokgate config get provider.glm.url",
                "spare: out of credit or quota (53 s); top up its account; it is tried again by itself, at the latest after 15 minutes",
            ]
        );
        assert!(lines(&attempts, &skipped, Lang::Zh)[0].contains("更换密钥"));
    }

    #[test]
    fn a_long_list_is_cut_and_the_rest_is_counted() {
        let attempts: Vec<_> = (0..20).map(|number| failed(&format!("p{number}"), 500, "server-error")).collect();
        let lines = lines(&attempts, &[], Lang::En);
        assert_eq!((lines.len(), lines.last().map(String::as_str)), (LINES_MAX + 1, Some("… and 14 more")));
    }

    #[test]
    fn long_words_of_a_provider_are_cut_between_words() {
        let words = "word ".repeat(100);
        let attempt = AttemptRecord { message: Some(words.into()), ..failed("a", 500, "server-error") };
        let told = happened(&attempt);
        assert!(told.ends_with("word…”") && told.chars().count() < WORDS_MAX + 40, "{told}");
    }
}
