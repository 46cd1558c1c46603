//! The numbers of alerts: exact decimals with a unit.

use std::fmt;

use crate::money::PicoUsd;

/// What an [`Amount`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// US dollars.
    Usd,
    /// Tokens.
    Tokens,
    /// Model calls.
    Calls,
    /// US dollars a call.
    UsdPerCall,
    /// US dollars a token.
    UsdPerToken,
    /// Tokens a call.
    TokensPerCall,
    /// US dollars an active user.
    UsdPerUser,
    /// A part of a whole: 1 is all of it.
    Share,
    /// Days.
    Days,
    /// Whatever a query of one's own counts.
    Plain,
}

/// A number with twelve decimal places and its unit.
///
/// # Units
/// `pico`: 10^-12 of `unit`; the raw value of a `Decimal128(38, 12)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    /// How much.
    pub pico: i128,
    /// Of what.
    pub unit: Unit,
}

impl Unit {
    /// The unit's name in the table `alerts` and in what receivers get.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usd => "usd",
            Self::Tokens => "tokens",
            Self::Calls => "calls",
            Self::UsdPerCall => "usd_per_call",
            Self::UsdPerToken => "usd_per_token",
            Self::TokensPerCall => "tokens_per_call",
            Self::UsdPerUser => "usd_per_user",
            Self::Share => "share",
            Self::Days => "days",
            Self::Plain => "",
        }
    }
}

impl Amount {
    /// An amount of money.
    #[must_use]
    pub const fn usd(amount: PicoUsd) -> Self {
        Self {
            pico: amount.0,
            unit: Unit::Usd,
        }
    }
}

/// The exact decimal, without its unit.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PicoUsd(self.pico).fmt(f)
    }
}
