//! Results as a table for people: columns aligned under their names, numbers at the right.

use std::io::{self, Write};

use arrow::datatypes::Schema;

use super::value::{Reader, Values};

/// Rows that are kept back to find the columns' widths; later rows may overflow them.
const WIDTH_ROWS_MAX: usize = 1_000;
/// Characters of a value that are shown.
const VALUE_CHARACTERS_MAX: usize = 200;

/// A table under way.
#[derive(Debug)]
pub(super) struct TableWriter {
    columns: Vec<TableColumn>,
    /// Rows that wait for the widths; `None` once these are settled.
    waiting: Option<Vec<Vec<String>>>,
}

#[derive(Debug)]
struct TableColumn {
    name: String,
    is_number: bool,
    width: usize,
}

impl TableWriter {
    pub(super) fn new(schema: &Schema) -> Self {
        let columns = schema.fields().iter().map(|field| {
            let name = printable(field.name());
            TableColumn {
                width: name.chars().count(),
                is_number: Values::is_number(field.data_type()),
                name,
            }
        });
        Self {
            columns: columns.collect(),
            waiting: Some(Vec::new()),
        }
    }

    pub(super) fn write(
        &mut self,
        columns: &[Values<'_>],
        rows: usize,
        out: &mut impl Write,
    ) -> io::Result<()> {
        for row in 0..rows {
            let mut cells = Vec::with_capacity(columns.len());
            for column in columns {
                let mut text = String::new();
                let written = column.text(row, Reader::Person, &mut text);
                written.map_err(io::Error::other)?;
                cells.push(printable(&text));
            }
            match &mut self.waiting {
                Some(waiting) => waiting.push(cells),
                None => write_cells(&self.columns, &cells, out)?,
            }
            let is_settled = |waiting: &Vec<Vec<String>>| waiting.len() >= WIDTH_ROWS_MAX;
            if self.waiting.as_ref().is_some_and(is_settled) {
                self.settle(out)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self, rows: usize, out: &mut impl Write) -> io::Result<()> {
        self.settle(out)?;
        let noun = if rows == 1 { "row" } else { "rows" };
        writeln!(out, "({rows} {noun})")
    }

    /// Fixes the widths and writes the names and the rows that waited.
    fn settle(&mut self, out: &mut impl Write) -> io::Result<()> {
        let Some(waiting) = self.waiting.take() else {
            return Ok(());
        };
        for (at, column) in self.columns.iter_mut().enumerate() {
            let widths = waiting.iter().map(|cells| cells[at].chars().count());
            column.width = widths.fold(column.width, usize::max);
        }
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        write_cells(&self.columns, &names, out)?;
        let rules = self
            .columns
            .iter()
            .map(|column| "-".repeat(column.width + 2));
        writeln!(out, "{}", rules.collect::<Vec<_>>().join("+"))?;
        for cells in &waiting {
            write_cells(&self.columns, cells, out)?;
        }
        Ok(())
    }
}

fn write_cells(columns: &[TableColumn], cells: &[String], out: &mut impl Write) -> io::Result<()> {
    let padded = columns.iter().zip(cells).map(|(column, cell)| {
        let width = column.width;
        if column.is_number {
            format!(" {cell:>width$} ")
        } else {
            format!(" {cell:<width$} ")
        }
    });
    let line = padded.collect::<Vec<_>>().join("|");
    writeln!(out, "{}", line.trim_end())
}

/// Makes a value one line that does nothing to a terminal, and not too long a one.
fn printable(text: &str) -> String {
    let is_long = text.chars().nth(VALUE_CHARACTERS_MAX).is_some();
    let shown = text.chars().take(VALUE_CHARACTERS_MAX);
    let mut line = String::with_capacity(text.len().min(VALUE_CHARACTERS_MAX));
    for character in shown {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    if is_long {
        line.push_str("...");
    }
    line
}
