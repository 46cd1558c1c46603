//! Parquet's encodings of whole numbers: variable length, bit-packed, run-length, delta.
//!
//! Source: the Parquet format's `Encodings.md`.

/// Values of a delta block, and of each of its parts.
const BLOCK_VALUES: usize = 128;
const MINIBLOCKS: usize = 4;
const MINIBLOCK_VALUES: usize = BLOCK_VALUES / MINIBLOCKS;

/// How wide the numbers of a column are: differences wrap at this width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Bits32,
    Bits64,
}

/// Seven bits a byte, the lowest first (ULEB128).
#[expect(
    clippy::cast_possible_truncation,
    reason = "seven bits are taken at a time"
)]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A signed number, small ones of either sign in few bytes.
pub(crate) fn put_zigzag(out: &mut Vec<u8>, value: i64) {
    put_varint(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Bits that a number needs.
pub(crate) const fn bits_of(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// Numbers of `bits` bits each, the lowest first, filled up to whole bytes.
pub(crate) fn pack(out: &mut Vec<u8>, values: impl Iterator<Item = u64>, bits: u32) {
    if bits == 0 {
        return;
    }
    if bits <= 32 {
        pack_narrow(out, values, bits);
    } else {
        pack_wide(out, values, bits);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest bits are taken")]
fn pack_narrow(out: &mut Vec<u8>, values: impl Iterator<Item = u64>, bits: u32) {
    let mut held = 0_u64;
    let mut held_bits = 0;
    for value in values {
        held |= value << held_bits;
        held_bits += bits;
        if held_bits >= 32 {
            out.extend_from_slice(&(held as u32).to_le_bytes());
            held >>= 32;
            held_bits -= 32;
        }
    }
    put_rest(out, u128::from(held), held_bits);
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest bits are taken")]
fn pack_wide(out: &mut Vec<u8>, values: impl Iterator<Item = u64>, bits: u32) {
    let mut held = 0_u128;
    let mut held_bits = 0;
    for value in values {
        held |= u128::from(value) << held_bits;
        held_bits += bits;
        if held_bits >= 64 {
            out.extend_from_slice(&(held as u64).to_le_bytes());
            held >>= 64;
            held_bits -= 64;
        }
    }
    put_rest(out, held, held_bits);
}

fn put_rest(out: &mut Vec<u8>, held: u128, held_bits: u32) {
    let bytes = held.to_le_bytes();
    out.extend(bytes.iter().take(held_bits.div_ceil(8) as usize));
}

/// A run of one value in the hybrid of runs and bit-packed groups.
pub(crate) fn put_run(out: &mut Vec<u8>, value: u64, length: usize, bits: u32) {
    put_varint(out, (length as u64) << 1);
    let bytes = value.to_le_bytes();
    out.extend(bytes.iter().take(bits.div_ceil(8) as usize));
}

/// Begins a bit-packed part of the hybrid; groups of eight follow.
pub(crate) fn put_packed_header(out: &mut Vec<u8>, length: usize) {
    put_varint(out, ((length.div_ceil(8) as u64) << 1) | 1);
}

/// Numbers in the hybrid: one run if all are equal, else one bit-packed part. What repeats within
/// the part is left to the compression that follows.
pub(crate) fn put_hybrid(out: &mut Vec<u8>, values: &[u32], bits: u32) {
    let Some(&first) = values.first() else {
        return;
    };
    if values
        .iter()
        .fold(true, |same, value| same & (*value == first))
    {
        put_run(out, u64::from(first), values.len(), bits);
        return;
    }
    put_packed_header(out, values.len());
    // Groups are whole.
    let missing = values.len().next_multiple_of(8) - values.len();
    let filled = values
        .iter()
        .copied()
        .chain(std::iter::repeat_n(0, missing));
    pack(out, filled.map(u64::from), bits);
}

/// Numbers as differences to the one before (`DELTA_BINARY_PACKED`).
pub(crate) fn put_deltas(out: &mut Vec<u8>, values: &[i64], width: Width) {
    put_varint(out, BLOCK_VALUES as u64);
    put_varint(out, MINIBLOCKS as u64);
    put_varint(out, values.len() as u64);
    let Some((&first, rest)) = values.split_first() else {
        put_zigzag(out, 0);
        return;
    };
    put_zigzag(out, first);
    let mut previous = first;
    let mut deltas = [0_i64; BLOCK_VALUES];
    for block in rest.chunks(BLOCK_VALUES) {
        for (delta, value) in deltas.iter_mut().zip(block) {
            *delta = wrap(value.wrapping_sub(previous), width);
            previous = *value;
        }
        put_block(out, &mut deltas[..block.len()], width);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "differences of 32-bit numbers wrap at 32 bits"
)]
const fn wrap(delta: i64, width: Width) -> i64 {
    match width {
        Width::Bits32 => delta as i32 as i64,
        Width::Bits64 => delta,
    }
}

fn put_block(out: &mut Vec<u8>, deltas: &mut [i64], width: Width) {
    let smallest = deltas.iter().copied().min().unwrap_or(0);
    put_zigzag(out, smallest);
    let mask = match width {
        Width::Bits32 => u64::from(u32::MAX),
        Width::Bits64 => u64::MAX,
    };
    let mut above = [0_u64; BLOCK_VALUES];
    for (above, delta) in above.iter_mut().zip(&*deltas) {
        *above = delta.wrapping_sub(smallest).cast_unsigned() & mask;
    }
    let used = deltas.len().div_ceil(MINIBLOCK_VALUES);
    let mut bits = [0_u32; MINIBLOCKS];
    for (bits, part) in bits.iter_mut().zip(above.chunks(MINIBLOCK_VALUES)) {
        *bits = bits_of(part.iter().fold(0, |all, value| all | value));
    }
    out.extend(bits.iter().map(|bits| bits.to_le_bytes()[0]));
    let parts = above.chunks(MINIBLOCK_VALUES).zip(bits);
    for (part, bits) in parts.take(used) {
        pack(out, part.iter().copied(), bits);
    }
}

#[cfg(test)]
mod tests;
