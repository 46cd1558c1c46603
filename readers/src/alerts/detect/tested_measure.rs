//! Which sums of a window make the bucket of a measure.
#![expect(
    clippy::float_arithmetic,
    reason = "statistics; what is reported as money is exact elsewhere"
)]

use super::bucket::Bucket;

/// The sums of a window that measures are made of, under the names of their columns.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct WindowSums {
    pub calls: f64,
    pub error_calls: f64,
    pub retry_calls: f64,
    pub input_tokens: f64,
    pub output_tokens: f64,
    pub cache_read_tokens: f64,
    /// US dollars.
    pub cost_usd: f64,
    /// US dollars.
    pub input_cost_usd: f64,
}

/// What a series can be tested for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TestedMeasure {
    /// Dollars.
    Cost,
    /// Calls, weighed by what they cost.
    Calls,
    /// Input and output tokens, weighed by what they cost.
    Tokens,
    /// Dollars a call.
    CostPerCall,
    /// Dollars a token, input and output alike: what a price change moves.
    CostPerToken,
    /// Input tokens a call, weighed by the input cost.
    InputTokensPerCall,
    /// Calls that were a second or later attempt, by all calls, weighed by the cost of a call.
    RetryShare,
    /// Failed calls by all calls, weighed by the cost of a call.
    ErrorShare,
    /// Input tokens that no cache served, by all input tokens, weighed by the input cost: a fall of
    /// the cache-hit share is a rise of this one.
    CacheMissShare,
}

impl TestedMeasure {
    /// The bucket of a window.
    #[must_use]
    pub fn bucket(self, start_s: i64, width_s: u32, sums: &WindowSums) -> Bucket {
        let tokens = sums.input_tokens + sums.output_tokens;
        let by_call = |count: f64| {
            if sums.calls > 0.0 {
                sums.cost_usd * count / sums.calls
            } else {
                0.0
            }
        };
        let (usd, numerator, denominator) = match self {
            Self::Cost | Self::CostPerCall => (sums.cost_usd, sums.cost_usd, sums.calls),
            Self::Calls => (sums.cost_usd, sums.calls, sums.calls),
            Self::Tokens => (sums.cost_usd, tokens, sums.calls),
            Self::CostPerToken => (sums.cost_usd, sums.cost_usd, tokens),
            Self::InputTokensPerCall => (sums.input_cost_usd, sums.input_tokens, sums.calls),
            Self::RetryShare => (by_call(sums.retry_calls), sums.retry_calls, sums.calls),
            Self::ErrorShare => (by_call(sums.error_calls), sums.error_calls, sums.calls),
            Self::CacheMissShare => (
                sums.input_cost_usd,
                (sums.input_tokens - sums.cache_read_tokens).max(0.0),
                sums.input_tokens,
            ),
        };
        Bucket {
            start_s,
            width_s,
            usd,
            numerator,
            denominator,
        }
    }
}
