//! JSON numbers as exact integers and decimals: no float is ever involved.

use schemas::money::parse_decimal;

/// Why a number is not what its field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberFault {
    /// It is below zero.
    Negative,
    /// It is no whole number, or has more digits than its column.
    Unfit,
}

/// Digits that an `i64` surely holds.
pub(crate) const SAFE_DIGITS: usize = 18;

/// Reads a whole number, zero or more, in any spelling: `100`, `100.0` and `1e2` are one number.
#[inline]
pub(crate) fn whole_number(spelling: &str) -> Result<i64, NumberFault> {
    match small_digits(spelling.as_bytes()) {
        Some(value) => Ok(value),
        None => {
            let value = signed_whole_number(spelling)?;
            if value < 0 {
                Err(NumberFault::Negative)
            } else {
                Ok(value)
            }
        }
    }
}

/// Reads a whole number of either sign in any spelling.
pub(crate) fn signed_whole_number(spelling: &str) -> Result<i64, NumberFault> {
    let (negative, unsigned) = split_sign(spelling);
    let magnitude = whole_magnitude(unsigned.as_bytes());
    match (negative, magnitude) {
        (true, Some(magnitude)) => 0_i64
            .checked_sub_unsigned(magnitude)
            .ok_or(NumberFault::Negative),
        (true, None) => Err(NumberFault::Negative),
        (false, Some(magnitude)) => i64::try_from(magnitude).map_err(|_| NumberFault::Unfit),
        (false, None) => Err(NumberFault::Unfit),
    }
}

/// Reads a decimal number, zero or more, as a count of `10^-scale`, rounded half to even.
pub(crate) fn decimal(spelling: &str, scale: u8) -> Result<i128, NumberFault> {
    if let Some(value) = small_decimal(spelling.as_bytes(), scale) {
        return Ok(i128::from(value));
    }
    let (negative, unsigned) = split_sign(spelling);
    if negative && !is_zero(unsigned.as_bytes()) {
        return Err(NumberFault::Negative);
    }
    parse_decimal(unsigned.as_bytes(), scale).map_err(|_| NumberFault::Unfit)
}

fn split_sign(spelling: &str) -> (bool, &str) {
    match spelling.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, spelling),
    }
}

/// The value of a spelling that is nothing but a few digits.
#[inline]
fn small_digits(spelling: &[u8]) -> Option<i64> {
    if spelling.len() > SAFE_DIGITS {
        return None;
    }
    let mut value = 0;
    for &byte in spelling {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

/// The value of a spelling like `12` or `0.25`, if all its digits are kept and fit an `i64`.
fn small_decimal(spelling: &[u8], scale: u8) -> Option<i64> {
    let (digits, fraction) = match spelling.iter().position(|&byte| byte == b'.') {
        Some(point) => (&spelling[..point], &spelling[point + 1..]),
        None => (spelling, &[][..]),
    };
    let has_point = digits.len() < spelling.len();
    let padding = usize::from(scale).checked_sub(fraction.len())?;
    let fits = digits.len() + usize::from(scale) <= SAFE_DIGITS;
    if !fits || digits.is_empty() || (has_point && fraction.is_empty()) {
        return None;
    }
    let whole = small_digits(digits)?;
    let part = small_digits(fraction)?;
    let value = whole * power_of_ten(fraction.len()) + part;
    Some(value * power_of_ten(padding))
}

/// `10^exponent` for exponents that an `i64` holds.
pub(crate) const fn power_of_ten(exponent: usize) -> i64 {
    const POWERS: [i64; SAFE_DIGITS + 1] = {
        let mut powers = [1; SAFE_DIGITS + 1];
        let mut at = 1;
        while at <= SAFE_DIGITS {
            powers[at] = powers[at - 1] * 10;
            at += 1;
        }
        powers
    };
    POWERS[exponent]
}

/// Whether a number's digits before any exponent are all zero.
fn is_zero(unsigned: &[u8]) -> bool {
    mantissa(unsigned)
        .iter()
        .all(|byte| matches!(byte, b'0' | b'.'))
}

fn mantissa(unsigned: &[u8]) -> &[u8] {
    let end = unsigned.iter().position(|byte| matches!(byte, b'e' | b'E'));
    &unsigned[..end.unwrap_or(unsigned.len())]
}

/// The exact value of an unsigned JSON number; `None` if it is not whole or exceeds a `u64`.
fn whole_magnitude(unsigned: &[u8]) -> Option<u64> {
    let mantissa = mantissa(unsigned);
    let point = mantissa
        .iter()
        .position(|&byte| byte == b'.')
        .unwrap_or(mantissa.len());
    let digits = || mantissa.iter().filter(|&&byte| byte != b'.');
    // What stands behind the last digit that is not zero adds nothing, so its place decides.
    let last_nonzero = digits()
        .enumerate()
        .filter(|&(_, &byte)| byte != b'0')
        .last();
    let Some((last, _)) = last_nonzero else {
        return Some(0);
    };
    let exponent = exponent_of(unsigned.get(mantissa.len() + 1..).unwrap_or_default());
    let zeros = place(point, last)
        .checked_add(exponent)
        .filter(|&zeros| zeros >= 0)?;
    let mut value = 0_u64;
    for &byte in digits().take(last + 1) {
        value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
    }
    // Twenty digits are more than any u64 has, so a larger count of zeros overflows as well.
    let power = u32::try_from(zeros.min(20)).ok()?;
    value.checked_mul(10_u64.checked_pow(power)?)
}

/// The power of ten that the digit at index `last` counts, before any exponent, if the point
/// stands behind `point` digits.
fn place(point: usize, last: usize) -> i64 {
    let point = i64::try_from(point).unwrap_or(i64::MAX);
    let last = i64::try_from(last).unwrap_or(i64::MAX);
    point - 1 - last
}

/// The value of an exponent's sign and digits, held at a bound that no text reaches.
fn exponent_of(text: &[u8]) -> i64 {
    const BOUND: i64 = 1 << 40;
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let magnitude = digits.iter().fold(0_i64, |value, &digit| {
        (value * 10 + i64::from(digit.wrapping_sub(b'0'))).min(BOUND)
    });
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests;
