//! Sixteen bytes of a JSON string at once.

/// Bytes that are looked at together.
pub(crate) const BLOCK: usize = 16;

/// How many bytes stand before the first quote, backslash or control character.
#[inline]
pub(crate) fn plain_prefix(block: &[u8; BLOCK]) -> usize {
    // Without a branch per byte, so that all of them are compared by a few vector instructions;
    // a loop, since `array::map` stays a chain of calls when it is not inlined.
    let mut marks = [0; BLOCK];
    for (mark, &byte) in marks.iter_mut().zip(block) {
        let is_special = (byte == b'"') | (byte == b'\\') | (byte < b' ');
        *mark = if is_special { u8::MAX } else { 0 };
    }
    let (halves, _) = marks.as_chunks();
    let [low, high] = [u64::from_le_bytes(halves[0]), u64::from_le_bytes(halves[1])];
    let bits = if low != 0 {
        low.trailing_zeros()
    } else {
        u64::BITS + high.trailing_zeros()
    };
    (bits / u8::BITS) as usize
}

#[cfg(test)]
mod tests;
