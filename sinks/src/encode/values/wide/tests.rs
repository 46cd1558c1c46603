//! Tests of the dictionary of decimals.

use arrow::array::Decimal128Array;
use parquet::basic::Encoding;

use super::{DICTIONARY_VALUES_MAX, Wide};

#[test]
fn equal_decimals_share_a_number() {
    let mut column = Wide::new();
    let values = Decimal128Array::from(vec![Some(7), None, Some(-1), Some(7)]);
    column.append(&values).unwrap();
    let mut page = Vec::new();
    assert_eq!(column.finish_page(&mut page), Encoding::RLE_DICTIONARY);
    assert_eq!(page, [1, 3, 0b010]);
    let (body, values) = column.finish_chunk().unwrap();
    assert_eq!(values, 2);
    assert_eq!(body[15], 7);
    assert_eq!(body[16..], [0xff; 16]);
}

#[test]
fn many_distinct_decimals_are_written_plainly() {
    let mut column = Wide::new();
    let count = DICTIONARY_VALUES_MAX as i128 + 1;
    let values = Decimal128Array::from_iter_values((0..count).map(|at| at << 60));
    column.append(&values).unwrap();
    assert!(column.wants_new_page());
    let mut page = Vec::new();
    assert_eq!(column.finish_page(&mut page), Encoding::RLE_DICTIONARY);
    column.append(&Decimal128Array::from(vec![1])).unwrap();
    page.clear();
    assert_eq!(column.finish_page(&mut page), Encoding::PLAIN);
    assert_eq!(page, 1_i128.to_be_bytes());
}
