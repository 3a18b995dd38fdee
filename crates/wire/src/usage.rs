//! Tokens of one answer, in one form for all protocols.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::{Protocol, UpstreamProtocol};

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
    pub fn read(protocol: impl Into<UpstreamProtocol>, usage: &Value) -> Self {
        match protocol.into() {
            UpstreamProtocol::Anthropic => anthropic(usage),
            UpstreamProtocol::OpenaiChat => openai(usage, &CHAT),
            UpstreamProtocol::OpenaiResponses => openai(usage, &RESPONSES),
            UpstreamProtocol::Gemini => gemini(usage),
            UpstreamProtocol::BedrockConverse => converse(usage),
        }
    }

    /// The same of what clients speak, from any tree of members.
    pub(crate) fn read_tree<T: Tree>(protocol: Protocol, usage: &T) -> Self {
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

/// Members by name, numbers at the ends: all that reading counts needs of JSON.
pub(crate) trait Tree: Sized {
    /// A member.
    fn member(&self, name: &str) -> Option<&Self>;
    /// The number it is.
    fn number(&self) -> Option<u64>;
    /// The numbers among its members.
    fn numbers(&self) -> Vec<u64>;
}

impl Tree for Value {
    fn member(&self, name: &str) -> Option<&Self> {
        self.get(name)
    }

    fn number(&self) -> Option<u64> {
        self.as_u64()
    }

    fn numbers(&self) -> Vec<u64> {
        self.as_object().map(|members| members.values().filter_map(Self::as_u64).collect()).unwrap_or_default()
    }
}

/// A count that can be true.
fn count<T: Tree>(value: Option<&T>) -> Option<u64> {
    value?.number().filter(|count| *count <= COUNT_MAX)
}

/// Input beside the cache; the written part with or without its split by lifetime.
fn anthropic<T: Tree>(usage: &T) -> Usage {
    let split = usage.member("cache_creation");
    let written = |name: &str| count(split.and_then(|split| split.member(name)));
    let (five, hour) = (written("ephemeral_5m_input_tokens"), written("ephemeral_1h_input_tokens"));
    let total = count(usage.member("cache_creation_input_tokens"));
    let split_sum = five.unwrap_or(0) + hour.unwrap_or(0);
    let other = match total {
        Some(total) if five.is_none() && hour.is_none() => Some(total),
        Some(total) => total.checked_sub(split_sum).filter(|rest| *rest > 0),
        None => None,
    };
    let tools = usage.member("server_tool_use").map(Tree::numbers).unwrap_or_default();
    let thinking = usage.member("output_tokens_details").and_then(|details| details.member("thinking_tokens"));
    Usage {
        input_uncached: count(usage.member("input_tokens")),
        cache_read: count(usage.member("cache_read_input_tokens")),
        cache_write_5m: five,
        cache_write_1h: hour,
        cache_write_other: other,
        output_total: count(usage.member("output_tokens")),
        output_reasoning: count(thinking),
        server_tool_requests: tools.into_iter().filter(|count| *count <= COUNT_MAX).reduce(|a, b| a + b),
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
fn openai<T: Tree>(usage: &T, names: &Names) -> Usage {
    let detail = |name: &str| count(usage.member(names.input_details).and_then(|details| details.member(name)));
    let read = detail("cached_tokens")
        .or_else(|| count(usage.member("prompt_cache_hit_tokens")))
        .or_else(|| count(usage.member("cached_tokens")));
    let written = detail("cache_write_tokens");
    let miss = count(usage.member("prompt_cache_miss_tokens"));
    let cached = read.unwrap_or(0) + written.unwrap_or(0);
    let reasoning = usage.member(names.output_details).and_then(|details| details.member("reasoning_tokens"));
    Usage {
        input_uncached: count(usage.member(names.input)).map(|total| total.saturating_sub(cached)).or(miss),
        cache_read: read,
        cache_write_other: written,
        output_total: count(usage.member(names.output)),
        output_reasoning: count(reasoning),
        ..Usage::default()
    }
}

/// `usageMetadata`: the prompt holds what was read from the cache, the candidates do not hold the thoughts. What the
/// provider's own tools put before the model is counted beside the prompt.
fn gemini(usage: &Value) -> Usage {
    let count = |name: &str| count(usage.get(name));
    let cached = count("cachedContentTokenCount");
    let prompt = count("promptTokenCount").map(|total| total.saturating_sub(cached.unwrap_or(0)));
    let sum = |a: Option<u64>, b: Option<u64>| [a, b].into_iter().flatten().reduce(u64::saturating_add);
    let thoughts = count("thoughtsTokenCount");
    Usage {
        input_uncached: sum(prompt, count("toolUsePromptTokenCount")),
        cache_read: cached,
        output_total: sum(count("candidatesTokenCount"), thoughts),
        output_reasoning: thoughts,
        ..Usage::default()
    }
}

/// Input beside the cache, as Anthropic counts it; what was written may be told apart by lifetime.
fn converse(usage: &Value) -> Usage {
    let total = count(usage.get("cacheWriteInputTokens"));
    let details = usage.get("cacheDetails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let written = |lifetime: &str| {
        let of = details.iter().filter(|detail| detail.get("ttl").is_some_and(|ttl| ttl == lifetime));
        of.filter_map(|detail| count(detail.get("inputTokens"))).reduce(u64::saturating_add)
    };
    let (five, hour) = (written("5m"), written("1h"));
    let split = five.unwrap_or(0).saturating_add(hour.unwrap_or(0));
    let other = match total {
        Some(total) if five.is_none() && hour.is_none() => Some(total),
        Some(total) => total.checked_sub(split).filter(|rest| *rest > 0),
        None => None,
    };
    Usage {
        input_uncached: count(usage.get("inputTokens")),
        cache_read: count(usage.get("cacheReadInputTokens")),
        cache_write_5m: five,
        cache_write_1h: hour,
        cache_write_other: other,
        output_total: count(usage.get("outputTokens")),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests;
