//! The names of usage units: what a model call can be charged for.

use std::sync::OnceLock;

/// Every usage unit of the price facts, in their order.
///
/// # Units
/// `*_tokens`: tokens; `input_characters`: characters; `*_messages`: messages; `*_seconds`:
/// seconds of audio; `input_pixels`: pixels; `*_pages`: pages; `*_searches`, `code_executions`,
/// `requests`: calls. `cache_*_read_tokens` were served from the provider's cache and
/// `cache_*_write_tokens` written to it, `_5m` and `_1h` for that long; `*_tool_tokens` came back
/// from tools, `*_reasoning_tokens` and `*_citation_tokens` are parts of the answer that the user
/// need not see. Which unit is a part of which is the price book's knowledge.
pub const USAGE_UNITS: &[&str] = &[
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "input_text_tokens",
    "output_text_tokens",
    "cache_text_read_tokens",
    "cache_text_write_tokens",
    "cache_text_write_5m_tokens",
    "cache_text_write_1h_tokens",
    "input_audio_tokens",
    "output_audio_tokens",
    "cache_audio_read_tokens",
    "cache_audio_write_tokens",
    "cache_audio_write_5m_tokens",
    "cache_audio_write_1h_tokens",
    "input_image_tokens",
    "output_image_tokens",
    "cache_image_read_tokens",
    "cache_image_write_tokens",
    "cache_image_write_5m_tokens",
    "cache_image_write_1h_tokens",
    "input_video_tokens",
    "output_video_tokens",
    "cache_video_read_tokens",
    "cache_video_write_tokens",
    "cache_video_write_5m_tokens",
    "cache_video_write_1h_tokens",
    "input_tool_tokens",
    "input_text_tool_tokens",
    "input_audio_tool_tokens",
    "input_image_tool_tokens",
    "input_video_tool_tokens",
    "output_reasoning_tokens",
    "output_text_reasoning_tokens",
    "output_audio_reasoning_tokens",
    "output_image_reasoning_tokens",
    "output_video_reasoning_tokens",
    "output_citation_tokens",
    "output_text_citation_tokens",
    "output_audio_citation_tokens",
    "output_image_citation_tokens",
    "output_video_citation_tokens",
    "input_characters",
    "input_text_messages",
    "audio_seconds",
    "input_audio_seconds",
    "output_audio_seconds",
    "input_pixels",
    "input_document_pages",
    "input_annotated_document_pages",
    "rerank_searches",
    "web_searches",
    "social_searches",
    "storage_searches",
    "code_executions",
    "requests",
];

/// The units that are columns of the event; all others stand in its map `other_usage`.
pub const USAGE_COLUMNS: &[&str] = &[
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_reasoning_tokens",
];

/// The counter of GPU time on one's own fleet: a column of the event, priced by no provider.
pub const GPU_SECONDS: &str = "gpu_seconds";

/// Quantities are integers of this part of a unit: a count of one is [`QUANTITY_ONE`].
///
/// # Units
/// 10^-12 of a unit; the raw values of the map `other_usage` and of `gpu_seconds`.
pub const QUANTITY_ONE: i128 = 1_000_000_000_000;

/// One of [`USAGE_UNITS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageUnit(u8);

impl UsageUnit {
    /// How many units there are.
    pub const COUNT: usize = USAGE_UNITS.len();

    /// All input tokens of the call, whose number chooses the price tier.
    pub const INPUT_TOKENS: Self = Self::at("input_tokens");
    /// All output tokens.
    pub const OUTPUT_TOKENS: Self = Self::at("output_tokens");
    /// Input tokens served from a cache.
    pub const CACHE_READ_TOKENS: Self = Self::at("cache_read_tokens");
    /// Input tokens written to a cache.
    pub const CACHE_WRITE_TOKENS: Self = Self::at("cache_write_tokens");
    /// Input tokens written to a cache for five minutes.
    pub const CACHE_WRITE_5M_TOKENS: Self = Self::at("cache_write_5m_tokens");
    /// Input tokens written to a cache for an hour.
    pub const CACHE_WRITE_1H_TOKENS: Self = Self::at("cache_write_1h_tokens");
    /// Output tokens spent on reasoning.
    pub const OUTPUT_REASONING_TOKENS: Self = Self::at("output_reasoning_tokens");
    /// Requests: the one unit of which an event that does not say has one.
    pub const REQUESTS: Self = Self::at("requests");

    /// The unit of a name that is known when the program is built.
    const fn at(name: &str) -> Self {
        let mut index = 0_u8;
        // Fails the build, not the program, if the name is none.
        while !is_same(USAGE_UNITS[index as usize], name) {
            index += 1;
        }
        Self(index)
    }

    /// The unit of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        static BY_NAME: OnceLock<Vec<(&'static str, UsageUnit)>> = OnceLock::new();
        let by_name = BY_NAME.get_or_init(|| {
            let mut units: Vec<_> = Self::all().map(|unit| (unit.name(), unit)).collect();
            units.sort_unstable();
            units
        });
        let at = by_name
            .binary_search_by_key(&name, |&(known, _)| known)
            .ok()?;
        Some(by_name[at].1)
    }

    /// All units, in the order of [`USAGE_UNITS`].
    pub fn all() -> impl Iterator<Item = Self> {
        // There are fewer units than bits in a mask, as the assertion below has it.
        (0_u8..).take(Self::COUNT).map(Self)
    }

    /// Its name, the same in events and in the price facts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        USAGE_UNITS[self.index()]
    }

    /// Its place in [`USAGE_UNITS`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The bit that stands for it in a set of units.
    #[must_use]
    pub const fn bit(self) -> u64 {
        1 << self.0
    }
}

const fn is_same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}

const _: () = assert!(USAGE_UNITS.len() <= 64, "a set of units is one u64");

/// Whether the price facts know a unit of this name.
#[must_use]
pub fn is_usage_unit(name: &str) -> bool {
    UsageUnit::from_name(name).is_some()
}

/// The units that an event carries in `other_usage`, in the order of [`USAGE_UNITS`].
pub fn other_usage_units() -> impl Iterator<Item = &'static str> {
    USAGE_UNITS
        .iter()
        .copied()
        .filter(|unit| !USAGE_COLUMNS.contains(unit))
}

#[cfg(test)]
mod tests;
