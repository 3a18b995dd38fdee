//! Tokens of one answer, in one form for all protocols.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::Protocol;

/// Largest count that is believed. A context has millions of tokens; beyond a thousand times that it is a mistake.
const COUNT_MAX: u64 = 10_000_000_000;

/// Token counts of one answer. `None` means the upstream did not say; it is never guessed.
///
/// OpenAI counts cached and written tokens inside its input total, Anthropic beside it; here the input parts are
/// disjoint, so total input is their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Input neither read from nor written to a cache.
    pub input_uncached: Option<u64>,
    /// Input read from the cache.
    pub cache_read: Option<u64>,
    /// Input written to the 5-minute cache.
    pub cache_write_5m: Option<u64>,
    /// Input written to the 1-hour cache.
    pub cache_write_1h: Option<u64>,
    /// Input written to a cache whose lifetime the upstream does not tell apart.
    pub cache_write_other: Option<u64>,
    /// All output, reasoning included.
    pub output_total: Option<u64>,
    /// Output that was reasoning.
    pub output_reasoning: Option<u64>,
    /// Tool calls the upstream made by itself (web search and such).
    pub server_tool_requests: Option<u64>,
}

impl Usage {
    /// Reads a `usage` object of a protocol. Counts that are negative, fractional, huge or no numbers are `None`.
    pub fn read(protocol: Protocol, usage: &Value) -> Self {
        match protocol {
            Protocol::Anthropic => anthropic(usage),
            Protocol::OpenaiChat => openai(usage, &CHAT),
            Protocol::OpenaiResponses => openai(usage, &RESPONSES),
        }
    }

    /// Takes over what a later part of the same answer says: counts are cumulative, so the last one wins, but a later 0
    /// never erases an input count (relays restate `input_tokens: 0` at the end of a stream).
    pub fn merge(&mut self, later: &Self) {
        let input = |slot: &mut Option<u64>, later: Option<u64>| {
            if later.is_some_and(|count| count > 0) || slot.is_none() {
                *slot = later.or(*slot);
            }
        };
        let output = |slot: &mut Option<u64>, later: Option<u64>| *slot = later.or(*slot);
        input(&mut self.input_uncached, later.input_uncached);
        input(&mut self.cache_read, later.cache_read);
        self.merge_written(later);
        output(&mut self.output_total, later.output_total);
        output(&mut self.output_reasoning, later.output_reasoning);
        output(&mut self.server_tool_requests, later.server_tool_requests);
    }

    /// Whether the upstream said nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All input, cached or not; `None` when nothing is known of it.
    pub fn input_total(&self) -> Option<u64> {
        [self.input_uncached, self.cache_read, self.cache_write_5m, self.cache_write_1h, self.cache_write_other]
            .into_iter()
            .flatten()
            .reduce(u64::saturating_add)
    }

    /// The written counts belong together: a total without the split must not be added to an earlier split.
    fn merge_written(&mut self, later: &Self) {
        let sum = |usage: &Self| {
            [usage.cache_write_5m, usage.cache_write_1h, usage.cache_write_other]
                .into_iter()
                .flatten()
                .reduce(|a, b| a + b)
        };
        let (now, then) = (sum(self), sum(later));
        if then.is_none() || then == Some(0) && now.is_some() || then == now {
            return;
        }
        self.cache_write_5m = later.cache_write_5m;
        self.cache_write_1h = later.cache_write_1h;
        self.cache_write_other = later.cache_write_other;
    }
}

/// A count that can be true.
fn count(value: Option<&Value>) -> Option<u64> {
    value?.as_u64().filter(|count| *count <= COUNT_MAX)
}

/// Input beside the cache; the written part with or without its split by lifetime.
fn anthropic(usage: &Value) -> Usage {
    let split = usage.get("cache_creation");
    let written = |name: &str| count(split.and_then(|split| split.get(name)));
    let (five, hour) = (written("ephemeral_5m_input_tokens"), written("ephemeral_1h_input_tokens"));
    let total = count(usage.get("cache_creation_input_tokens"));
    let split_sum = five.unwrap_or(0) + hour.unwrap_or(0);
    let other = match total {
        Some(total) if five.is_none() && hour.is_none() => Some(total),
        Some(total) => total.checked_sub(split_sum).filter(|rest| *rest > 0),
        None => None,
    };
    let tools = usage.get("server_tool_use").and_then(Value::as_object);
    Usage {
        input_uncached: count(usage.get("input_tokens")),
        cache_read: count(usage.get("cache_read_input_tokens")),
        cache_write_5m: five,
        cache_write_1h: hour,
        cache_write_other: other,
        output_total: count(usage.get("output_tokens")),
        output_reasoning: count(usage.pointer("/output_tokens_details/thinking_tokens")),
        server_tool_requests: tools
            .and_then(|tools| tools.values().filter_map(|n| count(Some(n))).reduce(|a, b| a + b)),
    }
}

/// Names of the same counts in the two OpenAI protocols.
struct Names {
    input: &'static str,
    input_details: &'static str,
    output: &'static str,
    output_details: &'static str,
}

const CHAT: Names = Names {
    input: "prompt_tokens",
    input_details: "prompt_tokens_details",
    output: "completion_tokens",
    output_details: "completion_tokens_details",
};

const RESPONSES: Names = Names {
    input: "input_tokens",
    input_details: "input_tokens_details",
    output: "output_tokens",
    output_details: "output_tokens_details",
};

/// The input total holds what was read from and written to the cache; taken apart here. DeepSeek names the parts
/// `prompt_cache_hit_tokens` and `prompt_cache_miss_tokens`, Kimi puts `cached_tokens` beside the total.
fn openai(usage: &Value, names: &Names) -> Usage {
    let detail = |name: &str| count(usage.get(names.input_details).and_then(|details| details.get(name)));
    let read = detail("cached_tokens")
        .or_else(|| count(usage.get("prompt_cache_hit_tokens")))
        .or_else(|| count(usage.get("cached_tokens")));
    let written = detail("cache_write_tokens");
    let miss = count(usage.get("prompt_cache_miss_tokens"));
    let cached = read.unwrap_or(0) + written.unwrap_or(0);
    let reasoning = usage.get(names.output_details).and_then(|details| details.get("reasoning_tokens"));
    Usage {
        input_uncached: count(usage.get(names.input)).map(|total| total.saturating_sub(cached)).or(miss),
        cache_read: read,
        cache_write_other: written,
        output_total: count(usage.get(names.output)),
        output_reasoning: count(reasoning),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests;
