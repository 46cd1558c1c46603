//! The two ends of a short text as numbers, for telling texts apart without a call.

/// The first and the last eight bytes of a text, which overlap below sixteen. Together with the
/// length they tell texts of up to sixteen bytes apart.
#[inline]
pub(crate) const fn text_ends(text: &[u8]) -> (u64, u64) {
    if let (Some(head), Some(tail)) = (text.first_chunk(), text.last_chunk()) {
        (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
    } else if let (Some(head), Some(tail)) = (text.first_chunk(), text.last_chunk()) {
        (
            u32::from_le_bytes(*head) as u64,
            u32::from_le_bytes(*tail) as u64,
        )
    } else {
        match *text {
            [one] => (one as u64, 0),
            [one, two] => (one as u64, two as u64),
            [one, two, three] => ((one as u64) | ((two as u64) << 8), three as u64),
            _ => (0, 0),
        }
    }
}

/// Spreads a text's ends and length over the given number of bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "few bits are asked for")]
pub(crate) const fn spread(ends: (u64, u64), length: usize, multiplier: u64, bits: u32) -> usize {
    let mixed = (ends.0 ^ ends.1.rotate_left(29) ^ length as u64).wrapping_mul(multiplier);
    (mixed >> (u64::BITS - bits)) as usize
}

#[cfg(test)]
mod tests;
