//! All prices that one call has: what is paid, what the contract says, what the list says.

use crate::money::PicoUsd;
use crate::price_book::PriceMatch;
use crate::price_book::condition::Span;
use crate::price_book::containment::UsageFault;
use crate::price_book::leaf::GpuTime;
use crate::price_book::rate::Rate;
use crate::price_book::rates::{Cost, PriceOutcome, Rates, price};
use crate::price_book::usage::Usage;

/// The rates of an entry that hold in a span of time.
#[derive(Debug, Clone)]
pub struct RatesInForce {
    /// What is paid: the contracted rates, or those of the capacity that serves the call.
    pub rates: Rates,
    /// Names the entry in the column `price_entry`.
    ///
    /// A list price: `provider/model` as the book has them, then the conditions of the price, then
    /// each variant that set a rate with its conditions:
    /// `openai/o3@2025-06-10+processing=batch@2026-10-14`. A condition is `@` and the first day, or
    /// `@00:30Z-16:30Z` for daily hours. Behind it what the operator's book changed of it, each entry
    /// by its id and first day: `|acme@2026-10-01`, and `|minimum_spend:ID` if the call counts for
    /// one. Capacity that serves the call instead: `commitment:ID/2026-10-01`,
    /// `fleet:ID/2026-10-01`.
    pub name: String,
    /// Whether the book had a price for just this kind of request.
    pub price_match: PriceMatch,
    /// When they hold; it contains the instant that was asked for.
    pub span: Span,
    /// The other prices; `None` if list, contract and what is paid are the same.
    pub other: Option<Box<OtherPrices>>,
}

/// Prices beside what is paid, where they differ.
#[derive(Debug, Clone)]
pub struct OtherPrices {
    /// At list prices; `None` if no list knows the model: its list price is then what is paid.
    pub list: Option<Rates>,
    /// By contract, before capacity is looked at; `None` as for the list.
    pub contracted: Option<Rates>,
    /// What a second of GPU time costs on the fleet that serves the call.
    pub gpu_second: Option<Rate>,
    /// Whether the fleet has no cost per token: a call that reports no GPU time has no price.
    pub needs_gpu_seconds: bool,
}

/// What one call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallCosts {
    /// What is paid, by direction.
    pub paid: Cost,
    /// The whole at list prices.
    pub list: PicoUsd,
    /// The whole by contract.
    pub contracted: PicoUsd,
}

/// What became of pricing one call in all ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum CostOutcome {
    /// What it costs.
    Priced(CallCosts),
    /// It reports no GPU time, and the fleet that served it has no other price.
    Unpriced,
    /// Its counters contradict each other, or exceed what can be stored.
    Invalid(UsageFault),
}

impl CallCosts {
    /// The same in all ways.
    #[must_use]
    pub const fn same(cost: Cost) -> Self {
        Self {
            paid: cost,
            list: cost.total(),
            contracted: cost.total(),
        }
    }
}

impl RatesInForce {
    /// Prices one call, exactly.
    ///
    /// A call on a fleet that reports nothing but GPU time costs at list and by contract what is paid
    /// for it.
    /// # Units
    /// `gpu_seconds`: 10^-12 seconds.
    pub fn price(&self, usage: &Usage, gpu_seconds: Option<i128>) -> CostOutcome {
        match self.try_price(usage, gpu_seconds) {
            Ok(Some(costs)) => CostOutcome::Priced(costs),
            Ok(None) => CostOutcome::Unpriced,
            Err(fault) => CostOutcome::Invalid(fault),
        }
    }

    /// The GPU time that is paid for instead of usage; `None` where usage is what is paid.
    ///
    /// # Units
    /// `gpu_seconds`: 10^-12 seconds.
    /// # Errors
    /// [`UsageFault::OutOfRange`] if it costs more than can be stored.
    pub fn gpu_time(&self, gpu_seconds: Option<i128>) -> Result<Option<GpuTime>, UsageFault> {
        let rate = self.other.as_ref().and_then(|other| other.gpu_second);
        let (Some(rate), Some(quantity)) = (rate, gpu_seconds) else {
            return Ok(None);
        };
        let cost = rate.cost(quantity).ok_or(UsageFault::OutOfRange(None))?;
        Ok(Some(GpuTime {
            quantity,
            rate,
            cost,
        }))
    }

    fn try_price(
        &self,
        usage: &Usage,
        gpu_seconds: Option<i128>,
    ) -> Result<Option<CallCosts>, UsageFault> {
        let by_usage = cost(&self.rates, usage)?;
        let Some(other) = &self.other else {
            return Ok(Some(CallCosts::same(by_usage)));
        };
        let paid = match self.gpu_time(gpu_seconds)? {
            Some(time) => Cost {
                other: time.cost,
                ..Cost::ZERO
            },
            None if other.needs_gpu_seconds => return Ok(None),
            None => by_usage,
        };
        let has_tokens = other.gpu_second.is_none() || !usage.is_empty();
        let total_at = |rates: &Option<Rates>| match rates {
            Some(rates) if has_tokens => cost(rates, usage).map(Cost::total),
            _ => Ok(paid.total()),
        };
        Ok(Some(CallCosts {
            paid,
            list: total_at(&other.list)?,
            contracted: total_at(&other.contracted)?,
        }))
    }
}

fn cost(rates: &Rates, usage: &Usage) -> Result<Cost, UsageFault> {
    match price(rates, usage) {
        PriceOutcome::Priced(cost) => Ok(cost),
        PriceOutcome::Invalid(fault) => Err(fault),
    }
}
