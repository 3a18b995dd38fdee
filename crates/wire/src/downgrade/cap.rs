//! A limit on the length of an answer, put into a request that asks for more or names none.

use super::Downgraded;
use crate::conversation::Losses;
use crate::json::Outline;
use crate::protocol::Protocol;
use crate::splice::Edits;
use crate::translate::effort;

/// Changes `body`, which the structural scan accepted, so that its answer has at most `most` tokens. `None`: it asks for no
/// more anyway, or is no object. What the request asked for is reported as approximated, also when it asked for nothing.
pub fn cap(protocol: Protocol, body: &str, most: u32) -> Option<Downgraded> {
    let outline = Outline::of(body)?;
    let mut edits = Edits::default();
    let mut losses = Losses::default();
    let names = fields(protocol);
    let written: Vec<&str> = names.iter().copied().filter(|name| outline.member(name).is_some()).collect();
    for name in &written {
        let Some(member) = outline.member(name).filter(|_| exceeds(outline.value(name), most)) else { continue };
        edits.replace(member.value.clone(), most.to_string());
        losses.approximated(*name);
    }
    if written.is_empty() {
        let name = names.first()?;
        let comma = if outline.members.is_empty() { "" } else { "," };
        edits.replace(outline.begin()..outline.begin(), format!("\"{name}\":{most}{comma}"));
        losses.approximated(*name);
    }
    if protocol == Protocol::Anthropic {
        thinking(&outline, most, &mut edits, &mut losses);
    }
    (!edits.is_empty()).then(|| Downgraded { body: edits.apply(body), losses })
}

/// The tokens that an answer may have at most, as far as `body` says.
pub fn output_max(protocol: Protocol, body: &[u8]) -> Option<u64> {
    let outline = Outline::of(std::str::from_utf8(body).ok()?)?;
    fields(protocol).iter().filter_map(|name| outline.value(name)?.parse().ok()).min()
}

/// What the limit is called, the name to write first.
const fn fields(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::Anthropic => &["max_tokens"],
        Protocol::OpenaiChat => &["max_completion_tokens", "max_tokens"],
        Protocol::OpenaiResponses => &["max_output_tokens"],
    }
}

/// Whether a value allows more; one that is no number allows anything.
fn exceeds(value: Option<&str>, most: u32) -> bool {
    value.and_then(|value| value.parse::<u64>().ok()).is_none_or(|asked| asked > most.into())
}

/// A budget of reasoning counts among the tokens of the answer and must be less: it shrinks, or reasoning is switched off.
fn thinking(outline: &Outline<'_>, most: u32, edits: &mut Edits, losses: &mut Losses) {
    let Some((at, budget)) = outline.nested("thinking", "budget_tokens") else { return };
    let Some(asked) = budget.parse::<u64>().ok().filter(|asked| *asked >= most.into()) else { return };
    match effort::within(asked, most.into()) {
        Some(less) => {
            edits.replace(at, less.to_string());
            losses.approximated("thinking.budget_tokens");
        }
        None => {
            let Some(member) = outline.member("thinking") else { return };
            edits.replace(member.value.clone(), r#"{"type":"disabled"}"#);
            losses.dropped("thinking");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// The body that comes of it, and what is told.
    #[test]
    fn the_most_a_request_allows_is_the_least_of_what_it_says() {
        let most = |protocol, body: &str| output_max(protocol, body.as_bytes());
        assert_eq!(most(Protocol::Anthropic, r#"{"max_tokens":16,"messages":[{"max_tokens":9}]}"#), Some(16));
        let both = r#"{"max_tokens":500,"max_completion_tokens":200}"#;
        assert_eq!(most(Protocol::OpenaiChat, both), Some(200));
        assert_eq!(most(Protocol::OpenaiResponses, r#"{"max_output_tokens":null}"#), None);
        assert_eq!(most(Protocol::OpenaiResponses, r#"{"max_tokens":16}"#), None);
        assert_eq!(most(Protocol::Anthropic, "{"), None);
    }

    fn capped(protocol: Protocol, body: &str, most: u32) -> Option<(String, Vec<String>)> {
        let made = cap(protocol, body, most)?;
        let told = made.losses.all().iter().map(|loss| format!("{}={}", loss.field, loss.fate.id()));
        Some((String::from_utf8(made.body).unwrap(), told.collect()))
    }

    #[test]
    fn a_limit_above_the_cap_is_lowered_and_every_other_byte_stays() {
        for (protocol, body, wanted, told) in [
            (
                Protocol::Anthropic,
                r#"{ "max_tokens" : 64000 , "messages":[{"max_tokens":9999}]}"#,
                r#"{ "max_tokens" : 4096 , "messages":[{"max_tokens":9999}]}"#,
                "max_tokens=approximated",
            ),
            (
                Protocol::OpenaiChat,
                r#"{"model":"m","max_tokens":5000}"#,
                r#"{"model":"m","max_tokens":4096}"#,
                "max_tokens=approximated",
            ),
            (
                Protocol::OpenaiResponses,
                r#"{"max_output_tokens":null}"#,
                r#"{"max_output_tokens":4096}"#,
                "max_output_tokens=approximated",
            ),
            (Protocol::Anthropic, r#"{"max_tokens":1e9}"#, r#"{"max_tokens":4096}"#, "max_tokens=approximated"),
        ] {
            assert_eq!(capped(protocol, body, 4096), Some((wanted.to_owned(), vec![told.to_owned()])), "{body}");
        }
    }

    #[test]
    fn a_request_that_names_no_limit_gets_the_cap_and_one_within_it_stays_as_it_is() {
        let chat = capped(Protocol::OpenaiChat, r#"{"model":"m"}"#, 4096).unwrap();
        assert_eq!(chat.0, r#"{"max_completion_tokens":4096,"model":"m"}"#);
        assert_eq!(capped(Protocol::OpenaiResponses, "{}", 16).unwrap().0, r#"{"max_output_tokens":16}"#);
        assert_eq!(capped(Protocol::Anthropic, r#"{"max_tokens":4096}"#, 4096), None);
        assert_eq!(capped(Protocol::OpenaiChat, r#"{"max_tokens":10}"#, 4096), None);
        assert_eq!(capped(Protocol::Anthropic, "[1]", 4096), None);
    }

    #[test]
    fn a_budget_of_reasoning_stays_below_the_cap_or_reasoning_is_switched_off() {
        let body = r#"{"max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":16000}}"#;
        let (made, told) = capped(Protocol::Anthropic, body, 4096).unwrap();
        assert_eq!(made, r#"{"max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":3072}}"#);
        assert_eq!(told, ["max_tokens=approximated", "thinking.budget_tokens=approximated"]);
        let (made, told) = capped(Protocol::Anthropic, body, 1000).unwrap();
        assert_eq!(made, r#"{"max_tokens":1000,"thinking":{"type":"disabled"}}"#);
        assert_eq!(told, ["max_tokens=approximated", "thinking=dropped"]);
    }
}
