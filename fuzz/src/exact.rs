//! Decimal numbers by long arithmetic on their digits: slow, and nothing like the program's way.

/// A number in JSON's spelling: `-? digits (. digits)? ([eE] [+-]? digits)?`, zeros in front allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    negative: bool,
    /// Digits 0 to 9, the first of them not zero; none for zero.
    digits: Vec<u8>,
    /// The power of ten of the last digit.
    exponent: i64,
}

/// Exponents are held at this bound, which the digits of no message reach.
const EXPONENT_MAX: i64 = 1 << 50;

impl Exact {
    /// Reads a number; `None` if the text is none.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut parts = unsigned.splitn(2, |byte| byte.eq_ignore_ascii_case(&b'e'));
        let mut mantissa = parts.next()?.splitn(2, |&byte| byte == b'.');
        let whole = digits(mantissa.next()?)?;
        let fraction = match mantissa.next() {
            Some(text) => digits(text)?,
            None => Vec::new(),
        };
        let exponent = match parts.next() {
            Some(text) => exponent(text)?,
            None => 0,
        };
        let places = i64::try_from(fraction.len()).ok()?;
        let mut all = [whole, fraction].concat();
        let zeros = all.iter().take_while(|&&digit| digit == 0).count();
        all.drain(..zeros);
        Some(Self {
            negative,
            digits: all,
            exponent: exponent - places,
        })
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.negative && !self.digits.is_empty()
    }

    /// The number as a count of `10^-scale`, rounded half to even, in decimal digits with a sign in
    /// front if it is below zero; `None` if that takes more than so many digits.
    #[must_use]
    pub fn rounded(&self, scale: u8, digits_max: usize) -> Option<String> {
        let shift = self.exponent + i64::from(scale);
        let length = i64::try_from(self.digits.len()).ok()?;
        if self.digits.is_empty() || length + shift < 0 {
            return Some("0".to_owned());
        }
        if length + shift > i64::try_from(digits_max).ok()? {
            return None;
        }
        let kept = usize::try_from(length + shift.min(0)).ok()?;
        let (front, dropped) = self.digits.split_at(kept);
        let mut front = front.to_vec();
        let is_up = match dropped.split_first() {
            Some((5, rest)) if rest.iter().all(|&digit| digit == 0) => {
                front.last().is_some_and(|digit| digit % 2 == 1)
            }
            Some((first, _)) => *first >= 5,
            None => false,
        };
        if is_up {
            increment(&mut front);
        }
        front.resize(front.len() + usize::try_from(shift.max(0)).ok()?, 0);
        if front.len() > digits_max {
            return None;
        }
        let text: String = front.iter().map(|digit| char::from(b'0' + digit)).collect();
        let is_zero = front.iter().all(|&digit| digit == 0);
        Some(match (is_zero, self.negative) {
            (true, _) => "0".to_owned(),
            (false, true) => format!("-{text}"),
            (false, false) => text,
        })
    }

    /// The number in decimal digits if it is whole and has at most so many; `None` otherwise.
    #[must_use]
    pub fn whole(&self, digits_max: usize) -> Option<String> {
        let zeros = self.digits.iter().rev().take_while(|&&digit| digit == 0);
        let last = self.exponent + i64::try_from(zeros.count()).ok()?;
        (last >= 0 || self.digits.is_empty())
            .then(|| self.rounded(0, digits_max))
            .flatten()
    }
}

fn digits(text: &[u8]) -> Option<Vec<u8>> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| text.iter().map(|byte| byte - b'0').collect())
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let digits = digits(text)?;
    let magnitude = digits.iter().fold(0, |value: i64, &digit| {
        (value * 10 + i64::from(digit)).min(EXPONENT_MAX)
    });
    Some(if negative { -magnitude } else { magnitude })
}

fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        *digit = (*digit + 1) % 10;
        if *digit != 0 {
            return;
        }
    }
    digits.insert(0, 1);
}
