//! Exact fractions: exchange rates, discounts, amounts of money before they are spread.

use crate::price_book::exact_number::{NumberError, greatest_common_divisor, parse_significand};

/// Decimal places after which a number counts as one that does not end.
const PLACES_MAX: usize = 30;

/// A fraction of zero or more, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Factor {
    numerator: u128,
    denominator: u128,
}

impl Factor {
    pub(super) const ONE: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// The fraction in lowest terms; `None` if it has no denominator.
    pub(super) const fn new(numerator: u128, denominator: u128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        })
    }

    /// A whole number.
    pub(super) const fn whole(number: u128) -> Self {
        Self {
            numerator: number,
            denominator: 1,
        }
    }

    /// Reads a decimal number, keeping every digit.
    ///
    /// # Errors
    /// [`NumberError`] if the text is no such number or cannot be kept exactly.
    pub(super) fn parse(text: &str) -> Result<Self, NumberError> {
        let (significand, places) = parse_significand(text)?;
        let power = |exponent: i64| {
            let exponent = u32::try_from(exponent).ok()?;
            10_u128.checked_pow(exponent)
        };
        let parsed = if significand == 0 {
            Some(Self::whole(0))
        } else if places > 0 {
            power(places).and_then(|denominator| Self::new(significand, denominator))
        } else {
            let number = power(-places).and_then(|power| significand.checked_mul(power));
            number.map(Self::whole)
        };
        parsed.ok_or(NumberError::OutOfRange)
    }

    /// The product; `None` if it cannot be kept exactly.
    pub(super) fn times(self, other: Self) -> Option<Self> {
        // Reduced crosswise first, so that the products stay as small as they can be.
        let left = greatest_common_divisor(self.numerator, other.denominator);
        let right = greatest_common_divisor(other.numerator, self.denominator);
        let numerator = (self.numerator / left).checked_mul(other.numerator / right)?;
        let denominator = (self.denominator / right).checked_mul(other.denominator / left)?;
        Self::new(numerator, denominator)
    }

    /// The quotient; `None` if the divisor is zero or it cannot be kept exactly.
    pub(super) fn over(self, divisor: Self) -> Option<Self> {
        if divisor.numerator == 0 {
            return None;
        }
        self.times(Self {
            numerator: divisor.denominator,
            denominator: divisor.numerator,
        })
    }

    /// What is missing to one; `None` above one.
    pub(super) fn rest(self) -> Option<Self> {
        let rest = self.denominator.checked_sub(self.numerator)?;
        Self::new(rest, self.denominator)
    }

    /// The shortest decimal number, or numerator and denominator if it does not end.
    pub(super) fn decimal(self) -> String {
        let mut text = (self.numerator / self.denominator).to_string();
        let mut rest = self.numerator % self.denominator;
        let mut places = String::new();
        while rest != 0 && places.len() < PLACES_MAX {
            let Some(shifted) = rest.checked_mul(10) else {
                break;
            };
            places.push_str(&(shifted / self.denominator).to_string());
            rest = shifted % self.denominator;
        }
        if rest != 0 {
            return format!("{}/{}", self.numerator, self.denominator);
        }
        if !places.is_empty() {
            text.push('.');
            text.push_str(&places);
        }
        text
    }

    pub(super) const fn numerator(self) -> u128 {
        self.numerator
    }

    pub(super) const fn denominator(self) -> u128 {
        self.denominator
    }

    pub(super) const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub(super) const fn exceeds_one(self) -> bool {
        self.numerator > self.denominator
    }
}

#[cfg(test)]
mod tests;
