//! Keys of several words come back as the ids that went in.

use super::KeyLayout;

fn check_round_trip(counts: &[usize], words: usize) {
    let layout = KeyLayout::for_counts(counts);
    assert_eq!(layout.words(), words, "{counts:?}");
    assert!(layout.holds(counts));
    let columns: Vec<Vec<u32>> = counts
        .iter()
        .map(|&count| {
            let id_max = u32::try_from(count - 1).unwrap();
            vec![0, id_max / 3, id_max / 2, id_max]
        })
        .collect();
    let slices: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
    let packed = layout.pack(&slices, 4);
    let packed: Vec<&[u64]> = packed.iter().map(Vec::as_slice).collect();
    for (field, column) in columns.iter().enumerate() {
        assert_eq!(
            &layout.unpack(field, &packed),
            column,
            "field {field} of {counts:?}"
        );
    }
}

#[test]
fn ids_come_back_from_the_key() {
    check_round_trip(&[1], 1);
    check_round_trip(&[5, 1, 2], 1);
    check_round_trip(&[61, 11, 50_001, 5, 21], 1);
    // Without headroom these are exactly 64 bits.
    check_round_trip(&[1 << 16, 1 << 16, 1 << 16, 1 << 16], 1);
    check_round_trip(&[1 << 32, 1 << 32], 1);
    check_round_trip(&[(1 << 16) + 1, 1 << 16, 1 << 16, 1 << 16], 2);
    check_round_trip(&[1 << 32; 13], 7);
}

#[test]
fn a_layout_holds_what_fits_and_refuses_what_does_not() {
    let layout = KeyLayout::for_counts(&[4, 4]);
    assert!(layout.holds(&[16, 16]));
    assert!(!layout.holds(&[17, 16]));
    assert!(!layout.holds(&[16, 17]));
    assert!(!layout.holds(&[4]));
}
