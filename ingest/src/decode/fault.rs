//! Why a message is no valid event, in the words that its reject will carry.

use schemas::reject::{DETAIL_VALUE_BYTES_MAX, RejectReason};
use schemas::time::format_rfc3339;

/// One thing that is wrong with a message. Made only then, so what it costs does not matter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) reason: RejectReason,
    /// The field and the first bytes of its value.
    pub(crate) detail: String,
}

impl Fault {
    /// A field with a value, as it is spelled, that it cannot have.
    #[cold]
    pub(crate) fn of_value(reason: RejectReason, field: &str, spelling: &str) -> Self {
        let detail = format!("{}: {}", quoted(field), quoted(spelling));
        Self { reason, detail }
    }

    #[cold]
    pub(crate) fn missing(field: &str) -> Self {
        Self {
            reason: RejectReason::MissingField,
            detail: field.to_owned(),
        }
    }

    #[cold]
    pub(crate) fn parts_exceed(parts: &str, sum: &str, total: &str, count: i64) -> Self {
        let detail = format!("{parts}: {sum}, more than {total}: {count}");
        Self {
            reason: RejectReason::UsagePartsExceedTotal,
            detail,
        }
    }

    #[cold]
    pub(crate) fn time_out_of_range(event_time_us: i64, record_time_us: i64) -> Self {
        let event_time = format_rfc3339(event_time_us);
        let detail = format!(
            "event_time: {event_time}, read at {}",
            format_rfc3339(record_time_us)
        );
        Self {
            reason: RejectReason::TimeOutOfRange,
            detail,
        }
    }

    #[cold]
    pub(crate) fn conflict(event_id: &str, first_offset: i64) -> Self {
        let detail = format!(
            "event_id: {}, first with another content at offset {first_offset}",
            quoted(event_id)
        );
        Self {
            reason: RejectReason::ConflictingDuplicate,
            detail,
        }
    }

    #[cold]
    pub(crate) fn too_large(bytes: usize, bytes_max: usize) -> Self {
        let detail = format!("message: {bytes} bytes, at most {bytes_max}");
        Self {
            reason: RejectReason::TooLarge,
            detail,
        }
    }

    #[cold]
    pub(crate) fn not_utf8(payload: &[u8]) -> Self {
        let at = std::str::from_utf8(payload).map_or_else(|error| error.valid_up_to(), str::len);
        let end = payload.len().min(at + DETAIL_VALUE_BYTES_MAX / 2);
        let bytes = String::from_utf8_lossy(&payload[at..end]);
        let detail = format!("message: byte {at}: {}", quoted(&bytes));
        Self {
            reason: RejectReason::NotUtf8,
            detail,
        }
    }

    #[cold]
    pub(crate) fn not_json(text: &str, at: usize) -> Self {
        let at = text.floor_char_boundary(at);
        let detail = match &text[at..] {
            "" => format!("message: ends at byte {at}"),
            rest => format!("message: byte {at}: {}", quoted(rest)),
        };
        Self {
            reason: RejectReason::NotJson,
            detail,
        }
    }

    #[cold]
    pub(crate) fn not_an_object(text: &str) -> Self {
        let detail = format!("message: {}", quoted(text));
        Self {
            reason: RejectReason::NotAnObject,
            detail,
        }
    }
}

/// As much of a text as a detail quotes.
fn quoted(text: &str) -> &str {
    &text[..text.floor_char_boundary(DETAIL_VALUE_BYTES_MAX)]
}
