//! Tests of the levels' bytes.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::NullBuffer;

use super::Levels;

fn page(levels: &mut Levels) -> Vec<u8> {
    let mut out = Vec::new();
    levels.finish_page(&mut out);
    out
}

fn optional() -> Levels {
    Levels::Optional {
        present: BooleanBufferBuilder::new(0),
        nulls: 0,
    }
}

#[test]
fn rows_that_are_all_there_or_all_missing_are_one_run() {
    let mut levels = optional();
    levels.append(100, None);
    assert_eq!(page(&mut levels), [3, 0, 0, 0, 200, 1, 1]);
    levels.append(3, Some(&NullBuffer::new_null(3)));
    assert_eq!((levels.count(), levels.nulls()), (3, 3));
    assert_eq!(page(&mut levels), [2, 0, 0, 0, 6, 0]);
}

#[test]
fn mixed_rows_are_their_bits() {
    let mut levels = optional();
    let some = NullBuffer::from(vec![true, false, true]);
    levels.append(3, Some(&some));
    levels.append(7, None);
    assert_eq!(page(&mut levels), [3, 0, 0, 0, 5, 0b1111_1101, 0b11]);
}

#[test]
fn a_map_is_told_from_an_empty_one_and_from_none() {
    let mut levels = Levels::Map {
        definition: Vec::new(),
        repetition: Vec::new(),
    };
    levels.append_map(None);
    levels.append_map(Some(0));
    levels.append_map(Some(2));
    assert_eq!((levels.count(), levels.nulls()), (4, 2));
    let repetition = [2, 0, 0, 0, 3, 0b1000];
    let definition = [3, 0, 0, 0, 3, 0b1010_0100, 0];
    assert_eq!(
        page(&mut levels),
        [&repetition[..], &definition[..]].concat()
    );
}

#[test]
fn a_required_column_has_no_levels() {
    let mut levels = Levels::Required { rows: 0 };
    levels.append(9, None);
    assert_eq!(levels.count(), 9);
    assert!(page(&mut levels).is_empty());
    assert_eq!(levels.count(), 0);
}
