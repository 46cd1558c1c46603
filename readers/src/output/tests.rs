//! The formats to the letter, over every kind of column that the lake has.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float64Array, Int64Array, ListArray, MapBuilder, RecordBatch, StringArray, StringBuilder,
    StringViewArray, StructArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type};

use crate::lake::QueryResult;
use crate::output::{OutputFormat, write_result};

#[expect(
    clippy::too_many_lines,
    reason = "one column of every kind, each a few lines"
)]
fn every_kind() -> QueryResult {
    let money = Decimal128Array::from(vec![Some(-1_234_567_890_123_456_789_i128), Some(1), None]);
    let money = money.with_precision_and_scale(38, 12).unwrap();
    let time = TimestampMicrosecondArray::from(vec![Some(0), Some(-1), None]).with_timezone("UTC");
    let local = TimestampNanosecondArray::from(vec![Some(1_500), Some(-1), None]);
    let label: DictionaryArray<Int32Type> =
        vec![Some("a"), Some("b,\"c\""), None].into_iter().collect();
    let mut usage = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    usage.keys().append_value("k\"1");
    usage.values().append_value("v\n");
    usage.keys().append_value("k2");
    usage.values().append_null();
    usage.append(true).unwrap();
    usage.append(true).unwrap();
    usage.append(false).unwrap();
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), None]),
        Some(vec![]),
        None,
    ]);
    let point = StructArray::from(vec![(
        Arc::new(Field::new("x", DataType::Int64, true)),
        Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])) as ArrayRef,
    )]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "n",
            Arc::new(Int64Array::from(vec![Some(i64::MAX), Some(-1), None])),
        ),
        ("money", Arc::new(money)),
        (
            "f",
            Arc::new(Float64Array::from(vec![
                Some(0.5),
                Some(f64::NAN),
                Some(f64::NEG_INFINITY),
            ])),
        ),
        (
            "ok",
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        ),
        (
            "text",
            Arc::new(StringViewArray::from(vec![
                Some("ü \u{1b}[31m\n"),
                Some(""),
                None,
            ])),
        ),
        (
            "plain",
            Arc::new(StringArray::from(vec![Some(" lead"), Some("x"), None])),
        ),
        ("label", Arc::new(label)),
        (
            "day",
            Arc::new(Date32Array::from(vec![Some(20_780), Some(-1), None])),
        ),
        ("time", Arc::new(time)),
        ("local", Arc::new(local)),
        (
            "raw",
            Arc::new(BinaryArray::from(vec![
                Some(&b"{}"[..]),
                Some(&[0xff, 0x00][..]),
                None,
            ])),
        ),
        ("map", Arc::new(usage.finish())),
        ("list", Arc::new(list)),
        ("point", Arc::new(point)),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    QueryResult {
        schema: batch.schema(),
        batches: vec![batch.slice(0, 1), batch.slice(1, 2)],
    }
}

fn written(result: &QueryResult, format: OutputFormat) -> String {
    let mut out = Vec::new();
    let rows = write_result(result, format, &mut out).unwrap();
    assert_eq!(rows, result.row_count());
    String::from_utf8(out).unwrap()
}

#[test]
fn csv_to_the_letter() {
    let expected = concat!(
        "n,money,f,ok,text,plain,label,day,time,local,raw,map,list,point\n",
        "9223372036854775807,-1234567.890123456789,0.5,true,\"ü \u{1b}[31m\n\",\" lead\",a,2026-11-23,",
        "1970-01-01T00:00:00.000000Z,1970-01-01T00:00:00.000001500,\\x7b7d,",
        "\"{\"\"k\\\"\"1\"\":\"\"v\\n\"\",\"\"k2\"\":null}\",\"[1,null]\",\"{\"\"x\"\":1}\"\n",
        "-1,0.000000000001,NaN,false,\"\",x,\"b,\"\"c\"\"\",1969-12-31,",
        "1969-12-31T23:59:59.999999Z,1969-12-31T23:59:59.999999999,\\xff00,{},[],\"{\"\"x\"\":null}\"\n",
        ",,-inf,,,,,,,,,,,\"{\"\"x\"\":3}\"\n",
    );
    assert_eq!(written(&every_kind(), OutputFormat::Csv), expected);
}

#[test]
fn json_to_the_letter() {
    let expected = concat!(
        "{\"n\":9223372036854775807,\"money\":\"-1234567.890123456789\",\"f\":0.5,\"ok\":true,",
        "\"text\":\"ü \\u001b[31m\\n\",\"plain\":\" lead\",\"label\":\"a\",\"day\":\"2026-11-23\",",
        "\"time\":\"1970-01-01T00:00:00.000000Z\",\"local\":\"1970-01-01T00:00:00.000001500\",",
        "\"raw\":\"\\\\x7b7d\",\"map\":{\"k\\\"1\":\"v\\n\",\"k2\":null},\"list\":[1,null],",
        "\"point\":{\"x\":1}}\n",
        "{\"n\":-1,\"money\":\"0.000000000001\",\"f\":null,\"ok\":false,\"text\":\"\",\"plain\":\"x\",",
        "\"label\":\"b,\\\"c\\\"\",\"day\":\"1969-12-31\",\"time\":\"1969-12-31T23:59:59.999999Z\",",
        "\"local\":\"1969-12-31T23:59:59.999999999\",\"raw\":\"\\\\xff00\",\"map\":{},\"list\":[],",
        "\"point\":{\"x\":null}}\n",
        "{\"n\":null,\"money\":null,\"f\":null,\"ok\":null,\"text\":null,\"plain\":null,\"label\":null,",
        "\"day\":null,\"time\":null,\"local\":null,\"raw\":null,\"map\":null,\"list\":null,",
        "\"point\":{\"x\":3}}\n",
    );
    let json = written(&every_kind(), OutputFormat::Json);
    assert_eq!(json, expected);
    for line in json.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn table_to_the_letter() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "feature",
            Arc::new(StringArray::from(vec![
                Some("search"),
                Some("a\u{1b}[31mb\n"),
                None,
            ])),
        ),
        (
            "calls",
            Arc::new(Int64Array::from(vec![Some(12_345), Some(1), None])),
        ),
        ("window_start", {
            let times = TimestampMicrosecondArray::from(vec![Some(0), Some(1), None]);
            Arc::new(times.with_timezone("UTC"))
        }),
        (
            "raw",
            Arc::new(BinaryArray::from(vec![
                Some(&b"{}"[..]),
                Some(&[0xff][..]),
                None,
            ])),
        ),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let result = QueryResult {
        schema: batch.schema(),
        batches: vec![batch],
    };
    let expected = concat!(
        " feature        | calls | window_start                | raw\n",
        "----------------+-------+-----------------------------+------\n",
        " search         | 12345 | 1970-01-01T00:00:00Z        | {}\n",
        " a\\u{1b}[31mb\\n |     1 | 1970-01-01T00:00:00.000001Z | \\xff\n",
        "                |       |                             |\n",
        "(3 rows)\n",
    );
    assert_eq!(written(&result, OutputFormat::Table), expected);
}

#[test]
fn a_result_without_rows_still_names_its_columns() {
    let every = every_kind();
    let none = QueryResult {
        schema: every.schema.project(&[0, 1]).unwrap().into(),
        batches: Vec::new(),
    };
    assert_eq!(written(&none, OutputFormat::Csv), "n,money\n");
    assert_eq!(written(&none, OutputFormat::Json), "");
    assert_eq!(
        written(&none, OutputFormat::Table),
        " n | money\n---+-------\n(0 rows)\n"
    );
}

#[test]
fn a_label_that_no_row_has_is_null() {
    let label: DictionaryArray<Int32Type> = vec![None::<&str>, None].into_iter().collect();
    let batch = RecordBatch::try_from_iter([("label", Arc::new(label) as ArrayRef)]).unwrap();
    let result = QueryResult {
        schema: batch.schema(),
        batches: vec![batch],
    };
    let expected = "{\"label\":null}\n{\"label\":null}\n";
    assert_eq!(written(&result, OutputFormat::Json), expected);
}

#[test]
fn rows_behind_the_first_thousand_are_written_too() {
    let numbers = Int64Array::from_iter_values(0..2_500);
    let batch = RecordBatch::try_from_iter([("n", Arc::new(numbers) as ArrayRef)]).unwrap();
    let result = QueryResult {
        schema: batch.schema(),
        batches: vec![batch],
    };
    let table = written(&result, OutputFormat::Table);
    let numbers: Vec<i64> = table
        .lines()
        .filter_map(|line| line.trim().parse().ok())
        .collect();
    assert_eq!(numbers, (0..2_500).collect::<Vec<_>>());
    assert!(table.ends_with("(2500 rows)\n"));
}

#[test]
fn formats_are_named_as_they_are_read() {
    for format in OutputFormat::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let error = "xml".parse::<OutputFormat>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`xml` is no output format: choose table, csv or json"
    );
}
