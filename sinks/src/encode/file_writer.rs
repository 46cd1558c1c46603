//! One Parquet file under construction, in memory.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowSchemaConverter;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, SchemaDescPtr};
use schemas::table::Table;
use uuid::Uuid;

use super::chunk::PageCompressor;
use super::column::{ColumnEncoder, ColumnHints};
use super::statistics::delta_statistics;
use super::{EncodedFile, PartitionValues};
use crate::error::SinkError;
use crate::paths;
use crate::settings::LakeSettings;
use crate::table_definition::statistics_columns;

/// How the Parquet files of one table are written.
#[derive(Debug, Clone)]
pub(crate) struct FileFormat {
    table: Table,
    schema: SchemaRef,
    parquet_schema: SchemaDescPtr,
    zstd_level: i32,
    row_group_rows_max: usize,
}

impl FileFormat {
    /// The format of a table's files.
    ///
    /// # Errors
    /// [`SinkError::Parquet`] if the table has a column that Parquet has no type for.
    pub(crate) fn new(table: Table, settings: &LakeSettings) -> Result<Self, SinkError> {
        let schema = table.file_schema();
        let parquet_schema = ArrowSchemaConverter::new()
            .schema_root("tokenmeter")
            .convert(&schema)
            .map_err(SinkError::parquet("find the table's Parquet types"))?;
        Ok(Self {
            table,
            schema,
            parquet_schema: Arc::new(parquet_schema),
            zstd_level: settings.zstd_level,
            row_group_rows_max: settings.row_group_rows_max,
        })
    }

    fn encoders(&self) -> Result<Vec<ColumnEncoder>, SinkError> {
        let mut leaves = self.parquet_schema.columns();
        let mut encoders = Vec::new();
        for field in self.schema.fields() {
            let width = if matches!(field.data_type(), DataType::Map(..)) {
                2
            } else {
                1
            };
            let (own, rest) = leaves.split_at_checked(width).unwrap_or((leaves, &[]));
            let own: &[ColumnDescPtr] = own;
            encoders.push(ColumnEncoder::new(field, own, hints(self.table, field))?);
            leaves = rest;
        }
        Ok(encoders)
    }
}

fn hints(table: Table, field: &Field) -> ColumnHints {
    let has_many_values: &[&str] = match table {
        Table::Events => &["event_id", "run_id", "session_id", "attributes"],
        Table::CostWindows => &[],
        Table::Rejects => &["raw", "raw_sha256", "detail", "kafka_key"],
        Table::Alerts => &["alert_id", "labels", "annotations", "contributors"],
    };
    ColumnHints {
        has_few_values: !has_many_values.contains(&field.name().as_str()),
        keeps_range: statistics_columns(table).contains(&field.name().as_str()),
    }
}

/// A file under construction.
#[derive(Debug)]
pub(crate) struct FileWriter {
    format: FileFormat,
    partition_values: PartitionValues,
    path: String,
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<ColumnEncoder>,
    compressor: PageCompressor,
    group_rows: usize,
    rows: usize,
}

impl FileWriter {
    /// Begins a file of one partition.
    pub(crate) fn new(
        format: &FileFormat,
        partition_values: PartitionValues,
        id: Uuid,
    ) -> Result<Self, SinkError> {
        // No page index: readers skip by files and row groups, and an index costs a tenth of
        // the speed.
        let properties = WriterProperties::builder().set_offset_index_disabled(true);
        let root = format.parquet_schema.root_schema_ptr();
        let writer = SerializedFileWriter::new(Vec::new(), root, Arc::new(properties.build()));
        Ok(Self {
            path: paths::data_file(&partition_values, id),
            partition_values,
            writer: writer.map_err(SinkError::parquet("begin a file"))?,
            columns: format.encoders()?,
            compressor: PageCompressor::new(format.zstd_level)?,
            format: format.clone(),
            group_rows: 0,
            rows: 0,
        })
    }

    /// Encodes rows.
    ///
    /// # Shape
    /// The columns of the table's files in their order; a dictionary may stand for its values.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), SinkError> {
        if rows.num_columns() != self.columns.len() {
            let detail = format!("{} columns, not {}", rows.num_columns(), self.columns.len());
            return Err(SinkError::Accounting { detail });
        }
        let mut from = 0;
        while from < rows.num_rows() {
            let room = self.format.row_group_rows_max - self.group_rows;
            let length = room.min(rows.num_rows() - from);
            let part = rows.slice(from, length);
            for (column, array) in self.columns.iter_mut().zip(part.columns()) {
                column.append(array, &mut self.compressor)?;
            }
            from += length;
            self.group_rows += length;
            if self.group_rows == self.format.row_group_rows_max {
                self.finish_row_group()?;
            }
        }
        self.rows += rows.num_rows();
        Ok(())
    }

    /// Memory that the file holds, bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        let columns = self.columns.iter().map(ColumnEncoder::memory_bytes);
        self.writer.inner().capacity() + columns.sum::<usize>()
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> Result<EncodedFile, SinkError> {
        if self.group_rows > 0 {
            self.finish_row_group()?;
        }
        let metadata = self
            .writer
            .finish()
            .map_err(SinkError::parquet("end a file"))?;
        let bytes = std::mem::take(self.writer.inner_mut());
        Ok(EncodedFile {
            table: self.format.table,
            path: self.path,
            partition_values: self.partition_values,
            bytes: Bytes::from(bytes),
            rows: self.rows,
            statistics: delta_statistics(self.format.table, &metadata),
        })
    }

    fn finish_row_group(&mut self) -> Result<(), SinkError> {
        let failed = |source: ParquetError| SinkError::parquet("end a row group")(source);
        // Room for the row group at once, instead of growing by copying all before it.
        let columns = self.columns.iter().map(ColumnEncoder::memory_bytes);
        self.writer.inner_mut().reserve(columns.sum());
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for column in &mut self.columns {
            for (bytes, close) in column.finish_chunks(&mut self.compressor)? {
                group.append_column(&bytes, close).map_err(failed)?;
            }
        }
        group.close().map_err(failed)?;
        self.group_rows = 0;
        Ok(())
    }
}
