//! The columns of a decoded event, as decoders produce them and pricing reads them.

use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::column::{Column, ColumnType, batch_schema};
use crate::position::PartitionSpan;
use crate::reject::Reject;

/// The native event's fields, each under its own name.
pub const EVENT_COLUMNS: &[Column] = &[
    Column::required(
        "event_id",
        ColumnType::Text,
        "Names this model call; an event sent again carries the same id.",
    ),
    Column::required("event_time", ColumnType::Time, "When the call ended (UTC)."),
    Column::required("provider", ColumnType::Label, "Who was paid for the call."),
    Column::required("model", ColumnType::Label, "The model that answered."),
    Column::optional(
        "requested_model",
        ColumnType::Label,
        "The model that was asked for, if another.",
    ),
    Column::required(
        "tenant",
        ColumnType::Label,
        "Customer or business unit; empty if the event named none.",
    ),
    Column::required(
        "user_id",
        ColumnType::Label,
        "End user; empty if the event named none (unattributed).",
    ),
    Column::optional("feature", ColumnType::Label, "Product feature."),
    Column::optional("workflow", ColumnType::Label, "Business workflow."),
    Column::optional(
        "run_id",
        ColumnType::Text,
        "One run of the workflow, or the trace id.",
    ),
    Column::optional("session_id", ColumnType::Text, "Conversation."),
    Column::optional("agent", ColumnType::Label, "Agent that made the call."),
    Column::optional(
        "region",
        ColumnType::Label,
        "Where the call ran, as the provider names it.",
    ),
    Column::optional(
        "route",
        ColumnType::Label,
        "The routing rule that chose the model.",
    ),
    Column::optional(
        "service_tier",
        ColumnType::Label,
        "The tier that served the call, and is billed.",
    ),
    Column::optional(
        "requested_service_tier",
        ColumnType::Label,
        "The tier that was asked for.",
    ),
    Column::required("status", ColumnType::Label, "ok, error or cancelled."),
    Column::required(
        "usage_state",
        ColumnType::Label,
        "final, partial (the stream was cut) or estimated.",
    ),
    Column::required(
        "served_from",
        ColumnType::Label,
        "model, or app_cache: answered from the app's own cache, which costs nothing.",
    ),
    Column::optional("emitter", ColumnType::Label, "Who sent the event."),
    Column::optional(
        "sequence",
        ColumnType::Count,
        "The emitter's running number: gaps show what never arrived.",
    ),
    Column::optional(
        "attempt",
        ColumnType::Count,
        "2 and more: a retry, which is paid for again.",
    ),
    Column::optional(
        "input_tokens",
        ColumnType::Count,
        "All input tokens, cached and audio ones included; null if the event did not say.",
    ),
    Column::optional(
        "output_tokens",
        ColumnType::Count,
        "All output tokens, reasoning ones included.",
    ),
    Column::optional(
        "cache_read_tokens",
        ColumnType::Count,
        "Part of input_tokens that was served from a cache.",
    ),
    Column::optional(
        "cache_write_tokens",
        ColumnType::Count,
        "Part of input_tokens that was written to a cache.",
    ),
    Column::optional(
        "cache_write_5m_tokens",
        ColumnType::Count,
        "Part of cache_write_tokens kept for five minutes.",
    ),
    Column::optional(
        "cache_write_1h_tokens",
        ColumnType::Count,
        "Part of cache_write_tokens kept for an hour.",
    ),
    Column::optional(
        "output_reasoning_tokens",
        ColumnType::Count,
        "Part of output_tokens spent on reasoning.",
    ),
    Column::optional(
        "other_usage",
        ColumnType::QuantityMap,
        "Any other usage unit by its name, 12 decimal places.",
    ),
    Column::optional(
        "gpu_seconds",
        ColumnType::Quantity,
        "GPU time on one's own fleet, seconds.",
    ),
    Column::optional(
        "latency_ms",
        ColumnType::Milliseconds,
        "Duration of the call, milliseconds.",
    ),
    Column::optional(
        "time_to_first_token_ms",
        ColumnType::Milliseconds,
        "Time to the first token, milliseconds.",
    ),
    Column::optional(
        "reported_cost_usd",
        ColumnType::Money,
        "What the emitter believes the call cost, US dollars.",
    ),
    Column::optional(
        "attributes",
        ColumnType::TextMap,
        "Anything else that the event carried; kept, not rolled up.",
    ),
    Column::required(
        "content_hash",
        ColumnType::Count,
        "Hash of the decoded content: tells a copy of an event from a conflicting one.",
    ),
];

/// Where the event stood in its source.
pub const POSITION_COLUMNS: &[Column] = &[
    Column::required(
        "kafka_partition",
        ColumnType::Integer,
        "Kafka partition; 0 for a file.",
    ),
    Column::required(
        "kafka_offset",
        ColumnType::Count,
        "Kafka offset; for a file the byte position of the line.",
    ),
    Column::optional(
        "kafka_time",
        ColumnType::Time,
        "The Kafka record's time (UTC); null for a file.",
    ),
];

/// The schema of [`EventBatch::events`]: [`EVENT_COLUMNS`], then [`POSITION_COLUMNS`].
#[must_use]
pub fn event_schema() -> SchemaRef {
    static SCHEMA: OnceLock<SchemaRef> = OnceLock::new();
    Arc::clone(SCHEMA.get_or_init(|| batch_schema(EVENT_COLUMNS.iter().chain(POSITION_COLUMNS))))
}

/// What decoding made of a run of messages: good rows plus a list of bad ones.
///
/// # Shape
/// `events`: N rows of [`event_schema`], in the order in which they were read; duplicates are
/// already dropped. `spans` accounts for every offset: in each,
/// `next - start = events + rejects + duplicates + tombstones` for a source whose offsets count
/// messages.
#[derive(Debug, Clone)]
pub struct EventBatch {
    /// The valid events.
    pub events: RecordBatch,
    /// The messages that are no valid event.
    pub rejects: Vec<Reject>,
    /// What was read of each partition, one entry a partition.
    pub spans: Vec<PartitionSpan>,
}
