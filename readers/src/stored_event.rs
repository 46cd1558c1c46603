//! Single events by their id, for people who ask about one.

use arrow::array::RecordBatch;
use datafusion::prelude::{col, lit};
use schemas::priced::priced_column_names;
use schemas::table::Table;

use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::query::query_error;
use crate::row_columns::as_priced;

impl LakeReader {
    /// Reads the events of an id at the newest version of `events`. There may be several: an id is
    /// told from its copies within one partition and the duplicate horizon only.
    ///
    /// # Shape
    /// Batches of [`schemas::priced::priced_schema`], ascending by partition and offset; none if there
    /// is no such event, or no table yet.
    ///
    /// # Errors
    /// [`ReaderError::OpenTable`], [`ReaderError::Query`] for what reading files gives,
    /// [`ReaderError::Column`] if a column of the table cannot be what the schema says.
    pub async fn events_of_id(&self, event_id: &str) -> Result<Vec<RecordBatch>, ReaderError> {
        match self.events_of_id_once(event_id).await {
            Err(error) if error.is_vanished_file() => self.events_of_id_once(event_id).await,
            result => result,
        }
    }

    async fn events_of_id_once(&self, event_id: &str) -> Result<Vec<RecordBatch>, ReaderError> {
        let columns: Vec<&str> = priced_column_names().collect();
        let filter = col("event_id").eq(lit(event_id));
        let Some(rows) = self.select(Table::Events, filter, &columns).await? else {
            return Ok(Vec::new());
        };
        let order = ["kafka_partition", "kafka_offset"].map(|name| col(name).sort(true, true));
        let rows = rows.sort(order.to_vec()).map_err(query_error)?;
        let batches = rows.collect().await.map_err(query_error)?;
        let batches = batches.iter().filter(|batch| batch.num_rows() > 0);
        batches.map(as_priced).collect()
    }
}

#[cfg(test)]
mod tests;
