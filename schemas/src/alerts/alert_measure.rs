//! What of a key's windows a rule looks at.

use crate::alerts::amount::Unit;

/// A measure of a rule: a sum, or one sum over another.
///
/// The columns are those of `cost_windows`. A share or a rate over no calls is no value: it
/// neither fires nor resolves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertMeasure {
    /// Cost, US dollars.
    Cost,
    /// Input and output tokens.
    Tokens,
    /// Model calls.
    Calls,
    /// Cost a call.
    CostPerCall,
    /// Cost a token, input and output alike: what a change of prices moves.
    CostPerToken,
    /// Input tokens a call.
    InputTokensPerCall,
    /// Cost a distinct user; needs a rollup with `user_id`.
    CostPerActiveUser,
    /// Calls that were a second or later attempt, of all calls.
    RetryShare,
    /// Calls with status error, of all calls.
    ErrorShare,
    /// Input tokens served from a cache, of all input tokens.
    CacheHitShare,
    /// Calls of models that no price book knows.
    UnpricedCalls,
    /// Calls without usage counters.
    UnmeteredCalls,
    /// Age of the facts of the price book that prices, days. It has no keys.
    PriceBookAge,
}

impl AlertMeasure {
    /// All measures, in the order in which the documentation lists them.
    pub const ALL: [Self; 13] = [
        Self::Cost,
        Self::Tokens,
        Self::Calls,
        Self::CostPerCall,
        Self::CostPerToken,
        Self::InputTokensPerCall,
        Self::CostPerActiveUser,
        Self::RetryShare,
        Self::ErrorShare,
        Self::CacheHitShare,
        Self::UnpricedCalls,
        Self::UnmeteredCalls,
        Self::PriceBookAge,
    ];

    /// The measure's name in rules.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Tokens => "tokens",
            Self::Calls => "calls",
            Self::CostPerCall => "cost_per_call",
            Self::CostPerToken => "cost_per_token",
            Self::InputTokensPerCall => "input_tokens_per_call",
            Self::CostPerActiveUser => "cost_per_active_user",
            Self::RetryShare => "retry_share",
            Self::ErrorShare => "error_share",
            Self::CacheHitShare => "cache_hit_share",
            Self::UnpricedCalls => "unpriced_calls",
            Self::UnmeteredCalls => "unmetered_calls",
            Self::PriceBookAge => "price_book_age",
        }
    }

    /// The measure of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|measure| measure.as_str() == name)
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Cost => Unit::Usd,
            Self::Tokens => Unit::Tokens,
            Self::Calls | Self::UnpricedCalls | Self::UnmeteredCalls => Unit::Calls,
            Self::CostPerCall => Unit::UsdPerCall,
            Self::CostPerToken => Unit::UsdPerToken,
            Self::InputTokensPerCall => Unit::TokensPerCall,
            Self::CostPerActiveUser => Unit::UsdPerUser,
            Self::RetryShare | Self::ErrorShare | Self::CacheHitShare => Unit::Share,
            Self::PriceBookAge => Unit::Days,
        }
    }
}
