//! Tests of dictionaries and of the bounds of texts.

use std::sync::Arc;

use arrow::array::{DictionaryArray, Int32Array, StringArray};
use arrow::datatypes::Int32Type;
use parquet::basic::Encoding;

use super::{BOUND_BYTES_MAX, DICTIONARY_VALUES_MAX, Labels, cut_above, cut_below};

fn labels(keys: Vec<Option<i32>>, texts: Vec<Option<&str>>) -> DictionaryArray<Int32Type> {
    DictionaryArray::new(Int32Array::from(keys), Arc::new(StringArray::from(texts)))
}

#[test]
fn dictionaries_of_batches_become_one() {
    let mut column = Labels::new(true);
    let first = labels(vec![Some(1), None, Some(0)], vec![Some("a"), Some("b")]);
    let second = labels(
        vec![Some(0), Some(1), Some(2)],
        vec![Some("b"), None, Some("c")],
    );
    column.append(&first).unwrap();
    column.append(&second).unwrap();
    let mut page = Vec::new();
    assert_eq!(column.finish_page(&mut page), Encoding::RLE_DICTIONARY);
    // b, a, b, c as 0, 1, 0, 2 of two bits.
    assert_eq!(page, [2, 3, 0b10_00_01_00, 0]);
    let (dictionary, statistics) = column.finish_chunk(2);
    let (body, values) = dictionary.unwrap();
    assert_eq!(values, 3);
    assert_eq!(body, b"\x01\0\0\0b\x01\0\0\0a\x01\0\0\0c");
    let statistics = statistics.unwrap();
    assert_eq!(statistics.min_bytes_opt(), Some(&b"a"[..]));
    assert_eq!(statistics.max_bytes_opt(), Some(&b"c"[..]));
    assert_eq!(statistics.null_count_opt(), Some(2));
}

#[test]
fn a_dictionary_that_grows_too_large_is_given_up() {
    let mut column = Labels::new(true);
    let texts: Vec<String> = (0..=DICTIONARY_VALUES_MAX)
        .map(|at| format!("{at:07}"))
        .collect();
    let texts = StringArray::from_iter_values(texts);
    assert!(!column.wants_new_page());
    column.append(&texts).unwrap();
    assert!(column.wants_new_page());
    let mut page = Vec::new();
    assert_eq!(column.finish_page(&mut page), Encoding::RLE_DICTIONARY);
    column
        .append(&labels(vec![Some(0)], vec![Some("z")]))
        .unwrap();
    assert_eq!(
        column.finish_page(&mut page),
        Encoding::DELTA_LENGTH_BYTE_ARRAY
    );
    let (_, statistics) = column.finish_chunk(0);
    assert_eq!(statistics.unwrap().max_bytes_opt(), Some(&b"z"[..]));
}

#[test]
fn bounds_stay_bounds_when_they_are_cut() {
    let long = "é".repeat(60);
    let (lower, is_exact) = cut_below(long.as_bytes());
    assert!(!is_exact && lower.len() <= BOUND_BYTES_MAX && lower.as_slice() < long.as_bytes());
    let (upper, is_exact) = cut_above(long.as_bytes()).unwrap();
    assert!(!is_exact && upper.len() <= BOUND_BYTES_MAX && upper.as_slice() > long.as_bytes());
    assert_eq!(cut_above(b"short"), Some((b"short".to_vec(), true)));
    let highest = char::MAX.to_string().repeat(30);
    assert_eq!(cut_above(highest.as_bytes()), None);
    let gap = format!("{}\u{d7ff}{}", "a".repeat(61), "b".repeat(9));
    let (upper, _) = cut_above(gap.as_bytes()).unwrap();
    assert!(upper.as_slice() > gap.as_bytes() && std::str::from_utf8(&upper).is_ok());
}
