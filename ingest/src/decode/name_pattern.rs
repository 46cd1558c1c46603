//! Recognising an expected name without looking for its end.

/// Bytes that hold any name and its closing quote.
const PATTERN_BYTES: usize = 32;

/// A name with its closing quote, and which of these bytes are the name's.
#[derive(Debug)]
pub(crate) struct NamePattern {
    name: &'static str,
    words: [u64; PATTERN_BYTES / 8],
    masks: [u64; PATTERN_BYTES / 8],
}

impl NamePattern {
    /// The pattern of a name that JSON needs no escapes for, of less than 32 bytes.
    pub(crate) const fn new(text: &'static str) -> Self {
        let name = text.as_bytes();
        assert!(
            name.len() < PATTERN_BYTES,
            "a name and its quote fit a pattern"
        );
        let mut pattern = Self {
            name: text,
            words: [0; 4],
            masks: [0; 4],
        };
        let mut at = 0;
        while at <= name.len() {
            let byte = if at < name.len() { name[at] } else { b'"' };
            pattern.words[at / 8] |= (byte as u64) << (at % 8 * 8);
            pattern.masks[at / 8] |= 0xff << (at % 8 * 8);
            at += 1;
        }
        pattern
    }

    /// Bytes of the name and its closing quote.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.name.len() + 1
    }

    /// Whether a text begins with the name and its closing quote.
    #[inline]
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let Some(start) = text.first_chunk::<PATTERN_BYTES>() else {
            return self.matches_end(text);
        };
        let (start, _) = start.as_chunks::<8>();
        let mut difference = 0;
        for ((word, mask), bytes) in self.words.iter().zip(&self.masks).zip(start) {
            difference |= (u64::from_le_bytes(*bytes) ^ word) & mask;
        }
        difference == 0
    }

    /// [`NamePattern::matches`] for a text that is too short to look at all of the pattern.
    fn matches_end(&self, text: &[u8]) -> bool {
        text.strip_prefix(self.name.as_bytes())
            .is_some_and(|rest| rest.first() == Some(&b'"'))
    }
}

#[cfg(test)]
mod tests;
