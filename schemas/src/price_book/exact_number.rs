//! Decimal texts read to the last digit, and what fractions of whole numbers need.

/// Why a text is no exact number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a decimal number of zero or more.
    #[error("not a decimal number of zero or more")]
    Syntax,
    /// More digits than can be kept exactly.
    #[error("too many digits to be kept exactly")]
    OutOfRange,
}

/// The digits of a decimal text as an integer, and how many of them stand behind the point.
pub(super) fn parse_significand(text: &str) -> Result<(u128, i64), NumberError> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent = exponent.parse::<i32>().map_err(|_| NumberError::Syntax)?;
            (mantissa, i64::from(exponent))
        }
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let ends_in_point = mantissa.ends_with('.');
    if whole.is_empty() || ends_in_point || !is_number(whole) || !is_number(fraction) {
        return Err(NumberError::Syntax);
    }
    // Zeros at the end say nothing and would only use up room.
    let fraction = fraction.trim_end_matches('0');
    let mut significand = 0_u128;
    for digit in whole.bytes().chain(fraction.bytes()) {
        significand = significand
            .checked_mul(10)
            .and_then(|value| value.checked_add(u128::from(digit - b'0')))
            .ok_or(NumberError::OutOfRange)?;
    }
    let places = i64::try_from(fraction.len()).map_err(|_| NumberError::OutOfRange)?;
    Ok((significand, places - exponent))
}

pub(super) const fn greatest_common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}
