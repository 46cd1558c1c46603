//! A running DataFusion aggregation that is fed batch by batch: equal keys become one row.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::internal_datafusion_err;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::UnboundedMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::aggregate::AggregateExprBuilder;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};
use datafusion::prelude::SessionConfig;
use futures::{FutureExt, StreamExt};
use tokio::task::coop::unconstrained;

use crate::error::AggregateError;
use crate::packed_part::PART_TYPE;
use crate::part_sums::merge_parts_udaf;

/// The column of packed parts, behind the keys.
const PARTS: &str = "parts";

/// Groups rows by their keys and merges their measures.
///
/// What comes out has the shape of what went in, so results can be fed again.
pub(crate) struct GroupedSums {
    schema: SchemaRef,
    context: Arc<TaskContext>,
    feed: SyncSender<RecordBatch>,
    groups: SendableRecordBatchStream,
}

/// Rows of keys and packed measures, one part of a group each.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    /// The columns that name a group.
    pub(crate) keys: Vec<ArrayRef>,
    /// Its measures, as [`crate::packed_part`] packs them.
    pub(crate) packed: ArrayRef,
}

impl fmt::Debug for GroupedSums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupedSums")
            .field("memory_bytes", &self.memory_bytes())
            .finish_non_exhaustive()
    }
}

impl GroupedSums {
    /// Starts an aggregation that groups by `keys` and hands out at most `output_rows_max` rows a
    /// batch.
    pub(crate) fn start(keys: &[Field], output_rows_max: usize) -> Result<Self, AggregateError> {
        let parts = Field::new(PARTS, PART_TYPE, true);
        let fields: Vec<Field> = keys.iter().cloned().chain([parts]).collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        // One batch is consumed as soon as it is fed, so the channel never holds a second.
        let (feed, fed) = sync_channel(1);
        let context = task_context(output_rows_max).map_err(AggregateError::Grouping)?;
        let groups = grouping_plan(&schema, keys.len(), fed)
            .and_then(|plan| plan.execute(0, Arc::clone(&context)))
            .map_err(AggregateError::Grouping)?;
        Ok(Self {
            schema,
            context,
            feed,
            groups,
        })
    }

    /// Adds parts to their groups.
    pub(crate) fn add(&mut self, parts: Parts) -> Result<(), AggregateError> {
        let Parts {
            keys: mut columns,
            packed,
        } = parts;
        columns.push(packed);
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(AggregateError::Rows)?;
        self.feed
            .try_send(rows)
            .map_err(|_| broken("the grouping did not take its last batch"))?;
        match unconstrained(self.groups.next()).now_or_never() {
            None => Ok(()),
            Some(Some(Err(error))) => Err(AggregateError::Grouping(error)),
            Some(_) => Err(broken("the grouping ended before its input did")),
        }
    }

    /// Bytes held by keys and sums.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.context.memory_pool().reserved()
    }

    /// Ends the input and takes the groups, each key once, in no order.
    pub(crate) fn finish(self) -> Result<Vec<Parts>, AggregateError> {
        let Self {
            feed,
            mut groups,
            schema: _schema,
            context: _context,
        } = self;
        drop(feed);
        let mut finished = Vec::new();
        loop {
            match unconstrained(groups.next()).now_or_never() {
                Some(Some(Ok(groups))) => {
                    let (_, mut keys, _) = groups.into_parts();
                    let packed = keys
                        .pop()
                        .ok_or_else(|| broken("the groups have no columns"))?;
                    finished.push(Parts { keys, packed });
                }
                Some(Some(Err(error))) => return Err(AggregateError::Grouping(error)),
                Some(None) => return Ok(finished),
                None => return Err(broken("the grouping waits for nothing")),
            }
        }
    }
}

/// DataFusion does not behave as this file expects.
fn broken(expectation: &'static str) -> AggregateError {
    AggregateError::Grouping(internal_datafusion_err!("{expectation}"))
}

fn grouping_plan(
    schema: &SchemaRef,
    keys: usize,
    fed: Receiver<RecordBatch>,
) -> Result<AggregateExec, DataFusionError> {
    let column = |index: usize| -> Arc<dyn PhysicalExpr> {
        Arc::new(Column::new(schema.field(index).name(), index))
    };
    let group_by = PhysicalGroupBy::new_single(
        (0..keys)
            .map(|index| (column(index), schema.field(index).name().clone()))
            .collect(),
    );
    let merge = AggregateExprBuilder::new(Arc::new(merge_parts_udaf()), vec![column(keys)])
        .schema(Arc::clone(schema))
        .alias(PARTS)
        .build()?;
    let input: Arc<dyn ExecutionPlan> = Arc::new(StreamingTableExec::try_new(
        Arc::clone(schema),
        vec![Arc::new(FedPartition {
            schema: Arc::clone(schema),
            fed: Mutex::new(Some(fed)),
        })],
        None,
        [],
        false,
        None,
    )?);
    AggregateExec::try_new(
        AggregateMode::Single,
        group_by,
        vec![Arc::new(merge)],
        vec![None],
        input,
        Arc::clone(schema),
    )
}

/// One partition, no spilling: the caller watches the memory and ends the epoch in time.
fn task_context(output_rows_max: usize) -> Result<Arc<TaskContext>, DataFusionError> {
    let no_files = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let runtime = RuntimeEnvBuilder::new()
        .with_disk_manager_builder(no_files)
        .with_memory_pool(Arc::new(UnboundedMemoryPool::default()))
        .build_arc()?;
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(output_rows_max);
    Ok(Arc::new(
        TaskContext::default()
            .with_session_config(config)
            .with_runtime(runtime),
    ))
}

/// The plan's input: what [`GroupedSums::add`] was given.
#[derive(Debug)]
struct FedPartition {
    schema: SchemaRef,
    fed: Mutex<Option<Receiver<RecordBatch>>>,
}

impl PartitionStream for FedPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let fed = self
            .fed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let batches = futures::stream::poll_fn(move |_| {
            // No waker is kept: whoever feeds a batch polls right after.
            match fed.as_ref().map(Receiver::try_recv) {
                Some(Ok(batch)) => Poll::Ready(Some(Ok(batch))),
                Some(Err(TryRecvError::Empty)) => Poll::Pending,
                Some(Err(TryRecvError::Disconnected)) | None => Poll::Ready(None),
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches,
        ))
    }
}
