//! Results as CSV (RFC 4180): a line of names, then a line a row.

use std::io::{self, Write};

use arrow::datatypes::Schema;

use super::value::{Reader, Values};

/// Writes the names of the columns.
pub(super) fn write_names(schema: &Schema, out: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    for (at, field) in schema.fields().iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push_field(field.name(), &mut line);
    }
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// Writes rows: null is empty, an empty text is a pair of quotes.
pub(super) fn write_rows(
    columns: &[Values<'_>],
    rows: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut line = String::new();
    let mut text = String::new();
    for row in 0..rows {
        line.clear();
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                line.push(',');
            }
            if !column.is_null(row) {
                text.clear();
                let written = column.text(row, Reader::Program, &mut text);
                written.map_err(io::Error::other)?;
                push_field(&text, &mut line);
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

fn push_field(text: &str, line: &mut String) {
    let is_plain = !text.is_empty()
        && !text.contains(['"', ',', '\n', '\r'])
        && !text.starts_with(' ')
        && !text.ends_with(' ');
    if is_plain {
        line.push_str(text);
    } else {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    }
}
