//! A block at once, held against looking at each byte.

use proptest::prelude::{any, prop_assert_eq, proptest};

use super::{BLOCK, plain_prefix};

fn one_by_one(block: &[u8; BLOCK]) -> usize {
    let is_special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    block.iter().position(is_special).unwrap_or(BLOCK)
}

#[test]
fn every_byte_is_told_at_every_place() {
    for filler in [b'a', 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xff] {
        for at in 0..BLOCK {
            for byte in 0..=u8::MAX {
                let mut block = [filler; BLOCK];
                block[at] = byte;
                let expected = one_by_one(&block);
                assert_eq!(plain_prefix(&block), expected, "{block:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_block_is_told(block in any::<[u8; BLOCK]>()) {
        prop_assert_eq!(plain_prefix(&block), one_by_one(&block));
    }
}
