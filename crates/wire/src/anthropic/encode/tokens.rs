//! Tokens as the protocol counts them: input without what came from or went to a cache.

use crate::json::Writer;
use crate::usage::Usage;

/// What the upstream did not count, guessed: a client's context meter breaks on zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guess {
    pub(super) input: u64,
    pub(super) output: u64,
}

/// At the beginning nothing is counted yet.
pub(super) fn write_start(writer: &mut Writer, input: u64) {
    writer.object(|writer| {
        writer.key("input_tokens").count(input);
        writer.key("cache_creation_input_tokens").count(0);
        writer.key("cache_read_input_tokens").count(0);
        writer.key("output_tokens").count(0);
    });
}

/// The true counts. `split`: with the lifetimes of what was written, which only a whole message has.
pub(super) fn write_final(writer: &mut Writer, usage: &Usage, guess: Guess, split: bool) {
    let counted = usage.input_total().is_some_and(|total| total > 0);
    let input = if counted { usage.input_uncached.unwrap_or(0) } else { guess.input };
    let (five, hour) = (usage.cache_write_5m, usage.cache_write_1h);
    let written = [five, hour, usage.cache_write_other].into_iter().flatten().fold(0, u64::saturating_add);
    writer.object(|writer| {
        writer.key("input_tokens").count(input);
        writer.key("cache_creation_input_tokens").count(written);
        writer.key("cache_read_input_tokens").count(usage.cache_read.unwrap_or(0));
        if split && (five.is_some() || hour.is_some()) {
            writer.key("cache_creation").object(|writer| {
                writer.key("ephemeral_5m_input_tokens").count(five.unwrap_or(0));
                writer.key("ephemeral_1h_input_tokens").count(hour.unwrap_or(0));
            });
        }
        writer.key("output_tokens").count(usage.output_total.unwrap_or(guess.output));
        if let Some(reasoning) = usage.output_reasoning {
            writer.key("output_tokens_details").object(|writer| writer.key("thinking_tokens").count(reasoning));
        }
        if let Some(searches) = usage.server_tool_requests.filter(|searches| *searches > 0) {
            writer.key("server_tool_use").object(|writer| {
                writer.key("web_search_requests").count(searches);
                writer.key("web_fetch_requests").count(0);
            });
        }
    });
}
