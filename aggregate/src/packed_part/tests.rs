//! Packing loses nothing, and merging packed parts is what merging their columns would be.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, new_null_array};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use proptest::prelude::*;
use schemas::measure::{MEASURES, Merge};

use super::{PART_BYTES, merge, pack, part_array, parts_of, unpack};

type Row = Vec<Option<i64>>;

fn row() -> impl Strategy<Value = Row> {
    let value = prop_oneof![
        Just(Some(0)),
        any::<i32>().prop_map(|value| Some(i64::from(value))),
        Just(None),
    ];
    prop::collection::vec(value, MEASURES.len()).prop_map(|mut row| {
        for (value, measure) in row.iter_mut().zip(MEASURES) {
            if !measure.column.nullable {
                value.get_or_insert(1);
            }
        }
        row
    })
}

fn columns(rows: &[Row]) -> Vec<ArrayRef> {
    let column = |(at, measure): (usize, &schemas::measure::Measure)| -> ArrayRef {
        let values = rows.iter().map(|row| row[at]);
        match measure.column.column_type.table_type() {
            DataType::Int64 => Arc::new(Int64Array::from_iter(values)),
            DataType::Decimal128(digits, scale) => Arc::new(
                Decimal128Array::from_iter(values.map(|value| value.map(i128::from)))
                    .with_precision_and_scale(digits, scale)
                    .unwrap(),
            ),
            other => panic!("{other} is no type of a measure"),
        }
    };
    MEASURES.iter().enumerate().map(column).collect()
}

fn value(column: &ArrayRef, row: usize) -> Option<i128> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        _ => column.as_primitive::<Decimal128Type>().value(row),
    })
}

proptest! {
    #[test]
    fn what_is_packed_comes_out_again(rows in prop::collection::vec(row(), 0..200)) {
        let columns = columns(&rows);
        let unpacked = unpack(&pack(&columns, rows.len()).unwrap()).unwrap();
        prop_assert_eq!(columns, unpacked);
    }

    #[test]
    fn parts_merge_measure_by_measure(rows in prop::collection::vec(row(), 1..20)) {
        let packed = pack(&columns(&rows), rows.len()).unwrap();
        let mut merged = [0; PART_BYTES];
        for part in parts_of(&packed).unwrap() {
            merge(&mut merged, part);
        }
        let merged = unpack(&part_array(merged.to_vec()).unwrap()).unwrap();
        for (at, measure) in MEASURES.iter().enumerate() {
            let values = rows.iter().filter_map(|row| row[at]).map(i128::from);
            let expected = match measure.merge {
                Merge::Sum => values.reduce(|sum, value| sum + value),
                Merge::Max => values.max(),
            };
            prop_assert_eq!(value(&merged[at], 0), expected, "{}", measure.column.name);
        }
    }
}

#[test]
fn a_column_of_another_type_is_named() {
    let mut columns = columns(&[]);
    columns[1] = new_null_array(&DataType::Utf8, 0);
    let error = pack(&columns, 0).unwrap_err();
    assert!(error.to_string().contains("error_calls"), "{error}");
}

#[test]
fn sums_are_exact_beyond_64_bits() {
    let dollars = MEASURES
        .iter()
        .position(|measure| measure.column.name == "cost_usd")
        .unwrap();
    let mut columns = columns(&[vec![Some(1); MEASURES.len()], vec![Some(1); MEASURES.len()]]);
    let large = 10_i128.pow(37) + 1;
    columns[dollars] = Arc::new(
        Decimal128Array::from(vec![large, large])
            .with_precision_and_scale(38, 12)
            .unwrap(),
    );
    let packed = pack(&columns, 2).unwrap();
    let mut merged = [0; PART_BYTES];
    for part in parts_of(&packed).unwrap() {
        merge(&mut merged, part);
    }
    let merged = unpack(&part_array(merged.to_vec()).unwrap()).unwrap();
    assert_eq!(value(&merged[dollars], 0), Some(2 * large));
}
