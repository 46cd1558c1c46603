//! Fills sessions: the tables and views that a query needs, on versions that fit together.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{SchemaRef, TimestampMicrosecondType};
use arrow::error::ArrowError;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::{MemTable, ViewTable};
use datafusion::functions_aggregate::expr_fn::min;
use datafusion::prelude::{SessionContext, col};
use schemas::table::Table;

use crate::completeness::{Lag, complete_until_us, lags};
use crate::dead_letters::{dead_letters_batch, dead_letters_schema, read_dead_letters};
use crate::error::ReaderError;
use crate::lake::LakeReader;
use crate::partition_filter::offsets_within;
use crate::partitions::{PartitionState, partitions_batch, partitions_schema, states_of};
use crate::query::query_error;
use crate::tables::{OpenTable, TextType};
use crate::views::{View, ViewSource};

/// Which tables and views a session gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needs {
    tables: Vec<Table>,
    views: Vec<View>,
}

impl Needs {
    pub(super) fn everything() -> Self {
        Self {
            tables: Table::ALL.to_vec(),
            views: View::ALL.to_vec(),
        }
    }

    /// What a query needs that names these tables; everything if it names one that we do not
    /// know, such as those that list what there is.
    pub(super) fn of(names: &[TableReference]) -> Self {
        let mut needs = Self {
            tables: Vec::new(),
            views: Vec::new(),
        };
        for name in names {
            let is_ours = name.schema().is_none_or(|schema| schema == "tables");
            let known = Table::ALL
                .into_iter()
                .find(|table| table.name() == name.table());
            match (known, View::from_name(name.table())) {
                (Some(table), _) if is_ours => needs.tables.push(table),
                (_, Some(view)) if is_ours => needs.views.push(view),
                _ => return Self::everything(),
            }
        }
        if needs.tables.is_empty() && needs.views.is_empty() {
            return Self::everything();
        }
        needs
    }

    fn table(&self, table: Table) -> bool {
        let source = ViewSource::Table(table);
        self.tables.contains(&table)
            || self
                .views
                .iter()
                .any(|view| view.sources().contains(&source))
    }

    fn partitions(&self) -> bool {
        self.views
            .iter()
            .any(|view| view.sources().contains(&ViewSource::Partitions))
    }
}

impl LakeReader {
    /// Opens the tables that are needed and lays the views over them.
    ///
    /// `events` and its transactions are read before `cost_windows`, because they are committed
    /// before: so the windows lack as little as possible of what the watermarks speak for.
    pub(super) async fn open_session(&self, needs: &Needs) -> Result<SessionContext, ReaderError> {
        let context = self.context(TextType::View);
        let events = self.open_needed(&context, needs, Table::Events).await?;
        let states = match needs.partitions() {
            true => self.states_at(events).await?,
            false => Vec::new(),
        };
        let cost_windows = self
            .open_needed(&context, needs, Table::CostWindows)
            .await?;
        let rejects = self.open_needed(&context, needs, Table::Rejects).await?;
        let alerts = self.open_needed(&context, needs, Table::Alerts).await?;
        let found = [events, cost_windows, rejects, alerts]
            .iter()
            .any(Option::is_some);
        if !found && !self.exists().await? {
            return Err(ReaderError::NoLake {
                url: self.inner.url.to_string(),
            });
        }
        let complete_until_us = match cost_windows {
            Some(version) if needs.partitions() => {
                self.windows_complete_until_us(&states, version).await?
            }
            _ => None,
        };
        if needs.partitions() {
            register(
                &context,
                View::Partitions.name(),
                partitions_table(&states)?,
            )?;
        }
        if needs.views.contains(&View::AlertDeadLetters) {
            let letters = dead_letters_batch(&read_dead_letters(&self.inner.store).await?);
            let table = memory_table(dead_letters_schema(), letters)?;
            register(&context, View::AlertDeadLetters.name(), table)?;
        }
        for view in &needs.views {
            register_view(&context, *view, complete_until_us).await?;
        }
        Ok(context)
    }

    /// Registers a table if it is needed; gives its version if it was opened.
    async fn open_needed(
        &self,
        context: &SessionContext,
        needs: &Needs,
        table: Table,
    ) -> Result<Option<u64>, ReaderError> {
        if !needs.table(table) {
            return Ok(None);
        }
        let open = self.open_table(table, TextType::View).await?;
        let version = open.as_ref().map(|open| open.version);
        register(context, table.name(), provider_of(table, open))?;
        Ok(version)
    }

    async fn states_at(&self, version: Option<u64>) -> Result<Vec<PartitionState>, ReaderError> {
        let txns = self.inner.events_txns.read(version).await?;
        Ok(txns.map(|txns| states_of(&txns)).unwrap_or_default())
    }

    /// Up to which instant the windows of the newest versions are complete; `None` if nothing says
    /// so. What was complete stays so: `known_us` is given back while the windows are a moment behind
    /// their events.
    ///
    /// # Units
    /// Microseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`ReaderError::ReadLog`], [`ReaderError::DamagedLog`], and what reading `events` gives.
    pub async fn complete_until_us(
        &self,
        known_us: Option<i64>,
    ) -> Result<Option<i64>, ReaderError> {
        let states = self.states_at(None).await?;
        let windows = self.inner.cost_windows_txns.read(None).await?;
        let Some(windows) = windows else {
            return Ok(known_us);
        };
        if known_us.is_some() && !lags(&states, &windows).is_empty() {
            return Ok(known_us);
        }
        let version = windows.table_version;
        let until_us = self.windows_complete_until_us(&states, version).await?;
        Ok(until_us.max(known_us))
    }

    async fn windows_complete_until_us(
        &self,
        states: &[PartitionState],
        cost_windows_version: u64,
    ) -> Result<Option<i64>, ReaderError> {
        let txns = self
            .inner
            .cost_windows_txns
            .read(Some(cost_windows_version))
            .await?
            .unwrap_or_default();
        let mut pending_min_us: Option<i64> = None;
        for lag in lags(states, &txns) {
            let earliest_us = self.earliest_event_us(&lag).await?;
            pending_min_us = [pending_min_us, earliest_us].into_iter().flatten().min();
        }
        Ok(complete_until_us(states, pending_min_us))
    }

    /// The earliest event between two offsets of a partition.
    async fn earliest_event_us(&self, lag: &Lag) -> Result<Option<i64>, ReaderError> {
        let Some(events) = self.open_table(Table::Events, TextType::Plain).await? else {
            return Ok(None);
        };
        let context = self.context(TextType::Plain);
        let rows = async {
            context
                .read_table(events.provider)?
                .filter(offsets_within(&lag.source, lag.from, Some(lag.to)))?
                .aggregate(Vec::new(), vec![min(col("event_time")).alias("event_time")])?
                .collect()
                .await
        };
        let rows = rows.await.map_err(query_error)?;
        Ok(rows.iter().find_map(time_us_of))
    }
}

fn provider_of(table: Table, open: Option<OpenTable>) -> Arc<dyn TableProvider> {
    match open {
        Some(open) => open.provider,
        None => Arc::new(EmptyTable::new(table.schema())),
    }
}

fn partitions_table(states: &[PartitionState]) -> Result<Arc<dyn TableProvider>, ReaderError> {
    memory_table(partitions_schema(), partitions_batch(states))
}

fn memory_table(
    schema: SchemaRef,
    rows: Result<RecordBatch, ArrowError>,
) -> Result<Arc<dyn TableProvider>, ReaderError> {
    let rows = rows.map_err(|error| query_error(error.into()))?;
    let table = MemTable::try_new(schema, vec![vec![rows]]);
    Ok(Arc::new(table.map_err(query_error)?))
}

async fn register_view(
    context: &SessionContext,
    view: View,
    complete_until_us: Option<i64>,
) -> Result<(), ReaderError> {
    let Some(sql) = view.sql(complete_until_us) else {
        return Ok(());
    };
    let plan = context.state().create_logical_plan(&sql).await;
    let provider = ViewTable::new(plan.map_err(query_error)?, Some(sql));
    register(context, view.name(), Arc::new(provider))
}

fn register(
    context: &SessionContext,
    name: &str,
    provider: Arc<dyn TableProvider>,
) -> Result<(), ReaderError> {
    context
        .register_table(name, provider)
        .map(|_replaced| ())
        .map_err(query_error)
}

/// The instant in the only row of an aggregate, microseconds since the Unix epoch.
fn time_us_of(batch: &RecordBatch) -> Option<i64> {
    let column = batch.column_by_name("event_time")?;
    let times = column.as_primitive_opt::<TimestampMicrosecondType>()?;
    (!times.is_empty() && times.is_valid(0)).then(|| times.value(0))
}
