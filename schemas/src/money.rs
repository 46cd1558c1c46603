//! Exact US dollars with twelve decimal places.

use std::fmt;
use std::str::FromStr;

use arrow::datatypes::DataType;

/// Digits that a money column holds altogether.
pub const MONEY_PRECISION: u8 = 38;
/// Digits of a money column behind the decimal point.
pub const MONEY_SCALE: i8 = 12;
/// One dollar in [`PicoUsd`].
pub const PICO_USD_PER_USD: i128 = 1_000_000_000_000;

/// The largest cost that one event may have: 10^16 dollars.
///
/// A column of money holds 38 digits and sums wrap silently beyond them; with this bound on each
/// event no sum of fewer than ten billion events can get there.
pub const EVENT_COST_MAX: PicoUsd = PicoUsd(10_000_000_000_000_000 * PICO_USD_PER_USD);

/// The Arrow type of every money column: `Decimal128(38, 12)`.
#[must_use]
pub const fn money_type() -> DataType {
    DataType::Decimal128(MONEY_PRECISION, MONEY_SCALE)
}

/// An amount of money.
///
/// # Units
/// 10^-12 US dollars; the raw value of a `Decimal128(38, 12)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PicoUsd(pub i128);

/// Why a text is no decimal number that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    Syntax,
    /// The number has more digits than the type holds.
    #[error("number out of range")]
    OutOfRange,
}

impl fmt::Display for PicoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let one = PICO_USD_PER_USD.unsigned_abs();
        write!(f, "{sign}{}.{:012}", magnitude / one, magnitude % one)
    }
}

impl FromStr for PicoUsd {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        parse_decimal(text.as_bytes(), MONEY_SCALE.unsigned_abs()).map(Self)
    }
}

/// Reads a decimal number in JSON's spelling (optional sign, digits, fraction, exponent) as an
/// integer of `10^-scale` units; digits beyond the scale are rounded half to even.
///
/// # Units
/// The result counts `10^-scale`; `scale` is at most 37.
///
/// # Errors
/// [`DecimalError::Syntax`] if the text is no number, [`DecimalError::OutOfRange`] if the result
/// has more than 38 digits.
pub fn parse_decimal(text: &[u8], scale: u8) -> Result<i128, DecimalError> {
    let (negative, unsigned) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = split_exponent(unsigned)?;
    let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
        Some(point) => (&mantissa[..point], &mantissa[point + 1..]),
        None => (mantissa, &[][..]),
    };
    let has_point = whole.len() < mantissa.len();
    if whole.is_empty() || (has_point && fraction.is_empty()) {
        return Err(DecimalError::Syntax);
    }
    if !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(DecimalError::Syntax);
    }
    let whole_len = i64::try_from(whole.len()).map_err(|_| DecimalError::OutOfRange)?;
    // How many of all the digits stand before the end of the scaled integer.
    let kept = whole_len
        .saturating_add(exponent)
        .saturating_add(i64::from(scale));
    let magnitude = scale_digits(whole.iter().chain(fraction).copied(), kept)?;
    Ok(if negative { -magnitude } else { magnitude })
}

fn split_exponent(text: &[u8]) -> Result<(&[u8], i64), DecimalError> {
    let Some(at) = text.iter().position(|byte| matches!(byte, b'e' | b'E')) else {
        return Ok((text, 0));
    };
    let (negative, digits) = match text.get(at + 1) {
        Some(b'-') => (true, &text[at + 2..]),
        Some(b'+') => (false, &text[at + 2..]),
        _ => (false, &text[at + 1..]),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(DecimalError::Syntax);
    }
    let value = digits.iter().fold(0_i64, |value, digit| {
        value
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
    });
    // Far beyond any digit count that a message can hold, so saturation changes no result.
    let value = value.min(1 << 40);
    Ok((&text[..at], if negative { -value } else { value }))
}

/// Takes the first `kept` digits as an integer, rounding by the rest, padding with zeros.
fn scale_digits(digits: impl Iterator<Item = u8>, kept: i64) -> Result<i128, DecimalError> {
    const LIMIT: i128 = 10_i128.pow(38);
    // Ten times more than this is beyond the limit, and may be beyond an i128.
    const BEFORE_LAST_MAX: i128 = LIMIT / 10 - 1;
    let mut value = 0_i128;
    let mut seen = 0_i64;
    let mut first_dropped = 0_u8;
    let mut rest_dropped = false;
    for digit in digits {
        let digit = digit - b'0';
        if seen < kept {
            if value > BEFORE_LAST_MAX {
                return Err(DecimalError::OutOfRange);
            }
            value = value * 10 + i128::from(digit);
        } else if seen == kept {
            first_dropped = digit;
        } else {
            rest_dropped |= digit != 0;
        }
        seen += 1;
    }
    // A negative `kept` means that even the first digit lies beyond the rounding place.
    if kept < 0 {
        return Ok(0);
    }
    while seen < kept && value != 0 {
        if value > BEFORE_LAST_MAX {
            return Err(DecimalError::OutOfRange);
        }
        value *= 10;
        seen += 1;
    }
    let above_half = first_dropped > 5 || (first_dropped == 5 && rest_dropped);
    let tie = first_dropped == 5 && !rest_dropped;
    if above_half || (tie && value % 2 == 1) {
        value += 1;
    }
    if value >= LIMIT {
        Err(DecimalError::OutOfRange)
    } else {
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
