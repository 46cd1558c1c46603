//! The lake, open for reading: sessions, queries, and how far its partitions are.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::TryStreamExt;
use object_store::ObjectStore;
use object_store::path::Path;
use schemas::table::Table;
use url::Url;

use crate::error::ReaderError;
use crate::functions;
use crate::partitions::{PartitionState, states_of};
use crate::query;
use crate::tables::{self, Mount, OpenTable, TextType};
use crate::txn_log::TxnLog;

mod session;

use session::Needs;

/// A lake, open for reading. Clones share what they have read of the logs and of Parquet footers.
#[derive(Clone)]
pub struct LakeReader {
    pub(crate) inner: Arc<Lake>,
}

pub(crate) struct Lake {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) url: Url,
    mount: Mount,
    runtime: Arc<RuntimeEnv>,
    pub(crate) events_txns: TxnLog,
    pub(crate) cost_windows_txns: TxnLog,
}

/// What a query gave.
#[derive(Debug, Clone)]
pub struct QueryResult {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows, in the order of the query.
    pub batches: Vec<RecordBatch>,
}

impl QueryResult {
    /// How many rows there are.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// The rows of a query as they come.
pub struct QueryRows {
    first: Option<RecordBatch>,
    rest: SendableRecordBatchStream,
}

impl QueryRows {
    /// The columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.rest.schema()
    }

    /// The next rows; `None` behind the last.
    ///
    /// # Errors
    /// [`ReaderError::Query`].
    ///
    /// # Cancel safety
    /// No row is lost if this is dropped before it ends.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, ReaderError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.rest.try_next().await.map_err(query::query_error),
        }
    }
}

impl fmt::Debug for QueryRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryRows")
            .field("schema", &self.schema())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LakeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LakeReader")
            .field("url", &self.inner.url.as_str())
            .finish_non_exhaustive()
    }
}

impl LakeReader {
    /// Opens the lake whose folder is the root of `store`; nothing is read yet.
    ///
    /// `url` names the folder in messages. The tables are the folders `events`, `cost_windows`,
    /// `rejects` and `alerts` in it.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, url: Url) -> Self {
        Self::with_runtime(store, url, RuntimeEnv::default())
    }

    /// The same, with a limit to the memory that all queries together may take; sorts and
    /// groupings beyond it go to temporary files, and what cannot do so fails.
    ///
    /// # Units
    /// `memory_bytes_max`: bytes.
    #[must_use]
    pub fn with_memory_limit(
        store: Arc<dyn ObjectStore>,
        url: Url,
        memory_bytes_max: usize,
    ) -> Self {
        let runtime = RuntimeEnv {
            memory_pool: Arc::new(GreedyMemoryPool::new(memory_bytes_max)),
            ..RuntimeEnv::default()
        };
        Self::with_runtime(store, url, runtime)
    }

    fn with_runtime(store: Arc<dyn ObjectStore>, url: Url, runtime: RuntimeEnv) -> Self {
        let mount = Mount::of(&store, &url);
        mount.register(&runtime);
        Self {
            inner: Arc::new(Lake {
                events_txns: TxnLog::new(Arc::clone(&store), Table::Events),
                cost_windows_txns: TxnLog::new(Arc::clone(&store), Table::CostWindows),
                runtime: Arc::new(runtime),
                mount,
                store,
                url,
            }),
        }
    }

    /// Where the lake is.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.inner.url
    }

    /// A session over the newest version of every table, with all [`crate::views`]. A table that
    /// the lake does not have yet is empty.
    ///
    /// The versions stay as they are while the session lives, however long that is.
    ///
    /// # Errors
    /// [`ReaderError::NoLake`] if there is no table at all; otherwise what reading a log gives.
    pub async fn session(&self) -> Result<SessionContext, ReaderError> {
        self.open_session(&Needs::everything()).await
    }

    /// Runs one statement on the newest versions and gives all its rows.
    ///
    /// If a file vanishes that the versions name (vacuumed in between), the query runs once more
    /// on fresh ones. The rows are held in memory: for large results see
    /// [`LakeReader::sql_stream`].
    ///
    /// # Errors
    /// [`ReaderError::Refused`] if the statement would change something,
    /// [`ReaderError::Query`] if it cannot be parsed, planned or run, and what opening tables
    /// gives.
    pub async fn sql(&self, query: &str) -> Result<QueryResult, ReaderError> {
        match self.sql_once(query).await {
            Err(error) if error.is_vanished_file() => {
                tracing::debug!(%error, "a file vanished: running the query on fresh versions");
                self.sql_once(query).await
            }
            result => result,
        }
    }

    async fn sql_once(&self, query: &str) -> Result<QueryResult, ReaderError> {
        let frame = self.plan(query).await?;
        let rows = frame.execute_stream().await.map_err(query::query_error)?;
        let schema = rows.schema();
        let batches = rows.try_collect().await.map_err(query::query_error)?;
        Ok(QueryResult { schema, batches })
    }

    /// Runs one statement on the newest versions and gives its rows as they come.
    ///
    /// If a file vanishes before the first rows came, the query runs once more on fresh versions.
    ///
    /// # Errors
    /// As [`LakeReader::sql`]; an error behind the first rows is an item of the stream.
    pub async fn sql_stream(&self, query: &str) -> Result<QueryRows, ReaderError> {
        match self.started_stream(query).await {
            Err(error) if error.is_vanished_file() => {
                tracing::debug!(%error, "a file vanished: running the query on fresh versions");
                self.started_stream(query).await
            }
            result => result,
        }
    }

    /// Rows of which the first have come, so that what fails at once fails here.
    async fn started_stream(&self, query: &str) -> Result<QueryRows, ReaderError> {
        let frame = self.plan(query).await?;
        let mut rest = frame.execute_stream().await.map_err(query::query_error)?;
        let first = rest.try_next().await.map_err(query::query_error)?;
        Ok(QueryRows { first, rest })
    }

    async fn plan(&self, text: &str) -> Result<DataFrame, ReaderError> {
        let parser = self.context(TextType::View).state();
        let statement = query::parse(&parser, text)?;
        let names = parser
            .resolve_table_references(&statement)
            .map_err(query::query_error)?;
        let session = self.open_session(&Needs::of(&names)).await?;
        let state = session.state();
        let plan = state
            .statement_to_plan(statement)
            .await
            .map_err(query::query_error)?;
        query::check_reads_only(&plan, text)?;
        Ok(DataFrame::new(state, plan))
    }

    /// How far every partition is that `events` names, in order of topic, id and partition; none
    /// if there is no such table yet.
    ///
    /// # Errors
    /// [`ReaderError::ReadLog`], [`ReaderError::DamagedLog`].
    pub async fn partitions(&self) -> Result<Vec<PartitionState>, ReaderError> {
        let txns = self.inner.events_txns.read(None).await?;
        Ok(txns.map(|txns| states_of(&txns)).unwrap_or_default())
    }

    /// An empty session whose paths are the lake's.
    pub(crate) fn context(&self, text: TextType) -> SessionContext {
        let config = SessionConfig::new()
            .with_information_schema(true)
            .with_default_catalog_and_schema("lake", "tables")
            .set_bool("datafusion.sql_parser.collect_spans", true)
            .set_bool(
                "datafusion.execution.parquet.schema_force_view_types",
                text == TextType::View,
            )
            .set_str("datafusion.execution.time_zone", "UTC")
            // As delta-rs sets them: its scans carry a dictionary column to which a join's list
            // of values cannot be pushed.
            .set_usize("datafusion.optimizer.hash_join_inlist_pushdown_max_size", 0)
            .set_usize(
                "datafusion.optimizer.hash_join_inlist_pushdown_max_distinct_values",
                0,
            );
        let context = SessionContext::new_with_config_rt(config, Arc::clone(&self.inner.runtime));
        context.register_udf(functions::nearest_models());
        context
    }

    pub(crate) async fn open_table(
        &self,
        table: Table,
        text: TextType,
    ) -> Result<Option<OpenTable>, ReaderError> {
        tables::open(
            &self.inner.mount,
            &self.inner.store,
            &self.inner.url,
            table,
            text,
        )
        .await
    }

    /// Whether any table of the lake has a log.
    async fn exists(&self) -> Result<bool, ReaderError> {
        for table in Table::ALL {
            let folder = Path::from(format!("{}/_delta_log", table.name()));
            let mut files = self.inner.store.list(Some(&folder));
            let first = files.try_next().await;
            let first = first.map_err(|source| ReaderError::ReadLog {
                table: table.name(),
                source,
            })?;
            if first.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
