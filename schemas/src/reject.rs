//! Messages that are no valid event, and the closed list of reasons.

use crate::column::{Column, ColumnType};

/// Bytes of a rejected message that are kept.
pub const REJECT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of an offending value that a detail quotes.
pub const DETAIL_VALUE_BYTES_MAX: usize = 128;

/// Why a message is no valid event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The text is not JSON.
    NotJson,
    /// The JSON value is not an object.
    NotAnObject,
    /// A required field is missing or empty.
    MissingField,
    /// A field has a value of another type.
    WrongType,
    /// `event_time` names no instant.
    BadTime,
    /// A usage counter is negative.
    NegativeUsage,
    /// Counters that are parts of a total add up to more than it.
    UsagePartsExceedTotal,
    /// The message is larger than 1 MiB.
    TooLarge,
    /// A text field is longer than it may be.
    FieldTooLong,
    /// A field occurs twice.
    DuplicateField,
    /// `attributes` has more than 32 entries.
    TooManyAttributes,
    /// The event time is too far from the Kafka time.
    TimeOutOfRange,
    /// The id was met before with another content; the first stands.
    ConflictingDuplicate,
}

impl RejectReason {
    /// All reasons.
    pub const ALL: [Self; 14] = [
        Self::NotUtf8,
        Self::NotJson,
        Self::NotAnObject,
        Self::MissingField,
        Self::WrongType,
        Self::BadTime,
        Self::NegativeUsage,
        Self::UsagePartsExceedTotal,
        Self::TooLarge,
        Self::FieldTooLong,
        Self::DuplicateField,
        Self::TooManyAttributes,
        Self::TimeOutOfRange,
        Self::ConflictingDuplicate,
    ];

    /// The text in the column `reason` and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::BadTime => "bad_time",
            Self::NegativeUsage => "negative_usage",
            Self::UsagePartsExceedTotal => "usage_parts_exceed_total",
            Self::TooLarge => "too_large",
            Self::FieldTooLong => "field_too_long",
            Self::DuplicateField => "duplicate_field",
            Self::TooManyAttributes => "too_many_attributes",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::ConflictingDuplicate => "conflicting_duplicate",
        }
    }
}

/// One message that is no valid event, with all that is needed to look into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Why.
    pub reason: RejectReason,
    /// The field and the first bytes of its value.
    pub detail: String,
    /// The first [`REJECT_BYTES_MAX`] bytes of the message.
    pub raw: Vec<u8>,
    /// How long the message was, bytes.
    pub raw_bytes: i64,
    /// SHA-256 of the whole message, lower-case hexadecimal.
    pub raw_sha256: String,
    /// The topic, or `file:NAME`.
    pub topic: String,
    /// The topic's id, or a hash of the file's first line.
    pub topic_id: String,
    /// The partition; 0 for a file.
    pub partition: i32,
    /// The offset, or byte position of the line.
    pub offset: i64,
    /// The record's time, microseconds since the Unix epoch; `None` for a file.
    pub kafka_time_us: Option<i64>,
    /// The record's key.
    pub key: Option<Vec<u8>>,
    /// The record's headers: name, and value as text (bytes that are not UTF-8 replaced).
    pub headers: Vec<(String, String)>,
}

/// The columns of the table `rejects`, without its partition column `date`.
pub const REJECT_COLUMNS: &[Column] = &[
    Column::required(
        "reason",
        ColumnType::Label,
        "Why the message is no valid event, one of a closed list.",
    ),
    Column::required(
        "detail",
        ColumnType::Text,
        "The field at fault and the first 128 bytes of its value.",
    ),
    Column::required(
        "raw",
        ColumnType::Bytes,
        "The first 64 KiB of the message, as it came.",
    ),
    Column::required(
        "raw_bytes",
        ColumnType::Count,
        "How long the message was, bytes.",
    ),
    Column::required(
        "raw_sha256",
        ColumnType::Text,
        "SHA-256 of the whole message, hexadecimal.",
    ),
    Column::required(
        "kafka_topic",
        ColumnType::Label,
        "Kafka topic, or file:NAME.",
    ),
    Column::required(
        "kafka_topic_id",
        ColumnType::Label,
        "Id of the topic: another one if a topic was deleted and made again.",
    ),
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
    Column::optional("kafka_key", ColumnType::Bytes, "The Kafka record's key."),
    Column::optional(
        "kafka_headers",
        ColumnType::TextMap,
        "The Kafka record's headers; of a repeated name the last one.",
    ),
    Column::required(
        "ingested_at",
        ColumnType::Time,
        "When the message was read (UTC).",
    ),
];
