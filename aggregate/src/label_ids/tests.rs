//! Labels get the same id in every batch of an epoch.

use std::sync::Arc;

use arrow::array::{Array, DictionaryArray, Int32Array, StringArray};
use arrow::datatypes::Int32Type;

use super::{LabelIds, NULL_ID};

fn assign(labels: &mut LabelIds, values: Vec<Option<&str>>, keys: Vec<Option<i32>>) -> Vec<u32> {
    let values = StringArray::from(values);
    let column =
        DictionaryArray::<Int32Type>::try_new(Int32Array::from(keys), Arc::new(values.clone()))
            .unwrap();
    let mut ids = vec![99];
    labels.assign(&column, &values, &mut ids).unwrap();
    ids
}

#[test]
fn a_text_keeps_its_id_across_dictionaries() {
    let mut labels = LabelIds::new();
    let first = assign(
        &mut labels,
        vec![Some("b"), Some("unused"), Some("a"), Some("b")],
        vec![Some(2), Some(0), Some(3), Some(2)],
    );
    assert_eq!(first, [1, 2, 2, 1], "a repeated value is the same text");
    let second = assign(
        &mut labels,
        vec![Some("c"), Some("b"), Some("a")],
        vec![Some(0), Some(1), Some(2)],
    );
    assert_eq!(second, [3, 2, 1]);
    let texts = labels.texts().unwrap();
    let texts: Vec<_> = texts.iter().collect();
    assert_eq!(
        texts,
        [None, Some("a"), Some("b"), Some("c")],
        "unused values get no id"
    );
}

#[test]
fn a_missing_label_is_not_the_empty_one() {
    let mut labels = LabelIds::new();
    let ids = assign(
        &mut labels,
        vec![None, Some("")],
        vec![None, Some(0), Some(1), None, Some(1)],
    );
    assert_eq!(ids, [NULL_ID, NULL_ID, 1, NULL_ID, 1]);
    let texts = labels.texts().unwrap();
    assert!(texts.is_null(0) && texts.value(1).is_empty() && texts.is_valid(1));
}

#[test]
fn many_texts_keep_apart_while_the_table_grows() {
    let mut labels = LabelIds::new();
    let texts: Vec<String> = (0..20_000).map(|n| format!("user-{n}")).collect();
    let values: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    let ids = assign(&mut labels, values.clone(), (0..20_000).map(Some).collect());
    assert_eq!(ids, (1..=20_000).collect::<Vec<u32>>());
    let reversed = assign(&mut labels, values, (0..20_000).rev().map(Some).collect());
    assert_eq!(reversed, (1..=20_000).rev().collect::<Vec<u32>>());
    assert_eq!(labels.count(), 20_001);
    labels.reset();
    assert_eq!(labels.count(), 1);
}
