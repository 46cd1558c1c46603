//! Writes results of queries: as a table for people, as CSV or as JSON lines for programs.
//!
//! | value | table | csv | json |
//! |---|---|---|---|
//! | null | empty | empty | `null` |
//! | empty text | empty | `""` | `""` |
//! | decimal | exact digits | exact digits | a string of them: most readers take numbers as floats |
//! | count, float, boolean | as written | as written | number, boolean; a float that is none: `null` |
//! | instant | RFC 3339, UTC | RFC 3339, UTC | a string of it |
//! | day | `YYYY-MM-DD` | the same | a string of it |
//! | bytes | text if UTF-8, else hexadecimal | `\x` and hexadecimal | a string of it |
//! | map, struct, list | JSON | JSON | object, object, array |
//!
//! Instants have six decimal places (nine if they have nanoseconds); a table leaves out places
//! that are all zero. An instant of no time zone is written without an offset.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use crate::lake::QueryResult;

mod csv;
mod json;
mod table;
mod value;

use table::TableWriter;
use value::Values;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OutputFormat {
    /// Columns aligned under their names, for people.
    #[default]
    Table,
    /// RFC 4180 with a line of names.
    Csv,
    /// One JSON object a line.
    Json,
}

impl OutputFormat {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Table, Self::Csv, Self::Json];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no output format: choose table, csv or json")]
pub struct UnknownFormat(String);

impl FromStr for OutputFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// Why a result could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The other end did not take it.
    #[error("cannot write the result")]
    Write(#[from] io::Error),
    /// A column holds what cannot be written as text.
    #[error("cannot write the column `{column}`: cast it to VARCHAR in the query")]
    Column {
        /// The column's name.
        column: String,
        /// What Arrow said.
        source: ArrowError,
    },
}

/// Writes the batches of one result, as they come.
#[derive(Debug)]
pub struct ResultWriter<W: Write> {
    out: W,
    schema: SchemaRef,
    body: Body,
    rows: usize,
}

#[derive(Debug)]
enum Body {
    Table(TableWriter),
    Csv,
    Json,
}

impl<W: Write> ResultWriter<W> {
    /// Starts a result with these columns; CSV writes its names at once.
    ///
    /// # Errors
    /// [`OutputError::Write`].
    pub fn new(format: OutputFormat, schema: SchemaRef, mut out: W) -> Result<Self, OutputError> {
        let body = match format {
            OutputFormat::Table => Body::Table(TableWriter::new(&schema)),
            OutputFormat::Csv => {
                csv::write_names(&schema, &mut out)?;
                Body::Csv
            }
            OutputFormat::Json => Body::Json,
        };
        Ok(Self {
            out,
            schema,
            body,
            rows: 0,
        })
    }

    /// Writes rows. A table keeps its first thousand back until its columns' widths are known.
    ///
    /// # Errors
    /// [`OutputError::Write`], [`OutputError::Column`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let columns = self.schema.fields().iter().zip(batch.columns());
        let columns = columns.map(|(field, array)| {
            Values::of(array.as_ref()).map_err(|source| OutputError::Column {
                column: field.name().clone(),
                source,
            })
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        self.rows += batch.num_rows();
        match &mut self.body {
            Body::Table(table) => table.write(&columns, batch.num_rows(), &mut self.out)?,
            Body::Csv => csv::write_rows(&columns, batch.num_rows(), &mut self.out)?,
            Body::Json => {
                json::write_rows(&self.schema, &columns, batch.num_rows(), &mut self.out)?;
            }
        }
        Ok(())
    }

    /// Writes what is left and gives the number of rows.
    ///
    /// # Errors
    /// [`OutputError::Write`].
    pub fn finish(mut self) -> Result<usize, OutputError> {
        if let Body::Table(table) = self.body {
            table.finish(self.rows, &mut self.out)?;
        }
        self.out.flush()?;
        Ok(self.rows)
    }
}

/// Writes a whole result and gives the number of its rows.
///
/// # Errors
/// [`OutputError::Write`], [`OutputError::Column`].
pub fn write_result(
    result: &QueryResult,
    format: OutputFormat,
    out: impl Write,
) -> Result<usize, OutputError> {
    let mut writer = ResultWriter::new(format, Arc::clone(&result.schema), out)?;
    for batch in &result.batches {
        writer.write(batch)?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests;
