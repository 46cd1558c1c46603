//! Ends of short texts.

use proptest::collection;
use proptest::prelude::{any, prop_assert_eq, proptest};

use super::text_ends;

#[test]
fn ends_overlap_in_short_texts() {
    let number = |text: &[u8; 8]| u64::from_le_bytes(*text);
    assert_eq!(text_ends(b""), (0, 0));
    assert_eq!(
        text_ends(b"abcde"),
        (number(b"abcd\0\0\0\0"), number(b"bcde\0\0\0\0"))
    );
    assert_eq!(
        text_ends(b"abcdefghij"),
        (number(b"abcdefgh"), number(b"cdefghij"))
    );
}

proptest! {
    #[test]
    fn short_texts_are_told_apart(
        left in collection::vec(0_u8..3, 0..=16),
        right in collection::vec(0_u8..3, 0..=16),
        wide in any::<[u8; 16]>(),
        at in 0_usize..16,
    ) {
        let is_same = left.len() == right.len() && text_ends(&left) == text_ends(&right);
        prop_assert_eq!(is_same, left == right);
        let mut other = wide;
        other[at] ^= 0x10;
        prop_assert_eq!(text_ends(&wide) == text_ends(&other), false);
    }
}
