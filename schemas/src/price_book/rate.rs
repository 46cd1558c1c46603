//! Exact prices of one unit, and the one rounding that a charge may need.

use crate::money::{EVENT_COST_MAX, PICO_USD_PER_USD, PicoUsd};
use crate::price_book::exact_number::{NumberError, greatest_common_divisor, parse_significand};
use crate::price_book::factor::Factor;
use crate::usage_unit::QUANTITY_ONE;

const PICO_USD_PLACES: i64 = 12;
/// Decimal places behind the first twelve to which the price of many units is written out.
const DOLLARS_PLACES_MAX: usize = 40;
const QUANTITY_ONE_UNSIGNED: u128 = QUANTITY_ONE.unsigned_abs();

/// What one unit costs, as a fraction in lowest terms.
///
/// # Units
/// `numerator / denominator` in 10^-12 US dollars per unit. The denominator is 1 for every rate that
/// has at most 12 decimal places per unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    numerator: u128,
    denominator: u128,
}

impl Rate {
    /// Reads a price in US dollars for `per` units, keeping every digit.
    ///
    /// # Errors
    /// [`NumberError`] if the text is no such number or cannot be kept exactly.
    pub fn from_dollars_per(text: &str, per: u64) -> Result<Self, NumberError> {
        let (significand, places) = parse_significand(text)?;
        let pico_places = places - PICO_USD_PLACES;
        let power = |exponent: i64| {
            let exponent = u32::try_from(exponent).map_err(|_| NumberError::OutOfRange)?;
            10_u128.checked_pow(exponent).ok_or(NumberError::OutOfRange)
        };
        let (numerator, denominator) = if significand == 0 {
            (Some(0), Some(1))
        } else if pico_places > 0 {
            let denominator = power(pico_places)?.checked_mul(u128::from(per));
            (Some(significand), denominator)
        } else {
            let numerator = significand.checked_mul(power(-pico_places)?);
            (numerator, Some(u128::from(per)))
        };
        match (numerator, denominator) {
            (Some(numerator), Some(denominator)) if denominator > 0 => {
                let divisor = greatest_common_divisor(numerator, denominator);
                Ok(Self {
                    numerator: numerator / divisor,
                    denominator: denominator / divisor,
                })
            }
            _ => Err(NumberError::OutOfRange),
        }
    }

    /// A price in US dollars for one unit; `None` if it cannot be kept exactly.
    pub(super) fn from_factor(dollars: Factor) -> Option<Self> {
        let pico = dollars.times(Factor::whole(PICO_USD_PER_USD.unsigned_abs()))?;
        Some(Self {
            numerator: pico.numerator(),
            denominator: pico.denominator(),
        })
    }

    /// The rate times a fraction; `None` if it cannot be kept exactly.
    pub(super) fn times(self, factor: Factor) -> Option<Self> {
        let product = Factor::new(self.numerator, self.denominator)?.times(factor)?;
        Some(Self {
            numerator: product.numerator(),
            denominator: product.denominator(),
        })
    }

    /// The fraction's numerator, 10^-12 US dollars.
    #[must_use]
    pub const fn numerator(self) -> u128 {
        self.numerator
    }

    /// The fraction's denominator, units; 1 if the rate is exact in 12 places.
    #[must_use]
    pub const fn denominator(self) -> u128 {
        self.denominator
    }

    /// Whether a whole count of units costs an amount with at most 12 decimal places.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        self.denominator == 1
    }

    /// The price of `per` units, US dollars, to the last digit: a decimal without empty places, or a
    /// fraction of two whole numbers where that does not end.
    #[must_use]
    pub fn dollars_for(self, per: u64) -> String {
        let divisor = greatest_common_divisor(u128::from(per), self.denominator);
        let denominator = self.denominator / divisor;
        // Far beyond what anything costs before it saturates.
        let pico = self.numerator.saturating_mul(u128::from(per) / divisor);
        let (whole, mut rest) = (pico / denominator, pico % denominator);
        let one = 10_u128.pow(12);
        let mut text = format!("{}.{:012}", whole / one, whole % one);
        for _ in 0..DOLLARS_PLACES_MAX {
            let Some(shifted) = rest.checked_mul(10).filter(|_| rest != 0) else {
                break;
            };
            text.push_str(&(shifted / denominator).to_string());
            rest = shifted % denominator;
        }
        if rest != 0 {
            return format!("{pico}/{denominator}000000000000");
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// What a quantity costs, rounded half to even to 12 decimal places if it does not end there;
    /// `None` beyond [`EVENT_COST_MAX`].
    ///
    /// # Units
    /// `quantity`: 10^-12 of a unit, not negative.
    #[must_use]
    pub fn cost(self, quantity: i128) -> Option<PicoUsd> {
        let quantity = u128::try_from(quantity).ok()?;
        if quantity.is_multiple_of(QUANTITY_ONE_UNSIGNED) {
            return self.cost_of(quantity / QUANTITY_ONE_UNSIGNED);
        }
        let divisor = self.denominator.checked_mul(QUANTITY_ONE_UNSIGNED)?;
        storable(multiply_divide(quantity, self.numerator, divisor)?)
    }

    /// The same for a whole number of units.
    #[must_use]
    pub fn cost_of(self, count: u128) -> Option<PicoUsd> {
        storable(multiply_divide(count, self.numerator, self.denominator)?)
    }
}

/// A cost that an event may have.
fn storable(cost: u128) -> Option<PicoUsd> {
    let cost = PicoUsd(i128::try_from(cost).ok()?);
    (cost <= EVENT_COST_MAX).then_some(cost)
}

/// `left * right / divisor`, rounded half to even; `None` if it does not fit.
fn multiply_divide(left: u128, right: u128, divisor: u128) -> Option<u128> {
    let (quotient, remainder) = match left.checked_mul(right) {
        Some(product) => (product / divisor, product % divisor),
        None => divide_wide(multiply_wide(left, right), divisor)?,
    };
    // Compared with what is missing to the divisor, as doubling could overflow.
    let missing = divisor - remainder;
    let rounds_up = remainder > missing || (remainder == missing && quotient % 2 == 1);
    quotient.checked_add(u128::from(rounds_up))
}

/// The product's high and low half.
const fn multiply_wide(left: u128, right: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (left_high, left_low) = (left >> 64, left & LOW);
    let (right_high, right_low) = (right >> 64, right & LOW);
    let low = left_low * right_low;
    let middle = left_high * right_low + (low >> 64);
    let middle_low = left_low * right_high + (middle & LOW);
    let high = left_high * right_high + (middle >> 64) + (middle_low >> 64);
    (high, (middle_low << 64) | (low & LOW))
}

/// Quotient and remainder, bit by bit; `None` if the quotient has more than 128 bits.
const fn divide_wide((high, low): (u128, u128), divisor: u128) -> Option<(u128, u128)> {
    if high >= divisor {
        return None;
    }
    let mut remainder = high;
    let mut quotient = 0_u128;
    let mut bit = 128;
    while bit > 0 {
        bit -= 1;
        let carried = remainder >> 127 == 1;
        remainder = (remainder << 1) | ((low >> bit) & 1);
        if carried || remainder >= divisor {
            remainder = remainder.wrapping_sub(divisor);
            quotient |= 1 << bit;
        }
    }
    Some((quotient, remainder))
}

/// A price that may rise or fall with the size of the request.
///
/// # Shape
/// `tiers`: threshold and rate, thresholds strictly increasing.
/// # Units
/// Thresholds: input tokens. The whole request is charged at the highest tier that its total input
/// tokens exceed, not only what lies above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieredRate {
    base: Rate,
    tiers: Vec<(u64, Rate)>,
}

impl TieredRate {
    /// A rate with its tiers, or `None` unless the thresholds strictly increase.
    #[must_use]
    pub fn new(base: Rate, tiers: Vec<(u64, Rate)>) -> Option<Self> {
        let increasing = tiers.windows(2).all(|pair| pair[0].0 < pair[1].0);
        increasing.then_some(Self { base, tiers })
    }

    /// The rate of a request with this much input.
    ///
    /// # Units
    /// `input_quantity`: 10^-12 tokens.
    #[must_use]
    pub fn at(&self, input_quantity: i128) -> Rate {
        let exceeded = |above: u64| input_quantity > i128::from(above) * QUANTITY_ONE;
        let tier = self.tiers.iter().rev().find(|&&(above, _)| exceeded(above));
        tier.map_or(self.base, |&(_, rate)| rate)
    }

    /// The same in every tier.
    pub(super) const fn flat(rate: Rate) -> Self {
        Self {
            base: rate,
            tiers: Vec::new(),
        }
    }

    /// All tiers times a fraction; `None` if one cannot be kept exactly.
    pub(super) fn times(&self, factor: Factor) -> Option<Self> {
        let tiers = self.tiers.iter();
        let tiers = tiers.map(|&(above, rate)| Some((above, rate.times(factor)?)));
        Some(Self {
            base: self.base.times(factor)?,
            tiers: tiers.collect::<Option<_>>()?,
        })
    }

    /// The rate below all thresholds.
    #[must_use]
    pub const fn base(&self) -> Rate {
        self.base
    }

    /// Thresholds, increasing, with the rate of requests above them.
    pub fn tiers(&self) -> impl Iterator<Item = (u64, Rate)> {
        self.tiers.iter().copied()
    }

    /// The input tokens above which another rate holds, increasing.
    pub fn thresholds(&self) -> impl Iterator<Item = u64> {
        self.tiers.iter().map(|&(above, _)| above)
    }

    /// Whether the rate is exact in 12 places in every tier.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.base.is_exact() && self.tiers.iter().all(|(_, rate)| rate.is_exact())
    }
}

#[cfg(test)]
mod tests;
