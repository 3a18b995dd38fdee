//! Tokens of one answer, in one form for all protocols.

use serde::{Deserialize, Serialize};

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
