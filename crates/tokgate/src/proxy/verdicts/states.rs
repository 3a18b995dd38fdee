//! How each provider stood when a request was given up, a line each: what happened, in its own words where it had some,
//! and what helps.

use std::borrow::Cow;

use super::Skipped;
use crate::i18n::{Both, Text, failures, proxy as text, why};
use crate::store::record::AttemptRecord;
use crate::store::show::trail;

/// Lines told to a client; the record has them all.
const LINES_MAX: usize = 6;

/// Words of one attempt kept in its line; the record has them all.
const WORDS_MAX: usize = 160;

/// `kimi: 401 key-rejected “invalid api key”; put another key in the place of number 1: tokgate provider key set …`, for everyone who was asked or
/// passed over.
pub(super) fn lines(attempts: &[AttemptRecord], skipped: &[Skipped]) -> Vec<Text> {
    let mut lines: Vec<Text> = Vec::new();
    let (mut more, mut waits, mut hurries) = (0_usize, false, false);
    let tried = attempts.iter().map(|attempt| {
        let state = happened(attempt);
        (&*attempt.provider, state, &*attempt.result, attempt.key.map(usize::from))
    });
    let asked = |provider: &str| attempts.iter().any(|attempt| *attempt.provider == *provider);
    let passed = skipped.iter().filter(|(provider, ..)| !asked(provider));
    let passed = passed.map(|(provider, why, left, key)| (&**provider, passed_over(why, *left), *why, *key));
    for (provider, result, word, key) in tried.chain(passed) {
        waits |= why::passes(word);
        hurries |= why::is_short_of_time(word);
        let state = Text::new(&text::ATTEMPT).with("provider", provider).with_words("result", result);
        let line = match why::remedy(word, provider, key) {
            Some(remedy) => Text::list(vec![state, remedy]),
            None => state,
        };
        match lines.len() {
            _ if lines.contains(&line) => {}
            LINES_MAX.. => more += 1,
            _ => lines.push(line),
        }
    }
    if more > 0 {
        lines.push(Text::new(&why::MORE_RULES).with("count", more));
    }
    if hurries {
        lines.push(Text::new(&why::FIX_TIME));
    }
    if waits {
        lines.push(Text::new(&why::FIX_WAIT));
    }
    lines
}

fn happened(attempt: &AttemptRecord) -> Text {
    let status = if attempt.status == 0 { String::new() } else { format!("{} ", attempt.status) };
    // In English by its name in the failure table, as in `logs`.
    let zh = failures::of(&attempt.result).map_or(&*attempt.result, |row| row.zh);
    let result = Both { en: format!("{status}{}", attempt.result), zh: format!("{status}{zh}") };
    if attempt.message.is_none() {
        return Text::new(&text::RESULT).with_both("result", result);
    }
    let words = attempt.words().map(&|piece| shortened(piece).into_owned());
    Text::new(&text::QUOTED).with_both("result", result).with_words("words", words)
}

fn passed_over(word: &str, left: Option<u64>) -> Text {
    let why = trail::reason(word);
    match left {
        Some(left) => Text::new(&text::FOR_ANOTHER).with_words("why", why).with("seconds", left),
        None => why,
    }
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
    use crate::i18n::Lang;

    fn said(attempts: &[AttemptRecord], skipped: &[Skipped], lang: Lang) -> Vec<String> {
        lines(attempts, skipped).iter().map(|line| line.say(lang)).collect()
    }

    fn failed(provider: &str, status: u16, result: &'static str) -> AttemptRecord {
        AttemptRecord { status, result: result.into(), ..AttemptRecord::begun(provider.into()) }
    }

    #[test]
    fn everyone_is_named_once_with_what_helps() {
        let attempts = [failed("kimi", 401, "key-rejected"), failed("glm", 0, "refused"), failed("glm", 0, "refused")];
        let skipped: [Skipped; 2] =
            [("kimi".into(), "cooling", None, None), ("spare".into(), "exhausted", Some(53), None)];
        assert_eq!(
            said(&attempts, &skipped, Lang::En),
            [
                "kimi: 401 key-rejected; see which key: tokgate provider key list kimi; put another in its place: tokgate provider key set kimi NUMBER env:NAME",
                "glm: refused; check its address and the network: tokgate config get provider.glm.url",
                "spare: out of credit or quota (53 s); top up its account; it is tried again by itself, at the latest after 15 minutes, or at once: tokgate provider key reset spare",
            ]
        );
        assert!(said(&attempts, &skipped, Lang::Zh)[0].contains("换上另一个"));
    }

    #[test]
    fn the_lists_of_the_configuration_are_told_in_words() {
        let skipped: [Skipped; 2] = [("bb".into(), "not-on:429", None, None), ("dd".into(), "on:5xx", None, None)];
        assert_eq!(
            said(&[], &skipped, Lang::En),
            [
                "bb: not tried elsewhere, `failover.not_on` has 429",
                "dd: not tried elsewhere, `failover.on` does not have 5xx"
            ]
        );
        assert!(said(&[], &skipped, Lang::Zh).iter().all(|line| line.contains("不再转到别处")));
    }

    #[test]
    fn a_long_list_is_cut_and_the_rest_is_counted() {
        let attempts: Vec<_> = (0..20).map(|number| failed(&format!("p{number}"), 500, "server-error")).collect();
        let lines = said(&attempts, &[], Lang::En);
        assert_eq!((lines.len(), &*lines[LINES_MAX]), (LINES_MAX + 2, "… and 14 more"));
        assert!(lines[LINES_MAX + 1].starts_with("wait, or use another profile"), "once for all: {lines:?}");
    }

    #[test]
    fn long_words_of_a_provider_are_cut_between_words() {
        let words = "word ".repeat(100);
        let attempt = AttemptRecord { message: Some(words.into()), ..failed("a", 500, "server-error") };
        let told = happened(&attempt).to_string();
        assert!(told.ends_with("word…”") && told.chars().count() < WORDS_MAX + 40, "{told}");
    }
}
