//! A conversation that is too long, in the words by which Claude Code knows how much too long it is.

use std::borrow::Cow;

/// How Anthropic's own message begins; clients look for it.
const BEGINS: &str = "prompt is too long";
/// A number below is no length of a conversation: `status 400`, `gpt-5`.
const LENGTH_MIN: u64 = 1_000;

/// Any provider's message as Anthropic would have said it: `prompt is too long: 130 000 tokens > 128 000 maximum` where
/// it names both numbers, else its own words behind the same beginning.
pub(crate) fn overflow(message: &str) -> Cow<'_, str> {
    if message.starts_with(BEGINS) {
        return Cow::Borrowed(message);
    }
    Cow::Owned(match lengths(message) {
        Some((tokens, limit)) => format!("{BEGINS}: {tokens} tokens > {limit} maximum ({message})"),
        None => format!("{BEGINS}: {message}"),
    })
}

/// Tokens of the conversation and of the model's window, where a message about a conversation that is too long names both:
/// the largest number is the former, the next one the latter.
pub fn lengths(message: &str) -> Option<(u64, u64)> {
    let (mut first, mut second) = (0, 0);
    for number in message.split(|c: char| !c.is_ascii_digit() && c != ',').filter(|word| !word.is_empty()) {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse::<u64>() else { continue };
        match number {
            _ if number > first => (first, second) = (number, first),
            _ if number > second && number < first => second = number,
            _ => {}
        }
    }
    (second >= LENGTH_MIN).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_providers_words_become_those_that_clients_read() {
        for (said, wanted) in [
            (
                "prompt is too long: 210000 tokens > 200000 maximum",
                "prompt is too long: 210000 tokens > 200000 maximum",
            ),
            (
                "This model's maximum context length is 128000 tokens. However, your messages resulted in 130512 tokens.",
                "prompt is too long: 130512 tokens > 128000 maximum (",
            ),
            (
                "The input token count (1,200,000) exceeds the maximum number of tokens allowed (1,048,576).",
                "prompt is too long: 1200000 tokens > 1048576 maximum (",
            ),
            ("Input token length too long", "prompt is too long: Input token length too long"),
            ("error 400: too long for gpt-5", "prompt is too long: error 400: too long for gpt-5"),
        ] {
            assert!(overflow(said).starts_with(wanted), "{}", overflow(said));
        }
    }
}
