//! Results as JSON: one object a line, its members in the order of the columns.

use std::fmt;
use std::io::{self, Write};

use arrow::datatypes::Schema;

use super::value::{Values, push_json_text};

/// Writes rows, each as an object on a line of its own.
pub(super) fn write_rows(
    schema: &Schema,
    columns: &[Values<'_>],
    rows: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut line = String::new();
    for row in 0..rows {
        line.clear();
        push_object(schema, columns, row, &mut line).map_err(io::Error::other)?;
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

fn push_object(
    schema: &Schema,
    columns: &[Values<'_>],
    row: usize,
    line: &mut String,
) -> fmt::Result {
    line.push('{');
    for (at, (field, column)) in schema.fields().iter().zip(columns).enumerate() {
        if at > 0 {
            line.push(',');
        }
        push_json_text(field.name(), line)?;
        line.push(':');
        column.json(row, line)?;
    }
    line.push_str("}\n");
    Ok(())
}
