//! The packed key of a group: the ids of its window and labels side by side in 64-bit words.

/// Bits beyond what the ids seen so far need, so that the layout seldom changes.
const HEADROOM_BITS: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct KeyField {
    word: usize,
    shift: u32,
    bits: u32,
}

/// Where each id of a group stands in its key.
///
/// One word nearly always suffices, and grouping by one integer is what DataFusion does fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyLayout {
    fields: Vec<KeyField>,
    words: usize,
}

impl KeyLayout {
    /// A layout with room for this many distinct ids in each field.
    pub(crate) fn for_counts(counts: &[usize]) -> Self {
        let needed: Vec<u32> = counts.iter().map(|&count| bits_for(count)).collect();
        let roomy: Vec<u32> = needed
            .iter()
            .map(|bits| (bits + HEADROOM_BITS).min(u32::BITS))
            .collect();
        let fits_one_word = |bits: &[u32]| bits.iter().sum::<u32>() <= u64::BITS;
        // Room to grow is worth less than a second word costs.
        let widths = if !fits_one_word(&roomy) && fits_one_word(&needed) {
            needed
        } else {
            roomy
        };
        let mut used_bits = vec![0];
        let fields = widths
            .into_iter()
            .map(|bits| place(bits, &mut used_bits))
            .collect();
        Self {
            fields,
            words: used_bits.len(),
        }
    }

    /// Whether ids below these counts fit.
    pub(crate) fn holds(&self, counts: &[usize]) -> bool {
        self.fields.len() == counts.len()
            && self
                .fields
                .iter()
                .zip(counts)
                .all(|(field, &count)| bits_for(count) <= field.bits)
    }

    /// How many words a key has.
    pub(crate) const fn words(&self) -> usize {
        self.words
    }

    /// Packs the ids of each row; one vector of `rows` keys per word.
    pub(crate) fn pack(&self, ids: &[&[u32]], rows: usize) -> Vec<Vec<u64>> {
        let mut words = vec![vec![0_u64; rows]; self.words];
        for (field, ids) in self.fields.iter().zip(ids) {
            for (word, &id) in words[field.word].iter_mut().zip(*ids) {
                *word |= u64::from(id) << field.shift;
            }
        }
        words
    }

    /// The ids of one field of each key.
    pub(crate) fn unpack(&self, field: usize, words: &[&[u64]]) -> Vec<u32> {
        let KeyField { word, shift, bits } = self.fields[field];
        let mask = (1_u64 << bits) - 1;
        words[word]
            .iter()
            .map(|key| low_half((key >> shift) & mask))
            .collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a field has at most 32 bits and the rest is masked off"
)]
const fn low_half(masked: u64) -> u32 {
    masked as u32
}

/// How many bits ids below `count` need, at least one.
fn bits_for(count: usize) -> u32 {
    let id_max = count.saturating_sub(1);
    (usize::BITS - id_max.leading_zeros()).max(1)
}

/// Puts a field into the first word with room for it, opening another if there is none.
fn place(bits: u32, used_bits: &mut Vec<u32>) -> KeyField {
    let with_room = used_bits.iter().position(|used| used + bits <= u64::BITS);
    let word = with_room.unwrap_or_else(|| {
        used_bits.push(0);
        used_bits.len() - 1
    });
    let shift = used_bits[word];
    used_bits[word] += bits;
    KeyField { word, shift, bits }
}

#[cfg(test)]
mod tests;
