//! Which rows of `events` and `rejects` came from a Kafka partition.

use datafusion::prelude::{Expr, col, lit};
use schemas::position::SourcePartition;

/// Rows of a partition.
pub(crate) fn source_is(source: &SourcePartition) -> Expr {
    col("kafka_topic")
        .eq(lit(source.topic.as_ref()))
        .and(col("kafka_topic_id").eq(lit(source.topic_id.as_ref())))
        .and(col("kafka_partition").eq(lit(source.partition)))
}

/// Rows of a partition from one offset to another, or on.
pub(crate) fn offsets_within(source: &SourcePartition, from: i64, to: Option<i64>) -> Expr {
    let rows = source_is(source).and(col("kafka_offset").gt_eq(lit(from)));
    match to {
        Some(to) => rows.and(col("kafka_offset").lt(lit(to))),
        None => rows,
    }
}
