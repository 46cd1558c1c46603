//! Tests of the encodings, by hand-made bytes; files are read back by other readers elsewhere.

use super::{Width, pack, put_deltas, put_hybrid, put_varint, put_zigzag};

fn bytes(put: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out);
    out
}

#[test]
fn variable_length_numbers_have_their_textbook_bytes() {
    assert_eq!(bytes(|out| put_varint(out, 0)), [0]);
    assert_eq!(bytes(|out| put_varint(out, 300)), [0xac, 0x02]);
    assert_eq!(bytes(|out| put_varint(out, u64::MAX)).len(), 10);
    assert_eq!(bytes(|out| put_zigzag(out, -1)), [1]);
    assert_eq!(bytes(|out| put_zigzag(out, 1)), [2]);
    assert_eq!(bytes(|out| put_zigzag(out, i64::MIN)).len(), 10);
}

#[test]
fn packed_numbers_are_those_of_the_format_page() {
    // The numbers 0 to 7 of three bits each: the example of Encodings.md.
    let packed = bytes(|out| pack(out, 0..8, 3));
    assert_eq!(packed, [0b1000_1000, 0b1100_0110, 0b1111_1010]);
    let wide = bytes(|out| pack(out, [u64::MAX, 1].into_iter(), 64));
    assert_eq!(wide[..8], [0xff; 8]);
    assert_eq!(wide[8..], [1, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn equal_numbers_are_one_run() {
    assert_eq!(bytes(|out| put_hybrid(out, &[5; 100], 3)), [200, 1, 5]);
    assert_eq!(bytes(|out| put_hybrid(out, &[1, 2, 3], 2))[0], 0b11);
}

#[test]
fn deltas_of_a_sequence_take_no_space() {
    let values: Vec<i64> = (7..7 + 129).collect();
    let packed = bytes(|out| put_deltas(out, &values, Width::Bits64));
    // 128 a block, 4 parts, 129 values, first 7; then smallest difference 1, four widths of 0.
    assert_eq!(packed, [0x80, 1, 4, 0x81, 1, 14, 2, 0, 0, 0, 0]);
}

#[test]
fn differences_of_32_bit_numbers_stay_within_32_bits() {
    let values = [i64::from(i32::MIN), i64::from(i32::MAX), 0];
    let packed = bytes(|out| put_deltas(out, &values, Width::Bits32));
    // 128 a block, 4 parts, 3 values: 4 bytes; first value and smallest difference: 5 bytes each.
    assert_eq!(packed[14..18], [31, 0, 0, 0]);
    assert_eq!(packed.len(), 18 + 31 * 4);
}
