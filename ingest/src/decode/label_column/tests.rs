//! Dictionaries from batch to batch.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Int32Type;

use super::{KEPT_BYTES_MAX, KEPT_VALUES_MAX, LabelColumn};

fn texts(column: &ArrayRef) -> Vec<Option<String>> {
    let dictionary = column.as_dictionary::<Int32Type>();
    let values = dictionary
        .downcast_dict::<arrow::array::StringArray>()
        .unwrap();
    (0..dictionary.len())
        .map(|row| {
            let key = dictionary.key(row)?;
            Some(values.values().value(key).to_owned())
        })
        .collect()
}

fn distinct(column: &ArrayRef) -> usize {
    column.as_dictionary::<Int32Type>().values().len()
}

#[test]
fn rows_that_are_passed_over_are_null() {
    let mut column = LabelColumn::new();
    column.set(1, "a");
    column.set(2, "");
    column.set(5, "a");
    let built = column.finish(7).unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        texts(&built),
        [None, text("a"), text(""), None, None, text("a"), None]
    );
    assert_eq!(distinct(&built), 2);
    assert_eq!(texts(&column.finish(2).unwrap()), [None, None]);
}

#[test]
fn few_texts_are_kept_and_their_array_with_them() {
    let mut column = LabelColumn::new();
    column.set(0, "a");
    let first = column.finish(1).unwrap();
    column.set(0, "a");
    let second = column.finish(1).unwrap();
    let values = |column: &ArrayRef| column.as_dictionary::<Int32Type>().values().to_data();
    assert!(values(&first).ptr_eq(&values(&second)));
    column.set(0, "b");
    let third = column.finish(1).unwrap();
    assert_eq!(texts(&third), [Some("b".to_owned())]);
    assert_eq!(texts(&first), [Some("a".to_owned())]);
}

#[test]
fn many_texts_are_forgotten_with_their_batch() {
    let mut column = LabelColumn::new();
    let rows = KEPT_VALUES_MAX + 1;
    for batch in 0..3 {
        for row in 0..rows {
            column.set(
                row,
                &format!("a text of more than sixteen bytes {batch} {row}"),
            );
        }
        let built = column.finish(rows).unwrap();
        assert_eq!(distinct(&built), rows);
        let last = format!("a text of more than sixteen bytes {batch} {}", rows - 1);
        assert_eq!(texts(&built).pop().unwrap(), Some(last));
    }
    column.set(0, &"x".repeat(KEPT_BYTES_MAX + 1));
    assert_eq!(distinct(&column.finish(1).unwrap()), 1);
    column.set(0, "short");
    assert_eq!(distinct(&column.finish(1).unwrap()), 1);
}

#[test]
fn texts_of_one_length_and_equal_ends_are_told_apart() {
    let mut column = LabelColumn::new();
    let names = [
        "beginning-a-tail-end",
        "beginning-b-tail-end",
        "beginning-a-tail-end",
    ];
    for (row, name) in names.iter().enumerate() {
        column.set(row, name);
    }
    let built = column.finish(3).unwrap();
    assert_eq!(texts(&built), names.map(|name| Some(name.to_owned())));
    assert_eq!(distinct(&built), 2);
}
