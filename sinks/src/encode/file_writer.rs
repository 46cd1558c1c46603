//! One Parquet file under construction, in memory.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use schemas::table::Table;
use uuid::Uuid;

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
    properties: WriterProperties,
}

impl FileFormat {
    /// The format of a table's files.
    ///
    /// # Errors
    /// [`SinkError::Parquet`] if Zstandard has no such level.
    pub(crate) fn new(table: Table, settings: &LakeSettings) -> Result<Self, SinkError> {
        let schema = table.file_schema();
        let level = ZstdLevel::try_new(settings.zstd_level)
            .map_err(SinkError::parquet("set the Zstandard level"))?;
        let mut builder = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(settings.row_group_rows_max))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_dictionary_enabled(false);
        for column in statistics_columns(table) {
            let path = ColumnPath::from(*column);
            builder = builder.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
        }
        for field in schema.fields() {
            let path = ColumnPath::from(field.name().as_str());
            builder = match (has_few_values(table, field.name()), field.data_type()) {
                (true, _) => builder.set_column_dictionary_enabled(path, true),
                (false, DataType::Int64 | DataType::Int32 | DataType::Timestamp(..)) => {
                    builder.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
                }
                _ => builder,
            };
        }
        Ok(Self {
            table,
            schema,
            properties: builder.build(),
        })
    }
}

/// Whether a column repeats its values so much that a dictionary pays.
fn has_few_values(table: Table, column: &str) -> bool {
    let has_many = match table {
        Table::Events => [
            "event_id",
            "event_time",
            "run_id",
            "session_id",
            "content_hash",
            "kafka_offset",
            "kafka_time",
            "sequence",
            "input_tokens",
            "output_tokens",
        ]
        .as_slice(),
        Table::CostWindows => &[],
        Table::Rejects => &["raw", "raw_sha256", "raw_bytes", "detail", "kafka_offset"],
    };
    !has_many.contains(&column)
}

/// A file under construction.
#[derive(Debug)]
pub(crate) struct FileWriter {
    format: FileFormat,
    partition_values: PartitionValues,
    path: String,
    writer: ArrowWriter<Vec<u8>>,
    rows: usize,
}

impl FileWriter {
    /// Begins a file of one partition.
    pub(crate) fn new(
        format: &FileFormat,
        partition_values: PartitionValues,
        id: Uuid,
    ) -> Result<Self, SinkError> {
        // The types in memory differ from those of the table (dictionaries); readers shall see
        // the table's.
        let options = ArrowWriterOptions::new()
            .with_properties(format.properties.clone())
            .with_skip_arrow_metadata(true);
        let schema = SchemaRef::clone(&format.schema);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)
            .map_err(SinkError::parquet("begin a file"))?;
        Ok(Self {
            format: format.clone(),
            path: paths::data_file(&partition_values, id),
            partition_values,
            writer,
            rows: 0,
        })
    }

    /// Encodes rows.
    ///
    /// # Shape
    /// The columns of the table's files in their order; a dictionary may stand for its values.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), SinkError> {
        self.rows += rows.num_rows();
        self.writer
            .write(rows)
            .map_err(SinkError::parquet("encode rows"))
    }

    /// Memory that the file holds, bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.writer.inner().capacity() + self.writer.memory_size()
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> Result<EncodedFile, SinkError> {
        let failed = |source: ParquetError| SinkError::parquet("end a file")(source);
        let metadata = self.writer.finish().map_err(failed)?;
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
}
