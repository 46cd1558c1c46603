//! A pull cursor over one JSON text: hands out names and values as they stand, copies nothing.
//!
//! The only place that knows JSON's grammar. It accepts exactly what RFC 8259 calls JSON, with
//! two bounds of our own making: containers nest at most [`DEPTH_MAX`] deep, and an escape must
//! name a character, so a lone surrogate is no JSON. Numbers may have any length.

use super::json_string::{RawString, escape_end, find_special};
use super::name_pattern::NamePattern;
use super::number::{SAFE_DIGITS, power_of_ten};

/// How deep containers may nest; a text that nests deeper is refused.
pub(crate) const DEPTH_MAX: u32 = 127;

/// The text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotJson {
    /// The byte at which that was seen.
    pub(crate) at: usize,
}

/// One value, as it is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RawValue<'a> {
    Null,
    Bool,
    Number(&'a str),
    String(RawString<'a>),
    Container,
}

/// Where in a text the next token is looked for.
#[derive(Debug)]
pub(crate) struct JsonCursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> JsonCursor<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Where the next token begins, or the space before it.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// The first byte of the next token, which stays where it is; 0 at the end of the text.
    #[inline]
    pub(crate) fn peek(&mut self) -> u8 {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        self.byte()
    }

    /// Steps into an object; `false` if the next value is something else.
    pub(crate) fn enter_object(&mut self) -> bool {
        let is_object = self.peek() == b'{';
        self.at += usize::from(is_object);
        is_object
    }

    /// The next name of the object that was entered, its value being next; `None` behind its end.
    /// `first`: whether no name was taken from this object yet.
    #[inline]
    pub(crate) fn next_name(&mut self, first: bool) -> Result<Option<RawString<'a>>, NotJson> {
        let mut byte = self.peek();
        if byte == b'}' {
            self.at += 1;
            return Ok(None);
        }
        if !first {
            if byte != b',' {
                return Err(self.not_json());
            }
            self.at += 1;
            byte = self.peek();
        }
        if byte != b'"' {
            return Err(self.not_json());
        }
        let name = self.string()?;
        if self.byte() != b':' && self.peek() != b':' {
            return Err(self.not_json());
        }
        self.at += 1;
        Ok(Some(name))
    }

    /// Takes the next name with its colon if it is the expected one and spelled plainly;
    /// otherwise, or in doubt, stays where it is.
    #[inline]
    pub(crate) fn take_name(&mut self, first: bool, expected: &NamePattern) -> bool {
        let start = self.at;
        let mut byte = self.peek();
        if !first {
            // Without a comma in between the careful way finds the fault.
            let is_separated = byte == b',';
            self.at += usize::from(is_separated);
            byte = if is_separated { self.peek() } else { 0 };
        }
        let name = self.at + 1;
        let behind = name + expected.len();
        let bytes = self.text.as_bytes();
        let is_expected = byte == b'"'
            && bytes.get(name..).is_some_and(|rest| expected.matches(rest))
            && bytes.get(behind) == Some(&b':');
        self.at = if is_expected { behind + 1 } else { start };
        is_expected
    }

    /// Takes a string without escapes; stays where it is if something else is next.
    #[inline]
    pub(crate) fn plain_string(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        if self.byte() != b'"' {
            return None;
        }
        let start = self.at + 1;
        let end = find_special(bytes, start);
        if bytes.get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Takes a number that is nothing but a few digits; stays where it is if something else is
    /// next.
    #[inline]
    pub(crate) fn plain_count(&mut self) -> Option<i64> {
        let (value, end) = self.few_digits(self.at, SAFE_DIGITS)?;
        self.end_plain_number(end)?;
        Some(value)
    }

    /// Takes a number of a few digits, with a point among them perhaps, as a count of
    /// `10^-scale`; stays where it is if something else is next, or a digit would be lost.
    #[inline]
    pub(crate) fn plain_decimal(&mut self, scale: u8) -> Option<i64> {
        let places = usize::from(scale);
        let (whole, end) = self.few_digits(self.at, SAFE_DIGITS.checked_sub(places)?)?;
        if self.text.as_bytes().get(end) != Some(&b'.') {
            self.end_plain_number(end)?;
            return Some(whole * power_of_ten(places));
        }
        let (fraction, fraction_end) = self.few_digits(end + 1, places)?;
        let length = fraction_end - end - 1;
        self.end_plain_number(fraction_end)?;
        let value = whole * power_of_ten(length) + fraction;
        Some(value * power_of_ten(places - length))
    }

    /// Reads one digit or more, at most so many, and says where they end.
    #[inline]
    fn few_digits(&self, start: usize, digits_max: usize) -> Option<(i64, usize)> {
        let mut value = 0_i64;
        let mut length = 0;
        for byte in self.text.as_bytes().get(start..)? {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
            length += 1;
        }
        (1..=digits_max)
            .contains(&length)
            .then_some((value, start + length))
    }

    /// Moves behind a number from the cursor to `end`, unless JSON would spell it otherwise or it
    /// goes on.
    #[inline]
    fn end_plain_number(&mut self, end: usize) -> Option<()> {
        let bytes = self.text.as_bytes();
        let has_leading_zero =
            self.byte() == b'0' && bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit);
        let goes_on = matches!(bytes.get(end), Some(b'.' | b'e' | b'E'));
        if has_leading_zero || goes_on {
            return None;
        }
        self.at = end;
        Some(())
    }

    /// Goes back to where a value was begun.
    #[inline]
    pub(crate) const fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    /// Takes the next value; a container is checked and passed over. `depth`: how many
    /// containers are open.
    #[inline]
    pub(crate) fn value(&mut self, depth: u32) -> Result<RawValue<'a>, NotJson> {
        match self.peek() {
            b'"' => Ok(RawValue::String(self.string()?)),
            b'-' | b'0'..=b'9' => Ok(RawValue::Number(self.number()?)),
            b'n' => self.literal(b"null", RawValue::Null),
            b't' => self.literal(b"true", RawValue::Bool),
            b'f' => self.literal(b"false", RawValue::Bool),
            b'{' | b'[' => {
                self.skip_container(depth)?;
                Ok(RawValue::Container)
            }
            _ => Err(self.not_json()),
        }
    }

    /// Requires that nothing but space is left.
    pub(crate) fn end(&mut self) -> Result<(), NotJson> {
        self.peek();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.not_json())
        }
    }

    /// The byte at the cursor; 0 at the end, which no token contains.
    #[inline]
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[cold]
    const fn not_json(&self) -> NotJson {
        NotJson { at: self.at }
    }

    /// Takes a string; the cursor stands on its opening quote.
    #[inline]
    fn string(&mut self) -> Result<RawString<'a>, NotJson> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = find_special(bytes, start);
        let mut escaped = false;
        while bytes.get(end) == Some(&b'\\') {
            escaped = true;
            match escape_end(bytes, end) {
                Some(next) => end = find_special(bytes, next),
                None => return Err(NotJson { at: end }),
            }
        }
        self.at = end;
        match bytes.get(end) {
            Some(b'"') => {
                self.at += 1;
                Ok(RawString::new(&self.text[start..end], escaped))
            }
            _ => Err(self.not_json()),
        }
    }

    /// Takes a number; the cursor stands on its sign or first digit.
    #[inline]
    fn number(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        self.at += usize::from(self.byte() == b'-');
        if self.byte() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if matches!(self.byte(), b'.' | b'e' | b'E') {
            self.fraction_and_exponent()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn fraction_and_exponent(&mut self) -> Result<(), NotJson> {
        if self.byte() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), b'+' | b'-'));
            self.digits()?;
        }
        Ok(())
    }

    /// Takes one digit or more.
    #[inline]
    fn digits(&mut self) -> Result<(), NotJson> {
        if !self.byte().is_ascii_digit() {
            return Err(self.not_json());
        }
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, word: &[u8], value: RawValue<'a>) -> Result<RawValue<'a>, NotJson> {
        if self.text.as_bytes()[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.not_json())
        }
    }

    /// Checks and passes over an array or object, with one bit per open container instead of a
    /// stack frame.
    fn skip_container(&mut self, depth: u32) -> Result<(), NotJson> {
        // Bit 0 is the innermost container: 1 for an object.
        let mut open: u128 = 0;
        let mut levels = 0;
        loop {
            let byte = self.peek();
            let is_container = matches!(byte, b'{' | b'[');
            if !is_container {
                self.value(depth + levels)?;
            } else if self.enter_container(depth + levels + 1)? {
                // Empty, and behind us already.
            } else {
                open = (open << 1) | u128::from(byte == b'{');
                levels += 1;
                continue;
            }
            while levels > 0 && self.next_or_close(open & 1 == 1)? {
                levels -= 1;
                open >>= 1;
            }
            if levels == 0 {
                return Ok(());
            }
        }
    }

    /// Steps into a container as the given level and goes to its first value; `true` if it is
    /// empty and was closed.
    fn enter_container(&mut self, level: u32) -> Result<bool, NotJson> {
        let is_object = self.byte() == b'{';
        self.at += 1;
        if level > DEPTH_MAX {
            return Err(self.not_json());
        }
        if is_object {
            return Ok(self.next_name(true)?.is_none());
        }
        let is_empty = self.peek() == b']';
        self.at += usize::from(is_empty);
        Ok(is_empty)
    }

    /// Behind a value: goes to the next one; `true` if the container was closed instead.
    fn next_or_close(&mut self, is_object: bool) -> Result<bool, NotJson> {
        if is_object {
            return Ok(self.next_name(false)?.is_none());
        }
        let is_closed = match self.peek() {
            b']' => true,
            b',' => false,
            _ => return Err(self.not_json()),
        };
        self.at += 1;
        Ok(is_closed)
    }
}

/// Checks a whole text that is no object, or whose content does not matter.
pub(crate) fn check_json(text: &str) -> Result<(), NotJson> {
    let mut cursor = JsonCursor::new(text);
    cursor.value(0)?;
    cursor.end()
}

#[cfg(test)]
mod tests;
